//! Barker, generalised HMC, timed trajectories, isokinetic dynamics: laws, acceptance, the same bits however they are run.
mod curved;
use curved::{Curved, acceptance_error, advance, curved_start, gaussian_start, plain, stays, underdamped};
use steepest_core::{Batch, Plan, Potential, Scheme, Tick, Workspace, run};
use steepest_flows::flow::metropolis::Metropolis;
use steepest_flows::functional::Quadratic;
use steepest_flows::observer::Moments;
use steepest_flows::scheme::metropolis::{Adapt, Kernel, Metric, MetricKind, Path};
use steepest_flows::state::Phase;

/// What each kernel would get wrong: a backward sign in the odds of Barker, a momentum not turned round where a leapfrog is
/// refused (both checked by hand to fail), the change of volume of a kick of isokinetic dynamics.
#[test]
fn every_kernel_leaves_a_curved_law_invariant() {
    for (kernel, h) in [
        (Kernel::Barker, 0.9f64),
        (Kernel::Generalised { persistence: 0.8 }, 0.6),
        (Kernel::Persistent, 0.6),
        (Kernel::Hmc { path: Path::Time(2.0), jitter: 0.6 }, 0.5),
        (Kernel::Isokinetic { adjusted: true, length: Some(1.5) }, 0.7),
    ] {
        stays(kernel, h);
    }
}

/// On N(0, 1) the mean acceptance is the double integral of min(pi(x) q(x, y), pi(y) q(y, x)), q(x, y) = 2 phi_s(y - x) /
/// (1 + exp((y - x) x)): by the trapezoidal rule, exact here to many digits. 40,000 chains, 5 transitions, 4.5 standard errors:
/// an error of 0.3 % dies.
#[test]
fn barker_accepts_as_often_as_the_integral_says() {
    for s in [0.7f64, 1.5, 3.0] {
        let normal = |x: f64, s: f64| (-0.5 * (x / s).powi(2)).exp() / (s * std::f64::consts::TAU.sqrt());
        let flow = |x: f64, y: f64| normal(x, 1.0) * 2.0 * normal(y - x, s) / (1.0 + ((y - x) * x).exp());
        let (step, reach) = (0.02, 500i32);
        let mut exact = 0.0;
        for i in -reach..=reach {
            for j in -reach..=reach {
                let (x, y) = (f64::from(i) * step, f64::from(j) * step);
                exact += flow(x, y).min(flow(y, x)) * step * step;
            }
        }
        let mut x = gaussian_start(40_000, 1, 5);
        let target = underdamped(Quadratic { stiffness: [1.0].into() });
        let (memory, accepted) = advance(&plain(Kernel::Barker), &target, &mut x, s, 5, 12);
        let se = acceptance_error(&memory);
        println!("barker s = {s}: {accepted:.4} against {exact:.4}, z = {:.2}", (accepted - exact) / se);
        assert!((accepted - exact).abs() < 4.5 * se && se < 1.5e-3);
    }
}

/// Isokinetic Langevin without rejection on N(0, 1)^10, started in equilibrium: after 40 time units E |x|^2 / d is one to 4.5
/// standard errors (1.4 %) at a short step, and about 2.4 % too small at the step that tuning finds, where Var E / d = 5e-4.
#[test]
fn isokinetic_langevin_has_a_small_bias_for_small_steps() {
    let (n, d) = (20_000, 10);
    let found = |h: f64| {
        let mut x = gaussian_start(n, d, 8);
        let flow = underdamped(Quadratic { stiffness: vec![1.0; d].into() });
        let kernel = Kernel::Isokinetic { adjusted: false, length: Some(4.0) };
        let (memory, _) = advance(&plain(kernel), &flow, &mut x, h, 10, 6);
        let square = |c: usize| (0..d).map(|j| x.z[j * n + c].powi(2)).sum::<f64>() / d as f64;
        let moments: Moments = (0..n).map(square).collect();
        let error: Moments =
            memory.chains.iter().flat_map(|c| &c.tape.draws).map(|draw| draw.square_error / d as f64).collect();
        println!("step {h}: {:.4} +- {:.4}, Var E / d {:.2e}", moments.mean(), moments.standard_error(), error.mean());
        (moments.mean(), moments.standard_error(), error.mean())
    };
    let (mean, error, _) = found(0.5);
    assert!((mean - 1.0).abs() < 4.5 * error && error < 3.3e-3);
    let (mean, error, energy) = found(1.2);
    assert!((mean - 1.0).abs() < 0.025 + 4.5 * error && (mean - 1.0).abs() > 4.5 * error, "a few per cent");
    assert!(energy > 2e-4 && energy < 1e-3, "about the step that tuning finds: {energy:e}");
}

