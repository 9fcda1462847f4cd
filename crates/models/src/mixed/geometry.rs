//! GEOMETRY of a regression without groups: its expected information in the coordinates that are moved.
use super::fisher::{MOST, expected};
use super::gaussian::Squares;
use super::own::Own;
use super::posterior::{Likelihood, Posterior};
use super::rows::{ROWS, Rows};
use steepest_kernels::{axpy, dot, gemm, gemm_transposed};

impl Rows {
    /// out += the expected information of all rows in gamma, then in the logarithms of the own parameters; `None` where it is not
    /// known.
    fn information(&self, gamma: &[f64], own: &[f64], out: &mut [f64]) -> Option<()> {
        let (p, q) = (gamma.len(), gamma.len() + own.len());
        let unit: Vec<f64> = (0..p * p).map(|k| f64::from(u8::from(k / p == k % p))).collect();
        let (mut x, mut weighted) = (vec![0.0; p * ROWS], vec![0.0; p * ROWS]);
        let (mut eta, mut of) = (vec![0.0; ROWS], [[[0.0; ROWS]; MOST]; MOST]);
        for tile in 0..self.tiles.tiles() {
            // Column j of the tile is what the j-th unit vector predicts.
            self.tiles.predict(tile, p, &unit, &mut x);
            self.tiles.predict(tile, 1, gamma, &mut eta);
            for (r, eta) in eta.iter().enumerate() {
                let at = tile * ROWS + r;
                let eta = eta + self.offset.as_ref().map_or(0.0, |offset| offset[at]);
                let row = expected(self.kernel.family(), eta, self.trials[at], own)?;
                (0..MOST * MOST).for_each(|k| of[k / MOST][k % MOST][r] = self.weight[at] * row[k / MOST][k % MOST]);
            }
            for (x, wx) in x.chunks_exact(ROWS).zip(weighted.chunks_exact_mut(ROWS)) {
                wx.iter_mut().zip(x.iter().zip(&of[0][0])).for_each(|(wx, (x, w))| *wx = w * x);
            }
            for (i, x) in x.chunks_exact(ROWS).enumerate() {
                for (j, wx) in weighted.chunks_exact(ROWS).enumerate() {
                    out[i * q + j] += dot(wx, x);
                }
                for k in 0..own.len() {
                    let cross = dot(&of[0][1 + k], x);
                    out[i * q + p + k] += cross;
                    out[(p + k) * q + i] += cross;
                }
            }
            for k in 0..own.len() * own.len() {
                let (i, j) = (k / own.len(), k % own.len());
                out[(p + i) * q + p + j] += of[1 + i][1 + j].iter().sum::<f64>();
            }
        }
        Some(())
    }
}
impl Squares {
    /// The same: X^T W X / sigma^2, and twice the sum of the weights where sigma is a parameter.
    fn information(&self, own: &[f64], out: &mut [f64]) {
        let (p, q) = (self.fixed.len().isqrt(), self.fixed.len().isqrt() + own.len());
        let precision = own.first().map_or(1.0, |sigma| sigma.powi(-2));
        for i in 0..p {
            axpy(precision, &self.fixed[i * p..(i + 1) * p], &mut out[i * q..i * q + p]);
        }
        if !own.is_empty() {
            out[q * q - 1] += 2.0 * self.rows;
        }
    }
}

impl Posterior {
    /// out <- the expected information of the response, and the curvature of minus the log prior where that is positive, in x.
    /// `None` with groups, and for families of which it is not known.
    pub(super) fn information(&self, x: &[f64], out: &mut [f64]) -> Option<()> {
        let Own::Scales(scales) = &self.own else { return None };
        let (p, q) = (self.fixed.len(), x.len());
        if !self.terms.is_empty() {
            return None;
        }
        let (mut w, mut gamma, mut own) = (vec![0.0; p], vec![0.0; p], vec![0.0; q - p]);
        self.fixed.forward(&x[..p], &mut w, &mut gamma);
        self.own.forward(&x[p..], &mut own);
        out.fill(0.0);
        match &self.likelihood {
            Likelihood::Gaussian(squares) => squares.information(&own, out),
            Likelihood::Rows(rows) if rows.is_single() => rows.information(&gamma, &own, out)?,
            Likelihood::Rows(_) => return None,
        }
        let mut h: Vec<f64> = (0..p * p).map(|k| out[k / p * q + k % p]).collect();
        self.fixed.hessian(&w, &gamma, &mut h);
        let spread = self.fixed.spreading();
        let (mut half, mut whole) = (vec![0.0; p * p], vec![0.0; p * p]);
        gemm([p, p, p], 1.0, &h, spread, &mut half);
        gemm_transposed([p, p, p], 1.0, spread, &half, &mut whole);
        (0..p).for_each(|i| out[i * q..i * q + p].copy_from_slice(&whole[i * p..(i + 1) * p]));
        // Slopes in gamma become slopes in x by an affine map: of the priors is what zeros become.
        let mut none = vec![0.0; p];
        self.fixed.energy(&w, &gamma, Some(&mut none));
        let at: Vec<f64> = scales.iter().zip(&x[p..]).map(|(scale, z)| scale.forward(*z)).collect();
        for (k, scale) in scales.iter().enumerate() {
            let mut cross: Vec<f64> = (0..p).map(|i| out[i * q + p + k]).collect();
            self.fixed.energy(&w, &gamma, Some(&mut cross));
            axpy(-1.0, &none, &mut cross);
            let mut pulled = vec![0.0; p];
            self.fixed.pull(&cross, &mut pulled);
            let along = scale.pull(scale.ln_slope(at[k]));
            for (i, cross) in pulled.iter().enumerate() {
                (out[i * q + p + k], out[(p + k) * q + i]) = (along * cross, along * cross);
            }
            let here = (p + k) * q + p + k;
            out[here] = scale.pull(scale.pull(scale.curvature(at[k], out[here])));
            for j in (0..scales.len()).filter(|j| *j != k) {
                out[(p + k) * q + p + j] *= along;
                out[(p + j) * q + p + k] *= along;
            }
        }
        Some(())
    }
}
