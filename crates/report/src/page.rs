//! The page: one HTML document with its style, script and data inside, readable without the script.
use crate::{
    escape::{markup, script_json},
    figure::{self, Figure},
    number::{concise, count},
    palette,
    payload::{curves, payload},
    sample::Sample,
    tables, verdict,
};
use std::{collections::HashMap, fmt::Write};
use steepest_record::{Array, Column, Record};

const STYLE: [&str; 2] = [include_str!("assets/page.css"), include_str!("assets/controls.css")];
const SCRIPT: [&str; 4] = [
    include_str!("assets/chart.js"),
    include_str!("assets/explorer.js"),
    include_str!("assets/pairs.js"),
    include_str!("assets/page.js"),
];

/// Particles of the final state that the page shows a figure of: coordinates at most.
const COORDINATES: usize = 12;
/// Columns of the ledger with a figure.
const SERIES: usize = 24;

/// Sections in order: anchor, title, body.
#[derive(Default)]
struct Sections(Vec<(&'static str, &'static str, String)>);

impl Sections {
    fn push(&mut self, id: &'static str, title: &'static str, body: String) {
        if !body.is_empty() {
            self.0.push((id, title, body));
        }
    }
}

/// The whole document.
pub fn document(record: &Record, title: &str) -> String {
    let sample = Sample::of(record);
    let curves = curves(&sample);
    let mut sections = Sections::default();
    let summary = &record.summary;
    sections.push("model", "What was run", asked(record));
    if !summary.ledger.is_empty() {
        sections.push("ledger", "Ledger", tables::checks(summary));
    }
    if let Some(figure) = figure::calibration(record) {
        sections.push("calibration", "Calibration", framed("calibration", CALIBRATION, &figure));
    }
    if !summary.parameters.is_empty() {
        let places: HashMap<&str, usize> =
            sample.parameters.iter().enumerate().map(|(i, k)| (sample.name(*k), i)).collect();
        let many = if summary.parameters.len() > 12 { FILTER } else { "" };
        sections.push("parameters", "Parameters", format!("{many}{}", tables::parameters(summary, &curves, &places)));
        let quartiles = |name: &str| curves.get(name).map(|c| c.quartiles);
        if let Some(forest) = figure::forest(&summary.parameters, quartiles) {
            let said = "Medians, 5–95 % intervals and, thick, the middle half.";
            sections.push("forest", "Forest plot", framed("forest", said, &forest));
        }
    }
    if let Some(figure) = array(record, "prior").and_then(|prior| figure::priors(record, prior)) {
        sections.push("priors", "Prior and posterior", framed("priors", PRIORS, &figure));
    }
    sections.push("extrapolation", "Extrapolation", tables::extrapolation(summary));
    if !sample.is_empty() {
        sections.push(
            "explore",
            "One parameter",
            format!("{}<div id=\"explorer\"></div>{NO_SCRIPT}", notes(&sample.omitted)),
        );
        if sample.parameters.len() > 1 {
            sections.push("pairs", "Pairs", "<div id=\"pairs-view\"></div>".into());
        }
        let plot = figure::energy(&sample).map(|f| framed("energy", ENERGY, &f)).unwrap_or_default();
        sections.push("sampler", "Sampler", plot + &tables::chains(&sample));
    } else if !sample.omitted.is_empty() {
        sections.push("explore", "One parameter", notes(&sample.omitted));
    }
    sections.push("predictions", "Predictions", predictions(record));
    sections.push("path", "Path", path(record));
    sections.push("state", "Final state", state(record));
    sections.push("series", "Over the run", series(record));
    sections.push("cost", "Cost", tables::cost(record));
    if !record.flow.trim().is_empty() {
        let body = format!(
            "<details><summary>flow.toml, every default written out</summary><pre>{}</pre></details>",
            markup(&record.flow)
        );
        sections.push("flow", "Resolved flow", body);
    }
    assembled(record, title, &sections, &script_json(&payload(record, &sample, &curves)))
}

const FILTER: &str =
    "<label class=\"filter\">Filter <input type=\"search\" id=\"table-filter\" placeholder=\"name\"></label>";
/// A fault of the script is shown, not hidden: in the page for the reader, on its root for tests.
const FAILURE: &str = "addEventListener(\"error\", (event) => {\n  document.documentElement.dataset.error = event.message;\n  \
document.getElementById(\"main\").prepend(`A figure could not be drawn: ${event.message}`);\n});\n";
const NO_SCRIPT: &str = "<noscript><p class=\"note\">These figures are drawn by the page's script.</p></noscript>";
const ENERGY: &str = "Energy less its mean, and its change between draws. Where the second is much narrower, the sampler explores energies slowly (E-BFMI below 0.3).";

