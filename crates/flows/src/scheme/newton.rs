//! NEWTON: towards a critical point of any kind, minimum or saddle, of a functional with a banded second variation.
use steepest_core::{Archive, Covector, Fault, Flow, Persist, Scheme, SecondVariation, State, Stride, Tick, Workspace};
use steepest_kernels::Banded;

/// x <- x - a (d^2 F)^-1 dF, the length a such that the next correction, with the same matrix, is shorter: a test that does not
/// ask for a minimum and does not depend on units [Deuflhard2004, Sec. 3.3]. `downhill`, where no length passes a step of Levenberg
/// and Marquardt, with a longer diagonal, has to make F smaller instead. After its end a stride does nothing.
///
/// `h` means nothing to it. Each stride costs one second variation and as many differentials as lengths are tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Newton {
    /// It ends where the correction is below this share of the size of the state.
    pub tolerance: f64,
    /// Whether F may be made smaller where no length passes: for minima. A saddle is no place that leads to.
    pub downhill: bool,
}
/// Shortest length that is tried.
const SHORTEST: f64 = 1e-3;
/// Powers of ten by which the diagonal is made longer.
const LADDER: std::ops::Range<i32> = -10..7;
/// Share of what the slope promises that F has to fall by.
const DECREASE: f64 = 1e-4;
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
    gradient: Vec<f64>,
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
    /// x <- home - (d^2 F + l |diagonal|)^-1 dF with the least l of a ladder that makes F smaller, where that is `wanted`.
    fn descend<S: State, F: SecondVariation<S>>(
        &mut self,
        wanted: bool,
        f: &F,
        at: Tick,
        x: &mut S,
        mut stride: Stride,
    ) -> Result<Stride, Fault> {
        let (n, row) = (self.home.len(), self.band.len() / self.home.len().max(1));
        x.coords_mut().copy_from_slice(&self.home);
        let before = f.value(at, x, &mut self.work);
        let mut band = self.work.take(self.band.len());
        for rung in if wanted { LADDER } else { 0..0 } {
            stride.gradients += 1;
            band.copy_from_slice(&self.band);
            for i in 0..n {
                let diagonal = &mut band[i * row + row / 2];
                *diagonal += 10f64.powi(rung) * diagonal.abs();
            }
            self.step.copy_from_slice(&self.gradient);
            if !self.factors.factor(&band) {
                continue;
            }
            self.factors.solve(&mut self.step);
            let slope: f64 = self.step.iter().zip(&self.gradient).map(|(step, g)| step * g).sum();
            if !(slope > 0.0 && slope.is_finite()) {
                continue;
            }
            x.coords_mut().iter_mut().zip(&self.home).zip(&self.step).for_each(|((x, home), step)| *x = home - step);
            if f.value(at, x, &mut self.work) <= before - DECREASE * slope {
                self.work.give(band);
                return Ok(stride);
            }
        }
        self.work.give(band);
        x.coords_mut().copy_from_slice(&self.home);
        Err(Fault::Stalled { step: at.step + 1, residual: self.correction })
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
            gradient: vec![0.0; n],
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
        let regular = m.factors.factor(&m.band);
        m.gradient.copy_from_slice(&m.xi.0);
        m.factors.solve(&mut m.xi.0);
        m.step.copy_from_slice(&m.xi.0);
        m.home.copy_from_slice(x.coords());
        let full = size(&m.step);
        if !regular || !full.is_finite() {
            return m.descend(self.downhill, f, at, x, stride);
        }
        if full <= self.tolerance * size(&m.home) {
            x.coords_mut().iter_mut().zip(&m.step).for_each(|(x, step)| *x -= step);
            (m.correction, m.done) = (full / size(&m.home).max(f64::MIN_POSITIVE), true);
            return Ok(stride);
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
                (m.correction, m.length) = (full / scale, 1.0);
                return m.descend(self.downhill, f, at, x, stride);
            }
        }
    }
}
/// Scratch and the factors are made anew in each stride.
impl Persist for Iterate {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { done, correction, length, factors: _, band: _, xi: _, gradient: _, step: _, home: _, work: _ } =
            self;
        done.pass(archive)?;
        correction.pass(archive)?;
        length.pass(archive)
    }
}
