//! The way of one point: its path in the plane of two coordinates, or one coordinate against the step or the time.
use super::{Figure, Panel, Scale};
use crate::coded::range;

/// Points of a path.
const POINTS: usize = 1500;
/// The most of one that turns often, and the dots of one that turns too often to be a line.
const CROWD: usize = 6000;

/// The path of `values` (`[steps, d]`, row-major) in its first two coordinates; where d = 1 against `times`, or the step. `marks` are
/// points on it that are conjugate to its start: the time, then the coordinates.
pub fn trajectory(values: &[f64], d: usize, names: &[String], times: Option<&[f64]>, marks: &[f64]) -> Option<Figure> {
    let bodies = bodies(names);
    if bodies.len() > 1 && names.len() == d {
        return orbits(values, d, &bodies);
    }
    let steps = values.len().checked_div(d)?;
    let name = |i: usize| names.get(i).cloned().unwrap_or_else(|| format!("x[{}]", i + 1));
    let time = |t: usize| times.and_then(|times| times.get(t).copied()).unwrap_or(t as f64);
    let point = |t: usize| if d == 1 { (time(t), values[t]) } else { (values[t * d], values[t * d + 1]) };
    let finite: Vec<(f64, f64)> = (0..steps).map(point).filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    let (first, last) = (*finite.first()?, *finite.last()?);
    let ends = |pick: fn(&(f64, f64)) -> f64| range(&finite.iter().map(pick).collect::<Vec<f64>>());
    let ((left, right), (low, high)) = (ends(|p| p.0), ends(|p| p.1));
    let (labels, size) = if d == 1 {
        ((if times.is_some() { "t" } else { "step" }.to_string(), name(0)), (636.0, 220.0))
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
    match thinned(&finite, &panel) {
        Some(line) => figure.path("series", &panel.line(line), ""),
        // A line through a part of so many turns would cut corners that the path did not.
        None => figure.path("passage k0", &dots(&finite, &panel, CROWD), ""),
    }
    // Few enough steps are marked one by one.
    if steps <= 60 {
        for p in &finite {
            figure.disc("point", panel.at(p.0, p.1), 2.6, "");
        }
    }
    for mark in marks.chunks_exact(d + 1) {
        let (x, y) = if d == 1 { (mark[0], mark[1]) } else { (mark[1], mark[2]) };
        figure.disc("conjugate", panel.at(x, y), 5.0, "conjugate to the start");
    }
    figure.disc("start", panel.at(first.0, first.1), 5.0, "start");
    figure.disc("end", panel.at(last.0, last.1), 5.0, "end");
    panel.x_axis(&mut figure, &labels.0);
    figure.disc("start", (74.0, 10.0), 4.0, "");
    figure.text((83.0, 14.0), "label", "start", "start");
    figure.disc("end", (127.0, 10.0), 4.0, "");
    figure.text((136.0, 14.0), "label", "start", "end");
    if !marks.is_empty() {
        figure.disc("conjugate", (175.0, 10.0), 4.0, "");
        figure.text((184.0, 14.0), "label", "start", "conjugate to the start");
    }
    Some(figure)
}

/// Names of bodies that have an x and a y, `x[sun]` and `y[sun]`, and where these are.
fn bodies(names: &[String]) -> Vec<(String, usize, usize)> {
    let body = |name: &String| name.strip_prefix("x[").and_then(|rest| rest.strip_suffix(']')).map(str::to_owned);
    let found = names.iter().enumerate().filter_map(|(i, name)| body(name).map(|body| (i, body)));
    found
        .filter_map(|(i, body)| Some((names.iter().position(|name| *name == format!("y[{body}]"))?, i, body)))
        .map(|(j, i, body)| (body, i, j))
        .collect()
}
/// The places of several bodies in one plane, on one scale, each named where it ends: dots, as looks may be rare.
fn orbits(values: &[f64], d: usize, bodies: &[(String, usize, usize)]) -> Option<Figure> {
    let path = |i: usize, j: usize| values.chunks_exact(d).map(|row| (row[i], row[j])).collect::<Vec<_>>();
    let all: Vec<f64> = bodies.iter().flat_map(|(_, i, j)| path(*i, *j)).flat_map(|(x, y)| [x, y]).collect();
    if all.is_empty() || !all.iter().any(|x| x.is_finite()) {
        return None;
    }
    let (low, high) = range(&all);
    let mut figure = Figure::new(604.0, 584.0, "Paths of the bodies from the start to the end");
    let scale = || Scale::padded(low, high, 0.06);
    let panel = Panel { frame: (66.0, 24.0, 516.0, 516.0), x: scale(), y: scale() };
    panel.y_axis(&mut figure, "y");
    for (k, (name, i, j)) in bodies.iter().enumerate() {
        let path: Vec<(f64, f64)> = path(*i, *j).into_iter().filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
        let Some(last) = path.last() else { continue };
        figure.path(&format!("passage k{}", k % 8), &dots(&path, &panel, POINTS), name);
        let (x, y) = panel.at(last.0, last.1);
        figure.disc("end", (x, y), 3.5, name);
        figure.text((x + 6.0, y - 5.0), "label", "start", name);
    }
    panel.x_axis(&mut figure, "x");
    Some(figure)
}

/// An even part of the points, at most so many, as strokes of no length, whose ends are round.
fn dots(points: &[(f64, f64)], panel: &Panel, most: usize) -> String {
    let dot = |(x, y): &(f64, f64)| {
        let (x, y) = panel.at(*x, *y);
        format!("M{x:.1} {y:.1}h0")
    };
    points.iter().step_by(points.len().div_ceil(most).max(1)).map(dot).collect()
}

/// The points that move the pen: each at least a third of a pixel from the one before, or up to three pixels where more
/// than 1,500 would be left; none where that still leaves more than 6,000.
fn thinned(points: &[(f64, f64)], panel: &Panel) -> Option<Vec<(f64, f64)>> {
    let mut least: f64 = 0.33;
    loop {
        let mut out: Vec<(f64, f64)> = Vec::new();
        let mut pen = (f64::NEG_INFINITY, 0.0);
        for p in points {
            let at = panel.at(p.0, p.1);
            if (at.0 - pen.0).hypot(at.1 - pen.1) >= least {
                out.push(*p);
                pen = at;
            }
        }
        out.extend(points.last());
        if out.len() <= POINTS {
            return Some(out);
        }
        if least > 3.0 {
            return (out.len() <= CROWD).then_some(out);
        }
        least *= 1.5;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_keeps_its_first_leap_and_stays_small() {
        let mut values = vec![0.0, 0.0, 1.0, 5.0];
        values.extend((0..200_000).flat_map(|t| [2.0 + (f64::from(t) * 1e-4).sin(), f64::from(t) * 1e-3]));
        let panel = Panel { frame: (0.0, 0.0, 300.0, 300.0), x: Scale::linear(0.0, 3.0), y: Scale::linear(0.0, 200.0) };
        let points: Vec<(f64, f64)> = values.chunks_exact(2).map(|p| (p[0], p[1])).collect();
        let few = thinned(&points, &panel).expect("a line");
        assert!(few[..2] == points[..2] && few.len() <= POINTS && few.last() == points.last(), "{}", few.len());
        let zigzag: Vec<(f64, f64)> = (0..50_000).map(|t| (f64::from(t % 4), f64::from(t) * 4e-3)).collect();
        assert!(thinned(&zigzag, &panel).is_none());
        let count = |most: usize| dots(&zigzag, &panel, most).matches('M').count();
        assert!((5_000..=CROWD).contains(&count(CROWD)) && count(usize::MAX) == 50_000);
        let crowd: Vec<f64> = zigzag.iter().flat_map(|(x, y)| [*x, *y]).collect();
        let svg = trajectory(&crowd, 2, &[], None, &[]).map(|figure| figure.embedded()).unwrap_or_default();
        assert!(svg.contains("passage k0") && !svg.contains("class=\"series\""));
    }

    #[test]
    fn bodies_share_a_plane() {
        let names: Vec<String> = ["x[sun]", "y[sun]", "x[moon]", "y[moon]"].map(String::from).into();
        let svg = trajectory(&[0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0], 4, &names, None, &[]).map(|f| f.embedded());
        assert!(svg.is_some_and(|svg| svg.contains(">moon<") && svg.contains("passage k1")));
        assert!(trajectory(&[f64::NAN; 4], 4, &names, None, &[]).is_none());
    }

    #[test]
    fn a_path_has_its_ends() {
        let svg = trajectory(&[0.0, 0.0, 1.0, 1.0], 2, &[], None, &[]).map(|f| f.embedded()).unwrap_or_default();
        assert!(svg.contains("class=\"start\"") && svg.contains("class=\"end\"") && svg.contains("x[2]"));
        assert!(
            trajectory(&[], 2, &[], None, &[]).is_none() && trajectory(&[f64::NAN, 1.0], 2, &[], None, &[]).is_none()
        );
        assert!(
            trajectory(&[1.0], 0, &[], None, &[]).is_none() && trajectory(&[1.0, 2.0], 1, &[], None, &[]).is_some()
        );
    }
    #[test]
    fn conjugate_points_are_marked_at_their_time() {
        let draw = |marks: &[f64]| trajectory(&[1.0, 0.0, -1.0], 1, &[], Some(&[0.0, 2.0, 4.0]), marks);
        let svg = |marks: &[f64]| draw(marks).map(|f| f.embedded()).unwrap_or_default();
        assert!(svg(&[]).contains(">t</text>") && !svg(&[]).contains("conjugate"));
        assert_eq!(svg(&[2.0, 0.0]).matches("class=\"conjugate\"").count(), 2, "the point and the legend");
    }
}
