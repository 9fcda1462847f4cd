//! GRADIENT CHECK: whether an energy's gradient is the gradient of its value.
mod slope;
use crate::Model;
use slope::{Slope, slope};
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

/// Compares gradient and value at every point, coordinate by coordinate, by central differences extrapolated to step zero from
/// the step at which rounding and curvature balance [Ridders1982].
///
/// 33 values a point and coordinate; a slope of a smooth V comes out to a relative 1e-10 or better. Where gradient and
/// differences part, 65 more tell how large the noise of V is there: what is left of large terms is rounded as they are, and by far
/// more than it is itself. Where they still part, differences on both sides of the point tell whether that is an [`Edge`], which says
/// nothing of the gradient. Where they part all the same, or resolve nothing, steps of up to a tenth of 1 / |d_j V| and of |x_j| are tried, if these are shorter: V may
/// live on lengths far below one, as places in metres do. They bear a gradient out where they resolve a thousandth of it, and a tenth of
/// what lies between it and the longer differences; convict one they never do.
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
