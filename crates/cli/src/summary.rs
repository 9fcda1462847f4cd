//! SUMMARY: a run in a screenful, on a terminal or in a pipe.
use crate::failure::colours;
use std::fmt::Write;
use std::path::Path;
use steepest_record::{Check, Parameter, Summary, Verdict};
use steepest_report::{beside_spread, shortened, verdict::told_apart};
use steepest_spec::{Config, State};

/// Rows of the table at most; summary.json has all of them.
const ROWS: usize = 40;

/// What was run, what `model` says of the model, the parameters, the ledger, and where the report is.
pub fn text(config: &Config, model: &str, summary: &Summary, page: &Path) -> String {
    let mut out = format!("{}\n", headline(config, summary));
    if let Some(objective) = summary.objective {
        let _ = writeln!(out, "objective {} -> {}", number(objective.initial), number(objective.r#final));
    }
    if let Some(verdict) = summary.extra.get("verdict").and_then(|verdict| verdict.as_str()) {
        let _ = writeln!(out, "{verdict}");
    }
    if !model.is_empty() {
        out += &format!("\nmodel\n{model}");
    }
    if summary.steps == 0 && matches!(config.state, State::Chains { .. }) {
        out += "\nstopped in warm-up: there is no draw yet\n";
    } else if !summary.parameters.is_empty() {
        out += &format!("\n{}", table(&summary.parameters));
    }
    if let Some(log_z) = summary.log_z {
        let _ = writeln!(out, "\nlog Z {} +- {}", number(log_z.value), number(log_z.se));
    }
    if let Some(loo) = summary.extra.get("loo") {
        let of = |key: &str| number(loo[key].as_f64().unwrap_or(f64::NAN));
        let [elpd, se, p] = ["elpd", "se", "p"].map(of);
        let lacking = if loo["normalised"] == false { ", up to a constant" } else { "" };
        let _ = writeln!(out, "\nleave-one-out elpd {elpd} +- {se}{lacking}, {p} effective parameters");
    }
    if let Some(found) = summary.extra.get("extrapolation") {
        let keys = ["mean", "mean_se", "variance", "variance_se", "variance_bias", "variance_bias_se"];
        let quantities = found["quantities"].as_array().map_or(&[][..], Vec::as_slice).iter().take(ROWS);
        let rows = quantities.map(|q| {
            (
                short(q["name"].as_str().unwrap_or("")),
                keys.map(|key| number(q[key].as_f64().unwrap_or(f64::NAN))).to_vec(),
            )
        });
        let heads = ["mean", "+-", "variance", "+-", "bias of it", "+-"];
        out += &format!("\nextrapolated from half the step\n{}", aligned("quantity", &heads, rows.collect()));
    }
    if !summary.ledger.is_empty() {
        out += &format!("\nledger\n{}", ledger(&summary.ledger, colours(&std::io::stdout())));
    }
    out + &format!("\nreport  {}\n", page.display())
}

fn headline(config: &Config, summary: &Summary) -> String {
    let seconds = summary.seconds;
    let size = match &config.state {
        _ if summary.row == "calibration" => format!("calibration in {} replications", summary.steps),
        State::Chains { chains: 1, .. } => format!("1 chain, {} draws", summary.steps),
        State::Chains { chains, .. } => format!("{chains} chains, {} draws each", summary.steps),
        State::Particles { n, .. } => format!("{n} particles, {} strides", summary.steps),
        State::Point { .. } => format!("{} strides", summary.steps),
        State::Path { .. } => format!("{} steps", summary.steps),
    };
    let time = seconds.setup + seconds.warmup + seconds.run;
    let (row, scheme) = (config.about().row, config.scheme.name());
    let by = if row.to_lowercase().replace(' ', "-") == scheme { String::new() } else { format!(" by {scheme}") };
    format!("{row}{by}: {size}, seed {}, {} gradients in {time:.2} s", summary.seed, grouped(summary.gradients))
}

fn table(parameters: &[Parameter]) -> String {
    let sampled = parameters.iter().any(|p| p.rhat.is_finite() || p.ess_bulk.is_finite());
    let spread = parameters.iter().any(|p| p.sd.is_finite());
    let heads: &[&str] = match (sampled, spread) {
        (true, _) => &["mean", "sd", "5%", "95%", "R-hat", "ESS"],
        (false, true) => &["mean", "sd", "5%", "95%"],
        _ => &["value"],
    };
    let row = |p: &Parameter| -> Vec<String> {
        let ess = if p.ess_bulk.is_finite() { grouped(p.ess_bulk.round() as u64) } else { "-".into() };
        let rhat = if p.rhat.is_finite() { format!("{:.3}", p.rhat) } else { "-".into() };
        let near = |x| beside(x, p.sd);
        let cells = [near(p.mean), number(p.sd), near(p.q5), near(p.q95), rhat, ess];
        cells.into_iter().take(heads.len()).collect()
    };
    let rows = parameters.iter().take(ROWS).map(|p| (short(&p.name), row(p)));
    let mut out = aligned("parameter", heads, rows.collect());
    if parameters.len() > ROWS {
        let _ = writeln!(out, "... and {} more in summary.json", parameters.len() - ROWS);
    }
    out
}

/// A table: names to the left, cells to the right of their columns.
pub fn aligned(corner: &str, heads: &[&str], rows: Vec<(String, Vec<String>)>) -> String {
    let wide = |text: &str| text.chars().count();
    let first = rows.iter().map(|row| wide(&row.0)).chain([wide(corner)]).max().unwrap_or(0);
    let width = |k: usize| rows.iter().map(|row| wide(&row.1[k])).chain([wide(heads[k])]).max().unwrap_or(0);
    let line = |name: &str, cells: &[String]| {
        let cells: String = cells.iter().enumerate().map(|(k, cell)| format!("  {cell:>w$}", w = width(k))).collect();
        format!("{name:<first$}{cells}\n")
    };
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    rows.iter().fold(line(corner, &heads), |out, (name, cells)| out + &line(name, cells))
}

fn ledger(checks: &[Check], colour: bool) -> String {
    let width = checks.iter().map(|check| check.check.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for check in checks {
        let (mark, word, code) = match check.verdict {
            Verdict::Holds => ("✓", "holds", "32"),
            Verdict::Violated => ("✗", "violated", "1;31"),
            Verdict::Inconclusive => ("?", "inconclusive", "33"),
        };
        let verdict = format!("{mark} {word:<12}");
        let verdict = if colour { format!("\x1b[{code}m{verdict}\x1b[0m") } else { verdict };
        let [value, bound] = told_apart(check, digits_of);
        let bound = if check.bound.is_finite() { format!("  (bound {bound})") } else { String::new() };
        let _ = writeln!(out, "  {verdict} {:<width$}  {value}{bound}", check.check);
        if check.verdict != Verdict::Holds && !check.advice.is_empty() {
            let _ = writeln!(out, "    {}", check.advice);
        }
    }
    let count = |verdict| checks.iter().filter(|check| check.verdict == verdict).count();
    let (violated, open) = (count(Verdict::Violated), count(Verdict::Inconclusive));
    let _ = match (violated, open) {
        (0, 0) => writeln!(out, "  Certified: every check holds."),
        (0, 1) => writeln!(out, "  No check is violated; 1 is inconclusive."),
        (0, n) => writeln!(out, "  No check is violated; {n} are inconclusive."),
        (1, _) => writeln!(out, "  Not certified: 1 check is violated."),
        (n, _) => writeln!(out, "  Not certified: {n} checks are violated."),
    };
    out
}

/// Four significant digits.
pub fn number(x: f64) -> String {
    digits_of(x, 4)
}
/// As many digits as a spread of `sd` asks for; four where there is none.
pub fn beside(x: f64, sd: f64) -> String {
    if x.is_finite() && sd.is_finite() && sd > 0.0 { beside_spread(x, sd) } else { number(x) }
}
/// So many significant digits.
pub fn digits_of(x: f64, digits: usize) -> String {
    match x.abs() {
        _ if x.is_nan() => "-".into(),
        _ if x.is_infinite() => format!("{x}"),
        0.0 => "0".into(),
        a if (1e-3..1e6).contains(&a) => {
            format!("{x:.*}", (digits as i32 - 1 - a.log10().floor() as i32).clamp(0, digits as i32 + 2) as usize)
        }
        _ => format!("{x:.*e}", digits - 1),
    }
}
/// 1234567 as 1,234,567.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
/// A name of at most 40 characters, which keeps both its ends.
pub fn short(name: &str) -> String {
    shortened(name, 40)
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_have_four_digits() {
        let said: Vec<String> =
            [0.0, 1.0, -0.012345, 123.456, 12345.6, 1e-7, f64::NAN].iter().map(|x| super::number(*x)).collect();
        assert_eq!(said, ["0", "1.000", "-0.01235", "123.5", "12346", "1.000e-7", "-"]);
        assert_eq!(super::grouped(1_234_567), "1,234,567");
    }
    /// The rows of narrow posteriors tell their ends apart, and long names theirs.
    #[test]
    fn digits_follow_the_spread_and_names_keep_their_ends() {
        let row = |name: &str, mean: f64, sd: f64| super::Parameter {
            name: name.into(),
            mean,
            sd,
            q5: mean - 2.0 * sd,
            q95: mean + 2.0 * sd,
            ..super::Parameter::default()
        };
        let long = "household_income_before_tax_in_thousands_";
        let rows = [
            row("intercept", 1e9, 0.0625),
            row(&format!("{long}2019"), 0.5, 0.25),
            row(&format!("{long}2020"), 0.5, 0.0),
        ];
        let text = super::table(&rows);
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[1][1..5], ["1000000000.0000", "0.06250", "999999999.8750", "1000000000.1250"]);
        assert_eq!(lines[2][1..5], ["0.500", "0.2500", "0.000", "1.000"]);
        assert_eq!(lines[3][1..3], ["0.5000", "0"]);
        assert!(lines[2][0].ends_with("2019") && lines[3][0].ends_with("2020"), "{text}");
    }
    /// Held or not, four digits; violated, as many as show by how much.
    #[test]
    fn a_violated_check_never_looks_like_its_bound() {
        use steepest_record::{Check, Verdict};
        let said = |value, verdict| {
            super::told_apart(&Check { value, bound: 1.01, verdict, ..Check::default() }, super::digits_of)
        };
        let pair = |a: &str, b: &str| [a.to_owned(), b.to_owned()];
        assert_eq!(said(1.010_02, Verdict::Violated), pair("1.01002", "1.01000"));
        assert_eq!(said(1.5, Verdict::Violated), pair("1.500", "1.010"));
        assert_eq!(said(1.009_98, Verdict::Holds), pair("1.010", "1.010"));
        assert_eq!(said(1.01, Verdict::Violated), pair("1.010", "1.010"));
    }
}
