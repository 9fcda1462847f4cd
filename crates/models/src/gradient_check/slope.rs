//! SLOPE: one slope by differences, extrapolated to step zero, and what there is in its place.
use super::{Edge, SIGHT};
use crate::Model;
use steepest_core::{Batch, Workspace};

/// Step sizes: the first is a tenth of some length, each of the others half of the one before.
const LEVELS: usize = 16;
/// The shortest.
const LAST: usize = LEVELS - 1;
/// A share of V that is not rounding, however V is summed.
const SEEN: f64 = 1e-9;
/// Standard deviations of the noise of V that it may make of a difference, and of what tells a slope from none: what it was estimated
/// from is little.
const NOISE: [f64; 2] = [16.0, 64.0];
/// Share of what lies between two slopes that is small enough to tell them apart.
const APART: f64 = 0.1;

/// A slope by differences, how far it may be off, and what there is in its place.
#[derive(Clone, Copy)]
pub(super) struct Slope {
    pub(super) slope: f64,
    pub(super) error: f64,
    pub(super) edge: Option<Edge>,
}
/// A coordinate of a point, by its place among those given.
type Spot = (usize, usize);

/// d_j V at point i, of which the gradient says what is given.
pub(super) fn slope(model: &dyn Model, points: Batch<'_>, spot: Spot, gradient: f64, work: &mut Workspace) -> Slope {
    let at = points.column(spot.1)[spot.0].abs();
    let length = at.max(1.0);
    let mut best = within(model, points, spot, (length, gradient), work);
    // V may live on far shorter lengths than one, as places in metres do. Short steps bear a gradient out and never convict one: rounding and
    // edges that no long step saw look like slopes to them.
    let resolves = |slope: &Slope| slope.error <= SIGHT * gradient.abs();
    for shorter in [1.0 / gradient.abs(), at] {
        let borne_out = best.agrees(gradient);
        if borne_out && resolves(&best) || !(shorter > 0.0 && shorter < length) {
            continue;
        }
        let found = within(model, points, spot, (shorter, gradient), work);
        let apart = (gradient - best.slope).abs();
        let tells = resolves(&found) && (borne_out || best.edge.is_some() || found.error <= APART * apart);
        if tells && found.agrees(gradient) {
            best = found;
        }
    }
    best
}
/// The same by steps of which the longest is a tenth of `length`.
fn within(
    model: &dyn Model,
    points: Batch<'_>,
    spot: Spot,
    (length, gradient): (f64, f64),
    work: &mut Workspace,
) -> Slope {
    let [x, v] = around(model, points, spot, length, work);
    let mut near = Around { x: &x, v: &v, noise: 0.0 };
    let mut best = near.best();
    if !best.agrees(gradient) {
        near.noise = noise(model, points, spot, length, work);
        best = near.best();
    }
    best.edge = near.edge(gradient, best);
    work.give(v);
    work.give(x);
    best
}
/// Places about point i along x_j, in steps of which the longest is a tenth of `length`, and V there: as [`Around`] has them.
fn around(model: &dyn Model, points: Batch<'_>, (i, j): Spot, length: f64, work: &mut Workspace) -> [Vec<f64>; 2] {
    // The last of the places is the point itself.
    let (d, m) = (points.d, 2 * LEVELS + 1);
    let at = points.column(j)[i];
    let mut x = work.take(m * d);
    for (k, column) in x.chunks_exact_mut(m).enumerate() {
        column.fill(points.column(k)[i]);
    }
    for level in 0..LEVELS {
        let step = 0.1 * length / (1u32 << level) as f64;
        x[j * m + 2 * level] = at + step;
        x[j * m + 2 * level + 1] = at - step;
    }
    let mut v = work.take(m);
    model.values(Batch { n: m, d, x: &x }, 1.0, &mut v, work);
    let mut along = work.take(m);
    along.copy_from_slice(&x[j * m..(j + 1) * m]);
    work.give(x);
    [along, v]
}
impl Slope {
    fn agrees(&self, gradient: f64) -> bool {
        (gradient - self.slope).abs() <= self.error
    }
}

