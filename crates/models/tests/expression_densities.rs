//! The named densities: each integrates to one, has its mean, and survival functions are integrals of their densities.
//!
//! Quadrature is good to 1e-9 here, so an error of one in ten million in a constant or an argument dies.
use steepest_core::{Batch, Potential, Workspace};
use steepest_models::Expression;

/// exp(text) at values of y.
fn at(text: &str, y: &[f64]) -> Vec<f64> {
    log_at(text, y).iter().map(|x| x.exp()).collect()
}
/// The text at values of y, its only name.
fn log_at(text: &str, y: &[f64]) -> Vec<f64> {
    let expression = Expression::parse(text, &[]).unwrap_or_else(|error| panic!("{error}"));
    let mut out = vec![0.0; y.len()];
    expression.values(Batch { n: y.len(), d: 1, x: y }, 1.0, &mut out, &mut Workspace::default());
    out
}
/// The slope of a text in y.
fn slope_at(text: &str, y: f64) -> f64 {
    let expression = Expression::parse(text, &[]).unwrap_or_else(|error| panic!("{error}"));
    let mut out = [0.0];
    expression.gradients(Batch { n: 1, d: 1, x: &[y] }, 1.0, &mut out, &mut Workspace::default());
    out[0]
}
/// Nodes and weights on (low, high), either of which may be infinite: the tanh-sinh and sinh-sinh rules
/// [TrefethenWeideman2014, Sec. 14].
fn rule(low: f64, high: f64) -> (Vec<f64>, Vec<f64>) {
    let h = 1.0 / 64.0;
    let of = |k: i32| {
        let t = f64::from(k) * h;
        let (u, du) = (0.5 * std::f64::consts::PI * t.sinh(), 0.5 * std::f64::consts::PI * t.cosh());
        match (low.is_finite(), high.is_finite()) {
            (true, true) => {
                let half = 0.5 * (high - low);
                // from the nearer end, so that y stays inside
                let y = if u < 0.0 {
                    low + 2.0 * half / (1.0 + (-2.0 * u).exp())
                } else {
                    high - 2.0 * half / (1.0 + (2.0 * u).exp())
                };
                (y, h * half * du / u.cosh().powi(2))
            }
            (true, false) => (low + u.exp(), h * du * u.exp()),
            _ => (u.sinh(), h * du * u.cosh()),
        }
    };
    (-260..=260).map(of).filter(|(y, w)| y.is_finite() && w.is_finite() && *y > low && *y < high).unzip()
}
fn integral(text: &str, low: f64, high: f64, of: impl Fn(f64) -> f64) -> f64 {
    let (y, w) = rule(low, high);
    let density = at(text, &y);
    y.iter().zip(w).zip(density).filter(|((_, _), p)| *p > 0.0).map(|((y, w), p)| of(*y) * p * w).sum()
}

const INF: f64 = f64::INFINITY;
const EULER: f64 = 0.5772156649015329;