const CALIBRATION: &str = "Ranks of the parameters that made each data set among draws of its posterior, the least uniform first. Level where fits are right: a slope is a bias, horns at the ends mean posteriors too narrow, a hump too wide. On the right the dashed band holds the whole curve of a quantity that is calibrated, but for the stated false alarms.";
const PRIORS: &str = "Filled, the posterior; dashed, draws from the prior alone. Where both are alike, the data say little of a parameter; where the posterior lies in the tail of the prior, they contradict it. A prior that is much wider is cut at the edges.";
const REPLICATES: &str = "Replicates are drawn from the model at draws of the posterior. Where the response does not look like one of them, the model misses something about it.";
const TRANSFORMS: &str = "Leave-one-out probability integral transforms: level where predictions are calibrated. The dashed band then holds all bars together in at least 95 % of samples (binomial limits of each, Bonferroni over the bars). A hump in the middle means predictions too wide, horns at the ends too narrow, a slope a bias.";

fn notes(sentences: &[String]) -> String {
    sentences.iter().map(|s| format!("<p class=\"note\">{}</p>", markup(s))).collect()
}

fn framed(name: &str, caption: &str, figure: &Figure) -> String {
    let (name, drawn, caption) = (markup(name), figure.embedded(), captioned(caption));
    format!("<figure class=\"plot\" data-name=\"{name}\">{drawn}{caption}</figure>")
}

fn captioned(caption: &str) -> String {
    if caption.is_empty() { String::new() } else { format!("<figcaption>{}</figcaption>", markup(caption)) }
}

/// The row, its length and seed, and what the notes say of equation, data, model and priors.
fn asked(record: &Record) -> String {
    let (s, notes) = (&record.summary, model(record));
    if s.row.is_empty() {
        return notes;
    }
    let length = match &record.draws {
        Some(draws) => format!("{} chains × {} draws", draws.chains, count(draws.draws as u64)),
        None if s.row == "calibration" => format!("{} replications", count(s.steps)),
        None => format!("{} steps", count(s.steps)),
    };
    let rows = [("row", s.row.clone()), ("length", length), ("seed", s.seed.to_string())];
    let again = if record.flow.trim().is_empty() {
        ""
    } else {
        "<p class=\"note\">With every default written out, the run stands under <a href=\"#flow\">Resolved flow</a> \
         and in <code>flow.toml</code> beside this page.</p>"
    };
    tables::listed(&rows.map(|(name, said)| (name.to_owned(), said))) + &notes + again
}

fn model(record: &Record) -> String {
    // A line a prior, and there may be many: runs of them stand in columns.
    let listed = |note: &str| note.contains(" ~ ") && note.chars().count() < 110;
    let mut out = String::new();
    for run in record.notes.chunk_by(|a, b| listed(a) == listed(b)) {
        let lines = |tag: &str| run.iter().map(|n| format!("<{tag}>{}</{tag}>", markup(n))).collect::<String>();
        if run.len() > 5 && listed(&run[0]) {
            out.push_str(&format!("<ul class=\"priors\">{}</ul>", lines("li")));
        } else {
            out.push_str(&format!("<div class=\"words\">{}</div>", lines("p")));
        }
    }
    out
}

/// The rows of the array `state`, `[d, n]`, and the names of its coordinates.
pub fn cloud_of(record: &Record) -> (Vec<&[f64]>, Vec<String>) {
    let Some(array) = array(record, "state") else { return (Vec::new(), Vec::new()) };
    let (d, n) = (array.shape[0], array.shape[1]);
    if n < 2 {
        return (Vec::new(), Vec::new());
    }
    (array.values.chunks_exact(n).take(COORDINATES).collect(), coordinates(record, d))
}

/// The array `path`, `[steps, d]`, as a figure.
pub fn path_of(record: &Record) -> Option<Figure> {
    let array = array(record, "path")?;
    let (steps, d) = (array.shape[0], array.shape[1]);
    let times = record.arrays.iter().find(|times| times.name == "times" && times.values.len() == steps);
    let marks = self::array(record, "conjugate").filter(|marks| marks.shape[1] == d + 1);
    let marks = marks.map_or(&[][..], |marks| &marks.values);
    figure::trajectory(&array.values, d, &coordinates(record, d), times.map(|times| times.values.as_slice()), marks)
}

/// The array `section`, `[passages, 1 + 2 d]`, as a figure.
pub fn section_of(record: &Record) -> Option<Figure> {
    let array = array(record, "section")?;
    figure::section(&array.values, array.shape[1], &coordinates(record, (array.shape[1].max(2) - 2) / 2))
}

