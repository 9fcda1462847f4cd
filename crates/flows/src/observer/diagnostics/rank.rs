//! Ranks of pooled draws, and what they become on the normal scale.
use super::laws::normal_quantile;

/// The rank of every draw among all of them, from 1; draws that tie share their mean rank.
pub(super) fn ranks(chains: &[&[f64]]) -> Vec<Vec<f64>> {
    let mut order: Vec<(f64, usize)> = chains.iter().copied().flatten().copied().zip(0..).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut all, mut below) = (vec![0.0; order.len()], 0);
    for ties in order.chunk_by(|a, b| a.0 == b.0) {
        let rank = below as f64 + (ties.len() as f64 + 1.0) / 2.0;
        ties.iter().for_each(|&(_, at)| all[at] = rank);
        below += ties.len();
    }
    let mut rest = all.as_slice();
    let own = |chain: &&[f64]| rest.split_off(..chain.len()).unwrap_or_default().to_vec();
    chains.iter().map(own).collect()
}

/// Rank normalisation, `z = Phi^-1((rank - 3/8) / (n + 1/4))` `[Vehtari2021, Eq. 14]`.
pub(super) fn normalise(chains: &[&[f64]]) -> Vec<Vec<f64>> {
    let n: usize = chains.iter().map(|c| c.len()).sum();
    let mut z = ranks(chains);
    z.iter_mut().flatten().for_each(|r| *r = normal_quantile((*r - 0.375) / (n as f64 + 0.25)));
    z
}

/// How the pooled ranks of each chain fall into `bins` bins of equal width: flat, at `draws / bins`, where chains agree
/// `[Vehtari2021, Sec. 4.4]`. One row a chain.
///
/// ```
/// # use steepest_flows::observer::diagnostics::rank_histogram;
/// assert_eq!(rank_histogram(&[&[1.0, 2.0, 7.0], &[9.0, 8.0, 3.0]], 2), [[2, 1], [1, 2]]);
/// ```
pub fn rank_histogram(chains: &[&[f64]], bins: usize) -> Vec<Vec<usize>> {
    let n: usize = chains.iter().map(|c| c.len()).sum();
    let count = |ranks: Vec<f64>| {
        let mut row = vec![0; bins];
        for rank in ranks {
            let bin = ((rank - 0.5) * bins as f64 / n as f64) as usize;
            row[bin.min(bins - 1)] += 1;
        }
        row
    };
    if bins == 0 { vec![Vec::new(); chains.len()] } else { ranks(chains).into_iter().map(count).collect() }
}
