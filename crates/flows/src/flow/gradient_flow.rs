//! GRADIENT FLOW: x' = -K dF(x) as a differential equation, with an account of what F fell by and what was dissipated.
use super::dense::{Dense, stride, velocity};
use crate::noise::Still;
use steepest_core::{
    Archive, Covector, Fault, Flow, Functional, Geometry, Persist, Scheme, State, Stride, Tangent, Tick, Workspace,
};

/// Any method of the flow that has a path between the ends of its steps, and the books of that path.
///
/// Along the exact flow F(x(s)) - F(x(t)) = int_s^t <dF, K dF>. Here the
/// integral is taken along the path that was found, by four points of Gauss in each step, at 4 gradients and a value a step: what is
/// left over is int <dF, x' + K dF>, the part of the error of x' that does work.
///
/// ```
/// use steepest_core::{Batch, Flow, Plan, Potential, Scheme, Tick, Workspace, run};
/// use steepest_flows::flow::{GradientFlow, Rosenbrock, Tolerance};
/// use steepest_flows::{functional::PotentialEnergy, geometry::Euclidean, noise::Still, state::Cloud};
/// struct Bowl; // V = x^2 / 2: x(t) = exp(-t)
/// impl Potential for Bowl {
///     fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _: &mut Workspace) {
///         out.iter_mut().zip(x.x).for_each(|(v, x)| *v += scale * x * x / 2.0);
///     }
///     fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _: &mut Workspace) {
///         out.iter_mut().zip(x.x).for_each(|(g, x)| *g += scale * x);
///     }
/// }
/// let flow = Flow { functional: PotentialEnergy(Bowl), geometry: Euclidean, noise: Still };
/// let scheme = GradientFlow(Rosenbrock(Tolerance { relative: 1e-8, absolute: 1e-10 }));
/// let mut x = Cloud { n: 1, d: 1, x: [1.0].into() };
/// let mut memory = scheme.memory(&flow, &x);
/// run(&flow, &scheme, &mut x, &mut memory, Tick::start(0), Plan::new(0.5, 2), &mut []).unwrap();
/// assert!((x.x[0] - (-1.0_f64).exp()).abs() < 1e-8);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GradientFlow<D>(pub D);

/// What has come of the path, at the end of the last step, which may lie beyond that of the last stride.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Books {
    /// F at the start and at the end.
    pub value: [f64; 2],
    /// int <dF, K dF> dt
    pub dissipated: f64,
    /// The largest rise of F over a step.
    pub rise: f64,
    /// Steps so far.
    pub steps: u64,
}
impl Books {
    /// (F(start) - F(end) - dissipated) / (F(start) - F(end)), absolute; 0 for the exact flow, NaN where F did not move.
    pub fn residual(&self) -> f64 {
        let fell = self.value[0] - self.value[1];
        ((fell - self.dissipated) / fell).abs()
    }
}
/// The memory of the method, and the books.
#[derive(Clone, Debug)]
pub struct Account<M, S> {
    steps: M,
    /// What has come of the path.
    pub books: Books,
    at: S,
    xi: Covector,
    v: Tangent,
    work: Workspace,
}
impl<M: Persist, S> Persist for Account<M, S> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { steps: method, books: Books { value, dissipated, rise, steps }, at: _, xi: _, v: _, work: _ } = self;
        method.pass(archive)?;
        value[..].pass(archive)?;
        dissipated.pass(archive)?;
        rise.pass(archive)?;
        steps.pass(archive)
    }
}
/// Places and weights of Gauss's rule of order 8 on (0, 1).
const GAUSS: [(f64, f64); 4] = [
    (0.069_431_844_202_973_71, 0.173_927_422_568_726_93),
    (0.330_009_478_207_571_87, 0.326_072_577_431_273_07),
    (0.669_990_521_792_428_1, 0.326_072_577_431_273_07),
    (0.930_568_155_797_026_3, 0.173_927_422_568_726_93),
];

impl<S, F, G, D> Scheme<Flow<F, G, Still>, S> for GradientFlow<D>
where
    S: State,
    F: Functional<S>,
    G: Geometry<S>,
    D: Dense<Flow<F, G, Still>, S> + Scheme<Flow<F, G, Still>, S>,
{
    type Memory = Account<D::Steps, S>;
    fn order(&self) -> u32 {
        self.0.order()
    }
    fn memory(&self, flow: &Flow<F, G, Still>, x: &S) -> Self::Memory {
        let d = x.coords().len();
        Account {
            steps: self.0.steps(flow, x),
            books: Books::default(),
            at: x.clone(),
            xi: Covector::zeros(d),
            v: Tangent::zeros(d),
            work: Workspace::default(),
        }
    }
    fn step(
        &self,
        flow: &Flow<F, G, Still>,
        at: Tick,
        h: f64,
        x: &mut S,
        memory: &mut Self::Memory,
    ) -> Result<Stride, Fault> {
        let Account { steps, books, at: place, xi, v, work } = memory;
        if D::span(steps)[0].is_nan() {
            books.value = [flow.functional.value(at, x, work); 2];
        }
        let before = books.steps;
        let mut stride = stride(&self.0, flow, (at, h), x, steps, |steps| {
            let [from, length] = D::span(steps);
            for (share, weight) in GAUSS {
                D::between(share, steps, place);
                let at = Tick { t: from + share * length, ..at };
                velocity(flow, at, place, (&mut *xi, &mut *v), work);
                books.dissipated -= weight * length * place.pair(xi, v);
            }
            D::between(1.0, steps, place);
            let value = flow.functional.value(Tick { t: from + length, ..at }, place, work);
            books.rise = books.rise.max(value - books.value[1]);
            books.value[1] = value;
            books.steps += 1;
        })?;
        stride.gradients += (books.steps - before) * GAUSS.len() as u64;
        Ok(stride)
    }
}
