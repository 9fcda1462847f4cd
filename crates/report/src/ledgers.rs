//! LEDGERS: those of several runs side by side, a row a check and a column a run.
use crate::{
    escape::markup,
    number::concise,
    verdict::{badge, told_apart},
};
use steepest_record::{Check, Record, Verdict};

/// A check, and what it came to in each run.
#[derive(Clone, Debug, PartialEq)]
pub struct Line<'a> {
    /// What is checked.
    pub name: &'a str,
    /// One a run, in the order of the runs; `None` where its ledger has no such line.
    pub found: Vec<Option<&'a Check>>,
}
impl Line<'_> {
    /// Whether every run has it, and it holds in all.
    pub fn holds(&self) -> bool {
        self.found.iter().all(|check| check.is_some_and(|check| check.verdict == Verdict::Holds))
    }
}

/// The checks of all ledgers, in the order of first appearance.
///
/// ```
/// use steepest_record::{Check, Record};
/// let run = |check: &str| {
///     let mut record = Record::default();
///     record.summary.ledger.push(Check { check: check.into(), ..Check::default() });
///     (format!("of {check}"), record)
/// };
/// let runs = [run("R-hat"), run("energy")];
/// let lines = steepest_report::ledgers(&runs);
/// assert_eq!([lines[0].name, lines[1].name], ["R-hat", "energy"]);
/// assert!(lines[1].found[0].is_none() && lines[1].found[1].is_some());
/// ```
pub fn ledgers(runs: &[(String, Record)]) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    for (k, (_, record)) in runs.iter().enumerate() {
        for check in &record.summary.ledger {
            // A name that comes twice in a ledger has two rows, so that neither line is lost.
            let vacant = lines.iter().position(|line| line.name == check.check && line.found[k].is_none());
            let at = vacant.unwrap_or_else(|| {
                lines.push(Line { name: &check.check, found: vec![None; runs.len()] });
                lines.len() - 1
            });
            lines[at].found[k] = Some(check);
        }
    }
    lines
}

/// All of them as a table of a page; empty where nothing stands beside another.
pub(crate) fn table(runs: &[(String, Record)]) -> String {
    let lines = ledgers(runs);
    if runs.len() < 2 || lines.is_empty() {
        return String::new();
    }
    let heads: String = runs.iter().map(|(name, _)| format!("<th scope=\"col\">{}</th>", markup(name))).collect();
    let row = |line: &Line<'_>| {
        let cells: String = line.found.iter().map(|check| cell(*check)).collect();
        format!("<tr><th scope=\"row\">{}</th>{cells}</tr>", markup(line.name))
    };
    let rows: String = lines.iter().map(row).collect();
    format!(
        "<div class=\"scroll\"><table class=\"checks\"><thead><tr><th scope=\"col\">Check</th>{heads}</tr></thead>\
         <tbody>{rows}</tbody></table></div>"
    )
}

fn cell(check: Option<&Check>) -> String {
    let Some(check) = check else { return "<td>–</td>".into() };
    let [value, bound] = told_apart(check, concise);
    format!("<td title=\"held against {bound}\">{} {value}</td>", badge(check.verdict))
}

#[cfg(test)]
mod tests {
    use super::*;
    use steepest_record::Verdict::{Holds, Inconclusive, Violated};

