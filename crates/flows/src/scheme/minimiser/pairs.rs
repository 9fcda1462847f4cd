//! PAIRS: the last steps and the changes of the gradient along them, and the inverse Hessian they stand for.
use steepest_core::{Archive, Persist, Riemannian, State, Tangent, Workspace};
use steepest_kernels::{add_pair, axpy, pair_products};

/// Coordinates from which on passes over memory are what a product with the inverse Hessian costs.
const LONG: usize = 64;
/// Coordinates that are taken at a time: they stay in the first cache while all pairs pass by.
const BLOCK: usize = 1024;

/// Steps s and changes y of the gradient, at the point of the last step; a ring, so that nothing is moved.
///
/// Of coordinates that are many and orthonormal it knows the products of all pairs, and gives the inverse Hessian in its compact
/// form, H = c + (S, Y) M (S, Y)^T [ByrdNocedalSchnabel1994, Thm. 2.2]: two passes over the pairs, where the two loops of
/// [NocedalWright2006, Alg. 7.4] take as many for each pair.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    /// One more than are kept, so that a pair which is refused takes the place of none.
    s: Vec<Tangent>,
    y: Vec<Tangent>,
    /// 1 / <s, y>
    rho: Vec<f64>,
    /// <s_i, y_j> and <y_i, y_j> of slots i and j, where the compact form is taken.
    sy: Vec<f64>,
    yy: Vec<f64>,
    /// <s_i, v> and <y_i, v>, v the gradient that the last pair came with.
    seen: Vec<[f64; 2]>,
    share: Vec<[f64; 2]>,
    sums: Vec<[f64; 4]>,
    /// Where the next pair goes.
    next: usize,
    held: usize,
    /// <s, y> / <y, y> of the last pair: the scale of the inverse Hessian to start from.
    scale: f64,
}
impl Pairs {
    /// Room for `memory` pairs of `len` numbers.
    pub fn new(memory: usize, len: usize) -> Self {
        let slots = memory + 1;
        let tangents = || vec![Tangent::zeros(len); slots];
        let squares = || if len >= LONG { vec![0.0; slots * slots] } else { Vec::new() };
        Pairs {
            s: tangents(),
            y: tangents(),
            rho: vec![0.0; slots],
            sy: squares(),
            yy: squares(),
            seen: vec![[0.0; 2]; slots],
            share: vec![[0.0; 2]; slots],
            sums: vec![[0.0; 4]; slots],
            ..Pairs::default()
        }
    }
    /// Pairs held.
    pub fn held(&self) -> usize {
        self.held
    }
    /// Forgets all.
    pub fn clear(&mut self) {
        (self.next, self.held) = (0, 0);
    }
    /// The slots of a new pair, s and y, to be filled before [`Pairs::keep`].
    pub fn slot(&mut self) -> (&mut Tangent, &mut Tangent) {
        (&mut self.s[self.next], &mut self.y[self.next])
    }
    /// Keeps the pair in the slot, unless its curvature <s, y> is not positive beyond rounding; `gradient` is that at x.
    pub fn keep<S: State, G: Riemannian<S>>(
        &mut self,
        geometry: &G,
        x: &S,
        gradient: &Tangent,
        work: &mut Workspace,
    ) -> bool {
        let new = self.next;
        let (s, y) = (&self.s[new], &self.y[new]);
        let compact = self.compact(geometry);
        let (sy, yy, ss) = if compact {
            let [ss, sy, _, yy] = pair_products(&s.0, &y.0, &s.0, &y.0);
            (sy, yy, ss)
        } else {
            let inner = |u, v, work: &mut Workspace| geometry.inner(x, u, v, work);
            (inner(s, y, work), inner(y, y, work), inner(s, s, work))
        };
        let kept = sy > 1e-16 * (ss * yy).sqrt() && sy.is_finite() && yy > 0.0;
        if kept {
            (self.rho[new], self.scale) = (1.0 / sy, sy / yy);
            self.next = (new + 1) % self.s.len();
            self.held = (self.held + 1).min(self.s.len() - 1);
        }
        if compact {
            self.look(new, gradient);
        }
        kept
    }
    /// Whether the compact form is taken.
    fn compact<S: State, G: Riemannian<S>>(&self, geometry: &G) -> bool {
        !self.sy.is_empty() && geometry.orthonormal()
    }
    /// The products of every pair with y of the slot `new` and with the gradient, in one pass.
    fn look(&mut self, new: usize, gradient: &Tangent) {
        let slots = self.s.len();
        self.sums.fill([0.0; 4]);
        for (first, gradient) in (0..).step_by(BLOCK).zip(gradient.0.chunks(BLOCK)) {
            let block = first..first + gradient.len();
            let y = &self.y[new].0[block.clone()];
            for k in 0..self.held {
                let at = self.ago(k);
                let part = pair_products(&self.s[at].0[block.clone()], &self.y[at].0[block.clone()], y, gradient);
                self.sums[at].iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
            }
        }
        for k in 0..self.held {
            let at = self.ago(k);
            let [sy, sg, yy, yg] = self.sums[at];
            self.sy[at * slots + new] = sy;
            self.yy[at * slots + new] = yy;
            self.yy[new * slots + at] = yy;
            self.seen[at] = [sg, yg];
        }
    }
    /// Index of the pair that came k before the newest.
    fn ago(&self, k: usize) -> usize {
        (self.next + self.s.len() - 1 - k) % self.s.len()
    }
    /// Carries all pairs from x to y.
    pub fn transport<S: State, G: Riemannian<S>>(&mut self, geometry: &G, x: &S, y: &S, work: &mut Workspace) {
        if geometry.flat() {
            return;
        }
        for k in 0..self.held {
            let at = self.ago(k);
            geometry.transport(x, y, &mut self.s[at], work);
            geometry.transport(x, y, &mut self.y[at], work);
        }
    }
}

