//! TOKENS of a formula, each with the place where it stands.
use super::FormulaError;

/// Where something stands in the text: characters `start .. end`, counted from 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}
/// Two terms are the same wherever they stand.
impl PartialEq for Span {
    fn eq(&self, _: &Span) -> bool {
        true
    }
}

/// The atoms of a formula.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Name(String),
    Number(f64),
    /// One of `~ + - * / ^ : ( ) . | , =`
    Sign(char),
    End,
}

/// Cuts the text into tokens; the last one is `End`.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Span)>, FormulaError> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    let wrong = |start: usize, end: usize, problem: &str| FormulaError::new(text, Span { start, end }, problem);
    while at < chars.len() {
        let start = at;
        let c = chars[at];
        let follows = |k: usize, test: fn(char) -> bool| chars.get(k).is_some_and(|&c| test(c));
        let token = if c.is_whitespace() {
            at += 1;
            continue;
        } else if c.is_ascii_digit() || (c == '.' && follows(at + 1, |c| c.is_ascii_digit())) {
            while follows(at, |c| c.is_ascii_digit() || c == '.') {
                at += 1;
            }
            let sign = usize::from(follows(at + 1, |c| c == '+' || c == '-'));
            if follows(at, |c| c == 'e' || c == 'E') && follows(at + 1 + sign, |c| c.is_ascii_digit()) {
                at += 2 + sign;
                while follows(at, |c| c.is_ascii_digit()) {
                    at += 1;
                }
            }
            let number: String = chars[start..at].iter().collect();
            match number.parse() {
                Ok(x) if !follows(at, |c| c.is_alphanumeric() || c == '_') => Token::Number(x),
                _ => {
                    return Err(wrong(
                        start,
                        at,
                        "this is neither a number nor a name (put such a name between backticks)",
                    ));
                }
            }
        } else if c.is_alphabetic() || c == '_' {
            while follows(at, |c| c.is_alphanumeric() || c == '_' || c == '.') {
                at += 1;
            }
            Token::Name(chars[start..at].iter().collect())
        } else if c == '`' {
            let Some(length) = chars[start + 1..].iter().position(|&c| c == '`') else {
                return Err(wrong(start, start + 1, "this backtick is not closed"));
            };
            at = start + length + 2;
            Token::Name(chars[start + 1..at - 1].iter().collect())
        } else if "~+-*/^:().|,=".contains(c) {
            at += 1;
            Token::Sign(c)
        } else {
            return Err(wrong(at, at + 1, &format!("'{c}' has no meaning in a formula")));
        };
        out.push((token, Span { start, end: at }));
    }
    out.push((Token::End, Span { start: chars.len(), end: chars.len() + 1 }));
    Ok(out)
}
