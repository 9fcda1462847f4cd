//! FAILURE: what to say and which exit code, whatever went wrong.
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use steepest_record::FolderError;
use steepest_spec::SpecError;

/// Something went wrong.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    plain: String,
    coloured: String,
    saved: Vec<String>,
    /// The run folder, where the run can be gone on with.
    resumes: Option<PathBuf>,
}
impl Failure {
    /// The same, of a run with a checkpoint in `dir`.
    pub fn resumes(self, dir: &Path) -> Failure {
        Failure { resumes: Some(dir.into()), ..self }
    }
    /// The same, with the files that hold what there was.
    pub fn saved(self, saved: Vec<String>) -> Failure {
        Failure { saved, ..self }
    }
    /// Whether it is the run that broke down, rather than what was asked for or where it should go.
    pub fn is_numerical(&self) -> bool {
        self.code == 3
    }
    /// What happened, without advice.
    pub fn first_line(&self) -> &str {
        self.plain.lines().next().unwrap_or_default()
    }
    /// Says it on standard error; the exit code.
    pub fn tell(&self) -> u8 {
        if colours(&std::io::stderr()) {
            say(&format!("\x1b[1;31merror\x1b[0m: {}", self.coloured));
        } else {
            say(&format!("error: {}", self.plain));
        }
        if !self.saved.is_empty() {
            say(&format!("  = the state until then is in {}", self.saved.join(", ")));
        }
        if let Some(dir) = &self.resumes {
            let dir = dir.display();
            say(&format!("  = the last checkpoint is whole: `steepest resume {dir}` goes on from it"));
        }
        self.code
    }
}
/// A line on standard error, whether or not anybody reads it.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
/// Whether to colour what goes there: a terminal, and NO_COLOR not set.
pub fn colours(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
impl From<SpecError> for Failure {
    fn from(error: SpecError) -> Self {
        Failure {
            code: error.exit_code(),
            plain: error.render(false),
            coloured: error.render(true),
            saved: Vec::new(),
            resumes: None,
        }
    }
}
impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        let code = if error.is_request() { 2 } else { 4 };
        Failure { code, plain: error.to_string(), coloured: error.to_string(), saved: Vec::new(), resumes: None }
    }
}
