//! Means of batches of a series, however long: what is left of it for the error of its mean where terms depend on one another.
use steepest_core::{Archive, Persist};

/// Means of consecutive batches of 2^k terms, with the least k for which there are no more than 256.
///
/// Batches may still depend on one another: their standard error is [`mcse_mean`](super::diagnostics::mcse_mean)'s. Terms of a
/// batch that is not full yet are left out.
///
/// ```
/// use steepest_flows::observer::Batches;
/// let mut batches = Batches::default();
/// (0..256).for_each(|t| batches.push(f64::from(t)));
/// assert_eq!(batches.means().len(), 256);
/// (256..259).for_each(|t| batches.push(f64::from(t)));
/// assert_eq!((batches.means()[0], batches.means()[128], batches.means().len()), (0.5, 256.5, 129));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Batches {
    /// Terms of a batch.
    size: u64,
    means: Vec<f64>,
    /// Sum and number of the terms that wait for a batch to be full.
    open: (f64, u64),
}
/// Batches at most.
const MOST: usize = 256;

impl Default for Batches {
    fn default() -> Self {
        Batches { size: 1, means: Vec::new(), open: (0.0, 0) }
    }
}
impl Batches {
    /// Adds a term.
    pub fn push(&mut self, x: f64) {
        self.open = (self.open.0 + x, self.open.1 + 1);
        if self.open.1 < self.size {
            return;
        }
        if self.means.len() == MOST {
            self.means = self.means.as_chunks::<2>().0.iter().map(|[a, b]| 0.5 * (a + b)).collect();
            self.size *= 2;
            return;
        }
        self.means.push(self.open.0 / self.size as f64);
        self.open = (0.0, 0);
    }
    /// The means of the full batches, in order.
    pub fn means(&self) -> &[f64] {
        &self.means
    }
}
impl Persist for Batches {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { size, means, open } = self;
        size.pass(archive)?;
        means.pass(archive)?;
        open.0.pass(archive)?;
        open.1.pass(archive)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Moments;
    use super::super::diagnostics::mcse_mean;
    use super::*;
    use steepest_kernels::normals;

    /// x_t = 0.9 x_{t-1} + sqrt(1 - 0.9^2) z_t: the error of the mean of n terms is sqrt(19 / n). The median of 101 estimates
    /// from 20,000 terms each, of an sd of about 10 %, is within 6 % of it; the error of independent terms is 4.4 times too small.
    #[test]
    fn the_error_of_a_mean_of_dependent_terms() {
        let (n, fresh) = (20_000, (1.0f64 - 0.81).sqrt());
        let mut z = vec![0.0; n];
        let mut ratios: Vec<f64> = (0..101)
            .map(|k| {
                normals(9, k, 0, 0, &mut z);
                let (mut batches, mut moments, mut x) = (Batches::default(), Moments::default(), 0.0);
                for z in &z {
                    x = 0.9 * x + fresh * z;
                    batches.push(x);
                    moments.push(x);
                }
                let means: Moments = batches.means().iter().copied().collect();
                assert!((means.mean() - moments.mean()).abs() < 0.02, "little is left out");
                mcse_mean(&[batches.means()]) / (19.0 / n as f64).sqrt()
            })
            .collect();
        ratios.sort_by(f64::total_cmp);
        println!("median ratio {:.3}", ratios[50]);
        assert!((ratios[50] - 1.0).abs() < 0.06, "{}", ratios[50]);
    }
}
