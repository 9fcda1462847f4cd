//! Laws over a catalogue of formulas: right derivatives, and the same bits for a point whatever stands beside it.
mod expression_catalogue;
use expression_catalogue::CATALOGUE;
use num_dual::Dual64;
use steepest_core::{Batch, Potential, Workspace};
use steepest_kernels::{Level, with_level};
use steepest_models::{Closure, Expression, Model};

const POINTS: usize = 200;

/// `POINTS` points of R^3, component-major, from the additive recurrence of the plastic number.
fn points((low, high): (f64, f64)) -> Vec<f64> {
    let steps = [0.8191725133961645, 0.6710436067037893, 0.5497004779019703];
    let at = |j: usize, i: usize| low + (high - low) * (0.5 + steps[j] * (i + 1) as f64).fract();
    (0..3 * POINTS).map(|k| at(k / POINTS, k % POINTS)).collect()
}
fn expression(source: &str) -> Expression {
    Expression::parse_in(source, &[], &["x", "y", "z"].map(String::from)).unwrap_or_else(|e| panic!("{e}"))
}
/// Values and gradients, 4 columns of n.
fn evaluate(v: &impl Potential, n: usize, x: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; 4 * n];
    let (values, gradients) = out.split_at_mut(n);
    v.values_and_gradients(Batch { n, d: 3, x }, 1.0, values, gradients, &mut Workspace::default());
    out
}

#[test]
fn derivatives_equal_those_of_dual_numbers() {
    assert!(CATALOGUE.len() >= 40);
    for &(source, domain, f) in CATALOGUE {
        let x = points(domain);
        let got = evaluate(&expression(source), POINTS, &x);
        let expected = evaluate(&Closure::new(["x", "y", "z"], |x: &[Dual64]| f(x[0], x[1], x[2])), POINTS, &x);
        // Cancellation costs digits of the largest term: the scale of an error is that of the column.
        for (c, (got, expected)) in got.chunks(POINTS).zip(expected.chunks(POINTS)).enumerate() {
            let scale = expected.iter().fold(1e-3_f64, |scale, e| scale.max(e.abs()));
            for i in 0..POINTS {
                let error = (got[i] - expected[i]).abs();
                assert!(
                    error <= 1e-13 * expected[i].abs() + 3e-14 * scale,
                    "{source}: column {c} is {} and not {} at {:?}",
                    got[i],
                    expected[i],
                    [x[i], x[POINTS + i], x[2 * POINTS + i]]
                );
            }
        }
    }
}

#[test]
fn derivatives_equal_central_differences_where_there_are_no_dual_numbers() {
    let cases = [
        ("erf(x) + erf(-3*y)*z", (-2.0, 2.0)),
        ("lgamma(x) + digamma(y) + lgamma(x*y + z)", (0.3, 9.0)),
        ("lgamma(-x)", (0.1, 0.9)),
        ("exp(-x^4) + log1pexp(20*y)", (-2.0, 2.0)),
    ];
    for (source, domain) in cases {
        let (v, x, h) = (expression(source), points(domain), 1e-4);
        let at = evaluate(&v, POINTS, &x);
        for j in 0..3 {
            // fourth order: error 4 h^4 V'''''/120
            let moved = |steps: f64| {
                let mut x = x.clone();
                x[j * POINTS..(j + 1) * POINTS].iter_mut().for_each(|x| *x += steps * h);
                evaluate(&v, POINTS, &x)
            };
            let [a, b, c, d] = [-2.0, -1.0, 1.0, 2.0].map(moved);
            for i in 0..POINTS {
                let difference = (a[i] - 8.0 * b[i] + 8.0 * c[i] - d[i]) / (12.0 * h);
                let got = at[(j + 1) * POINTS + i];
                assert!(
                    (got - difference).abs() <= 1e-8 * (1.0 + got.abs()),
                    "{source}: d/d{j} is {got} and not {difference}"
                );
            }
        }
    }
}

#[test]
fn special_functions_have_their_known_values() {
    let known = [
        ("erf(x)", 0.5, 0.5204998778130465),
        ("erf(x)", 1.5, 0.9661051464753108),
        ("erf(x)", -3.0, -0.9999779095030014),
        ("lgamma(x)", 0.5, 0.5723649429247001),
        ("lgamma(x)", 10.5, 13.940625219403763),
        ("lgamma(x)", -1.5, 0.8600470153764811),
        ("lgamma(x)", 1e6, 12815504.569147611),
        ("digamma(x)", 1.0, -0.5772156649015329),
        ("digamma(x)", -0.5, 0.03648997397857652),
        ("atan(x)", 1.0, std::f64::consts::FRAC_PI_4),
        ("atan(x)", 1e300, std::f64::consts::FRAC_PI_2),
        ("x^y", 1.5, 1.5),
        ("1.0000001^(1e7*x)", 1.0, 2.7182816941320816),
    ];
    for (source, x, expected) in known {
        let got = evaluate(&expression(source), 1, &[x, 1.0, 0.0])[0];
        assert!(
            (got - expected).abs() <= 4e-15 * expected.abs().max(1.0),
            "{source} at {x} is {got} and not {expected}"
        );
    }
}

