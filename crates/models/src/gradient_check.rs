//! GRADIENT CHECK: whether an energy's gradient is the gradient of its value.
use crate::Model;
use steepest_core::{Batch, Workspace};

/// What came of holding a gradient against differences of the value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GradientReport {
    /// Points at which value and gradient were finite, so that they could be compared.
    pub points: usize,
    /// Points left out.
    pub skipped: usize,
    /// The coordinate with the largest error, counted from 0.
    pub coordinate: usize,
    /// The point where it is largest, by its place among those given.
    pub point: usize,
    /// The error there, over the largest slope in that coordinate at any of the points.
    pub relative: f64,
    /// How well differences could resolve that slope, on the same scale.
    pub resolution: f64,
    /// d_j V there, as the gradient says.
    pub gradient: f64,
    /// d_j V there, by differences of the value.
    pub difference: f64,
    /// The largest error that differences cannot tell from their own, and how well they resolve that slope: both 0 where there is
    /// none.
    pub hidden: [f64; 2],
    /// A coordinate in which nothing was compared, as differences say nothing of it at any of the points: why, and which.
    pub edge: Option<(Edge, usize)>,
}
/// What there may be in the place of a slope, so that differences are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// A kink: the slopes on both sides differ, and the gradient is between them.
    Kink,
    /// The energy ends: on one side it is not finite.
    End,
    /// A pit, a peak or a step: nearer by than the shortest difference, the energy bends away from any slope.
    Pit,
}
/// A verdict of differences, with the numbers that it rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Differences {
    /// The largest error.
    pub error: f64,
    /// What it was held against: the tolerance, or what differences resolve where that is more.
    pub bound: f64,
    /// Whether it is within.
    pub agree: bool,
    /// Whether the bound is so wide that a mistake would have gone unseen: then to agree says nothing.
    pub blind: bool,
}
/// Share of a slope that differences have to resolve: mistakes are seldom smaller.
const SIGHT: f64 = 1e-3;

impl GradientReport {
    /// Whether at least one point was compared and no error is above `tolerance`, or above what differences resolve.
    pub fn agrees(&self, tolerance: f64) -> bool {
        self.points > 0 && self.relative <= tolerance.max(self.resolution)
    }
    /// The verdict, and the error and the bound that were compared: where rounding widened the tolerance, those of the largest
    /// error that it hides.
    ///
    /// ```
    /// use steepest_models::GradientReport;
    /// let report = |hidden| GradientReport { points: 1, relative: 1e-9, hidden, ..GradientReport::default() }.verdict(1e-6);
    /// let (fine, rough, blind) = (report([1e-8, 1e-7]), report([1e-5, 2e-5]), report([0.6, 1e14]));
    /// assert_eq!((fine.error, fine.bound, fine.blind), (1e-8, 1e-6, false));
    /// assert_eq!((rough.error, rough.bound, rough.blind), (1e-5, 2e-5, false));
    /// assert!(blind.agree && blind.blind && blind.bound == 1e14);
    /// ```
    pub fn verdict(&self, tolerance: f64) -> Differences {
        let (agree, [hidden, resolution]) = (self.agrees(tolerance), self.hidden);
        if agree && hidden > tolerance {
            return Differences { error: hidden, bound: resolution, agree, blind: resolution > SIGHT };
        }
        let (error, bound) = if agree {
            (self.relative.max(hidden), tolerance)
        } else {
            (self.relative, tolerance.max(self.resolution))
        };
        // What resolves so little may have thought too well of itself.
        Differences { error, bound, agree, blind: !agree && bound > SIGHT }
    }
}

/// Step sizes: the first is a tenth of max(1, |x_j|), each of the others half of the one before.
const LEVELS: usize = 16;
/// The shortest.
const LAST: usize = LEVELS - 1;
/// A share of V that is not rounding, however V is summed.
const SEEN: f64 = 1e-9;
/// Standard deviations of the noise of V that it may make of a difference, and of what tells a slope from none: what it was estimated
/// from is little.
const NOISE: [f64; 2] = [16.0, 64.0];

/// Compares gradient and value at every point, coordinate by coordinate, by central differences extrapolated to step zero from
/// the step at which rounding and curvature balance [Ridders1982].
///
/// 33 values a point and coordinate; a slope of a smooth V comes out to a relative 1e-10 or better. Where gradient and
/// differences part, 65 more tell how large the noise of V is there: what is left of large terms is rounded as they are, and by far
/// more than it is itself. Where they still part, differences on both sides of the point tell whether that is an [`Edge`], which says
/// nothing of the gradient.
///
/// ```
/// use steepest_core::Batch;
/// use steepest_models::{gradient_check, target};
/// let banana = target("banana", &[]).unwrap();
/// let report = gradient_check(&*banana, Batch { n: 2, d: 2, x: &[1.0, -4.0, 0.5, 2.0] });
/// assert_eq!((report.points, report.skipped), (2, 0));
/// assert!(report.relative < 1e-9);
/// ```
pub fn gradient_check(model: &dyn Model, points: Batch<'_>) -> GradientReport {
    gradient_check_in(model, points, 0..points.d)
}