#[test]
fn densities_integrate_to_one_and_have_their_means() {
    let table: &[(&str, f64, f64, f64)] = &[
        ("normal_lpdf(y | 0.3, 1.7)", -INF, INF, 0.3),
        ("std_normal_lpdf(y)", -INF, INF, 0.0),
        ("student_t_lpdf(y, 5, 0.3, 1.7)", -INF, INF, 0.3),
        ("logistic_lpdf(y, 0.3, 1.7)", -INF, INF, 0.3),
        ("gumbel_lpdf(y, 0.3, 1.7)", -INF, INF, 0.3 + EULER * 1.7),
        ("lognormal_lpdf(y, 0.3, 0.7)", 0.0, INF, (0.3_f64 + 0.245).exp()),
        ("exponential_lpdf(y, 1.7)", 0.0, INF, 1.0 / 1.7),
        ("gamma_lpdf(y, 2.5, 1.7)", 0.0, INF, 2.5 / 1.7),
        ("inv_gamma_lpdf(y, 3.5, 1.7)", 0.0, INF, 1.7 / 2.5),
        ("weibull_lpdf(y, 2, 1.7)", 0.0, INF, 1.7 * std::f64::consts::PI.sqrt() / 2.0),
        (
            "loglogistic_lpdf(y, 1.7, 4)",
            0.0,
            INF,
            1.7 * std::f64::consts::FRAC_PI_4 / std::f64::consts::FRAC_PI_4.sin(),
        ),
        ("rayleigh_lpdf(y, 1.7)", 0.0, INF, 1.7 * (0.5 * std::f64::consts::PI).sqrt()),
        ("pareto_lpdf(y, 1.7, 3.5)", 1.7, INF, 3.5 * 1.7 / 2.5),
        ("half_normal_lpdf(y, 1.7)", 0.0, INF, 1.7 * (2.0 / std::f64::consts::PI).sqrt()),
        ("half_student_t_lpdf(y, 5, 1)", 0.0, INF, 2.0 * 5f64.sqrt() / (4.0 * 0.375 * std::f64::consts::PI)), // B(5/2, 1/2) = 3 pi/8
        ("beta_lpdf(y, 2.5, 1.7)", 0.0, 1.0, 2.5 / 4.2),
        ("beta_proportion_lpdf(y, 0.3, 5)", 0.0, 1.0, 0.3),
        ("uniform_lpdf(y, -0.5, 2)", -0.5, 2.0, 0.75),
    ];
    for (text, low, high, mean) in table {
        let (total, first) = (integral(text, *low, *high, |_| 1.0), integral(text, *low, *high, |y| y));
        assert!((total - 1.0).abs() < 1e-9, "{text}: {total}");
        assert!((first - mean).abs() < 1e-7 * mean.abs().max(1.0), "{text}: mean {first} and not {mean}");
    }
    // a kink: one half
    let text = "double_exponential_lpdf(y, 0.3, 1.7)";
    let (total, first) = (integral(text, 0.3, INF, |_| 1.0), integral(text, 0.3, INF, |y| y));
    assert!((total - 0.5).abs() < 1e-9 && (first - 1.0).abs() < 1e-9, "{text}: {total}, {first}");
    assert!((integral("cauchy_lpdf(y, 0.3, 1.7)", -INF, INF, |_| 1.0) - 1.0).abs() < 1e-9);
    assert!((integral("half_cauchy_lpdf(y, 1.7)", 0.0, INF, |_| 1.0) - 1.0).abs() < 1e-9);
}

