//! DECLARE: a parameter from its text: `positive`, `bounded(0, 1)`, `ordered(3)`, `real[county]`.
use super::domain::Domain;
use crate::expression::ExpressionError;

/// A domain, and how many numbers of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Declaration {
    pub(super) domain: Domain,
    pub(super) count: Count,
}
/// How many.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Count {
    One,
    Of(usize),
    /// One a level of a column; where its name stands.
    Levels(String, std::ops::Range<usize>),
}

/// Names, and what may stand in parentheses.
const FORMS: [(&str, &str); 5] = [
    ("real", "real, real(5) or real[column]"),
    ("positive", "positive, positive(5) or positive[column]"),
    ("bounded", "bounded(low, high), bounded(low, high)[5] or bounded(low, high)[column]"),
    ("ordered", "ordered(3), of two numbers or more"),
    ("simplex", "simplex(3), of two numbers or more"),
];
/// Numbers in one parameter.
const MOST: f64 = 1e6;

/// Reads a declaration.
pub(super) fn declaration(text: &str) -> Result<Declaration, ExpressionError> {
    read(text).map_err(|error| error.within(text))
}
fn read(text: &str) -> Result<Declaration, ExpressionError> {
    let end = text.trim_end().len();
    let start = text.len() - text.trim_start().len();
    let name_end = text[start..end].find(['(', '[']).map_or(end, |at| start + at);
    let name = text[start..name_end].trim_end();
    let Some((_, form)) = FORMS.iter().find(|(known, _)| *known == name) else {
        let expected = format!("one of {}", FORMS.map(|(name, _)| name).join(", "));
        let error = ExpressionError::new(start..name_end, format!("there is no domain `{name}`"), expected);
        return Err(error.near(name, FORMS.map(|(name, _)| name)));
    };
    let wrong = |message: &str| Err(ExpressionError::new(start..end, message, *form));
    let (mut rest, mut arguments, mut index) = (name_end, Vec::new(), None);
    if text[rest..end].starts_with('(') {
        let Some(close) = text[rest..end].find(')') else { return wrong("this `(` is never closed") };
        for cell in text[rest + 1..rest + close].split(',') {
            match cell.trim().parse::<f64>() {
                Ok(x) if !x.is_nan() => arguments.push(x),
                _ => return wrong("a number is expected in the parentheses"),
            }
        }
        rest += close + 1;
    }
    if text[rest..end].starts_with('[') && text[..end].ends_with(']') {
        index = Some(rest + 1..end - 1);
        rest = end;
    }
    if rest != end {
        return wrong("this is no domain");
    }
    let whole = |x: f64| (x.fract() == 0.0 && (1.0..=MOST).contains(&x)).then_some(x as usize);
    let (domain, size) = match (name, arguments.as_slice()) {
        ("bounded", &[low, high]) if low < high && (low.is_finite() || high.is_finite()) => {
            (Domain::Bounded { low, high }, None)
        }
        ("bounded", &[_, _]) => return wrong("the bounds must be in order, and one of them finite"),
        ("real", &[]) => (Domain::Real, None),
        ("real", &[k]) => (Domain::Real, Some(k)),
        ("positive", &[]) => (Domain::Positive, None),
        ("positive", &[k]) => (Domain::Positive, Some(k)),
        ("ordered", &[k]) if k >= 2.0 => (Domain::Ordered, Some(k)),
        ("simplex", &[k]) if k >= 2.0 => (Domain::Simplex, Some(k)),
        _ => return wrong(&format!("`{name}` is written otherwise")),
    };
    let count = match (size, index) {
        (None, None) => Count::One,
        (Some(k), None) => match whole(k) {
            Some(k) => Count::Of(k),
            None => return wrong("a length is a whole number from 1 to 1,000,000"),
        },
        (None, Some(span)) => match text[span.clone()].trim() {
            number if number.parse::<f64>().is_ok() => match whole(number.parse().unwrap_or(0.0)) {
                Some(k) => Count::Of(k),
                None => return wrong("a length is a whole number from 1 to 1,000,000"),
            },
            column => Count::Levels(column.to_string(), span),
        },
        (Some(_), Some(_)) => return wrong("a length in parentheses and an index in brackets are one too many"),
    };
    Ok(Declaration { domain, count })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_read() {
        let read = |text: &str| declaration(text).map(|d| (d.domain, d.count));
        let unit = Domain::Bounded { low: 0.0, high: 1.0 };
        assert_eq!(read(" real "), Ok((Domain::Real, Count::One)));
        assert_eq!(read("positive(5)"), Ok((Domain::Positive, Count::Of(5))));
        assert_eq!(read("bounded(0, 1)"), Ok((unit, Count::One)));
        assert_eq!(read("bounded(0, 1)[7]"), Ok((unit, Count::Of(7))));
        assert_eq!(read("real[the county]"), Ok((Domain::Real, Count::Levels("the county".into(), 5..15))));
        assert_eq!(read("simplex(3)"), Ok((Domain::Simplex, Count::Of(3))));
        assert_eq!(read("bounded(2, inf)"), Ok((Domain::Bounded { low: 2.0, high: f64::INFINITY }, Count::One)));
    }
    #[test]
    fn mistakes_point_at_their_place() {
        let error = declaration("positiv").unwrap_err();
        assert_eq!((error.span, error.nearest.as_deref()), (0..7, Some("positive")));
        for text in [
            "",
            "bounded",
            "bounded(1, 0)",
            "bounded(-inf, inf)",
            "ordered(1)",
            "real(2)[county]",
            "real(1.5)",
            "real(x)",
            "real(3",
            "real]",
            "simplex[county]",
        ] {
            let error = declaration(text).unwrap_err();
            assert!(!error.message.is_empty() && error.span.end <= text.len(), "{text}");
        }
    }
}
