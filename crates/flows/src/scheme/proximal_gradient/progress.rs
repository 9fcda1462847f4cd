//! PROGRESS: where a proximal gradient descent is, what it has cost, and the account of its steps.
use super::{Ending, Inertia, Stop, Tried, difference};
use steepest_core::{
    Archive, Composite, Covector, Flow, Functional, Mirror, Optimality, Persist, Regulariser, State, Tangent, Tick,
    Workspace,
};

/// The account of steps without inertia: sums from which the inequality of mirror descent follows for any point u,
///
/// sum h (F(x+) - F(u)) <= D(u, x_0) - D(u, x_N) for convex F, from the exact
/// sum h (<dE(x), x+ - u> + R(x+) - R(u)) + D(x+, x) <= D(u, x_0) - D(u, x_N), an equality without R
/// [ChenTeboulle1993; BeckTeboulle2003, Thm. 4.1].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Account {
    /// Sum of h.
    pub time: f64,
    /// Sum of h F(x+).
    pub value: f64,
    /// Sum of h (<dE(x), x+> + R(x+)).
    pub slope: f64,
    /// Sum of D(x+, x).
    pub divergence: f64,
    /// Worst share by which a step exceeded what the smoothness of E promised; 0 where none did.
    pub excess: f64,
    /// Largest rise of F.
    pub rise: f64,
    /// Largest (rise of F) / (1 + |F|) of a step, F where it began.
    pub climb: f64,
    /// Times that inertia was dropped.
    pub restarts: u64,
}

/// Where a proximal gradient descent is.
#[derive(Clone, Debug)]
pub struct Progress<S> {
    /// F = E + R at the start and here.
    pub value: [f64; 2],
    /// E here.
    pub smooth: f64,
    /// How near it is to a minimum.
    pub optimality: Optimality,
    /// Length of the next step.
    pub h: f64,
    /// Steps taken.
    pub steps: u64,
    /// Values and gradients evaluated, each as one.
    pub evaluations: u64,
    /// Why it ended, if it has.
    pub ending: Option<Ending>,
    /// What the steps did.
    pub account: Account,
    /// The start.
    pub origin: S,
    /// Sum of h dE(x).
    pub push: Covector,
    pub(super) begun: bool,
    /// dE here.
    pub(super) xi: Covector,
    pub(super) theta: f64,
    /// theta^2 / h of the last step; infinite where none counts.
    pub(super) weight: f64,
    /// The end of the last step, or the point before.
    pub(super) z: S,
    pub(super) w: S,
    pub(super) w_xi: Covector,
    pub(super) next: S,
    pub(super) next_xi: Covector,
    pub(super) end: S,
    pub(super) dual: Covector,
    pub(super) moved: Covector,
    pub(super) v: Tangent,
    pub(super) work: Workspace,
}

