//! The order of a response's levels: asked for where words do not say it, kept on new rows, and refused where it does not fit.
//! Events that never, or always, happened.
use steepest_core::{Batch, Potential, Workspace};
use steepest_models::{Family, MixedModel, Model, Prior, Regression, RegressionOptions, Table, regress};

const WORDS: [&str; 3] = ["low", "medium", "high"];

/// 60 rows: a grade that rises with x as a word and as 1, 2, 3; yes or no, and whether it is no.
fn table() -> Table {
    let mut text = String::from("x,grade,rank,said,denied,label\n");
    for r in 0..60 {
        let x = (r * 7 % 11) as f64 / 4.0 - 1.25;
        let k = ((x + (r * 5 % 7) as f64 / 4.0 + 0.4).max(0.0) as usize).min(2);
        let yes = (r * 3 % 5) < 1 + k;
        let (said, denied) = if yes { ("yes", 0) } else { ("no", 1) };
        text += &format!("{x},{},{},{said},{denied},{}\n", WORDS[k], k + 1, ["b", "c", "a"][k]);
    }
    Table::parse("grades.csv", text.as_bytes(), Default::default()).unwrap()
}
fn options(formula: &str, family: Family, levels: &[&str]) -> RegressionOptions {
    let levels = levels.iter().map(|level| (*level).to_owned()).collect();
    RegressionOptions { formula: formula.into(), family: Some(family), levels, ..Default::default() }
}
fn said(formula: &str, family: Family, levels: &[&str]) -> String {
    regress(&table(), &options(formula, family, levels)).map_or_else(|e| e.to_string(), |_| "fine".into())
}

/// To the bit the density of the same categories as numbers in that order; of another order it is another.
#[test]
fn words_in_an_order_are_numbers_in_that_order() {
    let t = table();
    let fit = |formula: &str, levels: &[&str]| {
        MixedModel::new(&t, &options(formula, Family::Ordinal, levels)).unwrap_or_else(|e| panic!("{e}"))
    };
    let (words, numbers) = (fit("grade ~ x", &WORDS), fit("rank ~ x", &[]));
    assert_eq!(words.names(), ["x", "cut[1]", "cut[2]"]);
    let q = [0.7, -0.4, 1.1];
    assert_eq!(words.ln_density(&q).to_bits(), numbers.ln_density(&q).to_bits());
    assert_eq!(fit("rank ~ x", &["1", "2", "3"]).ln_density(&q).to_bits(), numbers.ln_density(&q).to_bits());
    let turned = fit("grade ~ x", &["high", "medium", "low"]).ln_density(&q);
    assert!(numbers.ln_density(&q) - turned > 10.0, "{turned}");
    // Turned about and the other way round: P(y <= k | eta, cut) = P(y' >= K - k | -eta, -cut).
    let mirrored = fit("grade ~ x", &["high", "medium", "low"]).ln_density(&[-0.7, -1.1, 0.4]);
    assert!((numbers.ln_density(&q) - mirrored).abs() < 1e-9, "{mirrored}");
    assert!(words.notes().iter().any(|note| note == "grade: low < medium < high."), "{:?}", words.notes());

    let rows = words.observations().unwrap();
    assert_eq!((rows.levels(), rows.ordered()), (&WORDS.map(String::from)[..], true));
    let new = Table::parse("new.csv", b"x,grade\n0,high\n1,low\n2,medium\n", Default::default()).unwrap();
    assert_eq!(rows.on(&new).unwrap().response(), [2.0, 0.0, 1.0]);
}

/// The second label counts as 1, so that a bernoulli of no and yes turned about is that of the opposite; columns of 0 and 1 too.
#[test]
fn the_second_level_of_a_bernoulli_counts_as_one() {
    let t = table();
    let fit = |formula: &str, levels: &[&str]| {
        Regression::new(&t, &options(formula, Family::Bernoulli, levels)).unwrap_or_else(|e| panic!("{e}"))
    };
    let (turned, denied) = (fit("said ~ x", &["yes", "no"]), fit("denied ~ x", &[]));
    let q = [0.3, -0.8];
    assert_eq!(turned.ln_density(&q).to_bits(), denied.ln_density(&q).to_bits());
    assert!(turned.notes().iter().any(|note| note == "said: 'no' counts as 1 and 'yes' as 0."));
    let (plain, again) = (fit("said ~ x", &[]), fit("denied ~ x", &["1", "0"]));
    assert_eq!(plain.ln_density(&q).to_bits(), again.ln_density(&q).to_bits());
    assert!((plain.ln_density(&q) - denied.ln_density(&q)).abs() > 1.0);
}

