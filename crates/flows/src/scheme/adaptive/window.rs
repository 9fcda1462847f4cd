//! WINDOW: strides that are judged together, whether they fall or circle.
use steepest_core::{Archive, Persist};

/// Difference of means, relative to them, that may be rounding.
const ROUNDING: f64 = 1e-14;

/// The strides since h was last judged.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Window {
    /// Times h has halved.
    pub halvings: u64,
    /// Strides in it.
    count: u64,
    /// F after the first of them, the sum of what the others are above it, and the least.
    first: f64,
    sum: f64,
    least: f64,
    /// Mean of F over the window before.
    before: f64,
    /// F after the last stride, and by how much all of them rose, and fell.
    last: f64,
    rises: f64,
    falls: f64,
}
impl Default for Window {
    fn default() -> Self {
        Window {
            halvings: 0,
            count: 0,
            first: 0.0,
            sum: 0.0,
            least: 0.0,
            before: f64::INFINITY,
            last: f64::INFINITY,
            rises: 0.0,
            falls: 0.0,
        }
    }
}
impl Window {
    /// Enters F after a stride; at the end of a window h halves, or not.
    pub fn enter(&mut self, value: f64, patience: u64) {
        if patience == 0 {
            return;
        }
        if self.count == 0 {
            (self.first, self.sum, self.least) = (value, 0.0, value);
            (self.rises, self.falls) = (0.0, 0.0);
        }
        self.rises += (value - self.last).max(0.0);
        self.falls += (self.last - value).max(0.0);
        self.last = value;
        self.count += 1;
        self.sum += value - self.first;
        self.least = self.least.min(value);
        if self.count >= patience {
            let mean = self.first + self.sum / self.count as f64;
            let rounding = ROUNDING * mean.abs();
            // A fall that gains speed has left its mean far behind too, but it does not rise.
            let circles =
                self.before - mean <= mean - self.least + rounding && self.rises + rounding >= 0.5 * self.falls;
            self.halvings += u64::from(circles);
            (self.before, self.count) = (mean, 0);
        }
    }
}
impl Persist for Window {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { halvings, count, first, sum, least, before, last, rises, falls } = self;
        halvings.pass(archive)?;
        count.pass(archive)?;
        [first, sum, least, before, last, rises, falls].into_iter().try_for_each(|number| number.pass(archive))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Windows of two: 8, 6 | 4, 2 | 3, 1 | 3, 1. Their means 7, 3, 2, 2 are 1 above the least of each; 7 - 3 is more than that, 3 - 2 and
    /// 2 - 2 are not.
    #[test]
    fn what_circles_halves() {
        let mut window = Window::default();
        let mut halvings = Vec::new();
        for value in [8.0, 6.0, 4.0, 2.0, 3.0, 1.0, 3.0, 1.0] {
            window.enter(value, 2);
            halvings.push(window.halvings);
        }
        assert_eq!(halvings, [0, 0, 0, 0, 0, 1, 1, 2]);
        // Far from zero the same, and where all that differs is rounding.
        let mut window = Window::default();
        [8.0, 6.0, 4.0, 2.0, 3.0, 1.0].into_iter().for_each(|value| window.enter(1e6 + value, 2));
        assert_eq!(window.halvings, 1);
        let mut window = Window::default();
        (0..8).for_each(|k| window.enter(1.0 - f64::from(k) * f64::EPSILON, 2));
        assert_eq!(window.halvings, 3);
        // A fall that gains speed is none that circles.
        let mut window = Window::default();
        (0..12).for_each(|k| window.enter(-10f64.powi(k), 4));
        assert_eq!(window.halvings, 0);
        // Without patience nothing is judged.
        let mut window = Window::default();
        (0..8).for_each(|_| window.enter(1.0, 0));
        assert_eq!(window, Window::default());
    }
}
