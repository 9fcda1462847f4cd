//! What is said to someone whose row model cannot be made: the key, the place in its text, the nearest name.
use steepest_core::{Batch, Potential, Workspace};
use steepest_models::{Likelihood, Missing, Model, Rows, RowsError, RowsOptions, Table};

const CSV: &str = "y,t,county,site\n1,0.5,ash,1\n2,,elm,2\n3,1.5,ash,3\n4,-2,oak,2\n";

fn table() -> Table {
    Table::parse("decay.csv", CSV.as_bytes(), Default::default()).unwrap()
}
fn options(nll: &str, parameters: &[(&str, &str)], priors: &[(&str, &str)]) -> RowsOptions {
    let pairs = |list: &[(&str, &str)]| list.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
    RowsOptions {
        likelihood: Likelihood::Nll(nll.into()),
        parameters: pairs(parameters),
        priors: pairs(priors),
        ..RowsOptions::default()
    }
}
fn refused(nll: &str, parameters: &[(&str, &str)], priors: &[(&str, &str)]) -> RowsError {
    Rows::new(&table(), &options(nll, parameters, priors)).expect_err(nll)
}

/// nll, parameters, priors, key, the text under the caret, a part of the message.
type Refusal<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [(&'a str, &'a str)], &'a str, &'a str, &'a str);

#[test]
fn texts_are_refused_at_their_place() {
    let (a, va): (&[_], &[_]) = (&[("a", "real")], &[("a", "real[county]")]);
    let table: &[Refusal<'_>] = &[
        ("(y - aa)^2", a, &[], "nll", "aa", "unknown name `aa`; did you mean `a`?"),
        ("(yy - a)^2", a, &[], "nll", "yy", "did you mean `y`?"),
        ("(y - a)^2 +", a, &[], "nll", "", "ends too early"),
        ("normal_lpd(y, a, 1)", a, &[], "nll", "normal_lpd", "did you mean `normal_lpdf`?"),
        ("normal_lpdf(y, a)", a, &[], "nll", "normal_lpdf(y, a)", "got 2 arguments"),
        ("(y - tau)^2 + a", a, &[], "nll", "tau", "`tau` alone is ambiguous"),
        ("(y - a)^2", a, &[("a", "normal(0, tau)")], "priors.a", "tau", "`tau` alone is ambiguous"),
        ("(y - a*inf)^2", a, &[], "nll", "inf", "`inf` is not a number here"),
        ("(y - a)^2 - dirichlet_lpdf(0.5 | a)", a, &[], "nll", "a", "without the constant of all"),
        ("(y - a)^2", a, &[("a", "normal(a, 1)")], "priors.a", "a", "`a` is read in its own prior"),
        ("(y - a[county])^2", va, &[("a", "normal(0, 2*a[1])")], "priors.a", "2*a[1]", "`a` is read in its own prior"),
        ("y < a", a, &[], "nll", "<", "a comparison has its place in `where`"),
        ("where(y, a, 1)", a, &[], "nll", ",", "begins with a comparison"),
        ("(y[1] - a)^2", a, &[], "nll", "1", "`y` is a column of the table"),
        ("(y - a[2])^2", a, &[], "nll", "[", "`a` is a single number"),
        ("(y - a)^2", va, &[], "nll", "a", "`a` is a list of 3 numbers"),
        ("(y - a[site])^2", va, &[], "nll", "site", "`a` has one number a level of `county`"),
        ("(y - a[4])^2", va, &[], "nll", "4", "has 3 numbers, not a number 4"),
        ("(y - a)^2", &[("a", "reel")], &[], "parameters.a", "reel", "did you mean `real`?"),
        ("(y - a)^2", &[("a", "real[conty]")], &[], "parameters.a", "conty", "did you mean `county`?"),
        ("(y - a)^2", a, &[("a", "norml(0, 1)")], "priors.a", "norml", "did you mean `normal`?"),
        ("(y - a)^2", a, &[("a", "normal(0)")], "priors.a", "normal(0)", "`normal` takes 2, found 1"),
        ("(y - a)^2", a, &[("a", "normal(y, 1)")], "priors.a", "y", "`y` is a column of the table"),
        ("(y - a)^2", a, &[("a", "normal(0, 1) + 1")], "priors.a", "+", "no operator before"),
        // Numbers that a law cannot have.
        ("(y - a)^2", a, &[("a", "normal(0, -1)")], "priors.a", "-1", "`s` of `normal` is -1"),
        ("(y - a)^2", a, &[("a", "student_t(-0.5, 0, 1)")], "priors.a", "-0.5", "`nu` of `student_t` is -0.5"),
        ("(y - a)^2", &[("a", "positive")], &[("a", "gamma(-1.5, 1)")], "priors.a", "-1.5", "a number above 0"),
        ("(y - a)^2", &[("a", "bounded(0, 1)")], &[("a", "beta(0, 1)")], "priors.a", "0", "`a` of `beta` is 0"),
        ("(y - a)^2", a, &[("a", "uniform(2, 1)")], "priors.a", "2, 1", "`uniform` has nothing between 2 and 1"),
    ];
    for (nll, parameters, priors, key, under, says) in table {
        let error = refused(nll, parameters, priors);
        let RowsError::Text { key: at, error } = &error else { panic!("{nll}: {error}") };
        assert_eq!((at.as_str(), &error.source[error.span.clone()]), (*key, *under), "{nll}: {error}");
        assert!(error.to_string().contains(says), "{nll}: {error}");
    }
}

