//! VALUE: whether one value is what its key may be.
use super::tree::{Entry, Node, Raw};
use crate::keys::{Fallback, GOALS, Key, REGULARISERS, SEARCHES, Type, regulariser};
use crate::nearest::suggestion;
use crate::{Place, Problem};
use steepest_flows::scheme::Composition;
use toml::Value;

/// The value of `key`, checked; `None` where it is the word that says so (`auto`, `normal`).
pub(super) fn settle(key: &Key, noun: &str, node: &Node) -> Result<Option<Value>, Problem> {
    let name = if noun.is_empty() { format!("`{}`", key.name) } else { format!("`{}` in [{noun}]", key.name) };
    let check = Check { name, key, kind: key.kind };
    check.value(node)
}

/// A word of parts in capitals, or the name of a composition in small letters, where it is one.
pub(super) fn word(text: &str) -> Option<String> {
    if let Some(composition) = Composition::named(text) {
        return Some(composition.name.to_owned());
    }
    let word = text.to_ascii_uppercase();
    let known = word.chars().all(|c| matches!(c, 'A' | 'B' | 'O')) && word.len() <= 64;
    (known && word.contains('A') && word.contains('B')).then_some(word)
}

/// What others call a family.
const ELSEWHERE: [(&str, &str); 17] = [
    ("normal", "gaussian"),
    ("linear", "gaussian"),
    ("logistic", "bernoulli"),
    ("logit", "bernoulli"),
    ("binary", "bernoulli"),
    ("negbin", "negative_binomial"),
    ("negbinomial", "negative_binomial"),
    ("nb", "negative_binomial"),
    ("nbinom", "negative_binomial"),
    ("t", "student"),
    ("cumulative", "ordinal"),
    ("ordered", "ordinal"),
    ("polr", "ordinal"),
    ("multinomial", "categorical"),
    ("softmax", "categorical"),
    ("zip", "zero_inflated_poisson"),
    ("zipoisson", "zero_inflated_poisson"),
];

