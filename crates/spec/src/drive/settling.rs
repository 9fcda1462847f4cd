//! SETTLING: whether a cloud has stopped moving: the mean and the spread of every coordinate, and the mean energy, now and in the
//! middle of the run; and whether its particles have forgotten where they were then.
//!
//! The energy alone does not tell: a slow coordinate carries little of it. Each particle is held against itself in the middle, so
//! that what it has kept since is no noise, and of a slow coordinate it has kept nearly all.
mod memory;
use super::student::student;
use memory::Memory;
use steepest_core::{Archive, Batch, Persist};
use steepest_flows::observer::{Check, Moments, Verdict};

/// V of every particle.
type Energies<'a> = &'a dyn Fn(Batch<'_>) -> Vec<f64>;

/// Numbers of a look that are kept, about, and particles at least where there are as many.
const KEPT: usize = 1 << 20;
const FEWEST: usize = 64;
/// The chance that a cloud which has settled is said to move: that of 4.5 standard errors of one normal number.
const CHANCE: f64 = 6.8e-6;
/// Standard errors beyond which the particles are too few to tell anything.
const FEW: f64 = 10.0;
/// What a spread cannot grow by over half of a run that relaxes, unless it began on a summit.
const RUNAWAY: f64 = 1000.0;
/// Particles whose memory is looked at.
const ASKED: usize = 65_536;
const HOLDS: &str = "The mean energy, and the mean and the spread of every coordinate, have stopped moving, and particles have \
                     forgotten where they were.";

/// The first particles at the looks numbered 2, 3, 4, 6, 8, 12, ...: of these the last three, one of which is near the middle.
pub(super) struct Settling {
    particles: usize,
    looks: usize,
    kept: Vec<Look>,
}
#[derive(Default)]
struct Look {
    number: usize,
    /// Component-major.
    x: Vec<f64>,
}
impl Persist for Look {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { number, x } = self;
        number.pass(archive)?;
        x.pass(archive)
    }
}
impl Persist for Settling {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { particles: _, looks, kept } = self;
        looks.pass(archive)?;
        kept.pass(archive)
    }
}

/// How many of n particles in d dimensions are kept of a look.
fn kept(n: usize, d: usize) -> usize {
    (KEPT / d.max(1)).max(FEWEST).min(n)
}