/// Order of the differences that vanish for a smooth V and leave its noise: of independent errors with variance s^2 they have variance
/// s^2 12! / 6!^2 = 924 s^2.
const ORDER: usize = 6;
const GAIN: f64 = 924.0;
/// Places in a row beside the point, and rows on each side, each of which is sixteen times as long as the one before.
const PLACES: usize = 8;
const ROWS: usize = 4;

/// The standard deviation of the noise of V along x_j at point i, by differences of V at places that lie evenly in a row
/// [MoreWild2011]; the shortest row is as long as the shortest step.
///
/// A V that is rounded coarsely may be the same all over a short row; so the first that is not counts, and the next with it. Of these
/// the lower median is taken: a kink on one side of the point spoils the rows there, and V need not be smooth over the longer ones.
fn noise(model: &dyn Model, points: Batch<'_>, (i, j): Spot, length: f64, work: &mut Workspace) -> f64 {
    // Of each length a row after the point and one before it; the last of the places is the point itself.
    let (d, m) = (points.d, 2 * ROWS * PLACES + 1);
    let at = points.column(j)[i];
    let shortest = 0.1 * length / (1u32 << LAST) as f64 / PLACES as f64;
    let mut x = work.take(m * d);
    for (k, column) in x.chunks_exact_mut(m).enumerate() {
        column.fill(points.column(k)[i]);
    }
    for place in 0..m - 1 {
        let (row, k) = (place / PLACES, (place % PLACES + 1) as f64);
        let side = if row % 2 == 0 { 1.0 } else { -1.0 };
        x[j * m + place] = at + side * k * shortest * 16f64.powi((row / 2) as i32);
    }
    let mut v = work.take(m);
    model.values(Batch { n: m, d, x: &x }, 1.0, &mut v, work);
    let scatters: Vec<f64> = v[..m - 1].chunks_exact(PLACES).map(|row| scatter(v[m - 1], row)).collect();
    work.give(v);
    work.give(x);
    let lengths: Vec<&[f64]> = scatters.chunks_exact(2).collect();
    let differs = |scatter: &f64| scatter.is_finite() && *scatter > 0.0;
    let Some(first) = lengths.iter().position(|pair| pair.iter().any(differs)) else { return 0.0 };
    let mut found: Vec<f64> = lengths[first..].iter().take(2).flat_map(|pair| pair.iter().copied()).collect();
    found.retain(differs);
    found.sort_by(f64::total_cmp);
    found.get(found.len().saturating_sub(1) / 2).copied().unwrap_or(0.0)
}
/// The noise of one row, which begins with the value at the point.
fn scatter(at: f64, row: &[f64]) -> f64 {
    let mut differences: Vec<f64> = std::iter::once(at).chain(row.iter().copied()).collect();
    for _ in 0..ORDER {
        differences = differences.windows(2).map(|pair| pair[1] - pair[0]).collect();
    }
    let square: f64 = differences.iter().map(|difference| difference * difference).sum();
    (square / differences.len() as f64 / GAIN).sqrt()
}

