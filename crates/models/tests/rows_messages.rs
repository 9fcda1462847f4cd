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
