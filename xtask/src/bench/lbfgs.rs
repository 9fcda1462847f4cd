//! What an iteration of limited-memory BFGS takes, beside SciPy's L-BFGS-B: ten pairs on both sides, extended Rosenbrock functions.
//!
//! The best of so many rounds of both, taken in turns; the time of energies and gradients, which SciPy has from NumPy, is said apart.
use super::{Request, machine, peers};
use crate::process::{cargo, target, task, top};
use serde_json::Value;

/// Coordinates, steps of a descent at most, descents in a round: a round of both sides takes some tenths of a second.
const CASES: [(&str, u64, u64, [u64; 2]); 3] =
    [("n = 2", 2, 100, [2_000, 20]), ("n = 1000", 1_000, 60, [200, 5]), ("n = 100000", 100_000, 60, [1, 1])];

/// Runs both sides and prints the table.
pub fn run(request: &Request) -> Result<(), String> {
    cargo("build --release --quiet -p steepest-flows --example lbfgs").go()?;
    let example = target().join("release/examples").join(format!("lbfgs{}", std::env::consts::EXE_SUFFIX));
    let python = if request.vs_peers { Some(peers::environment()?) } else { None };
    println!("limited-memory BFGS of ten pairs, best of {} rounds, {}", request.rounds, machine());
    println!("microseconds an iteration: in all, of them energies and gradients, and what is left\n");
    for (name, n, steps, solves) in CASES {
        let words = |solves: u64| [n, steps, 1, solves].map(|number| number.to_string());
        let (mut ours, mut theirs): (Option<Value>, Option<Value>) = (None, None);
        for _ in 0..request.rounds {
            let (ran, out, err) = task(&example).args(words(solves[0])).output()?;
            best(&mut ours, if ran { &out } else { &err })?;
            if let Some(python) = &python {
                let script = top().join("bench/peers/w_lbfgs.py");
                let (ran, out, err) = task(python).arg("-B").arg(script).args(words(solves[1])).output()?;
                best(&mut theirs, if ran { &out } else { &err })?;
            }
        }
        println!("{name}");
        let of = |said: &Option<Value>, side: &str| said.as_ref().map(|said| row(side, said));
        let (ours, theirs) = (of(&ours, "steepest"), of(&theirs, "SciPy L-BFGS-B"));
        if let (Some(ours), Some(theirs)) = (ours, theirs) {
            println!("  ratio {:.1}, without energies {:.1}\n", theirs[0] / ours[0], theirs[1] / ours[1]);
        }
    }
    Ok(())
}
/// Keeps what was said if it was faster.
fn best(kept: &mut Option<Value>, said: &str) -> Result<(), String> {
    let line = said.lines().last().unwrap_or_default();
    let said: Value = serde_json::from_str(line).map_err(|_| format!("it said: {said}"))?;
    let seconds = |said: &Value| said["seconds"].as_f64().unwrap_or(f64::INFINITY);
    if kept.as_ref().is_none_or(|kept| seconds(&said) < seconds(kept)) {
        *kept = Some(said);
    }
    Ok(())
}
/// Prints a side; its microseconds an iteration, in all and without energies.
fn row(side: &str, said: &Value) -> [f64; 2] {
    let number = |key: &str| said[key].as_f64().unwrap_or(f64::NAN);
    let each = |seconds: f64| 1e6 * seconds / number("iterations");
    let (whole, energy) = (each(number("seconds")), each(number("energy")));
    println!(
        "  {side:<16} {whole:>10.2} {energy:>10.2} {:>10.2}   {:.2} evaluations an iteration, V = {:.3e}",
        whole - energy,
        number("evaluations") / number("iterations"),
        number("value")
    );
    [whole, whole - energy]
}
