//! JUMPS: energies that are not continuous between the draws.
use steepest_core::{Batch, Workspace};
use steepest_flows::flow::chain_ledger::Positions;
use steepest_flows::observer::Moments;
use steepest_models::Model;

/// Lines through two draws each, and how many numbers all their draws may have.
const LINES: usize = 32;
const NUMBERS: usize = 20_000;
/// Places on a line to begin with: a tenth of the way between its draws apart, and half of that way beyond them.
const PLACES: usize = 21;
/// Times that an interval is halved: what is left is as short as coordinates are known.
const HALVINGS: usize = 40;
/// Intervals that are halved at the same time.
const MOST: usize = 2048;
/// The smallest jump that counts, in standard deviations of V over the draws. With many coordinates that is a large one, but the errors
/// of the lines that it would excuse grow with their square root too.
const SEEN: f64 = 0.01;
/// A share of V that is not rounding, however V is summed.
const ROUNDING: f64 = 1e-9;
/// What of a jump the slopes at its ends may explain. Beside a pole it is about as much as there is, however near.
const EXPLAINED: f64 = 1e-3;

/// A place on a line, by its share of the way between two draws.
#[derive(Clone, Copy)]
struct Place {
    share: f64,
    value: f64,
    /// Of V by the share.
    slope: f64,
}
#[derive(Clone, Copy)]
struct Interval {
    line: usize,
    from: Place,
    to: Place,
}
impl Interval {
    fn length(&self) -> f64 {
        self.to.share - self.from.share
    }
    fn change(&self) -> f64 {
        self.to.value - self.from.value
    }
    /// What V changes by beyond what the slopes at both ends say: an eighth as much from halving to halving for a smooth V, half as much
    /// across a kink, and all of it across a jump.
    fn unexplained(&self) -> f64 {
        (self.change() - 0.5 * (self.from.slope + self.to.slope) * self.length()).abs()
    }
    /// Whether that is more than the smallest jump that counts; where V is not finite, `false`.
    fn open(&self, smallest: f64) -> bool {
        let left = self.unexplained();
        left.is_finite() && left > smallest.max(ROUNDING * self.from.value.abs().max(self.to.value.abs()))
    }
    fn jumps(&self) -> bool {
        let explained = (self.from.slope.abs() + self.to.slope.abs()) * self.length();
        explained < EXPLAINED * self.change().abs()
    }
}
/// Lines through pairs of draws of different chains, as a rule.
struct Lines<'a> {
    model: &'a dyn Model,
    at: &'a Positions,
    count: usize,
}
impl Lines<'_> {
    /// The two draws of a line, in coordinate j.
    fn ends(&self, line: usize, j: usize) -> [f64; 2] {
        let n = self.at.n;
        let from = line * n / self.count.max(1);
        let column = &self.at.x[j * n..(j + 1) * n];
        [column[from], column[(from + n / 2) % n]]
    }
    /// Piece by piece, so that many coordinates, or many intervals to halve, take no more room.
    fn look(&self, at: &[(usize, f64)], work: &mut Workspace) -> Vec<Place> {
        let piece = (NUMBERS * PLACES / self.at.d.max(1)).max(1);
        at.chunks(piece).flat_map(|at| self.piece(at, work)).collect()
    }
    fn piece(&self, at: &[(usize, f64)], work: &mut Workspace) -> Vec<Place> {
        let (m, d) = (at.len(), self.at.d);
        let mut x = vec![0.0; m * d];
        for (j, column) in x.chunks_exact_mut(m.max(1)).enumerate() {
            for (x, (line, share)) in column.iter_mut().zip(at) {
                let [from, to] = self.ends(*line, j);
                *x = from + share * (to - from);
            }
        }
        let (mut values, mut gradient) = (vec![0.0; m], vec![0.0; m * d]);
        self.model.values_and_gradients(Batch { n: m, d, x: &x }, 1.0, &mut values, &mut gradient, work);
        let slope = |k: usize, line: usize| {
            let along = |j: usize| {
                let [from, to] = self.ends(line, j);
                gradient[j * m + k] * (to - from)
            };
            (0..d).map(along).sum::<f64>()
        };
        let place = |(k, (line, share)): (usize, &(usize, f64))| Place {
            share: *share,
            value: values[k],
            slope: slope(k, *line),
        };
        at.iter().enumerate().map(place).collect()
    }
}

