//! R-hat of many chains, which may be short: of groups of them, and what chance makes of it.
use super::laws::gamma_tail;
use super::{borrow, map, quantile::median, rank::normalise, rhat, usable};
use crate::observer::Moments;
use steepest_kernels as kernels;

/// So many chains are judged by [`nested_rhat`].
pub const MANY: usize = 64;
/// Groups the chains are put in.
const GROUPS: usize = 16;
/// Draws of a chain at least: four in the second half, two in each quarter.
const SHORTEST: usize = 8;
/// Shuffles of the chains that say what chance makes of R-hat: its mean is known to 3 %, its spread to 9 %.
const SHUFFLES: u64 = 64;
/// Their key and stream.
const KEY: (u64, u16) = (0x7268_6174, 0x7a5);

/// R-hat of many chains, which may be short: of 16 groups of chains that began near one another (by their first draws), the
/// second halves, group against group and quarter against quarter [MargossianEtAl2024].
///
/// R-hat of single chains of n draws is about 1 + (tau - 1) / n where draws are correlated over tau, however many chains there are;
/// a group has the draws of all its chains. Chains that have forgotten where they began make it 1; chains that are stuck, or all
/// still on their way, do not. NaN for fewer than 32 chains or eight draws.
pub fn nested_rhat(chains: &[&[f64]]) -> f64 {
    if !groupable(chains) {
        return f64::NAN;
    }
    let draws = chains[0].len();
    let group = |members: &[usize]| {
        // Draws in the order of time, so that halves of a group are times.
        (draws - draws / 2..draws).flat_map(|t| members.iter().map(move |c| chains[*c][t])).collect()
    };
    let order = by_start(chains);
    let groups: Vec<Vec<f64>> = order.chunks_exact(order.len() / GROUPS).map(group).collect();
    rhat(&borrow(&groups))
}
fn groupable(chains: &[&[f64]]) -> bool {
    usable(chains, 2 * GROUPS) && chains[0].len() >= SHORTEST
}
/// The chains by where they began, as many as groups of one size have.
fn by_start(chains: &[&[f64]]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..chains.len()).collect();
    order.sort_by(|a, b| chains[*a][0].total_cmp(&chains[*b][0]).then(a.cmp(b)));
    order.truncate(chains.len() / GROUPS * GROUPS);
    order
}

