//! FAILURE: what to say and which exit code, whatever went wrong.
use std::io::IsTerminal;
use steepest_record::FolderError;
use steepest_spec::SpecError;

/// Something went wrong.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    plain: String,
    coloured: String,
    saved: Vec<String>,
}
impl Failure {
    /// The same, with the files that hold what there was.
    pub fn saved(self, saved: Vec<String>) -> Failure {
        Failure { saved, ..self }
    }
    /// Says it on standard error; the exit code.
    pub fn tell(&self) -> u8 {
        if colours(&std::io::stderr()) {
            eprintln!("\x1b[1;31merror\x1b[0m: {}", self.coloured);
        } else {
            eprintln!("error: {}", self.plain);
        }
        if !self.saved.is_empty() {
            eprintln!("  = the state until then is in {}", self.saved.join(", "));
        }
        self.code
    }
}
/// Whether to colour what goes there: a terminal, and NO_COLOR not set.
pub fn colours(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
impl From<SpecError> for Failure {
    fn from(error: SpecError) -> Self {
        Failure { code: error.exit_code(), plain: error.render(false), coloured: error.render(true), saved: Vec::new() }
    }
}
impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        let code = if error.is_request() { 2 } else { 4 };
        Failure { code, plain: error.to_string(), coloured: error.to_string(), saved: Vec::new() }
    }
}
