//! WATCH: what a front end hears from a run and may ask of it.

/// A front end: a progress bar, a Ctrl-C handler, a notebook.
pub trait Watch: Send {
    /// `done` of `total` units of `phase` (`warm-up`, `draws`, `strides`) are done; `key_number` is the ledger's number to
    /// show beside them, such as `divergences 0`.
    fn progress(&mut self, done: u64, total: u64, phase: &str, key_number: &str);
    /// Whether to stop at the next observation and keep what there is.
    fn stop(&self) -> bool;
}

/// Nobody is watching.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;
impl Watch for Unwatched {
    fn progress(&mut self, _done: u64, _total: u64, _phase: &str, _key_number: &str) {}
    fn stop(&self) -> bool {
        false
    }
}
