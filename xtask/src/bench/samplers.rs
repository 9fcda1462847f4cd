//! Samplers, a few chains of NUTS or a thousand chains: least bulk ESS over all quantities, a second. Who misses the reference is not ranked.
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

/// A posterior of `bench/nuts` and of the peers' `models.py`.
struct Case {
    name: &'static str,
    about: &'static str,
    /// Rows and columns (the intercept included) of the design of a logistic regression.
    design: Option<(f64, f64)>,
}
const CASES: &[Case] = &[
    Case { name: "german", about: "logistic regression, 1,000 rows, 25 columns", design: Some((1_000.0, 25.0)) },
    Case { name: "synth", about: "logistic regression, 10,000 rows, 50 columns", design: Some((10_000.0, 50.0)) },
    Case { name: "eight", about: "eight schools, non-centred", design: None },
    Case { name: "gauss100", about: "Gaussian in 100 dimensions, scales 0.1 to 10, correlation 0.9", design: None },
    Case { name: "radon", about: "radon in 85 counties, 919 houses", design: None },
];
/// A family of cases: `bench/NAME/CASE.toml` against `bench/peers/w_NAME.py`.
pub struct Workload {
    name: &'static str,
    about: &'static str,
    cases: &'static [Case],
    peers: &'static [&'static str],
    /// What a size sets.
    settings: fn(&str) -> Vec<String>,
}

/// Four chains, 1,000 draws each at full size, as many of warm-up.
pub const NUTS: Workload = Workload {
    name: "nuts",
    about: "NUTS, 4 chains",
    cases: CASES,
    peers: &[
        "blackjax-2dev",
        "numpyro-2dev",
        "nutpie-pymc-numba",
        "blackjax-vmap",
        "nutpie-numpy",
        "nutpie-pymc-jax",
        "numpyro-parallel",
    ],
    settings: |size| {
        let draws = match size {
            "tiny" => 100,
            "small" => 500,
            _ => 1000,
        };
        vec![format!("run.draws={draws}"), format!("run.warmup={draws}")]
    },
};

/// A thousand chains at full size, 100 draws each.
pub const MANYCHAIN: Workload = Workload {
    name: "manychain",
    about: "many chains",
    cases: &[Case {
        name: "german",
        about: "logistic regression, 1,000 rows, 25 columns",
        design: Some((1_000.0, 25.0)),
    }],
    peers: &["blackjax-chees", "blackjax-meads", "blackjax-mala"],
    settings: |size| {
        let (chains, draws) = match size {
            "tiny" => (100, 20),
            "small" => (300, 50),
            _ => (1000, 100),
        };
        vec![format!("state.chains={chains}"), format!("run.draws={draws}")]
    },
};

struct Row {
    name: String,
    cpu: f64,
    wall: f64,
    ess: f64,
    gradients: f64,
    /// For a peer, ESS a second of ours, right before and right after, over its own: by CPU, by wall.
    slower: (f64, f64),
    /// Whether its moments are those of the reference.
    right: bool,
    note: String,
}

/// Runs the cases asked for.
pub fn run(request: &Request, workload: &Workload) -> Result<(), String> {
    let names: Vec<&'static str> = workload.cases.iter().map(|c| c.name).collect();
    let cases = request.cases(&names)?;
    build()?;
    let python = if request.vs_peers {
        Some(peers::environment()?)
    } else {
        peers::data()?;
        None
    };
    let floor = Floor::measure()?;
    let settings = (workload.settings)(request.size).join(" ");
    println!("{}, {settings}, medians of {} rounds, {}", workload.about, request.rounds, machine());
    println!("times are of warm-up and draws, after compilation; {}\n", floor.line());
    for case in workload.cases.iter().filter(|c| cases.contains(&c.name)) {
        one(request, workload, case, python.as_ref(), &floor)?;
    }
    Ok(())
}

fn one(
    request: &Request,
    workload: &Workload,
    case: &Case,
    python: Option<&PathBuf>,
    floor: &Floor,
) -> Result<(), String> {
    let mut runs: Vec<Ours> = Vec::new();
    let mut peers: Vec<Peer> = Vec::new();
    let mut ours = |seed: u64| -> Result<(), String> {
        let flow = Path::new(workload.name).join(format!("{}.toml", case.name));
        let mut settings = (workload.settings)(request.size);
        settings.push(format!("run.seed={seed}"));
        runs.push(ours::run(&flow, &settings)?);
        Ok(())
    };
    ours(1)?;
    match python {
        Some(python) => {
            for (round, name) in workload
                .peers
                .iter()
                .enumerate()
                .filter(|(_, p)| request.wants(p) && (**p != "numpyro-parallel" || case.name == "german"))
            {
                peers.push(peers::run(python, workload.name, case.name, name, request.size, request.rounds)?);
                ours(round as u64 + 2)?;
            }
        }
        None => (2..=request.rounds as u64).try_for_each(&mut ours)?,
    }
    let reference = Reference::load(case.name)?;
    let of = |f: fn(&Ours) -> f64| median(runs.iter().map(f));
    let (distance, spread) = (median(runs.iter().map(|r| reference.distance(r))), reference.spread(&runs));
    let worst_rhat = runs.iter().flat_map(|r| r.parameters("rhat")).fold(0.0, f64::max);
    let mut rows = vec![Row {
        name: "steepest".into(),
        cpu: of(Ours::cpu),
        wall: of(Ours::wall),
        ess: of(Ours::least_ess),
        slower: (1.0, 1.0),
        right: right(distance, spread),
        gradients: of(|r| r.summary["gradients"].as_f64().unwrap_or(f64::NAN)),
        note: runs.iter().flat_map(Ours::violated).fold(
            format!("{}, {:.2} CPU s in all", said(worst_rhat, distance, spread), of(|r| r.process)),
            |said, check| said + "; VIOLATED: " + check,
        ),
    }];
    for (k, peer) in peers.iter().enumerate() {
        let (distance, spread) = (peer.figure("z_max"), peer.figure("sd_ratio_worst"));
        let note =
            peer.error().map_or_else(|| said(peer.figure("rhat_max"), distance, spread), |e| format!("failed: {e}"));
        let (cpu, wall, ess) = (peer.figure("cpu_s"), peer.figure("seconds"), peer.figure("min_ess"));
        let beside = |of: fn(&Ours) -> f64| {
            0.5 * (runs[k].least_ess() / of(&runs[k]) + runs[k + 1].least_ess() / of(&runs[k + 1]))
        };
        let slower = (beside(Ours::cpu) / (ess / cpu), beside(Ours::wall) / (ess / wall));
        rows.push(Row {
            name: peer.name.to_owned(),
            cpu,
            wall,
            ess,
            gradients: peer.figure("grads"),
            slower,
            right: right(distance, spread),
            note,
        });
    }
    print(case, &rows, floor);
    Ok(())
}

