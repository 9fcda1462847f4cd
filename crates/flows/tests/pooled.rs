//! Chains with one warm-up: what they find together, the law they leave alone, the same bits however they are run.
mod curved;
use curved::{Underdamped, underdamped};
use steepest_core::{Batch, Plan, Potential, Scheme, Tick, Workspace, restore, run, save};
use steepest_flows::flow::metropolis::Metropolis;
use steepest_flows::flow::pooled::{Pooled, PooledChains};
use steepest_flows::functional::Quadratic;
use steepest_flows::observer::Moments;
use steepest_flows::observer::diagnostics::{nested_rhat, rhat};
use steepest_flows::scheme::metropolis::{Adapt, Kernel, Metric, MetricKind};
use steepest_flows::state::Phase;

const CHEES: Kernel = Kernel::Shared { jitter: 0.5, length: None };

fn pooled(kernel: Kernel, warmup: u64, metric: MetricKind) -> Pooled {
    Pooled { kernel, adapt: Adapt { warmup, target: Some(0.9), metric }, threads: 2 }
}
fn spread(d: usize) -> (Underdamped<Quadratic>, Vec<f64>) {
    let stiffness: Vec<f64> = (0..d).map(|j| 10f64.powf(-3.0 + 6.0 * j as f64 / (d - 1) as f64)).collect();
    (underdamped(Quadratic { stiffness: stiffness.clone().into() }), stiffness)
}

/// Scales that span a factor 1000, from chains that start with the wrong ones. On a Gaussian that the metric makes white, the
/// squared distance changes by a factor cos^2 t in a time t, so the best length maximises the mean of sin^2 t over t from T / 2 to
/// 3 T / 2: T = 1.430. A slope of the wrong sign, or without the share (q' - m') . v' of the time, ends elsewhere. Variances of
/// 500 x 40 draws are seen to 1.5 % or so; 4.5 standard errors over independent chains. Acceptances 5 % too high in the search for the
/// step die.
#[test]
fn a_pool_finds_scales_and_the_length() {
    let (flow, stiffness) = spread(10);
    for metric in [MetricKind::Diagonal, MetricKind::Dense, MetricKind::LowRank, MetricKind::Auto] {
        let scheme = pooled(CHEES, 120, metric);
        let mut x = Phase::at_rest(500, 10, |i, j| ((i * 37 + j * 11) % 101) as f64 / 50.0 - 1.0);
        let mut memory = scheme.memory(&flow, &x);
        scheme.advance(&flow, Tick::start(1), 0.1, 120, &mut x, &mut memory).unwrap();
        let (step, length) = (memory.pool.step(), memory.pool.length().unwrap());
        println!("{metric:?}: step {step:.3}, length {length:.3}");
        assert!((length - 1.43).abs() < 0.06, "{metric:?}: the length is {length}");
        assert!(memory.chains.chains.iter().all(|chain| chain.tape.draws.last().is_some_and(|draw| !draw.diverging)));
        if let (MetricKind::Diagonal, Metric::Diagonal { inverse_mass }) = (metric, memory.pool.metric()) {
            let off = inverse_mass.iter().zip(&stiffness).map(|(m, k)| (m * k).ln().abs()).fold(0.0, f64::max);
            assert!(off < 0.05, "the metric is off by {off}");
        }
        memory.chains.chains.iter_mut().for_each(|chain| chain.tape.clear());
        scheme.advance(&flow, Tick { step: 120, ..Tick::start(1) }, 0.1, 40, &mut x, &mut memory).unwrap();
        let draws = || memory.chains.chains.iter().flat_map(|chain| &chain.tape.draws);
        let acceptance = draws().count() as f64 / draws().map(|draw| 1.0 / draw.acceptance.max(0.01)).sum::<f64>();
        println!("{metric:?}: acceptance {acceptance:.4}");
        assert!((acceptance - 0.9).abs() < 0.02, "{metric:?}: harmonic mean of acceptances {acceptance}");
        for (j, stiffness) in stiffness.iter().enumerate() {
            let square = |tape: &[f64]| tape.iter().skip(j).step_by(10).map(|q| q * q * stiffness).sum::<f64>() / 40.0;
            let moments: Moments = memory.chains.chains.iter().map(|chain| square(&chain.tape.positions)).collect();
            let z = (moments.mean() - 1.0) / moments.standard_error();
            assert!(z.abs() < 4.5 && moments.standard_error() < 0.02, "{metric:?}, coordinate {j}: z = {z}");
        }
    }
}

