//! How far the law of an unadjusted scheme is from exp(-beta V), from its own draws: the covariance of works of branches.
//!
//! Paths from exp(-beta H), taken for M strides, end in a law rho. Read backwards, rho / pi at y is the mean of exp(-W) over
//! paths of the adjoint scheme from y, W their shadow work [SivakChoderaCrooks2013]. Branches from one y, with shocks of their
//! own, share nothing but that mean, so Cov(W, W') over y is Var log(rho / pi), and to second order KL(rho | pi) = Cov(W, W') / 2.
//! With momenta afresh for each branch it is the divergence of positions alone.
//!
//! M strides see what is forgotten in M strides. That is nearly all: a mode which is forgotten in m strides of Euler-Maruyama
//! has a divergence of 1 / (16 m^2).
use super::audit::Auditable;
use crate::flow::chain_ledger::Positions;
use crate::observer::Moments;
use crate::observer::diagnostics::mcse_mean;
use steepest_core::{State, Tick};

/// Branches from each position. Works vary by far more than their means do as a rule, and K of them have K (K - 1) / 2 pairs.
pub(super) const BRANCHES: usize = 8;
/// Positions branches start from: so many at least before branches are made longer, and so many at most.
const STARTS: (usize, usize) = (64, 1024);
/// Strides that no run gets to.
pub(super) const FAR: u64 = 1 << 62;

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
}

/// The variance of works of one start above which works alone are compared: half their spread would be noise then.
const SPREAD: f64 = 0.5;

/// Var log(rho / pi) / 2 over the starts, and its standard error: `branches[k][i]` is the work of branch k from start i, and so many starts
/// in a row are draws of one chain.
///
/// -log E exp(-W) is E W - Var W / 2 to third order. Each half of the branches says it of a start, and the covariance of what the halves
/// say is free of their noise. Where works vary by much, Var W / 2 is left out: that it is the same for all starts holds to leading order in
/// the step.
///
/// ```
/// use steepest_flows::flow::bias::divergence;
/// let (kl, _) = divergence(&[vec![1.0, -1.0], vec![0.5, -0.5]], 1);
/// assert_eq!(kl, 0.5); // the covariance is 1
/// ```
pub fn divergence(branches: &[Vec<f64>], draws: usize) -> (f64, f64) {
    let n = branches.iter().map(Vec::len).min().unwrap_or(0);
    let halves = branches.split_at(branches.len() / 2);
    let works = |half: &[Vec<f64>], i: usize| half.iter().map(|works| works[i]).collect::<Moments>();
    let varies = |i: usize| works(branches, i).variance();
    let spread = (0..n).map(varies).sum::<f64>() / n as f64;
    let share = if spread < SPREAD && halves.0.len() > 1 { 0.5 } else { 0.0 };
    let said = |half: &[Vec<f64>]| -> Vec<f64> {
        let of = |works: Moments| works.mean() - if share > 0.0 { share * works.variance() } else { 0.0 };
        let all: Vec<f64> = (0..n).map(|i| of(works(half, i))).collect();
        let mean = all.iter().sum::<f64>() / n as f64;
        all.iter().map(|a| a - mean).collect()
    };
    let free = n as f64 / (n as f64 - 1.0);
    let products: Vec<f64> = said(halves.0).iter().zip(&said(halves.1)).map(|(a, b)| a * b * free).collect();
    let all: Moments = products.iter().copied().collect();
    let chains: Vec<&[f64]> = products.chunks_exact(draws.max(1)).collect();
    // Draws of a chain remember one another; NaN, of too few, is no larger.
    let error = mcse_mean(&chains).max(all.standard_error());
    (0.5 * all.mean(), 0.5 * error)
}

/// (starts, strides of a branch) for so many strides in all, with at most `available` starts and branches of `wanted` strides: first the
/// branches are made long enough, then there are more of them.
pub fn plan(available: usize, budget: u64, wanted: u64) -> (usize, u64) {
    let branches = BRANCHES as u64;
    let strides = (budget / (branches * STARTS.0 as u64)).clamp(1, wanted.max(1));
    let starts = (budget / (branches * strides)) as usize;
    (starts.clamp(STARTS.0, STARTS.1).min(available), strides)
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
    Some(Divergence { value, error, strides, wanted })
}
