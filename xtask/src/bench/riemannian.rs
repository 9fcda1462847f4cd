//! Minimisers on manifolds: the leading eigenspace of a symmetric matrix. Who misses the least value is not ranked.
use super::{
    Request, machine, median,
    ours::{self, Ours},
    peers::{self, Peer},
};
use std::path::{Path, PathBuf};

const CASES: &[&str] = &["grassmann-1000", "stiefel-1000", "grassmann-100", "stiefel-100"];
/// Each peer with the scheme of ours that is most like it.
const PEERS: &[(&str, &str)] = &[
    ("pymanopt-SD-grassmann", "steepest-descent"),
    ("pymanopt-CG-grassmann", "conjugate-gradient"),
    ("pymanopt-TR-grassmann", "trust-region"),
    ("pymanopt-TR-stiefel", "trust-region"),
    ("geoopt-sgd", "lbfgs"),
    ("scipy-eigsh", "lbfgs"),
    ("scipy-lobpcg", "lbfgs"),
];
/// Difference of a value from the least one, relative to it, above which an answer is not that of the others.
const MISS: f64 = 1e-9;

struct Row {
    name: String,
    wall: f64,
    cpu: f64,
    steps: f64,
    value: f64,
    /// CPU seconds over those of its like among ours before and after: of the run, of a step.
    slower: (f64, f64),
}

/// Runs the cases asked for.
pub fn run(request: &Request) -> Result<(), String> {
    let cases = request.cases(CASES)?;
    ours::build_repeated()?;
    let python = if request.vs_peers { Some(peers::environment()?) } else { None };
    if python.is_none() {
        peers::data()?;
    }
    println!("leading eigenspaces, 5 columns, medians of {} rounds, {}", request.rounds, machine());
    println!("times are of the minimisation alone, reading excluded, rounds in one process, on both sides\n");
    for case in cases {
        one(request, case, python.as_ref())?;
    }
    Ok(())
}
/// The runs of ours right beside a peer: a median of as many as the peer makes.
fn batch(case: &str, scheme: &str, rounds: usize) -> Result<Vec<Ours>, String> {
    let flow = Path::new("riemannian").join(format!("{case}.toml"));
    ours::repeated(&flow, &[format!("scheme.kind={scheme}")], rounds)
}
fn wall(runs: &[Ours]) -> f64 {
    median(runs.iter().map(Ours::wall))
}
fn steps(run: &Ours) -> f64 {
    run.summary["steps"].as_f64().unwrap_or(f64::NAN)
}
fn one(request: &Request, case: &str, python: Option<&PathBuf>) -> Result<(), String> {
    let size = case.rsplit('-').next().unwrap_or_default();
    println!("{case}");
    let mut rows = Vec::new();
    for scheme in ["lbfgs", "conjugate-gradient", "barzilai-borwein", "steepest-descent", "trust-region"] {
        let runs = batch(case, scheme, request.rounds)?;
        let Some(last) = runs.last() else { continue };
        let violated = last.violated();
        if !violated.is_empty() {
            println!("  steepest {scheme}: the ledger is violated in {}", violated.join(", "));
        }
        rows.push(Row {
            name: format!("steepest, {scheme}"),
            wall: wall(&runs),
            cpu: median(runs.iter().map(Ours::cpu)),
            steps: steps(last),
            value: last.summary["objective"]["final"].as_f64().unwrap_or(f64::NAN),
            slower: (f64::NAN, f64::NAN),
        });
    }
    for (name, kin) in PEERS.iter().filter(|(name, _)| request.wants(name)) {
        let Some(python) = python else { break };
        let before = batch(case, kin, request.rounds)?;
        let peer: Peer = peers::run(python, "riemannian", size, name, request.size, request.rounds)?;
        let after = batch(case, kin, request.rounds)?;
        if let Some(error) = peer.error() {
            println!("  {name}: {error}");
            continue;
        }
        let both = || before.iter().chain(&after);
        let ours = median(both().map(Ours::cpu));
        let ours_step = ours / median(both().map(steps));
        let (seconds, iterations) = (peer.figure("cpu_s"), peer.figure("iterations"));
        rows.push(Row {
            name: format!("{}, against {kin}", peer.name),
            wall: peer.figure("seconds"),
            cpu: seconds,
            steps: iterations,
            value: peer.figure("value"),
            slower: (seconds / ours, seconds / iterations / ours_step),
        });
    }
    let least = rows.iter().map(|row| row.value).fold(f64::INFINITY, f64::min);
    println!(
        "  {:<42} {:>9} {:>9} {:>6} {:>10} {:>10} {:>9} {:>9}",
        "", "wall ms", "CPU ms", "steps", "us a step", "V - least", "slower", "a step"
    );
    for row in &rows {
        let miss = row.value - least;
        let note = if miss > MISS * least.abs() { "  misses the least value: not ranked" } else { "" };
        let times = |x: f64| if x.is_finite() { format!("{x:.1}x") } else { String::from("-") };
        println!(
            "  {:<42} {:>9.2} {:>9.2} {:>6.0} {:>10.1} {:>10.1e} {:>9} {:>9}{note}",
            row.name,
            1e3 * row.wall,
            1e3 * row.cpu,
            row.steps,
            1e6 * row.wall / row.steps,
            miss,
            times(row.slower.0),
            times(row.slower.1)
        );
    }
    println!();
    Ok(())
}
