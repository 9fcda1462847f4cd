//! SEEN: whether the elpd of two runs is one of the same data in the same units.
use super::said::{binomial_trials, by_name, is_name, of_counts};
use crate::identity::{files, is_pipe, saw_nothing, sum_of};
use std::path::Path;
use steepest_models::{Table, TableOptions};
use steepest_record::{Identity, Record};
use toml::Value;

/// A run with leave-one-out figures.
pub(super) struct Seen<'a> {
    /// Its place among all.
    pub(super) run: usize,
    name: &'a str,
    pub(super) record: &'a Record,
    pub(super) rows: Vec<&'a [f64]>,
    /// `[functional]` of its flow.toml.
    functional: toml::Table,
    begun: Option<&'a Identity>,
}

/// Numbers of the rows: a column, or one that is the same in all.
#[derive(Clone, Copy)]
struct Numbers<'t> {
    name: &'t str,
    same: Option<f64>,
}

/// A response: a number, or a word.
#[derive(PartialEq)]
enum Label<'t> {
    Number(u64),
    Word(&'t str),
}
impl Label<'_> {
    /// Of a response that is the place of one of these levels, where there are any.
    fn of(levels: &[String], response: f64) -> Label<'_> {
        match levels.get(response as usize).filter(|_| response >= 0.0) {
            Some(level) => {
                let level = level.trim();
                level.parse::<f64>().map_or(Label::Word(level), |x| Label::Number(x.to_bits()))
            }
            None => Label::Number(response.to_bits()),
        }
    }
}

fn alike(one: &[f64], two: &[f64]) -> bool {
    one.len() == two.len() && one.iter().zip(two).all(|(x, y)| x.to_bits() == y.to_bits())
}