/// The formula of a law goes on beyond where it ends; on a domain that reaches there it would be another law, and draws from
/// the prior would not be what is sampled. What is to be declared instead is said, for single numbers and for lists.
#[test]
fn a_prior_that_ends_inside_of_the_domain_is_refused() {
    let refused = |domain: &str, law: &str| {
        let nll = match domain.split_once('[') {
            Some((_, "county]")) => "(y - b[county])^2",
            _ if domain.contains("(2)") || domain.contains("[2]") => "(y - b[1] - b[2])^2",
            _ => "(y - b)^2",
        };
        let error = Rows::new(&table(), &options(nll, &[("b", domain)], &[("b", law)])).err()?;
        let RowsError::Text { key, error } = &error else { panic!("{domain}, {law}: {error}") };
        assert_eq!((key.as_str(), &error.source[error.span.clone()]), ("priors.b", law), "{error}");
        Some((error.message.clone(), error.expected.clone()))
    };
    for (domain, law, expected) in [
        ("real", "half_normal(1)", "b = \"positive\""),
        ("real", "exponential(1)", "b = \"positive\""),
        ("real", "half_cauchy(2)", "b = \"positive\""),
        ("real", "half_student_t(3, 1)", "b = \"positive\""),
        ("real", "gamma(2, 1)", "b = \"positive\""),
        ("real", "inv_gamma(2, 1)", "b = \"positive\""),
        ("real", "lognormal(0, 1)", "b = \"positive\""),
        ("real", "loglogistic(1, 2)", "b = \"positive\""),
        ("real", "rayleigh(1)", "b = \"positive\""),
        ("real", "weibull(2, 1)", "b = \"positive\""),
        ("real(2)", "exponential(1)", "b = \"positive[2]\""),
        ("real[county]", "exponential(1)", "b = \"positive[county]\""),
        ("bounded(-5, inf)", "half_normal(1)", "b = \"positive\""),
        ("bounded(-5, 3)[2]", "half_normal(1)", "b = \"bounded(0, 3)[2]\""),
        ("bounded(-5, -1)", "half_normal(1)", "another law, or another domain"),
        ("real", "beta(2, 2)", "b = \"bounded(0, 1)\""),
        ("positive", "beta_proportion(0.5, 2)", "b = \"bounded(0, 1)\""),
        ("positive", "pareto(1.5, 2)", "b = \"bounded(1.5, inf)\""),
        ("real", "uniform(-2, 3)", "b = \"bounded(-2, 3)\""),
        ("positive", "uniform(0, 3)", "b = \"bounded(0, 3)\""),
        ("positive", "dirichlet(2)", "b = \"simplex(3)\""),
        ("real(2)", "dirichlet(2)", "b = \"simplex(2)\""),
        ("positive", "poisson(3)", "a law with a density, such as gamma(2, 1)"),
    ] {
        let (message, instead) = refused(domain, law).unwrap_or_else(|| panic!("{law} on {domain} was taken"));
        assert_eq!(instead, expected, "{law} on {domain}: {message}");
    }
    let half = refused("real", "half_normal(1)").map(|(message, _)| message);
    assert_eq!(half.as_deref(), Some("`half_normal` is a law of numbers from 0 on, and `b` is real"));
    let beta = refused("positive", "beta(2, 2)").map(|(message, _)| message);
    assert_eq!(beta.as_deref(), Some("`beta` is a law of numbers between 0 and 1, and `b` is positive"));
    for (domain, law) in [
        ("positive", "half_normal(1)"),
        ("bounded(0.5, 3)", "exponential(1)"),
        ("positive", "normal(0, 2)"),
        ("bounded(0, 1)", "beta(2, 2)"),
        ("bounded(0.2, 0.7)", "beta(2, 2)"),
        ("bounded(0, 1)", "gamma(2, 1)"),
        ("bounded(2, inf)", "pareto(1.5, 2)"),
        ("bounded(0, 3)", "uniform(0, 3)"),
        ("real", "student_t(3, 0, 1)"),
        ("real", "flat"),
        ("ordered(2)", "exponential(1)"),
        ("simplex(2)", "dirichlet(2)"),
    ] {
        assert_eq!(refused(domain, law), None, "{law} on {domain}");
    }
    let twice = Rows::new(&table(), &options("(y - a)^2", &[("a", "real"), ("a", "positive")], &[])).unwrap_err();
    assert!(twice.key() == "parameters.a" && twice.to_string().contains("`a` is declared twice"), "{twice}");
}

