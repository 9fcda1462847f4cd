//! Least bulk ESS per 1,000 gradients under each metric on real posteriors, beside the best of nutpie's three metrics.
//!
//! `cargo run --release -p steepest-spec --example metrics [seeds [warmup [target]]]`; needs posteriordb beside the repository (or at
//! `STEEPEST_POSTERIORDB`), with `nutpie_anchor.json`. 4 chains x 1,000 draws, medians over seeds. The anchor's warm-up is 400
//! transitions for its diagonal metrics and 800 for the low-rank one; ours is 500. Lines marked raw are in the coordinates a Stan program would have,
//! not whitened at the mode; `rows` are stated as an expression for one row, in plain coordinates too. The last figure is automatic over
//! nutpie's best, in total and in sampling, with what the ledger flags. A Gaussian process, a hidden Markov chain and a differential
//! equation of the folder are no expression of one row.
#[path = "../../models/tests/support/posteriordb.rs"]
#[expect(dead_code, reason = "shared with tests that read more of it")]
mod posteriordb;
use posteriordb::Reference;
use serde_json::Value;
use steepest_core::{Batch, Potential, Workspace};
use steepest_models::Model;
use steepest_record::Verdict;
use steepest_spec::{Config, Unwatched, build, execute};

/// y ~ N(X b, sigma), through X^T X, X^T y and y^T y; coordinates b and log sigma.
struct Raw {
    n: f64,
    xtx: Vec<f64>,
    xty: Vec<f64>,
    yty: f64,
    /// Of the normal prior of b; 0 is flat.
    precision: f64,
    /// (-log prior, its derivative) in sigma.
    scale: fn(f64) -> (f64, f64),
}
impl Raw {
    fn new(x: &[Vec<f64>], y: &[f64], precision: f64, scale: fn(f64) -> (f64, f64)) -> Self {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let xtx = x.iter().flat_map(|a| x.iter().map(|b| dot(a, b)).collect::<Vec<_>>()).collect();
        Raw { n: y.len() as f64, xtx, xty: x.iter().map(|a| dot(a, y)).collect(), yty: dot(y, y), precision, scale }
    }
}
impl Potential for Raw {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        let mut gradients = work.take(x.n * x.d);
        self.values_and_gradients(x, scale, out, &mut gradients, work);
        work.give(gradients);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        let mut values = work.take(x.n);
        self.values_and_gradients(x, scale, &mut values, out, work);
        work.give(values);
    }
    fn values_and_gradients(&self, x: Batch<'_>, c: f64, v: &mut [f64], g: &mut [f64], _work: &mut Workspace) {
        let (n, p) = (x.n, self.xty.len());
        for i in 0..n {
            let b = |j: usize| x.x[j * n + i];
            let log_sigma = b(p);
            let sigma = log_sigma.exp();
            let mut squares = self.yty;
            for j in 0..p {
                let row: f64 = (0..p).map(|k| self.xtx[j * p + k] * b(k)).sum();
                squares += b(j) * (row - 2.0 * self.xty[j]);
                g[j * n + i] += c * ((row - self.xty[j]) / (sigma * sigma) + self.precision * b(j));
                v[i] += c * 0.5 * self.precision * b(j) * b(j);
            }
            let (prior, slope) = (self.scale)(sigma);
            v[i] += c * ((self.n - 1.0) * log_sigma + 0.5 * squares / (sigma * sigma) + prior);
            g[p * n + i] += c * (self.n - 1.0 - squares / (sigma * sigma) + slope * sigma);
        }
    }
}
impl Model for Raw {
    fn dim(&self) -> usize {
        self.xty.len() + 1
    }
    fn names(&self) -> Vec<String> {
        (1..=self.dim()).map(|j| format!("x[{j}]")).collect()
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], _work: &mut Workspace) {
        out.copy_from_slice(x.x);
    }
}

