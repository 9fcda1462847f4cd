//! READ: from a text to a [`Config`]: kinds first, then keys, then pairs.
use super::names::{self, words};
use super::pair::Kinds;
use super::tree::{Entry, Node, Raw, Setting};
use super::value::{settle, word};
use super::{Config, Functional, Origin};
use crate::keys::{Fallback, Key, Kind, NOUNS, Noun, Type, noun};
use crate::nearest::{nearest, suggestion};
use crate::{Place, Problem};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::Value;

pub(super) fn read(text: &str, name: &str, settings: &[Setting]) -> Result<Config, Problem> {
    let root = Node::document(text, name, settings)?;
    tables(&root, name)?;
    let kinds = Kinds::of(&root)?;
    let mut places = BTreeMap::new();
    let mut document = toml::Table::new();
    for noun in NOUNS {
        let kind = kinds.of_noun(noun)?;
        let table = fill(noun, kind, &root, kinds.word.as_deref(), &mut places)?;
        document.insert(noun.name.to_owned(), Value::Table(table));
    }
    relative(&mut document, Path::new(name))?;
    kinds.check(&root, &mut document)?;
    // What the tables of keys let through, the types take: a test goes through every kind.
    let config = Config::deserialize_from(document).map_err(|error| Problem::new(format!("{name}: {error}")))?;
    let config = Config { origin: Origin { places }, ..config };
    constants(&config)?;
    names::check(&config)?;
    one_likelihood(&config)?;
    Ok(config)
}

/// A constant that the expression does not have is a slip.
fn constants(config: &Config) -> Result<(), Problem> {
    let (energy, constants, what) = match &config.functional {
        Functional::Expression { energy, constants, .. } => (energy.clone(), constants, "energy"),
        Functional::Lagrangian { text, constants, .. } => (text.clone(), constants, "Lagrangian"),
        Functional::LeastSquares { residuals, constants, .. } => (residuals.join(", "), constants, "residuals"),
        _ => return Ok(()),
    };
    let names = || words(&energy);
    match constants.keys().find(|constant| !names().any(|name| name == *constant)) {
        Some(constant) => {
            let problem = config.problem(
                &format!("functional.constants.{constant}"),
                format!("there is no `{constant}` in the {what}"),
            );
            let is = if what == "residuals" { "are" } else { "is" };
            // Numbers of the text are no names, and a name that has a value already was not meant.
            let letter = |name: &&str| name.starts_with(|c: char| c.is_alphabetic() || c == '_');
            let open = names().filter(letter).filter(|name| !constants.contains_key(*name));
            Err(problem.label(suggestion(constant, open)).note(format!("the {what} {is} {energy}")))
        }
        None => Ok(()),
    }
}

/// A model of rows is stated once.
fn one_likelihood(config: &Config) -> Result<(), Problem> {
    match &config.functional {
        Functional::Rows { nll: Some(_), ll: Some(_), .. } => Err(config
            .problem("functional.ll", "`nll` and `ll` in [functional] state the likelihood twice")
            .note("nll is minus the log likelihood of a row, ll the log likelihood; keep one")),
        Functional::Rows { nll: None, ll: None, .. } => Err(config
            .problem("functional", "[functional] of kind `rows` needs `nll` or `ll`")
            .label("the likelihood of a row is missing")
            .note("for example nll = \"log(s) + 0.5*((y - a*exp(-b*t))/s)^2\"")
            .note("or ll = \"normal_lpdf(y | a*exp(-b*t), s)\"")),
        _ => Ok(()),
    }
}

impl Config {
    fn deserialize_from(document: toml::Table) -> Result<Config, toml::de::Error> {
        document.try_into()
    }
}

