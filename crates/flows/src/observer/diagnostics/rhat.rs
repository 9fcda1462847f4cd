//! R-hat: do the chains, and the halves of each, agree?
use super::{borrow, map, mean, quantile::median, rank::normalise, sd, split, usable};

/// Split rank-normalised R-hat: the larger of that of the draws (location) and of the folded draws `|x - median|`
/// (scale) `[Vehtari2021, Sec. 4.2]`. At or under 1.01 where chains have mixed.
///
/// NaN for one chain, or if all draws are equal; infinite if each chain is stuck at its own value.
pub fn rhat(chains: &[&[f64]]) -> f64 {
    if !usable(chains, 2) {
        return f64::NAN;
    }
    let halves = split(chains);
    let centre = median(&halves);
    let folded = map(&halves, |x| (x - centre).abs());
    let (bulk, tail) = (plain(&normalise(&halves)), plain(&normalise(&borrow(&folded))));
    if tail > bulk { tail } else { bulk }
}

/// So many chains are judged by [`nested_rhat`].
pub const MANY: usize = 64;
/// Groups the chains are put in.
const GROUPS: usize = 16;

/// R-hat of many chains, which may be short: of 16 groups of chains that began near one another (by their first draws), the
/// second halves, group against group and quarter against quarter [MargossianEtAl2024].
///
/// R-hat of single chains of n draws is about 1 + (tau - 1) / n where draws are correlated over tau, however many chains there are;
/// a group has the draws of all its chains. Chains that have forgotten where they began make it 1; chains that are stuck, or all
/// still on their way, do not. NaN for fewer than 32 chains or eight draws.
pub fn nested_rhat(chains: &[&[f64]]) -> f64 {
    if !usable(chains, 2 * GROUPS) {
        return f64::NAN;
    }
    let (n, draws) = (chains.len(), chains[0].len());
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| chains[*a][0].total_cmp(&chains[*b][0]).then(a.cmp(b)));
    let group = |g: usize| {
        // As many chains in each; draws in the order of time, so that halves of a group are times.
        let members = &order[g * (n / GROUPS)..(g + 1) * (n / GROUPS)];
        (draws - draws / 2..draws).flat_map(|t| members.iter().map(move |c| chains[*c][t])).collect()
    };
    let groups: Vec<Vec<f64>> = if draws < 8 { Vec::new() } else { (0..GROUPS).map(group).collect() };
    rhat(&borrow(&groups))
}

/// The R-hat that so many chains are judged by: [`rhat`], and [`nested_rhat`] of [`MANY`] or more.
///
/// ```
/// use steepest_flows::observer::diagnostics::{MANY, judging_rhat, nested_rhat, rhat};
/// let draw = |c: usize, t: usize| ((7 * t * t + 13 * c * t + 5 * c) % 31) as f64;
/// let chains: Vec<Vec<f64>> = (0..MANY).map(|c| (0..16).map(|t| draw(c, t)).collect()).collect();
/// let all: Vec<&[f64]> = chains.iter().map(Vec::as_slice).collect();
/// assert_eq!(judging_rhat(&all), nested_rhat(&all));
/// assert_eq!(judging_rhat(&all[1..]), rhat(&all[1..]));
/// ```
pub fn judging_rhat(chains: &[&[f64]]) -> f64 {
    if chains.len() < MANY { rhat(chains) } else { nested_rhat(chains) }
}

/// R-hat of the chains as they are, `sqrt((B / W + n - 1) / n)`: B / n the variance of the chain means, W the mean of
/// the chain variances `[GelmanRubin1992]`.
fn plain(chains: &[Vec<f64>]) -> f64 {
    let n = chains[0].len() as f64;
    let within = mean(&[&chains.iter().map(|c| sd(&[c]).powi(2)).collect::<Vec<_>>()]);
    let between = n * sd(&[&chains.iter().map(|c| mean(&[c])).collect::<Vec<_>>()]).powi(2);
    ((between / within + n - 1.0) / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chains {0, 1, 0, 1} and {2, 3, 2, 3}: split halves of two draws, ranks 2.5, 6.5 | 2.5, ... done by hand.
    #[test]
    fn two_chains_apart() {
        let z = |p: f64| super::super::laws::normal_quantile((p - 0.375) / 8.25);
        let (a, b) = (z(1.5), z(3.5));
        // Half means -m, -m, m, m with m = -(a + b)/2; every half has variance (b - a)^2 / 2.
        let (m, within) = ((a + b) / 2.0, (b - a).powi(2) / 2.0);
        let between = 2.0 * 4.0 * m * m / 3.0;
        let expected = ((between / within + 1.0) / 2.0).sqrt();
        let found = rhat(&[&[0.0, 1.0, 0.0, 1.0], &[2.0, 3.0, 2.0, 3.0]]);
        assert!((found - expected).abs() < 1e-14, "{found} {expected}");
    }

    #[test]
    fn edges() {
        let x: &[f64] = &[1.0, 2.0, 3.0, 5.0];
        assert!(rhat(&[x]).is_nan() && rhat(&[]).is_nan() && rhat(&[x, &x[..3]]).is_nan());
        assert!(rhat(&[x, &[1.0, f64::NAN, 0.0, 0.0]]).is_nan());
        assert!(rhat(&[&[7.0; 9], &[7.0; 9]]).is_nan());
        assert_eq!(rhat(&[&[0.1; 9], &[0.3; 9]]), f64::INFINITY);
    }
}
