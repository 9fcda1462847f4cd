//! The tables of the page: checks, parameters, chains, cost.
use crate::{
    chains::e_bfmi,
    escape::{markup, shortened},
    figure::inline,
    number::{beside_spread, concise, count, duration, significant},
    payload::Curves,
    sample::Sample,
    verdict::{badge, class, told_apart},
};
use serde_json::Value;
use std::{collections::HashMap, fmt::Write};
use steepest_record::{Parameter, Record, Summary, Verdict};

/// Rows of the parameter table.
const ROWS: usize = 500;
/// Standard deviations between the 5 % and the 95 % quantile of a normal law.
const WIDTH: f64 = 3.29;

/// Leave-one-out in a sentence, and a few properties of the response beside those of its replicates.
pub fn predictions(summary: &Summary) -> String {
    let mut out = String::new();
    if let Some(loo) = summary.extra.get("loo") {
        let of = |key: &str| loo[key].as_f64().unwrap_or(f64::NAN);
        let lacking = if loo["normalised"] == false { ", up to a constant that the likelihood may lack" } else { "" };
        let _ = write!(
            out,
            "<p>Left out one by one, {} rows have an expected log predictive density of <strong>{}</strong> (standard error {}){lacking}; \
             the model spends {} effective parameters. Pareto k is at most {}.</p>",
            count(of("rows") as u64),
            significant(of("elpd"), 5),
            significant(of("se"), 2),
            significant(of("p"), 3),
            significant(of("largest_k"), 2)
        );
    }
    let Some(tests) = summary.extra.get("predictive").and_then(Value::as_object) else { return out };
    out.push_str(
        "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Of the response</th><th scope=\"col\" class=\"n\">Value</th>\
         <th scope=\"col\" class=\"n\">Replicates, 5 %</th><th scope=\"col\" class=\"n\">95 %</th>\
         <th scope=\"col\" class=\"n\">Share above</th></tr></thead><tbody>",
    );
    // Those of a number in their order, then the shares of levels.
    let usual = ["mean", "sd", "min", "max"];
    let (numbers, shares) = (usual.into_iter().filter(|n| tests.contains_key(*n)), tests.keys().map(String::as_str));
    for name in numbers.chain(shares.filter(|n| !usual.contains(n))) {
        let [value, q5, q95, above] =
            ["value", "q5", "q95", "above"].map(|key| tests[name][key].as_f64().unwrap_or(f64::NAN));
        // Replicates far from zero and close together have many digits.
        let near = |x: f64| if q95 > q5 { beside_spread(x, (q95 - q5) / WIDTH) } else { concise(x, 4) };
        let name = markup(name);
        let cells = [near(value), near(q5), near(q95), concise(above, 4)];
        let cells = cells.map(|x| format!("<td class=\"n\">{x}</td>")).concat();
        let _ = write!(out, "<tr><th scope=\"row\">{name}</th>{cells}</tr>");
    }
    out + "</tbody></table></div>"
}

/// Averages without the leading bias of the step, and what that bias is.
pub fn extrapolation(summary: &Summary) -> String {
    let Some(found) = summary.extra.get("extrapolation") else { return String::new() };
    let Some(quantities) = found["quantities"].as_array() else { return String::new() };
    let step = |k: usize| concise(found["steps"][k].as_f64().unwrap_or(f64::NAN), 4);
    let mut out = format!(
        "<p>From strides {} and {} along the same paths, for a bias of order h<sup>{}</sup>. The bias is that of the run, at \
         the longer stride.</p>",
        step(0),
        step(1),
        found["order"].as_u64().unwrap_or(0)
    );
    out.push_str("<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Quantity</th>");
    for head in ["Mean", "± ", "Its bias", "± ", "Variance", "± ", "Its bias", "± "] {
        let _ = write!(out, "<th scope=\"col\" class=\"n\">{head}</th>");
    }
    out.push_str("</tr></thead><tbody>");
    for quantity in quantities.iter().take(ROWS) {
        let cell = |key: &str| {
            let of = |key: &str| quantity[key].as_f64().unwrap_or(f64::NAN);
            let (found, error) = (of(key), of(format!("{key}_se").as_str()));
            let (found, error) = (beside_spread(found, error), significant(error, 3));
            format!("<td class=\"n\">{found}</td><td class=\"n\">{error}</td>")
        };
        let cells = ["mean", "mean_bias", "variance", "variance_bias"].map(cell).concat();
        let name = markup(quantity["name"].as_str().unwrap_or(""));
        let _ = write!(out, "<tr><th scope=\"row\">{name}</th>{cells}</tr>");
    }
    out + "</tbody></table></div>"
}

