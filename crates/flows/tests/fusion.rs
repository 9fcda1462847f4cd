//! Fused strides have the bits of their parts, one after the other.
use steepest_core::{Batch, Flow, Potential, Scheme, Split, Sum, Tick, Workspace};
use steepest_flows::functional::{Hamiltonian, PotentialEnergy, Quadratic};
use steepest_flows::geometry::{Euclidean, Friction, Symplectic};
use steepest_flows::noise::{Precision, Still, Thermal};
use steepest_flows::scheme::{Blocks, COMPOSITIONS, Composition, EULER_MARUYAMA, LEIMKUHLER_MATTHEWS, Splitting};
use steepest_flows::state::{Cloud, Phase};

/// Every word of two to five letters, letters twice in a row among them: 1, 2 and 7 strides as single parts, as one call, as
/// several calls, and in blocks.
#[test]
fn strides_are_their_parts() {
    let mut words = vec![String::new()];
    let mut all = Vec::new();
    for _ in 0..5 {
        words = words.iter().flat_map(|word| ["A", "B", "O"].map(|letter| word.clone() + letter)).collect();
        all.extend(words.clone());
    }
    let schemes: Vec<_> = all.iter().filter_map(|word| Splitting::word(word)).collect();
    assert!(schemes.len() > 200);
    let start = || Phase::at_rest(150, 2, |i, j| 0.3 * i as f64 - 20.0 + j as f64);
    let (h, count) = (0.3, 7);
    for (gamma, beta, precision) in
        [(0.7, 2.0, Precision::Double), (0.7, 2.0, Precision::Single), (0.0, 1.0, Precision::Double)]
    {
        let flow = Flow {
            functional: Hamiltonian(Quadratic { stiffness: [1.0, 3.0].into() }),
            geometry: Sum(Symplectic, Friction { gamma }),
            noise: Thermal { beta, precision },
        };
        for scheme in &schemes {
            let mut parts = start();
            let mut memory = flow.memory(&parts);
            for step in 0..count {
                for (place, (part, fraction)) in scheme.tableau.iter().enumerate() {
                    let at = Tick { step, ..Tick::start(3) };
                    flow.advance(*part, place as u16, at, fraction * h, &mut parts, &mut memory);
                }
            }
            for cuts in [vec![7], vec![1, 6], vec![2, 2, 3]] {
                let mut x = start();
                let mut memory = Scheme::memory(scheme, &flow, &x);
                let mut at = Tick::start(3);
                for cut in cuts {
                    scheme.advance(&flow, at, h, cut, &mut x, &mut memory).unwrap();
                    at.step += cut;
                }
                assert_eq!(x.z, parts.z, "{:?}", scheme.tableau);
            }
            let mut x = start();
            let blocks = Blocks { inner: scheme.clone(), block: 64, threads: 2 };
            let mut memory = blocks.memory(&flow, &x);
            blocks.advance(&flow, Tick::start(3), h, count, &mut x, &mut memory).unwrap();
            assert_eq!(x.z, parts.z, "{:?} in blocks", scheme.tableau);
        }
    }
}

/// The same of drifts and shocks, whose normals are drawn once for both strides that want them, whether a call has both or not.
#[test]
fn shocks_that_are_shared_are_shocks() {
    let start = || Cloud { x: (0..300).map(|k| 0.01 * f64::from(k) - 1.0).collect(), n: 150, d: 2 };
    let (h, count) = (0.3, 7);
    for precision in [Precision::Double, Precision::Single, Precision::Halved] {
        let flow = Flow {
            functional: PotentialEnergy(Quadratic { stiffness: [1.0, 3.0].into() }),
            geometry: Euclidean,
            noise: Thermal { beta: 2.0, precision },
        };
        for scheme in [EULER_MARUYAMA, LEIMKUHLER_MATTHEWS] {
            let mut parts = start();
            for step in 0..count {
                // Nothing is remembered between strides: all normals are drawn anew.
                let mut memory = flow.memory(&parts);
                for (place, (part, fraction)) in scheme.tableau.iter().enumerate() {
                    let at = Tick { step, ..Tick::start(3) };
                    flow.advance(*part, place as u16, at, fraction * h, &mut parts, &mut memory);
                }
            }
            for cuts in [vec![7], vec![1, 6], vec![2, 2, 3]] {
                let mut x = start();
                let mut memory = Scheme::memory(&scheme, &flow, &x);
                let mut at = Tick::start(3);
                for cut in cuts {
                    scheme.advance(&flow, at, h, cut, &mut x, &mut memory).unwrap();
                    at.step += cut;
                }
                assert_eq!(x.x, parts.x, "{:?}, {precision:?}", scheme.tableau);
            }
            let mut x = start();
            let blocks = Blocks { inner: scheme.clone(), block: 64, threads: 2 };
            let mut memory = blocks.memory(&flow, &x);
            blocks.advance(&flow, Tick::start(3), h, count, &mut x, &mut memory).unwrap();
            assert_eq!(x.x, parts.x, "{:?}, {precision:?} in blocks", scheme.tableau);
        }
    }
}

