//! SWEEP: the same flow for every value of a knob, or of several, and all runs side by side.
use crate::arguments::Sweep;
use crate::failure::Failure;
use crate::grid::{Point, grid};
use crate::place::name_of;
use crate::progress::interrupted;
use crate::summary::{aligned, grouped, number};
use crate::{run, write_all};
use std::path::Path;
use steepest_record::{Folder, Record, Verdict};
use steepest_report::Knob;
use steepest_spec::{Config, Setting, SpecError, build, goes_on, identity};

/// What a run of the sweep came to.
struct Outcome {
    name: String,
    result: Result<Record, String>,
}

/// A figure of a run; NaN where it has none.
type Measure = fn(&Record) -> f64;

/// Figures of a run that may be compared, with their names.
const MEASURES: [(&str, Measure); 7] = [
    ("objective", |r| r.summary.objective.map_or(f64::NAN, |o| o.r#final)),
    ("gradients", |r| r.summary.gradients as f64),
    ("seconds", seconds),
    ("least ESS", least_ess),
    ("ESS/s", |r| least_ess(r) / seconds(r)),
    ("ESS/1000 gradients", |r| 1e3 * least_ess(r) / r.summary.gradients as f64),
    ("R-hat", |r| r.summary.parameters.iter().map(|p| p.rhat).filter(|x| x.is_finite()).fold(f64::NAN, f64::max)),
];
fn seconds(record: &Record) -> f64 {
    record.summary.seconds.warmup + record.summary.seconds.run
}
fn least_ess(record: &Record) -> f64 {
    record.summary.parameters.iter().map(|p| p.ess_bulk).filter(|x| x.is_finite()).fold(f64::NAN, f64::min)
}

/// `steepest sweep`: 0, or 3 where a run broke down; those that are done already are not done again.
pub fn sweep(arguments: &Sweep) -> Result<u8, Failure> {
    let points = grid(&arguments.over).map_err(SpecError::from)?;
    // Every run is read before the first is made: a slip in the last value costs nothing.
    let mut configs = Vec::with_capacity(points.len());
    for point in &points {
        let all = arguments.file.set.iter().chain(&point.settings);
        let settings =
            all.map(|setting| Setting::parse(setting)).collect::<Result<Vec<_>, _>>().map_err(SpecError::from)?;
        configs.push(Config::load(&arguments.file.flow, &settings)?);
    }
    let title = name_of(&arguments.file.flow);
    let above = arguments.out.clone().unwrap_or_else(|| Path::new("runs").join(format!("{title}-sweep")));
    let mut outcomes: Vec<Outcome> = Vec::new();
    for (k, (point, config)) in points.iter().zip(&configs).enumerate() {
        let dir = above.join(&point.name);
        if !arguments.quiet {
            eprintln!("{}/{} {}", k + 1, points.len(), point.settings.join(" "));
        }
        let result = match one(config, &point.name, &dir, arguments) {
            Ok(()) => Ok(Folder::read(&dir)?),
            // A knob may be turned too far: the others are still worth having.
            Err(failure) if failure.is_numerical() => Err(failure.first_line().to_owned()),
            Err(failure) => return Err(failure),
        };
        outcomes.push(Outcome { name: point.name.clone(), result });
        if interrupted() {
            eprintln!("stopped by Ctrl-C after {} of {}; the same command goes on", k + 1, points.len());
            return Ok(run::INTERRUPTED);
        }
    }
    let mut text = table(&points, &outcomes);
    write(&above.join("sweep.csv"), csv(&points, &outcomes)?.as_bytes())?;
    let page = above.join("sweep.html");
    write(&page, page_of(&title, &points, &outcomes, &text).as_bytes())?;
    text += &format!("\nreport  {}\n", page.display());
    write_all(&text)?;
    Ok(if outcomes.iter().any(|outcome| outcome.result.is_err()) { 3 } else { 0 })
}

/// One run: not at all where it is there, from its checkpoint where it was begun, else from the start.
fn one(config: &Config, name: &str, dir: &Path, arguments: &Sweep) -> Result<(), Failure> {
    let now = identity(config)?;
    // A run that Ctrl-C stopped has a summary of what there was.
    let stopped = dir.with_file_name(format!("{name}.unfinished"));
    let begun = dir.join("checkpoint").is_dir() || dir.join("summary.json").is_file();
    let mut folder = if begun && !arguments.force {
        let mut folder = Folder::open(dir)?;
        let done = dir.join("summary.json").is_file();
        let same = match folder.checkpoint().found() {
            Some(begun) => {
                goes_on(begun, &now)?;
                *begun == now
            }
            None => done && std::fs::read(dir.join("flow.toml")).is_ok_and(|flow| flow == now.flow.as_bytes()),
        };
        if done && same && !stopped.exists() {
            return Ok(());
        }
        folder
    } else {
        Folder::create(dir, arguments.force)?
    };
    let model = build(config)?;
    config.fits(model.dim(), model.names().len())?;
    folder.keep(now, config.output.checkpoint)?;
    run::complete(config, &*model, name, (folder, dir), arguments.quiet)?;
    if interrupted() {
        write(&stopped, b"")?;
    } else if stopped.exists() {
        std::fs::remove_file(&stopped).map_err(|cause| SpecError::io("remove", &stopped, cause))?;
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), SpecError> {
    std::fs::write(path, bytes).map_err(|cause| SpecError::io("write", path, cause))
}

/// The measures that any run has.
fn measures(outcomes: &[Outcome]) -> Vec<(&'static str, Vec<f64>)> {
    let of = |measure: Measure| outcomes.iter().map(|o| o.result.as_ref().map_or(f64::NAN, measure)).collect();
    let all = MEASURES.iter().map(|(name, measure)| (*name, of(*measure)));
    all.filter(|(_, values): &(_, Vec<f64>)| values.iter().any(|x| x.is_finite())).collect()
}

fn table(points: &[Point], outcomes: &[Outcome]) -> String {
    let (measures, knobs) = (measures(outcomes), &points[0].knobs);
    let mut heads: Vec<&str> = knobs.iter().skip(1).map(|(key, _)| key.as_str()).collect();
    heads.extend(measures.iter().map(|(name, _)| *name));
    heads.push("ledger");
    let rows = points.iter().zip(outcomes).enumerate().map(|(k, (point, outcome))| {
        let mut cells: Vec<String> = point.knobs.iter().skip(1).map(|(_, value)| value.clone()).collect();
        let show =
            |name: &str, x: f64| if name == "gradients" && x.is_finite() { grouped(x as u64) } else { number(x) };
        cells.extend(measures.iter().map(|(name, values)| show(name, values[k])));
        cells.push(outcome.result.as_ref().map_or("broke down".into(), verdict));
        (point.knobs[0].1.clone(), cells)
    });
    let mut text = aligned(&knobs[0].0, &heads, rows.collect());
    for outcome in outcomes {
        if let Err(why) = &outcome.result {
            text += &format!("\n{}: {why}\n", outcome.name);
        }
    }
    text
}

fn verdict(record: &Record) -> String {
    match record.summary.ledger.iter().filter(|check| check.verdict == Verdict::Violated).count() {
        0 => "holds".into(),
        n => format!("{n} violated"),
    }
}

/// One line a run: its folder, the knobs, the measures, violated checks, then the mean of every quantity.
fn csv(points: &[Point], outcomes: &[Outcome]) -> Result<String, Failure> {
    let measures = measures(outcomes);
    let mut names: Vec<&str> = Vec::new();
    for parameter in outcomes.iter().flat_map(|o| &o.result).flat_map(|record| &record.summary.parameters) {
        if !names.contains(&parameter.name.as_str()) {
            names.push(&parameter.name);
        }
    }
    let quote = |text: &str| {
        let plain = !text.contains([',', '"', '\n']);
        if plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
    };
    let shown = |x: f64| if x.is_finite() { format!("{x}") } else { String::new() };
    let heads = std::iter::once("run").chain(points[0].knobs.iter().map(|(key, _)| key.as_str()));
    let heads = heads.chain(measures.iter().map(|(name, _)| *name)).chain(["violated"]).map(quote);
    let mut lines =
        vec![heads.chain(names.iter().map(|name| quote(&format!("mean {name}")))).collect::<Vec<_>>().join(",")];
    for (k, (point, outcome)) in points.iter().zip(outcomes).enumerate() {
        let mut cells = vec![quote(&point.name)];
        cells.extend(point.knobs.iter().map(|(_, value)| quote(value)));
        cells.extend(measures.iter().map(|(_, values)| shown(values[k])));
        let record = outcome.result.as_ref().ok();
        let violated = |r: &Record| r.summary.ledger.iter().filter(|c| c.verdict == Verdict::Violated).count();
        cells.push(record.map_or(String::new(), |record| violated(record).to_string()));
        let mean =
            |name: &&str| record.and_then(|r| r.summary.parameters.iter().find(|p| p.name == **name)).map(|p| p.mean);
        cells.extend(names.iter().map(|name| shown(mean(name).unwrap_or(f64::NAN))));
        lines.push(cells.join(","));
    }
    Ok(lines.join("\n") + "\n")
}

fn page_of(title: &str, points: &[Point], outcomes: &[Outcome], text: &str) -> String {
    let knobs: Vec<Knob> = (0..points[0].knobs.len())
        .map(|i| Knob {
            name: points[0].knobs[i].0.clone(),
            values: points.iter().map(|point| point.knobs[i].1.clone()).collect(),
        })
        .collect();
    let runs: Vec<(String, Record)> =
        outcomes.iter().filter_map(|o| Some((o.name.clone(), o.result.as_ref().ok()?.clone()))).collect();
    steepest_report::sweep(title, &knobs, &measures(outcomes), &runs, text)
}