impl Settling {
    pub(super) fn new(n: usize, d: usize) -> Self {
        Settling { particles: kept(n, d), looks: 0, kept: Vec::new() }
    }
    /// Sees the cloud where it is.
    pub(super) fn look(&mut self, at: Batch<'_>) {
        self.looks += 1;
        let odd = self.looks >> self.looks.trailing_zeros();
        if self.looks > 1 && (odd == 1 || odd == 3) {
            let x = (0..at.d).flat_map(|j| &at.column(j)[..self.particles]).copied().collect();
            self.kept.push(Look { number: self.looks, x });
            let old = self.kept.len().saturating_sub(3);
            self.kept.drain(..old);
        }
    }
    /// The line of the ledger, of the energies of all looks and the cloud as it is `now`, by V of a batch; and which coordinate it speaks
    /// of, where that is one.
    pub(super) fn judge(
        &self,
        energies: &[Moments],
        now: Batch<'_>,
        (names, v): (&[String], Energies<'_>),
    ) -> (Check, Option<String>) {
        let line = |value: f64, bound: f64| {
            Check::at_most("equilibrium", value, bound, (HOLDS, "The mean energy is still moving: run longer."))
        };
        let (k, target) = (energies.len(), self.looks / 2 + 1);
        let nearest = self.kept.iter().min_by_key(|look| (look.number.abs_diff(target), usize::MAX - look.number));
        let Some(look) = nearest.filter(|_| k > 2) else { return (line(f64::NAN, f64::NAN), None) };
        let bound = student(CHANCE / (2 * now.d + 1) as f64, self.particles.saturating_sub(1));
        if bound > FEW {
            let said = format!("{} particles are too few to tell whether they have stopped moving.", self.particles);
            return (line(f64::NAN, f64::NAN), Some(said));
        }
        let name = |j: usize| match names.get(j).filter(|_| names.len() == now.d) {
            Some(name) => format!("`{name}`"),
            None => format!("coordinate {}", j + 1),
        };
        let (middle, end) = (&energies[k / 2], &energies[k - 1]);
        let noise = middle.standard_error().hypot(end.standard_error());
        let (mut most, mut growth, mut said) = (errors(end.mean() - middle.mean(), noise), 0.0, None);
        for (j, before) in look.x.chunks_exact(self.particles.max(1)).enumerate() {
            let pair = Pair::of(before, &now.column(j)[..self.particles]);
            if pair.growth() > RUNAWAY.max(growth) {
                growth = pair.growth();
                said = Some(format!(
                    "The spread of {} grew by more than {RUNAWAY} times in half of the run: the step is too long for it, or \
                     exp(-beta V) has no integral.",
                    name(j)
                ));
            }
            for (what, moved) in [("mean", pair.mean()), ("spread", pair.spread())] {
                if growth == 0.0 && (moved > most || most.is_nan()) {
                    most = moved;
                    said = Some(format!("The {what} of {} is still moving: run longer.", name(j)));
                }
            }
        }
        if growth > 0.0 {
            return (line(growth, RUNAWAY), said);
        }
        let mut check = line(most, bound);
        if check.verdict == Verdict::Violated {
            check.verdict = Verdict::Inconclusive; // a relaxing cloud is no mistake
            return (check, said);
        }
        let known = if check.verdict == Verdict::Holds { self.memory(look, now, v) } else { None };
        let Some(memory) = known.filter(Memory::lasts) else { return (check, None) };
        (check.value, check.bound, check.verdict) = (memory.correlation, memory.bound, Verdict::Inconclusive);
        let what = memory.of.map_or_else(|| "their energy".to_owned(), name);
        let said = format!(
            "Nothing moves, but particles remember where they were in the middle of the run: by {what}, with a correlation of {:.2}. \
             Each may be kept in a well of its own, in shares that are those of the start: run longer.",
            memory.correlation
        );
        (check, Some(said))
    }
    /// What the first particles remember of a look.
    fn memory(&self, look: &Look, now: Batch<'_>, v: &dyn Fn(Batch<'_>) -> Vec<f64>) -> Option<Memory> {
        let n = self.particles.min(ASKED);
        let mut pairs: Vec<[Vec<f64>; 2]> = look
            .x
            .chunks_exact(self.particles.max(1))
            .enumerate()
            .map(|(j, before)| [before, now.column(j)].map(|column| column[..n].to_vec()))
            .collect();
        let energies = [0, 1].map(|side: usize| {
            let x: Vec<f64> = pairs.iter().flat_map(|pair| &pair[side]).copied().collect();
            v(Batch { n, d: now.d, x: &x })
        });
        pairs.push(energies);
        Memory::of(&pairs)
    }
}

/// In standard errors; infinite where numbers overflow, and not a number where nothing varies.
fn errors(moved: f64, noise: f64) -> f64 {
    if moved.is_finite() && noise.is_finite() { moved.abs() / noise } else { f64::INFINITY }
}