/// V = sum (x_j - x_{j-1})^2 / 2 with x_{-1} = 0: a random walk, whose last coordinate has as many times the variance of the first as there
/// are, and which no scales of coordinates make white.
struct Walk;
impl Potential for Walk {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        for (i, o) in out.iter_mut().enumerate() {
            let mut before = 0.0;
            for j in 0..x.d {
                let at = x.column(j)[i];
                *o += 0.5 * scale * (at - before) * (at - before);
                before = at;
            }
        }
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        for i in 0..x.n {
            let mut before = 0.0;
            for j in 0..x.d {
                let at = x.column(j)[i];
                let pull = scale * (at - before);
                out[j * x.n + i] += pull;
                if j > 0 {
                    out[(j - 1) * x.n + i] -= pull;
                }
                before = at;
            }
        }
    }
}
/// Sixteen NUTS chains that learn a covariance in 40 dimensions in 60 transitions: together they have a thousand draws for it, of which 41 and
/// their slopes would do, and their trajectories are shorter than those of chains that have sixty each and learn from the first ten.
#[test]
fn nuts_learns_faster_together() {
    let flow = underdamped(Walk);
    let adapt = Adapt { warmup: 60, target: Some(0.8), metric: MetricKind::Dense };
    let kernel = Kernel::Nuts { max_depth: 10 };
    let start = || Phase::at_rest(16, 40, |i, j| ((i * 37 + j * 11) % 101) as f64 / 50.0 - 1.0);
    let after = Tick { step: 60, ..Tick::start(5) };
    let together = Pooled { kernel, adapt, threads: 2 };
    let (mut x, mut y) = (start(), start());
    let mut pool = together.memory(&flow, &x);
    together.advance(&flow, Tick::start(5), 0.1, 60, &mut x, &mut pool).unwrap();
    let pooled = together.advance(&flow, after, 0.1, 50, &mut x, &mut pool).unwrap();
    let apart = Metropolis { kernel, adapt: Some(adapt), threads: 2 };
    let mut chains = apart.memory(&flow, &y);
    apart.advance(&flow, Tick::start(5), 0.1, 60, &mut y, &mut chains).unwrap();
    let alone = apart.advance(&flow, after, 0.1, 50, &mut y, &mut chains).unwrap();
    println!("{} gradients together, {} apart", pooled.gradients, alone.gradients);
    assert!(4 * pooled.gradients < 3 * alone.gradients && pooled.accepted > 0.7);
}

/// Threads, calls, and a restart in the middle of warm-up.
#[test]
fn threads_calls_and_restarts_change_no_bits() {
    let (flow, _) = spread(4);
    for kernel in [CHEES, Kernel::Persistent, Kernel::Nuts { max_depth: 10 }] {
        let begin = |threads: usize| {
            let scheme = Pooled { threads, ..pooled(kernel, 40, MetricKind::Diagonal) };
            let x = Phase::at_rest(150, 4, |i, j| (i % 13) as f64 / 6.0 - j as f64);
            let memory = scheme.memory(&flow, &x);
            (scheme, x, memory)
        };
        let end = |x: Phase, memory: PooledChains| (x.z, memory.pool.step(), memory.pool.length());
        let tape = |threads: usize, every: u64| {
            let (scheme, mut x, mut memory) = begin(threads);
            let plan = Plan::new(0.1, 60).every(every);
            run(&flow, &scheme, &mut x, &mut memory, Tick::start(42), plan, &mut []).unwrap();
            end(x, memory)
        };
        let reference = tape(1, 60);
        for (threads, every) in [(2, 60), (7, 60), (1, 1), (2, 17)] {
            assert!(tape(threads, every) == reference, "{threads} threads, {every} transitions a call");
        }
        let (scheme, mut x, mut memory) = begin(2);
        scheme.advance(&flow, Tick::start(42), 0.1, 23, &mut x, &mut memory).unwrap();
        let bytes = save(&mut memory);
        let (_, _, mut back) = begin(2);
        restore(&mut back, &bytes).unwrap();
        scheme.advance(&flow, Tick { step: 23, ..Tick::start(42) }, 0.1, 37, &mut x, &mut back).unwrap();
        assert!(end(x, back) == reference, "a restart");
    }
}

