//! COMPARE: runs side by side: cost, trust, parameters, and how well each model predicts what it has not seen.
use crate::SpecError;
use crate::identity::{files, sum_of};
use std::path::Path;
use steepest_flows::observer::diagnostics::total;
use steepest_models::{Table, TableOptions};
use steepest_record::{Identity, Record};
use toml::Value;

/// How one of several models of the same response predicts, leave-one-out.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicts {
    /// Its place among the runs given.
    pub run: usize,
    /// Expected log predictive density and its standard error.
    pub elpd: (f64, f64),
    /// Its elpd less the best one's, and the standard error of the difference.
    pub difference: (f64, f64),
    /// Effective parameters.
    pub parameters: f64,
    /// Rows whose Pareto k is too large to rely on.
    pub doubtful: usize,
}

/// The runs by elpd, best first, their differences taken row by row `[VehtariGelmanGabry2017, Eq. 24]`.
///
/// `begun` has what each was begun with, as far as its folder says so: whether rows that are weighted, or counts out of a number
/// of trials, are the same data in two runs is in their tables alone. `None` where fewer than two runs have leave-one-out figures.
///
/// # Errors
/// Runs of different responses, with different weights or trials, or of probabilities and of densities: there is nothing to
/// compare.
pub fn predictions(runs: &[(String, Record)], begun: &[Option<Identity>]) -> Result<Option<Vec<Predicts>>, SpecError> {
    let each = runs.iter().enumerate();
    let seen: Vec<Seen<'_>> =
        each.filter_map(|(k, run)| Seen::of(k, run, begun.get(k).and_then(Option::as_ref))).collect();
    let [first, others @ ..] = seen.as_slice() else { return Ok(None) };
    if others.is_empty() {
        return Ok(None);
    }
    if let Some(why) = others.iter().find_map(|other| first.apart(other)) {
        return Err(SpecError::input(format!("{why} their elpd cannot be compared")));
    }
    let elpd = |rows: &[&[f64]]| total(&rows.iter().map(|row| row[0]).collect::<Vec<_>>());
    let best = seen.iter().max_by(|a, b| elpd(&a.rows).0.total_cmp(&elpd(&b.rows).0));
    let Some(best) = best else { return Ok(None) };
    let mut out: Vec<Predicts> = seen
        .iter()
        .map(|Seen { run, record, rows, .. }| {
            let apart: Vec<f64> = rows.iter().zip(&best.rows).map(|(a, b)| a[0] - b[0]).collect();
            Predicts {
                run: *run,
                elpd: elpd(rows),
                difference: total(&apart),
                parameters: rows.iter().map(|row| row[1]).sum(),
                doubtful: record.summary.extra["loo"]["above"].as_u64().unwrap_or(0) as usize,
            }
        })
        .collect();
    out.sort_by(|a, b| b.elpd.0.total_cmp(&a.elpd.0));
    Ok(Some(out))
}

