//! What a user may ask of a plain regression without a group in it: weights, bounds in the way of the mode, names that clash,
//! responses of two numbers.
use steepest_core::{Batch, Workspace};
use steepest_kernels::normals;
use steepest_models::{
    Family, MixedModel, Model, ModelError, Prior, Regression, RegressionOptions, Table, TableOptions, regress,
};

fn table() -> Table {
    let [mut x, mut e] = [0, 1].map(|_| vec![0.0; 200]);
    normals(31, 0, 0, 0, &mut x);
    normals(31, 0, 1, 0, &mut e);
    let y: Vec<f64> = x.iter().zip(&e).map(|(x, e)| 0.3 + 0.9 * x + 1.1 * e).collect();
    let yes = y.iter().map(|y| f64::from(u8::from(*y > 0.0))).collect();
    let count = y.iter().map(|y| y.exp().floor()).collect();
    let w = (0..200).map(|k| f64::from(1 + k % 3)).collect();
    let negative = x.iter().map(|x| x - 1.0).collect();
    let columns = [("x", x), ("y", y), ("yes", yes), ("count", count), ("w", w), ("negative", negative)];
    Table::from_columns(columns.map(|(name, column)| (name.to_string(), column))).unwrap()
}
fn asked(formula: &str, priors: &[&str]) -> RegressionOptions {
    let priors = priors.iter().map(|p| Prior::assignment(p).unwrap()).collect();
    RegressionOptions { formula: formula.into(), priors, ..Default::default() }
}
fn energy(model: &dyn Model, z: &[f64]) -> f64 {
    let mut v = [0.0];
    model.values(Batch { n: 1, d: z.len(), x: z }, 1.0, &mut v, &mut Workspace::default());
    v[0]
}

const PLAIN: [(&str, Family); 3] =
    [("y ~ x", Family::Gaussian), ("yes ~ x", Family::Bernoulli), ("count ~ x", Family::Poisson)];

/// Weights are not left out where nothing else is more than a plain regression: the posterior is that of rows repeated, and a
/// column of no weights is refused. One row left out or counted once would be seen.
#[test]
fn weights_count_in_every_plain_family() {
    let t = table();
    let rows: Vec<usize> = (0..200).flat_map(|r| std::iter::repeat_n(r, 1 + r % 3)).collect();
    let pick = |name: &str| rows.iter().map(|r| t.numbers(name).unwrap()[*r]).collect();
    let long = Table::from_columns(["x", "y", "yes", "count"].map(|name| (name.to_string(), pick(name)))).unwrap();
    for (formula, family) in PLAIN {
        let own = (family == Family::Gaussian).then_some("sigma = half_normal(2)");
        let priors: Vec<&str> = ["coefficients = normal(0, 3)"].into_iter().chain(own).collect();
        let plain = RegressionOptions { family: Some(family), ..asked(formula, &priors) };
        let with = |w: &str| RegressionOptions { weights: Some(w.into()), ..plain.clone() };
        assert!(matches!(Regression::new(&t, &with("w")), Err(ModelError::FixedOnly { .. })), "{formula}");
        let weighted = regress(&t, &with("w")).unwrap();
        assert!(weighted.notes().iter().any(|n| n.contains("as its 'w' says")), "{:?}", weighted.notes());
        let q: &[f64] = if own.is_some() { &[0.2, 0.7, 1.0] } else { &[0.2, 0.7] };
        let a = MixedModel::new(&t, &with("w")).unwrap().ln_density(q);
        let [b, c] = [&long, &t].map(|t| Regression::new(t, &plain).unwrap().ln_density(q));
        assert!((a - b).abs() < 1e-9 * b.abs() && (a - c).abs() > 0.2 * b.abs(), "{formula}: {a} {b} {c}");
        for (column, why) in [("negative", "weights are 0 or more"), ("nope", "no column 'nope'")] {
            let said = regress(&t, &with(column)).map_or_else(|e| e.to_string(), |_| "fine".into());
            assert!(said.contains(why), "{formula}: {said}");
        }
    }
}

