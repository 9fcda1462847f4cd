//! BEND: second derivatives of residuals along a step, by a look ahead or by the change of a Jacobian.
use super::Linear;
use steepest_kernels::axpy;

/// Share of p at which the residuals are looked at to see how they bend along it.
pub(super) const PROBE: f64 = 0.1;

/// r'' along p, from the residuals at a share of it, which `bend` holds.
pub(super) fn probed(linear: &Linear, p: &[f64], bend: &mut [f64]) {
    bend.iter_mut().zip(&linear.r).for_each(|(bend, r)| *bend = (*bend - r) * (2.0 / (PROBE * PROBE)));
    let columns = linear.jacobian.chunks_exact(bend.len().max(1));
    columns.zip(p).for_each(|(column, p)| axpy(-2.0 / PROBE * p, column, bend));
}
/// r'' along p, from the Jacobian here and that before the last step s, `[j * m + k]` of residual k in coordinate j:
/// (<p, s> / <s, s>) (J - J_) p, where products are in the `units` of the coordinates. What of p is across s it takes for straight.
pub(super) fn recalled([here, before]: [&[f64]; 2], units: &[f64], [s, p]: [&[f64]; 2], bend: &mut [f64]) {
    let product = |u: &[f64]| s.iter().zip(u).zip(units).map(|((s, u), d)| s * u * d * d).sum::<f64>();
    let (along, size) = (product(p), product(s));
    let share = if size > 0.0 { along / size } else { 0.0 };
    bend.fill(0.0);
    let m = bend.len().max(1);
    for ((here, before), p) in here.chunks_exact(m).zip(before.chunks_exact(m)).zip(p) {
        axpy(share * p, here, bend);
        axpy(-share * p, before, bend);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const H: [[[f64; 2]; 2]; 3] = [[[2.0, -1.0], [-1.0, 0.5]], [[0.0, 3.0], [3.0, 1.0]], [[4.0, 0.0], [0.0, -2.0]]];
    /// <u, H_k v>
    fn form(k: usize, u: [f64; 2], v: [f64; 2]) -> f64 {
        (0..4).map(|i| u[i / 2] * H[k][i / 2][i % 2] * v[i % 2]).sum()
    }
    /// r_k = 1 + x_0 - 2 x_1 + <x, H_k x> / 2 and its Jacobian.
    fn quadratic(x: [f64; 2]) -> Linear {
        let r = (0..3).map(|k| 1.0 + x[0] - 2.0 * x[1] + 0.5 * form(k, x, x)).collect();
        let slope = |j: usize, k: usize| [1.0, -2.0][j] + (0..2).map(|i| H[k][j][i] * x[i]).sum::<f64>();
        let jacobian = (0..6).map(|i| slope(i / 3, i % 3)).collect();
        Linear { r, jacobian, image: Vec::new() }
    }

    /// Of quadratic residuals both are <p, H p>, along the last step and against it; across it the recalled one is none, and
    /// aslant it is the share of it.
    #[test]
    fn quadratic_residuals_are_met_exactly() {
        let (x, s) = ([0.3, -0.8], [0.5, 0.25]);
        let (before, here) = (quadratic([x[0] - s[0], x[1] - s[1]]), quadratic(x));
        for c in [2.0, -0.7] {
            let p = [c * s[0], c * s[1]];
            let mut bend = quadratic([x[0] + PROBE * p[0], x[1] + PROBE * p[1]]).r;
            probed(&here, &p, &mut bend);
            assert!((0..3).all(|k| (bend[k] - form(k, p, p)).abs() < 1e-12), "{bend:?}");
            recalled([&here.jacobian, &before.jacobian], &[1.0; 2], [&s, &p], &mut bend);
            assert!((0..3).all(|k| (bend[k] - form(k, p, p)).abs() < 1e-13), "{bend:?}");
        }
        let mut bend = [f64::NAN; 3];
        recalled([&here.jacobian, &before.jacobian], &[1.0; 2], [&s, &[-0.25, 0.5]], &mut bend);
        assert!(bend.iter().all(|bend| bend.abs() < 1e-15), "{bend:?}");
        // p = s + across: <s, H p>, as <p, s> = <s, s>.
        let p = [s[0] - 0.25, s[1] + 0.5];
        recalled([&here.jacobian, &before.jacobian], &[1.0; 2], [&s, &p], &mut bend);
        assert!((0..3).all(|k| (bend[k] - form(k, s, p)).abs() < 1e-13), "{bend:?}");
        // Nowhere to recall from.
        recalled([&here.jacobian, &here.jacobian], &[1.0; 2], [&[0.0; 2], &p], &mut bend);
        assert_eq!(bend, [0.0; 3]);
    }
}
