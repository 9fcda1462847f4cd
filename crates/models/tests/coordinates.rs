//! The law of `Model::coordinates`, over every named target and every domain of a row model; regressions have it in tests of their own.
use steepest_core::{Batch, Workspace};
use steepest_kernels::normals;
use steepest_models::{CATALOGUE, EightSchools, Likelihood, Model, Rows, RowsOptions, Table, Whitened, target};

/// What a random point reports has coordinates that report the same, to 1e-12 of the largest number.
fn come_back(name: &str, v: &dyn Model) {
    let report = |x: &[f64]| {
        let mut out = vec![0.0; v.names().len()];
        v.report(Batch { n: 1, d: x.len(), x }, &mut out, &mut Workspace::default());
        out
    };
    let mut x = vec![0.0; v.dim()];
    for draw in 0..5 {
        normals(31, draw, 0, 0, &mut x);
        v.start(&mut x);
        let q = report(&x);
        let back = report(&v.coordinates(&q).unwrap_or_else(|| panic!("{name} has no coordinates")));
        let scale = q.iter().fold(1.0f64, |most, q| most.max(q.abs()));
        assert!(q.iter().zip(&back).all(|(q, back)| (q - back).abs() <= 1e-12 * scale), "{name}: {q:?}, {back:?}");
        assert_eq!(v.coordinates(&q[1..]), None, "{name}");
    }
}

#[test]
fn every_target_has_coordinates() {
    for entry in CATALOGUE {
        come_back(entry.name, &*target(entry.name, &[]).unwrap());
    }
}
#[test]
fn every_domain_has_coordinates() {
    let table = Table::from_columns([("y", vec![1.0, 3.0, 2.5]), ("g", vec![1.0, 2.0, 2.0])]).unwrap();
    let domains = [
        ("a", "real"),
        ("b", "positive(2)"),
        ("c", "bounded(-1, 3)[2]"),
        ("e", "bounded(2, inf)"),
        ("f", "bounded(-inf, 2)"),
        ("h", "ordered(4)"),
        ("p", "simplex(4)"),
        ("u", "real[g]"),
    ];
    let used = "0.5*(y - a - u[g] - b[1] - c[1] - e - f - h[1] - p[1])^2";
    let options = RowsOptions {
        likelihood: Likelihood::Nll(used.into()),
        parameters: domains.map(|(name, domain)| (name.into(), domain.into())).into(),
        ..RowsOptions::default()
    };
    let v = Rows::new(&table, &options).unwrap();
    come_back("rows", &v);
    let d = v.dim();
    let spread: Vec<f64> =
        (0..d * d).map(|k| if k / d <= k % d { 0.5 + 0.1 * (k as f64).sin() } else { 0.0 }).collect();
    come_back("rows, whitened", &Whitened::new(&v, &vec![0.3; d], &spread));
}
/// tau = 0 has no coordinate, nor has a negative one.
#[test]
fn outside_the_domain_coordinates_are_not_finite() {
    for tau in [0.0, -1.0] {
        let mut q = [1.0; 10];
        q[1] = tau;
        assert!(EightSchools.coordinates(&q).unwrap().iter().any(|x| !x.is_finite()), "{tau}");
    }
}
