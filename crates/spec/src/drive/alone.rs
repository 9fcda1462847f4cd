//! ALONE: one chain of a scheme on one model, for as many draws as are asked for; no folder, no ledger, no threads.
use super::chains::Target;
use super::geometry::{Curved, curved};
use super::langevin::{broken, splitting, thermostat};
use super::rough_fit::Seen;
use super::sampler::{Sampler, sampler};
use super::{start, thermal};
use crate::{Config, Length, Noise, Scheme, SpecError, State};
use steepest_core::{Batch, Flow, Replicated, Scheme as _, Sum, Tick, Workspace};
use steepest_flows::flow::metropolis::Metropolis;
use steepest_flows::functional::{Hamiltonian, PotentialEnergy};
use steepest_flows::geometry::{Euclidean, Friction, Symplectic};
use steepest_flows::observer::diagnostics::ess_mean;
use steepest_flows::scheme::{BADODAB, EULER_MARUYAMA, Explicit, LEIMKUHLER_MATTHEWS};
use steepest_flows::state::{Cloud, Phase, Thermostatted};
use steepest_models::Model;

/// Draws as roughly independent as could be had.
pub(crate) struct Sample {
    /// `theta[k * n + i]`, quantity k of draw i of n.
    pub theta: Vec<f64>,
    /// The least effective size of a quantity, over all that was drawn; none where a coordinate never moved.
    pub effective: f64,
    /// What it took.
    pub gradients: u64,
}
/// How often a chain whose draws hang together is made twice as long.
const DOUBLINGS: usize = 3;

/// Refuses a scheme that does not move chains, or not in so many coordinates.
///
/// # Errors
/// Input.
pub(crate) fn moves_chains(config: &Config, d: usize) -> Result<(), SpecError> {
    chosen(config, d).map(|_| ())
}
/// The sampler of a scheme that accepts and refuses; none of one of Langevin's.
fn chosen(config: &Config, d: usize) -> Result<Option<Sampler>, SpecError> {
    if let Some(sampler) = sampler(&config.scheme) {
        sampler.fits(config, d)?;
        return Ok(Some(sampler));
    }
    let (name, noisy) = (config.scheme.name(), matches!(config.noise, Noise::Thermal { .. }));
    let strides = match config.scheme {
        Scheme::EulerMaruyama { .. } | Scheme::LeimkuhlerMatthews { .. } => true,
        Scheme::Splitting { .. } | Scheme::NoseHoover { .. } => noisy,
        _ => false,
    };
    match config.state {
        State::Chains { .. } if strides => Ok(None),
        _ if strides => {
            let message = format!("a calibration moves chains, and `{name}` here moves a cloud of particles");
            Err(config.problem("state.kind", message).note("kind = \"chains\" in [state]").into())
        }
        _ => {
            let message = format!("a calibration moves chains, and scheme `{name}` moves none");
            Err(config.problem("scheme.kind", message).note("kind = \"nuts\" in [scheme]").into())
        }
    }
}

