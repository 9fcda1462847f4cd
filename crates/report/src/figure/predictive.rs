//! The response beside what the model would have it be: replicates of it, and where each row falls in its own prediction.
use super::{Figure, Panel, Scale};
use crate::density::{View, density, quantile};
use crate::escape::shortened;
use steepest_record::Array;

/// Different values up to which a response of whole numbers is counted, not smoothed.
const VALUES: usize = 30;
/// Bins of the probability integral transforms.
const BINS: usize = 20;
const FRAME: (f64, f64, f64, f64) = (62.0, 34.0, 634.0, 190.0);

/// The response and its replicates, from an array `[1 + replicates, rows]` whose first row is the response: densities, or
/// for a response of few whole numbers the count of each with the 5 to 95 % interval of its replicates. Where the numbers stand for
/// levels, `labels` are their names.
pub fn replicates(array: &Array, labels: &[String]) -> Option<Figure> {
    let [lines, rows] = array.shape[..] else { return None };
    if lines < 2 || rows < 2 || array.values.len() != lines * rows {
        return None;
    }
    let response = &array.values[..rows];
    let replicates: Vec<&[f64]> = array.values[rows..].chunks_exact(rows).collect();
    let whole = |y: &f64| y.fract() == 0.0;
    let mut levels: Vec<f64> = array.values.clone();
    levels.sort_unstable_by(f64::total_cmp);
    levels.dedup();
    let counted = response.iter().all(whole) && levels.len() <= VALUES && levels.iter().all(whole);
    let mut figure = Figure::new(720.0, 270.0, "The response and replicates of it");
    if counted {
        counts(&mut figure, response, &replicates, &levels, labels)
    } else {
        curves(&mut figure, response, &replicates)
    }
    Some(figure)
}

fn legend(figure: &mut Figure, replicates: (&str, &str)) {
    figure.path("series", "M52 14h26", "");
    figure.text((84.0, 18.0), "label", "start", "the response");
    figure.path(replicates.0, "M210 14h26", "");
    figure.text((242.0, 18.0), "label", "start", replicates.1);
}

fn curves(figure: &mut Figure, response: &[f64], replicates: &[&[f64]]) {
    let view = View::of(response);
    let of = |y: &[f64]| view.grid().zip(density(y, &view)).collect::<Vec<(f64, f64)>>();
    let (mine, theirs): (_, Vec<_>) = (of(response), replicates.iter().map(|y| of(y)).collect());
    let top = theirs.iter().flatten().chain(&mine).map(|p| p.1).fold(0.0, f64::max);
    let panel = Panel { frame: FRAME, x: Scale::linear(view.lo, view.hi), y: Scale::linear(0.0, 1.05 * top) };
    for curve in theirs {
        figure.path("replicate", &panel.line(curve), "");
    }
    figure.path("series", &panel.line(mine), "");
    panel.x_axis(figure, "response");
    legend(figure, ("replicate", &format!("{} replicates from the posterior", replicates.len())));
}

fn counts(figure: &mut Figure, response: &[f64], replicates: &[&[f64]], levels: &[f64], labels: &[String]) {
    let count = |y: &[f64], level: f64| y.iter().filter(|y| **y == level).count() as f64;
    let intervals: Vec<(f64, f64)> = levels
        .iter()
        .map(|&level| {
            let mut counts: Vec<f64> = replicates.iter().map(|y| count(y, level)).collect();
            counts.sort_unstable_by(f64::total_cmp);
            (quantile(&counts, 0.05), quantile(&counts, 0.95))
        })
        .collect();
    let mine: Vec<f64> = levels.iter().map(|&level| count(response, level)).collect();
    let top = mine.iter().copied().chain(intervals.iter().map(|i| i.1)).fold(1.0, f64::max);
    let (lo, hi) = (levels[0] - 0.5, levels[levels.len() - 1] + 0.5);
    let panel = Panel { frame: FRAME, x: Scale::linear(lo, hi), y: Scale::linear(0.0, 1.08 * top) };
    panel.y_axis(figure, "rows");
    for (level, mine) in levels.iter().zip(&mine) {
        let ((left, above), (right, below)) = (panel.at(level - 0.35, *mine), panel.at(level + 0.35, 0.0));
        figure.path("bar", &format!("M{left:.1} {below:.1}V{above:.1}H{right:.1}V{below:.1}z"), "");
    }
    for (level, (low, high)) in levels.iter().zip(&intervals) {
        figure.path(
            "second",
            &panel.line([(*level, *low), (*level, *high)]),
            &format!("{low} to {high} of replicates"),
        );
        for end in [low, high] {
            figure.path("second", &panel.line([(level - 0.12, *end), (level + 0.12, *end)]), "");
        }
    }
    let (left, top, width, height) = panel.frame;
    for level in levels.iter().step_by(levels.len().div_ceil(12)) {
        let label = labels.get(*level as usize).map_or_else(|| level.to_string(), |label| shortened(label, 16));
        figure.text((panel.at(*level, 0.0).0, top + height + 15.0), "", "middle", &label);
    }
    figure.text((left + 0.5 * width, top + height + 31.0), "label", "middle", "response");
    legend(figure, ("second", "5 to 95 % of replicates"));
}

