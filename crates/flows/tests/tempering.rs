//! Parallel tempering: weights of modes far apart, log Z, the same bits however it is run.
mod curved;
use curved::underdamped;
use steepest_core::{Batch, Plan, Potential, Scheme, Tick, Workspace, run};
use steepest_flows::flow::tempering::{Reference, Tempering};
use steepest_flows::observer::Moments;
use steepest_flows::scheme::metropolis::{Adapt, Kernel, MetricKind};
use steepest_flows::state::Phase;

/// 0.3 N((-8, 0), 1) + 0.7 N((8, 0), 1), times e^2: log Z = 2. No chain crosses: the barrier is 32 high.
struct Pair;
impl Pair {
    fn parts(x: f64, y: f64) -> [f64; 2] {
        let constant = 2.0 - std::f64::consts::TAU.ln();
        let part = |w: f64, m: f64| f64::ln(w) + constant - 0.5 * ((x - m).powi(2) + y * y);
        [part(0.3, -8.0), part(0.7, 8.0)]
    }
}
impl Potential for Pair {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        for i in 0..x.n {
            out[i] -= scale * steepest_kernels::log_sum_exp(&Pair::parts(x.column(0)[i], x.column(1)[i]));
        }
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        for i in 0..x.n {
            let (a, b) = (x.column(0)[i], x.column(1)[i]);
            let [left, right] = Pair::parts(a, b);
            let share = 1.0 / (1.0 + (right - left).exp());
            out[i] += scale * (a - 8.0 * (1.0 - 2.0 * share));
            out[x.n + i] += scale * b;
        }
    }
}
fn tempering(rungs: usize, warmup: u64, threads: usize) -> Tempering {
    Tempering {
        kernel: Kernel::Nuts { max_depth: 8 },
        rungs,
        adapt: Some(Adapt { warmup, target: Some(0.8), metric: MetricKind::Diagonal }),
        reference: Reference { mean: vec![0.0; 2], sd: vec![6.0; 2] },
        threads,
    }
}

/// 16 ladders of 1,500 rounds: P(x > 0) = 0.7 and log Z = 2 to 4.5 standard errors over ladders (about 2 % and 0.02); forgetting
/// the Hastings factor of the swaps, or half of an interval in the stepping stones, is far outside. The rungs end where swaps are
/// refused alike.
#[test]
fn modes_have_their_weights_and_log_z_is_right() {
    let (n, warmup, draws) = (16, 400, 1500);
    let flow = underdamped(Pair);
    let scheme = tempering(6, warmup, 2);
    let mut x = Phase::at_rest(n, 2, |i, j| if j == 0 { 8.0 - i as f64 } else { 0.0 });
    let mut memory = scheme.memory(&flow, &x);
    scheme.advance(&flow, Tick::start(3), 0.5, warmup, &mut x, &mut memory).unwrap();
    memory.tops().for_each(|chain| chain.tape.clear());
    scheme.advance(&flow, Tick { step: warmup, ..Tick::start(3) }, 0.5, draws, &mut x, &mut memory).unwrap();
    let judge = |name: &str, values: Vec<f64>, exact: f64, most: f64| {
        let moments: Moments = values.into_iter().collect();
        let z = (moments.mean() - exact) / moments.standard_error();
        println!("{name}: {:.4} +- {:.4}, z = {z:.2}", moments.mean(), moments.standard_error());
        assert!(z.abs() < 4.5 && moments.standard_error() < most, "{name}");
    };
    let log_z = memory.log_z();
    judge("log Z", log_z, 2.0, 0.02);
    let rejections = memory.rejections();
    println!("betas {:?}, rejections {rejections:.2?}, {} restarts", memory.ladder.betas(), memory.restarts());
    assert!(rejections.iter().all(|r| *r > 0.02 && *r < 0.5), "{rejections:?}");
    assert!(memory.restarts() > 1000);
    let right = |tape: &steepest_flows::scheme::metropolis::Tape| {
        tape.positions.iter().step_by(2).filter(|x| **x > 0.0).count() as f64 / draws as f64
    };
    judge("P(x > 0)", memory.tops().map(|chain| right(&chain.tape)).collect(), 0.7, 0.02);
    let square = |tape: &steepest_flows::scheme::metropolis::Tape| {
        tape.positions.iter().skip(1).step_by(2).map(|y| y * y).sum::<f64>() / draws as f64
    };
    judge("E y^2", memory.tops().map(|chain| square(&chain.tape)).collect(), 1.0, 0.02);
    for chain in memory.tops() {
        let (tape, mut value) = (&chain.tape, [0.0]);
        Pair.values(Batch { n: 1, d: 2, x: &tape.positions[..2] }, 1.0, &mut value, &mut Workspace::default());
        assert!((tape.values[0] - value[0]).abs() < 1e-9, "the energy kept is that of the draw, swapped or not");
    }
}

/// One interval and steps too short to matter: what moves the top is the swaps alone, so its law is theirs. 20,000 ladders see
/// E |x|^2 / 2 = 1 to 4.5 standard errors, 3.2 %; swaps that weigh their work by 0.95 would make it 1.04.
#[test]
fn swaps_alone_sample_the_target() {
    let n = 20_000;
    let flow = underdamped(steepest_flows::functional::Quadratic::new(&[1.0, 1.0]));
    let reference = Reference { mean: vec![0.3, 0.0], sd: vec![2.0; 2] };
    let scheme = Tempering { kernel: Kernel::Mala, rungs: 1, adapt: None, reference, threads: 2 };
    let mut x = Phase::at_rest(n, 2, |_, _| 0.5);
    let mut memory = scheme.memory(&flow, &x);
    scheme.advance(&flow, Tick::start(5), 1e-3, 60, &mut x, &mut memory).unwrap();
    let square = |c: usize| 0.5 * (x.z[c].powi(2) + x.z[n + c].powi(2));
    let moments: Moments = (0..n).map(square).collect();
    println!("E |x|^2 / 2 = {:.4} +- {:.4}", moments.mean(), moments.standard_error());
    assert!((moments.mean() - 1.0).abs() < 4.5 * moments.standard_error());
}

#[test]
fn threads_and_calls_change_no_bits() {
    let flow = underdamped(Pair);
    let tapes = |threads: usize, every: u64| {
        let scheme = tempering(4, 64, threads);
        let mut x = Phase::at_rest(5, 2, |i, j| 1.0 + i as f64 - 0.5 * j as f64);
        let mut memory = scheme.memory(&flow, &x);
        run(&flow, &scheme, &mut x, &mut memory, Tick::start(42), Plan::new(0.1, 100).every(every), &mut []).unwrap();
        let betas = memory.ladder.betas().to_vec();
        (x.z, betas, memory.log_z(), memory.tops().map(|chain| chain.tape.clone()).collect::<Vec<_>>())
    };
    let reference = tapes(1, 100);
    for (threads, every) in [(2, 100), (7, 100), (1, 1), (2, 17)] {
        assert!(tapes(threads, every) == reference, "{threads} threads, {every} rounds a call");
    }
}
