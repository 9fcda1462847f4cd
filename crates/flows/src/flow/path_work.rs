//! Shadow work along paths: the log of the ratio of a path's probability and that of the path read backwards, exp(-beta H) at their
//! starts [SivakChoderaCrooks2013].
use super::audit::look;
use crate::functional::Hamiltonian;
use crate::geometry::{Friction, Symplectic};
use crate::noise::{Precision, Thermal, normals};
use crate::scheme::{BAOAB, Kinetic, Splitting};
use crate::state::{Cloud, Phase};
use steepest_core::{Balanced, Batch, Fault, Flow, Potential, Scheme, Split, Sum, Tick};

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

/// The same from positions `q` with momenta of exp(-beta |p|^2 / 2).
pub(super) fn fresh_work<V: Potential, N: Balanced>(
    flow: &Flow<Hamiltonian<V>, Sum<Symplectic, Friction>, N>,
    scheme: &Splitting<Kinetic>,
    (at, h, strides): (Tick, f64, u64),
    q: Batch<'_>,
) -> Vec<f64>
where
    Flow<Hamiltonian<V>, Sum<Symplectic, Friction>, N>: Split<Phase, Part = Kinetic>,
{
    let mut x = Phase::at_rest(q.n, q.d, |i, j| q.column(j)[i]);
    let before = Tick { step: at.step.wrapping_sub(1), ..at };
    normals(before, 0, Precision::Double, q.n, x.split_mut().1);
    x.split_mut().1.iter_mut().for_each(|p| *p /= flow.noise.beta().sqrt());
    phase_work(flow, scheme, (at, h, strides), x)
}

/// The same for Leimkuhler-Matthews with stride h: BAOAB with stride sqrt(2 h) at infinite friction, whose momentum is the last shock less
/// half a kick [LeimkuhlerMatthews2013].
///
/// ```
/// use steepest_core::Tick;
/// use steepest_flows::{flow::path_work::averaged_work, functional::Quadratic, state::Cloud};
/// // Of a flat energy nothing is worked, whatever the stride.
/// let q = Cloud::from_fn(3, 1, |i, _| i as f64);
/// let flat = Quadratic::new(&[0.0]);
/// let work = averaged_work((&flat, 1.0), (Tick::start(1), 0.5, 4), q.batch());
/// assert!(work.iter().all(|w| w.abs() < 1e-14));
/// ```
pub fn averaged_work((v, beta): (&dyn Potential, f64), (at, h, strides): (Tick, f64, u64), q: Batch<'_>) -> Vec<f64> {
    let geometry = Sum(Symplectic, Friction { gamma: f64::INFINITY });
    let flow = Flow { functional: Hamiltonian(v), geometry, noise: Thermal::new(beta) };
    fresh_work(&flow, &BAOAB, (at, (2.0 * h).sqrt(), strides), q)
}
