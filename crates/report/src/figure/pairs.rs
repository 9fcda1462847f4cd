//! Scatter plots of pairs of quantities, with divergences marked.
use super::{Figure, Panel, Scale};
use crate::{
    chains::{correlated, correlation},
    density::{View, density},
    escape::shortened,
    sample::Sample,
};

/// Points in a panel.
const POINTS: usize = 1500;

/// The places (within the sample's parameters) of about `most` quantities that are correlated most, ascending.
pub fn most_correlated(sample: &Sample, most: usize) -> (Vec<usize>, Vec<(usize, usize, f64)>) {
    let every = (sample.kept * sample.chains).div_ceil(POINTS).max(1);
    let columns: Vec<Vec<f64>> =
        sample.parameters.iter().map(|k| sample.pooled(*k).into_iter().step_by(every).collect()).collect();
    let top = correlated(&columns, 12);
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
    for (row, (ky, ys, yview)) in columns.iter().enumerate() {
        for (column, (kx, xs, xview)) in columns.iter().enumerate() {
            let frame = (66.0 + side * column as f64, 8.0 + side * row as f64, side - 12.0, side - 12.0);
            let x = Scale::padded(xview.lo, xview.hi, 0.03);
            let panel = Panel { frame, x, y: Scale::padded(yview.lo, yview.hi, 0.03) };
            if row > column {
                if column == 0 {
                    panel.y_axis(&mut figure, &shortened(sample.name(*ky), 24));
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
                figure.text((x, y), "number", "middle", &format!("r = {:.2}", correlation(xs, ys) + 0.0));
            }
            if row + 1 == columns.len() {
                panel.x_axis(&mut figure, &shortened(sample.name(*kx), 24));
            }
        }
    }
    Some(figure)
}