fn flat(_: f64) -> (f64, f64) {
    (0.0, 0.0)
}
fn half_cauchy(s: f64) -> (f64, f64) {
    let u = s / 2.5;
    ((u * u).ln_1p(), 2.0 * u / 2.5 / (1.0 + u * u))
}
fn half_normal(s: f64) -> (f64, f64) {
    (s * s / 200.0, s / 100.0)
}
/// The linear models in the coordinates of their Stan programs.
fn raw(r: &Reference) -> Option<Raw> {
    let c = |name: &str| r.column(name);
    let one = |n: usize| vec![1.0; n];
    Some(match r.formula.split(' ').next()? {
        "earn" => Raw::new(&[one(c("height").len()), c("height")], &c("earn"), 0.0, flat),
        "kid_score" => {
            let (h, q) = (c("mom_hs"), c("mom_iq"));
            let both = h.iter().zip(&q).map(|(h, q)| h * q).collect();
            Raw::new(&[one(h.len()), h, q, both], &c("kid_score"), 0.0, half_cauchy)
        }
        "partyid7" => {
            let age = |k: f64| c("age_discrete").iter().map(|a| f64::from(u8::from(*a == k))).collect::<Vec<_>>();
            let x = [c("real_ideo"), c("race_adj"), age(2.0), age(3.0), age(4.0), c("educ1"), c("gender"), c("income")];
            let x: Vec<Vec<f64>> = std::iter::once(one(x[0].len())).chain(x).collect();
            Raw::new(&x, &c("partyid7"), 0.0, flat)
        }
        "y" => {
            let rows = r.data["X"].as_array()?;
            let column = |j: usize| rows.iter().filter_map(|row| row[j].as_f64()).collect::<Vec<_>>();
            Raw::new(&(0..5).map(column).collect::<Vec<_>>(), &c("y"), 0.01, half_normal)
        }
        _ => return None,
    })
}
/// Posteriors of one column `y` as expressions for a row.
const ROWS: [(&str, &str); 2] = [
    (
        "arK-arK",
        "ll = 'normal_lpdf(y | alpha + sum(k, 1, 5, beta[k]*y[-k]), sigma)'
parameters = { alpha = 'real', beta = 'real(5)', sigma = 'positive' }
priors = { alpha = 'normal(0, 10)', beta = 'normal(0, 10)', sigma = 'half_cauchy(2.5)' }",
    ),
    (
        "low_dim_gauss_mix-low_dim_gauss_mix",
        "ll = 'log_mix(theta, normal_lpdf(y, mu[1], sigma[1]), normal_lpdf(y, mu[2], sigma[2]))'
parameters = { theta = 'bounded(0, 1)', mu = 'ordered(2)', sigma = 'positive(2)' }
priors = { theta = 'beta(5, 5)', mu = 'normal(0, 2)', sigma = 'half_normal(2)' }",
    ),
];
/// AR(5) by conditional least squares.
fn autoregression() -> Option<Raw> {
    let text = std::fs::read_to_string(posteriordb::folder()?.join("arK-arK/data.json")).ok()?;
    let data: Value = serde_json::from_str(&text).ok()?;
    let y: Vec<f64> = data["y"].as_array()?.iter().filter_map(Value::as_f64).collect();
    let lag = |k: usize| y[5 - k..y.len() - k].to_vec();
    let x: Vec<Vec<f64>> = std::iter::once(vec![1.0; y.len() - 5]).chain((1..=5).map(lag)).collect();
    Some(Raw::new(&x, &y[5..], 0.01, half_cauchy))
}

/// Seeds, transitions of warm-up, target acceptance.
type Size = (u64, u64, String);

/// Least bulk ESS per 1,000 gradients, of all and of the sampling ones; medians over seeds.
fn measure(text: &str, own: Option<&dyn Model>, metric: &str, (seeds, warmup, target): &Size) -> (f64, f64, String) {
    let (mut total, mut sampling, mut note, mut flags) = (Vec::new(), Vec::new(), String::new(), Vec::new());
    for seed in 1..=*seeds {
        let text = format!(
            "{text}[scheme]\nkind = \"nuts\"\nmetric = \"{metric}\"\ntarget_accept = {target}\n[run]\nseed = {seed}\nwarmup = {warmup}\n"
        );
        let config = Config::parse(&text, "flow.toml", &[]).unwrap_or_else(|error| panic!("{error}"));
        let built = build(&config).unwrap_or_else(|error| panic!("{error}"));
        let record = execute(&config, own.unwrap_or(&*built), &mut Unwatched).unwrap_or_else(|error| panic!("{error}"));
        let ess = record.summary.parameters.iter().map(|p| p.ess_bulk).fold(f64::INFINITY, f64::min);
        let extra = |key: &str| record.summary.extra[key].as_f64().unwrap_or(f64::NAN);
        total.push(1e3 * ess / record.summary.gradients as f64);
        sampling.push(1e3 * ess / (4000.0 * extra("leapfrogs_per_draw")));
        note = record.notes.iter().find(|n| n.starts_with("Metric")).cloned().unwrap_or_default();
        let violated = record.summary.ledger.iter().filter(|check| check.verdict == Verdict::Violated);
        flags.extend(violated.map(|check| format!("seed {seed}: {} VIOLATED", check.check)));
    }
    note = std::iter::once(note).chain(flags).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ");
    let median = |mut of: Vec<f64>| {
        of.sort_by(f64::total_cmp);
        of[of.len() / 2]
    };
    (median(total), median(sampling), note)
}

