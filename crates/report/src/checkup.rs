//! The page of a check: whether all holds, the errors as pictures, the laws as a table, and the text of the terminal.
use crate::{
    comparison::document,
    escape::markup,
    figure::{self, Slope},
    number::significant,
};

/// A law that was asked for a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Law {
    /// In words.
    pub what: String,
    /// By how much it was missed; `None` where it is not claimed.
    pub off: Option<f64>,
    /// The most that is taken for rounding.
    pub bound: f64,
    /// Whether it holds, is not claimed, or is off by more than its bound and rounding hides whether that is so.
    pub good: bool,
}

/// A self-contained page: a picture of `slopes`, a table of `laws`, and `text` as the terminal shows it.
///
/// ```
/// use steepest_report::{Slope, checkup};
/// let points: Vec<[f64; 2]> = (0..9).map(|k| 10f64.powi(k - 9)).map(|h| [h, 3.0 * h * h]).collect();
/// let slope = Slope {
///     name: "gradient".into(),
///     error: "|V(x + h v) - V(x) - h <dV, v>|".into(),
///     points,
///     fitted: 2..8,
///     slope: 2.0,
///     floor: 1e-15,
///     order: 2,
///     good: true,
/// };
/// let page = checkup("flow.toml", true, &[], &[slope], "as text");
/// assert!(page.contains("<strong>Everything holds.</strong>") && page.contains("slope 2.00"));
/// ```
pub fn checkup(title: &str, holds: bool, laws: &[Law], slopes: &[Slope], text: &str) -> String {
    let open = laws.iter().any(|law| law.good && law.off.is_some_and(|off| off > law.bound));
    let (class, verdict) = match (holds, open) {
        (true, false) => ("holds", "Everything holds."),
        (true, true) => ("inconclusive", "Nothing is violated; something is inconclusive."),
        _ => ("violated", "Not everything holds."),
    };
    let mut lead = format!("<p class=\"{class}\"><strong>{verdict}</strong></p>");
    if let Some(figure) = figure::slopes(slopes) {
        lead +=
            "<h2>Slopes</h2><p>Errors against the length of a step; 2 or more is right, 1 is an error of first order.";
        if holds && slopes.iter().any(|slope| !slope.good) {
            lead += " A slope alone is not held against a gradient: a kink nearby bends it, and so does much rounding.";
        }
        let (width, figure) = (figure.width(), figure.embedded());
        lead += &format!("</p><div style=\"max-width:{width}px\">{figure}</div>");
    }
    if !laws.is_empty() {
        lead += &format!("<h2>Laws</h2>{}", table(laws));
    }
    document(&format!("{title}, checked"), &(lead + "<h2>As text</h2>"), text, &[])
}

/// The picture alone, as a file of its own; `None` where there is nothing to draw.
pub fn slopes(slopes: &[Slope]) -> Option<String> {
    figure::slopes(slopes).map(|figure| figure.standalone())
}

fn table(laws: &[Law]) -> String {
    let row = |law: &Law| {
        let what = markup(&law.what);
        let (class, verdict) = match (law.off, law.good) {
            (None, _) => ("", "not claimed"),
            (Some(off), true) if off > law.bound => ("inconclusive", "? inconclusive"),
            (_, true) => ("holds", "✓ holds"),
            _ => ("violated", "✗ violated"),
        };
        let off = law.off.map_or(String::new(), |off| significant(off, 2));
        let bound = significant(law.bound, 2);
        format!("<tr><td>{what}</td><td>{off}</td><td>{bound}</td><td class=\"{class}\">{verdict}</td></tr>")
    };
    let rows: String = laws.iter().map(row).collect();
    format!("<table><tr><th>law</th><th>off by</th><th>bound</th><th></th></tr>{rows}</table>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_laws_without_a_picture() {
        let law = |what: &str, off: Option<f64>, good: bool| Law { what: what.into(), off, bound: 1e-8, good };
        let (holds, open) = (law("<a, b>", Some(3.2e-16), true), law("d", Some(0.25), true));
        let laws = [holds, law("b", None, true), law("c", Some(0.5), false), open];
        let page = checkup("x & y", false, &laws, &[], "text <of> it");
        assert!(page.contains("<h1>x &amp; y, checked</h1>") && page.contains("text &lt;of&gt; it"));
        assert!(page.contains("<strong>Not everything holds.</strong>"));
        assert!(page.contains("<td>&lt;a, b&gt;</td><td>3.2e-16</td><td>1.0e-8</td><td class=\"holds\">✓ holds</td>"));
        assert!(page.contains("<td></td><td>1.0e-8</td><td class=\"\">not claimed</td>"));
        assert!(page.contains("<td>0.50</td><td>1.0e-8</td><td class=\"violated\">✗ violated</td>"));
        assert!(page.contains("<td>0.25</td><td>1.0e-8</td><td class=\"inconclusive\">? inconclusive</td>"));
        assert!(!page.contains("<svg") && !page.contains("a kink nearby") && slopes(&[]).is_none());
    }
}
