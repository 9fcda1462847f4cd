//! A density on n cells of an interval [a, b]; nothing flows through its ends.
use steepest_core::{Batch, Covector, Entropic, Measure, Potential, React, State, Tangent, Transport, Workspace};

/// Cell averages rho_i of a density on cells of width dx.
///
/// ```
/// use steepest_core::Entropic;
/// use steepest_flows::state::Grid;
/// let uniform = Grid::from_fn(0.0, 2.0, 10, |_| 1.0);
/// assert!((uniform.mass() - 1.0).abs() < 1e-15);
/// assert!((uniform.entropy() + 2f64.ln()).abs() < 1e-15);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// Width of a cell.
    pub dx: f64,
    /// Middles of the cells.
    pub centres: Box<[f64]>,
    /// Density in the cells.
    pub rho: Box<[f64]>,
}
impl Grid {
    /// The density proportional to `f` at the middles of `n` cells of [a, b], of mass one.
    pub fn from_fn(a: f64, b: f64, n: usize, f: impl Fn(f64) -> f64) -> Self {
        let dx = (b - a) / n as f64;
        let centres: Box<[f64]> = (0..n).map(|i| a + (i as f64 + 0.5) * dx).collect();
        let mut rho: Box<[f64]> = centres.iter().map(|x| f(*x)).collect();
        let mass = dx * rho.iter().sum::<f64>();
        rho.iter_mut().for_each(|r| *r /= mass);
        Grid { dx, centres, rho }
    }
    /// dx sum_i rho_i
    pub fn mass(&self) -> f64 {
        self.dx * self.rho.iter().sum::<f64>()
    }
}
/// (a - b) / (log a - log b): the mean for which the discrete chain rule rho d(log rho) = d rho is exact.
fn log_mean(a: f64, b: f64) -> f64 {
    let z = (a - b) / (a + b); // log(a / b) = 2 atanh z
    let half = 0.5 * (a + b);
    let z2 = z * z;
    if z2 < 1e-4 { half / (1.0 + z2 * (1.0 / 3.0 + z2 * (0.2 + z2 / 7.0))) } else { (a - b) / (a / b).ln() }
}
impl State for Grid {
    fn coords(&self) -> &[f64] {
        &self.rho
    }
    fn coords_mut(&mut self) -> &mut [f64] {
        &mut self.rho
    }
    fn weight(&self) -> f64 {
        self.dx
    }
    /// Finite and positive in every cell.
    fn admissible(&self) -> bool {
        self.rho.iter().all(|r| r.is_finite() && *r > 0.0)
    }
}
impl Measure for Grid {
    fn expect(&self, v: &dyn Potential, work: &mut Workspace) -> f64 {
        let mut values = work.take(self.rho.len());
        v.values(Batch { n: self.rho.len(), d: 1, x: &self.centres }, self.dx, &mut values, work);
        let mean = values.iter().zip(&self.rho).map(|(v, r)| v * r).sum();
        work.give(values);
        mean
    }
    fn expect_variation(&self, v: &dyn Potential, scale: f64, out: &mut Covector, work: &mut Workspace) {
        v.values(Batch { n: self.rho.len(), d: 1, x: &self.centres }, scale, &mut out.0, work);
    }
}
impl Entropic for Grid {
    fn entropy(&self) -> f64 {
        self.dx * self.rho.iter().map(|r| r * r.ln()).sum::<f64>()
    }
    fn entropy_variation(&self, scale: f64, out: &mut Covector) {
        out.0.iter_mut().zip(&self.rho).for_each(|(o, r)| *o += scale * (r.ln() + 1.0));
    }
}
/// Fluxes between neighbours with the logarithmic mean as mobility: mass is kept, and -log of the Gibbs density is exact
/// at equilibrium.
impl Transport for Grid {
    fn transport(&self, scale: f64, xi: &Covector, out: &mut Tangent) {
        for i in 1..self.rho.len() {
            let mobility = log_mean(self.rho[i - 1], self.rho[i]);
            let flux = scale * mobility * (xi.0[i - 1] - xi.0[i]) / (self.dx * self.dx);
            out.0[i - 1] += flux;
            out.0[i] -= flux;
        }
    }
}
impl React for Grid {
    fn react(&self, scale: f64, xi: &Covector, out: &mut Tangent) {
        let mean = self.dx * self.rho.iter().zip(&xi.0).map(|(r, x)| r * x).sum::<f64>();
        for ((o, r), x) in out.0.iter_mut().zip(&self.rho).zip(&xi.0) {
            *o += scale * r * (x - mean);
        }
    }
}
