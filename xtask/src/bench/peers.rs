//! The competition: an environment with its pinned packages, and one run of one of its scripts.
use crate::{
    process::{target, task, top},
    python,
};
use serde_json::Value;
use std::path::PathBuf;

/// The interpreter that has the peers, and the data of the benchmarks written by it.
pub fn environment() -> Result<PathBuf, String> {
    let python = python::environment("peers", "bench/peers/requirements.txt", (3, 13)..=(3, 13))?;
    write_data(&python)?;
    Ok(python)
}

/// The data alone: any interpreter with NumPy does.
pub fn data() -> Result<(), String> {
    if ["synth.csv", "eig1000_X0.npy"].iter().all(|name| target().join("bench").join(name).exists()) {
        return Ok(());
    }
    write_data(&python::environment("python", "xtask/python/requirements.txt", (3, 11)..=(3, 14))?)
}

fn write_data(python: &PathBuf) -> Result<(), String> {
    task(python).args(["-B", "bench/peers/gen_data.py"]).go()
}

/// What one peer did.
pub struct Peer {
    /// Its name.
    pub name: &'static str,
    said: Value,
}

impl Peer {
    /// One of its figures, NaN where it gave none.
    pub fn figure(&self, key: &str) -> f64 {
        self.said[key].as_f64().unwrap_or(f64::NAN)
    }

    /// Wall seconds of each round.
    pub fn times(&self) -> Vec<f64> {
        self.said["times"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
    }

    /// What went wrong.
    pub fn error(&self) -> Option<&str> {
        self.said["error"].as_str()
    }
}

/// Runs `name` on a case, `rounds` times after a first run that compiles.
pub fn run(
    python: &PathBuf,
    workload: &str,
    case: &str,
    name: &'static str,
    size: &str,
    rounds: usize,
) -> Result<Peer, String> {
    eprintln!("{workload} {case}: {name}");
    let script = top().join("bench/peers").join(format!("w_{workload}.py"));
    let words = ["--size", size, "--case", case, "--peer", name, "--repeats", &rounds.to_string()].map(str::to_owned);
    let (_, out, _) = task(python).arg("-B").arg(script).args(words).env("PYTHONWARNINGS", "ignore").output()?;
    let said = out.lines().rev().find_map(|l| serde_json::from_str(l).ok());
    Ok(Peer { name, said: said.unwrap_or_else(|| serde_json::json!({"error": "said nothing"})) })
}
