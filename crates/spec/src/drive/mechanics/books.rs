//! BOOKS: H along a run of mechanics, the path of its first point, and the lines of the ledger.
use super::section::Section;
use super::space::{Mechanics, Space};
use crate::drive::clock::Stopwatch;
use crate::drive::{checks, table};
use std::ops::ControlFlow;
use steepest_core::{Archive, Observer, Persist, Potential, Replicated, Scheme, State, Stride, Tick, Workspace};
use steepest_flows::flow::chain_ledger::Positions;
use steepest_flows::observer::{Check, Ledger};
use steepest_flows::state::Phase;
use steepest_models::Model;
use steepest_record::{Array, Column, Objective, Record};

/// The largest relative change of H of one replica between two states.
pub(super) fn worst<G>(flow: &Mechanics<'_, G>, from: &Phase, to: &Phase) -> f64 {
    let energies = |x: &Phase| {
        let mut h = vec![0.0; x.n];
        flow.functional.0.values(x.q(), 1.0, &mut h, &mut Workspace::default());
        for column in x.p().chunks_exact(x.n.max(1)) {
            h.iter_mut().zip(column).for_each(|(h, p)| *h += 0.5 * p * p);
        }
        h
    };
    let change = |(a, b): (f64, &f64)| (b - a).abs() / a.abs().max(f64::MIN_POSITIVE);
    energies(from).into_iter().zip(&energies(to)).map(change).fold(0.0, f64::max)
}
/// The largest distance from home after so many strides forth and back, in units of the largest coordinate or 1.
pub(super) fn retrace<'a, G, C: Scheme<Mechanics<'a, G>, Phase>>(
    flow: &Mechanics<'a, G>,
    scheme: &C,
    home: &Phase,
    h: f64,
    count: u64,
) -> f64 {
    let mut x = home.clone();
    for h in [h, -h] {
        let mut memory = scheme.memory(flow, &x);
        if scheme.advance(flow, Tick::start(0), h, count, &mut x, &mut memory).is_err() {
            return f64::INFINITY;
        }
    }
    let size = home.coords().iter().fold(1.0, |size: f64, x| size.max(x.abs()));
    x.coords().iter().zip(home.coords()).map(|(a, b)| (a - b).abs() / size).fold(0.0, f64::max)
}
/// H along the run, and the path of the first point.
pub(super) struct Books {
    pub(super) at: Tick,
    pub(super) ledger: Ledger,
    path: Vec<f64>,
    section: Section,
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
impl Books {
    pub(super) fn open(key: u64, section: Section) -> Books {
        Books {
            section,
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
impl Persist for Books {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { at, ledger, path, section, off, kinetic, gradients, time } = self;
        at.step.pass(archive)?;
        at.t.pass(archive)?;
        ledger.pass(archive)?;
        path.pass(archive)?;
        section.pass(archive)?;
        off[..].pass(archive)?;
        kinetic.pass(archive)?;
        gradients.pass(archive)?;
        time.pass(archive)
    }
}
impl<'a, G: Space> Observer<Mechanics<'a, G>, Phase> for Books {
    fn observe(&mut self, flow: &Mechanics<'a, G>, at: Tick, x: &Phase, last: Stride) -> ControlFlow<()> {
        // The end of one piece is the start of the next: it is seen once.
        if self.ledger.t.last() != Some(&at.t) {
            let _ = self.ledger.observe(flow, at, x, last);
            self.gradients += last.gradients;
            let kinetic = x.p().iter().map(|p| p * p).sum::<f64>() / (2.0 * x.n as f64);
            self.kinetic = self.kinetic.max(kinetic);
            let mut place: Vec<f64> = x.q().x.iter().step_by(x.n).copied().collect();
            flow.functional.0.spread(1, &mut place, &mut []);
            self.path.extend(place);
            self.section.look(at.t, x, |q, p| flow.functional.0.spread(1, q, p));
            if let Some(off) = flow.geometry.defect(x) {
                self.off
                    .iter_mut()
                    .zip(off)
                    .for_each(|(most, off)| *most = if off.is_nan() { off } else { most.max(off) });
            }
        }
        ControlFlow::Continue(())
    }
}
/// The ledger, the table and the arrays of a run that ended in `x`; whether it moved on a surface.
pub(super) fn summarise(
    record: &mut Record,
    model: &dyn Model,
    x: &Phase,
    books: &Books,
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
    record.summary.ledger = checks::lines(&found);
    let block = x.block(0, n.min(100));
    let positions = Positions { n: block.n, d, chains: 1, x: block.q().x.to_vec() };
    record.summary.ledger.push(checks::gradient(model, &positions));
    let q = x.q();
    record.summary.parameters = if n == 1 { table::point(model, q.x) } else { table::independent(model, q) };
    record.ledger = vec![
        Column { name: "t".into(), values: books.ledger.t.clone() },
        Column { name: "energy".into(), values: h.clone() },
        Column { name: "energy error".into(), values: h.iter().map(|v| v - first).collect() },
    ];
    record.arrays = vec![
        Array { name: "state".into(), shape: vec![d, n], values: q.x.to_vec() },
        Array { name: "momentum".into(), shape: vec![d, n], values: x.p().to_vec() },
        Array { name: "path".into(), shape: vec![books.path.len() / d.max(1), d], values: books.path.clone() },
    ];
    if !books.section.rows.is_empty() {
        let (width, values) = (books.section.width(d), books.section.rows.clone());
        record.arrays.push(Array { name: "section".into(), shape: vec![values.len() / width, width], values });
    }
}
