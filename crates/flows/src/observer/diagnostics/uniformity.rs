//! Whether ranks are uniform: a band about their distribution function that holds everywhere at once.

/// P(the empirical distribution function of so many uniform ranks strays as far as this one), far meaning by its least
/// likely place: with c_i of n ranks below i / cells, gamma = 2 min_i min(P(B_i <= c_i), P(B_i >= c_i)) for B_i binomial
/// with n trials of probability i / cells, and the result is P(gamma' <= gamma) over samples, exactly
/// [SailynojaEtAl2022, Sec. 2.2].
///
/// `ranks` are whole numbers from 0 to `cells` - 1. NaN without ranks or with one out of range. Under uniformity the result is
/// at most p with probability at most p.
///
/// ```
/// use steepest_flows::observer::diagnostics::uniformity;
/// let even: Vec<usize> = (0..100).map(|i| i % 20).collect();
/// let low: Vec<usize> = (0..100).map(|i| i % 14).collect();
/// assert!(uniformity(&even, 20) > 0.99 && uniformity(&low, 20) < 1e-6);
/// // One rank of two cells: either value is as good as the other.
/// assert!((uniformity(&[1], 2) - 1.0).abs() < 1e-12);
/// ```
pub fn uniformity(ranks: &[usize], cells: usize) -> f64 {
    let n = ranks.len();
    if n == 0 || cells < 2 || ranks.iter().any(|rank| *rank >= cells) {
        return f64::NAN;
    }
    let mut below = vec![0_usize; cells];
    ranks.iter().for_each(|rank| below[*rank] += 1);
    let mut counts = Vec::with_capacity(cells - 1);
    (1..cells).fold(0, |sum, i| {
        counts.push(sum + below[i - 1]);
        sum + below[i - 1]
    });
    let laws: Vec<Binomial> = (1..cells).map(|i| Binomial::new(n, i as f64 / cells as f64)).collect();
    let gamma = laws.iter().zip(&counts).map(|(law, c)| law.tail(*c)).fold(1.0, f64::min);
    // A sample that strays less is inside everywhere: counts whose own tails are larger, with room for rounding.
    let inside: Vec<(usize, usize)> = laws.iter().map(|law| law.inside(gamma * (1.0 + 1e-9))).collect();
    (1.0 - within(n, cells, &inside)).clamp(0.0, 1.0)
}

/// The least and the largest count at each i / cells, i from 1 to cells - 1, of a band that uniform ranks leave anywhere with
/// a probability of at most `level`.
pub fn rank_band(n: usize, cells: usize, level: f64) -> Vec<(usize, usize)> {
    let laws: Vec<Binomial> = (1..cells).map(|i| Binomial::new(n, i as f64 / cells as f64)).collect();
    let band = |gamma: f64| laws.iter().map(|law| law.inside(gamma)).collect::<Vec<_>>();
    let (mut low, mut high) = (level / cells as f64, level);
    for _ in 0..30 {
        let middle = (low * high).sqrt();
        if 1.0 - within(n, cells, &band(middle)) <= level { low = middle } else { high = middle }
    }
    band(low)
}

/// P(every count is inside): counts at growing points are a Markov chain with binomial increments.
fn within(n: usize, cells: usize, inside: &[(usize, usize)]) -> f64 {
    let factorials = ln_factorials(n);
    let mut weight = vec![0.0; n + 1];
    weight[0] = 1.0;
    for (i, &(low, high)) in inside.iter().enumerate() {
        // Of the ranks not below i / cells, each falls into the next cell with this probability.
        let p = 1.0 / (cells - i) as f64;
        let (ln_p, ln_q) = (p.ln(), (-p).ln_1p());
        let mut next = vec![0.0; n + 1];
        for (from, w) in weight.iter().enumerate().filter(|(_, w)| **w > 0.0) {
            for to in from.max(low)..=high.min(n) {
                let (left, step) = (n - from, to - from);
                let ways = factorials[left] - factorials[step] - factorials[left - step];
                next[to] += w * (ways + step as f64 * ln_p + (left - step) as f64 * ln_q).exp();
            }
        }
        weight = next;
    }
    weight.iter().sum()
}

fn ln_factorials(n: usize) -> Vec<f64> {
    let mut sum = 0.0;
    std::iter::once(0.0)
        .chain((1..=n).map(|k| {
            sum += (k as f64).ln();
            sum
        }))
        .collect()
}

/// Both tails of a binomial law.
struct Binomial {
    /// P(B <= c) and P(B >= c).
    lower: Vec<f64>,
    upper: Vec<f64>,
}
impl Binomial {
    fn new(n: usize, p: f64) -> Binomial {
        let factorials = ln_factorials(n);
        let (ln_p, ln_q) = (p.ln(), (-p).ln_1p());
        let mass = |c: usize| {
            (factorials[n] - factorials[c] - factorials[n - c] + c as f64 * ln_p + (n - c) as f64 * ln_q).exp()
        };
        let (mut lower, mut upper): (Vec<f64>, Vec<f64>) = (0..=n).map(|c| (mass(c), mass(c))).unzip();
        (1..=n).for_each(|c| lower[c] += lower[c - 1]);
        (0..n).rev().for_each(|c| upper[c] += upper[c + 1]);
        Binomial { lower, upper }
    }
    fn tail(&self, c: usize) -> f64 {
        (2.0 * self.lower[c].min(self.upper[c])).min(1.0)
    }
    /// The counts whose tail is larger than gamma; an empty range where none is.
    fn inside(&self, gamma: f64) -> (usize, usize) {
        let good = |c: &usize| self.tail(*c) > gamma;
        let n = self.lower.len() - 1;
        match ((0..=n).find(good), (0..=n).rev().find(good)) {
            (Some(low), Some(high)) => (low, high),
            _ => (1, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use steepest_kernels::uniforms;

    fn sample(n: usize, cells: usize, stream: u64, bend: f64) -> Vec<usize> {
        let mut u = vec![0.0; n];
        uniforms(11, stream, 0, 0, &mut u);
        u.iter().map(|u| ((u.powf(bend) * cells as f64) as usize).min(cells - 1)).collect()
    }

    /// Over 2,000 uniform samples p <= level about as often as level says: within 4 standard errors above, and, since counts
    /// are discrete, not less than half.
    #[test]
    fn false_alarms_are_as_rare_as_stated() {
        let p: Vec<f64> = (0..2000).map(|s| uniformity(&sample(60, 20, s, 1.0), 20)).collect();
        for level in [0.01, 0.1, 0.5] {
            let share = p.iter().filter(|p| **p <= level).count() as f64 / 2000.0;
            let error = (level * (1.0 - level) / 2000.0_f64).sqrt();
            assert!(share <= level + 4.0 * error && share >= 0.5 * level, "{level}: {share}");
        }
    }

    #[test]
    fn bends_are_seen() {
        // u^1.5 has mean 0.4, not 0.5: 3.5 standard errors of 100 ranks.
        let caught = (0..50).filter(|s| uniformity(&sample(100, 20, *s, 1.5), 20) < 0.01).count();
        assert!(caught >= 35, "{caught}");
    }

    #[test]
    fn the_band_has_its_level() {
        let band = rank_band(100, 20, 0.05);
        let outside = 1.0 - within(100, 20, &band);
        assert!(outside <= 0.05 && outside > 0.02, "{outside}");
        assert!(band[9].0 < 50 && band[9].1 > 50);
    }
}