/// V along one coordinate: of each level the places after and before the point and V there, then the point itself.
struct Around<'a> {
    x: &'a [f64],
    v: &'a [f64],
    /// Standard deviation of the noise of V, where it was asked for.
    noise: f64,
}
impl Around<'_> {
    fn moved(&self, level: usize) -> f64 {
        self.x[2 * level] - self.x[2 * level + 1]
    }
    fn central(&self, level: usize) -> f64 {
        (self.v[2 * level] - self.v[2 * level + 1]) / self.moved(level)
    }
    /// By how much halving the step has changed it: a quarter as much a level for a smooth V.
    fn change(&self, level: usize) -> f64 {
        (self.central(level) - self.central(level - 1)).abs()
    }
    /// The largest |V| of a level, the point included.
    fn size(&self, level: usize) -> f64 {
        self.v[2 * level].abs().max(self.v[2 * level + 1].abs()).max(self.v[2 * LEVELS].abs())
    }
    /// What rounding does to the difference.
    fn rounding(&self, level: usize) -> f64 {
        let rounded = 8.0 * f64::EPSILON * self.v[2 * level].abs().max(self.v[2 * level + 1].abs());
        rounded.max(NOISE[0] * self.noise) / self.moved(level)
    }
    /// The slope. Long steps over many waves, or over a pole, may agree by chance: then the shortest ones know better.
    fn best(&self) -> Slope {
        let all = self.extrapolated(0);
        // A V that is summed of much may be rounded by more than is thought here.
        let seen = (all.slope - self.central(LAST)).abs() * self.moved(LAST) > SEEN * self.size(LAST);
        if self.confirms(all) || !seen {
            return all;
        }
        let mut shorter = (4..=12).step_by(4).map(|first| self.extrapolated(first));
        shorter.find(|slope| self.confirms(*slope)).unwrap_or(all)
    }
    /// The slope by steps from this level on: Neville's tableau in the square of the step, one row at a time.
    fn extrapolated(&self, first: usize) -> Slope {
        let mut best = Slope { slope: f64::NAN, error: f64::INFINITY, edge: None };
        let mut row = [f64::NAN; LEVELS];
        for level in first..LEVELS {
            let mut next = [f64::NAN; LEVELS];
            next[0] = self.central(level);
            for k in 1..=level - first {
                let factor = 4f64.powi(k as i32);
                next[k] = next[k - 1] + (next[k - 1] - row[k - 1]) / (factor - 1.0);
                let error = (next[k] - next[k - 1]).abs().max((next[k] - row[k - 1]).abs()) + self.rounding(level);
                if error < best.error {
                    best = Slope { slope: next[k], error, edge: None };
                }
            }
            row = next;
        }
        best
    }
    /// Whether the shortest step says the same, as far as it has settled.
    fn confirms(&self, found: Slope) -> bool {
        let unsettled = self.change(LAST).max(self.change(LAST - 1));
        (found.slope - self.central(LAST)).abs() <= 2.0 * unsettled + 8.0 * self.rounding(LAST) + found.error
    }
    /// Whether a change of V by so much is neither this share of it nor its noise.
    fn clear(&self, change: f64, share: f64, level: usize) -> bool {
        change > (share * self.size(level)).max(NOISE[1] * self.noise)
    }
    /// Slopes after and before the point.
    fn sides(&self, level: usize) -> [f64; 2] {
        let (x, v) = (self.x[2 * LEVELS], self.v[2 * LEVELS]);
        let side = |k: usize| (self.v[k] - v) / (self.x[k] - x);
        [side(2 * level), side(2 * level + 1)]
    }
    /// By how much they differ: half as much a level for a smooth V.
    fn split(&self, level: usize) -> f64 {
        let [after, before] = self.sides(level);
        (after - before).abs()
    }
    /// What makes differences part from a gradient that they say nothing of. `None` where they agree, and where V is smooth, so
    /// that the gradient is wrong.
    fn edge(&self, gradient: f64, found: Slope) -> Option<Edge> {
        if found.agrees(gradient) {
            return None;
        }
        if found.slope.is_nan() {
            return Some(Edge::End);
        }
        // Slopes that stay apart from steps four times as long to these, and on to the shortest, by more than V is rounded.
        let kink = |level: usize, shortest: usize| {
            let ([after, before], split) = (self.sides(level), self.split(level));
            let stays = split > 0.35 * self.split(level - 2) && self.split(shortest) > 0.35 * split;
            let between = gradient >= after.min(before) - 0.05 * split && gradient <= after.max(before) + 0.05 * split;
            stays && between && self.clear(split * self.moved(level), 1e-11, level)
        };
        // Rounding hides a slight kink from the shortest; and a kink may be nearer than all but the shortest.
        if kink(LAST, LAST) || kink(LAST / 2, LAST - 2) {
            return Some(Edge::Kink);
        }
        // Differences that grow where they should settle, by far more than rounding makes them.
        let pit = |level: usize| {
            let grows = |now: f64, then: f64| now > 1.2 * then && self.clear(now * self.moved(level), SEEN, level);
            grows(self.split(level), self.split(level - 2)) || grows(self.change(level), self.change(level - 1))
        };
        (LAST - 2..=LAST).any(pit).then_some(Edge::Pit)
    }
}
