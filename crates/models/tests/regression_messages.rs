//! Every complaint about a table, a formula, a prior or a model, word for word.
use std::path::Path;
use steepest_models::{Family, Missing, Prior, Regression, RegressionOptions, Table, TableOptions, regress};

/// Nothing but ASCII quotes, so that messages can be searched for.
fn said(text: &str, formula: &str) -> String {
    with(text, formula, None, &[])
}
fn with(text: &str, formula: &str, family: Option<Family>, priors: &[&str]) -> String {
    let table = match Table::parse("d.csv", text.as_bytes(), TableOptions::default()) {
        Ok(table) => table,
        Err(e) => return e.to_string(),
    };
    let mut assigned = Vec::new();
    for prior in priors {
        match Prior::assignment(prior) {
            Ok(a) => assigned.push(a),
            Err(e) => return e.to_string(),
        }
    }
    let options = RegressionOptions { formula: formula.into(), family, priors: assigned, ..Default::default() };
    Regression::new(&table, &options).map_or_else(|e| e.to_string(), |_| "fine".into())
}

const LINE: &str = "x,z,y\n0,1,1\n1,0,3\n2,5,4\n3,-1,9\n1,1,2\n";

#[test]
fn files() {
    let read =
        |path: &Path| Table::read(path, TableOptions::default()).map_or_else(|e| e.to_string(), |_| "fine".into());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/credit");
    let missing = folder.join("credti.csv");
    assert_eq!(read(&missing), format!("{}: no such file; did you mean 'credit.csv'?", missing.display()));
    assert_eq!(read(&folder), format!("{}: cannot be read: it is a folder", folder.display()));
    assert_eq!(said("", "y ~ x"), "d.csv: the file is empty; expected a header row and rows of data");
    assert_eq!(said("\n \n", "y ~ x"), "d.csv: the file is empty; expected a header row and rows of data");
    assert_eq!(said("x,y\n", "y ~ x"), "d.csv: there is a header (2 columns) but no row of data");
    assert_eq!(
        said("x,y\n1,2\n\n1,2,3\n", "y ~ x"),
        "d.csv, row 4: expected 2 cells as in the first row, found 3; a missing or extra delimiter, or a quote that is not closed"
    );
    assert_eq!(said("x,y,x\n1,2,3\n", "y ~ x"), "d.csv: columns 1 and 3 are both named 'x'; rename one");
    let latin = Table::parse("d.csv", b"x,y\n1,2\n\xe9,3\n", TableOptions::default()).unwrap_err().to_string();
    assert_eq!(latin, "d.csv, row 3: the text is not UTF-8; save the file as UTF-8 (CSV) and try again");
}

#[test]
fn cells() {
    assert_eq!(
        said("x,y\n1,2\n3,4\n12k,6\n7,8\n", "y ~ x"),
        caret("y ~ x", 4, 1, "d.csv, row 4, column 'x': expected a number, found '12k'")
    );
    assert_eq!(
        said("x,y\n1,2\nNA,4\n,6\n7,null\n", "y ~ x"),
        "d.csv: missing values in column 'x': 2 (rows 3, 4); column 'y': 1 (row 5). Fill them in, or set missing = \"drop\" to leave 3 of 4 rows out"
    );
    assert_eq!(
        said("x,y\n1,2\ninf,4\n3,6\n", "y ~ x"),
        "d.csv, row 3, column 'x': expected a finite number, found 'inf'"
    );
    assert_eq!(said("x,y\nNA,NaN\n,2\n", "y ~ x").split('.').next(), Some("d"));
    let table = Table::parse("d.csv", b"x,y\nNA,2\n,3\n", TableOptions::default()).unwrap();
    let options = RegressionOptions { formula: "y ~ x".into(), missing: Missing::Drop, ..Default::default() };
    let e = Regression::new(&table, &options).unwrap_err().to_string();
    assert_eq!(e, "d.csv: every one of the 2 rows has a missing value in a column that is used");
    let names: String = (0..120).map(|k| format!("{k},name{k}\n")).collect();
    assert_eq!(
        said(&format!("y,id\n{names}"), "y ~ id"),
        "d.csv: column 'id' has 120 different labels in 120 rows; that is no category (is it an identifier, or numbers in a form that could not be read?)"
    );
    assert_eq!(
        said("g,y\na,1\nb,2\na,3\n", "y ~ log(g)"),
        caret("y ~ log(g)", 8, 1, "d.csv: column 'g' holds labels (a, b) where numbers are needed")
    );
    assert_eq!(said(LINE, "y ~ log(x)"), caret("y ~ log(x)", 8, 1, "log(x) is -inf in row 2 of d.csv, where x = 0"));
}

