//! Errors against the length of the step that makes them, on log-log axes, where an order is a slope.
use super::{Figure, Panel, Scale, short};
use crate::number::{count, significant};
use std::ops::Range;

/// An error against step lengths, and the straight piece that its slope was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Slope {
    /// Whose error it is.
    pub name: String,
    /// The error as a formula.
    pub error: String,
    /// Length h and error, from the shortest step to the longest.
    pub points: Vec<[f64; 2]>,
    /// Places of the points of the straight piece; empty where there is none.
    pub fitted: Range<usize>,
    /// Its slope; infinite where all errors are rounding, NaN where one is not a number.
    pub slope: f64,
    /// Errors up to this are rounding.
    pub floor: f64,
    /// The highest slope that has a name: guide lines have those from 1 to this.
    pub order: u32,
    /// Whether it is as it should be.
    pub good: bool,
}

/// The width of a panel with its margins, and of one that stands alone.
const WIDTHS: [f64; 2] = [450.0, 620.0];
/// The least error that has a place of its own, over the floor.
const BELOW: f64 = 1e-6;

/// A panel a curve, side by side; `None` where no curve has a point that can be drawn.
pub fn slopes(curves: &[Slope]) -> Option<Figure> {
    let drawn: Vec<(&Slope, Panel)> = curves.iter().filter_map(|curve| Some((curve, panel(curve)?))).collect();
    let each = WIDTHS[usize::from(drawn.len() == 1)];
    let names: Vec<&str> = drawn.iter().map(|(curve, _)| curve.name.as_str()).collect();
    let words = format!("Errors of the {} against the length of a step", names.join(" and of the "));
    let mut figure = Figure::new(each * drawn.len() as f64, 388.0, &words);
    for (k, (curve, panel)) in drawn.iter().enumerate() {
        let (left, width) = (k as f64 * each + 66.0, each - 84.0);
        let panel = Panel { frame: (left, 30.0, width, 270.0), ..*panel };
        draw(&mut figure, curve, &panel);
    }
    (!drawn.is_empty()).then_some(figure)
}

/// The scales of a curve: all lengths, and all errors but those far below rounding.
fn panel(curve: &Slope) -> Option<Panel> {
    let lengths = || curve.points.iter().map(|[h, _]| *h).filter(|h| h.is_finite() && *h > 0.0);
    let errors = || curve.points.iter().map(|[_, e]| *e).filter(|e| e.is_finite() && *e > 0.0);
    let (shortest, longest) = (lengths().fold(f64::INFINITY, f64::min), lengths().fold(0.0, f64::max));
    let most = errors().fold(10.0 * curve.floor, f64::max);
    // Room for the word, even where no error is rounding.
    let band = if curve.floor > 0.0 { curve.floor * (curve.floor / most).powf(0.09) } else { most };
    let least = errors().fold(band, f64::min).max(curve.floor * BELOW).max(most * 1e-30);
    let drawable = shortest < longest && curve.points.iter().any(|[_, e]| e.is_finite()) && least > 0.0;
    let (x, y) = (Scale::logarithmic(shortest, longest), Scale::logarithmic(least, most));
    drawable.then_some(Panel { frame: (0.0, 0.0, 1.0, 1.0), x, y })
}