/// A well that takes leapfrogs in one go, and counts them.
struct Eager(Quadratic, std::sync::atomic::AtomicU64);
impl Potential for Eager {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.0.values(x, scale, out, work);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.0.gradients(x, scale, out, work);
    }
    fn leapfrogs(&self, units: &[[f64; 4]], rounds: u64, n: usize, q: &mut [f64], p: &mut [f64]) -> bool {
        self.1.fetch_add(rounds, std::sync::atomic::Ordering::Relaxed);
        for [a, b, c, e] in (0..rounds).flat_map(|_| units) {
            for (k, (q, p)) in q.iter_mut().zip(&mut *p).enumerate() {
                *q = b.mul_add(*p, a.mul_add(*p, *q));
                let slope = self.0.stiffness[k / n] * *q;
                *p = (-e).mul_add(slope, (-c).mul_add(slope, *p));
            }
        }
        true
    }
}
/// Words and compositions without a bath: the same bits whether the energy takes leapfrogs or not, however the run is cut.
#[test]
fn leapfrogs_in_one_go_are_strides() {
    let wells = || Quadratic { stiffness: [1.0, 3.0].into() };
    let geometry = || Sum(Symplectic, Friction { gamma: 0.0 });
    let plain = Flow { functional: Hamiltonian(wells()), geometry: geometry(), noise: Still };
    let eager = Flow { functional: Hamiltonian(Eager(wells(), 0.into())), geometry: geometry(), noise: Still };
    let words = ["AB", "BA", "ABA", "BAB", "ABBA", "BBAAB", "BAAAB", "ABABA"];
    let schemes = words.iter().filter_map(|word| Splitting::word(word));
    for scheme in schemes.chain(COMPOSITIONS.iter().map(Composition::splitting)) {
        for cuts in [vec![7], vec![1, 6], vec![2, 2, 3]] {
            let start = Phase::at_rest(5, 2, |i, j| 0.3 * i as f64 - 1.0 + j as f64);
            let (mut x, mut y) = (start.clone(), start);
            let (mut m, mut k) = (plain.memory(&x), eager.memory(&y));
            for cut in cuts {
                let a = scheme.advance(&plain, Tick::start(0), 0.3, cut, &mut x, &mut m).unwrap();
                let b = scheme.advance(&eager, Tick::start(0), 0.3, cut, &mut y, &mut k).unwrap();
                assert_eq!((a, &x.z), (b, &y.z), "{:?}", scheme.tableau);
            }
        }
    }
    assert!(eager.functional.0.1.into_inner() > 100);
}
/// The same beside a bath, where kicks alone go in one: same bits, same count of gradients, however the run is cut.
#[test]
fn kicks_in_one_go_are_kicks() {
    let wells = || Quadratic { stiffness: [1.0, 3.0].into() };
    let geometry = || Sum(Symplectic, Friction { gamma: 0.7 });
    let plain = Flow { functional: Hamiltonian(wells()), geometry: geometry(), noise: Thermal::new(2.0) };
    let eager =
        Flow { functional: Hamiltonian(Eager(wells(), 0.into())), geometry: geometry(), noise: Thermal::new(2.0) };
    for scheme in ["BAOAB", "OBABO", "ABOBA", "BOAOB", "BBAOB", "BAOBB", "BBOBA", "OBBOA"]
        .iter()
        .filter_map(|word| Splitting::word(word))
    {
        for cuts in [vec![7], vec![1, 6], vec![2, 2, 3]] {
            let start = Phase::at_rest(5, 2, |i, j| 0.3 * i as f64 - 1.0 + j as f64);
            let (mut x, mut y) = (start.clone(), start);
            let (mut m, mut k, mut at) = (plain.memory(&x), eager.memory(&y), Tick::start(3));
            for cut in cuts {
                let a = scheme.advance(&plain, at, 0.3, cut, &mut x, &mut m).unwrap();
                let b = scheme.advance(&eager, at, 0.3, cut, &mut y, &mut k).unwrap();
                assert_eq!((a, &x.z), (b, &y.z), "{:?}", scheme.tableau);
                at.step += cut;
            }
        }
    }
    assert!(eager.functional.0.1.into_inner() > 20);
}
