//! How far the law of an unadjusted scheme is from exp(-beta V), from its own draws: the covariance of works of branches.
//!
//! Paths from exp(-beta H), taken for M strides, end in a law rho. Read backwards, rho / pi at y is the mean of exp(-W) over
//! paths from y, W their shadow work [SivakChoderaCrooks2013], where the tableau is its own mirror image. Branches from one y, with shocks of their
//! own, share nothing but that mean, so Cov(W, W') over y is Var log(rho / pi), and to second order KL(rho | pi) = Cov(W, W') / 2.
//! With momenta afresh for each branch it is the divergence of positions alone.
//!
//! M strides see what is forgotten in M strides. That is nearly all where modes are apart: one which Euler-Maruyama forgets in m
//! strides has a divergence of 1 / (16 m^2). A slow one that many stiff ones pull along is not seen.
use super::audit::Auditable;
use crate::flow::chain_ledger::Positions;
use crate::observer::Moments;
use crate::observer::diagnostics::mcse_mean;
use steepest_core::{State, Tick};

/// Branches from each position. Works vary by far more than their means do as a rule, and K branches have K^2 / 4 pairs of halves.
pub(super) const BRANCHES: usize = 8;
/// Positions branches start from: so many at least before branches are made longer, and so many at most.
const STARTS: (usize, usize) = (64, 4096);
/// Strides of a branch at most.
const LONGEST: u64 = 1024;
/// Strides that no run gets to; normals know 48 bits of them.
pub(super) const FAR: u64 = 1 << 47;

/// KL(law of the positions | exp(-beta V)), and how it was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Divergence {
    /// The divergence, to second order in log(rho / pi).
    pub value: f64,
    /// Its standard error.
    pub error: f64,
    /// Strides of a branch.
    pub strides: u64,
    /// Strides in which a branch forgets what the scheme forgets quickly.
    pub wanted: u64,
    /// Positions that branches started from.
    pub starts: usize,
}
impl Divergence {
    /// Whether branches are long enough for what they say to be near what it comes to, and enough for the error to be one.
    pub fn tells(&self) -> bool {
        2 * self.strides >= self.wanted && self.starts >= STARTS.0 && self.error.is_finite()
    }
    /// The same with an error of works that all branches from one start have in common, in units of 1 / beta: that of V there.
    pub fn blurred(self, of_works: f64) -> Divergence {
        Divergence { error: self.error.hypot(0.5 * of_works * of_works), ..self }
    }
}

/// Var log(rho / pi) / 2 over the starts, and its standard error: `branches[k][i]` is the work of branch k from start i, and so many starts
/// in a row are draws of one chain. NaN of one start.
///
/// -log E exp(-W) is E W - Var W / 2 to third order. Each half of the branches says it of a start, and the covariance of what the halves
/// say is free of their noise.
///
/// ```
/// use steepest_flows::flow::bias::divergence;
/// let (kl, _) = divergence(&[vec![1.0, -1.0], vec![0.5, -0.5]], 1);
/// assert_eq!(kl, 0.5); // the covariance is 1
/// ```
pub fn divergence(branches: &[Vec<f64>], draws: usize) -> (f64, f64) {
    let n = branches.iter().map(Vec::len).min().unwrap_or(0);
    let said = |half: &[Vec<f64>]| -> Vec<f64> {
        let of = |i: usize| {
            let works: Moments = half.iter().map(|works| works[i]).collect();
            // Of one branch there is no variance.
            if half.len() > 1 { works.mean() - 0.5 * works.variance() } else { works.mean() }
        };
        let all: Vec<f64> = (0..n).map(of).collect();
        let mean = all.iter().sum::<f64>() / n as f64;
        all.iter().map(|a| a - mean).collect()
    };
    let (first, second) = branches.split_at(branches.len() / 2);
    let free = n as f64 / (n as f64 - 1.0);
    let products: Vec<f64> = said(first).iter().zip(&said(second)).map(|(a, b)| a * b * free).collect();
    let all: Moments = products.iter().copied().collect();
    let chains: Vec<&[f64]> = products.chunks_exact(draws.max(1)).collect();
    // Draws of a chain remember one another; NaN, of too few, is no larger.
    let error = mcse_mean(&chains).max(all.standard_error());
    (0.5 * all.mean(), 0.5 * error)
}

/// (starts, strides of a branch) for so many strides in all, with at most `available` starts and branches of `wanted` strides: first the
/// branches are made long enough, then there are more of them; of too few strides neither.
pub fn plan(available: usize, budget: u64, wanted: u64) -> (usize, u64) {
    let branches = BRANCHES as u64;
    let strides = (budget / (branches * STARTS.0 as u64)).clamp(1, wanted.clamp(1, LONGEST));
    let starts = (budget / (branches * strides)) as usize;
    (starts.clamp(1, STARTS.1).min(available), strides)
}

/// KL(rho | exp(-beta V)) of positions drawn from the law rho of a scheme that moves by h, from branches of about `budget` gradients in
/// all; `None` where the scheme has no law of paths, NaN where paths break down.
pub fn measured<P: Auditable<S, C>, S: State, C>(
    (flow, scheme): (&P, &C),
    (at, h): (Tick, f64),
    from: &Positions,
    budget: u64,
) -> Option<Divergence> {
    let wanted = flow.forgets(scheme, h)?;
    // Each stride asks for a slope to move by, and for one to tell the work.
    let (starts, strides) = plan(from.n, budget / 2, wanted);
    let (from, _) = from.at_most(starts);
    let branch = |number: usize| {
        let at = Tick { step: FAR + number as u64 * (strides + 1), first: 0, of: from.n as u64, ..at };
        flow.path_work(scheme, at, (h, strides), from.batch())
    };
    // Of paths that break down nothing is known.
    let works = (1..=BRANCHES).map(branch).collect::<Option<Vec<_>>>();
    let (value, error) = works.map_or((f64::NAN, f64::NAN), |works| divergence(&works, from.n / from.chains.max(1)));
    Some(Divergence { value, error, strides, wanted, starts: from.n })
}

#[cfg(test)]
mod tests {
    use super::FAR;
    use crate::noise::{Precision, normals};
    use steepest_core::Tick;

    /// Branches share no shocks with the strides of a run.
    #[test]
    fn far_strides_have_other_shocks() {
        let drawn = |step: u64, precision: Precision| {
            let mut z = [0.0; 4];
            normals(Tick { step, of: 4, ..Tick::start(1) }, 0, precision, 4, &mut z);
            z
        };
        for precision in [Precision::Double, Precision::Single] {
            for step in 0..500 {
                assert!(
                    drawn(FAR + step, precision).iter().zip(drawn(step, precision)).all(|(a, b)| *a != b),
                    "{step}"
                );
            }
        }
    }
}
