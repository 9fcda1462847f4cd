//! REVERSAL: whether strides lead back with -h, as far as rounding lets anything lead back.
use super::space::Mechanics;
use steepest_core::{Scheme, Tick};
use steepest_flows::state::Phase;

/// What the way back may miss home by, as a share of the largest coordinate, and of the largest momentum.
pub(super) const BOUND: f64 = 1e-6;
/// A change of the start, as a share of it, that shows what becomes of rounding.
const NUDGE: f64 = 1e-13;

/// How far from home so many strides forth and back end, each of q and p as a share of the largest there and at the far end.
///
/// Where rounding alone would grow to a tenth of the bound, a tenth of the strides are taken. NaN where ten are still too many, as
/// the motion is so chaotic, and where nothing moves.
pub(super) fn retrace<F, G, C: Scheme<Mechanics<F, G>, Phase>>(
    flow: &Mechanics<F, G>,
    scheme: &C,
    home: &Phase,
    h: f64,
    mut count: u64,
) -> f64 {
    loop {
        let Some(far) = moved(flow, scheme, (home, 0.0), h, count) else { return f64::INFINITY };
        if far.z == home.z {
            return f64::NAN;
        }
        let Some(back) = moved(flow, scheme, (&far, count as f64 * h), -h, count) else { return f64::INFINITY };
        let ([q, p], [far_q, far_p]) = (extent(home), extent(&far));
        let sizes = [q.max(far_q), p.max(far_p)];
        let mut aside = home.clone();
        aside.z.iter_mut().enumerate().for_each(|(k, z)| *z *= 1.0 + if k % 2 == 0 { NUDGE } else { -NUDGE });
        let aside = moved(flow, scheme, (&aside, 0.0), h, count);
        let grown = aside.map_or(f64::INFINITY, |aside| apart(&aside, &far, sizes));
        // Every stride rounds, forth and back.
        if 4.0 * count as f64 * f64::EPSILON * grown <= 0.1 * BOUND * NUDGE {
            return apart(&back, home, sizes);
        }
        if count < 20 {
            return f64::NAN;
        }
        count /= 10;
    }
}
/// The state after so many strides of length h; none where one of them fails.
fn moved<F, G, C: Scheme<Mechanics<F, G>, Phase>>(
    flow: &Mechanics<F, G>,
    scheme: &C,
    (from, t): (&Phase, f64),
    h: f64,
    count: u64,
) -> Option<Phase> {
    let (mut x, mut memory) = (from.clone(), scheme.memory(flow, from));
    scheme.advance(flow, Tick { t, ..Tick::start(0) }, h, count, &mut x, &mut memory).ok()?;
    Some(x)
}
/// The largest |q|, and the largest |p|.
fn extent(x: &Phase) -> [f64; 2] {
    [x.q().x, x.p()].map(|part| part.iter().fold(0.0, |most: f64, x| most.max(x.abs())))
}
/// The largest difference of q, or of p, as a share of its size; infinite where one is not a number.
fn apart(a: &Phase, b: &Phase, [of_q, of_p]: [f64; 2]) -> f64 {
    let share = |a: &[f64], b: &[f64], size: f64| {
        let off = a.iter().zip(b).map(|(a, b)| (a - b).abs());
        let off = off.fold(0.0, |most: f64, off| if off.is_nan() { f64::INFINITY } else { most.max(off) });
        if off == 0.0 { 0.0 } else { off / size }
    };
    share(a.q().x, b.q().x, of_q).max(share(a.p(), b.p(), of_p))
}
