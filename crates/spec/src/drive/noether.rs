//! NOETHER: what the symmetries of a Lagrangian promise, watched along the first replica of a run.
use steepest_core::{Archive, Batch, Lagrangian, Persist, Workspace};
use steepest_flows::observer::Check;

/// Rotations that are looked for: in the planes of this many coordinates.
const COORDINATES: usize = 8;
/// A torque below this share of its parts is none.
const TORQUE: f64 = 1e-12;

/// Momenta that stay, as long as the symmetry they come from has held at every point seen; and the work of the explicit time.
pub(super) struct Noether<'a> {
    lagrangian: &'a dyn Lagrangian,
    /// One a coordinate, then one a plane: whether L has been the same along it.
    symmetric: Vec<bool>,
    /// The momenta at the start, and the largest departure from them.
    first: Vec<f64>,
    off: Vec<f64>,
    size: Vec<f64>,
    /// t and dL/dt of the last look, and the integral of dL/dt.
    last: Vec<f64>,
    pub(super) work: f64,
    /// Whether dL/dt was anything but 0.
    pub(super) timed: bool,
    /// The largest |H - H(0) + int dL/dt dt|.
    pub(super) unbalanced: f64,
    scratch: Workspace,
}
fn planes(d: usize) -> impl Iterator<Item = (usize, usize)> {
    let d = d.min(COORDINATES);
    (0..d).flat_map(move |i| (i + 1..d).map(move |j| (i, j)))
}
impl<'a> Noether<'a> {
    pub(super) fn of(lagrangian: &'a dyn Lagrangian) -> Self {
        let count = lagrangian.dim() + planes(lagrangian.dim()).count();
        Noether {
            lagrangian,
            symmetric: vec![true; count],
            first: Vec::new(),
            off: vec![0.0; count],
            size: vec![0.0; count],
            last: Vec::new(),
            work: 0.0,
            timed: false,
            unbalanced: 0.0,
            scratch: Workspace::default(),
        }
    }
    /// H of a Lagrangian with t, against the work of the time, in units of the energies of the run.
    pub(super) fn balance(&self, size: f64) -> Check {
        Check::at_most(
            "energy and work",
            self.unbalanced / size,
            0.05,
            (
                "H changes by -int dL/dt dt, to a few per cent.",
                "H is off its balance with -int dL/dt dt by more than 5 %: shorten the step, or look more often.",
            ),
        )
    }
    /// Looks at z = (q, v, t) with momenta p and the energy gained since the start.
    pub(super) fn look(&mut self, z: &[f64], p: &[f64], gained: f64) {
        let d = p.len();
        let mut slopes = self.scratch.take(2 * d + 1);
        self.lagrangian.gradients(Batch { n: 1, d: 2 * d + 1, x: z }, 1.0, &mut slopes, &mut self.scratch);
        let (q, v, t) = (&z[..d], &z[d..2 * d], z[2 * d]);
        let (force, pull) = (&slopes[..d], slopes[2 * d]);
        let mut momenta = p.to_vec();
        for j in 0..d {
            self.symmetric[j] &= force[j] == 0.0;
            self.size[j] = self.size[j].max(p.iter().fold(0.0, |most: f64, p| most.max(p.abs())));
        }
        for (k, (i, j)) in planes(d).enumerate() {
            let k = d + k;
            let parts = [q[i] * force[j], -q[j] * force[i], v[i] * p[j], -v[j] * p[i]];
            let torque: f64 = parts.iter().sum();
            self.symmetric[k] &= torque.abs() <= TORQUE * parts.iter().map(|part| part.abs()).sum::<f64>();
            momenta.push(q[i] * p[j] - q[j] * p[i]);
            self.size[k] = self.size[k].max(q[i].hypot(q[j]) * p[i].hypot(p[j]));
        }
        if self.first.is_empty() {
            self.first.clone_from(&momenta);
        }
        for (k, momentum) in momenta.iter().enumerate() {
            self.off[k] = self.off[k].max((momentum - self.first[k]).abs());
        }
        if let [before, power] = self.last[..] {
            self.work += 0.5 * (t - before) * (power + pull);
        }
        self.last = vec![t, pull];
        self.timed |= pull != 0.0;
        self.unbalanced = self.unbalanced.max((gained + self.work).abs());
        self.scratch.give(slopes);
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
        let kept = (0..self.off.len()).filter(|k| self.symmetric[*k]);
        let worst = kept.map(|k| self.off[k] / self.size[k].max(f64::MIN_POSITIVE)).reduce(f64::max)?;
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
        let Self { lagrangian: _, symmetric, first, off, size, last, work, timed, unbalanced, scratch: _ } = self;
        symmetric.pass(archive)?;
        [first, off, size, last].into_iter().try_for_each(|numbers| numbers.pass(archive))?;
        work.pass(archive)?;
        timed.pass(archive)?;
        unbalanced.pass(archive)
    }
}
