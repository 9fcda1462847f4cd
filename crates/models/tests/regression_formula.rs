//! What a formula makes of a table: names, columns, codings, notes.
use steepest_models::{Design, Formula, Missing, Model, Regression, RegressionOptions, Response, Table};

const PEOPLE: &str = "age,height,housing,job,y\n20,1.5,own,a,1\n30,1.6,rent,b,2\n40,1.7,free,a,3\n50,1.8,own,b,4\n\
                      60,1.9,rent,a,6\n35,1.75,free,b,5\n";

fn design(formula: &str) -> Design<'static> {
    let table = Box::leak(Box::new(Table::parse("people.csv", PEOPLE.as_bytes(), Default::default()).unwrap()));
    formula.parse::<Formula>().unwrap().design(table, Missing::Error).unwrap_or_else(|e| panic!("{e}"))
}
fn names(formula: &str) -> String {
    design(formula).names.join(" ")
}

#[test]
fn names_of_columns() {
    for (formula, expected) in [
        ("y ~ age + log(height)", "intercept age log(height)"),
        ("y ~ age - 1", "age"),
        ("y ~ 0 + age", "age"),
        ("y ~ 1", "intercept"),
        ("y ~ age + I(age^2) + I( -height/2 )", "intercept age I(age^2) I(-height / 2)"),
        ("y ~ housing", "intercept housing[own] housing[rent]"),
        ("y ~ C(housing)", "intercept C(housing)[own] C(housing)[rent]"),
        ("y ~ C(age)", "intercept C(age)[30] C(age)[35] C(age)[40] C(age)[50] C(age)[60]"),
        ("y ~ 0 + housing", "housing[free] housing[own] housing[rent]"),
        ("y ~ age*height", "intercept age height age:height"),
        ("y ~ age:height + age", "intercept age age:height"),
        ("y ~ (age + height):job + age + height", "intercept age height age:job[b] height:job[b]"),
        ("y ~ age:housing", "intercept age:housing[free] age:housing[own] age:housing[rent]"),
        ("y ~ age*housing", "intercept age housing[own] housing[rent] age:housing[own] age:housing[rent]"),
        (
            "y ~ job:housing + job",
            "intercept job[b] job[a]:housing[own] job[b]:housing[own] job[a]:housing[rent] job[b]:housing[rent]",
        ),
        (
            "y ~ 0 + job:housing",
            "job[a]:housing[free] job[b]:housing[free] job[a]:housing[own] job[b]:housing[own] job[a]:housing[rent] job[b]:housing[rent]",
        ),
        ("y ~ .", "intercept age height housing[own] housing[rent] job[b]"),
        ("y ~ . - housing - job", "intercept age height"),
        ("y ~ . + log(age)", "intercept age height housing[own] housing[rent] job[b] log(age)"),
        ("y ~ C(age) + . - housing - job", "intercept C(age)[30] C(age)[35] C(age)[40] C(age)[50] C(age)[60] height"),
        ("log(y) ~ . - housing - job", "intercept age height"),
        (
            "y ~ scale(age) + center(height) + sqrt(age) + exp(height) + abs(age) + square(age) + log1p(age)",
            "intercept scale(age) center(height) sqrt(age) exp(height) abs(age) square(age) log1p(age)",
        ),
        ("y~`age`+`height`", "intercept age height"),
        ("y ~ age + age + age:age", "intercept age"),
    ] {
        assert_eq!(names(formula), expected, "{formula}");
    }
}

