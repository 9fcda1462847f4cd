//! One-lane special functions: arctangent and error function without branches; gamma functions by recurrence and
//! asymptotic series.
//!
//! Coefficients are Chebyshev fits made in 50-digit arithmetic on the stated interval.
use crate::pointwise::{cos, exp, log, polynomial, sin};
use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

/// log(1 + x), accurate near 0. At most 3 ulp.
#[inline(always)]
pub(super) fn log1p(x: f64) -> f64 {
    let u = 1.0 + x;
    let lost = x - (u - 1.0);
    let regular = u > 0.0 && u < f64::INFINITY;
    log(u) + if regular { lost / u } else { 0.0 }
}

/// tan x. At most 4 ulp where sin and cos are good to 2.
#[inline(always)]
pub(super) fn tan(x: f64) -> f64 {
    sin(x) / cos(x)
}

/// (atan t - t) / t^3 in t^2, |t| <= tan(pi/8).
const ATAN: [f64; 12] = [
    -0.3333333333333333,
    0.19999999999999804,
    -0.14285714285659748,
    0.11111111105147764,
    -0.09090908753118594,
    0.07692296363979952,
    -0.066664246872465,
    0.05878926715756726,
    -0.052304374642516874,
    0.045515165635903104,
    -0.0345685906686069,
    0.01628357235648259,
];

/// atan x. At most 2 ulp.
#[inline(always)]
pub(super) fn atan(x: f64) -> f64 {
    let size = x.abs();
    let (far, middle) = (size > 2.414213562373095, size > 0.41421356237309503);
    let above = if far {
        -1.0
    } else if middle {
        size - 1.0
    } else {
        size
    };
    let below = if far {
        size
    } else if middle {
        size + 1.0
    } else {
        1.0
    };
    let (base, rest) = if far { (FRAC_PI_2, 6.123233995736766e-17) } else { (FRAC_PI_4, 3.061616997868383e-17) };
    let (base, rest) = if middle { (base, rest) } else { (0.0, 0.0) };
    let t = above / below;
    let z = t * t;
    let y = base + ((t * z).mul_add(polynomial(z, ATAN), rest) + t);
    y.copysign(x)
}

/// erf(x) / x in x^2, |x| <= 1.
const ERF: [f64; 13] = [
    std::f64::consts::FRAC_2_SQRT_PI,
    -0.3761263890318375,
    0.11283791670954879,
    -0.026866170645076792,
    0.0052239776248180145,
    -0.000854832698083379,
    0.0001205533111164271,
    -1.4925595266831182e-05,
    1.6461000484121368e-06,
    -1.6350312701054695e-07,
    1.4659775274047436e-08,
    -1.1372848856791674e-09,
    5.957176147748911e-11,
];
/// erfc(x) e^(x^2) in (x - 2)/(x + 2), 1 <= x <= 6.
const ERFCX: [f64; 15] = [
    0.25539567631050575,
    -0.4271858474139579,
    0.24165819424246987,
    -0.07897858101585253,
    0.00373289240349224,
    0.006997461747753573,
    -0.0008471431980760424,
    -0.0009819773208131022,
    4.3554202452705896e-05,
    0.00017436697232946864,
    2.754312818566672e-05,
    -2.7647305443610053e-05,
    -1.4067532694582058e-05,
    1.820143195975009e-06,
    3.917059299925389e-06,
];

/// erf x = 2/sqrt(pi) int_0^x exp(-t^2) dt. At most 2 ulp.
#[inline(always)]
pub(super) fn erf(x: f64) -> f64 {
    let size = if x.abs() > 6.0 { 6.0 } else { x.abs() };
    let near = size * polynomial(size * size, ERF);
    let far = 1.0 - exp(-size * size) * polynomial((size - 2.0) / (size + 2.0), ERFCX);
    let y = (if size < 1.0 { near } else { far }).copysign(x);
    if x.is_nan() { x } else { y }
}

/// B_2, B_4, ..., B_20: the Bernoulli numbers of even index.
const BERNOULLI: [f64; 10] = [
    1.0 / 6.0,
    -1.0 / 30.0,
    1.0 / 42.0,
    -1.0 / 30.0,
    5.0 / 66.0,
    -691.0 / 2730.0,
    7.0 / 6.0,
    -3617.0 / 510.0,
    43867.0 / 798.0,
    -174611.0 / 330.0,
];
/// From here on the asymptotic series is good to the last digit.
const FAR: f64 = 12.0;

/// log |Gamma(x)|: absolute error 5e-15 up to x = 12, relative error 1e-15 beyond; inf at 0, -1, -2, ...
/// Recurrence up to 12, then Stirling's series [AbramowitzStegun1964, 6.1.41].
pub(super) fn lgamma(x: f64) -> f64 {
    if x <= 0.0 {
        if x == x.floor() {
            return f64::INFINITY;
        }
        return log(PI / sin(PI * (x - x.floor()))) - lgamma(1.0 - x);
    }
    let mut out = [0.0];
    lgamma_positive(&mut out, &[x]);
    out[0]
}

