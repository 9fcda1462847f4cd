//! IDENTITY: whether a run that is gone on with is still the run that was begun.
use crate::keys::{self, NOUNS, Type};
use crate::{Config, Length, Problem, SpecError};
use std::path::Path;
use steepest_record::{Identity, Parameter, Summary, checksum, checksum_of};
use toml::{Table, Value};

/// What this config and the files it reads are now.
///
/// # Errors
/// I/O where a file cannot be read.
pub fn identity(config: &Config) -> Result<Identity, SpecError> {
    let flow = config.resolved();
    let data = sum_of(&files(&flow))?;
    Ok(Identity { program: env!("CARGO_PKG_VERSION").into(), flow, data })
}
/// Bytes of the files that the energy of a config is made from, as far as they are there.
pub fn bytes_read(config: &Config) -> u64 {
    let size = |path: &String| std::fs::metadata(path).map_or(0, |file| file.len());
    files(&config.resolved()).iter().map(size).sum()
}
/// What to tell of a run whose data came through a pipe, if they did.
pub fn through_a_pipe(config: &Config) -> Option<String> {
    let file = pipes(config).into_iter().next()?;
    Some(format!(
        "The table came through a pipe ({file}), which cannot be read a second time: neither `steepest predict` nor `steepest \
         resume` can be used on this run. For that, save the table to a file and run it from there."
    ))
}
/// Refuses what needs the data of a run once more, where they came through a pipe.
///
/// # Errors
/// Input, which says so.
pub fn read_again(config: &Config) -> Result<(), SpecError> {
    let Some(file) = pipes(config).into_iter().next() else { return Ok(()) };
    let message = format!("the table of this run came through a pipe ({file}), which cannot be read again");
    let problem = config.problem("functional.data", message);
    Err(problem.note("save the table to a file, and run it again from there").into())
}
fn pipes(config: &Config) -> Vec<String> {
    files(&config.resolved()).into_iter().filter(|file| is_pipe(Path::new(file))).collect()
}
/// Whether what a path leads to can be read but once.
pub(crate) fn is_pipe(path: &Path) -> bool {
    let open = ["/dev/stdin", "/dev/fd", "/proc"].iter().any(|place| path.starts_with(place));
    match std::fs::metadata(path) {
        // A file that is open already, as by `< table.csv`, is opened anew on Linux; elsewhere it goes on where it was left.
        Ok(file) if cfg!(target_os = "linux") || !open => !file.is_file() && !file.is_dir(),
        _ => open,
    }
}
/// Whether the checksum of a run is that of no file, as where its table came through a pipe.
pub(crate) fn saw_nothing(begun: &Identity) -> bool {
    let nothing = checksum(&[]);
    // Earlier versions read once more what had been read to its end.
    [nothing, checksum(&nothing.to_le_bytes())].contains(&begun.data)
}
/// A checksum of what is in these files. What a pipe gave is gone, and one that has a name waits for ever to be filled again.
pub(crate) fn sum_of(files: &[String]) -> Result<u64, SpecError> {
    let mut sums = Vec::new();
    for path in files.iter().filter(|path| !is_pipe(Path::new(path))) {
        let sum = std::fs::File::open(path).and_then(checksum_of);
        let sum = sum.map_err(|cause| SpecError::io("read", Path::new(path), cause))?;
        sums.extend_from_slice(&sum.to_le_bytes());
    }
    Ok(checksum(&sums))
}

/// Keys that do not touch the law of a finished run: what is told of a row, how its chains moved, and how its table was read, which
/// the data and the names of what it reports are witness to.
const TOLD: [&str; 9] =
    ["response", "mean", "simulate", "centering", "precision", "bounds", "regulariser", "header", "missing"];

