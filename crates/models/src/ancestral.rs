//! ANCESTRAL draws: parameters from their prior, before any data.
use crate::law::Dice;
use crate::prior::Prior;
use std::fmt;

/// Why no parameters can be drawn from a prior.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPrior {
    /// The model is an energy that is not put together from a prior and a likelihood.
    Unstated,
    /// A joint prior that is stated as an expression.
    Joint,
    /// A quantity whose prior does not integrate to one.
    Improper {
        /// Its name.
        name: String,
    },
    /// A prior that is stated in a form from which nothing can be drawn.
    Undrawable {
        /// What it is the prior of.
        name: String,
        /// What stands in the way, as the end of a sentence.
        why: String,
    },
}
impl fmt::Display for NoPrior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoPrior::Unstated => f.write_str("this energy does not say which part of it is the prior"),
            NoPrior::Joint => f.write_str(
                "`prior` is the log of a density as an expression, which does not say how to draw from it; the laws of `priors` do",
            ),
            NoPrior::Improper { name } => {
                write!(
                    f,
                    "the prior of `{name}` is flat: it integrates to no finite number, so nothing can be drawn from it"
                )
            }
            NoPrior::Undrawable { name, why } => write!(f, "nothing can be drawn from the prior of `{name}`: {why}"),
        }
    }
}
impl std::error::Error for NoPrior {}

impl Prior {
    /// A draw; none from a flat prior. Of `lkj`: the correlation of a pair.
    pub(crate) fn draw(&self, dice: &mut Dice) -> Option<f64> {
        Some(match *self {
            Prior::Flat => return None,
            Prior::Normal { mean, sd } => sd.mul_add(dice.normal(), mean),
            Prior::HalfNormal { sd } => sd * dice.normal().abs(),
            Prior::StudentT { nu, mean, scale } => scale.mul_add(dice.student(nu), mean),
            Prior::HalfStudentT { nu, scale } => scale * dice.student(nu).abs(),
            Prior::Cauchy { mean, scale } => scale.mul_add(dice.student(1.0), mean),
            Prior::HalfCauchy { scale } => scale * dice.student(1.0).abs(),
            Prior::Uniform { low, high } => (high - low).mul_add(dice.uniform(), low),
            Prior::Exponential { rate } => -dice.uniform().ln() / rate,
            Prior::Gamma { shape, rate } => dice.gamma(shape) / rate,
            Prior::Lkj { shape } => 2.0f64.mul_add(dice.beta(shape, shape), -1.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 20,000 draws: the share below a point against the integral of the density up to it, within 4.5 standard errors
    /// (0.016 at most): a scale that is wrong by 5 % moves the shares here by more.
    #[test]
    fn draws_have_the_density() {
        let forms = [
            "normal(1, 2)",
            "student_t(3, 0.5, 2)",
            "cauchy(0, 1)",
            "uniform(-1, 3)",
            "exponential(0.5)",
            "gamma(2.5, 2)",
            "half_normal(1.5)",
            "half_cauchy(1)",
            "half_student_t(3, 1)",
            "lkj(2)",
        ];
        for (row, form) in forms.iter().enumerate() {
            let prior: Prior = form.parse().expect(form);
            let n = 20_000;
            let draws: Vec<f64> = (0..n).filter_map(|i| prior.draw(&mut Dice::new(7, i, row as u64))).collect();
            assert_eq!(draws.len(), n as usize, "{form}");
            for (low, high) in [(-1.0, 0.0), (0.0, 0.7), (0.7, 2.0)] {
                let cells = 2000;
                let width = (high - low) / f64::from(cells);
                let density = |k: i32| prior.ln_density(low + (f64::from(k) + 0.5) * width).exp() * width;
                let expected: f64 = (0..cells).map(density).sum();
                let share = draws.iter().filter(|x| (low..high).contains(*x)).count() as f64 / n as f64;
                let error = (expected * (1.0 - expected) / n as f64).sqrt();
                assert!((share - expected).abs() <= 4.5 * error + 1e-6, "{form} on {low}..{high}: {share} {expected}");
            }
        }
        assert_eq!(Prior::Flat.draw(&mut Dice::new(7, 0, 0)), None);
    }
}
