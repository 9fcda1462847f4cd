//! RUN: from a config to a run folder, with a bar, a summary and an exit code; and on from where it was cut off.
use crate::arguments::{Output, Resume, Telling};
use crate::failure::{Failure, say};
use crate::jobs::goals;
use crate::measures::passes;
use crate::place::{Place, beside, place};
use crate::progress::{Bar, catch_interrupts, interrupted};
use crate::stated::stated;
use crate::{summary, write_all};
use std::path::{Path, PathBuf};
use steepest_record::{Folder, FolderError, Record, Summary, save_state};
use steepest_spec::{
    Config, Length, Model, Problem, Setting, SpecError, build, execute_keeping, goes_on, identity, no_shorter,
    read_again, through_a_pipe,
};

/// Exit code of a run that Ctrl-C stopped.
pub const INTERRUPTED: u8 = 130;

/// Runs `config`, called `name` in the default name of its folder.
pub fn run(config: &Config, name: &str, output: &Output) -> Result<u8, Failure> {
    let model = build(config)?;
    config.fits_model(&*model)?;
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
    let (file, ended) = (dir.join("flow.toml"), ended(dir));
    resumable(dir, ended.as_ref())?;
    let config = Config::load(&file, &[])?;
    read_again(&config)?;
    let mut settings = Vec::new();
    for (key, asked) in [("draws", &arguments.draws), ("steps", &arguments.steps), ("threads", &arguments.threads)] {
        let Some(asked) = asked else { continue };
        let flag = format!("--{key} ");
        settings.push(Setting::flag(&["run", key], &flag, &longer((&config, ended.as_ref()), key, asked)?));
    }
    if arguments.draws.is_some() || !arguments.until.is_empty() {
        settings.push(Setting::flag(&["run", "until"], "run.until = ", "{}"));
    }
    settings.extend(goals(&arguments.until)?);
    let config = Config::load(&file, &settings)?;
    let now = identity(&config)?;
    let rows = folder.checkpoint().rows();
    if let Some(begun) = folder.checkpoint().found() {
        goes_on(begun, &now)?;
        no_shorter(&config, begun, (rows, ended.as_ref()))?;
    }
    let model = build(&config)?;
    folder.keep(now, config.output.checkpoint)?;
    let whole = std::path::absolute(dir).ok();
    let name = whole.and_then(|dir| Some(dir.file_name()?.to_string_lossy().into_owned())).unwrap_or_default();
    go(&config, &*model, &name, (folder, dir.as_path()), &arguments.telling)
}
/// What a run came to that has come to an end.
fn ended(dir: &Path) -> Option<Summary> {
    Summary::from_json(&std::fs::read_to_string(dir.join("summary.json")).ok()?).ok()
}
/// Refuses what there is no going on with.
fn resumable(dir: &Path, ended: Option<&Summary>) -> Result<(), SpecError> {
    let shown = dir.display();
    if ended.is_some_and(|summary| summary.row == "calibration") {
        let problem = Problem::new(format!("{shown} is a calibration, which cannot be gone on with"));
        let note = "do it again with `steepest calibrate`: in another folder, or in this one with --force";
        return Err(problem.note(note).into());
    }
    if !dir.join("flow.toml").is_file() {
        let problem = Problem::new(format!("{shown} has no flow.toml: there is nothing to go on with"));
        let note = "a calibration, or a run, was cut off there as it began: do it again, in that folder with --force";
        return Err(problem.note(note).into());
    }
    Ok(())
}
/// `+N` as what that makes in all.
fn longer((config, ended): (&Config, Option<&Summary>), key: &str, asked: &str) -> Result<String, SpecError> {
    let before = match (key, config.run.length) {
        ("draws", Length::Draws { draws, .. }) if config.run.until == Default::default() => draws,
        // What stopped at a goal has fewer than it might.
        ("draws", Length::Draws { draws, .. }) => ended.map_or(draws, |summary| summary.steps),
        ("steps", Length::Strides { steps, .. }) => steps,
        _ => return Ok(asked.to_owned()),
    };
    let Some(more) = asked.strip_prefix('+') else { return Ok(asked.to_owned()) };
    // 1e6 is as good as 1000000, and one sign is enough.
    let number = more.parse::<f64>().ok().filter(|_| more.starts_with(|c: char| c.is_ascii_digit()));
    match number.filter(|more| more.fract() == 0.0 && *more < 1e15) {
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
    tell(config, &stated(config, &model.notes()), &record, (dir.as_path(), telling))?;
    Ok(verdict(&record.summary, telling))
}
/// The exit code of what came to an end.
pub fn verdict(summary: &Summary, telling: &Telling) -> u8 {
    if interrupted() {
        return INTERRUPTED;
    }
    if !telling.strict || passes(summary) {
        return 0;
    }
    if summary.ledger.is_empty() {
        say("--strict: nothing was checked, the ledger is empty");
    }
    1
}

/// Runs, and fills the folder.
pub fn complete(
    config: &Config,
    model: &dyn Model,
    name: &str,
    (mut folder, dir): (Folder, &Path),
    quiet: bool,
) -> Result<(Record, PathBuf), Failure> {
    catch_interrupts("the run folder will hold what there is, and can be resumed");
    let mut bar = Bar::new(quiet);
    let result = execute_keeping(config, model, folder.checkpoint(), &mut bar);
    bar.finish();
    let mut record = match result {
        Ok(record) => record,
        Err(SpecError::Numerical { message, advice, record }) => {
            // What is not worth a run folder goes, and what it was to replace comes back: the state lies beside both.
            drop(folder);
            let saved = record.map_or(Ok(Vec::new()), |record| save(dir, &record))?;
            let error = SpecError::Numerical { message, advice, record: None };
            return Err(Failure::from(error).saved(saved));
        }
        Err(error) => return Err(unless_kept(error, &mut folder, dir)),
    };
    record.notes.extend(through_a_pipe(config));
    // Where there is no draw there is no spread of them.
    for parameter in record.summary.parameters.iter_mut().filter(|parameter| parameter.mean.is_nan()) {
        parameter.sd = f64::NAN;
    }
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
    forget(&dir);
    Ok((record, dir))
}
/// Says how to go on, where there is something to go on from.
fn unless_kept(error: SpecError, folder: &mut Folder, dir: &Path) -> Failure {
    let damaged = matches!(error, SpecError::Folder(FolderError::Damaged { .. }));
    let failure = Failure::from(error);
    if folder.checkpoint().is_saved() && !damaged { failure.resumes(dir) } else { failure }
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

/// Saves the state of a run that broke down, beside its folder, in the place of what an earlier one left; the paths, for the message.
fn save(dir: &Path, record: &Record) -> Result<Vec<String>, Failure> {
    let there = beside(dir, "failed");
    forget(dir);
    let saved = record.arrays.iter().map(|array| save_state(&there, array).map(|path| path.display().to_string()));
    Ok(saved.collect::<Result<_, _>>()?)
}

/// Removes what an earlier run of this name that broke down has left: arrays, and nothing else that is there.
fn forget(dir: &Path) {
    let there = beside(dir, "failed");
    let left = std::fs::read_dir(&there).into_iter().flatten().flatten().map(|entry| entry.path());
    left.filter(|path| path.extension().is_some_and(|end| end == "npy"))
        .for_each(|path| drop(std::fs::remove_file(path)));
    // Only an empty folder goes.
    let _ = std::fs::remove_dir(there);
}

fn tell(config: &Config, model: &str, record: &Record, (dir, telling): (&Path, &Telling)) -> Result<(), Failure> {
    if telling.json {
        write_all(&record.summary.to_json())?;
    } else if !telling.quiet {
        let page = if config.output.report { dir.join("report.html") } else { dir.to_owned() };
        write_all(&summary::text(config, model, &record.summary, &page))?;
    }
    if interrupted() && !telling.quiet {
        let dir = dir.display();
        say(&format!("stopped by Ctrl-C: {dir} holds what there was until then; `steepest resume {dir}` goes on"));
    }
    Ok(())
}
