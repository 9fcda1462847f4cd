//! CHECK: whether a gradient, a retraction and a metric are what they say, by slopes on log-log axes and by numbers.
use super::{Manifold, norm, normals};
use std::ops::Range;
use steepest_core::{Batch, Potential, Workspace};
use steepest_kernels::{axpy, dot};

/// Errors against step lengths, and the power of the length that they follow.
#[derive(Clone, Debug, PartialEq)]
pub struct Slope {
    /// Length h and error, from the shortest step to the longest.
    pub points: Vec<[f64; 2]>,
    /// d log(error) / d log(h) of the shortest steps whose errors are above rounding and lie straight, or else of the straightest;
    /// infinite where all errors but two are rounding.
    pub slope: f64,
    /// Places of the points that it was read from; empty where it was read from none.
    pub fitted: Range<usize>,
    /// Errors up to this are rounding.
    pub floor: f64,
}

/// Step lengths a decade.
const PER_DECADE: usize = 5;
/// Points of a straight piece.
const WINDOW: usize = 8;
/// Points of the least piece, where there is no more.
const FEW: usize = 3;
/// How far logarithms of errors on a straight line may be off it, as a mean square.
const STRAIGHT: f64 = 1e-3;

impl Slope {
    /// Errors e(h) at h = longest, ..., 1e-8 longest; below `floor` they are rounding.
    fn of(longest: f64, floor: f64, mut error: impl FnMut(f64) -> f64) -> Slope {
        let count = 8 * PER_DECADE;
        let length = |i: usize| longest * 10f64.powf(i as f64 / PER_DECADE as f64 - 8.0);
        let points: Vec<[f64; 2]> = (0..=count).map(|i| [length(i), error(length(i))]).collect();
        let mut best = (f64::INFINITY, f64::INFINITY, 0..0);
        for (at, window) in points.windows(WINDOW).enumerate() {
            // NaN is no rounding: it must not be passed over.
            if window.iter().any(|[_, e]| *e <= floor || !e.is_finite()) {
                continue;
            }
            let (slope, left) = line(window);
            if left < best.1 {
                best = (slope, left, at..at + WINDOW);
            }
            // What is of first order and small is seen where steps are short, and hidden by the second order at longer ones.
            if left <= STRAIGHT {
                break;
            }
        }
        // The longest steps may leave the domain. A hole below them, or little that is left, is an error.
        let within = points.iter().rposition(|[_, e]| e.is_finite()).filter(|last| *last >= count / 2);
        let holes = within.is_none_or(|last| points[..last].iter().any(|[_, e]| !e.is_finite()));
        // Where few of the longest steps alone are above rounding, these have to do.
        if best.2.is_empty() {
            let end = within.map_or(0, |last| last + 1);
            let few = points[..end].iter().rposition(|[_, e]| *e <= floor).map_or(0, |last| last + 1)..end;
            if few.len() >= FEW {
                best = (line(&points[few.clone()]).0, 0.0, few);
            }
        }
        let (slope, fitted) = if holes { (f64::NAN, 0..0) } else { (best.0, best.2) };
        Slope { points, slope, fitted, floor }
    }
}
/// Slope, and mean square of what is left, of the line through logarithms.
fn line(points: &[[f64; 2]]) -> (f64, f64) {
    let n = points.len() as f64;
    let mean = |k: usize| points.iter().map(|p| p[k].ln()).sum::<f64>() / n;
    let (mx, my) = (mean(0), mean(1));
    let sum = |f: &dyn Fn(f64, f64) -> f64| points.iter().map(|p| f(p[0].ln() - mx, p[1].ln() - my)).sum::<f64>();
    let slope = sum(&|x, y| x * y) / sum(&|x, _| x * x);
    (slope, sum(&|x, y| (y - slope * x).powi(2)) / n)
}
/// A random tangent of length one at x, a pure function of (key, index).
pub fn random_tangent(
    manifold: &(impl Manifold + ?Sized),
    x: &[f64],
    (key, index): (u64, u64),
    work: &mut Workspace,
) -> Vec<f64> {
    let mut v = vec![0.0; x.len()];
    normals(key, (1 << 32) + index, &mut v);
    // A covector in general position: the gradient of a random linear function.
    manifold.sharp(x, &mut v, work);
    let size = manifold.inner(x, &v, &v, work).sqrt();
    v.iter_mut().for_each(|v| *v /= size);
    v
}