fn draw(figure: &mut Figure, curve: &Slope, panel: &Panel) {
    let (left, top, width, height) = panel.frame;
    let ((shortest, longest), (least, most)) = (panel.x.domain, panel.y.domain);
    panel.title(figure, &format!("the {}", curve.name));
    let (class, mark, said) = match (curve.good, curve.slope) {
        (true, slope) if slope.is_infinite() => ("fitted", "holds", "equal to rounding".to_owned()),
        (_, slope) if slope.is_nan() => ("unfitted", "violated", "an error is not a number".to_owned()),
        (true, slope) => ("fitted", "holds", format!("slope {slope:.2}")),
        (false, slope) => ("unfitted", "violated", format!("slope {slope:.2}")),
    };
    figure.text((left + width, top - 8.0), mark, "end", &said);
    panel.y_axis(figure, &curve.error);
    // Rounding, as a ground that the errors stand on.
    if curve.floor > least {
        figure.path("band", &panel.area(&[(shortest, curve.floor), (longest, curve.floor)]), "rounding");
        figure.path("bound", &panel.line([(shortest, curve.floor), (longest, curve.floor)]), "");
        let (x, y) = panel.at(longest, curve.floor);
        figure.text((x - 4.0, y + 13.0), "", "end", "rounding");
    }
    for guide in guides(curve, panel) {
        figure.path("guide", &panel.line(guide.ends), &format!("slope {}", guide.order));
        // Beside its upper end, where no error is but those it passes through.
        let (x, y) = panel.at(guide.ends[1].0, guide.ends[1].1);
        figure.text((x + 4.0, y + 4.0), "halo", "start", &guide.order.to_string());
    }
    let fitted = curve.points.get(curve.fitted.clone()).unwrap_or_default();
    if let Some(middle) = middle(fitted).filter(|_| curve.slope.is_finite()) {
        let (first, last) = (fitted[0][0], fitted[fitted.len() - 1][0]);
        figure.path(class, &panel.line([first, last].map(|h| (h, along(middle, curve.slope, h)))), &said);
    }
    for (k, [h, e]) in curve.points.iter().enumerate().filter(|(_, [_, e])| e.is_finite()) {
        let class = if curve.fitted.contains(&k) { "point" } else { "aside" };
        let title = format!("h = {}, error {}", significant(*h, 2), significant(*e, 3));
        // What is below the panel, such as no error at all, stands on its edge.
        figure.disc(class, panel.at(*h, e.clamp(least, most)), 3.2, &title);
    }
    panel.x_axis(figure, "length of the step, h");
    legend(figure, curve, class, (left, top + height + 58.0));
}

/// What the marks are, in two lines.
fn legend(figure: &mut Figure, curve: &Slope, class: &str, (left, y): (f64, f64)) {
    let used = curve.fitted.len();
    figure.disc("aside", (left + 6.0, y - 4.0), 3.2, "");
    figure.text((left + 18.0, y), "", "start", "error");
    if used > 0 {
        figure.path(class, &format!("M{} {}h24", short(left + 66.0), short(y - 4.0)), "");
        figure.disc("point", (left + 78.0, y - 4.0), 3.2, "");
        let points = format!("slope {:.2}, read from {} points", curve.slope, count(used as u64));
        figure.text((left + 97.0, y), "", "start", &points);
        figure.path("guide", &format!("M{} {}h24", short(left), short(y + 13.0)), "");
        let orders: Vec<String> = (1..=curve.order).map(|order| order.to_string()).collect();
        figure.text((left + 31.0, y + 17.0), "", "start", &format!("slopes {}", orders.join(", ")));
    }
}

/// A line of slope `order` through the middle of the straight piece, cut where it leaves the panel or would be rounding.
struct Guide {
    order: u32,
    ends: [(f64, f64); 2],
}
fn guides(curve: &Slope, panel: &Panel) -> Vec<Guide> {
    let Some(middle) = curve.points.get(curve.fitted.clone()).and_then(middle) else { return Vec::new() };
    let ((shortest, longest), (least, most)) = (panel.x.domain, panel.y.domain);
    let guide = |order: u32| {
        let power = f64::from(order);
        // The length at which the line is at an error.
        let at = |error: f64| middle.0 * (error / middle.1).powf(1.0 / power);
        let ends =
            [shortest.max(at(least.max(curve.floor))), longest.min(at(most))].map(|h| (h, along(middle, power, h)));
        Guide { order, ends }
    };
    (1..=curve.order).map(guide).collect()
}

/// The geometric mean of lengths and errors, through which the fitted line passes.
fn middle(points: &[[f64; 2]]) -> Option<(f64, f64)> {
    let mean = |k: usize| (points.iter().map(|p| p[k].ln()).sum::<f64>() / points.len() as f64).exp();
    let (h, e) = (mean(0), mean(1));
    (h.is_finite() && e.is_finite() && h > 0.0 && e > 0.0).then_some((h, e))
}

