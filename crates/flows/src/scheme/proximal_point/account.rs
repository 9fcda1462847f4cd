//! ACCOUNT: what minimizing movements did, what their inner problems left undone, and how far that is from the exact ones.
use steepest_core::{Archive, Persist};

/// Width of the identity of a movement, over h (s(0) + s(h)), up to which it is short.
const SHORT: f64 = 0.125;

/// One movement, from x to y.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moved {
    /// h
    pub h: f64,
    /// F(x) and F(y).
    pub value: [f64; 2],
    /// |grad F(x)|
    pub slope: f64,
    /// D(y, x) / h and D(x, y) / h.
    pub pulled: [f64; 2],
    /// |e|, the gradient of the inner problem at y.
    pub left: f64,
    /// Whether the inner minimiser was cut short.
    pub cut: bool,
}

/// Sums over the movements. With s(r) = D(y_r, x) / r^2, y_r the movement of length r from x, De Giorgi's identity is
///
/// F(x) = F(y) + D(y, x) / h + int_0^h s(r) dr, s(0) = |grad F(x)|^2 / 2 [AmbrosioGigliSavare2008, Sec. 3.1],
///
/// in which s falls for a convex F, so that the integral is within h (s(0) - s(h)) / 2 of its trapezoid.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Account {
    /// Sum of h.
    pub time: f64,
    /// Sum of d, d = (2 D(y, x))^(1/2): the length of the path.
    pub length: f64,
    /// Sum of h |e|: for a convex F in a space without positive curvature no more than that lies between this path and that of
    /// the exact movements, since those draw no two points apart [Rockafellar1976].
    pub inexact: f64,
    /// Largest F(y) + D(y, x) / h - F(x): not positive, however inexact y is.
    pub excess: f64,
    /// Sum of D(y, x) / h + h (s(0) + s(h)) / 2, which is the fall of F up to `width`.
    pub identity: f64,
    /// Sum of h |s(0) - s(h)| / 2.
    pub width: f64,
    /// The fall of F, `identity` and `width` of those movements alone that are so short that s(0) and s(h) are nearly the same: of longer
    /// ones the integral may be almost anything between.
    pub short: [f64; 3],
    /// Sum of h (F(x) - F(y) - (D(y, x) + D(x, y)) / h + |e| d), where positive: see [`Account::distance`].
    pub estimator: f64,
    /// The same where negative, without the h, and F(x) - F(y) - |grad F(x)| d where positive: how much F is not convex along the path,
    /// and its rounding.
    pub concave: f64,
    /// Steps of the inner minimiser.
    pub inner: u64,
    /// Movements whose inner problem was cut short.
    pub cut: u64,
}
impl Account {
    /// A bound on the distance of the path, as straight pieces, from the gradient flow that starts where it does, at any time:
    /// the root of `estimator`, and `inexact`. For a convex F on R^d with a constant metric, from what the path itself shows
    /// [NochettoSavareVerdi2000].
    pub fn distance(&self) -> f64 {
        self.estimator.sqrt() + self.inexact
    }
    /// Enters a movement that took `steps` of the inner minimiser.
    pub(super) fn enter(&mut self, moved: Moved, steps: u64) {
        let Moved { h, value, slope, pulled: [pulled, back], left, cut } = moved;
        let (fell, length) = (value[0] - value[1], (2.0 * h * pulled).sqrt());
        let ends = [0.5 * h * slope * slope, pulled];
        self.time += h;
        self.length += length;
        self.inexact += h * left;
        self.excess = self.excess.max(pulled - fell);
        let (said, width) = (pulled + 0.5 * (ends[0] + ends[1]), 0.5 * (ends[0] - ends[1]).abs());
        self.identity += said;
        self.width += width;
        if width <= SHORT * (ends[0] + ends[1]) {
            self.short.iter_mut().zip([fell, said, width]).for_each(|(sum, part)| *sum += part);
        }
        let spare = fell - pulled - back + left * length;
        self.estimator += h * spare.max(0.0);
        self.concave += (-spare).max(0.0) + (fell - slope * length).max(0.0);
        self.inner += steps;
        self.cut += u64::from(cut);
    }
}
impl Persist for Account {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { time, length, inexact, excess, identity, width, short, estimator, concave, inner, cut } = self;
        short[..].pass(archive)?;
        [time, length, inexact, excess, identity, width, estimator, concave]
            .into_iter()
            .try_for_each(|number| number.pass(archive))?;
        inner.pass(archive)?;
        cut.pass(archive)
    }
}
