//! Errors of expressions as data: where, what, what was expected, and the nearest name; printed with a caret line.
use std::fmt;
use std::ops::Range;

/// Why a source text is not an energy. `Display` prints the message, the line and a caret under the place.
///
/// ```
/// let error = steepest_models::Expression::parse("x^2 + sinn(x)", &[]).unwrap_err();
/// assert_eq!(error.span, 6..10);
/// assert_eq!(error.nearest.as_deref(), Some("sin"));
/// assert_eq!(
///     error.to_string(),
///     "unknown function `sinn`; did you mean `sin`?\n  | x^2 + sinn(x)\n  |       ^^^^ expected the name of a function"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    /// The text that was read.
    pub source: String,
    /// Bytes of the text that are wrong; empty at the end of the text.
    pub span: Range<usize>,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What would have been right there; may be empty.
    pub expected: String,
    /// The nearest name that exists, where a name is unknown.
    pub nearest: Option<String>,
}

impl ExpressionError {
    /// An error at `span`; the source is added by the parser, which has it.
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>, expected: impl Into<String>) -> Self {
        ExpressionError {
            source: String::new(),
            span,
            message: message.into(),
            expected: expected.into(),
            nearest: None,
        }
    }
    /// The same with the nearest of `names`, if one is near enough to be a slip of the hand.
    pub(crate) fn near<'a>(mut self, name: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        let distance = |other: &str| strsim::damerau_levenshtein(&name.to_lowercase(), &other.to_lowercase());
        let limit = 1 + name.chars().count() / 4;
        let best = names.into_iter().map(|other| (distance(other), other)).filter(|(d, _)| *d <= limit).min();
        self.nearest = best.map(|(_, other)| other.to_string());
        self
    }
    /// The same, for a text.
    pub(crate) fn within(mut self, source: &str) -> Self {
        self.source = source.to_string();
        self
    }
}

/// Columns shown on either side of the place in a long line.
const CONTEXT: usize = 60;

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        if let Some(name) = &self.nearest {
            write!(f, "; did you mean `{name}`?")?;
        }
        let start = self.span.start.min(self.source.len());
        let line_start = self.source[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.source[start..].find('\n').map_or(self.source.len(), |at| start + at);
        let before: Vec<char> = self.source[line_start..start].chars().collect();
        let after: Vec<char> = self.source[start..line_end].chars().collect();
        let width =
            self.source[start..self.span.end.clamp(start, line_end.max(start))].chars().count().clamp(1, CONTEXT);
        let cut = before.len().saturating_sub(CONTEXT);
        let (left, right) = (if cut > 0 { "..." } else { "" }, if after.len() > CONTEXT { "..." } else { "" });
        let shown = |c: &char| if c.is_control() { ' ' } else { *c };
        let text: String = before[cut..].iter().chain(after.iter().take(CONTEXT)).map(shown).collect();
        let indent = " ".repeat(left.len() + before.len() - cut);
        write!(f, "\n  | {left}{text}{right}\n  | {indent}{}", "^".repeat(width))?;
        if !self.expected.is_empty() {
            write!(f, " expected {}", self.expected)?;
        }
        Ok(())
    }
}
impl std::error::Error for ExpressionError {}
