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
mod leave_one_out;
mod mcse;
mod nested;
mod pareto;
mod quantile;
mod rank;
mod rhat;
mod stein;
mod uniformity;
pub use ess::{autocovariance, ess_bulk, ess_local, ess_mean, ess_quantile, ess_sd, ess_tail};
pub use leave_one_out::{LeftOut, leave_one_out, leave_one_out_at, total};
pub use mcse::{ebfmi, mcse_mean, mcse_quantile, mcse_sd};
pub use nested::{MANY, nested_rhat};
pub use pareto::{Tail, heaviest_shape, pareto_k, reliable_shape, smooth_weights, tail_shape};
pub use quantile::{mean, quantile, sd};
pub use rank::rank_histogram;
pub use rhat::{judging_rhat, rhat, rhat_chance};
pub use stein::{Discrepancy, SteinKernel};
pub use uniformity::{rank_band, uniformity};

/// Whether the chains can be judged at all: enough of them, of one length of four or more, and no NaN.
fn usable(chains: &[&[f64]], least: usize) -> bool {
    let Some(first) = chains.first() else {
        return false;
    };
    chains.len() >= least
        && first.len() >= 4
        && chains.iter().all(|c| c.len() == first.len() && !c.iter().any(|x| x.is_nan()))
}

/// Whether there are two draws or more, and all of them are equal.
///
/// ```
/// # use steepest_flows::observer::diagnostics::still;
/// assert!(still(&[&[0.5, 0.5], &[0.5, 0.5]]) && !still(&[&[0.5, 0.5], &[0.4, 0.4]]) && !still(&[&[0.5]]));
/// ```
pub fn still(chains: &[&[f64]]) -> bool {
    let mut draws = chains.iter().copied().flatten();
    let Some(first) = draws.next() else { return false };
    let mut others = draws.peekable();
    others.peek().is_some() && others.all(|x| x == first)
}

/// Whether every chain has two draws or more, and all of its own are equal: what chains do that never move, wherever they are.
///
/// ```
/// # use steepest_flows::observer::diagnostics::stuck;
/// assert!(stuck(&[&[0.5, 0.5], &[0.4, 0.4]]) && !stuck(&[&[0.5, 0.5], &[0.4, 0.5]]) && !stuck(&[&[0.5], &[0.4]]));
/// ```
pub fn stuck(chains: &[&[f64]]) -> bool {
    !chains.is_empty() && chains.iter().all(|chain| chain.len() > 1 && chain.iter().all(|x| *x == chain[0]))
}

/// Every chain cut into its first and its last half; the middle draw of an odd chain is left out.
fn split<'a>(chains: &[&'a [f64]]) -> Vec<&'a [f64]> {
    chains.iter().flat_map(|c| [&c[..c.len() / 2], &c[c.len() - c.len() / 2..]]).collect()
}

/// A power of two that makes the range of the draws about one: squares of deviations in that unit neither vanish nor overflow, and
/// are rounded as they are in any other.
fn unit(chains: &[&[f64]]) -> f64 {
    let (low, high) = range(chains);
    let exponent = ((high - low).to_bits() >> 52) & 0x7ff;
    f64::from_bits(2046_u64.saturating_sub(exponent).max(1) << 52)
}

/// The least and the largest draw.
fn range(chains: &[&[f64]]) -> (f64, f64) {
    let ends = (f64::INFINITY, f64::NEG_INFINITY);
    chains.iter().copied().flatten().fold(ends, |(low, high), &x| (low.min(x), high.max(x)))
}

/// f of every draw, chain by chain.
fn map(chains: &[&[f64]], f: impl Fn(f64) -> f64) -> Vec<Vec<f64>> {
    chains.iter().map(|c| c.iter().map(|&x| f(x)).collect()).collect()
}

/// Borrowed chains, as every function here takes them.
fn borrow(chains: &[Vec<f64>]) -> Vec<&[f64]> {
    chains.iter().map(Vec::as_slice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chains whose draws are exact formulas: `x_t = a x_{t-1} + ((7 t^2 + 13 c t + 5 c) mod 31) / 31`.
    fn formula(a: f64, chains: usize, draws: usize) -> Vec<Vec<f64>> {
        let chain = |c: usize| {
            let mut x = 0.0;
            let next = |t: usize| {
                x = a * x + ((7 * t * t + 13 * c * t + 5 * c) % 31) as f64 / 31.0;
                x
            };
            (0..draws).map(next).collect()
        };
        (0..chains).map(chain).collect()
    }

    /// What arviz_stats 1.3.3 answers for three sticky chains of odd length and for two antithetic ones.
    #[test]
    fn numbers_of_arviz() {
        let sticky = [
            1.3501188569596334,
            8.033665651697689,
            44.65168077846581,
            8.562906761415896,
            83.67380689318017,
            137.53060336792396,
            0.1765627126846482,
            0.04805963414501412,
            0.23179640914282684,
            0.7083468161534935,
        ];
        let antithetic = [
            1.0121568778351342,
            152.24719895935547,
            54.36605821410952,
            152.24719895935547,
            28.405761964886864,
            115.68757851178593,
            0.04406028088882767,
            0.06363805729959349,
            0.19217606109477736,
            3.5652401989017526,
        ];
        for (a, chains, draws, expected) in [(0.75, 3, 61, sticky), (-0.75, 2, 40, antithetic)] {
            let chains = formula(a, chains, draws);
            let x = borrow(&chains);
            let found = [
                rhat(&x),
                ess_bulk(&x),
                ess_tail(&x),
                ess_mean(&x),
                ess_sd(&x),
                ess_local(&x, 0.2, 0.35),
                mcse_mean(&x),
                mcse_sd(&x),
                mcse_quantile(&x, 0.05),
                ebfmi(x[0]),
            ];
            for (k, (found, expected)) in found.iter().zip(expected).enumerate() {
                assert!((found / expected - 1.0).abs() < 1e-10, "a = {a}, number {k}: {found} {expected}");
            }
        }
    }
}
