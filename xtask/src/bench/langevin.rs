//! Langevin ensembles: n particles in a double well or on the Mueller-Brown surface, built in or written as an expression;
//! Euler-Maruyama, Leimkuhler-Matthews and BAOAB.
use super::{
    Request,
    floor::Floor,
    machine, median,
    ours::{self, Ours},
    peers::{self, Peer},
    steadiness,
};
use crate::process::build;
use std::path::{Path, PathBuf};

const CASES: &[&str] = &[
    "em-doublewell",
    "em-doublewell-text",
    "em-mueller",
    "em-mueller-text",
    "lm-doublewell",
    "lm-mueller",
    "baoab-doublewell",
    "baoab-mueller",
];
/// The peers' case whose work is that of ours: they know no expressions and no Leimkuhler-Matthews, which takes as many
/// normals and gradients as Euler-Maruyama.
fn peer_case(case: &str) -> String {
    case.trim_end_matches("-text").replace("lm-", "em-")
}
const PEERS: &[&str] = &[
    "jax-blocked",
    "jax-jit",
    "numpy-threads",
    "torch-threads",
    "jax-blocked-rbg",
    "numba",
    "torch-compile",
    "diffrax",
];
/// These take minutes at full size: there they run the small one, and times are a particle-step anyway.
const SLOW: &[&str] = &["jax-blocked-rbg", "numba", "torch-compile", "diffrax"];
/// How one of our runs computes; its state and its sums are in double precision.
struct Variant {
    name: &'static str,
    normals: &'static str,
    slopes: &'static str,
}
const VARIANTS: [Variant; 3] = [
    Variant { name: "steepest, f64 throughout", normals: "double", slopes: "double" },
    Variant { name: "steepest, f32 normals", normals: "single", slopes: "double" },
    Variant { name: "steepest, f32 normals and slopes", normals: "single", slopes: "single" },
];
/// Those of a case: the built-in double well has no slopes in single precision.
fn variants(case: &str) -> &'static [Variant] {
    const ALL: &[Variant] = &VARIANTS;
    if case.contains("mueller") || case.ends_with("-text") { ALL } else { &ALL[..2] }
}

fn shape(size: &str) -> (u64, u64) {
    match size {
        "tiny" => (20_000, 50),
        "small" => (100_000, 200),
        _ => (1_000_000, 1000),
    }
}

/// Times of one contender, ns a particle-step.
struct Row {
    name: String,
    cpu: f64,
    wall: f64,
    /// For a peer, its times over those of each variant of ours, right before and right after: CPU, wall.
    slower: Vec<(f64, f64)>,
    note: String,
}

/// Runs the cases asked for.
pub fn run(request: &Request) -> Result<(), String> {
    let cases = request.cases(CASES)?;
    build()?;
    let python = if request.vs_peers { Some(peers::environment()?) } else { None };
    let floor = Floor::measure()?;
    let (n, steps) = shape(request.size);
    println!(
        "langevin, {n} particles x {steps} steps, 2 coordinates, medians of {} rounds, {}",
        request.rounds,
        machine()
    );
    println!("{}\n", floor.line());
    for case in cases {
        one(request, case, python.as_ref(), &floor)?;
    }
    Ok(())
}

fn one(request: &Request, case: &str, python: Option<&PathBuf>, floor: &Floor) -> Result<(), String> {
    let (n, steps) = shape(request.size);
    let work = (n * steps) as f64;
    let variants = variants(case);
    let mut runs: Vec<Vec<Ours>> = variants.iter().map(|_| Vec::new()).collect();
    let mut peers: Vec<Peer> = Vec::new();
    let settings = |seed: u64, variant: &Variant, threads: usize| {
        [
            format!("state.n={n}"),
            format!("run.steps={steps}"),
            format!("run.every={steps}"),
            format!("run.seed={seed}"),
            format!("run.threads={threads}"),
            format!("noise.precision={}", variant.normals),
            format!("scheme.precision={}", variant.slopes),
        ]
    };
    let flow = Path::new("langevin").join(format!("{case}.toml"));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut ours = |seed: u64| -> Result<(), String> {
        for (variant, runs) in variants.iter().zip(&mut runs) {
            runs.push(ours::run(&flow, &settings(seed, variant, cores))?);
        }
        Ok(())
    };
    ours(1)?;
    match python {
        Some(python) => {
            for (round, name) in PEERS
                .iter()
                .enumerate()
                .filter(|(_, p)| request.wants(p) && (**p != "diffrax" || case.starts_with("em-")))
            {
                let slow = request.size == "full" && SLOW.contains(name);
                let size = if slow { "small" } else { request.size };
                peers.push(peers::run(python, "langevin", &peer_case(case), name, size, request.rounds)?);
                ours(round as u64 + 2)?;
            }
        }
        None => (2..=request.rounds as u64).try_for_each(&mut ours)?,
    }
    let mut rows: Vec<Row> = Vec::new();
    for (variant, runs) in variants.iter().zip(&runs) {
        rows.push(Row {
            name: variant.name.to_owned(),
            cpu: 1e9 * median(runs.iter().map(Ours::cpu)) / work,
            wall: 1e9 * median(runs.iter().map(Ours::wall)) / work,
            slower: Vec::new(),
            note: agreement(case, runs, &peers, n),
        });
    }
    for (k, peer) in peers.iter().enumerate() {
        let (cpu, wall) = (peer.figure("cpu_ns_per_particle_step"), 1e9 / peer.figure("particle_steps_per_s"));
        let beside = |runs: &Vec<Ours>, of: fn(&Ours) -> f64| 1e9 * 0.5 * (of(&runs[k]) + of(&runs[k + 1])) / work;
        let slower = runs.iter().map(|r| (cpu / beside(r, Ours::cpu), wall / beside(r, Ours::wall))).collect();
        let note = peer.error().map_or_else(|| steadiness(&peer.times()), |e| format!("failed: {e}"));
        rows.push(Row { name: peer.name.to_owned(), cpu, wall, slower, note });
    }
    print(case, &rows, work, floor);
    for (variant, runs) in variants.iter().zip(&runs) {
        scaling(variant.name, runs, || Ok(ours::run(&flow, &settings(1, variant, 1))?.wall()))?;
    }
    println!();
    Ok(())
}