#[test]
fn the_data_are_refused_with_file_and_row() {
    let a: &[(&str, &str)] = &[("a", "real")];
    let says = |error: RowsError, key: &str, text: &str| {
        assert_eq!(error.key(), key, "{error}");
        assert!(error.to_string().contains(text), "{error}");
    };
    says(refused("(y - t)^2", &[("t", "real")], &[]), "parameters.t", "a column of decay.csv");
    says(refused("(y - a)^2", &[("a", "real"), ("b", "real")], &[]), "parameters.b", "neither in the likelihood");
    says(refused("(y - a)^2", a, &[("aa", "flat")]), "priors.aa", "did you mean `a`?");
    says(refused("(y - a*t)^2", a, &[]), "data", "missing values in column 't': 1 (row 3)");
    says(refused("(county - a)^2", a, &[]), "data", "column 'county' holds labels");
    says(
        refused("(y[-4] - a)^2", a, &[]),
        "data",
        "none of the 4 rows has a value in every column that is used, 4 rows up",
    );
    says(refused("(y - a[site])^2", &[("a", "real(2)")], &[]), "data", "row 4, column 'site': `a` has 2 numbers");
    let mut dropped = options("(y - a*log(t))^2", a, &[]);
    dropped.missing = Missing::Drop;
    let error = Rows::new(&table(), &dropped).unwrap_err();
    assert!(
        error.to_string().contains("decay.csv, row 5: a part of the expression that depends on t alone is"),
        "{error}"
    );
}

#[test]
fn a_constant_has_a_name_of_its_own() {
    for (constant, says) in
        [("t", "`t` is a constant and a column of decay.csv"), ("a", "`a` is a constant and a parameter")]
    {
        let constants = vec![(constant.to_string(), 2.0)];
        let options = RowsOptions { constants, ..options("(y - a)^2", &[("a", "real")], &[]) };
        let error = Rows::new(&table(), &options).unwrap_err();
        assert_eq!(error.key(), format!("constants.{constant}"));
        assert!(error.to_string().contains(says), "{error}");
    }
}