#[test]
fn values_of_columns() {
    let d = design("log(y) ~ I(-age^2/10 + 2^-1) + age:housing + center(height) + scale(age) + housing");
    assert_eq!(d.names[1], "I(-age^2 / 10 + 2^-1)");
    assert_eq!(d.columns[1][0], -39.5);
    let column = |name: &str| d.columns[d.names.iter().position(|n| n == name).unwrap()].as_ref();
    assert_eq!(column("age:housing[rent]"), [0.0, 30.0, 0.0, 0.0, 60.0, 0.0]);
    assert_eq!(column("housing[own]"), [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    assert!(column("center(height)").iter().sum::<f64>().abs() < 1e-14);
    assert!((column("scale(age)").iter().map(|x| x * x).sum::<f64>() - 5.0).abs() < 1e-12);
    let Response::Numbers(y) = &d.response else { panic!() };
    assert_eq!(y[2], 3f64.ln());
    assert_eq!(d.references, [("housing".to_string(), "free".to_string())]);
}

/// Each written form parses to one canonical form, which parses to itself.
#[test]
fn formulas_print_and_parse_back() {
    for (text, canonical) in [
        ("y~x", "y ~ 1 + x"),
        ("y ~ a*b - 1", "y ~ 0 + a + b + a:b"),
        (
            "log( y ) ~ I((a+b)*c) + I(a+b*c) + I(a-(b-c)) + I((a^b)^c) + I(a^b^c) + I((-a)^2)",
            "log(y) ~ 1 + I((a + b) * c) + I(a + b * c) + I(a - (b - c)) + I((a^b)^c) + I(a^b^c) + I((-a)^2)",
        ),
        ("y ~ a*b*c - a:b:c", "y ~ 1 + a + b + c + a:b + a:c + b:c"),
        ("y ~ I(1e3*a) + I(.5*b)", "y ~ 1 + I(1000 * a) + I(0.5 * b)"),
    ] {
        let formula: Formula = text.parse().unwrap();
        assert_eq!(formula.to_string(), canonical);
        assert_eq!(canonical.parse::<Formula>().unwrap().to_string(), canonical);
    }
}

/// No text makes the parser panic: every mutation of a rich formula is read or refused.
#[test]
fn any_text_is_read_or_refused() {
    let seed = "log(y) ~ a*b + C(g):x - 1 + I(-x^2/3e2) + `odd name` + .";
    let signs: Vec<char> = "~+-*/^:().`|13xC é\u{1F600}".chars().collect();
    let mut u = vec![0.0; 60_000];
    steepest_kernels::uniforms(3, 0, 0, 0, &mut u);
    let table = Table::parse("people.csv", PEOPLE.as_bytes(), Default::default()).unwrap();
    let mut read = 0;
    for cut in u.chunks_exact(6) {
        let mut text: Vec<char> = seed.chars().collect();
        for k in 0..3 {
            let at = (cut[2 * k] * text.len() as f64) as usize;
            match cut[2 * k + 1] {
                v if v < 0.4 => drop(text.remove(at)),
                v => text.insert(at, signs[(v * 1e4) as usize % signs.len()]),
            }
        }
        let text: String = text.into_iter().collect();
        match text.parse::<Formula>() {
            Ok(f) => {
                read += 1;
                let _ = f.design(&table, Missing::Drop);
            }
            Err(e) => assert!(e.start <= e.end && e.end <= text.chars().count() + 1, "{text}: {e}"),
        }
    }
    assert!(read > 500, "only {read} of 10000 were formulas");
}

#[test]
fn notes_say_what_the_model_is() {
    let table = Table::parse("people.csv", PEOPLE.as_bytes(), Default::default()).unwrap();
    let notes = |formula: &str, priors: &[&str]| {
        let priors = priors.iter().map(|p| steepest_models::Prior::assignment(p).unwrap()).collect();
        let options = RegressionOptions { formula: formula.into(), priors, ..Default::default() };
        Regression::new(&table, &options).unwrap_or_else(|e| panic!("{e}")).notes().join("\n")
    };
    assert_eq!(
        notes("y ~ age + job", &["job = cauchy(0, 1)", "sigma = normal(0, 3)"]),
        "y ~ age + job on people.csv: 6 rows, 3 coefficients.\n\
         Family (chosen by the response): gaussian, y = linear predictor + N(0, sigma^2).\n\
         y holds whole numbers; if they are counts, family = poisson may suit them better.\n\
         job is compared with its level 'a'.\n\
         intercept ~ normal(3.5, 4.677) (default, on its value at the predictors' means).\n\
         age ~ normal(0, 0.3273) (default: 2.5 sd of the response / sd of the column).\n\
         job[b] ~ cauchy(0, 1).\n\
         sigma ~ half_normal(3)."
    );
    assert_eq!(
        notes("job ~ age + height + I(age^2) + I(age^3) + I(age^4)", &["coefficients = normal(0, 1)"]),
        "job ~ age + height + I(age^2) + I(age^3) + I(age^4) on people.csv: 6 rows, 6 coefficients.\n\
         Family (chosen by the response): bernoulli with logit link; job is 1 in 3 of 6 rows.\n\
         job: 'b' counts as 1 and 'a' as 0.\n\
         All 6 coefficients ~ normal(0, 1).\n\
         The prior of `coefficients`, normal(0, 1), is that of the intercept too, on its value where every column is 0; a prior of \
         `intercept` sets it apart."
    );
    assert!(
        notes("y ~ . + I(age^2)", &[])
            .contains("\n6 rows for 7 coefficients and sigma: in some directions the priors alone decide.\n")
    );
}
