//! NUTS, 4 chains x 1,000 draws after warm-up: least bulk ESS over the coefficients, a second.
use super::{
    Request,
    floor::Floor,
    machine, median,
    ours::{self, Ours},
    peers::{self, Peer},
};
use crate::process::{build, top};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Name, rows, columns of the design (the intercept included).
const CASES: &[(&str, f64, f64)] = &[("german", 1_000.0, 25.0), ("synth", 10_000.0, 50.0)];
const PEERS: &[&str] = &[
    "blackjax-2dev",
    "numpyro-2dev",
    "nutpie-pymc-numba",
    "blackjax-vmap",
    "nutpie-numpy",
    "nutpie-pymc-jax",
    "numpyro-parallel",
];

fn draws(size: &str) -> u64 {
    match size {
        "tiny" => 100,
        "small" => 500,
        _ => 1000,
    }
}

struct Row {
    name: String,
    cpu: f64,
    wall: f64,
    ess: f64,
    gradients: f64,
    /// For a peer, ESS a second of ours, right before and right after, over its own: by CPU, by wall.
    slower: (f64, f64),
    note: String,
}

/// Runs the cases asked for.
pub fn run(request: &Request) -> Result<(), String> {
    let names: Vec<&'static str> = CASES.iter().map(|c| c.0).collect();
    let cases = request.cases(&names)?;
    build()?;
    let python = if request.vs_peers {
        Some(peers::environment()?)
    } else {
        peers::data()?;
        None
    };
    let floor = Floor::measure()?;
    println!("NUTS, 4 chains x {} draws, medians of {} rounds, {}", draws(request.size), request.rounds, machine());
    println!("times are of warm-up and draws, after compilation; {}\n", floor.line());
    for case in CASES.iter().filter(|c| cases.contains(&c.0)) {
        one(request, case, python.as_ref(), &floor)?;
    }
    Ok(())
}

