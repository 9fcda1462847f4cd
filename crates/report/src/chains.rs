//! What the figures of a chain show: ranks, autocorrelation, running mean, energy, correlation of two quantities.

/// Draws a chain that an autocorrelation uses: the last ones, contiguous.
const WINDOW: usize = 20_000;
/// Lags of an autocorrelation's figure.
const LAGS: usize = 50;
/// Points of a running mean's figure.
const MEANS: usize = 120;

/// Histograms of the ranks of each chain's draws among all: `bins` counts a chain. Draws that are not numbers are left out;
/// equal draws share their ranks in the order of the chains' draws in turn, so that ties favour no chain.
///
/// ```
/// use steepest_report::chains::ranks;
/// let low_and_high = [vec![1.0, 2.0], vec![3.0, 4.0]];
/// assert_eq!(ranks(&low_and_high, 2), [[2, 0], [0, 2]]);
/// ```
pub fn ranks(chains: &[Vec<f64>], bins: usize) -> Vec<Vec<usize>> {
    let mut all: Vec<(f64, usize, usize)> = Vec::new();
    for (c, chain) in chains.iter().enumerate() {
        all.extend(chain.iter().enumerate().filter(|(_, x)| x.is_finite()).map(|(t, x)| (*x, t, c)));
    }
    all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut counts = vec![vec![0; bins]; chains.len()];
    for (rank, (_, _, c)) in all.iter().enumerate() {
        counts[*c][rank * bins / all.len()] += 1;
    }
    counts
}

/// Lags and what `autocorrelation` is at them: `(distance between lags, one list a chain)`; the furthest lag is about six
/// autocorrelation times, or 50.
pub fn lags(draws: usize, time: f64) -> usize {
    let furthest = if time.is_finite() { (6.0 * time) as usize } else { 0 };
    furthest.max(LAGS).min(draws.min(WINDOW) / 2).div_ceil(LAGS).max(1)
}

/// The autocorrelation of the last draws of a chain at lags 0, `every`, 2 `every`, ...: sums over n, not n - lag, as in
/// [Geyer1992]. Empty where the chain is constant or holds what is not a number.
///
/// ```
/// use steepest_report::chains::autocorrelation;
/// let wave = [1.0, -1.0, 1.0, -1.0];
/// assert_eq!(autocorrelation(&wave, 1)[..2], [1.0, -0.75]);
/// ```
pub fn autocorrelation(chain: &[f64], every: usize) -> Vec<f64> {
    let window = &chain[chain.len().saturating_sub(WINDOW)..];
    let mean = window.iter().sum::<f64>() / window.len() as f64;
    let centred: Vec<f64> = window.iter().map(|x| x - mean).collect();
    let square: f64 = centred.iter().map(|x| x * x).sum();
    if !(square > 0.0 && square.is_finite()) {
        return Vec::new();
    }
    let at = |lag: usize| centred.iter().zip(&centred[lag..]).map(|(a, b)| a * b).sum::<f64>() / square;
    (0..=LAGS).map(|i| i * every).take_while(|lag| *lag < window.len()).map(at).collect()
}

/// Means of the first draws of a chain: `(how many draws, their mean)` at about 120 even places, the whole chain last.
pub fn running_mean(chain: &[f64]) -> Vec<(usize, f64)> {
    let places = chain.len().min(MEANS);
    let mut out = Vec::with_capacity(places);
    let (mut sum, mut next) = (0.0, 1);
    for (t, x) in chain.iter().enumerate() {
        sum += x;
        if t + 1 == next * chain.len() / places {
            out.push((t + 1, sum / (t + 1) as f64));
            next += 1;
        }
    }
    out
}

/// The estimated Bayesian fraction of missing information, sum (E_t - E_(t-1))^2 / sum (E_t - mean)^2 [Betancourt2016].
pub fn e_bfmi(energy: &[f64]) -> f64 {
    let mean = energy.iter().sum::<f64>() / energy.len() as f64;
    let moves: f64 = energy.windows(2).map(|w| (w[1] - w[0]).powi(2)).sum();
    moves / energy.iter().map(|e| (e - mean).powi(2)).sum::<f64>()
}

