//! LEAST CURVATURE: the ends of the spectrum of V'' at a point, which tell a minimum from a saddle.
use steepest_core::{Batch, Potential, Workspace};
use steepest_kernels::{axpy, dot, normals, spectrum};

/// Stream of the direction that it begins with.
const STREAM: u16 = 0x240;

/// The least and the greatest eigenvalue of V''(x), by Lanczos with at most `products` products and a basis that is kept
/// orthogonal [Paige1972; GolubVanLoan2013, Sec. 10.3]: exact to rounding where `products` is the dimension or more, else the ends as
/// far as that many products see, of which the least is never too low. NaN where V'' is not finite.
///
/// ```
/// use steepest_flows::{flow::least_curvature::least_curvature, functional::Quadratic};
/// let ends = least_curvature(&Quadratic::new(&[3.0, -0.5, 40.0]), &[1.0, 2.0, 3.0], 10, 0);
/// assert!((ends[0] + 0.5).abs() < 1e-6 && (ends[1] - 40.0).abs() < 1e-6);
/// ```
pub fn least_curvature(potential: &impl Potential, x: &[f64], products: usize, key: u64) -> [f64; 2] {
    let d = x.len();
    let mut work = Workspace::default();
    let mut v = vec![0.0; d];
    normals(key, 0, STREAM, 0, &mut v);
    let (mut basis, mut alpha, mut beta) = (Vec::<Vec<f64>>::new(), Vec::new(), Vec::new());
    let mut size = dot(&v, &v).sqrt();
    let mut largest = 0.0f64;
    while basis.len() < products.min(d) && size > 1e-13 * largest {
        v.iter_mut().for_each(|v| *v /= size);
        let mut next = vec![0.0; d];
        potential.curvatures(Batch { n: 1, d, x }, &v, 1.0, &mut next, &mut work);
        if next.iter().any(|v| !v.is_finite()) {
            return [f64::NAN; 2];
        }
        largest = largest.max(dot(&next, &next).sqrt());
        alpha.push(dot(&v, &next));
        basis.push(std::mem::replace(&mut v, next));
        for _ in 0..2 {
            for q in basis.iter().rev() {
                axpy(-dot(q, &v), q, &mut v);
            }
        }
        size = dot(&v, &v).sqrt();
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
    match spectrum(k, &t).as_ref().map(|s| &s.values[..]) {
        Some([least, .., most]) => [*least, *most],
        Some([only]) => [*only; 2],
        _ => [f64::NAN; 2],
    }
}
