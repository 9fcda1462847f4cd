//! Densities of draws on a line: a Gaussian kernel estimate with reflection, and histograms.

/// Points of a density's grid.
pub const POINTS: usize = 161;
/// Bins between two of them.
const FINE: usize = 5;

/// The interval a quantity is drawn over, and whether its ends cut anything off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// Left end.
    pub lo: f64,
    /// Right end.
    pub hi: f64,
    /// Draws lie left of it.
    pub cut_left: bool,
    /// Draws lie right of it.
    pub cut_right: bool,
}

impl View {
    /// All of `draws`, or for heavy tails three times the 5 to 95 % interval on either side of it.
    pub fn of(draws: &[f64]) -> Self {
        let mut sorted: Vec<f64> = draws.iter().copied().filter(|x| x.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let (Some(&lo), Some(&hi)) = (sorted.first(), sorted.last()) else {
            return Self { lo: 0.0, hi: 1.0, cut_left: false, cut_right: false };
        };
        let (q5, q95) = (quantile(&sorted, 0.05), quantile(&sorted, 0.95));
        let reach = 3.0 * (q95 - q5);
        let heavy = reach > 0.0 && reach.is_finite();
        let (left, right) = if heavy { (lo.max(q5 - reach), hi.min(q95 + reach)) } else { (lo, hi) };
        let (cut_left, cut_right) = (left > lo, right < hi);
        if right - left > f64::EPSILON * 16.0 * left.abs().max(right.abs()) && (right - left).is_finite() {
            return Self { lo: left, hi: right, cut_left, cut_right };
        }
        let pad = (left.abs() * 1e-3).clamp(0.5, f64::MAX / 4.0);
        Self { lo: left - pad, hi: left + pad, cut_left: true, cut_right: true }
    }

    /// The grid's abscissae.
    pub fn grid(&self) -> impl Iterator<Item = f64> + use<> {
        let (lo, step) = (self.lo, (self.hi - self.lo) / (POINTS - 1) as f64);
        (0..POINTS).map(move |i| lo + i as f64 * step)
    }
}

/// The quantile `p` of a sorted sample, linear between order statistics.
pub fn quantile(sorted: &[f64], p: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let at = p * last as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

/// The density of `draws` on `view`'s grid: Gaussian kernel, reflected at the ends of the sample.
///
/// The width is Silverman's, 0.9 min(sd, IQR / 1.34) n^(-1/5) [Silverman1986, Eq. 3.31]. Draws are binned linearly
/// first, so the cost is one pass over them and a product with the kernel.
///
/// ```
/// use steepest_report::density::{View, density};
/// let draws: Vec<f64> = (0..1000).map(|i| (i as f64 + 0.5) / 1000.0).collect();
/// let at = density(&draws, &View::of(&draws));
/// assert!((at[80] - 1.0).abs() < 1e-3); // uniform on (0, 1), in the middle of the grid
/// ```
pub fn density(draws: &[f64], view: &View) -> Vec<f64> {
    let mut sorted: Vec<f64> = draws.iter().copied().filter(|x| x.is_finite()).collect();
    if sorted.is_empty() {
        return vec![0.0; POINTS];
    }
    sorted.sort_unstable_by(f64::total_cmp);
    let step = (view.hi - view.lo) / ((POINTS - 1) * FINE) as f64;
    let bins = (POINTS - 1) * FINE + 1;
    let mut mass = vec![0.0; bins];
    for x in &sorted {
        let at = (x - view.lo) / step;
        if at >= 0.0 && at <= (bins - 1) as f64 {
            let below = (at as usize).min(bins - 2);
            mass[below] += 1.0 - (at - below as f64);
            mass[below + 1] += at - below as f64;
        }
    }
    // A draw beside the mirror puts part of itself and part of its image into the mirror's own bin.
    mass[0] *= if view.cut_left { 1.0 } else { 2.0 };
    mass[bins - 1] *= if view.cut_right { 1.0 } else { 2.0 };
    let width = (silverman(&sorted) / step).clamp(2.0, bins as f64 / 4.0);
    let reach = (4.0 * width).ceil() as usize;
    let scale = 1.0 / (sorted.len() as f64 * step * width * (2.0 * std::f64::consts::PI).sqrt());
    let kernel: Vec<f64> = (0..=reach).map(|i| scale * (-0.5 * (i as f64 / width).powi(2)).exp()).collect();
    // A bin j outside [0, bins) is the mirror image of one inside, unless the view cuts the sample there.
    let mirrored = |j: isize| match j {
        j if j < 0 && !view.cut_left => mass.get(j.unsigned_abs()).copied().unwrap_or(0.0),
        j if j < 0 => 0.0,
        j if (j as usize) < bins => mass[j as usize],
        j if !view.cut_right => (2 * bins - 2).checked_sub(j as usize).map_or(0.0, |i| mass[i]),
        _ => 0.0,
    };
    (0..POINTS)
        .map(|i| {
            let centre = (i * FINE) as isize;
            let sides =
                (1..=reach as isize).map(|k| kernel[k as usize] * (mirrored(centre - k) + mirrored(centre + k)));
            kernel[0] * mirrored(centre) + sides.sum::<f64>()
        })
        .collect()
}

fn silverman(sorted: &[f64]) -> f64 {
    let n = sorted.len() as f64;
    let mean = sorted.iter().sum::<f64>() / n;
    let sd = (sorted.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
    let quartiles = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 1.34;
    let spread = if quartiles > 0.0 { sd.min(quartiles) } else { sd };
    if spread.is_finite() { 0.9 * spread * n.powf(-0.2) } else { 0.0 }
}

/// Counts in `bins` equal cells of `[lo, hi]`, the right end included.
pub fn histogram(values: &[f64], lo: f64, hi: f64, bins: usize) -> Vec<usize> {
    let mut counts = vec![0; bins];
    for x in values {
        let at = (x - lo) / (hi - lo) * bins as f64;
        if at >= 0.0 && at <= bins as f64 {
            counts[(at as usize).min(bins - 1)] += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Normal quantiles by bisection of the logistic-free erf series would be long: sums of twelve stratified uniforms.
    fn bell(n: usize) -> Vec<f64> {
        let mut word = 1u64;
        let mut uniform = || {
            word = word.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (word >> 11) as f64 / (1u64 << 53) as f64
        };
        (0..n).map(|_| (0..12).map(|_| uniform()).sum::<f64>() - 6.0).collect()
    }

    #[test]
    fn a_bell_has_its_height_and_unit_mass() {
        let draws = bell(20_000);
        let view = View::of(&draws);
        let at = density(&draws, &view);
        let step = (view.hi - view.lo) / (POINTS - 1) as f64;
        let mass = step * (at.iter().sum::<f64>() - 0.5 * (at[0] + at[POINTS - 1]));
        assert!((mass - 1.0).abs() < 2e-3, "mass {mass}");
        // The estimate of 0.3970 (a sum of twelve uniforms) has bias about -h^2/2 0.4 = -0.004 and sd 0.006.
        let top = at.iter().copied().fold(0.0, f64::max);
        assert!((top - 0.395).abs() < 0.02, "top {top}");
    }

    #[test]
    fn an_exponential_keeps_its_edge() {
        let draws: Vec<f64> = (0..4000).map(|i| -(1.0 - (i as f64 + 0.5) / 4000.0).ln()).collect();
        let at = density(&draws, &View::of(&draws));
        // Reflected with width h, the estimate at the edge is exp(h^2 / 2) erfc(h / sqrt 2) = 0.8973 for h = 0.1404; without
        // reflection it is half of that, and 1.5 % less where the mirror's bin is counted once.
        assert!((at[0] - 0.8973).abs() < 0.004, "{}", at[0]);
    }

    #[test]
    fn a_constant_nothing_and_heavy_tails() {
        let view = View::of(&[2.0; 50]);
        assert!((view.lo, view.hi) == (1.5, 2.5) && density(&[2.0; 50], &view).iter().all(|y| y.is_finite()));
        assert_eq!(density(&[f64::NAN], &View::of(&[f64::NAN])), vec![0.0; POINTS]);
        let mut draws = bell(1000);
        draws.push(1e12);
        draws.push(f64::INFINITY);
        let view = View::of(&draws);
        assert!(view.hi < 100.0 && view.cut_right && !view.cut_left);
        assert!(density(&draws, &view).iter().all(|y| y.is_finite()));
    }

    #[test]
    fn quantiles_and_counts() {
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), 3.0);
        assert!(quantile(&[], 0.5).is_nan());
        assert_eq!(histogram(&[0.0, 0.4, 0.5, 1.0, 2.0, f64::NAN], 0.0, 1.0, 2), [2, 2]);
    }
}
