//! Formulas in three coordinates, each beside the same function written by hand over dual numbers.
use num_dual::{Dual64, DualNum};

/// A text, the box (low, high) from which points are drawn, and the function written independently of the parser.
pub type Entry = (&'static str, (f64, f64), fn(Dual64, Dual64, Dual64) -> Dual64);

fn d(value: f64) -> Dual64 {
    Dual64::from_re(value)
}

/// log(1 + e^x), to be differentiated by the chain rule as written.
fn softplus(x: Dual64) -> Dual64 {
    x.exp().ln_1p()
}

pub const CATALOGUE: &[Entry] = &[
    ("x", (-2.0, 2.0), |x, _, _| x),
    ("3 - x", (-2.0, 2.0), |x, _, _| -x + 3.0),
    ("x*y*z", (-2.0, 2.0), |x, y, z| x * y * z),
    ("(x^2 - 1)^2/4 + y^2", (-2.0, 2.0), |x, y, _| (x * x - 1.0).powi(2) / 4.0 + y * y),
    ("100*(y - x^2)^2 + (1 - x)^2", (-2.0, 2.0), |x, y, _| (y - x * x).powi(2) * 100.0 + (x - 1.0).powi(2)),
    ("-x^2 - -y^3", (-2.0, 2.0), |x, y, _| -(x * x) + y.powi(3)),
    ("x^7 + y^-3", (0.3, 2.0), |x, y, _| x.powi(7) + y.powi(-3)),
    ("x^13*y", (-1.5, 1.5), |x, y, _| x.powi(13) * y),
    ("x^2.5 + y^0.5 + z^-1.5", (0.2, 3.0), |x, y, z| x.powf(2.5) + y.sqrt() + z.powf(-1.5)),
    ("x^1.3", (0.1, 5.0), |x, _, _| x.powf(1.3)),
    ("x^y", (0.2, 3.0), |x, y, _| (x.ln() * y).exp()),
    ("2^x + 3^-y", (-3.0, 3.0), |x, y, _| (x * 2f64.ln()).exp() + (y * -(3f64.ln())).exp()),
    ("x^y^z", (0.5, 1.8), |x, y, z| (x.ln() * (y.ln() * z).exp()).exp()),
    ("pow(x + 1, z)", (0.1, 2.0), |x, _, z| ((x + 1.0).ln() * z).exp()),
    ("x/y + y/z", (0.3, 3.0), |x, y, z| x / y + y / z),
    ("1/(1 + x^2 + y^2)", (-2.0, 2.0), |x, y, _| (x * x + y * y + 1.0).recip()),
    ("(x + y)/(2 + z^2)", (-2.0, 2.0), |x, y, z| (x + y) / (z * z + 2.0)),
    ("1/x/y*z", (0.3, 3.0), |x, y, z| z / (x * y)),
    ("x/3 - y/7", (-2.0, 2.0), |x, y, _| x / 3.0 - y / 7.0),
    ("exp(-x^2/2)", (-3.0, 3.0), |x, _, _| (-(x * x) / 2.0).exp()),
    ("exp(x*y) - z*exp(-x)", (-2.0, 2.0), |x, y, z| (x * y).exp() - z * (-x).exp()),
    ("log(x^2 + y^2 + 1)", (-3.0, 3.0), |x, y, _| (x * x + y * y + 1.0).ln()),
    ("log(x)/x", (0.2, 5.0), |x, _, _| x.ln() / x),
    ("-log(exp(-(x-1)^2) + exp(-(x+1)^2))", (-2.0, 2.0), |x, _, _| {
        -((-(x - 1.0).powi(2)).exp() + (-(x + 1.0).powi(2)).exp()).ln()
    }),
    ("-logsumexp(-(x-1)^2, -(y+1)^2, -z^2)", (-2.0, 2.0), |x, y, z| {
        -((-(x - 1.0).powi(2)).exp() + (-(y + 1.0).powi(2)).exp() + (-(z * z)).exp()).ln()
    }),
    ("sqrt(x^2 + y^2 + 0.01)", (-2.0, 2.0), |x, y, _| (x * x + y * y + 0.01).sqrt()),
    ("1/sqrt(x)", (0.1, 4.0), |x, _, _| x.sqrt().recip()),
    ("sqrt(x)*sqrt(x)*y", (0.1, 4.0), |x, y, _| x * y),
    ("sin(x)*cos(y)", (-6.0, 6.0), |x, y, _| x.sin() * y.cos()),
    ("cos(-x) + sin(-y) + cos(pi*z)", (-3.0, 3.0), |x, y, z| x.cos() - y.sin() + (z * std::f64::consts::PI).cos()),
    ("tan(x/2)", (-2.0, 2.0), |x, _, _| (x / 2.0).tan()),
    ("tanh(x*y + 1)", (-2.0, 2.0), |x, y, _| (x * y + 1.0).tanh()),
    ("atan(3*x) + atan(-y)", (-40.0, 40.0), |x, y, _| (x * 3.0).atan() - y.atan()),
    ("sinh(x) + cosh(y)", (-40.0, 40.0), |x, y, _| x.sinh() + y.cosh()),
    ("abs(x*y) + abs(-z)", (-40.0, 40.0), |x, y, z| {
        let positive = |a: Dual64| if a.re < 0.0 { -a } else { a };
        positive(x * y) + positive(z)
    }),
    ("log1p(x^2) + expm1(y)", (-40.0, 40.0), |x, y, _| (x * x).ln_1p() + y.exp_m1()),
    ("logistic(x) + sigmoid(3*y)", (-4.0, 4.0), |x, y, _| {
        ((-x).exp() + 1.0).recip() + ((y * -3.0).exp() + 1.0).recip()
    }),
    ("log1pexp(x) + softplus(-y*z)", (-3.0, 3.0), |x, y, z| softplus(x) + softplus(-(y * z))),
    ("min(x, y^2) + max(x*y, z, 0.5)", (-2.0, 2.0), |x, y, z| {
        let least = if x.re < (y * y).re { x } else { y * y };
        let most = if (x * y).re > z.re { x * y } else { z };
        least + if most.re > 0.5 { most } else { d(0.5) }
    }),
    ("z*max(0, x - y)^2", (-2.0, 2.0), |x, y, z| if x.re > y.re { z * (x - y).powi(2) } else { d(0.0) }),
    ("sqrt(max(x, 0)) + y", (-2.0, 2.0), |x, y, _| if x.re > 0.0 { x.sqrt() + y } else { y }),
    ("sum(i, 1, 5, (x - i*y)^2/i)", (-2.0, 2.0), |x, y, _| {
        (1..=5).map(f64::from).fold(d(0.0), |sum, i| sum + (x - y * i).powi(2) / i)
    }),
    ("(x - y)^2 - (y - x)^2 + x - x + 2*z + z*3 - z", (-2.0, 2.0), |_, _, z| z * 4.0),
    ("(2*x)*(3*y) - (x*y)*(-5) + x*(-y)", (-2.0, 2.0), |x, y, _| x * y * 10.0),
    ("-(x - y)*-(y - z)/(-(z + 9))", (-2.0, 2.0), |x, y, z| (x - y) * (y - z) / -(z + 9.0)),
    ("exp(sin(x*exp(cos(y))))*tanh(z)", (-1.5, 1.5), |x, y, z| (x * y.cos().exp()).sin().exp() * z.tanh()),
    ("(x + y*z)*(x + y*z)*(x + y*z - 1)", (-2.0, 2.0), |x, y, z| (x + y * z).powi(2) * (x + y * z - 1.0)),
    ("x*(y + 2)*(z - x*y)*y - 3*(x*y + z)", (-2.0, 2.0), |x, y, z| x * (y + 2.0) * (z - x * y) * y - (x * y + z) * 3.0),
    (
        "-200*exp(-(x-1)^2 - 10*y^2) - 100*exp(-x^2 - 10*(y-0.5)^2) \
         - 170*exp(-6.5*(x+0.5)^2 + 11*(x+0.5)*(y-1.5) - 6.5*(y-1.5)^2) \
         + 15*exp(0.7*(x+1)^2 + 0.6*(x+1)*(y-1) + 0.7*(y-1)^2)",
        (-1.0, 1.5),
        |x, y, _| {
            let term = |c: f64, [p, q, r]: [f64; 3], [a, b]: [f64; 2]| {
                let (u, v) = (x - a, y - b);
                (u * u * p + u * v * q + v * v * r).exp() * c
            };
            term(-200.0, [-1.0, 0.0, -10.0], [1.0, 0.0])
                + term(-100.0, [-1.0, 0.0, -10.0], [0.0, 0.5])
                + term(-170.0, [-6.5, 11.0, -6.5], [-0.5, 1.5])
                + term(15.0, [0.7, 0.6, 0.7], [-1.0, 1.0])
        },
    ),
];