/// |F(R_x(h v)) - F(x) - h <dF(x), v>| along a random tangent of length one: 2 where dF is the differential of F.
///
/// A slope of 1 is a wrong gradient, a retraction that does not start along v, or an energy with a kink at x.
///
/// ```
/// use steepest_flows::functional::Quadratic;
/// use steepest_flows::geometry::Weighted;
/// use steepest_flows::geometry::manifold::check::check_gradient;
/// let v = Quadratic { stiffness: [1.0, 9.0].into() };
/// let found = check_gradient(&Weighted::plain(2), &v, &[1.0, -0.5], 1); // R^2 as a manifold
/// assert!((found.slope - 2.0).abs() < 1e-3 && found.fitted.len() == 8);
/// ```
pub fn check_gradient(
    manifold: &(impl Manifold + ?Sized),
    energy: &(impl Potential + ?Sized),
    x: &[f64],
    key: u64,
) -> Slope {
    let (work, d) = (&mut Workspace::default(), x.len());
    let v = random_tangent(manifold, x, (key, 0), work);
    let (mut value, mut xi) = ([0.0], vec![0.0; d]);
    energy.values_and_gradients(Batch { n: 1, d, x }, 1.0, &mut value, &mut xi, work);
    let rate = dot(&xi, &v);
    let mut y = vec![0.0; d];
    let floor = 1e-14 * (value[0].abs() + norm(&xi) * norm(x));
    Slope::of(0.3, 30.0 * floor, |h| {
        y.copy_from_slice(x);
        manifold.retract(&mut y, &v, h, work);
        let mut there = [0.0];
        energy.values(Batch { n: 1, d, x: &y }, 1.0, &mut there, work);
        (there[0] - value[0] - h * rate).abs()
    })
}

/// dist(R_x(h v), exp_x(h v)) along a random tangent of length one: 2 or more for any retraction, 3 for one of second order.
/// Where geodesics are not known, |R_x(h v) - x - h v|, which is 2.
pub fn check_retraction(manifold: &(impl Manifold + ?Sized), x: &[f64], key: u64) -> Slope {
    let work = &mut Workspace::default();
    let v = random_tangent(manifold, x, (key, 0), work);
    let (mut y, mut z) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    Slope::of(0.3, 1e-13 * (1.0 + norm(x)), |h| {
        y.copy_from_slice(x);
        z.copy_from_slice(x);
        manifold.retract(&mut y, &v, h, work);
        match manifold.geodesics() {
            Some(geodesics) => {
                geodesics.exp(&mut z, &v, h, work);
                geodesics.dist(&y, &z, work).unwrap_or(f64::NAN)
            }
            None => {
                axpy(h, &v, &mut z);
                axpy(-1.0, &z, &mut y);
                norm(&y)
            }
        }
    })
}

/// The largest relative violations of the laws of a metric that were met, each of the size of rounding where they hold.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MetricReport {
    /// <xi, sharp zeta> against <sharp xi, sharp zeta>.
    pub pairing: f64,
    /// <u, v> against <v, u>; and 1 where <v, v> is not positive.
    pub symmetry: f64,
    /// sharp against a projection, a projection against its own, flat of a tangent against what sharp makes of it.
    pub tangency: f64,
    /// Transport of a sum against the sum; of x to x against the identity; the end against its projection.
    pub transport: f64,
    /// <T u, T v> against <u, v>, where that is claimed.
    pub isometry: Option<f64>,
    /// exp and log against one another, dist against |log| and against itself the other way, where geodesics are known.
    pub geodesics: Option<f64>,
    /// Defect of points that retraction, exp and the random numbers gave.
    pub defect: f64,
}
impl MetricReport {
    /// The largest of them.
    pub fn worst(&self) -> f64 {
        let of = |x: Option<f64>| x.unwrap_or(0.0);
        let all = [self.pairing, self.symmetry, self.tangency, self.transport, of(self.isometry), of(self.geodesics)];
        all.into_iter().chain([self.defect]).fold(0.0, |a, b| if b.is_nan() { f64::INFINITY } else { a.max(b) })
    }
}
fn apart(a: &[f64], b: &[f64]) -> f64 {
    let difference: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
    difference.sqrt() / norm(b).max(f64::MIN_POSITIVE)
}

