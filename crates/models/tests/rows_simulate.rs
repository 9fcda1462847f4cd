//! Responses and parameters drawn by a row model: each named law against its own density, lags, priors, and what cannot be drawn.
use steepest_core::Batch;
use steepest_models::{Likelihood, Model, Observations, Rows, RowsError, RowsOptions, Table};

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect()
}
fn options(ll: &str, parameters: &[(&str, &str)], priors: &[(&str, &str)]) -> RowsOptions {
    RowsOptions {
        likelihood: Likelihood::Ll(ll.into()),
        parameters: pairs(parameters),
        priors: pairs(priors),
        response: Some("y".into()),
        ..RowsOptions::default()
    }
}
fn numbers(columns: &[(&str, &[f64])]) -> Table {
    Table::from_columns(columns.iter().map(|(name, x)| (*name, x.to_vec()))).unwrap()
}
fn shares(draws: &[f64], at: f64) -> (f64, f64) {
    let n = draws.len() as f64;
    (draws.iter().filter(|x| **x < at).count() as f64 / n, draws.iter().filter(|x| **x == at).count() as f64 / n)
}

/// 20,000 draws: a share of them is known to 0.0035 at most, so with 4.5 standard errors a probability that is wrong by 0.016
/// dies; of a normal's sd that is an error of 4 % at a standard deviation.
const DRAWS: usize = 20_000;

#[test]
fn draws_have_the_densities_of_their_names() {
    // The law, and where the density is all but nothing outside; counts step by one.
    let laws: &[(&str, f64, f64)] = &[
        ("normal(0.3*a, 1.7)", -10.0, 11.0),
        ("std_normal()", -8.0, 8.0),
        ("student_t(6, 0.3, 0.7*a)", -60.0, 60.0),
        ("cauchy(0.3, 0.1)", -400.0, 400.0),
        ("logistic(0.3, 0.7)", -30.0, 30.0),
        ("gumbel(0.3, 0.7)", -5.0, 25.0),
        ("double_exponential(0.3, 0.7)", -30.0, 30.0),
        ("lognormal(0.3, 0.5*a)", 0.0, 30.0),
        ("exponential(1.7*a)", 0.0, 15.0),
        ("gamma(2.5, 1.7)", 0.0, 20.0),
        ("inv_gamma(4.5, 1.7)", 0.0, 60.0),
        ("weibull(1.8, 1.7)", 0.0, 15.0),
        ("loglogistic(1.2, 5)", 0.0, 120.0),
        ("rayleigh(0.8)", 0.0, 9.0),
        ("pareto(1.5, 6)", 1.5, 60.0),
        ("half_normal(1.3)", 0.0, 12.0),
        ("half_student_t(6, 1.3)", 0.0, 90.0),
        ("half_cauchy(0.1)", 0.0, 400.0),
        ("beta(2.5, 1.4)", 0.0, 1.0),
        ("beta_proportion(0.3, 6)", 0.0, 1.0),
        ("uniform(-0.5, 1.5*a)", -0.5, 1.5),
        ("mix(0.3*a, normal(-1, 0.5), gamma(2, 3))", -6.0, 14.0),
        ("bernoulli(0.3*a)", 0.0, 1.0),
        ("bernoulli_logit(0.7)", 0.0, 1.0),
        ("binomial(9, 0.3)", 0.0, 9.0),
        ("binomial_logit(9, 0.7)", 0.0, 9.0),
        ("poisson(3.4*a)", 0.0, 40.0),
        ("poisson_log(2.2)", 0.0, 60.0),
        ("neg_binomial_2(4.2, 1.6)", 0.0, 150.0),
        ("neg_binomial_2_log(1.1, 2.6)", 0.0, 150.0),
    ];
    for &(law, low, high) in laws {
        let name = law.split('(').next().unwrap();
        let counts = ["bernoulli", "binomial", "poisson", "neg_"].iter().any(|start| name.starts_with(start));
        let cells = if counts { (high - low) as usize } else { 40_000 };
        let step = (high - low) / cells as f64;
        let grid: Vec<f64> = if counts {
            (0..=cells).map(|i| low + i as f64).collect()
        } else {
            (0..cells).map(|i| low + (i as f64 + 0.5) * step).collect()
        };
        let density = |law: &str| {
            let (name, arguments) = law.split_once('(').unwrap();
            let kind = if counts { "lpmf" } else { "lpdf" };
            format!("{name}_{kind}(y{}{arguments}", if arguments == ")" { "" } else { " | " })
        };
        let ll = match law.strip_prefix("mix(0.3*a, ") {
            Some(_) => {
                // Half of the grid is impossible under the second.
                "log_mix(0.3*a, normal_lpdf(y, -1, 0.5), gamma_lpdf(y, 2, 3))".to_owned()
            }
            None => density(law),
        };
        // Multiplied by one, so that it is no longer a named density, and the law is the one that is stated.
        let options =
            RowsOptions { simulate: Some(law.into()), ..options(&format!("{ll} + 0*a"), &[("a", "real")], &[]) };
        let model = match Rows::new(&numbers(&[("y", &grid)]), &options) {
            Ok(model) => model,
            Err(error) => panic!("{law}: {error}"),
        };
        let rows = model.observations().unwrap();
        let mut ln = vec![0.0; grid.len()];
        rows.log_likelihood(0..grid.len(), Batch { n: 1, d: 1, x: &[1.0] }, &mut ln);
        let mass: Vec<f64> = ln.iter().map(|ln| ln.exp() * if counts { 1.0 } else { step }).collect();
        let total: f64 = mass.iter().sum();
        assert!((total - 1.0).abs() < 2e-3, "{law}: the density adds up to {total}");
        let (theta, mut draws) = (vec![1.0; DRAWS], vec![0.0; DRAWS]);
        rows.replicate(1..2, 17, 0, Batch { n: DRAWS, d: 1, x: &theta }, &mut draws);
        if counts {
            assert!(draws.iter().all(|y| y.fract() == 0.0), "{law}");
        }
        let mut below = 0.0;
        for (i, mass) in mass.iter().enumerate() {
            let end = if counts { grid[i] } else { grid[i] + 0.5 * step };
            let tested = counts || (i + 1).is_multiple_of(cells / 400);
            let error = (below * (1.0_f64 - below)).max(0.0).sqrt() / (DRAWS as f64).sqrt() + 1e-4;
            if counts {
                let (found, equal) = shares(&draws, end);
                let of = (mass * (1.0 - mass)).max(0.0).sqrt() / (DRAWS as f64).sqrt() + 1e-4;
                assert!((equal - mass).abs() < 4.5 * of, "{law}: {equal} of draws are {end}, and not {mass}");
                assert!((found - below).abs() < 4.5 * error, "{law}: {found} of draws below {end}, and not {below}");
                below += mass;
            } else {
                below += mass;
                if tested {
                    let error = (below * (1.0 - below)).max(0.0).sqrt() / (DRAWS as f64).sqrt() + 2.5e-3;
                    let found = shares(&draws, end).0;
                    assert!(
                        (found - below).abs() < 4.5 * error,
                        "{law}: {found} of draws below {end}, and not {below}"
                    );
                }
            }
        }
    }
}