/// The inverse Hessian.
impl Pairs {
    /// out <- -H v, v the gradient that the last pair came with.
    pub fn descend<S: State, G: Riemannian<S>>(
        &mut self,
        geometry: &G,
        x: &S,
        v: &Tangent,
        out: &mut Tangent,
        work: &mut Workspace,
    ) {
        if self.held > 0 && self.compact(geometry) {
            self.solve();
            return self.combine(v, out);
        }
        out.0.iter_mut().zip(&v.0).for_each(|(out, v)| *out = -v);
        for k in 0..self.held {
            let at = self.ago(k);
            let share = self.rho[at] * geometry.inner(x, &self.s[at], out, work);
            self.share[at][0] = share;
            axpy(-share, &self.y[at].0, &mut out.0);
        }
        if self.held > 0 {
            out.0.iter_mut().for_each(|out| *out *= self.scale);
        }
        for k in (0..self.held).rev() {
            let at = self.ago(k);
            let back = self.rho[at] * geometry.inner(x, &self.y[at], out, work);
            axpy(self.share[at][0] - back, &self.s[at].0, &mut out.0);
        }
    }
    /// Shares a of S and b of Y in H v = c v + S a + Y b: with R the upper triangle of S^T Y, D its diagonal and u = R^-1 S^T v,
    /// b = -c u and R^T a = (D + c Y^T Y) u - c Y^T v.
    fn solve(&mut self) {
        let (slots, held, c) = (self.s.len(), self.held, self.scale);
        // R, from the newest pair back.
        for k in 0..held {
            let at = self.ago(k);
            let known: f64 = (0..k).map(|j| self.ago(j)).map(|j| self.sy[at * slots + j] * self.share[j][1]).sum();
            self.share[at][1] = (self.seen[at][0] - known) * self.rho[at];
        }
        // R^T, from the oldest on.
        for k in (0..held).rev() {
            let at = self.ago(k);
            let bent: f64 = (0..held).map(|j| self.ago(j)).map(|j| self.yy[at * slots + j] * self.share[j][1]).sum();
            let known: f64 =
                (k + 1..held).map(|j| self.ago(j)).map(|j| self.sy[j * slots + at] * self.share[j][0]).sum();
            let right = self.share[at][1] / self.rho[at] + c * (bent - self.seen[at][1]);
            self.share[at][0] = (right - known) * self.rho[at];
        }
    }
    /// out <- -(c v + S a + Y b), in one pass.
    fn combine(&self, v: &Tangent, out: &mut Tangent) {
        let c = self.scale;
        for (first, (v, out)) in (0..).step_by(BLOCK).zip(v.0.chunks(BLOCK).zip(out.0.chunks_mut(BLOCK))) {
            let block = first..first + v.len();
            out.iter_mut().zip(v).for_each(|(out, v)| *out = -c * v);
            for k in 0..self.held {
                let at = self.ago(k);
                let [a, u] = self.share[at];
                add_pair(-a, &self.s[at].0[block.clone()], c * u, &self.y[at].0[block.clone()], out);
            }
        }
    }
}
impl Persist for Pairs {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { s, y, rho, sy, yy, seen, share: _, sums: _, next, held, scale } = self;
        s.iter_mut().chain(y.iter_mut()).try_for_each(|v| v.0[..].pass(archive))?;
        [rho, sy, yy].into_iter().try_for_each(|numbers| numbers[..].pass(archive))?;
        seen.iter_mut().flatten().try_for_each(|number| number.pass(archive))?;
        next.pass(archive)?;
        held.pass(archive)?;
        scale.pass(archive)?;
        (*next < s.len().max(1) && *held < s.len().max(1)).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Euclidean;
    use crate::state::Cloud;

