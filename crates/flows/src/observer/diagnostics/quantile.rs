//! Means, standard deviations and quantiles of pooled draws.
use super::unit;

/// The mean of all draws, `sum x / n`, taken about the first draw so that equal draws have exactly that mean.
///
/// ```
/// # use steepest_flows::observer::diagnostics::mean;
/// assert_eq!(mean(&[&[1.0, 2.0], &[3.0, 6.0]]), 3.0);
/// ```
pub fn mean(chains: &[&[f64]]) -> f64 {
    let n: usize = chains.iter().map(|c| c.len()).sum();
    let origin = chains.iter().find_map(|c| c.first()).copied().unwrap_or(f64::NAN);
    origin + chains.iter().map(|c| c.iter().map(|x| x - origin).sum::<f64>()).sum::<f64>() / n as f64
}

/// The standard deviation of all draws, `sqrt(sum (x - mean)^2 / (n - 1))`.
///
/// ```
/// # use steepest_flows::observer::diagnostics::sd;
/// assert_eq!(sd(&[&[1.0, 2.0], &[3.0, 6.0]]), (14.0f64 / 3.0).sqrt());
/// ```
pub fn sd(chains: &[&[f64]]) -> f64 {
    let n: usize = chains.iter().map(|c| c.len()).sum();
    let centre = mean(chains);
    let of = |unit: f64| {
        let squares = |chain: &&[f64]| chain.iter().map(|x| ((x - centre) * unit).powi(2)).sum::<f64>();
        (chains.iter().map(squares).sum::<f64>() / (n as f64 - 1.0)).sqrt()
    };
    let plain = of(1.0);
    if (1e-140..1e140).contains(&plain) || plain.is_nan() {
        return plain;
    }
    // Squares came near the ends of the range of numbers; in another unit they do not.
    let unit = unit(chains);
    of(unit) / unit
}

/// The `p`-quantile of all draws: linear between order statistics, type 7 of `[HyndmanFan1996]`, as NumPy and R do.
///
/// `p` is clamped to `[0, 1]`. NaN without draws or with a NaN among them.
///
/// ```
/// # use steepest_flows::observer::diagnostics::quantile;
/// assert_eq!(quantile(&[&[4.0, 1.0], &[3.0, 2.0]], 0.25), 1.75);
/// ```
pub fn quantile(chains: &[&[f64]], p: f64) -> f64 {
    let n: usize = chains.iter().map(|chain| chain.len()).sum();
    if n == 0 || p.is_nan() || chains.iter().copied().flatten().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    let (below, part) = place(n, p);
    let (a, b) = neighbours(chains, below);
    between(a, b, part)
}

/// All draws in increasing order; NaN of either sign at an end.
pub(super) fn sorted(chains: &[&[f64]]) -> Vec<f64> {
    let mut all = chains.concat();
    all.sort_unstable_by(f64::total_cmp);
    all
}

/// Where the quantile of n draws lies: after which of them in increasing order, and how far towards the next.
fn place(n: usize, p: f64) -> (usize, f64) {
    let place = (n - 1) as f64 * p.clamp(0.0, 1.0);
    (place.floor() as usize, place - place.floor())
}
/// The two forms of the interpolation are NumPy's: draws that tie with the quantile must fall on the same side of it.
fn between(a: f64, b: f64, part: f64) -> f64 {
    if part == 0.0 {
        a
    } else if part < 0.5 {
        a + (b - a) * part
    } else {
        b - (b - a) * (1.0 - part)
    }
}
/// Draw `k` in increasing order and the next one, which is the same where there is none: without putting the others in order.
fn neighbours(chains: &[&[f64]], k: usize) -> (f64, f64) {
    let mut all = chains.concat();
    let (_, &mut at, above) = all.select_nth_unstable_by(k, f64::total_cmp);
    (at, above.iter().copied().min_by(f64::total_cmp).unwrap_or(at))
}

/// The median: half the sum of the two middle draws where their number is even. (The 1/2-quantile may differ from it in
/// the last bit, which decides which of two draws is nearer to it.)
pub(super) fn median(chains: &[&[f64]]) -> f64 {
    let n: usize = chains.iter().map(|chain| chain.len()).sum();
    if n == 0 {
        return f64::NAN;
    }
    let (a, b) = neighbours(chains, (n - 1) / 2);
    (a + if n.is_multiple_of(2) { b } else { a }) / 2.0
}

#[cfg(test)]
mod tests {
    use super::{between, median, place, quantile, sorted};
    use steepest_kernels::normals;

    /// Rounded draws, many of which tie, with zeros of both signs.
    #[test]
    fn a_selection_is_what_a_sort_finds() {
        for n in [1, 2, 3, 10, 101, 1000] {
            let mut x = vec![0.0; n];
            normals(5, n as u64, 0, 0, &mut x);
            x.iter_mut().for_each(|x| *x = (*x * 8.0).round() / 8.0);
            let (a, b) = x.split_at(n / 3);
            let all = sorted(&[a, b]);
            for p in [-1.0, 0.0, 0.05, 0.25, 0.5, 0.77, 0.95, 1.0, 2.0] {
                let (below, part) = place(n, p);
                let expected = between(all[below], all[(below + 1).min(n - 1)], part);
                assert_eq!(quantile(&[a, b], p).to_bits(), expected.to_bits(), "{p} of {n}");
            }
            assert_eq!(median(&[a, b]).to_bits(), ((all[(n - 1) / 2] + all[n / 2]) / 2.0).to_bits(), "{n}");
        }
        assert!(quantile(&[], 0.5).is_nan() && median(&[&[]]).is_nan());
        assert!(quantile(&[&[1.0, -f64::NAN], &[2.0]], 0.5).is_nan() && quantile(&[&[1.0]], f64::NAN).is_nan());
    }
}