/// y_t = c + b y_{t-1} + s z from y_0 = 4: mean c (1 - b^t)/(1 - b) + b^t y_0, variance s^2 (1 - b^{2t})/(1 - b^2). One step ahead,
/// the mean is c + b y_{t-1} as observed. A b that is wrong by 1 % moves the mean of row 5 by seven standard errors.
#[test]
fn a_lag_within_a_group_reads_the_replicate_of_that_group() {
    // Two series that take turns, all but without noise: what is above in the table is another series.
    let (y, g) = ([8.0, 100.0, 3.0, 90.0, 2.0, 70.0, 1.0], [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0]);
    let ar = options("normal_lpdf(y | b*y[-1], 1e-9)", &[("b", "real")], &[("b", "normal(0, 1)")]);
    let ar = RowsOptions { within: Some("g".into()), ..ar };
    let model = Rows::new(&numbers(&[("y", &y), ("g", &g)]), &ar).unwrap();
    let rows = model.observations().unwrap();
    let (mut whole, mut ahead) = ([0.0; 5], [0.0; 5]);
    let theta = Batch { n: 1, d: 1, x: &[0.5] };
    rows.replicate(0..5, 1, 0, theta, &mut whole);
    rows.one_step(0..5, 1, 0, theta, &mut ahead);
    for (found, truth) in [(whole, [4.0, 50.0, 2.0, 25.0, 12.5]), (ahead, [4.0, 50.0, 1.5, 45.0, 35.0])] {
        assert!(found.iter().zip(truth).all(|(a, b)| (a - b).abs() < 1e-7), "{found:?}, and not {truth:?}");
    }
}