    fn run(name: &str, ledger: &[(&str, Verdict, f64)]) -> (String, Record) {
        let line = |(check, verdict, value): &(&str, Verdict, f64)| Check {
            check: (*check).into(),
            verdict: *verdict,
            value: *value,
            bound: 0.1,
            advice: String::new(),
        };
        let mut record = Record::default();
        record.summary.ledger = ledger.iter().map(line).collect();
        (name.to_owned(), record)
    }
    /// Three ledgers whose lines stand in other orders, and not each in all.
    fn runs() -> [(String, Record); 3] {
        [
            run("a", &[("energy", Violated, 0.76), ("R-hat", Holds, 0.01), ("only", Inconclusive, 1.2)]),
            run("b<", &[("R-hat", Holds, 0.02), ("late & last", Holds, 0.0088), ("energy", Holds, 0.05)]),
            run("c", &[("late & last", Violated, 3.0), ("energy", Inconclusive, f64::NAN), ("R-hat", Holds, 0.03)]),
        ]
    }
    fn seen(line: &Line<'_>) -> Vec<String> {
        let said = |check: &Check| format!("{:?} {}", check.verdict, check.value);
        line.found.iter().map(|check| check.map_or_else(|| "-".to_owned(), said)).collect()
    }

    #[test]
    fn every_line_stands_in_the_column_of_its_run() {
        let runs = runs();
        let lines = ledgers(&runs);
        let names: Vec<&str> = lines.iter().map(|line| line.name).collect();
        assert_eq!(names, ["energy", "R-hat", "only", "late & last"]);
        assert_eq!(seen(&lines[0]), ["Violated 0.76", "Holds 0.05", "Inconclusive NaN"]);
        assert_eq!(seen(&lines[1]), ["Holds 0.01", "Holds 0.02", "Holds 0.03"]);
        assert_eq!(seen(&lines[2]), ["Inconclusive 1.2", "-", "-"]);
        assert_eq!(seen(&lines[3]), ["-", "Holds 0.0088", "Violated 3"]);
        let held: Vec<bool> = lines.iter().map(|line| line.holds()).collect();
        assert_eq!(held, [false, true, false, false]);
        // What holds where it is, and is not everywhere, does not hold in every run.
        assert!(!ledgers(&runs[..2])[3].holds() && ledgers(&runs[1..2]).iter().all(|line| line.holds()));
    }

    #[test]
    fn a_name_that_comes_twice_loses_no_line() {
        let first = run("a", &[("x", Holds, 1.0), ("x", Violated, 2.0)]);
        let runs = [first, run("b", &[("x", Holds, 3.0), ("x", Holds, 4.0), ("x", Holds, 5.0)])];
        let lines: Vec<Vec<String>> = ledgers(&runs).iter().map(seen).collect();
        assert_eq!(lines, [["Holds 1", "Holds 3"], ["Violated 2", "Holds 4"], ["-", "Holds 5"]]);
    }

    #[test]
    fn the_page_has_every_check_in_its_colour() {
        let page = table(&runs());
        let heads = ["Check", "a", "b&lt;", "c"].map(|head| format!("<th scope=\"col\">{head}</th>")).concat();
        assert!(page.contains(&format!("<thead><tr>{heads}</tr></thead>")), "{page}");
        let cell = |class: &str, sign: &str, value: &str| {
            let badge =
                format!("<span class=\"badge {class}\"><span aria-hidden=\"true\">{sign}</span> {class}</span>");
            format!("<td title=\"held against 0.1\">{badge} {value}</td>")
        };
        let (absent, holds) = ("<td>–</td>".to_owned(), |value: &str| cell("holds", "✓", value));
        for (name, cells) in [
            ("energy", [cell("violated", "✗", "0.76"), holds("0.05"), cell("inconclusive", "?", "–")]),
            ("R-hat", [holds("0.01"), holds("0.02"), holds("0.03")]),
            ("only", [cell("inconclusive", "?", "1.2"), absent.clone(), absent.clone()]),
            ("late &amp; last", [absent, holds("0.0088"), cell("violated", "✗", "3")]),
        ] {
            let row = format!("<tr><th scope=\"row\">{name}</th>{}</tr>", cells.concat());
            assert!(page.contains(&row), "{row}\n{page}");
        }
        assert_eq!(page.matches("<tr>").count(), 5, "a head and four checks");
        assert!(table(&runs()[..1]).is_empty() && table(&[run("a", &[]), run("b", &[])]).is_empty());
    }
}