/// The array `predictive` as a figure.
pub fn replicates_of(record: &Record) -> Option<Figure> {
    let levels = record.summary.extra.get("levels").and_then(|levels| levels.as_array());
    let labels: Vec<String> = levels.into_iter().flatten().filter_map(|l| l.as_str().map(str::to_string)).collect();
    figure::replicates(array(record, "predictive")?, &labels)
}

/// The two-axis array called `name`, where its numbers fill it.
pub fn array<'a>(record: &'a Record, name: &str) -> Option<&'a Array> {
    let array = record.arrays.iter().find(|a| a.name == name)?;
    match array.shape[..] {
        [a, b] if a.checked_mul(b) == Some(array.values.len()) && a * b > 0 => Some(array),
        _ => None,
    }
}

/// The parameters' names where there are d of them, else x[1], x[2], ...
fn coordinates(record: &Record, d: usize) -> Vec<String> {
    let parameters = &record.summary.parameters;
    if parameters.len() == d {
        return parameters.iter().map(|p| p.name.clone()).collect();
    }
    (1..=d.min(COORDINATES)).map(|i| format!("x[{i}]")).collect()
}

/// What the draws say about the rows of the table.
fn predictions(record: &Record) -> String {
    let figures = [
        ("predictive", replicates_of(record), REPLICATES),
        ("loo", array(record, "loo").and_then(figure::transforms), TRANSFORMS),
    ];
    let figures = figures.iter().filter_map(|(name, figure, said)| Some(framed(name, said, figure.as_ref()?)));
    tables::predictions(&record.summary) + &figures.collect::<String>()
}

fn path(record: &Record) -> String {
    let figures = [
        ("path", path_of(record), "From the start to the end."),
        ("section", section_of(record), "Where orbits pass the section upwards: curves are regular, clouds are chaos."),
    ];
    let framed = |(name, figure, said): &(&str, Option<Figure>, &str)| Some(framed(name, said, figure.as_ref()?));
    figures.iter().filter_map(framed).collect()
}

fn state(record: &Record) -> String {
    let (rows, names) = cloud_of(record);
    let n = rows.first().map_or(0, |r| r.len());
    let figures: String = figure::cloud(&rows, &names).iter().map(|(name, f)| framed(name, "", f)).collect();
    if figures.is_empty() {
        return figures;
    }
    format!(
        "<p class=\"note\">{} particles at the end of the run.</p><div class=\"plots\">{figures}</div>",
        count(n as u64)
    )
}

/// The ledger's columns that a figure is made of, with the figure on a log axis where that reads better.
pub fn series_of(record: &Record) -> Vec<(String, Figure, Option<Figure>)> {
    let ledger = &record.ledger;
    let figures = (0..ledger.len()).filter_map(|i| {
        Some((ledger[i].name.clone(), figure::series(ledger, i, false)?, figure::series(ledger, i, true)))
    });
    figures.take(SERIES).collect()
}

fn series(record: &Record) -> String {
    let all = series_of(record);
    if all.is_empty() || record.ledger.iter().all(|c| c.values.len() < 2) {
        return String::new();
    }
    let switch = "<label class=\"filter\"><input type=\"checkbox\" id=\"log-axes\" checked> logarithmic axes where they span decades</label>";
    let mut out = if all.iter().any(|s| s.2.is_some()) { switch.to_string() } else { String::new() };
    let constant: Vec<String> = record.ledger.iter().filter_map(constant).collect();
    if !constant.is_empty() {
        let _ = write!(out, "<p class=\"note\">Constant over the run: {}.</p>", markup(&constant.join(", ")));
    }
    out.push_str("<div class=\"plots\">");
    for (name, linear, log) in &all {
        let log = log.as_ref().map_or(String::new(), |f| format!("<div class=\"log\">{}</div>", f.embedded()));
        let class = if log.is_empty() { "plot" } else { "plot both" };
        let _ = write!(
            out,
            "<figure class=\"{class}\" data-name=\"{}\">{log}<div class=\"linear\"{}>{}</div>{}</figure>",
            markup(name),
            if log.is_empty() { "" } else { " hidden" },
            linear.embedded(),
            captioned(means(&record.ledger, name))
        );
    }
    out + "</div>"
}

