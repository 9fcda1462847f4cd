//! METRIC: which metric chains move in, why, and whether warm-up was long enough to learn it.
use super::super::checks;
use super::super::sampler::Sampler;
use steepest_flows::observer::Check;
use steepest_flows::scheme::metropolis::{Chain, Kernel, Metric, MetricKind};
use steepest_record::{Record, Verdict};

/// Draws that scales are known from to a fifth, sqrt(2 / 50).
const ENOUGH: usize = 50;
/// Leapfrogs a draw up to which trajectories are short.
const SHORT: f64 = 10.0;

/// The line of the ledger on a metric that was made of at least so many draws in every chain.
pub(super) fn line(
    (sampler, learned): (&Sampler, usize),
    chains: &[&mut Chain],
    record: &Record,
) -> Option<steepest_record::Check> {
    let d = chains.first()?.point().q.len();
    let wanted = match sampler.metric {
        MetricKind::Unit => return None,
        // One more than span the space.
        MetricKind::Dense => ENOUGH.max(d + 1),
        _ => ENOUGH,
    };
    let mut line = checks::line(&Check::at_least("metric", learned as f64, wanted as f64, ("", "")));
    let leapfrogs = record.summary.extra.get("leapfrogs_per_draw").and_then(serde_json::Value::as_f64);
    let free = matches!(sampler.kernel, Kernel::Nuts { .. });
    line.advice = chosen(sampler.metric, chains, leapfrogs.filter(|_| free));
    // Draws are right in any metric: it is only that they may be dear.
    if line.verdict == Verdict::Violated {
        line.verdict = Verdict::Inconclusive;
        line.advice += &format!(
            " It rests on {learned} draws of warm-up in some chain: lengthen `warmup`, so that scales are known."
        );
    }
    Some(line)
}
/// The metric and the reason, where it was chosen; `leapfrogs` a draw, where trajectories end by themselves.
fn chosen(kind: MetricKind, chains: &[&mut Chain], leapfrogs: Option<f64>) -> String {
    let found: Vec<(f64, usize)> = chains
        .iter()
        .filter_map(|chain| match chain.metric() {
            Metric::LowRank { values, .. } if !values.is_empty() => Some((chain.metric().condition(), values.len())),
            _ => None,
        })
        .collect();
    let (least, most) = (found.iter().map(|(_, k)| *k).min(), found.iter().map(|(_, k)| *k).max());
    let directions = match (least.unwrap_or(0), most.unwrap_or(0)) {
        (least, most) if least == most => format!("{most} directions"),
        (least, most) => format!("{least} to {most} directions"),
    };
    let condition = found.iter().map(|(condition, _)| *condition).fold(1.0, f64::max);
    let (all, some) = (chains.len(), found.len());
    match (kind, leapfrogs) {
        (MetricKind::Auto, Some(leapfrogs)) if some == 0 && leapfrogs <= SHORT => {
            format!("Chosen: diagonal, as trajectories are short under it ({leapfrogs:.1} leapfrogs a draw).")
        }
        (MetricKind::Auto, _) if some == 0 => {
            "Chosen: diagonal, as no direction stands out of the scales of the coordinates.".into()
        }
        (MetricKind::Auto, _) => format!(
            "Chosen: low-rank in {some} of {all} chains, as trajectories are long under a diagonal one, which would leave \
             variances in a ratio of {condition:.0}; {directions} are scaled beside it."
        ),
        (MetricKind::LowRank, _) => format!(
            "Low-rank, as asked for: {directions} beside the scales of the coordinates, which alone would leave variances in \
             a ratio of {condition:.1}."
        ),
        (MetricKind::Dense, _) => "Dense, as asked for.".into(),
        (MetricKind::Diagonal | MetricKind::Unit, _) => "Diagonal, as asked for.".into(),
    }
}
