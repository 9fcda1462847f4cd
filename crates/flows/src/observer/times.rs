//! TIMES: where a motion is at times that are no ends of its strides: dense output of any scheme.
use std::ops::ControlFlow;
use steepest_core::{Archive, Fault, Observer, Persist, Scheme, State, Stride, Tick};

/// Share of a time or of a stride that is rounding.
const ROUNDING: f64 = 8.0 * f64::EPSILON;

/// x at `at.t` <- x at t: whole strides of length |h| towards t, and one of what is left. What the strides did.
///
/// The last stride is one of the scheme, so what it gives is as good as the run itself: of its order, symplectic where the scheme
/// is, on the surface where it keeps one. A polynomial through ends of strides is none of these. It is for motions without noise:
/// with noise a stride of another length is another draw.
///
/// # Errors
/// The first fault of the scheme; `Stalled` where t is no number or no stride of length h leads to it.
///
/// ```
/// use steepest_core::{Flow, Sum, Tick};
/// use steepest_flows::{functional::{Hamiltonian, Quadratic}, geometry::{Friction, Symplectic}, noise::Still};
/// use steepest_flows::{flow::GAUSS6, observer::times::between, state::Phase};
/// let space = Sum(Symplectic, Friction { gamma: 0.0 });
/// let flow = Flow { functional: Hamiltonian(Quadratic::new(&[1.0])), geometry: space, noise: Still };
/// let mut x = Phase::at_rest(1, 1, |_, _| 1.0);
/// between(&flow, &GAUSS6, (Tick::start(0), 0.1), 1.234, &mut x)?;
/// assert!((x.z[0] - 1.234f64.cos()).abs() < 1e-9);
/// # Ok::<(), steepest_core::Fault>(())
/// ```
pub fn between<P, S: State, C: Scheme<P, S>>(
    flow: &P,
    scheme: &C,
    (at, h): (Tick, f64),
    t: f64,
    x: &mut S,
) -> Result<Stride, Fault> {
    let (span, rounding) = (t - at.t, ROUNDING * t.abs().max(h.abs()));
    if !span.is_finite() || !h.is_finite() || h == 0.0 {
        return Err(Fault::Stalled { step: at.step, residual: span });
    }
    if span.abs() <= rounding {
        return Ok(Stride { accepted: 1.0, ..Stride::default() });
    }
    let h = h.abs().copysign(span);
    let whole = ((span.abs() + rounding) / h.abs()).floor();
    let mut memory = scheme.memory(flow, x);
    let mut done = scheme.advance(flow, at, h, whole as u64, x, &mut memory)?;
    let left = span - whole * h;
    if left.abs() > rounding {
        let at = Tick { t: t - left, step: at.step + whole as u64, ..at };
        let last = scheme.advance(flow, at, left, 1, x, &mut memory)?;
        done = Stride { h: done.h + last.h, accepted: 1.0, gradients: done.gradients + last.gradients };
    }
    Ok(done)
}

