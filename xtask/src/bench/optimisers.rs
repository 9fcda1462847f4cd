//! Minimisers on the problems of More, Garbow and Hillstrom beside SciPy's: how many each solves, and after how many evaluations.
//!
//! A run has solved its problem if it ends with V within a millionth of a known minimum; what it does after it got there is not
//! counted, on either side. A known minimum is the least value that any run of either side found near a published one, as those have five
//! digits. Counts are the same on every machine.
use super::{Request, median, peers};
use crate::process::{cargo, target, top};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

/// Relative distance from a known minimum that counts as there; of one that is 0, absolute.
const THERE: [f64; 2] = [1e-6, 1e-12];
/// The same from a published one.
const NEAR: [f64; 2] = [2e-5, 1e-10];
const CLASSES: [(&str, &str); 4] = [
    ("gradients", "gradients alone"),
    ("curvatures", "Hessian products"),
    ("squares", "residuals and Jacobians"),
    (BOUNDS, "gradients, within a box about the start: solved at the least value that anybody ended at"),
];
/// The class whose minima nobody has published.
const BOUNDS: &str = "bounds";

/// One run.
struct Run {
    ours: bool,
    problem: String,
    factor: f64,
    class: String,
    method: String,
    /// Evaluations and V, falling.
    trace: Vec<(f64, f64)>,
}
impl Run {
    fn key(&self) -> String {
        format!("{} x{}", self.problem, self.factor)
    }
    /// Evaluations until V was that of the known minimum that it ended at: on the way down it may pass the value of a higher one.
    fn solved(&self, minima: &[f64]) -> Option<f64> {
        let end = self.trace.last()?.1;
        let least = minima.iter().find(|least| (end - **least).abs() <= within(**least, THERE))?;
        self.trace.iter().find(|(_, v)| v - least <= within(*least, THERE)).map(|(n, _)| *n)
    }
}
fn within(least: f64, [relative, absolute]: [f64; 2]) -> f64 {
    relative * least.abs() + absolute
}

