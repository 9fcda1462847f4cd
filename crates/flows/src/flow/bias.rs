//! How far the law of an unadjusted scheme is from exp(-beta V), from its own draws: the covariance of two works.
//!
//! Paths from exp(-beta H), taken for M strides, end in a law rho. Read backwards, rho / pi at y is the mean of exp(-W) over
//! paths from y, W the shadow work [SivakChoderaCrooks2013], where the tableau is its own mirror image. Two branches from one
//! y, with shocks of their own, share nothing but that mean, so Cov(W, W') over y is Var log(rho / pi), and to second order
//! KL(rho | pi) = Cov(W, W') / 2. With momenta afresh for each branch it is the divergence of positions alone.
use super::audit::{Auditable, look};
use crate::functional::Hamiltonian;
use crate::geometry::{Friction, Symplectic};
use crate::scheme::{Kinetic, Splitting};
use crate::state::{Cloud, Phase};
use steepest_core::{Balanced, Batch, Fault, Flow, Potential, Scheme, Split, State, Sum, Tick};

/// Cov(W, W') / 2 of two works a start, and its standard error.
///
/// ```
/// use steepest_flows::flow::bias::divergence;
/// let (kl, _) = divergence(&[1.0, -1.0], &[0.5, -0.5]);
/// assert_eq!(kl, 0.5); // the covariance is 1
/// ```
pub fn divergence(first: &[f64], second: &[f64]) -> (f64, f64) {
    let n = first.len().min(second.len()) as f64;
    let mean = |w: &[f64]| w.iter().sum::<f64>() / n;
    let (a, b) = (mean(first), mean(second));
    let products = || first.iter().zip(second).map(|(w, v)| (w - a) * (v - b));
    let covariance = products().sum::<f64>() / (n - 1.0);
    let spread = products().map(|p| (p - covariance).powi(2)).sum::<f64>() / (n - 1.0);
    (0.5 * covariance, 0.5 * (spread / n).sqrt())
}

/// Strides that no run gets to.
const FAR: u64 = 1 << 62;

/// KL(rho | exp(-beta V)) of positions `q` drawn from the law rho of a scheme that moves by h, and its standard error, from two
/// branches of so many strides. What a chain forgets only later is not seen.
pub fn measured<P: Auditable<S, C>, S: State, C>(
    (flow, scheme): (&P, &C),
    at: Tick,
    (h, strides): (f64, u64),
    q: Batch<'_>,
) -> Option<(f64, f64)> {
    let branch = |number: u64| {
        let at = Tick { step: FAR + number * (strides + 1), first: 0, of: q.n as u64, ..at };
        flow.path_work(scheme, at, (h, strides), q)
    };
    Some(divergence(&branch(1)?, &branch(2)?))
}

/// Shadow work of each particle over `strides` Euler-Maruyama strides of length h from `x`, in units of 1 / beta.
pub fn cloud_work<P, C: Scheme<P, Cloud>>(
    (v, beta): (&dyn Potential, f64),
    (flow, scheme): (&P, &C),
    (mut at, h, strides): (Tick, f64, u64),
    mut x: Cloud,
) -> Result<Vec<f64>, Fault> {
    let mut work = vec![0.0; x.n];
    let mut memory = scheme.memory(flow, &x);
    let (mut values, mut slopes) = look(v, x.batch());
    for _ in 0..strides {
        let before = x.x.clone();
        scheme.step(flow, at, h, &mut x, &mut memory)?;
        at.step += 1;
        at.t += h;
        let (after, back) = look(v, x.batch());
        for (i, work) in work.iter_mut().enumerate() {
            *work += beta * (after[i] - values[i]);
            for k in (0..x.d).map(|j| j * x.n + i) {
                let (forward, backward) = (x.x[k] - before[k] + h * slopes[k], before[k] - x.x[k] + h * back[k]);
                *work += beta * (backward * backward - forward * forward) / (4.0 * h);
            }
        }
        (values, slopes) = (after, back);
    }
    Ok(work)
}

/// Shadow work of each replica over `strides` strides of a word from `x`, in units of 1 / beta: the change of H that is not heat
/// of the bath.
pub fn phase_work<V: Potential, N: Balanced>(
    flow: &Flow<Hamiltonian<V>, Sum<Symplectic, Friction>, N>,
    scheme: &Splitting<Kinetic>,
    (mut at, h, strides): (Tick, f64, u64),
    mut x: Phase,
) -> Vec<f64>
where
    Flow<Hamiltonian<V>, Sum<Symplectic, Friction>, N>: Split<Phase, Part = Kinetic>,
{
    let kinetic = |x: &Phase| -> Vec<f64> {
        (0..x.n).map(|i| x.p().iter().skip(i).step_by(x.n).map(|p| 0.5 * p * p).sum()).collect()
    };
    let mut heat = vec![0.0; x.n];
    let (before, start) = (look(&flow.functional.0, x.q()).0, kinetic(&x));
    let mut memory = flow.memory(&x);
    for _ in 0..strides {
        for (place, &(part, fraction)) in scheme.tableau.iter().enumerate() {
            let cold = (part == Kinetic::O).then(|| kinetic(&x));
            flow.advance(part, place as u16, at, fraction * h, &mut x, &mut memory);
            let Some(cold) = cold else { continue };
            heat.iter_mut().zip(kinetic(&x).iter().zip(&cold)).for_each(|(heat, (warm, cold))| *heat += warm - cold);
        }
        at.step += 1;
        at.t += h;
    }
    let (after, end) = (look(&flow.functional.0, x.q()).0, kinetic(&x));
    let beta = flow.noise.beta();
    (0..x.n).map(|i| beta * (after[i] + end[i] - before[i] - start[i] - heat[i])).collect()
}