/// The least wall time on one core over that on all, of as many runs: the least is what a busy machine spoils least.
fn scaling(name: &str, all: &[Ours], mut alone: impl FnMut() -> Result<f64, String>) -> Result<(), String> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores > 1 {
        let one = (0..all.len()).try_fold(f64::INFINITY, |least, _| alone().map(|t| least.min(t)))?;
        let whole = all.iter().map(Ours::wall).fold(f64::INFINITY, f64::min);
        println!("{name}: {cores} cores are {:.2} times one", one / whole);
    }
    Ok(())
}

/// Whether the answer is the first peer's, in standard errors of the difference. Euler-Maruyama: the mean of x, which still
/// remembers the start. BAOAB: the mean of V, since the peers start at rest and we in the equilibrium of the momenta.
fn agreement(case: &str, runs: &[Ours], peers: &[Peer], n: u64) -> String {
    let Some(run) = runs.first() else { return String::new() };
    let process = median(runs.iter().map(|r| r.process));
    let times: Vec<f64> = runs.iter().map(Ours::wall).collect();
    let mut note = format!("{process:.2} CPU s in all, {}", steadiness(&times));
    // Leimkuhler-Matthews has another bias than the peers' Euler-Maruyama.
    if let Some(peer) = peers.iter().find(|p| p.error().is_none() && !case.starts_with("lm-")) {
        let (what, ours, error) = if case.starts_with("em-") {
            let first = |figure| run.parameters(figure).next().unwrap_or(f64::NAN);
            ("mean_x", first("mean"), first("sd") * (2.0 / n as f64).sqrt())
        } else {
            // Ours is over the replicas that the ledger watches.
            let (seen, all) = (65_536.0_f64.min(n as f64), n as f64);
            let value = run.summary["extra"]["energy_last"].as_f64().unwrap_or(f64::NAN);
            ("mean_V", value, peer.figure("sd_V") * (1.0 / seen + 1.0 / all).sqrt())
        };
        let theirs = peer.figure(what);
        note += &format!("; {what} {ours:.5}, {} {theirs:.5}, z = {:.1}", peer.name, (ours - theirs) / error);
    }
    for check in run.violated() {
        note += &format!("; VIOLATED: {check}");
    }
    note
}

fn print(case: &str, rows: &[Row], work: f64, floor: &Floor) {
    println!("## {case}");
    println!("{:34} {:>8} {:>8} {:>12} {:>12}", "", "CPU s", "wall s", "CPU ns/step", "wall ns/step");
    for row in rows {
        let (cpu, wall) = (row.cpu * work * 1e-9, row.wall * work * 1e-9);
        let slower: Vec<String> =
            row.slower.iter().map(|(cpu, wall)| format!("{cpu:.2}x CPU, {wall:.2}x wall")).collect();
        let note = [slower.join("; "), row.note.clone()].join(" ");
        println!("{:34} {cpu:>8.2} {wall:>8.2} {:>12.2} {:>12.2}  {}", row.name, row.cpu, row.wall, note.trim());
    }
    let (ours, theirs) = rows.split_at(variants(case).len());
    for (v, (row, variant)) in ours.iter().zip(variants(case)).enumerate() {
        let exponentials = if case.contains("mueller") { 4.0 } else { 0.0 };
        let normal = floor.ns(if variant.normals == "single" { "normal_single" } else { "normal" });
        // Twice as many go into a vector.
        let exp = floor.ns("exp") / if variant.slopes == "single" { 2.0 } else { 1.0 };
        let least = 2.0 * normal + exponentials * exp;
        println!(
            "{}: two normals and {exponentials} exponentials cost at least {least:.2} ns, {:.0} % of its CPU time",
            row.name,
            100.0 * least / row.cpu
        );
        let best = |of: fn(&(f64, f64)) -> f64| {
            let finite = theirs.iter().map(|r| (of(&r.slower[v]), &r.name)).filter(|(x, _)| x.is_finite());
            finite.min_by(|a, b| a.0.total_cmp(&b.0))
        };
        if let (Some((cpu, by_cpu)), Some((wall, by_wall))) = (best(|s| s.0), best(|s| s.1)) {
            println!("  {cpu:.2}x the best peer by CPU ({by_cpu}), {wall:.2}x by wall ({by_wall})");
        }
        if let Some(slow) = theirs.iter().find(|r| r.name == "diffrax") {
            println!("  {:.1}x diffrax by CPU, {:.1}x by wall", slow.slower[v].0, slow.slower[v].1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_its_flow_and_its_peer() {
        let peers = ["em-doublewell", "em-mueller", "baoab-doublewell", "baoab-mueller"];
        for case in CASES {
            assert!(peers.contains(&peer_case(case).as_str()), "{case}");
            assert!(crate::process::top().join(format!("bench/langevin/{case}.toml")).exists(), "{case}");
        }
    }
}
