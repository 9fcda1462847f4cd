//! SWEEP: the same flow for every value of a knob, or of several, and all runs side by side.
use crate::arguments::Sweep;
use crate::csv::{cell, quoted, write};
use crate::failure::{Failure, say};
use crate::grid::{Point, grid};
use crate::measures::{count, least_ess, quantities, rhat, seconds, verdicts};
use crate::place::{beside, name_of};
use crate::progress::interrupted;
use crate::summary::{aligned, grouped, number};
use crate::{run, write_all};
use std::path::Path;
use steepest_record::{Folder, Record, Verdict};
use steepest_report::Knob;
use steepest_spec::{
    Config, Functional, Problem, Setting, SpecError, build, bytes_read, identity, no_shorter, sweeps_on,
};

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
    ("R-hat", rhat),
];
/// `steepest sweep`: 0, or 3 where a run broke down; those that are done already are not done again.
pub fn sweep(arguments: &Sweep) -> Result<u8, Failure> {
    let points = grid(&arguments.over).map_err(SpecError::from)?;
    // Every run is read before the first is made: a slip in the last value costs nothing.
    let mut configs = Vec::with_capacity(points.len());
    for point in &points {
        let set = arguments.file.set.iter().map(|setting| Setting::parse(setting));
        let over = point.settings.iter().map(|setting| Setting::given_to("--over", setting));
        let settings = set.chain(over).collect::<Result<Vec<_>, _>>().map_err(SpecError::from)?;
        configs.push(Config::load(&arguments.file.flow, &settings)?);
    }
    let title = name_of(&arguments.file.flow);
    let above = arguments.out.clone().unwrap_or_else(|| Path::new("runs").join(format!("{title}-sweep")));
    if above.join("summary.json").is_file() || above.join("checkpoint").is_dir() {
        let problem = Problem::new(format!("{} is the folder of a run", above.display()));
        return Err(SpecError::from(problem.note("a sweep has a folder of its own: choose another with --out")).into());
    }
    let done = |point: &Point| !arguments.force && above.join(&point.name).join("summary.json").is_file();
    models(points.iter().zip(&configs).filter(|(point, _)| !done(point)).map(|(_, config)| config))?;
    let mut outcomes: Vec<Outcome> = Vec::new();
    let ended = each(&points, &configs, (&above, arguments), &mut outcomes);
    // What is done is put side by side however the sweep ended.
    if !outcomes.is_empty() {
        let told = leave(&above, &title, &points[..outcomes.len()], &outcomes);
        if ended.is_ok() {
            told?;
        }
    }
    if !ended? {
        say(&format!("stopped by Ctrl-C after {} of {}; the same command goes on", outcomes.len(), points.len()));
        return Ok(run::INTERRUPTED);
    }
    Ok(if outcomes.iter().any(|outcome| outcome.result.is_err()) { 3 } else { 0 })
}

/// Bytes of a table that is read once more for the sake of a check, at most.
const READ: u64 = 100_000_000;

/// Builds every model that is not like one before: a slip in a formula is found before anything is run. One of a large table is
/// left to its run.
fn models<'a>(configs: impl Iterator<Item = &'a Config>) -> Result<(), SpecError> {
    let mut known: Vec<(&Functional, usize, usize)> = Vec::new();
    for config in configs {
        let like = known.iter().find(|(functional, ..)| **functional == config.functional);
        let (dim, quantities) = match like {
            Some((_, dim, quantities)) => (*dim, *quantities),
            None if bytes_read(config) > READ => continue,
            None => match build(config) {
                Ok(model) => {
                    known.push((&config.functional, model.dim(), model.names().len()));
                    (model.dim(), model.names().len())
                }
                // That breaks its own run down.
                Err(SpecError::Numerical { .. }) => continue,
                Err(error) => return Err(error),
            },
        };
        config.fits(dim, quantities)?;
    }
    Ok(())
}