/// A message with the formula and carets below it.
fn caret(formula: &str, start: usize, width: usize, problem: &str) -> String {
    format!("{problem}\n    {formula}\n    {}{}", " ".repeat(start), "^".repeat(width))
}

#[test]
fn formulas() {
    for (formula, start, width, problem) in [
        ("y + x", 0, 5, "a formula reads RESPONSE ~ TERMS, as in y ~ x + z; there is no '~'"),
        ("y ~", 3, 1, "expected a column or a function of columns; the formula ends here"),
        ("y ~ x +", 7, 1, "expected a column or a function of columns; the formula ends here"),
        ("y ~ x z", 6, 1, "expected '+', '-', '*', ':' or the end; found 'z'"),
        ("y ~ lg(x)", 4, 2, "there is no function 'lg'; did you mean 'log'?"),
        (
            "y ~ sine(x)",
            4,
            4,
            "there is no function 'sine'; the functions are log, exp, sqrt, abs, square, log1p, scale, center, C, I, poly, s",
        ),
        ("y ~ log(x", 7, 1, "this bracket is not closed"),
        ("y ~ x^2", 5, 1, "a power must stand inside I( ), as in I(x^2)"),
        ("y ~ x/z", 5, 1, "a quotient must stand inside I( ), as in I(x / z)"),
        ("y ~ 2*x", 4, 1, "only 0 and 1 may stand alone: no intercept, an intercept"),
        ("y ~ x & z", 6, 1, "'&' has no meaning in a formula"),
        ("y ~ `x", 4, 1, "this backtick is not closed"),
        ("y ~ 3x", 4, 1, "this is neither a number nor a name (put such a name between backticks)"),
        ("y ~ x:.", 4, 1, "'.' cannot take part in an interaction; name the columns"),
        ("y ~ x - .", 8, 1, "'.' cannot be taken away"),
        ("y ~ (x - z)", 4, 1, "inside brackets only sums of terms may stand"),
        ("y + z ~ x", 2, 1, "expected '~' after the response; found '+'"),
        ("y ~ y + x", 0, 1, "the response is also a term (y)"),
        ("y ~ C(2)", 6, 1, "C( ) takes the name of a column"),
        ("y ~ xx", 4, 2, "d.csv: there is no column 'xx'; did you mean 'x'?"),
        ("y ~ x - weight", 8, 6, "d.csv: there is no column 'weight'; the columns are x, z, y"),
        ("y ~ I(x * (z)", 5, 1, "this bracket is not closed"),
        ("y ~ I(x + )", 10, 1, "expected a number, a column or a function; found ')'"),
    ] {
        assert_eq!(said(LINE, formula), caret(formula, start, width, problem));
    }
    assert_eq!(
        said(LINE, "y ~ x + (1|z)"),
        "'y ~ x + (1|z)' with family gaussian is more than a regression of family gaussian, bernoulli or poisson without groups"
    );
    assert_eq!(said(LINE, "y ~ 0"), "the formula 'y ~ 0' has neither a term nor an intercept");
    let deep = format!("y ~ {}x{}", "(".repeat(1000), ")".repeat(1000));
    assert!(said(LINE, &deep).starts_with("the brackets nest too deeply\n"));
    let many = (0..20).map(|k| format!("`{k}`")).collect::<Vec<_>>().join("*");
    assert!(said(LINE, &format!("y ~ {many}")).starts_with("this expands to more than 10,000 terms\n"));
    // 10,000 on both sides, each of which may stand: their 10^8 products are counted, not built.
    let sum = |of: char| (0..100).map(|k| format!("{of}{k}")).collect::<Vec<_>>().join(" + ");
    let half = |a: char, b: char| format!("(({}):({}))", sum(a), sum(b));
    let message = said(LINE, &format!("y ~ {}:{}", half('a', 'b'), half('c', 'd')));
    assert!(message.starts_with("this expands to more than 10,000 terms\n"), "{message}");
}

