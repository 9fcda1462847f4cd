//! What is said to someone whose row model cannot be made: the key, the place in its text, the nearest name.
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
    ];
    for (nll, parameters, priors, key, under, says) in table {
        let error = refused(nll, parameters, priors);
        let RowsError::Text { key: at, error } = &error else { panic!("{nll}: {error}") };
        assert_eq!((at.as_str(), &error.source[error.span.clone()]), (*key, *under), "{nll}: {error}");
        assert!(error.to_string().contains(says), "{nll}: {error}");
    }
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
