//! RODAS: a Rosenbrock method of orders 4 and 3 with steps of its own, for flows that are stiff.
use super::dense::{Dense, Step, Tolerance, accepted, stride, velocity};
use super::gauss::{factor, solve};
use crate::noise::Still;
use steepest_core::{
    Archive, Covector, Differential, Fault, Flow, Geometry, Persist, Scheme, State, Stride, Tangent, Tick, Workspace,
};

/// x' = f(x) = -K dF(x), f without time of its own, by steps whose estimated error in each coordinate is within `tolerance`
/// [HairerWanner1996, Sec. IV.7 and Table IV.7.1 (RODAS)].
///
/// A step solves six systems with one matrix, (4 / h - df(x)) u_i = f(x + sum_j a_ij u_j) + sum_j c_ij u_j / h, with df by central
/// differences: 2 d + 6 gradients and d^3 / 3 products. L-stable: what decays faster than a step is long is gone
/// after it, so that steps are as long as the slow part of the path allows. Between steps the path is a cubic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rosenbrock(pub Tolerance);

/// The largest dimension: above it the matrix does not fit.
pub const MOST: usize = 2000;

const STAGES: usize = 6;
/// Of the implicit part of each stage.
const DIAGONAL: f64 = 0.25;
/// The last stage lies where the embedded method ends: both are stiffly accurate.
const A: [&[f64]; STAGES] = [
    &[],
    &[1.544],
    &[0.946_678_528_081_582_6, 0.255_701_169_898_328_4],
    &[3.314_825_187_068_521, 2.896_124_015_972_201, 0.998_641_913_997_781_7],
    &[1.221_224_509_226_641, 6.019_134_481_288_629, 12.537_083_329_320_87, -0.687_886_036_105_895],
    &[1.221_224_509_226_641, 6.019_134_481_288_629, 12.537_083_329_320_87, -0.687_886_036_105_895, 1.0],
];
const C: [&[f64]; STAGES] = [
    &[],
    &[-5.6688],
    &[-2.430_093_356_833_875, -0.206_359_915_709_191_5],
    &[-0.107_352_905_815_137_5, -9.594_562_251_023_355, -20.470_286_148_096_16],
    &[7.496_443_313_967_647, -10.246_804_314_643_52, -33.999_903_528_199_05, 11.708_908_932_061_6],
    &[
        8.083_246_795_921_522,
        -7.981_132_988_064_893,
        -31.521_594_328_743_71,
        16.319_305_431_231_36,
        -6.058_818_238_834_054,
    ],
];
/// What the path between the ends of a step has beyond a line.
const BETWEEN: [[f64; 5]; 2] = [
    [
        10.126_235_083_445_86,
        -7.487_995_877_610_167,
        -34.800_918_615_557_47,
        -7.992_771_707_568_823,
        1.025_137_723_295_662,
    ],
    [
        -0.676_280_339_280_125_3,
        6.087_714_651_680_015,
        16.430_843_208_924_78,
        24.767_225_114_183_86,
        -6.594_389_125_716_872,
    ],
];
/// A step is at most as many strides long, so that one that nothing ever bends does not overflow.
const STRIDES: f64 = 1000.0;

