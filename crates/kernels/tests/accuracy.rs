//! The stated bounds of the elementary functions, against references in pairs of `f64`, and their special values.
mod reference;
use reference::{Pair, ulps};
use steepest_kernels::{pointwise, tape::Unary, uniforms};

const POINTS: usize = 6_000;

/// The worst error of f over random points of [low, high], in ulp, and where it is.
fn worst(low: f64, high: f64, f: fn(f64) -> f64, truth: impl Fn(f64) -> Pair) -> (f64, f64) {
    let mut x = vec![0.0; POINTS];
    uniforms(11, 0, 0, 0, &mut x);
    x.iter()
        .map(|u| low + u * (high - low))
        .map(|x| (ulps(f(x), truth(x)), x))
        .fold((0.0, 0.0), |a, b| if b.0 > a.0 { b } else { a })
}

fn check(name: &str, bound: f64, ranges: &[(f64, f64)], f: fn(f64) -> f64, truth: impl Fn(f64) -> Pair) {
    for &(low, high) in ranges {
        let (error, x) = worst(low, high, f, &truth);
        println!("{name} on [{low}, {high}]: {error:.3} ulp");
        assert!(error <= bound, "{name}({x:e}) is off by {error:.3} ulp, over {bound}");
    }
}

/// The exponential of slices, which has a table, of one number.
fn exp_of_slices(x: f64) -> f64 {
    let mut x = [x];
    steepest_kernels::exp(&mut x);
    x[0]
}

/// Powers of ten either side of one, so that every binade is met.
fn logarithmic(f: impl Fn(f64)) {
    let mut u = vec![0.0; POINTS];
    uniforms(12, 0, 0, 0, &mut u);
    u.iter().for_each(|u| f(10f64.powf(600.0 * (u - 0.5))));
}

#[test]
fn reference_reproduces_known_constants() {
    // Digits beyond the first double: e = 2.718281828459045 09..., so its tail is 1.4456468917292502e-16.
    let e = reference::exp(1.0.into());
    assert_eq!((e.0, e.1), (std::f64::consts::E, 1.4456468917292502e-16));
    let ln10 = reference::log(10.0.into());
    assert!(ln10.0 == std::f64::consts::LN_10 && (ln10.1 + 2.1707562233822494e-16).abs() < 1e-30);
    // sin(355) = -3.01443533594884492e-5: the reduction must keep the digits of pi past the first double.
    let s = reference::sin(355.0, 0);
    assert!((s.0 + 3.014435335948845e-5).abs() < 1e-20);
    assert!(ulps(2.0f64.sqrt(), reference::pow(2.0, 0.5)) < 0.5);
}

#[test]
fn exponential_family_keeps_its_bounds() {
    let wide = [(-1.0, 1.0), (-0.3466, 0.3466), (-40.0, 40.0), (-590.0, 590.0), (-1e-3, 1e-3)];
    check("exp", 1.1, &wide, pointwise::exp, |x| reference::exp(x.into()));
    check("exp of slices", 1.1, &wide, exp_of_slices, |x| reference::exp(x.into()));
    // On a tape the argument is itself rounded: log2 e there is its nearest number, which is off by 2^-55.4.
    for (low, high, bound) in [(-1.0, 1.0, 1.15), (-8.0, 8.0, 2.1), (-40.0, 40.0, 6.1), (-590.0, 590.0, 75.0)] {
        check("exp on a tape", bound, &[(low, high)], |x| Unary::Exp.apply(x), |x| reference::exp(x.into()));
    }
    check("expm1", 2.0, &wide, pointwise::expm1, |x| reference::expm1(x.into()));
    check("logistic", 2.5, &wide, pointwise::logistic, reference::logistic);
    check("log1p_exp", 2.0, &wide, pointwise::log1p_exp, reference::log1p_exp);
    check("tanh", 3.0, &[(-1.0, 1.0), (-1e-5, 1e-5), (-20.0, 20.0), (-250.0, 250.0)], pointwise::tanh, reference::tanh);
}

#[test]
fn logarithm_keeps_its_bound() {
    let ranges = [(0.5, 2.0), (0.9, 1.1), (0.999, 1.001), (0.69, 0.72), (1.4, 1.43), (1e-3, 1e3)];
    check("log", 1.0, &ranges, pointwise::log, |x| reference::log(x.into()));
    logarithmic(|x| assert!(ulps(pointwise::log(x), reference::log(x.into())) <= 1.0, "log({x:e})"));
}

#[test]
fn sine_and_cosine_keep_their_bounds() {
    let ranges = [(-0.8, 0.8), (-10.0, 10.0), (-1e3, 1e3), (-1e6, 1e6), (-1e9, 1e9), (-1e-5, 1e-5)];
    check("sin", 1.5, &ranges, pointwise::sin, |x| reference::sin(x, 0));
    check("cos", 1.5, &ranges, pointwise::cos, |x| reference::sin(x, 1));
    // Next to a zero all the reduction's digits count.
    for k in 1..2000 {
        let x = f64::from(k) * std::f64::consts::FRAC_PI_2;
        assert!(ulps(pointwise::sin(x), reference::sin(x, 0)) <= 1.0, "sin({x})");
        assert!(ulps(pointwise::cos(x), reference::sin(x, 1)) <= 1.0, "cos({x})");
    }
}

