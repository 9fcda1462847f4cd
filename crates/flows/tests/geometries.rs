//! Langevin dynamics in metrics that depend on the place, and with currents: laws that are known exactly at a finite stride.
use steepest_core::{
    Batch, Covector, Diffusive, Flow, Geometry, Plan, Potential, Scheme, Sum, Tangent, Tick, Workspace, run,
};
use steepest_flows::flow::audit::{Audit, Auditable};
use steepest_flows::functional::{PotentialEnergy, Quadratic};
use steepest_flows::geometry::{Diagonal, Euclidean, Growing, Separable, Stirring};
use steepest_flows::noise::Thermal;
use steepest_flows::scheme::{Blocks, Explicit};
use steepest_flows::state::Cloud;

/// Student's t of nu degrees of freedom: V = (nu + 1) / 2 log(1 + x^2 / nu), in each coordinate.
struct Student(f64);
impl Potential for Student {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        for j in 0..x.d {
            let each = out.iter_mut().zip(x.column(j));
            each.for_each(|(o, x)| *o += scale * 0.5 * (self.0 + 1.0) * (x * x / self.0).ln_1p());
        }
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        out.iter_mut().zip(x.x).for_each(|(o, x)| *o += scale * (self.0 + 1.0) * x / (self.0 + x * x));
    }
}
/// The same metric, without its Ito drift.
struct Forgetful(Diagonal<Growing>);
impl Geometry<Cloud> for Forgetful {
    fn sharp(&self, at: Tick, x: &Cloud, scale: f64, xi: &Covector, out: &mut Tangent, work: &mut Workspace) {
        self.0.sharp(at, x, scale, xi, out, work);
    }
}
impl Diffusive<Cloud> for Forgetful {
    fn sqrt(&self, at: Tick, x: &Cloud, white: &mut Tangent, work: &mut Workspace) {
        self.0.sqrt(at, x, white, work);
    }
}
impl Separable for Forgetful {}

const NU: f64 = 30.0;
/// With D = 1 + x^2 / nu the drift -D V' + D' is -l x, l = 1 - 1 / nu, so that one stride of h has
/// <x'^2> = (1 - l h)^2 <x^2> + 2 h (1 + <x^2> / nu).
fn second_moment(h: f64) -> f64 {
    let l = 1.0 - 1.0 / NU;
    2.0 * h / (2.0 * l * h - l * l * h * h - 2.0 * h / NU)
}
/// <x^2>, with its standard error over independent particles, and the audit of the next stride.
fn sampled<G: Separable + Sync>(geometry: G, h: f64) -> (f64, f64, Audit) {
    let (n, d) = (20_000, 2);
    let flow = Flow { functional: PotentialEnergy(Student(NU)), geometry, noise: Thermal::new(1.0) };
    let scheme = Blocks::sized(Explicit, 4 * d, 2);
    let mut x = Cloud::from_fn(n, d, |_, _| 0.0);
    let mut memory = scheme.memory(&flow, &x);
    let strides = (8.0 / h) as u64;
    let mut audit = Audit::default();
    let mut at = Tick::start(5);
    scheme.advance(&flow, at, h, strides, &mut x, &mut memory).unwrap();
    let squares: Vec<f64> = x.x.iter().map(|x| x * x).collect();
    let mean = squares.iter().sum::<f64>() / squares.len() as f64;
    let var = squares.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / squares.len() as f64;
    for k in 0..40 {
        at.step = strides + k;
        flow.audit(&Explicit, at, h, &x, &mut audit);
        let mut buffers = Explicit.memory(&flow, &x);
        Explicit.step(&flow, at, h, &mut x, &mut buffers).unwrap();
    }
    (mean, (var / squares.len() as f64).sqrt(), audit)
}

/// h -> 0 gives the variance of the t, nu / (nu - 2); the standard error of <x^2> is 0.8 % here, and leaving out the Ito drift
/// makes it smaller by 2 / nu = 6.5 %.
#[test]
fn the_law_of_a_metric_that_depends_on_the_place_is_exact() {
    assert!((second_moment(1e-9) - NU / (NU - 2.0)).abs() < 1e-6);
    for h in [0.1, 0.4] {
        let (mean, se, audit) = sampled(Diagonal(Growing { rate: 1.0 / NU }), h);
        let exact = second_moment(h);
        assert!((mean - exact).abs() < 4.0 * se && 4.0 * se < 0.04 * exact, "h = {h}: {mean} against {exact}, {se}");
        let (slope, noise) = (audit.drift.moved / audit.drift.weight, audit.drift.weight.sqrt().recip());
        assert!((slope - 1.0).abs() < 4.0 * noise && noise < 0.15, "h = {h}: drift {slope}, {noise}");
        let z = (audit.bath.mean() - 1.0) / (2.0 / audit.bath.count).sqrt();
        assert!(z.abs() < 4.0, "h = {h}: noise {z} standard errors off");
    }
}
#[test]
fn a_forgotten_ito_drift_is_found() {
    let (mean, se, audit) = sampled(Forgetful(Diagonal(Growing { rate: 1.0 / NU })), 0.1);
    assert!((mean - second_moment(0.1)).abs() > 6.0 * se, "{mean} against {}", second_moment(0.1));
    let (slope, noise) = (audit.drift.moved / audit.drift.weight, audit.drift.weight.sqrt().recip());
    assert!(slope.abs() < 4.0 * noise && slope + 6.0 * noise < 1.0, "drift {slope}, {noise}");
}