/// The checks, violated ones first.
pub fn checks(summary: &Summary) -> String {
    let mut order: Vec<usize> = (0..summary.ledger.len()).collect();
    order.sort_by_key(|i| match summary.ledger[*i].verdict {
        Verdict::Violated => 0,
        Verdict::Inconclusive => 1,
        Verdict::Holds => 2,
    });
    let mut out = String::from(
        "<div class=\"scroll\"><table class=\"checks\"><thead><tr><th scope=\"col\">Verdict</th><th scope=\"col\">Check</th>\
         <th scope=\"col\" class=\"n\">Number</th><th scope=\"col\" class=\"n\">Held against</th>\
         <th scope=\"col\">In words</th></tr></thead><tbody>",
    );
    for check in order.into_iter().map(|i| &summary.ledger[i]) {
        let class = class(check.verdict);
        let [value, bound] = told_apart(check, concise);
        let _ = write!(
            out,
            "<tr class=\"{class}\"><td>{}</td>\
             <th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"advice\">{}</td></tr>",
            badge(check.verdict),
            markup(&check.check),
            value,
            bound,
            markup(&check.advice)
        );
    }
    out + "</tbody></table></div>"
}

/// A column of the parameter table: its head, what it means, how to read and to write a number.
struct Column {
    head: &'static str,
    means: &'static str,
    value: fn(&Parameter) -> f64,
    write: fn(f64, &Parameter) -> String,
    doubtful: fn(f64) -> bool,
}

fn whole(x: f64, _: &Parameter) -> String {
    if x.is_finite() && x >= 0.0 { count(x.round() as u64) } else { significant(x, 3) }
}

const COLUMNS: [Column; 9] = {
    const fn near(head: &'static str, means: &'static str, value: fn(&Parameter) -> f64) -> Column {
        Column { head, means, value, write: |x, p| beside_spread(x, p.sd), doubtful: |_| false }
    }
    const fn ess(head: &'static str, means: &'static str, value: fn(&Parameter) -> f64) -> Column {
        Column { head, means, value, write: whole, doubtful: |x| x < 400.0 }
    }
    [
        near("mean", "posterior mean", |p| p.mean),
        Column { write: |x, _| significant(x, 3), ..near("sd", "posterior standard deviation", |p| p.sd) },
        near("5 %", "5 % quantile", |p| p.q5),
        // That of a single value is the value, and says nothing.
        near("50 %", "median", |p| if p.q5.is_finite() { p.q50 } else { f64::NAN }),
        near("95 %", "95 % quantile", |p| p.q95),
        Column {
            head: "R-hat",
            means: "split rank-normalised R-hat: below 1.01 where chains agree",
            value: |p| p.rhat,
            write: |x, _| if x.is_finite() && x < 100.0 { format!("{x:.3}") } else { significant(x, 3) },
            doubtful: |x| x > 1.01,
        },
        ess("ESS bulk", "effective sample size for the centre", |p| p.ess_bulk),
        ess("ESS tail", "effective sample size for the 5 % and 95 % quantiles", |p| p.ess_tail),
        Column {
            write: |x, _| significant(x, 2),
            ..near("MCSE", "Monte Carlo standard error of the mean", |p| p.mcse_mean)
        },
    ]
};

