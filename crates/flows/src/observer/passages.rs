//! PASSAGES: when and where a quantity of each replica passes zero upwards: events of a motion, Poincare sections.
use super::times::between;
use std::ops::ControlFlow;
use steepest_core::{Archive, Fault, Observer, Persist, Replicated, Scheme, Stride, Tick};

/// Rounds in which a passage is looked for; a bracket is halved at least every third.
const ROUNDS: usize = 200;
/// Share of a time that is rounding.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// One passage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Passage<'a> {
    /// Whose, counted from 0.
    pub replica: u64,
    /// When.
    pub t: f64,
    /// The coordinates of the replica there.
    pub state: &'a [f64],
}

/// Watches a run and finds where `quantity`, of a state of one replica, is negative at one look and not at the next.
///
/// What happens between two looks is found by strides of the scheme from the first of them, so a passage is as good as the run:
/// of the order of the scheme, on its surface, of its energy. One that turns back before the next look is not seen. It is for
/// motions without noise.
///
/// ```
/// use steepest_core::{Flow, Plan, Scheme, Sum, Tick, run};
/// use steepest_flows::{functional::{Hamiltonian, Quadratic}, geometry::{Friction, Symplectic}, noise::Still};
/// use steepest_flows::{flow::GAUSS6, observer::Passages, state::Phase};
/// // q = cos t passes 0 upwards at 3 pi / 2 and 7 pi / 2, with p = 1.
/// let space = Sum(Symplectic, Friction { gamma: 0.0 });
/// let flow = Flow { functional: Hamiltonian(Quadratic::new(&[1.0])), geometry: space, noise: Still };
/// let mut x = Phase::at_rest(1, 1, |_, _| 1.0);
/// let mut passages = Passages::new(&GAUSS6, 0.1, |x: &Phase| x.z[0], 1000, &x);
/// let mut memory = GAUSS6.memory(&flow, &x);
/// run(&flow, &GAUSS6, &mut x, &mut memory, Tick::start(0), Plan::new(0.1, 120).every(7), &mut [&mut passages])?;
/// let found: Vec<_> = passages.iter().collect();
/// assert_eq!(found.len(), 2);
/// assert!((found[1].t - 3.5 * std::f64::consts::PI).abs() < 1e-9 && (found[1].state[1] - 1.0).abs() < 1e-9);
/// # Ok::<(), steepest_core::Fault>(())
/// ```
#[derive(Clone, Debug)]
pub struct Passages<'a, S, C, Q> {
    scheme: &'a C,
    h: f64,
    quantity: Q,
    /// Numbers kept at most.
    most: usize,
    /// The state at the last look, and the quantity of each of its replicas; of no replica where none are looked for.
    before: S,
    values: Vec<f64>,
    at: Option<Tick>,
    /// One replica.
    one: S,
    /// Replica, time and coordinates, one passage after the other.
    rows: Vec<f64>,
    /// Gradients that finding them took.
    pub gradients: u64,
    /// Why the run was ended, where a stride to one of them failed.
    pub fault: Option<Fault>,
}
impl<'a, S: Replicated, C, Q: Fn(&S) -> f64> Passages<'a, S, C, Q> {
    /// Of states shaped like `x`, in strides of length h; after `most` numbers no more are kept, and none are looked for.
    pub fn new(scheme: &'a C, h: f64, quantity: Q, most: usize, x: &S) -> Self {
        let watched = if most == 0 { 0 } else { x.replicas() };
        let (before, one, values) = (x.block(0, watched), x.block(0, x.replicas().min(1)), vec![0.0; watched]);
        Passages {
            scheme,
            h,
            quantity,
            most,
            before,
            values,
            at: None,
            one,
            rows: Vec::new(),
            gradients: 0,
            fault: None,
        }
    }
    fn width(&self) -> usize {
        2 + self.one.coords().len()
    }
    /// What was found, in the order of the looks.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Passage<'_>> {
        self.rows.chunks_exact(self.width()).map(|row| Passage { replica: row[0] as u64, t: row[1], state: &row[2..] })
    }
    /// Where replica i is between the last look and `end`, where its quantity is `last` and no longer negative.
    fn find<P>(&mut self, flow: &P, (from, i): (Tick, usize), (end, last): (f64, f64)) -> Result<f64, Fault>
    where
        C: Scheme<P, S>,
    {
        // Of both ends: time and quantity, the latter halved where an end was kept twice, so that both close in.
        let (mut low, mut high) = ([from.t, self.values[i]], [end, last]);
        let (mut t, mut kept) = (end, 0);
        for round in 0..ROUNDS {
            let chord = high[0] - high[1] * (high[0] - low[0]) / (high[1] - low[1]);
            t = if round % 3 == 2 || !chord.is_finite() { 0.5 * (low[0] + high[0]) } else { chord };
            self.before.extract(i, &mut self.one);
            self.gradients += between(flow, self.scheme, (from, self.h), t, &mut self.one)?.gradients;
            let value = (self.quantity)(&self.one);
            if value == 0.0 || (high[0] - low[0]).abs() <= ROUNDING * t.abs().max(self.h.abs()) {
                break;
            }
            if value < 0.0 {
                low = [t, value];
                high[1] *= if kept == 1 { 0.5 } else { 1.0 };
                kept = 1;
            } else {
                high = [t, value];
                low[1] *= if kept == -1 { 0.5 } else { 1.0 };
                kept = -1;
            }
        }
        Ok(t)
    }
}
impl<P, S: Replicated, C: Scheme<P, S>, Q: Fn(&S) -> f64> Observer<P, S> for Passages<'_, S, C, Q> {
    fn observe(&mut self, flow: &P, at: Tick, x: &S, _last: Stride) -> ControlFlow<()> {
        if self.rows.len() + self.width() > self.most {
            return ControlFlow::Continue(());
        }
        for i in 0..x.replicas() {
            x.extract(i, &mut self.one);
            let value = (self.quantity)(&self.one);
            if let Some(from) = self.at.filter(|_| self.values[i] < 0.0 && value >= 0.0)
                && self.rows.len() + self.width() <= self.most
            {
                match self.find(flow, (from, i), (at.t, value)) {
                    Ok(t) => {
                        self.rows.extend([at.first as f64 + i as f64, t]);
                        self.rows.extend_from_slice(self.one.coords());
                    }
                    Err(fault) => {
                        self.fault = Some(fault);
                        return ControlFlow::Break(());
                    }
                }
            }
            self.values[i] = value;
        }
        self.before.coords_mut().copy_from_slice(x.coords());
        self.at = Some(at);
        ControlFlow::Continue(())
    }
}
/// What was found, and the last look.
impl<S: Replicated, C, Q> Persist for Passages<'_, S, C, Q> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { scheme: _, h: _, quantity: _, most: _, before, values, at, one: _, rows, gradients, fault: _ } =
            self;
        before.coords_mut().pass(archive)?;
        values[..].pass(archive)?;
        let mut clock = at.map(|at| (at.t, at.step));
        clock.pass(archive)?;
        *at = clock.map(|(t, step)| Tick { t, step, ..at.unwrap_or(Tick::start(0)) });
        rows.pass(archive)?;
        gradients.pass(archive)
    }
}
