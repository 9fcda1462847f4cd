//! SLOPES: errors against the length of the step that makes them, as data and as lines of text.
use steepest_flows::geometry::manifold::check::Slope;

/// A slope below this is that of an error of first order.
pub(super) const LEAST: f64 = 1.8;

/// An error against step lengths, from the one of some points at which it has the least slope.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Whose error it is: `gradient` or `retraction`.
    pub name: &'static str,
    /// The error as a formula.
    pub error: String,
    /// Lengths, errors and their slope.
    pub found: Slope,
    /// The highest slope that has a name: 2 of a gradient, 3 of a retraction.
    pub order: u32,
    /// Whether the slope is above that of an error of first order, or all errors are rounding.
    pub good: bool,
}
impl Curve {
    /// The least of `slopes`; none where there are none.
    pub(super) fn least(
        name: &'static str,
        error: String,
        order: u32,
        slopes: impl Iterator<Item = Slope>,
    ) -> Option<Curve> {
        // What is not a number is worse than any slope.
        let rank = |slope: f64| if slope.is_nan() { f64::NEG_INFINITY } else { slope };
        let found = slopes.min_by(|a, b| rank(a.slope).total_cmp(&rank(b.slope)))?;
        let good = found.slope >= LEAST;
        Some(Curve { name, error, found, order, good })
    }
    /// What is measured, and its slope.
    pub(super) fn line(&self) -> String {
        let slope = match self.found.slope {
            slope if slope.is_finite() => format!("slope {slope:.2}"),
            slope if slope.is_nan() => "an error is not a number".to_owned(),
            _ => "equal to rounding".to_owned(),
        };
        format!("{:<46} {slope}", format!("{}, the {}", self.error, self.name))
    }
}