#[test]
fn power_keeps_its_bound() {
    let mut u = vec![0.0; 2 * POINTS];
    uniforms(13, 0, 0, 0, &mut u);
    let mut worst = 0.0f64;
    for (i, u) in u.as_chunks::<2>().0.iter().enumerate() {
        // Near one with large exponents, and all binades with small ones.
        let x = if i % 2 == 0 { 0.5 + u[0] } else { 10f64.powf(400.0 * (u[0] - 0.5)) };
        let y = (u[1] - 0.5) * (2.0 * 590.0 / x.ln().abs()).min(1e4);
        worst = worst.max(ulps(pointwise::pow(x, y), reference::pow(x, y)));
    }
    println!("pow: {worst:.3} ulp");
    assert!(worst <= 1.5);
    for (x, y) in [(3.0, 4.0), (-2.0, 3.0), (10.0, 22.0), (-7.0, -2.0), (0.25, -0.5), (1.5, 20.0)] {
        assert!((pointwise::pow(x, y) / f64::powf(x, y) - 1.0).abs() < 3e-16, "{x}^{y}");
    }
}

/// Equal bits, or both NaN.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}

#[test]
fn special_values_are_those_of_the_limits() {
    let (inf, nan, tiny) = (f64::INFINITY, f64::NAN, f64::from_bits(1));
    type Case = (&'static str, fn(f64) -> f64, Vec<(f64, f64)>);
    let cases: [Case; 9] = [
        (
            "exp",
            pointwise::exp,
            vec![
                (0.0, 1.0),
                (-0.0, 1.0),
                (inf, inf),
                (-inf, 0.0),
                (710.0, inf),
                (1e300, inf),
                (-745.2, 0.0),
                (-1e300, 0.0),
                (-745.0, tiny),
                (tiny, 1.0),
            ],
        ),
        (
            "expm1",
            pointwise::expm1,
            vec![(0.0, 0.0), (-0.0, -0.0), (inf, inf), (-inf, -1.0), (tiny, tiny), (-1e300, -1.0), (710.0, inf)],
        ),
        (
            "log",
            pointwise::log,
            vec![
                (1.0, 0.0),
                (0.0, -inf),
                (-0.0, -inf),
                (inf, inf),
                (-inf, nan),
                (-1.0, nan),
                (-tiny, nan),
                (tiny, tiny.ln()),
                (f64::MIN_POSITIVE, f64::MIN_POSITIVE.ln()),
                (f64::MAX, f64::MAX.ln()),
            ],
        ),
        (
            "log1p_exp",
            pointwise::log1p_exp,
            vec![(0.0, 2.0f64.ln()), (inf, inf), (-inf, 0.0), (1e300, 1e300), (-800.0, 0.0), (40.0, 40.0)],
        ),
        (
            "logistic",
            pointwise::logistic,
            vec![(0.0, 0.5), (-0.0, 0.5), (inf, 1.0), (-inf, 0.0), (1e300, 1.0), (-1e300, 0.0), (40.0, 1.0)],
        ),
        (
            "tanh",
            pointwise::tanh,
            vec![(0.0, 0.0), (-0.0, -0.0), (inf, 1.0), (-inf, -1.0), (tiny, tiny), (-1e300, -1.0)],
        ),
        ("sin", pointwise::sin, vec![(0.0, 0.0), (-0.0, -0.0), (inf, nan), (-inf, nan), (tiny, tiny)]),
        ("cos", pointwise::cos, vec![(0.0, 1.0), (-0.0, 1.0), (inf, nan), (-inf, nan), (tiny, 1.0)]),
        ("sqrt", f64::sqrt, vec![(4.0, 2.0), (-1.0, nan)]),
    ];
    for (name, f, values) in cases {
        assert!(f(nan).is_nan() && exp_of_slices(nan).is_nan(), "{name}(NaN)");
        for (x, y) in values {
            let slices = name != "exp" || same(exp_of_slices(x), y);
            assert!(slices && same(f(x), y), "{name}({x:e}) = {:e}, not {y:e}", f(x));
        }
    }
}

#[test]
fn subnormal_exponentials_are_rounded_once() {
    // e^x below the normal range, in units of its spacing 2^-1074: e^(x + 700) scaled by hand.
    for i in 0..350 {
        let x = -708.5 - 0.1 * f64::from(i);
        let truth =
            reference::exp(Pair(x + 600.0, x - ((x + 600.0) - 600.0))) * reference::exp((-600.0 + 500.0).into());
        let units = (truth.0 * 2.0f64.powi(537)) * (2.0f64.powi(537) * (-500.0f64).exp());
        for got in [pointwise::exp(x), exp_of_slices(x), Unary::Exp.apply(x)] {
            let got = got.to_bits() as f64;
            assert!((got - units).abs() <= 0.51 + 2e-15 * units * 100.0, "exp({x}): {got} against {units}");
        }
    }
}

#[test]
fn power_has_the_special_cases_of_ieee() {
    let values = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        2.0,
        -2.0,
        0.5,
        -0.5,
        3.0,
        -3.0,
        1e300,
        -1e300,
        9007199254740991.0,
        9007199254740993.0,
        4503599627370497.0,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        1e-310,
        -1e-310,
        f64::MAX,
    ];
    for x in values {
        for y in values {
            let (got, libm) = (pointwise::pow(x, y), f64::powf(x, y));
            let close = (got - libm).abs() <= 4e-16 * libm.abs() || same(got, libm);
            assert!(
                close && got.is_sign_negative() == libm.is_sign_negative() || got.is_nan() && libm.is_nan(),
                "{x:e}^{y:e} = {got:e}, libm {libm:e}"
            );
        }
    }
}