#[test]
fn responses() {
    let bernoulli = Some(Family::Bernoulli);
    assert_eq!(
        with("x,y\n1,1\n2,2\n3,2\n", "y ~ x", bernoulli, &[]),
        "d.csv, row 3: the response 'y' is 2; the bernoulli family expects 0 or 1, or two labels (for two other numbers write C(column) ~ ...)"
    );
    assert_eq!(
        with("x,y\n1,1\n2,-2\n3,2\n", "y ~ x", Some(Family::Poisson), &[]),
        "d.csv, row 3: the response 'y' is -2; the poisson family expects counts: 0, 1, 2, ..."
    );
    assert_eq!(
        said("x,y\n1,a\n2,b\n3,c\n", "y ~ x"),
        "the response 'y' holds labels (a, b, c); the gaussian family expects numbers (labels go with \
         family = categorical, or ordinal where they have an order)"
    );
    assert_eq!(
        with("x,y\n1,a\n2,b\n3,c\n", "y ~ x", bernoulli, &[]),
        "the response 'y' has 3 labels (a, b, c); the bernoulli family expects two"
    );
    assert_eq!(
        said("x,y\n1,5\n2,5\n3,5\n", "y ~ x"),
        "the response 'y' is 5 in every row; there is nothing to explain"
    );
    assert_eq!(
        "gausian".parse::<Family>().unwrap_err().to_string(),
        "there is no family 'gausian'; did you mean 'gaussian'?"
    );
    assert_eq!(
        "tweedie".parse::<Family>().unwrap_err().to_string(),
        "there is no family 'tweedie'; the choices are gaussian, bernoulli, poisson, binomial, negative_binomial, gamma, \
         beta, student, ordinal, categorical, zero_inflated_poisson"
    );
    assert_eq!(
        "yes".parse::<Missing>().unwrap_err().to_string(),
        "there is no treatment of missing values 'yes'; the choices are error, drop"
    );
}

#[test]
fn columns() {
    assert_eq!(
        said("x,y\n4,5\n4,6\n4,7\n4,9\n", "y ~ x"),
        "'x' is 4 in every row, so its coefficient cannot be found; leave it out with - x"
    );
    assert_eq!(
        said("g,y\nu,5\nu,6\nu,7\nu,9\n", "y ~ g"),
        "'g' is u in every row, so its coefficient cannot be found; leave it out with - g"
    );
    let collinear = "a,b,c,d,y\n1,2,7,5,3\n2,1,3,4,5\n4,4,1,12,5\n3,0,2,3,1\n5,7,1,19,2\n0,1,8,2,2\n1,1,1,3,0\n";
    assert_eq!(
        said(collinear, "y ~ a + b + c + d"),
        "'d' is a combination of 'a', 'b', so their coefficients cannot be told apart; leave one of them out"
    );
    assert_eq!(
        with(collinear, "y ~ a + b + c + d + I(a*b) + I(a*c)", None, &["coefficients = flat"]),
        "7 rows cannot determine 7 coefficients and sigma under flat priors (on intercept, a, b, c and 3 more); give them proper priors or leave terms out"
    );
    assert_eq!(
        with("x,y\n1,0\n2,0\n3,1\n4,1\n", "y ~ x", None, &["coefficients = flat"]),
        "under a flat prior the data do not bound intercept, x: some combination of the columns separates the 0s from the 1s; give a proper prior, such as normal(0, 2.5)"
    );
    assert_eq!(
        with("g,y\n0,1\n0,3\n0,2\n1,0\n1,0\n", "y ~ g", Some(Family::Poisson), &["coefficients = flat"]),
        "under a flat prior the data do not bound intercept, g: some combination of the columns is only ever seen with a response of 0; give a proper prior, such as normal(0, 2.5)"
    );
    let wide = (0..250).map(|k| format!("{}{k}", ["a", "b"][k % 2])).collect::<Vec<_>>();
    let rows: String =
        (0..1000).map(|r| format!("{},{},{},{r}\n", wide[r % 250], wide[(r * 7) % 250], wide[(r * 3) % 250])).collect();
    assert_eq!(
        said(&format!("g,h,k,y\n{rows}"), "y ~ g:h:k"),
        "d.csv: 1000 rows and at least 62251 columns of the design (0.5 GB) are more than a regression here can hold (10000 columns, 8.6 GB); is a column of identifiers taken for a category?"
    );
}

