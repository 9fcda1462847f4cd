//! Columns of the ledger against the step: objective, residuals, temperatures.
use super::{Figure, Panel, Scale};
use crate::coded::range;
use steepest_record::Column;

/// Points of a line.
const POINTS: usize = 600;

/// The column that the others are drawn against: `step`, `time`, `t`, `iteration` or `draw`; else the row number.
fn abscissa(ledger: &[Column]) -> (String, Option<usize>) {
    let known = ["step", "steps", "time", "t", "iteration", "draw"];
    let found = known.iter().find_map(|name| ledger.iter().position(|c| c.name.eq_ignore_ascii_case(name)));
    (found.map_or("observation".into(), |i| ledger[i].name.clone()), found)
}

/// One column as a line; `None` where it holds no number or one number throughout, or where `log` is asked for and it is negative somewhere or
/// spans less than two decades.
pub fn series(ledger: &[Column], which: usize, log: bool) -> Option<Figure> {
    let (label, against) = abscissa(ledger);
    let column = &ledger[which];
    let x = |i: usize| against.and_then(|k| ledger[k].values.get(i).copied()).unwrap_or(i as f64);
    let finite: Vec<f64> = column.values.iter().copied().filter(|y| y.is_finite()).collect();
    // A residual that vanishes exactly, as at the first or last step, leaves the line rather than the scale.
    let positive: Vec<f64> = finite.iter().copied().filter(|y| *y > 0.0).collect();
    if against == Some(which) || finite.is_empty() || (log && (positive.len() < 2 || finite.iter().any(|y| *y < 0.0))) {
        return None;
    }
    let (lo, hi) = range(if log { &positive } else { &finite });
    if (log && hi / lo < 100.0) || (lo == hi && finite.len() > 1) {
        return None;
    }
    let n = column.values.len();
    let xs: Vec<f64> = (0..n).map(x).collect();
    let (first, last) = range(&xs);
    let mut figure = Figure::new(460.0, 250.0, &format!("{} against {label}", column.name));
    let panel = Panel {
        frame: (62.0, 30.0, 380.0, 170.0),
        x: Scale::linear(first, last),
        y: if log { Scale::logarithmic(lo, hi) } else { Scale::padded(lo, hi, 0.05) },
    };
    panel.title(&mut figure, &crate::escape::shortened(&column.name, 60));
    panel.y_axis(&mut figure, "");
    if !log && lo < 0.0 && hi > 0.0 {
        figure.path("zero", &panel.line([(first, 0.0), (last, 0.0)]), "");
    }
    let points: Vec<(f64, f64)> = extremes(&column.values).into_iter().map(|i| (xs[i], column.values[i])).collect();
    if points.len() == 1 {
        let (x, y) = points[0];
        figure.disc("point", panel.at(x, y), 4.0, "");
    }
    let class = if points.len() > 250 { "series dense" } else { "series" };
    figure.path(class, &panel.line(points), "");
    panel.x_axis(&mut figure, &label);
    Some(figure)
}

/// The places of the least and the greatest number of each of 300 even stretches: a spike is never thinned away.
fn extremes(values: &[f64]) -> Vec<usize> {
    if values.len() <= POINTS {
        return (0..values.len()).collect();
    }
    let stretches = POINTS / 2;
    let place = |k: usize| k * values.len() / stretches;
    let mut out = Vec::with_capacity(POINTS + 2);
    out.push(0);
    for k in 0..stretches {
        let by = |a: &usize, b: &usize| values[*a].total_cmp(&values[*b]);
        let (least, most) = ((place(k)..place(k + 1)).min_by(by), (place(k)..place(k + 1)).max_by(by));
        if let (Some(a), Some(b)) = (least, most) {
            out.extend([a.min(b), a.max(b)]);
        }
    }
    out.push(values.len() - 1);
    out.dedup();
    out
}

/// About 600 even places of `n`, the ends among them.
pub fn thinned(n: usize) -> impl Iterator<Item = usize> {
    let places = n.min(POINTS);
    (0..places).map(move |i| if places > 1 { i * (n - 1) / (places - 1) } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_both_ends() {
        assert_eq!(thinned(3).collect::<Vec<_>>(), [0, 1, 2]);
        let places: Vec<usize> = thinned(100_000).collect();
        assert_eq!((places.len(), places[0], places[POINTS - 1]), (POINTS, 0, 99_999));
        assert_eq!(thinned(0).count(), 0);
    }

    #[test]
    fn a_spike_survives() {
        let mut values = vec![0.0; 100_000];
        values[54_321] = 1.0;
        let places = extremes(&values);
        assert!(places.contains(&54_321) && places.len() <= POINTS + 2 && places.is_sorted());
        assert_eq!(places.last(), Some(&99_999));
    }

    #[test]
    fn a_log_axis_needs_positive_numbers() {
        let column = |name: &str, values: &[f64]| Column { name: name.into(), values: values.into() };
        let ledger = [column("step", &[0.0, 1.0]), column("f", &[1.0, 1e-3]), column("g", &[1.0, -1.0])];
        assert_eq!(abscissa(&ledger), ("step".into(), Some(0)));
        assert!(series(&ledger, 1, true).is_some() && series(&ledger, 1, false).is_some());
        assert!(series(&ledger, 2, true).is_none() && series(&ledger, 0, false).is_none());
        assert!(series(&[column("h", &[f64::NAN])], 0, false).is_none());
    }
}
