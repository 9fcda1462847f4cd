//! SLOPES: how the log density of one row changes with its predictors and with the family's own parameters.
use super::kernel::{Kernel, Tile};
use super::rows::ROWS;
use crate::law::Given;
use crate::regression::Family;

/// One row at a time, by what the gradients of all rows are made of: a kernel of the one row, and a tile that has no other.
pub(crate) struct Slopes {
    kernel: Kernel,
    eta: Vec<f64>,
    scratch: Vec<f64>,
    /// Of minus log p.
    by_own: Vec<f64>,
}

impl Slopes {
    /// For rows of so many predictors and own parameters.
    pub(crate) fn new(family: Family, predictors: usize, own: usize) -> Slopes {
        Slopes {
            kernel: Kernel::of_row(family),
            eta: vec![0.0; predictors * ROWS],
            scratch: vec![0.0; Kernel::SCRATCH * ROWS],
            by_own: vec![0.0; own],
        }
    }
    /// `by_eta` and `by_own` <- the slopes of weight log p(y | given) in each predictor, and in the logarithms of the own parameters
    /// or the cuts of an ordinal.
    pub(crate) fn at(&mut self, (y, weight): (f64, f64), given: Given<'_>, by_eta: &mut [f64], by_own: &mut [f64]) {
        let Slopes { kernel, eta, scratch, by_own: found } = self;
        kernel.turn(y, weight);
        // A categorical is given by all of its predictors, in the place of own parameters.
        let sorts = kernel.family() == Family::Categorical;
        let predictors = if sorts { given.own } else { std::slice::from_ref(&given.eta) };
        eta.chunks_exact_mut(ROWS).zip(predictors).for_each(|(eta, at)| eta[0] = *at);
        found.fill(0.0);
        // Sixteen of the same, where a kernel takes no fewer.
        let alike = if sorts { 16 } else { 1 };
        let tile = Tile {
            y: &[y; 16][..alike],
            weight: &[weight; 16][..alike],
            trials: &[given.trials; 16][..alike],
            plain: false,
            own: given.own,
            eta: if sorts { &mut eta[..] } else { &mut eta[..1] },
            scratch,
        };
        kernel.tile(tile, Some(found));
        kernel.rest(given.own, Some(found));
        by_eta.iter_mut().zip(eta.chunks_exact(ROWS)).for_each(|(out, eta)| *out = -eta[0]);
        by_own.iter_mut().zip(found).for_each(|(out, slope)| *out = -*slope);
    }
}