/// A histogram of the leave-one-out probability integral transforms, from the fourth column of an array `[rows, 5]`: level,
/// within the band of 90 % of samples, where predictions are calibrated.
pub fn transforms(array: &Array) -> Option<Figure> {
    let values: Vec<f64> = array.values.chunks_exact(5).map(|row| row[3]).filter(|p| p.is_finite()).collect();
    if array.shape.get(1) != Some(&5) || values.len() < 2 * BINS {
        return None;
    }
    let mut counts = [0.0; BINS];
    for p in &values {
        counts[((p * BINS as f64) as usize).min(BINS - 1)] += 1.0;
    }
    let level = values.len() as f64 / BINS as f64;
    let spread = 1.645 * (level * (1.0 - 1.0 / BINS as f64)).sqrt();
    let top = counts.iter().copied().fold(level + spread, f64::max);
    let mut figure = Figure::new(720.0, 270.0, "Leave-one-out probability integral transforms");
    let panel = Panel { frame: FRAME, x: Scale::linear(0.0, 1.0), y: Scale::linear(0.0, 1.08 * top) };
    panel.y_axis(&mut figure, "rows");
    figure.path("bar", &panel.bars(&counts), "");
    for at in [level - spread, level, level + spread] {
        figure.path("reference", &panel.line([(0.0, at), (1.0, at)]), "");
    }
    panel.x_axis(&mut figure, "share of the prediction from the other rows below the response");
    Some(figure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_counted() {
        let array = |values: Vec<f64>, rows| Array {
            name: "predictive".into(),
            shape: vec![values.len() / rows, rows],
            values,
        };
        let svg = replicates(&array(vec![0.0, 1.0, 1.0, 0.0, 0.0, 1.0], 3), &[]).unwrap().embedded();
        assert!(svg.contains("class=\"bar\"") && !svg.contains("replicate\""));
        let svg = replicates(&array(vec![0.5, 1.0, 1.2, 0.0, 0.1, 1.0], 3), &[]).unwrap().embedded();
        assert!(svg.contains("class=\"replicate\""));
        assert!(replicates(&array(vec![0.0, 1.0], 2), &[]).is_none());
        let labels = ["cat & dog".to_string(), "cow".to_string()];
        let svg = replicates(&array(vec![0.0, 1.0, 1.0, 0.0, 0.0, 1.0], 3), &labels).unwrap().embedded();
        assert!(svg.contains(">cat &amp; dog<") && svg.contains(">cow<"), "{svg}");
    }

    #[test]
    fn transforms_fall_into_bins() {
        let values: Vec<f64> = (0..100).flat_map(|i| [0.0, 0.0, 0.0, (f64::from(i) + 0.5) / 100.0, 0.0]).collect();
        let array = Array { name: "loo".into(), shape: vec![100, 5], values };
        // Five rows a bin: every bar is as high as the level.
        let svg = transforms(&array).unwrap().embedded();
        assert!(svg.contains("class=\"bar\"") && svg.matches("class=\"reference\"").count() == 3);
    }
}
