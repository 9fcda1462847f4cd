//! TREE: a TOML document with a place for everything, whether it comes from a file or from the command line.
use crate::{Place, Problem, Source};
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub raw: Raw,
    pub place: Place,
}
/// What a value is, before anyone has asked what it should be.
#[derive(Clone, Debug)]
pub(crate) enum Raw {
    Text(String),
    Number(f64),
    /// Whole, and written without a point.
    Whole(i128),
    Flag(bool),
    Date,
    List(Vec<Node>),
    Table(Vec<Entry>),
}
/// A key and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub name: String,
    pub key: Place,
    pub node: Node,
}

/// A value set from outside the file: `--set scheme.step=0.1`, `--step 0.1`.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    path: Vec<String>,
    value: String,
    /// A text whatever it looks like: a formula, a path, an expression.
    text: bool,
    key: Place,
    place: Place,
}
impl Setting {
    /// `key=value` as given to `--set`: dotted key; a value that is no TOML is a text.
    ///
    /// # Errors
    /// No `=`, or no table before the key.
    pub fn parse(argument: &str) -> Result<Setting, Problem> {
        Setting::given_to("--set", argument)
    }
    /// The same for another flag that takes keys, which messages name.
    ///
    /// # Errors
    /// As [`Setting::parse`].
    pub fn given_to(flag: &str, argument: &str) -> Result<Setting, Problem> {
        let shown = format!("{flag} {argument}");
        let before = flag.len() + 1;
        let whole = place(&shown, before..shown.len());
        let Some((key, value)) = argument.split_once('=') else {
            return Err(Problem::new(format!("`{flag}` takes key=value"))
                .at(&whole)
                .label("no `=` in it")
                .note(EXAMPLE));
        };
        let path: Vec<String> = key.trim().split('.').map(|part| part.trim().to_owned()).collect();
        if path.iter().any(String::is_empty) || path.len() < 2 {
            let problem = Problem::new(format!("`{flag}` takes a table and a key, got `{}`", key.trim()));
            return Err(problem.at(&whole).label("expected table.key=value").note(EXAMPLE));
        }
        let start = before + key.len() + 1;
        let key = place(&shown, before..before + key.trim_end().len());
        Ok(Setting { path, value: value.trim().to_owned(), text: false, key, place: place(&shown, start..shown.len()) })
    }
    /// The value of a flag, shown in messages behind `prefix`, such as `--step `; a value that is no TOML is a text.
    pub fn flag(path: &[&str], prefix: &str, value: &str) -> Setting {
        let shown = format!("{prefix}{value}");
        let place = place(&shown, shown.len() - value.len()..shown.len());
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        Setting { path, value: value.to_owned(), text: false, key: place.clone(), place }
    }
    /// The same for a value that is a text whatever it looks like.
    pub fn text(path: &[&str], prefix: &str, value: &str) -> Setting {
        Setting { text: true, ..Setting::flag(path, prefix, value) }
    }
    /// A value that follows from something else, which is `shown` in messages.
    pub fn implied(path: &[&str], value: &str, shown: &str) -> Setting {
        Setting { value: value.to_owned(), ..Setting::text(path, "", shown) }
    }
    fn node(&self) -> Node {
        let parsed = if self.text { None } else { DeValue::parse(&self.value).ok() };
        let raw = match parsed {
            Some(value) => convert(value.as_ref(), &|_| self.place.clone()),
            None => Raw::Text(self.value.clone()),
        };
        Node { raw, place: self.place.clone() }
    }
}
const EXAMPLE: &str = "for example --set scheme.step=0.1 or --set run.draws=2000";
fn place(text: &str, span: Range<usize>) -> Place {
    let source = Source { name: "command line".into(), text: text.to_owned(), lines: false };
    Place { source: Arc::new(source), span }
}

