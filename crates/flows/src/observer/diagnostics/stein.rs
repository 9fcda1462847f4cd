//! Kernel Stein discrepancy: how far draws are from a law of which only the score is known.
use super::laws::gamma_tail;
use steepest_core::Batch;

/// The inverse multiquadric kernel `k(x, y) = (c^2 + |x - y|^2)^(-1/2)`, whose discrepancy sees every failure to
/// converge `[GorhamMackey2017]`.
///
/// Its Stein kernel, with `r = x - y`, `q = c^2 + |r|^2` and scores `s = grad log p`, is
///
/// `u(x, y) = s(x).s(y) q^(-1/2) + (s(x) - s(y)).r q^(-3/2) + d q^(-3/2) - 3 |r|^2 q^(-5/2)`,
///
/// of mean zero in each argument under p.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SteinKernel {
    /// The length c, in units of the scaled coordinates.
    pub c: f64,
    /// No more points than this are compared: chains are thinned evenly, since the cost is O(d n^2).
    pub most: usize,
}
impl Default for SteinKernel {
    /// c = 1 and 1,000 points: about 20 ms in dimension 10.
    fn default() -> Self {
        SteinKernel { c: 1.0, most: 1000 }
    }
}

/// The squared kernel Stein discrepancy, and how likely one as large is for draws from the law itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Discrepancy {
    /// Points compared, n.
    pub points: usize,
    /// `(1/n^2) sum_ij u(x_i, x_j)`: never negative.
    pub v: f64,
    /// `1/(n (n-1)) sum_{i != j} u(x_i, x_j)`: unbiased for independent draws `[LiuLeeJordan2016, Eq. 14]`.
    pub u: f64,
    /// What `v` is on average for draws from the law, as correlated as these are.
    pub expected: f64,
    /// The probability that draws from the law give `v` or more.
    pub p: f64,
}

impl SteinKernel {
    /// The discrepancy of `points` from the law with these `scores`.
    ///
    /// `points` is component-major, chain after chain: point `c * draws + t` is draw t of chain c. `scores` is laid out
    /// alike and holds `grad log p` (`-beta` times the gradient of a potential). Coordinate j is measured in units of
    /// `scale[j]`, so standard deviations there make the result independent of the user's units.
    ///
    /// The null law of `n v` is a sum of weighted chi-squares; a gamma law with its mean and variance stands in for it.
    /// Both moments come from the kernel summed over runs of about sqrt(draws) consecutive draws, which are nearly
    /// independent of one another, so the correlation of the chains is allowed for; as for batch means, it is understated
    /// where it reaches beyond a run.
    ///
    /// All numbers are NaN where a point or score is not finite, or where the lengths do not fit together.
    ///
    /// ```
    /// use steepest_core::Batch;
    /// use steepest_flows::observer::diagnostics::SteinKernel;
    /// // Two points of the standard normal law, at +1 and -1: s = -x.
    /// let found = SteinKernel::default().discrepancy(Batch { n: 2, d: 1, x: &[1.0, -1.0] }, &[-1.0, 1.0], 1, &[1.0]);
    /// let cross = -(5f64.powf(-0.5)) - 4.0 * 5f64.powf(-1.5) + 5f64.powf(-1.5) - 12.0 * 5f64.powf(-2.5);
    /// assert!((found.u - cross).abs() < 1e-15 && (found.v - (2.0 + cross) / 2.0).abs() < 1e-15);
    /// ```
    pub fn discrepancy(&self, points: Batch<'_>, scores: &[f64], chains: usize, scale: &[f64]) -> Discrepancy {
        let fits = chains > 0
            && points.n >= chains
            && points.n % chains == 0
            && points.x.len() == points.n * points.d
            && scores.len() == points.x.len()
            && scale.len() == points.d;
        let finite = |x: &[f64]| x.iter().all(|x| x.is_finite());
        if !fits || !finite(points.x) || !finite(scores) {
            return Discrepancy { points: points.n, v: f64::NAN, u: f64::NAN, expected: f64::NAN, p: f64::NAN };
        }
        let draws = points.n / chains;
        let stride = draws.div_ceil((self.most / chains).max(1));
        let kept = draws.div_ceil(stride);
        let thin = |x: &[f64], unit: fn(f64, f64) -> f64| -> Vec<f64> {
            let thin_column = |j: usize| {
                let column = &x[j * points.n..(j + 1) * points.n];
                column.chunks(draws).flat_map(move |c| c.iter().step_by(stride)).map(move |&x| unit(x, scale[j]))
            };
            (0..points.d).flat_map(thin_column).collect()
        };
        let x = thin(points.x, |x, unit| x / unit);
        let s = thin(scores, |s, unit| s * unit);
        self.judge(&Thinned { n: kept * chains, d: points.d, x, s }, &runs(kept, chains))
    }

