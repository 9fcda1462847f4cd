//! NAMES: the coordinates that a config lists, against what a text can name and does.
use super::{Config, Functional};
use crate::Problem;

const FORM: &str = "a name is a letter and then letters, digits and _, such as alpha or x2; of a family x[1], x[2]";

/// Refuses a coordinate that no text could name.
pub(super) fn check(config: &Config) -> Result<(), Problem> {
    let (names, key) = match &config.functional {
        Functional::Expression { parameters: Some(names), .. }
        | Functional::LeastSquares { parameters: Some(names), .. } => (names, "parameters"),
        Functional::Lagrangian { coordinates: Some(names), .. } => (names, "coordinates"),
        _ => return Ok(()),
    };
    for (k, name) in names.iter().enumerate() {
        let why = match name.as_str() {
            "pi" => "is a number, 3.14159...",
            name if !is_name(name) => "is no name",
            _ => continue,
        };
        let problem = config.problem(&format!("functional.{key}.{k}"), format!("`{name}` in `{key}` {why}"));
        return Err(problem.note(FORM));
    }
    Ok(())
}
fn is_name(text: &str) -> bool {
    let (bare, index) = match text.split_once('[') {
        Some((bare, rest)) => (bare, rest.strip_suffix(']').unwrap_or_default()),
        None => (text, "1"),
    };
    let letter = |c: char| c.is_alphabetic() || c == '_';
    bare.starts_with(letter)
        && bare.chars().all(|c| letter(c) || c.is_ascii_digit())
        && index.parse::<u64>().is_ok_and(|index| index > 0)
}
/// The words of a text: names, and numbers.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

impl Config {
    /// A sentence on each coordinate that is listed and that the energy does not have.
    pub(crate) fn flat(&self) -> Vec<String> {
        let (names, texts, what) = match &self.functional {
            Functional::Expression { energy, parameters: Some(names), .. } => {
                (names, std::slice::from_ref(energy), "energy")
            }
            Functional::LeastSquares { residuals, parameters: Some(names), .. } => (names, &residuals[..], "residuals"),
            _ => return Vec::new(),
        };
        let absent = |name: &&String| {
            let bare = name.split('[').next().unwrap_or(name);
            !texts.iter().flat_map(|text| words(text)).any(|word| word == bare)
        };
        let said = |name: &String| format!("`{name}` is listed and not in the {what}: V is flat in it.");
        names.iter().filter(absent).map(said).collect()
    }
}