impl<S: State> Progress<S> {
    pub(super) fn new(x: &S) -> Self {
        let len = x.coords().len();
        let zeros = || Covector::zeros(len);
        Progress {
            value: [f64::NAN; 2],
            smooth: f64::NAN,
            optimality: Optimality { residual: f64::NAN, gap: f64::NAN, violation: f64::NAN },
            h: f64::NAN,
            steps: 0,
            evaluations: 0,
            ending: None,
            account: Account::default(),
            origin: x.clone(),
            push: zeros(),
            begun: false,
            xi: zeros(),
            theta: 1.0,
            weight: f64::INFINITY,
            z: x.clone(),
            w: x.clone(),
            w_xi: zeros(),
            next: x.clone(),
            next_xi: zeros(),
            end: x.clone(),
            dual: zeros(),
            moved: zeros(),
            v: Tangent::zeros(len),
            work: Workspace::default(),
        }
    }
    /// Evaluates at the start, once; the first step is of length h, or less.
    pub fn begin<E, R, G, N>(&mut self, flow: &Flow<Composite<E, R>, G, N>, at: Tick, x: &S, h: f64, stop: Stop)
    where
        E: Functional<S>,
        R: Regulariser<S, G>,
        G: Mirror<S>,
    {
        if self.begun {
            return;
        }
        (self.begun, self.h, self.evaluations) = (true, h, 1);
        self.origin.coords_mut().copy_from_slice(x.coords());
        self.z.coords_mut().copy_from_slice(x.coords());
        let energy = &flow.functional;
        self.smooth = energy.smooth.value_and_differential(at, x, 1.0, &mut self.xi, &mut self.work);
        self.value = [self.smooth + energy.simple.value(&flow.geometry, x, &mut self.work); 2];
        if !(self.value[0].is_finite() && self.xi.0.iter().all(|xi| xi.is_finite())) {
            self.ending = Some(Ending::NotFinite);
            return;
        }
        self.optimality = energy.simple.optimality(&flow.geometry, x, &self.xi, &mut self.work);
        if self.optimality.residual <= stop.gradient {
            self.ending = Some(Ending::Critical);
        }
    }
    /// dE here.
    pub fn slope(&self) -> &[f64] {
        &self.xi.0
    }
    /// R here.
    pub fn simple(&self) -> f64 {
        self.value[1] - self.smooth
    }
    /// The c of F - F(u) <= c D(u, x_0), for every u and convex F, that inertia has come to since it began: theta^2 / h.
    pub fn bound(&self) -> f64 {
        self.weight
    }
    /// theta of a step of length h: theta^2 / h = (1 - theta) times that of the last one, so that bounds of both join.
    pub(super) fn share(&self, h: f64) -> f64 {
        if !self.weight.is_finite() {
            return 1.0;
        }
        let a = h * self.weight;
        0.5 * ((a * a + 4.0 * a).sqrt() - a)
    }
    /// Begins anew, without inertia.
    pub(super) fn forget(&mut self, x: &S) {
        self.z.coords_mut().copy_from_slice(x.coords());
        (self.weight, self.theta) = (f64::INFINITY, 1.0);
        self.account.restarts += 1;
    }
    pub(super) fn accept<E, R, G, N>(
        &mut self,
        flow: &Flow<Composite<E, R>, G, N>,
        x: &mut S,
        tried: &Tried,
        (inertia, stop): (Inertia, Stop),
    ) where
        E: Functional<S>,
        R: Regulariser<S, G>,
        G: Mirror<S>,
    {
        let (h, fell) = (self.h, self.value[1] - tried.value);
        difference(&self.next, x, &mut self.v);
        let moved = self.v.0.iter().any(|v| *v != 0.0);
        let slope = {
            // <dE(x), x+>, x+ taken as a tangent.
            self.v.0.copy_from_slice(self.next.coords());
            x.pair(&self.w_xi, &self.v)
        };
        let books = &mut self.account;
        books.time += h;
        books.value += h * tried.value;
        books.slope += h * (slope + tried.value - tried.smooth);
        books.divergence += tried.divergence;
        books.excess = books.excess.max(tried.excess);
        books.rise = books.rise.max(-fell);
        books.climb = books.climb.max(-fell / (1.0 + self.value[1].abs()));
        steepest_kernels::axpy(h, &self.w_xi.0, &mut self.push.0);
        if inertia != Inertia::None {
            (self.theta, self.weight) = (tried.theta, tried.theta * tried.theta / h);
            let z = if inertia == Inertia::Averaged { &self.end } else { &*x };
            self.z.coords_mut().copy_from_slice(z.coords());
        }
        std::mem::swap(x, &mut self.next);
        std::mem::swap(&mut self.xi, &mut self.next_xi);
        self.value[1] = tried.value;
        self.smooth = tried.smooth;
        self.steps += 1;
        self.optimality = flow.functional.simple.optimality(&flow.geometry, x, &self.xi, &mut self.work);
        self.ending = match () {
            () if self.optimality.residual <= stop.gradient => Some(Ending::Critical),
            () if tried.value < -1e300 => Some(Ending::Unbounded),
            () if !moved => Some(Ending::Rounding),
            () if stop.fall > 0.0 && fell.abs() <= stop.fall * tried.value.abs() => Some(Ending::Slow),
            () => None,
        };
    }
}

impl<S: State> Persist for Progress<S> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { value, smooth, optimality, h, steps, evaluations, ending, account, origin, push, begun, .. } = self;
        value[..].pass(archive)?;
        let Optimality { residual, gap, violation } = optimality;
        [smooth, residual, gap, violation, h].into_iter().try_for_each(|number| number.pass(archive))?;
        steps.pass(archive)?;
        evaluations.pass(archive)?;
        Ending::pass(ending, archive)?;
        let Account { time, value, slope, divergence, excess, rise, climb, restarts } = account;
        [time, value, slope, divergence, excess, rise, climb]
            .into_iter()
            .try_for_each(|number| number.pass(archive))?;
        restarts.pass(archive)?;
        origin.coords_mut().pass(archive)?;
        push.0[..].pass(archive)?;
        begun.pass(archive)?;
        let Self { xi, theta, weight, z, .. } = self;
        xi.0[..].pass(archive)?;
        theta.pass(archive)?;
        weight.pass(archive)?;
        z.coords_mut().pass(archive)
    }
}
