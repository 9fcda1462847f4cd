//! The way of one point: its path in the plane of two coordinates, or one coordinate against the step.
use super::{Figure, Panel, Scale, series::thinned};
use crate::coded::range;

/// The path of `values` (`[steps, d]`, row-major) in its first two coordinates; against the step where d = 1.
pub fn trajectory(values: &[f64], d: usize, names: &[String]) -> Option<Figure> {
    let steps = values.len().checked_div(d)?;
    let name = |i: usize| names.get(i).cloned().unwrap_or_else(|| format!("x[{}]", i + 1));
    let point = |t: usize| if d == 1 { (t as f64, values[t]) } else { (values[t * d], values[t * d + 1]) };
    let points: Vec<(f64, f64)> = thinned(steps).map(point).collect();
    let finite: Vec<(f64, f64)> = points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    let (first, last) = (*finite.first()?, *finite.last()?);
    let ends = |pick: fn(&(f64, f64)) -> f64| range(&finite.iter().map(pick).collect::<Vec<f64>>());
    let ((left, right), (low, high)) = (ends(|p| p.0), ends(|p| p.1));
    let (labels, size) = if d == 1 {
        (("step".to_string(), name(0)), (636.0, 220.0))
    } else {
        ((name(0), name(1)), (436.0, 436.0))
    };
    let mut figure = Figure::new(size.0 + 84.0, size.1 + 64.0, "Path from the start to the end");
    let panel = Panel {
        frame: (66.0, 24.0, size.0, size.1),
        x: Scale::padded(left, right, 0.06),
        y: Scale::padded(low, high, 0.06),
    };
    panel.y_axis(&mut figure, &labels.1);
    figure.path("series", &panel.line(points.iter().copied()), "");
    // Few enough steps are marked one by one.
    if steps <= 60 {
        for p in &finite {
            figure.disc("point", panel.at(p.0, p.1), 2.6, "");
        }
    }
    figure.disc("start", panel.at(first.0, first.1), 5.0, "start");
    figure.disc("end", panel.at(last.0, last.1), 5.0, "end");
    panel.x_axis(&mut figure, &labels.0);
    figure.disc("start", (74.0, 10.0), 4.0, "");
    figure.text((83.0, 14.0), "label", "start", "start");
    figure.disc("end", (127.0, 10.0), 4.0, "");
    figure.text((136.0, 14.0), "label", "start", "end");
    Some(figure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_its_ends() {
        let svg = trajectory(&[0.0, 0.0, 1.0, 1.0], 2, &[]).map(|f| f.embedded()).unwrap_or_default();
        assert!(svg.contains("class=\"start\"") && svg.contains("class=\"end\"") && svg.contains("x[2]"));
        assert!(trajectory(&[], 2, &[]).is_none() && trajectory(&[f64::NAN, 1.0], 2, &[]).is_none());
        assert!(trajectory(&[1.0], 0, &[]).is_none() && trajectory(&[1.0, 2.0], 1, &[]).is_some());
    }
}
