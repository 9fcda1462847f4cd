//! Whether a stride of mechanics is canonical: its derivative J at a point, by differences, in J^T Omega J = Omega.
use crate::state::Phase;
use steepest_core::{Scheme, State, Tick};

/// Offsets of a difference of fourth order, and the weights of what is found there.
const OFFSETS: [(f64, f64); 4] = [(1.0, 8.0), (-1.0, -8.0), (2.0, -1.0), (-2.0, 1.0)];
/// The largest d whose 8 d neighbours are looked at.
pub const MOST: usize = 64;
/// Steps of the differences, as shares of the largest coordinate: the short ones where a force bends within the long.
const STEPS: [f64; 2] = [1e-3, 1e-5];
/// A defect that is looked at again by short steps.
const DOUBTED: f64 = 1e-9;

/// The largest entry of J^T Omega J - Omega over that of |J|^2 or 1, for one stride of length h from the first replica of `x`:
/// zero for a symplectic scheme [HairerLubichWanner2006, Thm. VI.2.4], about 1e-11 by differences. NaN where d > 64, or where
/// the stride leaves the space. `settle` brings neighbours of a point to the space it moves in; areas are those of curves there.
///
/// A force that is no gradient, with an antisymmetric part a of its derivative, shows as a h.
pub fn symplecticity<P, C: Scheme<P, Phase>>(
    flow: &P,
    scheme: &C,
    x: &Phase,
    h: f64,
    settle: impl Fn(&mut Phase),
) -> f64 {
    if x.d > MOST || x.n == 0 {
        return f64::NAN;
    }
    let [long, short] = STEPS;
    let found = defect(flow, scheme, x, h, long, &settle);
    // A stride that keeps no areas keeps none by differences of any length.
    if found <= DOUBTED { found } else { found.min(defect(flow, scheme, x, h, short, &settle)) }
}
/// The same by steps of this share of the largest coordinate.
fn defect<P, C: Scheme<P, Phase>>(
    flow: &P,
    scheme: &C,
    x: &Phase,
    h: f64,
    share: f64,
    settle: &impl Fn(&mut Phase),
) -> f64 {
    let (n, d) = (x.n, x.d);
    let m = 2 * d;
    let home = |j: usize| x.z[j * n];
    let size = |from: usize| match (from..from + d).map(|j| home(j).abs()).fold(0.0, f64::max) {
        0.0 => 1.0,
        size => size,
    };
    let steps = [share * size(0), share * size(d)];
    let count = 4 * m;
    let mut z = vec![0.0; m * count];
    for j in 0..m {
        for i in 0..count {
            let off = if i / 4 == j { OFFSETS[i % 4].0 * steps[j / d] } else { 0.0 };
            z[j * count + i] = home(j) + off;
        }
    }
    let mut cloud = Phase { n: count, d, z: z.into() };
    settle(&mut cloud);
    let before = columns(&cloud, &steps);
    let mut memory = scheme.memory(flow, &cloud);
    if scheme.advance(flow, Tick::start(0), h, 1, &mut cloud, &mut memory).is_err() {
        return f64::NAN;
    }
    if !cloud.admissible() {
        return f64::NAN;
    }
    let after = columns(&cloud, &steps);
    let mut worst = 0.0_f64;
    for k in 0..m {
        for l in 0..m {
            let norm = |u: &[f64]| u.iter().map(|u| u.abs()).fold(1.0, f64::max);
            let off = area(&after[k], &after[l]) - area(&before[k], &before[l]);
            worst = worst.max(off.abs() / (norm(&after[k]) * norm(&after[l])));
        }
    }
    worst
}
/// Velocities of the curves through a point that four neighbours in each of the directions lie on.
fn columns(cloud: &Phase, steps: &[f64; 2]) -> Vec<Vec<f64>> {
    let (m, count) = (2 * cloud.d, cloud.n);
    // Column k of J, row j.
    let slope = |j: usize, k: usize| {
        let around = OFFSETS.iter().enumerate().map(|(o, (_, weight))| weight * cloud.z[j * count + 4 * k + o]);
        around.sum::<f64>() / (12.0 * steps[k / cloud.d])
    };
    (0..m).map(|k| (0..m).map(|j| slope(j, k)).collect()).collect()
}
/// u^T Omega v
fn area(u: &[f64], v: &[f64]) -> f64 {
    let d = u.len() / 2;
    (0..d).map(|j| u[j] * v[d + j] - u[d + j] * v[j]).sum()
}
