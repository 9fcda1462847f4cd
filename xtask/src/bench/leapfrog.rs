//! Leapfrogs: ensembles of orbits beside the peers, all in double precision, and one orbit beside a loop in C.
use super::{
    Request, machine, median,
    ours::{self, Ours},
    peers::{self, Peer},
};
use crate::process::{build, target, task, top};
use std::path::{Path, PathBuf};

const CASES: &[&str] = &["kepler", "henon", "single"];
const PEERS: &[&str] = &["jax-blocked", "jax-jit", "numba", "numpy-threads", "torch-threads", "diffrax"];
/// These take minutes at full size: there they run the small one, and times are a particle-step anyway.
const SLOW: &[&str] = &["numpy-threads", "torch-threads", "diffrax"];

fn shape(size: &str) -> (u64, u64) {
    match size {
        "tiny" => (20_000, 100),
        "small" => (100_000, 500),
        _ => (100_000, 10_000),
    }
}

/// Runs the cases asked for.
pub fn run(request: &Request) -> Result<(), String> {
    let cases = request.cases(CASES)?;
    build()?;
    let ensembles = cases.iter().any(|case| *case != "single");
    let python = if request.vs_peers && ensembles { Some(peers::environment()?) } else { None };
    println!("leapfrogs, medians of {} rounds, {}", request.rounds, machine());
    for case in cases {
        if case == "single" { single(request)? } else { ensemble(request, case, python.as_ref())? }
    }
    Ok(())
}

fn ensemble(request: &Request, case: &str, python: Option<&PathBuf>) -> Result<(), String> {
    let (n, steps) = shape(request.size);
    let work = (n * steps) as f64;
    let flow = Path::new("leapfrog").join(format!("{case}.toml"));
    let settings = |threads: usize| {
        [
            format!("state.n={n}"),
            format!("run.steps={steps}"),
            format!("run.every={steps}"),
            format!("run.threads={threads}"),
        ]
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (mut runs, mut beside): (Vec<Ours>, Vec<Peer>) = (vec![ours::run(&flow, &settings(cores))?], Vec::new());
    match python {
        Some(python) => {
            for name in PEERS.iter().filter(|peer| request.wants(peer)) {
                let size = if request.size == "full" && SLOW.contains(name) { "small" } else { request.size };
                beside.push(peers::run(python, "leapfrog", case, name, size, request.rounds)?);
                runs.push(ours::run(&flow, &settings(cores))?);
            }
        }
        None => (1..request.rounds).try_for_each(|_| ours::run(&flow, &settings(cores)).map(|run| runs.push(run)))?,
    }
    println!("\n## {case}, {n} orbits x {steps} strides");
    println!("{:20} {:>12} {:>13}", "", "CPU ns/step", "wall ns/step");
    let of = |figure: fn(&Ours) -> f64| 1e9 * median(runs.iter().map(figure)) / work;
    let worst = runs[0].summary["extra"]["relative_energy_error_worst"].as_f64().unwrap_or(f64::NAN);
    println!("{:20} {:>12.3} {:>13.3}  worst energy error {worst:.1e}", "steepest", of(Ours::cpu), of(Ours::wall));
    let mut best = (f64::INFINITY, "");
    for (k, peer) in beside.iter().enumerate() {
        let (cpu, wall) = (peer.figure("cpu_ns_per_particle_step"), 1e9 / peer.figure("particle_steps_per_s"));
        let slower = cpu * work * 1e-9 / (0.5 * (runs[k].cpu() + runs[k + 1].cpu()));
        let failed = peer.error().map_or_else(String::new, |error| format!("  failed: {error}"));
        println!("{:20} {cpu:>12.3} {wall:>13.3}  {slower:.2}x ours by CPU{failed}", peer.name);
        if slower < best.0 {
            best = (slower, peer.name);
        }
    }
    if best.0.is_finite() {
        println!("{:.2}x as fast as the best peer ({}) by CPU", best.0, best.1);
    }
    if cores > 1 {
        let alone = (0..runs.len())
            .try_fold(f64::INFINITY, |least, _| ours::run(&flow, &settings(1)).map(|run| least.min(run.wall())))?;
        let all = runs.iter().map(Ours::wall).fold(f64::INFINITY, f64::min);
        println!("{cores} cores are {:.2} times one", alone / all);
    }
    Ok(())
}

/// One orbit of 10,000,000 strides, of which nobody sees more than 100.
fn single(request: &Request) -> Result<(), String> {
    let (steps, flow) = (10_000_000_u64, Path::new("leapfrog").join("single.toml"));
    let program = target().join("bench").join("single");
    std::fs::create_dir_all(target().join("bench")).map_err(|error| error.to_string())?;
    let source = top().join("bench/leapfrog/single.c");
    let words = ["-O3", "-march=native"].map(str::to_owned);
    task("cc").args(words).arg(source).arg("-o").arg(&program).arg("-lm").go()?;
    let (mut ours, mut loops) = (Vec::new(), Vec::new());
    for _ in 0..request.rounds {
        ours.push(1e9 * ours::run(&flow, &[format!("run.steps={steps}")])?.cpu() / steps as f64);
        let (_, said, _) = task(&program).arg(steps.to_string()).output()?;
        loops.push(said.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or(f64::NAN));
    }
    let (ours, c) = (median(ours), median(loops));
    println!("\n## single, one Kepler orbit x {steps} strides");
    println!("steepest {ours:.2} ns a stride, C {c:.2} ns: {:.2} times the loop in C", ours / c);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_its_flow() {
        for case in CASES {
            assert!(top().join(format!("bench/leapfrog/{case}.toml")).exists(), "{case}");
        }
    }
}