/// log(1 + e^x) and its slope.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}
fn logistic(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    (if x < 0.0 { e } else { 1.0 }) / (1.0 + e)
}
/// A text in x, its value, its slope, and what of either may be lost where terms of size 1 cancel.
type Far = (&'static str, fn(f64) -> f64, fn(f64) -> f64, f64);

/// On both sides, where forms that are right near 0 cancel or overflow: to 1e-14 of what is small, too.
#[test]
fn functions_are_right_far_from_zero() {
    let table: &[Far] = &[
        ("sinh(x)", f64::sinh, f64::cosh, 0.0),
        ("sinh(-x)", |x| -x.sinh(), |x| -x.cosh(), 0.0),
        ("cosh(x)", f64::cosh, f64::sinh, 1e-15),
        ("tanh(x)", f64::tanh, |x| x.cosh().recip().powi(2), 0.0),
        ("exp(x)", f64::exp, f64::exp, 0.0),
        ("expm1(x)", f64::exp_m1, f64::exp, 0.0),
        ("atan(x)", f64::atan, |x| (1.0 + x * x).recip(), 0.0),
        ("abs(x)", f64::abs, |x| if x == 0.0 { 0.0 } else { x.signum() }, 0.0),
        ("log1p(x^2)", |x| (x * x).ln_1p(), |x| 2.0 * x / (1.0 + x * x), 0.0),
        ("logistic(x)", logistic, |x| logistic(x) * logistic(-x), 0.0),
        ("log1pexp(x)", softplus, logistic, 0.0),
        ("log_sum_exp(x, 0)", softplus, logistic, 1e-15),
        ("log_sum_exp(0, -x) + x", softplus, logistic, 1e-13),
        ("logsumexp(x, -x)", |x| x.abs() + (-2.0 * x.abs()).exp().ln_1p(), f64::tanh, 1e-15),
        ("logsumexp(-x, 0, x)", of_three, slope_of_three, 3e-15),
    ];
    let mut x: Vec<f64> = (-80..=80).map(|i| 0.5 * f64::from(i)).collect();
    x.extend([-700.0, -300.0, -1e-3, 1e-9, 300.0, 700.0]);
    let n = x.len();
    let points = [x.clone(), vec![0.0; 2 * n]].concat();
    for (source, value, slope, lost) in table {
        let got = evaluate(&expression(source), n, &points);
        for (i, &x) in x.iter().enumerate() {
            for (what, got, expected) in [("", got[i], value(x)), ("slope of ", got[n + i], slope(x))] {
                assert!(
                    (got - expected).abs() <= 1e-14 * expected.abs() + lost,
                    "{what}{source} at {x} is {got} and not {expected}"
                );
            }
        }
    }
}
/// log(e^-x + 1 + e^x)
fn of_three(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    x.abs() + (e + e * e).ln_1p()
}
/// (e^x - e^-x)/(1 + e^x + e^-x)
fn slope_of_three(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    x.signum() * (1.0 - e * e) / (1.0 + e + e * e)
}

/// An event of probability 0 adds nothing to a mixture, in value and in slope, wherever it stands.
#[test]
fn an_impossible_term_adds_nothing() {
    let inf = f64::INFINITY;
    let half = 0.5 * std::f64::consts::TAU.ln();
    let table: &[(&str, [f64; 3], [f64; 4])] = &[
        // V, and its slopes in x, y and z
        (
            "log_mix(0.25, uniform_lpdf(x | 0, 1), normal_lpdf(x | y, 1))",
            [3.0, 1.0, 0.0],
            [0.75_f64.ln() - 2.0 - half, -2.0, 2.0, 0.0],
        ),
        (
            "log_mix(0.25, normal_lpdf(x | y, 1), exponential_lpdf(x | exp(z)))",
            [-1.0, 1.0, 0.5],
            [0.25_f64.ln() - 2.0 - half, 2.0, -2.0, 0.0],
        ),
        // The end of the one that is impossible moves.
        (
            "log_mix(0.25, uniform_lpdf(3 | 0, y), normal_lpdf(x | 0, 1))",
            [2.0, 2.0, 0.0],
            [0.75_f64.ln() - 2.0 - half, -2.0, 0.0, 0.0],
        ),
        (
            "log_mix(0.25, pareto_lpdf(x | y, 2), normal_lpdf(x | 0, 1))",
            [2.0, 2.5, 0.0],
            [0.75_f64.ln() - 2.0 - half, -2.0, 0.0, 0.0],
        ),
        ("log_sum_exp(log(where(x < 5, 0, y)), z)", [3.0, 1.0, 7.0], [7.0, 0.0, 0.0, 1.0]),
        ("log_sum_exp(z, log(where(x < 5, 0, y)), z - 50)", [3.0, 1.0, 7.0], [7.0, 0.0, 0.0, 1.0]),
        // None is possible.
        ("log_sum_exp(log(where(x < 5, 0, y)), log(where(x < 6, 0, z)))", [3.0, 1.0, 1.0], [-inf, 0.0, 0.0, 0.0]),
        // Small beside large: nothing of the small one is lost by way of the large one.
        ("log_sum_exp(x, y)", [1.0, -1e20, 0.0], [1.0, 1.0, 0.0, 0.0]),
        ("log_sum_exp(y, x)", [1.0, -1e20, 0.0], [1.0, 1.0, 0.0, 0.0]),
        // Equal terms share the slope.
        ("log_sum_exp(-(x - 1)^2, -(x + 1)^2)", [0.0, 0.0, 0.0], [2f64.ln() - 1.0, 0.0, 0.0, 0.0]),
        ("log_sum_exp(x, 2*y)", [2.0, 1.0, 0.0], [2.0 + 2f64.ln(), 0.5, 1.0, 0.0]),
    ];
    for (source, x, expected) in table {
        let got = evaluate(&expression(source), 1, x);
        for (got, expected) in got.iter().zip(expected) {
            let near = got == expected || (got - expected).abs() <= 1e-14;
            assert!(near, "{source} at {x:?}: {got} and not {expected}");
        }
    }
    let unknown = evaluate(&expression("log_sum_exp(log(x), 0)"), 1, &[-1.0, 0.0, 0.0])[0];
    assert!(unknown.is_nan(), "what is no number stays none: {unknown}");
}

#[test]
fn a_point_has_the_same_bits_in_any_company_and_on_any_processor() {
    for &(source, domain, _) in CATALOGUE {
        let (v, x) = (expression(source), points(domain));
        let bits = |out: &[f64]| out.iter().map(|x| x.to_bits()).collect::<Vec<u64>>();
        let whole = evaluate(&v, POINTS, &x);
        for n in [1, 7, 9, 17, 63, 64, 65] {
            let first = POINTS - n;
            let part: Vec<f64> = x.chunks(POINTS).flat_map(|column| column[first..].to_vec()).collect();
            let expected: Vec<f64> = whole.chunks(POINTS).flat_map(|column| column[first..].to_vec()).collect();
            assert_eq!(bits(&evaluate(&v, n, &part)), bits(&expected), "{source}: n = {n}");
        }
        for level in Level::available() {
            let again = with_level(level, || evaluate(&v, POINTS, &x));
            assert_eq!(bits(&again), bits(&whole), "{source}: {level:?}");
        }
        // the value alone, the gradient alone
        let (mut value, mut gradient, mut work) = (vec![0.0; POINTS], vec![0.0; 3 * POINTS], Workspace::default());
        let batch = Batch { n: POINTS, d: 3, x: &x };
        v.values(batch, 1.0, &mut value, &mut work);
        v.gradients(batch, 1.0, &mut gradient, &mut work);
        assert_eq!(bits(&[value, gradient].concat()), bits(&whole), "{source}: apart");
    }
}

#[test]
fn results_are_added_with_their_scale() {
    let v = expression("x^2 + y");
    let (mut value, mut gradient) = ([10.0], [1.0, 2.0, 3.0]);
    let batch = Batch { n: 1, d: 3, x: &[3.0, 5.0, 0.0] };
    v.values_and_gradients(batch, -2.0, &mut value, &mut gradient, &mut Workspace::default());
    assert_eq!((value, gradient), ([-18.0], [-11.0, 0.0, 3.0]));
    assert_eq!(v.dim(), 3);
}

#[test]
fn undefined_points_are_not_finite_and_leave_their_neighbours_alone() {
    let v = expression("log(x) + sqrt(y)");
    let x = [1.0, -1.0, 0.0, 4.0, 4.0, 4.0, 0.0, 0.0, 0.0];
    let out = evaluate(&v, 3, &x);
    assert_eq!(out[0], 2.0);
    assert!(out[1].is_nan());
    assert_eq!(out[2], f64::NEG_INFINITY);
    // an infinite wall, and a flat piece beside a vertical one
    assert_eq!(evaluate(&expression("1/max(x, 0)"), 1, &[-1.0, 0.0, 0.0])[0], f64::INFINITY);
    assert_eq!(evaluate(&expression("sqrt(max(x, 0))"), 1, &[-1.0, 0.0, 0.0])[1], 0.0);
}
