//! The API documentation, every warning an error but one: rustdoc takes a citation in brackets for a link.
use crate::process::{cargo, top};
use serde_json::Value;
use std::{collections::BTreeSet, fs};

/// Builds it.
pub fn run() -> Result<(), String> {
    let text = fs::read_to_string(top().join("references.bib")).map_err(|e| format!("references.bib: {e}"))?;
    let known: BTreeSet<&str> =
        text.lines().filter_map(|l| l.strip_prefix('@')?.split_once('{')?.1.strip_suffix(',')).collect();
    // The command line has no API, and would write its page over that of the library of the same name.
    let words =
        "doc --no-deps --workspace --exclude steepest-cli --exclude xtask --release --quiet --message-format json";
    let (ran, out, errors) = cargo(words).output()?;
    let mut faults = BTreeSet::new();
    for line in out.lines() {
        let Ok(said) = serde_json::from_str::<Value>(line) else { continue };
        let message = &said["message"];
        if said["reason"] == "compiler-message" && !is_citation(message, &known) {
            faults.insert(message["rendered"].as_str().unwrap_or_default().to_owned());
        }
    }
    for fault in &faults {
        eprintln!("{fault}");
    }
    if ran && faults.is_empty() {
        Ok(())
    } else {
        Err(format!("the documentation has {} faults\n{errors}", faults.len()))
    }
}

fn is_citation(message: &Value, known: &BTreeSet<&str>) -> bool {
    let text = message["message"].as_str().unwrap_or_default();
    let unresolved = text.strip_prefix("unresolved link to `").and_then(|t| t.strip_suffix('`'));
    // The closing line of a crate counts warnings that were seen one by one.
    unresolved.is_some_and(|key| known.contains(key)) || (message["code"].is_null() && text.ends_with("emitted"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn citations_pass_and_broken_links_do_not() {
        let known = BTreeSet::from(["Vehtari2021"]);
        let message =
            |text: &str| serde_json::json!({"message": text, "code": {"code": "rustdoc::broken_intra_doc_links"}});
        assert!(is_citation(&message("unresolved link to `Vehtari2021`"), &known));
        assert!(!is_citation(&message("unresolved link to `Vehtari2022`"), &known));
        assert!(!is_citation(&message("unused variable: `x`"), &known));
    }
}
