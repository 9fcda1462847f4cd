//! `steepest` beside its peers: the same problem, the same machine, the same minutes.
//!
//! A peer runs in its own process, `rounds` times after one run that is not counted (it compiles). Ours runs before and after
//! each peer, and a peer is compared with the two runs beside it, so a machine that slows down slows down both. CPU seconds
//! count all threads and say what wall time would be on a quiet machine. Both are of the sampling alone, after compilation and
//! reading; for ours the CPU seconds of the whole process are shown as well.
mod cost;
mod floor;
mod langevin;
mod lbfgs;
mod leapfrog;
mod optimisers;
mod ours;
mod peers;
mod riemannian;
mod samplers;

use crate::process::cargo;

/// Every bench there is.
const BENCHES: &[&str] =
    &["langevin", "leapfrog", "nuts", "manychain", "metrics", "riemannian", "optimisers", "lbfgs", "cost"];

/// What was asked for.
pub struct Request {
    name: &'static str,
    vs_peers: bool,
    size: &'static str,
    rounds: usize,
    case: Option<String>,
    peer: Option<String>,
}

impl Request {
    /// Reads the words after `bench`.
    pub fn parse(words: &[&str]) -> Result<Request, String> {
        let mut request = Request { name: "", vs_peers: false, size: "full", rounds: 3, case: None, peer: None };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                name if BENCHES.contains(&name) => {
                    request.name = BENCHES.iter().find(|known| **known == name).copied().unwrap_or_default();
                }
                "--vs-peers" => request.vs_peers = true,
                "--size" => {
                    let size =
                        words.next().and_then(|s| ["tiny", "small", "full"].into_iter().find(|known| known == s));
                    request.size = size.ok_or("--size is tiny, small or full")?;
                }
                "--rounds" => {
                    let rounds = words.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0);
                    request.rounds = rounds.ok_or("--rounds takes a whole number")?;
                }
                "--case" => request.case = Some((*words.next().ok_or("--case takes a name")?).to_owned()),
                "--peer" => request.peer = Some((*words.next().ok_or("--peer takes a name")?).to_owned()),
                other => {
                    return Err(format!(
                        "`{other}` is not known to bench: {}, --vs-peers, --size, --rounds, --case, --peer",
                        BENCHES.join(", ")
                    ));
                }
            }
        }
        if request.name.is_empty() { Err(format!("which one: {}?", BENCHES.join(", "))) } else { Ok(request) }
    }

    /// Whether a peer was asked for: one by name, or all.
    fn wants(&self, peer: &str) -> bool {
        self.peer.as_ref().is_none_or(|one| one == peer)
    }

    /// The cases asked for, of those there are.
    fn cases(&self, known: &[&'static str]) -> Result<Vec<&'static str>, String> {
        let Some(one) = &self.case else { return Ok(known.to_vec()) };
        let found: Vec<_> = known.iter().copied().filter(|c| c == one).collect();
        if found.is_empty() { Err(format!("--case is one of {}", known.join(", "))) } else { Ok(found) }
    }
}

/// Runs it and prints its table.
pub fn run(request: &Request) -> Result<(), String> {
    match request.name {
        "langevin" => langevin::run(request),
        "leapfrog" => leapfrog::run(request),
        "cost" => cost::run(request),
        // Counts of gradients are the same on every machine, so the peer's are a file.
        "metrics" => {
            cargo(&format!("run --release --quiet -p steepest-spec --example metrics -- {}", request.rounds)).go()
        }
        "riemannian" => riemannian::run(request),
        "optimisers" => optimisers::run(request),
        "lbfgs" => lbfgs::run(request),
        "manychain" => samplers::run(request, &samplers::MANYCHAIN),
        _ => samplers::run(request, &samplers::NUTS),
    }
}

/// The middle one, or the mean of the middle two; NaN of none.
fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n => 0.5 * (sorted[n / 2] + sorted[(n - 1) / 2]),
    }
}

/// How steady the machine was: the least time over the median. Ratios mean little where it is far from one.
fn steadiness(times: &[f64]) -> String {
    let least = times.iter().copied().fold(f64::INFINITY, f64::min);
    format!("least {:.2} of the median", least / median(times.iter().copied()))
}

/// The machine, in a line.
fn machine() -> String {
    let of = |path: &str, key: &str| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.lines().find(|l| l.starts_with(key)).and_then(|l| l.split_once(':')).map(|(_, v)| v.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").ok().and_then(|l| l.split(' ').next().map(str::to_owned));
    let model = of("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.into());
    format!("{cores} cores of {model}, load {} at the start", load.unwrap_or_else(|| "unknown".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median([]).is_nan());
        assert_eq!(steadiness(&[2.0, 1.0, 4.0]), "least 0.50 of the median");
    }

    #[test]
    fn requests() {
        let request = Request::parse(&["nuts", "--vs-peers", "--size", "small", "--rounds", "5"]).unwrap();
        assert_eq!((request.name, request.vs_peers, request.size, request.rounds), ("nuts", true, "small", 5));
        let one = Request::parse(&["nuts", "--case", "german", "--peer", "numba"]).unwrap();
        assert!(one.wants("numba") && !one.wants("diffrax") && request.wants("diffrax"));
        assert_eq!(one.cases(&["german", "synth"]).unwrap(), ["german"]);
        assert!(Request::parse(&["--vs-peers"]).is_err());
        assert!(Request::parse(&["nuts", "--size", "huge"]).is_err());
        assert!(request.cases(&["german", "synth"]).unwrap().len() == 2);
    }
}
