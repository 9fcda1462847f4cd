//! A Poincare section: the first coordinate that is not passed and its momentum, a colour an orbit.
use super::{Figure, Panel, Scale};
use crate::coded::range;

/// Passages that are drawn: an even part of more.
const DRAWN: usize = 12_000;

/// Rows of replica, t, q, p (`[passages, 2 + 2 d]`), with the names of the coordinates.
pub fn section(values: &[f64], width: usize, names: &[String]) -> Option<Figure> {
    let d = width.checked_sub(2)? / 2;
    let rows: Vec<&[f64]> = values.chunks_exact(width.max(1)).collect();
    // The one that is passed is 0 in every row.
    let seen = (0..d).find(|j| rows.iter().any(|row| row[2 + j].abs() > 1e-9))?;
    let name = names.get(seen).cloned().unwrap_or_else(|| format!("x[{}]", seen + 1));
    let drawn: Vec<(usize, f64, f64)> = rows
        .iter()
        .step_by(rows.len().div_ceil(DRAWN))
        .map(|row| (row[0] as usize, row[2 + seen], row[2 + d + seen]))
        .filter(|(_, q, p)| q.is_finite() && p.is_finite())
        .collect();
    let ends = |pick: fn(&(usize, f64, f64)) -> f64| range(&drawn.iter().map(pick).collect::<Vec<f64>>());
    let ((left, right), (low, high)) = (ends(|row| row.1), ends(|row| row.2));
    let mut figure = Figure::new(620.0, 600.0, "Passages of the orbits through a section");
    let panel = Panel {
        frame: (66.0, 24.0, 530.0, 530.0),
        x: Scale::padded(left, right, 0.04),
        y: Scale::padded(low, high, 0.04),
    };
    panel.y_axis(&mut figure, &format!("momentum of {name}"));
    for colour in 0..8 {
        // A stroke of no length is a dot: its ends are round.
        let dot = |(_, q, p): &(usize, f64, f64)| {
            let (x, y) = panel.at(*q, *p);
            format!("M{x:.1} {y:.1}h0")
        };
        let path: String = drawn.iter().filter(|row| row.0 % 8 == colour).map(dot).collect();
        figure.path(&format!("passage k{colour}"), &path, "");
    }
    panel.x_axis(&mut figure, &name);
    Some(figure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orbits_have_colours_and_axes_names() {
        let rows = [1.0, 3.0, 0.0, 0.5, 1.0, 0.1, 2.0, 4.0, 0.0, 0.7, 1.0, 0.2];
        let svg = section(&rows, 6, &["x".into(), "y".into()]).map(|figure| figure.embedded()).unwrap_or_default();
        assert!(svg.contains("passage k1") && svg.contains("passage k2") && svg.contains("momentum of y"), "{svg}");
        assert!(section(&[], 6, &[]).is_none() && section(&[1.0, 0.0, f64::NAN, f64::NAN, 0.0, 0.0], 6, &[]).is_none());
    }
}
