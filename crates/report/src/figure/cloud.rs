//! The final state of many particles: a histogram on a line, a density map in the plane.
use super::{Figure, Panel, Scale, series::thinned, short};
use crate::{
    density::{View, histogram},
    escape::{distinct, shortened},
};
use std::fmt::Write;

/// Shades of a density map.
const SHADES: usize = 8;
/// Cells a side.
const CELLS: usize = 56;
/// Coordinates with a histogram of their own.
const COORDINATES: usize = 12;

/// Figures of `rows`, one a coordinate, of n numbers each: the plane of the first two, and a histogram each.
pub fn cloud(rows: &[&[f64]], names: &[String]) -> Vec<(String, Figure)> {
    let mut out = Vec::new();
    if let ([x, y, ..], [across, up, ..]) = (rows, names) {
        out.push((format!("{up} against {across}"), plane(x, y, [across, up])));
    }
    for (row, name) in rows.iter().zip(names).take(COORDINATES) {
        out.push((name.clone(), line(row, name)));
    }
    out
}

fn line(values: &[f64], name: &str) -> Figure {
    let view = view(values);
    let bins = ((values.len() as f64).cbrt() * 2.0).clamp(8.0, 80.0) as usize;
    let cell = (view.hi - view.lo) / bins as f64;
    let scale = 1.0 / (values.len().max(1) as f64 * cell);
    let heights: Vec<f64> =
        histogram(values, view.lo, view.hi, bins).iter().map(|count| *count as f64 * scale).collect();
    let top = heights.iter().copied().fold(0.0, f64::max);
    let mut figure = Figure::new(460.0, 250.0, &format!("Histogram of {name}"));
    let panel = Panel {
        frame: (62.0, 14.0, 380.0, 186.0),
        x: Scale::linear(view.lo, view.hi),
        y: Scale::linear(0.0, top * 1.05),
    };
    panel.y_axis(&mut figure, "density");
    figure.path("bar", &panel.bars(&heights), "");
    panel.x_axis_of(&mut figure, (shortened(name, 60).as_str(), name));
    figure
}

fn plane(x: &[f64], y: &[f64], names: [&str; 2]) -> Figure {
    let (across, up) = (view(x), view(y));
    let mut figure = Figure::new(520.0, 500.0, &format!("Density of {} and {}", names[0], names[1]));
    let panel = Panel {
        frame: (66.0, 14.0, 436.0, 436.0),
        x: Scale::linear(across.lo, across.hi),
        y: Scale::linear(up.lo, up.hi),
    };
    let labels = distinct(&names, 50);
    panel.y_axis_of(&mut figure, (labels[1].as_str(), names[1]));
    if x.len() <= 3000 {
        panel.dots(&mut figure, x.iter().copied().zip(y.iter().copied()));
    } else {
        let mut counts = vec![0usize; CELLS * CELLS];
        for (u, v) in x.iter().zip(y) {
            let (u, v) = (panel.x.share(*u), panel.y.share(*v));
            if (0.0..=1.0).contains(&u) && (0.0..=1.0).contains(&v) {
                let cell = |s: f64| ((s * CELLS as f64) as usize).min(CELLS - 1);
                counts[cell(v) * CELLS + cell(u)] += 1;
            }
        }
        shades(&panel, &counts, &mut figure);
    }
    panel.x_axis_of(&mut figure, (labels[0].as_str(), names[0]));
    figure
}

/// One path a shade; the shade goes as the root of the count, so that tails are seen.
fn shades(panel: &Panel, counts: &[usize], figure: &mut Figure) {
    let top = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let (left, above, width, height) = panel.frame;
    let (w, h) = (width / CELLS as f64, height / CELLS as f64);
    let mut paths = vec![String::new(); SHADES];
    for (cell, count) in counts.iter().enumerate().filter(|(_, c)| **c > 0) {
        let shade = ((*count as f64 / top).sqrt() * SHADES as f64).ceil() as usize;
        let (column, row) = (cell % CELLS, cell / CELLS);
        let (x, y) = (left + w * column as f64, above + height - h * (row + 1) as f64);
        let d = &mut paths[shade.clamp(1, SHADES) - 1];
        let _ = write!(d, "M{} {}h{}v{}h-{}z", short(x), short(y), short(w), short(h), short(w));
    }
    for (i, d) in paths.iter().enumerate() {
        let opacity = 0.10 + 0.90 * i as f64 / (SHADES - 1) as f64;
        figure.write(&format!("<g fill-opacity=\"{opacity:.2}\">"));
        figure.path("cell", d, "");
        figure.write("</g>");
    }
}

/// The view of an evenly thinned part.
fn view(values: &[f64]) -> View {
    let step = (values.len() / 20_000).max(1);
    let mut part: Vec<f64> = values.iter().step_by(step).copied().collect();
    part.extend(thinned(values.len()).map(|i| values[i]));
    View::of(&part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_particles_stay_small() {
        let n = 1_000_000;
        let x: Vec<f64> = (0..n).map(|i| (i as f64 * 0.754_877_666).fract()).collect();
        let y: Vec<f64> = (0..n).map(|i| (i as f64 * 0.569_840_290).fract()).collect();
        let figures = cloud(&[&x, &y], &["x".into(), "y".into()]);
        assert_eq!(figures.len(), 3);
        assert!(figures.iter().all(|(_, f)| f.embedded().len() < 120_000));
    }

    #[test]
    fn nothing_and_not_numbers() {
        assert!(cloud(&[], &[]).is_empty());
        assert_eq!(cloud(&[&[f64::NAN; 4], &[]], &["a".into(), "b".into()]).len(), 3);
    }
}