fn main() {
    let argument = |k: usize| std::env::args().nth(k).and_then(|n| n.parse().ok());
    let target = std::env::args().nth(3).unwrap_or("\"auto\"".into());
    let size = (argument(1).unwrap_or(5), argument(2).unwrap_or(500), target);
    let Some(root) = posteriordb::folder() else { return };
    let anchor = std::fs::read_to_string(root.join("nutpie_anchor.json")).unwrap_or_default();
    let anchor: Value = serde_json::from_str(&anchor).unwrap_or_default();
    let best = |name: &str, key: &str| {
        let of = |metric: &str| anchor[name][metric][key].as_f64().unwrap_or(f64::NAN);
        ["diag", "draw_diag", "low_rank"].iter().map(|metric| of(metric)).fold(f64::NAN, f64::max)
    };
    println!(
        "{:44} {:>9} {:>15} {:>15} {:>15} {:>15} {:>11}",
        "total / sampling", "", "nutpie's best", "diagonal", "low-rank", "auto", "ratio"
    );
    let line = |name: &str, kind: &str, text: &str, own: Option<&dyn Model>| {
        print!("{name:44} {kind:>9}");
        let theirs = (best(name, "ess_per_kgrad_total"), best(name, "ess_per_kgrad_sampling"));
        print!(" {:>7.1}/{:>7.1}", theirs.0, theirs.1);
        let (mut why, mut ours) = (String::new(), (f64::NAN, f64::NAN));
        for metric in ["diagonal", "low-rank", "auto"] {
            let (total, sampling, note) = measure(text, own, metric, &size);
            print!(" {total:>7.1}/{sampling:>7.1}");
            (why, ours) = (note, (total, sampling));
        }
        println!(" {:>5.2}/{:>5.2}  {why}", ours.0 / theirs.0, ours.1 / theirs.1);
    };
    let folder = std::env::temp_dir().join(format!("steepest-metrics-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{error}"));
    let placeholder = "[functional]\nkind = \"expression\"\nenergy = \"x^2\"\n";
    for reference in posteriordb::references() {
        let name = reference.folder.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let data = folder.join("data.csv");
        std::fs::write(&data, &reference.csv).unwrap_or_else(|error| panic!("{error}"));
        let prior = |prior: &&str| prior.split_once(" = ").map(|(on, law)| format!("{on} = \"{law}\"\n"));
        let priors: String = reference.priors.iter().filter_map(prior).collect();
        let text = format!(
            "[functional]\nkind = \"regression\"\ndata = {:?}\nformula = {:?}\nfamily = {:?}\n[functional.priors]\n{priors}",
            data.display().to_string(),
            reference.formula,
            reference.family,
        );
        line(&name, "formula", &text, None);
        if let Some(raw) = raw(&reference) {
            line(&name, "raw", placeholder, Some(&raw));
        }
    }
    if let Some(raw) = autoregression() {
        line("arK-arK", "raw", placeholder, Some(&raw));
    }
    for (name, functional) in ROWS {
        let Ok(text) = std::fs::read_to_string(root.join(name).join("data.json")) else { continue };
        let read: Value = serde_json::from_str(&text).unwrap_or_default();
        let y = read["y"].as_array().map(Vec::as_slice).unwrap_or_default();
        let data = folder.join("rows.csv");
        let csv: String =
            std::iter::once("y".to_owned()).chain(y.iter().map(Value::to_string)).map(|v| v + "\n").collect();
        std::fs::write(&data, csv).unwrap_or_else(|error| panic!("{error}"));
        let text = format!("[functional]\nkind = \"rows\"\ndata = {:?}\n{functional}\n", data.display().to_string());
        line(name, "rows", &text, None);
    }
    let schools = "[functional]\nkind = \"target\"\nname = \"eight-schools\"\n";
    line("eight_schools-eight_schools_noncentered", "target", schools, None);
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/meta-analysis/schools.csv");
    // Centred it has no anchor, and nobody samples it well: what counts is what the ledger flags.
    for (kind, centering) in [("formula", "auto"), ("centred", "centered")] {
        let text = format!(
            "[functional]\nkind = \"regression\"\ndata = {data:?}\nformula = \"effect | se(error) ~ 1 + (1 | school)\"\n\
             centering = \"{centering}\"\n[functional.priors]\nintercept = \"normal(0, 5)\"\nsd = \"half_cauchy(5)\"\n"
        );
        line("eight_schools-eight_schools_noncentered", kind, &text, None);
    }
    line("funnel", "target", "[functional]\nkind = \"target\"\nname = \"funnel\"\n", None);
    for (name, settings) in [
        ("correlated-gaussian", "d = 50\nrho = 0.95"),
        ("ill-conditioned-gaussian", "d = 100\nreflected = 1"),
        ("wishart-gaussian", "d = 50"),
        ("gaussian", "d = 300"),
    ] {
        let text = format!("[functional]\nkind = \"target\"\nname = \"{name}\"\n[functional.settings]\n{settings}\n");
        line(name, "target", &text, None);
    }
    // What is left behind is a folder of the system's temporary ones.
    let _ = std::fs::remove_dir_all(folder);
}
