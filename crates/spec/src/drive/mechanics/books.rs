//! BOOKS: H along a run of mechanics, the path of its first point, and the lines of the ledger.
use super::space::{Mechanics, Motion, Space};
use crate::drive::clock::Stopwatch;
use crate::drive::noether::Noether;
use crate::drive::{checks, lagrangian, table};
use crate::{Point, Watch};
use serde_json::json;
use std::ops::ControlFlow;
use steepest_core::{Archive, Observer, Persist, Replicated, Scheme, State, Stride, Tick, Workspace};
use steepest_flows::flow::chain_ledger::Positions;
use steepest_flows::observer::{Check, Ledger};
use steepest_flows::state::Phase;
use steepest_models::Model;
use steepest_record::{Array, Column, Objective, Record};

/// The largest relative change of H of one replica between two states.
pub(super) fn worst<F: Motion, G>(flow: &Mechanics<F, G>, from: &Phase, to: &Phase) -> f64 {
    let mut work = Workspace::default();
    let mut change = |i: usize| {
        let [a, b] = [from, to].map(|x| flow.functional.value(Tick::default(), &x.block(i, 1), &mut work));
        (b - a).abs() / a.abs().max(f64::MIN_POSITIVE)
    };
    (0..from.n).map(&mut change).fold(0.0, f64::max)
}
/// The largest distance from home after so many strides forth and back, in units of the largest coordinate or 1.
pub(super) fn retrace<F, G, C: Scheme<Mechanics<F, G>, Phase>>(
    flow: &Mechanics<F, G>,
    scheme: &C,
    home: &Phase,
    h: f64,
    count: u64,
) -> f64 {
    let mut x = home.clone();
    for (t, h) in [(0.0, h), (count as f64 * h, -h)] {
        let mut memory = scheme.memory(flow, &x);
        if scheme.advance(flow, Tick { t, ..Tick::start(0) }, h, count, &mut x, &mut memory).is_err() {
            return f64::INFINITY;
        }
    }
    let size = home.coords().iter().fold(1.0, |size: f64, x| size.max(x.abs()));
    x.coords().iter().zip(home.coords()).map(|(a, b)| (a - b).abs() / size).fold(0.0, f64::max)
}
/// H along the run, and the path of the first point.
pub(super) struct Books<'a> {
    pub(super) at: Tick,
    pub(super) ledger: Ledger,
    path: Vec<f64>,
    /// What the symmetries of a Lagrangian keep.
    noether: Option<Noether<'a>>,
    /// How far off a surface points have been, and how far from its tangents momenta.
    off: [f64; 2],
    /// The largest kinetic energy seen: what errors are measured against where H is near 0.
    kinetic: f64,
    pub(super) gradients: u64,
    pub(super) time: Stopwatch,
}
/// What was found of a stride before the run: how far the way back leads from home, and what is lost of areas.
pub(super) struct Local {
    pub(super) reversal: f64,
    pub(super) symplecticity: f64,
}
impl<'a> Books<'a> {
    pub(super) fn open(key: u64, noether: Option<Noether<'a>>) -> Self {
        Books {
            noether,
            at: Tick::start(key),
            ledger: Ledger::default(),
            path: Vec::new(),
            off: [0.0; 2],
            kinetic: 0.0,
            gradients: 0,
            time: Stopwatch::start(),
        }
    }
    /// The size of the energies of the run.
    pub(super) fn size(&self) -> f64 {
        self.kinetic.max(self.ledger.value.first().map_or(0.0, |h| h.abs())).max(f64::MIN_POSITIVE)
    }
}
impl Persist for Books<'_> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { at, ledger, path, noether, off, kinetic, gradients, time } = self;
        at.step.pass(archive)?;
        at.t.pass(archive)?;
        ledger.pass(archive)?;
        path.pass(archive)?;
        noether.iter_mut().try_for_each(|noether| noether.pass(archive))?;
        off[..].pass(archive)?;
        kinetic.pass(archive)?;
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
        let kinetic = x.p().iter().zip(v).map(|(p, v)| p * v).sum::<f64>() / (2.0 * x.n as f64);
        self.kinetic = self.kinetic.max(kinetic);
        let one = |x: &[f64], n: usize| x.iter().step_by(n).copied().collect::<Vec<_>>();
        let mut place = one(x.q().x, x.n);
        if let Some(noether) = &mut self.noether {
            let z: Vec<f64> = place.iter().copied().chain(one(v, x.n)).chain([at.t]).collect();
            let h = &self.ledger.value;
            // Of one replica; the energy is the mean of all.
            let gained = if x.n == 1 { h[h.len() - 1] - h[0] } else { f64::NAN };
            noether.look(&z, &one(x.p(), x.n), gained);
        }
        flow.functional.spread(1, &mut place, &mut []);
        self.path.extend(place);
        if let Some(off) = flow.geometry.defect(x) {
            self.off.iter_mut().zip(off).for_each(|(most, off)| *most = if off.is_nan() { off } else { most.max(off) });
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
/// The ledger, the table and the arrays of a run that ended in `x`; whether it moved on a surface.
pub(super) fn summarise(
    record: &mut Record,
    model: &dyn Model,
    x: &Phase,
    books: &Books<'_>,
    (local, surface): (Local, bool),
) {
    let (d, n, h) = (x.d, x.n, &books.ledger.value);
    let (first, end) = (h.first().copied().unwrap_or(f64::NAN), h.last().copied().unwrap_or(f64::NAN));
    let off = |part: &[f64]| part.iter().map(|v| (v - first).abs()).fold(0.0, f64::max);
    let (early, late) = h.split_at(h.len() / 2);
    let size = books.size();
    record.summary.objective = Some(Objective { initial: first, r#final: end });
    let mut found = vec![
        Check::at_most(
            "H drift",
            // Two halves of a few looks say nothing.
            if h.len() < 8 { f64::NAN } else { off(late) },
            // An error that grows with the time doubles from one half to the other.
            1.5 * off(early) + 1e-11 * size,
            (
                "The energy error is no larger in the second half than in the first: bounded, as for a symplectic scheme.",
                "The energy error grows: the step is near the edge of stability, or the force is not the gradient.",
            ),
        ),
        Check::at_most(
            "energy error",
            books.ledger.drift() / size,
            0.05,
            ("H is kept to a few per cent.", "H is off by more than 5 %: shorten the step."),
        ),
        Check::at_most(
            "reversal",
            local.reversal,
            1e-6,
            (
                "With -h the same strides lead back to the start.",
                "The way back does not lead home: the motion is chaotic over these strides, or the force depends on more than q.",
            ),
        ),
        Check::at_most(
            "symplecticity",
            local.symplecticity,
            1e-8,
            (
                "A stride keeps areas of phase space: J^T Omega J = Omega.",
                "A stride does not keep areas of phase space: the scheme is not symplectic at this step, or the force is no gradient.",
            ),
        ),
    ];
    if surface {
        found.push(Check::at_most(
            "constraints",
            books.off[0].max(books.off[1]),
            1e-10,
            (
                "Points stay on the surface, and momenta in its tangent space, to rounding.",
                "Points leave the surface: the step is too long, or the slopes of the constraints are nearly dependent somewhere.",
            ),
        ));
    }
    if found[0].value.is_nan() && h.len() < 8 {
        found[0].advice = "Too few looks to tell: make `every` in [run] smaller.";
    }
    for check in found.iter_mut().filter(|check| check.name == "reversal" && check.value.is_nan()) {
        check.advice = "The scheme reads differently from its end, so it does not promise to lead back.";
    }
    match (&books.noether, model.lagrangian()) {
        (Some(noether), Some(l)) => {
            if noether.timed {
                found.retain(|check| !["H drift", "energy error"].contains(&check.name));
                found.insert(0, noether.balance(size));
            }
            found.extend(noether.check());
            let kept = noether.kept(&model.names());
            if !kept.is_empty() {
                record.notes.push(format!("Conserved: {}.", kept.join(", ")));
            }
            record.summary.extra.insert("conserved".into(), json!(kept));
            record.summary.ledger = checks::lines(&found);
            // Positions of the first replica, at the velocity of the end.
            let z = seen(&books.path, &books.ledger.differential().0[n * d..], &books.ledger.t, (n, d));
            record.summary.ledger.push(lagrangian::derivatives(l, &z, z.len() / (2 * d + 1)));
        }
        _ => {
            record.summary.ledger = checks::lines(&found);
            let block = x.block(0, n.min(100));
            let positions = Positions { n: block.n, d, chains: 1, x: block.q().x.to_vec() };
            record.summary.ledger.push(checks::gradient(model, &positions));
        }
    }
    let q = x.q();
    record.summary.parameters = if n == 1 { table::point(model, q.x) } else { table::independent(model, q) };
    record.ledger = vec![
        Column { name: "t".into(), values: books.ledger.t.clone() },
        Column { name: "energy".into(), values: h.clone() },
    ];
    // H of a Lagrangian with t is not kept: what it changes by is no error.
    if !books.noether.as_ref().is_some_and(|noether| noether.timed) {
        record.ledger.push(Column { name: "energy error".into(), values: h.iter().map(|v| v - first).collect() });
    }
    record.arrays = vec![
        Array { name: "state".into(), shape: vec![d, n], values: q.x.to_vec() },
        Array { name: "momentum".into(), shape: vec![d, n], values: x.p().to_vec() },
        Array { name: "path".into(), shape: vec![books.path.len() / d.max(1), d], values: books.path.clone() },
    ];
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
