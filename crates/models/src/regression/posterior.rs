//! POSTERIOR: likelihood, priors and Jacobian of a regression as one energy over a batch of points.
use super::coordinates::Coordinates;
use super::likelihood::Likelihood;
use super::scale::Scale;
use steepest_core::{Batch, Workspace};

#[derive(Clone, Debug)]
pub(super) struct Posterior {
    pub(super) likelihood: Likelihood,
    pub(super) coordinates: Coordinates,
    /// Present in gaussian models; its coordinate is the last.
    pub(super) scale: Option<Scale>,
}

impl Posterior {
    /// d
    pub(super) fn dim(&self) -> usize {
        self.coordinates.len() + usize::from(self.scale.is_some())
    }

    /// values[i] += scale V(x_i) and gradients[j * n + i] += scale d_j V(x_i), each where asked.
    pub(super) fn evaluate(
        &self,
        x: Batch<'_>,
        scale: f64,
        mut values: Option<&mut [f64]>,
        mut gradients: Option<&mut [f64]>,
        work: &mut Workspace,
    ) {
        let (n, p) = (x.n, self.coordinates.len());
        let with = gradients.is_some();
        // One chain after another: w, gamma, and the gradient that starts in gamma and ends in w.
        let mut w = work.take(n * p);
        let mut gamma = work.take(n * p);
        let mut gradient = work.take(if with { n * p } else { 0 });
        let mut energy = work.take(n);
        let mut z = work.take(p);
        for i in 0..n {
            gather(x.x, n, i, &mut z);
            let at = i * p..(i + 1) * p;
            self.coordinates.forward(&z, &mut w[at.clone()], &mut gamma[at]);
        }
        match &self.likelihood {
            Likelihood::Gaussian(_) => {}
            Likelihood::Rows(rows) => {
                let mut by_component = work.take(n * p);
                let mut pulled = work.take(gradient.len());
                (0..n).for_each(|i| scatter(&gamma[i * p..(i + 1) * p], n, i, 1.0, &mut by_component));
                rows.evaluate(n, &by_component, &mut energy, with.then_some(&mut pulled), work);
                if with {
                    (0..n).for_each(|i| gather(&pulled, n, i, &mut gradient[i * p..(i + 1) * p]));
                }
                work.give(pulled);
                work.give(by_component);
            }
        }
        for i in 0..n {
            let at = i * p..(i + 1) * p;
            let mut g = with.then(|| &mut gradient[at.clone()]);
            if let (Likelihood::Gaussian(gaussian), Some(s)) = (&self.likelihood, &self.scale) {
                let w = s.forward(x.x[p * n + i]);
                let mut misfit = work.take(gaussian.rank());
                let (likelihood, slope) =
                    gaussian.evaluate(&gamma[at.clone()], s.ln_sigma(w), &mut misfit, g.as_deref_mut());
                work.give(misfit);
                let (prior, slope) = s.energy(w, slope);
                energy[i] = likelihood + prior;
                if let Some(out) = &mut gradients {
                    out[p * n + i] += scale * s.pull(slope);
                }
            }
            energy[i] += self.coordinates.energy(&w[at.clone()], &gamma[at.clone()], g);
            if let Some(out) = &mut gradients {
                z.fill(0.0);
                self.coordinates.pull(&gradient[at], &mut z);
                scatter(&z, n, i, scale, out);
            }
        }
        if let Some(out) = &mut values {
            out.iter_mut().zip(&energy).for_each(|(v, e)| *v += scale * e);
        }
        [z, energy, gradient, gamma, w].into_iter().for_each(|buffer| work.give(buffer));
    }

    /// The user's coefficients, then sigma: out[k * n + i].
    pub(super) fn report(&self, x: Batch<'_>, out: &mut [f64], work: &mut Workspace) {
        let (n, p) = (x.n, self.coordinates.len());
        let mut z = work.take(p);
        let mut w = work.take(p);
        let mut gamma = work.take(p);
        for i in 0..n {
            gather(x.x, n, i, &mut z);
            self.coordinates.forward(&z, &mut w, &mut gamma);
            self.coordinates.beta(&gamma, &mut w);
            w.iter().enumerate().for_each(|(j, beta)| out[j * n + i] = *beta);
            if let Some(s) = &self.scale {
                out[p * n + i] = s.ln_sigma(s.forward(x.x[p * n + i])).exp();
            }
        }
        [gamma, w, z].into_iter().for_each(|buffer| work.give(buffer));
    }
}

/// Point i of a component-major batch of n.
fn gather(x: &[f64], n: usize, i: usize, out: &mut [f64]) {
    out.iter_mut().enumerate().for_each(|(j, o)| *o = x[j * n + i]);
}
/// Adds a point, scaled, to a component-major batch of n.
fn scatter(x: &[f64], n: usize, i: usize, scale: f64, out: &mut [f64]) {
    x.iter().enumerate().for_each(|(j, x)| out[j * n + i] += scale * x);
}
