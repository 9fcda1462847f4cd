//! VARIATES: draws from the laws of responses, each a pure function of (key, draw, row).
use steepest_kernels::philox4x32;

/// The first of the streams used here; each holds a block of numbers a row, and few rows need more than one.
const STREAM: u16 = 0x5200;
/// The first of those for levels that a model has not seen.
const LEVELS: u16 = 0x6200;
/// Gamma variates of smaller shapes may be 0 as numbers: u^(1/shape), with u from 2^-52 on.
pub(crate) const SMALL: f64 = 0.1;
/// Numbers of a block of Philox.
const BLOCK: usize = 2;

/// The random numbers of one row of one draw.
#[derive(Clone, Debug)]
pub(crate) struct Dice {
    key: u64,
    draw: u64,
    row: u64,
    stream: u16,
    numbers: [f64; BLOCK],
    used: usize,
}

/// An odd multiple of 2^-52 in (0, 1), as those of [`steepest_kernels::uniforms`].
fn fraction(a: u32, b: u32) -> f64 {
    let i = u64::from(a >> 1) << 20 | u64::from(b >> 12);
    (2 * i + 1) as f64 * 2f64.powi(-52)
}

impl Dice {
    pub(crate) fn new(key: u64, draw: u64, row: u64) -> Dice {
        Dice { key, draw, row, stream: STREAM, numbers: [0.0; BLOCK], used: BLOCK }
    }

    /// The random numbers of a named level of a grouping in one draw.
    pub(crate) fn of_level(key: u64, draw: u64, name: &str) -> Dice {
        // FNV-1a, so that a level has the same effect wherever it stands in a table.
        let hash =
            name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
        Dice { stream: LEVELS, ..Dice::new(key, draw, hash >> 8) }
    }

    /// Uniform on (0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        if self.used == BLOCK {
            let high = ((self.draw >> 32) as u32) << 16 | u32::from(self.stream);
            let counter = [self.row as u32, (self.row >> 32) as u32, self.draw as u32, high];
            let [a, b, c, d] = philox4x32(counter, [self.key as u32, (self.key >> 32) as u32]);
            self.numbers = [fraction(a, b), fraction(c, d)];
            self.stream = self.stream.wrapping_add(1);
            self.used = 0;
        }
        self.used += 1;
        self.numbers[self.used - 1]
    }

    /// N(0, 1), one of a pair [BoxMuller1958].
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (2.0 * std::f64::consts::PI * self.uniform()).cos()
    }

    /// Gamma with this shape and scale 1 [MarsagliaTsang2000].
    pub(crate) fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let below = self.uniform().powf(1.0 / shape);
            return self.gamma(shape + 1.0) * below;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.uniform().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    /// Student's t with nu degrees of freedom.
    pub(crate) fn student(&mut self, nu: f64) -> f64 {
        let z = self.normal();
        z / (self.gamma(0.5 * nu) / (0.5 * nu)).sqrt()
    }

    /// The logarithm of such a variate: of a small shape most are too small for a number.
    pub(crate) fn ln_gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let below = self.uniform().ln() / shape;
            return self.gamma(shape + 1.0).ln() + below;
        }
        self.gamma(shape).ln()
    }

    /// Beta(a, b).
    pub(crate) fn beta(&mut self, a: f64, b: f64) -> f64 {
        if a.max(b) < SMALL {
            let (x, y) = (self.ln_gamma(a), self.ln_gamma(b));
            return 1.0 / (1.0 + (y - x).exp());
        }
        let (x, y) = (self.gamma(a), self.gamma(b));
        x / (x + y)
    }

    /// Successes among `trials` of probability p: an order statistic halves the trials until they can be counted
    /// [AhrensDieter1974].
    pub(crate) fn binomial(&mut self, trials: f64, p: f64) -> f64 {
        let (mut n, mut p, mut successes) = (trials, p, 0.0);
        while n > BLOCK as f64 {
            let a = 1.0 + (0.5 * n).floor();
            let x = self.beta(a, n + 1.0 - a);
            if x > p {
                (n, p) = (a - 1.0, p / x);
            } else {
                (n, p, successes) = (n - a, (p - x) / (1.0 - x), successes + a);
            }
        }
        (0..n as usize).fold(successes, |k, _| k + f64::from(u8::from(self.uniform() < p)))
    }

    /// Poisson with this mean: a gamma variate says when the first seven eighths of the events are over [AhrensDieter1974].
    /// NaN where the mean is no finite number.
    pub(crate) fn poisson(&mut self, mean: f64) -> f64 {
        if !mean.is_finite() {
            return f64::NAN;
        }
        let (mut left, mut events) = (mean, 0.0);
        while left > BLOCK as f64 {
            let m = (0.875 * left).floor();
            let x = self.gamma(m);
            if x > left {
                return events + self.binomial(m - 1.0, left / x);
            }
            (left, events) = (left - x, events + m);
        }
        let (mut product, least) = (self.uniform(), (-left).exp());
        while product > least {
            product *= self.uniform();
            events += 1.0;
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of shapes this small both gamma variates are mostly 0 as numbers. The mean of beta(a, 2a) is 1/3; nearly all draws are at an end.
    #[test]
    fn beta_variates_of_small_shapes_are_numbers() {
        let draws: Vec<f64> = (0..20_000).map(|i| Dice::new(7, i, 0).beta(0.001, 0.002)).collect();
        assert!(draws.iter().all(|x| (0.0..=1.0).contains(x)));
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        assert!((mean - 1.0 / 3.0).abs() < 4.5 * (2.0 / 9.0 / 20_000.0_f64).sqrt(), "{mean}");
    }
    #[test]
    fn logarithms_of_gamma_variates_are_theirs() {
        for shape in [0.07, 0.7, 1.0, 3.5] {
            let (x, log) = (Dice::new(1, 2, 3).gamma(shape), Dice::new(1, 2, 3).ln_gamma(shape));
            assert!((x.ln() - log).abs() < 1e-12 * log.abs().max(1.0), "{shape}: {log} and not the logarithm of {x}");
        }
    }
}