/// 120 rows of 1, 2, 3, the last forty written 1.0, 2.0, 3.0: two cuts, and the density of them written in one way.
#[test]
fn grades_in_two_spellings_are_one_ladder() {
    let rows = |form: &dyn Fn(usize, usize) -> String| {
        let each = |r: usize| format!("{},{}\n", (r * 7 % 11) as f64 / 4.0, form(r, 1 + (r * 5 + r / 9) % 3));
        let text: String = (0..120).map(each).collect();
        Table::parse("grades.csv", format!("x,r\n{text}").as_bytes(), Default::default()).unwrap()
    };
    let fit = |table: &Table| {
        MixedModel::new(table, &options("r ~ x", Family::Ordinal, &[])).unwrap_or_else(|e| panic!("{e}"))
    };
    let mixed = fit(&rows(&|r, k| if r < 80 { format!("{k}") } else { format!("{k}.0") }));
    assert_eq!(mixed.names(), ["x", "cut[1]", "cut[2]"]);
    assert!(mixed.notes().iter().any(|note| note == "r: 1 < 2 < 3."), "{:?}", mixed.notes());
    let q = [0.7, -0.4, 1.1];
    assert_eq!(mixed.ln_density(&q).to_bits(), fit(&rows(&|_, k| format!("{k}"))).ln_density(&q).to_bits());
    // Zeros before them make levels of their own; where these are one number, their order is not said.
    let padded = fit(&rows(&|_, k| format!("0{k}")));
    assert!(padded.notes().iter().any(|note| note == "r: 01 < 02 < 03."), "{:?}", padded.notes());
    let both = rows(&|r, k| if r < 80 { format!("{k}") } else { format!("0{k}") });
    let said =
        regress(&both, &options("r ~ x", Family::Ordinal, &[])).map_or_else(|e| e.to_string(), |_| "fine".into());
    assert!(said.starts_with("the levels of the response 'r' (01, 1, 02, 2, 03, 3) are words"), "{said}");
}

#[test]
fn the_first_level_of_a_categorical_is_the_reference() {
    let model = MixedModel::new(&table(), &options("label ~ x", Family::Categorical, &["c", "a", "b"])).unwrap();
    assert_eq!(model.names(), ["label[a]:intercept", "label[a]:x", "label[b]:intercept", "label[b]:x"]);
}

