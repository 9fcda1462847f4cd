//! WATCH: what a front end hears from a run and may ask of it.
use std::ops::ControlFlow;

/// A front end: a progress bar, a Ctrl-C handler, a notebook, a callback.
pub trait Watch: Send {
    /// `done` of `total` units of `phase` (`warm-up`, `draws`, `strides`) are done; `key_number` is the ledger's number to
    /// show beside them, such as `divergences 0`.
    fn progress(&mut self, _done: u64, _total: u64, _phase: &str, _key_number: &str) {}
    /// Whether to stop at the next observation and keep what there is.
    fn stop(&self) -> bool {
        false
    }
    /// The point a descent, a gradient flow or a motion has come to, whenever one is put into `path.npy`: at the start, after each
    /// `every` steps, and at the end. `Break` ends the run there, with all that there is of it.
    fn point(&mut self, _point: Point<'_>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point<'a> {
    /// Steps or strides done.
    pub step: u64,
    /// V, or V + R; of a motion H, of an ensemble the mean.
    pub value: f64,
    /// The coordinates, as in a row of `path.npy`: of an ensemble those of the first replica.
    pub x: &'a [f64],
}

/// Nobody is watching.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;
impl Watch for Unwatched {}

/// A function that is given each point, and ends the run where it breaks.
///
/// ```
/// use std::ops::ControlFlow;
/// use steepest_spec::{Callback, Config, Point, build, execute};
/// let text = "[functional]\nkind = \"expression\"\nenergy = \"(1 - x)^2 + 100*(y - x^2)^2\"\n\
///     [state]\nkind = \"point\"\nstart = [-1.2, 1.0]\n[noise]\nkind = \"still\"\n[scheme]\nkind = \"lbfgs\"\n";
/// let config = Config::parse(text, "flow.toml", &[])?;
/// let (mut values, enough) = (Vec::new(), 1e-3);
/// let record = execute(&config, &*build(&config)?, &mut Callback(|point: Point<'_>| {
///     values.push(point.value);
///     if point.value < enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
/// }))?;
/// assert!((values[0] - 24.2).abs() < 1e-12 && values.last() < Some(&enough));
/// assert_eq!(record.summary.extra["stopped_because"], "it was stopped");
/// # Ok::<(), steepest_spec::SpecError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Callback<F>(pub F);
impl<F: FnMut(Point<'_>) -> ControlFlow<()> + Send> Watch for Callback<F> {
    fn point(&mut self, point: Point<'_>) -> ControlFlow<()> {
        (self.0)(point)
    }
}
