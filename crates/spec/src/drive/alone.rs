//! ALONE: one chain of a scheme on one model, for as many draws as are asked for; no folder, no ledger, no threads.
use super::chains::Target;
use super::rough_fit::Seen;
use super::sampler::sampler;
use super::thermal;
use crate::{Config, Length, SpecError, State};
use steepest_core::{Batch, Flow, Scheme, Sum, Tick, Workspace};
use steepest_flows::flow::metropolis::Metropolis;
use steepest_flows::functional::Hamiltonian;
use steepest_flows::geometry::{Friction, Symplectic};
use steepest_flows::observer::diagnostics::ess_mean;
use steepest_flows::state::Phase;
use steepest_models::Model;

/// Draws as roughly independent as could be had.
pub(crate) struct Sample {
    /// `theta[k * n + i]`, quantity k of draw i of n.
    pub theta: Vec<f64>,
    /// The least effective size of a quantity, over all that was drawn.
    pub effective: f64,
    /// What it took.
    pub gradients: u64,
}
/// How often a chain whose draws hang together is made twice as long.
const DOUBLINGS: usize = 3;

/// `n` draws, evenly taken from a chain of at least four times as many, made longer until its least effective size is n.
///
/// # Errors
/// Input where the scheme moves no chains; numerical where there is no start or the chain breaks down.
pub(crate) fn sample(config: &Config, model: &dyn Model, warmup: u64, n: usize) -> Result<Sample, SpecError> {
    let Some(sampler) = sampler(&config.scheme) else {
        return Err(SpecError::input("this scheme does not move chains"));
    };
    let mut config = config.clone();
    config.run.length = Length::Draws { draws: 4 * n as u64, warmup, thin: 1 };
    if let State::Chains { chains, .. } = &mut config.state {
        *chains = 1;
    }
    let scheme = Metropolis { kernel: sampler.kernel, adapt: sampler.adapt(&config), threads: 1 };
    let seen = Seen::of(&config, model);
    let model = seen.model();
    let flow: Target<'_> = Flow {
        functional: Hamiltonian(model),
        geometry: Sum(Symplectic, Friction { gamma: 0.0 }),
        noise: thermal(&config),
    };
    let started = seen.chains(&config, 1)?;
    let d = model.dim();
    let mut x = Phase::at_rest(1, d, |_, j| started.x[j]);
    let mut memory = scheme.memory(&flow, &x);
    let (mut done, mut gradients) = (0, started.gradients);
    let mut advance = |count: u64, x: &mut Phase, memory: &mut _| {
        let at = Tick { step: done, ..Tick::start(config.run.seed) };
        let stride = scheme.advance(&flow, at, sampler.step.unwrap_or(0.1), count, x, memory);
        let message = |fault| format!("the chain broke down after {done} transitions: {fault:?}");
        let fault = |fault| SpecError::Numerical { message: message(fault), advice: String::new(), record: None };
        gradients += stride.map_err(fault)?.gradients;
        done += count;
        Ok::<(), SpecError>(())
    };
    advance(warmup, &mut x, &mut memory)?;
    memory.chains[0].tape.clear();
    let mut more = 4 * n as u64;
    for doubling in 0.. {
        advance(more, &mut x, &mut memory)?;
        let theta = reported(model, &memory.chains[0].tape.positions);
        let total = memory.chains[0].tape.draws.len();
        let effective = theta.chunks_exact(total).map(|q| ess_mean(&[q])).filter(|e| e.is_finite());
        let effective = effective.fold(total as f64, f64::min);
        if effective >= n as f64 || doubling == DOUBLINGS {
            let thinned = |q: &[f64]| (0..n).map(|i| q[(2 * i + 1) * total / (2 * n)]).collect::<Vec<f64>>();
            return Ok(Sample { theta: theta.chunks_exact(total).flat_map(thinned).collect(), effective, gradients });
        }
        more = total as u64;
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
