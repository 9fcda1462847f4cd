//! Total variation of a sequence: few jumps.
use super::Simple;
use steepest_core::Workspace;

/// R(x) = weight sum_j |x_(j+1) - x_j|, x a sequence. Its proximal step is exact and costs O(d) [Johnson2013].
///
/// ```
/// use steepest_flows::functional::simple::{Simple, TotalVariation};
/// let mut x = [0.0, 1.0, 5.0];
/// TotalVariation { weight: 1.0 }.proximal(1.0, &mut x, &mut Default::default());
/// assert_eq!(x, [1.0, 1.0, 4.0]); // the jump upwards costs 1 at both of its ends; 0 and 1 have met
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TotalVariation {
    /// Of all jumps.
    pub weight: f64,
}

/// a x + b
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    a: f64,
    b: f64,
}
impl Line {
    fn plus(self, scale: f64, other: Line) -> Line {
        Line { a: self.a + scale * other.a, b: self.b + scale * other.b }
    }
    fn at(self, x: f64) -> f64 {
        self.a * x + self.b
    }
    /// Where it is c.
    fn reaches(self, c: f64) -> f64 {
        (c - self.b) / self.a
    }
}

impl Simple for TotalVariation {
    fn value(&self, x: &[f64], _work: &mut Workspace) -> f64 {
        self.weight * x.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum::<f64>()
    }
    /// The least cost of the sequence up to k, as a function of x_k, has a slope that is piecewise linear and grows. Of the next
    /// one only what lies between -t and t comes through, t = h weight; the places where it was cut off lead back.
    fn proximal(&self, h: f64, x: &mut [f64], work: &mut Workspace) {
        let (t, n) = (h * self.weight, x.len());
        if n < 2 || t <= 0.0 || x.iter().any(|x| !x.is_finite()) {
            return;
        }
        // Knots from `left` to `right`, not included: where they are, and by which line the slope changes there.
        let [mut place, mut a, mut b] = [work.take(2 * n), work.take(2 * n), work.take(2 * n)];
        let [mut low, mut high] = [work.take(n), work.take(n)];
        let (mut left, mut right) = (n, n);
        let mut first = Line { a: 1.0, b: -x[0] };
        let mut last = first;
        for k in 0..n - 1 {
            while left < right && first.at(place[left]) <= -t {
                first = first.plus(1.0, Line { a: a[left], b: b[left] });
                left += 1;
            }
            while left < right && last.at(place[right - 1]) >= t {
                right -= 1;
                last = last.plus(-1.0, Line { a: a[right], b: b[right] });
            }
            (low[k], high[k]) = (first.reaches(-t), last.reaches(t));
            left -= 1;
            (place[left], a[left], b[left]) = (low[k], first.a, first.b + t);
            (place[right], a[right], b[right]) = (high[k], -last.a, t - last.b);
            right += 1;
            first = Line { a: 1.0, b: -t - x[k + 1] };
            last = Line { a: 1.0, b: t - x[k + 1] };
        }
        while left < right && first.at(place[left]) <= 0.0 {
            first = first.plus(1.0, Line { a: a[left], b: b[left] });
            left += 1;
        }
        x[n - 1] = first.reaches(0.0);
        for k in (0..n - 1).rev() {
            x[k] = x[k + 1].max(low[k]).min(high[k]);
        }
        [place, a, b, low, high].into_iter().for_each(|buffer| work.give(buffer));
    }
    fn gap(&self, x: &[f64], xi: &[f64], work: &mut Workspace) -> f64 {
        let mut sum = 0.0;
        let size: f64 = xi.iter().map(|xi| xi.abs()).sum();
        let inside = xi[..xi.len().saturating_sub(1)].iter().all(|xi| {
            sum += xi;
            sum.abs() <= self.weight
        });
        let whole = sum + xi.last().copied().unwrap_or(0.0);
        let along: f64 = x.iter().zip(xi).map(|(x, xi)| x * xi).sum();
        if inside && whole.abs() <= 1e-15 * size { along + self.value(x, work) } else { f64::INFINITY }
    }
}
