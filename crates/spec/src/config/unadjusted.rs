//! UNADJUSTED: what is asked of schemes that accept every stride.
use super::{Precision, Scheme};

impl Scheme {
    /// Whether a run of half the step goes with it.
    pub fn extrapolates(&self) -> bool {
        matches!(
            self,
            Scheme::EulerMaruyama { extrapolate: true, .. }
                | Scheme::LeimkuhlerMatthews { extrapolate: true, .. }
                | Scheme::Splitting { extrapolate: true, .. }
        )
    }
    /// The same with strides half as long, their length, and by which power of its step averages of positions are wrong
    /// [LeimkuhlerMatthews2013]; `None` where that is not one power.
    pub(crate) fn halved(&self) -> Option<(Scheme, f64, u32)> {
        let mut half = self.clone();
        let (step, order) = match &mut half {
            Scheme::EulerMaruyama { step, .. } => (step, 1),
            Scheme::LeimkuhlerMatthews { step, .. } => (step, 2),
            Scheme::Splitting { word, step, .. } => (step, super::word::order(word)?),
            _ => return None,
        };
        *step *= 0.5;
        let step = *step;
        Some((half, step, order))
    }
    /// Whether slopes are evaluated in single precision.
    pub fn single_slopes(&self) -> bool {
        let (Scheme::EulerMaruyama { precision, .. }
        | Scheme::LeimkuhlerMatthews { precision, .. }
        | Scheme::Splitting { precision, .. }) = self
        else {
            return false;
        };
        *precision == Precision::Single
    }
}
