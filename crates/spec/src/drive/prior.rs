//! PRIOR: draws from the prior, for a picture beside the posterior.
use super::beta;
use crate::Config;
use steepest_models::Model;
use steepest_record::{Array, Record};

/// Quantities that are drawn, and draws of each.
const KEPT: (usize, usize) = (12, 2000);
/// The randomness of these draws is none of the run's.
const KEY: u64 = 0x5052_494f_5250_4943;

/// Adds `prior`: draws of the first quantities, a row each, NaN for those whose prior is no law that can be drawn from. Nothing
/// where there is none, or where draws are of another temperature than the posterior's.
pub(super) fn add(record: &mut Record, config: &Config, model: &dyn Model) {
    let Some(draws) = record.draws.as_ref().filter(|_| beta(config) == 1.0) else { return };
    let (shown, mut all) = (draws.names.len().min(KEPT.0), vec![0.0; model.names().len()]);
    let mut values = vec![f64::NAN; shown * KEPT.1];
    for i in 0..KEPT.1 {
        all.fill(f64::NAN);
        // What cannot be drawn is NaN; why is the calibration's to say.
        let _ = model.draw_prior(config.run.seed ^ KEY, i as u64, &mut all);
        all.iter().take(shown).enumerate().for_each(|(k, x)| values[k * KEPT.1 + i] = *x);
        if i == 0 && !all.iter().take(shown).any(|x| x.is_finite()) {
            return;
        }
    }
    record.arrays.push(Array { name: "prior".into(), shape: vec![shown, KEPT.1], values });
}
