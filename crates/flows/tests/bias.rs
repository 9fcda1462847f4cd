//! The divergence of finite-step laws from their own draws, against exact laws: of linear strides by their covariances, of others by
//! quadrature.
use steepest_core::{Batch, Flow, Potential, Scheme as _, State, Sum, Tick, Workspace};
use steepest_flows::flow::audit::{Audit, Auditable};
use steepest_flows::flow::bias::{divergence, plan};
use steepest_flows::flow::chain_ledger::Positions;
use steepest_flows::flow::isokinetic::isokinetic_bias;
use steepest_flows::flow::metropolis::Metropolis;
use steepest_flows::functional::{Hamiltonian, PotentialEnergy, Quadratic};
use steepest_flows::geometry::{Euclidean, Friction, Symplectic};
use steepest_flows::noise::{Precision, Thermal, normals};
use steepest_flows::scheme::metropolis::{Chain, Kernel};
use steepest_flows::scheme::{BAOAB, EULER_MARUYAMA, Kinetic, LEIMKUHLER_MATTHEWS, Splitting};
use steepest_flows::state::{Cloud, Phase};

const N: usize = 20_000;

/// Standard normals of a stream that no run uses.
fn draws(stream: u64, n: usize) -> Vec<f64> {
    let mut z = vec![0.0; n];
    normals(Tick { step: u64::MAX - stream, ..Tick::start(5) }, 0, Precision::Double, n, &mut z);
    z
}
fn thermal() -> Thermal {
    Thermal { beta: 1.0, precision: Precision::Double }
}
/// Var log(rho / pi) / 2 over rho = N(0, s), pi = N(0, 1): what the estimate is of.
fn second_order(s: f64) -> f64 {
    0.25 * (s - 1.0).powi(2)
}
/// Eight branches of as many strides as the scheme forgets in from each position.
fn found<P: Auditable<S, C>, S: State, C>((flow, scheme): (&P, &C), h: f64, x: Batch<'_>) -> (f64, f64) {
    branched((flow, scheme), (h, flow.forgets(scheme, h).unwrap()), x, 8)
}
fn branched<P: Auditable<S, C>, S: State, C>(
    (flow, scheme): (&P, &C),
    (h, strides): (f64, u64),
    x: Batch<'_>,
    branches: u64,
) -> (f64, f64) {
    let branch = |k: u64| {
        let at = Tick { step: 2000 * k, of: x.n as u64, ..Tick::start(3) };
        flow.path_work(scheme, at, (h, strides), x).unwrap()
    };
    divergence(&(1..=branches).map(branch).collect::<Vec<_>>(), 1)
}
/// Four standard errors, which are small beside what is looked for.
fn agrees(name: &str, (value, error): (f64, f64), exact: f64, resolution: f64) {
    println!("{name}: {value:.3e} +- {error:.1e}, exact {exact:.3e}");
    assert!(error < resolution, "{name}: {value} +- {error}");
    assert!((value - exact).abs() < 4.0 * error, "{name}: {value} +- {error}, exact {exact}");
}

/// Euler-Maruyama has the variance 1 / (1 - h / 2). A factor of 0.7 would be seen.
#[test]
fn euler_maruyama() {
    for h in [0.2, 0.5] {
        let s: f64 = 1.0 / (1.0 - h / 2.0);
        let flow = Flow { functional: PotentialEnergy(Quadratic::new(&[1.0])), geometry: Euclidean, noise: thermal() };
        let z = draws(0, N);
        let x = Cloud::from_fn(N, 1, |i, _| s.sqrt() * z[i]);
        agrees("EM", found((&flow, &EULER_MARUYAMA), h, x.batch()), second_order(s), 0.08 * second_order(s));
    }
}

