//! SCORES of a regression: the slope of each row's log density in the coordinates that are moved.
use super::Regression;
use crate::law::Given;
use crate::mixed::Slopes;
use std::ops::Range;
use steepest_kernels::{Tiles, gemm_transposed};

const ROWS: usize = Tiles::ROWS;

impl Regression {
    /// `out[r * d + j]` <- d log p(y_r) / dx_j: the slope in the predictor, times how far coordinate j moves that.
    pub(super) fn scores(&self, rows: Range<usize>, x: &[f64], out: &mut [f64]) {
        let (coordinates, d) = (&self.posterior.coordinates, x.len());
        let p = coordinates.len();
        if rows.is_empty() || d == 0 {
            return;
        }
        let (mut w, mut gamma) = (vec![0.0; p], vec![0.0; p]);
        coordinates.forward(&x[..p], &mut w, &mut gamma);
        // d gamma / dx, by column of the design.
        let mut moves = vec![0.0; p * p];
        gemm_transposed([p, p, p], 1.0, &coordinates.slopes(&w), coordinates.spreading(), &mut moves);
        let sigma = self.posterior.scale.map(|scale| {
            let at = scale.forward(x[p]);
            ([scale.ln_sigma(at).exp()], scale.pull(scale.ln_slope(at)))
        });
        let own = sigma.as_ref().map_or(&[][..], |(sigma, _)| sigma);
        let mut slopes = Slopes::new(self.family, 1, own.len());
        let (tiles, response) = (&self.rows.tiles, &self.rows.response);
        let (mut eta, mut moved) = (vec![0.0; ROWS], vec![0.0; p * ROWS]);
        for tile in rows.start / ROWS..=(rows.end - 1) / ROWS {
            tiles.predict(tile, 1, &gamma, &mut eta);
            // What each coordinate predicts is how far it moves the predictor.
            tiles.predict(tile, p, &moves, &mut moved);
            for r in rows.start.max(tile * ROWS)..rows.end.min((tile + 1) * ROWS) {
                let (mut by_eta, mut by_own) = ([0.0], [0.0]);
                let given = Given { eta: eta[r % ROWS], trials: 1.0, own };
                slopes.at((response[r], 1.0), given, &mut by_eta, &mut by_own[..own.len()]);
                let score = &mut out[(r - rows.start) * d..][..d];
                score.iter_mut().zip(moved.chunks_exact(ROWS)).for_each(|(s, moved)| *s = by_eta[0] * moved[r % ROWS]);
                if let Some((_, along)) = sigma {
                    score[p] = along * by_own[0];
                }
            }
        }
    }
}