/// `n` draws, evenly taken from a chain of at least four times as many, made longer until its least effective size is n. A draw is a
/// transition; of schemes of Langevin's it is as many strides as the config has between draws, in warm-up too.
///
/// # Errors
/// As [`moves_chains`]; numerical where there is no start or the chain breaks down.
pub(crate) fn sample(config: &Config, model: &dyn Model, warmup: u64, n: usize) -> Result<Sample, SpecError> {
    let mut config = config.clone();
    if let State::Chains { chains, .. } = &mut config.state {
        *chains = 1;
    }
    match chosen(&config, model.dim())? {
        Some(sampler) => transitions(config, &sampler, model, (warmup, n)),
        None => langevin(&config, model, (warmup, n)),
    }
}
fn transitions(
    mut config: Config,
    sampler: &Sampler,
    model: &dyn Model,
    (warmup, n): (u64, usize),
) -> Result<Sample, SpecError> {
    config.run.length = Length::Draws { draws: 4 * n as u64, warmup, thin: 1 };
    let scheme = Metropolis { kernel: sampler.kernel, adapt: sampler.adapt(&config), threads: 1 };
    let seen = Seen::of(&config, model);
    let model = seen.model();
    let flow: Target<'_> = Flow {
        functional: Hamiltonian(model),
        geometry: Sum(Symplectic, Friction { gamma: 0.0 }),
        noise: thermal(&config),
    };
    let started = seen.chains(&config, 1)?;
    let mut x = Phase::at_rest(1, model.dim(), |_, j| started.x[j]);
    let mut memory = scheme.memory(&flow, &x);
    let (mut done, mut gradients) = (0, started.gradients);
    let mut more = |count: u64, positions: &mut Vec<f64>| {
        let at = Tick { step: done, ..Tick::start(config.run.seed) };
        let stride = scheme.advance(&flow, at, sampler.step.unwrap_or(0.1), count, &mut x, &mut memory);
        let message = |fault| format!("the chain broke down after {done} transitions: {fault:?}");
        let fault = |fault| SpecError::Numerical { message: message(fault), advice: String::new(), record: None };
        gradients += stride.map_err(fault)?.gradients;
        done += count;
        positions.append(&mut memory.chains[0].tape.positions);
        memory.chains[0].tape.clear();
        Ok::<(), SpecError>(())
    };
    more(warmup, &mut Vec::new())?;
    let (theta, effective) = gather(model, n, &mut more)?;
    Ok(Sample { theta, effective, gradients })
}
/// The flows are those of a run, see `drive/langevin`.
fn langevin(config: &Config, model: &dyn Model, extent: (u64, usize)) -> Result<Sample, SpecError> {
    let d = model.dim();
    let start::Started { x, gradients, .. } = start::chains(config, (model, model), 1)?;
    let overdamped = Flow { functional: PotentialEnergy(model), geometry: Euclidean, noise: thermal(config) };
    let mut sample = match config.scheme {
        Scheme::EulerMaruyama { step, .. } => {
            let geometry = curved(config, model, Batch { n: 1, d, x: &x })?;
            let (functional, noise, x) = (PotentialEnergy(model), thermal(config), Cloud { n: 1, d, x: x.into() });
            match geometry {
                Curved::Flat => strides((&overdamped, &EULER_MARUYAMA, step), x, (config, model), extent),
                Curved::Varying(geometry) => {
                    let flow = Flow { functional, geometry, noise };
                    strides((&flow, &Explicit, step), x, (config, model), extent)
                }
                Curved::Stirred(geometry) => {
                    let flow = Flow { functional, geometry, noise };
                    strides((&flow, &Explicit, step), x, (config, model), extent)
                }
            }
        }
        Scheme::LeimkuhlerMatthews { step, .. } => {
            let x = Cloud { n: 1, d, x: x.into() };
            strides((&overdamped, &LEIMKUHLER_MATTHEWS, step), x, (config, model), extent)
        }
        Scheme::Splitting { ref word, step, friction, .. } => {
            let flow = Flow {
                functional: Hamiltonian(model),
                geometry: Sum(Symplectic, Friction { gamma: friction }),
                noise: thermal(config),
            };
            let x = Phase::at_rest(1, d, |_, j| x[j]);
            strides((&flow, &splitting(config, word)?, step), x, (config, model), extent)
        }
        Scheme::NoseHoover { step, .. } => {
            let (flow, friction) = thermostat(config, model)?;
            let x = Thermostatted::new(&Phase::at_rest(1, d, |_, j| x[j]), friction);
            strides((&flow, &BADODAB, step), x, (config, model), extent)
        }
        _ => Err(SpecError::input("this scheme moves no chains")),
    }?;
    sample.gradients += gradients;
    Ok(sample)
}
/// Strides of h along a flow, from one replica at `x`.
fn strides<P, S, C>(
    (flow, scheme, h): (&P, &C, f64),
    mut x: S,
    (config, model): (&Config, &dyn Model),
    (warmup, n): (u64, usize),
) -> Result<Sample, SpecError>
where
    S: Replicated,
    C: steepest_core::Scheme<P, S>,
{
    let thin = match config.run.length {
        Length::Draws { thin, .. } => thin,
        _ => 1,
    };
    let mut memory = scheme.memory(flow, &x);
    let (d, mut done, mut gradients) = (model.dim(), 0, 0);
    let mut more = |draws: u64, positions: &mut Vec<f64>| {
        for _ in 0..draws {
            let at = Tick { step: done, t: done as f64 * h, ..Tick::start(config.run.seed) };
            let stride = scheme.advance(flow, at, h, thin, &mut x, &mut memory);
            gradients += stride.map_err(|fault| broken(fault, done, "chain", Vec::new()))?.gradients;
            done += thin;
            positions.extend_from_slice(&x.coords()[..d]);
        }
        Ok::<(), SpecError>(())
    };
    more(warmup, &mut Vec::new())?;
    let (theta, effective) = gather(model, n, &mut more)?;
    Ok(Sample { theta, effective, gradients })
}

/// Adds the positions of so many more draws, one after another.
type More<'a> = dyn FnMut(u64, &mut Vec<f64>) -> Result<(), SpecError> + 'a;

/// Quantities of n draws, and the least effective size of what they were taken from.
fn gather(model: &dyn Model, n: usize, more: &mut More<'_>) -> Result<(Vec<f64>, f64), SpecError> {
    let (d, mut positions, mut total, mut wanted) = (model.dim(), Vec::new(), 0, 4 * n);
    for doubling in 0.. {
        more(wanted as u64, &mut positions)?;
        total += wanted;
        let theta = reported(model, &positions);
        let effective = theta.chunks_exact(total).map(|q| ess_mean(&[q])).filter(|e| e.is_finite());
        // Equal draws pass for independent ones, which a quantity may be that is a constant of the model, but no coordinate.
        let stuck = (0..d).any(|j| positions.iter().skip(j).step_by(d).all(|q| *q == positions[j]));
        let effective = if stuck { 0.0 } else { effective.fold(total as f64, f64::min) };
        if effective >= n as f64 || doubling == DOUBLINGS {
            let thinned = |q: &[f64]| (0..n).map(|i| q[(2 * i + 1) * total / (2 * n)]).collect::<Vec<f64>>();
            return Ok((theta.chunks_exact(total).flat_map(thinned).collect(), effective));
        }
        wanted = total;
    }
    Err(SpecError::input("no draws were asked for"))
}

/// Quantities of points given one after another.
fn reported(model: &dyn Model, positions: &[f64]) -> Vec<f64> {
    let d = model.dim();
    let n = positions.len() / d.max(1);
    let mut x = vec![0.0; positions.len()];
    for (i, point) in positions.chunks_exact(d.max(1)).enumerate() {
        point.iter().enumerate().for_each(|(j, q)| x[j * n + i] = *q);
    }
    let mut theta = vec![0.0; n * model.names().len()];
    model.report(Batch { n, d, x: &x }, &mut theta, &mut Workspace::default());
    theta
}