/// From exact draws, exp(-w) averages to one at any stride, with a metric, with a current, with both. Its standard error is
/// below 0.4 %; a root of D too large by 2 % moves it by more than that bound, since a stride then claims other shocks.
#[test]
fn exp_of_minus_work_averages_to_one_from_exact_draws() {
    fn fluctuation<G: Separable>(name: &str, geometry: G, h: f64, stirred: bool) {
        let (n, d) = (60_000, 2);
        let mut x = Cloud::from_fn(n, d, |_, _| 0.0);
        steepest_flows::noise::normals(Tick::start(3), 9, steepest_flows::noise::Precision::Double, n, &mut x.x);
        let flow = Flow { functional: PotentialEnergy(Quadratic::new(&[1.0; 2])), geometry, noise: Thermal::new(1.0) };
        let mut audit = Audit::default();
        flow.audit(&Explicit, Tick::start(4), h, &x, &mut audit);
        let (mean, se) = (audit.fluctuation.mean(), audit.fluctuation.standard_error());
        assert!((mean - 1.0).abs() < 4.0 * se && se < 4e-3, "{name}: {mean}, {se}");
        // Work is of order h in a metric that varies; a current costs nothing, since the backward path has -Q.
        assert!(audit.work.mean().abs() < 0.03, "{name}: {}", audit.work.mean());
        assert_eq!(audit.current.count > 0.0, stirred, "{name}");
        let current = audit.current.mean() - 1.0;
        assert!(!stirred || current.abs() < 1e-13, "{name}: Q dissipates {current:e}");
    }
    let (growing, stirring) = (Diagonal(Growing { rate: 0.3 }), Stirring::pairs(1.5, 2));
    fluctuation("flat", Euclidean, 0.1, false);
    fluctuation("metric", growing.clone(), 0.03, false);
    fluctuation("current", Sum(Euclidean, stirring.clone()), 0.03, true);
    fluctuation("both", Sum(growing, stirring), 0.02, true);
}

/// x' = -(1 + s J) x: a stride is x -> (1 - h - i h s) x as a complex number, with <|x|^2> / 2 = 1 / (1 - h (1 + s^2) / 2) and
/// autocovariance Re (1 - h - i h s)^k. Standard errors are 1 %; s wrong by 2 % moves the autocovariance by 4 of them.
#[test]
fn a_current_turns_the_autocovariance_and_keeps_the_law() {
    let (n, h, s) = (40_000, 0.05, 2.0);
    let geometry = Sum(Euclidean, Stirring::pairs(s, 2));
    let flow = Flow { functional: PotentialEnergy(Quadratic::new(&[1.0; 2])), geometry, noise: Thermal::new(1.0) };
    let scheme = Blocks::sized(Explicit, 8, 2);
    let mut x = Cloud::from_fn(n, 2, |_, _| 0.0);
    let mut memory = scheme.memory(&flow, &x);
    let plan = Plan { every: 200, ..Plan::new(h, 200) };
    let mut at = run(&flow, &scheme, &mut x, &mut memory, Tick::start(8), plan, &mut []).unwrap();
    let variance = 1.0 / (1.0 - 0.5 * h * (1.0 + s * s));
    let before = x.clone();
    let found = |x: &Cloud| x.x.iter().zip(&before.x).map(|(a, b)| a * b).sum::<f64>() / (2 * n) as f64;
    assert!((found(&x) / variance - 1.0).abs() < 4.0 / (n as f64).sqrt(), "{} against {variance}", found(&x));
    let (mut re, mut im) = (1.0, 0.0);
    for k in 1..=40 {
        (re, im) = ((1.0 - h) * re + h * s * im, (1.0 - h) * im - h * s * re);
        scheme.advance(&flow, at, h, 1, &mut x, &mut memory).unwrap();
        at.step += 1;
        if k % 10 == 0 {
            let (exact, bound) = (variance * re, 4.0 * variance / (n as f64).sqrt());
            assert!((found(&x) - exact).abs() < bound, "lag {k}: {} against {exact}", found(&x));
        }
    }
}
