//! Categorical responses: two levels are a logistic regression, laws by hand, names and priors of levels, known truths found again.
use steepest_core::{Batch, Potential, Workspace};
use steepest_models::{Family, MixedModel, Model, Observations, Prior, RegressionOptions, Table};

const PRIORS: [&str; 1] = ["coefficients = normal(0, 2)"];

/// n rows of x, z and g, and a response of `labels` with these predictors of (1, x, z) for every level but the first.
fn table(n: usize, labels: &[&str], truth: &[[f64; 3]]) -> Table {
    let (mut z, mut u) = (vec![0.0; 2 * n], vec![0.0; n]);
    steepest_kernels::normals(31, 0, 1, 0, &mut z);
    steepest_kernels::uniforms(31, 0, 2, 0, &mut u);
    let mut text = String::from("x,z,g,w,kind,number\n");
    for r in 0..n {
        let (a, b) = (z[r], z[n + r]);
        let weights: Vec<f64> =
            [1.0].into_iter().chain(truth.iter().map(|t| (t[0] + t[1] * a + t[2] * b).exp())).collect();
        let total: f64 = weights.iter().sum();
        let mut left = u[r] * total;
        let level = weights
            .iter()
            .position(|w| {
                left -= w;
                left < 0.0
            })
            .unwrap_or(0);
        text += &format!("{a:?},{b:?},{},{},{},{}\n", ["p", "q", "r", "s"][r % 4], 1 + r % 3, labels[level], level + 3);
    }
    Table::parse("t.csv", text.as_bytes(), Default::default()).unwrap()
}
fn three(n: usize) -> Table {
    table(n, &["a", "b", "c"], &[[0.4, 1.0, -0.5], [-0.3, -0.8, 0.7]])
}
fn options(formula: &str, family: Family, priors: &[&str]) -> RegressionOptions {
    let priors = priors.iter().map(|p| Prior::assignment(p).unwrap()).collect();
    RegressionOptions { formula: formula.into(), family: Some(family), priors, ..Default::default() }
}
fn fit(table: &Table, formula: &str, family: Family, priors: &[&str]) -> MixedModel {
    MixedModel::new(table, &options(formula, family, priors)).unwrap_or_else(|e| panic!("{e}"))
}
fn rows(
    of: &dyn Observations,
    q: &[f64],
    what: fn(&dyn Observations, Batch<'_>, &mut [f64]),
    width: usize,
) -> Vec<f64> {
    let mut out = vec![0.0; of.rows() * width];
    what(of, Batch { n: 1, d: q.len(), x: q }, &mut out);
    out
}
fn density(of: &dyn Observations, q: &[f64]) -> Vec<f64> {
    rows(of, q, |of, theta, out| of.log_likelihood(0..of.rows(), theta, out), 1)
}

/// Two levels: density, rows and probabilities of a logistic regression, to rounding; with groups, weights, offsets too.
#[test]
fn two_levels_are_a_logistic_regression() {
    let t = table(150, &["no", "yes"], &[[0.4, 1.0, -0.5]]);
    for terms in ["x + z", "x*z + (1 | g)", "x + (x | g) + offset(z)"] {
        let formula = format!("kind ~ {terms}");
        let weighted = |family| RegressionOptions { weights: Some("w".into()), ..options(&formula, family, &PRIORS) };
        let [one, two] = [Family::Bernoulli, Family::Categorical].map(|f| MixedModel::new(&t, &weighted(f)).unwrap());
        let mut q = vec![0.0; one.dim()];
        steepest_kernels::normals(3, 0, 0, 0, &mut q);
        let names = two.names();
        q.iter_mut().zip(&names).filter(|(_, n)| n.starts_with("sd(")).for_each(|(q, _)| *q = q.abs() + 0.1);
        q.iter_mut().zip(&names).filter(|(_, n)| n.starts_with("cor(")).for_each(|(q, _)| *q = 0.3);
        assert!(names.iter().all(|name| name.contains("kind[yes]:")), "{names:?}");
        let (a, b) = (one.ln_density(&q), two.ln_density(&q));
        assert!((a - b).abs() < 1e-11 * a.abs(), "{terms}: {a} {b}");
        let (a, b) = (one.observations().unwrap(), two.observations().unwrap());
        assert!(density(a, &q).iter().zip(density(b, &q)).all(|(a, b)| (a - b).abs() < 1e-12 * a.abs().max(1.0)));
        let mean =
            |of: &dyn Observations, width| rows(of, &q, |of, theta, out| of.mean(0..of.rows(), theta, out), width);
        assert_eq!((a.levels().len(), b.levels()), (0, &["no".to_string(), "yes".to_string()][..]));
        for (p, both) in mean(a, 1).iter().zip(mean(b, 2).chunks(2)) {
            assert!((p - both[1]).abs() < 1e-14 && (1.0 - p - both[0]).abs() < 1e-14);
        }
    }
}

/// The density row by row in plain arithmetic; predictors of 1,500 neither overflow nor lose the answer.
#[test]
fn the_law_by_hand() {
    let t = three(130);
    let v = fit(&t, "kind ~ x + z", Family::Categorical, &PRIORS);
    assert_eq!(
        v.names(),
        ["kind[b]:intercept", "kind[b]:x", "kind[b]:z", "kind[c]:intercept", "kind[c]:x", "kind[c]:z"]
    );
    for size in [1.0, 500.0] {
        let q: Vec<f64> = [0.3, -1.1, 0.6, 0.2, 0.9, -0.4].iter().map(|q| size * q).collect();
        let (x, z) = (t.numbers("x").unwrap(), t.numbers("z").unwrap());
        let code = |r: usize| v.observations().unwrap().response()[r] as usize;
        let each: Vec<f64> = (0..130)
            .map(|r| {
                let eta = |c: usize| q[3 * c] + q[3 * c + 1] * x[r] + q[3 * c + 2] * z[r];
                let eta = [0.0, eta(0), eta(1)];
                let high = eta.iter().copied().fold(f64::MIN, f64::max);
                eta[code(r)] - high - eta.iter().map(|e| (e - high).exp()).sum::<f64>().ln()
            })
            .collect();
        let prior: f64 =
            q.iter().map(|q| -0.5 * (q / 2.0f64).powi(2) - (2.0 * (2.0 * std::f64::consts::PI).sqrt()).ln()).sum();
        let expected = prior + each.iter().sum::<f64>();
        let got = v.ln_density(&q);
        assert!((got - expected).abs() < 1e-10 * expected.abs(), "{got} against {expected}");
        let found = density(v.observations().unwrap(), &q);
        assert!(found.iter().zip(&each).all(|(a, b)| (a - b).abs() < 1e-10 * b.abs().max(1.0)));
        let at = v.coordinates(&q).unwrap();
        let mut energy = [0.0];
        v.values(Batch { n: 1, d: 6, x: &at }, 1.0, &mut energy, &mut Workspace::default());
        let origin = v.coordinates(&[0.0; 6]).unwrap();
        let mut zero = [0.0];
        v.values(Batch { n: 1, d: 6, x: &origin }, 1.0, &mut zero, &mut Workspace::default());
        let difference = (energy[0] - zero[0]) - (v.ln_density(&[0.0; 6]) - got);
        assert!(difference.abs() < 1e-9 * got.abs(), "the kernel of tiles is off by {difference}");
    }
}

/// Labels in alphabetical order and numbers in order of size give the same model; `y[4]:x` names a level of numbers.
#[test]
fn numbers_are_categories_too() {
    let t = three(90);
    let [labels, numbers] = ["kind", "number"].map(|y| fit(&t, &format!("{y} ~ x"), Family::Categorical, &PRIORS));
    assert_eq!(numbers.names(), ["number[4]:intercept", "number[4]:x", "number[5]:intercept", "number[5]:x"]);
    let q = [0.1, 0.7, -0.3, 0.4];
    assert_eq!(labels.ln_density(&q).to_bits(), numbers.ln_density(&q).to_bits());
}

/// A prior on everything, a term, a level, one coefficient, one standard deviation: the particular has the last word.
#[test]
fn priors_of_levels() {
    let t = three(90);
    let priors = [
        "kind[c] = normal(0, 3)",
        "coefficients = normal(0, 1)",
        "x = normal(0, 5)",
        "kind[c]:x = normal(0, 7)",
        "sd = half_normal(1)",
        "sd(kind[b]:1|g) = half_normal(2)",
    ];
    let notes = fit(&t, "kind ~ x + z + (1 | g)", Family::Categorical, &priors).notes().join("\n");
    for said in [
        "kind[b]:intercept ~ normal(0, 1).",
        "kind[c]:intercept ~ normal(0, 3).",
        "kind[b]:x ~ normal(0, 5).",
        "kind[c]:x ~ normal(0, 7).",
        "kind[c]:z ~ normal(0, 3).",
        "sd(kind[b]:1|g) ~ half_normal(2).",
        "sd(kind[c]:1|g) ~ half_normal(1).",
        "each level is compared with 'a'",
    ] {
        assert!(notes.contains(said), "{said} is not in\n{notes}");
    }
    let error = MixedModel::new(&t, &options("kind ~ x", Family::Categorical, &["kind[d]:x = flat"])).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("'kind[d]:x', which the model does not have; did you mean 'kind["), "{text}");
}

