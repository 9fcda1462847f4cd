//! The `steepest` command.
mod arguments;
mod calibrate;
mod check;
mod compare;
mod csv;
mod failure;
mod grid;
mod inspect;
mod jobs;
mod measures;
mod place;
mod predict;
mod progress;
mod run;
mod slips;
mod stated;
mod summary;
mod sweep;
use arguments::{Arguments, Output, Verb};
use clap::Parser;
use failure::Failure;
use jobs::Job;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;
use steepest_spec::SpecError;

fn main() -> ExitCode {
    if let Some(slip) = slips::unknown_flag(std::env::args_os().skip(1)) {
        slip.exit();
    }
    let code = go(&Arguments::parse()).unwrap_or_else(|failure| failure.tell());
    ExitCode::from(code)
}

fn go(arguments: &Arguments) -> Result<u8, Failure> {
    match &arguments.verb {
        Verb::Run(run) => {
            let config = inspect::load_on(&run.file, run.threads.as_deref())?;
            run::run(&config, &inspect::name(&run.file), &run.output)
        }
        Verb::Resume(resume) => run::resume(resume),
        Verb::Fit(fit) => job(&jobs::fit(fit)?, &fit.common.output),
        Verb::Sample(sample) => job(&jobs::sample(sample)?, &sample.common.output),
        Verb::Minimize(minimize) => job(&jobs::minimize(minimize)?, &minimize.common.output),
        Verb::Simulate(simulate) => job(&jobs::simulate(simulate)?, &simulate.common.output),
        Verb::Sweep(arguments) => sweep::sweep(arguments),
        Verb::Calibrate(arguments) => calibrate::calibrate(arguments),
        Verb::Explain(file) => inspect::explain(file),
        Verb::Check { file, out, force } => check::check(file, out.as_deref(), *force),
        Verb::List { what } => inspect::lists(what.as_deref()),
        Verb::Report { dir } => inspect::report(dir),
        Verb::Compare { dirs, out, force } => compare::compare(dirs, out.as_deref(), *force),
        Verb::Predict { dir, data, out, draws, force } => {
            predict::predict(dir, data, out.as_deref(), draws.as_deref(), *force)
        }
        Verb::New { row, out, force } => inspect::new(row, out.as_deref(), *force),
        Verb::Schema => {
            write_all(&format!("{:#}\n", steepest_spec::schema()))?;
            Ok(0)
        }
    }
}

fn job(job: &Job, output: &Output) -> Result<u8, Failure> {
    run::run(&job.config()?, &job.name, output)
}

/// Writes to standard output; a reader that has gone away (`| head`) is no error.
fn write_all(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(cause) if cause.kind() != ErrorKind::BrokenPipe => {
            Err(SpecError::io("write", Path::new("standard output"), cause).into())
        }
        _ => Ok(()),
    }
}
