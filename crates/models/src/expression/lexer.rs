//! From text to tokens with byte spans.
use super::error::ExpressionError;
use std::ops::Range;

/// One word of the language.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Number(f64),
    /// As it is, or between backticks.
    Name(&'a str),
    /// One of + - * / ^ ( ) [ ] | < > and the comma; `**` is read as `^`, `<=` as `≤`, `>=` as `≥`, `==` as `=`, `!=` as `≠`.
    Sign(char),
    End,
}

/// A token and where it stands.
pub(super) type Spanned<'a> = (Token<'a>, Range<usize>);

/// Signs of two characters.
const PAIRS: [(&str, char); 5] = [("**", '^'), ("<=", '≤'), (">=", '≥'), ("==", '='), ("!=", '≠')];

/// The tokens of `source`, `End` included.
pub(super) fn tokens(source: &str) -> Result<Vec<Spanned<'_>>, ExpressionError> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = source[at..].chars().next() {
        let start = at;
        let digit_follows = || source.as_bytes().get(start + 1).is_some_and(u8::is_ascii_digit);
        let token = if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        } else if c.is_ascii_digit() || (c == '.' && digit_follows()) {
            let (value, end) = number(source, start)?;
            at = end;
            Token::Number(value)
        } else if c.is_alphabetic() || c == '_' {
            let rest = &source[start..];
            // Letters of any script, but plain digits: a raised 2 is a power, not a part of the name.
            let inside = |c: char| c.is_alphabetic() || c.is_ascii_digit() || c == '_';
            let length = rest.find(|c: char| !inside(c)).unwrap_or(rest.len());
            at += length;
            Token::Name(&rest[..length])
        } else if c == '`' {
            let name = quoted(source, start)?;
            at += name.len() + 2;
            Token::Name(name)
        } else if let Some((_, sign)) = PAIRS.iter().find(|(pair, _)| source[start..].starts_with(pair)) {
            at += 2;
            Token::Sign(*sign)
        } else if "+-*/^()[],|<>".contains(c) {
            at += 1;
            Token::Sign(c)
        } else {
            return Err(stray(c, start));
        };
        found.push((token, start..at));
    }
    found.push((Token::End, source.len()..source.len()));
    Ok(found)
}

/// The name between the backtick at `start` and the next one: any name of a column.
fn quoted(source: &str, start: usize) -> Result<&str, ExpressionError> {
    let rest = &source[start + 1..];
    match rest.split_once('`') {
        Some((name, _)) if !name.trim().is_empty() && !name.contains('\n') => Ok(name),
        Some((name, _)) => {
            let whole = start..start + name.len() + 2;
            Err(ExpressionError::new(whole, "this is no name", "a name in backticks, as in `blood pressure`"))
        }
        None => {
            Err(ExpressionError::new(start..start + 1, "this backtick is never closed", "another one after the name"))
        }
    }
}

/// A character that begins no token; typographic signs are met with the plain one that was meant.
fn stray(c: char, start: usize) -> ExpressionError {
    let meant = match c {
        '−' | '–' => Some("-"),
        '×' | '·' | '⋅' => Some("*"),
        '÷' => Some("/"),
        '{' => Some("("),
        '}' => Some(")"),
        ';' => Some(","),
        '=' => Some("=="),
        '²' => Some("^2"),
        '³' => Some("^3"),
        _ => None,
    };
    let expected = match c {
        '.' => "a number, or a name with a point in backticks, as in `a.b`",
        _ => "a number, a name or one of + - * / ^ ( ) [ ] ,",
    };
    let mut error = ExpressionError::new(
        start..start + c.len_utf8(),
        format!("unexpected character `{}`", c.escape_debug()),
        expected,
    );
    error.nearest = meant.map(str::to_string);
    error
}

/// Reads `12`, `1.5`, `.5`, `5.`, `1e-3`, `2.5E+4`; says where it ends.
fn number(source: &str, start: usize) -> Result<(f64, usize), ExpressionError> {
    let bytes = source.as_bytes();
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let mut end = digits(start);
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = end + 1 + sign;
        if !bytes.get(exponent).is_some_and(u8::is_ascii_digit) {
            let message = format!("the number `{}` has no digits in its exponent", &source[start..exponent]);
            return Err(ExpressionError::new(start..exponent, message, "a form such as 1e-3"));
        }
        end = digits(exponent);
    }
    if bytes.get(end) == Some(&b'.') {
        let message = format!("the number `{}` has a second point", &source[start..=end]);
        return Err(ExpressionError::new(start..end + 1, message, "a form such as 1.5 or 1e-3"));
    }
    let text = &source[start..end];
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok((value, end)),
        _ => Err(ExpressionError::new(
            start..end,
            format!("the number `{text}` is out of the range of a double"),
            format!("at most {:e}", f64::MAX),
        )),
    }
}
