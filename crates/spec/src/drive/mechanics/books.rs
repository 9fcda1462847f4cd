//! BOOKS: H along a run of mechanics, the path of its first point, and the lines of the ledger.
use super::energy::{Energies, turns};
use super::reversal;
use super::space::{Mechanics, Motion, Space};
use crate::drive::clock::Stopwatch;
use crate::drive::noether::Noether;
use crate::drive::{checks, lagrangian, table};
use crate::{Point, Watch};
use serde_json::json;
use std::ops::ControlFlow;
use steepest_core::{Archive, Observer, Persist, Replicated, Stride, Tick, Workspace};
use steepest_flows::flow::chain_ledger::Positions;
use steepest_flows::observer::{Check, Ledger};
use steepest_flows::state::Phase;
use steepest_models::Model;
use steepest_record::{Array, Column, Objective, Record};

/// Replicas that are looked at one by one.
pub(super) const WATCHED: usize = 1 << 16;
/// Coordinates that are asked how often a motion turns.
const ASKED: usize = 8;

/// H along the run, and the path of the first point.
pub(super) struct Books<'a> {
    pub(super) at: Tick,
    pub(super) ledger: Ledger,
    path: Vec<f64>,
    /// What the symmetries of a Lagrangian keep.
    noether: Option<Noether<'a>>,
    /// How far off a surface points have been, and how far from its tangents momenta.
    off: [f64; 2],
    /// The largest coordinate, and the largest momentum, of those points.
    extent: [f64; 2],
    /// The kinetic energy at each look.
    kinetic: Vec<f64>,
    /// Of each replica that is watched, the sum of the roots of its kinetic energies.
    speeds: Vec<f64>,
    pub(super) gradients: u64,
    pub(super) time: Stopwatch,
}
/// What a run ended in, and what was found of a stride before it.
pub(super) struct End<'x> {
    pub(super) x: &'x Phase,
    /// The velocities there, of a Lagrangian.
    pub(super) velocity: Vec<f64>,
    /// The worst error of H of one replica, where there are several and H is kept.
    pub(super) worst: Option<f64>,
    /// How far the way back leads from home, where the scheme promises one.
    pub(super) reversal: Option<f64>,
    /// What a stride loses of areas.
    pub(super) symplecticity: f64,
    /// Whether it moved on a surface.
    pub(super) surface: bool,
}
impl<'a> Books<'a> {
    pub(super) fn open(key: u64, noether: Option<Noether<'a>>, replicas: usize) -> Self {
        Books {
            noether,
            at: Tick::start(key),
            ledger: Ledger::default(),
            path: Vec::new(),
            off: [0.0; 2],
            extent: [0.0; 2],
            kinetic: Vec::new(),
            // The mean of one replica is that replica.
            speeds: vec![0.0; if replicas > 1 { replicas.min(WATCHED) } else { 0 }],
            gradients: 0,
            time: Stopwatch::start(),
        }
    }
    pub(super) fn energies(&self) -> Energies<'_> {
        Energies { h: &self.ledger.value, kinetic: &self.kinetic }
    }
    /// How often the first point turned, in the coordinate that tells most, in that half of the run in which it turned less.
    fn swings(&self) -> usize {
        let d = self.path.len() / self.ledger.t.len().max(1);
        let of = |j: usize| {
            let series: Vec<f64> = self.path.iter().skip(j).step_by(d).copied().collect();
            let [early, late] = turns(&series, 1e-9 * series.iter().fold(0.0, |most: f64, x| most.max(x.abs())));
            early.min(late)
        };
        (0..d.min(ASKED)).map(of).max().unwrap_or(0)
    }
    /// Whether H is that of a Lagrangian with t, which is not kept.
    pub(super) fn timed(&self) -> bool {
        self.noether.as_ref().is_some_and(|noether| noether.timed)
    }
    /// The largest change of H of one replica between two states, over the size of the energies of the run or the kinetic energy
    /// of its own mean speed, whichever is larger.
    pub(super) fn worst<F: Motion, G>(&self, flow: &Mechanics<F, G>, from: &Phase, to: &Phase) -> f64 {
        let (mut work, size, looks) = (Workspace::default(), self.energies().size(), self.kinetic.len().max(1) as f64);
        let change = |(i, speed): (usize, &f64)| {
            let [a, b] = [from, to].map(|x| flow.functional.value(Tick::default(), &x.block(i, 1), &mut work));
            if a == b { 0.0 } else { (b - a).abs() / size.max((speed / looks).powi(2)) }
        };
        self.speeds.iter().enumerate().map(change).fold(0.0, f64::max)
    }
}
impl Persist for Books<'_> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { at, ledger, path, noether, off, extent, kinetic, speeds, gradients, time } = self;
        at.step.pass(archive)?;
        at.t.pass(archive)?;
        ledger.pass(archive)?;
        path.pass(archive)?;
        noether.iter_mut().try_for_each(|noether| noether.pass(archive))?;
        off[..].pass(archive)?;
        extent[..].pass(archive)?;
        kinetic.pass(archive)?;
        speeds[..].pass(archive)?;
        gradients.pass(archive)?;
        time.pass(archive)
    }
}
impl Books<'_> {
    /// Enters where it is.
    fn look<F: Motion, G: Space>(&mut self, flow: &Mechanics<F, G>, at: Tick, x: &Phase, last: Stride) {
        let _ = self.ledger.observe(flow, at, x, last);
        self.gradients += last.gradients;
        let v = &self.ledger.differential().0[x.n * x.d..];
        self.kinetic.push(x.p().iter().zip(v).map(|(p, v)| p * v).sum::<f64>() / (2.0 * x.n as f64));
        // Component by component, as the numbers lie in memory.
        let mut own = vec![0.0; self.speeds.len()];
        for (p, v) in x.p().chunks_exact(x.n.max(1)).zip(v.chunks_exact(x.n.max(1))) {
            own.iter_mut().zip(p.iter().zip(v)).for_each(|(own, (p, v))| *own += p * v);
        }
        self.speeds.iter_mut().zip(own).for_each(|(speed, own)| *speed += (0.5 * own).abs().sqrt());
        let one = |x: &[f64], n: usize| x.iter().step_by(n).copied().collect::<Vec<_>>();
        let mut place = one(x.q().x, x.n);
        if let Some(noether) = &mut self.noether {
            let z: Vec<f64> = place.iter().copied().chain(one(v, x.n)).chain([at.t]).collect();
            // Of one replica; the books have the mean of all.
            let energy = match x.n {
                1 => self.ledger.value.last().copied().unwrap_or(f64::NAN),
                _ => flow.functional.value(at, &x.block(0, 1), &mut Workspace::default()),
            };
            noether.look(&z, &one(x.p(), x.n), energy);
        }
        flow.functional.spread(1, &mut place, &mut []);
        self.path.extend(place);
        if let Some(off) = flow.geometry.defect(x) {
            // One that is no number stays.
            let most = |a: f64, b: f64| if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) };
            self.off.iter_mut().zip(off).for_each(|(all, off)| *all = most(*all, off));
            let largest = |part: &[f64]| part.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
            let extent = [largest(x.q().x), largest(x.p())];
            self.extent.iter_mut().zip(extent).for_each(|(all, extent)| *all = most(*all, extent));
        }
    }
}
/// The books, shown to whoever watches.
pub(super) struct Shown<'s, 'a> {
    pub(super) books: &'s mut Books<'a>,
    pub(super) watch: &'s mut dyn Watch,
    /// Whether who watches has seen enough.
    pub(super) stopped: bool,
}
impl<F: Motion, G: Space> Observer<Mechanics<F, G>, Phase> for Shown<'_, '_> {
    fn observe(&mut self, flow: &Mechanics<F, G>, at: Tick, x: &Phase, last: Stride) -> ControlFlow<()> {
        let books = &mut *self.books;
        // The end of one piece is the start of the next: it is seen once.
        if books.ledger.t.last() != Some(&at.t) {
            books.look(flow, at, x, last);
            let (value, from) = (books.ledger.value.last().copied().unwrap_or(f64::NAN), books.path.len() - x.d);
            self.stopped |= self.watch.point(Point { step: at.step, value, x: &books.path[from..] }).is_break();
        }
        if self.stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
/// The ledger, the table and the arrays of a run that ended.
pub(super) fn summarise(record: &mut Record, model: &dyn Model, end: &End<'_>, books: &Books<'_>) {
    let (x, h, energies) = (end.x, &books.ledger.value, books.energies());
    let (d, n) = (x.d, x.n);
    let (first, last) = (h.first().copied().unwrap_or(f64::NAN), h.last().copied().unwrap_or(f64::NAN));
    record.summary.objective = Some(Objective { initial: first, r#final: last });
    let mut found = vec![
        energies.drift(books.swings()),
        energies.error(end.worst),
        Check::at_most(
            "reversal",
            end.reversal.unwrap_or(f64::NAN),
            reversal::BOUND,
            (
                "With -h the same strides lead back to the start.",
                "The way back does not lead home, by more than rounding: the force depends on more than q.",
            ),
        ),
        Check::at_most(
            "symplecticity",
            end.symplecticity,
            1e-8,
            (
                "A stride keeps areas of phase space: J^T Omega J = Omega.",
                "A stride does not keep areas of phase space: the scheme is not symplectic at this step, or the force is no gradient.",
            ),
        ),
    ];
    if end.surface {
        let share = |k: usize| if books.off[k] == 0.0 { 0.0 } else { books.off[k] / books.extent[k] };
        found.push(Check::at_most(
            "constraints",
            if books.off.iter().any(|off| off.is_nan()) { f64::NAN } else { share(0).max(share(1)) },
            1e-10,
            (
                "Points stay on the surface, and momenta in its tangent space, to rounding.",
                "Points leave the surface: the step is too long, or the slopes of the constraints are nearly dependent somewhere.",
            ),
        ));
    }
    for check in found.iter_mut().filter(|check| check.name == "reversal" && check.value.is_nan()) {
        check.advice = match end.reversal {
            None => "The scheme reads differently from its end, so it does not promise to lead back.",
            Some(_) => "Nothing moved, or the motion is so chaotic that rounding leads astray within ten strides.",
        };
    }
    match (&books.noether, model.lagrangian()) {
        (Some(noether), Some(l)) => {
            if noether.timed {
                found.retain(|check| !["H drift", "energy error"].contains(&check.name));
                found.insert(0, noether.balance(energies.size()));
            }
            found.extend(noether.check());
            let kept = noether.kept(&model.names());
            if !kept.is_empty() {
                record.notes.push(format!("Conserved: {}.", kept.join(", ")));
            }
            record.summary.extra.insert("conserved".into(), json!(kept));
            record.summary.ledger = checks::lines(&found);
            // Positions of the first replica, at the velocity of the end.
            let z = seen(&books.path, &end.velocity, &books.ledger.t, (n, d));
            record.summary.ledger.push(lagrangian::derivatives(l, &z, z.len() / (2 * d + 1)));
        }
        _ => {
            record.summary.ledger = checks::lines(&found);
            record.summary.ledger.push(checks::gradient(model, &visited(x, &books.path)));
        }
    }
    let q = x.q();
    record.summary.parameters = if n == 1 { table::point(model, q.x) } else { table::independent(model, q) };
    record.ledger = vec![
        Column { name: "t".into(), values: books.ledger.t.clone() },
        Column { name: "energy".into(), values: h.clone() },
    ];
    // H of a Lagrangian with t is not kept: what it changes by is no error.
    if !books.timed() {
        record.ledger.push(Column { name: "energy error".into(), values: h.iter().map(|v| v - first).collect() });
    }
    record.arrays = vec![
        Array { name: "state".into(), shape: vec![d, n], values: q.x.to_vec() },
        Array { name: "momentum".into(), shape: vec![d, n], values: x.p().to_vec() },
        Array { name: "path".into(), shape: vec![books.path.len() / d.max(1), d], values: books.path.clone() },
    ];
}
/// Places that were gone through: of one point on its way, the end first, as one is enough where there are many coordinates; of
/// several where they ended.
fn visited(x: &Phase, path: &[f64]) -> Positions {
    let (d, rows) = (x.d, path.len() / x.d.max(1));
    if x.n > 1 || rows < 3 {
        let block = x.block(0, x.n.min(100));
        return Positions { n: block.n, d, chains: 1, x: block.q().x.to_vec() };
    }
    let places = [rows - 1, rows / 2, 0];
    let x = (0..d).flat_map(|j| places.map(|i| path[i * d + j])).collect();
    Positions { n: places.len(), d, chains: 1, x }
}
/// Up to three points z = (q, v, t) of the path, component-major, all at the velocity v of the first replica.
fn seen(path: &[f64], v: &[f64], t: &[f64], (n, d): (usize, usize)) -> Vec<f64> {
    let rows = t.len();
    let places: Vec<usize> = if rows < 3 { (0..rows).collect() } else { vec![0, rows / 2, rows - 1] };
    let row = |k: usize| match k {
        k if k < d => places.iter().map(|i| path[i * d + k]).collect::<Vec<_>>(),
        k if k < 2 * d => vec![v[(k - d) * n]; places.len()],
        _ => places.iter().map(|i| t[*i]).collect(),
    };
    (0..=2 * d).flat_map(row).collect()
}