/// The chance of an R-hat as large as theirs where location or scale, or the less likely of both, is above `tolerated`: had chains
/// been put into groups at random, and had either quarter of each come first. One where neither is above.
///
/// What is left of autocorrelation within a chain is in every such order: groups of m chains have an R-hat of about
/// 1 + (tau - 1) / (m n) from it. The ratio of mean squares is held against the gamma law with the mean and the variance it has
/// over 64 orders; for independent draws it is that law, chi-squared over its degrees of freedom.
pub(super) fn nested_chance(chains: &[&[f64]], tolerated: f64) -> f64 {
    if !groupable(chains) {
        return 0.0;
    }
    let (draws, quarter) = (chains[0].len(), chains[0].len() / 4);
    let ends = |c: &usize| {
        let late = &chains[*c][draws - draws / 2..];
        [&late[..quarter], &late[late.len() - quarter..]]
    };
    let quarters: Vec<&[f64]> = by_start(chains).iter().flat_map(ends).collect();
    let centre = median(&quarters);
    let folded = map(&quarters, |x| (x - centre).abs());
    let mut least: f64 = 1.0;
    for z in [normalise(&quarters), normalise(&borrow(&folded))] {
        let sums: Vec<Sums> = z.as_chunks::<2>().0.iter().map(|[early, late]| [sums(early), sums(late)]).collect();
        let (n, found) = ((sums.len() / GROUPS * quarter) as f64, ratio(&sums, quarter));
        if ((found - 1.0) / n + 1.0).sqrt() > tolerated {
            least = least.min(chance(&sums, quarter, found));
        }
    }
    least
}
/// Sum and sum of squares of the draws of a chain, of its two quarters.
type Sums = [[f64; 2]; 2];
fn sums(z: &[f64]) -> [f64; 2] {
    [z.iter().sum(), z.iter().map(|z| z * z).sum()]
}
/// B / W of groups, each early and late: n times the variance of their means over the mean of their variances. Normal scores are
/// about one, so that squares may be taken about zero.
fn ratio(chains: &[Sums], quarter: usize) -> f64 {
    let members = chains.len() / GROUPS;
    let n = (members * quarter) as f64;
    let (mut means, mut within) = (Moments::default(), Moments::default());
    for group in chains.chunks_exact(members) {
        for half in 0..2 {
            let total = |k: usize| group.iter().map(|chain| chain[half][k]).sum::<f64>();
            let (sum, square) = (total(0), total(1));
            means.push(sum / n);
            within.push((square - sum * sum / n) / (n - 1.0));
        }
    }
    n * means.variance() / within.mean()
}
/// The chance of a ratio as large as the one that was found; none where nothing varies.
fn chance(chains: &[Sums], quarter: usize, found: f64) -> f64 {
    let mut uniforms = vec![0.0; 2 * chains.len()];
    let shuffled = |number: u64| {
        kernels::uniforms(KEY.0, number, KEY.1, 0, &mut uniforms);
        ratio(&shuffle(chains, &uniforms), quarter)
    };
    let by_chance: Moments = (0..SHUFFLES).map(shuffled).collect();
    let scale = by_chance.variance() / by_chance.mean();
    let tail = gamma_tail(by_chance.mean() / scale, found / scale);
    if tail.is_nan() { 0.0 } else { tail }
}
/// The chains in another order, the quarters of half of them swapped: two uniforms a chain.
fn shuffle(chains: &[Sums], uniforms: &[f64]) -> Vec<Sums> {
    let mut all = chains.to_vec();
    let (places, swaps) = uniforms.split_at(all.len());
    for (i, u) in places.iter().enumerate() {
        all.swap(i, (((i + 1) as f64 * u) as usize).min(i));
    }
    all.iter_mut().zip(swaps).filter(|(_, u)| **u < 0.5).for_each(|(chain, _)| chain.swap(0, 1));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many chains of 40 draws, x_t = a x_{t-1} + sqrt(1 - a^2) z_t from equilibrium, moved apart by `side` and all along by
    /// `drift` a draw.
    fn chains(key: u64, (n, a): (usize, f64), side: f64, drift: f64) -> Vec<Vec<f64>> {
        let mut z = vec![0.0; n * 40];
        kernels::normals(key, 0, 0, 0, &mut z);
        let fresh = (1.0 - a * a).sqrt();
        let chain = |(c, z): (usize, &[f64])| {
            let mut x = 0.0;
            let next = |(t, z): (usize, &f64)| {
                x = if t == 0 { *z } else { a * x + fresh * z };
                x + if c % 2 == 0 { side } else { -side } + drift * t as f64
            };
            z.iter().enumerate().map(next).collect()
        };
        z.chunks_exact(40).enumerate().map(chain).collect()
    }
    fn found(chains: &[Vec<f64>]) -> (f64, f64) {
        (nested_rhat(&borrow(chains)), nested_chance(&borrow(chains), 1.01))
    }

    /// 128 chains in equilibrium, correlated over tau = 9: R-hat is 1 + (tau - 1) / 160 or so in each of 40 sets, and that is chance.
    /// Chains that stay on one of two sides, all drift, or have not forgotten where they began are none.
    #[test]
    fn short_chains_in_equilibrium_are_told_from_others() {
        let well: Vec<(f64, f64)> = (0..40).map(|key| found(&chains(key, (128, 0.8), 0.0, 0.0))).collect();
        assert!(well.iter().all(|(rhat, _)| *rhat > 1.01), "{well:?}");
        assert!(well.iter().all(|(_, chance)| *chance > 1e-4), "{well:?}");
        assert!(well.iter().filter(|(_, chance)| *chance < 0.1).count() < 14, "{well:?}");
        for (a, side, drift) in [(0.6, 1.0, 0.0), (0.6, 0.0, 0.1), (0.995, 0.0, 0.0)] {
            let (rhat, chance) = found(&chains(3, (128, a), side, drift));
            assert!(rhat > 1.05 && chance < 1e-5, "{a} {side} {drift}: {rhat} {chance}");
        }
    }
    /// A permutation is one: sums over all chains and quarters stay.
    #[test]
    fn shuffles_lose_nothing() {
        let chains: Vec<Sums> = (0..33).map(|c| [[f64::from(c), 1.0], [f64::from(100 + c), 2.0]]).collect();
        let mut uniforms = vec![0.0; 66];
        kernels::uniforms(1, 2, 3, 0, &mut uniforms);
        let other = shuffle(&chains, &uniforms);
        let ordered = |chains: &[Sums]| {
            let mut all: Vec<f64> = chains.iter().flatten().map(|quarter| quarter[0]).collect();
            all.sort_by(f64::total_cmp);
            all
        };
        assert!(other != chains && ordered(&other) == ordered(&chains));
        assert!(other.iter().any(|chain| chain[0][0] > 99.0) && other.iter().any(|chain| chain[0][0] < 99.0));
    }
    #[test]
    fn too_few_are_not_judged() {
        let few = chains(1, (31, 0.5), 0.0, 0.0);
        assert!(nested_rhat(&borrow(&few)).is_nan());
        let short = vec![&[0.0, 1.0, 2.0, 0.0, 1.0, 2.0, 0.0][..]; 64];
        assert!(nested_rhat(&short).is_nan());
        assert_eq!(nested_chance(&short, 1.01), 0.0);
    }
}
