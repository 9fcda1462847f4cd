//! PROGRESS: a bar on standard error, and Ctrl-C.
use crate::failure::say;
use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use steepest_spec::Watch;

/// Whether Ctrl-C was pressed.
static STOPPED: AtomicBool = AtomicBool::new(false);

/// Ctrl-C asks the run to stop at the next look, and says what there will be then; a second one ends the process at once.
pub fn catch_interrupts(kept: &'static str) {
    // Where no handler can be set, Ctrl-C ends the process as it always does.
    let _ = ctrlc::set_handler(move || {
        if STOPPED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        say(&format!("\nstopping: {kept} (Ctrl-C again to end at once)"));
    });
}
/// Whether Ctrl-C was pressed.
pub fn interrupted() -> bool {
    STOPPED.load(Ordering::SeqCst)
}

/// A bar with rate, ETA and the ledger's key number; drawn only where standard error is a terminal.
pub struct Bar {
    bar: ProgressBar,
    phase: String,
}
impl Bar {
    /// A bar, or none.
    pub fn new(quiet: bool) -> Bar {
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new(0) };
        let template = "{prefix:>8} {wide_bar} {human_pos}/{human_len}  {rate}  ETA {eta}  {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            let rate = |state: &ProgressState, out: &mut dyn Write| {
                let _ = write!(out, "{}/s", HumanCount(state.per_sec() as u64));
            };
            bar.set_style(style.with_key("rate", rate).progress_chars("━╸─"));
        }
        Bar { bar, phase: String::new() }
    }
    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
impl Watch for Bar {
    fn progress(&mut self, done: u64, total: u64, phase: &str, key_number: &str) {
        if self.bar.is_hidden() {
            return;
        }
        if self.phase != phase {
            phase.clone_into(&mut self.phase);
            self.bar.reset();
            self.bar.set_prefix(phase.to_owned());
            // A run that was taken up begins where it was: what was done before says nothing about the rate.
            self.bar.set_position(done);
            self.bar.reset_eta();
        }
        self.bar.set_length(total);
        self.bar.set_position(done);
        self.bar.set_message(key_number.to_owned());
    }
    fn stop(&self) -> bool {
        interrupted()
    }
}
