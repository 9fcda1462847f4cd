//! QUADRATIC: where the model <g, p> + <p, B p> / 2 of an energy is small within a box.
use super::compact::Compact;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use steepest_kernels::dot;

/// Lower and upper bounds of all coordinates.
pub(super) type Within<'a> = [&'a [f64]; 2];

/// The target of a step, and what it takes to find it.
#[derive(Clone, Debug)]
pub(super) struct Quadratic {
    /// The target.
    pub to: Vec<f64>,
    /// When coordinates come to their bounds, as bits of positive numbers: in their order, equal ones by their index.
    turns: BinaryHeap<Reverse<(u64, usize)>>,
    free: Vec<usize>,
    /// -g of what still moves; then the residual of the model.
    way: Vec<f64>,
    trial: Vec<f64>,
    /// W^T d, W^T (x - x_0), a row of W, M times that.
    small: [Vec<f64>; 4],
    gram: Vec<f64>,
    block: Vec<f64>,
    pivots: Vec<usize>,
}
impl Quadratic {
    pub fn new(memory: usize, len: usize) -> Self {
        let n = 2 * memory;
        Quadratic {
            to: vec![0.0; len],
            turns: BinaryHeap::with_capacity(len),
            free: Vec::with_capacity(len),
            way: vec![0.0; len],
            trial: vec![0.0; len],
            small: std::array::from_fn(|_| vec![0.0; n]),
            gram: Vec::with_capacity(n * n),
            block: Vec::with_capacity(n * super::compact::BLOCK),
            pivots: vec![0; n],
        }
    }
    /// to <- a point of the box where the model is less than at x, and as small as it is on the face of its Cauchy point.
    pub fn minimise(&mut self, model: &Compact, x: &[f64], g: &[f64], within: Within<'_>) {
        self.cauchy(model, x, g, within);
        self.face(model, x, g, within);
    }
    /// to <- the first minimum of the model along the path x - t g, cut off at the box [ByrdLuNocedalZhu1995, Alg. CP].
    fn cauchy(&mut self, model: &Compact, x: &[f64], g: &[f64], [low, high]: Within<'_>) {
        let n = 2 * model.held();
        let Quadratic { to, turns, way, small: [p, c, w, mw], .. } = self;
        let [p, c, w, mw] = [p, c, w, mw].map(|v| &mut v[..n]);
        to.copy_from_slice(x);
        turns.clear();
        let mut moving = 0usize;
        turns.extend((0..x.len()).filter_map(|k| {
            let bound = if g[k] < 0.0 { high[k] } else { low[k] };
            let t = if g[k] == 0.0 { 0.0 } else { (x[k] - bound) / g[k] };
            way[k] = if t > 0.0 { -g[k] } else { 0.0 };
            moving += usize::from(t > 0.0);
            (t > 0.0 && t < f64::INFINITY).then(|| Reverse((t.to_bits(), k)))
        }));
        model.products(way, p);
        c.fill(0.0);
        let mut slope = -dot(way, way);
        let mut bend = -model.theta * slope - form(&model.middle, p);
        let floor = f64::EPSILON * bend.abs();
        let (mut time, mut end) = (0.0, -slope / bend.max(floor));
        while let Some(Reverse((bits, k))) = turns.peek().copied() {
            let further = f64::from_bits(bits) - time;
            if end < further {
                break;
            }
            turns.pop();
            time = f64::from_bits(bits);
            (to[k], way[k]) = (if g[k] < 0.0 { high[k] } else { low[k] }, 0.0);
            moving -= 1;
            c.iter_mut().zip(&*p).for_each(|(c, p)| *c += further * p);
            model.row(k, w);
            times(&model.middle, w, mw);
            let (g, gone) = (g[k], to[k] - x[k]);
            slope += further * bend + g * (g + model.theta * gone - inner(mw, c));
            bend -= g * (model.theta * g + 2.0 * inner(mw, p) + g * inner(mw, w));
            p.iter_mut().zip(&*w).for_each(|(p, w)| *p += g * w);
            end = if moving == 0 { 0.0 } else { (-slope / bend.max(floor)).max(0.0) };
        }
        if moving == 0 {
            return;
        }
        time += end;
        c.iter_mut().zip(&*p).for_each(|(c, p)| *c += end * p);
        for (k, to) in to.iter_mut().enumerate().filter(|(k, _)| way[*k] != 0.0) {
            *to = (x[k] + time * way[k]).clamp(low[k], high[k]);
        }
    }
    /// From the Cauchy point to the minimum of the model over the coordinates that have not come to a bound, and to the nearest
    /// point of the box from there; where that does not lead down, as far as the box reaches [MoralesNocedal2011].
    fn face(&mut self, model: &Compact, x: &[f64], g: &[f64], [low, high]: Within<'_>) {
        let Quadratic { to, free, way, trial, small: [p, c, ..], gram, block, pivots, .. } = self;
        free.clear();
        free.extend((0..x.len()).filter(|k| to[*k] > low[*k] && to[*k] < high[*k]));
        let (n, theta) = (2 * model.held(), model.theta);
        if free.is_empty() || n == 0 {
            return;
        }
        let [p, c] = [p, c].map(|v| &mut v[..n]);
        way.iter_mut().zip(g.iter().zip(to.iter().zip(x))).for_each(|(r, (g, (to, x)))| *r = g + theta * (to - x));
        times(&model.middle, c, p);
        model.add(-1.0, p, way);
        trial.fill(0.0);
        free.iter().for_each(|k| trial[*k] = way[*k]);
        // (M^-1 - W^T W / theta)^-1 W^T r over what is free.
        model.products(trial, p);
        gram.clear();
        gram.resize(n * n, 0.0);
        model.gram(free, block, gram);
        gram.iter_mut().zip(&model.inverse).for_each(|(a, m)| *a = m - *a / theta);
        if !steepest_kernels::solve_general(n, gram, &mut pivots[..n], 1, p) {
            return;
        }
        way.copy_from_slice(trial);
        model.add(1.0 / theta, p, way);
        // Now `way` is -theta times the step.
        trial.copy_from_slice(to);
        free.iter().for_each(|k| trial[*k] = (to[*k] - way[*k] / theta).clamp(low[*k], high[*k]));
        let down: f64 = trial.iter().zip(x).zip(g).map(|((to, x), g)| (to - x) * g).sum();
        if down < 0.0 {
            return std::mem::swap(to, trial);
        }
        let room = |k: usize| {
            if way[k] < 0.0 { (to[k] - high[k]) * theta / way[k] } else { (to[k] - low[k]) * theta / way[k] }
        };
        let share = free.iter().map(|k| room(*k)).filter(|room| *room >= 0.0).fold(1.0, f64::min);
        if share.is_finite() && way.iter().all(|way| way.is_finite()) {
            free.iter().for_each(|k| to[*k] = (to[*k] - share * way[*k] / theta).clamp(low[*k], high[*k]));
        }
    }
}
/// out <- M v for a square M, row-major.
fn times(m: &[f64], v: &[f64], out: &mut [f64]) {
    out.iter_mut().zip(m.chunks_exact(v.len().max(1))).for_each(|(out, row)| *out = inner(row, v));
}
/// <v, M v>
fn form(m: &[f64], v: &[f64]) -> f64 {
    m.chunks_exact(v.len().max(1)).zip(v).map(|(row, v_k)| v_k * inner(row, v)).sum()
}
fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const D: usize = 9;
    fn wave(k: usize, j: usize) -> f64 {
        ((k * 37 + j * 11 + 1) as f64).sin()
    }
    /// A model of four steps of which three are kept, and its Hessian by the recursion of BFGS.
    fn model() -> (Compact, Vec<Vec<f64>>) {
        let (mut model, mut pairs) = (Compact::new(3, D), Vec::new());
        for k in 0..4 {
            let (s, y) = model.slot();
            s.iter_mut().enumerate().for_each(|(j, s)| *s = wave(k, j) * 0.1f64.powi(k as i32));
            y.iter_mut().enumerate().for_each(|(j, y)| *y = (1.0 + j as f64) * s[j] + 0.1 * s[(j + 1) % D]);
            pairs.push((s.to_vec(), y.to_vec()));
            model.keep();
        }
        assert!(model.prepare() && model.held() == 3);
        let mut dense: Vec<Vec<f64>> =
            (0..D).map(|i| (0..D).map(|j| f64::from(u8::from(i == j)) * model.theta).collect()).collect();
        for (s, y) in &pairs[1..] {
            let bs: Vec<f64> = dense.iter().map(|row| inner(row, s)).collect();
            let (sbs, sy) = (inner(s, &bs), inner(s, y));
            for i in 0..D {
                (0..D).for_each(|j| dense[i][j] += y[i] * y[j] / sy - bs[i] * bs[j] / sbs);
            }
        }
        (model, dense)
    }
    fn value(dense: &[Vec<f64>], g: &[f64], p: &[f64]) -> f64 {
        inner(g, p) + 0.5 * dense.iter().zip(p).map(|(row, p_i)| p_i * inner(row, p)).sum::<f64>()
    }

    /// theta - W M W^T is what the recursion of BFGS makes of the pairs.
    #[test]
    fn the_compact_hessian_is_that_of_the_recursion() {
        let (model, dense) = model();
        for k in 0..D {
            let unit: Vec<f64> = (0..D).map(|j| f64::from(u8::from(j == k))).collect();
            let (mut w, mut mw, mut column) = (vec![0.0; 6], vec![0.0; 6], unit.clone());
            column[k] = model.theta;
            model.row(k, &mut w);
            let mut products = vec![0.0; 6];
            model.products(&unit, &mut products);
            assert!(w.iter().zip(&products).all(|(a, b)| (a - b).abs() <= 1e-14 * (1.0 + a.abs())));
            times(&model.middle, &w, &mut mw);
            model.add(-1.0, &mw, &mut column);
            assert!((0..D).all(|j| (column[j] - dense[j][k]).abs() < 1e-10 * model.theta), "{column:?} {:?}", dense[k]);
        }
    }

    /// The Cauchy point is the first minimum of the model along the path that is cut off at the box, and the target the minimum over
    /// its face where that is inside; by walking along the path, and by the gradient of the model.
    #[test]
    fn the_target_is_on_the_path_and_then_on_the_face() {
        let (model, dense) = model();
        let mut met = [0, 0];
        for k in 0..40 {
            let x = vec![0.0; D];
            let g: Vec<f64> = (0..D).map(|j| 3.0 * wave(k + 50, j)).collect();
            let size = 10f64.powf(-2.0 + k as f64 / 15.0);
            let low: Vec<f64> =
                (0..D).map(|j| if j % 4 == 3 { f64::NEG_INFINITY } else { -size * (j % 3) as f64 }).collect();
            let high: Vec<f64> = (0..D).map(|j| size * (1.0 + j as f64)).collect();
            let mut target = Quadratic::new(3, D);
            target.cauchy(&model, &x, &g, [&low, &high]);
            let cauchy = target.to.clone();
            let path = |t: f64| -> Vec<f64> { (0..D).map(|j| (-t * g[j]).clamp(low[j], high[j])).collect() };
            let (mut t, h) = (0.0, 1e-6 / model.theta);
            let at = |t: f64| value(&dense, &g, &path(t));
            // To where the model first rises: in steps that shrink as it is closed in on.
            let mut stride = 1e-2;
            while stride > h {
                while at(t + stride) < at(t) && t < 1e3 {
                    t += stride;
                }
                t = (t - stride).max(0.0);
                stride *= 0.25;
            }
            let found = path(t);
            let off = |a: &[f64]| cauchy.iter().zip(a).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(off(&found) < 1e-4 * (1.0 + size), "{k}: {cauchy:?} {found:?}");
            target.face(&model, &x, &g, [&low, &high]);
            let free: Vec<usize> = (0..D).filter(|j| cauchy[*j] > low[*j] && cauchy[*j] < high[*j]).collect();
            assert!(value(&dense, &g, &target.to) <= value(&dense, &g, &cauchy) + 1e-12);
            assert!((0..D).all(|j| target.to[j] >= low[j] && target.to[j] <= high[j]));
            met[0] += usize::from(free.len() < D);
            if free.iter().all(|j| target.to[*j] > low[*j] && target.to[*j] < high[*j]) {
                met[1] += 1;
                for j in free {
                    let slope = g[j] + inner(&dense[j], &target.to);
                    assert!(slope.abs() < 1e-9, "{k}: {slope}");
                }
            }
        }
        assert!(met[0] > 10 && met[1] > 10, "{met:?}");
    }
}
