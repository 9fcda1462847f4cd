//! The page that puts runs side by side: the tables as text, the ledgers, and the intervals of each quantity in one picture.
use crate::{
    coded::range,
    escape::{distinct, markup},
    figure::{Figure, Panel, Scale},
    ledgers,
    number::beside_spread,
    palette,
};
use steepest_record::{Parameter, Record};

/// Quantities drawn.
const SHOWN: usize = 40;

/// A self-contained page: `text` as the terminal shows it, all ledgers, and a forest plot of what at least two of the runs report.
pub fn comparison(runs: &[(String, Record)], text: &str) -> String {
    let title = runs.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" · ");
    let parts =
        [("Ledgers".to_owned(), ledgers::table(runs)), ("5 to 95 % intervals and medians".to_owned(), forests(runs))];
    document(&title, "", text, &parts)
}

/// The intervals of what at least two of the runs report.
pub(crate) fn forests(runs: &[(String, Record)]) -> String {
    let names = shared(runs);
    let labels = distinct(&names, 60);
    let of_runs = distinct(&runs.iter().map(|(name, _)| name.as_str()).collect::<Vec<&str>>(), 28);
    let each = names.into_iter().zip(&labels).map(|(name, label)| intervals(runs, &of_runs, (label.as_str(), name)));
    each.map(|figure| format!("<div>{}</div>", figure.embedded())).collect()
}

/// A page with `lead`, which is HTML, then `text` as the terminal shows it, and figures or tables under headings; those without one
/// are left out.
pub(crate) fn document(title: &str, lead: &str, text: &str, figures: &[(String, String)]) -> String {
    let parts = figures.iter().filter(|(_, figures)| !figures.is_empty());
    let figures: String = parts.map(|(head, figures)| format!("<h2>{}</h2>{figures}", markup(head))).collect();
    let (variables, rules, title) = (palette::variables(), palette::page_rules(), markup(title));
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{title}</title>\n<style>\n{variables}{rules}\
         body{{background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}\
         pre{{overflow-x:auto;background:var(--panel);padding:1rem;font-size:12.5px}}\
         table{{border-collapse:collapse}}td,th{{padding:.15rem 1.2rem .15rem 0;text-align:left;font-variant-numeric:tabular-nums}}\
         .holds{{color:var(--holds)}}.violated{{color:var(--violated)}}.inconclusive{{color:var(--inconclusive)}}\
         .badge{{font-weight:600;white-space:nowrap}}.scroll{{overflow-x:auto}}</style></head>\n\
         <body><h1>{title}</h1>{lead}<pre>{}</pre>{figures}</body></html>\n",
        markup(text)
    )
}

/// Names that at least two runs report with an interval.
fn shared(runs: &[(String, Record)]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for p in runs.iter().flat_map(|(_, r)| &r.summary.parameters) {
        let known = runs.iter().filter(|(_, r)| find(r, &p.name).is_some()).count();
        if known > 1 && !names.contains(&p.name.as_str()) && names.len() < SHOWN {
            names.push(&p.name);
        }
    }
    names
}

fn find<'a>(record: &'a Record, name: &str) -> Option<&'a Parameter> {
    record.summary.parameters.iter().find(|p| p.name == name && p.q5.is_finite() && p.q95.is_finite())
}

/// One quantity, a line a run, with labels of both: every quantity has an axis of its own, so that none is flattened by another.
fn intervals(runs: &[(String, Record)], labels: &[String], (label, name): (&str, &str)) -> Figure {
    let found: Vec<(usize, &Parameter)> =
        runs.iter().enumerate().filter_map(|(k, (_, r))| Some((k, find(r, name)?))).collect();
    let (lo, hi) = range(&found.iter().flat_map(|(_, p)| [p.q5, p.q95]).collect::<Vec<f64>>());
    let height = 18.0 * found.len() as f64;
    let mut figure = Figure::new(720.0, height + 58.0, &format!("{name} in each run"));
    let panel = Panel {
        frame: (190.0, 26.0, 500.0, height),
        x: Scale::padded(lo, hi, 0.05),
        y: Scale::linear(0.0, found.len() as f64),
    };
    panel.title_of(&mut figure, (label, name));
    for (i, (k, p)) in found.iter().enumerate() {
        let y = found.len() as f64 - i as f64 - 0.5;
        figure.path(&format!("line k{} d{}", k % 8, k % 8), &panel.line([(p.q5, y), (p.q95, y)]), "");
        let (run, shown) = (runs[*k].0.as_str(), labels[*k].as_str());
        figure.disc("point", panel.at(p.q50, y), 3.4, &format!("{run}: {}", beside_spread(p.q50, p.sd)));
        figure.named((182.0, panel.at(0.0, y).1 + 3.8), ("", "end"), (shown, run));
    }
    panel.x_axis(&mut figure, "");
    figure
}

#[cfg(test)]
mod tests {
    use super::*;
    use steepest_record::Check;

    #[test]
    fn shared_quantities_are_drawn() {
        let run = |name: &str, quantities: &[&str]| {
            let mut record = Record::default();
            let row = |q: &&str| Parameter {
                name: (*q).into(),
                q5: -1.0,
                q50: 0.5,
                q95: 2.0,
                sd: 0.9,
                ..Parameter::default()
            };
            record.summary.parameters = quantities.iter().map(row).collect();
            record.summary.ledger = vec![Check { check: format!("{name} checked"), ..Check::default() }];
            (name.to_owned(), record)
        };
        let page = comparison(&[run("a", &["x", "y"]), run("b<", &["x"])], "run & table");
        assert!(page.contains("<h1>a · b&lt;</h1>") && page.contains("run &amp; table"));
        assert_eq!(page.matches("<svg").count(), 1);
        assert!(page.contains("<title>a: 0.500</title>"), "{page}");
        assert_eq!(page.matches("class=\"point\"").count(), 2);
        // Above the pictures, and of both runs.
        let (above, _) = page.split_once("<h2>5 to 95 %").expect("pictures");
        let (_, table) = above.split_once("<h2>Ledgers</h2>").expect("ledgers");
        assert!(table.contains(">a checked</th>") && table.contains(">b&lt; checked</th>"), "{page}");
    }
}
