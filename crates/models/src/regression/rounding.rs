//! ROUNDING: how far a design kept in single precision moves the posterior, found out on a sample of its rows.
use super::likelihood::Rows;
use super::posterior::Posterior;
use super::prepare::Columns;
use crate::formula::Design;

/// Rows of a sample.
const SAMPLE: usize = 4096;

/// Rows of a design, evenly spaced, as they are before they are rounded.
#[derive(Debug)]
pub(super) struct Sample {
    rows: Vec<usize>,
    /// Standardised, row-major.
    x: Vec<f64>,
    of: usize,
}

impl Sample {
    /// Of a design that is not yet in tiles.
    pub(super) fn of(design: &Design<'_>, columns: &Columns) -> Sample {
        let n = design.rows.len();
        let m = n.min(SAMPLE);
        let rows: Vec<usize> = (0..m).map(|k| (k as u128 * n as u128 / m as u128) as usize).collect();
        let entry = |(j, column): (usize, &std::borrow::Cow<'_, [f64]>), r: usize| columns.standard(j, column[r]);
        let x = rows.iter().flat_map(|&r| design.columns.iter().enumerate().map(move |c| entry(c, r))).collect();
        Sample { rows, x, of: n }
    }

    /// How far rounding moves the mode, in posterior standard deviations: to first order |S^T (g~ - g)|, with g the gradient of
    /// the likelihood at the mode, g~ the same of the rounded rows and S S^T the inverse curvature. No linear function of the
    /// coefficients moves by more, measured in its own standard deviation.
    ///
    /// All rows are summed where they are few; else their sum is n times the mean of the sample, and three standard errors are
    /// added to each coordinate of it: a bound that is pessimistic by sqrt(n / sample) for roundings that are independent.
    pub(super) fn shift(&self, posterior: &Posterior, rows: &Rows) -> f64 {
        let p = posterior.coordinates.len();
        let mode = vec![0.0; p];
        let (mut w, mut gamma) = (vec![0.0; p], vec![0.0; p]);
        posterior.coordinates.forward(&mode, &mut w, &mut gamma);
        let (m, n) = (self.rows.len() as f64, self.of as f64);
        let (mut sum, mut squares) = (vec![0.0; p], vec![0.0; p]);
        let map = posterior.coordinates.slopes(&w);
        let (mut moved, mut white) = (vec![0.0; p], vec![0.0; p]);
        for (x, &r) in self.x.chunks_exact(p).zip(&self.rows) {
            let kept = |x: f64| f64::from(x as f32);
            let (exact, rounded) =
                x.iter().zip(&gamma).fold((0.0, 0.0), |(a, b), (x, g)| (a + x * g, b + kept(*x) * g));
            let (exact, rounded) = (rows.slope(r, exact), rows.slope(r, rounded));
            // In gamma, then in w, then in the white coordinates.
            white.iter_mut().zip(x).for_each(|(d, x)| *d = kept(*x) * rounded - x * exact);
            moved.fill(0.0);
            steepest_kernels::apply([p, p, 1], 1.0, &map, &white, &mut moved);
            white.fill(0.0);
            posterior.coordinates.pull(&moved, &mut white);
            for ((sum, squares), d) in sum.iter_mut().zip(&mut squares).zip(&white) {
                *sum += d;
                *squares += d * d;
            }
        }
        let bound = |(sum, squares): (&f64, &f64)| {
            let (mean, square) = (sum / m, squares / m);
            let error = ((square - mean * mean).max(0.0) / m * (1.0 - m / n)).sqrt();
            n * (mean.abs() + 3.0 * error)
        };
        sum.iter().zip(&squares).map(bound).map(|shift| shift * shift).sum::<f64>().sqrt()
    }
}