/// A coordinate of the same particles at two times.
struct Pair<'a> {
    of: [&'a [f64]; 2],
    moments: [Moments; 2],
}
impl<'a> Pair<'a> {
    fn of(before: &'a [f64], after: &'a [f64]) -> Self {
        let of = [before, after];
        Pair { of, moments: of.map(|x| x.iter().copied().collect()) }
    }
    /// By what the spread has grown: of what did not vary at all, nothing can be said.
    fn growth(&self) -> f64 {
        let [before, after] = self.moments.map(|moments| moments.variance().sqrt());
        match (before > 0.0, after.is_finite()) {
            (true, true) => after / before,
            (true, false) => f64::INFINITY,
            (false, _) => 1.0,
        }
    }
    /// The change of the mean.
    fn mean(&self) -> f64 {
        let [before, after] = self.of;
        let apart: Moments = before.iter().zip(after).map(|(a, b)| b - a).collect();
        errors(apart.mean(), apart.standard_error())
    }
    /// The change of the logarithm of the variance, whose error is that of the difference of squares over their means.
    fn spread(&self) -> f64 {
        let ([before, after], [a, b]) = (self.of, self.moments);
        if a.variance() == 0.0 && b.variance() == 0.0 {
            return f64::NAN;
        }
        let squares = |x: f64, of: &Moments| (x - of.mean()).powi(2) / of.variance();
        let apart: Moments = before.iter().zip(after).map(|(x, y)| squares(*y, &b) - squares(*x, &a)).collect();
        errors((b.variance() / a.variance()).ln(), apart.standard_error())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use steepest_kernels::normals;

    /// Three looks at 1000 particles: normal, then what `moves` makes of a particle's number and another.
    fn judged(moves: impl Fn(f64, f64) -> f64) -> (Check, Option<String>) {
        let (n, mut z) = (1000, vec![0.0; 2000]);
        normals(7, 0, 1, 0, &mut z);
        let (before, fresh) = z.split_at(n);
        let after: Vec<f64> = before.iter().zip(fresh).map(|(x, z)| moves(*x, *z)).collect();
        let mut settling = Settling::new(n, 1);
        let batch = |x| Batch { n, d: 1, x };
        [before, before, &after[..]].into_iter().for_each(|x| settling.look(batch(x)));
        let energy: Moments = before.iter().map(|x| x * x).collect();
        let v = |x: Batch<'_>| x.x.iter().map(|x| x * x).collect::<Vec<f64>>();
        settling.judge(&[energy; 3], batch(&after[..]), (&["x".to_owned()], &v))
    }

    /// A pair of correlation 0.99 is stationary. A spread that is 5 % larger is 11 standard errors of such pairs, and a mean that
    /// is off by 0.05 as many: of independent clouds they would be 1.5 and 1.1.
    #[test]
    fn what_a_particle_keeps_is_no_noise() {
        let (rho, rest) = (0.99, (1.0f64 - 0.99 * 0.99).sqrt());
        let (_, said) = judged(|x, z| rho * x + rest * z);
        assert!(said.is_some_and(|said| said.starts_with("Nothing moves")));
        for (factor, shift, what) in [(1.05, 0.0, "The spread of `x` is"), (1.0, 0.05, "The mean of `x` is")] {
            let (check, said) = judged(|x, z| factor * (rho * x + rest * z) + shift);
            assert!(check.verdict == Verdict::Inconclusive && check.value > check.bound, "{check:?}");
            assert!(said.as_ref().is_some_and(|said| said.starts_with(what)), "{said:?}");
        }
    }
    /// Pairs that are stationary hold where they have forgotten each other, to 0.1; wells that nobody leaves do not, whatever their shares.
    #[test]
    fn a_cloud_that_remembers_has_not_settled() {
        let (check, said) = judged(|x, z| 0.05 * x + (1.0f64 - 0.05 * 0.05).sqrt() * z);
        assert!(check.verdict == Verdict::Holds && said.is_none(), "{check:?}");
        for rho in [0.5f64, -0.5, 0.99] {
            let (check, said) = judged(|x, z| rho * x + (1.0 - rho * rho).sqrt() * z);
            assert!(check.verdict == Verdict::Inconclusive && (check.value - rho.abs()).abs() < 0.1, "{check:?}");
            assert!(check.bound < 0.25 && said.is_some_and(|said| said.contains("by `x`, with a correlation of")));
        }
        // Each keeps to its side.
        let (check, said) = judged(|x, z| z.abs() * x.signum());
        assert_eq!(check.verdict, Verdict::Inconclusive, "{check:?}");
        assert!(said.is_some_and(|said| said.contains("remember where they were")));
    }
    /// What grows without bound is a mistake, and an overflow is not equilibrium.
    #[test]
    fn what_runs_away_is_violated() {
        for factor in [1e4, 1e150, 1e200] {
            let (check, said) = judged(|x, _| factor * x);
            assert_eq!(check.verdict, Verdict::Violated, "{factor}: {check:?}");
            assert!(said.is_some_and(|said| said.contains("grew by more than 1000 times")));
        }
        let (check, _) = judged(|x, _| 100.0 * x);
        assert_eq!(check.verdict, Verdict::Inconclusive, "{check:?}");
    }
    /// One of the looks that are kept is near the middle of all of them.
    #[test]
    fn the_middle_is_at_hand() {
        let mut settling = Settling::new(2, 1);
        for number in 1..500_usize {
            settling.look(Batch { n: 2, d: 1, x: &[number as f64, 0.0] });
            let target = number / 2 + 1;
            let off = settling.kept.iter().map(|look| look.number.abs_diff(target)).min();
            assert!(number < 3 || off.is_some_and(|off| 5 * off <= target), "{number}");
            assert!(settling.kept.len() <= 3 && settling.kept.iter().all(|look| look.x[0] == look.number as f64));
        }
    }
}
