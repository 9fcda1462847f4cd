//! NEWTON: towards a critical point of any kind, minimum or saddle, of a functional with a banded second variation.
use steepest_core::{
    Archive, Covector, Fault, Flow, Persist, Scheme, SecondVariation, State, Stride, Tick, Workspace,
};
use steepest_kernels::Banded;

/// x <- x - a (d^2 F)^-1 dF, the length a such that the next correction, with the same matrix, is shorter: a test that does not
/// ask for a minimum and does not depend on units [Deuflhard2004, Sec. 3.3]. After its end a stride does nothing.
///
/// `h` means nothing to it. Each stride costs one second variation and as many differentials as lengths are tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Newton {
    /// It ends where the correction is below this share of the size of the state.
    pub tolerance: f64,
}
/// Shortest length that is tried.
const SHORTEST: f64 = 1e-5;
/// A correction that stopped shrinking below this share of the state is rounding.
const ROUNDING: f64 = 1e-7;

/// What Newton's method remembers, and says of its last stride.
#[derive(Debug)]
pub struct Iterate {
    /// Whether it has arrived.
    pub done: bool,
    /// Size of the last correction, over that of the state: how far the critical point is.
    pub correction: f64,
    /// The length of the last step.
    pub length: f64,
    factors: Banded,
    band: Vec<f64>,
    xi: Covector,
    step: Vec<f64>,
    home: Vec<f64>,
    work: Workspace,
}
/// Root of the mean square.
fn size(x: &[f64]) -> f64 {
    (x.iter().map(|x| x * x).sum::<f64>() / x.len().max(1) as f64).sqrt()
}
impl Iterate {
    /// xi <- (d^2 F)^-1 dF at x, by the last factors. False where it is not finite.
    fn correct<S: State, F: SecondVariation<S>>(&mut self, f: &F, at: Tick, x: &S) -> bool {
        self.xi.0.fill(0.0);
        f.differential(at, x, 1.0, &mut self.xi, &mut self.work);
        self.factors.solve(&mut self.xi.0);
        self.xi.0.iter().all(|x| x.is_finite())
    }
}
impl<S: State, F: SecondVariation<S>, G, N> Scheme<Flow<F, G, N>, S> for Newton {
    type Memory = Iterate;
    fn order(&self) -> u32 {
        2
    }
    fn memory(&self, flow: &Flow<F, G, N>, x: &S) -> Iterate {
        let (n, w) = (x.coords().len(), flow.functional.bandwidth(x));
        Iterate {
            done: n == 0,
            correction: if n == 0 { 0.0 } else { f64::INFINITY },
            length: 1.0,
            factors: Banded::new(n, w),
            band: vec![0.0; n * (2 * w + 1)],
            xi: Covector::zeros(n),
            step: vec![0.0; n],
            home: vec![0.0; n],
            work: Workspace::default(),
        }
    }
    fn step(&self, flow: &Flow<F, G, N>, at: Tick, _h: f64, x: &mut S, m: &mut Iterate) -> Result<Stride, Fault> {
        let mut stride = Stride { h: 1.0, accepted: 1.0, gradients: 0 };
        if m.done {
            return Ok(stride);
        }
        let f = &flow.functional;
        m.band.fill(0.0);
        m.xi.0.fill(0.0);
        f.variations(at, x, &mut m.xi, &mut m.band, &mut m.work);
        stride.gradients += 1;
        let stalled = |residual: f64| Err(Fault::Stalled { step: at.step + 1, residual });
        if !m.factors.factor(&m.band) {
            return stalled(m.correction);
        }
        m.factors.solve(&mut m.xi.0);
        m.step.copy_from_slice(&m.xi.0);
        m.home.copy_from_slice(x.coords());
        let full = size(&m.step);
        if !full.is_finite() {
            return stalled(m.correction);
        }
        let last = m.correction;
        let mut length = (2.0 * m.length).min(1.0);
        loop {
            x.coords_mut().iter_mut().zip(&m.home).zip(&m.step).for_each(|((x, home), step)| *x = home - length * step);
            let finite = m.correct(f, at, x);
            stride.gradients += 1;
            let (next, scale) = (size(&m.xi.0), size(x.coords()).max(f64::MIN_POSITIVE));
            let rounding = length == 1.0 && full <= ROUNDING * scale && full / scale >= 0.25 * last;
            if finite && (next <= (1.0 - 0.25 * length) * full || rounding) {
                (m.correction, m.length) = (full / scale, length);
                if length == 1.0 && (next <= self.tolerance * scale || rounding) {
                    m.done = true;
                    if !rounding {
                        x.coords_mut().iter_mut().zip(&m.xi.0).for_each(|(x, step)| *x -= step);
                        m.correction = next / scale;
                    }
                }
                return Ok(stride);
            }
            // The length at which the next correction would be shortest, were it a parabola.
            let bent = m.xi.0.iter().zip(&m.step).map(|(next, step)| next - (1.0 - length) * step).collect::<Vec<_>>();
            let best = if finite { 0.5 * length * length * full / size(&bent) } else { 0.0 };
            length = best.clamp(0.1 * length, 0.5 * length);
            if length.is_nan() || length < SHORTEST {
                x.coords_mut().copy_from_slice(&m.home);
                m.correction = full / scale;
                return stalled(m.correction);
            }
        }
    }
}
/// Scratch and the factors are made anew in each stride.
impl Persist for Iterate {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { done, correction, length, factors: _, band: _, xi: _, step: _, home: _, work: _ } = self;
        done.pass(archive)?;
        correction.pass(archive)?;
        length.pass(archive)
    }
}