/// The same in these coordinates alone.
///
/// # Panics
/// If there is no such coordinate.
pub fn gradient_check_in(
    model: &dyn Model,
    points: Batch<'_>,
    coordinates: impl IntoIterator<Item = usize>,
) -> GradientReport {
    let (n, d) = (points.n, points.d);
    let mut work = Workspace::default();
    let (mut values, mut slopes) = (vec![0.0; n], vec![0.0; n * d]);
    model.values_and_gradients(points, 1.0, &mut values, &mut slopes, &mut work);
    let finite = |i: usize| values[i].is_finite() && (0..d).all(|j| slopes[j * n + i].is_finite());
    let usable: Vec<usize> = (0..n).filter(|&i| finite(i)).collect();
    let mut report = GradientReport { points: usable.len(), skipped: n - usable.len(), ..GradientReport::default() };
    let mut largest = -1.0;
    for j in coordinates {
        let gradient = |i: usize| slopes[j * n + i];
        let found: Vec<(usize, Slope)> =
            usable.iter().map(|&i| (i, slope(model, points, (i, j), gradient(i), &mut work))).collect();
        let smooth = || found.iter().filter(|(_, s)| s.edge.is_none());
        if smooth().next().is_none() {
            let edge = found.iter().find_map(|(_, s)| s.edge);
            report.edge = report.edge.or(edge.map(|edge| (edge, j)));
            continue;
        }
        let size = smooth().map(|(i, s)| gradient(*i).abs().max(s.slope.abs())).fold(0.0, f64::max);
        if size == 0.0 {
            continue; // flat in this coordinate, and both say so
        }
        for &(i, s) in smooth() {
            let (relative, resolution) = ((gradient(i) - s.slope).abs() / size, s.error / size);
            // What differences cannot see is no error of the gradient.
            let visible = if relative <= resolution { 0.0 } else { relative };
            if relative <= resolution && relative > report.hidden[0] {
                report.hidden = [relative, resolution];
            }
            if visible > largest || visible.is_nan() {
                largest = if visible.is_nan() { f64::INFINITY } else { visible };
                let difference = s.slope;
                let relative = if relative.is_nan() { f64::INFINITY } else { relative };
                report = GradientReport {
                    coordinate: j,
                    point: i,
                    relative,
                    resolution,
                    gradient: gradient(i),
                    difference,
                    ..report
                };
            }
        }
    }
    report
}

/// A slope by differences, how far it may be off, and what there is in its place.
#[derive(Clone, Copy)]
struct Slope {
    slope: f64,
    error: f64,
    edge: Option<Edge>,
}
/// d_j V at point i, of which the gradient says what is given.
fn slope(model: &dyn Model, points: Batch<'_>, (i, j): (usize, usize), gradient: f64, work: &mut Workspace) -> Slope {
    // The last of the places is the point itself.
    let (d, m) = (points.d, 2 * LEVELS + 1);
    let at = points.column(j)[i];
    let mut x = work.take(m * d);
    for (k, column) in x.chunks_exact_mut(m).enumerate() {
        column.fill(points.column(k)[i]);
    }
    let step = |level: usize| 0.1 * at.abs().max(1.0) / (1u32 << level) as f64;
    for level in 0..LEVELS {
        x[j * m + 2 * level] = at + step(level);
        x[j * m + 2 * level + 1] = at - step(level);
    }
    let mut v = work.take(m);
    model.values(Batch { n: m, d, x: &x }, 1.0, &mut v, work);
    let mut around = Around { x: &x[j * m..(j + 1) * m], v: &v, noise: 0.0 };
    let mut best = around.best();
    if !best.agrees(gradient) {
        around.noise = noise(model, points, (i, j), work);
        best = around.best();
    }
    best.edge = around.edge(gradient, best);
    work.give(v);
    work.give(x);
    best
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
fn noise(model: &dyn Model, points: Batch<'_>, (i, j): (usize, usize), work: &mut Workspace) -> f64 {
    // Of each length a row after the point and one before it; the last of the places is the point itself.
    let (d, m) = (points.d, 2 * ROWS * PLACES + 1);
    let at = points.column(j)[i];
    let shortest = 0.1 * at.abs().max(1.0) / (1u32 << LAST) as f64 / PLACES as f64;
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
