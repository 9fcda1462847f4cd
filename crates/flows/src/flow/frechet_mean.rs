//! Half the mean squared distance to given points, on any manifold whose geodesics are known: its minimum is their mean.
use crate::geometry::Manifold;
use steepest_core::{Batch, Potential, Workspace};

/// F(x) = sum_i dist^2(x, y_i) / (2 m) [Karcher1977]; at its minimum the mean of log_x y_i vanishes.
///
/// Where x has no one shortest way to some y_i, F is not a number; nor is it where geodesics are not known.
///
/// ```
/// use steepest_core::{Batch, Potential, Workspace};
/// use steepest_flows::{flow::FrechetMean, geometry::Orthant};
/// let energy = FrechetMean::new(Orthant { d: 1 }, vec![1.0, 4.0]);
/// let mut slope = [0.0];
/// energy.gradients(Batch { n: 1, d: 1, x: &[2.0] }, 1.0, &mut slope, &mut Workspace::default());
/// assert!(slope[0].abs() < 1e-15); // the geometric mean of 1 and 4
/// ```
#[derive(Clone, Debug)]
pub struct FrechetMean<M> {
    manifold: M,
    /// One after another.
    points: Vec<f64>,
}
impl<M: Manifold> FrechetMean<M> {
    /// Of the points, one after another.
    ///
    /// # Panics
    /// If there is none, or not a whole number of them.
    pub fn new(manifold: M, points: Vec<f64>) -> Self {
        let d = manifold.numbers();
        assert!(!points.is_empty() && points.len().is_multiple_of(d), "FrechetMean: whole points");
        FrechetMean { manifold, points }
    }
    /// How many points there are.
    pub fn count(&self) -> usize {
        self.points.len() / self.manifold.numbers()
    }
    /// F(x); where asked for, the differential is written into `xi`, which holds zeros.
    fn at(&self, x: &[f64], xi: Option<&mut [f64]>, work: &mut Workspace) -> f64 {
        let Some(geodesics) = self.manifold.geodesics() else { return f64::NAN };
        let (mut log, mut mean) = (work.take(x.len()), work.take(x.len()));
        let (share, mut sum) = (1.0 / self.count() as f64, 0.0);
        for y in self.points.chunks_exact(x.len()) {
            if geodesics.log(x, y, &mut log, work).is_err() {
                sum = f64::NAN;
                break;
            }
            sum += self.manifold.inner(x, &log, &log, work);
            steepest_kernels::axpy(-share, &log, &mut mean);
        }
        if let Some(xi) = xi {
            self.manifold.flat(x, &mut mean, work);
            xi.copy_from_slice(&mean);
        }
        work.give(log);
        work.give(mean);
        0.5 * share * sum
    }
    fn each(
        &self,
        x: Batch<'_>,
        scale: f64,
        mut values: Option<&mut [f64]>,
        mut gradients: Option<&mut [f64]>,
        work: &mut Workspace,
    ) {
        let (mut point, mut xi) = (work.take(x.d), work.take(x.d));
        for i in 0..x.n {
            point.iter_mut().zip(x.x.iter().skip(i).step_by(x.n)).for_each(|(to, from)| *to = *from);
            let value = self.at(&point, gradients.is_some().then_some(&mut xi), work);
            if let Some(values) = values.as_deref_mut() {
                values[i] += scale * value;
            }
            if let Some(gradients) = gradients.as_deref_mut() {
                gradients.iter_mut().skip(i).step_by(x.n).zip(&xi).for_each(|(out, xi)| *out += scale * xi);
            }
        }
        work.give(point);
        work.give(xi);
    }
}
impl<M: Manifold> Potential for FrechetMean<M> {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.each(x, scale, Some(out), None, work);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.each(x, scale, None, Some(out), work);
    }
    fn values_and_gradients(
        &self,
        x: Batch<'_>,
        scale: f64,
        values: &mut [f64],
        gradients: &mut [f64],
        work: &mut Workspace,
    ) {
        self.each(x, scale, Some(values), Some(gradients), work);
    }
}