/// Beyond its ends a law has the density 0, with slopes that are numbers; at a number that is none it has none. Inside, being cut
/// off changes no bit: a formula that is written out is the same.
#[test]
fn no_law_has_a_density_beyond_its_ends() {
    let table: &[(&str, f64, f64)] = &[
        ("lognormal_lpdf(y, 0.3, 0.7)", 0.0, INF),
        ("exponential_lpdf(y, 1.7)", 0.0, INF),
        ("gamma_lpdf(y, 2.5, 1.7)", 0.0, INF),
        ("gamma_lpdf(y, 0.5, 1.7)", 0.0, INF),
        ("inv_gamma_lpdf(y, 3.5, 1.7)", 0.0, INF),
        ("weibull_lpdf(y, 2, 1.7)", 0.0, INF),
        ("loglogistic_lpdf(y, 1.7, 4)", 0.0, INF),
        ("rayleigh_lpdf(y, 1.7)", 0.0, INF),
        ("pareto_lpdf(y, 1.7, 3.5)", 1.7, INF),
        ("half_normal_lpdf(y, 1.7)", 0.0, INF),
        ("half_student_t_lpdf(y, 5, 1)", 0.0, INF),
        ("half_cauchy_lpdf(y, 1.7)", 0.0, INF),
        ("beta_lpdf(y, 2.5, 1.7)", 0.0, 1.0),
        ("beta_lpdf(y, 0.5, 0.7)", 0.0, 1.0),
        ("beta_proportion_lpdf(y, 0.3, 5)", 0.0, 1.0),
        ("dirichlet_lpdf(y, 2.5)", 0.0, 1.0),
        ("uniform_lpdf(y, -0.5, 2)", -0.5, 2.0),
    ];
    for (text, low, high) in table {
        let outside: Vec<f64> = [1e-9_f64, 0.5, 3.0, 1e9].iter().flat_map(|by| [low - by, high + by]).collect();
        let outside: Vec<f64> = outside.into_iter().filter(|y| y.is_finite()).collect();
        assert_eq!(outside.len(), if high.is_finite() { 8 } else { 4 });
        assert!(at(text, &outside).iter().all(|p| *p == 0.0), "{text}: {:?}", at(text, &outside));
        let inside = [0.1_f64, 0.25, 0.5, 0.75].map(|share| low + share * (high - low).min(4.0));
        assert!(at(text, &inside).iter().all(|p| *p > 0.0), "{text}: {:?}", at(text, &inside));
        let v = Expression::parse(text, &[]).unwrap();
        let (mut slopes, n) = (vec![0.0; outside.len()], outside.len());
        v.gradients(Batch { n, d: 1, x: &outside }, 1.0, &mut slopes, &mut Workspace::default());
        assert!(slopes.iter().all(|slope| slope.is_finite()), "{text}: {slopes:?}");
        let nowhere = at(&text.replace("(y", "(sqrt(y)"), &[-1.0])[0];
        assert!(nowhere.is_nan() || text.starts_with("uniform"), "{text}: {nowhere}");
    }
    let y = [1e-300, 0.3, 0.999, 7.5];
    let exponential = at("log(1.7) - 1.7*y", &y);
    assert_eq!(at("exponential_lpdf(y, 1.7)", &y), exponential);
    // A coordinate as a factor has its slope at 0 too, so that nothing is masked there: beyond the end the product is no number. (That a
    // column of 0 says that a row is not asked is in `rows_laws`.)
    let read = |text: &str| Expression::parse_in(text, &[], &["d", "y"].map(String::from)).unwrap();
    let value = |text: &str, x: [f64; 2]| {
        let mut out = [0.0];
        read(text).values(Batch { n: 1, d: 2, x: &x }, 1.0, &mut out, &mut Workspace::default());
        out[0]
    };
    let mut slopes = [0.0; 2];
    let weighted = read("d*exponential_lpdf(y | 2)");
    weighted.gradients(Batch { n: 1, d: 2, x: &[0.0, 1.5] }, 1.0, &mut slopes, &mut Workspace::default());
    assert!((slopes[0] - (2f64.ln() - 3.0)).abs() < 1e-14 && slopes[1] == 0.0, "{slopes:?}");
    for text in ["d*exponential_lpdf(y - 1 | 2) + 3", "3 + (exponential_lpdf(y - 1 | 2) + 7)*d"] {
        assert!(value(text, [0.0, 0.5]).is_nan(), "{text}");
        assert_eq!(value(text, [1.0, 0.5]), -INF, "{text}");
        assert!(value(text, [1.0, 1.5]).is_finite() && value(text, [f64::NAN, 0.5]).is_nan(), "{text}");
    }
}