/// Watches a run and finds where it is at given times, by strides of its scheme from the last look before each.
///
/// The run itself is not altered by a bit. Looks may be as far apart as they like; each time costs the strides from the look before
/// it. A time before the first look is found by strides backwards.
///
/// ```
/// use steepest_core::{Flow, Plan, Scheme, Sum, Tick, run};
/// use steepest_flows::{functional::{Hamiltonian, Quadratic}, geometry::{Friction, Symplectic}, noise::Still};
/// use steepest_flows::{observer::Times, scheme::VERLET, state::Phase};
/// let space = Sum(Symplectic, Friction { gamma: 0.0 });
/// let flow = Flow { functional: Hamiltonian(Quadratic::new(&[1.0])), geometry: space, noise: Still };
/// let mut x = Phase::at_rest(1, 1, |_, _| 1.0);
/// let scheme = VERLET;
/// let mut times = Times::new(&scheme, 0.01, &[3.14159, 1.0, 0.505], &x);
/// let mut memory = scheme.memory(&flow, &x);
/// run(&flow, &scheme, &mut x, &mut memory, Tick::start(0), Plan::new(0.01, 400).every(100), &mut [&mut times])?;
/// assert_eq!(times.found(), [0.505, 1.0, 3.14159]);
/// for (t, z) in times.found().iter().zip(times.states()) {
///     assert!((z[0] - t.cos()).abs() < 2e-5 && (z[1] + t.sin()).abs() < 2e-5);
/// }
/// # Ok::<(), steepest_core::Fault>(())
/// ```
#[derive(Clone, Debug)]
pub struct Times<'a, S, C> {
    scheme: &'a C,
    h: f64,
    times: Vec<f64>,
    /// How many of them were come by.
    count: usize,
    /// The state at the last look, where there is anything to find.
    before: Option<S>,
    at: Option<Tick>,
    seen: Vec<f64>,
    width: usize,
    /// Gradients that finding them took.
    pub gradients: u64,
    /// Why the run was ended, where a stride to one of the times failed.
    pub fault: Option<Fault>,
}
impl<'a, S: State, C> Times<'a, S, C> {
    /// States shaped like `x` at these times, in any order, of a run in strides of length h; those that are not finite are left out.
    pub fn new(scheme: &'a C, h: f64, times: &[f64], x: &S) -> Self {
        let mut times: Vec<f64> = times.iter().copied().filter(|t| t.is_finite()).collect();
        times.sort_by(|a, b| if h < 0.0 { b.total_cmp(a) } else { a.total_cmp(b) });
        times.dedup();
        let (before, width) = ((!times.is_empty()).then(|| x.clone()), x.coords().len());
        Times { scheme, h, times, count: 0, before, at: None, seen: Vec::new(), width, gradients: 0, fault: None }
    }
    /// The times that are looked for, in the order of the run.
    pub fn wanted(&self) -> &[f64] {
        &self.times
    }
    /// Those of them that were come by.
    pub fn found(&self) -> &[f64] {
        &self.times[..self.count]
    }
    /// The coordinates of the state at each of them.
    pub fn states(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        (0..self.count).map(|k| &self.seen[k * self.width..(k + 1) * self.width])
    }
    fn next(&self) -> Option<f64> {
        self.times.get(self.count).copied()
    }
    /// Those that are left, of a run that ended at x, by strides that go on from there; a clock that adds up strides may be a rounding
    /// short of the last of them.
    ///
    /// # Errors
    /// The first fault of the scheme.
    pub fn finish<P>(&mut self, flow: &P, at: Tick, x: &S) -> Result<(), Fault>
    where
        C: Scheme<P, S>,
    {
        self.at = None;
        let mut scratch = x.clone();
        while let Some(t) = self.next() {
            self.find(flow, (at, x), t, &mut scratch)?;
        }
        Ok(())
    }
    /// x <- the state at t, of a run that is now at x.
    fn find<P>(&mut self, flow: &P, (at, now): (Tick, &S), t: f64, scratch: &mut S) -> Result<(), Fault>
    where
        C: Scheme<P, S>,
    {
        // Where the run is there already it is asked itself.
        let known = (t - at.t).abs() <= ROUNDING * t.abs().max(self.h.abs());
        let (from, x) = match (self.at, &self.before) {
            (Some(then), Some(before)) if !known => (then, before),
            _ => (at, now),
        };
        scratch.coords_mut().copy_from_slice(x.coords());
        self.gradients += between(flow, self.scheme, (from, self.h), t, scratch)?.gradients;
        self.seen.extend_from_slice(scratch.coords());
        self.count += 1;
        Ok(())
    }
}
impl<P, S: State, C: Scheme<P, S>> Observer<P, S> for Times<'_, S, C> {
    fn observe(&mut self, flow: &P, at: Tick, x: &S, _last: Stride) -> ControlFlow<()> {
        if self.fault.is_some() {
            return ControlFlow::Break(());
        }
        let mut scratch = None;
        while let Some(t) = self.next() {
            let rounding = ROUNDING * t.abs().max(self.h.abs());
            if (t - at.t) * self.h.signum() > rounding {
                break;
            }
            let scratch = scratch.get_or_insert_with(|| x.clone());
            if let Err(fault) = self.find(flow, (at, x), t, scratch) {
                self.fault = Some(fault);
                return ControlFlow::Break(());
            }
        }
        if let Some(before) = &mut self.before {
            before.coords_mut().copy_from_slice(x.coords());
            self.at = Some(at);
        }
        ControlFlow::Continue(())
    }
}
/// What was found, and the last look; of other times than those that were come by nothing is taken up.
impl<S: State, C> Persist for Times<'_, S, C> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { scheme: _, h: _, times, count, before, at, seen, width, gradients, fault: _ } = self;
        before.iter_mut().try_for_each(|before| before.coords_mut().pass(archive))?;
        let mut found = times[..*count].to_vec();
        found.pass(archive)?;
        *count = found.len();
        (times.get(..*count) == Some(&found[..])).then_some(())?;
        let mut clock = at.map(|at| (at.t, at.step));
        clock.pass(archive)?;
        *at = clock.map(|(t, step)| Tick { t, step, ..at.unwrap_or(Tick::start(0)) });
        seen.pass(archive)?;
        (seen.len() == *count * *width).then_some(())?;
        gradients.pass(archive)
    }
}
