//! MEMORY: what particles still know of where they were in the middle of the run.
//!
//! Means and spreads stand still too where each particle keeps to a well of its own, in whatever shares the wells were filled. What a
//! particle was tells that from equilibrium: there it has forgotten it.
use super::super::student::student;
use steepest_flows::observer::Moments;

/// The correlation that may be left: what was off in the middle is off by a tenth of that in the end.
const LEFT: f64 = 0.1;
/// The chance that a cloud which has forgotten all it may is said to remember.
const CHANCE: f64 = 1e-3;

/// What is remembered best.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    /// The correlation, between the middle and the end, of a coordinate, of the side of its median or of the distance from that; or of V.
    pub(super) correlation: f64,
    /// What it may be, of so many particles.
    pub(super) bound: f64,
    /// Which coordinate; `None` for V.
    pub(super) of: Option<usize>,
}
impl Memory {
    /// Of particles whose coordinates, and V last, are given before and after; `None` where there are too few of them, or nothing varies.
    pub(super) fn of(pairs: &[[Vec<f64>; 2]]) -> Option<Memory> {
        let (n, last) = (pairs.first()?[0].len(), pairs.len() - 1);
        if n < 4 {
            return None;
        }
        let looks = 3 * last + 1;
        // Fisher's transform is normal, with this error.
        let errors = student(CHANCE / looks as f64, usize::MAX) / ((n - 3) as f64).sqrt();
        let bound = (LEFT.atanh() + errors).tanh();
        let mut best: Option<Memory> = None;
        for (k, [before, after]) in pairs.iter().enumerate() {
            let (before, after) = (before.as_slice(), after.as_slice());
            let mut found = vec![correlation(before, after)];
            if k < last {
                let (a, b) = (median(before), median(after));
                let both = |f: &dyn Fn(f64) -> f64| {
                    let of = |x: &[f64], centre: f64| x.iter().map(|x| f(x - centre)).collect::<Vec<f64>>();
                    correlation(&of(before, a), &of(after, b))
                };
                found.extend([both(&|x| if x > 0.0 { 1.0 } else { -1.0 }), both(&f64::abs)]);
            }
            for correlation in found.into_iter().map(f64::abs) {
                if best.is_none_or(|best| correlation > best.correlation) && !correlation.is_nan() {
                    best = Some(Memory { correlation, bound, of: Some(k).filter(|k| *k < last) });
                }
            }
        }
        best
    }
    pub(super) fn lasts(&self) -> bool {
        self.correlation > self.bound
    }
}
/// NaN where either does not vary, or is beyond all numbers.
fn correlation(before: &[f64], after: &[f64]) -> f64 {
    let of = |x: &[f64]| x.iter().copied().collect::<Moments>();
    let (a, b) = (of(before), of(after));
    let (s, t) = (a.variance().sqrt(), b.variance().sqrt());
    let product = |(x, y): (&f64, &f64)| (x - a.mean()) / s * ((y - b.mean()) / t);
    let products: Moments = before.iter().zip(after).map(product).collect();
    products.mean() * products.count / (products.count - 1.0)
}
/// The upper one where they are even in number.
fn median(x: &[f64]) -> f64 {
    let mut x = x.to_vec();
    let middle = x.len() / 2;
    *x.select_nth_unstable_by(middle, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use steepest_kernels::normals;

    /// Pairs of n particles: what `before` and `after` make of three normal numbers each.
    fn pairs(n: usize, before: impl Fn([f64; 3]) -> f64, after: impl Fn([f64; 3]) -> f64) -> [[Vec<f64>; 2]; 2] {
        let mut z = vec![0.0; 3 * n];
        normals(11, 0, 1, 0, &mut z);
        let all: Vec<[f64; 3]> = z.as_chunks::<3>().0.to_vec();
        let x: [Vec<f64>; 2] = [all.iter().map(|z| before(*z)).collect(), all.iter().map(|z| after(*z)).collect()];
        let energy = x.each_ref().map(|x| x.iter().map(|x| 0.5 * x * x).collect());
        [x, energy]
    }

    /// A correlation of 1/2 is found as such, beside the bound 0.1 and 3.66 errors of it.
    #[test]
    fn a_correlation_is_found() {
        let found = Memory::of(&pairs(10_000, |z| z[0], |z| 0.5 * z[0] + 0.75f64.sqrt() * z[1])).unwrap();
        assert!((found.correlation - 0.5).abs() < 0.04 && found.of == Some(0) && found.lasts(), "{found:?}");
        assert!((found.bound - (0.1f64.atanh() + 3.66 / 9997f64.sqrt()).tanh()).abs() < 1e-3, "{found:?}");
        for n in [10, 30, 1000, 10_000] {
            let apart = Memory::of(&pairs(n, |z| z[0], |z| z[1])).unwrap();
            assert!(!apart.lasts() && apart.bound < 1.0, "{n}: {apart:?}");
        }
        // What is left of a slow relaxation that is nearly over may stay.
        let little = Memory::of(&pairs(10_000, |z| z[0], |z| 0.08 * z[0] + z[1])).unwrap();
        assert!(!little.lasts() && little.correlation > 0.05, "{little:?}");
    }
    /// Wells that nobody leaves: of equal and of unequal shares, of two sides with the same mean, and a narrow one inside a wide one, in
    /// which particles move as they please; also of twenty particles.
    #[test]
    fn wells_that_nobody_leaves_are_remembered() {
        let side = |z: f64, share: f64| if z > share { -4.0 } else { 4.0 };
        for n in [20, 4000] {
            let even = Memory::of(&pairs(n, |z| side(z[2], 0.0) + z[0], |z| side(z[2], 0.0) + z[1])).unwrap();
            assert!(even.lasts() && even.correlation > 0.8, "{n}: {even:?}");
        }
        // 0.1 of them on one side.
        let rare = Memory::of(&pairs(4000, |z| side(z[2], -1.28) + z[0], |z| side(z[2], -1.28) + z[1])).unwrap();
        assert!(rare.lasts() && rare.correlation > 0.8, "{rare:?}");
        let width = |z: f64| if z > 0.0 { 0.1 } else { 3.0 };
        let nested = Memory::of(&pairs(4000, |z| width(z[2]) * z[0], |z| width(z[2]) * z[1])).unwrap();
        assert!(nested.lasts() && nested.correlation > 0.3, "{nested:?}");
    }
    /// What never varies is nothing to remember, nor are three particles.
    #[test]
    fn there_may_be_nothing_to_tell() {
        assert!(Memory::of(&pairs(100, |_| 1.0, |_| 1.0)).is_none());
        assert!(Memory::of(&pairs(3, |z| z[0], |z| z[0])).is_none() && Memory::of(&[]).is_none());
        let huge = Memory::of(&pairs(100, |z| 1e300 * z[0], |z| 1e300 * z[0]));
        assert!(huge.is_none_or(|found| !found.correlation.is_nan()), "{huge:?}");
    }
}
