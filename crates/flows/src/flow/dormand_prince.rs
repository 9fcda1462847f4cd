//! Dormand and Prince's pair of orders 5 and 4 with steps of its own, and a polynomial between them: any flow without noise.
use super::dense::{Dense, Step, Tolerance, accepted, stride, velocity};
use crate::noise::Still;
use steepest_core::{
    Archive, Covector, Differential, Fault, Flow, Geometry, Persist, Scheme, State, Stride, Tangent, Tick, Workspace,
};

/// x' = -K dF(x) in the trivial chart by steps whose estimated error in each coordinate is at most `absolute + relative |x|`
/// [DormandPrince1980; HairerNorsettWanner1993, Sec. II.4 and II.6].
///
/// Strides say only where the path is looked at: steps pass over their ends, where the path is the polynomial of fourth order
/// that comes with a step. Neither symplectic nor reversible.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DormandPrince {
    /// Share of a coordinate that an error may be.
    pub relative: f64,
    /// What an error may be of a coordinate near 0.
    pub absolute: f64,
}
const STAGES: usize = 7;
/// Rows of the tableau; the last is the weights of the fifth order, so that the last stage of a step is the first of the next.
const A: [&[f64]; STAGES] = [
    &[],
    &[1.0 / 5.0],
    &[3.0 / 40.0, 9.0 / 40.0],
    &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
    &[19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0],
    &[9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0],
    &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];
/// Weights of the fifth order less those of the fourth.
const ERROR: [f64; STAGES] =
    [71.0 / 57600.0, 0.0, -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339_200.0, 22.0 / 525.0, -1.0 / 40.0];
/// What the polynomial between the ends of a step has beyond a cubic.
const BETWEEN: [f64; STAGES] = [
    -12_715_105_075.0 / 11_282_082_432.0,
    0.0,
    87_487_479_700.0 / 32_700_410_799.0,
    -10_690_763_975.0 / 1_880_347_072.0,
    701_980_252_875.0 / 199_316_789_632.0,
    -1_453_857_185.0 / 822_651_844.0,
    69_997_945.0 / 29_380_423.0,
];

/// The step that the end of the last stride lies in.
#[derive(Clone, Debug)]
pub struct Steps<S> {
    /// Where it begins, how long it is, and the length that the next is to have; NaN before the first.
    from: f64,
    length: f64,
    next: f64,
    /// The states at its ends.
    start: S,
    end: S,
    k: Vec<Tangent>,
    xi: Covector,
    work: Workspace,
    /// Steps that were taken, and that were taken back.
    pub taken: [u64; 2],
}
impl<S: State> Persist for Steps<S> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { from, length, next, start, end, k, xi: _, work: _, taken } = self;
        [from, length, next].into_iter().try_for_each(|number| number.pass(archive))?;
        start.coords_mut().pass(archive)?;
        end.coords_mut().pass(archive)?;
        k.iter_mut().try_for_each(|k| k.0[..].pass(archive))?;
        taken.iter_mut().try_for_each(|count| count.pass(archive))
    }
}
impl DormandPrince {
    /// k_i <- the velocity at `start` moved by the stages before.
    fn stage<S, F, G>(flow: &Flow<F, G, Still>, at: Tick, h: f64, i: usize, m: &mut Steps<S>)
    where
        S: State,
        F: Differential<S>,
        G: Geometry<S>,
    {
        m.end.coords_mut().copy_from_slice(m.start.coords());
        A[i].iter().zip(&m.k).filter(|(a, _)| **a != 0.0).for_each(|(a, k)| m.end.translate(k, a * h));
        let at = Tick { t: at.t + h * A[i].iter().sum::<f64>(), ..at };
        velocity(flow, at, &m.end, (&mut m.xi, &mut m.k[i]), &mut m.work);
    }
    fn tolerance(&self) -> Tolerance {
        Tolerance { relative: self.relative, absolute: self.absolute }
    }
}
impl<S, F, G> Dense<Flow<F, G, Still>, S> for DormandPrince
where
    S: State,
    F: Differential<S>,
    G: Geometry<S>,
{
    type Steps = Steps<S>;
    fn steps(&self, _flow: &Flow<F, G, Still>, x: &S) -> Steps<S> {
        let len = x.coords().len();
        Steps {
            from: f64::NAN,
            length: 0.0,
            next: f64::NAN,
            start: x.clone(),
            end: x.clone(),
            k: vec![Tangent::zeros(len); STAGES],
            xi: Covector::zeros(len),
            work: Workspace::default(),
            taken: [0, 0],
        }
    }
    fn begin(&self, flow: &Flow<F, G, Still>, at: Tick, h: f64, x: &S, m: &mut Steps<S>) -> u64 {
        if !m.from.is_nan() {
            return 0;
        }
        m.from = at.t;
        m.start.coords_mut().copy_from_slice(x.coords());
        Self::stage(flow, at, 0.0, 0, m);
        m.next = self.tolerance().first(h, m.start.coords(), &m.k[0].0);
        // As if a step had ended here.
        m.k.swap(0, STAGES - 1);
        1
    }
    fn take(&self, flow: &Flow<F, G, Still>, at: Tick, _h: f64, m: &mut Steps<S>) -> Result<u64, Fault> {
        // The end of the last step is the start of this one, and so is its velocity.
        let (from, step) = (m.from + m.length, m.next);
        std::mem::swap(&mut m.start, &mut m.end);
        m.k.swap(0, STAGES - 1);
        let taken = accepted(at, from, step, 5.0, |step| {
            for i in 1..STAGES {
                Self::stage(flow, Tick { t: from, ..at }, step, i, m);
            }
            self.tolerance().share(m.start.coords(), m.end.coords(), |j| {
                step * ERROR.iter().zip(&m.k).map(|(e, k)| e * k.0[j]).sum::<f64>()
            })
        });
        let Step { length, next, refused } = taken?;
        (m.from, m.length, m.next) = (from, length, next);
        m.taken = [m.taken[0] + 1, m.taken[1] + refused];
        Ok((refused + 1) * (STAGES as u64 - 1))
    }
    fn span(m: &Steps<S>) -> [f64; 2] {
        [m.from, m.length]
    }
    /// x <- the path at a share of the step.
    fn between(share: f64, m: &Steps<S>, x: &mut S) {
        let (h, rest) = (m.length, 1.0 - share);
        for (j, x) in x.coords_mut().iter_mut().enumerate() {
            let (from, to) = (m.start.coords()[j], m.end.coords()[j]);
            let rise = to - from;
            let bend = h * m.k[0].0[j] - rise;
            let more: f64 = BETWEEN.iter().zip(&m.k).map(|(d, k)| d * k.0[j]).sum();
            let last = rise - h * m.k[STAGES - 1].0[j] - bend;
            *x = from + share * (rise + rest * (bend + share * (last + rest * h * more)));
        }
    }
}
impl<S, F, G> Scheme<Flow<F, G, Still>, S> for DormandPrince
where
    S: State,
    F: Differential<S>,
    G: Geometry<S>,
{
    type Memory = Steps<S>;
    fn order(&self) -> u32 {
        5
    }
    fn memory(&self, flow: &Flow<F, G, Still>, x: &S) -> Steps<S> {
        self.steps(flow, x)
    }
    fn step(&self, flow: &Flow<F, G, Still>, at: Tick, h: f64, x: &mut S, m: &mut Steps<S>) -> Result<Stride, Fault> {
        stride(self, flow, (at, h), x, m, |_| ())
    }
}
