//! METRIC: which metric chains move in, why, and whether warm-up was long enough to learn it.
use super::super::checks;
use super::super::sampler::Sampler;
use steepest_flows::observer::Check;
use steepest_flows::scheme::metropolis::{Chain, Kernel, Metric, MetricKind};
use steepest_record::{Record, Verdict};

/// Draws that scales are known from to a tenth, sqrt(1 / (2 * 50)).
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
    line.advice = if learned == 0 {
        "None was learned: the scales are those of the first gradient.".into()
    } else {
        chosen(sampler.metric, chains, leapfrogs.filter(|_| free))
    };
    // Draws are right in any metric: it is only that they may be dear.
    if line.verdict == Verdict::Violated {
        line.verdict = Verdict::Inconclusive;
        line.advice +=
            &format!(" It was made of {learned} draws of warm-up: lengthen `warmup`, so that scales are known.");
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
    let everywhere = if found.len() == chains.len() {
        String::new()
    } else {
        format!(" in {} of {} chains", found.len(), chains.len())
    };
    match (kind, leapfrogs) {
        (MetricKind::Auto, Some(leapfrogs)) if found.is_empty() => format!(
            "Chosen: diagonal, under which a draw takes {leapfrogs:.1} leapfrogs; more than {SHORT:.0}, and a direction that stands out of \
             the scales of the coordinates, would ask for more."
        ),
        (MetricKind::Auto, None) if found.is_empty() => {
            "Chosen: diagonal, as no direction stands out of the scales of the coordinates.".into()
        }
        (MetricKind::Auto, _) => format!(
            "Chosen: low-rank{everywhere}; a diagonal one would leave variances in a ratio of {condition:.0}, and {directions} are scaled \
             beside it."
        ),
        (MetricKind::LowRank, _) => format!(
            "Low-rank: {directions} beside the scales of the coordinates, which alone would leave variances in a ratio of {condition:.1}."
        ),
        (MetricKind::Dense, _) => "Dense.".into(),
        (MetricKind::Diagonal | MetricKind::Unit, _) => "Diagonal: a scale for each coordinate.".into(),
    }
}
