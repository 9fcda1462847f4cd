//! Small multiples over quantities: densities, traces and rank plots, chain by chain.
use super::{Figure, Panel, Scale};
use crate::{
    chains::ranks,
    coded::range,
    density::{View, density},
    palette::CHAINS,
    sample::Sample,
};

/// Quantities in one figure.
const SHOWN: usize = 12;
/// Bins of a rank histogram.
pub const BINS: usize = 20;

/// Panels of a grid, left to right and then down: `(column, row)` sizes and the frame of each.
pub(super) struct Grid {
    pub(super) columns: usize,
    pub(super) cell: (f64, f64),
    pub(super) top: f64,
}

impl Grid {
    pub(super) fn figure(&self, cells: usize, description: &str) -> Figure {
        let columns = self.columns.min(cells).max(1) as f64;
        let rows = cells.div_ceil(self.columns) as f64;
        Figure::new(columns * self.cell.0 + 24.0, rows * self.cell.1 + self.top, description)
    }

    pub(super) fn frame(&self, i: usize, margins: (f64, f64)) -> (f64, f64, f64, f64) {
        let (column, row) = ((i % self.columns) as f64, (i / self.columns) as f64);
        let (left, top) = (12.0 + column * self.cell.0 + margins.0, self.top + row * self.cell.1 + 22.0);
        (left, top, self.cell.0 - margins.0 - 16.0, self.cell.1 - 22.0 - margins.1)
    }
}

/// Names the chains' lines, in one row at the top.
fn legend(figure: &mut Figure, chains: usize) {
    for c in 0..chains.min(8) {
        let x = 24.0 + 76.0 * c as f64;
        figure.path(&format!("line k{c} d{c}"), &format!("M{x} 14h22"), "");
        figure.text((x + 28.0, 18.0), "", "start", &format!("chain {}", c + 1));
    }
}

/// Densities of the first 12 quantities, one line a chain.
pub fn densities(sample: &Sample) -> Option<Figure> {
    let shown = &sample.parameters[..sample.parameters.len().min(SHOWN)];
    let grid = Grid { columns: 3, cell: (230.0, 150.0), top: 26.0 };
    let mut figure = grid.figure(shown.len(), "Posterior densities by chain");
    legend(&mut figure, sample.chains);
    let labels = sample.labels(shown, 32);
    for (i, &k) in shown.iter().enumerate() {
        let view = View::of(&sample.pooled(k));
        let lines: Vec<Vec<f64>> = (0..sample.chains).map(|c| density(&sample.chain(k, c), &view)).collect();
        let top = lines.iter().flatten().copied().fold(0.0, f64::max);
        let panel = Panel {
            frame: grid.frame(i, (8.0, 26.0)),
            x: Scale::linear(view.lo, view.hi),
            y: Scale::linear(0.0, top * 1.05),
        };
        panel.title_of(&mut figure, (labels[i].as_str(), sample.name(k)));
        for (c, line) in lines.iter().enumerate() {
            figure.path(&format!("line k{c} d{c}"), &panel.line(view.grid().zip(line.iter().copied())), "");
        }
        panel.x_axis(&mut figure, "");
    }
    (!shown.is_empty()).then_some(figure)
}

/// Traces of the first 8 quantities, at most 1,000 draws a chain.
pub fn traces(sample: &Sample) -> Option<Figure> {
    let shown = &sample.parameters[..sample.parameters.len().min(8)];
    let grid = Grid { columns: 1, cell: (700.0, 120.0), top: 26.0 };
    let mut figure = grid.figure(shown.len(), "Traces by chain");
    legend(&mut figure, sample.chains);
    let (every, labels) = (sample.kept.div_ceil(1000).max(1), sample.labels(shown, 80));
    for (i, &k) in shown.iter().enumerate() {
        let view = View::of(&sample.pooled(k));
        let panel = Panel {
            frame: grid.frame(i, (46.0, 24.0)),
            x: Scale::linear(0.0, sample.size().0 as f64),
            y: Scale::padded(view.lo, view.hi, 0.02),
        };
        panel.title_of(&mut figure, (labels[i].as_str(), sample.name(k)));
        panel.y_axis(&mut figure, "");
        for c in 0..sample.chains {
            let draws = sample.chain(k, c);
            let points = draws.iter().enumerate().step_by(every).map(|(t, y)| ((t * sample.stride) as f64, *y));
            figure.path(&format!("trace k{c}"), &panel.line(points), "");
        }
        panel.x_axis(&mut figure, "");
    }
    (!shown.is_empty()).then_some(figure)
}

/// Rank histograms of the first 12 quantities: level rows are chains that agree [Vehtari2021, Sec. 4.1].
pub fn rank_plots(sample: &Sample) -> Option<Figure> {
    let shown = &sample.parameters[..sample.parameters.len().min(SHOWN)];
    if shown.is_empty() || sample.chains < 2 {
        return None;
    }
    let chains = sample.chains.min(8);
    let grid = Grid { columns: 3, cell: (230.0, 40.0 + 26.0 * chains as f64), top: 8.0 };
    let mut figure = grid.figure(shown.len(), "Rank plots: one row a chain");
    let labels = sample.labels(shown, 32);
    for (i, &k) in shown.iter().enumerate() {
        let columns: Vec<Vec<f64>> = (0..chains).map(|c| sample.chain(k, c)).collect();
        let rows = ranks(&columns, BINS);
        let counts: Vec<f64> = rows.iter().flatten().map(|n| *n as f64).collect();
        let top = range(&counts).1.max(1.0);
        let (left, above, width, height) = grid.frame(i, (24.0, 12.0));
        figure.named((left, above - 8.0), ("title", "start"), (labels[i].as_str(), sample.name(k)));
        for (c, row) in rows.iter().enumerate() {
            let each = height / chains as f64;
            let panel = Panel {
                frame: (left, above + each * c as f64, width, each - 4.0),
                x: Scale::linear(0.0, 1.0),
                y: Scale::linear(0.0, top),
            };
            let heights: Vec<f64> = row.iter().map(|n| *n as f64).collect();
            let level = heights.iter().sum::<f64>() / BINS as f64;
            figure.path(&format!("rankbar b{}", c % CHAINS), &panel.bars(&heights), "");
            figure.path("reference", &panel.line([(0.0, level), (1.0, level)]), "");
            figure.text((left - 6.0, panel.frame.1 + each * 0.6), "", "end", &(c + 1).to_string());
        }
    }
    Some(figure)
}
