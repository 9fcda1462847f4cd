//! GEOMETRY of a regression: its Fisher information, coordinates in which a penalty of coefficients is simple, and its dual.
use super::Regression;
use super::likelihood::{Likelihood, Link, Rows};
use super::linear::Linear;
use super::posterior::Posterior;
use crate::observations::Observations;
use crate::prior::Prior;
use steepest_kernels::{Tiles, dot};

const ROWS: usize = Tiles::ROWS;

impl Rows {
    /// out += X^T W X at gamma, W the Fisher information of each row in eta; p by p.
    fn information(&self, gamma: &[f64], out: &mut [f64]) {
        let p = gamma.len();
        let unit: Vec<f64> = (0..p * p).map(|k| f64::from(u8::from(k / p == k % p))).collect();
        let (mut x, mut weighted) = (vec![0.0; p * ROWS], vec![0.0; p * ROWS]);
        let mut eta = vec![0.0; ROWS];
        for tile in 0..self.tiles.tiles() {
            // Column j of the tile is what the j-th unit vector predicts.
            self.tiles.predict(tile, p, &unit, &mut x);
            self.tiles.predict(tile, 1, gamma, &mut eta);
            eta.iter_mut().for_each(|eta| *eta = self.link.information(*eta));
            for (x, wx) in x.chunks_exact(ROWS).zip(weighted.chunks_exact_mut(ROWS)) {
                wx.iter_mut().zip(x.iter().zip(&eta)).for_each(|(wx, (x, w))| *wx = w * x);
            }
            for (i, wx) in weighted.chunks_exact(ROWS).enumerate() {
                for (j, x) in x.chunks_exact(ROWS).enumerate().take(i + 1) {
                    out[i * p + j] += dot(wx, x);
                }
            }
        }
        (0..p).for_each(|i| (0..i).for_each(|j| out[j * p + i] = out[i * p + j]));
    }
    /// sum_i f_i(eta_i) + f_i*(a_i), f_i minus the log likelihood of row i without its constant, a_i = share (f_i'(eta_i) - mean of
    /// these); infinite where f_i* is.
    fn fenchel(&self, gamma: &[f64], share: f64, centred: bool) -> f64 {
        let rows = self.tiles.rows();
        let mut eta = vec![0.0; ROWS];
        let mut all = Vec::with_capacity(rows);
        for tile in 0..self.tiles.tiles() {
            self.tiles.predict(tile, 1, gamma, &mut eta);
            all.extend(eta.iter().take(rows - tile * ROWS));
        }
        let slope = |eta: f64, y: f64| self.link.mean(eta) - y;
        let sum: f64 = all.iter().zip(&self.response).map(|(eta, y)| slope(*eta, *y)).sum();
        let mean = if centred { sum / rows as f64 } else { 0.0 };
        let each = |(eta, y): (&f64, &f64)| self.link.fenchel(*eta, *y, share * (slope(*eta, *y) - mean));
        all.iter().zip(&self.response).map(each).sum()
    }
}
impl Link {
    /// E[y | eta]
    fn mean(self, eta: f64) -> f64 {
        match self {
            Link::Logistic => 1.0 / (1.0 + (-eta).exp()),
            Link::Exponential => eta.exp(),
        }
    }
    /// The Fisher information of y in eta: its variance, as both links are canonical.
    fn information(self, eta: f64) -> f64 {
        match self {
            Link::Exponential => eta.exp(),
            Link::Logistic => {
                let t = (-eta.abs()).exp();
                t / ((1.0 + t) * (1.0 + t))
            }
        }
    }
    /// f(eta) + f*(a), with f = log(1 + exp(eta)) - y eta or exp(eta) - y eta.
    fn fenchel(self, eta: f64, y: f64, a: f64) -> f64 {
        let xlogx = |x: f64| if x == 0.0 { 0.0 } else { x * x.ln() };
        let m = a + y;
        match self {
            Link::Logistic if (0.0..=1.0).contains(&m) => {
                eta.max(0.0) + (-eta.abs()).exp().ln_1p() - y * eta + xlogx(m) + xlogx(1.0 - m)
            }
            Link::Exponential if m >= 0.0 => eta.exp() - y * eta + xlogx(m) - m,
            _ => f64::INFINITY,
        }
    }
}

impl Regression {
    /// The same posterior in the coefficients on centred and scaled columns, where absolute values of the user's coefficients are
    /// multiples of those of the coordinates.
    pub(super) fn standardise(&mut self) {
        let p = self.posterior.coordinates.len();
        self.posterior.coordinates.spread(vec![0.0; p], Linear::identity(p), 0.0);
    }
    /// By how much the user's coefficient changes with its coordinate; 0 for the intercept and sigma.
    pub(super) fn scales(&self) -> Vec<f64> {
        let Posterior { coordinates, scale, .. } = &self.posterior;
        let free = usize::from(coordinates.intercept);
        let of = |(j, s): (usize, &f64)| if j < free { 0.0 } else { 1.0 / s };
        let mut out: Vec<f64> = coordinates.scale.iter().enumerate().map(of).collect();
        out.extend(scale.map(|_| 0.0));
        out
    }
    /// E(x) + E*(p), p = share dE(x) without its part along the intercept, for flat priors and rows that are independent of sigma.
    pub(super) fn dual(&self, x: &[f64], share: f64) -> Option<f64> {
        let Posterior { coordinates, likelihood: Likelihood::Rows(rows), .. } = &self.posterior else { return None };
        let flat = coordinates.priors.iter().all(|placed| placed.prior == Prior::Flat);
        flat.then(|| {
            let (mut w, mut gamma) = (vec![0.0; x.len()], vec![0.0; x.len()]);
            coordinates.forward(x, &mut w, &mut gamma);
            rows.fenchel(&gamma, share, coordinates.intercept)
        })
    }
    /// out <- Fisher information of the response, and the curvature of minus the log prior where that is positive, in x.
    pub(super) fn information(&self, x: &[f64], out: &mut [f64]) {
        let Posterior { likelihood, coordinates, scale } = &self.posterior;
        let (p, d) = (coordinates.len(), x.len());
        let (mut w, mut gamma) = (vec![0.0; p], vec![0.0; p]);
        coordinates.forward(&x[..p], &mut w, &mut gamma);
        let mut h = vec![0.0; p * p];
        out.fill(0.0);
        match likelihood {
            Likelihood::Rows(rows) => rows.information(&gamma, &mut h),
            Likelihood::Gaussian(g) => {
                if let Some(scale) = scale {
                    let at = scale.forward(x[p]);
                    let r = g.factor.by_row();
                    let precision = (-2.0 * scale.ln_sigma(at)).exp();
                    steepest_kernels::gemm_transposed([p, g.rank(), p], precision, r, r, &mut h);
                    // Of log sigma it is 2 n, whatever the coefficients, and nothing between both.
                    let curvature = scale.curvature(at, 2.0 * self.rows.rows() as f64);
                    out[d * d - 1] = scale.pull(scale.pull(curvature));
                }
            }
        }
        coordinates.hessian(&w, &gamma, &mut h);
        let spread = coordinates.spreading();
        let mut half = vec![0.0; p * p];
        steepest_kernels::gemm([p, p, p], 1.0, &h, spread, &mut half);
        let mut whole = vec![0.0; p * p];
        steepest_kernels::gemm_transposed([p, p, p], 1.0, spread, &half, &mut whole);
        (0..p).for_each(|i| out[i * d..i * d + p].copy_from_slice(&whole[i * p..(i + 1) * p]));
    }
}