/// The step that the end of the last stride lies in.
#[derive(Clone, Debug)]
pub struct Steps<S> {
    from: f64,
    length: f64,
    next: f64,
    start: S,
    end: S,
    u: Vec<Tangent>,
    /// What a stage is evaluated at, and the velocity there.
    stage: S,
    velocity: Tangent,
    xi: Covector,
    /// df, and the factors of 4 / h - df, row by row.
    jacobian: Vec<f64>,
    matrix: Vec<f64>,
    rows: Vec<usize>,
    work: Workspace,
    /// Steps that were taken, and that were taken back.
    pub taken: [u64; 2],
}
impl<S: State> Persist for Steps<S> {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        // What a step makes anew stays out.
        let Self { from, length, next, start, end, u, taken, .. } = self;
        [from, length, next].into_iter().try_for_each(|number| number.pass(archive))?;
        start.coords_mut().pass(archive)?;
        end.coords_mut().pass(archive)?;
        u.iter_mut().try_for_each(|u| u.0[..].pass(archive))?;
        taken.iter_mut().try_for_each(|count| count.pass(archive))
    }
}
impl Rosenbrock {
    /// df at the start, by central differences of a length that suits the size of each coordinate, 0 being what the tolerances
    /// cannot tell from it.
    fn jacobian<S, F, G>(&self, flow: &Flow<F, G, Still>, at: Tick, m: &mut Steps<S>)
    where
        S: State,
        F: Differential<S>,
        G: Geometry<S>,
    {
        let d = m.start.coords().len();
        let Tolerance { relative, absolute } = self.0;
        m.stage.coords_mut().copy_from_slice(m.start.coords());
        for j in 0..d {
            let home = m.start.coords()[j];
            let apart = f64::EPSILON.cbrt() * home.abs().max(absolute / relative);
            let ends = [home + apart, home - apart];
            for (end, sign) in ends.into_iter().zip([1.0, -1.0]) {
                m.stage.coords_mut()[j] = end;
                velocity(flow, at, &m.stage, (&mut m.xi, &mut m.velocity), &mut m.work);
                let scale = sign / (ends[0] - ends[1]);
                let column = m.jacobian.iter_mut().skip(j).step_by(d);
                // The first writes, the second adds.
                column.zip(&m.velocity.0).for_each(|(entry, v)| {
                    let before = if sign > 0.0 { 0.0 } else { *entry };
                    *entry = before + scale * v;
                });
            }
            m.stage.coords_mut()[j] = home;
        }
    }
    /// A step of length h from the start, whose derivative is known: its error over what it may be.
    fn attempt<S, F, G>(&self, flow: &Flow<F, G, Still>, at: Tick, h: f64, m: &mut Steps<S>) -> f64
    where
        S: State,
        F: Differential<S>,
        G: Geometry<S>,
    {
        let d = m.start.coords().len();
        m.matrix.iter_mut().zip(&m.jacobian).for_each(|(entry, j)| *entry = -j);
        m.matrix.iter_mut().step_by(d + 1).for_each(|entry| *entry += 1.0 / (DIAGONAL * h));
        factor(&mut m.matrix, &mut m.rows);
        for i in 0..STAGES {
            m.stage.coords_mut().copy_from_slice(m.start.coords());
            A[i].iter().zip(&m.u).for_each(|(a, u)| m.stage.translate(u, *a));
            velocity(flow, at, &m.stage, (&mut m.xi, &mut m.velocity), &mut m.work);
            for (c, u) in C[i].iter().zip(&m.u) {
                m.velocity.0.iter_mut().zip(&u.0).for_each(|(v, u)| *v += c / h * u);
            }
            solve(&m.matrix, &m.rows, &m.velocity.0, &mut m.u[i].0);
        }
        // The last stage is where the embedded method ends, and the last increment what it is wrong by.
        m.end.coords_mut().copy_from_slice(m.stage.coords());
        m.end.translate(&m.u[STAGES - 1], 1.0);
        self.0.share(m.start.coords(), m.end.coords(), |j| m.u[STAGES - 1].0[j])
    }
}
impl<S, F, G> Dense<Flow<F, G, Still>, S> for Rosenbrock
where
    S: State,
    F: Differential<S>,
    G: Geometry<S>,
{
    type Steps = Steps<S>;
    fn steps(&self, _flow: &Flow<F, G, Still>, x: &S) -> Steps<S> {
        let d = x.coords().len();
        Steps {
            from: f64::NAN,
            length: 0.0,
            next: f64::NAN,
            start: x.clone(),
            end: x.clone(),
            u: vec![Tangent::zeros(d); STAGES],
            stage: x.clone(),
            velocity: Tangent::zeros(d),
            xi: Covector::zeros(d),
            jacobian: vec![0.0; d * d],
            matrix: vec![0.0; d * d],
            rows: vec![0; d],
            work: Workspace::default(),
            taken: [0, 0],
        }
    }
    fn begin(&self, flow: &Flow<F, G, Still>, at: Tick, h: f64, x: &S, m: &mut Steps<S>) -> u64 {
        if !m.from.is_nan() {
            return 0;
        }
        m.from = at.t;
        m.end.coords_mut().copy_from_slice(x.coords());
        velocity(flow, at, &m.end, (&mut m.xi, &mut m.velocity), &mut m.work);
        m.next = self.0.first(h, m.end.coords(), &m.velocity.0);
        1
    }
    fn take(&self, flow: &Flow<F, G, Still>, at: Tick, stride: f64, m: &mut Steps<S>) -> Result<u64, Fault> {
        let (from, step) = (m.from + m.length, m.next);
        std::mem::swap(&mut m.start, &mut m.end);
        let at = Tick { t: from, ..at };
        self.jacobian(flow, at, m);
        let Step { length, next, refused } = accepted(at, from, step, 4.0, |step| self.attempt(flow, at, step, m))?;
        let longest = STRIDES * stride.abs();
        (m.from, m.length, m.next) = (from, length, next.clamp(-longest, longest));
        m.taken = [m.taken[0] + 1, m.taken[1] + refused];
        Ok(2 * m.start.coords().len() as u64 + (refused + 1) * STAGES as u64)
    }
    fn span(m: &Steps<S>) -> [f64; 2] {
        [m.from, m.length]
    }
    fn between(share: f64, m: &Steps<S>, x: &mut S) {
        let rest = 1.0 - share;
        for (j, x) in x.coords_mut().iter_mut().enumerate() {
            let [bend, more] = BETWEEN.map(|row| row.iter().zip(&m.u).map(|(b, u)| b * u.0[j]).sum::<f64>());
            *x = rest * m.start.coords()[j] + share * (m.end.coords()[j] + rest * (bend + share * more));
        }
    }
}
impl<S, F, G> Scheme<Flow<F, G, Still>, S> for Rosenbrock
where
    S: State,
    F: Differential<S>,
    G: Geometry<S>,
{
    type Memory = Steps<S>;
    fn order(&self) -> u32 {
        4
    }
    fn memory(&self, flow: &Flow<F, G, Still>, x: &S) -> Steps<S> {
        self.steps(flow, x)
    }
    fn step(&self, flow: &Flow<F, G, Still>, at: Tick, h: f64, x: &mut S, m: &mut Steps<S>) -> Result<Stride, Fault> {
        stride(self, flow, (at, h), x, m, |_| ())
    }
}
