//! POSTERIOR: likelihood, priors and Jacobian of a mixed model as one energy over a batch of points.
//!
//! Coordinates: the fixed effects' z, the family's own parameters, then for each term its standard deviations and correlations,
//! and last the white effects of every term.
use super::gaussian::Squares;
use super::own::Own;
use super::rows::Rows;
use super::term::Term;
use crate::regression::Coordinates;
use steepest_core::{Batch, Workspace};

/// The rows, either way.
#[derive(Clone, Debug)]
pub(super) enum Likelihood {
    Gaussian(Squares),
    Rows(Rows),
}

#[derive(Clone, Debug)]
pub(super) struct Posterior {
    pub(super) fixed: Coordinates,
    /// gamma about which the effects follow the fixed effects.
    pub(super) centre: Vec<f64>,
    pub(super) own: Own,
    pub(super) terms: Vec<Term>,
    pub(super) likelihood: Likelihood,
}

/// Chains that go through the rows together.
const BLOCK: usize = 8;

/// One chain's numbers between the way there and the way back, as places in one buffer.
pub(super) struct Layout {
    pub(super) p: usize,
    pub(super) own: usize,
    hyper: usize,
    pub(super) effects: usize,
    pub(super) places: usize,
}
/// Those numbers: w, then gamma and the effects, the own parameters, and the state of every term.
pub(super) struct Halfway<'a> {
    w: &'a mut [f64],
    v: &'a mut [f64],
    own: &'a mut [f64],
    places: &'a mut [f64],
}
impl<'a> Halfway<'a> {
    /// Those of chain m.
    pub(super) fn of(l: &Layout, m: usize, [w, v, own, places]: [&'a mut [f64]; 4]) -> Halfway<'a> {
        let width = l.p + l.effects;
        Halfway {
            w: &mut w[m * l.p..(m + 1) * l.p],
            v: &mut v[m * width..(m + 1) * width],
            own: &mut own[m * l.own..(m + 1) * l.own],
            places: &mut places[m * l.places..(m + 1) * l.places],
        }
    }
}

impl Posterior {
    pub(super) fn layout(&self) -> Layout {
        let of = |f: &dyn Fn(&Term) -> usize| self.terms.iter().map(f).sum();
        let (hyper, effects) = (of(&Term::hyper), of(&Term::effects));
        Layout { p: self.fixed.len(), own: self.own.len(), hyper, effects, places: of(&Term::scratch) }
    }
    /// d
    pub(super) fn dim(&self) -> usize {
        let l = self.layout();
        l.p + l.own + l.hyper + l.effects
    }

    /// Counts the Jacobian so often; `false`, with nothing done, where the law to the power 1 / weight is none.
    pub(super) fn weigh(&mut self, weight: f64) -> bool {
        let tempers = self.terms.iter().all(|term| term.tempers(weight));
        if tempers {
            self.fixed.weigh(weight);
            self.own.weigh(weight);
            self.terms.iter_mut().for_each(|term| term.weigh(weight));
        }
        tempers
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
        let d = self.dim();
        let mut points = work.take(BLOCK * d);
        let mut slopes = work.take(if gradients.is_some() { BLOCK * d } else { 0 });
        let mut energy = work.take(BLOCK);
        for first in (0..x.n).step_by(BLOCK) {
            let n = BLOCK.min(x.n - first);
            for (j, column) in x.x.chunks_exact(x.n).enumerate() {
                (0..n).for_each(|m| points[m * d + j] = column[first + m]);
            }
            let out = gradients.is_some().then(|| &mut slopes[..n * d]);
            self.block(n, &points[..n * d], &mut energy[..n], out, work);
            if let Some(values) = &mut values {
                values[first..first + n].iter_mut().zip(&energy).for_each(|(v, e)| *v += scale * e);
            }
            if let Some(gradients) = &mut gradients {
                for (j, column) in gradients.chunks_exact_mut(x.n).enumerate() {
                    (0..n).for_each(|m| column[first + m] += scale * slopes[m * d + j]);
                }
            }
        }
        [energy, slopes, points].into_iter().for_each(|buffer| work.give(buffer));
    }

    /// The energies of n points, one after another, and their slopes.
    fn block(
        &self,
        n: usize,
        points: &[f64],
        energy: &mut [f64],
        mut slopes: Option<&mut [f64]>,
        work: &mut Workspace,
    ) {
        let (l, d) = (self.layout(), self.dim());
        let width = l.p + l.effects;
        let mut w = work.take(n * l.p);
        let mut v = work.take(n * width);
        let mut own = work.take(n * l.own);
        let mut places = work.take(n * l.places);
        let mut moved = work.take(l.p);
        for (m, energy) in energy.iter_mut().enumerate() {
            let mut halfway = Halfway::of(&l, m, [&mut w, &mut v, &mut own, &mut places]);
            *energy = self.there(&l, &points[m * d..(m + 1) * d], &mut halfway, &mut moved);
        }
        let with = slopes.is_some();
        let mut by_v = work.take(if with { n * width } else { 0 });
        let mut by_own = work.take(n * l.own);
        match &self.likelihood {
            Likelihood::Gaussian(squares) => {
                let (mut scratch, mut unused) = (work.take(width), work.take(if with { 0 } else { width }));
                for m in 0..n {
                    let at = m * width..(m + 1) * width;
                    let out = if with { &mut by_v[at.clone()] } else { &mut unused[..] };
                    let of = m * l.own..(m + 1) * l.own;
                    let ln_sigma = own[of.clone()].first().map_or(0.0, |sigma| sigma.ln());
                    let (e, slope) = squares.evaluate(&v[at], ln_sigma, out, &mut scratch);
                    energy[m] += e;
                    by_own[of].fill(slope);
                }
                [unused, scratch].into_iter().for_each(|buffer| work.give(buffer));
            }
            Likelihood::Rows(rows) => {
                let out = with.then_some((&mut by_v[..], &mut by_own[..]));
                rows.evaluate(n, &v, &own, energy, out, work);
            }
        }
        let mut scratch = work.take(self.scratch());
        for m in 0..n {
            let point = &points[m * d..(m + 1) * d];
            let mut halfway = Halfway::of(&l, m, [&mut w, &mut v, &mut own, &mut places]);
            let by_own = &mut by_own[m * l.own..(m + 1) * l.own];
            let Some(out) = &mut slopes else {
                energy[m] += self.own.energy(&point[l.p..l.p + l.own], halfway.own, by_own);
                energy[m] += self.fixed.energy(halfway.w, &halfway.v[..l.p], None);
                continue;
            };
            let by_v = &mut by_v[m * width..(m + 1) * width];
            let out = &mut out[m * d..(m + 1) * d];
            let parts = self.back(&l, point, &mut halfway, [by_v, by_own], out, &mut scratch);
            parts.into_iter().for_each(|part| energy[m] += part);
        }
        [scratch, by_own, by_v, moved, places, own, v, w].into_iter().for_each(|buffer| work.give(buffer));
    }

    /// The way there, to w, gamma and the effects, and the own parameters: the energy of what the effects are drawn from.
    pub(super) fn there(&self, l: &Layout, point: &[f64], at: &mut Halfway<'_>, moved: &mut [f64]) -> f64 {
        let (gamma, effects) = at.v.split_at_mut(l.p);
        self.fixed.forward(&point[..l.p], at.w, gamma);
        moved.iter_mut().zip(gamma.iter().zip(&self.centre)).for_each(|(d, (g, c))| *d = g - c);
        self.own.forward(&point[l.p..l.p + l.own], at.own);
        let (mut energy, mut hyper, mut first, mut scratch) = (0.0, l.p + l.own, 0, 0);
        for term in &self.terms {
            let mut place = term.place(&mut at.places[scratch..scratch + term.scratch()]);
            let z = &point[l.p + l.own + l.hyper + first..][..term.effects()];
            let u = &mut effects[first..first + term.effects()];
            let moved = &moved[term.fixed.clone()];
            energy += term.forward(&point[hyper..hyper + term.hyper()], moved, z, &mut place, u);
            (hyper, first, scratch) = (hyper + term.hyper(), first + term.effects(), scratch + term.scratch());
        }
        energy
    }
    /// The way back: out <- the slopes in the coordinates of everything, from the likelihood's in gamma and the effects and in the own
    /// parameters, which are lost; the energies of the own parameters and of the fixed effects.
    pub(super) fn back(
        &self,
        l: &Layout,
        point: &[f64],
        at: &mut Halfway<'_>,
        [by_v, by_own]: [&mut [f64]; 2],
        out: &mut [f64],
        scratch: &mut [f64],
    ) -> [f64; 2] {
        let coordinates = l.p..l.p + l.own;
        let own = self.own.energy(&point[coordinates.clone()], at.own, by_own);
        out[coordinates].copy_from_slice(by_own);
        let (gamma, effects) = at.v.split_at(l.p);
        let (by_gamma, by_u) = by_v.split_at_mut(l.p);
        let (mut hyper, mut first, mut place) = (l.p + l.own, 0, 0);
        for term in &self.terms {
            let of = first..first + term.effects();
            let (u, by_u) = (&effects[of.clone()], &mut by_u[of]);
            let here = term.place(&mut at.places[place..place + term.scratch()]);
            let of = hyper..hyper + term.hyper();
            let by_fixed = &mut by_gamma[term.fixed.clone()];
            term.backward(&point[of.clone()], &here, u, by_u, by_fixed, &mut out[of], scratch);
            out[l.p + l.own + l.hyper + first..][..term.effects()].copy_from_slice(by_u);
            (hyper, first, place) = (hyper + term.hyper(), first + term.effects(), place + term.scratch());
        }
        let fixed = self.fixed.energy(at.w, gamma, Some(by_gamma));
        out[..l.p].fill(0.0);
        self.fixed.pull(by_gamma, &mut out[..l.p]);
        [own, fixed]
    }
    /// Numbers that the way back scribbles on.
    pub(super) fn scratch(&self) -> usize {
        self.terms.iter().map(|t| t.transport.roots() + t.effects()).max().unwrap_or(0)
    }

    /// gamma's user scale, own parameters, standard deviations and correlations, effects: out[k * n + i].
    pub(super) fn report(&self, x: Batch<'_>, out: &mut [f64], work: &mut Workspace) {
        let (l, n) = (self.layout(), x.n);
        let d = self.dim();
        let mut point = work.take(d);
        let mut told = work.take(d);
        let [mut w, mut gamma, mut moved] = [work.take(l.p), work.take(l.p), work.take(l.p)];
        let mut places = work.take(l.places);
        for i in 0..n {
            point.iter_mut().enumerate().for_each(|(j, z)| *z = x.x[j * n + i]);
            self.fixed.forward(&point[..l.p], &mut w, &mut gamma);
            self.fixed.beta(&gamma, &mut told[..l.p]);
            moved.iter_mut().zip(gamma.iter().zip(&self.centre)).for_each(|(d, (g, c))| *d = g - c);
            let (beta, rest) = told.split_at_mut(l.p);
            self.own.forward(&point[l.p..l.p + l.own], &mut rest[..l.own]);
            self.own.report(beta, &mut rest[..l.own]);
            let (mut hyper, mut first) = (l.p + l.own, l.p + l.own + l.hyper);
            for term in &self.terms {
                let of = hyper..hyper + term.hyper();
                term.describe(&point[of.clone()], &mut told[of.clone()]);
                term.tell_law(&mut told[of.clone()]);
                let mut place = term.place(&mut places[..term.scratch()]);
                let z = &point[first..first + term.effects()];
                let moved = &moved[term.fixed.clone()];
                let effects = &mut told[first..first + term.effects()];
                term.forward(&point[of.clone()], moved, z, &mut place, effects);
                term.tell_effects(effects);
                (hyper, first) = (of.end, first + term.effects());
            }
            told.iter().enumerate().for_each(|(k, q)| out[k * n + i] = *q);
        }
        [places, moved, gamma, w, told, point].into_iter().for_each(|buffer| work.give(buffer));
    }
}

/// The reported quantities, taken apart.
struct Told<'a> {
    beta: &'a [f64],
    own: &'a [f64],
    /// Of each term: standard deviations, correlations row by row, effects.
    terms: Vec<[&'a [f64]; 3]>,
}

impl Posterior {
    fn told<'a>(&self, quantities: &'a [f64]) -> Told<'a> {
        let l = self.layout();
        let (beta, rest) = quantities.split_at(l.p);
        let (own, rest) = rest.split_at(l.own);
        let (mut hyper, mut effects) = rest.split_at(l.hyper);
        let mut terms = Vec::new();
        for term in &self.terms {
            let (sds, after) = hyper.split_at(term.k());
            let (correlations, after) = after.split_at(term.hyper() - term.k());
            let (u, rest) = effects.split_at(term.effects());
            terms.push([sds, correlations, u]);
            (hyper, effects) = (after, rest);
        }
        Told { beta, own, terms }
    }