#[test]
fn a_lag_reads_the_replicate_above() {
    let y = [4.0, -1.0, 0.5, 2.0, 1.0, 3.0, 0.0];
    let (c, b, s) = (0.5, 0.8, 0.7);
    let ar = options(
        "normal_lpdf(y | c + b*y[-1], s)",
        &[("c", "real"), ("b", "real"), ("s", "positive")],
        &[("c", "normal(0, 1)"), ("b", "normal(0, 1)"), ("s", "half_normal(1)")],
    );
    let model = Rows::new(&numbers(&[("y", &y)]), &ar).unwrap();
    let rows = model.observations().unwrap();
    assert!(rows.drawable() && rows.sequential() && rows.rows() == 6 && rows.place(0) == 1);
    let n = 40_000;
    let theta: Vec<f64> = [c, b, s].iter().flat_map(|x| vec![*x; n]).collect();
    let theta = Batch { n, d: 3, x: &theta };
    let (mut whole, mut ahead, mut part) = (vec![0.0; 6 * n], vec![0.0; 6 * n], vec![0.0; 2 * n]);
    rows.replicate(0..6, 9, 0, theta, &mut whole);
    rows.one_step(0..6, 9, 0, theta, &mut ahead);
    rows.replicate(3..5, 9, 0, theta, &mut part);
    assert_eq!(part, whole[3 * n..5 * n], "rows further up are drawn first");
    for t in 1..=6_usize {
        let power = f64::powi(b, t as i32);
        let check = |draws: &[f64], mean: f64, variance: f64, what: &str| {
            let found = draws.iter().sum::<f64>() / n as f64;
            let spread = draws.iter().map(|y| (y - found).powi(2)).sum::<f64>() / (n as f64 - 1.0);
            assert!(
                (found - mean).abs() < 4.5 * (variance / n as f64).sqrt(),
                "{what} {t}: mean {found}, and not {mean}"
            );
            let error = (2.0 / n as f64).sqrt();
            assert!((spread / variance - 1.0).abs() < 4.5 * error, "{what} {t}: variance {spread}, and not {variance}");
        };
        let mean = c * (1.0 - power) / (1.0 - b) + power * y[0];
        check(&whole[(t - 1) * n..t * n], mean, s * s * (1.0 - power * power) / (1.0 - b * b), "row");
        check(&ahead[(t - 1) * n..t * n], c + b * y[t - 1], s * s, "ahead of row");
    }
}

/// 20,000 draws from the prior: quantiles of each parameter in its domain, and a pair's order.
#[test]
fn parameters_are_drawn_from_their_laws_in_their_domains() {
    let parameters = [
        ("tau", "positive"),
        ("m", "real"),
        ("z", "real(2)"),
        ("cut", "ordered(3)"),
        ("p", "bounded(0, 0.5)"),
        ("share", "simplex(3)"),
    ];
    let priors = [
        ("tau", "normal(0, 2)"),
        ("m", "normal(3, tau)"),
        ("z", "student_t(5, m, 1)"),
        ("cut", "normal(0, 1)"),
        ("share", "dirichlet(2)"),
    ];
    let ll = "normal_lpdf(y | m + z[1] + z[2] + cut[1]*p + share[1], tau)";
    let model = Rows::new(&numbers(&[("y", &[1.0, 2.0])]), &options(ll, &parameters, &priors)).unwrap();
    let names = model.names();
    let at = |name: &str| names.iter().position(|n| n == name).unwrap();
    let mut draws: Vec<Vec<f64>> = vec![Vec::new(); names.len()];
    let mut out = vec![0.0; names.len()];
    for i in 0..DRAWS {
        model.draw_prior(5, i as u64, &mut out).unwrap();
        draws.iter_mut().zip(&out).for_each(|(column, x)| column.push(*x));
    }
    let column = |name: &str| &draws[at(name)];
    let share = |what: &str, x: &[f64], at: f64, expected: f64| {
        let (found, error) = (shares(x, at).0, (expected * (1.0 - expected) / DRAWS as f64).sqrt());
        assert!((found - expected).abs() < 4.5 * error, "{what}: {found} below {at}, and not {expected}");
    };
    // half of N(0, 2) is below 2 x 0.67449, and a uniform's below its middle
    share("tau", column("tau"), 2.0 * 0.674_489_75, 0.5);
    share("p", column("p"), 0.1, 0.2);
    let standard: Vec<f64> = column("m").iter().zip(column("tau")).map(|(m, tau)| (m - 3.0) / tau).collect();
    share("m", &standard, 1.0, 0.841_344_75);
    let z: Vec<f64> = column("z[2]").iter().zip(column("m")).map(|(z, m)| z - m).collect();
    share("z", &z, 0.726_686_84, 0.75);
    // the largest of three normals is below 1 with probability 0.8413^3
    share("cut", column("cut[3]"), 1.0, 0.841_344_75_f64.powi(3));
    share("cut", column("cut[1]"), 1.0, 1.0 - 0.158_655_25_f64.powi(3));
    assert!((0..DRAWS).all(|i| column("cut[1]")[i] < column("cut[2]")[i]));
    // of dirichlet(2, 2, 2) one share is beta(2, 4): P(x < 0.3) = 1 - 0.7^5 - 5 0.3 0.7^4
    share("share", column("share[2]"), 0.3, 1.0 - 0.7_f64.powi(5) - 1.5 * 0.7_f64.powi(4));
}

