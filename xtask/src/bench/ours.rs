//! One run of `steepest`, and what it took.
use crate::process::{cargo, steepest, target, task, top};
use serde_json::Value;
use std::path::Path;

/// One run.
pub struct Ours {
    /// Its summary.json.
    pub summary: Value,
    /// CPU seconds of the process, all threads: start, reading, ledger and writing included.
    pub process: f64,
    /// Bytes it held at the most; 0 where the system does not say.
    pub memory: u64,
}

impl Ours {
    /// Wall seconds of warm-up and run.
    pub fn wall(&self) -> f64 {
        ["warmup", "run"].iter().filter_map(|s| self.summary["seconds"][s].as_f64()).sum()
    }

    /// CPU seconds of warm-up and run, all threads.
    pub fn cpu(&self) -> f64 {
        self.summary["extra"]["cpu_seconds"].as_f64().unwrap_or(self.process)
    }

    /// The least bulk ESS of its quantities.
    pub fn least_ess(&self) -> f64 {
        self.parameters("ess_bulk").fold(f64::INFINITY, f64::min)
    }

    /// One figure of each quantity.
    pub fn parameters(&self, figure: &str) -> impl Iterator<Item = f64> {
        let list = self.summary["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter().map(move |p| p[figure].as_f64().unwrap_or(f64::NAN))
    }

    /// The checks that do not hold.
    pub fn violated(&self) -> Vec<&str> {
        let ledger = self.summary["ledger"].as_array().map(Vec::as_slice).unwrap_or_default();
        ledger.iter().filter(|l| l["verdict"] == "violated").filter_map(|l| l["check"].as_str()).collect()
    }
}

/// Runs a flow of the bench folder with `key=value` settings over it.
pub fn run(flow: &Path, settings: &[String]) -> Result<Ours, String> {
    let before = children();
    let words = settings.iter().flat_map(|s| ["--set", s.as_str()]);
    let out = target().join("bench").join("run");
    let run = task(steepest()).arg("run").arg(top().join("bench").join(flow)).args(words);
    let (ran, text, errors, memory) = run.arg("--out").arg(out).args(["--force", "--json", "--quiet"]).followed()?;
    let process = children() - before;
    if !ran {
        return Err(format!("steepest run {}: {}", flow.display(), errors.trim()));
    }
    let summary = serde_json::from_str(&text).map_err(|e| format!("--json of {}: {e}", flow.display()))?;
    Ok(Ours { summary, process, memory })
}

/// Builds what [`repeated`] runs.
pub fn build_repeated() -> Result<(), String> {
    cargo("build --release --quiet -p steepest-cli -p steepest-spec --example repeated").go()
}
/// Runs a flow of the bench folder several times in one process, as peers are run: all but the first find code and memory in place.
pub fn repeated(flow: &Path, settings: &[String], rounds: usize) -> Result<Vec<Ours>, String> {
    let example = target().join("release/examples").join(format!("repeated{}", std::env::consts::EXE_SUFFIX));
    let run = task(example).arg(top().join("bench").join(flow)).arg(rounds.to_string()).args(settings);
    let (ran, text, errors) = run.output()?;
    if !ran {
        return Err(format!("repeated {}: {}", flow.display(), errors.trim()));
    }
    let one = |line: &str| match serde_json::from_str(line) {
        Ok(summary) => Ok(Ours { summary, process: f64::NAN, memory: 0 }),
        Err(e) => Err(format!("repeated {}: {e}", flow.display())),
    };
    text.lines().map(one).collect()
}

/// CPU seconds of the processes that were started and have ended.
#[cfg(unix)]
fn children() -> f64 {
    use nix::sys::resource::{UsageWho, getrusage};
    let seconds = |t: nix::sys::time::TimeVal| t.tv_sec() as f64 + 1e-6 * t.tv_usec() as f64;
    getrusage(UsageWho::RUSAGE_CHILDREN)
        .map_or(f64::NAN, |used| seconds(used.user_time()) + seconds(used.system_time()))
}

/// Not known here.
#[cfg(not(unix))]
fn children() -> f64 {
    f64::NAN
}