/// (1 - 1)^2 + (2 - 3)^2 at a = 1.
#[test]
fn a_name_in_backticks_may_be_any() {
    let csv = "blood pressure,y,a.b,dose [mg]\n1,1,2,1\n3,2,4,1\n";
    let table = Table::parse("odd.csv", csv.as_bytes(), Default::default()).unwrap();
    let made = |nll: &str| Rows::new(&table, &options(nll, &[("a", "real")], &[]));
    for nll in ["(y - a*`blood pressure`)^2", "(y*`dose [mg]` - a*(`blood pressure` + `a.b`/2 - y))^2"] {
        let mut value = [0.0];
        let model = made(nll).unwrap_or_else(|error| panic!("{nll}: {error}"));
        model.values(Batch { n: 1, d: 1, x: &[1.0] }, 1.0, &mut value, &mut Workspace::default());
        assert_eq!(value, [1.0], "{nll}");
    }
    let Err(RowsError::Text { error, .. }) = made("(y - a*blood pressure)^2") else { panic!("two names") };
    assert_eq!(&error.source[error.span.clone()], "blood pressure");
    assert_eq!(error.expected, "the whole name in backticks, `blood pressure`");
    let Err(RowsError::Text { error, .. }) = made("(y - a.b)^2") else { panic!("a point") };
    assert!(error.expected.ends_with("in backticks, as in `a.b`"), "{error}");
}

#[test]
fn rows_that_are_left_out_are_counted() {
    let mut options = options("(y - a*t - b*y[-1])^2", &[("a", "real"), ("b", "real")], &[("b", "normal(0, 1)")]);
    options.missing = Missing::Drop;
    let model = Rows::new(&table(), &options).unwrap();
    let notes = model.notes().join("\n");
    assert!(notes.contains("2 rows of decay.csv; the first 1 are left out"), "{notes}");
    assert!(notes.contains("1 with a missing value are left out"), "{notes}");
    assert!(notes.contains("a: real; flat prior: the rows alone decide"), "{notes}");
    assert!(notes.contains("b: real; prior normal(0, 1)"), "{notes}");
}

