//! Scatter plots of pairs of quantities, with divergences marked.
use super::{Figure, Panel, Scale};
use crate::{
    chains::{correlated, correlation},
    density::{View, density},
    sample::Sample,
};

/// Points in a panel.
const POINTS: usize = 1500;

/// The places (within the sample's parameters) of about `most` quantities that are correlated most, ascending; and the twelve pairs of
/// them all that are, with their correlations over all draws. Which these are is found out on the draws of the sample.
pub fn most_correlated(sample: &Sample, most: usize) -> (Vec<usize>, Vec<(usize, usize, f64)>) {
    let columns: Vec<Vec<f64>> = sample.parameters.iter().map(|k| sample.pooled(*k)).collect();
    let whole = |i: usize| sample.whole(sample.parameters[i]);
    let mut top = correlated(&columns, 12);
    top.iter_mut().for_each(|(i, j, r)| *r = correlation(whole(*i), whole(*j)));
    top.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()));
    let mut chosen: Vec<usize> = Vec::new();
    for place in top.iter().flat_map(|(i, j, _)| [*i, *j]).chain(0..columns.len()) {
        if chosen.len() < most && !chosen.contains(&place) {
            chosen.push(place);
        }
    }
    chosen.sort_unstable();
    (chosen, top)
}

/// The four most correlated quantities against each other: points below the diagonal, correlations above it.
pub fn pairs(sample: &Sample) -> Option<Figure> {
    let (chosen, _) = most_correlated(sample, 4);
    if chosen.len() < 2 {
        return None;
    }
    let side = 170.0;
    let columns: Vec<(usize, Vec<f64>, View)> = chosen
        .iter()
        .map(|i| sample.parameters[*i])
        .map(|k| (k, sample.pooled(k)))
        .map(|(k, draws)| (k, draws.clone(), View::of(&draws)))
        .collect();
    let size = side * columns.len() as f64;
    let mut figure = Figure::new(size + 78.0, size + 50.0, "Pairs of the most correlated quantities");
    let every = (sample.kept * sample.chains).div_ceil(POINTS).max(1);
    let quantities: Vec<usize> = columns.iter().map(|column| column.0).collect();
    let labels = sample.labels(&quantities, 24);
    for (row, (ky, ys, yview)) in columns.iter().enumerate() {
        for (column, (kx, xs, xview)) in columns.iter().enumerate() {
            let frame = (66.0 + side * column as f64, 8.0 + side * row as f64, side - 12.0, side - 12.0);
            let x = Scale::padded(xview.lo, xview.hi, 0.03);
            let panel = Panel { frame, x, y: Scale::padded(yview.lo, yview.hi, 0.03) };
            if row > column {
                if column == 0 {
                    panel.y_axis_of(&mut figure, (labels[row].as_str(), sample.name(*ky)));
                }
                let points = xs.iter().copied().zip(ys.iter().copied()).step_by(every);
                panel.dots(&mut figure, points);
                let diverged = sample.at_divergences(*kx).into_iter().zip(sample.at_divergences(*ky));
                figure.path("mark", &panel.crosses(diverged), "");
            } else if row == column {
                let line: Vec<(f64, f64)> = xview.grid().zip(density(xs, xview)).collect();
                let top = line.iter().map(|p| p.1).fold(0.0, f64::max);
                let panel = Panel { y: Scale::linear(0.0, top * 1.05), ..panel };
                figure.path("area", &panel.area(&line), "");
                figure.path("series", &panel.line(line.iter().copied()), "");
            } else {
                let (x, y) = (frame.0 + frame.2 / 2.0, frame.1 + frame.3 / 2.0 + 5.0);
                let r = correlation(sample.whole(*kx), sample.whole(*ky));
                figure.text((x, y), "number", "middle", &format!("r = {:.2}", r + 0.0));
            }
            if row + 1 == columns.len() {
                panel.x_axis_of(&mut figure, (labels[column].as_str(), sample.name(*kx)));
            }
        }
    }
    Some(figure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use steepest_record::{Draws, Record};

    /// Correlations rest on every draw. Here one sign in eight differs, so that r = 7/8 - 1/8; of every fourth, which the figure
    /// shows, half do, so that r = 0.
    #[test]
    fn correlations_are_of_all_draws() {
        let draws = 16_000;
        let sign = |t: usize| -> f64 { [1.0, -1.0][t / 8 % 2] };
        let other = |t: usize| -> f64 { if t.is_multiple_of(8) { -sign(t) } else { sign(t) } };
        let values: Vec<f64> = (0..draws).map(sign).chain((0..draws).map(other)).collect();
        let draws = Draws { chains: 1, draws, names: vec!["a".into(), "b".into()], values, statistics: Vec::new() };
        let record = Record { draws: Some(draws), ..Record::default() };
        let sample = Sample::of(&record);
        assert_eq!((sample.stride, correlation(&sample.pooled(0), &sample.pooled(1))), (4, 0.0));
        let (chosen, top) = most_correlated(&sample, 4);
        assert_eq!(chosen, [0, 1]);
        assert!((top[0].2 - 0.75).abs() < 1e-12, "{top:?}");
        assert!(pairs(&sample).is_some_and(|figure| figure.embedded().contains(">r = 0.75</text>")));
    }
}
