//! KERNEL: -log p of 64 rows and its slopes, for each family.
use super::data::Data;
use super::rows::ROWS;
use crate::prior::ln_gamma;
use crate::regression::Family;
use steepest_kernels::{pointwise, simd, sum};

/// A family with what its rows add up to, whatever the predictor.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    family: Family,
    constant: f64,
}

impl Kernel {
    /// Arrays of 64 numbers that [`Kernel::tile`] may scribble on.
    pub(super) const SCRATCH: usize = 2;

    pub(super) fn new(family: Family, data: &Data) -> Kernel {
        let each = |f: &dyn Fn(usize) -> f64| (0..data.rows()).map(|r| data.weight[r] * f(r)).sum::<f64>();
        let constant = match family {
            Family::Poisson => each(&|r| ln_gamma(data.y[r] + 1.0)),
            Family::Binomial => each(&|r| {
                let (n, y) = (data.trials[r], data.y[r]);
                ln_gamma(y + 1.0) + ln_gamma(n - y + 1.0) - ln_gamma(n + 1.0)
            }),
            _ => 0.0,
        };
        Kernel { family, constant }
    }

    /// Linear predictors a row has.
    pub(super) fn predictors(&self) -> usize {
        1
    }

    /// The energy of 64 rows; `eta` becomes its slopes there; adds the slopes in the logarithms of the own parameters.
    pub(super) fn tile(
        &self,
        [y, weight, trials]: [&[f64]; 3],
        _own: &[f64],
        eta: &mut [f64],
        _by_own: Option<&mut [f64]>,
        scratch: &mut [f64],
    ) -> f64 {
        let terms = &mut scratch[..ROWS];
        match self.family {
            Family::Bernoulli | Family::Binomial => simd(
                #[inline(always)]
                || {
                    for ((((e, t), y), w), n) in eta.iter_mut().zip(&mut *terms).zip(y).zip(weight).zip(trials) {
                        let small = pointwise::exp(-e.abs());
                        let share = 1.0 / (1.0 + small);
                        let (high, mean) = if *e > 0.0 { (*e, share) } else { (0.0, small * share) };
                        *t = w * (n * (high - pointwise::log(share)) - y * *e);
                        *e = w * (n * mean - y);
                    }
                },
            ),
            _ => simd(
                #[inline(always)]
                || {
                    for (((e, t), y), w) in eta.iter_mut().zip(&mut *terms).zip(y).zip(weight) {
                        let mean = pointwise::exp(*e);
                        *t = w * (mean - y * *e);
                        *e = w * (mean - y);
                    }
                },
            ),
        }
        sum(terms)
    }

    /// What does not depend on the rows one by one.
    pub(super) fn rest(&self, _own: &[f64], _by_own: Option<&mut [f64]>) -> f64 {
        self.constant
    }
}
