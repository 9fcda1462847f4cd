//! The virial of draws, (x - mean) . dV, gathered as they come: of the law exp(-V) its mean is d. Bias and wrong gradients show in it.
use super::Moments;
use super::diagnostics::{MANY, mcse_mean, mean};
use steepest_core::{Archive, Persist};

/// (x - a) . dV and dV of one chain, as means over consecutive batches of 2^k draws, with the least k for which there are no more
/// batches than there is room for. Draws of a batch that is not full yet are left out.
///
/// The middle that x is measured from is known at the end alone. So a is the place that was seen first, and the means of dV, kept
/// beside, take the virial from there to any other.
///
/// ```
/// use steepest_flows::observer::{Virial, virial};
/// // V = x^2 of draws -1, 3, 0, 2 about their mean 1: (-2)(-2), 2 * 6, (-1) 0, 1 * 4.
/// let mut chain = Virial::new(1, 1);
/// [-1.0, 3.0, 0.0, 2.0].into_iter().for_each(|x: f64| chain.push(&[x], &[x], 2.0));
/// assert!((virial::temperature(&[&chain], 1.0).0 - 5.0).abs() < 1e-12);
/// ```
#[derive(Clone, Debug)]
pub struct Virial {
    /// Batches at most, an even number.
    most: usize,
    /// The place that was seen first.
    from: Vec<f64>,
    /// Draws, and the sum of x - a over them.
    draws: f64,
    away: Vec<f64>,
    /// Draws of a batch.
    size: u64,
    /// (x - a) . dV and dV of every full batch, d + 1 numbers each.
    means: Vec<f64>,
    /// Their sums over the draws that wait for a batch to be full, and how many those are.
    open: Vec<f64>,
    waiting: u64,
}
/// Batches of a chain at most, and at least where numbers are short.
const BATCHES: (usize, usize) = (16, 256);
/// Numbers that all chains keep, unless the fewest batches are more.
const NUMBERS: usize = 1 << 20;

impl Virial {
    /// Of one of so many chains in dimension d.
    pub fn new(d: usize, chains: usize) -> Self {
        let room = NUMBERS / (chains.max(1) * (d + 1));
        Virial {
            most: room.clamp(BATCHES.0, BATCHES.1) / 2 * 2,
            from: Vec::new(),
            draws: 0.0,
            away: Vec::new(),
            size: 1,
            means: Vec::new(),
            open: Vec::new(),
            waiting: 0,
        }
    }
    /// The next draw x, where dV is `scale` times `gradient`.
    pub fn push(&mut self, x: &[f64], gradient: &[f64], scale: f64) {
        if self.draws == 0.0 {
            self.from = x.to_vec();
            self.away = vec![0.0; x.len()];
            self.open = vec![0.0; x.len() + 1];
        }
        self.draws += 1.0;
        self.waiting += 1;
        let (along, slopes) = self.open.split_at_mut(1);
        let places = x.iter().zip(&self.from).zip(&mut self.away);
        for (((x, from), away), (slope, g)) in places.zip(slopes.iter_mut().zip(gradient)) {
            *away += x - from;
            *slope += scale * g;
            along[0] += (x - from) * (scale * g);
        }
        if self.waiting < self.size {
            return;
        }
        let width = self.open.len();
        if self.means.len() == self.most * width {
            let joined = |pair: &[f64]| (0..width).map(|k| 0.5 * (pair[k] + pair[width + k])).collect::<Vec<f64>>();
            self.means = self.means.chunks_exact(2 * width).flat_map(joined).collect();
            self.size *= 2;
            return;
        }
        let size = self.size as f64;
        self.means.extend(self.open.iter().map(|sum| sum / size));
        self.open.fill(0.0);
        self.waiting = 0;
    }
    /// The sum of x - `origin` over the draws, coordinate j.
    fn sum(&self, origin: &[f64], j: usize) -> f64 {
        self.draws * (self.from[j] - origin[j]) + self.away[j]
    }
    /// beta (x - c) . dV / d of every full batch; `middle` is c - a.
    fn about(&self, middle: &[f64], beta: f64) -> Vec<f64> {
        let d = middle.len();
        let value = |batch: &[f64]| {
            let moved: f64 = middle.iter().zip(&batch[1..]).map(|(c, slope)| c * slope).sum();
            beta * (batch[0] - moved) / d as f64
        };
        self.means.chunks_exact(d + 1).map(value).collect()
    }
}

