//! The report of a run: `report.html`, one self-contained interactive page, and `plots/*.svg`.
//!
//! The page says in words whether the ledger certifies the run, shows the checks with their numbers and bounds, the model,
//! the parameters, and lets the reader look at each of them by chain. Every curve is computed here, on the draws
//! themselves; the page's script only draws. The page asks nothing of the network.
mod axis;
mod binomial;
pub mod chains;
mod checkup;
mod coded;
mod comparison;
pub mod density;
mod escape;
mod figure;
mod ledgers;
mod number;
mod page;
mod palette;
mod payload;
mod sample;
mod sweep;
mod tables;
pub mod verdict;

pub use checkup::{Law, checkup, slopes};
pub use comparison::comparison;
pub use escape::shortened;
pub use figure::Slope;
pub use ledgers::{Line, ledgers};
pub use number::beside_spread;
use sample::Sample;
use steepest_record::Record;
pub use sweep::{Knob, sweep};

/// `report.html` of `record`: one document without a reference outside itself, below 2 MB whatever the run's size.
///
/// Large runs are thinned, many quantities capped, and the page says where. Every name is escaped.
///
/// ```
/// use steepest_record::{Check, Record, Verdict};
/// let mut record = Record::default();
/// record.summary.ledger.push(Check { check: "R-hat".into(), verdict: Verdict::Holds, ..Check::default() });
/// let page = steepest_report::html(&record, "wells & roads");
/// assert!(page.contains("<strong>Certified.</strong>") && page.contains("<title>wells &amp; roads</title>"));
/// ```
pub fn html(record: &Record, title: &str) -> String {
    page::document(record, title)
}

/// The figures of `record` for a paper, as `(name, SVG)`: file names without `.svg`, each once.
///
/// Runs with draws have `forest`, `densities`, `priors` where there is an array `prior`, `traces`, `ranks`, `pairs`, `energy`; runs with an array `state` (`[d, n]`)
/// have `state-...`, with `path` (`[steps, d]`) `path`; each column of the ledger has `ledger-...`.
pub fn plots(record: &Record) -> Vec<(String, String)> {
    let sample = Sample::of(record);
    let curves = payload::curves(&sample);
    let quartiles = |name: &str| curves.get(name).map(|c| c.quartiles);
    let mut figures = Vec::new();
    let mut add = |name: &str, figure: Option<figure::Figure>| {
        if let Some(figure) = figure {
            let stem = file_name(name);
            let taken = |name: &String| figures.iter().any(|(other, _)| other == name);
            let names = std::iter::once(stem.clone()).chain((2..).map(|i| format!("{stem}-{i}")));
            let name = names.into_iter().find(|n| !taken(n)).unwrap_or(stem);
            figures.push((name, figure.standalone()));
        }
    };
    add("forest", figure::forest(&record.summary.parameters, quartiles));
    add("densities", figure::densities(&sample));
    add("priors", page::array(record, "prior").and_then(|prior| figure::priors(record, prior)));
    add("traces", figure::traces(&sample));
    add("ranks", figure::rank_plots(&sample));
    add("pairs", figure::pairs(&sample));
    add("energy", figure::energy(&sample));
    add("calibration", figure::calibration(record));
    add("predictive", page::replicates_of(record));
    add("loo-pit", page::array(record, "loo").and_then(figure::transforms));
    add("path", page::path_of(record));
    add("section", page::section_of(record));
    let (rows, names) = page::cloud_of(record);
    for (name, figure) in figure::cloud(&rows, &names) {
        add(&format!("state-{name}"), Some(figure));
    }
    for (name, linear, log) in page::series_of(record) {
        add(&format!("ledger-{name}"), Some(log.unwrap_or(linear)));
    }
    figures
}

/// Letters, digits and dashes of `name`, at most 60.
fn file_name(name: &str) -> String {
    let plain = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    let words: String = plain.take(60).collect();
    let words: Vec<&str> = words.split('-').filter(|w| !w.is_empty()).collect();
    if words.is_empty() { "figure".into() } else { words.join("-") }
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_safe_for_any_file_system() {
        assert_eq!(super::file_name("ledger-../H drift (max)"), "ledger-h-drift-max");
        assert_eq!(super::file_name("…"), "figure");
    }
}