/// Runs both sides and prints the table.
pub fn run(request: &Request) -> Result<(), String> {
    cargo("build --release --quiet -p steepest-cli -p steepest-spec --example optimisers").go()?;
    let example = format!("optimisers{}", std::env::consts::EXE_SUFFIX);
    let example = target().join("release/examples").join(example);
    let ours = said(&mut Command::new(&example), None)?;
    let theirs = if request.vs_peers {
        let python = peers::environment()?;
        let problems = target().join("bench/optimisers.jsonl");
        std::fs::create_dir_all(target().join("bench")).map_err(|e| e.to_string())?;
        std::fs::write(&problems, &ours).map_err(|e| format!("{}: {e}", problems.display()))?;
        said(Command::new(python).args(["-B", "bench/peers/w_optimisers.py"]).arg(&example), Some(&problems))?
    } else {
        String::new()
    };
    let (mut published, mut runs) = (BTreeMap::new(), Vec::new());
    for (mine, text) in [(true, &ours), (false, &theirs)] {
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).map_err(|e| format!("{line}: {e}"))?;
            let problem = line["problem"].as_str().unwrap_or_default().to_owned();
            let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
            if line["low"].is_array() {
                continue;
            }
            if let Some(minima) = line["minima"].as_array() {
                published.insert(problem, minima.iter().map(number).collect::<Vec<_>>());
                continue;
            }
            let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
            let pairs = line["trace"].as_array().map_or(&[][..], |all| all);
            let trace = pairs.iter().map(|pair| (number(&pair[0]), number(&pair[1]))).collect();
            let factor = number(&line["factor"]);
            runs.push(Run { ours: mine, problem, factor, class: text("class"), method: text("method"), trace });
        }
    }
    let minima: BTreeMap<String, Vec<f64>> =
        published.into_iter().map(|(problem, all)| (problem.clone(), known(&problem, &all, &runs))).collect();
    print(&runs, &minima);
    Ok(())
}
/// What a command says; its complaints are shown.
fn said(command: &mut Command, from: Option<&Path>) -> Result<String, String> {
    let input = match from {
        Some(path) => Stdio::from(std::fs::File::open(path).map_err(|e| format!("{}: {e}", path.display()))?),
        None => Stdio::null(),
    };
    let out = command.current_dir(top()).stdin(input).stderr(Stdio::inherit()).output().map_err(|e| e.to_string())?;
    if out.status.success() {
        Ok(String::from_utf8_lossy(&out.stdout).into_owned())
    } else {
        Err(out.status.to_string())
    }
}
/// The least values that anybody ended at near the published ones.
fn known(problem: &str, published: &[f64], runs: &[Run]) -> Vec<f64> {
    let ends = || {
        runs.iter()
            .filter(|run| run.problem == problem && run.class != BOUNDS)
            .filter_map(|run| run.trace.last())
            .map(|last| last.1)
    };
    let least = |near: f64| ends().filter(|v| (v - near).abs() <= within(near, NEAR)).reduce(f64::min);
    published.iter().map(|p| least(*p).unwrap_or(*p)).collect()
}
fn print(runs: &[Run], minima: &BTreeMap<String, Vec<f64>>) {
    let solved = |run: &Run| {
        if run.class == BOUNDS {
            let same = |other: &&Run| other.class == BOUNDS && other.key() == run.key();
            let ends = runs.iter().filter(same).filter_map(|other| other.trace.last());
            return run.solved(&[ends.map(|end| end.1).fold(f64::INFINITY, f64::min)]);
        }
        run.solved(minima.get(&run.problem).map_or(&[][..], |all| all))
    };
    println!("More-Garbow-Hillstrom, {} problems from 1, 10 and 100 times the standard start", minima.len());
    println!(
        "solved: V within 1e-6 of a known minimum (1e-12 of one that is 0); evaluations until then, median over what was solved\n"
    );
    for (class, meaning) in CLASSES {
        println!(
            "{meaning}\n  {:<28} {:>5} {:>5} {:>5} {:>7} {:>12}",
            "", "x1", "x10", "x100", "solved", "evaluations"
        );
        let mut methods: Vec<(bool, &str)> = Vec::new();
        for run in runs.iter().filter(|run| run.class == class) {
            if !methods.contains(&(run.ours, &run.method)) {
                methods.push((run.ours, &run.method));
            }
        }
        let mut best: [Option<(usize, BTreeMap<String, f64>)>; 2] = [None, None];
        for (mine, method) in methods {
            let of = || runs.iter().filter(move |run| run.class == class && run.ours == mine && run.method == method);
            let found: BTreeMap<String, f64> = of().filter_map(|run| Some((run.key(), solved(run)?))).collect();
            let at = |factor: f64| of().filter(|run| run.factor == factor && solved(run).is_some()).count();
            println!(
                "  {:<28} {:>5} {:>5} {:>5} {:>7} {:>12.1}",
                format!("{}, {method}", if mine { "steepest" } else { "SciPy" }),
                at(1.0),
                at(10.0),
                at(100.0),
                found.len(),
                median(found.values().copied())
            );
            let side = &mut best[usize::from(mine)];
            if side.as_ref().is_none_or(|(most, _)| found.len() > *most) {
                *side = Some((found.len(), found));
            }
        }
        if let [Some((theirs, their)), Some((ours, our))] = &best {
            let both = || our.iter().filter_map(|(key, n)| Some((*n, *their.get(key)?)));
            println!(
                "  the best of each: {ours} and {theirs} solved; of the {} that both did, {:.1} and {:.1} evaluations in the median, ratio {:.2}\n",
                both().count(),
                median(both().map(|(n, _)| n)),
                median(both().map(|(_, n)| n)),
                median(both().map(|(n, m)| n / m))
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solved_when_the_value_is_there() {
        let trace = vec![(1.0, 4.0), (5.0, 2.1), (9.0, 2.000_001), (12.0, 2.0)];
        let run =
            Run { ours: true, problem: "p".into(), factor: 1.0, class: String::new(), method: String::new(), trace };
        assert_eq!(run.solved(&[0.0, 2.0, 3.0]), Some(9.0));
        assert_eq!(run.solved(&[0.0, 3.0]), None);
        assert_eq!(known("p", &[2.00001, 7.0], &[run]), [2.0, 7.0]);
    }
}
