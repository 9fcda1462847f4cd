//! START: where what moves begins.
use crate::nearest::suggestion;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where chains begin, before jitter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Start {
    /// Each at a point of its own that is looked for.
    Search(Search),
    /// All at one point.
    One(Given),
    /// Each at its point.
    Each(Vec<Given>),
}
/// How a start is looked for, from the seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Search {
    /// A sensible random point.
    Normal,
    /// From there, a short descent.
    Descent,
    /// From there, a draw of the best Gaussian on a path of descent.
    Pathfinder,
}
/// A point that the user gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Given {
    /// In the coordinates of the model.
    Point(Vec<f64>),
    /// By values of its parameters, whose names are those of reported quantities, or stand before the bracket there. What has none is
    /// random.
    Values(BTreeMap<String, Quantity>),
}
/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Quantity {
    /// One number, or the same for each of a list.
    One(f64),
    /// A number for each of a list.
    List(Vec<f64>),
}

/// What is wrong with the values of a start: at which parameter, in words, and a name that was meant perhaps.
pub(crate) struct Misnamed {
    pub name: String,
    pub message: String,
    pub label: String,
}
impl Given {
    /// The reported quantities that values are given for, among those called `names`, each once.
    pub(crate) fn assigned(&self, names: &[String]) -> Result<Vec<(usize, f64)>, Misnamed> {
        let Given::Values(values) = self else { return Ok(Vec::new()) };
        let mut out = BTreeMap::new();
        // A number of a list goes before the list.
        let whole = |name: &String| names.contains(name);
        for (name, value) in
            values.iter().filter(|(name, _)| !whole(name)).chain(values.iter().filter(|(n, _)| whole(n)))
        {
            let itself = whole(name);
            let of_it = |known: &String| known == name || !itself && stem(known) == Some(name);
            let places: Vec<usize> = (0..names.len()).filter(|k| of_it(&names[*k])).collect();
            let wrong = |message: String, label: String| Misnamed { name: name.clone(), message, label };
            if places.is_empty() {
                let known = names.iter().map(String::as_str).chain(names.iter().filter_map(|name| stem(name)));
                let message = format!("`start` in [state] has a value for `{name}`, which is no parameter");
                return Err(wrong(message, suggestion(name, known)));
            }
            match value {
                Quantity::One(value) => out.extend(places.iter().map(|k| (*k, *value))),
                Quantity::List(list) if list.len() == places.len() => {
                    out.extend(places.into_iter().zip(list.iter().copied()))
                }
                Quantity::List(list) => {
                    let numbers =
                        if places.len() == 1 { "one number".into() } else { format!("{} numbers", places.len()) };
                    let message =
                        format!("`start` in [state] has {} values for `{name}`, which is {numbers}", list.len());
                    return Err(wrong(message, String::new()));
                }
            }
        }
        Ok(out.into_iter().collect())
    }
}
/// What stands before the bracket of `beta[2]`.
pub(crate) fn stem(name: &str) -> Option<&str> {
    name.strip_suffix(']').and_then(|name| name.rsplit_once('[')).map(|(stem, _)| stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(text: &str) -> Given {
        #[derive(Deserialize)]
        struct Document {
            start: Given,
        }
        toml::from_str::<Document>(text).unwrap().start
    }
    #[test]
    fn values_find_their_quantities() {
        let names = ["a", "beta[1]", "beta[2]", "1|g[north]", "1|g[south]"].map(String::from);
        let found = |text: &str| given(text).assigned(&names).map_err(|wrong| (wrong.name, wrong.message, wrong.label));
        assert_eq!(found("start = [1.0, 2.0]"), Ok(vec![]));
        assert_eq!(found("start = { a = 2.5, beta = [3.0, 4.0] }"), Ok(vec![(0, 2.5), (1, 3.0), (2, 4.0)]));
        assert_eq!(found("start = { \"beta[1]\" = 7.0, beta = 0.5 }"), Ok(vec![(1, 7.0), (2, 0.5)]));
        assert_eq!(found("start = { \"1|g\" = 0.5, \"1|g[south]\" = [1.0] }"), Ok(vec![(3, 0.5), (4, 1.0)]));
        let (name, message, label) = found("start = { a = 1.0, bata = 2.0 }").unwrap_err();
        assert!(name == "bata" && message.contains("no parameter") && label.contains("`beta`"), "{message} {label}");
        let (_, message, _) = found("start = { beta = [1.0] }").unwrap_err();
        assert!(message.contains("1 values for `beta`, which is 2 numbers"), "{message}");
        let (_, message, _) = found("start = { a = [1.0, 2.0] }").unwrap_err();
        assert!(message.contains("which is one number"), "{message}");
    }
}
