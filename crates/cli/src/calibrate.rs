//! CALIBRATE: simulation-based calibration of a flow.toml, as a run folder with ranks in the place of draws.
use crate::arguments::Calibrate;
use crate::failure::Failure;
use crate::inspect;
use crate::place::{Place, place};
use crate::progress::{Bar, catch_interrupts};
use crate::run::{pages, verdict};
use crate::{summary, write_all};
use steepest_record::Folder;
use steepest_spec::SpecError;

/// `steepest calibrate`
pub fn calibrate(arguments: &Calibrate) -> Result<u8, Failure> {
    let config = inspect::load(&arguments.file)?;
    if arguments.replications == 0 {
        return Err(SpecError::input("`--replications 0`: expected one or more").into());
    }
    let (name, telling) = (format!("{}-calibrate", inspect::name(&arguments.file)), &arguments.output.telling);
    let Place { dir, force } = place(&config, &name, &arguments.output);
    let mut folder = Folder::create(&dir, force)?;
    catch_interrupts("the folder will hold the replications that were done; a calibration cannot be resumed");
    let mut bar = Bar::new(telling.quiet);
    let result = steepest_spec::calibrate(&config, arguments.replications, &mut bar);
    bar.finish();
    let record = result?;
    folder.write(&record)?;
    for (name, bytes) in pages(&config, &record, &name) {
        folder.add(&name, &bytes)?;
    }
    let dir = folder.commit()?;
    if telling.json {
        write_all(&record.summary.to_json())?;
    } else if !telling.quiet {
        let page = if config.output.report { dir.join("report.html") } else { dir };
        write_all(&summary::text(&config, "", &record.summary, &page))?;
    }
    Ok(verdict(&record.summary, telling))
}