/// A step of 400 lengths forgets the whole direction, though exp(2 step / length) is no number, and a draw is one step then. 4,000
/// chains in equilibrium stay in it, to 4.5 standard errors of 1.6 % and the bias of the step, and none diverges; NaN did.
#[test]
fn a_length_far_below_a_step_forgets_everything() {
    let (n, d) = (4000, 2);
    let mut x = gaussian_start(n, d, 9);
    let flow = underdamped(Quadratic { stiffness: vec![1.0; d].into() });
    let kernel = Kernel::Isokinetic { adjusted: false, length: Some(1e-3) };
    let (memory, _) = advance(&plain(kernel), &flow, &mut x, 0.4, 50, 7);
    let draws = || memory.chains.iter().flat_map(|c| &c.tape.draws);
    assert!(draws().count() == 50 * n && draws().all(|draw| !draw.diverging && draw.leapfrogs == 2));
    let square = |c: usize| (0..d).map(|j| x.z[j * n + c].powi(2)).sum::<f64>() / d as f64;
    let moments: Moments = (0..n).map(square).collect();
    println!("{:.4} +- {:.4}", moments.mean(), moments.standard_error());
    assert!((moments.mean() - 1.0).abs() < 0.02 + 4.5 * moments.standard_error(), "{}", moments.mean());
}

/// The energy error of a step is of third order, so its square falls by 2^6 with half the step; a kick that counts its energy
/// or its turn wrongly by one per cent leaves an error of first order.
#[test]
fn the_energy_error_of_isokinetic_steps_is_of_third_order() {
    let flow = underdamped(Curved);
    let error = |h: f64| {
        let mut x = curved_start(2000);
        let kernel = Kernel::Isokinetic { adjusted: false, length: Some(h) };
        let (memory, _) = advance(&plain(kernel), &flow, &mut x, h, 1, 6);
        memory.chains.iter().map(|chain| chain.tape.draws[0].square_error).sum::<f64>()
    };
    let slope = (error(0.02) / error(0.01)).log2();
    println!("order of the squared energy error: {slope:.3}");
    assert!((slope - 6.0).abs() < 0.2, "{slope}");
}

/// Every kernel and metric with adaptation: one run, however it is cut into threads and calls.
#[test]
fn threads_and_calls_change_no_bits() {
    let flow = underdamped(Quadratic { stiffness: [1.0, 4.0, 25.0, 100.0].into() });
    for (kernel, metric) in [
        (Kernel::Nuts { max_depth: 10 }, MetricKind::LowRank),
        (Kernel::Nuts { max_depth: 10 }, MetricKind::Auto),
        (Kernel::Hmc { path: Path::Time(1.5), jitter: 0.3 }, MetricKind::Diagonal),
        (Kernel::Generalised { persistence: 0.9 }, MetricKind::Diagonal),
        (Kernel::Barker, MetricKind::LowRank),
        (Kernel::Isokinetic { adjusted: false, length: None }, MetricKind::Diagonal),
        (Kernel::Isokinetic { adjusted: true, length: None }, MetricKind::Dense),
    ] {
        let adapt = Adapt { warmup: 100, target: Some(0.8), metric };
        let tapes = |threads: usize, every: u64| {
            let scheme = Metropolis { kernel, adapt: Some(adapt), threads };
            let mut x = Phase::at_rest(5, 4, |i, j| 1.0 + i as f64 - 0.5 * j as f64);
            let mut memory = scheme.memory(&flow, &x);
            run(&flow, &scheme, &mut x, &mut memory, Tick::start(42), Plan::new(0.1, 150).every(every), &mut [])
                .unwrap();
            (x.z, memory.chains.into_iter().map(|chain| chain.tape).collect::<Vec<_>>())
        };
        let reference = tapes(1, 150);
        for (threads, every) in [(2, 150), (7, 150), (1, 1), (2, 17)] {
            assert!(tapes(threads, every) == reference, "{kernel:?} {metric:?}: {threads} threads, {every} a call");
        }
    }
}

