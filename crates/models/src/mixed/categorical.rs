//! CATEGORICAL: the rough fit of several linear predictors, one a level but the first.
//!
//! Each level is first fitted beside the reference alone, which is consistent and nearly as good as all together [BeggGray1984];
//! Newton steps of all fixed effects then follow, group effects where they are. As with every rough fit only speed rests on it.
use super::data::Data;
use super::pilot::Pilot;
use crate::regression::Family;

/// Most Newton steps.
const STEPS: usize = 50;

/// What is found.
pub(super) struct Fits {
    /// Of each predictor.
    pub(super) pilots: Vec<Pilot>,
    /// The curvature of all fixed effects, priors left out.
    pub(super) curvature: Vec<f64>,
}

/// Rough fits of `predictors` levels, with `ridge` for the curvature of the priors of all their fixed effects about 0.
pub(super) fn fit(data: &Data, intercept: bool, predictors: usize, ridge: &[f64]) -> Fits {
    let p = data.p;
    let pilots = (0..predictors).map(|c| beside(data, intercept, c, &ridge[c * p..(c + 1) * p])).collect();
    let mut fits = Fits { pilots, curvature: Vec::new() };
    let d = p * predictors;
    let mut here = fits.shares(data);
    for _ in 0..STEPS {
        let mut gradient = Vec::with_capacity(d);
        for (pilot, slopes) in fits.pilots.iter().zip(&here.slopes) {
            gradient.extend_from_slice(&data.pull(slopes, pilot.v.len())[..p]);
        }
        let gamma = fits.gamma(p);
        gradient.iter_mut().zip(ridge.iter().zip(&gamma)).for_each(|(g, (r, x))| *g += r * x);
        let mut factor = curvature(data, &here);
        let size = (0..d).map(|j| factor[j * d + j]).fold(0.0, f64::max);
        (0..d).for_each(|j| factor[j * d + j] += ridge[j] + 1e-9 * size);
        if steepest_kernels::cholesky(d, &mut factor).is_err() {
            break;
        }
        let mut step = gradient.clone();
        steepest_kernels::solve(d, &factor, 1, &mut step);
        let decrement = steepest_kernels::dot(&step, &gradient);
        if decrement.is_nan() || decrement < 1e-10 {
            break;
        }
        let penalty = |x: &[f64]| x.iter().zip(ridge).map(|(x, r)| 0.5 * r * x * x).sum::<f64>();
        let (before, mut length, mut done) = (here.energy + penalty(&gamma), 1.0, true);
        while done && length > 1e-6 {
            let next: Vec<f64> = gamma.iter().zip(&step).map(|(x, s)| x - length * s).collect();
            fits.pilots.iter_mut().zip(next.chunks_exact(p)).for_each(|(pilot, x)| pilot.v[..p].copy_from_slice(x));
            let there = fits.shares(data);
            if there.energy + penalty(&next) <= before - 1e-4 * length * decrement {
                (here, done) = (there, false);
            }
            length *= 0.5;
        }
        if done {
            fits.pilots.iter_mut().zip(gamma.chunks_exact(p)).for_each(|(pilot, x)| pilot.v[..p].copy_from_slice(x));
            break;
        }
    }
    fits.curvature = curvature(data, &here);
    for ((pilot, slopes), shares) in fits.pilots.iter_mut().zip(here.slopes).zip(&here.shares) {
        pilot.slope = slopes;
        pilot.weight = shares.iter().zip(&data.weight).map(|(s, w)| w * (s * (1.0 - s)).max(1e-8)).collect();
    }
    fits
}

/// Level c + 1 beside the reference, as if there were no others.
fn beside(data: &Data, intercept: bool, c: usize, ridge: &[f64]) -> Pilot {
    let level = (c + 1) as f64;
    let mut pair = data.clone();
    for (y, w) in pair.y.iter_mut().zip(&mut pair.weight) {
        *w *= f64::from(u8::from(*y == level || *y == 0.0));
        *y = f64::from(u8::from(*y == level));
    }
    let mut start = vec![0.0; data.p];
    if intercept {
        let of =
            |level: f64| data.y.iter().zip(&data.weight).filter(|(y, _)| **y == level).map(|(_, w)| w).sum::<f64>();
        start[0] = ((of(level) + 0.5) / (of(0.0) + 0.5)).ln();
    }
    Pilot::find(&pair, Family::Bernoulli, &start, Vec::new(), ridge, 1.0)
}

/// The rows at a rough fit: their energy, the probability of each level but the first, and the slopes in each predictor.
struct Shares {
    energy: f64,
    shares: Vec<Vec<f64>>,
    slopes: Vec<Vec<f64>>,
}

impl Fits {
    fn gamma(&self, p: usize) -> Vec<f64> {
        self.pilots.iter().flat_map(|pilot| &pilot.v[..p]).copied().collect()
    }
    fn shares(&self, data: &Data) -> Shares {
        let mut shares: Vec<Vec<f64>> = self.pilots.iter().map(|pilot| data.predict(&pilot.v)).collect();
        let mut slopes = shares.clone();
        let mut energy = 0.0;
        for (r, (y, w)) in data.y.iter().zip(&data.weight).enumerate() {
            let high = shares.iter().map(|eta| eta[r]).fold(0.0, f64::max);
            let at = (*y as usize).checked_sub(1).map_or(0.0, |c| shares[c][r]);
            let total = (-high).exp() + shares.iter().map(|eta| (eta[r] - high).exp()).sum::<f64>();
            energy += w * (high + total.ln() - at);
            for (c, (share, slope)) in shares.iter_mut().zip(&mut slopes).enumerate() {
                share[r] = (share[r] - high).exp() / total;
                slope[r] = w * (share[r] - f64::from(u8::from(*y == (c + 1) as f64)));
            }
        }
        Shares { energy, shares, slopes }
    }
}

/// sum_r w_r P_c (delta_cd - P_d) x_r x_r^T for predictors c and d, row-major over all fixed effects.
fn curvature(data: &Data, here: &Shares) -> Vec<f64> {
    let (p, k) = (data.p, here.shares.len());
    let d = p * k;
    let mut out = vec![0.0; d * d];
    for (r, x) in data.x.chunks_exact(p.max(1)).enumerate() {
        for a in 0..k {
            for b in 0..k {
                let [one, other] = [here.shares[a][r], here.shares[b][r]];
                let weight = data.weight[r] * one * (f64::from(u8::from(a == b)) - other);
                for (i, x_i) in x.iter().enumerate() {
                    let at = (a * p + i) * d + b * p;
                    steepest_kernels::axpy(weight * x_i, x, &mut out[at..at + p]);
                }
            }
        }
    }
    out
}