/// Whether the model of a run begun as `begun` is the one that its flow.toml and the data make now: `flow` is the text of that
/// file, `origin` its path. Everything but the energy may have been changed, and the data may have been moved.
///
/// # Errors
/// Input, which says what of the energy was changed.
pub fn same_model(begun: &Identity, flow: &str, origin: &str) -> Result<(), SpecError> {
    let now = Config::parse(flow, origin, &[])?;
    // Versions differ in what they write of a flow.toml, so this one writes both; what it cannot read it cannot compare.
    let Ok(before) = Config::parse(&begun.flow, origin, &[]) else { return Ok(()) };
    let (resolved, paths) = (now.resolved(), paths());
    let matters =
        |key: &str| key.strip_prefix("functional.").is_some_and(|name| !TOLD.contains(&name) && !paths.contains(&name));
    // A run that found out its family may be told it now, as a message may have asked for.
    let stated = |key: &str, before: &str, after: &str| {
        key == "functional.family" && before == "\"auto\"" && after == "\"gaussian\""
    };
    let changed = changes(&before.resolved(), &resolved)
        .into_iter()
        .find(|(key, before, after)| matters(key) && !stated(key, before, after));
    if let Some((key, before, after)) = changed {
        let message = format!("the draws are of {key} = {before}, and flow.toml now says {after}");
        let note = "put it back to predict from this run, or start a new one with `steepest run`";
        return Err(now.problem(&key, message).note(note).into());
    }
    let files = files(&resolved);
    // Files that are gone are named where they are read; a pipe cannot be read again.
    let there = files.iter().all(|file| Path::new(file).is_file());
    if there && sum_of(&files).is_ok_and(|sum| sum != begun.data) {
        let message = format!("the data were changed since the run was begun: {}", files.join(", "));
        let note = "the draws are of the data as they were: put them back to predict from this run, or start a new one";
        return Err(now.problem("functional.data", message).note(note).into());
    }
    Ok(())
}

/// Whether a run begun as `begun` can be gone on with as `now`: it may have more draws or strides, another number of
/// threads and another output, apart from what the run itself writes down on its way.
///
/// # Errors
/// Input, which says what else was changed.
pub fn goes_on(begun: &Identity, now: &Identity) -> Result<(), SpecError> {
    let again = "put it back to go on, or start a new run with `steepest run`";
    let (message, note) = match difference(begun, now) {
        None => return Ok(()),
        Some(Difference::Key { key, before, after, more }) => {
            // What may be longer may come from a flag too.
            let shorter = ["run.draws", "run.steps"].contains(&key.as_str());
            let says = if shorter { "it is asked for" } else { "its flow.toml now says" };
            let message = format!("the run was begun with {key} = {before}, and {says} {after}{more}");
            (message, if shorter { LONGER } else { again })
        }
        Some(Difference::Data(files)) => (format!("the data were changed since the run was begun: {files}"), again),
        Some(Difference::Program) => (
            format!("the run was begun by steepest {}, and this is {}", begun.program, now.program),
            "go on with the version it was begun by",
        ),
    };
    Err(Problem::new(message).note(note).into())
}
const LONGER: &str = "a run can be made longer, not shorter";

/// The same of a run of a sweep, in the folder `place`: what it should be comes from the sweep, not from the folder.
///
/// # Errors
/// As for [`goes_on`].
pub fn sweeps_on(begun: &Identity, now: &Identity, place: &Path) -> Result<(), SpecError> {
    let place = place.display();
    let message = match difference(begun, now) {
        None => return Ok(()),
        Some(Difference::Key { key, before, after, more }) => {
            format!("{place} was begun with {key} = {before}, and the sweep now asks for {after}{more}")
        }
        Some(Difference::Data(files)) => format!("the data were changed since {place} was begun: {files}"),
        Some(Difference::Program) => {
            format!("{place} was begun by steepest {}, and this is {}", begun.program, now.program)
        }
    };
    Err(Problem::new(message).note(ANEW).into())
}
const ANEW: &str = "--force does every run of the sweep again; --out puts the sweep into another folder";