/// The error at h on the line of slope `power` through `middle`.
fn along(middle: (f64, f64), power: f64, h: f64) -> f64 {
    middle.1 * (h / middle.0).powf(power)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Errors `factor` h^`power` above a floor of rounding, of which points 20 to 27 are fitted.
    fn curve(power: f64, floor: f64) -> Slope {
        let points: Vec<[f64; 2]> =
            (0..=40).map(|k| 0.3 * 10f64.powf(f64::from(k) / 5.0 - 8.0)).map(|h| [h, 2.0 * h.powf(power)]).collect();
        let good = power > 1.8;
        let (name, error) = ("gradient".to_owned(), "|V < W|".to_owned());
        Slope { name, error, points, fitted: 20..28, slope: power, floor, order: 3, good }
    }

    #[test]
    fn guides_have_their_slopes_and_meet_in_the_middle() {
        let curve = curve(2.0, 1e-14);
        let panel = panel(&curve).expect("scales");
        let found = guides(&curve, &panel);
        assert_eq!(found.iter().map(|guide| guide.order).collect::<Vec<_>>(), [1, 2, 3]);
        let middle = middle(&curve.points[20..28]).expect("points");
        assert!((middle.1 - 2.0 * middle.0.powi(2)).abs() < 1e-12 * middle.1);
        for Guide { order, ends: [(x, y), (u, v)] } in found {
            let slope = (v / y).ln() / (u / x).ln();
            assert!((slope - f64::from(order)).abs() < 1e-9, "{order}: {slope}");
            let missed = (middle.1 / y).ln() - slope * (middle.0 / x).ln();
            assert!(missed.abs() < 1e-9, "{order} misses the middle by {missed}");
            for (h, e) in [(x, y), (u, v)] {
                let (a, b) = (panel.x.share(h), panel.y.share(e));
                assert!(a > -1e-9 && a < 1.0 + 1e-9 && b > -1e-9 && b < 1.0 + 1e-9, "{order} leaves at {a}, {b}");
            }
        }
    }

    #[test]
    fn a_panel_a_curve_and_a_tooltip_a_point() {
        let svg = slopes(&[curve(2.0, 1e-14), curve(1.0, 1e-14)]).expect("a figure").standalone();
        assert_eq!(svg.matches("<title>h = ").count(), 82);
        // The legend has one more of each.
        assert_eq!(svg.matches("class=\"point\"").count(), 2 * 9);
        assert_eq!(svg.matches("class=\"aside\"").count(), 2 * 34);
        assert!(svg.contains("<title>h = 0.30, error 0.180</title>"), "{svg}");
        assert!(svg.contains("|V &lt; W|") && !svg.contains("NaN") && !svg.contains("inf"));
        assert!(svg.contains("class=\"holds\"") && svg.contains("class=\"violated\""));
        assert_eq!(svg.matches(">rounding</text>").count(), 2);
    }

    /// The fitted piece lies on the points it was fitted to.
    #[test]
    fn the_straight_piece_lies_on_its_points() {
        let curve = curve(2.0, 1e-14);
        let middle = middle(&curve.points[curve.fitted.clone()]).expect("points");
        for [h, e] in &curve.points[curve.fitted.clone()] {
            assert!((along(middle, curve.slope, *h) / e - 1.0).abs() < 1e-9);
        }
    }

    /// The word for rounding has its 18 pixels above the axis, whether errors go down there or not.
    #[test]
    fn the_band_of_rounding_has_room() {
        for floor in [1e-20, 1e-14, 1e-10, 1e-6] {
            let curve = curve(1.0, floor);
            let share = panel(&curve).expect("scales").y.share(floor);
            assert!(share * 270.0 > 18.0, "{floor}: {share}");
        }
    }

    #[test]
    fn what_is_rounding_or_no_number_is_drawn_or_left_out() {
        let nothing = |e: f64, slope: f64| {
            let points = curve(2.0, 0.0).points.iter().map(|[h, _]| [*h, e]).collect();
            Slope { points, slope, fitted: 0..0, good: slope > 1.8, ..curve(2.0, 1e-14) }
        };
        let svg = slopes(&[nothing(0.0, f64::INFINITY)]).expect("a figure").standalone();
        assert!(svg.contains("equal to rounding") && svg.matches("class=\"aside\"").count() == 42);
        assert!(!svg.contains("class=\"guide\"") && !svg.contains("class=\"fitted\""));
        assert!(slopes(&[nothing(f64::NAN, f64::NAN)]).is_none() && slopes(&[]).is_none());
        // Not even a floor: the point is at zero and V is zero there.
        assert!(slopes(&[Slope { floor: 0.0, ..nothing(0.0, f64::INFINITY) }]).is_none());
    }
}
