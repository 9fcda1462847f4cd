//! NAMED laws: how to draw from the densities of the expression language.
use super::{Dice, logistic};

/// A draw, given the arguments of a law in order.
pub(crate) type Draw = fn([f64; 3], &mut Dice) -> f64;

/// x where it is positive, else NaN: scales, rates and shapes.
fn positive(x: f64) -> f64 {
    if x > 0.0 { x } else { f64::NAN }
}
fn gamma(shape: f64, dice: &mut Dice) -> f64 {
    if shape > 0.0 { dice.gamma(shape) } else { f64::NAN }
}
fn beta(a: f64, b: f64, dice: &mut Dice) -> f64 {
    if a > 0.0 && b > 0.0 { dice.beta(a, b) } else { f64::NAN }
}
fn student(nu: f64, dice: &mut Dice) -> f64 {
    if nu > 0.0 { dice.student(nu) } else { f64::NAN }
}
fn poisson(mean: f64, dice: &mut Dice) -> f64 {
    if mean >= 0.0 { dice.poisson(mean) } else { f64::NAN }
}
fn binomial(n: f64, p: f64, dice: &mut Dice) -> f64 {
    let stated = n >= 0.0 && n.fract() == 0.0 && (0.0..=1.0).contains(&p);
    if stated { dice.binomial(n, p) } else { f64::NAN }
}
/// log(u / (1 - u)): a standard logistic variate.
fn logit(dice: &mut Dice) -> f64 {
    let u = dice.uniform();
    (u / (1.0 - u)).ln()
}
fn laplace(dice: &mut Dice) -> f64 {
    let u = dice.uniform() - 0.5;
    -u.signum() * (-2.0 * u.abs()).ln_1p()
}

/// How to draw from the law of this name; `None` where it is the law of no single number.
///
/// Names and arguments are those of the densities, without `_lpdf` or `_lpmf`. Arguments outside the law's range give NaN.
pub(crate) fn draw_of(law: &str) -> Option<Draw> {
    let draw: Draw = match law {
        "bernoulli" => |[p, ..], dice| binomial(1.0, p, dice),
        "bernoulli_logit" => |[eta, ..], dice| binomial(1.0, logistic(eta), dice),
        "beta" => |[a, b, _], dice| beta(a, b, dice),
        "beta_proportion" => |[mu, k, _], dice| beta(mu * k, (1.0 - mu) * k, dice),
        "binomial" => |[n, p, _], dice| binomial(n, p, dice),
        "binomial_logit" => |[n, eta, _], dice| binomial(n, logistic(eta), dice),
        "cauchy" => |[mu, s, _], dice| positive(s).mul_add(dice.student(1.0), mu),
        "double_exponential" => |[mu, s, _], dice| positive(s).mul_add(laplace(dice), mu),
        "exponential" => |[rate, ..], dice| -dice.uniform().ln() / positive(rate),
        "gamma" => |[a, rate, _], dice| gamma(a, dice) / positive(rate),
        "gumbel" => |[mu, s, _], dice| mu - positive(s) * (-dice.uniform().ln()).ln(),
        "half_cauchy" => |[s, ..], dice| positive(s) * dice.student(1.0).abs(),
        "half_normal" => |[s, ..], dice| positive(s) * dice.normal().abs(),
        "half_student_t" => |[nu, s, _], dice| positive(s) * student(nu, dice).abs(),
        "inv_gamma" => |[a, b, _], dice| positive(b) / gamma(a, dice),
        "logistic" => |[mu, s, _], dice| positive(s).mul_add(logit(dice), mu),
        "loglogistic" => |[scale, shape, _], dice| positive(scale) * (logit(dice) / positive(shape)).exp(),
        "lognormal" => |[mu, s, _], dice| positive(s).mul_add(dice.normal(), mu).exp(),
        "neg_binomial_2" => |[mu, phi, _], dice| {
            let rate = gamma(phi, dice) * mu / phi;
            poisson(rate, dice)
        },
        "neg_binomial_2_log" => |[eta, phi, _], dice| {
            let rate = gamma(phi, dice) * eta.exp() / phi;
            poisson(rate, dice)
        },
        "normal" => |[mu, s, _], dice| positive(s).mul_add(dice.normal(), mu),
        "pareto" => |[least, a, _], dice| positive(least) * (-dice.uniform().ln() / positive(a)).exp(),
        "poisson" => |[rate, ..], dice| poisson(rate, dice),
        "poisson_log" => |[eta, ..], dice| poisson(eta.exp(), dice),
        "rayleigh" => |[s, ..], dice| positive(s) * (-2.0 * dice.uniform().ln()).sqrt(),
        "std_normal" => |_, dice| dice.normal(),
        "student_t" => |[nu, mu, s], dice| positive(s).mul_add(student(nu, dice), mu),
        "uniform" => |[low, high, _], dice| positive(high - low).mul_add(dice.uniform(), low),
        "weibull" => |[shape, scale, _], dice| positive(scale) * (-dice.uniform().ln()).powf(1.0 / positive(shape)),
        _ => return None,
    };
    Some(draw)
}