/// Values in 60 digits. Of numbers in the millions a difference keeps few: it was off by 2e-3 at phi = 1e12, by 6e-7 at nu = 1e10.
#[test]
fn large_parameters_lose_no_digits() {
    let table: &[(&str, f64, f64)] = &[
        ("log_rising_factorial(y, 2.5)", 0.3, -0.579_095_202_830_328_7),
        ("log_rising_factorial(y, 4)", 19.999, 12.266_604_824_348_776),
        ("log_rising_factorial(y, 4)", 20.0, 12.266_791_380_564_88),
        ("log_rising_factorial(y, 4)", 20.001, 12.266_977_928_056_935),
        ("log_rising_factorial(25, y)", 0.5, 1.604_438_245_607_627_6),
        ("log_rising_factorial(y, 7)", 1e3, 48.375_241_599_308_64),
        ("log_rising_factorial(1e6, y)", 0.5, 6.907_755_153_982_137),
        ("log_rising_factorial(y, 5)", 1e12, 138.155_105_579_652_74),
        ("log_rising_factorial(y, 3)", 1e15, 103.616_329_184_732_06),
        ("log_rising_factorial(30, y)", 1e6, 12_815_847.777_860_379),
        ("neg_binomial_2_lpmf(0 | 5, y)", 1e12, -4.999_999_999_987_5),
        ("neg_binomial_2_lpmf(3 | 5, y)", 1e12, -1.963_445_731_925_253_9),
        ("neg_binomial_2_lpmf(8 | 5, y)", 1e7, -2.729_099_553_272_564),
        ("neg_binomial_2_log_lpmf(8 | log(5), y)", 1e7, -2.729_099_553_272_564),
        ("neg_binomial_2_lpmf(3 | 5, y)", 4.0, -2.011_348_586_017_681),
        ("neg_binomial_2_lpmf(40 | 5, y)", 19.5, -33.709_236_621_224_57),
        ("neg_binomial_2_lpmf(40 | 5, y)", 20.5, -34.217_042_548_571_91),
        ("student_t_lpdf(1.5 | y, 0, 1)", 1e10, -2.043_938_533_215_61),
        ("student_t_lpdf(1.5 | y, 0, 1)", 1e15, -2.043_938_533_204_673),
        ("student_t_lpdf(3 | y, 0, 1)", 5.0, -4.057_477_840_598_199),
        ("student_t_lpdf(3 | y, 0, 1)", 39.9, -5.084_755_476_272_995),
        ("student_t_lpdf(3 | y, 0, 1)", 40.1, -5.086_191_796_495_31),
    ];
    for (text, y, expected) in table {
        let found = log_at(text, &[*y])[0];
        let bound = 1e-12 * expected.abs().max(1.0);
        assert!((found - expected).abs() < bound, "{text} at {y} is {found:?} and not {expected:?}");
    }
    // ((y - mu)^2 - y)/(2 phi^2) and less: 5e-25, where differences of digamma functions leave 4e-15
    let slope = slope_at("neg_binomial_2_lpmf(3 | 5, y)", 1e12);
    assert!(slope.abs() < 1e-21, "{slope:?}");
}

/// At its end a density of exponent 0 has a value and a slope: 0 log 0 is 0 where the factor is 0 whatever stands there.
#[test]
fn laws_with_a_value_at_their_end_have_it() {
    let table: &[(&str, f64, f64)] = &[
        ("gamma_lpdf(y | 1, 2)", 0.0, 2f64.ln()),
        ("weibull_lpdf(y | 1, 2)", 0.0, -(2f64.ln())),
        ("weibull_lccdf(y | 1, 2)", 0.0, 0.0),
        ("weibull_lccdf(y | 1, 2)", 3.0, -1.5),
        ("loglogistic_lpdf(y | 2, 1)", 0.0, -(2f64.ln())),
        ("loglogistic_lpdf(y | 2, 1)", 3.0, -(2f64.ln()) - 2.0 * 2.5_f64.ln()),
        ("loglogistic_lccdf(y | 2, 1)", 3.0, -(2.5_f64.ln())),
        ("beta_lpdf(y | 1, 3)", 0.0, 3f64.ln()),
        ("beta_lpdf(y | 2, 1)", 1.0, 2f64.ln()),
        ("gamma_lpdf(0 | 1, y)", 2.0, 2f64.ln()),
        ("weibull_lpdf(0 | 1, y)", 2.0, -(2f64.ln())),
        ("beta_lpdf(0 | 1, y)", 3.0, 3f64.ln()),
        ("beta_lpdf(1 | y, 1)", 3.0, 3f64.ln()),
    ];
    for (text, y, expected) in table {
        let found = log_at(text, &[*y])[0];
        assert!((found - expected).abs() < 5e-14, "{text} at {y} is {found:?} and not {expected:?}");
    }
    for (text, expected) in [
        ("gamma_lpdf(y | 1, 2)", -2.0),
        ("weibull_lpdf(y | 1, 2)", -0.5),
        ("loglogistic_lpdf(y | 2, 1)", -1.0),
        ("beta_lpdf(y | 1, 3)", -2.0),
    ] {
        let found = slope_at(text, 0.0);
        assert!((found - expected).abs() < 1e-14, "{text} has the slope {found:?} at 0 and not {expected:?}");
    }
}

