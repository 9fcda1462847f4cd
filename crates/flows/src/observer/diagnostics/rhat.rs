//! R-hat: do the chains, and the halves of each, agree?
use super::nested::nested_chance;
use super::{MANY, borrow, ess::ess_within, laws::fisher_tail, map, mean, nested_rhat, quantile::median};
use super::{rank::normalise, sd, split, usable};

/// Split rank-normalised R-hat: the larger of that of the draws (location) and of the folded draws `|x - median|`
/// (scale) `[Vehtari2021, Sec. 4.2]`. At or under 1.01 where chains have mixed.
///
/// NaN for one chain, or if all draws are equal; infinite if each chain is stuck at its own value.
pub fn rhat(chains: &[&[f64]]) -> f64 {
    if !usable(chains, 2) {
        return f64::NAN;
    }
    let [bulk, tail] = scores(chains).map(|z| plain(&z));
    if tail > bulk { tail } else { bulk }
}
/// Normal scores of the halves of chains, and of the folded ones.
fn scores(chains: &[&[f64]]) -> [Vec<Vec<f64>>; 2] {
    let halves = split(chains);
    let centre = median(&halves);
    let folded = map(&halves, |x| (x - centre).abs());
    [normalise(&halves), normalise(&borrow(&folded))]
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

/// The chance that chains which agree have a [`judging_rhat`] as large as these, of location or scale: of whichever is above
/// `tolerated`, the smaller where both are. One where neither is, and zero where nothing can be told, as of chains that never moved.
///
/// Means of M halves of n draws have a variance of W / n times tau, s = M n / tau effective draws in all by the autocorrelation within
/// halves: so (B / W) s / (M n), with B / W = n R^2 - n + 1, has Fisher's law with M - 1 degrees of freedom above. Below there are as
/// many as tau is known to, about s / 4: its relative variance is 2 over (lags that are summed over in units of tau) of s. Of [`MANY`]
/// chains or more it is counted instead.
///
/// ```
/// use steepest_flows::observer::diagnostics::{rhat, rhat_chance};
/// let draw = |c: usize, t: usize| ((7 * t * t + 13 * c * t + 5 * c) % 31) as f64;
/// let chains = |apart: f64| -> Vec<Vec<f64>> {
///     (0..4).map(|c| (0..50).map(|t| draw(c, t) + if c == 3 { apart } else { 0.0 }).collect()).collect()
/// };
/// let chance = |apart: f64| rhat_chance(&chains(apart).iter().map(Vec::as_slice).collect::<Vec<_>>(), 1.01);
/// assert!(chance(0.0) > 1e-3 && chance(30.0) < 1e-6);
/// ```
pub fn rhat_chance(chains: &[&[f64]], tolerated: f64) -> f64 {
    if chains.len() >= MANY {
        return nested_chance(chains, tolerated);
    }
    if !usable(chains, 2) {
        return 0.0;
    }
    let both = scores(chains);
    let above = both.iter().filter(|z| plain(z) > tolerated);
    above.map(|z| chance(z)).fold(1.0, f64::min)
}
/// The chance of the R-hat of halves as they are.
fn chance(halves: &[Vec<f64>]) -> f64 {
    let (m, n) = (halves.len() as f64, halves[0].len() as f64);
    let effective = ess_within(&borrow(halves));
    let ratio = n * plain(halves).powi(2) - n + 1.0;
    let tail = fisher_tail(ratio * effective / (m * n), m - 1.0, 0.25 * effective);
    if tail.is_nan() { 0.0 } else { tail }
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

    /// 300 runs of four chains of 400 draws, correlated by 0.77 (an ESS of 200): three in four have an R-hat above 1.01, and of
    /// those hardly one is rarer than 1e-3 (of 400 others one was; location and scale have a chance each). A chain that is two standard
    /// deviations away is, whatever that does to the ESS.
    #[test]
    fn what_chains_that_agree_do_is_chance() {
        let runs = |apart: f64| -> Vec<(f64, f64)> {
            let run = |key: u64| {
                let mut z = vec![0.0; 4 * 400];
                steepest_kernels::normals(key, 0, 0x7a3, 0, &mut z);
                for (c, chain) in z.chunks_exact_mut(400).enumerate() {
                    (1..400).for_each(|t| chain[t] = 0.77 * chain[t - 1] + (1.0f64 - 0.77 * 0.77).sqrt() * chain[t]);
                    chain.iter_mut().filter(|_| c == 3).for_each(|x| *x += apart);
                }
                let chains: Vec<&[f64]> = z.chunks_exact(400).collect();
                (rhat(&chains), rhat_chance(&chains, 1.01))
            };
            (0..300).map(run).collect()
        };
        let count = |runs: &[(f64, f64)], of: &dyn Fn(&(f64, f64)) -> bool| runs.iter().filter(|run| of(run)).count();
        let (agree, apart) = (runs(0.0), runs(2.0));
        let found = [
            count(&agree, &|run| run.0 > 1.01),
            count(&agree, &|run| run.1 < 0.25),
            count(&agree, &|run| run.1 < 1e-3),
            count(&apart, &|run| run.1 < 1e-3),
        ];
        println!("{found:?} of 300");
        assert!(found[0] > 150 && found[1] < 150 && found[2] <= 4 && found[3] > 295, "{found:?}");
    }

    #[test]
    fn edges() {
        let x: &[f64] = &[1.0, 2.0, 3.0, 5.0];
        assert!(rhat(&[x]).is_nan() && rhat(&[]).is_nan() && rhat(&[x, &x[..3]]).is_nan());
        assert!(rhat(&[x, &[1.0, f64::NAN, 0.0, 0.0]]).is_nan());
        assert!(rhat(&[&[7.0; 9], &[7.0; 9]]).is_nan());
        assert_eq!(rhat(&[&[0.1; 9], &[0.3; 9]]), f64::INFINITY);
        assert_eq!(rhat_chance(&[&[0.1; 9], &[0.3; 9]], 1.01), 0.0);
        assert_eq!(rhat_chance(&[x], 1.01), 0.0);
    }
}
