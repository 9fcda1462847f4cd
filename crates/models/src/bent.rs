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
}
