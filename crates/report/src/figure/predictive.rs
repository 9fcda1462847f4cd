//! The response beside what the model would have it be: replicates of it, and where each row falls in its own prediction.
use super::{Figure, Panel, Scale};
use crate::binomial;
use crate::density::{View, density, quantile};
use crate::escape::distinct;
use crate::number::concise;
use steepest_record::Array;

/// Different values up to which a response of whole numbers is counted, not smoothed.
const VALUES: usize = 30;
/// Bins of the probability integral transforms.
const BINS: usize = 20;
/// The chance that some bar of calibrated predictions leaves its band.
const ALARM: f64 = 0.05;
/// Replicates beyond the axis, on either side, where the response is not.
const BEYOND: f64 = 0.005;
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

/// The view of the response, and all but the outermost replicates: what the response never does shows as well.
fn around(response: &[f64], replicates: &[&[f64]]) -> View {
    let mut all: Vec<f64> = replicates.iter().copied().flatten().copied().filter(|y| y.is_finite()).collect();
    all.sort_unstable_by(f64::total_cmp);
    let (view, low, high) = (View::of(response), quantile(&all, BEYOND), quantile(&all, 1.0 - BEYOND));
    // Quantiles of nothing are no numbers, and leave the view.
    View { lo: view.lo.min(low), hi: view.hi.max(high), ..view }
}

/// The density of a sample in what is seen: mirrored where the sample ends, and cut where it goes on beyond an edge.
fn curve(y: &[f64], seen: &View) -> Vec<(f64, f64)> {
    let finite = || y.iter().copied().filter(|y| y.is_finite());
    let (least, most) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    let (lo, hi) = (seen.lo.max(least), seen.hi.min(most));
    // A sample of one value, or of none in sight, has no ends of its own.
    let view = if hi - lo > 1e-9 * (seen.hi - seen.lo) {
        View { lo, hi, cut_left: least < lo, cut_right: most > hi }
    } else {
        View { cut_left: true, cut_right: true, ..*seen }
    };
    view.grid().zip(density(y, &view)).collect()
}

fn curves(figure: &mut Figure, response: &[f64], replicates: &[&[f64]]) {
    let view = around(response, replicates);
    let (mine, theirs): (_, Vec<_>) = (curve(response, &view), replicates.iter().map(|y| curve(y, &view)).collect());
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
            &format!("{} to {} of replicates", concise(*low, 4), concise(*high, 4)),
        );
        for end in [low, high] {
            figure.path("second", &panel.line([(level - 0.12, *end), (level + 0.12, *end)]), "");
        }
    }
    let (left, top, width, height) = panel.frame;
    let short = distinct(&labels.iter().map(String::as_str).collect::<Vec<&str>>(), 16);
    for level in levels.iter().step_by(levels.len().div_ceil(12)) {
        let (at, k) = ((panel.at(*level, 0.0).0, top + height + 15.0), *level as usize);
        match (short.get(k), labels.get(k)) {
            (Some(short), Some(whole)) => figure.named(at, ("", "middle"), (short.as_str(), whole.as_str())),
            _ => figure.text(at, "", "middle", &level.to_string()),
        }
    }
    figure.text((left + 0.5 * width, top + height + 31.0), "label", "middle", "response");
    legend(figure, ("second", "5 to 95 % of replicates"));
}

/// A histogram of the leave-one-out probability integral transforms, from the fourth column of an array `[rows, 5]`: level where
/// predictions are calibrated, and all bars within a band then but for 5 % of samples (exact limits of each count, Bonferroni over
/// the bars).
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
    let (low, high) = binomial::limits(values.len(), 1.0 / BINS as f64, ALARM / (2 * BINS) as f64);
    let (low, high) = (low as f64, high as f64);
    let top = counts.iter().copied().fold(high, f64::max);
    let mut figure = Figure::new(720.0, 270.0, "Leave-one-out probability integral transforms");
    let panel = Panel { frame: FRAME, x: Scale::linear(0.0, 1.0), y: Scale::linear(0.0, 1.08 * top) };
    panel.y_axis(&mut figure, "rows");
    figure.path("bar", &panel.bars(&counts), "");
    for at in [low, level, high] {
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

    /// What the model does and the response never did is on the axis: here three quarters of every replicate.
    #[test]
    fn replicates_beyond_the_response_are_seen() {
        let even = |lo: f64, hi: f64, n: usize| (0..n).map(move |i| lo + (hi - lo) * i as f64 / (n - 1) as f64);
        let response: Vec<f64> = even(0.0, 50.0, 201).collect();
        let replicate: Vec<f64> = even(-100.0, 100.0, 201).collect();
        let view = around(&response, &[&replicate]);
        assert_eq!((view.lo, view.hi), (-99.0, 99.0));
        // The response may be the wider one, and there may be nothing to compare it with.
        let view = around(&replicate, &[&response]);
        assert_eq!((view.lo, view.hi), (-100.0, 100.0));
        assert_eq!(around(&response, &[&[f64::NAN; 201]]), View::of(&response));
        let array = Array {
            name: "predictive".into(),
            shape: vec![2, 201],
            values: response.iter().chain(&replicate).copied().collect(),
        };
        let svg = replicates(&array, &[]).unwrap().embedded();
        assert!(svg.contains(">−80</text>") && svg.contains(">80</text>"), "{svg}");
    }

    /// A sample that ends inside of what is seen has its whole density there, and nothing beyond.
    #[test]
    fn a_density_ends_where_its_sample_does() {
        let even: Vec<f64> = (0..1000).map(|i| (f64::from(i) + 0.5) / 1000.0).collect();
        let seen = |lo: f64, hi: f64| View { lo, hi, cut_left: false, cut_right: false };
        let whole = curve(&even, &seen(-1.0, 3.0));
        for ((x, found), at) in [whole[0], whole[80], whole[160]].into_iter().zip([0.0005, 0.5, 0.9995]) {
            assert!((x - at).abs() < 1e-12 && (found - 1.0).abs() < 1e-2, "{found} at {x}");
        }
        // On the left it is cut, and half of what the kernel sees is missing there.
        let right = curve(&even, &seen(0.5, 3.0));
        assert_eq!(right[0].0, 0.5);
        assert!((right[0].1 - 0.5).abs() < 2e-3 && (right[80].1 - 1.0).abs() < 2e-3, "{:?}", [right[0], right[80]]);
        // Of one value there is a hill.
        let one = curve(&[1.0; 9], &seen(0.0, 2.0));
        assert_eq!((one[0].0, one[0].1, one[160].0), (0.0, 0.0, 2.0));
        assert!(one[80].1 > one[79].1 && one[80].1 > 1.0);
        assert_eq!(curve(&[f64::NAN; 3], &seen(0.0, 2.0)).len(), 161);
    }

    /// Two rows a bar: the band is that of binomial counts, from 0 to 7 of 40 rows, and not below zero.
    #[test]
    fn the_band_is_exact_and_above_zero() {
        let values: Vec<f64> = (0..40).flat_map(|i| [0.0, 0.0, 0.0, (f64::from(i) + 0.5) / 40.0, 0.0]).collect();
        let array = Array { name: "loo".into(), shape: vec![40, 5], values };
        let svg = transforms(&array).unwrap().embedded();
        let (left, top, width, height) = FRAME;
        for at in [0.0, 2.0, 7.0] {
            let y = top + (1.0 - at / (1.08 * 7.0)) * height;
            let line = format!("<path class=\"reference\" d=\"M{left} {}L{} ", super::super::short(y), left + width);
            assert!(svg.contains(&line), "{line} in {svg}");
        }
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