/// Does one run after another; whether all were done, or Ctrl-C was pressed.
fn each(
    points: &[Point],
    configs: &[Config],
    (above, arguments): (&Path, &Sweep),
    outcomes: &mut Vec<Outcome>,
) -> Result<bool, Failure> {
    for (k, (point, config)) in points.iter().zip(configs).enumerate() {
        let dir = above.join(&point.name);
        if !arguments.quiet {
            say(&format!("{}/{} {}", k + 1, points.len(), point.settings.join(" ")));
        }
        let result = match one(config, &point.name, &dir, arguments) {
            Ok(()) => Ok(Folder::read(&dir)?),
            // A knob may be turned too far: the others are still worth having.
            Err(failure) if failure.is_numerical() => Err(failure.first_line().to_owned()),
            Err(failure) => return Err(failure),
        };
        outcomes.push(Outcome { name: point.name.clone(), result });
        if interrupted() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Writes the table and the page of what is done, and shows the table.
fn leave(above: &Path, title: &str, points: &[Point], outcomes: &[Outcome]) -> Result<(), Failure> {
    let mut text = table(points, outcomes);
    // Runs that broke down may have left nothing.
    std::fs::create_dir_all(above).map_err(|cause| SpecError::io("create", above, cause))?;
    write(&above.join("sweep.csv"), &table_of_all(points, outcomes))?;
    let page = above.join("sweep.html");
    write(&page, &page_of(title, points, outcomes, &text))?;
    text += &format!("\nreport  {}\n", page.display());
    write_all(&text)
}

/// One run: not at all where it is there, from its checkpoint where it was begun, else from the start.
fn one(config: &Config, name: &str, dir: &Path, arguments: &Sweep) -> Result<(), Failure> {
    let now = identity(config)?;
    // A run that Ctrl-C stopped has a summary of what there was.
    let stopped = beside(dir, "unfinished");
    let begun = dir.join("checkpoint").is_dir() || dir.join("summary.json").is_file();
    let mut folder = if begun && !arguments.force {
        let mut folder = Folder::open(dir)?;
        let done = dir.join("summary.json").is_file();
        let rows = folder.checkpoint().rows();
        let same = match folder.checkpoint().found() {
            Some(begun) => {
                sweeps_on(begun, &now, dir)?;
                no_shorter(config, begun, (rows, None))?;
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
    config.fits_model(&*model)?;
    folder.keep(now, config.output.checkpoint)?;
    run::complete(config, &*model, name, (folder, dir), arguments.quiet)?;
    if interrupted() {
        write(&stopped, "")?;
    } else if stopped.exists() {
        std::fs::remove_file(&stopped).map_err(|cause| SpecError::io("remove", &stopped, cause))?;
    }
    Ok(())
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
        cells.push(outcome.result.as_ref().map_or("broke down".into(), |record| verdicts(&record.summary)));
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

/// One line a run: its folder, the knobs, the measures, violated checks, then the mean of every quantity.
fn table_of_all(points: &[Point], outcomes: &[Outcome]) -> String {
    let (measures, names) = (measures(outcomes), quantities(outcomes.iter().flat_map(|outcome| &outcome.result)));
    let heads = std::iter::once("run").chain(points[0].knobs.iter().map(|(key, _)| key.as_str()));
    let heads = heads.chain(measures.iter().map(|(name, _)| *name)).chain(["violated"]).map(quoted);
    let mut text =
        heads.chain(names.iter().map(|name| quoted(&format!("mean {name}")))).collect::<Vec<_>>().join(",") + "\n";
    for (k, (point, outcome)) in points.iter().zip(outcomes).enumerate() {
        let record = outcome.result.as_ref().ok();
        let violated = record.map_or(f64::NAN, |record| count(&record.summary, Verdict::Violated) as f64);
        let mean = |name: &&str| record?.summary.parameters.iter().find(|p| p.name == **name).map(|p| p.mean);
        let words =
            std::iter::once(&point.name).chain(point.knobs.iter().map(|(_, value)| value)).map(|word| quoted(word));
        let numbers = measures.iter().map(|(_, values)| values[k]).chain([violated]);
        let numbers = numbers.chain(names.iter().map(|name| mean(name).unwrap_or(f64::NAN)));
        text += &(words.chain(numbers.map(cell)).collect::<Vec<_>>().join(",") + "\n");
    }
    text
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