/// Whether a run that has `rows` draws a chain, and came to `summary` if it came to an end, is one that stops where `config`
/// says: with no fewer draws, and not at goals that it has met already. A run from the start would stop there earlier, and the
/// flow.toml would not be that of the draws beside it.
///
/// # Errors
/// Input, which says what there is.
pub fn no_shorter(
    config: &Config,
    begun: &Identity,
    (rows, summary): (usize, Option<&Summary>),
) -> Result<(), SpecError> {
    let Length::Draws { draws, .. } = config.run.length else { return Ok(()) };
    if draws < rows as u64 {
        let message = format!("the run has {rows} draws a chain, and it is asked for {draws}");
        return Err(Problem::new(message).note(LONGER).into());
    }
    let goals = config.run.until;
    let same = || Config::parse(&begun.flow, "flow.toml", &[]).is_ok_and(|before| before.run.until == goals);
    let taken = summary.map_or(0.0, |summary| summary.seconds.warmup + summary.seconds.run);
    if let Some(seconds) = goals.seconds.filter(|seconds| rows > 0 && *seconds < taken && !same()) {
        let message = format!("the run has taken {taken:.2} seconds already, and it is to stop after {seconds}");
        return Err(Problem::new(message).note(LONGER).into());
    }
    // Nothing is stopped at in the first 100 draws.
    let stops = rows >= 100 && (goals.ess.is_some() || goals.rhat.is_some());
    let Some(summary) = summary.filter(|_| stops && !same()) else { return Ok(()) };
    let found = &summary.parameters;
    let ess = found.iter().map(|p| p.ess_bulk.min(p.ess_tail)).fold(f64::NAN, f64::min);
    let rhat = found.iter().map(|p| p.rhat).fold(f64::NAN, f64::max);
    // What is not known of a quantity, as where it never moved, is not met.
    let met = |p: &Parameter| {
        goals.ess.is_none_or(|goal| p.ess_bulk >= goal && p.ess_tail >= goal)
            && goals.rhat.is_none_or(|goal| p.rhat <= goal)
    };
    if found.is_empty() || !found.iter().all(met) {
        return Ok(());
    }
    let message =
        format!("the run has met these goals already: its least ESS is {ess:.0}, its largest R-hat {rhat:.4}");
    Err(Problem::new(message).note(format!("{LONGER}: a new one would stop at them earlier")).into())
}

/// What keeps a run from being gone on with.
enum Difference {
    /// A value of its flow.toml, and how many others there are, in words.
    Key { key: String, before: String, after: String, more: String },
    /// What is in these files.
    Data(String),
    /// The version of the program.
    Program,
}
fn difference(begun: &Identity, now: &Identity) -> Option<Difference> {
    // As this version writes it, with the keys that are new.
    let begun_flow =
        Config::parse(&begun.flow, "flow.toml", &[]).map_or(begun.flow.clone(), |config| config.resolved());
    let mut changes = changes(&begun_flow, &now.flow).into_iter();
    if let Some((key, before, after)) = changes.next() {
        let more = match changes.len() {
            0 => String::new(),
            n => format!(", and {n} more"),
        };
        return Some(Difference::Key { key, before, after, more });
    }
    if begun.data != now.data {
        return Some(Difference::Data(files(&now.flow).join(", ")));
    }
    (begun.program != now.program).then_some(Difference::Program)
}