/// The parameters, sortable; a column without a number is left out, and with it what it would say.
pub fn parameters(summary: &Summary, curves: &HashMap<&str, Curves>, places: &HashMap<&str, usize>) -> String {
    let all = &summary.parameters;
    let columns: Vec<&Column> = COLUMNS.iter().filter(|c| all.iter().any(|p| !(c.value)(p).is_nan())).collect();
    let (sampled, drawn) = (all.iter().any(|p| p.sd.is_finite()), all.iter().any(|p| p.q5.is_finite()));
    let mut out = String::from(
        "<div class=\"scroll\"><table class=\"sortable\" id=\"parameter-table\"><thead><tr>\
         <th scope=\"col\" aria-sort=\"none\"><button type=\"button\">parameter</button></th>",
    );
    if columns.len() < 3 {
        out = out.replacen("sortable", "sortable narrow", 1);
    }
    if drawn {
        out.push_str("<th scope=\"col\" class=\"plain\">density, 5–95 %</th>");
    }
    for c in &columns {
        let (head, means) = if sampled || c.head != "mean" { (c.head, c.means) } else { ("value", "value at the end") };
        let _ = write!(
            out,
            "<th scope=\"col\" class=\"n\" aria-sort=\"none\"><button type=\"button\" title=\"{means}\">{head}</button></th>"
        );
    }
    out.push_str("</tr></thead><tbody>");
    for p in all.iter().take(ROWS) {
        let name = markup(&p.name);
        let curve = curves.get(p.name.as_str());
        let label = match places.get(p.name.as_str()) {
            Some(place) => format!("<a href=\"#explore\" data-place=\"{place}\">{name}</a>"),
            None => name.clone(),
        };
        let _ = write!(out, "<tr><th scope=\"row\" data-v=\"{name}\">{label}</th>");
        if drawn {
            let view = curve.map_or((p.q5, p.q95), |c| (c.view.lo, c.view.hi));
            let _ = write!(out, "<td>{}</td>", inline(p, curve.map_or(&[][..], |c| &c.pooled), view));
        }
        for c in &columns {
            let x = (c.value)(p);
            let (doubt, why) =
                if (c.doubtful)(x) { (" doubt", "<span aria-label=\" look here\">!</span>") } else { ("", "") };
            let _ = write!(out, "<td class=\"n{doubt}\" data-v=\"{x:?}\">{why}{}</td>", (c.write)(x, p));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
    if all.len() > ROWS {
        let (shown, all) = (count(ROWS as u64), count(all.len() as u64));
        let _ = write!(
            out,
            "<p class=\"note\">The first {shown} of {all} quantities; <code>summary.json</code> has all.</p>"
        );
    }
    out
}

/// The sampler's statistics, chain by chain; empty where there are none.
pub fn chains(sample: &Sample) -> String {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    type Say = fn(&[f64]) -> String;
    let columns: [(&str, &str, Say); 6] = [
        ("step size", "step_size", |v| significant(v.last().copied().unwrap_or(f64::NAN), 3)),
        ("mean acceptance", "acceptance_rate", |v| format!("{:.3}", v.iter().sum::<f64>() / v.len() as f64)),
        ("gradients a draw", "n_steps", |v| significant(v.iter().sum::<f64>() / v.len() as f64, 3)),
        ("deepest tree", "tree_depth", |v| concise(v.iter().copied().fold(0.0, f64::max), 2)),
        ("divergences", "diverging", |v| count(v.iter().filter(|d| **d > 0.5).count() as u64)),
        ("E-BFMI", "energy", |v| significant(e_bfmi(v), 3)),
    ];
    let present: Vec<_> = columns.iter().filter(|c| sample.statistic(c.1, 0).is_some_and(|v| !v.is_empty())).collect();
    if present.is_empty() {
        return String::new();
    }
    let mut out = String::from("<div class=\"scroll\"><table><thead><tr><th scope=\"col\">chain</th>");
    for (head, _, _) in &present {
        let _ = write!(out, "<th scope=\"col\" class=\"n\">{head}</th>");
    }
    let log_density = sample.statistic("lp", 0).is_some();
    out.push_str(if log_density { "<th scope=\"col\" class=\"n\">mean log density</th>" } else { "" });
    out.push_str("</tr></thead><tbody>");
    for c in 0..sample.chains {
        let _ = write!(out, "<tr><th scope=\"row\"><span class=\"swatch k{c}\"></span>{}</th>", c + 1);
        for (_, name, say) in &present {
            let _ = write!(out, "<td class=\"n\">{}</td>", sample.statistic(name, c).map_or("–".into(), say));
        }
        if log_density {
            let lp = sample.statistic("lp", c).map_or(f64::NAN, mean);
            let _ = write!(out, "<td class=\"n\">{}</td>", significant(lp, 6));
        }
        out.push_str("</tr>");
    }
    out + "</tbody></table></div>"
}

/// Time and work, and the numbers that only this kind of run has.
pub fn cost(record: &Record) -> String {
    let s = &record.summary;
    let phases = [("setup", s.seconds.setup), ("warm-up", s.seconds.warmup), ("run", s.seconds.run)];
    let spent = phases.into_iter().filter(|(_, t)| *t > 0.0);
    let mut rows: Vec<(String, String)> = spent.map(|(phase, t)| (phase.into(), duration(t))).collect();
    rows.extend([
        ("gradients".into(), count(s.gradients)),
        ("gradients a second".into(), concise(s.rate.round(), 3)),
        (if record.draws.is_some() { "draws a chain" } else { "steps" }.into(), count(s.steps)),
    ]);
    let ess = s.parameters.iter().map(|p| p.ess_bulk).filter(|x| x.is_finite()).fold(f64::INFINITY, f64::min);
    if ess.is_finite() && s.seconds.run > 0.0 {
        rows.push(("smallest bulk ESS a second of run".into(), significant(ess / s.seconds.run, 3)));
    }
    if let Some(z) = &s.log_z {
        rows.push(("log Z".into(), format!("{} ± {}", significant(z.value, 6), significant(z.se, 2))));
    }
    if let Some(o) = &s.objective {
        rows.push(("objective at the start".into(), concise(o.initial, 6)));
        rows.push(("objective at the end".into(), concise(o.r#final, 6)));
    }
    let rest = s.extra.iter().filter(|(key, _)| !ELSEWHERE.contains(&key.as_str()));
    rows.extend(rest.take(60).map(|(key, value)| (key.replace('_', " "), said(value))));
    listed(&rows)
}

/// What `extra` has that a section of its own shows.
const ELSEWHERE: [&str; 4] = ["loo", "predictive", "extrapolation", "calibration"];
/// Items of a list that are shown.
const ITEMS: usize = 12;

/// Names and what they are, in columns.
pub fn listed(rows: &[(String, String)]) -> String {
    let rows: String =
        rows.iter().map(|(k, v)| format!("<div><dt>{}</dt><dd>{}</dd></div>", markup(k), markup(v))).collect();
    format!("<dl class=\"cost\">{rows}</dl>")
}

/// A number, a text, or several as a reader wants them.
fn said(value: &Value) -> String {
    match value {
        Value::Number(n) => n.as_f64().map_or_else(|| n.to_string(), |x| concise(x, 6)),
        Value::String(text) => shortened(text, 160),
        Value::Null => "–".into(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::Array(list) => several(list.len(), list.iter().map(said)),
        Value::Object(named) => {
            several(named.len(), named.iter().map(|(key, value)| format!("{} {}", key.replace('_', " "), said(value))))
        }
    }
}

/// The first of so many, and how many more there are.
fn several(count: usize, items: impl Iterator<Item = String>) -> String {
    let mut shown: Vec<String> = items.take(ITEMS).collect();
    if count > ITEMS {
        shown.push(format!("and {} more in summary.json", count - ITEMS));
    }
    shown.join(", ")
}
