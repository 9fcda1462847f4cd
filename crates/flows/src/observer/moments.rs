//! Running mean and variance of a number.
use steepest_core::{Archive, Persist};

/// Count, mean and sum of squared deviations, updated one number at a time (Welford).
///
/// ```
/// use steepest_flows::observer::Moments;
/// let m = [1.0, 2.0, 6.0].into_iter().collect::<Moments>();
/// assert_eq!((m.mean(), m.variance()), (3.0, 7.0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// Numbers seen.
    pub count: f64,
    mean: f64,
    square: f64,
}
impl Moments {
    /// Adds a number.
    pub fn push(&mut self, x: f64) {
        self.count += 1.0;
        let before = x - self.mean;
        self.mean += before / self.count;
        self.square += before * (x - self.mean);
    }
    /// Of the numbers of both.
    ///
    /// ```
    /// use steepest_flows::observer::Moments;
    /// let of = |numbers: &[f64]| numbers.iter().copied().collect::<Moments>();
    /// assert_eq!(of(&[1.0, 3.0]).merged(&of(&[5.0])), of(&[1.0, 3.0, 5.0]));
    /// assert_eq!(Moments::default().merged(&of(&[5.0])), of(&[5.0]));
    /// ```
    pub fn merged(&self, other: &Moments) -> Moments {
        if self.count == 0.0 {
            return *other;
        }
        let (count, apart) = (self.count + other.count, other.mean - self.mean);
        let share = other.count / count;
        let square = self.square + other.square + apart * apart * self.count * share;
        Moments { count, mean: self.mean + apart * share, square }
    }
    /// The mean; NaN of nothing.
    pub fn mean(&self) -> f64 {
        if self.count > 0.0 { self.mean } else { f64::NAN }
    }
    /// The unbiased variance; NaN of fewer than two.
    pub fn variance(&self) -> f64 {
        if self.count > 1.0 { self.square / (self.count - 1.0) } else { f64::NAN }
    }
    /// Standard error of the mean of independent numbers.
    pub fn standard_error(&self) -> f64 {
        (self.variance() / self.count).sqrt()
    }
}
impl FromIterator<f64> for Moments {
    fn from_iter<I: IntoIterator<Item = f64>>(numbers: I) -> Self {
        let mut moments = Moments::default();
        numbers.into_iter().for_each(|x| moments.push(x));
        moments
    }
}

impl Persist for Moments {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { count, mean, square } = self;
        [count, mean, square].into_iter().try_for_each(|number| number.pass(archive))
    }
}
