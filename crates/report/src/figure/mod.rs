//! Figures as SVG text: a canvas, scales and panels; the figures themselves are in the files beside this one.
mod calibration;
mod cloud;
mod energy;
mod forest;
mod marginals;
mod pairs;
mod panel;
mod predictive;
mod priors;
mod section;
mod series;
mod slopes;
mod trajectory;
pub use calibration::calibration;
pub use cloud::cloud;
pub use energy::energy;
pub use forest::{forest, inline};
pub use marginals::{BINS, densities, rank_plots, traces};
pub use pairs::{most_correlated, pairs};
pub use panel::{Panel, Scale};
pub use predictive::{replicates, transforms};
pub use priors::priors;
pub use section::section;
pub use series::series;
pub use slopes::{Slope, slopes};
pub use trajectory::trajectory;

use crate::{escape::markup, palette};
use std::fmt::Write;

/// A figure under construction: lengths in CSS pixels, the origin at the top left.
#[derive(Clone, Debug)]
pub struct Figure {
    width: f64,
    height: f64,
    description: String,
    body: String,
}

impl Figure {
    /// An empty one; `description` is what a screen reader says.
    pub fn new(width: f64, height: f64, description: &str) -> Self {
        Self { width, height, description: description.into(), body: String::new() }
    }

    /// In CSS pixels.
    pub fn width(&self) -> f64 {
        self.width
    }

    /// For a page, whose rules colour it.
    pub fn embedded(&self) -> String {
        self.svg("")
    }

    /// A file of its own.
    pub fn standalone(&self) -> String {
        self.svg(&format!(
            "<style>{}</style><rect width=\"100%\" height=\"100%\" style=\"fill:#fff\"/>",
            palette::standalone_rules().replace('<', "").replace('>', "&gt;")
        ))
    }

    fn svg(&self, head: &str) -> String {
        let (w, h, what) = (self.width.ceil(), self.height.ceil(), markup(&self.description));
        let size = if head.is_empty() { String::new() } else { format!(" width=\"{w}\" height=\"{h}\"") };
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"fig\" viewBox=\"0 0 {w} {h}\"{size} role=\"img\" \
             aria-label=\"{what}\">{head}{}</svg>",
            self.body
        )
    }

    /// Text from `(x, y)` on: `anchor` is `start`, `middle` or `end`.
    pub fn text(&mut self, (x, y): (f64, f64), class: &str, anchor: &str, text: &str) {
        let (x, y) = (short(x), short(y));
        self.write(&format!(
            "<text x=\"{x}\" y=\"{y}\" class=\"{class}\" text-anchor=\"{anchor}\">{}</text>",
            markup(text)
        ));
    }

    /// A name of which `shown` stands there and the whole is a tooltip, of a class and from an anchor.
    pub fn named(&mut self, (x, y): (f64, f64), (class, anchor): (&str, &str), name: (&str, &str)) {
        let (x, y, name) = (short(x), short(y), tipped(name));
        self.write(&format!("<text x=\"{x}\" y=\"{y}\" class=\"{class}\" text-anchor=\"{anchor}\">{name}</text>"));
    }

    /// A name turned a quarter to the left about `(x, y)`, its middle.
    pub fn turned(&mut self, (x, y): (f64, f64), name: (&str, &str)) {
        let (x, y, name) = (short(x), short(y), tipped(name));
        self.write(&format!(
            "<text transform=\"translate({x} {y}) rotate(-90)\" class=\"label\" text-anchor=\"middle\">{name}</text>"
        ));
    }

    /// A path of class `class` with a tooltip where `title` is not empty.
    pub fn path(&mut self, class: &str, d: &str, title: &str) {
        if d.is_empty() {
        } else if title.is_empty() {
            self.write(&format!("<path class=\"{class}\" d=\"{d}\"/>"));
        } else {
            self.write(&format!("<path class=\"{class}\" d=\"{d}\"><title>{}</title></path>", markup(title)));
        }
    }

    /// A disc.
    pub fn disc(&mut self, class: &str, (x, y): (f64, f64), radius: f64, title: &str) {
        let (x, y, title) = (short(x), short(y), markup(title));
        self.write(&format!(
            "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"><title>{title}</title></circle>"
        ));
    }

    fn write(&mut self, text: &str) {
        // Writing to a string cannot fail.
        let _ = self.body.write_str(text);
    }
}

/// What stands in a text element: `shown`, with the whole as a tooltip where that is more.
fn tipped((shown, whole): (&str, &str)) -> String {
    if shown == whole { markup(shown) } else { format!("<title>{}</title>{}", markup(whole), markup(shown)) }
}

/// A length to a tenth of a pixel, as short as it goes.
pub fn short(x: f64) -> String {
    let text = format!("{x:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".into() } else { text.into() }
}
