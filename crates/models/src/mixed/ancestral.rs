//! ANCESTRAL draws of a mixed model: fixed effects, own parameters, then of each grouping its scales, correlations and effects.
use super::correlation;
use super::own::Own;
use super::posterior::Posterior;
use super::term::Term;
use crate::law::Dice;

/// What follows the numbers of single quantities in a draw: effects of level l of term t are row (t + 1) 2^32 + l.
const TERM: u64 = 1 << 32;

impl Posterior {
    /// out <- quantities as reported, from their priors.
    ///
    /// # Errors
    /// The place of a quantity whose prior is flat.
    pub(super) fn draw(&self, key: u64, draw: u64, out: &mut [f64]) -> Result<(), usize> {
        let p = self.fixed.len();
        let (beta, rest) = out.split_at_mut(p);
        let mut drawn = self.fixed.draw(key, draw, beta);
        let (own, rest) = rest.split_at_mut(self.own.len());
        drawn = drawn.and(self.own.draw(key, draw, p, own).map_err(|k| p + k));
        self.own.report(beta, own);
        let (mut hyper, mut effects) = rest.split_at_mut(self.terms.iter().map(Term::hyper).sum());
        let mut place = p + own.len();
        for (t, term) in self.terms.iter().enumerate() {
            let (described, later) = hyper.split_at_mut(term.hyper());
            let (u, others) = effects.split_at_mut(term.effects());
            drawn = drawn.and(term.draw((key, draw), (place, t as u64), described, u).map_err(|k| place + k));
            (hyper, effects, place) = (later, others, place + term.hyper());
        }
        drawn
    }
}

impl Own {
    /// The parameters at the predictors' means; the first is quantity `first` of the draw.
    fn draw(&self, key: u64, draw: u64, first: usize, out: &mut [f64]) -> Result<(), usize> {
        for k in 0..out.len() {
            let prior = match self {
                Own::Scales(scales) => scales[k].prior,
                Own::Cuts(cuts) => cuts.prior,
            };
            out[k] = prior.draw(&mut Dice::new(key, draw, (first + k) as u64)).unwrap_or(f64::NAN);
        }
        if let Own::Cuts(_) = self {
            // A joint density that is a product where cuts are in order, and zero elsewhere.
            out.sort_unstable_by(f64::total_cmp);
        }
        out.iter().position(|x| x.is_nan()).map_or(Ok(()), Err)
    }
}

impl Term {
    /// Standard deviations, correlations row by row, and effects.
    fn draw(
        &self,
        (key, draw): (u64, u64),
        (first, term): (usize, u64),
        described: &mut [f64],
        u: &mut [f64],
    ) -> Result<(), usize> {
        let (k, levels) = (self.k(), self.transport.levels);
        let dice = |q: usize| Dice::new(key, draw, (first + q) as u64);
        for (i, scale) in self.sds.iter().enumerate() {
            described[i] = scale.prior.draw(&mut dice(i)).unwrap_or(f64::NAN);
        }
        let (mut x, mut at) = (vec![0.0; correlation::dim(k)], 0);
        for i in 1..k {
            for j in 0..i {
                let b = self.correlations.half(j);
                x[at] = 2.0f64.mul_add(dice(k + at).beta(b, b), -1.0).atanh();
                at += 1;
            }
        }
        let mut c = vec![0.0; k * k];
        self.correlations.forward(&x, &mut c);
        let mut at = k;
        for i in 0..k {
            for j in 0..i {
                described[at] = (0..=j).map(|m| c[i * k + m] * c[j * k + m]).sum();
                at += 1;
            }
        }
        let mut z = vec![0.0; k];
        for level in 0..levels {
            let mut dice = Dice::new(key, draw, (term + 1) * TERM + level as u64);
            z.iter_mut().for_each(|z| *z = dice.normal());
            for i in 0..k {
                u[i * levels + level] = described[i] * (0..=i).map(|m| c[i * k + m] * z[m]).sum::<f64>();
            }
        }
        let flat = described[..k].iter().position(|sd| sd.is_nan());
        self.tell_law(described);
        self.tell_effects(u);
        flat.map_or(Ok(()), Err)
    }
}
