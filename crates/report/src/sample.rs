//! The part of the draws that a report can carry: chosen parameters, chains and every `stride`-th draw.
use crate::{escape::distinct, number::count};
use steepest_record::{Draws, Record};

/// Numbers of all kept draws together, at most: 16 bits each, four thirds of that in base64.
const BUDGET: usize = 400_000;
/// Chains drawn one by one.
const CHAINS: usize = 16;
/// Parameters that can be looked at one by one.
const PARAMETERS: usize = 150;
/// Kept draws a chain: at most, and at least where the run has them.
const KEPT: (usize, usize) = (4_000, 200);
/// Divergent draws marked.
const DIVERGENT: usize = 400;

/// Kept draws, thinned evenly, of the parameters that can be looked at one by one.
#[derive(Clone, Debug, Default)]
pub struct Sample<'a> {
    /// Where they came from.
    draws: Option<&'a Draws>,
    /// Their places among the draws' names, ascending.
    pub parameters: Vec<usize>,
    /// The first so many chains.
    pub chains: usize,
    /// Kept draws a chain.
    pub kept: usize,
    /// One in so many was kept.
    pub stride: usize,
    /// (chain, draw) of divergences, thinned evenly.
    pub divergent: Vec<(usize, usize)>,
    /// What was left out, in sentences.
    pub omitted: Vec<String>,
}

impl<'a> Sample<'a> {
    /// What of `record` can be carried; empty where it has no draws or they do not fill their shape.
    pub fn of(record: &'a Record) -> Self {
        let Some(draws) = &record.draws else { return Self::default() };
        let (quantities, chains) = (draws.names.len(), draws.chains.min(CHAINS));
        let whole = quantities.checked_mul(draws.chains).and_then(|n| n.checked_mul(draws.draws));
        if whole.is_none_or(|n| n == 0 || n != draws.values.len()) {
            let mut omitted = Vec::new();
            if whole != Some(0) || !draws.values.is_empty() {
                omitted
                    .push("The draws do not fill their shape (quantities × chains × draws) and are not shown.".into());
            }
            return Self { omitted, ..Self::default() };
        }
        let least = draws.draws.min(KEPT.1);
        let shown = quantities.min(PARAMETERS).min((BUDGET / (chains * least)).max(1));
        let most = draws.draws.min(KEPT.0).min((BUDGET / (chains * shown)).max(1));
        let stride = draws.draws.div_ceil(most);
        let kept = draws.draws.div_ceil(stride);
        let parameters = chosen(record, draws, shown);
        let divergent = divergent(draws, chains);
        let mut omitted = Vec::new();
        if shown < quantities {
            omitted.push(format!(
                "{} of {} quantities can be looked at one by one: the first ones, and those with the largest R-hat.",
                count(shown as u64),
                count(quantities as u64)
            ));
        }
        if chains < draws.chains {
            let all = count(draws.chains as u64);
            omitted.push(format!("Figures show the first {chains} of {all} chains; the numbers in the table use all."));
        }
        if stride > 1 {
            omitted.push(format!(
                "Figures show one draw in {stride} ({} a chain of {}); the numbers in the table use all.",
                count(kept as u64),
                count(draws.draws as u64)
            ));
        }
        Self { draws: Some(draws), parameters, chains, kept, stride, divergent, omitted }
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty()
    }

    /// The name of quantity `k`.
    pub fn name(&self, k: usize) -> &'a str {
        self.draws.map_or("", |d| d.names[k].as_str())
    }

    /// The names of some quantities as labels of at most `length` characters that differ.
    pub fn labels(&self, quantities: &[usize], length: usize) -> Vec<String> {
        let names: Vec<&str> = quantities.iter().map(|k| self.name(*k)).collect();
        distinct(&names, length)
    }

    /// Every draw of quantity `k`, chain after chain: those of chains that are not drawn one by one too.
    pub fn whole(&self, k: usize) -> &'a [f64] {
        let each = |d: &Draws| d.chains * d.draws;
        self.draws.map_or(&[], |d| &d.values[k * each(d)..(k + 1) * each(d)])
    }

    /// Every draw of quantity `k` in chain `c`.
    pub fn all(&self, k: usize, c: usize) -> &'a [f64] {
        self.draws.map_or(&[], |d| d.chain(k, c))
    }

    /// The kept draws of quantity `k` in chain `c`.
    pub fn chain(&self, k: usize, c: usize) -> Vec<f64> {
        self.all(k, c).iter().step_by(self.stride.max(1)).copied().collect()
    }

    /// The kept draws of quantity `k`, chain after chain.
    pub fn pooled(&self, k: usize) -> Vec<f64> {
        (0..self.chains).flat_map(|c| self.chain(k, c)).collect()
    }

    /// Quantity `k` at the marked divergences.
    pub fn at_divergences(&self, k: usize) -> Vec<f64> {
        self.divergent.iter().map(|&(c, t)| self.all(k, c)[t]).collect()
    }

    /// The statistic `name` of chain `c`, where every draw has it.
    pub fn statistic(&self, name: &str, c: usize) -> Option<&'a [f64]> {
        let draws = self.draws?;
        let values = draws.statistic(name)?;
        (values.len() == draws.chains * draws.draws).then(|| &values[c * draws.draws..(c + 1) * draws.draws])
    }

    /// Draws a chain and chains of the run itself.
    pub fn size(&self) -> (usize, usize) {
        self.draws.map_or((0, 0), |d| (d.draws, d.chains))
    }
}