#[test]
fn what_can_be_wrong_with_an_order() {
    let ordinal = Family::Ordinal;
    assert_eq!(
        said("grade ~ x", ordinal, &[]),
        "the levels of the response 'grade' (high, low, medium) are words, which do not say their order; an ordinal response needs \
         levels = [\"high\", \"low\", \"medium\"] with these in their order, the lowest first"
    );
    assert_eq!(said("rank ~ x", ordinal, &[]), "fine");
    assert_eq!(said("grade ~ x + (1 | said)", ordinal, &WORDS), "fine");
    assert_eq!(
        said("grade ~ x", ordinal, &["low", "medum", "high"]),
        "the response 'grade' has no level 'medum' in the rows in use; did you mean 'medium'?"
    );
    assert_eq!(
        said("grade ~ x", ordinal, &["low", "medium", "high", "out of it"]),
        "the response 'grade' has no level 'out of it' in the rows in use; its levels are high, low, medium"
    );
    assert_eq!(
        said("grade ~ x", ordinal, &["low", "high"]),
        "levels leave out 'medium' of the response 'grade'; name every level"
    );
    assert_eq!(
        said("grade ~ x", ordinal, &["low", "low", "high"]),
        "the level 'low' is given twice; name each level once"
    );
    assert_eq!(
        said("log(rank) ~ x", Family::Gaussian, &["1", "2"]),
        "levels put the categories of a response in order, and the response 'log(rank)' has numbers; take a column by its name, or \
         as C(column), in a family of categories (bernoulli, ordinal, categorical)"
    );
    // A column of numbers in a family of numbers, given or found, is not read as labels first.
    let automatic = |formula: &str| {
        let asked = RegressionOptions { family: None, ..options(formula, Family::Gaussian, &["1", "2"]) };
        regress(&table(), &asked).map_or_else(|e| e.to_string(), |_| "fine".into())
    };
    for (said, name) in [
        (said("x ~ rank", Family::Gaussian, &["1", "2"]), "x"),
        (said("rank ~ x", Family::Poisson, &["1", "2"]), "rank"),
        (said("rank ~ x + (1 | said)", Family::Gaussian, &["1", "2", "3"]), "rank"),
        (automatic("x ~ rank"), "x"),
        (automatic("rank ~ x"), "rank"),
    ] {
        let numbers =
            format!("levels put the categories of a response in order, and the response '{name}' has numbers");
        assert!(said.starts_with(&numbers), "{said}");
    }
    let cut = |name: &str| {
        let priors = vec![(name.to_owned(), Prior::Normal { mean: 0.0, sd: 1.0 })];
        let asked = RegressionOptions { priors, ..options("rank ~ x", ordinal, &[]) };
        regress(&table(), &asked).map_or_else(|e| e.to_string(), |_| "fine".into())
    };
    assert_eq!(cut("cut[1]"), "a prior is set on 'cut[1]', which the model does not have; did you mean 'cut'?");
    assert_eq!(
        cut("threshold"),
        "a prior is set on 'threshold', which the model does not have; it has x, coefficients, cut"
    );
}

/// V at a point.
fn value(model: &(impl Potential + ?Sized), x: &[f64]) -> f64 {
    let mut out = [0.0];
    model.values(Batch { n: 1, d: x.len(), x }, 1.0, &mut out, &mut Workspace::default());
    out[0]
}

/// Eight zeros, or eight ones: proper priors make a posterior, whose density is known; flat ones do not.
#[test]
fn events_that_never_happened_have_a_posterior_under_proper_priors() {
    let rows: String = [0, 1, 3, 2, 5, 4, 1, 7].map(|x| format!("{x},0,1,2\n")).concat();
    let t = Table::parse("none.csv", format!("x,y,z,n\n{rows}").as_bytes(), Default::default()).unwrap();
    let asked = |formula: &str, family: Family, priors: &[&str]| {
        let priors = priors.iter().map(|text| Prior::assignment(text).unwrap()).collect();
        RegressionOptions { formula: formula.into(), family: Some(family), priors, ..Default::default() }
    };
    for (formula, family) in [("y ~ 1", Family::Poisson), ("y ~ 1", Family::Bernoulli), ("z ~ 1", Family::Bernoulli)] {
        let fit = Regression::new(&t, &asked(formula, family, &["intercept = normal(0, 1)"])).unwrap();
        for b in [-2.5_f64, 0.0, 1.5] {
            let row = match (family, formula) {
                (Family::Poisson, _) => -b.exp(),
                (_, "y ~ 1") => -b.exp().ln_1p(),
                _ => -(-b).exp().ln_1p(),
            };
            let exact = 8.0 * row - 0.5 * b * b - 0.5 * (2.0 * std::f64::consts::PI).ln();
            let found = fit.ln_density(&[b]);
            assert!((found - exact).abs() < 1e-12 * exact.abs(), "{family} {b}: {found}, not {exact}");
        }
    }
    // The intercept's default is where half an event would put it: log(0.5 / 8), log(15), and of 16 trials log(31).
    for (formula, family, centre) in [
        ("y ~ x", Family::Poisson, "normal(-2.773, 2.5)"),
        ("y ~ x", Family::NegativeBinomial, "normal(-2.773, 2.5)"),
        ("y ~ x", Family::ZeroInflatedPoisson, "normal(-2.773, 2.5)"),
        ("z ~ x", Family::Bernoulli, "normal(2.708, 2.5)"),
        ("n | trials(n) ~ x", Family::Binomial, "normal(3.434, 2.5)"),
    ] {
        let model = regress(&t, &asked(formula, family, &[])).unwrap_or_else(|e| panic!("{formula}: {e}"));
        let notes = model.notes().join("\n");
        assert!(notes.contains(&format!("\nintercept ~ {centre} (default")), "{family}: {notes}");
        let at = value(&*model, &vec![0.5; model.dim()]);
        assert!(at.is_finite(), "{family}: {at}");
    }
    for (formula, family) in
        [("y ~ x", Family::Poisson), ("y ~ x", Family::NegativeBinomial), ("z ~ x", Family::Bernoulli)]
    {
        let flat = asked(formula, family, &["x = normal(0, 1)", "intercept = flat"]);
        let said = regress(&t, &flat).map_or_else(|e| e.to_string(), |_| "fine".into());
        let bounds =
            "in every row, which under a flat prior bounds nothing; give proper priors, such as normal(0, 2.5)";
        assert!(said.contains(bounds), "{family}: {said}");
    }
    // Where no one said that they are events, it is more likely a slip.
    let plain = RegressionOptions { formula: "y ~ x".into(), ..Default::default() };
    let said = regress(&t, &plain).map_or_else(|e| e.to_string(), |_| "fine".into());
    assert_eq!(said, "the response 'y' is 0 in every row; there is nothing to explain");
}