    /// log of the priors of everything at the reported quantities; -inf outside a support.
    pub(super) fn ln_prior(&self, quantities: &[f64]) -> f64 {
        let Told { beta, own, terms } = self.told(quantities);
        let mut gamma = vec![0.0; beta.len()];
        self.fixed.standardise(beta, &mut gamma);
        let placed = self.fixed.priors.iter().zip(beta).zip(&gamma);
        let fixed: f64 = placed.map(|((c, &b), &g)| c.prior.ln_density(if c.centred { g } else { b })).sum();
        let own = self.own.ln_prior(beta, own);
        let groups: f64 = self.terms.iter().zip(&terms).map(|(term, told)| term.ln_prior_told(*told)).sum();
        let sum = fixed + own + groups;
        if sum.is_nan() { f64::NEG_INFINITY } else { sum }
    }

    /// The point that reports these quantities.
    pub(super) fn locate(&self, quantities: &[f64]) -> Vec<f64> {
        let Told { beta, own, terms } = self.told(quantities);
        let mut gamma = vec![0.0; beta.len()];
        self.fixed.standardise(beta, &mut gamma);
        let mut x = self.fixed.whiten(&self.fixed.locate(beta));
        x.extend(self.own.locate(beta, own));
        let moved: Vec<f64> = gamma.iter().zip(&self.centre).map(|(g, c)| g - c).collect();
        let mut white = Vec::new();
        for (term, told) in self.terms.iter().zip(terms) {
            let (hyper, z) = term.locate_told(told, &moved[term.fixed.clone()]);
            x.extend(hyper);
            white.extend(z);
        }
        x.extend(white);
        x
    }
}