/// Every top-level entry is a table with a known name, and there is a functional.
fn tables(root: &Node, name: &str) -> Result<(), Problem> {
    for entry in sorted(root) {
        let Some(noun) = noun(&entry.name) else {
            let known = NOUNS.iter().map(|noun| noun.name);
            let message = match entry.node.entries() {
                Some(_) => format!("unknown table [{}]", entry.name),
                None => format!("`{}` stands outside every table", entry.name),
            };
            let problem = Problem::new(message).at(&entry.key);
            let problem = match (nearest(&entry.name, known), home(&entry.name)) {
                (None, Some(home)) => problem.label(format!("this is a key of [{home}]")),
                (near, _) => problem.label(near.map_or(String::new(), |near| format!("did you mean [{near}]?"))),
            };
            let all: Vec<String> = NOUNS.iter().map(|noun| format!("[{}]", noun.name)).collect();
            return Err(problem.note(format!("the tables are {}", all.join(", "))));
        };
        if entry.node.entries().is_none() {
            let problem = Problem::new(format!("`{}` must be a table, got {}", noun.name, entry.node.describe()));
            let example = noun.kinds.first().map_or("", |kind| kind.name);
            let problem = problem.at(&entry.node.place);
            return Err(if noun.chosen {
                problem.note(format!("write it as [{}] and below it kind = \"{example}\"", noun.name))
            } else {
                problem.note(format!("write it as [{}] and its keys below it", noun.name))
            });
        }
    }
    if root.get("functional").is_none() {
        let empty = root.entries().is_none_or(<[Entry]>::is_empty);
        let message = if empty { format!("{name} is empty") } else { format!("{name} has no [functional]") };
        return Err(Problem::new(message)
            .note("it needs at least what should decrease, for example")
            .note("[functional]\nkind = \"regression\"\ndata = \"credit.csv\"\nformula = \"y ~ age + log(amount)\""));
    }
    Ok(())
}

/// The entries in the order of the file.
fn sorted(node: &Node) -> Vec<&Entry> {
    let mut entries: Vec<&Entry> = node.entries().unwrap_or_default().iter().collect();
    entries.sort_by_key(|entry| entry.key.span.start);
    entries
}

/// The table that has a key called `name`.
fn home(name: &str) -> Option<&'static str> {
    NOUNS.iter().find(|noun| noun.kinds.iter().any(|kind| kind.key(name).is_some())).map(|noun| noun.name)
}

/// The values of one table: given ones checked, others by default.
fn fill(
    noun: &Noun,
    kind: &'static Kind,
    root: &Node,
    known_word: Option<&str>,
    places: &mut BTreeMap<String, Place>,
) -> Result<toml::Table, Problem> {
    let given = root.get(noun.name);
    let mut table = toml::Table::new();
    if noun.chosen {
        table.insert("kind".into(), Value::String(kind.name.into()));
    }
    for entry in given.map(|entry| sorted(&entry.node)).unwrap_or_default() {
        if noun.chosen && entry.name == "kind" {
            continue;
        }
        let key = kind.key(&entry.name).ok_or_else(|| unknown(noun, kind, entry))?;
        if let Some(value) = settle(key, noun.name, &entry.node)? {
            table.insert(key.name.into(), value);
        }
        note_places(&format!("{}.{}", noun.name, key.name), &entry.node, places);
    }
    if let Some(entry) = given {
        places.insert(noun.name.into(), entry.key.clone());
    }
    if let (Some(word), "splitting") = (known_word, kind.name) {
        table.insert("word".into(), Value::String(word.into()));
    }
    for key in kind.keys.iter().filter(|key| given.and_then(|entry| entry.node.get(key.name)).is_none()) {
        match key.fallback {
            Fallback::Required(example) => {
                let problem = Problem::new(format!("[{}] of kind `{}` needs `{}`", noun.name, kind.name, key.name));
                let problem = match given {
                    Some(entry) => problem.at(&entry.key).label(format!("`{}` is missing", key.name)),
                    None => problem,
                };
                return Err(problem.note(format!("{}: {}", key.name, key.doc)).note(format!("for example {example}")));
            }
            Fallback::Is(text) if !table.contains_key(key.name) => {
                if let Some(value) = default(key, text)? {
                    table.insert(key.name.into(), value);
                }
            }
            Fallback::Is(_) | Fallback::Absent(_) => {}
        }
    }
    Ok(table)
}

fn default(key: &Key, text: &str) -> Result<Option<Value>, Problem> {
    let document = Node::document(&format!("{} = {text}", key.name), "default", &[])?;
    document.get(key.name).map_or(Ok(None), |entry| settle(key, "", &entry.node))
}

fn note_places(path: &str, node: &Node, places: &mut BTreeMap<String, Place>) {
    places.insert(path.to_owned(), node.place.clone());
    for entry in node.entries().unwrap_or_default() {
        note_places(&format!("{path}.{}", entry.name), &entry.node, places);
    }
    for (k, entry) in node.list().unwrap_or_default().iter().enumerate() {
        note_places(&format!("{path}.{k}"), entry, places);
    }
}