struct Check<'a> {
    name: String,
    key: &'a Key,
    kind: Type,
}
impl Check<'_> {
    fn wrong(&self, place: &Place, got: &str, label: &str) -> Problem {
        let message = format!("{} must be {}, got {got}", self.name, self.kind.expected());
        let default = match self.key.fallback {
            Fallback::Is(text) => format!(" (default {text})"),
            Fallback::Required(example) | Fallback::Absent(example) => format!(", for example {example}"),
        };
        Problem::new(message).at(place).label(label).note(format!("{}: {}{default}", self.key.name, self.key.doc))
    }
    fn refuse(&self, node: &Node) -> Problem {
        self.wrong(&node.place, &node.describe(), "")
    }
    fn value(&self, node: &Node) -> Result<Option<Value>, Problem> {
        let value = match (self.kind, &node.raw) {
            (
                Type::AutoOrPositive
                | Type::AutoOrNotNegative
                | Type::AutoOrFraction
                | Type::AutoOrFlag
                | Type::Choice(_),
                Raw::Text(text),
            ) if text == "auto" && self.auto() => return Ok(None),
            (Type::Start, Raw::Text(text)) if text == "normal" => return Ok(None),
            (Type::Text | Type::Path, Raw::Text(text)) if !text.trim().is_empty() => Value::String(text.clone()),
            (Type::Word, Raw::Text(text)) => Value::String(word(text).ok_or_else(|| self.refuse(node))?),
            (Type::Choice(words), Raw::Text(text)) => match words.iter().find(|word| *word == text) {
                Some(word) => Value::String((*word).to_owned()),
                None => {
                    let meant = ELSEWHERE.iter().find(|(other, here)| other == text && words.contains(here));
                    let label = meant.map(|(_, here)| format!("it is called `{here}` here"));
                    let label = label.unwrap_or_else(|| suggestion(text, words.iter().copied()));
                    return Err(self.wrong(&node.place, &node.describe(), &label));
                }
            },
            (Type::Choices(words), Raw::Text(_)) => {
                return Check { name: self.name.clone(), key: self.key, kind: Type::Choice(words) }.value(node);
            }
            (Type::Choices(words), Raw::Table(entries)) if !entries.is_empty() => {
                let word =
                    |check: &Self, node: &Node| Ok(check.value(node)?.unwrap_or_else(|| Value::String("auto".into())));
                self.table(entries, Type::Choice(words), word)?
            }
            (Type::Flag | Type::AutoOrFlag, Raw::Flag(flag)) => Value::Boolean(*flag),
            (Type::Count(least, most), _) => Value::Integer(self.count(node, least, most)?),
            (Type::Number, _) => self.number(node, |_| true)?,
            (Type::Positive | Type::AutoOrPositive, _) => self.number(node, |x| x > 0.0)?,
            (Type::NotNegative | Type::AutoOrNotNegative, _) => self.number(node, |x| x >= 0.0)?,
            (Type::Fraction | Type::AutoOrFraction, _) => self.number(node, |x| x > 0.0 && x < 1.0)?,
            (Type::Starts, Raw::Text(text)) => match SEARCHES.iter().find(|word| *word == text) {
                Some(word) => Value::String((*word).to_owned()),
                None => {
                    return Err(self.wrong(&node.place, &node.describe(), &suggestion(text, SEARCHES.iter().copied())));
                }
            },
            (Type::Starts, Raw::List(list))
                if matches!(list.first().map(|node| &node.raw), Some(Raw::List(_) | Raw::Table(_))) =>
            {
                Value::Array(list.iter().map(|at| self.given(node, at)).collect::<Result<_, _>>()?)
            }
            (Type::Start | Type::Starts, Raw::Table(_)) => self.given(node, node)?,
            (Type::Points, Raw::List(list)) if !list.is_empty() => {
                Value::Array(list.iter().map(|at| self.point(node, at)).collect::<Result<_, _>>()?)
            }
            (Type::Start | Type::Starts | Type::Numbers, Raw::List(list)) if !list.is_empty() => self.numbers(list)?,
            (Type::Times, Raw::List(list)) if !list.is_empty() => {
                let times = list.iter().map(|node| self.number(node, |t| t >= 0.0));
                Value::Array(times.collect::<Result<_, _>>()?)
            }
            (Type::Times, Raw::Number(_) | Raw::Whole(_)) => self.number(node, |spacing| spacing > 0.0)?,
            (Type::Texts, Raw::List(list)) if !list.is_empty() => {
                Value::Array(list.iter().map(|node| self.text(node)).collect::<Result<_, _>>()?)
            }
            (Type::Levels, Raw::List(list)) if !list.is_empty() => {
                Value::Array(list.iter().map(|node| self.level(node)).collect::<Result<_, _>>()?)
            }
            (Type::NumberTable, Raw::Table(entries)) => {
                self.table(entries, Type::Number, |check, node| check.number(node, |_| true))?
            }
            (Type::Goals, Raw::Table(entries)) => {
                if let Some(entry) = entries.iter().find(|entry| !GOALS.contains(&entry.name.as_str())) {
                    let label = suggestion(&entry.name, GOALS.iter().copied());
                    return Err(self.wrong(&entry.key, &format!("`{}`", entry.name), &label));
                }
                self.table(entries, Type::Positive, |check, node| {
                    let goal = check.number(node, |x| x > 0.0)?;
                    let agreed = check.name.contains("rhat") && goal.as_float().is_some_and(|goal| goal <= 1.0);
                    if agreed {
                        let message =
                            format!("{} must be a number greater than 1, got {}", check.name, node.describe());
                        let note = "R-hat is 1 where chains agree, and never quite: 1.01 is a usual goal";
                        return Err(Problem::new(message).at(&node.place).note(note));
                    }
                    Ok(goal)
                })?
            }
            (Type::Regulariser, Raw::Table(entries)) => self.regulariser(node, entries)?,
            (Type::Bounds, Raw::Table(entries)) if !entries.is_empty() => {
                self.table(entries, Type::Bounds, Check::interval)?
            }
            (Type::TextTable, Raw::Table(entries)) => self.table(entries, Type::Text, Check::text)?,
            _ => return Err(self.refuse(node)),
        };
        Ok(Some(value))
    }
    fn auto(&self) -> bool {
        !matches!(self.kind, Type::Choice(words) if !words.contains(&"auto"))
    }
    fn numbers(&self, list: &[Node]) -> Result<Value, Problem> {
        list.iter().map(|node| self.number(node, |_| true)).collect::<Result<_, _>>().map(Value::Array)
    }
    /// A list of numbers, within `node`.
    fn point(&self, node: &Node, at: &Node) -> Result<Value, Problem> {
        match &at.raw {
            Raw::List(list) if !list.is_empty() => self.numbers(list),
            _ => Err(self.refuse(node)),
        }
    }
    /// A point, or values of parameters.
    fn given(&self, node: &Node, at: &Node) -> Result<Value, Problem> {
        let value = |check: &Self, node: &Node| match &node.raw {
            Raw::List(list) if !list.is_empty() => check.numbers(list),
            _ => check.number(node, |_| true),
        };
        match &at.raw {
            Raw::Table(entries) if !entries.is_empty() => self.table(entries, Type::Quantity, value),
            _ => self.point(node, at),
        }
    }
    fn number(&self, node: &Node, within: impl Fn(f64) -> bool) -> Result<Value, Problem> {
        let x = match node.raw {
            Raw::Number(x) => x,
            Raw::Whole(x) => x as f64,
            _ => return Err(self.refuse(node)),
        };
        if !x.is_finite() {
            return Err(self.wrong(&node.place, &node.describe(), "not a finite number"));
        }
        if within(x) { Ok(Value::Float(x)) } else { Err(self.refuse(node)) }
    }
    /// The least and the greatest that something may be.
    fn interval(&self, node: &Node) -> Result<Value, Problem> {
        let number = |node: &Node| match node.raw {
            Raw::Number(x) if !x.is_nan() => Some(x),
            Raw::Whole(x) => Some(x as f64),
            _ => None,
        };
        let ends = match &node.raw {
            Raw::List(list) => list.iter().map(number).collect::<Option<Vec<f64>>>(),
            _ => None,
        };
        let problem = |message: String| {
            let problem = Problem::new(message).at(&node.place);
            problem.note(format!("{}: {}, for example {}", self.key.name, self.key.doc, "[0.0, inf]"))
        };
        match ends.as_deref() {
            Some([low, high]) if low <= high && *low < f64::INFINITY && *high > f64::NEG_INFINITY => {
                Ok(Value::Array(vec![Value::Float(*low), Value::Float(*high)]))
            }
            Some([low, high]) => {
                Err(problem(format!("{} leaves no value: nothing is at least {low} and at most {high}", self.name)))
            }
            _ => Err(problem(format!(
                "{} must be two numbers, the least and the greatest, got {}",
                self.name,
                node.describe()
            ))),
        }
    }
    /// Whole numbers may be written 1e6.
    fn count(&self, node: &Node, least: u64, most: u64) -> Result<i64, Problem> {
        let x = match node.raw {
            Raw::Whole(x) => x,
            Raw::Number(x) if x.is_finite() && x.fract() == 0.0 => x as i128,
            Raw::Number(x) if x.is_finite() => return Err(self.wrong(&node.place, &node.describe(), "not whole")),
            _ => return Err(self.refuse(node)),
        };
        let label = match () {
            () if x < i128::from(least) => "too small",
            () if x > i128::from(most) => "too large",
            () => return i64::try_from(x).map_err(|_| self.refuse(node)),
        };
        Err(self.wrong(&node.place, &node.describe(), label))
    }
    fn text(&self, node: &Node) -> Result<Value, Problem> {
        match &node.raw {
            Raw::Text(text) if !text.trim().is_empty() => Ok(Value::String(text.clone())),
            _ => Err(self.refuse(node)),
        }
    }
    /// A text, or a number as tables name it: 1 for 1.0.
    fn level(&self, node: &Node) -> Result<Value, Problem> {
        if let Raw::Text(_) = node.raw {
            return self.text(node);
        }
        let number = self.number(node, |_| true)?.as_float().unwrap_or(f64::NAN);
        // Minus zero is zero.
        Ok(Value::String((number + 0.0).to_string()))
    }
    /// `kind` says which; the numbers are those that it has.
    fn regulariser(&self, node: &Node, entries: &[Entry]) -> Result<Value, Problem> {
        let Some(kind) = entries.iter().find(|entry| entry.name == "kind") else {
            return Err(self.wrong(&node.place, "a table without `kind`", ""));
        };
        let Raw::Text(name) = &kind.node.raw else { return Err(self.refuse(&kind.node)) };
        let Some(simple) = regulariser(name) else {
            let label = suggestion(name, REGULARISERS.iter().map(|simple| simple.name));
            return Err(self.wrong(&kind.node.place, &format!("the kind \"{name}\""), &label));
        };
        let mut table = toml::Table::new();
        table.insert("kind".into(), Value::String(name.clone()));
        for entry in entries.iter().filter(|entry| entry.name != "kind") {
            let Some((_, of, _)) = simple.numbers.iter().find(|(number, ..)| *number == entry.name) else {
                let label = suggestion(&entry.name, simple.numbers.iter().map(|(number, ..)| *number));
                let problem = Problem::new(format!("regulariser `{name}` has no `{}`", entry.name));
                return Err(problem.at(&entry.key).label(label).note(format!("{name}: {}", simple.doc)));
            };
            let check = Check { name: format!("`{}` of regulariser `{name}`", entry.name), key: self.key, kind: *of };
            let value = check.value(&entry.node)?.unwrap_or(Value::Float(f64::NAN));
            // All are kept as numbers.
            let value = value.as_integer().map_or(value, |whole| Value::Float(whole as f64));
            table.insert(entry.name.clone(), value);
        }
        match simple.numbers.iter().find(|(number, _, optional)| !optional && !table.contains_key(*number)) {
            Some((number, of, _)) => {
                let problem = Problem::new(format!("regulariser `{name}` needs `{number}`, {}", of.expected()));
                Err(problem.at(&node.place).note(format!("{name}: {}", simple.doc)))
            }
            None => Ok(Value::Table(table)),
        }
    }
    /// Entries are named in messages as `priors.age`.
    fn table(
        &self,
        entries: &[Entry],
        of: Type,
        each: fn(&Self, &Node) -> Result<Value, Problem>,
    ) -> Result<Value, Problem> {
        let settle = |entry: &Entry| {
            let name = self.name.replacen(self.key.name, &format!("{}.{}", self.key.name, entry.name), 1);
            let check = Check { name, key: self.key, kind: of };
            each(&check, &entry.node).map(|value| (entry.name.clone(), value))
        };
        entries.iter().map(settle).collect::<Result<toml::Table, _>>().map(Value::Table)
    }
}
