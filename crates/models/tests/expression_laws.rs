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
