//! RUN: from a config to a run folder, with a bar, a summary and an exit code.
use crate::arguments::Output;
use crate::failure::Failure;
use crate::place::{Place, place};
use crate::progress::{Bar, catch_interrupts, interrupted};
use crate::{summary, write_all};
use std::path::Path;
use steepest_record::{Array, Folder, Record, Verdict, save_state};
use steepest_spec::{Config, SpecError, build, execute};

/// Exit code of a run that Ctrl-C stopped.
const INTERRUPTED: u8 = 130;

/// Runs `config`, called `name` in the default name of its folder.
pub fn run(config: &Config, name: &str, output: &Output) -> Result<u8, Failure> {
    let model = build(config)?;
    config.fits(model.dim(), model.names().len())?;
    // Whether the run can be kept is found out before it, not after it.
    let Place { dir, force } = place(config, name, output);
    let mut folder = Folder::create(&dir, force)?;
    catch_interrupts();
    let mut bar = Bar::new(output.quiet);
    let result = execute(config, &*model, &mut bar);
    bar.finish();
    let record = match result {
        Ok(record) => record,
        Err(SpecError::Numerical { message, advice, record }) => {
            drop(folder);
            let saved = record.map_or(Ok(Vec::new()), |record| save(&dir, &record))?;
            let error = SpecError::Numerical { message, advice, record: None };
            return Err(Failure::from(error).saved(saved));
        }
        Err(error) => return Err(error.into()),
    };
    folder.write(&record)?;
    for (name, bytes) in pages(config, &record, name) {
        folder.add(&name, &bytes)?;
    }
    let dir = folder.commit()?;
    tell(config, &record, &dir, output)?;
    let violated = record.summary.ledger.iter().any(|check| check.verdict == Verdict::Violated);
    Ok(match () {
        () if interrupted() => INTERRUPTED,
        () if output.strict && violated => 1,
        () => 0,
    })
}

/// `report.html` and the plots, as the config wants them.
fn pages(config: &Config, record: &Record, name: &str) -> Vec<(String, Vec<u8>)> {
    let mut pages = Vec::new();
    if config.output.report {
        pages.push(("report.html".to_owned(), steepest_report::html(record, name).into_bytes()));
    }
    if config.output.plots {
        let plots = steepest_report::plots(record).into_iter();
        pages.extend(plots.map(|(name, svg)| (format!("plots/{name}.svg"), svg.into_bytes())));
    }
    pages
}

/// Saves the state of a run that broke down; the paths, for the message.
fn save(dir: &Path, record: &Record) -> Result<Vec<String>, Failure> {
    let state = |array: &Array| Array { name: format!("checkpoint/{}", array.name), ..array.clone() };
    let saved = record.arrays.iter().map(|array| save_state(dir, &state(array)).map(|path| path.display().to_string()));
    Ok(saved.collect::<Result<_, _>>()?)
}

fn tell(config: &Config, record: &Record, dir: &Path, output: &Output) -> Result<(), Failure> {
    if output.json {
        write_all(&record.summary.to_json())?;
    } else if !output.quiet {
        let page = if config.output.report { dir.join("report.html") } else { dir.to_owned() };
        write_all(&summary::text(config, &record.summary, &page))?;
    }
    if interrupted() && !output.quiet {
        eprintln!("stopped by Ctrl-C: {} holds what there was until then", dir.display());
    }
    Ok(())
}
