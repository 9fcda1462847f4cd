//! What a regression says of rows: densities that sum to its own, draws with the right moments, new tables.
use steepest_core::Batch;
use steepest_models::{Family, Model, Observations, Regression, RegressionOptions, Table};

const PEOPLE: &str = "age,housing,rich,visits,height\n20,own,0,1,1.51\n30,rent,1,0,1.63\n40,free,0,3,1.78\n50,own,1,2,1.82\n\
                      60,rent,1,6,1.95\n35,free,0,1,1.75\n41,own,1,9,1.6\n";

fn fit(text: &str, formula: &str, family: Family) -> Regression {
    let table = Table::parse("people.csv", text.as_bytes(), Default::default()).unwrap();
    let priors =
        [("coefficients", "flat"), ("sigma", "flat")].into_iter().take(if family == Family::Gaussian { 2 } else { 1 });
    let priors = priors.map(|(name, prior)| (name.to_string(), prior.parse().unwrap())).collect();
    let options = RegressionOptions { formula: formula.into(), family: Some(family), priors, ..Default::default() };
    Regression::new(&table, &options).unwrap_or_else(|e| panic!("{e}"))
}
/// A model of each family, with a draw of its quantities.
fn models() -> Vec<(Regression, Vec<f64>)> {
    vec![
        (fit(PEOPLE, "height ~ scale(age) + housing", Family::Gaussian), vec![1.7, 0.1, -0.05, 0.02, 0.2]),
        (fit(PEOPLE, "rich ~ age", Family::Bernoulli), vec![-3.0, 0.08]),
        (fit(PEOPLE, "visits ~ log(age)", Family::Poisson), vec![-2.0, 0.9]),
    ]
}

/// Under flat priors the density of the model is the product over its rows.
#[test]
fn rows_multiply_to_the_likelihood() {
    for (model, q) in models() {
        let observations = model.observations().unwrap();
        assert_eq!((observations.rows(), observations.response().len()), (7, 7));
        let mut each = vec![0.0; 7];
        observations.log_likelihood(0..7, Batch { n: 1, d: q.len(), x: &q }, &mut each);
        let (sum, whole) = (each.iter().sum::<f64>(), model.ln_density(&q));
        assert!((sum - whole).abs() < 1e-12 * whole.abs(), "{sum} {whole}");
    }
}

/// Rows in pieces and draws in pieces are those of the whole, to the bit, and so are replicates.
#[test]
fn pieces_agree_with_the_whole() {
    for (model, q) in models() {
        let (observations, n) = (model.observations().unwrap(), 5);
        let x: Vec<f64> = q.iter().flat_map(|q| (0..n).map(move |i| q * (1.0 + 0.01 * i as f64))).collect();
        let late: Vec<f64> = x.chunks_exact(n).flat_map(|column| column[2..4].to_vec()).collect();
        let (whole, part) = (Batch { n, d: q.len(), x: &x }, Batch { n: 2, d: q.len(), x: &late });
        type See<'a> = &'a dyn Fn(std::ops::Range<usize>, Batch<'_>, u64, &mut [f64]);
        let sees: [See<'_>; 3] = [
            &|rows, theta, _, out| observations.log_likelihood(rows, theta, out),
            &|rows, theta, _, out| observations.mean(rows, theta, out),
            &|rows, theta, first, out| observations.replicate(rows, 7, first, theta, out),
        ];
        for see in sees {
            let (mut all, mut some) = (vec![0.0; 7 * n], vec![0.0; 3 * 2]);
            see(0..7, whole, 10, &mut all);
            see(3..6, part, 12, &mut some);
            for r in 0..3 {
                for i in 0..2 {
                    assert_eq!(some[r * 2 + i].to_bits(), all[(r + 3) * n + i + 2].to_bits());
                }
            }
        }
    }
}

/// 40,000 replicates: mean and variance within 4 standard errors, so 2 % of a standard deviation would be seen.
#[test]
fn replicates_have_the_moments_of_the_law() {
    for (model, q) in models() {
        let (observations, n, d) = (model.observations().unwrap(), 40_000, q.len());
        let x: Vec<f64> = q.iter().flat_map(|&q| std::iter::repeat_n(q, n)).collect();
        let theta = Batch { n, d, x: &x };
        let (mut y, mut mean) = (vec![0.0; n], vec![0.0; n]);
        observations.replicate(4..5, 3, 0, theta, &mut y);
        observations.mean(4..5, theta, &mut mean);
        let mean = mean[0];
        let variance = match model.family() {
            Family::Gaussian => q[d - 1] * q[d - 1],
            Family::Bernoulli => mean * (1.0 - mean),
            _ => mean,
        };
        let found = y.iter().sum::<f64>() / n as f64;
        let z = (found - mean) / (variance / n as f64).sqrt();
        assert!(z.abs() < 4.0, "{:?}: mean {found} against {mean}, z = {z}", model.family());
        let squares: Vec<f64> = y.iter().map(|y| (y - mean) * (y - mean)).collect();
        let found = squares.iter().sum::<f64>() / n as f64;
        let spread = squares.iter().map(|s| (s - found) * (s - found)).sum::<f64>() / n as f64;
        let z = (found - variance) / (spread / n as f64).sqrt();
        assert!(z.abs() < 4.0, "{:?}: variance {found} against {variance}, z = {z}", model.family());
    }
}

/// New rows are read by what the first table taught: its mean and scale, its levels in their order.
#[test]
fn new_rows_are_read_as_the_old_ones() {
    let (model, q) = models().swap_remove(0);
    let old = model.observations().unwrap();
    let theta = Batch { n: 1, d: q.len(), x: &q };
    let on = |text: &str| {
        let table = Table::parse("new.csv", text.as_bytes(), Default::default()).unwrap();
        old.on(&table)
    };
    let mean = |of: &dyn Observations, r: usize| {
        let mut out = [0.0];
        of.mean(r..r + 1, theta, &mut out);
        out[0]
    };
    let new = on("housing,age\nrent,60\nown,20\n").unwrap();
    assert_eq!((mean(&*new, 0), mean(&*new, 1)), (mean(old, 4), mean(old, 0)));
    assert!(new.response().iter().all(|y| y.is_nan()));
    let known = on("housing,age,height\nrent,60,NA\nown,20,1.5\n").unwrap();
    assert!(known.response()[0].is_nan() && known.response()[1] == 1.5);
    let said = |text: &str| on(text).err().map(|e| e.to_string()).unwrap_or_default();
    assert_eq!(
        said("housing,age\nrented,60\n"),
        "new.csv, row 2, column 'housing': the model has no level 'rented'; did you mean 'rent'?"
    );
    assert_eq!(
        said("housing,age\nrent,\n"),
        "new.csv: missing values in column 'age': 1 (row 2). Fill them in, or set missing = \"drop\" to leave 1 of 1 rows out"
    );
    assert!(said("age\n60\n").starts_with("new.csv: there is no column 'housing'"));
    let binary = fit(PEOPLE, "rich ~ age", Family::Bernoulli);
    let table = Table::parse("new.csv", b"age,rich\n1,2\n", Default::default()).unwrap();
    let error = binary.observations().unwrap().on(&table).err().unwrap().to_string();
    assert!(error.starts_with("new.csv, row 2: the response 'rich' is 2;"), "{error}");
}
