//! The regressions among the posteriors of posteriordb, as tables and formulas; read from a folder beside the repository.
use serde_json::Value;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// One posterior: how to fit it, and where the answers are.
pub struct Reference {
    /// The folder with `reference.json` and the draws.
    pub folder: PathBuf,
    /// What `fit` needs.
    pub formula: &'static str,
    pub family: &'static str,
    pub priors: &'static [&'static str],
    /// The data as CSV text.
    pub csv: String,
    /// Names of the reference's parameters, in the order in which `fit` reports its own.
    pub parameters: Vec<String>,
    /// Data as posteriordb has them.
    pub data: Value,
    /// log of the mass that a truncated prior lacks in the reference's log Z, where it is not normalised.
    pub truncated: f64,
}

/// The folder of posteriordb: `STEEPEST_POSTERIORDB`, or `../shared/posteriordb` beside the root of the repository.
pub fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/posteriordb");
    let folder = std::env::var_os("STEEPEST_POSTERIORDB").map_or(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no posteriordb at {} (set STEEPEST_POSTERIORDB)", folder.display());
    None
}

const LN_2: f64 = std::f64::consts::LN_2;
type Row = (&'static str, &'static str, &'static str, &'static [&'static str], &'static [&'static str], f64);

/// Folder, formula, family, priors, columns, truncation.
#[rustfmt::skip]
const ALL: [Row; 7] = [
    ("earnings-earn_height", "earn ~ height", "gaussian",
        &["coefficients = flat", "sigma = flat"], &["earn", "height"], 0.0),
    ("kidiq-kidscore_interaction", "kid_score ~ mom_hs * mom_iq", "gaussian",
        &["coefficients = flat", "sigma = half_cauchy(2.5)"], &["kid_score", "mom_hs", "mom_iq"], LN_2),
    ("nes1992-nes", "partyid7 ~ real_ideo + race_adj + C(age_discrete) + educ1 + gender + income", "gaussian",
        &["coefficients = flat", "sigma = flat"],
        &["partyid7", "real_ideo", "race_adj", "age_discrete", "educ1", "gender", "income"], 0.0),
    ("sblri-blr", "y ~ 0 + X1 + X2 + X3 + X4 + X5", "gaussian",
        &["coefficients = normal(0, 10)", "sigma = half_normal(10)"], &["y", "X"], LN_2),
    ("wells_data-wells_dist100ars_model", "switched ~ I(dist / 100) + arsenic", "bernoulli",
        &["coefficients = flat"], &["switched", "dist", "arsenic"], 0.0),
    ("nes_logit_data-nes_logit_model", "vote ~ income", "bernoulli",
        &["coefficients = flat"], &["vote", "income"], 0.0),
    ("GLM_Poisson_Data-GLM_Poisson_model", "C ~ year + I(year^2) + I(year^3)", "poisson",
        &["coefficients = uniform(-10, 10)", "intercept = uniform(-20, 20)"], &["C", "year"], 0.0),
];

/// Every regression of posteriordb that the folder holds.
pub fn references() -> Vec<Reference> {
    let Some(root) = folder() else { return Vec::new() };
    let read = |row: &Row| {
        let (name, formula, family, priors, columns, truncated) = *row;
        let folder = root.join(name);
        let data: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("data.json")).unwrap()).unwrap();
        let parameters = header(&folder).into_iter().filter(|p| !["chain", "draw"].contains(&p.as_str())).collect();
        let csv = csv(&data, columns);
        Reference { folder, formula, family, priors, csv, parameters, data, truncated }
    };
    ALL.iter().map(read).collect()
}

impl Reference {
    /// The thinned draws: one vector a draw, in the order of `parameters`.
    #[allow(dead_code)]
    pub fn draws(&self) -> Vec<Vec<f64>> {
        let text = std::fs::read_to_string(draws(&self.folder)).unwrap();
        text.lines().skip(1).map(|l| l.split(',').skip(2).map(|c| c.parse().unwrap()).collect()).collect()
    }
    /// A column of the data.
    #[allow(dead_code)]
    pub fn column(&self, name: &str) -> Vec<f64> {
        self.data[name].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
    }
    /// log Z by quadrature, where known, with truncated priors normalised.
    #[allow(dead_code)]
    pub fn log_z(&self) -> Option<f64> {
        let exact = std::fs::read_to_string(self.folder.join("exact.json")).ok()?;
        let exact: Value = serde_json::from_str(&exact).ok()?;
        Some(exact["logZ"].as_f64()? + self.truncated)
    }
}

fn draws(folder: &Path) -> PathBuf {
    let is_draws = |p: &PathBuf| p.extension().is_some_and(|e| e == "csv");
    std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).find(is_draws).unwrap()
}
fn header(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(draws(folder)).unwrap();
    text.lines().next().unwrap().split(',').map(str::to_string).collect()
}

/// Columns of the data as CSV; a matrix becomes `X1`, `X2`, ...
fn csv(data: &Value, columns: &[&str]) -> String {
    let cells = |name: &str, r: usize| match &data[name][r] {
        Value::Array(row) => row.iter().map(Value::to_string).collect::<Vec<_>>().join(","),
        cell => cell.to_string(),
    };
    let title = |name: &str| match &data[name][0] {
        Value::Array(row) => (1..=row.len()).map(|k| format!("{name}{k}")).collect::<Vec<_>>().join(","),
        _ => name.to_string(),
    };
    let mut out = columns.iter().map(|c| title(c)).collect::<Vec<_>>().join(",");
    for r in 0..data[columns[0]].as_array().unwrap().len() {
        let row: Vec<String> = columns.iter().map(|c| cells(c, r)).collect();
        write!(out, "\n{}", row.join(",")).unwrap();
    }
    out + "\n"
}