/// A thousand chains of 20 draws each, correlated by a half: R-hat of single chains cries wolf, the nested one does not; chains that
/// stay on one of two sides, and chains that all drift, are found.
#[test]
fn nested_rhat_tells_short_chains_from_stuck_ones() {
    let chains = |side: f64, drift: f64| -> Vec<Vec<f64>> {
        let mut z = vec![0.0; 1000 * 20];
        steepest_kernels::normals(3, 0, 9, 0, &mut z);
        let chain = |(c, z): (usize, &[f64])| {
            let mut x = z[0];
            let next = |(t, z): (usize, &f64)| {
                x = if t == 0 { *z } else { 0.5 * x + 0.75f64.sqrt() * z };
                x + if c % 2 == 0 { side } else { -side } + drift * t as f64
            };
            z.iter().enumerate().map(next).collect()
        };
        z.chunks_exact(20).enumerate().map(chain).collect()
    };
    let both = |side: f64, drift: f64| {
        let chains = chains(side, drift);
        let chains: Vec<&[f64]> = chains.iter().map(Vec::as_slice).collect();
        (rhat(&chains), nested_rhat(&chains))
    };
    let (well, stuck, drifting) = (both(0.0, 0.0), both(1.0, 0.0), both(0.0, 0.1));
    println!("{well:?} {stuck:?} {drifting:?}");
    assert!(well.0 > 1.03 && well.1 < 1.005);
    assert!(stuck.1 > 1.05);
    assert!(drifting.1 > 1.01);
}

/// Chains that keep their momenta: variances over a factor 1000 of scales, to 4.5 standard errors over independent chains (2 % or so); the
/// slice is uniform on (-1, 1) whatever was accepted, which the acceptance being that asked for says; a white target forgets its
/// momenta in a time of 1, and one with a direction of 25 times the variance in longer.
#[test]
fn persistent_momenta_keep_the_law_and_find_their_damping() {
    let (flow, stiffness) = spread(10);
    let scheme = pooled(Kernel::Persistent, 300, MetricKind::Diagonal);
    let mut x = Phase::at_rest(500, 10, |i, j| ((i * 37 + j * 11) % 101) as f64 / 50.0 - 1.0);
    let mut memory = scheme.memory(&flow, &x);
    scheme.advance(&flow, Tick::start(1), 0.1, 300, &mut x, &mut memory).unwrap();
    let (step, kept) = (memory.pool.step(), memory.pool.persistence().unwrap());
    let rate = -kept.ln() / step;
    println!("step {step:.3}, rate {rate:.3}");
    assert!((rate - 1.0).abs() < 0.1, "the rate is {rate}");
    memory.chains.chains.iter_mut().for_each(|chain| chain.tape.clear());
    scheme.advance(&flow, Tick { step: 300, ..Tick::start(1) }, 0.1, 200, &mut x, &mut memory).unwrap();
    for (j, stiffness) in stiffness.iter().enumerate() {
        let square = |tape: &[f64]| tape.iter().skip(j).step_by(10).map(|q| q * q * stiffness).sum::<f64>() / 200.0;
        let moments: Moments = memory.chains.chains.iter().map(|chain| square(&chain.tape.positions)).collect();
        let z = (moments.mean() - 1.0) / moments.standard_error();
        assert!(
            z.abs() < 4.5 && moments.standard_error() < 0.02,
            "coordinate {j}: z = {z}, {}",
            moments.standard_error()
        );
    }
    let draws = || memory.chains.chains.iter().flat_map(|chain| &chain.tape.draws);
    let count = draws().count() as f64;
    let (moved, asked) = (
        draws().filter(|draw| draw.moved).count() as f64 / count,
        draws().map(|draw| draw.acceptance).sum::<f64>() / count,
    );
    println!("moved {moved:.4}, acceptance {asked:.4}");
    assert!((moved - asked).abs() < 0.01, "{moved} moved, {asked} should have");
}
