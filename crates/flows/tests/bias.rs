//! The divergence of finite-step laws from their own draws, against the exact laws of a harmonic well.
use steepest_core::{Flow, Sum, Tick};
use steepest_flows::flow::bias::{cloud_work, divergence, measured, phase_work};
use steepest_flows::functional::{Hamiltonian, PotentialEnergy, Quadratic};
use steepest_flows::geometry::{Euclidean, Friction, Symplectic};
use steepest_flows::noise::{Precision, Thermal, normals};
use steepest_flows::scheme::{BAOAB, EULER_MARUYAMA, Kinetic, Splitting};
use steepest_flows::state::{Cloud, Phase};

const N: usize = 40_000;

/// Standard normals of a stream that no run uses.
fn draws(stream: u64) -> Vec<f64> {
    let mut z = vec![0.0; N];
    normals(Tick { step: u64::MAX - stream, ..Tick::start(5) }, 0, Precision::Double, N, &mut z);
    z
}
/// KL of N(0, s) from N(0, 1).
fn exact(s: f64) -> f64 {
    0.5 * (s - 1.0 - s.ln())
}
fn thermal() -> Thermal {
    Thermal { beta: 1.0, precision: Precision::Double }
}

/// Euler-Maruyama has the variance 1 / (1 - h / 2). Second order in log(rho / pi) costs 2/3 of s - 1: 3.5 % here. At four
/// standard errors (2.5 % each) a factor of 0.85 would be seen.
#[test]
fn euler_maruyama() {
    let (h, v) = (0.1, Quadratic::new(&[1.0]));
    let s: f64 = 1.0 / (1.0 - h / 2.0);
    let flow = Flow { functional: PotentialEnergy(Quadratic::new(&[1.0])), geometry: Euclidean, noise: thermal() };
    let x = draws(0);
    let work = |key| {
        let x = Cloud::from_fn(N, 1, |i, _| s.sqrt() * x[i]);
        cloud_work((&v, 1.0), (&flow, &EULER_MARUYAMA), (Tick::start(key), h, 60), x).unwrap()
    };
    let (kl, error) = divergence(&work(1), &work(2));
    println!("EM: {kl:.3e} +- {error:.1e}, exact {:.3e}", exact(s));
    assert!(error < 0.03 * exact(s));
    assert!((kl / exact(s) - 1.035).abs() < 4.0 * error / exact(s), "{kl} +- {error}, exact {}", exact(s));
}

/// OBABO has the variance 1 / (1 - h^2 / 4), BAOAB the exact law of positions, whatever work it does.
#[test]
fn underdamped() {
    let h: f64 = 0.5;
    let geometry = Sum(Symplectic, Friction { gamma: 1.0 });
    let flow = Flow { functional: Hamiltonian(Quadratic::new(&[1.0])), geometry, noise: thermal() };
    let measured = |word: &Splitting<Kinetic>, s: f64| {
        let x = draws(0);
        let work = |key| {
            let mut x = Phase::at_rest(N, 1, |i, _| s.sqrt() * x[i]);
            x.split_mut().1.copy_from_slice(&draws(key));
            phase_work(&flow, word, (Tick::start(key), h, 30), x)
        };
        divergence(&work(1), &work(2))
    };
    let s = 1.0 / (1.0 - h * h / 4.0);
    let (kl, error) = measured(&Splitting::word("OBABO").unwrap(), s);
    println!("OBABO: {kl:.3e} +- {error:.1e}, exact {:.3e}", exact(s));
    assert!((kl / exact(s) - 1.0 - 2.0 / 3.0 * (s - 1.0)).abs() < 4.0 * error / exact(s), "{kl} +- {error}");
    assert!(error < 0.1 * exact(s));
    let (kl, error) = measured(&BAOAB, 1.0);
    println!("BAOAB: {kl:.3e} +- {error:.1e}, exact 0");
    assert!(kl.abs() < 4.0 * error && error < 0.1 * exact(s), "{kl} +- {error}");
}

/// The same from positions alone, as a ledger asks; a step of twice the length is seen, and schemes without such a work have none.
#[test]
fn from_positions_alone() {
    let geometry = Sum(Symplectic, Friction { gamma: 1.0 });
    let flow = Flow { functional: Hamiltonian(Quadratic::new(&[1.0])), geometry, noise: thermal() };
    let kl = |word: &str, h: f64| {
        let s: f64 = 1.0 / (1.0 - h * h / 4.0);
        let z = draws(0);
        let x = Cloud::from_fn(N, 1, |i, _| s.sqrt() * z[i]);
        let found = measured((&flow, &Splitting::word(word).unwrap()), Tick::start(3), (h, 30), x.batch());
        found.map(|(kl, error)| (kl / exact(s), error / exact(s), s))
    };
    for h in [0.5, 1.0] {
        let (ratio, error, s) = kl("OBABO", h).unwrap();
        assert!(
            (ratio - 1.0 - 2.0 / 3.0 * (s - 1.0)).abs() < 4.0 * error + (s - 1.0).powi(2),
            "{h}: {ratio} +- {error}"
        );
        assert!(error < 0.1, "{error}");
    }
    assert!(kl("OBA", 0.5).is_none(), "read backwards it is another scheme");
}