#[test]
fn priors() {
    for (prior, message) in [
        ("xx = normal(0, 1)", "a prior is set on 'xx', which the model does not have; did you mean 'x'?"),
        (
            "weight = normal(0, 1)",
            "a prior is set on 'weight', which the model does not have; it has intercept, x, z, coefficients, sigma",
        ),
        (
            "x = half_normal(1)",
            "half_normal(1) is a prior for scales; the coefficient 'x' needs one for any sign, such as normal(0, 1)",
        ),
        (
            "sigma = normal(1, 1)",
            "sigma is positive: normal(1, 1) cannot be its prior; use half_normal(s), half_cauchy(s), half_student_t(nu, s), exponential(rate) or uniform(a, b) with a >= 0",
        ),
        ("x = norml(0, 1)", "there is no prior 'norml'; did you mean 'normal'?"),
        ("x = t(3, 0, 1)", "there is no prior 't'; did you mean 'student_t'?"),
        (
            "x = beta(0, 1)",
            "there is no prior 'beta'; the priors are flat, normal, student_t, cauchy, uniform, exponential, gamma, half_normal, half_cauchy, half_student_t, lkj",
        ),
        ("x = normal(0)", "normal(mean, sd) takes 2 arguments, found 1"),
        ("x = exponential()", "exponential(rate) takes 1 argument, found 0"),
        ("x = normal(0, one)", "normal(mean, sd): expected a number for sd, found 'one'"),
        ("x = normal(0, inf)", "normal(mean, sd): expected a number for sd, found 'inf'"),
        ("x = normal(0, -1)", "normal(mean, sd): sd must be positive, found -1"),
        ("x = uniform(3, 1)", "uniform(low, high): low must be below high, found 3 and 1"),
        ("x = normal 0 1", "'normal 0 1' is not a prior; write one as normal(0, 2.5)"),
        (
            "normal(0, 1)",
            "'normal(0, 1)' does not say what the prior is on; write NAME = PRIOR, as in duration = normal(0, 1)",
        ),
    ] {
        assert_eq!(with(LINE, "y ~ x + z", None, &[prior]), message);
    }
    // Beyond 1 a share of zeros has no likelihood: the law would be another than the one that is written.
    let counts = Table::parse("d.csv", b"x,y\n1,0\n2,1\n3,0\n4,5\n5,3\n6,0\n", TableOptions::default()).unwrap();
    let zeros = |prior: &str| {
        let (family, priors) = (Some(Family::ZeroInflatedPoisson), vec![Prior::assignment(prior).unwrap()]);
        let options = RegressionOptions { formula: "y ~ x".into(), family, priors, ..Default::default() };
        regress(&counts, &options).map_or_else(|e| e.to_string(), |_| "fine".into())
    };
    for prior in ["half_normal(1)", "flat", "uniform(0, 2)"] {
        let message = "cannot be its prior; use uniform(a, b) with a >= 0 and b <= 1";
        assert_eq!(zeros(&format!("zi = {prior}")), format!("zi is between 0 and 1: {prior} {message}"));
    }
    assert_eq!(zeros("zi = uniform(0.1, 0.9)"), "fine");
    let bits = "x,y\n1,0\n2,1\n3,0\n4,1\n";
    assert_eq!(
        with(bits, "y ~ x", None, &["sigma = flat"]),
        "a prior is set on sigma, which the bernoulli family does not have"
    );
}