/// A run with leave-one-out figures.
struct Seen<'a> {
    /// Its place among all.
    run: usize,
    name: &'a str,
    record: &'a Record,
    rows: Vec<&'a [f64]>,
    /// `[functional]` of its flow.toml.
    functional: toml::Table,
    begun: Option<&'a Identity>,
}
impl<'a> Seen<'a> {
    fn of(run: usize, (name, record): &'a (String, Record), begun: Option<&'a Identity>) -> Option<Seen<'a>> {
        let flow = record.flow.parse::<toml::Table>().unwrap_or_default();
        let functional = flow.get("functional").and_then(Value::as_table).cloned().unwrap_or_default();
        Some(Seen { run, name, record, rows: left_out(record)?, functional, begun })
    }
    /// Why the elpd of another run is not one of the same data in the same units, up to what follows from that.
    fn apart(&self, other: &Seen<'_>) -> Option<String> {
        let (a, b, one, two) = (self.name, other.name, &self.rows, &other.rows);
        let same = one.len() == two.len() && one.iter().zip(two).all(|(x, y)| x[4].to_bits() == y[4].to_bits());
        if !same {
            return Some(format!(
                "{a} ({} rows) and {b} ({} rows) are runs of different responses:",
                one.len(),
                two.len()
            ));
        }
        if let (Some(one), Some(two)) = (self.discrete(), other.discrete())
            && one != two
        {
            let [x, y] = [one, two].map(|discrete| if discrete { "probabilities" } else { "densities" });
            return Some(format!("the response has {x} in {a} and {y} in {b}, which have other units:"));
        }
        match (self.text("weights"), other.text("weights")) {
            (None, None) => {}
            (Some(w), Some(v)) => {
                if let Some(why) = self.other_numbers((w, "weights"), (other, v)) {
                    return Some(why);
                }
            }
            (w, v) => {
                let by = |column: &str| format!("by '{column}'");
                let [w, v] = [w, v].map(|weights| weights.map_or("not at all".into(), by));
                let why = "they stand for different data, and";
                return Some(format!("rows are weighted in {a} {w}, and in {b} {v}: {why}"));
            }
        }
        self.other_numbers((self.trials()?, "trials"), (other, other.trials()?))
    }
    /// Why a column is not known to have the numbers that one has in the table of another run.
    fn other_numbers(&self, (name, what): (&str, &str), (other, theirs): (&Seen<'_>, &str)) -> Option<String> {
        let (a, b) = (self.name, other.name);
        let alike = || self.begun.zip(other.begun).is_some_and(|(one, two)| one.data == two.data);
        // `trials(10)` is ten of any table.
        if name == theirs && (name.parse::<f64>().is_ok() || alike()) {
            return None;
        }
        match (self.column(name), other.column(theirs)) {
            (Ok(one), Ok(two)) if one == two => None,
            (Ok(_), Ok(_)) => Some(format!(
                "the {what} '{name}' of {a} and '{theirs}' of {b} are other numbers: rows stand for different data, and"
            )),
            (Err(why), _) | (_, Err(why)) => {
                Some(format!("whether {a} and {b} have the same {what} ('{name}', '{theirs}') cannot be told ({why}):"))
            }
        }
    }
    /// The bits of a column of its table, if that is what it was.
    fn column(&self, name: &str) -> Result<Vec<u64>, String> {
        let files = files(&self.record.flow);
        let [file] = files.as_slice() else { return Err(format!("{} has no table", self.name)) };
        if self.begun.is_some_and(|begun| sum_of(&files).ok() != Some(begun.data)) {
            return Err(format!("{file} is not what it was when {} was begun", self.name));
        }
        let header = self.functional.get("header").and_then(Value::as_bool);
        let table = Table::read(Path::new(file), TableOptions { header, ..TableOptions::default() });
        let found = table.and_then(|table| Ok(table.numbers(name)?.iter().map(|x| x.to_bits()).collect()));
        found.map_err(|error| error.to_string())
    }
    fn text(&self, key: &str) -> Option<&str> {
        self.functional.get(key)?.as_str()
    }
    /// What a formula says of its response, behind the bar.
    fn about(&self) -> Option<&str> {
        Some(self.text("formula")?.split_once('~')?.0.split_once('|')?.1.trim())
    }
    /// `n` of `k | trials(n) ~ ...`.
    fn trials(&self) -> Option<&str> {
        let inside = self.about()?.strip_prefix("trials")?.trim_start().strip_prefix('(')?;
        Some(inside.strip_suffix(')')?.trim())
    }
    /// Whether its elpd is of probabilities and not of densities, where that can be told.
    fn discrete(&self) -> Option<bool> {
        if self.text("kind") == Some("rows") {
            let law = self.text("ll").or(self.text("nll"))?;
            return match [law.contains("_lpmf("), law.contains("_lpdf(")] {
                [mass, density] if mass != density => Some(mass),
                _ => None,
            };
        }
        Some(match self.text("family")? {
            // As the family is found where none is given.
            "auto" => match self.about() {
                Some(about) => about.starts_with("trials"),
                None => self.rows.iter().all(|row| row[4] == 0.0 || row[4] == 1.0),
            },
            family => !["gaussian", "student", "gamma", "beta"].contains(&family),
        })
    }
}

/// The rows of `loo.npy`: elpd, effective parameters, Pareto k, probability integral transform, response.
fn left_out(record: &Record) -> Option<Vec<&[f64]>> {
    let array = record.arrays.iter().find(|a| a.name == "loo" && a.shape.get(1) == Some(&5))?;
    record.summary.extra.get("loo")?;
    Some(array.values.chunks_exact(5).collect())
}