/// What a column of the ledger is, where its name alone does not say; chains and clouds have one name for different things.
fn means(ledger: &[Column], name: &str) -> &'static str {
    let chains = ledger.iter().any(|column| column.name == "first_error");
    match (name, chains) {
        ("energy", true) => "The energy H at each draw, the mean over the chains.",
        ("kinetic", true) => {
            "Kinetic energy of the fresh momenta at the start of each trajectory, the mean over the chains: d / 2 on average, for d coordinates."
        }
        ("first_error", true) => {
            "H after the first step of each trajectory less H before it, the mean over the chains: what the fluctuation theorem of the ledger rests on."
        }
        ("acceptance", true) => "Mean acceptance probability along each trajectory, the mean over the chains.",
        ("leapfrogs", true) => "Gradients of each trajectory, the mean over the chains.",
        ("divergences", true) => "The share of the chains whose trajectory diverged.",
        ("kinetic", false) => "|p|² / 2, the mean over the particles.",
        ("energy error", false) => "The energy less that at the start.",
        _ => "",
    }
}

/// A column that never changes, in words.
fn constant(column: &Column) -> Option<String> {
    let first = *column.values.first().filter(|x| x.is_finite())?;
    column.values.iter().all(|x| *x == first).then(|| format!("{} {}", column.name, concise(first, 4)))
}

/// The facts under the headline.
fn facts(record: &Record) -> Vec<(String, &'static str)> {
    let s = &record.summary;
    let mut out = Vec::new();
    match &record.draws {
        Some(d) => out.push((format!("{} × {}", d.chains, count(d.draws as u64)), "chains × draws")),
        None => out.push((count(s.steps), "steps")),
    }
    let rhat = s.parameters.iter().map(|p| p.rhat).filter(|x| x.is_finite()).fold(f64::NAN, f64::max);
    let ess = s.parameters.iter().map(|p| p.ess_bulk).filter(|x| x.is_finite()).fold(f64::NAN, f64::min);
    if rhat.is_finite() {
        out.push((format!("{rhat:.3}"), "largest R-hat"));
    }
    if ess.is_finite() {
        out.push((count(ess.round() as u64), "smallest bulk ESS"));
    }
    if let Some(flags) = record.draws.as_ref().and_then(|d| d.statistic("diverging")) {
        out.push((count(flags.iter().filter(|f| **f > 0.5).count() as u64), "divergences"));
    }
    if let Some(o) = &s.objective {
        out.push((concise(o.r#final, 4), "objective at the end"));
    }
    out.push((count(s.gradients), "gradients"));
    out.push((crate::number::duration(s.seconds.setup + s.seconds.warmup + s.seconds.run), "in all"));
    out
}

fn assembled(record: &Record, title: &str, sections: &Sections, payload: &str) -> String {
    let headline = verdict::headline(&record.summary);
    let (title, row, class) = (markup(title), markup(&record.summary.row), headline.class);
    let mut toc = String::new();
    let mut body = String::new();
    for (i, (id, name, content)) in sections.0.iter().enumerate() {
        let _ = write!(toc, "<a href=\"#{id}\">{name}</a>");
        let _ = write!(body, "<section id=\"{id}\"><h2><span>{}</span>{name}</h2>{content}</section>", i + 1);
    }
    let facts: String = facts(record)
        .iter()
        .map(|(number, what)| format!("<div><dt>{what}</dt><dd>{}</dd></div>", markup(number)))
        .collect();
    let (variables, figures) = (palette::variables() + &palette::own_rules(), palette::page_rules());
    let style = STYLE.concat();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';style-src 'unsafe-inline';\
         script-src 'unsafe-inline';img-src data: blob:\"><meta name=\"generator\" content=\"steepest\">\
         <title>{title}</title>\n<style>\n{variables}{style}</style>\n<style id=\"figure-style\">\n{figures}</style></head>\n<body>\
         <a class=\"skip\" href=\"#main\">Skip to the results</a>\
         <header><div class=\"top\"><p class=\"kind\">steepest · {row}</p>\
         <button type=\"button\" id=\"theme\" aria-label=\"Light or dark\">◐</button></div><h1>{title}</h1>\
         <div class=\"verdict {class}\" role=\"status\"><span class=\"sign\" aria-hidden=\"true\">{}</span>\
         <p><strong>{}.</strong> {}</p></div><dl class=\"facts\">{facts}</dl></header>\
         <nav aria-label=\"Sections\">{toc}</nav>\n<main id=\"main\">{body}</main>\
         <footer>Written by steepest {}. This page holds its data and needs no network.</footer>\
         <script type=\"application/json\" id=\"payload\">{payload}</script>\n<script>\n\"use strict\";\n{FAILURE}(() => {{\n{}\n}})();\n\
         </script></body></html>\n",
        verdict::sign(class),
        headline.word,
        markup(&headline.sentence),
        env!("CARGO_PKG_VERSION"),
        SCRIPT.join("\n")
    )
}
