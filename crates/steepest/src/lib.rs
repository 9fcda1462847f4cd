//! Variational flows, x' = -K_x dF(x) + noise: say what should decrease, how distance is measured, how much noise there is and
//! what evolves; get a run and a ledger that says whether it did what the theory promises.
//!
//! A flow is a value, a scheme advances it, observers watch; the same nouns make a descent,
//!
//! ```
//! use steepest::prelude::*;
//! // Descent on V = (x^2 + 9 y^2) / 2, and the identity of its books: F(end) - F(start) + int |dF|^2 dt = O(h).
//! let v = Expression::parse("(x^2 + 9*y^2) / 2", &[]).unwrap();
//! let flow = Flow { functional: PotentialEnergy(v), geometry: Euclidean, noise: Still };
//! let mut x = Cloud::from_fn(1, 2, |_, _| 1.0);
//! let mut memory = Explicit.memory(&flow, &x);
//! let mut ledger = Ledger::default();
//! run(&flow, &Explicit, &mut x, &mut memory, Tick::start(0), Plan::new(0.001, 5000), &mut [&mut ledger]).unwrap();
//! assert_eq!(ledger.value[0], 5.0);
//! assert!(ledger.value.last().unwrap() < &1e-4 && ledger.residual().abs() < 0.03);
//! ```
//!
//! or a sampler:
//!
//! ```
//! use steepest::prelude::*;
//! // 20,000 replicas under BAOAB at h = 1: on a harmonic well <q^2> is exact, 1 / (beta k).
//! let v = Quadratic { stiffness: [2.0].into() };
//! let flow = Flow { functional: Hamiltonian(v), geometry: Sum(Symplectic, Friction { gamma: 1.0 }), noise: Thermal::new(1.0) };
//! let scheme = Blocks::sized(BAOAB, 3, 2); // block by block, on two threads: the same bits as on one
//! let mut x = Phase::at_rest(20_000, 1, |_, _| 0.0);
//! let mut memory = scheme.memory(&flow, &x);
//! run(&flow, &scheme, &mut x, &mut memory, Tick::start(7), Plan::new(1.0, 50).every(50), &mut []).unwrap();
//! let mean_square = x.q().x.iter().map(|q| q * q).sum::<f64>() / 20_000.0;
//! assert!((mean_square - 0.5).abs() < 4.5 * 0.5 * (2.0f64 / 20_000.0).sqrt());
//! ```
//!
//! A Lagrangian moves from a start, or between two points,
//!
//! ```
//! use steepest::prelude::*;
//! // From 1 to 0 in a time of 7 an oscillator passes two half periods: the path is stationary, with the index 2.
//! let l = LagrangianText::parse("0.5*(xdot^2 - x^2)", &[]).unwrap();
//! let action = Action { lagrangian: l, rule: Galerkin::of_order(6).unwrap() };
//! let mut path = Path::through(&[&[1.0], &[0.0]], (0.0, 7.0), action.rule.nodes(), 50).unwrap();
//! stationary(&action, &mut path, Newton { tolerance: 1e-12, downhill: false }, 100, &mut |_, _, _| false).unwrap();
//! let value = action.value(Tick::default(), &path, &mut Workspace::default());
//! assert!((value - 7f64.cos() / (2.0 * 7f64.sin())).abs() < 1e-9);
//! let second = morse(&action, &path).unwrap();
//! assert_eq!(second.index, 2);
//! assert!((second.conjugate[1].t - std::f64::consts::TAU).abs() < 1e-4);
//! ```
pub use steepest_core as core;
pub use steepest_flows as flows;
pub use steepest_kernels as kernels;
pub use steepest_models as models;

/// What most programs need.
pub mod prelude {
    pub use steepest_core::{
        Batch, Differential, Fault, Flow, Functional, Geometry, Lagrangian, Noise, Observer, Plan, Potential, Scheme,
        State, Stride, Sum, Tick, Workspace, run,
    };
    pub use steepest_flows::flow::metropolis::Metropolis;
    pub use steepest_flows::flow::{Morse, Variational, morse, stationary};
    pub use steepest_flows::functional::{
        Action, Entropy, Galerkin, Hamiltonian, Legendre, PotentialEnergy, Quadratic,
    };
    pub use steepest_flows::geometry::{Each, Euclidean, FisherRao, Friction, Sphere, Stein, Symplectic, Wasserstein};
    pub use steepest_flows::noise::{Precision, Repulsion, Still, Thermal};
    pub use steepest_flows::observer::{Check, Ledger, Moments, Passages, Times, Verdict};
    pub use steepest_flows::scheme::metropolis::{Adapt, Kernel, MetricKind};
    pub use steepest_flows::scheme::{
        ABOBA, BAOAB, Blocks, EULER_MARUYAMA, Explicit, LEIMKUHLER_MATTHEWS, MinimizingMovement, Newton, OBABO, Polyak,
        ProximalPoint, SINKHORN, Splitting, VERLET,
    };
    pub use steepest_flows::state::{Cloud, Gaussian, Grid, Path, Phase};
    pub use steepest_models::{
        Closure, Expression, LagrangianClosure, LagrangianText, MixedModel, Model, Regression, RegressionOptions,
        Table, gradient_check, regress, target,
    };
}