    /// Pairs of V = x A x / 2 with A = tridiag(-1, 2 + k / 20, -1), more than are kept, one of them refused: the compact form is the
    /// two loops, and H y = s for the newest.
    #[test]
    fn the_compact_form_is_the_two_loops() {
        let d = 3 * LONG + 5;
        let x = Cloud::from_fn(1, d, |_, _| 0.0);
        let work = &mut Workspace::default();
        let wave = |k: usize, j: usize| ((k * 37 + j * 11 + 1) as f64).sin();
        let (mut compact, mut loops) = (Pairs::new(4, d), Pairs::new(4, d));
        loops.sy.clear();
        let gradient = Tangent((0..d).map(|j| wave(99, j)).collect());
        for k in 0..9 {
            for pairs in [&mut compact, &mut loops] {
                let (s, y) = pairs.slot();
                s.0.iter_mut().enumerate().for_each(|(j, s)| *s = wave(k, j) * 0.3f64.powi(k as i32));
                for j in 0..d {
                    let at = |j: usize| s.0.get(j).copied().unwrap_or(0.0);
                    let left = if j > 0 { s.0[j - 1] } else { 0.0 };
                    y.0[j] = (2.0 + j as f64 / 20.0) * at(j) - left - at(j + 1);
                }
                if k == 6 {
                    y.0.iter_mut().for_each(|y| *y = -*y);
                }
                assert_eq!(pairs.keep(&Euclidean, &x, &gradient, work), k != 6);
            }
        }
        assert_eq!(compact.held(), 4);
        let (mut a, mut b) = (Tangent::zeros(d), Tangent::zeros(d));
        compact.descend(&Euclidean, &x, &gradient, &mut a, work);
        loops.descend(&Euclidean, &x, &gradient, &mut b, work);
        let size = b.0.iter().map(|b| b.abs()).fold(0.0, f64::max);
        assert!(a.0.iter().zip(&b.0).all(|(a, b)| (a - b).abs() < 1e-12 * size));
        let (s, y) = (compact.s[compact.ago(0)].clone(), compact.y[compact.ago(0)].clone());
        compact.look(compact.ago(0), &y);
        compact.descend(&Euclidean, &x, &y, &mut a, work);
        assert!(a.0.iter().zip(&s.0).all(|(a, s)| (a + s).abs() < 1e-10 * 0.3f64.powi(8)));
    }
}