/// 4,000 rows of a known truth: coordinates are whitened at the mode, so that the truth lies within 4.5 posterior standard
/// deviations of it in every direction. A sign, a level or a column exchanged would put it some 30 away.
#[test]
fn a_known_truth_is_found_again() {
    let v = fit(&three(4000), "kind ~ x + z", Family::Categorical, &[]);
    let z = v.coordinates(&[0.4, 1.0, -0.5, -0.3, -0.8, 0.7]).unwrap();
    assert!(z.iter().all(|z| z.abs() < 4.5), "{z:?}");
    let (mut g, d) = (vec![0.0; 6], 6);
    v.gradients(Batch { n: 1, d, x: &[0.0; 6] }, 1.0, &mut g, &mut Workspace::default());
    assert!(g.iter().all(|g| g.abs() < 0.02), "the mode is not where the coordinates start: {g:?}");
}

/// Shares of 20,000 replicates against the probabilities of `mean`, within 4 standard errors (of 0.0035 at most); a level that
/// the model has not seen draws effects of its own in each predictor.
#[test]
fn replicates_follow_the_probabilities() {
    let v = fit(&three(90), "kind ~ x + (1 | g)", Family::Categorical, &PRIORS);
    let mut q = vec![0.2; v.dim()];
    q[..4].copy_from_slice(&[0.4, 1.0, -0.3, -0.8]);
    let new = Table::parse("n.csv", b"x,g\n0.5,p\n0.5,new\n", Default::default()).unwrap();
    let of = v.observations().unwrap().on(&new).unwrap();
    let n = 20_000;
    let many: Vec<f64> = q.iter().flat_map(|&q| std::iter::repeat_n(q, n)).collect();
    let theta = Batch { n, d: q.len(), x: &many };
    let (mut p, mut y) = (vec![0.0; 6 * n], vec![0.0; 2 * n]);
    of.mean(0..2, theta, &mut p);
    of.replicate(0..2, 7, 0, theta, &mut y);
    let eta = [0.0, 0.4 + 0.5 + 0.2, -0.3 - 0.4 + 0.2].map(f64::exp);
    for k in 0..3 {
        let exact = eta[k] / eta.iter().sum::<f64>();
        assert!((p[k * n] - exact).abs() < 1e-14, "{} {exact}", p[k * n]);
        let share = y[..n].iter().filter(|y| **y == k as f64).count() as f64 / n as f64;
        let z = (share - exact) / (exact * (1.0 - exact) / n as f64).sqrt();
        assert!(z.abs() < 4.0, "level {k}: {share} against {exact}");
    }
    assert!(of.response().iter().all(|y| y.is_nan()));
}