/// Gamma variates of such shapes are mostly 0 as numbers, and 0/0 is no share. One share of the three has nearly all, each as often.
#[test]
fn shares_of_small_concentration_are_drawn() {
    let options = options("normal_lpdf(y | share[1], 1)", &[("share", "simplex(3)")], &[("share", "dirichlet(0.001)")]);
    let model = Rows::new(&numbers(&[("y", &[1.0, 2.0])]), &options).unwrap();
    let (mut mean, mut out) = ([0.0; 3], [0.0; 3]);
    for i in 0..2000 {
        model.draw_prior(5, i, &mut out).unwrap();
        assert!((out.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{out:?}");
        mean.iter_mut().zip(out).for_each(|(mean, x)| *mean += x / 2000.0);
    }
    // sd of each share: sqrt(2/9)
    assert!(mean.iter().all(|x| (x - 1.0 / 3.0).abs() < 4.5 * (2.0 / 9.0 / 2000.0_f64).sqrt()), "{mean:?}");
}

fn refused(options: &RowsOptions) -> String {
    let table = numbers(&[("y", &[1.0, 2.0, 3.0]), ("t", &[1.0, 2.0, 4.0])]);
    let model = Rows::new(&table, options).unwrap_or_else(|error| panic!("{error}"));
    let mut out = vec![0.0; model.names().len()];
    model.draw_prior(1, 1, &mut out).unwrap_err().to_string()
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let (ll, two) = ("normal_lpdf(y | a*t, s)", [("a", "real"), ("s", "positive")]);
    let with = |priors: &[(&str, &str)]| options(ll, &two, priors);
    let flat = refused(&with(&[("a", "normal(0, 1)")]));
    assert!(flat.contains("the prior of `s` is flat"), "{flat}");
    let joint = RowsOptions { prior: Some("0.5*a^2 + s".into()), ..with(&[]) };
    assert!(refused(&joint).contains("does not say how to draw from it"));
    let moving = refused(&with(&[("a", "normal(0, 1)"), ("s", "normal(0, exp(a))")]));
    assert!(moving.contains("depends on other parameters"), "{moving}");
    let round = refused(&with(&[("a", "normal(0, s)"), ("s", "half_normal(exp(a))")]));
    assert!(round.contains("depends on itself"), "{round}");
    let never = refused(&with(&[("a", "normal(0, 1)"), ("s", "normal(-90, 1)")]));
    assert!(never.contains("none of 10000 draws"), "{never}");
    let table = numbers(&[("y", &[1.0, 2.0, 3.0]), ("t", &[1.0, 2.0, 4.0])]);
    let plain = options("-0.5*((y - a*t)/s)^2 - log(s)", &two, &[]);
    assert!(!Rows::new(&table, &plain).unwrap().observations().unwrap().drawable());
}

/// The stated law is held against the likelihood: a constant is no difference, 1 % of a scale is.
#[test]
fn a_law_that_is_not_the_likelihood_is_an_error() {
    let table = numbers(&[("y", &[1.0, 2.0, 3.0]), ("t", &[1.0, 2.0, 4.0])]);
    let parameters = [("a", "real"), ("s", "positive")];
    let stated = |law: &str| RowsOptions {
        simulate: Some(law.into()),
        ..options("-0.5*((y - a*t)/s)^2 - log(s)", &parameters, &[])
    };
    let notes = Rows::new(&table, &stated("normal(a*t, s)")).unwrap().notes();
    assert!(notes.iter().any(|note| note.contains("`simulate` is the law of the likelihood")), "{notes:?}");
    for wrong in ["normal(a*t, 1.01*s)", "normal(1.01*a*t, s)", "student_t(200, a*t, s)"] {
        let error = Rows::new(&table, &stated(wrong)).unwrap_err();
        assert!(matches!(error, RowsError::Simulate { .. }) && error.key() == "simulate", "{error}");
    }
    let error = Rows::new(&table, &stated("normal(y, s)")).unwrap_err().to_string();
    assert!(error.contains("simulate") && error.contains("reads the response"), "{error}");
    let error = Rows::new(&table, &stated("norml(a*t, s)")).unwrap_err().to_string();
    assert!(error.contains("did you mean `normal`"), "{error}");
}

/// Censored at 5: seen there with the probability of all above.
#[test]
fn what_is_beyond_a_limit_is_seen_at_it() {
    let table = numbers(&[("y", &[1.0, 5.0, 3.0])]);
    let censored = RowsOptions {
        simulate: Some("min(weibull(k, b), 5)".into()),
        ..options(
            "where(y >= 5, weibull_lccdf(y, k, b), weibull_lpdf(y, k, b))",
            &[("k", "positive"), ("b", "positive")],
            &[],
        )
    };
    let model = Rows::new(&table, &censored).unwrap();
    assert!(model.notes().iter().any(|note| note.contains("`simulate` is the law of the likelihood")));
    let theta: Vec<f64> = [1.5, 6.0].iter().flat_map(|x| vec![*x; DRAWS]).collect();
    let mut draws = vec![0.0; DRAWS];
    let rows: &dyn Observations = model.observations().unwrap();
    rows.replicate(0..1, 3, 0, Batch { n: DRAWS, d: 2, x: &theta }, &mut draws);
    let beyond = (-(5.0_f64 / 6.0).powf(1.5)).exp();
    let (below, at) = shares(&draws, 5.0);
    assert!((at - beyond).abs() < 4.5 * (beyond * (1.0 - beyond) / DRAWS as f64).sqrt(), "{at}, and not {beyond}");
    assert!((below + at - 1.0).abs() < 1e-12);
}

/// From the last response that is known, y: after h rows mean c (1 - b^h)/(1 - b) + b^h y, variance s^2 (1 - b^{2h})/(1 - b^2). A
/// path that forgot to carry its noise on would have 0.6 of the variance after two rows, one that read a blank as 0 other means.
#[test]
fn rows_without_a_response_are_forecast_along_a_path() {
    let (c, b, s) = (0.5, 0.8, 0.7);
    let ar = options(
        "normal_lpdf(y | c + b*y[-1], s)",
        &[("c", "real"), ("b", "real"), ("s", "positive")],
        &[("c", "normal(0, 1)"), ("b", "normal(0, 1)"), ("s", "half_normal(1)")],
    );
    let ar = RowsOptions { mean: Some("c + b*y[-1]".into()), ..ar };
    let model = Rows::new(&numbers(&[("y", &[4.0, -1.0, 0.5, 2.0])]), &ar).unwrap();
    let y = [4.0, -1.0, 0.5, f64::NAN, f64::NAN, f64::NAN];
    let rows = model.observations().unwrap().on(&numbers(&[("y", &y)])).unwrap();
    assert_eq!((rows.rows(), rows.place(0)), (5, 1));
    assert!(rows.response()[1] == 0.5 && rows.response()[2].is_nan());
    let n = 40_000;
    let theta: Vec<f64> = [c, b, s].iter().flat_map(|x| vec![*x; n]).collect();
    let theta = Batch { n, d: 3, x: &theta };
    let (mut ahead, mut part) = (vec![0.0; 5 * n], vec![0.0; 2 * n]);
    rows.one_step(0..5, 9, 0, theta, &mut ahead);
    rows.one_step(3..5, 9, 0, theta, &mut part);
    assert_eq!(part, ahead[3 * n..], "any cut of the rows gives the same");
    for (r, h, y) in [(0, 1, 4.0), (1, 1, -1.0), (2, 1, 0.5), (3, 2, 0.5), (4, 3, 0.5)] {
        let (power, draws) = (f64::powi(b, h), &ahead[r * n..(r + 1) * n]);
        let (mean, variance) =
            (c * (1.0 - power) / (1.0 - b) + power * y, s * s * (1.0 - power * power) / (1.0 - b * b));
        let found = draws.iter().sum::<f64>() / n as f64;
        let spread = draws.iter().map(|y| (y - found).powi(2)).sum::<f64>() / n as f64;
        assert!((found - mean).abs() < 4.5 * (variance / n as f64).sqrt(), "row {r}: mean {found}, and not {mean}");
        assert!(
            (spread / variance - 1.0).abs() < 4.5 * (2.0 / n as f64).sqrt(),
            "row {r}: {spread}, and not {variance}"
        );
    }
    let (mut mean, mut density) = (vec![0.0; 5 * n], vec![0.0; 5 * n]);
    rows.mean(0..5, theta, &mut mean);
    rows.log_likelihood(0..5, theta, &mut density);
    assert!((mean[2 * n] - 0.9).abs() < 1e-12 && mean[3 * n].is_nan(), "a mean needs the response above");
    assert!(density[n].is_finite() && density[2 * n].is_nan(), "a density needs a response");
}