impl<'a> Seen<'a> {
    pub(super) fn of(
        run: usize,
        (name, record): &'a (String, Record),
        begun: Option<&'a Identity>,
    ) -> Option<Seen<'a>> {
        let flow = record.flow.parse::<toml::Table>().unwrap_or_default();
        let functional = flow.get("functional").and_then(Value::as_table).cloned().unwrap_or_default();
        Some(Seen { run, name, record, rows: left_out(record)?, functional, begun })
    }
    /// Why the elpd of another run is not one of the same data in the same units, up to what follows from that.
    pub(super) fn apart(&self, other: &Seen<'_>) -> Option<String> {
        let (a, b) = (self.name, other.name);
        if let Some(why) = self.other_responses(other) {
            return Some(why);
        }
        if let (Some(one), Some(two)) = (self.discrete(), other.discrete())
            && one != two
        {
            let [x, y] = [one, two].map(|discrete| if discrete { "probabilities" } else { "densities" });
            return Some(format!("the response has {x} in {a} and {y} in {b}, which have other units:"));
        }
        // The same words lack the same constant, where neither run has added it.
        if let Some(run) = [self, other].iter().find(|run| run.normalised() != Some(true))
            && (self.normalised() != other.normalised() || self.likelihood() != other.likelihood())
        {
            let name = run.name;
            if run.normalised().is_none() {
                return Some(format!(
                    "{name} is of an earlier version, which did not find out whether its likelihood is a density of the response (run \
                     it again):"
                ));
            }
            return Some(format!(
                "the likelihood of {name} is not known to be a density of the response, so its elpd may lack a constant (write it by \
                 name, as normal_lpdf(y | m, s), or with all its constants, or say beside it what law it is, as simulate = \
                 \"normal(m, s)\" and response = \"y\"; then run it again):"
            ));
        }
        match (self.text("weights"), other.text("weights")) {
            (None, None) => {}
            (Some(w), Some(v)) => {
                let [w, v] = [w, v].map(|name| Numbers { name, same: None });
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
    /// Why the responses are not those of another run: numbers are held against numbers, and levels by their names.
    fn other_responses(&self, other: &Seen<'_>) -> Option<String> {
        let (a, b, one, two) = (self.name, other.name, &self.rows, &other.rows);
        let (mine, theirs) = (self.levels(), other.levels());
        let all = |same: &dyn Fn(f64, f64) -> bool| {
            one.len() == two.len() && one.iter().zip(two).all(|(x, y)| same(x[4], y[4]))
        };
        // Names of levels move no probability: the same places of levels are the same response.
        if all(&|x: f64, y: f64| x.to_bits() == y.to_bits())
            || all(&|x: f64, y: f64| Label::of(&mine, x) == Label::of(&theirs, y))
        {
            return None;
        }
        let [first, second] = [self.or_in_the_alphabet(&mine, other), other.or_in_the_alphabet(&theirs, self)];
        if all(&|x: f64, y: f64| Label::of(&first, x) == Label::of(&second, y)) {
            return None;
        }
        // A run that was told no order of two words does not say which of them is its 1.
        let told = if mine.is_empty() { &theirs } else { &mine };
        let words = told.iter().any(|level| !["0", "1"].contains(&level.as_str()));
        let turned = words && mine.is_empty() != theirs.is_empty();
        if turned && all(&|x: f64, y: f64| (x == 0.0 || x == 1.0) && x + y == 1.0) {
            return Some(format!(
                "{a} and {b} have the response with its levels in another order (give both the same `levels`):"
            ));
        }
        let (n, m) = (one.len(), two.len());
        Some(format!("{a} ({n} rows) and {b} ({m} rows) are runs of different responses:"))
    }
    /// The levels that its responses are places of, where it says them.
    fn levels(&self) -> Vec<String> {
        if let Some(levels) = self.record.summary.extra.get("levels").and_then(|levels| levels.as_array()) {
            return levels.iter().map(|level| level.as_str().unwrap_or_default().to_owned()).collect();
        }
        // A bernoulli response has but what it was told.
        let binary = self.text("family").is_some_and(|family| ["auto", "bernoulli"].contains(&family));
        let told = self.functional.get("levels").and_then(Value::as_array).filter(|levels| binary && levels.len() == 2);
        told.into_iter().flatten().filter_map(|level| level.as_str().map(str::to_owned)).collect()
    }
    /// These levels of its responses; where there are none, those of another run, if they are two words of the same column of the same
    /// file: of words that it was told no order of, the second in the alphabet is the 1 of a bernoulli.
    fn or_in_the_alphabet(&self, levels: &[String], other: &Seen<'_>) -> Vec<String> {
        if !levels.is_empty() {
            return levels.to_vec();
        }
        let mut known = other.levels();
        let binary = self.text("family").is_some_and(|family| ["auto", "bernoulli"].contains(&family));
        let column = self.response().is_some_and(|name| other.response() == Some(name));
        let words = known.len() == 2 && known.iter().all(|level| level.trim().parse::<f64>().is_err());
        if !(binary && column && words && files(&self.record.flow) == files(&other.record.flow)) {
            return Vec::new();
        }
        known.sort();
        known
    }
    /// The response of a formula, a column by its name.
    fn response(&self) -> Option<&str> {
        let text = self.text("formula")?.split_once('~')?.0.trim();
        let inside = text.strip_prefix("C(").and_then(|rest| rest.strip_suffix(')'));
        Some(inside.unwrap_or(text).trim())
    }
    /// Why numbers of the rows are not known to be those of another run.
    fn other_numbers(
        &self,
        (mine, what): (Numbers<'_>, &str),
        (other, theirs): (&Seen<'_>, Numbers<'_>),
    ) -> Option<String> {
        let (a, b) = (self.name, other.name);
        // What has no value is in no row that was used.
        let only = |column: &[f64], number: f64| column.iter().all(|x| x.is_nan() || *x == number);
        let found = match (mine.same, theirs.same) {
            (Some(x), Some(y)) => Ok(x == y),
            (Some(x), None) => other.column(theirs.name).map(|column| only(&column, x)),
            (None, Some(y)) => self.column(mine.name).map(|column| only(&column, y)),
            (None, None) if mine.name == theirs.name && self.is_of_the_same_files(other) => Ok(true),
            (None, None) => self.column(mine.name).and_then(|one| Ok(alike(&one, &other.column(theirs.name)?))),
        };
        let (w, v) = (mine.name, theirs.name);
        match found {
            Ok(true) => None,
            Ok(false) => Some(format!(
                "the {what} '{w}' of {a} and '{v}' of {b} are other numbers: rows stand for different data, and"
            )),
            Err(why) => {
                Some(format!("whether {a} and {b} have the same {what} ('{w}', '{v}') cannot be told ({why}):"))
            }
        }
    }
    fn is_of_the_same_files(&self, other: &Seen<'_>) -> bool {
        self.begun.zip(other.begun).is_some_and(|(one, two)| one.data == two.data && !saw_nothing(one))
    }
    /// A column of its table, if that is what it was.
    fn column(&self, name: &str) -> Result<Vec<f64>, String> {
        let files = files(&self.record.flow);
        let [file] = files.as_slice() else { return Err(format!("{} has no table", self.name)) };
        if is_pipe(Path::new(file)) || self.begun.is_some_and(saw_nothing) {
            return Err(format!("the table of {} came through a pipe ({file})", self.name));
        }
        if self.begun.is_some_and(|begun| sum_of(&files).ok() != Some(begun.data)) {
            return Err(format!("{file} is not what it was when {} was begun", self.name));
        }
        let header = self.functional.get("header").and_then(Value::as_bool);
        let table = Table::read(Path::new(file), TableOptions { header, ..TableOptions::default() });
        table.and_then(|table| table.numbers(name).map(<[f64]>::to_vec)).map_err(|error| error.to_string())
    }
    fn text(&self, key: &str) -> Option<&str> {
        self.functional.get(key)?.as_str()
    }
    /// Whether its elpd is of a density, as far as that was found out. A run of an earlier version does not say.
    fn normalised(&self) -> Option<bool> {
        if self.text("kind") != Some("rows") {
            return Some(true);
        }
        let found = self.record.summary.extra.get("loo").and_then(|loo| loo.get("normalised"));
        let written = |key: &str| self.text(key).is_some_and(|text| by_name(text, key == "nll"));
        let known = written("ll") || written("nll");
        found.and_then(|found| found.as_bool()).or(known.then_some(true))
    }
    /// The likelihood of a row model, in words, and its constants.
    fn likelihood(&self) -> Option<(&str, Vec<&str>, Option<&Value>)> {
        let key = ["ll", "nll"].into_iter().find(|key| self.functional.contains_key(*key))?;
        Some((key, self.text(key)?.split_whitespace().collect(), self.functional.get("constants")))
    }
    /// What a formula says of its response, behind the bar.
    fn about(&self) -> Option<&str> {
        Some(self.text("formula")?.split_once('~')?.0.split_once('|')?.1.trim())
    }
    /// `n` of `k | trials(n) ~ ...`, or of the one `binomial_lpmf(k | n, p)` in a row model.
    fn trials(&self) -> Option<Numbers<'_>> {
        if self.text("kind") == Some("rows") {
            return self.numbers(binomial_trials(self.text("ll").or(self.text("nll"))?)?);
        }
        let inside = self.about()?.strip_prefix("trials")?.trim_start().strip_prefix('(')?;
        self.numbers(inside.strip_suffix(')')?.trim())
    }
    /// What a text stands for: a number, a constant of the run, or a column. Expressions are not followed.
    fn numbers<'t>(&self, text: &'t str) -> Option<Numbers<'t>> {
        let named = |key: &str| self.functional.get(key).and_then(|table| table.get(text));
        let constant = named("constants").and_then(|x| x.as_float().or(x.as_integer().map(|x| x as f64)));
        let number = || text.starts_with(|c: char| c.is_ascii_digit() || c == '.').then(|| text.parse::<f64>().ok());
        if let Some(same) = constant.or_else(|| number().flatten()) {
            return Some(Numbers { name: text, same: Some(same) });
        }
        let quoted = text.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')).filter(|name| !name.contains('`'));
        let name = quoted.or(Some(text).filter(|text| is_name(text) && named("parameters").is_none()))?;
        Some(Numbers { name, same: None })
    }
    /// Whether its elpd is of probabilities and not of densities, where that can be told.
    fn discrete(&self) -> Option<bool> {
        if self.text("kind") == Some("rows") {
            let law = self.text("ll").or(self.text("nll"))?;
            let found = self.record.summary.extra.get("loo").and_then(|loo| loo.get("discrete")?.as_bool());
            return match [law.contains("_lpmf("), law.contains("_lpdf(")] {
                [false, false] => found.or_else(|| of_counts(self.text("simulate")?)),
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
