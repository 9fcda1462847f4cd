//! FORMULA ERRORS: what is wrong with a formula, with the place marked by carets.
use super::token::Span;
use crate::table::TableError;
use std::fmt;

/// Why a formula could not be read, or not be applied to a table.
#[derive(Clone, Debug, PartialEq)]
pub struct FormulaError {
    /// The formula.
    pub text: String,
    /// First character of the offending part, from 0.
    pub start: usize,
    /// One past its last character.
    pub end: usize,
    /// What is wrong with it.
    pub problem: String,
    /// What is wrong with the column it names, where that is the reason.
    pub table: Option<Box<TableError>>,
}

impl FormulaError {
    pub(super) fn new(text: &str, at: Span, problem: impl Into<String>) -> Self {
        FormulaError { text: text.to_string(), start: at.start, end: at.end, problem: problem.into(), table: None }
    }
    pub(super) fn in_table(text: &str, at: Span, error: TableError) -> Self {
        FormulaError { table: Some(Box::new(error.clone())), ..Self::new(text, at, error.to_string()) }
    }
}

impl fmt::Display for FormulaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FormulaError { text, start, end, problem, .. } = self;
        let width = (*end).saturating_sub(*start).max(1);
        write!(f, "{problem}\n    {}\n    {}{}", text.replace(['\n', '\t'], " "), " ".repeat(*start), "^".repeat(width))
    }
}
impl std::error::Error for FormulaError {}