/// Warm-up finds step, metric and, for isokinetic dynamics, length: variances over 4 x 2,000 draws within 10 % (4.5 standard
/// errors of an ESS of 4,000), on scales that span a factor 1,000.
#[test]
fn warm_up_makes_every_kernel_fit() {
    let stiffness: Vec<f64> = (0..10).map(|j| 10f64.powf(-3.0 + 6.0 * j as f64 / 9.0)).collect();
    let flow = underdamped(Quadratic { stiffness: stiffness.clone().into() });
    for (kernel, target, thin) in [
        (Kernel::Hmc { path: Path::Time(1.5), jitter: 0.3 }, 0.8, 1),
        (Kernel::Mala, 0.574, 16),
        (Kernel::Generalised { persistence: 0.8 }, 0.95, 16),
        (Kernel::Barker, 0.574, 32),
        (Kernel::Isokinetic { adjusted: false, length: None }, 0.9, 4),
        (Kernel::Isokinetic { adjusted: true, length: None }, 0.9, 4),
    ] {
        let adapt = Adapt { warmup: 1000, target: Some(target), metric: MetricKind::Diagonal };
        let scheme = Metropolis { kernel, adapt: Some(adapt), threads: 2 };
        let mut x = Phase::at_rest(4, 10, |i, j| 0.3 * (i as f64 + j as f64));
        let mut memory = scheme.memory(&flow, &x);
        scheme.advance(&flow, Tick::start(1), 0.1, 1000, &mut x, &mut memory).unwrap();
        memory.chains.iter_mut().for_each(|chain| chain.tape.clear());
        scheme.advance(&flow, Tick { step: 1000, ..Tick::start(1) }, 0.1, 2000 * thin, &mut x, &mut memory).unwrap();
        let all = || memory.chains.iter().flat_map(|chain| &chain.tape.draws);
        let gradients = all().map(|draw| draw.leapfrogs).sum::<u64>() as f64 / 8000.0;
        let steps: Vec<f64> = memory.chains.iter().map(|chain| chain.step()).collect();
        println!("{kernel:?}: {gradients:.1} gradients a draw, steps {steps:?}");
        assert!(all().all(|draw| !draw.diverging));
        for (j, k) in stiffness.iter().enumerate() {
            let column = || memory.chains.iter().flat_map(move |c| c.tape.positions.iter().skip(j).step_by(10));
            let variance = column().map(|x| x * x).sum::<f64>() / (8000.0 * thin as f64) * k;
            assert!((variance - 1.0).abs() < 0.1, "{kernel:?}, coordinate {j}: variance {variance} of 1");
        }
    }
}

/// A momentum that is kept is as many standard deviations long in a new metric as it was in the old one, in whatever units.
#[test]
fn a_kept_momentum_keeps_its_law_where_the_metric_changes() {
    let target = underdamped(Quadratic { stiffness: [1.0, 4.0].into() });
    let mut x = gaussian_start(1, 2, 5);
    let (mut memory, _) = advance(&plain(Kernel::Generalised { persistence: 0.9 }), &target, &mut x, 0.3, 7, 12);
    let chain = &mut memory.chains[0];
    let (mut metric, mut velocity) = (chain.metric().clone(), [0.0; 2]);
    let before = metric.kinetic(&chain.point().p, &mut velocity);
    let dense = Metric::dense(vec![4.0, 1.0, 1.0, 2.0], 2).unwrap();
    for other in [Metric::Diagonal { inverse_mass: vec![100.0, 0.01] }, dense, Metric::Unit] {
        chain.adopt(Some(&other), None);
        metric = other;
        let after = metric.kinetic(&chain.point().p, &mut velocity);
        assert!(before > 0.0 && (after / before - 1.0).abs() < 1e-12, "{metric:?}: {after}, not {before}");
    }
}

