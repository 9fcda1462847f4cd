//! Directions and line searches on problems of More, Garbow and Hillstrom, and on quadratics whose answers are exact.
mod more_garbow_hillstrom;
use more_garbow_hillstrom::{PROBLEMS, Problem};
use steepest_core::{Flow, Riemannian, Scheme, Tangent, Tick, Workspace, restore, save};
use steepest_flows::functional::{PotentialEnergy, Quadratic};
use steepest_flows::geometry::Euclidean;
use steepest_flows::noise::Still;
use steepest_flows::scheme::minimiser::{Direction, Ending, Heading, LineSearch, Minimiser, Stop};
use steepest_flows::state::Cloud;

fn minimise(problem: &Problem, scheme: Minimiser, factor: f64) -> (Cloud, Heading<Cloud>) {
    let flow = Flow { functional: PotentialEnergy(problem), geometry: Euclidean, noise: Still };
    let start = (problem.start)(problem.n);
    let mut x = Cloud::from_fn(1, problem.n, |_, j| factor * start[j]);
    let mut memory = scheme.memory(&flow, &x);
    scheme.advance(&flow, Tick::start(0), 1.0, 3000, &mut x, &mut memory).unwrap();
    (x, memory)
}
fn lbfgs(search: LineSearch) -> Minimiser {
    Minimiser { search, stop: Stop { gradient: 1e-7, fall: 0.0 }, ..Minimiser::limited_memory() }
}

/// Every problem's known minimum, to 1e-4 of it (the digits that are published) or to 1e-12, from the standard start.
#[test]
fn limited_memory_finds_the_published_minima() {
    for search in [LineSearch::StrongWolfe, LineSearch::HagerZhang] {
        for problem in PROBLEMS {
            let (_, memory) = minimise(problem, lbfgs(search), 1.0);
            let found = memory.track.value[1];
            let near = problem.minima.iter().any(|least| (found - least).abs() <= 1e-4 * least.abs() + 1e-9);
            let track = &memory.track;
            assert!(
                near,
                "{} by {search:?}: {found:e} after {} evaluations, {:?}",
                problem.name, track.evaluations, track.ending
            );
            assert!(track.audit.decrease >= 1e-4, "{}: {:?}", problem.name, track.audit);
            assert!(track.evaluations < 1000, "{}: {}", problem.name, track.evaluations);
        }
    }
}

/// All directions with their searches, on Rosenbrock's valley and a trigonometric sum.
#[test]
fn every_direction_arrives() {
    let directions = [
        (Direction::BarzilaiBorwein, LineSearch::Nonmonotone),
        (Direction::PolakRibiere, LineSearch::StrongWolfe),
        (Direction::HagerZhang, LineSearch::HagerZhang),
        (Direction::LimitedMemory(5), LineSearch::Armijo),
        (Direction::LimitedMemory(1), LineSearch::StrongWolfe),
    ];
    for (direction, search) in directions {
        for name in ["rosenbrock", "trigonometric", "broyden tridiagonal"] {
            let problem = PROBLEMS.iter().find(|p| p.name == name).unwrap();
            let (_, memory) = minimise(problem, Minimiser { direction, ..lbfgs(search) }, 1.0);
            let track = &memory.track;
            assert_eq!(track.ending, Some(Ending::Critical), "{direction:?} on {name}: {track:?}");
            let most = if direction == Direction::BarzilaiBorwein { 1000 } else { 400 };
            assert!(track.evaluations < most, "{direction:?} on {name}: {}", track.evaluations);
        }
    }
}

/// With exact searches conjugate gradients would end after d = 5 steps; with these they take a few times that, as BFGS does,
/// and steepest descent some hundreds. The work along a path is exact on a quadratic, so an error of 1e-12 of it is caught.
#[test]
fn quadratics_take_a_few_times_their_dimension() {
    let curvatures = [1.0, 3.0, 10.0, 40.0, 200.0];
    let flow = Flow { functional: PotentialEnergy(Quadratic::new(&curvatures)), geometry: Euclidean, noise: Still };
    for (direction, most) in [
        (Direction::PolakRibiere, 40),
        (Direction::HagerZhang, 40),
        (Direction::LimitedMemory(5), 40),
        (Direction::Steepest, 2500),
    ] {
        let scheme = Minimiser { direction, ..Minimiser::limited_memory() };
        let mut x = Cloud::from_fn(1, 5, |_, j| 1.0 / curvatures[j]);
        let mut memory = scheme.memory(&flow, &x);
        scheme.advance(&flow, Tick::start(0), 1.0, 5000, &mut x, &mut memory).unwrap();
        assert_eq!(memory.track.ending, Some(Ending::Critical), "{direction:?}");
        assert!(memory.track.steps <= most, "{direction:?}: {}", memory.track.steps);
        // The trapezoid is exact on a quadratic.
        let fell = memory.track.value[0] - memory.track.value[1];
        assert!((fell + memory.track.audit.work).abs() < 1e-12 * fell, "{direction:?}: {:?}", memory.track.audit);
    }
}