#[test]
fn probabilities_add_to_one_and_have_their_means() {
    let table = [
        ("poisson_lpmf(y, 3.5)", 3.5),
        ("poisson_log_lpmf(y, 0.7)", 0.7_f64.exp()),
        ("neg_binomial_2_lpmf(y, 3.5, 4)", 3.5),
        ("neg_binomial_2_log_lpmf(y, 0.7, 4)", 0.7_f64.exp()),
        ("binomial_lpmf(y, 9, 0.3)", 2.7),
        ("binomial_logit_lpmf(y, 9, 0.3)", 9.0 / (1.0 + (-0.3_f64).exp())),
        ("bernoulli_lpmf(y, 0.3)", 0.3),
        ("bernoulli_logit_lpmf(y, 0.3)", 1.0 / (1.0 + (-0.3_f64).exp())),
    ];
    for (text, mean) in table {
        let most = if text.contains('9') {
            9
        } else if text.starts_with("bern") {
            1
        } else {
            200
        };
        let y: Vec<f64> = (0..=most).map(f64::from).collect();
        let p = at(text, &y);
        let (total, first) = (p.iter().sum::<f64>(), p.iter().zip(&y).map(|(p, y)| p * y).sum::<f64>());
        assert!((total - 1.0).abs() < 1e-12 && (first - mean).abs() < 1e-11, "{text}: {total}, mean {first}");
    }
}

#[test]
fn survival_functions_are_integrals_of_their_densities() {
    let table = [("exponential", "0.6"), ("weibull", "1.5, 2"), ("logistic", "0.3, 1.7"), ("loglogistic", "1.7, 4")];
    for (law, arguments) in table {
        for from in [0.2, 1.0, 3.0] {
            let found = at(&format!("{law}_lccdf(y, {arguments})"), &[from])[0];
            let expected = integral(&format!("{law}_lpdf(y, {arguments})"), from, INF, |_| 1.0);
            assert!((found - expected).abs() < 1e-9, "{law} beyond {from}: {found} and not {expected}");
        }
    }
}

#[test]
fn choices_and_mixtures_mean_what_they_say() {
    let value = |text: &str| at(&format!("{text} + 0*y"), &[1.0])[0].ln();
    for (text, expected) in [
        ("where(y < 1, 2, 3)", 3.0),
        ("where(y <= 1, 2, 3)", 2.0),
        ("where(y > 1, 2, 3)", 3.0),
        ("where(y >= 1, 2, 3)", 2.0),
        ("where(y == 1, 2, 3)", 2.0),
        ("where(y != 1, 2, 3)", 3.0),
        ("where(y == 2, 2, y + 4)", 5.0),
        ("where(2 != 2, 2, 3)", 3.0),
        ("log_mix(0.25, 0, log(3))", 2.5_f64.ln()),
        ("log_sum_exp(0, log(2), log(4))", 7_f64.ln()),
    ] {
        assert!((value(text) - expected).abs() < 1e-14, "{text}: {}", value(text));
    }
}
