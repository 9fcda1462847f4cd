//! SOFTMAX: 64 rows of a categorical response, log(1 + sum_c exp(eta_c)) - eta_y, and its slopes in every predictor.
use super::kernel::Tile;
use super::rows::ROWS;
use steepest_kernels::pointwise::{exp, log};
use steepest_kernels::{simd, sum};

/// The energy of the rows; their predictors become the slopes there, w (P(y = c) - [y = c]).
pub(super) fn softmax(tile: &mut Tile<'_>) -> f64 {
    let Tile { y, weight, eta, scratch, .. } = tile;
    let (high, rest) = scratch.split_at_mut(ROWS);
    let (total, terms) = rest.split_at_mut(ROWS);
    simd(
        #[inline(always)]
        || {
            // The largest predictor is taken out before anything is raised, so that no sum overflows.
            high.fill(0.0);
            for eta in eta.chunks_exact(ROWS) {
                for (high, eta) in high.iter_mut().zip(eta) {
                    *high = if *eta > *high { *eta } else { *high };
                }
            }
            for ((total, term), high) in total.iter_mut().zip(terms.iter_mut()).zip(high.iter()) {
                *total = exp(-*high);
                *term = *high;
            }
            for (c, eta) in eta.chunks_exact_mut(ROWS).enumerate() {
                let level = (c + 1) as f64;
                let sums = total.iter_mut().zip(terms.iter_mut()).zip(high.iter());
                for ((eta, y), ((total, term), high)) in eta.iter_mut().zip(*y).zip(sums) {
                    *term -= if *y == level { *eta } else { 0.0 };
                    *eta = exp(*eta - *high);
                    *total += *eta;
                }
            }
            for ((total, term), w) in total.iter_mut().zip(terms.iter_mut()).zip(*weight) {
                *term = w * (*term + log(*total));
                *total = w / *total;
            }
            for (c, eta) in eta.chunks_exact_mut(ROWS).enumerate() {
                let level = (c + 1) as f64;
                for ((eta, y), (share, w)) in eta.iter_mut().zip(*y).zip(total.iter().zip(*weight)) {
                    *eta = *eta * *share - if *y == level { *w } else { 0.0 };
                }
            }
        },
    );
    sum(terms)
}
