//! PROBLEM: something wrong with what the user wrote, and where; it reads well with and without colours.
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A text the user wrote: a file, or a piece of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The path as the user gave it, or `command line`.
    pub name: String,
    /// The whole text.
    pub text: String,
    /// Whether lines and columns mean something (a file) or not (a flag).
    pub lines: bool,
}

/// A piece of a [`Source`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where.
    pub source: Arc<Source>,
    /// Which bytes.
    pub span: Range<usize>,
}
impl Place {
    /// Line, column (both from 1, in characters) and the text of that line.
    pub fn line(&self) -> (usize, usize, &str) {
        let text = &self.source.text;
        let start = self.floor(self.span.start);
        let begin = text[..start].rfind('\n').map_or(0, |i| i + 1);
        let end = text[start..].find('\n').map_or(text.len(), |i| start + i);
        let line = text[..begin].matches('\n').count() + 1;
        (line, text[begin..start].chars().count() + 1, text[begin..end].trim_end_matches('\r'))
    }
    /// The bytes meant, as text.
    pub fn text(&self) -> &str {
        let start = self.floor(self.span.start);
        &self.source.text[start..self.floor(self.span.end).max(start)]
    }
    fn floor(&self, at: usize) -> usize {
        let text = &self.source.text;
        (0..=at.min(text.len())).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0)
    }
}

/// What is wrong, where, what was expected, and what would help.
///
/// ```
/// use steepest_spec::Config;
/// let error = Config::parse("[runs]\nseed = 10\n", "flow.toml", &[]).unwrap_err();
/// assert_eq!(error.to_string().lines().nth(1), Some(" --> flow.toml:1:2"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// One sentence.
    pub message: String,
    /// Where, when it has a place.
    pub place: Option<Place>,
    /// What to write under the caret.
    pub label: String,
    /// Further sentences: what was expected, what would fit.
    pub notes: Vec<String>,
    /// Whether a file is not there or could not be read, rather than that what it says cannot be used.
    pub unread: bool,
}
impl Problem {
    /// A problem without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Problem { message: message.into(), place: None, label: String::new(), notes: Vec::new(), unread: false }
    }
    /// The same, at a place.
    pub fn at(mut self, place: &Place) -> Self {
        self.place = Some(place.clone());
        self
    }
    /// The same, with a word under the caret.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }
    /// The same, with one more sentence.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
    /// More hints, or none.
    pub(crate) fn notes(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        self.notes.extend(notes);
        self
    }
    /// The same, of a file that could not be read.
    pub fn of_a_file(mut self) -> Self {
        self.unread = true;
        self
    }
    /// The whole text, without a trailing newline; `colour` adds ANSI codes and changes nothing else.
    pub fn render(&self, colour: bool) -> String {
        let paint =
            |code: &str, text: &str| if colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() };
        let blue = |text: &str| paint("1;34", text);
        let mut out = paint("1", &self.message);
        let mut gutter = String::new();
        if let Some(place) = &self.place {
            let (line, column, text) = place.line();
            let number = if place.source.lines { line.to_string() } else { String::new() };
            gutter = " ".repeat(number.len());
            let at = if place.source.lines { format!(":{line}:{column}") } else { String::new() };
            out += &format!("\n{gutter}{} {}{at}", blue("-->"), place.source.name);
            out += &format!("\n{gutter} {}", blue("|"));
            out += &format!("\n{} {}", blue(&format!("{number} |")), text.replace('\t', " "));
            let within = place.text().lines().next().unwrap_or("").trim_end().chars().count();
            let label = if self.label.is_empty() { String::new() } else { format!(" {}", self.label) };
            let carets = paint("1;31", &format!("{}{label}", "^".repeat(within.max(1))));
            out += &format!("\n{gutter} {} {}{carets}", blue("|"), " ".repeat(column - 1));
        } else if !self.label.is_empty() {
            out += &format!(": {}", self.label);
        }
        for note in &self.notes {
            let indented = note.replace('\n', &format!("\n{gutter}   "));
            out += &format!("\n{gutter} {} {indented}", blue("="));
        }
        out
    }
}
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}
