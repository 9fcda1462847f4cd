//! NOETHER: what the symmetries of a Lagrangian promise, watched along the first replica of a run.
use steepest_core::{Archive, Batch, Lagrangian, Persist, Workspace};
use steepest_flows::observer::{Check, Verdict};
use steepest_kernels::normals;

/// Rotations that are looked for: in the planes of this many coordinates.
const COORDINATES: usize = 8;
/// A torque below this share of its parts is none.
const TORQUE: f64 = 1e-12;
/// Second differences of dL/dt, as a share of it, at which the trapezoidal rule is off by some 2 % of it.
const BEND: f64 = 0.25;
const STREAM: u16 = 0x204;

/// Momenta that stay, as long as the symmetry they come from has held at every point seen; and the work of the explicit time.
pub(super) struct Noether<'a> {
    lagrangian: &'a dyn Lagrangian,
    /// One a coordinate, then one a plane: whether L has been the same along it.
    symmetric: Vec<bool>,
    /// Where to look beside a point, in units of its q and v: on a line of its own an orbit sees symmetries that L has not.
    aside: Vec<f64>,
    /// The momenta at the start, and the largest departure from them.
    first: Vec<f64>,
    off: Vec<f64>,
    size: Vec<f64>,
    /// t and dL/dt of the last look and dL/dt of the one before; the integral of dL/dt.
    last: Vec<f64>,
    pub(super) work: f64,
    /// Whether dL/dt was anything but 0.
    pub(super) timed: bool,
    /// The largest |H - H(0) + int dL/dt dt|.
    pub(super) unbalanced: f64,
    /// The energy at the start.
    begun: f64,
    /// Sums over the looks of |dL/dt| and of its second differences: whether looks are close enough to integrate it.
    pulls: f64,
    bends: f64,
    scratch: Workspace,
}
fn planes(d: usize) -> impl Iterator<Item = (usize, usize)> {
    let d = d.min(COORDINATES);
    (0..d).flat_map(move |i| (i + 1..d).map(move |j| (i, j)))
}
impl<'a> Noether<'a> {
    pub(super) fn of(lagrangian: &'a dyn Lagrangian) -> Self {
        let count = lagrangian.dim() + planes(lagrangian.dim()).count();
        let mut aside = vec![0.0; 2 * lagrangian.dim()];
        normals(0, 0, STREAM, 0, &mut aside);
        Noether {
            lagrangian,
            symmetric: vec![true; count],
            aside,
            first: Vec::new(),
            off: vec![0.0; count],
            size: vec![0.0; count],
            last: Vec::new(),
            work: 0.0,
            timed: false,
            unbalanced: 0.0,
            begun: f64::NAN,
            pulls: 0.0,
            bends: 0.0,
            scratch: Workspace::default(),
        }
    }
    /// H of a Lagrangian with t, against the work of the time, in units of the energies of the run.
    pub(super) fn balance(&self, size: f64) -> Check {
        let mut check = Check::at_most(
            "energy and work",
            self.unbalanced / size,
            0.05,
            (
                "H changes by -int dL/dt dt, to a few per cent.",
                "H is off its balance with -int dL/dt dt by more than 5 %: shorten the step.",
            ),
        );
        if check.verdict == Verdict::Violated && self.bends > BEND * self.pulls {
            check.verdict = Verdict::Inconclusive;
            check.advice = "Looks are too far apart to know the work -int dL/dt dt: make `every` in [run] smaller.";
        }
        check
    }
    /// Looks at z = (q, v, t) with momenta p and the energy of the replica.
    pub(super) fn look(&mut self, z: &[f64], p: &[f64], energy: f64) {
        let d = p.len();
        let mut slopes = self.scratch.take(2 * d + 1);
        self.lagrangian.gradients(Batch { n: 1, d: 2 * d + 1, x: z }, 1.0, &mut slopes, &mut self.scratch);
        let (q, t, pull) = (&z[..d], z[2 * d], slopes[2 * d]);
        self.compare(z, &slopes);
        let mut beside = z.to_vec();
        for half in [0..d, d..2 * d] {
            let size = z[half.clone()].iter().fold(0.0, |most: f64, x| most.max(x.abs()));
            let size = if size == 0.0 { 1.0 } else { 0.1 * size };
            beside[half.clone()].iter_mut().zip(&self.aside[half]).for_each(|(x, aside)| *x += size * aside);
        }
        slopes.fill(0.0);
        self.lagrangian.gradients(Batch { n: 1, d: 2 * d + 1, x: &beside }, 1.0, &mut slopes, &mut self.scratch);
        // Where L is not defined nothing is said of it.
        if slopes.iter().all(|slope| slope.is_finite()) {
            self.compare(&beside, &slopes);
        }
        let mut momenta = p.to_vec();
        for j in 0..d {
            self.size[j] = self.size[j].max(p.iter().fold(0.0, |most: f64, p| most.max(p.abs())));
        }
        for (k, (i, j)) in planes(d).enumerate() {
            momenta.push(q[i] * p[j] - q[j] * p[i]);
            self.size[d + k] = self.size[d + k].max(q[i].hypot(q[j]) * p[i].hypot(p[j]));
        }
        if self.first.is_empty() {
            self.first.clone_from(&momenta);
            self.begun = energy;
        }
        for (k, momentum) in momenta.iter().enumerate() {
            self.off[k] = self.off[k].max((momentum - self.first[k]).abs());
        }
        if let [before, power, ..] = self.last[..] {
            self.work += 0.5 * (t - before) * (power + pull);
            if let Some(earlier) = self.last.get(2) {
                self.pulls += power.abs();
                self.bends += (pull - 2.0 * power + earlier).abs();
            }
            self.last = vec![t, pull, power];
        } else {
            self.last = vec![t, pull];
        }
        self.timed |= pull != 0.0;
        let off = (energy - self.begun + self.work).abs();
        self.unbalanced = if off.is_nan() || self.unbalanced.is_nan() { f64::NAN } else { self.unbalanced.max(off) };
        self.scratch.give(slopes);
    }
    /// Takes from the symmetries those that L has not at z = (q, v, t), by its slopes there.
    fn compare(&mut self, z: &[f64], slopes: &[f64]) {
        let d = z.len() / 2;
        let (q, v, force, p) = (&z[..d], &z[d..2 * d], &slopes[..d], &slopes[d..2 * d]);
        for j in 0..d {
            self.symmetric[j] &= force[j] == 0.0;
        }
        for (k, (i, j)) in planes(d).enumerate() {
            let parts = [q[i] * force[j], -q[j] * force[i], v[i] * p[j], -v[j] * p[i]];
            let torque: f64 = parts.iter().sum();
            self.symmetric[d + k] &= torque.abs() <= TORQUE * parts.iter().map(|part| part.abs()).sum::<f64>();
        }
    }
    /// What stayed, in words: the coordinates and planes whose symmetry held.
    pub(super) fn kept(&self, names: &[String]) -> Vec<String> {
        let d = self.lagrangian.dim();
        let coordinates = (0..d).filter(|j| self.symmetric[*j]).map(|j| format!("the momentum of {}", names[j]));
        let turned = planes(d).enumerate().filter(|(k, (i, j))| {
            // Where both momenta stay there is no rotation to speak of.
            self.symmetric[d + k] && !(self.symmetric[*i] && self.symmetric[*j])
        });
        let planes =
            turned.map(|(_, (i, j))| format!("the angular momentum in the plane of {} and {}", names[i], names[j]));
        coordinates.chain(planes).collect()
    }
    /// The line of the ledger, where there is a symmetry.
    pub(super) fn check(&self) -> Option<Check> {
        // Of what never was anything nothing is said.
        let kept = (0..self.off.len()).filter(|k| self.symmetric[*k] && self.size[*k] > 0.0);
        let worst = kept.map(|k| self.off[k] / self.size[k]).reduce(f64::max)?;
        Some(Check::at_most(
            "Noether momenta",
            worst,
            1e-9,
            (
                "The momenta of symmetries stay to rounding.",
                "A momentum that a symmetry keeps has moved: the scheme does not see the symmetry, as Runge-Kutta methods do not see rotations.",
            ),
        ))
    }
}
impl Persist for Noether<'_> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self {
            lagrangian: _,
            symmetric,
            aside: _,
            first,
            off,
            size,
            last,
            work,
            timed,
            unbalanced,
            begun,
            pulls,
            bends,
            scratch: _,
        } = self;
        symmetric.pass(archive)?;
        [first, off, size, last].into_iter().try_for_each(|numbers| numbers.pass(archive))?;
        work.pass(archive)?;
        timed.pass(archive)?;
        unbalanced.pass(archive)?;
        [begun, pulls, bends].into_iter().try_for_each(|number| number.pass(archive))
    }
}
