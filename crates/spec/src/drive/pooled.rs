//! POOLED: many chains with one warm-up, and what it found.
use super::chains::{Keeps, drive};
use super::rough_fit::Seen;
use super::sampler::sampler;
use super::threads;
use crate::{Config, SpecError, State, Watch};
use serde_json::json;
use steepest_flows::flow::pooled::{Pooled, PooledChains};
use steepest_flows::scheme::metropolis::{Chain, Kernel};
use steepest_models::Model;
use steepest_record::{Checkpoint, Record};

impl Keeps for PooledChains {
    fn chains(&mut self) -> Vec<&mut Chain> {
        self.chains.chains.iter_mut().collect()
    }
    fn learned(&mut self) -> Option<usize> {
        Some(self.pool.learned())
    }
}

pub(super) fn run(
    config: &Config,
    model: &dyn Model,
    checkpoint: &mut Checkpoint,
    watch: &mut dyn Watch,
) -> Result<Record, SpecError> {
    let (Some(sampler), State::Chains { chains, .. }) = (sampler(&config.scheme), &config.state) else {
        return Err(SpecError::input("this drive moves chains"));
    };
    let Some(adapt) = sampler.adapt(config) else {
        return Err(SpecError::input("this scheme finds its step in warm-up"));
    };
    let scheme = Pooled { kernel: sampler.kernel, adapt, threads: threads(config) };
    let (mut record, memory) = drive((config, &Seen::of(config, model)), (&sampler, &scheme), checkpoint, watch)?;
    let step = memory.pool.step();
    let extra = &mut record.summary.extra;
    extra.insert("step_size".into(), json!([step]));
    if memory.pool.left() > 0 {
        return Ok(record);
    }
    if let Kernel::Shared { length, jitter } = sampler.kernel {
        let length = length.or(memory.pool.length()).unwrap_or(f64::NAN);
        extra.insert("trajectory_length".into(), json!(length));
        record.notes.push(format!(
            "Common to all {chains} chains: step {step:.3}, trajectories of length {length:.2}, longer and shorter in turn by up \
             to {:.0} %.",
            100.0 * jitter
        ));
    } else if let Some(persistence) = memory.pool.persistence() {
        extra.insert("persistence".into(), json!(persistence));
        record.notes.push(format!(
            "Common to all {chains} chains: step {step:.3}, momenta of which a share {persistence:.3} is kept from one leapfrog to the next."
        ));
    } else {
        record.notes.push(format!("One warm-up for all {chains} chains: step {step:.3} and metric are common."));
    }
    Ok(record)
}