/// A uniform prior that ends before the mode of the likelihood: the coordinates have its scale all the same. In a direction of
/// standard deviation s the energy rises by 1 / (2 s^2) a unit away, so 0.1 to 5 is 0.3 to 2.2 of them.
#[test]
fn bounds_in_the_way_of_the_mode_leave_the_coordinates_in_order() {
    for prior in [
        "sigma = uniform(0, 1)",
        "sigma = uniform(0.5, 1)",
        "sigma = uniform(0, 0.8)",
        "sigma = uniform(2, 3)",
        "x = uniform(2, 3)",
        "x = uniform(5, 6)",
        "x = uniform(-6, -5)",
        "intercept = uniform(4, 40)",
    ] {
        let model = regress(&table(), &asked("y ~ x", &[prior])).unwrap();
        let centre = energy(model.as_ref(), &[0.0; 3]);
        for j in 0..3 {
            for sign in [-1.0, 1.0] {
                let mut z = [0.0; 3];
                z[j] = sign;
                let rise = energy(model.as_ref(), &z) - centre;
                assert!((0.1..5.0).contains(&rise), "{prior}: {rise} along {sign} e{j}");
            }
        }
    }
}

#[test]
fn names_that_clash_are_refused_and_no_term_is_lost() {
    let said = |text: &str, formula: &str| {
        let table = Table::parse("d.csv", text.as_bytes(), TableOptions::default()).unwrap();
        regress(&table, &asked(formula, &[])).map_or_else(|e| e.to_string(), |m| m.names().join(" "))
    };
    let clash = "y,sigma,intercept\n1,2,3\n2,3,3\n4,4,4\n3,7,1\n5,1,1\n";
    for (formula, name) in [("y ~ sigma", "sigma"), ("y ~ intercept", "intercept")] {
        let message =
            format!("'{formula}' makes two quantities named '{name}', by which priors and results are told apart");
        assert!(said(clash, formula).starts_with(&message), "{}", said(clash, formula));
    }
    let product = "y,x,z,x:z\n1,2,3,5\n2,3,3,4\n4,4,4,2\n3,7,1,9\n5,1,2,2\n7,3,3,1\n";
    assert!(said(product, "y ~ x * z + `x:z`").contains("two quantities named 'x:z'"));
    assert_eq!(said(product, "y ~ x + z + `x:z`"), "intercept x z x:z sigma");
}

#[test]
fn responses_of_two_numbers_and_columns_of_extreme_size_are_asked_about() {
    let said = |text: &str, formula: &str, family: Option<Family>| {
        let table = Table::parse("d.csv", text.as_bytes(), TableOptions::default()).unwrap();
        let options = RegressionOptions { family, ..asked(formula, &[]) };
        regress(&table, &options).map_or_else(|e| e.to_string(), |_| "fine".into())
    };
    let two = "y,x\n1,1\n2,3\n1,2\n2,5\n2,2\n1,1\n";
    assert_eq!(
        said(two, "y ~ x", None),
        "the response 'y' is 1 or 2 in every row: for two categories write C(y) ~ ..., for numbers say family = gaussian"
    );
    assert_eq!(said(two, "C(y) ~ x", None), "fine");
    assert_eq!(said(two, "y ~ x", Some(Family::Gaussian)), "fine");
    // What else of the formula says what the response is, is enough.
    let trials = "k,n,s,x\n3,9,0.1,1\n5,9,0.2,3\n3,9,0.1,2\n5,9,0.1,5\n5,9,0.3,2\n3,9,0.1,1\n";
    assert_eq!(said(trials, "k | trials(n) ~ x", None), "fine");
    assert_eq!(said(trials, "k | se(s) ~ x", None), "fine");
    let huge = "y,x\n1.5,1e300\n2,3e300\n1,-2e300\n2,5e299\n";
    assert!(
        said(huge, "y ~ x", None).starts_with("the numbers of 'x' are of a size (3e300 at most) whose square is lost")
    );
    assert_eq!(said(huge, "y ~ I(x / 3e300)", None), "fine");
    assert!(said(&huge.replace("e300", "e-300").replace("e299", "e-301"), "y ~ x", None).contains("3e-300 at most"));
}
