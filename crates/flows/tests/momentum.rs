//! The friction knob from end to end: recursions as they were published, both limits, orders, rates, and the balance of H.
use steepest_core::{Batch, Flow, Potential, Scheme, Tick, Workspace, restore, save};
use steepest_flows::flow::{GradientFlow, Rosenbrock, Tolerance};
use steepest_flows::functional::{PotentialEnergy, Quadratic};
use steepest_flows::geometry::Euclidean;
use steepest_flows::noise::Still;
use steepest_flows::scheme::Explicit;
use steepest_flows::scheme::minimiser::{Ending, Stop};
use steepest_flows::scheme::momentum::{Form, Friction, Inertia, Momentum};
use steepest_flows::state::Cloud;

const FORMS: [Form; 3] = [Form::HeavyBall, Form::Nesterov, Form::Leapfrog];
const ON: Stop = Stop { gradient: 0.0, fall: 0.0 };

fn run<V: Potential>(v: &V, scheme: Momentum, h: f64, count: u64, start: &[f64]) -> (Vec<f64>, Inertia<Cloud>) {
    let flow = Flow { functional: PotentialEnergy(v), geometry: Euclidean, noise: Still };
    let mut x = Cloud::from_fn(1, start.len(), |_, j| start[j]);
    let mut memory = scheme.memory(&flow, &x);
    scheme.advance(&flow, Tick::start(0), h, count, &mut x, &mut memory).unwrap();
    (x.x.to_vec(), memory)
}
/// (1 - x)^2 + 100 (y - x^2)^2
struct Valley;
impl Potential for Valley {
    fn values(&self, at: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let (x, y) = (at.x[0], at.x[1]);
        out[0] += scale * ((1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2));
    }
    fn gradients(&self, at: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let (x, y) = (at.x[0], at.x[1]);
        out[0] += scale * (2.0 * (x - 1.0) - 400.0 * x * (y - x * x));
        out[1] += scale * 200.0 * (y - x * x);
    }
}
fn gradient<V: Potential>(v: &V, x: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; x.len()];
    v.gradients(Batch { n: 1, d: x.len(), x }, 1.0, &mut out, &mut Workspace::default());
    out
}
fn value<V: Potential>(v: &V, x: &[f64]) -> f64 {
    let mut out = [0.0];
    v.values(Batch { n: 1, d: x.len(), x }, 1.0, &mut out, &mut Workspace::default());
    out[0]
}
fn still(form: Form, gamma: f64) -> Momentum {
    Momentum { form, friction: Friction::Constant(gamma), stop: ON, ..Momentum::default() }
}
fn difference(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Polyak's x_{k+1} = x_k - e g(x_k) + m (x_k - x_{k-1}) and Nesterov's pair of sequences, on Rosenbrock's valley. A friction
/// that is wrong by one part in 1e9 is caught.
#[test]
fn the_published_recursions() {
    let (problem, start) = (&Valley, [-1.2, 1.0]);
    let (h, gamma) = (0.01, 8.0f64);
    let (e, kept) = (h * h, (-gamma * h).exp());
    let (mut last, mut x) = (start, start);
    for _ in 0..300 {
        let g = gradient(problem, &x);
        let next = std::array::from_fn(|j| x[j] - e * g[j] + kept * (x[j] - last[j]));
        last = std::mem::replace(&mut x, next);
    }
    let (found, _) = run(problem, still(Form::HeavyBall, gamma), h, 300, &start);
    assert!(difference(&found, &x) < 1e-11, "{found:?} {x:?}");
    for fading in [false, true] {
        let (mut x, mut y) = (start, start);
        for k in 1..=300 {
            let g = gradient(problem, &y);
            let next: [f64; 2] = std::array::from_fn(|j| y[j] - e * g[j]);
            let kept = if fading { (k as f64 - 1.0) / (k as f64 + 2.0) } else { kept };
            y = std::array::from_fn(|j| next[j] + kept * (next[j] - x[j]));
            x = next;
        }
        let friction = if fading { Friction::Fading(3.0) } else { Friction::Constant(gamma) };
        let (found, _) = run(problem, Momentum { friction, ..still(Form::Nesterov, 0.0) }, h, 300, &start);
        assert!(difference(&found, &y) < 1e-11, "{found:?} {y:?}");
    }
}

/// At infinity a heavy ball is gradient descent by h^2 to the bit, a leapfrog by h^2 / 2; at zero H is kept by a leapfrog to
/// second order over 20,000 strides and by a heavy ball to first.
#[test]
fn both_ends_of_the_knob() {
    let v = Quadratic::new(&[1.0, 4.0, 9.0]);
    let start = [1.0, -0.5, 0.25];
    let flow = Flow { functional: PotentialEnergy(v.clone()), geometry: Euclidean, noise: Still };
    for (form, share) in [(Form::HeavyBall, 1.0), (Form::Nesterov, 1.0), (Form::Leapfrog, 0.5)] {
        let h = 0.25;
        let (found, memory) = run(&v, still(form, 1e6), h, 50, &start);
        let mut x = Cloud::from_fn(1, 3, |_, j| start[j]);
        let mut m = Explicit.memory(&flow, &x);
        Explicit.advance(&flow, Tick::start(0), share * h * h, 50, &mut x, &mut m).unwrap();
        assert!(difference(&found, &x.x) < 1e-16, "{form:?}: {found:?} {x:?}");
        assert!(memory.energy.kinetic < 0.1);
    }
    for (form, order) in [(Form::Leapfrog, 2.0), (Form::HeavyBall, 1.0)] {
        let worst = |h: f64| {
            let mut x = Cloud::from_fn(1, 3, |_, j| start[j]);
            let scheme = still(form, 0.0);
            let mut m = scheme.memory(&flow, &x);
            let mut worst = 0.0f64;
            for k in 0..20_000 {
                scheme.step(&flow, Tick { step: k, ..Tick::default() }, h, &mut x, &mut m).unwrap();
                worst = worst.max((m.track.value[1] + m.energy.kinetic - m.track.value[0]).abs());
            }
            assert_eq!(m.energy.dissipated, 0.0);
            worst
        };
        let slope = (worst(0.02) / worst(0.01)).log2();
        assert!((slope - order).abs() < 0.1, "{form:?}: {slope}");
    }
}

/// x'' + gamma x' + x = 0 from (1, 0), by the slope of the error at t = 2; H loses what friction took to the same order.
#[test]
fn the_damped_oscillator_to_its_order() {
    let v = Quadratic::new(&[1.0]);
    let gamma = 0.6f64;
    let omega = (1.0 - gamma * gamma / 4.0).sqrt();
    let exact = (-gamma).exp() * ((2.0 * omega).cos() + gamma / (2.0 * omega) * (2.0 * omega).sin());
    for (form, order) in [(Form::Leapfrog, 2.0), (Form::HeavyBall, 1.0), (Form::Nesterov, 1.0)] {
        let at = |n: u64| {
            let (x, m) = run(&v, still(form, gamma), 2.0 / n as f64, n, &[1.0]);
            let balance = m.track.value[1] - m.track.value[0] + m.energy.kinetic + m.energy.dissipated;
            ((x[0] - exact).abs(), balance.abs())
        };
        let (coarse, fine) = (at(100), at(200));
        let slope = (coarse.0 / fine.0).log2();
        assert!((slope - order).abs() < 0.15, "{form:?}: {slope}");
        if form != Form::Nesterov {
            let slope = (coarse.1 / fine.1).log2();
            assert!((slope - order).abs() < 0.3, "{form:?}: balance {slope}");
        }
    }
}

/// V(x_k) <= 2 |x_0|^2 / (h^2 (k + 1)^2) on a quadratic of condition 1e4 [Nesterov1983], where gradient descent is far above;
/// with Polyak's constants at condition 100 a heavy ball loses (sqrt 100 - 1) / (sqrt 100 + 1) a stride.
#[test]
fn the_rates_that_are_proved() {
    let curvatures: Vec<f64> = (0..40).map(|j| 10f64.powf(-4.0 * j as f64 / 39.0)).collect();
    let v = Quadratic::new(&curvatures);
    let start = vec![1.0; 40];
    let fading = Momentum { stop: ON, ..Momentum::default() };
    for k in [10, 100, 1000] {
        let (y, _) = run(&v, fading, 1.0, k - 1, &start);
        let g = gradient(&v, &y);
        let x: Vec<f64> = y.iter().zip(&g).map(|(y, g)| y - g).collect();
        let bound = 2.0 * 40.0 / ((k + 1) * (k + 1)) as f64;
        assert!(value(&v, &x) <= bound, "{k}: {} {bound}", value(&v, &x));
    }
    let slow = value(&v, &run(&v, still(Form::HeavyBall, 1e6), 1.0, 1000, &start).0);
    let (fast, restarted) =
        (run(&v, fading, 1.0, 1000, &start), run(&v, Momentum { restart: true, ..fading }, 1.0, 1000, &start));
    assert!(value(&v, &fast.0) < 0.01 * slow && value(&v, &restarted.0) < 0.1 * value(&v, &fast.0));
    assert!(restarted.1.restarts > 0 && fast.1.restarts == 0);

    let v = Quadratic::new(&[1.0, 0.01]);
    let (h, kept) = (2.0 / 1.1, (0.9f64 / 1.1).powi(2));
    let scheme = still(Form::HeavyBall, -kept.ln() / h);
    let size = |k| run(&v, scheme, h, k, &[0.0, 1.0]).0[1].abs();
    // The root is double: k rho^k.
    let rate = (size(400) / size(200) / 2.0).powf(1.0 / 200.0);
    assert!((rate - 0.9 / 1.1).abs() < 2e-3, "{rate}");
}

/// Nothing moves faster than c, in any form; a large c is no bound at all.
#[test]
fn the_speed_of_light() {
    let v = Quadratic::new(&[1.0, 100.0]);
    let flow = Flow { functional: PotentialEnergy(v.clone()), geometry: Euclidean, noise: Still };
    for form in FORMS {
        let scheme = Momentum { speed: 0.5, ..still(form, 0.1) };
        let mut x = Cloud::from_fn(1, 2, |_, _| 30.0);
        let (mut m, mut fastest) = (scheme.memory(&flow, &x), 0.0f64);
        for k in 0..500 {
            let before = x.x.to_vec();
            scheme.step(&flow, Tick { step: k, ..Tick::default() }, 0.05, &mut x, &mut m).unwrap();
            let moved: f64 = x.x.iter().zip(&before).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
            fastest = fastest.max(moved / 0.05);
        }
        assert!(fastest <= 0.5 * (1.0 + 1e-12) && fastest > 0.49, "{form:?}: {fastest}");
        let (slow, _) = run(&v, Momentum { speed: 1e7, ..still(form, 0.5) }, 0.05, 100, &[1.0, 1.0]);
        let (plain, _) = run(&v, still(form, 0.5), 0.05, 100, &[1.0, 1.0]);
        assert!(difference(&slow, &plain) < 1e-11);
    }
    // The relativistic leapfrog keeps its own H.
    let scheme = Momentum { speed: 0.5, ..still(Form::Leapfrog, 0.0) };
    let error = |h: f64, n: u64| {
        let (_, m) = run(&v, scheme, h, n, &[3.0, 0.0]);
        (m.track.value[1] + m.energy.kinetic - m.track.value[0]).abs()
    };
    let slope = (error(0.02, 500) / error(0.01, 1000)).log2();
    assert!((slope - 2.0).abs() < 0.2, "{slope}");
}

/// From a stride that is far too long every form still arrives when it may adapt, and says that it diverged when it may not;
/// cut off at any stride and taken up again, the bits are the same.
#[test]
fn adapts_ends_and_resumes() {
    let (problem, start) = (&Valley, [-1.2, 1.0]);
    let flow = Flow { functional: PotentialEnergy(problem), geometry: Euclidean, noise: Still };
    for form in FORMS {
        let scheme = Momentum { form, adapt: true, restart: true, stop: Stop::default(), ..Momentum::default() };
        let (end, memory) = run(problem, scheme, 1.0, 20_000, &start);
        assert_eq!(memory.track.ending, Some(Ending::Critical), "{form:?}: {:?}", memory.track);
        assert!(difference(&end, &[1.0, 1.0]) < 1e-6 && memory.longest < 0.1, "{form:?}");
        let (lost, memory) = run(problem, Momentum { form, ..Momentum::default() }, 1.0, 1000, &start);
        assert_eq!(memory.track.ending, Some(Ending::Diverged), "{form:?}");
        assert!(lost.iter().all(|x| x.is_finite()));

        let (whole, memory) = run(problem, scheme, 0.02, 200, &start);
        let fell = memory.track.value[0] - memory.track.value[1];
        assert!((fell + memory.track.audit.work).abs() < 0.02 * fell, "{form:?}: {:?}", memory.track.audit);
        let mut x = Cloud::from_fn(1, 2, |_, j| start[j]);
        let mut memory = scheme.memory(&flow, &x);
        for k in 0..200 {
            scheme.step(&flow, Tick { step: k, ..Tick::start(0) }, 0.02, &mut x, &mut memory).unwrap();
            let bytes = save(&mut (&mut x.x[..], &mut memory));
            memory = scheme.memory(&flow, &x);
            restore(&mut (&mut x.x[..], &mut memory), &bytes).unwrap();
        }
        assert_eq!(x.x[..], whole[..], "{form:?}");
    }
}

/// At the infinite end of the knob, in time t = gamma T: every form lies on the gradient flow up to 1 / gamma^2, where strides are
/// so short that their own error, of order 1 or 2 in gamma h, is no more than that. In a valley that is not quadratic, held against the flow as a differential equation.
#[test]
fn friction_without_bound_is_the_gradient_flow() {
    let (v, start, time) = (Bent, [1.0, -0.6], 1.0);
    let flow = Flow { functional: PotentialEnergy(&v), geometry: Euclidean, noise: Still };
    let scheme = GradientFlow(Rosenbrock(Tolerance { relative: 1e-11, absolute: 1e-12 }));
    let mut exact = Cloud::from_fn(1, 2, |_, j| start[j]);
    let mut memory = scheme.memory(&flow, &exact);
    scheme.step(&flow, Tick::start(0), time, &mut exact, &mut memory).unwrap();
    for form in FORMS {
        let error = |gamma: f64| {
            let power = if form == Form::Leapfrog { 3 } else { 4 };
            let count = (gamma.powi(power) * time / 0.25).round();
            let (found, m) = run(&v, still(form, gamma), gamma * time / count, count as u64, &start);
            assert!(m.energy.kinetic < 10.0 / (gamma * gamma));
            difference(&found, &exact.x)
        };
        let errors = [error(8.0), error(16.0), error(32.0)];
        for pair in errors.windows(2) {
            let slope = (pair[0] / pair[1]).log2();
            assert!((slope - 2.0).abs() < 0.25, "{form:?}: {slope} {errors:?}");
        }
        assert!(errors[0] > 1e-4, "{form:?}: {errors:?}");
    }
}
/// The rates at both ends of the knob on x^2 / 2: a small friction loses H at the rate gamma, a large one x at the rate 1 / gamma,
/// and between them, at gamma = 2, it is fastest.
#[test]
fn the_knob_has_a_best_place_between_its_ends() {
    let v = Quadratic::new(&[1.0]);
    let rate = |gamma: f64, time: f64| {
        let h = 0.01 / gamma.max(1.0);
        let (_, m) = run(&v, still(Form::Leapfrog, gamma), h, (time / h) as u64, &[1.0]);
        -((m.track.value[1] + m.energy.kinetic) / m.track.value[0]).ln() / time
    };
    assert!((rate(0.01, 500.0) / 0.01 - 1.0).abs() < 0.01, "{}", rate(0.01, 500.0));
    // The slow root is -1 / gamma (1 + 1 / gamma^2 + ...), for x; H has it twice.
    assert!((rate(20.0, 200.0) / (2.0 / 20.0) - 1.0).abs() < 0.01, "{}", rate(20.0, 200.0));
    let best = rate(2.0, 10.0);
    assert!([0.2, 1.0, 4.0, 10.0].iter().all(|gamma| rate(*gamma, 10.0) < best), "{best}");
}
/// x^2 / 2 + x^4 / 4 + (y - x^2 / 2)^2
struct Bent;
impl Potential for Bent {
    fn values(&self, at: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let (x, y) = (at.x[0], at.x[1]);
        out[0] += scale * (0.5 * x * x + 0.25 * x.powi(4) + (y - 0.5 * x * x).powi(2));
    }
    fn gradients(&self, at: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let (x, y) = (at.x[0], at.x[1]);
        out[0] += scale * (x + x.powi(3) - 2.0 * x * (y - 0.5 * x * x));
        out[1] += scale * 2.0 * (y - 0.5 * x * x);
    }
}