/// V = x + exp(-x) + y^2 / 2, whose slopes differ so much from place to place that the first metrics do too: no step of 480 chains
/// collapses in warm-up, and the mean of x is Euler's constant, to 4.5 standard errors of as many independent draws.
#[test]
fn warm_up_with_kept_momenta_does_not_collapse() {
    struct Gumbel;
    impl Potential for Gumbel {
        fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
            for (o, (x, y)) in out.iter_mut().zip(x.column(0).iter().zip(x.column(1))) {
                *o += scale * (x + (-x).exp() + 0.5 * y * y);
            }
        }
        fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
            let (dx, dy) = out.split_at_mut(x.n);
            dx.iter_mut().zip(x.column(0)).for_each(|(d, x)| *d += scale * (1.0 - (-x).exp()));
            dy.iter_mut().zip(x.column(1)).for_each(|(d, y)| *d += scale * y);
        }
    }
    let adapt = Adapt { warmup: 500, target: Some(0.95), metric: MetricKind::Diagonal };
    let scheme = Metropolis { kernel: Kernel::Generalised { persistence: 0.9 }, adapt: Some(adapt), threads: 2 };
    let mut x = gaussian_start(480, 2, 31);
    let (memory, _) = advance(&scheme, &underdamped(Gumbel), &mut x, 0.1, 700, 4);
    let least = memory.chains.iter().map(|chain| chain.step()).fold(f64::INFINITY, f64::min);
    let found: Moments = x.z[..480].iter().copied().collect();
    println!("the least step is {least:.3}, the mean {:.3} +- {:.3}", found.mean(), found.standard_error());
    assert!(least > 0.01, "{least}");
    assert!((found.mean() - 0.577_215_664_9).abs() < 4.5 * found.standard_error(), "{}", found.mean());
}

/// d = 8 with correlations of 0.999 between pairs: the low-rank metric and the automatic choice need few leapfrogs, the diagonal
/// many.
#[test]
fn the_automatic_metric_sees_correlations() {
    let rho: f64 = 0.999;
    let pair = |x: f64, y: f64| ((x - rho * y) / (1.0 - rho * rho), (y - rho * x) / (1.0 - rho * rho));
    struct Pairs<F>(F);
    impl<F: Fn(f64, f64) -> (f64, f64) + Send + Sync> steepest_core::Potential for Pairs<F> {
        fn values(&self, x: steepest_core::Batch<'_>, c: f64, out: &mut [f64], _work: &mut steepest_core::Workspace) {
            for j in (0..x.d).step_by(2) {
                for i in 0..x.n {
                    let (a, b) = (x.column(j)[i], x.column(j + 1)[i]);
                    let (ga, gb) = (self.0)(a, b);
                    out[i] += 0.5 * c * (a * ga + b * gb);
                }
            }
        }
        fn gradients(
            &self,
            x: steepest_core::Batch<'_>,
            c: f64,
            out: &mut [f64],
            _work: &mut steepest_core::Workspace,
        ) {
            for j in (0..x.d).step_by(2) {
                for i in 0..x.n {
                    let (ga, gb) = (self.0)(x.column(j)[i], x.column(j + 1)[i]);
                    out[j * x.n + i] += c * ga;
                    out[(j + 1) * x.n + i] += c * gb;
                }
            }
        }
    }
    let flow = underdamped(Pairs(pair));
    let leapfrogs = |metric: MetricKind| {
        let adapt = Adapt { warmup: 500, target: Some(0.8), metric };
        let scheme = Metropolis { kernel: Kernel::Nuts { max_depth: 10 }, adapt: Some(adapt), threads: 2 };
        let mut x = Phase::at_rest(4, 8, |i, j| 0.1 * (i as f64 + j as f64));
        let mut memory = scheme.memory(&flow, &x);
        scheme.advance(&flow, Tick::start(1), 0.1, 500, &mut x, &mut memory).unwrap();
        memory.chains.iter_mut().for_each(|chain| chain.tape.clear());
        scheme.advance(&flow, Tick { step: 500, ..Tick::start(1) }, 0.1, 200, &mut x, &mut memory).unwrap();
        let all = memory.chains.iter().flat_map(|chain| &chain.tape.draws);
        let low_rank = memory.chains.iter().filter(|c| matches!(c.metric(), Metric::LowRank { .. })).count();
        (all.map(|draw| draw.leapfrogs).sum::<u64>() as f64 / 800.0, low_rank)
    };
    let (diagonal, low_rank, auto) =
        (leapfrogs(MetricKind::Diagonal), leapfrogs(MetricKind::LowRank), leapfrogs(MetricKind::Auto));
    println!("leapfrogs a draw: {diagonal:?} diagonal, {low_rank:?} low-rank, {auto:?} auto");
    assert!(diagonal.0 > 40.0 && low_rank.0 < 8.0 && auto.0 < 8.0 && auto.1 == 4);
}
