//! Modes of real posteriors to 1e-8 in every coordinate: three schemes that have nothing in common, and a Newton step from differences.
#[path = "../../models/tests/support/posteriordb.rs"]
#[allow(dead_code, reason = "a part of it")]
mod posteriordb;
use steepest_core::{Batch, Workspace};
use steepest_models::Model;
use steepest_spec::{Config, Unwatched, build, execute};

fn gradient(model: &dyn Model, x: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; x.len()];
    model.gradients(Batch { n: 1, d: x.len(), x }, 1.0, &mut out, &mut Workspace::default());
    out
}
/// The Newton step at x with a Hessian of differences of the gradient, by elimination.
fn newton(model: &dyn Model, x: &[f64]) -> Vec<f64> {
    let d = x.len();
    let mut h = vec![vec![0.0; d + 1]; d];
    for j in 0..d {
        let at = |e: f64| x.iter().enumerate().map(|(k, x)| if k == j { x + e } else { *x }).collect::<Vec<_>>();
        let (up, down) = (gradient(model, &at(1e-4)), gradient(model, &at(-1e-4)));
        (0..d).for_each(|k| h[k][j] = (up[k] - down[k]) / 2e-4);
    }
    gradient(model, x).iter().zip(&mut h).for_each(|(g, row)| row[d] = -g);
    for i in 0..d {
        let pivot = (i..d).max_by(|a, b| h[*a][i].abs().total_cmp(&h[*b][i].abs())).expect("a row");
        h.swap(i, pivot);
        let row = h[i].clone();
        for (_, other) in h.iter_mut().enumerate().filter(|(k, _)| *k != i) {
            let share = other[i] / row[i];
            other.iter_mut().zip(&row).for_each(|(o, r)| *o -= share * r);
        }
    }
    (0..d).map(|i| h[i][d] / h[i][i]).collect()
}
fn largest(v: impl IntoIterator<Item = f64>) -> f64 {
    v.into_iter().fold(0.0, |most, v| most.max(v.abs()))
}

#[test]
fn every_scheme_finds_the_same_mode() {
    let folder = tempfile::tempdir().expect("a folder");
    for reference in posteriordb::references() {
        let name = reference.folder.file_name().expect("a name").to_string_lossy().into_owned();
        let data = folder.path().join("data.csv");
        std::fs::write(&data, &reference.csv).expect("written");
        let mut priors = String::new();
        for (on, law) in reference.priors.iter().filter_map(|prior| prior.split_once(" = ")) {
            priors += &format!("{on} = \"{law}\"\n");
        }
        let text = |scheme: &str| {
            format!(
                "[functional]\nkind = \"regression\"\ndata = {:?}\nformula = {:?}\nfamily = {:?}\n[functional.priors]\n{priors}\
                 [state]\nkind = \"point\"\n[scheme]\nkind = \"{scheme}\"\ntolerance = 1e-9\n[run]\nsteps = 500\n",
                data.display().to_string(),
                reference.formula,
                reference.family,
            )
        };
        let mut first: Option<Vec<f64>> = None;
        for scheme in ["natural-gradient", "lbfgs", "trust-region"] {
            let config = Config::parse(&text(scheme), "flow.toml", &[]).unwrap_or_else(|error| panic!("{error}"));
            let model = build(&config).unwrap_or_else(|error| panic!("{error}"));
            let record = execute(&config, &*model, &mut Unwatched).unwrap_or_else(|error| panic!("{error}"));
            for line in &record.summary.ledger {
                assert!(line.verdict == steepest_record::Verdict::Holds, "{name} by {scheme}: {line:?}");
            }
            let x = record.arrays.iter().find(|array| array.name == "state").expect("a point").values.clone();
            // Coordinates are in units of about a posterior standard deviation.
            let left = largest(newton(&*model, &x));
            let apart = first.as_ref().map_or(0.0, |first| largest(first.iter().zip(&x).map(|(a, b)| a - b)));
            println!("{name} by {scheme}: Newton would go {left:.1e}, from the first {apart:.1e}");
            assert!(left < 1e-8, "{name} by {scheme}: Newton would go on by {left:e}");
            assert!(apart < 1e-8, "{name} by {scheme}: {apart:e} from the others");
            first.get_or_insert(x);
        }
    }
}
