//! How far unadjusted isokinetic chains are from exp(-beta V): branches of chains that move as they do.
//!
//! A step is its own mirror image up to the partial refreshment of its direction, and that is in balance with the even law of directions; so
//! the work of a path is the sum of the errors of the energy.
use super::bias::{BRANCHES, Divergence, FAR, divergence, plan};
use super::chain_ledger::Positions;
use super::metropolis::{GROUP, Server};
use crate::observer::Moments;
use crate::scheme::in_order;
use crate::scheme::metropolis::Chain;
use steepest_core::{Potential, Tick};

/// Numbers of the metrics of forks that are moved together.
const FORKED: usize = 1 << 22;

/// KL(law of the positions | exp(-beta V)) of `chains` whose draws are `from`, each with a step and a metric of its own: the mean over
/// chains, from branches of about `budget` gradients in all. `None` where chains are adjusted or of another kind.
pub fn isokinetic_bias(
    (v, beta): (&dyn Potential, f64),
    (at, threads): (Tick, usize),
    (chains, from): (&[&Chain], &Positions),
    budget: u64,
) -> Option<Divergence> {
    let each = chains.iter().map(|chain| chain.forgets()).collect::<Option<Vec<_>>>()?;
    let wanted = each.iter().map(|(wanted, _)| *wanted).max()?;
    let gradients = each.iter().map(|(_, gradients)| *gradients).max().filter(|_| from.n > 0)?;
    let (starts, count) = plan(from.n, budget / gradients, wanted);
    let (from, stride) = from.at_most(starts);
    let draws = from.n / from.chains.max(1);
    let fork = |k: usize| {
        let i = k % from.n;
        let q: Vec<f64> = (0..from.d).map(|j| from.x[j * from.n + i]).collect();
        chains[i / draws * stride].fork(k as u64, &q)
    };
    let all = BRANCHES * from.n;
    // Each fork has a metric of its own, which may be a whole matrix.
    let size = (FORKED / (from.d * from.d).max(1)).clamp(1, GROUP);
    let group = |first: usize| {
        let mut forks: Vec<Chain> = (first..all.min(first + size)).map(fork).collect();
        Server::default().advance(v, beta, Tick { step: FAR, ..at }, count, &mut forks).ok()?;
        forks.iter().map(Chain::worked).collect::<Option<Vec<f64>>>()
    };
    let works = in_order(threads, (0..all).step_by(size), group).collect::<Option<Vec<_>>>();
    let works = works.map_or_else(|| vec![f64::NAN; all], |works| works.concat());
    let branches = |range: std::ops::Range<usize>| -> Vec<Vec<f64>> {
        works.chunks_exact(from.n).map(|branch| branch[range.clone()].to_vec()).collect()
    };
    // Works of chains with different steps differ on average, which is no sign of a law: of single draws, it adds to the divergence.
    let found: Vec<(f64, f64)> = if draws > 1 {
        (0..from.chains).map(|c| divergence(&branches(c * draws..(c + 1) * draws), draws)).collect()
    } else {
        vec![divergence(&branches(0..from.n), 1)]
    };
    let values: Moments = found.iter().map(|(value, _)| *value).collect();
    let stated = found.iter().map(|(_, error)| error * error).sum::<f64>().sqrt() / values.count;
    // Of a few draws the stated error is too small; of one chain there is no scatter.
    let (value, error) = (values.mean(), stated.max(values.standard_error()));
    let steps = |transitions: u64| transitions * gradients / 2;
    Some(Divergence { value, error, strides: steps(count), wanted: steps(wanted), starts: from.n })
}
