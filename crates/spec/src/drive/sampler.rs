//! SAMPLER: the kernel and the metric that a scheme of chains stands for, and what is said of them.
use crate::{Config, Length, Metric, Scheme, SpecError};
use steepest_flows::scheme::metropolis::{Adapt, Kernel, MetricKind, Path};
use steepest_record::Record;

/// What the config says about the sampler.
pub(super) struct Sampler {
    pub kernel: Kernel,
    pub step: Option<f64>,
    /// Where `None`, warm-up chooses it.
    pub target: Option<f64>,
    pub metric: MetricKind,
    /// Whether all chains have one warm-up.
    pub pool: bool,
}
impl Sampler {
    /// Its warm-up. A step the user fixed is kept: nothing adapts.
    pub(super) fn adapt(&self, config: &Config) -> Option<Adapt> {
        let Length::Draws { warmup, .. } = config.run.length else { return None };
        let adapt = Adapt { warmup, target: self.target, metric: self.metric };
        Some(adapt).filter(|_| self.step.is_none())
    }
    /// Refuses fewer coordinates than its dynamics needs.
    ///
    /// # Errors
    /// Input: a direction on a line cannot turn.
    pub(super) fn fits(&self, config: &Config, d: usize) -> Result<(), SpecError> {
        if d < 2 && matches!(self.kernel, Kernel::Isokinetic { .. }) {
            let message = "scheme `mclmc` needs two coordinates or more: on a line a direction cannot turn";
            return Err(config.problem("scheme.kind", message).note("`nuts` has no such need").into());
        }
        Ok(())
    }
}
/// The sampler a scheme stands for, where it moves chains.
pub(super) fn sampler(scheme: &Scheme) -> Option<Sampler> {
    let pool = matches!(
        scheme,
        Scheme::Nuts { pool: true, .. } | Scheme::Hmc { pool: true, .. } | Scheme::Chees { .. } | Scheme::Meads { .. }
    );
    let (kernel, step, target, metric) = match *scheme {
        Scheme::Nuts { step, max_depth, target_accept, metric, .. } => {
            (Kernel::Nuts { max_depth }, step, target_accept, metric)
        }
        Scheme::Hmc { step, leapfrogs, length, jitter, target_accept, metric, .. } => {
            let path = length.map_or(Path::Leapfrogs(leapfrogs), Path::Time);
            (Kernel::Hmc { path, jitter }, step, Some(target_accept), metric)
        }
        Scheme::Mala { step, target_accept, metric } => (Kernel::Mala, step, Some(target_accept), metric),
        Scheme::Ghmc { step, persistence, target_accept, metric } => {
            (Kernel::Generalised { persistence }, step, Some(target_accept), metric)
        }
        Scheme::Barker { step, target_accept, metric } => (Kernel::Barker, step, Some(target_accept), metric),
        Scheme::Mclmc { step, length, adjusted, target_accept, metric } => {
            (Kernel::Isokinetic { adjusted, length }, step, Some(target_accept), metric)
        }
        Scheme::Chees { length, jitter, target_accept, metric } => {
            (Kernel::Shared { jitter, length }, None, Some(target_accept), metric)
        }
        Scheme::Meads { target_accept, metric } => (Kernel::Persistent, None, Some(target_accept), metric),
        // What moves up and down the ladders is NUTS.
        Scheme::Tempering { max_depth, target_accept, metric, .. } => {
            (Kernel::Nuts { max_depth }, None, Some(target_accept), metric)
        }
        _ => return None,
    };
    let metric = match metric {
        None => MetricKind::Auto,
        Some(Metric::Diagonal) => MetricKind::Diagonal,
        Some(Metric::LowRank) => MetricKind::LowRank,
        Some(Metric::Dense) => MetricKind::Dense,
        Some(Metric::Unit) => MetricKind::Unit,
    };
    Some(Sampler { kernel, step, target, metric, pool })
}

/// Whether warm-up makes a metric.
pub(crate) fn learns_metric(config: &Config) -> bool {
    sampler(&config.scheme).is_some_and(|sampler| sampler.metric != MetricKind::Unit)
}
/// Takes what warm-up adapts out of the advice of a run whose step is fixed.
pub(super) fn advise(record: &mut Record, config: &Config) {
    let own_bias = matches!(config.scheme, Scheme::Mclmc { adjusted: false, .. });
    for check in record.summary.ledger.iter_mut().filter(|_| own_bias) {
        if check.check == "configurational temperature" && check.verdict == steepest_record::Verdict::Violated {
            check.advice += " Unadjusted `mclmc` has a bias of a few per cent of a variance by its step: set `adjusted = true` to be rid of it.";
        }
    }
    if sampler(&config.scheme).is_none_or(|sampler| sampler.step.is_none()) {
        return;
    }
    for check in &mut record.summary.ledger {
        for adapting in ["raise target_accept towards 0.99", "lengthen warm-up, or give a shorter step"] {
            check.advice = check.advice.replace(adapting, "shorten `step`");
        }
    }
}
/// The name of the row of the table.
pub(super) fn row(kernel: Kernel) -> &'static str {
    match kernel {
        Kernel::Mala => "mala",
        Kernel::Hmc { .. } => "hmc",
        Kernel::Shared { .. } => "chees",
        Kernel::Nuts { .. } => "nuts",
        Kernel::Generalised { .. } => "ghmc",
        Kernel::Persistent => "meads",
        Kernel::Barker => "barker",
        Kernel::Isokinetic { .. } => "mclmc",
    }
}
