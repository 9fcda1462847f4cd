//! ERROR: what can go wrong between a flow.toml and its run folder, told to people.
use crate::Problem;
use std::fmt;
use std::path::{Path, PathBuf};
use steepest_record::{FolderError, Record};

/// Why there is no run, or not all of it.
#[derive(Debug)]
pub enum SpecError {
    /// What the user wrote cannot be run. Exit code 2; 4 where it names a file that could not be read.
    Input(Box<Problem>),
    /// The numbers broke down. Exit code 3.
    Numerical {
        /// What happened, where: the chain, the step, the quantity.
        message: String,
        /// What to change.
        advice: String,
        /// What there was until then, to be saved.
        record: Option<Box<Record>>,
    },
    /// The run folder cannot be written or gone on with. Exit code 4.
    Folder(FolderError),
    /// A file could not be read or written. Exit code 4.
    Io {
        /// What was tried, such as `write`.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
}
impl SpecError {
    /// Bad input without a place.
    pub fn input(message: impl Into<String>) -> Self {
        Problem::new(message).into()
    }
    /// An I/O failure.
    pub fn io(action: &'static str, path: &Path, cause: std::io::Error) -> Self {
        SpecError::Io { action, path: path.to_owned(), cause }
    }
    /// 2 bad input, 3 numerical fault, 4 I/O.
    pub fn exit_code(&self) -> u8 {
        match self {
            SpecError::Input(problem) if problem.unread => 4,
            SpecError::Input(_) => 2,
            SpecError::Numerical { .. } => 3,
            SpecError::Folder(error) if error.is_request() => 2,
            SpecError::Folder(_) | SpecError::Io { .. } => 4,
        }
    }
    /// The text for people; `colour` adds ANSI codes and changes nothing else.
    pub fn render(&self, colour: bool) -> String {
        match self {
            SpecError::Input(problem) => problem.render(colour),
            SpecError::Numerical { message, advice, .. } if advice.is_empty() => message.clone(),
            SpecError::Numerical { message, advice, .. } => format!("{message}\n  = {advice}"),
            SpecError::Folder(error) => error.to_string(),
            SpecError::Io { action, path, cause } => format!("cannot {action} {}: {cause}", path.display()),
        }
    }
}
impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}
impl std::error::Error for SpecError {}
impl From<Problem> for SpecError {
    fn from(problem: Problem) -> Self {
        SpecError::Input(Box::new(problem))
    }
}
impl From<FolderError> for SpecError {
    fn from(error: FolderError) -> Self {
        SpecError::Folder(error)
    }
}
