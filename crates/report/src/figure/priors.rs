//! Prior beside posterior, quantity by quantity.
use super::marginals::Grid;
use super::{Figure, Panel, Scale};
use crate::{
    density::{View, density},
    escape::distinct,
    number::significant,
};
use steepest_record::{Array, Record};

/// Widths of the posterior that are shown at most.
const WIDTHS: f64 = 8.0;
/// Draws of the posterior that a density is made of, at most.
const DRAWS: usize = 20_000;

/// Densities of the draws of `record` and of the rows of `prior`, `[quantities, draws]`, in the order of the draws' names. Rows
/// that are not finite have no prior, and no panel.
pub fn priors(record: &Record, prior: &Array) -> Option<Figure> {
    let draws = record.draws.as_ref().filter(|draws| draws.fits().is_ok() && draws.chains * draws.draws > 1)?;
    let each = prior.shape[1];
    let rows: Vec<(usize, &[f64])> = prior
        .values
        .chunks_exact(each)
        .take(draws.names.len())
        .enumerate()
        .filter(|(_, row)| row.iter().all(|x| x.is_finite()))
        .collect();
    if rows.is_empty() {
        return None;
    }
    let grid = Grid { columns: 3, cell: (230.0, 150.0), top: 26.0 };
    let mut figure = grid.figure(rows.len(), "Densities of prior and posterior");
    figure.path("area", "M24 8h22v10h-22Z", "");
    figure.path("series", "M24 8h22", "");
    figure.text((52.0, 18.0), "", "start", "posterior");
    figure.path("second", "M124 14h22", "");
    figure.text((152.0, 18.0), "", "start", "prior");
    let count = draws.chains * draws.draws;
    let names: Vec<&str> = rows.iter().map(|(k, _)| draws.names[*k].as_str()).collect();
    let labels = distinct(&names, 32);
    for (i, (k, prior)) in rows.into_iter().enumerate() {
        let pooled = &draws.values[k * count..(k + 1) * count];
        let posterior: Vec<f64> = pooled.iter().copied().step_by(count.div_ceil(DRAWS)).collect();
        let view = around(&View::of(&posterior), prior);
        let (behind, before) = (density(prior, &view), density(&posterior, &view));
        let top = behind.iter().chain(&before).copied().fold(0.0, f64::max);
        let panel = Panel {
            frame: grid.frame(i, (8.0, 26.0)),
            x: Scale::linear(view.lo, view.hi),
            y: Scale::linear(0.0, top * 1.05),
        };
        panel.title_of(&mut figure, (labels[i].as_str(), names[i]));
        let said = format!("posterior sd {}, prior sd {}", significant(sd(&posterior), 3), significant(sd(prior), 3));
        let curve = || view.grid().zip(before.iter().copied());
        let closed = std::iter::once((view.lo, 0.0)).chain(curve()).chain([(view.hi, 0.0)]);
        figure.path("area", &panel.line(closed), &said);
        figure.path("series", &panel.line(curve()), &said);
        figure.path("second", &panel.line(view.grid().zip(behind.iter().copied())), &said);
        panel.x_axis(&mut figure, "");
    }
    Some(figure)
}

/// All of the prior and the posterior; but of the prior no more than leaves an eighth of the width to the posterior.
fn around(posterior: &View, prior: &[f64]) -> View {
    let wide = View::of(prior);
    let reach = 0.5 * (WIDTHS - 1.0) * (posterior.hi - posterior.lo);
    let lo = posterior.lo.min(wide.lo.max(posterior.lo - reach));
    let hi = posterior.hi.max(wide.hi.min(posterior.hi + reach));
    let (least, most) = prior.iter().fold((lo, hi), |(least, most), x| (x.min(least), x.max(most)));
    View { lo, hi, cut_left: posterior.cut_left || least < lo, cut_right: posterior.cut_right || most > hi }
}

fn sd(x: &[f64]) -> f64 {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    (x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0)).sqrt()
}