/// Three levels and no column: the posterior of two intercepts by the trapezoidal rule, in the user's numbers and in the
/// sampler's, to 1e-9: the integral of exp(-V) and the means. A prior, a Jacobian or a level off by one part in a million shows.
#[test]
fn the_evidence_is_an_integral() {
    let t = three(40);
    let v = fit(&t, "kind ~ 1", Family::Categorical, &PRIORS);
    let code = |k: f64| v.observations().unwrap().response().iter().filter(|y| **y == k).count() as f64;
    let counts = [code(0.0), code(1.0), code(2.0)];
    let grid = |h: f64, far: i32| (-far..=far).map(move |k| h * f64::from(k));
    let (mut z, mut first) = (0.0, [0.0; 2]);
    for b in grid(0.02, 200) {
        for c in grid(0.02, 200) {
            let rows = counts[1] * b + counts[2] * c - 40.0 * (1.0 + b.exp() + c.exp()).ln();
            let prior = -(b * b + c * c) / 8.0 - (8.0 * std::f64::consts::PI).ln();
            let mass = (rows + prior + 30.0).exp() * 0.02 * 0.02;
            z += mass;
            first = [first[0] + mass * b, first[1] + mass * c];
        }
    }
    let points: Vec<[f64; 2]> = grid(0.1, 100).flat_map(|x| grid(0.1, 100).map(move |y| [x, y])).collect();
    let n = points.len();
    let x: Vec<f64> = (0..2).flat_map(|j| points.iter().map(move |p| p[j])).collect();
    let (batch, mut work) = (Batch { n, d: 2, x: &x }, Workspace::default());
    let (mut energy, mut told) = (vec![0.0; n], vec![0.0; 2 * n]);
    v.values(batch, 1.0, &mut energy, &mut work);
    v.report(batch, &mut told, &mut work);
    let mass: Vec<f64> = energy.iter().map(|e| (30.0 - e).exp() * 0.01).collect();
    let total: f64 = mass.iter().sum();
    assert!((total / z - 1.0).abs() < 1e-9, "{total} against {z}");
    for j in 0..2 {
        let mean = mass.iter().zip(&told[j * n..]).map(|(m, q)| m * q).sum::<f64>() / total;
        assert!((mean - first[j] / z).abs() < 1e-9, "{} is {mean}, not {}", v.names()[j], first[j] / z);
    }
}

