//! STATIONARY: the path between two points in a given time whose action is stationary; what kind it is, and how sure that is.
use super::clock::{Clock, Stopwatch};
use super::mechanics::energy::common;
use super::{checks, lagrangian, record, table};
use crate::{Config, Length, Scheme, SpecError, State, Watch};
use serde_json::json;
use steepest_core::{Batch, Fault, Functional, Lagrangian, Tick, Workspace};
use steepest_flows::flow::{Morse, morse, stationary};
use steepest_flows::functional::{Action, Galerkin, Legendre};
use steepest_flows::observer::Check;
use steepest_flows::scheme::Newton;
use steepest_flows::state::Path;
use steepest_models::Model;
use steepest_record::{Array, Checkpoint, Column, Objective, Record};

pub(super) fn run(
    config: &Config,
    model: &dyn Model,
    checkpoint: &mut Checkpoint,
    watch: &mut dyn Watch,
) -> Result<Record, SpecError> {
    let setup = Clock::start();
    let wrong = "stationary action is between two points, of a Lagrangian, by Newton's method";
    let (
        Some(l),
        State::Path { from, to, time, begin, pieces, grading, guess },
        Scheme::Newton { method, tolerance },
        Length::Strides { steps, .. },
    ) = (model.lagrangian(), &config.state, &config.scheme, config.run.length)
    else {
        return Err(SpecError::input(wrong));
    };
    let rule = lagrangian::order(method).and_then(Galerkin::of_order).ok_or_else(|| SpecError::input(wrong))?;
    let points: Vec<&[f64]> = std::iter::once(from.as_slice())
        .chain(guess.iter().flatten().map(Vec::as_slice))
        .chain([to.as_slice()])
        .collect();
    let draw = |pieces: usize| {
        let path = Path::through(&points, (*begin, *time), rule.nodes(), pieces);
        path.map(|path| path.graded(*grading)).ok_or_else(|| SpecError::input(wrong))
    };
    let mut path = draw(*pieces)?;
    let action = Action { lagrangian: l, rule: rule.clone() };
    let mut work = Workspace::default();
    let initial = action.value(Tick::default(), &path, &mut work);
    possible(config, l, &model.names(), &path, initial)?;
    checkpoint.begin(0, 0)?;
    let setup = setup.wall();
    let (mut clock, scheme) = (Stopwatch::start(), Newton { tolerance: *tolerance, downhill: false });
    let found = stationary(&action, &mut path, scheme, steps, &mut |step, share, correction| {
        watch.progress(step, steps, "steps", &format!("at {share:.3} of the time, correction {correction:.1e}"));
        watch.stop()
    });
    let found = found.map_err(|fault| failed(fault, &path))?;
    // The same on half as many pieces, begun from nothing: what differs is the discretisation.
    let coarse =
        if pieces.is_multiple_of(2) && found.done { halved(&action, &path, draw(pieces / 2)?, scheme) } else { None };
    clock.lap(false);
    checkpoint.end(Vec::new());
    let mut record = record("stationary-action", found.steps, found.gradients, clock.seconds(setup));
    let end = action.value(Tick::default(), &path, &mut work);
    record.summary.objective = Some(Objective { initial, r#final: end });
    let second = morse(&action, &path);
    let along = Along::of(&action, &path, &mut work);
    let checks = judge(l, &path, &along, coarse, second.as_ref(), found.done);
    record.summary.ledger = checks::lines(&checks);
    record.summary.ledger.push(lagrangian::derivatives(l, &along.some(), 3));
    let verdict = verdict(second.as_ref(), found.done);
    record.notes.push(format!("{verdict}, with the action {end:.10}."));
    let conjugate = second.as_ref().map_or(&[][..], |second| &second.conjugate);
    if !conjugate.is_empty() {
        let times: Vec<String> = conjugate.iter().map(|c| format!("{:.6}", c.t)).collect();
        record.notes.push(format!("Conjugate to the start at t = {}.", times.join(", ")));
    }
    let how = match found.continued {
        0 => format!("Newton's method took {} steps.", found.steps),
        n => format!("Newton's method took {} steps, by way of {n} shorter times.", found.steps),
    };
    record.notes.push(how);
    let d = path.d;
    record.summary.parameters = table::point(model, to);
    record.arrays = vec![
        Array { name: "path".into(), shape: vec![along.t.len(), d], values: along.q.clone() },
        Array { name: "times".into(), shape: vec![along.t.len()], values: along.t.clone() },
        Array { name: "momentum".into(), shape: vec![along.t.len(), d], values: along.p.clone() },
    ];
    if !conjugate.is_empty() {
        let rows = conjugate.iter().flat_map(|c| std::iter::once(c.t).chain(at(&action, &path, c.place))).collect();
        record.arrays.push(Array { name: "conjugate".into(), shape: vec![conjugate.len(), d + 1], values: rows });
    }
    record.ledger = columns(&model.names(), &along, second.as_ref());
    let extra = &mut record.summary.extra;
    extra.insert("verdict".into(), json!(verdict));
    extra.insert("action".into(), json!(end));
    extra.insert("morse_index".into(), json!(second.as_ref().map(|second| second.index)));
    extra.insert("conjugate_times".into(), json!(conjugate.iter().map(|c| c.t).collect::<Vec<_>>()));
    extra.insert("initial_momentum".into(), json!(along.p[..d]));
    extra.insert("initial_velocity".into(), json!(along.v[..d]));
    extra.insert("final_momentum".into(), json!(along.p[along.p.len() - d..]));
    extra.insert("final_velocity".into(), json!(along.v[along.v.len() - d..]));
    extra.insert("newton_corrections".into(), json!(found.corrections));
    extra.insert("continued".into(), json!(found.continued));
    extra.insert("cpu_seconds".into(), json!(clock.cpu[1]));
    Ok(record)
}
/// Refuses what cannot be begun: a degenerate Lagrangian, an action that is not finite.
fn possible(config: &Config, l: &dyn Lagrangian, names: &[String], path: &Path, initial: f64) -> Result<(), SpecError> {
    if !initial.is_finite() {
        let problem = config.problem("state", format!("the action of the first guess is {initial}"));
        let problem =
            problem.note("L is not defined somewhere on the way: give `guess`, points that keep clear of that");
        return Err(problem.into());
    }
    let degree = path.within.len() - 1;
    for e in [0, path.pieces / 2, path.pieces - 1] {
        let (a, b) = (path.node(e * degree), path.node((e + 1) * degree));
        let (t, rate) = path.clock((e as f64 + 0.5) / path.pieces as f64);
        let q: Vec<f64> = a.iter().zip(b).map(|(a, b)| 0.5 * (a + b)).collect();
        let v: Vec<f64> = a.iter().zip(b).map(|(a, b)| (b - a) * path.pieces as f64 / rate).collect();
        lagrangian::regular(config, l, names, t, &q, &v)?;
    }
    Ok(())
}
fn failed(fault: Fault, path: &Path) -> SpecError {
    let residual = if let Fault::Stalled { residual, .. } = fault { residual } else { f64::NAN };
    let message = format!("no stationary path was found: the last correction was {residual:.1e} of the path");
    let advice = "give `guess`, points near the path you mean, or a time that is not so near to one at which the ends are conjugate".to_owned();
    let state = Array { name: "state".into(), shape: vec![path.x.len() / path.d, path.d], values: path.x.clone() };
    SpecError::Numerical {
        message,
        advice,
        record: Some(Box::new(Record { arrays: vec![state], ..Record::default() })),
    }
}
/// 'stationary, index 2: a saddle'
fn verdict(second: Option<&Morse>, done: bool) -> String {
    match second {
        _ if !done => "Not yet stationary".into(),
        None => "Stationary, of a kind that could not be told".into(),
        Some(second) if second.legendre.is_nan() || second.legendre <= 0.0 => {
            format!("Stationary, with {} negative directions in this discretisation and no limit to them", second.index)
        }
        Some(Morse { index: 0, .. }) => "Stationary, index 0: a minimum".into(),
        Some(second) => format!("Stationary, index {}: a saddle", second.index),
    }
}
/// How far the nodes are from those of half as many pieces, as a share of how far the path goes; `None` where that was not found.
fn halved<L: Lagrangian>(action: &Action<L>, path: &Path, mut coarse: Path, scheme: Newton) -> Option<f64> {
    let degree = path.within.len() - 1;
    // The same path as a guess, so that it is not another one that is found.
    for k in 1..coarse.nodes() - 1 {
        let x = at(action, path, coarse.place(k));
        coarse.x[(k - 1) * path.d..k * path.d].copy_from_slice(&x);
    }
    let found = stationary(action, &mut coarse, scheme, 100, &mut |_, _, _| false).ok()?;
    let (mut off, mut size) = (0.0_f64, 0.0_f64);
    for e in 0..=coarse.pieces {
        for ((a, b), begin) in coarse.node(e * degree).iter().zip(path.node(2 * e * degree)).zip(&path.ends[0]) {
            off = off.max((a - b).abs());
            // Where it rests there is rounding alone.
            size = size.max((b - begin).abs()).max(1e-9 * b.abs());
        }
    }
    // A method of order p leaves 1 / (2^p - 1) of the difference in the finer one.
    found.done.then(|| off / size.max(f64::MIN_POSITIVE) / f64::from((1 << action.rule.order()) - 1))
}
/// The path at s.
fn at<L: Lagrangian>(action: &Action<L>, path: &Path, s: f64) -> Vec<f64> {
    let degree = path.within.len() - 1;
    let e = ((s * path.pieces as f64) as usize).min(path.pieces - 1);
    let (basis, _) = action.rule.at(s * path.pieces as f64 - e as f64);
    let mut q = vec![0.0; path.d];
    for (a, weight) in basis.iter().enumerate() {
        q.iter_mut().zip(path.node(e * degree + a)).for_each(|(q, x)| *q += weight * x);
    }
    q
}

/// What there is at the ends of the pieces.
struct Along {
    d: usize,
    t: Vec<f64>,
    q: Vec<f64>,
    p: Vec<f64>,
    v: Vec<f64>,
    /// dL/dq
    force: Vec<f64>,
    /// dL/dt
    power: Vec<f64>,
    energy: Vec<f64>,
    /// By how much momenta differ, at most, over the largest of them.
    misfit: f64,
}
impl Along {
    fn of<L: Lagrangian>(action: &Action<L>, path: &Path, work: &mut Workspace) -> Along {
        let (d, degree) = (path.d, path.within.len() - 1);
        let (p, misfit) = action.momenta(path, work);
        let largest = |x: &[f64]| x.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        let misfit = largest(&misfit) / largest(&p).max(f64::MIN_POSITIVE);
        let mut along = Along {
            d,
            t: Vec::new(),
            q: Vec::new(),
            p,
            v: Vec::new(),
            force: Vec::new(),
            power: Vec::new(),
            energy: Vec::new(),
            misfit,
        };
        let legendre = Legendre(&action.lagrangian);
        let (mut slopes, mut value) = (vec![0.0; 2 * d + 1], [0.0]);
        for e in 0..=path.pieces {
            let (q, p) = (path.node(e * degree), &along.p[e * d..(e + 1) * d]);
            let t = path.clock(e as f64 / path.pieces as f64).0;
            let mut v = p.to_vec();
            legendre.velocities(t, Batch { n: 1, d, x: q }, p, &mut v, work);
            let z: Vec<f64> = q.iter().chain(&v).copied().chain([t]).collect();
            let z = Batch { n: 1, d: 2 * d + 1, x: &z };
            slopes.fill(0.0);
            value[0] = 0.0;
            action.lagrangian.gradients(z, 1.0, &mut slopes, work);
            action.lagrangian.values(z, 1.0, &mut value, work);
            along.energy.push(v.iter().zip(p).map(|(v, p)| v * p).sum::<f64>() - value[0]);
            along.t.push(t);
            along.q.extend(q);
            along.v.extend(v);
            along.force.extend(&slopes[..d]);
            along.power.push(slopes[2 * d]);
        }
        along
    }
    /// The part of the path that ends where L may be singular do not reach.
    fn middle(&self) -> std::ops::Range<usize> {
        let n = self.t.len() - 1;
        (n / 10).max(1)..(9 * n / 10).max(2).min(n)
    }
    /// Three points of it, component-major.
    fn some(&self) -> Vec<f64> {
        let middle = self.middle();
        let places = [middle.start, (middle.start + middle.end) / 2, middle.end];
        let row = |k: usize| match k {
            k if k < self.d => places.map(|i| self.q[i * self.d + k]),
            k if k < 2 * self.d => places.map(|i| self.v[i * self.d + k - self.d]),
            _ => places.map(|i| self.t[i]),
        };
        (0..=2 * self.d).flat_map(row).collect()
    }
    /// |p(t+) - p(t-) - Simpson's integral of dL/dq| over |p(t+) - p(t-)|, summed over the nodes of the middle: Newton's second law.
    fn law(&self) -> f64 {
        let (d, mut off, mut size, mut most) = (self.d, 0.0, 0.0, 0.0_f64);
        for k in self.middle() {
            // Simpson's formula for intervals of different lengths.
            let (h, g) = (self.t[k] - self.t[k - 1], self.t[k + 1] - self.t[k]);
            let weights = [(2.0 - g / h), (h + g) * (h + g) / (h * g), (2.0 - h / g)].map(|w| w * (h + g) / 6.0);
            for j in 0..d {
                let force: f64 = (0..3).map(|i| weights[i] * self.force[(k - 1 + i) * d + j]).sum();
                let gained = self.p[(k + 1) * d + j] - self.p[(k - 1) * d + j];
                off += (gained - force).abs();
                size += gained.abs().max(force.abs());
                most = most.max(self.p[k * d + j].abs());
            }
        }
        // Where no force acts there is rounding alone.
        off / size.max(1e-9 * most * self.t.len() as f64).max(f64::MIN_POSITIVE)
    }
    /// How far apart H is in the middle of the path, over the |<p, v>| / 2 that nine in ten nodes do not exceed: H may have any
    /// constant, and where L is singular a fault makes the largest. NaN where H is not finite.
    fn unsteady(&self) -> f64 {
        let middle = self.middle();
        let energy = &self.energy[middle.clone()];
        let (low, high) = energy.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), e| (l.min(*e), h.max(*e)));
        let product = |k: usize| (0..self.d).map(|j| self.p[k * self.d + j] * self.v[k * self.d + j]).sum::<f64>();
        let size = common(&middle.map(|k| 0.5 * product(k)).collect::<Vec<_>>());
        // At rest there is the rounding of H alone.
        let size = size.max(1e-9 * low.abs().max(high.abs())).max(f64::MIN_POSITIVE);
        if energy.iter().all(|e| e.is_finite()) { (high - low) / size } else { f64::NAN }
    }
}
fn judge(
    l: &dyn Lagrangian,
    path: &Path,
    along: &Along,
    coarse: Option<f64>,
    second: Option<&Morse>,
    done: bool,
) -> Vec<Check> {
    let mut found = vec![
        Check::at_most(
            "stationarity",
            if done { along.misfit } else { f64::NAN },
            1e-8,
            (
                "Momenta that come in at a node go out of it: the discrete Euler-Lagrange equations hold.",
                "Momenta jump at a node: the path is not stationary. Allow more steps, or a smaller tolerance.",
            ),
        ),
        Check::at_most(
            "Newton's second law",
            if path.pieces >= 4 { along.law() } else { f64::NAN },
            0.01,
            (
                "Momenta change by the force, dp/dt = dL/dq, to one per cent of it.",
                "Momenta do not change by the force dL/dq: the pieces are too long for this path.",
            ),
        ),
    ];
    if !lagrangian::timed(l) {
        found.push(Check::at_most(
            "energy along the path",
            if path.pieces >= 4 { along.unsteady() } else { f64::NAN },
            0.01,
            (
                "H is the same all along the path, to one per cent.",
                "H changes along the path: the pieces are too long for it.",
            ),
        ));
    }
    found.push(Check::at_most(
        "discretisation",
        coarse.unwrap_or(f64::NAN),
        1e-3,
        (
            "Half as many pieces give the same path.",
            "Half as many pieces give another path: take more, a method of higher order, or `grading` for a steep start.",
        ),
    ));
    found.push(Check::at_least(
        "Legendre condition",
        second.map_or(f64::NAN, |second| second.legendre),
        0.0,
        (
            "d^2 L/dv^2 is positive along the path: the Morse index is that of the path.",
            "d^2 L/dv^2 is not positive along the path: the index grows with the pieces, and there is no minimum.",
        ),
    ));
    found.push(Check::at_least(
        "isolation",
        second.map_or(f64::NAN, |second| second.apart),
        1e-3,
        (
            "The end is not conjugate to the start: no other stationary path is close by.",
            "The end is conjugate to the start, nearly: the second variation is singular, and other paths of the same action are close by. Change the time or an end.",
        ),
    ));
    found
}
/// The path against the time, for the ledger and its figures.
fn columns(names: &[String], along: &Along, second: Option<&Morse>) -> Vec<Column> {
    let d = along.d;
    let mut columns = vec![Column { name: "t".into(), values: along.t.clone() }];
    let component = |from: &[f64], j: usize| from.iter().skip(j).step_by(d).copied().collect::<Vec<_>>();
    for (j, name) in names.iter().enumerate() {
        columns.push(Column { name: name.clone(), values: component(&along.q, j) });
    }
    if let Some(second) = second {
        columns.push(Column { name: "Jacobi field".into(), values: second.jacobi.clone() });
    }
    for (j, name) in names.iter().enumerate() {
        columns.push(Column { name: format!("momentum of {name}"), values: component(&along.p, j) });
    }
    columns.push(Column { name: "energy".into(), values: along.energy.clone() });
    columns
}
