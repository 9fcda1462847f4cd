//! LEAST CURVATURE: the ends of the spectrum of V'' at a point, which tell a minimum from a saddle.
use crate::state::Cloud;
use steepest_core::{Covariant, Covector, Potential, Tangent, Tick, Workspace};
use steepest_kernels::{axpy, normals, spectrum};

/// Stream of the direction that it begins with.
const STREAM: u16 = 0x240;
/// Error of products by differences, as a share of the longest.
const DIFFERENCES: f64 = 1e-6;
/// What the lack of symmetry that was seen may be short of.
const SAFETY: f64 = 10.0;

/// The ends of the spectrum of V'' at a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Ends {
    /// The least eigenvalue and the greatest.
    pub curvatures: [f64; 2],
    /// The direction of the least, of length one.
    pub direction: Tangent,
    /// Curvatures that may be rounding, or the error of differences, of the products.
    pub rounding: f64,
}

/// The least and the greatest eigenvalue of the Hessian of V at x, by Lanczos with at most `products` products and a basis that is
/// kept orthogonal [Paige1972; GolubVanLoan2013, Sec. 10.3]: exact to rounding where `products` is the dimension or more, else the
/// ends as far as that many products see, of which the least is never too low. NaN where V'' is not finite.
///
/// On a manifold it is the Hessian of the manifold, on tangents and in its metric.
///
/// ```
/// use steepest_flows::{flow::least_curvature::least_curvature, functional::Quadratic, geometry::{Each, Euclidean, Sphere}};
/// let v = Quadratic::new(&[3.0, -0.5, 40.0]);
/// let ends = least_curvature(&v, &Euclidean, &[1.0, 2.0, 3.0], 10, 0);
/// assert!((ends[0] + 0.5).abs() < 1e-6 && (ends[1] - 40.0).abs() < 1e-6);
/// // On the sphere, at the eigenvector of 3: the other eigenvalues, less that one.
/// let ends = least_curvature(&v, &Each(Sphere { d: 3 }), &[1.0, 0.0, 0.0], 10, 0);
/// assert!((ends[0] + 3.5).abs() < 1e-6 && (ends[1] - 37.0).abs() < 1e-6);
/// ```
pub fn least_curvature(
    potential: &impl Potential,
    geometry: &impl Covariant<Cloud>,
    x: &[f64],
    products: usize,
    key: u64,
) -> [f64; 2] {
    ends(potential, geometry, x, products, key).curvatures
}

/// The same, with the direction of the least and how far below zero it may be by rounding alone: <u, V'' v> and <v, V'' u> are one number
/// where products are exact, and differ by their errors.
///
/// ```
/// use steepest_flows::{flow::least_curvature::ends, functional::Quadratic, geometry::Euclidean};
/// let found = ends(&Quadratic::new(&[3.0, -0.5, 4e7]), &Euclidean, &[1.0, 2.0, 3.0], 10, 0);
/// assert!(found.rounding < 1e-4 && (found.curvatures[0] + 0.5).abs() < found.rounding);
/// assert!(found.direction.0[1].abs() > 1.0 - 1e-6);
/// ```
pub fn ends(
    potential: &impl Potential,
    geometry: &impl Covariant<Cloud>,
    x: &[f64],
    products: usize,
    key: u64,
) -> Ends {
    let d = x.len();
    let mut work = Workspace::default();
    let at = Cloud { n: 1, d, x: x.into() };
    let (mut xi, mut second) = (Covector::zeros(d), Covector::zeros(d));
    potential.gradients(at.batch(), 1.0, &mut xi.0, &mut work);
    geometry.prepare(&at, &mut xi, &mut work);
    let mut v = Tangent::zeros(d);
    normals(key, 0, STREAM, 0, &mut second.0);
    geometry.sharp(Tick::start(key), &at, 1.0, &second, &mut v, &mut work);
    let (mut basis, mut alpha, mut beta) = (Vec::<Tangent>::new(), Vec::<f64>::new(), Vec::<f64>::new());
    let mut size = geometry.inner(&at, &v, &v, &mut work).sqrt();
    let (mut largest, mut apart) = (0.0f64, 0.0f64);
    let nothing = Ends { curvatures: [f64::NAN; 2], direction: Tangent::zeros(d), rounding: 0.0 };
    while basis.len() < products.min(geometry.tangents(&at)) && size > 1e-13 * largest {
        v.0.iter_mut().for_each(|v| *v /= size);
        geometry.settle(&at, &mut v, &mut work);
        let mut next = Tangent::zeros(d);
        second.0.fill(0.0);
        potential.curvatures(at.batch(), &v.0, 1.0, &mut second.0, &mut work);
        geometry.hessian(&at, &v, [&xi, &second], &mut next, &mut work);
        if next.0.iter().any(|v| !v.is_finite()) {
            return nothing;
        }
        largest = largest.max(geometry.inner(&at, &next, &next, &mut work).sqrt());
        alpha.push(geometry.inner(&at, &v, &next, &mut work));
        basis.push(std::mem::replace(&mut v, next));
        let last = basis.len() - 1;
        for turn in 0..2 {
            for (j, q) in basis.iter().enumerate().rev() {
                let share = geometry.inner(&at, q, &v, &mut work);
                axpy(-share, &q.0, &mut v.0);
                // What the product before last had of this direction, or nothing.
                let across = if j + 1 == last { beta[j] } else { 0.0 };
                if turn == 0 && j < last {
                    apart = apart.max((share - across).abs());
                }
            }
        }
        size = geometry.inner(&at, &v, &v, &mut work).sqrt();
        beta.push(size);
    }
    let k = alpha.len();
    let mut t = vec![0.0; k * k];
    for i in 0..k {
        t[i * k + i] = alpha[i];
        if i + 1 < k {
            (t[i * k + i + 1], t[(i + 1) * k + i]) = (beta[i], beta[i]);
        }
    }
    let found = if k > 0 { spectrum(k, &t) } else { None };
    let Some(found) = found else { return nothing };
    let mut direction = Tangent::zeros(d);
    basis.iter().zip(&found.vectors[..k]).for_each(|(q, share)| axpy(*share, &q.0, &mut direction.0));
    let exact = (16 + 4 * k) as f64 * f64::EPSILON * largest;
    let rounding = if potential.curves_exactly() { exact } else { exact.max(DIFFERENCES * largest) };
    Ends { curvatures: [found.values[0], found.values[k - 1]], direction, rounding: rounding.max(SAFETY * apart) }
}
