//! How often something with a known chance happens: exact limits of a count.

/// The part of the law that is left out on either side, as a share of its mode.
const LEFT_OUT: f64 = 1e-20;

/// The least and the greatest count of `n` trials with chance `p`, 0 < p < 1, that have P(X < least) <= tail and P(X > greatest) <=
/// tail: as narrow as counts allow.
pub fn limits(n: usize, p: f64, tail: f64) -> (usize, usize) {
    let odds = p / (1.0 - p);
    let mode = (((n + 1) as f64 * p) as usize).min(n);
    // Shares of the mode's probability, from one count to the next.
    let (mut first, mut last) = (mode, mode);
    let mut below = vec![];
    let mut share = 1.0;
    while first > 0 && share > LEFT_OUT {
        share *= first as f64 / ((n - first + 1) as f64 * odds);
        first -= 1;
        below.push(share);
    }
    let mut law: Vec<f64> = below.into_iter().rev().chain([1.0]).collect();
    share = 1.0;
    while last < n && share > LEFT_OUT {
        share *= (n - last) as f64 / (last + 1) as f64 * odds;
        last += 1;
        law.push(share);
    }
    let most = tail * law.iter().sum::<f64>();
    (first + within(most, law.iter().copied()), last - within(most, law.iter().rev().copied()))
}

/// How many of the first `shares` are at most `most` together.
fn within(most: f64, shares: impl Iterator<Item = f64>) -> usize {
    let sums = shares.scan(0.0, |sum, share| {
        *sum += share;
        Some(*sum)
    });
    sums.take_while(|sum| *sum <= most).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the quantiles of scipy.stats.binom.
    #[test]
    fn limits_are_those_of_the_law() {
        assert_eq!(limits(1000, 0.05, 0.00125), (30, 72));
        assert_eq!(limits(40, 0.05, 0.00125), (0, 7));
        assert_eq!(limits(1_000_000, 0.05, 0.00125), (49_342, 50_660));
        assert_eq!(limits(50, 0.9, 0.01), (40, 49));
        assert_eq!(limits(100_000, 0.001, 0.0005), (69, 134));
    }

    /// Two trials: 1/4, 1/2, 1/4.
    #[test]
    fn small_counts_are_exact() {
        assert_eq!(limits(2, 0.5, 0.2), (0, 2));
        assert_eq!(limits(2, 0.5, 0.3), (1, 1));
        assert_eq!(limits(0, 0.5, 0.1), (0, 0));
    }
}
