//! Text made safe for the place it is written to: names come from the user's table and are never trusted.
use serde_json::Value;

/// Text for HTML and SVG, in elements and in double-quoted attributes; control characters, which XML forbids, are dropped.
pub fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

/// JSON for the inside of a `<script>` element: nothing in it can end the element or open a comment.
pub fn script_json(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// At most `length` characters, an ellipsis for what is cut out of the middle: names tend to differ at their ends.
///
/// ```
/// assert_eq!(steepest_report::shortened("household_income_2019", 12), "househ…_2019");
/// ```
pub fn shortened(text: &str, length: usize) -> String {
    let count = text.chars().count();
    if count <= length {
        return text.to_string();
    }
    let kept = length.saturating_sub(1);
    let (head, tail) = (kept - kept / 2, kept / 2);
    text.chars().take(head).chain(['…']).chain(text.chars().skip(count - tail)).collect()
}

/// [`shortened`] for names that stand side by side: of those that would be cut alike, what tells them apart is kept.
pub fn distinct(names: &[&str], length: usize) -> Vec<String> {
    let cut: Vec<String> = names.iter().map(|name| shortened(name, length)).collect();
    let mut out: Vec<String> = Vec::with_capacity(names.len());
    for (i, name) in names.iter().enumerate() {
        let alike = names.iter().zip(&cut).filter(|(other, short)| **short == cut[i] && *other != name);
        let label = match alike.map(|(other, _)| shared(name, other)).min() {
            Some(from) => window(name, from, length),
            None => cut[i].clone(),
        };
        // Names that differ in more places than there is room for are numbered.
        let taken = out.iter().zip(names).any(|(other, whole)| *other == label && whole != name);
        out.push(if taken { format!("{} {}", shortened(&label, length.saturating_sub(4)), i + 1) } else { label });
    }
    out
}

/// Characters that both begin with.
fn shared(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count()
}

/// The first letters of a name, and what follows its first `from` characters, in about `length` characters.
fn window(name: &str, from: usize, length: usize) -> String {
    let (count, head) = (name.chars().count(), length / 4);
    let from = from.saturating_sub(2).max(head);
    let room = length.saturating_sub(head + 2);
    let rest = if from + room < count { "…" } else { "" };
    let begin = name.chars().take(head).chain(['…']);
    begin.chain(name.chars().skip(from).take(room)).chain(rest.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_cannot_leave_its_element_or_attribute() {
        assert_eq!(markup("<script>\"a\" & 'b'\u{0}"), "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;");
    }

    #[test]
    fn json_cannot_end_its_script() {
        let text = script_json(&Value::from("</script><!--&"));
        assert!(!text.contains(['<', '>', '&']));
        assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(Value::from("</script><!--&")));
    }

    #[test]
    fn a_cut_counts_characters_not_bytes() {
        assert_eq!(shortened("αβγδε", 3), "α…ε");
        assert_eq!(shortened("αβγδε", 4), "αβ…ε");
        assert_eq!([shortened("αβγ", 3), shortened("αβ", 1), shortened("αβ", 0)], ["αβγ", "…", "…"]);
    }

    #[test]
    fn names_side_by_side_differ() {
        let years = [2019, 2020, 2021].map(|year| format!("household_income_before_tax_in_thousands_{year}"));
        let years: Vec<&str> = years.iter().map(String::as_str).collect();
        assert_eq!(distinct(&years, 20), ["household_…ands_2019", "household_…ands_2020", "household_…ands_2021"]);
        // What differs is in the middle, and nowhere near either end.
        let middle =
            ["north", "south"].map(|x| format!("share_of_all_households_in_the_{x}_that_own_the_house_they_live_in"));
        let middle: Vec<&str> = middle.iter().map(String::as_str).collect();
        assert_eq!(distinct(&middle, 24), ["share_…e_north_that_own…", "share_…e_south_that_own…"]);
        // In two places far from one another.
        let long = "x".repeat(50);
        let both = [[1, 1], [1, 2], [2, 1], [2, 2]].map(|[a, b]| format!("{long}{a}{long}{b}{long}"));
        let both: Vec<&str> = both.iter().map(String::as_str).collect();
        let shown = distinct(&both, 24);
        assert!((0..4).all(|i| (0..i).all(|j| shown[i] != shown[j])), "{shown:?}");
        assert!(shown.iter().all(|name| name.chars().count() <= 24), "{shown:?}");
        assert_eq!(distinct(&["a", "a"], 24), ["a", "a"], "one name twice is one name");
    }
}
