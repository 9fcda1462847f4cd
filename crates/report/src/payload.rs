//! What the page's script draws from: every curve computed here, so that the script only draws.
use crate::{
    chains::{autocorrelation, lags, ranks, running_mean},
    coded::{coded, coded_whole, range},
    density::{View, density, quantile},
    figure::{BINS, most_correlated},
    number::{beside_spread, count, significant},
    palette,
    sample::Sample,
};
use serde_json::{Value, json};
use std::collections::HashMap;
use steepest_record::{Parameter, Record};

/// What is computed once a quantity and used by table, figures and script.
#[derive(Debug)]
pub struct Curves {
    /// Where it is drawn.
    pub view: View,
    /// The density of all its chains together.
    pub pooled: Vec<f64>,
    /// The ends of the middle half.
    pub quartiles: (f64, f64),
}

/// The curves of each chosen quantity, by name.
pub fn curves<'a>(sample: &Sample<'a>) -> HashMap<&'a str, Curves> {
    let of = |k: usize| {
        let mut draws = sample.pooled(k);
        let view = View::of(&draws);
        let pooled = density(&draws, &view);
        draws.retain(|x| x.is_finite());
        draws.sort_unstable_by(f64::total_cmp);
        let quartiles = (quantile(&draws, 0.25), quantile(&draws, 0.75));
        Curves { view, pooled, quartiles }
    };
    sample.parameters.iter().map(|k| (sample.name(*k), of(*k))).collect()
}

/// The whole payload.
pub fn payload(record: &Record, sample: &Sample, curves: &HashMap<&str, Curves>) -> Value {
    let known: HashMap<&str, &Parameter> = record.summary.parameters.iter().map(|p| (p.name.as_str(), p)).collect();
    let (chosen, top) = most_correlated(sample, 4);
    let places: Vec<usize> = match sample.parameters.first() {
        Some(k) => running_mean(sample.all(*k, 0)).iter().map(|p| p.0).collect(),
        None => Vec::new(),
    };
    let parameters: Vec<Value> = sample
        .parameters
        .iter()
        .filter_map(|k| Some(quantity(sample, *k, curves.get(sample.name(*k))?, known.get(sample.name(*k)).copied())))
        .collect();
    let top: Vec<Value> = top.iter().map(|(i, j, r)| json!([i, j, r])).collect();
    json!({
        "chains": sample.chains, "kept": sample.kept, "stride": sample.stride, "draws": sample.size().0,
        "light": palette::light().map(|(k, v)| (k.to_string(), Value::from(v))).collect::<serde_json::Map<_, _>>(),
        "places": places, "chosen": chosen, "top": top, "parameters": parameters,
    })
}

fn quantity(sample: &Sample, k: usize, curves: &Curves, known: Option<&Parameter>) -> Value {
    let view = curves.view;
    let chains: Vec<Vec<f64>> = (0..sample.chains).map(|c| sample.chain(k, c)).collect();
    let lines: Vec<f64> = chains.iter().flat_map(|draws| density(draws, &view)).chain(curves.pooled.clone()).collect();
    let bins = BINS.min(sample.kept / 5).max(1);
    let total = (sample.size().0 * sample.size().1) as f64;
    let every = lags(sample.size().0, known.map_or(f64::NAN, |p| total / p.ess_bulk));
    let correlations: Vec<Value> =
        (0..sample.chains).map(|c| coded(autocorrelation(sample.all(k, c), every), -1.0, 1.0)).collect();
    let means: Vec<f64> = (0..sample.chains).flat_map(|c| running_mean(sample.all(k, c))).map(|p| p.1).collect();
    let outside = chains.iter().flatten().filter(|x| **x < view.lo || **x > view.hi).count();
    json!({
        "name": sample.name(k),
        "said": known.map(said).unwrap_or_default(),
        "mean": known.map(|p| p.mean).filter(|x| x.is_finite()),
        "mcse": known.map(|p| p.mcse_mean).filter(|x| x.is_finite()),
        "outside": outside,
        "draws": coded(chains.into_iter().flatten(), view.lo, view.hi),
        "density": coded(lines.iter().copied(), 0.0, range(&lines).1),
        "ranks": if sample.chains > 1 { ranks(&(0..sample.chains).map(|c| sample.chain(k, c)).collect::<Vec<_>>(), bins) } else { Vec::new() },
        "every": every, "autocorrelation": correlations,
        "means": coded_whole(&means),
        "divergent": coded(sample.at_divergences(k), view.lo, view.hi),
    })
}

/// The table's row as a sentence.
fn said(p: &Parameter) -> String {
    let mut parts = vec![format!("mean {}", beside_spread(p.mean, p.sd)), format!("sd {}", significant(p.sd, 3))];
    if p.q5.is_finite() {
        parts.push(format!("5–95 % [{}, {}]", beside_spread(p.q5, p.sd), beside_spread(p.q95, p.sd)));
    }
    if p.rhat.is_finite() {
        parts.push(format!("R-hat {:.3}", p.rhat));
    }
    for (what, ess) in [("bulk", p.ess_bulk), ("tail", p.ess_tail)] {
        if ess.is_finite() {
            parts.push(format!("{what} ESS {}", count(ess.round() as u64)));
        }
    }
    parts.join(" · ")
}