    /// Sums of the Stein kernel over pairs of runs, and what they say.
    fn judge(&self, cloud: &Thinned, runs: &[(usize, usize)]) -> Discrepancy {
        let (mut within, mut between, mut squares) = (0.0, 0.0, 0.0);
        let mut row = Row::default();
        for (k, &(start, end)) in runs.iter().enumerate() {
            within += (start..end).map(|i| row.sum(cloud, self.c, i, start, end)).sum::<f64>();
            for &(from, to) in &runs[k + 1..] {
                let sum: f64 = (start..end).map(|i| row.sum(cloud, self.c, i, from, to)).sum();
                between += 2.0 * sum;
                squares += 2.0 * sum * sum;
            }
        }
        let n = cloud.n as f64;
        let (mean, variance) = (within / (n * n), 2.0 * squares / n.powi(4));
        let v = (within + between) / (n * n);
        let u = (within + between - cloud.diagonal(self.c)) / (n * (n - 1.0));
        let shape = mean * mean / variance;
        Discrepancy { points: cloud.n, v, u, expected: mean, p: gamma_tail(shape, v * shape / mean) }
    }
}

/// Points and scores that are compared, component-major.
struct Thinned {
    n: usize,
    d: usize,
    x: Vec<f64>,
    s: Vec<f64>,
}
impl Thinned {
    /// `sum_i u(x_i, x_i) = sum_i |s_i|^2 / c + d / c^3`.
    fn diagonal(&self, c: f64) -> f64 {
        self.s.iter().map(|s| s * s).sum::<f64>() / c + (self.n * self.d) as f64 / c.powi(3)
    }
}

/// Runs of about sqrt(draws) consecutive draws, as `start..end`; none spans two chains.
fn runs(draws: usize, chains: usize) -> Vec<(usize, usize)> {
    let each = (draws as f64).sqrt().round().max(1.0) as usize;
    (0..chains)
        .flat_map(|c| (0..each).map(move |r| (c * draws + r * draws / each, c * draws + (r + 1) * draws / each)))
        .collect()
}

/// Scratch for one row of the kernel.
#[derive(Default)]
struct Row {
    distance: Vec<f64>,
    scores: Vec<f64>,
    mixed: Vec<f64>,
}
impl Row {
    /// `sum_j u(x_i, x_j)` over j in `from..to`.
    fn sum(&mut self, cloud: &Thinned, c: f64, i: usize, from: usize, to: usize) -> f64 {
        for buffer in [&mut self.distance, &mut self.scores, &mut self.mixed] {
            buffer.clear();
            buffer.resize(to - from, 0.0);
        }
        for k in 0..cloud.d {
            let (x, s) = (&cloud.x[k * cloud.n..][..cloud.n], &cloud.s[k * cloud.n..][..cloud.n]);
            let (xi, si) = (x[i], s[i]);
            let others = x[from..to].iter().zip(&s[from..to]);
            let sums = self.distance.iter_mut().zip(&mut self.scores).zip(&mut self.mixed);
            for ((x, s), ((distance, scores), mixed)) in others.zip(sums) {
                let r = xi - x;
                *distance += r * r;
                *scores += si * s;
                *mixed += (si - s) * r;
            }
        }
        let d = cloud.d as f64;
        let sums = self.distance.iter().zip(&self.scores).zip(&self.mixed);
        sums.map(|((r2, ss), sr)| {
            let over = 1.0 / (c * c + r2);
            over.sqrt() * (ss + over * (sr + d - 3.0 * r2 * over))
        })
        .sum()
    }
}