fn one(
    request: &Request,
    case: &(&'static str, f64, f64),
    python: Option<&PathBuf>,
    floor: &Floor,
) -> Result<(), String> {
    let draws = draws(request.size);
    let mut runs: Vec<Ours> = Vec::new();
    let mut peers: Vec<Peer> = Vec::new();
    let mut ours = |seed: u64| -> Result<(), String> {
        let flow = Path::new("nuts").join(format!("{}.toml", case.0));
        let settings = [format!("run.draws={draws}"), format!("run.warmup={draws}"), format!("run.seed={seed}")];
        runs.push(ours::run(&flow, &settings)?);
        Ok(())
    };
    ours(1)?;
    match python {
        Some(python) => {
            for (round, name) in PEERS
                .iter()
                .enumerate()
                .filter(|(_, p)| request.wants(p) && (**p != "numpyro-parallel" || case.0 == "german"))
            {
                peers.push(peers::run(python, "nuts", case.0, name, request.size, request.rounds)?);
                ours(round as u64 + 2)?;
            }
        }
        None => (2..=request.rounds as u64).try_for_each(&mut ours)?,
    }
    let reference = Reference::load(case.0)?;
    let of = |f: fn(&Ours) -> f64| median(runs.iter().map(f));
    let worst_rhat = runs.iter().flat_map(|r| r.parameters("rhat")).fold(0.0, f64::max);
    let mut rows = vec![Row {
        name: "steepest".into(),
        cpu: of(Ours::cpu),
        wall: of(Ours::wall),
        ess: of(Ours::least_ess),
        slower: (1.0, 1.0),
        gradients: of(|r| r.summary["gradients"].as_f64().unwrap_or(f64::NAN)),
        note: runs.iter().flat_map(Ours::violated).fold(
            format!("R-hat {worst_rhat:.4}, z {:.1}, {:.2} CPU s in all", reference.median(&runs), of(|r| r.process)),
            |said, check| said + "; VIOLATED: " + check,
        ),
    }];
    for (k, peer) in peers.iter().enumerate() {
        let note = peer.error().map_or_else(
            || format!("R-hat {:.4}, z {:.1}", peer.figure("rhat_max"), peer.figure("z_max")),
            |e| format!("failed: {e}"),
        );
        let (cpu, wall, ess) = (peer.figure("cpu_s"), peer.figure("seconds"), peer.figure("min_ess"));
        let beside = |of: fn(&Ours) -> f64| {
            0.5 * (runs[k].least_ess() / of(&runs[k]) + runs[k + 1].least_ess() / of(&runs[k + 1]))
        };
        let slower = (beside(Ours::cpu) / (ess / cpu), beside(Ours::wall) / (ess / wall));
        rows.push(Row { name: peer.name.to_owned(), cpu, wall, ess, gradients: peer.figure("grads"), slower, note });
    }
    print(case, &rows, floor);
    Ok(())
}

/// Means, standard deviations and the Monte Carlo errors of the means, from long runs of another program: the slopes in the
/// order of the columns, the intercept last.
struct Reference(Value);

impl Reference {
    fn load(case: &str) -> Result<Reference, String> {
        let path = top().join("bench/peers/data/reference.json");
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let all: Value = serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Reference(all[case].clone()))
    }

    /// The largest distance of a mean from the reference, in standard errors of the difference: the median of the runs.
    fn median(&self, runs: &[Ours]) -> f64 {
        median(runs.iter().map(|run| self.distance(run)))
    }

    fn distance(&self, run: &Ours) -> f64 {
        let list = run.summary["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let of = |what: &str, k: usize| self.0[what][k].as_f64().unwrap_or(f64::NAN);
        let each = list.iter().map(|parameter| {
            let name = parameter["name"].as_str().unwrap_or_default();
            let k = name.strip_prefix('x').and_then(|j| j.parse::<usize>().ok()).unwrap_or(list.len()) - 1;
            let figure = |key: &str| parameter[key].as_f64().unwrap_or(f64::NAN);
            (figure("mean") - of("mean", k)).abs() / figure("mcse_mean").hypot(of("mcse", k))
        });
        each.fold(0.0, f64::max)
    }
}

/// ns that one gradient of one chain must take: two passes of 2 rows x columns operations, and one logistic and one
/// log(1 + e^x) a row. X is read once for all chains of a thread, so with X in cache its bytes are not the limit.
fn least_gradient(case: &(&'static str, f64, f64), floor: &Floor) -> f64 {
    let (_, rows, columns) = *case;
    4.0 * rows * columns * floor.ns("flop") + rows * (floor.ns("logistic") + floor.ns("log1p_exp"))
}

fn print(case: &(&'static str, f64, f64), rows: &[Row], floor: &Floor) {
    println!("## {}: {} rows, {} columns", case.0, case.1, case.2);
    println!(
        "{:20} {:>8} {:>8} {:>9} {:>10} {:>10} {:>10} {:>9}",
        "", "CPU s", "wall s", "least ESS", "ESS/CPU s", "ESS/s", "gradients", "us/grad"
    );
    for row in rows {
        let (by_cpu, by_wall, each) = (row.ess / row.cpu, row.ess / row.wall, 1e6 * row.cpu / row.gradients);
        println!(
            "{:20} {:>8.3} {:>8.3} {:>9.0} {by_cpu:>10.0} {by_wall:>10.0} {:>10.0} {each:>9.2}  {}",
            row.name, row.cpu, row.wall, row.ess, row.gradients, row.note
        );
    }
    let Some((ours, theirs)) = rows.split_first() else { return };
    let least = 1e-3 * least_gradient(case, floor);
    let each = 1e6 * ours.cpu / ours.gradients;
    let bytes = 1e-3 * 8.0 * case.1 * case.2 * floor.ns("byte_l1");
    println!(
        "floor of a gradient: {least:.2} us of arithmetic ({:.0} % of ours); reading X once from L1 takes {bytes:.2} us",
        100.0 * least / each
    );
    let best = |of: fn(&Row) -> f64| theirs.iter().filter(|r| of(r).is_finite()).min_by(|a, b| of(a).total_cmp(&of(b)));
    if let (Some(cpu), Some(wall)) = (best(|r| r.slower.0), best(|r| r.slower.1)) {
        println!(
            "{:.2}x the best peer by CPU ({}), {:.2}x by wall ({})",
            cpu.slower.0, cpu.name, wall.slower.1, wall.name
        );
    }
    println!();
}
