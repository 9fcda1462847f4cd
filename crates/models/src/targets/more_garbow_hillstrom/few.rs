//! Problems of two to six coordinates without observations.
use super::Problem;

const fn fixed(d: u32) -> [u32; 3] {
    [d, d, d]
}
fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(String::from).to_vec()
}

pub(super) const ROSENBROCK: Problem = Problem {
    name: "mgh-rosenbrock",
    meaning: "A bent valley.",
    dimension: fixed(2),
    start: |_| vec![-1.2, 1.0],
    residuals: |_| texts(["10*(x[2] - x[1]^2)", "1 - x[1]"]),
    minima: &[0.0],
};
pub(super) const FREUDENSTEIN_ROTH: Problem = Problem {
    name: "mgh-freudenstein-roth",
    meaning: "Two cubics, with a local minimum.",
    dimension: fixed(2),
    start: |_| vec![0.5, -2.0],
    residuals: |_| texts(["-13 + x[1] + ((5 - x[2])*x[2] - 2)*x[2]", "-29 + x[1] + ((x[2] + 1)*x[2] - 14)*x[2]"]),
    minima: &[0.0, 48.98425],
};
pub(super) const POWELL_BADLY_SCALED: Problem = Problem {
    name: "mgh-powell-badly-scaled",
    meaning: "Scales of 1e-5 and 9.",
    dimension: fixed(2),
    start: |_| vec![0.0, 1.0],
    residuals: |_| texts(["1e4*x[1]*x[2] - 1", "exp(-x[1]) + exp(-x[2]) - 1.0001"]),
    minima: &[0.0],
};
pub(super) const BROWN_BADLY_SCALED: Problem = Problem {
    name: "mgh-brown-badly-scaled",
    meaning: "Scales of 1e6 and 2e-6.",
    dimension: fixed(2),
    start: |_| vec![1.0, 1.0],
    residuals: |_| texts(["x[1] - 1e6", "x[2] - 2e-6", "x[1]*x[2] - 2"]),
    minima: &[0.0],
};
pub(super) const BEALE: Problem = Problem {
    name: "mgh-beale",
    meaning: "Powers of a coordinate, with an asymptote.",
    dimension: fixed(2),
    start: |_| vec![1.0, 1.0],
    residuals: |_| {
        let row = |(k, y): (usize, f64)| format!("{y} - x[1]*(1 - x[2]^{})", k + 1);
        [1.5, 2.25, 2.625].into_iter().enumerate().map(row).collect()
    },
    // The second is the limit along the asymptote x[2] = 1.
    minima: &[0.0, 14.203125],
};
pub(super) const JENNRICH_SAMPSON: Problem = Problem {
    name: "mgh-jennrich-sampson",
    meaning: "A large residual at the minimum.",
    dimension: fixed(2),
    start: |_| vec![0.3, 0.4],
    residuals: |_| (1..=10).map(|i| format!("2 + 2*{i} - (exp({i}*x[1]) + exp({i}*x[2]))")).collect(),
    // The second is the limit where both fall without bound.
    minima: &[124.3622, 2020.0],
};
pub(super) const HELICAL_VALLEY: Problem = Problem {
    name: "mgh-helical-valley",
    meaning: "A valley that winds, with a jump of its angle.",
    dimension: fixed(3),
    start: |_| vec![-1.0, 0.0, 0.0],
    residuals: |_| {
        texts([
            "10*(x[3] - 10*(atan(x[2]/x[1])/tau + where(x[1] < 0, 0.5, 0)))",
            "10*(sqrt(x[1]^2 + x[2]^2) - 1)",
            "x[3]",
        ])
    },
    minima: &[0.0],
};
pub(super) const BOX: Problem = Problem {
    name: "mgh-box",
    meaning: "Exponentials, least along a line and at a point.",
    dimension: fixed(3),
    start: |_| vec![0.0, 10.0, 20.0],
    residuals: |_| {
        let row = |i: u32| {
            let t = f64::from(i) / 10.0;
            format!("exp(-{t}*x[1]) - exp(-{t}*x[2]) - x[3]*(exp(-{t}) - exp(-{i}))")
        };
        (1..=10).map(row).collect()
    },
    minima: &[0.0],
};
pub(super) const POWELL_SINGULAR: Problem = Problem {
    name: "mgh-powell-singular",
    meaning: "A Hessian that vanishes along two lines at the minimum.",
    dimension: fixed(4),
    start: |_| vec![3.0, -1.0, 0.0, 1.0],
    residuals: |_| texts(["x[1] + 10*x[2]", "sqrt(5)*(x[3] - x[4])", "(x[2] - 2*x[3])^2", "sqrt(10)*(x[1] - x[4])^2"]),
    minima: &[0.0],
};
pub(super) const WOOD: Problem = Problem {
    name: "mgh-wood",
    meaning: "Two bent valleys that are coupled, with a saddle.",
    dimension: fixed(4),
    start: |_| vec![-3.0, -1.0, -3.0, -1.0],
    residuals: |_| {
        texts([
            "10*(x[2] - x[1]^2)",
            "1 - x[1]",
            "sqrt(90)*(x[4] - x[3]^2)",
            "1 - x[3]",
            "sqrt(10)*(x[2] + x[4] - 2)",
            "(x[2] - x[4])/sqrt(10)",
        ])
    },
    minima: &[0.0],
};
pub(super) const BROWN_DENNIS: Problem = Problem {
    name: "mgh-brown-dennis",
    meaning: "Large residuals at the minimum.",
    dimension: fixed(4),
    start: |_| vec![25.0, 5.0, -5.0, -1.0],
    residuals: |_| {
        let row = |i: u32| {
            let t = f64::from(i) / 5.0;
            format!("(x[1] + {t}*x[2] - exp({t}))^2 + (x[3] + x[4]*sin({t}) - cos({t}))^2")
        };
        (1..=20).map(row).collect()
    },
    minima: &[85822.2],
};
pub(super) const BIGGS: Problem = Problem {
    name: "mgh-biggs-exp6",
    meaning: "A sum of three exponentials.",
    dimension: fixed(6),
    start: |_| vec![1.0, 2.0, 1.0, 1.0, 1.0, 1.0],
    residuals: |_| {
        let row = |i: u32| {
            let t = f64::from(i) / 10.0;
            let y = format!("exp(-{t}) - 5*exp(-{i}) + 3*exp(-4*{t})");
            format!("x[3]*exp(-{t}*x[1]) - x[4]*exp(-{t}*x[2]) + x[6]*exp(-{t}*x[5]) - ({y})")
        };
        (1..=13).map(row).collect()
    },
    minima: &[0.0, 5.65565e-3],
};