/// Variances of q under a word, for V = q^2 / 2: the fixed point of its covariances, letter by letter.
fn variance(word: &Splitting<Kinetic>, h: f64, gamma: f64) -> f64 {
    let (mut qq, mut qp, mut pp) = (1.0, 0.0, 1.0);
    for _ in 0..4000 {
        for &(part, fraction) in word.tableau.iter() {
            let t = fraction * h;
            (qq, qp, pp) = match part {
                Kinetic::A => (qq + 2.0 * t * qp + t * t * pp, qp + t * pp, pp),
                Kinetic::B => (qq, qp - t * qq, pp - 2.0 * t * qp + t * t * qq),
                Kinetic::O => {
                    let c = (-gamma * t).exp();
                    (qq, c * qp, c * c * pp + 1.0 - c * c)
                }
            };
        }
    }
    qq
}
/// From positions alone. BAOAB and ABOBA have the exact law of positions, whatever work they do.
#[test]
fn words() {
    let z = draws(0, N);
    for (word, h, gamma) in [("OBABO", 0.5, 1.0), ("OBABO", 1.0, 1.0), ("OABAO", 0.5, 1.0)] {
        let tableau = Splitting::word(word).unwrap();
        let s = variance(&tableau, h, gamma);
        let geometry = Sum(Symplectic, Friction { gamma });
        let flow = Flow { functional: Hamiltonian(Quadratic::new(&[1.0])), geometry, noise: thermal() };
        let x = Cloud::from_fn(N, 1, |i, _| s.sqrt() * z[i]);
        let at = found::<_, Phase, _>((&flow, &tableau), h, x.batch());
        agrees(&format!("{word} {h}, variance {s:.4}"), at, second_order(s), 0.15 * second_order(s).max(4e-4));
    }
    for word in ["BAOAB", "ABOBA"] {
        let geometry = Sum(Symplectic, Friction { gamma: 1.0 });
        let flow = Flow { functional: Hamiltonian(Quadratic::new(&[1.0])), geometry, noise: thermal() };
        let x = Cloud::from_fn(N, 1, |i, _| z[i]);
        let at = found::<_, Phase, _>((&flow, &Splitting::word(word).unwrap()), 0.5, x.batch());
        agrees(word, at, 0.0, 3e-4);
    }
}
/// At weak friction a word forgets in as many strides as it has branches for, and without friction never.
#[test]
fn branches_are_as_long_as_a_word_remembers() {
    let forgets = |gamma: f64, h: f64| {
        let geometry = Sum(Symplectic, Friction { gamma });
        Flow { functional: Hamiltonian(Quadratic::new(&[1.0])), geometry, noise: thermal() }.forgets(&BAOAB, h)
    };
    assert_eq!(
        [forgets(1.0, 0.1), forgets(10.0, 0.1), forgets(1e-3, 0.1), forgets(0.0, 0.1)].map(|m| m.unwrap_or(0)),
        [40, 32, 40_000, 0]
    );
    // 512 strides in all: eight branches from each of 64 positions, one stride each; ten times as many, ten strides; then more starts.
    let plans = [(1000, 512), (1000, 5120), (1000, 51_200), (30, 51_200), (1, 0)];
    let found = plans.map(|(available, budget)| plan(available, budget, 32));
    assert_eq!(found, [(64, 1), (64, 10), (200, 32), (30, 32), (1, 1)]);
    assert_eq!(plan(1000, 1 << 40, 40_000), (1000, 1024), "no branch is longer");
    let never = divergence(&[vec![0.5], vec![0.5]], 1);
    assert!(never.0.is_nan() && never.1.is_nan(), "of one start nothing is known: {never:?}");
}

