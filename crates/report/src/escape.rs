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

/// At most `length` characters, the cut shown by an ellipsis.
pub fn shortened(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_string();
    }
    let mut out: String = text.chars().take(length.saturating_sub(1)).collect();
    out.push('…');
    out
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
        assert_eq!(shortened("αβγδε", 3), "αβ…");
        assert_eq!(shortened("αβγ", 3), "αβγ");
    }
}