/// log Gamma of lanes, all of them positive, without branches; other lanes one by one. The same bits either way.
#[inline(always)]
pub(super) fn lgamma_lanes<const W: usize>(out: &mut [f64; W], x: &[f64; W]) {
    if x.iter().all(|x| *x > 0.0) {
        lgamma_positive(out, x);
    } else {
        out.iter_mut().zip(x).for_each(|(out, x)| *out = lgamma(*x));
    }
}
#[inline(always)]
fn lgamma_positive<const W: usize>(out: &mut [f64; W], x: &[f64; W]) {
    let (mut y, mut product) = (*x, [1.0; W]);
    for _ in 0..FAR as usize {
        for l in 0..W {
            let below = y[l] < FAR;
            product[l] *= if below { y[l] } else { 1.0 };
            y[l] += if below { 1.0 } else { 0.0 };
        }
    }
    for l in 0..W {
        let z = 1.0 / (y[l] * y[l]);
        let (mut sum, mut power) = (0.0, 1.0 / y[l]);
        for (k, b) in BERNOULLI.iter().enumerate() {
            let m = 2.0 * (k + 1) as f64;
            sum += b / (m * (m - 1.0)) * power;
            power *= z;
        }
        let series = (y[l] - 0.5) * (log(y[l]) - 1.0) - 0.5 + 0.9189385332046728 + sum; // log(2 pi)/2
        out[l] = if x[l] == f64::INFINITY { x[l] } else { series - log(product[l]) };
    }
}

/// The digamma function of lanes, all of them positive, without branches; other lanes one by one. The same bits either way.
#[inline(always)]
pub(super) fn digamma_lanes<const W: usize>(out: &mut [f64; W], x: &[f64; W]) {
    if x.iter().all(|x| *x > 0.0) {
        digamma_positive(out, x);
    } else {
        out.iter_mut().zip(x).for_each(|(out, x)| *out = polygamma(0, *x));
    }
}
#[inline(always)]
fn digamma_positive<const W: usize>(out: &mut [f64; W], x: &[f64; W]) {
    let (mut y, mut shifted) = (*x, [0.0; W]);
    for _ in 0..FAR as usize {
        for l in 0..W {
            let below = y[l] < FAR;
            shifted[l] += if below { 1.0 / y[l] } else { 0.0 };
            y[l] += if below { 1.0 } else { 0.0 };
        }
    }
    for l in 0..W {
        let z = 1.0 / (y[l] * y[l]);
        let (mut sum, mut power) = (0.0, z);
        for (k, b) in BERNOULLI.iter().enumerate() {
            sum += b / (2.0 * (k + 1) as f64) * power;
            power *= z;
        }
        out[l] = log(y[l]) - 0.5 / y[l] - sum - shifted[l];
    }
}

/// The (m + 1)-th derivative of log Gamma; m = 0 is the digamma function. Relative error about 1e-14 away from zeros; NaN at
/// 0, -1, -2, ... and, for m > 0, below -1000. [AbramowitzStegun1964, 6.4.11]
pub(super) fn polygamma(m: u8, x: f64) -> f64 {
    if x <= 0.0 && (x == x.floor() || (m > 0 && x < -1000.0)) {
        return f64::NAN;
    }
    if m == 0 && x < 0.0 {
        return polygamma(0, 1.0 - x) - PI / tan(PI * (x - x.floor()));
    }
    if m == 0 {
        let mut out = [0.0];
        digamma_positive(&mut out, &[x]);
        return out[0];
    }
    // With sigma = (-1)^(m + 1): psi_m(x) = sigma m! [sum_{k < K} (x + k)^-(m + 1) + the same sum from y = x + K on].
    let order = f64::from(m);
    let far = FAR + order;
    let (mut y, mut shifted) = (x, 0.0);
    while y < far {
        shifted += y.powi(-i32::from(m) - 1);
        y += 1.0;
    }
    let z = 1.0 / (y * y);
    // (2k + m - 1)! / ((2k)! m!), kept up by its ratio
    let (mut ratio, mut power, mut sum) = ((order + 1.0) / 2.0, y.powi(-i32::from(m) - 2), 0.0);
    for (k, b) in BERNOULLI.iter().enumerate() {
        sum += b * ratio * power;
        let i = 2.0 * (k + 1) as f64;
        ratio *= (i + order) * (i + order + 1.0) / ((i + 1.0) * (i + 2.0));
        power *= z;
    }
    let lead = y.powi(-i32::from(m)) / order + 0.5 * y.powi(-i32::from(m) - 1);
    let factorial: f64 = (1..=m).map(f64::from).product();
    let sigma = if m % 2 == 1 { 1.0 } else { -1.0 };
    sigma * factorial * (lead + sum + shifted)
}
