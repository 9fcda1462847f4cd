//! Fused strides have the bits of their parts, one after the other.
use steepest_core::{Flow, Scheme, Split, Sum, Tick};
use steepest_flows::functional::{Hamiltonian, Quadratic};
use steepest_flows::geometry::{Friction, Symplectic};
use steepest_flows::noise::{Precision, Thermal};
use steepest_flows::scheme::{Blocks, Splitting};
use steepest_flows::state::Phase;

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
