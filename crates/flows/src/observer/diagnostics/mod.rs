//! What draws say about the sampler: R-hat, effective sample sizes, standard errors, E-BFMI, kernel Stein discrepancy.
//!
//! Pure functions of draws. `chains[c][t]` is draw t of chain c; every chain has the same length. A number that is not
//! defined (fewer than four draws, a NaN among them, chains of unequal length, one chain where two are needed) is NaN.
//! The definitions are those of `[Vehtari2021]`, and the numbers those of ArviZ.
//!
//! ```
//! use steepest_flows::observer::diagnostics::{ess_bulk, mcse_mean, rhat};
//! let (a, b) = ([0.0, 1.0, 3.0, 2.0, 1.0, 0.0, 2.0, 4.0], [1.0, 2.0, 0.0, 3.0, 2.0, 1.0, 4.0, 0.0]);
//! let chains: [&[f64]; 2] = [&a, &b];
//! assert!((rhat(&chains) - 0.8819149469).abs() < 1e-10);
//! assert!((ess_bulk(&chains) - 16.0 * 16f64.log10()).abs() < 1e-10); // as good as it can get
//! assert!((mcse_mean(&chains) - 0.3098781761).abs() < 1e-10);
//! ```
mod ess;
mod laws;
mod mcse;
mod quantile;
mod rank;
mod rhat;
mod stein;
pub use ess::{autocovariance, ess_bulk, ess_local, ess_mean, ess_quantile, ess_sd, ess_tail};
pub use mcse::{ebfmi, mcse_mean, mcse_quantile, mcse_sd};
pub use quantile::{mean, quantile, sd};
pub use rank::rank_histogram;
pub use rhat::rhat;
pub use stein::{Discrepancy, SteinKernel};

/// Whether the chains can be judged at all: enough of them, of one length of four or more, and no NaN.
fn usable(chains: &[&[f64]], least: usize) -> bool {
    let Some(first) = chains.first() else {
        return false;
    };
    chains.len() >= least
        && first.len() >= 4
        && chains.iter().all(|c| c.len() == first.len() && !c.iter().any(|x| x.is_nan()))
}

/// Every chain cut into its first and its last half; the middle draw of an odd chain is left out.
fn split<'a>(chains: &[&'a [f64]]) -> Vec<&'a [f64]> {
    chains.iter().flat_map(|c| [&c[..c.len() / 2], &c[c.len() - c.len() / 2..]]).collect()
}

/// f of every draw, chain by chain.
fn map(chains: &[&[f64]], f: impl Fn(f64) -> f64) -> Vec<Vec<f64>> {
    chains.iter().map(|c| c.iter().map(|&x| f(x)).collect()).collect()
}

/// Borrowed chains, as every function here takes them.
fn borrow(chains: &[Vec<f64>]) -> Vec<&[f64]> {
    chains.iter().map(Vec::as_slice).collect()
}