/// The laws of a metric at x, with random tangents, and on the way to a point a third of a unit away.
pub fn check_metric(manifold: &(impl Manifold + ?Sized), x: &[f64], key: u64) -> MetricReport {
    let (work, d) = (&mut Workspace::default(), x.len());
    let [u, v] = [1, 2].map(|index| random_tangent(manifold, x, (key, index), work));
    let covector = |index: u64| {
        let mut xi = vec![0.0; d];
        normals(key, (2 << 32) + index, &mut xi);
        xi
    };
    let (xi, zeta) = (covector(0), covector(1));
    let raised = |xi: &[f64], work: &mut Workspace| {
        let mut v = xi.to_vec();
        manifold.sharp(x, &mut v, work);
        v
    };
    let (a, b) = (raised(&xi, work), raised(&zeta, work));
    let (paired, product) = (dot(&xi, &b), manifold.inner(x, &a, &b, work));
    let size = (manifold.inner(x, &a, &a, work) * manifold.inner(x, &b, &b, work)).sqrt();
    let mut report = MetricReport { pairing: (paired - product).abs() / size, ..MetricReport::default() };
    let commuted = (manifold.inner(x, &u, &v, work) - manifold.inner(x, &v, &u, work)).abs();
    let positive = manifold.inner(x, &v, &v, work) > 0.0;
    report.symmetry = if positive { commuted } else { 1.0 };
    let projected = |v: &[f64], work: &mut Workspace| {
        let mut w = v.to_vec();
        manifold.project(x, &mut w, work);
        w
    };
    let once = projected(&xi, work);
    let mut lowered = u.clone();
    manifold.flat(x, &mut lowered, work);
    report.tangency = apart(&projected(&a, work), &a)
        .max(apart(&projected(&once, work), &once))
        .max(apart(&raised(&lowered, work), &u))
        .max((dot(&lowered, &v) - manifold.inner(x, &u, &v, work)).abs());

    let mut y = x.to_vec();
    manifold.retract(&mut y, &u, 0.3, work);
    report.defect = manifold.defect(x, work).max(manifold.defect(&y, work));
    let carried = |v: &[f64], to: &[f64], work: &mut Workspace| {
        let mut w = v.to_vec();
        manifold.transport(x, to, &mut w, work);
        w
    };
    let (tu, tv) = (carried(&u, &y, work), carried(&v, &y, work));
    let sum: Vec<f64> = u.iter().zip(&v).map(|(u, v)| 2.0 * u - 3.0 * v).collect();
    let sums: Vec<f64> = tu.iter().zip(&tv).map(|(u, v)| 2.0 * u - 3.0 * v).collect();
    let mut end = tu.clone();
    manifold.project(&y, &mut end, work);
    report.transport =
        apart(&carried(&sum, &y, work), &sums).max(apart(&end, &tu)).max(apart(&carried(&v, x, work), &v));
    if manifold.isometric() {
        let kept = |a: &[f64], b: &[f64], c: &[f64], e: &[f64], work: &mut Workspace| {
            (manifold.inner(&y, a, b, work) - manifold.inner(x, c, e, work)).abs()
        };
        report.isometry = Some(kept(&tu, &tv, &u, &v, work).max(kept(&tu, &tu, &u, &u, work)));
    }
    if let Some(geodesics) = manifold.geodesics() {
        let mut z = x.to_vec();
        let h = 0.3;
        geodesics.exp(&mut z, &u, h, work);
        report.defect = report.defect.max(manifold.defect(&z, work));
        let mut back = vec![0.0; d];
        let found = geodesics.log(x, &z, &mut back, work);
        back.iter_mut().for_each(|b| *b /= h);
        let lengths = [geodesics.dist(x, &z, work), geodesics.dist(&z, x, work)].map(|dist| dist.unwrap_or(f64::NAN));
        let off = lengths
            .map(|dist| (dist / h - 1.0).abs())
            .into_iter()
            .fold(apart(&back, &u), |a, b| if b.is_nan() { f64::INFINITY } else { a.max(b) });
        report.geodesics = Some(if found.is_ok() { off } else { f64::INFINITY });
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOLE: f64 = f64::NAN;

    #[test]
    fn the_straight_piece_is_where_the_slope_is() {
        let found = Slope::of(0.3, 1e-12, |h| 2.0 * h * h + 40.0 * h.powi(3) + 1e-15);
        assert!((found.slope - 2.0).abs() < 0.01, "{}", found.slope);
        let points = &found.points[found.fitted.clone()];
        assert!(points.len() == WINDOW && points.iter().all(|[_, e]| *e > found.floor));
        assert!((line(points).0 - found.slope).abs() < 1e-12);
        // A small error of first order is seen below a large one of the second.
        let small = Slope::of(0.3, 1e-12, |h| 1e-4 * h + h * h);
        assert!((small.slope - 1.0).abs() < 0.02, "{}", small.slope);
        // Five steps alone are above rounding.
        let few = Slope::of(0.3, 0.05, |h| 0.9 * h);
        assert!((few.slope - 1.0).abs() < 1e-9 && few.fitted.len() == 4, "{few:?}");
        let nothing = Slope::of(0.3, 1e-12, |_| 1e-13);
        assert!(nothing.slope.is_infinite() && nothing.fitted.is_empty());
    }

    /// Steps that are too long may leave the domain; shorter ones may not, nor may most of them.
    #[test]
    fn a_domain_may_end_but_have_no_holes() {
        let short = Slope::of(0.3, 1e-12, |h| if h > 0.02 { HOLE } else { h * h });
        assert!((short.slope - 2.0).abs() < 1e-9 && short.fitted.end <= 35, "{short:?}");
        for hole in [|h: f64| h > 1e-6, |h| h > 1e-4 && h < 3e-4, |h| h < 1e-8, |_| true] {
            let found = Slope::of(0.3, 1e-12, |h| if hole(h) { HOLE } else { h * h });
            assert!(found.slope.is_nan() && found.fitted.is_empty(), "{found:?}");
        }
    }
}
