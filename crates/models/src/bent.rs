//! BENT: a coordinate for a scale that may vanish, in which its density falls off as a Gaussian's does.

/// log(scale / unit) as a function of a coordinate w:
///
/// ```text
/// log = w - n^2 / 2,    n = (sqrt(1 + w^2) - w) / 2
/// ```
///
/// The density of a scale is about constant near zero, so that of its logarithm falls off as exp(w) there: a long tail, through
/// which chains take many leapfrogs. Below the unit n is about -w, and the tail becomes exp(-w^2 / 2); far above it n vanishes and
/// w is the logarithm. The map is smooth and increasing, and its Jacobian is known, so it changes the speed of a sampler and never
/// its law.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bent {
    pub(crate) log: f64,
    /// d log / dw, which is at least 1.
    pub(crate) slope: f64,
    /// d/dw of -log(d log / dw)
    pub(crate) bend: f64,
}
impl Bent {
    #[inline(always)]
    pub(crate) fn at(w: f64) -> Bent {
        let r = w.mul_add(w, 1.0).sqrt();
        let q = r + w.abs();
        // On either side without a difference of like numbers.
        let n = if w > 0.0 { 0.5 / q } else { 0.5 * q };
        let slope = 1.0 + n * n / r;
        Bent { log: w - 0.5 * n * n, slope, bend: (n / r) * (n / r) * (2.0 + w / r) / slope }
    }
    /// The w of a logarithm. The map is concave and nowhere flatter than 1, so Newton's steps from below stay below.
    pub(crate) fn locate(log: f64) -> f64 {
        let mut w = log;
        for _ in 0..60 {
            let at = Bent::at(w);
            let step = (log - at.log) / at.slope;
            w += step;
            if step.abs() <= 1e-15 * w.abs().max(1.0) || !step.is_finite() {
                break;
            }
        }
        w
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slope and bend against central differences of what they are derivatives of, and the way back: to 1e-8 and 1e-13.
    #[test]
    fn slopes_are_those_of_the_map() {
        for w in [-30.0, -3.0, -0.4, 0.0, 0.3, 2.0, 40.0] {
            let (at, e) = (Bent::at(w), 1e-4);
            let (before, after) = (Bent::at(w - e), Bent::at(w + e));
            let slope = (after.log - before.log) / (2.0 * e);
            let bend = (before.slope.ln() - after.slope.ln()) / (2.0 * e);
            assert!((slope - at.slope).abs() < 1e-7 && (bend - at.bend).abs() < 1e-7, "{w}: {at:?} {slope} {bend}");
            assert!((Bent::locate(at.log) - w).abs() < 1e-13 * w.abs().max(1.0), "{w}");
        }
        let far = Bent::at(-40.0).log;
        assert!((far + 0.5 * 40.0 * 40.0 + 40.0).abs() < 1.0, "the tail is a Gaussian's: {far}");
    }
}