/// <(x - c) . beta dV> / d over chains, and its standard error: one where draws have the law exp(-beta V).
///
/// c is the mean of the other chains: a middle that has draws in common with the gradients pulls the value down by one part in
/// the effective size, which in many coordinates is more than the error. The error is that of [`mcse_mean`] over batches, or, of
/// [`MANY`] chains, that of independent means of each. NaN where there is too little to know it.
pub fn temperature(chains: &[&Virial], beta: f64) -> (f64, f64) {
    let seen: Vec<&Virial> = chains.iter().copied().filter(|chain| chain.draws > 0.0).collect();
    let Some(first) = seen.first() else { return (f64::NAN, f64::NAN) };
    let origin = &first.from;
    let draws: f64 = seen.iter().map(|chain| chain.draws).sum();
    let sum = |j: usize| seen.iter().map(|chain| chain.sum(origin, j)).sum::<f64>();
    let total: Vec<f64> = (0..origin.len()).map(sum).collect();
    let series = |chain: &&Virial| {
        let (own, others) = if seen.len() > 1 { (1.0, draws - chain.draws) } else { (0.0, draws) };
        let middle = |j: usize| (total[j] - own * chain.sum(origin, j)) / others + origin[j] - chain.from[j];
        chain.about(&(0..origin.len()).map(middle).collect::<Vec<f64>>(), beta)
    };
    let each: Vec<Vec<f64>> = seen.iter().map(series).collect();
    let value = each.iter().flatten().copied().collect::<Moments>().mean();
    if each.len() >= MANY {
        return (value, each.iter().map(|chain| mean(&[chain])).collect::<Moments>().standard_error());
    }
    (value, mcse_mean(&each.iter().map(Vec::as_slice).collect::<Vec<_>>()))
}

impl Persist for Virial {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { most: _, from, draws, away, size, means, open, waiting } = self;
        size.pass(archive)?;
        waiting.pass(archive)?;
        draws.pass(archive)?;
        [from, away, means, open].into_iter().try_for_each(|numbers| numbers.pass(archive))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use steepest_core::{restore, save};
    use steepest_kernels::normals;

    /// Draws `x[t]` of N(0, s^2) in d coordinates, of autocorrelation a.
    fn draws(key: u64, (n, d): (usize, usize), a: f64, s: f64) -> Vec<Vec<f64>> {
        let (mut z, mut x) = (vec![0.0; d], vec![0.0; d]);
        let next = |t: usize| {
            normals(key, t as u64, 0, 0, &mut z);
            let (kept, fresh) = if t == 0 { (0.0, s) } else { (a, s * (1.0 - a * a).sqrt()) };
            x.iter_mut().zip(&z).for_each(|(x, z)| *x = kept * *x + fresh * z);
            x.clone()
        };
        (0..n).map(next).collect()
    }
    /// What four such chains say of V = |x|^2 / 2: how far from one, and the error.
    fn four(key: u64, shape: (usize, usize), a: f64, s: f64) -> (f64, f64) {
        let chain = |c: u64| {
            let mut virial = Virial::new(shape.1, 4);
            draws(4 * key + c, shape, a, s).iter().for_each(|x| virial.push(x, x, 0.5));
            virial
        };
        let chains: Vec<Virial> = (0..4).map(chain).collect();
        let (value, error) = temperature(&chains.iter().collect::<Vec<_>>(), 2.0);
        (value - 1.0, error)
    }