/// Laws of whole numbers, with a word of what they expect: the first row that is none is named, and what the outcome was there.
#[test]
fn outcomes_that_a_law_cannot_have_are_refused() {
    let table = Table::parse(
        "odd.csv",
        "y,n,half,below,known\n0,3,0.5,1,1\n1,3,1.5,2,1\n3,2,2.5,-1,0\n".as_bytes(),
        Default::default(),
    )
    .unwrap();
    let a: &[(&str, &str)] = &[("a", "real")];
    let said = |ll: &str| {
        let options = RowsOptions { likelihood: Likelihood::Ll(ll.into()), ..options("", a, &[]) };
        Rows::new(&table, &options).err().map(|error| (error.key(), error.to_string()))
    };
    let refused: &[(&str, &str)] = &[
        ("bernoulli_logit_lpmf(y | a)", "odd.csv, row 4: the outcome 'y' is 3; bernoulli_logit_lpmf expects 0 or 1"),
        ("bernoulli_lpmf(n | logistic(a))", "row 2: the outcome 'n' is 3; bernoulli_lpmf expects 0 or 1"),
        (
            "poisson_lpmf(below | exp(a))",
            "row 4: the outcome 'below' is -1; poisson_lpmf expects whole numbers from 0 on",
        ),
        ("poisson_log_lpmf(half | a)", "row 2: the outcome 'half' is 0.5; poisson_log_lpmf expects whole numbers"),
        (
            "neg_binomial_2_lpmf(y + 0.5 | exp(a), 2)",
            "row 2: the outcome 'y + 0.5' is 0.5; neg_binomial_2_lpmf expects",
        ),
        ("neg_binomial_2_lpmf(below, exp(a), 2)", "row 4: the outcome 'below' is -1; neg_binomial_2_lpmf expects"),
        ("neg_binomial_2_log_lpmf(half | a, 2)", "row 2: the outcome 'half' is 0.5; neg_binomial_2_log_lpmf expects"),
        (
            "binomial_lpmf(y | n, logistic(a))",
            "row 4: the outcome 'y' is 3; binomial_lpmf expects whole numbers from 0 to its trials, 2 here",
        ),
        (
            "binomial_logit_lpmf(y | half, a)",
            "row 2: the number of trials 'half' is 0.5; binomial_logit_lpmf expects whole",
        ),
        ("poisson_log_lpmf(2.5 | a + 0*y)", "row 2: the outcome '2.5' is 2.5; poisson_log_lpmf expects"),
        ("exponential_lpdf(below | exp(a))", "row 4: the outcome 'below' is -1; exponential_lpdf expects 0 or more"),
        ("half_normal_lpdf(below | exp(a))", "row 4: the outcome 'below' is -1; half_normal_lpdf expects 0 or more"),
        ("gamma_lpdf(below | 2, exp(a))", "row 4: the outcome 'below' is -1; gamma_lpdf expects 0 or more"),
        ("lognormal_lpdf(below | a, 1)", "row 4: the outcome 'below' is -1; lognormal_lpdf expects 0 or more"),
        ("beta_lpdf(half | exp(a), 2)", "row 3: the outcome 'half' is 1.5; beta_lpdf expects numbers from 0 to 1"),
        // In the branch of a choice, and beside a factor that is not 0 there.
        ("where(known == 1, normal_lpdf(y | a, 1), bernoulli_logit_lpmf(y | a))", "row 4: the outcome 'y' is 3"),
        ("known*normal_lpdf(y | a, 1) + (1 - known)*bernoulli_logit_lpmf(y | a)", "row 4: the outcome 'y' is 3"),
        // Either branch may be taken.
        ("where(n < a, poisson_log_lpmf(half | a), poisson_log_lpmf(y | a))", "row 2: the outcome 'half' is 0.5"),
    ];
    for (ll, says) in refused {
        let (key, text) = said(ll).unwrap_or_else(|| panic!("{ll} was taken"));
        assert_eq!(key, "ll", "{ll}");
        assert!(text.contains(says), "{ll}: {text}");
    }
    for taken in [
        "bernoulli_logit_lpmf(known | a)",
        "poisson_log_lpmf(y | a)",
        "neg_binomial_2_log_lpmf(2*half | a, 2)",
        "binomial_logit_lpmf(y | n + 1 - known, a) + binomial_lpmf((1/3)*n*known | n, logistic(a))",
        // Rows that are not asked, and what depends on a parameter.
        "where(known == 0, normal_lpdf(y | a, 1), bernoulli_logit_lpmf(y | a))",
        "(1 - known)*normal_lpdf(y | a, 1) + known*bernoulli_logit_lpmf(y | a)",
        "where(y > 1, 0, bernoulli_logit_lpmf(y | a)) + bernoulli_logit_lpmf(logistic(a) | 0.3)",
        // Impossible under one of the laws of a mixture.
        "log_mix(0.3, exponential_lpdf(below | exp(a)), normal_lpdf(below | a, 1))",
        "log_sum_exp(log(0.3) + uniform_lpdf(y | 0.5, 2), log(0.7) + normal_lpdf(y | a, 1))",
    ] {
        assert_eq!(said(taken), None, "{taken}");
    }
}

/// Beyond the first rows that are looked at together, too; as minus a log likelihood, under its own key.
#[test]
fn every_row_is_looked_at() {
    for bad in [0, 255, 256, 599] {
        let y: Vec<f64> = (0..600).map(|r| if r == bad { 2.0 } else { f64::from(r % 2) }).collect();
        let table = Table::from_columns([("y", y)]).unwrap();
        let error = Rows::new(&table, &options("-bernoulli_logit_lpmf(y | a)", &[("a", "real")], &[])).unwrap_err();
        assert_eq!(error.key(), "nll");
        let RowsError::Outcome { row, value, .. } = error else { panic!("{error}") };
        assert_eq!((row, value), (table.line(bad as usize), 2.0));
    }
}

/// What a mistake must not do is end the program.
#[test]
fn no_text_makes_the_model_panic() {
    let pieces =
        ["a", "y", "[", "]", "(", ")", "-1", "county", "+", "*", "where", "<", ",", "t", "2", "normal_lpdf", "|", "v"];
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % below
    };
    for _ in 0..3000 {
        let text: String = (0..1 + random(12)).map(|_| pieces[random(pieces.len())].to_owned() + " ").collect();
        let parameters: &[(&str, &str)] = &[("a", "real"), ("v", "positive[county]")];
        let _ = Rows::new(&table(), &options(&text, parameters, &[("v", &text), ("a", "flat")]));
        let _ = Rows::new(&table(), &options("(y - q)^2", &[("q", &text)], &[]));
    }
}