/// The files that the energy of a resolved flow.toml is made from.
pub(crate) fn files(flow: &str) -> Vec<String> {
    let table = flow.parse::<Table>().unwrap_or_default();
    let Some(functional) = table.get("functional").and_then(Value::as_table) else { return Vec::new() };
    paths().iter().filter_map(|name| functional.get(*name)?.as_str()).map(Into::into).collect()
}
/// Keys of `[functional]` that name a file, in order.
fn paths() -> Vec<&'static str> {
    let kinds = keys::noun("functional").map_or(&[][..], |noun| noun.kinds);
    let mut names: Vec<&'static str> =
        kinds.iter().flat_map(|kind| kind.keys).filter(|key| key.kind == Type::Path).map(|key| key.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Keys whose value was changed, and how, apart from those that may be.
fn changes(before: &str, after: &str) -> Vec<(String, String, String)> {
    let (before, after) = (before.parse::<Table>().unwrap_or_default(), after.parse::<Table>().unwrap_or_default());
    let until = before.get("run").and_then(|run| run.get("until")).and_then(Value::as_table);
    let goals = until.is_some_and(|goals| !goals.is_empty());
    let mut found = Vec::new();
    for noun in NOUNS {
        let table = |document: &Table| document.get(noun.name).and_then(Value::as_table).cloned().unwrap_or_default();
        let (old, new) = (table(&before), table(&after));
        let mut names: Vec<&String> = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name))).collect();
        names.retain(|name| old.get(*name) != new.get(*name) && (noun.name != "run" || name.as_str() != "threads"));
        if noun.name == "output" {
            names.retain(|name| ["times", "section"].contains(&name.as_str()));
        }
        for name in names {
            let length = noun.name == "run" && ["draws", "steps"].contains(&name.as_str());
            // Goals decide where a run stops, not what it draws; one that stopped at one has fewer draws than it might.
            if noun.name == "run" && (name == "until" || name == "draws" && goals) {
                continue;
            }
            let whole = |table: &Table| table.get(name).and_then(Value::as_integer).unwrap_or(0);
            if length && whole(&new) > whole(&old) {
                continue;
            }
            let said = |table: &Table| table.get(name).map_or("nothing".into(), Value::to_string);
            found.push((format!("{}.{name}", noun.name), said(&old), said(&new)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use steepest_record::Seconds;

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_open_is_a_pipe_unless_it_is_a_file() {
        use std::os::fd::AsRawFd;
        let path = std::env::temp_dir().join(format!("steepest-open-{}", std::process::id()));
        std::fs::write(&path, "x,y\n1,2\n").unwrap();
        let file = std::fs::File::open(&path).unwrap();
        let open = format!("/proc/self/fd/{}", file.as_raw_fd());
        assert!(!is_pipe(Path::new(&open)) && is_pipe(Path::new("/dev/null")) && is_pipe(Path::new("/dev/fd/973")));
        // It can be read again, and a pipe is not read at all.
        let sum = |file: &str| sum_of(&[file.to_owned()]).unwrap();
        let (closed, gone) = (sum(&path.display().to_string()), sum("/dev/fd/973"));
        assert_eq!([sum(&open), sum(&open)], [closed; 2]);
        let begun = |data: u64| Identity { data, ..Identity::default() };
        assert!(saw_nothing(&begun(gone)) && !saw_nothing(&begun(closed)));
        assert!(saw_nothing(&begun(checksum(&checksum(&[]).to_le_bytes()))));
        std::fs::remove_file(&path).unwrap();
    }
    #[test]
    fn what_matters_to_predictions() {
        let place = std::env::temp_dir().join(format!("steepest-same-model-{}", std::process::id()));
        std::fs::create_dir_all(&place).unwrap();
        let [data, moved] = ["d.csv", "moved.csv"].map(|name| place.join(name));
        std::fs::write(&data, "x,y\n1,2\n2,3\n").unwrap();
        std::fs::copy(&data, &moved).unwrap();
        let flow = |data: &Path, formula: &str, more: &str| {
            let data = data.display();
            format!("[functional]\nkind = \"regression\"\ndata = '{data}'\nformula = \"{formula}\"\n{more}")
        };
        let of = |text: &str| Config::parse(text, "flow.toml", &[]).unwrap();
        let begun = identity(&of(&flow(&data, "y ~ x", "[run]\ndraws = 100\n"))).unwrap();
        for text in [
            flow(&data, "y ~ x", "[run]\ndraws = 50\nseed = 9\n[scheme]\nkind = \"hmc\"\n"),
            flow(&moved, "y ~ x", ""),
            flow(&place.join("gone.csv"), "y ~ x", ""),
        ] {
            same_model(&begun, &text, "flow.toml").unwrap_or_else(|error| panic!("{text}{error}"));
        }
        let said = same_model(&begun, &flow(&data, "y ~ 1", ""), "flow.toml").unwrap_err().to_string();
        assert!(said.contains("functional.formula = \"y ~ x\", and flow.toml now says \"y ~ 1\""), "{said}");
        assert!(said.contains("flow.toml:4:"), "{said}");
        std::fs::write(&data, "x,y\n1,2\n2,4\n").unwrap();
        let said = same_model(&begun, &flow(&data, "y ~ x", ""), "flow.toml").unwrap_err().to_string();
        assert!(said.contains("the data were changed") && said.contains("d.csv"), "{said}");
        let older = Identity { flow: "[functional]\nkind = \"of old\"\n".into(), ..begun };
        same_model(&older, &flow(&data, "y ~ x", ""), "flow.toml").unwrap();
        std::fs::remove_dir_all(&place).unwrap();
    }

    fn of(text: &str) -> Identity {
        let text = format!("[functional]\nkind = \"expression\"\nenergy = \"x^2 / 2\"\n{text}");
        identity(&Config::parse(&text, "flow.toml", &[]).unwrap()).unwrap()
    }
    #[test]
    fn what_may_change_and_what_may_not() {
        let begun = of("[run]\ndraws = 100\nseed = 7\n");
        for fine in ["draws = 100\n", "draws = 200\n", "draws = 100\nthreads = 3\n[output]\nreport = false\n"] {
            goes_on(&begun, &of(&format!("[run]\nseed = 7\n{fine}"))).unwrap();
        }
        let refused = |text: &str| goes_on(&begun, &of(text)).unwrap_err().to_string();
        let shorter = refused("[run]\ndraws = 99\nseed = 7\n");
        assert!(shorter.contains("run.draws = 100, and it is asked for 99"), "{shorter}");
        assert!(shorter.contains("longer, not shorter"), "{shorter}");
        let seed = refused("[run]\ndraws = 100\n[scheme]\nkind = \"nuts\"\nmax_depth = 7\n");
        assert!(seed.contains("scheme.max_depth = 10") && seed.contains(" now says 7, and 1 more"), "{seed}");
        let spring = "[state]\nkind = \"point\"\n[noise]\nkind = \"still\"\n[scheme]\nkind = \"verlet\"\n[output]\n";
        let (plain, watched) = (of(spring), of(&format!("{spring}section = \"x\"\n")));
        let said = goes_on(&plain, &watched).unwrap_err().to_string();
        assert!(said.contains("output.section = nothing, and its flow.toml now says \"x\""), "{said}");
        let other = Identity { data: 1, ..begun.clone() };
        assert!(goes_on(&begun, &other).unwrap_err().to_string().contains("data were changed"));
        let older = Identity { program: "0.0.1".into(), ..begun.clone() };
        assert!(goes_on(&older, &begun).unwrap_err().to_string().contains("begun by steepest 0.0.1"));
        // What a sweep asks for does not stand in the folder, so there is nothing to put back there.
        let place = Path::new("mine/1");
        let said = sweeps_on(&begun, &of("[run]\ndraws = 99\nseed = 7\n"), place).unwrap_err().to_string();
        assert!(said.contains("mine/1 was begun with run.draws = 100, and the sweep now asks for 99"), "{said}");
        assert!(said.contains("--force") && said.contains("--out") && !said.contains("put it back"), "{said}");
        sweeps_on(&begun, &of("[run]\ndraws = 101\nseed = 7\n"), place).unwrap();
    }

    #[test]
    fn what_is_there_is_not_made_shorter() {
        let config = |run: &str| {
            let text = format!("[functional]\nkind = \"expression\"\nenergy = \"x^2 / 2\"\n[run]\n{run}\n");
            Config::parse(&text, "flow.toml", &[]).unwrap()
        };
        let parameter = Parameter { ess_bulk: 3000.0, ess_tail: 2500.0, rhat: 1.002, ..Parameter::default() };
        let summary = Summary { parameters: vec![parameter], ..Summary::default() };
        let begun = identity(&config("draws = 2000\nuntil = { ess = 2400 }")).unwrap();
        let asked = |run: &str| no_shorter(&config(run), &begun, (2000, Some(&summary)));
        for fine in [
            "draws = 2000",
            "draws = 2001",
            "draws = 2000\nuntil = { ess = 2400 }",
            "draws = 2000\nuntil = { ess = 2501 }",
            "draws = 2000\nuntil = { ess = 100, rhat = 1.001 }",
            "draws = 2000\nuntil = { seconds = 3 }",
        ] {
            asked(fine).unwrap_or_else(|error| panic!("{fine}: {error}"));
        }
        let taken = Summary { seconds: Seconds { setup: 9.0, warmup: 1.0, run: 2.5 }, ..summary.clone() };
        for (seconds, fine) in [("3.4", false), ("3.6", true)] {
            let asked = config(&format!("draws = 2001\nuntil = {{ seconds = {seconds} }}"));
            let said = no_shorter(&asked, &begun, (2000, Some(&taken))).map_err(|error| error.to_string());
            assert_eq!(said.is_ok(), fine, "{said:?}");
            assert!(fine || said.unwrap_err().contains("has taken 3.50 seconds already, and it is to stop after 3.4"));
        }
        let said = asked("draws = 1999\nuntil = { ess = 1e9 }").unwrap_err().to_string();
        assert!(said.contains("the run has 2000 draws a chain, and it is asked for 1999"), "{said}");
        assert!(said.contains("longer, not shorter"), "{said}");
        for met in ["until = { ess = 2500 }", "until = { rhat = 1.002 }", "until = { ess = 100, rhat = 1.01 }"] {
            let said = asked(&format!("draws = 2000\n{met}")).unwrap_err().to_string();
            let expected = "met these goals already: its least ESS is 2500, its largest R-hat 1.0020";
            assert!(said.contains(expected), "{said}");
        }
        // Before the first look at 100 draws no goal ends a run, whatever it has.
        no_shorter(&config("until = { ess = 100 }"), &begun, (99, Some(&summary))).unwrap();
    }
}
