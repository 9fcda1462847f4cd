//! Problems of as many coordinates as one likes.
use super::{Problem, sum};

/// Formulas are written out; beyond this they would be too long to read.
const MOST: u32 = 200;

pub(super) const WATSON: Problem = Problem {
    name: "mgh-watson",
    meaning: "A polynomial that should solve a differential equation; nearly singular in many dimensions.",
    dimension: [6, 2, 31],
    start: |d| vec![0.0; d],
    residuals: |d| {
        let row = |i: u32| {
            let t = format!("({i}/29)");
            let slope = sum((2..=d).map(|j| format!("{}*x[{j}]*{t}^{}", j - 1, j - 2)));
            let value = sum((1..=d).map(|j| format!("x[{j}]*{t}^{}", j - 1)));
            format!("{slope} - ({value})^2 - 1")
        };
        (1..=29).map(row).chain(["x[1]".to_owned(), "x[2] - x[1]^2 - 1".to_owned()]).collect()
    },
    minima: &[2.28767e-3],
};
pub(super) const EXTENDED_ROSENBROCK: Problem = Problem {
    name: "mgh-extended-rosenbrock",
    meaning: "Many bent valleys; an even number of coordinates, as a last odd one would be free.",
    dimension: [10, 2, MOST],
    start: |d| (0..d).map(|j| if j % 2 == 0 { -1.2 } else { 1.0 }).collect(),
    residuals: |d| {
        let pair = |k: usize| [format!("10*(x[{}] - x[{}]^2)", k + 1, k), format!("1 - x[{k}]")];
        (1..d).step_by(2).flat_map(pair).collect()
    },
    minima: &[0.0],
};
pub(super) const EXTENDED_POWELL: Problem = Problem {
    name: "mgh-extended-powell",
    meaning: "Many singular problems of Powell, in fours of coordinates.",
    dimension: [12, 4, MOST],
    start: |d| (0..d).map(|j| [3.0, -1.0, 0.0, 1.0][j % 4]).collect(),
    residuals: |d| {
        let four = |k: usize| {
            let [a, b, c, e] = [k, k + 1, k + 2, k + 3].map(|j| format!("x[{j}]"));
            [
                format!("{a} + 10*{b}"),
                format!("sqrt(5)*({c} - {e})"),
                format!("({b} - 2*{c})^2"),
                format!("sqrt(10)*({a} - {e})^2"),
            ]
        };
        (1..=d.saturating_sub(3)).step_by(4).flat_map(four).collect()
    },
    minima: &[0.0],
};
pub(super) const PENALTY_1: Problem = Problem {
    name: "mgh-penalty-1",
    meaning: "A sphere, softly, and a weak pull to one point.",
    dimension: [10, 1, MOST],
    start: |d| (1..=d).map(|j| j as f64).collect(),
    residuals: |d| {
        let pull = (1..=d).map(|j| format!("sqrt(1e-5)*(x[{j}] - 1)"));
        pull.chain([format!("{} - 0.25", sum((1..=d).map(|j| format!("x[{j}]^2"))))]).collect()
    },
    minima: &[7.08765e-5],
};
pub(super) const PENALTY_2: Problem = Problem {
    name: "mgh-penalty-2",
    meaning: "An ellipsoid, softly, and weak exponentials.",
    dimension: [10, 2, MOST],
    start: |d| vec![0.5; d],
    residuals: |d| {
        let pair = |i: usize| {
            format!("sqrt(1e-5)*(exp(x[{i}]/10) + exp(x[{}]/10) - (exp({i}/10) + exp({}/10)))", i - 1, i - 1)
        };
        let one = |i: usize| format!("sqrt(1e-5)*(exp(x[{i}]/10) - exp(-1/10))");
        let last = sum((1..=d).map(|j| format!("{}*x[{j}]^2", d - j + 1)));
        let first = std::iter::once("x[1] - 0.2".to_owned());
        first.chain((2..=d).map(pair)).chain((2..=d).map(one)).chain([format!("{last} - 1")]).collect()
    },
    minima: &[2.93660e-4],
};
pub(super) const VARIABLY_DIMENSIONED: Problem = Problem {
    name: "mgh-variably-dimensioned",
    meaning: "A quartic in one direction.",
    dimension: [10, 1, MOST],
    start: |d| (1..=d).map(|j| 1.0 - j as f64 / d as f64).collect(),
    residuals: |d| {
        let s = sum((1..=d).map(|j| format!("{j}*(x[{j}] - 1)")));
        (1..=d).map(|j| format!("x[{j}] - 1")).chain([s.clone(), format!("({s})^2")]).collect()
    },
    minima: &[0.0],
};
pub(super) const TRIGONOMETRIC: Problem = Problem {
    name: "mgh-trigonometric",
    meaning: "Sines and cosines, with many local minima.",
    dimension: [10, 1, MOST],
    start: |d| vec![1.0 / d as f64; d],
    residuals: |d| {
        let all = sum((1..=d).map(|j| format!("cos(x[{j}])")));
        (1..=d).map(|i| format!("{d} - ({all}) + {i}*(1 - cos(x[{i}])) - sin(x[{i}])")).collect()
    },
    minima: &[0.0, 2.79506e-5],
};
pub(super) const BROWN_ALMOST_LINEAR: Problem = Problem {
    name: "mgh-brown-almost-linear",
    meaning: "Linear but for one product.",
    dimension: [10, 1, MOST],
    start: |d| vec![0.5; d],
    residuals: |d| {
        let all = sum((1..=d).map(|j| format!("x[{j}]")));
        let product = (1..=d).map(|j| format!("x[{j}]")).collect::<Vec<_>>().join("*");
        (1..d).map(|i| format!("x[{i}] + ({all}) - {}", d + 1)).chain([format!("{product} - 1")]).collect()
    },
    minima: &[0.0, 1.0],
};
/// x at place `j`, which is 0 outside.
fn within(j: usize, d: usize) -> String {
    if (1..=d).contains(&j) { format!("x[{j}]") } else { "0".to_owned() }
}
/// t (t - 1) at the inner points of a grid.
fn parabola(d: usize) -> Vec<f64> {
    (1..=d).map(|j| j as f64 / (d + 1) as f64).map(|t| t * (t - 1.0)).collect()
}
pub(super) const DISCRETE_BOUNDARY: Problem = Problem {
    name: "mgh-discrete-boundary",
    meaning: "A boundary value problem on a grid.",
    dimension: [10, 1, MOST],
    start: parabola,
    residuals: |d| {
        let h = 1.0 / (d + 1) as f64;
        let row = |i: usize| {
            let (left, right) = (within(i - 1, d), within(i + 1, d));
            format!("2*x[{i}] - {left} - {right} + {h}^2*(x[{i}] + {} + 1)^3/2", i as f64 * h)
        };
        (1..=d).map(row).collect()
    },
    minima: &[0.0],
};
pub(super) const DISCRETE_INTEGRAL: Problem = Problem {
    name: "mgh-discrete-integral",
    meaning: "An integral equation on a grid.",
    dimension: [10, 1, MOST],
    start: parabola,
    residuals: |d| {
        let h = 1.0 / (d + 1) as f64;
        let t = |j: usize| j as f64 * h;
        let cube = |j: usize| format!("(x[{j}] + {} + 1)^3", t(j));
        let row = |i: usize| {
            let below = sum((1..=i).map(|j| format!("{}*{}", t(j), cube(j))));
            let above = sum((i + 1..=d).map(|j| format!("{}*{}", 1.0 - t(j), cube(j))));
            format!("x[{i}] + {h}*({}*({below}) + {}*({above}))/2", 1.0 - t(i), t(i))
        };
        (1..=d).map(row).collect()
    },
    minima: &[0.0],
};
pub(super) const BROYDEN_TRIDIAGONAL: Problem = Problem {
    name: "mgh-broyden-tridiagonal",
    meaning: "Quadratics of neighbours.",
    dimension: [10, 1, MOST],
    start: |d| vec![-1.0; d],
    residuals: |d| {
        let row = |i: usize| format!("(3 - 2*x[{i}])*x[{i}] - {} - 2*{} + 1", within(i - 1, d), within(i + 1, d));
        (1..=d).map(row).collect()
    },
    // The others are local ones, which d = 10 has and the paper does not list.
    minima: &[0.0],
};
pub(super) const BROYDEN_BANDED: Problem = Problem {
    name: "mgh-broyden-banded",
    meaning: "Cubics of seven neighbours.",
    dimension: [10, 1, MOST],
    start: |d| vec![-1.0; d],
    residuals: |d| {
        let row = |i: usize| {
            let around = (i.saturating_sub(5).max(1)..=(i + 1).min(d)).filter(|j| *j != i);
            format!("x[{i}]*(2 + 5*x[{i}]^2) + 1 - ({})", sum(around.map(|j| format!("x[{j}]*(1 + x[{j}])"))))
        };
        (1..=d).map(row).collect()
    },
    minima: &[0.0],
};
pub(super) const LINEAR_FULL_RANK: Problem = Problem {
    name: "mgh-linear-full-rank",
    meaning: "Linear, of full rank; twice as many residuals as coordinates.",
    dimension: [10, 1, MOST],
    start: |d| vec![1.0; d],
    residuals: |d| {
        let all = sum((1..=d).map(|j| format!("x[{j}]")));
        let row = |i: usize| format!("{} - {}*({all}) - 1", within(i, d), 1.0 / d as f64);
        (1..=2 * d).map(row).collect()
    },
    minima: &[10.0],
};
pub(super) const LINEAR_RANK_1: Problem = Problem {
    name: "mgh-linear-rank-1",
    meaning: "Linear, of rank 1; twice as many residuals as coordinates.",
    dimension: [10, 1, MOST],
    start: |d| vec![1.0; d],
    residuals: |d| {
        let all = sum((1..=d).map(|j| format!("{j}*x[{j}]")));
        (1..=2 * d).map(|i| format!("{i}*({all}) - 1")).collect()
    },
    // m (m - 1) / (2 (2 m + 1)), m = 20
    minima: &[190.0 / 41.0],
};
pub(super) const LINEAR_RANK_1_ZEROS: Problem = Problem {
    name: "mgh-linear-rank-1-zeros",
    meaning: "Linear, of rank 1, with columns and rows of zeros; twice as many residuals as coordinates.",
    dimension: [10, 3, MOST],
    start: |d| vec![1.0; d],
    residuals: |d| {
        let all = sum((2..d).map(|j| format!("{j}*x[{j}]")));
        let row = |i: usize| if i == 1 || i == 2 * d { "-1".to_owned() } else { format!("{}*({all}) - 1", i - 1) };
        (1..=2 * d).map(row).collect()
    },
    // (m^2 + 3 m - 6) / (2 (2 m - 3)), m = 20
    minima: &[454.0 / 74.0],
};
pub(super) const CHEBYQUAD: Problem = Problem {
    name: "mgh-chebyquad",
    meaning: "Points of a quadrature of equal weights, which there are for few d.",
    dimension: [8, 1, 30],
    start: |d| (1..=d).map(|j| j as f64 / (d + 1) as f64).collect(),
    residuals: |d| {
        let row = |i: usize| {
            let integral = if i.is_multiple_of(2) { format!(" + 1/{}", i * i - 1) } else { String::new() };
            format!("({})/{d}{integral}", sum((1..=d).map(|j| chebyshev(i, &format!("(2*x[{j}] - 1)")))))
        };
        (1..=d).map(row).collect()
    },
    minima: &[3.51687e-3],
};
/// T_k(y), by T_{a + b} = 2 T_a T_b - T_{a - b}.
fn chebyshev(k: usize, y: &str) -> String {
    match k {
        0 => "1".to_owned(),
        1 => y.to_owned(),
        _ if k.is_multiple_of(2) => format!("(2*{}^2 - 1)", chebyshev(k / 2, y)),
        _ => format!("(2*{}*{} - {y})", chebyshev(k / 2, y), chebyshev(k / 2 + 1, y)),
    }
}