fn unknown(noun: &Noun, kind: &Kind, entry: &Entry) -> Problem {
    let of = match (noun.chosen, noun.name) {
        (true, _) => format!(" of kind `{}`", kind.name),
        (false, "run") => format!(" of state `{}`", kind.name),
        _ => String::new(),
    };
    let problem = Problem::new(format!("unknown key `{}` in [{}]{of}", entry.name, noun.name)).at(&entry.key);
    let mut names: Vec<&str> = kind.keys.iter().map(|key| key.name).collect();
    let others: Vec<&str> =
        noun.kinds.iter().filter(|other| other.key(&entry.name).is_some()).map(|other| other.name).collect();
    let label = match home(&entry.name) {
        _ if !others.is_empty() => format!("`{}` goes with {}", entry.name, others.join(", ")),
        Some(home) => format!("this is a key of [{home}]"),
        None => suggestion(&entry.name, names.iter().copied()),
    };
    if noun.chosen {
        names.insert(0, "kind");
    }
    problem.label(label).note(format!("the keys are {}", names.join(", ")))
}

/// Whether a text is of A, B and O alone, without one of A and B.
fn half_a_word(text: &str) -> bool {
    let word = text.to_ascii_uppercase();
    let letters = !word.is_empty() && word.chars().all(|c| matches!(c, 'A' | 'B' | 'O'));
    letters && !(word.contains('A') && word.contains('B'))
}
/// The kind a table says it is.
pub(super) fn chosen(noun: &'static Noun, entry: &Entry) -> Result<Option<(&'static Kind, Option<String>)>, Problem> {
    let Some(choice) = entry.node.get("kind") else { return Ok(None) };
    let refuse = |label: String| {
        let message = match &choice.node.raw {
            Raw::Text(text) => format!("unknown {} `{text}`", noun.name),
            _ => format!("`kind` in [{}] must be a text in quotes, got {}", noun.name, choice.node.describe()),
        };
        let also = if noun.name == "scheme" { ", or a word of A, B, O with A and B in it, such as BAOAB" } else { "" };
        let known = noun.names().join(", ");
        Err(Problem::new(message).at(&choice.node.place).label(label).note(format!("known: {known}{also}")))
    };
    let Raw::Text(text) = &choice.node.raw else { return refuse(String::new()) };
    let parts = if text.eq_ignore_ascii_case("verlet") { Some("BAB".to_owned()) } else { word(text) };
    if let (Some(word), Some(kind)) = (parts.filter(|_| noun.name == "scheme"), noun.kind("splitting")) {
        if let Some(twice) = entry.node.get("word") {
            let problem = Problem::new(format!("the scheme is given twice: kind = \"{text}\" is a word already"));
            return Err(problem.at(&twice.key).label("remove this, or write kind = \"splitting\""));
        }
        return Ok(Some((kind, Some(word))));
    }
    match noun.kind(text) {
        Some(kind) => Ok(Some((kind, None))),
        None if noun.name == "scheme" && half_a_word(text) => {
            refuse("a word needs both A (drift) and B (kick)".to_owned())
        }
        None => {
            let names =
                noun.kinds.iter().flat_map(|kind| std::iter::once(kind.name).chain(kind.aliases.iter().copied()));
            refuse(suggestion(text, names))
        }
    }
}

/// Paths in the file are relative to it; in a [`Config`] they are absolute, so that the resolved file works anywhere.
fn relative(document: &mut toml::Table, file: &Path) -> Result<(), Problem> {
    let base = file.parent().unwrap_or(Path::new(""));
    for noun in NOUNS {
        let Some(Value::Table(table)) = document.get_mut(noun.name) else { continue };
        let paths = noun.kinds.iter().flat_map(|kind| kind.keys).filter(|key| key.kind == Type::Path);
        for key in paths.map(|key| key.name) {
            if let Some(Value::String(path)) = table.get_mut(key) {
                let whole = std::path::absolute(base.join(&*path));
                let whole: PathBuf = whole.map_err(|error| Problem::new(format!("cannot find {path}: {error}")))?;
                *path = whole.display().to_string();
            }
        }
    }
    Ok(())
}
