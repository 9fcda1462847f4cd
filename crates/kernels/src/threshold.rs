//! The level at which what rises above it has a given total: projections on the simplex.

/// The number s by which x - s, cut off at zero, has the given total [Condat2016, Alg. 1].
///
/// `sorted` is scratch, as long as x.
///
/// ```
/// assert_eq!(steepest_kernels::threshold(&[0.5, 2.0, 1.5], 1.0, &mut [0.0; 3]), 1.25); // 0.75 + 0.25
/// ```
///
/// # Panics
/// If both are not of the same length.
pub fn threshold(x: &[f64], total: f64, sorted: &mut [f64]) -> f64 {
    sorted.copy_from_slice(x);
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let (mut sum, mut s) = (0.0, f64::NEG_INFINITY);
    for (k, x) in sorted.iter().enumerate() {
        sum += x;
        let here = (sum - total) / (k + 1) as f64;
        if *x <= here {
            break;
        }
        s = here;
    }
    s
}