/// All quantities, or the first three quarters of `shown` and then those with the largest R-hat.
fn chosen(record: &Record, draws: &Draws, shown: usize) -> Vec<usize> {
    let quantities = draws.names.len();
    if shown == quantities {
        return (0..quantities).collect();
    }
    let first = shown - shown / 4;
    let rhat = |k: usize| {
        let at = record.summary.parameters.get(k).filter(|p| p.name == draws.names[k]);
        at.map_or(f64::NAN, |p| p.rhat)
    };
    let mut rest: Vec<usize> = (first..quantities).collect();
    rest.sort_by(|a, b| rhat(*b).max(0.0).total_cmp(&rhat(*a).max(0.0)).then(a.cmp(b)));
    let mut out: Vec<usize> = (0..first).chain(rest.into_iter().take(shown - first)).collect();
    out.sort_unstable();
    out
}

fn divergent(draws: &Draws, chains: usize) -> Vec<(usize, usize)> {
    let Some(flags) = draws.statistic("diverging").filter(|v| v.len() == draws.chains * draws.draws) else {
        return Vec::new();
    };
    let drawn: Vec<usize> = (0..chains * draws.draws).filter(|i| flags[*i] > 0.5).collect();
    let stride = drawn.len().div_ceil(DIVERGENT).max(1);
    drawn.iter().step_by(stride).map(|i| (i / draws.draws, i % draws.draws)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use steepest_record::{Column, Parameter};

    fn record(quantities: usize, chains: usize, draws: usize) -> Record {
        let names: Vec<String> = (0..quantities).map(|k| format!("q{k}")).collect();
        let values = (0..quantities * chains * draws).map(|i| i as f64).collect();
        let draws = Draws { chains, draws, names, values, statistics: Vec::new() };
        Record { draws: Some(draws), ..Record::default() }
    }

    #[test]
    fn a_usual_run_is_kept_whole() {
        let record = record(50, 4, 1000);
        let sample = Sample::of(&record);
        assert_eq!((sample.parameters.len(), sample.kept, sample.stride, sample.chains), (50, 1000, 1, 4));
        assert!(sample.omitted.is_empty());
        assert_eq!(
            sample.whole(3),
            &record.draws.as_ref().map(|d| d.values.clone()).unwrap_or_default()[12_000..16_000]
        );
        assert_eq!(sample.chain(3, 2), record.draws.as_ref().map(|d| d.chain(3, 2).to_vec()).unwrap_or_default());
    }

    #[test]
    fn a_large_run_is_cut_to_the_budget_and_says_so() {
        for (quantities, chains, draws) in [(2000, 4, 300), (3, 20, 30_000), (2, 1, 500_001)] {
            let record = record(quantities, chains, draws);
            let sample = Sample::of(&record);
            assert!(sample.parameters.len() * sample.chains * sample.kept <= BUDGET);
            assert!(sample.kept >= draws.min(KEPT.1));
            assert_eq!(sample.chain(0, 0).len(), sample.kept);
            assert!(!sample.omitted.is_empty());
        }
    }

    #[test]
    fn the_worst_mixed_are_among_the_chosen() {
        let mut record = record(1000, 1, 10);
        let rhat = |k| if k == 777 { 1.5 } else { 1.0 };
        record.summary.parameters =
            (0..1000).map(|k| Parameter { name: format!("q{k}"), rhat: rhat(k), ..Parameter::default() }).collect();
        assert!(Sample::of(&record).parameters.contains(&777));
    }

    #[test]
    fn divergences_survive_thinning_and_a_wrong_shape_is_not_read() {
        let mut record = record(1, 2, 10_000);
        let mut flags = vec![0.0; 20_000];
        flags[12_345] = 1.0;
        if let Some(draws) = &mut record.draws {
            draws.statistics = vec![Column { name: "diverging".into(), values: flags }];
        }
        let sample = Sample::of(&record);
        assert_eq!((sample.stride > 1, sample.at_divergences(0)), (true, vec![12_345.0]));
        if let Some(draws) = &mut record.draws {
            draws.values.pop();
        }
        let sample = Sample::of(&record);
        assert!(sample.is_empty() && sample.omitted.len() == 1);
    }
}
