//! STATED: what a regression was taken to be, in a few lines of a terminal: family, levels, rows left out, priors.
use std::fmt::Write;
use steepest_spec::{Config, Functional};

/// Lines of priors at most; notes.txt has all of them.
const PRIORS: usize = 12;
/// Categories whose reference is named, at most.
const REFERENCES: usize = 8;
/// What the note on the reference of a category says between its name and its level.
const COMPARED: &str = " is compared with its level ";

/// What the notes of a regression say that its numbers cannot be read without; nothing of another model.
pub fn stated(config: &Config, notes: &[String]) -> String {
    if matches!(config.functional, Functional::Regression { .. }) { lines(notes) } else { String::new() }
}

fn lines(notes: &[String]) -> String {
    let mut out = String::new();
    let Some((first, rest)) = notes.split_first() else { return out };
    let mut line = |text: &str| {
        let _ = writeln!(out, "  {text}");
    };
    line(first);
    let is_prior = |note: &&String| note.contains(" ~ ");
    let references: Vec<String> = rest
        .iter()
        .filter_map(|note| note.trim_end_matches('.').split_once(COMPARED))
        .map(|(of, level)| format!("{of} with {level}"))
        .collect();
    for note in rest.iter().filter(|note| !is_prior(note) && !note.contains(COMPARED)) {
        line(note);
    }
    if !references.is_empty() {
        let more = references.len().saturating_sub(REFERENCES);
        let shown = references.iter().take(REFERENCES).cloned().collect::<Vec<_>>().join(", ");
        line(&format!("Compared are {shown}{}.", if more > 0 { format!(" and {more} more") } else { String::new() }));
    }
    let priors: Vec<&String> = rest.iter().filter(is_prior).collect();
    let shown = chosen(&priors);
    for note in &shown {
        line(note);
    }
    if shown.len() < priors.len() {
        line(&format!("... and {} more priors in notes.txt", priors.len() - shown.len()));
    }
    out
}

/// As many as there is room for, in order: those that the user gave before those that are there by default. Where one alone would be
/// left out, it takes the line that would say so.
fn chosen<'a>(priors: &[&'a String]) -> Vec<&'a String> {
    let by_default = |note: &String| note.contains(" (default");
    let most = if priors.len() == PRIORS + 1 { PRIORS + 1 } else { PRIORS };
    let given = priors.iter().filter(|note| !by_default(note)).count().min(most);
    let mut room = [given, most - given];
    let mut shown = Vec::new();
    for &note in priors {
        let left = &mut room[usize::from(by_default(note))];
        if *left > 0 {
            *left -= 1;
            shown.push(note);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(notes: &[&str]) -> Vec<String> {
        let notes: Vec<String> = notes.iter().map(|note| (*note).to_owned()).collect();
        lines(&notes).lines().map(str::to_owned).collect()
    }

    #[test]
    fn what_was_chosen_stands_before_the_priors() {
        let said = of(&[
            "job ~ age + town on people.csv: 6 rows, 3 coefficients.",
            "1 of 7 rows have missing values and were left out.",
            "Family (chosen by the response): bernoulli with logit link; job is 1 in 3 of 6 rows.",
            "town is compared with its level 'a'.",
            "age ~ normal(0, 1).",
            "job: 'b' counts as 1 and 'a' as 0.",
        ]);
        assert_eq!(
            said,
            [
                "  job ~ age + town on people.csv: 6 rows, 3 coefficients.",
                "  1 of 7 rows have missing values and were left out.",
                "  Family (chosen by the response): bernoulli with logit link; job is 1 in 3 of 6 rows.",
                "  job: 'b' counts as 1 and 'a' as 0.",
                "  Compared are town with 'a'.",
                "  age ~ normal(0, 1).",
            ]
        );
        assert!(of(&[]).is_empty());
    }

    /// Of twenty priors, two of them given, the given ones are shown wherever they stand.
    #[test]
    fn of_many_priors_the_given_ones_are_shown() {
        let mut notes = vec!["y ~ . on wide.csv: 30 rows, 20 coefficients.".to_owned()];
        notes.extend((0..20).map(|k| match k {
            5 | 19 => format!("x{k} ~ normal(0, {k})."),
            _ => format!("x{k} ~ normal(0, 2.5) (default: 2.5 / sd of the column)."),
        }));
        let said = lines(&notes);
        assert_eq!(said.lines().count(), 1 + PRIORS + 1, "{said}");
        assert!(said.contains("  x5 ~ normal(0, 5).\n") && said.contains("  x19 ~ normal(0, 19).\n"), "{said}");
        assert!(said.contains("  x0 ~ ") && !said.contains("  x18 ~ "), "{said}");
        assert!(said.ends_with("  ... and 8 more priors in notes.txt\n"), "{said}");
    }

    /// Thirteen are shown, as a line that leaves one out is no shorter; of fourteen, two are left out.
    #[test]
    fn no_line_stands_for_a_single_prior() {
        let of = |count: usize| {
            let mut notes = vec!["y ~ . on wide.csv: 30 rows.".to_owned()];
            notes.extend((0..count).map(|k| format!("x{k} ~ normal(0, 2.5) (default: 2.5 / sd of the column).")));
            lines(&notes)
        };
        let said = of(PRIORS + 1);
        assert_eq!(said.lines().count(), 1 + PRIORS + 1, "{said}");
        assert!(said.contains("  x12 ~ ") && !said.contains("more"), "{said}");
        assert!(of(PRIORS + 2).ends_with("  ... and 2 more priors in notes.txt\n"));
    }
}