/// Pearson's correlation of what is a finite number in both; 0 where either is constant.
pub fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let finite = || a.iter().zip(b).filter(|(x, y)| x.is_finite() && y.is_finite());
    let (n, sa, sb) = finite().fold((0.0f64, 0.0f64, 0.0f64), |(n, sa, sb), (x, y)| (n + 1.0, sa + x, sb + y));
    let (ma, mb) = (sa / n, sb / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in finite() {
        ab += (x - ma) * (y - mb);
        aa += (x - ma) * (x - ma);
        bb += (y - mb) * (y - mb);
    }
    let r = ab / (aa.sqrt() * bb.sqrt());
    if r.is_finite() { r.clamp(-1.0, 1.0) } else { 0.0 }
}

/// The pairs of `columns` with the largest |correlation|, largest first: `(i, j, r)`.
pub fn correlated(columns: &[Vec<f64>], most: usize) -> Vec<(usize, usize, f64)> {
    let mut pairs = Vec::new();
    for i in 0..columns.len() {
        for j in 0..i {
            pairs.push((j, i, correlation(&columns[i], &columns[j])));
        }
    }
    pairs.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()));
    pairs.truncate(most);
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_favour_no_chain() {
        assert_eq!(ranks(&[vec![1.0; 10], vec![1.0; 10]], 2), [[5, 5], [5, 5]]);
        assert_eq!(ranks(&[vec![f64::NAN], vec![]], 3), [[0; 3], [0; 3]]);
    }

    #[test]
    fn a_decaying_chain_has_its_autocorrelation() {
        // x_t = rho^t has sum x_t x_(t+1) = rho sum x_t^2 up to the mean: take a long symmetric alternation instead.
        let chain: Vec<f64> = (0..4000).map(|t| [1.0, 1.0, -1.0, -1.0][t % 4]).collect();
        let r = autocorrelation(&chain, 1);
        let expected = [1.0, 0.0, -1.0, 0.0, 1.0];
        for (lag, e) in expected.into_iter().enumerate() {
            assert!((r[lag] - e).abs() < 2e-3, "lag {lag}: {}", r[lag]);
        }
        assert!(autocorrelation(&[1.0; 8], 1).is_empty() && autocorrelation(&[], 1).is_empty());
        assert!(autocorrelation(&[1.0, f64::NAN], 1).is_empty());
        assert_eq!(autocorrelation(&chain, lags(4000, 100.0)).len(), LAGS + 1);
    }

    #[test]
    fn a_running_mean_ends_at_the_mean() {
        let chain: Vec<f64> = (0..1001).map(f64::from).collect();
        let means = running_mean(&chain);
        assert_eq!((means.len(), means.last().copied()), (MEANS, Some((1001, 500.0))));
        assert_eq!(running_mean(&[3.0]), [(1, 3.0)]);
        assert!(running_mean(&[]).is_empty());
    }

    #[test]
    fn energies_and_correlations() {
        assert_eq!(e_bfmi(&[1.0, -1.0, 1.0, -1.0]), 3.0);
        assert!((correlation(&[1.0, 2.0, 3.0], &[-2.0, -4.0, -6.0]) + 1.0).abs() < 1e-15);
        assert_eq!(correlation(&[1.0, 1.0], &[1.0, 2.0]), 0.0);
        let (a, b) = ([f64::NAN, 0.0, 0.0, 2.0, 2.0], [0.0, 3.0, 3.0, 1.0, 1.0]);
        assert_eq!((correlation(&[], &[]), correlation(&a, &b)), (0.0, -1.0));
        let columns = [vec![0.0, 1.0, 2.0, 1.0], vec![0.0, 1.0, 0.0, -1.0], vec![0.0, 2.0, 4.0, 2.1]];
        assert_eq!((correlated(&columns, 1)[0].0, correlated(&columns, 1)[0].1), (0, 2));
    }
}