/// 4, 2 and 2 rows of three sizes: at cuts 0 and log 3 a null model gives them 1/2, 1/4 and 1/4, and V is minus the log density where
/// no Jacobian counts. The order of size needs no one to state it, and levels go by value.
#[test]
fn an_ordinal_may_have_no_predictors() {
    let text: String = [1, 2, 3, 1, 1, 2, 3, 1].map(|k| format!("{},0\n", 0.5 * f64::from(k))).concat();
    let t = Table::parse("half.csv", format!("half,zero\n{text}").as_bytes(), Default::default()).unwrap();
    let cuts = [0.0, 3f64.ln()];
    let prior = -(2.0 * std::f64::consts::PI).ln() - 0.5 * cuts[1] * cuts[1];
    let exact = -12.0 * 2f64.ln() + prior;
    for (formula, levels) in [
        ("half ~ 1", &[][..]),
        ("half ~ 1", &[".5", " 1.0", "1.5 "]),
        ("C(half) ~ 1", &["0.5", "1", "1.5"]),
        ("half ~ offset(zero)", &[]),
    ] {
        let priors = vec![Prior::assignment("cut = normal(0, 1)").unwrap()];
        let asked = RegressionOptions { priors, ..options(formula, Family::Ordinal, levels) };
        let mut model = regress(&t, &asked).unwrap_or_else(|e| panic!("{formula}: {e}"));
        assert_eq!(model.names(), ["cut[1]", "cut[2]"]);
        assert_eq!(model.observations().unwrap().levels(), ["0.5", "1", "1.5"]);
        assert!(model.weigh_jacobian(0.0));
        let found = MixedModel::new(&t, &asked).unwrap();
        assert!((found.ln_density(&cuts) - exact).abs() < 1e-12 * exact.abs(), "{formula}");
        let x = found.coordinates(&cuts).unwrap();
        let at = value(&*model, &x);
        assert!((at + exact).abs() < 1e-12 * exact.abs(), "{formula}: {at}, not {}", -exact);
        let mut slopes = [0.0; 2];
        model.gradients(Batch { n: 1, d: 2, x: &x }, 1.0, &mut slopes, &mut Workspace::default());
        for (k, found) in slopes.iter().enumerate() {
            let moved = |by: f64| {
                let mut x = x.clone();
                x[k] += by;
                value(&*model, &x)
            };
            let slope = (moved(1e-4) - moved(-1e-4)) / 2e-4;
            assert!((found - slope).abs() < 1e-6, "{formula}: {found} {slope}");
        }
    }
}
