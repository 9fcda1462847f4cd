//! A thermostat finds the noise of a gradient that it is not told, where a bath alone runs hot by a known amount.
use steepest_core::{Flow, Plan, Scheme, Tick, restore, run, save};
use steepest_flows::flow::audit::{Audit, Auditable};
use steepest_flows::functional::{Noisy, Quadratic};
use steepest_flows::geometry::NoseHoover;
use steepest_flows::noise::Thermal;
use steepest_flows::observer::Moments;
use steepest_flows::scheme::{BADODAB, Blocks};
use steepest_flows::state::{Phase, Thermostatted};

const BETA: f64 = 2.0;
const FRICTION: f64 = 1.0;

/// <q^2> k beta, <p^2> beta, <xi>, var xi beta mu over independent replicas, and the audit of a stride, after a time of 20.
fn sampled(sd: f64, inertia: f64, h: f64) -> ([Moments; 3], f64, Audit) {
    let (n, k) = (20_000, [1.0, 3.0]);
    let flow = Flow {
        functional: Noisy { energy: Quadratic::new(&k), sd },
        geometry: NoseHoover { friction: FRICTION, inertia },
        noise: Thermal::new(BETA),
    };
    let scheme = Blocks::sized(BADODAB, 9, 2);
    let mut x = Thermostatted::new(&Phase::at_rest(n, 2, |i, _| (i % 3) as f64 - 1.0), FRICTION);
    let mut memory = scheme.memory(&flow, &x);
    let plan = Plan { every: 100, ..Plan::new(h, (20.0 / h) as u64) };
    let at = run(&flow, &scheme, &mut x, &mut memory, Tick::start(5), plan, &mut []).unwrap();
    let mut audit = Audit::default();
    flow.audit(&BADODAB, at, h, &x, &mut audit);
    let q = x.q().x.iter().enumerate().map(|(c, q)| q * q * k[c / n] * BETA).collect();
    let p = x.p().iter().map(|p| p * p * BETA).collect();
    let xi: Moments = x.xi().iter().copied().collect();
    ([q, p, xi], xi.variance() * BETA * inertia, audit)
}

/// Gradient noise of variance s^2 is a friction that is missing, beta h s^2 / 2 = 0.8 here: the thermostat adds it, and positions and
/// momenta are at the temperature asked for, to O(h^2) (h^2 k / 4 = 0.5 % at most for momenta at the end of a stride, and
/// the noise of half a kick, h^2 s^2 beta / 4 = 2 %, which they carry there). One standard error of <q^2> is 0.7 %.
#[test]
fn a_thermostat_learns_the_noise_of_the_gradient() {
    let (h, sd) = (0.05, 4.0);
    let ([q, p, xi], spread, audit) = sampled(sd, 2.0, h);
    let close = |what: &str, found: &Moments, exact: f64, bias: f64| {
        let off = (found.mean() - exact).abs();
        assert!(off < 4.0 * found.standard_error() + bias, "{what}: {} against {exact}", found.mean());
    };
    close("q", &q, 1.0, 0.01);
    close("p", &p, 1.0 + 0.25 * h * h * sd * sd * BETA, 0.01);
    close("xi", &xi, FRICTION + 0.5 * BETA * h * sd * sd, 0.03);
    assert!((spread - 1.0).abs() < 0.05, "the spread of xi: {spread}");
    assert!((audit.thermostat.mean() - spread).abs() < 1e-9);
    let z = (audit.bath.mean() - 1.0) / (2.0 / audit.bath.count).sqrt();
    assert!(z.abs() < 4.0, "shocks are {z} standard errors off");
}
/// A thermostat too heavy to move is a bath of constant friction, which the same noise heats by h s^2 beta / (2 gamma) = 80 %.
#[test]
fn a_bath_alone_runs_hot() {
    let (h, sd) = (0.05, 4.0);
    let ([q, ..], ..) = sampled(sd, 1e12, h);
    let exact = 1.0 + 0.5 * h * sd * sd * BETA / FRICTION;
    assert!((q.mean() - exact).abs() < 4.0 * q.standard_error() + 0.03, "{} against {exact}", q.mean());
}
/// Without noise the extended Gibbs law: xi ~ N(gamma, 1 / (beta mu)), to 2 % (4 standard errors) of its standard deviation.
#[test]
fn the_extended_law_without_noise() {
    let (inertia, h) = (2.0, 0.1);
    let ([q, p, xi], spread, _) = sampled(0.0, inertia, h);
    for (what, found) in [("q", q), ("p", p)] {
        let off = (found.mean() - 1.0).abs();
        assert!(off < 4.0 * found.standard_error() + 0.006, "{what}: {}", found.mean());
    }
    assert!((xi.mean() - FRICTION).abs() < 4.0 * xi.standard_error() + 0.003, "<xi> = {}", xi.mean());
    assert!((spread - 1.0).abs() < 0.045, "var xi beta mu = {spread}");
}

/// Threads, blocks, calls, and a restart between two of them.
#[test]
fn threads_blocks_calls_and_restarts_change_no_bits() {
    let flow = Flow {
        functional: Noisy { energy: Quadratic::new(&[1.0, 3.0]), sd: 2.0 },
        geometry: NoseHoover { friction: FRICTION, inertia: 2.0 },
        noise: Thermal::new(BETA),
    };
    let start = || Thermostatted::new(&Phase::at_rest(300, 2, |i, j| (i % 7) as f64 - j as f64), FRICTION);
    let end = |block: usize, threads: usize, cuts: &[u64]| {
        let scheme = Blocks { inner: BADODAB, block, threads };
        let (mut x, mut at) = (start(), Tick::start(9));
        let mut memory = scheme.memory(&flow, &x);
        for &count in cuts {
            let bytes = save(&mut memory);
            memory = scheme.memory(&flow, &x);
            restore(&mut memory, &bytes).unwrap();
            scheme.advance(&flow, at, 0.1, count, &mut x, &mut memory).unwrap();
            at.step += count;
        }
        x
    };
    let reference = end(300, 1, &[30]);
    for (block, threads, cuts) in [(64, 1, &[30][..]), (64, 7, &[30]), (128, 2, &[1, 12, 17])] {
        assert_eq!(end(block, threads, cuts), reference, "blocks of {block}, {threads} threads, {cuts:?}");
    }
}