/// Whether V jumps somewhere on straight lines through draws. Intervals in which it changes by more than its slopes say are halved
/// until they explain it, or are as short as can be: then V changes there, and its slopes know nothing of it.
pub(super) fn are_near(model: &dyn Model, at: &Positions) -> bool {
    let count = LINES.min(at.n / 2).min((NUMBERS / at.d.max(1)).max(4));
    let (lines, mut work) = (Lines { model, at, count }, Workspace::default());
    let shares = || (0..PLACES).map(|k| 0.1 * (k as f64 - 5.0));
    let places: Vec<(usize, f64)> = (0..count).flat_map(|line| shares().map(move |share| (line, share))).collect();
    if places.is_empty() {
        return false;
    }
    let begun = lines.look(&places, &mut work);
    // The draws themselves are the sixth place and the sixteenth.
    let drawn = begun.chunks_exact(PLACES).flat_map(|line| [line[5].value, line[15].value]);
    let spread: Moments = drawn.filter(|value| value.is_finite()).collect();
    let smallest = SEEN * spread.variance().sqrt();
    let pairs = begun
        .chunks_exact(PLACES)
        .enumerate()
        .flat_map(|(line, places)| places.windows(2).map(move |pair| Interval { line, from: pair[0], to: pair[1] }));
    let mut intervals: Vec<Interval> = pairs.filter(|interval| interval.open(smallest)).collect();
    for _ in 0..HALVINGS {
        intervals = intervals.iter().step_by(intervals.len().div_ceil(MOST).max(1)).copied().collect();
        let middles: Vec<(usize, f64)> =
            intervals.iter().map(|part| (part.line, part.from.share + 0.5 * part.length())).collect();
        if middles.is_empty() {
            return false;
        }
        let found = lines.look(&middles, &mut work);
        let halves = intervals
            .iter()
            .zip(found)
            .flat_map(|(whole, middle)| [Interval { to: middle, ..*whole }, Interval { from: middle, ..*whole }]);
        intervals = halves.filter(|half| half.open(smallest)).collect();
    }
    intervals.iter().any(Interval::jumps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use steepest_core::Potential;
    use steepest_models::Expression;

    /// 400 standard normals in two dimensions, of two chains.
    fn draws() -> Positions {
        let (n, d) = (400, 2);
        let mut x = vec![0.0; n * d];
        steepest_kernels::normals(7, 0, 0x202, 0, &mut x);
        Positions { n, d, chains: 2, x }
    }
    #[test]
    fn jumps_are_told_from_what_is_steep_bent_or_infinite() {
        for (energy, jumps) in [
            ("where(x < 0, 0, 2) + 0.5*(x^2 + y^2)", true),
            ("where(x < 0, 0, 0.1) + 0.5*(x^2 + y^2)", true),
            ("where(x + y < 0.3, 0, -1) + 0.5*(x^2 + y^2)", true),
            ("where(x < 0.2, 0, 30) + 0.5*(x^2 + y^2)", true),
            ("0.5*(x^2 + y^2)", false),
            ("x^4 + y^8 + exp(x*y)", false),
            ("abs(x) + 100*abs(x + y)", false),
            ("where(x < 0, 0.5*x^2, 5*x^2) + 0.5*y^2", false),
            ("tanh(1e4*x) + 0.5*(x^2 + y^2)", false),
            ("0.5*log(abs(x)) + 0.5*(x^2 + y^2)", false),
            ("-1/abs(x) + 0.5*(x^2 + y^2)", false),
            ("sqrt(abs(x)) + 0.5*(x^2 + y^2)", false),
            ("log(x) + 0.5*(x^2 + y^2)", false),
        ] {
            let model = Expression::parse(energy, &[]).unwrap();
            assert_eq!(are_near(&model, &draws()), jumps, "{energy}");
        }
    }
    /// V = |x|^2 / 2 + log cosh of each coordinate, and a step of 30 at x_1 = 0.2; knows the largest batch it was asked for.
    struct Wide {
        d: usize,
        step: f64,
        largest: AtomicUsize,
    }
    impl Potential for Wide {
        fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
            self.largest.fetch_max(x.n * x.d, Ordering::Relaxed);
            for (i, out) in out.iter_mut().enumerate() {
                let sum: f64 = (0..x.d).map(|j| x.x[j * x.n + i]).map(|x| 0.5 * x * x + x.cosh().ln()).sum();
                *out += scale * (sum + if x.x[i] < 0.2 { 0.0 } else { self.step });
            }
        }
        fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
            out.iter_mut().zip(x.x).for_each(|(out, x)| *out += scale * (x + x.tanh()));
        }
    }
    impl Model for Wide {
        fn dim(&self) -> usize {
            self.d
        }
        fn names(&self) -> Vec<String> {
            Vec::new()
        }
        fn report(&self, _x: Batch<'_>, _out: &mut [f64], _work: &mut Workspace) {}
    }
    /// In 20,000 dimensions 84 places are begun with, and all 80 intervals are halved before V is seen to be smooth in them.
    #[test]
    fn many_coordinates_are_looked_at_piece_by_piece() {
        let (n, d) = (40, 20_000);
        let mut x = vec![0.0; n * d];
        steepest_kernels::normals(7, 1, 0x202, 0, &mut x);
        // Each line crosses the step.
        for (i, x) in x.iter_mut().take(n).enumerate() {
            *x = if i < n / 2 { -1.0 } else { 1.0 };
        }
        let at = Positions { n, d, chains: 2, x };
        for (step, jumps) in [(30.0, true), (0.0, false)] {
            let model = Wide { d, step, largest: AtomicUsize::new(0) };
            assert_eq!(are_near(&model, &at), jumps, "{step}");
            let largest = model.largest.load(Ordering::Relaxed);
            assert!(largest <= NUMBERS * PLACES, "{largest} numbers at once");
        }
    }
    #[test]
    fn nothing_jumps_where_there_is_nothing() {
        let model = Expression::parse("where(x < 0, 0, 2) + 0.5*(x^2 + y^2)", &[]).unwrap();
        for n in 0..2 {
            assert!(!are_near(&model, &Positions { n, d: 2, chains: 1, x: vec![0.5; 2 * n] }));
        }
    }
}
