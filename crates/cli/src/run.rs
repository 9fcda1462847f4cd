//! RUN: from a config to a run folder, with a bar, a summary and an exit code; and on from where it was cut off.
use crate::arguments::{Output, Resume, Telling};
use crate::failure::Failure;
use crate::jobs::goals;
use crate::place::{Place, place};
use crate::progress::{Bar, catch_interrupts, interrupted};
use crate::{summary, write_all};
use std::path::{Path, PathBuf};
use steepest_record::{Array, Folder, Record, Verdict, save_state};
use steepest_spec::{Config, Length, Model, Problem, Setting, SpecError, build, execute_keeping, goes_on, identity};

/// Exit code of a run that Ctrl-C stopped.
pub const INTERRUPTED: u8 = 130;

/// Runs `config`, called `name` in the default name of its folder.
pub fn run(config: &Config, name: &str, output: &Output) -> Result<u8, Failure> {
    let model = build(config)?;
    config.fits(model.dim(), model.names().len())?;
    // Whether the run can be kept is found out before it, not after it.
    let Place { dir, force } = place(config, name, output);
    let mut folder = Folder::create(&dir, force)?;
    folder.keep(identity(config)?, config.output.checkpoint)?;
    go(config, &*model, name, (folder, &dir), &output.telling)
}

/// `steepest resume`: the same run, from its last checkpoint, or from the start where it has none.
pub fn resume(arguments: &Resume) -> Result<u8, Failure> {
    let dir = &arguments.dir;
    let mut folder = Folder::open(dir)?;
    let file = dir.join("flow.toml");
    let config = Config::load(&file, &[])?;
    let mut settings = Vec::new();
    for (key, asked) in [("draws", &arguments.draws), ("steps", &arguments.steps), ("threads", &arguments.threads)] {
        let Some(asked) = asked else { continue };
        let flag = format!("--{key} ");
        settings.push(Setting::flag(&["run", key], &flag, &longer((&config, dir), key, asked)?));
    }
    if arguments.draws.is_some() || !arguments.until.is_empty() {
        settings.push(Setting::flag(&["run", "until"], "run.until = ", "{}"));
    }
    settings.extend(goals(&arguments.until)?);
    let config = Config::load(&file, &settings)?;
    let now = identity(&config)?;
    if let Some(begun) = folder.checkpoint().found() {
        goes_on(begun, &now)?;
    }
    let model = build(&config)?;
    folder.keep(now, config.output.checkpoint)?;
    let whole = std::path::absolute(dir).ok();
    let name = whole.and_then(|dir| Some(dir.file_name()?.to_string_lossy().into_owned())).unwrap_or_default();
    go(&config, &*model, &name, (folder, dir.as_path()), &arguments.telling)
}
/// `+N` as what that makes in all.
fn longer((config, dir): (&Config, &Path), key: &str, asked: &str) -> Result<String, SpecError> {
    let before = match (key, config.run.length) {
        ("draws", Length::Draws { draws, .. }) if config.run.until == Default::default() => draws,
        // What stopped at a goal has fewer than it might.
        ("draws", Length::Draws { draws, .. }) => Folder::read(dir).map_or(draws, |record| record.summary.steps),
        ("steps", Length::Strides { steps, .. }) => steps,
        _ => return Ok(asked.to_owned()),
    };
    let Some(more) = asked.strip_prefix('+') else { return Ok(asked.to_owned()) };
    // 1e6 is as good as 1000000.
    let more = more.parse::<f64>().ok().filter(|more| *more >= 0.0 && more.fract() == 0.0 && *more < 1e15);
    match more {
        Some(more) => Ok((before + more as u64).to_string()),
        None => {
            let problem = Problem::new(format!("`--{key} {asked}`: after `+` comes a whole number"));
            Err(problem.note(format!("for example --{key} +1000")).into())
        }
    }
}

/// Runs, fills the folder, and tells.
fn go(
    config: &Config,
    model: &dyn Model,
    name: &str,
    place: (Folder, &Path),
    telling: &Telling,
) -> Result<u8, Failure> {
    let (record, dir) = complete(config, model, name, place, telling.quiet)?;
    tell(config, &record, &dir, telling)?;
    let violated = record.summary.ledger.iter().any(|check| check.verdict == Verdict::Violated);
    Ok(match () {
        () if interrupted() => INTERRUPTED,
        () if telling.strict && violated => 1,
        () => 0,
    })
}

/// Runs, and fills the folder.
pub fn complete(
    config: &Config,
    model: &dyn Model,
    name: &str,
    (mut folder, dir): (Folder, &Path),
    quiet: bool,
) -> Result<(Record, PathBuf), Failure> {
    catch_interrupts();
    let mut bar = Bar::new(quiet);
    let result = execute_keeping(config, model, folder.checkpoint(), &mut bar);
    bar.finish();
    let record = match result {
        Ok(record) => record,
        Err(SpecError::Numerical { message, advice, record }) => {
            drop(folder);
            let saved = record.map_or(Ok(Vec::new()), |record| save(dir, &record))?;
            let error = SpecError::Numerical { message, advice, record: None };
            return Err(Failure::from(error).saved(saved));
        }
        Err(error) => return Err(unless_kept(error.into(), &mut folder, dir)),
    };
    let kept = folder.checkpoint().is_saved();
    let fill = |mut folder: Folder| {
        folder.write(&record)?;
        for (name, bytes) in pages(config, &record, name) {
            folder.add(&name, &bytes)?;
        }
        folder.commit()
    };
    let dir = fill(folder).map_err(|error| {
        let failure = Failure::from(error);
        if kept { failure.resumes(dir) } else { failure }
    })?;
    Ok((record, dir))
}
/// Says how to go on, where there is something to go on from.
fn unless_kept(failure: Failure, folder: &mut Folder, dir: &Path) -> Failure {
    if folder.checkpoint().is_saved() { failure.resumes(dir) } else { failure }
}

/// `report.html` and the plots, as the config wants them.
pub fn pages(config: &Config, record: &Record, name: &str) -> Vec<(String, Vec<u8>)> {
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

fn tell(config: &Config, record: &Record, dir: &Path, telling: &Telling) -> Result<(), Failure> {
    if telling.json {
        write_all(&record.summary.to_json())?;
    } else if !telling.quiet {
        let page = if config.output.report { dir.join("report.html") } else { dir.to_owned() };
        write_all(&summary::text(config, &record.summary, &page))?;
    }
    if interrupted() && !telling.quiet {
        let dir = dir.display();
        eprintln!("stopped by Ctrl-C: {dir} holds what there was until then; `steepest resume {dir}` goes on");
    }
    Ok(())
}
