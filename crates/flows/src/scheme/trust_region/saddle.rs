//! SADDLE: whether F bends down at a point that has no slope, and the step down from there.
use super::{Products, Region, Second, TrustRegion, grow};
use crate::scheme::minimiser::{Ending, Track};
use steepest_core::{Covariant, Curved, Flow, State, Tick};
use steepest_kernels::normals;

/// Stream of the direction that is looked along first.
const STREAM: u16 = 0x241;
/// Products of a look, at most.
const PRODUCTS: usize = 100;
/// What is left of a direction beyond the space, as a share of its curvature, for that to be known.
const KNOWN: f64 = 0.1;
/// Curvature, as a share of the longest product, that is rounding: of exact products, and of differences.
const ROUNDING: [f64; 2] = [1e-12, 1e-6];
/// Share of the promised fall that the step has to keep.
const KEPT: f64 = 0.1;
/// Fall, as a share of |F|, that drowns in its rounding.
const BLIND: f64 = 1e-12;
/// Lengths that are tried, each a quarter of the last.
const TRIALS: u32 = 60;

/// A step down, to where `next` is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Down {
    /// What the curvature promised.
    pub promised: f64,
    /// F there.
    pub value: f64,
    /// How long it is.
    pub length: f64,
}

impl TrustRegion {
    /// A step from a point without a slope, if F falls anywhere; its length.
    pub(super) fn leave<S, F, G, N>(&self, flow: &Flow<F, G, N>, at: Tick, x: &mut S, m: &mut Region<S>) -> f64
    where
        S: State,
        F: Curved<S>,
        G: Covariant<S>,
    {
        let Some(down) = self.way_down(flow, at, x, m) else {
            m.track.ending = Some(Ending::Critical);
            return 0.0;
        };
        m.radius = down.length;
        m.track.audit_model(down.promised, down.value, 1.0);
        m.track.go(flow, at, x, down.value, self.stop);
        down.length
    }
    /// The step down along the lowest curvature at x, where that is negative and F does fall. A gradient that vanishes says nothing of it,
    /// so that products of a random direction have to. `None` for models that never bend down.
    pub(super) fn way_down<S, F, G, N>(&self, flow: &Flow<F, G, N>, at: Tick, x: &S, m: &mut Region<S>) -> Option<Down>
    where
        S: State,
        F: Curved<S>,
        G: Covariant<S>,
    {
        if self.second != Second::Hessian {
            return None;
        }
        let curvature = bends_down(flow, at, x, m)?;
        let Region { track, step, krylov, .. } = m;
        krylov.write(step);
        let slope = track.slope(&flow.geometry, x, step);
        if slope > 0.0 {
            step.0.iter_mut().for_each(|p| *p = -*p);
        }
        let size = x.coords().iter().map(|x| x * x).sum::<f64>().sqrt();
        let reach = 0.9 * flow.geometry.reach(x, step, &mut track.work);
        let mut length = self.radius.unwrap_or(size.max(1.0)).min(reach);
        for _ in 0..TRIALS {
            let promised = length * (slope.abs() - 0.5 * length * curvature);
            if promised <= BLIND * track.value[1].abs() {
                return None;
            }
            track.next.coords_mut().copy_from_slice(x.coords());
            flow.geometry.retract(&mut track.next, step, length, &mut track.work);
            let value = track.look(flow, at);
            let finite = value.is_finite() && track.next_xi.0.iter().all(|xi| xi.is_finite());
            if finite && track.value[1] - value >= KEPT * promised {
                return Some(Down { promised, value, length });
            }
            length *= 0.25;
        }
        None
    }
}
/// A curvature at x below zero by more than rounding, if there is one; its direction is the last that was found in the space.
fn bends_down<S, F, G, N>(flow: &Flow<F, G, N>, at: Tick, x: &S, m: &mut Region<S>) -> Option<f64>
where
    S: State,
    F: Curved<S>,
    G: Covariant<S>,
{
    let Region { track: Track { xi, work, .. }, krylov, step, raw, prepared, .. } = m;
    prepared.0.copy_from_slice(&xi.0);
    flow.geometry.prepare(x, prepared, work);
    normals(at.key, 0, STREAM, 0, &mut raw.0);
    step.0.fill(0.0);
    flow.geometry.sharp(at, x, 1.0, raw, step, work);
    let size = flow.geometry.inner(x, step, step, work).sqrt();
    if !(size > 0.0 && size.is_finite()) {
        return None;
    }
    let exact = flow.functional.price() == 1;
    let dimensions = flow.geometry.tangents(x).min(PRODUCTS);
    krylov.begin((&*step, size), dimensions, exact, |q| flow.geometry.settle(x, q, work));
    loop {
        if !grow(flow, at, x, m, Products::Asked) {
            return None;
        }
        let krylov = &mut m.krylov;
        if !(krylov.closed || krylov.products().is_power_of_two()) {
            continue;
        }
        let [curvature, left] = krylov.lowest()?;
        if curvature < -ROUNDING[usize::from(!exact)] * krylov.size() {
            return Some(curvature);
        }
        if krylov.closed || left <= KNOWN * curvature {
            return None;
        }
    }
}
