//! DRIVE: from a checked config and its model to a record of the run. Names have become objects; here the objects are run.
mod alone;
mod build;
mod chains;
mod checks;
mod clock;
mod descent;
mod ensemble;
mod extrapolate;
mod geometry;
mod given;
mod goals;
mod gradient_flow;
mod jumps;
mod lagrangian;
mod langevin;
mod manifold;
mod matrices;
mod mechanics;
mod minimise;
pub(crate) use manifold::{begin, manifold};
mod noether;
mod outside;
mod pointwise;
pub(crate) use minimise::Descent;
mod pooled;
mod predictive;
mod prior;
mod proximal;
mod rough_fit;
mod rows;
mod sampler;
mod settling;
mod start;
mod stationary;
mod strides;
mod student;
mod table;
mod tempering;
mod thin;
mod times;
mod walls;
use crate::{Config, Noise, Scheme, SpecError, State, Watch};
pub(crate) use alone::{moves_chains, sample};
pub use build::build;
pub(crate) use build::{Remake, unread};
pub(crate) use checks::at_edge;
pub(crate) use given::starts_given;
pub(crate) use lagrangian::timed;
pub(crate) use predictive::{Thinned, UP_TO_A_CONSTANT, judged};
pub(crate) use proximal::promises;
pub(crate) use sampler::learns_metric;
use steepest_core::{Persist, restore, save};
use steepest_models::Model;
use steepest_record::{Checkpoint, Record, Summary};

/// Runs what `config` composes, on `model`.
///
/// The record is the same, to the bit, for every number of threads. Where the watcher stops the run, the record holds what
/// there was until then.
///
/// # Errors
/// Input where the state does not fit the model, numerical where the run broke down (with what there was of it).
pub fn execute(config: &Config, model: &dyn Model, watch: &mut dyn Watch) -> Result<Record, SpecError> {
    execute_keeping(config, model, &mut Checkpoint::default(), watch)
}

/// The same from and with a checkpoint: begins where it was, puts draws into its spool, saves from time to time. Law: the
/// record is the same, apart from the clock, however often the run was cut off and taken up again.
///
/// # Errors
/// As [`execute`]; and the folder where the disk refuses or no checkpoint in it is whole.
pub fn execute_keeping(
    config: &Config,
    model: &dyn Model,
    checkpoint: &mut Checkpoint,
    watch: &mut dyn Watch,
) -> Result<Record, SpecError> {
    config.fits_model(model)?;
    pointwise::refuse(config, model)?;
    let mut record = match (&config.scheme, &config.state, &config.noise) {
        (Scheme::Tempering { .. }, ..) => tempering::run(config, model, checkpoint, watch)?,
        (scheme, ..) if sampler::sampler(scheme).is_some_and(|sampler| sampler.pool) => {
            pooled::run(config, model, checkpoint, watch)?
        }
        (scheme, ..) if sampler::sampler(scheme).is_some() => chains::run(config, model, checkpoint, watch)?,
        (Scheme::GradientDescent { .. }, ..) => descent::run(config, model, checkpoint, watch)?,
        (Scheme::GradientFlow { .. }, ..) => gradient_flow::run(config, model, checkpoint, watch)?,
        (scheme, ..) if Descent::of(scheme).is_some() => minimise::run(config, model, checkpoint, watch)?,
        (Scheme::ProximalGradient { .. } | Scheme::MirrorDescent { .. }, ..) => {
            proximal::run(config, model, checkpoint, watch)?
        }
        (Scheme::Newton { .. }, ..) => stationary::run(config, model, checkpoint, watch)?,
        (Scheme::Splitting { .. } | Scheme::RungeKutta { .. } | Scheme::Variational { .. }, _, Noise::Still {}) => {
            mechanics::run(config, model, checkpoint, watch)?
        }
        (_, State::Particles { .. }, _) => ensemble::run(config, model, checkpoint, watch)?,
        _ => langevin::run(config, model, checkpoint, watch)?,
    };
    if let Some(observations) = model.observations() {
        predictive::add(&mut record, observations, (beta(config), config.run.seed), threads(config));
        pointwise::add(&mut record, config, observations, checkpoint.spool())?;
    }
    prior::add(&mut record, config, model);
    extrapolate::add(&mut record, config, model, watch)?;
    record.summary.ledger.extend(checks::rounding(model));
    chains::weigh(&mut record, config);
    sampler::advise(&mut record, config);
    record.summary.schema = 1;
    record.summary.seed = config.run.seed;
    record.flow = config.resolved();
    let about = config.about();
    let mut notes = vec![format!("{}: {}.", about.row, about.equation)];
    notes.append(&mut model.notes());
    notes.append(&mut config.flat());
    notes.append(&mut record.notes);
    notes.extend(checkpoint.detour());
    record.notes = notes;
    Ok(record)
}

/// Sets the state of a drive to where its checkpoint was, if there is one.
fn take_up(
    checkpoint: &mut Checkpoint,
    (columns, chains): (usize, usize),
    state: &mut impl Persist,
) -> Result<(), SpecError> {
    match checkpoint.begin(columns, chains)? {
        Some(bytes) if restore(state, &bytes).is_none() => Err(checkpoint.hopeless().into()),
        _ => Ok(()),
    }
}
/// Saves the state of a drive, for which its pieces of work do not become shorter.
fn put_away(
    checkpoint: &mut Checkpoint,
    pieces: &mut clock::Pieces,
    state: &mut impl Persist,
) -> Result<(), SpecError> {
    let begun = std::time::Instant::now();
    checkpoint.save(save(state))?;
    pieces.forget(begun.elapsed());
    Ok(())
}
/// The inverse temperature a config names; infinite without noise.
fn beta(config: &Config) -> f64 {
    match config.noise {
        Noise::Thermal { beta, .. } => beta,
        Noise::Still {} => f64::INFINITY,
    }
}
/// Threads to use: as asked for, or one a core.
pub(crate) fn threads(config: &Config) -> usize {
    match config.run.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    }
}
/// The noise of a config that has one.
fn thermal(config: &Config) -> steepest_flows::noise::Thermal {
    use steepest_flows::noise::{Precision, Thermal};
    let precision = match config.noise {
        _ if config.halved => Precision::Halved,
        Noise::Thermal { precision: crate::Precision::Single, .. } => Precision::Single,
        _ => Precision::Double,
    };
    Thermal { beta: beta(config), precision }
}
/// A record with the row, the cost and the clock filled in.
fn record(row: &str, steps: u64, gradients: u64, seconds: steepest_record::Seconds) -> Record {
    let rate = gradients as f64 / (seconds.warmup + seconds.run).max(1e-9);
    Record {
        summary: Summary { row: row.to_owned(), steps, gradients, rate, seconds, ..Summary::default() },
        ..Record::default()
    }
}
