//! The page of a sweep: every measure against the first knob, a line for each setting of the others, and the tables as text.
use crate::{
    coded::range,
    comparison::{document, forests},
    escape::distinct,
    figure::{Figure, Panel, Scale},
    number::concise,
};
use steepest_record::Record;

/// A key that was swept over, and its value in every run.
#[derive(Clone, Debug, PartialEq)]
pub struct Knob {
    /// The key.
    pub name: String,
    /// One a run, as it was written.
    pub values: Vec<String>,
}

/// A self-contained page. `measures` have a number a run, NaN where there is none; `runs` are those that came to an end.
pub fn sweep(
    title: &str,
    knobs: &[Knob],
    measures: &[(&str, Vec<f64>)],
    runs: &[(String, Record)],
    text: &str,
) -> String {
    let figures: String = measures
        .iter()
        .filter_map(|measure| Some(format!("<div>{}</div>", curve(knobs, measure)?.embedded())))
        .collect();
    let first = knobs.first().map_or("", |knob| &knob.name);
    let swept = [(format!("Against {first}"), figures), ("5 to 95 % intervals and medians".into(), forests(runs))];
    document(&format!("{title}, swept"), "", text, &swept)
}

/// One measure against the first knob; `None` where there are no two numbers to compare.
fn curve(knobs: &[Knob], (name, values): &(&str, Vec<f64>)) -> Option<Figure> {
    let (first, others) = knobs.split_first()?;
    let finite: Vec<f64> = values.iter().copied().filter(|y| y.is_finite()).collect();
    let (lo, hi) = range(&finite);
    if finite.len() < 2 || lo == hi {
        return None;
    }
    let numbers: Option<Vec<f64>> =
        first.values.iter().map(|value| value.parse().ok().filter(|x: &f64| x.is_finite())).collect();
    // Words stand in the order in which they come.
    let places = numbers.clone().unwrap_or_else(|| {
        let mut known: Vec<&String> = Vec::new();
        first.values.iter().for_each(|value| {
            if !known.contains(&value) {
                known.push(value)
            }
        });
        first.values.iter().map(|v| known.iter().position(|k| *k == v).unwrap_or(0) as f64).collect()
    });
    let (left, right) = range(&places);
    let wide = |lo: f64, hi: f64| lo > 0.0 && hi / lo >= 30.0;
    let scale = |lo: f64, hi: f64| if wide(lo, hi) { Scale::logarithmic(lo, hi) } else { Scale::padded(lo, hi, 0.05) };
    let mut lines: Vec<(String, Vec<(f64, f64)>)> = Vec::new();
    for (k, y) in values.iter().enumerate() {
        let label =
            others.iter().map(|knob| format!("{} = {}", knob.name, knob.values[k])).collect::<Vec<_>>().join(", ");
        let at = lines.iter().position(|(other, _)| *other == label).unwrap_or_else(|| {
            lines.push((label, Vec::new()));
            lines.len() - 1
        });
        lines[at].1.push((places[k], *y));
    }
    let legend = if lines.len() > 1 { 16.0 * lines.len().min(8) as f64 } else { 0.0 };
    let mut figure = Figure::new(560.0, 268.0 + legend, &format!("{name} against {}", first.name));
    let panel = Panel { frame: (74.0, 30.0, 466.0, 180.0), x: scale(left, right), y: scale(lo, hi) };
    panel.title(&mut figure, name);
    panel.y_axis(&mut figure, "");
    let short = distinct(&lines.iter().map(|line| line.0.as_str()).collect::<Vec<&str>>(), 70);
    for (c, (label, points)) in lines.iter_mut().enumerate() {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        if numbers.is_some() {
            figure.path(&format!("line k{} d{}", c % 8, c % 8), &panel.line(points.iter().copied()), label);
        }
        for (x, y) in points.iter().filter(|(_, y)| y.is_finite()) {
            figure.disc("point", panel.at(*x, *y), 3.4, format!("{label} {}", concise(*y, 4)).trim_start());
        }
        if legend > 0.0 && c < 8 {
            let y = 258.0 + 16.0 * c as f64;
            figure.path(&format!("line k{c} d{c}"), &format!("M74 {}h24", y - 4.0), "");
            figure.named((104.0, y), ("", "start"), (short[c].as_str(), label.as_str()));
        }
    }
    if numbers.is_some() {
        panel.x_axis(&mut figure, &first.name);
    } else {
        let short = distinct(&first.values.iter().map(String::as_str).collect::<Vec<&str>>(), 18);
        for ((value, x), short) in first.values.iter().zip(&places).zip(&short).take(12) {
            figure.named((panel.at(*x, 0.0).0, 225.0), ("", "middle"), (short.as_str(), value.as_str()));
        }
        figure.text((307.0, 242.0), "label", "middle", &first.name);
    }
    Some(figure)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knob(name: &str, values: &[&str]) -> Knob {
        Knob { name: name.into(), values: values.iter().map(|v| (*v).to_owned()).collect() }
    }
    #[test]
    fn a_line_for_each_setting_of_the_other_knobs() {
        let knobs = [knob("h", &["0.1", "0.1", "10", "10"]), knob("seed", &["1", "2", "1", "2"])];
        let measures =
            [("ESS/s", vec![1.0, 2.0, 4.0, f64::NAN]), ("off", vec![1.0, 3.672_167_297_036_307_5e-17, 2.0, 1.0])];
        let page = sweep("a < b", &knobs, &measures, &[], "as text");
        assert!(page.contains("<title>a &lt; b, swept</title>") && page.contains("as text"));
        let tips = ["<title>seed = 2 2</title>", "<title>seed = 2 3.672e-17</title>"];
        assert!(tips.iter().all(|tip| page.contains(tip)), "{page}");
        assert!(page.contains("seed = 1") && page.contains("seed = 2") && page.contains("ESS/s against h"));
    }
    #[test]
    fn what_does_not_vary_is_not_drawn() {
        let knobs = [knob("h", &["a", "b"])];
        assert!(
            curve(&knobs, &("x", vec![1.0, 1.0])).is_none() && curve(&knobs, &("x", vec![1.0, f64::NAN])).is_none()
        );
        assert!(curve(&knobs, &("x", vec![1.0, 2.0])).is_some());
    }
}