    /// 1,000 draws are 250 batches of four, so none is left out; the middle of a chain is the mean of the two others.
    #[test]
    fn batches_and_middles() {
        let x: Vec<_> = (0..3).map(|key| draws(key, (1000, 2), 0.3, 1.0 + key as f64)).collect();
        let mut chains = vec![Virial::new(2, 3); 3];
        for (chain, x) in chains.iter_mut().zip(&x) {
            x.iter().for_each(|x| chain.push(&[x[0] + 1e3, x[1] - 1e3], x, 1.0));
        }
        let mean = |c: usize, j: usize| x[c].iter().map(|x| x[j]).sum::<f64>() / 1000.0;
        let middle = |c: usize, j: usize| 0.5 * (mean((c + 1) % 3, j) + mean((c + 2) % 3, j));
        let virial = |c: usize| {
            let of = |x: &Vec<f64>| (0..2).map(|j| (x[j] - middle(c, j)) * x[j]).sum::<f64>() / 2.0;
            x[c].iter().map(of).sum::<f64>() / 1000.0
        };
        let exact = (virial(0) + virial(1) + virial(2)) / 3.0;
        let (found, error) = temperature(&chains.iter().collect::<Vec<_>>(), 1.0);
        assert!((found - exact).abs() < 1e-9 && error > 0.0, "{found}, not {exact}");
        assert!(chains.iter().all(|chain| chain.size == 4 && chain.means.len() == 250 * 3));
    }

    /// Of 200 sets of 4 x 500 draws of autocorrelation 1/2 deviations over their errors have an sd of one; errors of independent
    /// draws make it 1.29. In 400 coordinates 4 x 100 draws are right on average to 0.0015, four errors of 100 sets: a middle
    /// that shares draws with the gradients would be 0.0025 too low.
    #[test]
    fn errors_are_those_of_chains_and_nothing_is_biased() {
        let found = (0..200).map(|key| four(key, (500, 3), 0.5, 1.0));
        let z: Moments = found.map(|(value, error)| value / error).collect();
        println!("z = {:.2}, sd {:.3}", z.mean(), z.variance().sqrt());
        assert!((0.85..1.18).contains(&z.variance().sqrt()) && z.mean().abs() < 0.25);
        let wide: Moments = (0..100).map(|key| four(key, (100, 400), 0.0, 1.0).0).collect();
        println!("in 400 coordinates {:.5}", wide.mean());
        assert!(wide.mean().abs() < 0.0015, "{}", wide.mean());
    }

    /// 4 x 5,000 independent draws in one coordinate have an error of 0.010: a variance that is 8 % too large or too small is beyond
    /// four errors in each of 20 sets, an honest one in none of 60; 4 x 20,000 draws see 4 %.
    #[test]
    fn the_smallest_bias_that_is_seen_follows_the_draws() {
        let seen = |key: u64, n: usize, variance: f64| {
            let (value, error) = four(key, (n, 1), 0.0, variance.sqrt());
            value.abs() > 4.0 * error
        };
        assert!((0..60).all(|key| !seen(key, 5000, 1.0)));
        assert!((0..20).all(|key| seen(key, 5000, 1.08) && seen(key, 5000, 0.92)));
        assert!((0..10).all(|key| seen(key, 20_000, 1.04)));
    }

    /// A chain that was put away goes on as it would have: 9,000 draws are 140 batches of 64.
    #[test]
    fn a_chain_goes_on_as_it_would_have() {
        let x = draws(7, (9000, 1), 0.5, 1.0);
        let (mut whole, mut first, mut second) = (Virial::new(1, 1), Virial::new(1, 1), Virial::new(1, 1));
        x.iter().for_each(|x| whole.push(x, x, 1.0));
        x[..5001].iter().for_each(|x| first.push(x, x, 1.0));
        assert_eq!(restore(&mut second, &save(&mut first)), Some(()));
        x[5001..].iter().for_each(|x| second.push(x, x, 1.0));
        assert_eq!(save(&mut whole), save(&mut second));
        assert_eq!((whole.size, whole.means.len()), (64, 2 * 140));
        let mean = x[64 * 139..64 * 140].iter().flatten().sum::<f64>() / 64.0;
        assert!((whole.means[2 * 139 + 1] - mean).abs() < 1e-12);
    }
}
