//! Ranks of truths among draws: level where fits are calibrated; how often each rank, and how far their distribution strays.
use super::{Figure, Panel, Scale};
use crate::escape::distinct;
use serde_json::Value;
use steepest_record::{Array, Record};

/// Quantities drawn, the least uniform first.
const SHOWN: usize = 24;
/// Bars of a histogram.
const BINS: usize = 16;
const ROW: f64 = 172.0;

/// A histogram and the difference of the distribution functions for each quantity, from the array `ranks` `[replications,
/// quantities]` and `extra.calibration`.
pub fn calibration(record: &Record) -> Option<Figure> {
    let ranks = record.arrays.iter().find(|array| array.name == "ranks")?;
    let said = record.summary.extra.get("calibration")?;
    let cells = said["draws"].as_u64()? as usize + 1;
    let quantities = said["quantities"].as_array()?;
    let [replications, width] = ranks.shape[..] else { return None };
    if replications == 0 || width != quantities.len() || ranks.values.len() != replications * width {
        return None;
    }
    let p = |k: usize| quantities[k]["p"].as_f64().unwrap_or(f64::INFINITY);
    let mut order: Vec<usize> = (0..width).collect();
    order.sort_by(|a, b| p(*a).total_cmp(&p(*b)));
    order.truncate(SHOWN);
    let mut figure =
        Figure::new(720.0, 14.0 + ROW * order.len() as f64, "Ranks of the truths among draws of the posteriors");
    let names: Vec<&str> = order.iter().map(|k| quantities[*k]["name"].as_str().unwrap_or("")).collect();
    let labels = distinct(&names, 30);
    for (row, &k) in order.iter().enumerate() {
        let column: Vec<usize> = column(ranks, k, width, cells);
        let top = 30.0 + ROW * row as f64;
        histogram(&mut figure, &column, cells, ((labels[row].as_str(), names[row]), p(k), top));
        difference(&mut figure, &column, cells, said["band"].as_array(), top);
    }
    Some(figure)
}

fn column(ranks: &Array, k: usize, width: usize, cells: usize) -> Vec<usize> {
    ranks.values.iter().skip(k).step_by(width).map(|rank| (*rank as usize).min(cells - 1)).collect()
}

fn histogram(figure: &mut Figure, ranks: &[usize], cells: usize, (name, p, top): ((&str, &str), f64, f64)) {
    let mut counts = vec![0.0; BINS];
    ranks.iter().for_each(|rank| counts[rank * BINS / cells] += 1.0);
    let level = ranks.len() as f64 / BINS as f64;
    let spread = 2.576 * (level * (1.0 - 1.0 / BINS as f64)).sqrt();
    let highest = counts.iter().copied().fold(level + spread, f64::max);
    let panel = Panel {
        frame: (52.0, top, 290.0, 92.0),
        x: Scale::linear(0.0, cells as f64),
        y: Scale::linear(0.0, 1.08 * highest),
    };
    let said = if p < 0.005 { "p < 0.005".to_owned() } else { format!("p = {p:.2}") };
    let titled = |name: &str| format!("{name}  {said}");
    panel.title_of(figure, (titled(name.0).as_str(), titled(name.1).as_str()));
    panel.y_axis(figure, "");
    figure.path("bar", &panel.bars(&counts), "");
    for at in [(level - spread).max(0.0), level, level + spread] {
        figure.path("reference", &panel.line([(0.0, at), (cells as f64, at)]), "");
    }
    panel.x_axis(figure, "rank of the truth");
}

fn difference(figure: &mut Figure, ranks: &[usize], cells: usize, band: Option<&Vec<Value>>, top: f64) {
    let n = ranks.len() as f64;
    let at = |i: usize| i as f64 / cells as f64;
    let mut counts = vec![0.0; cells + 1];
    ranks.iter().for_each(|rank| counts[rank + 1] += 1.0);
    (1..=cells).for_each(|i| counts[i] += counts[i - 1]);
    let curve: Vec<(f64, f64)> = (0..=cells).map(|i| (at(i), counts[i] / n - at(i))).collect();
    // The place of the band at 0 and 1 is known: no rank is below the first cell, all are below the end of the last.
    let edge = |side: usize| -> Vec<(f64, f64)> {
        let inner = band.into_iter().flatten().enumerate().filter_map(|(i, pair)| {
            let count = pair[side].as_f64()?;
            Some((at(i + 1), count / n - at(i + 1)))
        });
        std::iter::once((0.0, 0.0)).chain(inner).chain([(1.0, 0.0)]).collect()
    };
    let edges = [edge(0), edge(1)];
    let reach = edges.iter().flatten().chain(&curve).map(|(_, y)| y.abs()).fold(0.05, f64::max);
    let panel = Panel {
        frame: (410.0, top, 290.0, 92.0),
        x: Scale::linear(0.0, 1.0),
        y: Scale::linear(-1.08 * reach, 1.08 * reach),
    };
    panel.y_axis(figure, "");
    for edge in edges {
        figure.path("reference", &panel.line(edge), "");
    }
    figure.path("series", &panel.line(curve), "");
    panel.x_axis(figure, "share of ranks below, less what is uniform");
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ranks_are_drawn_by_quantity() {
        let mut record = Record::default();
        assert!(calibration(&record).is_none());
        let quantities = json!([{ "name": "a<b", "p": 0.5 }, { "name": "sigma", "p": 0.001 }]);
        let said = json!({ "draws": 3, "quantities": quantities, "band": [[0, 2], [1, 3], [2, 4]] });
        record.summary.extra.insert("calibration".into(), said);
        let values = vec![0.0, 3.0, 1.0, 3.0, 2.0, 3.0, 3.0, 3.0];
        record.arrays.push(Array { name: "ranks".into(), shape: vec![4, 2], values });
        let svg = calibration(&record).map(|figure| figure.embedded()).unwrap_or_default();
        assert_eq!((svg.matches("class=\"bar\"").count(), svg.matches("class=\"series\"").count()), (2, 2));
        assert!(svg.find("sigma") < svg.find("a&lt;b"), "the least uniform comes first");
    }
}