/// Cut off and taken up again at any step, the end has the same bits; strides after the end do nothing.
#[test]
fn a_minimiser_resumes_to_the_bit() {
    let problem = &PROBLEMS[0];
    let flow = Flow { functional: PotentialEnergy(problem), geometry: Euclidean, noise: Still };
    for direction in [Direction::LimitedMemory(4), Direction::HagerZhang, Direction::BarzilaiBorwein] {
        let scheme = Minimiser { direction, ..lbfgs(LineSearch::StrongWolfe) };
        let (whole, end) = minimise(problem, scheme, 1.0);
        let start = (problem.start)(problem.n);
        let mut x = Cloud::from_fn(1, problem.n, |_, j| start[j]);
        let mut memory = scheme.memory(&flow, &x);
        for k in 0..3000 {
            scheme.step(&flow, Tick { step: k, ..Tick::start(0) }, 1.0, &mut x, &mut memory).unwrap();
            let bytes = save(&mut (&mut x.x[..], &mut memory));
            let mut fresh = scheme.memory(&flow, &x);
            restore(&mut (&mut x.x[..], &mut fresh), &bytes).unwrap();
            memory = fresh;
        }
        assert_eq!(x, whole, "{direction:?}");
        assert_eq!(memory.track.evaluations, end.track.evaluations);
    }
}

/// <xi, K xi> = <K xi, K xi> of the flat geometry, for few and for many coordinates.
#[test]
fn the_flat_inner_product_is_the_pairing() {
    for d in [3, 40] {
        let x = Cloud::from_fn(2, d, |_, _| 0.0);
        let v = Tangent((0..2 * d).map(|k| k as f64).collect());
        let exact = (0..2 * d).map(|k| (k * k) as f64).sum::<f64>() / 2.0;
        assert_eq!(Euclidean.inner(&x, &v, &v, &mut Workspace::default()), exact);
    }
}

/// Told never to stop, each stops where F is rounding: with a slope that is no more than that of its last digits.
#[test]
fn what_goes_down_no_more_ends() {
    let directions = [
        (Direction::Natural, LineSearch::Armijo),
        (Direction::BarzilaiBorwein, LineSearch::Nonmonotone),
        (Direction::HagerZhang, LineSearch::HagerZhang),
        (Direction::LimitedMemory(5), LineSearch::StrongWolfe),
    ];
    for (direction, search) in directions {
        for name in ["trigonometric", "broyden tridiagonal"] {
            let problem = PROBLEMS.iter().find(|p| p.name == name).unwrap();
            let scheme = Minimiser { direction, search, stop: Stop { gradient: 0.0, fall: 0.0 } };
            let track = minimise(problem, scheme, 1.0).1.track;
            let ended = matches!(track.ending, Some(Ending::Rounding | Ending::Stalled));
            assert!(ended && track.steps < 500 && track.norm < 1e-8, "{direction:?} on {name}: {track:?}");
        }
    }
}

/// Where all directions bend nearly alike, the length that the last curvature gives is taken as it is: one evaluation a step. It would be
/// two if it were off by a tenth.
#[test]
fn conjugate_steps_begin_where_the_last_curvature_says() {
    let curvatures: Vec<f64> = (0..50).map(|k| 1.0 + 0.002 * f64::from(k)).collect();
    for (direction, search) in
        [(Direction::HagerZhang, LineSearch::HagerZhang), (Direction::PolakRibiere, LineSearch::StrongWolfe)]
    {
        let flow = Flow { functional: PotentialEnergy(Quadratic::new(&curvatures)), geometry: Euclidean, noise: Still };
        let scheme = Minimiser { direction, search, stop: Stop { gradient: 1e-10, fall: 0.0 } };
        let mut x = Cloud::from_fn(1, 50, |_, j| 1.0 + (j as f64).sin());
        let mut memory = scheme.memory(&flow, &x);
        scheme.advance(&flow, Tick::start(0), 1.0, 100, &mut x, &mut memory).unwrap();
        let track = &memory.track;
        assert_eq!(track.ending, Some(Ending::Critical), "{direction:?}");
        // One at the start, and one more in the first step.
        assert!(track.steps >= 5 && track.evaluations <= track.steps + 3, "{direction:?}: {track:?}");
    }
}
