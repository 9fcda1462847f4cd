//! Elementary functions in pairs of `f64`, good to some 2^-98: the yardstick of the accuracy tests.
use std::ops::{Add, Mul, Sub};

/// The unevaluated sum of two numbers, the second below half an ulp of the first.
#[derive(Clone, Copy, Debug)]
pub struct Pair(pub f64, pub f64);

const LN2: [f64; 3] = [std::f64::consts::LN_2, 2.3190468138462996e-17, 5.707708438416212e-34];
const HALF_PI: [f64; 3] = [std::f64::consts::FRAC_PI_2, 6.123233995736766e-17, -1.4973849048591698e-33];

fn two_sum(a: f64, b: f64) -> Pair {
    let s = a + b;
    let t = s - a;
    Pair(s, (a - (s - t)) + (b - t))
}

impl From<f64> for Pair {
    fn from(x: f64) -> Pair {
        Pair(x, 0.0)
    }
}

impl Add for Pair {
    type Output = Pair;
    fn add(self, b: Pair) -> Pair {
        let (s, t) = (two_sum(self.0, b.0), two_sum(self.1, b.1));
        let s = two_sum(s.0, s.1 + t.0);
        two_sum(s.0, s.1 + t.1)
    }
}

impl Sub for Pair {
    type Output = Pair;
    fn sub(self, b: Pair) -> Pair {
        self + Pair(-b.0, -b.1)
    }
}

impl Mul for Pair {
    type Output = Pair;
    fn mul(self, b: Pair) -> Pair {
        let p = self.0 * b.0;
        two_sum(p, self.0.mul_add(b.0, -p) + (self.0 * b.1 + self.1 * b.0))
    }
}

impl Pair {
    pub fn over(self, b: Pair) -> Pair {
        let q = self.0 / b.0;
        let r = self - b * q.into();
        let q2 = r.0 / b.0;
        let r = r - b * q2.into();
        two_sum(q, q2) + (r.0 / b.0).into()
    }

    /// x - k c for a constant in three parts.
    fn reduced(self, k: f64, c: [f64; 3]) -> Pair {
        c.iter().fold(self, |x, &c| {
            let p = k * c;
            x - two_sum(p, k.mul_add(c, -p))
        })
    }

    fn scaled(self, k: i32) -> Pair {
        let s = 2.0f64.powi(k);
        Pair(self.0 * s, self.1 * s)
    }
}

/// sum_{j >= first} x^j / j! over every `step`-th j with alternating sign if `sign` is -1, from the term `first` on.
fn taylor(x: Pair, first: u32, step: u32, sign: f64) -> Pair {
    let mut term = (1..=first).fold(Pair(1.0, 0.0), |t, j| (t * x).over(f64::from(j).into()));
    let mut sum = term;
    for i in 1..=40 / step {
        let j = first + step * (i - 1);
        term = (1..=step).fold(term, |t, s| (t * x).over(f64::from(j + s).into())) * sign.into();
        sum = sum + term;
    }
    sum
}

/// (e^x - 1 with r = x - k ln 2, k).
fn expm1_reduced(x: Pair) -> (Pair, i32) {
    let k = (x.0 / LN2[0]).round();
    (taylor(x.reduced(k, LN2), 1, 1, 1.0), k as i32)
}

/// e^x for |x| < 600.
pub fn exp(x: Pair) -> Pair {
    let (p, k) = expm1_reduced(x);
    (p + 1.0.into()).scaled(k)
}

/// e^x - 1 for |x| < 600.
pub fn expm1(x: Pair) -> Pair {
    let (p, k) = expm1_reduced(x);
    if k == 0 { p } else { (p + 1.0.into()).scaled(k) - 1.0.into() }
}

/// ln x: two steps y <- y + 2 (x - e^y) / (x + e^y), each of which triples the digits.
pub fn log(x: Pair) -> Pair {
    let k = (x.0.log2()).round();
    let m = x.scaled(-(k as i32));
    let mut y = Pair::from(m.0.ln());
    for _ in 0..2 {
        // Near one e^y - 1 keeps what e^y would lose.
        let (p, q) = (m - 1.0.into(), expm1(y));
        y = y + ((p - q) * 2.0.into()).over(p + q + 2.0.into());
    }
    y.reduced(-k, LN2)
}

/// ln(1 + e^x) for |x| < 600.
pub fn log1p_exp(x: f64) -> Pair {
    let t = exp((-x.abs()).into());
    let mut y = Pair::from(t.0.ln_1p());
    for _ in 0..2 {
        let q = expm1(y);
        y = y + ((t - q) * 2.0.into()).over(t + q + 2.0.into());
    }
    if x > 0.0 { y + x.into() } else { y }
}

/// 1/(1 + e^-x) for |x| < 600.
pub fn logistic(x: f64) -> Pair {
    let t = exp((-x.abs()).into());
    (if x < 0.0 { t } else { 1.0.into() }).over(t + 1.0.into())
}

/// tanh x for |x| < 300.
pub fn tanh(x: f64) -> Pair {
    let m = expm1((2.0 * x).into());
    m.over(m + 2.0.into())
}

/// sin(x + quarter pi/2) for |x| < 2^31.
pub fn sin(x: f64, quarter: i64) -> Pair {
    let k = (x / HALF_PI[0]).round();
    let r = Pair::from(x).reduced(k, HALF_PI);
    let q = k as i64 + quarter;
    let y = taylor(r, q.rem_euclid(2) as u32 ^ 1, 2, -1.0);
    if q & 2 == 0 { y } else { y * (-1.0).into() }
}

/// x^y for results within e^{+-600}.
pub fn pow(x: f64, y: f64) -> Pair {
    exp(log(x.into()) * y.into())
}

/// The distance of y from the reference in units of the last place of the reference.
pub fn ulps(y: f64, reference: Pair) -> f64 {
    let size = reference.0.abs();
    let ulp = f64::from_bits(size.to_bits() + 1) - size;
    ((y - reference.0) - reference.1).abs() / ulp
}
