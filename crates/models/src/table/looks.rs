//! LOOKS of labels: numbers in a form that is not read, and dates, which are taken for words.

/// What nearly all of these labels look like, if that is no words, and one of them.
pub(crate) fn looks(levels: &[String]) -> Option<(&'static str, &str)> {
    let nearly_all = |test: fn(&str) -> bool| 10 * levels.iter().filter(|l| test(l)).count() >= 9 * levels.len();
    let first = |test: fn(&str) -> bool| levels.iter().map(String::as_str).find(|label| test(label));
    if nearly_all(is_date) {
        return first(is_date).map(|label| ("dates", label));
    }
    let number = |label: &str| is_marked(label) || label.parse::<f64>().is_ok();
    if !nearly_all(number) {
        return None;
    }
    first(is_marked).map(|label| ("numbers with marks", label))
}

/// A number with a percent sign, a sign of money, marks of thousands or a decimal comma.
fn is_marked(label: &str) -> bool {
    let bare = label.trim_matches(|c: char| "%$€£¥".contains(c) || c.is_whitespace());
    let signed = bare.len() < label.len();
    let digits = bare.strip_prefix(['-', '+']).unwrap_or(bare);
    if digits.starts_with(|c: char| c.is_ascii_digit()) && bare.parse::<f64>().is_ok() {
        return signed;
    }
    // Groups of three, but for the first, and the decimals after the last mark.
    let marks = [',', '.', ' ', '\'', '\u{2019}', '\u{a0}', '\u{202f}'];
    let groups: Vec<&str> = digits.split(marks).collect();
    let [first, inner @ .., last] = groups.as_slice() else { return false };
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let decimals = digits.chars().rev().find(|c| marks.contains(c)).is_some_and(|mark| mark == ',' || mark == '.');
    all_digits(first)
        && all_digits(last)
        && inner.iter().all(|group| all_digits(group) && group.len() == 3)
        && (inner.is_empty() || first.len() <= 3)
        && (decimals || last.len() == 3)
}

/// `2024-03-01`, `1.3.2024`, `03/01/24`, `2024-03`, with or without a time after it.
fn is_date(label: &str) -> bool {
    let day = match label.split_once(['T', ' ']) {
        Some((day, time)) if time.contains(':') => day,
        Some(_) => return false,
        None => label,
    };
    let parts: Vec<&str> = day.split(['-', '/', '.']).collect();
    let all_digits = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !parts.iter().all(all_digits) {
        return false;
    }
    let (short, year) = (|part: &str| part.len() <= 2, |part: &str| part.len() == 4);
    match parts.as_slice() {
        [a, b, c] => (year(a) && short(b) && short(c)) || (short(a) && short(b) && (year(c) || c.len() == 2)),
        [a, b] => {
            let month = b.parse::<u8>().is_ok_and(|month| (1..=12).contains(&month));
            day.contains('-') && year(a) && b.len() == 2 && month
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(labels: &[&str]) -> Option<(&'static str, String)> {
        let labels: Vec<String> = labels.iter().map(|label| (*label).to_string()).collect();
        looks(&labels).map(|(what, label)| (what, label.to_string()))
    }

    #[test]
    fn numbers_with_marks_and_dates_are_no_words() {
        for marked in ["12%", "1,234", "1.234.567", "1 234,50", "$5", "5 €", "-3,5", "1'000", "12.50 %", "987,5"] {
            assert_eq!(look(&[marked, "3"]), Some(("numbers with marks", marked.to_string())), "{marked}");
        }
        for date in ["2024-03-01", "1.3.2024", "03/01/24", "2024-03", "2024-03-01 12:00", "2024-03-01T12:00:05Z"] {
            assert_eq!(look(&[date]), Some(("dates", date.to_string())), "{date}");
        }
        for words in ["a", "10-19", "1.2.3", "10 20", "192.168.1.1", "1990-99", "12 kg", "1,2,3", "x%", "", "-", "é"] {
            assert_eq!(look(&[words]), None, "{words}");
        }
        // A word among few makes words of them, one among many does not.
        assert_eq!(look(&["12%", "a"]), None);
        let mut many: Vec<String> = (0..20).map(|k| format!("{k}%")).collect();
        many.push("n.k.".into());
        assert_eq!(looks(&many), Some(("numbers with marks", "0%")));
    }
}