impl Node {
    /// The document in `text`, with `settings` put in over it.
    pub(crate) fn document(text: &str, name: &str, settings: &[Setting]) -> Result<Node, Problem> {
        let source = Arc::new(Source { name: name.to_owned(), text: text.to_owned(), lines: true });
        let at = |span: Range<usize>| Place { source: source.clone(), span };
        let table = DeTable::parse(text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            let message = error.message().lines().map(str::trim).collect::<Vec<_>>().join(", ");
            Problem::new(format!("this is not TOML: {message}")).at(&at(span))
        })?;
        let mut root = Node { raw: Raw::Table(entries(table.as_ref(), &at)), place: at(0..0) };
        for setting in settings {
            root.put(&setting.path, setting)?;
        }
        Ok(root)
    }
    fn put(&mut self, path: &[String], setting: &Setting) -> Result<(), Problem> {
        let Some((name, rest)) = path.split_first() else {
            *self = setting.node();
            return Ok(());
        };
        let Raw::Table(entries) = &mut self.raw else {
            let problem =
                Problem::new(format!("`{}` goes through a value that is not a table", setting.path.join(".")));
            let whole: Vec<&str> = setting.path.iter().map(String::as_str).collect();
            let (above, last) = whole.split_at(whole.len() - path.len());
            let bare = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
            let key = |part: &&str| if bare(part) { (*part).to_owned() } else { format!("\"{part}\"") };
            let last = last.iter().map(key).collect::<Vec<_>>().join(".");
            let word = setting.text || DeValue::parse(&setting.value).is_err();
            let value = if word { format!("\"{}\"", setting.value) } else { setting.value.clone() };
            let note = format!("give all of it: --set '{}={{ {last} = {value} }}'", above.join("."));
            return Err(problem.at(&setting.key).note(note));
        };
        let entry = match entries.iter_mut().position(|entry| entry.name == *name) {
            Some(i) => &mut entries[i],
            None => {
                let node = Node { raw: Raw::Table(Vec::new()), place: setting.place.clone() };
                entries.push(Entry { name: name.clone(), key: setting.key.clone(), node });
                let last = entries.len() - 1;
                &mut entries[last]
            }
        };
        if rest.is_empty() {
            entry.key = setting.key.clone();
        }
        entry.node.put(rest, setting)
    }
    /// The values, where it is a list.
    pub(crate) fn list(&self) -> Option<&[Node]> {
        if let Raw::List(list) = &self.raw { Some(list) } else { None }
    }
    /// The entries, where it is a table.
    pub(crate) fn entries(&self) -> Option<&[Entry]> {
        if let Raw::Table(entries) = &self.raw { Some(entries) } else { None }
    }
    /// The entry called `name`, where it is a table and has one.
    pub(crate) fn get(&self, name: &str) -> Option<&Entry> {
        self.entries()?.iter().find(|entry| entry.name == name)
    }
    /// What it is, in words.
    pub(crate) fn describe(&self) -> String {
        match &self.raw {
            Raw::Text(text) if text.is_empty() => "an empty text".into(),
            Raw::Text(text) => format!("the text \"{text}\""),
            Raw::Number(x) => format!("{x}"),
            Raw::Whole(x) => format!("{x}"),
            Raw::Flag(x) => format!("{x}"),
            Raw::Date => "a date".into(),
            Raw::List(list) => format!("a list of {}", list.len()),
            Raw::Table(entries) if entries.is_empty() => "an empty table".into(),
            Raw::Table(_) => "a table".into(),
        }
    }
}

fn entries(table: &DeTable<'_>, at: &dyn Fn(Range<usize>) -> Place) -> Vec<Entry> {
    let entry = |key: &Spanned<_>, value: &Spanned<DeValue<'_>>, name: String| Entry {
        name,
        key: at(key.span()),
        node: Node { raw: convert(value.as_ref(), at), place: at(value.span()) },
    };
    table.iter().map(|(key, value)| entry(key, value, key.as_ref().to_string())).collect()
}
fn convert(value: &DeValue<'_>, at: &dyn Fn(Range<usize>) -> Place) -> Raw {
    match value {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Integer(digits) => match i128::from_str_radix(digits.as_str(), digits.radix()) {
            Ok(whole) => Raw::Whole(whole),
            Err(_) => Raw::Number(digits.as_str().parse().unwrap_or(f64::INFINITY)),
        },
        DeValue::Float(digits) => Raw::Number(digits.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(flag) => Raw::Flag(*flag),
        DeValue::Datetime(_) => Raw::Date,
        DeValue::Array(list) => {
            let node =
                |value: &Spanned<DeValue<'_>>| Node { raw: convert(value.as_ref(), at), place: at(value.span()) };
            Raw::List(list.iter().map(node).collect())
        }
        DeValue::Table(table) => Raw::Table(entries(table, at)),
    }
}
