//! WRITE: a [`Config`] as the flow.toml that says everything.
use super::Config;
use crate::keys::{Fallback, Key, Kind, NOUNS, Noun, Type};
use toml::Value;

pub(super) fn write(config: &Config) -> String {
    // Only maps with keys that are texts and finite numbers are in there: this cannot fail.
    let document = toml::Table::try_from(config).unwrap_or_default();
    let mut out = String::from("# x' = -K dF(x) + noise: one table a noun. `steepest list` knows the names.\n");
    for noun in NOUNS {
        let Some(Value::Table(table)) = document.get(noun.name) else { continue };
        let chosen = table.get("kind").and_then(Value::as_str);
        let name = chosen.unwrap_or(match noun.name {
            "run" => state(&document),
            _ => "folder",
        });
        let Some(kind) = noun.kind(name) else { continue };
        out += &section(noun, kind, |key| table.get(key.name).map(Value::to_string).or_else(|| auto(key)));
    }
    out
}
/// What a key says that has no value although it has one by default: that was turned to auto.
fn auto(key: &Key) -> Option<String> {
    let auto =
        matches!(key.kind, Type::AutoOrPositive | Type::AutoOrNotNegative | Type::AutoOrFraction | Type::AutoOrFlag);
    (auto && matches!(key.fallback, Fallback::Is(_))).then(|| "\"auto\"".to_owned())
}

/// One table, commented; `value` has what is said, the fallback stands for the rest.
pub(crate) fn section(noun: &Noun, kind: &Kind, value: impl Fn(&Key) -> Option<String>) -> String {
    let mut out = format!("\n[{}]  # {}\n", noun.name, noun.doc);
    let mut lines = Vec::new();
    if noun.chosen {
        let others: Vec<&str> = noun.names().into_iter().filter(|name| *name != kind.name).collect();
        let also = if others.is_empty() { String::new() } else { format!("; also {}", others.join(", ")) };
        lines.push((format!("kind = \"{}\"", kind.name), format!("{}{also}", kind.doc)));
    }
    for key in kind.keys {
        let line = match (value(key), key.fallback) {
            (Some(value), _) => format!("{} = {value}", key.name),
            (None, Fallback::Is(text)) => format!("{} = {text}", key.name),
            (None, Fallback::Required(example)) => example.to_owned(),
            (None, Fallback::Absent(example)) => format!("# {example}"),
        };
        lines.push((line, key.doc.to_owned()));
    }
    // Comments stand in one column, except after lines that are long anyway.
    let width = lines.iter().map(|(line, _)| line.chars().count()).filter(|n| *n <= 40).max().unwrap_or(0);
    for (line, doc) in lines {
        out += &format!("{line:width$}  # {doc}\n");
    }
    out
}

fn state(document: &toml::Table) -> &str {
    document.get("state").and_then(|state| state.get("kind")).and_then(Value::as_str).unwrap_or("chains")
}
