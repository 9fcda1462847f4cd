//! Intervals of many quantities on one axis, and the small ones inside the table.
use super::{Figure, Panel, Scale, short};
use crate::{coded::range, escape::distinct, number::beside_spread};
use steepest_record::Parameter;

/// Rows of a forest plot, at most.
pub const ROWS: usize = 60;

/// The median, the 5 to 95 % interval and, where known, the middle half of each of `parameters` (the first 60), with a
/// line at zero where zero is near.
pub fn forest(parameters: &[Parameter], quartiles: impl Fn(&str) -> Option<(f64, f64)>) -> Option<Figure> {
    let mut drawn: Vec<&Parameter> =
        parameters.iter().filter(|p| p.q5.is_finite() && p.q95.is_finite()).take(ROWS).collect();
    if drawn.is_empty() {
        return None;
    }
    let apart = set_apart(&mut drawn);
    let (lo, hi) = span(&drawn, None);
    let labels = distinct(&drawn.iter().map(|p| p.name.as_str()).collect::<Vec<&str>>(), 30);
    let longest = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    let (left, row) = (20.0 + 6.3 * longest as f64, 20.0);
    let height = row * drawn.len() as f64;
    let mut figure =
        Figure::new(720.0, height + 38.0 + 15.0 * apart.len() as f64, "Forest plot: medians and 5 to 95 % intervals");
    let frame = (left, 12.0, 690.0 - left, height);
    let panel = Panel { frame, x: Scale::padded(lo, hi, 0.03), y: Scale::linear(0.0, drawn.len() as f64) };
    let place = |i: usize| drawn.len() as f64 - i as f64 - 0.5;
    for i in 0..drawn.len() {
        figure.path("grid", &panel.line([(panel.x.domain.0, place(i)), (panel.x.domain.1, place(i))]), "");
    }
    if panel.x.domain.0 < 0.0 && panel.x.domain.1 > 0.0 {
        figure.path("reference", &panel.line([(0.0, 0.0), (0.0, drawn.len() as f64)]), "");
    }
    for (i, p) in drawn.iter().enumerate() {
        let y = place(i);
        let said = |x: f64| beside_spread(x, p.sd);
        let title = format!("{}: {} (5 % {}, 95 % {})", p.name, said(p.q50), said(p.q5), said(p.q95));
        figure.path("thin", &panel.line([(p.q5, y), (p.q95, y)]), &title);
        if let Some((q25, q75)) = quartiles(&p.name) {
            figure.path("thick", &panel.line([(q25, y), (q75, y)]), &title);
        }
        if p.q50.is_finite() {
            figure.disc("point", panel.at(p.q50, y), 3.6, &title);
        }
        let baseline = frame.1 + row * (i as f64 + 0.5);
        figure.named((left - 10.0, baseline + 3.8), ("label", "end"), (labels[i].as_str(), p.name.as_str()));
    }
    panel.x_axis(&mut figure, "");
    let labels = distinct(&apart.iter().map(|p| p.name.as_str()).collect::<Vec<&str>>(), 60);
    for (i, p) in apart.iter().enumerate() {
        let [q5, q50, q95] = [p.q5, p.q50, p.q95].map(|x| beside_spread(x, p.sd));
        let y = frame.1 + height + 34.0 + 15.0 * i as f64;
        let said = |name: &str| format!("beyond this axis: {name} {q50} [{q5}, {q95}]");
        figure.named((left, y), ("", "start"), (said(labels[i].as_str()).as_str(), said(p.name.as_str()).as_str()));
    }
    Some(figure)
}