/// V = x^2 / 2 + a cos(2 x).
struct Wavy;
const WAVE: f64 = 0.25;
impl Wavy {
    fn value(x: f64) -> f64 {
        0.5 * x * x + WAVE * (2.0 * x).cos()
    }
    fn slope(x: f64) -> f64 {
        x - 2.0 * WAVE * (2.0 * x).sin()
    }
}
impl Potential for Wavy {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _: &mut Workspace) {
        out.iter_mut().zip(x.x).for_each(|(o, x)| *o += scale * Wavy::value(*x));
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _: &mut Workspace) {
        out.iter_mut().zip(x.x).for_each(|(o, x)| *o += scale * Wavy::slope(*x));
    }
}
/// Points of a grid over [-9, 9], and their distance.
const GRID: usize = 901;
const CELL: f64 = 0.02;
fn place(k: usize) -> f64 {
    CELL * (k as f64 - 450.0)
}
fn normal(z: f64) -> f64 {
    (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt()
}
/// The stationary density of a Markov chain on the line with the density `moves(to, from)`.
fn stationary(moves: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let matrix: Vec<f64> = (0..GRID * GRID).map(|k| CELL * moves(place(k / GRID), place(k % GRID))).collect();
    let mut rho = vec![1.0; GRID];
    for _ in 0..400 {
        rho = matrix.chunks_exact(GRID).map(|row| row.iter().zip(&rho).map(|(m, r)| m * r).sum()).collect();
        let mass: f64 = rho.iter().sum::<f64>() * CELL;
        rho.iter_mut().for_each(|r| *r /= mass);
    }
    rho
}
/// Var log(rho / pi) / 2 over rho, and N quantiles of rho.
fn law(rho: &[f64], v: impl Fn(f64) -> f64) -> (f64, Cloud) {
    let mean = |f: &dyn Fn(usize) -> f64| (0..GRID).map(|k| CELL * rho[k] * f(k)).sum::<f64>();
    let ratio = |k: usize| if rho[k] > 0.0 { rho[k].ln() + v(place(k)) } else { 0.0 };
    let centre = mean(&ratio);
    let exact = 0.5 * mean(&|k| (ratio(k) - centre).powi(2));
    let mut below = vec![0.0];
    (0..GRID).for_each(|k| below.push(below[k] + CELL * rho[k]));
    let quantile = |i: usize| {
        let p = (i as f64 + 0.5) / N as f64 * below[GRID];
        let k = below.partition_point(|b| *b < p).clamp(1, GRID) - 1;
        place(k) + CELL * ((p - below[k]) / (CELL * rho[k]) - 0.5)
    };
    (exact, Cloud::from_fn(N, 1, |i, _| quantile(i)))
}
/// y = x - e R_k / 2 is Markov under Leimkuhler-Matthews, y' = 2 x - y - h dV(x): x follows from y and y' alone.
#[test]
fn leimkuhler_matthews() {
    let h: f64 = 0.3;
    let half = (0.5 * h).sqrt();
    let moves = |to: f64, from: f64| {
        let mut x = 0.5 * (to + from);
        (0..40).for_each(|_| x = 0.5 * (to + from + h * Wavy::slope(x)));
        let slope = 2.0 - h * (1.0 - 4.0 * WAVE * (2.0 * x).cos());
        normal((x - from) / half) / (half * slope)
    };
    let rho = stationary(moves);
    let smooth = |k: usize| (0..GRID).map(|l| CELL * rho[l] * normal((place(k) - place(l)) / half) / half).sum();
    let (exact, x) = law(&(0..GRID).map(smooth).collect::<Vec<f64>>(), Wavy::value);
    let flow = Flow { functional: PotentialEnergy(Wavy), geometry: Euclidean, noise: thermal() };
    let at = branched((&flow, &LEIMKUHLER_MATTHEWS), (h, 16), x.batch(), 64);
    agrees("LM", at, exact, 0.22 * exact);
    // Of a harmonic well its law is exact, at the same stride.
    let flow = Flow { functional: PotentialEnergy(Quadratic::new(&[1.0])), geometry: Euclidean, noise: thermal() };
    let z = draws(0, N);
    let at = found((&flow, &LEIMKUHLER_MATTHEWS), h, Cloud::from_fn(N, 1, |i, _| z[i]).batch());
    agrees("LM, harmonic", at, 0.0, 2e-4);
}
/// Its works in its own equilibrium, where x = e R_k / 2 + what came before, e = sqrt(2 h): their squares fall like h^2. A kick that is wrong
/// by five per cent would leave them falling like h.
#[test]
fn works_of_averaged_shocks() {
    let stiffness = [1.0, 3.0];
    let flow = Flow { functional: PotentialEnergy(Quadratic::new(&stiffness)), geometry: Euclidean, noise: thermal() };
    let (at, fresh) = (Tick { step: 7, of: N as u64, ..Tick::start(1) }, draws(3, 2 * N));
    let mut last = vec![0.0; 2 * N];
    normals(at, 0, Precision::Double, N, &mut last);
    let size = |h: f64| {
        let half = (0.5 * h).sqrt();
        let x = Cloud::from_fn(N, 2, |i, j| {
            half * last[j * N + i] + (1.0 / stiffness[j] - half * half).sqrt() * fresh[j * N + i]
        });
        let mut audit = Audit::default();
        flow.audit(&LEIMKUHLER_MATTHEWS, at, h, &x, &mut audit);
        assert_eq!((audit.fluctuation.count, audit.work.count), (0.0, N as f64));
        audit.size.mean()
    };
    let works = [0.0125, 0.025, 0.05, 0.1].map(size);
    let slopes = [1, 2, 3].map(|k| (works[k] / works[k - 1]).log2());
    println!("LM: {works:?}, slopes {slopes:?}");
    assert!(slopes.iter().all(|slope| (slope - 2.0).abs() < 0.15), "{slopes:?}");
}
/// Isokinetic steps of 1 and 1.4 on N(0, 1)^4, where only the length of x can be wrong: log(rho / pi) by a histogram of |x|^2 in
/// 64 cells, each of a chance of 1 / 64 under the chi-squared law of four degrees of freedom, P(r) = 1 - (1 + r / 2) exp(-r / 2). The
/// histogram of n draws has a variance of log of 63 / n by chance.
#[test]
fn isokinetic() {
    let (n, d, cells) = (4000, 4, 64);
    let flow = Flow {
        functional: Hamiltonian(Quadratic::new(&[1.0; 4])),
        geometry: Sum(Symplectic, Friction { gamma: 0.0 }),
        noise: thermal(),
    };
    for (h, resolution) in [(1.0, 0.22), (1.4, 0.22)] {
        let scheme =
            Metropolis { kernel: Kernel::Isokinetic { adjusted: false, length: Some(2.0) }, adapt: None, threads: 2 };
        let z = draws(7, n * d);
        let mut x = Phase::at_rest(n, d, |i, j| z[j * n + i]);
        let mut memory = scheme.memory(&flow, &x);
        scheme.advance(&flow, Tick::start(1), h, 50, &mut x, &mut memory).unwrap();
        memory.chains.iter_mut().for_each(|chain| chain.tape.clear());
        scheme.advance(&flow, Tick { step: 50, ..Tick::start(1) }, h, 400, &mut x, &mut memory).unwrap();
        let mut seen = vec![0.0; cells];
        for q in memory.chains.iter().flat_map(|chain| chain.tape.positions.chunks_exact(d)) {
            let r = 0.5 * q.iter().map(|q| q * q).sum::<f64>();
            let p = 1.0 - (1.0 + r) * (-r).exp();
            seen[((p * cells as f64) as usize).min(cells - 1)] += 1.0 / (n * 400) as f64;
        }
        let log = |p: f64| (p * cells as f64).ln();
        let mean: f64 = seen.iter().map(|p| p * log(*p)).sum();
        let exact = 0.5 * seen.iter().map(|p| p * (log(*p) - mean).powi(2)).sum::<f64>();
        let from = Positions::of(x.q());
        let chains: Vec<&Chain> = memory.chains.iter().collect();
        let at = isokinetic_bias((&flow.functional.0, 1.0), (Tick::start(1), 2), (&chains, &from), 1 << 23).unwrap();
        agrees(
            &format!("isokinetic {h}, {} strides of {}", at.strides, at.wanted),
            (at.value, at.error),
            exact,
            resolution * exact,
        );
    }
}