/// Means within five standard errors of the difference, standard deviations within 15 %: a chain that is stuck in a corner, or a
/// prior that is another, is far outside both.
fn right(distance: f64, spread: f64) -> bool {
    distance < 5.0 && spread < 1.15
}

fn said(rhat: f64, distance: f64, spread: f64) -> String {
    let verdict = if right(distance, spread) { "" } else { ": WRONG" };
    format!("R-hat {rhat:.4}, z {distance:.1}, sd within {:.0} %{verdict}", 100.0 * (spread - 1.0))
}

/// Means, standard deviations and the Monte Carlo errors of the means, exact or from long runs of another program, in the order
/// of our quantities; of a regression without groups the slopes in the order of the columns, the intercept last.
struct Reference(Value);

impl Reference {
    fn load(case: &str) -> Result<Reference, String> {
        let path = top().join("bench/peers/data/reference.json");
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let all: Value = serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Reference(all[case].clone()))
    }

    /// The largest distance of a mean from the reference, in standard errors of the difference.
    fn distance(&self, run: &Ours) -> f64 {
        self.worst(run, |own, mean, _, error| (own("mean") - mean).abs() / own("mcse_mean").hypot(error))
    }

    /// The largest ratio of a standard deviation and the reference's, or of the reference's and it.
    fn spread(&self, runs: &[Ours]) -> f64 {
        runs.iter().map(|run| self.worst(run, |own, _, sd, _| (own("sd") / sd).max(sd / own("sd")))).fold(0.0, f64::max)
    }

    fn worst(&self, run: &Ours, of: impl Fn(&dyn Fn(&str) -> f64, f64, f64, f64) -> f64) -> f64 {
        let list = run.summary["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let [means, sds, errors] =
            ["mean", "sd", "mcse"].map(|what| self.0[what].as_array().cloned().unwrap_or_default());
        if means.len() != list.len() {
            return f64::NAN;
        }
        let design = list.iter().any(|p| p["name"] == "x1");
        let number = |all: &[Value], k: usize| all.get(k).and_then(Value::as_f64).unwrap_or(f64::NAN);
        let each = list.iter().enumerate().map(|(k, parameter)| {
            let column = parameter["name"].as_str().and_then(|n| n.strip_prefix('x')?.parse::<usize>().ok());
            let k = if design { column.unwrap_or(list.len()) - 1 } else { k };
            let own = |key: &str| parameter[key].as_f64().unwrap_or(f64::NAN);
            of(&own, number(&means, k), number(&sds, k), number(&errors, k))
        });
        // One that is not a number is the worst.
        each.fold(0.0, |worst: f64, one| if one > worst || one.is_nan() { one } else { worst })
    }
}

/// ns that one gradient of one chain must take: two passes of 2 rows x columns operations, and one exponential a
/// row, of which the logistic and the factors of the likelihood are made. X is read once for all chains of a thread, so with X in cache its bytes are not the limit.
fn least_gradient((rows, columns): (f64, f64), floor: &Floor) -> f64 {
    4.0 * rows * columns * floor.ns("flop") + rows * floor.ns("exp")
}

fn print(case: &Case, rows: &[Row], floor: &Floor) {
    println!("## {}: {}", case.name, case.about);
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
    if let Some((n, columns)) = case.design {
        let least = 1e-3 * least_gradient((n, columns), floor);
        let each = 1e6 * ours.cpu / ours.gradients;
        let bytes = 1e-3 * 8.0 * n * columns * floor.ns("byte_l1");
        println!(
            "floor of a gradient: {least:.2} us of arithmetic ({:.0} % of ours); reading X once from L1 takes {bytes:.2} us",
            100.0 * least / each
        );
    }
    if !ours.right {
        return println!("ours misses the reference: no ranking\n");
    }
    let best = |of: fn(&Row) -> f64| {
        theirs.iter().filter(|r| r.right && of(r).is_finite()).min_by(|a, b| of(a).total_cmp(&of(b)))
    };
    if let (Some(cpu), Some(wall)) = (best(|r| r.slower.0), best(|r| r.slower.1)) {
        println!(
            "{:.2}x the best peer by CPU ({}), {:.2}x by wall ({})",
            cpu.slower.0, cpu.name, wall.slower.1, wall.name
        );
    }
    println!();
}