/// Takes out of `drawn` at most three of its rows without which the axis shrinks by more than half, such as an intercept
/// among slopes.
fn set_apart<'a>(drawn: &mut Vec<&'a Parameter>) -> Vec<&'a Parameter> {
    let mut apart = Vec::new();
    while drawn.len() > 3 && apart.len() < 3 {
        let width = |without: Option<usize>| {
            let (lo, hi) = span(drawn, without);
            hi - lo
        };
        let widths: Vec<f64> = (0..drawn.len()).map(|i| width(Some(i))).collect();
        let least = (0..drawn.len()).min_by(|a, b| widths[*a].total_cmp(&widths[*b]));
        match least.filter(|i| widths[*i] < 0.5 * width(None)) {
            Some(i) => apart.push(drawn.remove(i)),
            None => break,
        }
    }
    apart
}

/// From the lowest 5 % quantile to the highest 95 % one.
fn span(drawn: &[&Parameter], without: Option<usize>) -> (f64, f64) {
    let kept = drawn.iter().enumerate().filter(|(i, _)| Some(*i) != without);
    range(&kept.flat_map(|(_, p)| [p.q5, p.q95]).collect::<Vec<f64>>())
}

/// A density with its 5 to 95 % interval and median, 120 x 26 pixels, for a row of the table.
pub fn inline(parameter: &Parameter, density: &[f64], (lo, hi): (f64, f64)) -> String {
    let (width, base) = (120.0, 19.0);
    let mut figure = Figure::new(width, 26.0, "density");
    let x = |v: f64| 2.0 + (width - 4.0) * ((v - lo) / (hi - lo)).clamp(0.0, 1.0);
    let top = density.iter().copied().fold(0.0, f64::max);
    if top > 0.0 {
        let every = (density.len() / 40).max(1);
        let mut d = format!("M2 {base}");
        for (i, y) in density.iter().enumerate().step_by(every) {
            let at = 2.0 + (width - 4.0) * i as f64 / (density.len() - 1) as f64;
            d.push_str(&format!("L{} {}", at.round(), short(base - 17.0 * y / top)));
        }
        figure.path("area", &format!("{d}V{base}z"), "");
    }
    if parameter.q5.is_finite() && parameter.q95.is_finite() {
        figure.path("thin", &format!("M{} 22H{}", short(x(parameter.q5)), short(x(parameter.q95))), "");
        figure.path("thick", &format!("M{} 22h0", short(x(parameter.q50))), "");
    }
    figure.embedded().replace("<svg ", "<svg width=\"120\" height=\"26\" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, q5: f64, q95: f64) -> Parameter {
        Parameter { name: name.into(), q5, q50: 0.5 * (q5 + q95), q95, sd: (q95 - q5) / 3.29, ..Parameter::default() }
    }

    #[test]
    fn an_intercept_does_not_flatten_the_slopes() {
        let mut rows = vec![row("intercept", 50.0, 60.0), row("a", -1.0, 1.0), row("b", 0.0, 2.0), row("c", 0.5, 0.7)];
        let drawn = forest(&rows, |_| None).map(|f| f.embedded()).unwrap_or_default();
        assert!(drawn.contains("beyond this axis: intercept 55.00 [50.00, 60.00]"), "{drawn}");
        assert_eq!(drawn.matches("class=\"point\"").count(), 3);
        rows[0] = row("intercept", -2.0, 3.0);
        let drawn = forest(&rows, |_| None).map(|f| f.embedded()).unwrap_or_default();
        assert_eq!((drawn.matches("class=\"point\"").count(), drawn.contains("beyond")), (4, false));
        let named = |year: u32| row(&format!("household_income_before_tax_in_thousands_{year}"), 0.0, 1.0);
        let drawn = forest(&[named(2019), named(2020)], |_| None).map(|f| f.embedded()).unwrap_or_default();
        for year in [2019, 2020] {
            assert!(
                drawn.contains(&format!(
                    "<title>household_income_before_tax_in_thousands_{year}</title>household_incom…"
                ))
            );
            assert_eq!(drawn.matches(&format!("in_thousands_{year}</text>")).count(), 0);
            assert_eq!(drawn.matches(&format!("ousands_{year}</text>")).count(), 1, "{drawn}");
        }
        assert!(forest(&[row("nothing", f64::NAN, 1.0)], |_| None).is_none());
    }
}