/// What can be wrong with the response, word for word.
#[test]
fn messages() {
    let t = Table::parse(
        "k.csv",
        b"x,kind,one,y\n1,a,q,0.5\n2,b,q,1\n3,c,q,2\n4,a,q,3\n5,c,q,4\n6,b,q,5\n",
        Default::default(),
    );
    let t = t.unwrap();
    let said =
        |formula: &str, family: Family| MixedModel::new(&t, &options(formula, family, &[])).unwrap_err().to_string();
    assert_eq!(
        said("one ~ x", Family::Categorical),
        "the response 'one' is q in every row; there is nothing to explain"
    );
    assert_eq!(
        said("kind ~ x", Family::Student),
        "the response 'kind' holds labels (a, b, c); the student family expects numbers (labels go with family = categorical, or \
         ordinal where they have an order)"
    );
    let v = fit(&t, "kind ~ x", Family::Categorical, &[]);
    let on = |text: &str| {
        let new = Table::parse("new.csv", text.as_bytes(), Default::default()).unwrap();
        v.observations().unwrap().on(&new).map(|rows| rows.response().to_vec()).map_err(|e| e.to_string())
    };
    // Without the response, without one of its values, with a level that was not there.
    assert!(on("x\n1\n").unwrap()[0].is_nan());
    let some = on("x,kind\n1,c\n2,\n").unwrap();
    assert!(some[0] == 2.0 && some[1].is_nan());
    assert_eq!(
        on("x,kind\n1,c\n2,d\n").unwrap_err(),
        "new.csv, row 3, column 'kind': the model has no level 'd'; its levels are a, b, c"
    );
}
