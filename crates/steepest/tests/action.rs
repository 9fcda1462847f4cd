//! Stationary action of Lagrangians that are texts, against exact answers: oscillator, pendulum, Kepler, brachistochrone, sphere.
use std::f64::consts::{FRAC_PI_2, PI};
use steepest::flows::flow::{RungeKutta, Stationary};
use steepest::flows::geometry::Symplectic;
use steepest::prelude::*;

struct Solved {
    action: f64,
    path: Path,
    momenta: Vec<f64>,
    morse: Morse,
    told: Stationary,
}
impl Solved {
    fn p(&self, at_end: bool) -> &[f64] {
        let d = self.path.d;
        if at_end { &self.momenta[self.momenta.len() - d..] } else { &self.momenta[..d] }
    }
}
/// From a straight line through the points.
fn solve(l: &str, order: u32, points: &[&[f64]], time: f64, pieces: usize, grading: f64) -> Solved {
    let l = LagrangianText::parse(l, &[]).unwrap();
    let action = Action { lagrangian: l, rule: Galerkin::of_order(order).unwrap() };
    let path = Path::through(points, (0.0, time), action.rule.nodes(), pieces).unwrap();
    let mut path = path.graded(grading);
    let told = stationary(&action, &mut path, Newton { tolerance: 1e-12, downhill: false }, 1000, &mut |_, _, _| false)
        .unwrap();
    let mut work = Workspace::default();
    let (momenta, misfit) = action.momenta(&path, &mut work);
    let largest = momenta.iter().fold(0.0_f64, |most, p| most.max(p.abs()));
    assert!(misfit.iter().all(|m| m.abs() <= 1e-8 * largest), "not stationary");
    let morse = morse(&action, &path).unwrap();
    Solved { action: action.value(Tick::default(), &path, &mut work), path, momenta, morse, told }
}

const OSCILLATOR: &str = "0.5*(xdot^2 - x^2)";

#[test]
fn an_oscillator_has_the_exact_action_and_as_many_conjugate_points_as_half_periods() {
    let (a, b) = (1.0, 0.5);
    for time in [2.0_f64, 4.0, 7.0, 10.0] {
        let exact = ((a * a + b * b) * time.cos() - 2.0 * a * b) / (2.0 * time.sin());
        for (order, close) in [(2, 5e-2), (4, 1e-5), (6, 1e-9)] {
            let found = solve(OSCILLATOR, order, &[&[a], &[b]], time, 100, 1.0);
            assert!((found.action - exact).abs() < close, "{time} {order}: {} {exact}", found.action);
            let index = (time / PI) as usize;
            assert_eq!((found.morse.index, found.morse.conjugate.len()), (index, index), "{time} {order}");
            for (k, point) in found.morse.conjugate.iter().enumerate() {
                let exact = (k + 1) as f64 * PI;
                let close = if order == 2 { 1e-2 } else { 1e-4 };
                assert!((point.t - exact).abs() < close && point.multiplicity == 1, "{} and not {exact}", point.t);
            }
            assert!(found.morse.legendre > 0.0 && found.morse.apart > 0.05);
        }
    }
}

#[test]
fn the_error_of_the_action_falls_as_the_order_says() {
    let exact = (1.25 * 7f64.cos() - 1.0) / (2.0 * 7f64.sin());
    for (order, pieces) in [(2, 100), (4, 20), (6, 12)] {
        let error = |pieces| (solve(OSCILLATOR, order, &[&[1.0], &[0.5]], 7.0, pieces, 1.0).action - exact).abs();
        let slope = (error(pieces) / error(2 * pieces)).log2();
        assert!((slope - f64::from(order)).abs() < 0.3, "order {order}: slope {slope}");
    }
}

/// A Jacobi field of an oscillator is sin(t); at its zero, between nodes, the straight line is good to the third order.
#[test]
fn the_jacobi_field_of_an_oscillator_is_a_sine() {
    let found = solve(OSCILLATOR, 4, &[&[1.0], &[0.5]], 7.0, 70, 1.0);
    for (k, field) in found.morse.jacobi.iter().enumerate() {
        let exact = (0.1 * k as f64).sin();
        assert!((field - exact).abs() < 1e-6, "{k}: {field} and not {exact}");
    }
    assert!((found.morse.conjugate[0].t - PI).abs() < 1e-5, "{}", found.morse.conjugate[0].t);
}

#[test]
fn an_end_that_is_conjugate_is_seen_from_both_sides() {
    for (time, index) in [(PI - 1e-3, 0), (PI + 1e-3, 1)] {
        let found = solve(OSCILLATOR, 6, &[&[0.0], &[1e-3]], time, 100, 1.0);
        assert_eq!(found.morse.index, index);
        assert!((found.morse.apart - 1e-3 / PI).abs() < 1e-6, "{}", found.morse.apart);
    }
}

/// A quarter of the period 4 K(sin^2(90 deg / 2)) = 7.4162987, and of 15.3269680 at 170 degrees: it arrives at rest.
#[test]
fn a_pendulum_takes_its_period() {
    for (degrees, period) in [(90.0_f64, 7.4162987), (170.0, 15.3269680)] {
        let top = degrees.to_radians();
        let found = solve("0.5*xdot^2 - (1 - cos(x))", 6, &[&[0.0], &[top]], period / 4.0, 40, 1.0);
        let start = (2.0 * (1.0 - top.cos())).sqrt();
        assert!((found.p(false)[0] - start).abs() < 1e-7, "{degrees}: {} and not {start}", found.p(false)[0]);
        assert!(found.p(true)[0].abs() < 1e-7, "{degrees}: {}", found.p(true)[0]);
        assert_eq!(found.morse.index, 0);
    }
}

/// Lambert's problem: the velocity of an ellipse with a = 1, e = 0.6 from two places and the time by Kepler's equation.
#[test]
fn a_transfer_between_two_places_of_an_ellipse_is_that_ellipse() {
    let e = 0.6_f64;
    let b = (1.0 - e * e).sqrt();
    let place = |u: f64| [u.cos() - e, b * u.sin()];
    let velocity = |u: f64| [-u.sin() / (1.0 - e * u.cos()), b * u.cos() / (1.0 - e * u.cos())];
    let clock = |u: f64| u - e * u.sin();
    let (from, to) = (0.3, 2.4);
    let kepler = "0.5*(xdot^2 + ydot^2) + 1/sqrt(x^2 + y^2)";
    let error = |pieces| {
        let found = solve(kepler, 6, &[&place(from), &place(to)], clock(to) - clock(from), pieces, 1.0);
        assert_eq!(found.morse.index, 0);
        let of = |p: &[f64], u: f64| p.iter().zip(velocity(u)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        of(found.p(false), from).max(of(found.p(true), to))
    };
    let (coarse, fine) = (error(20), error(40));
    assert!(fine < 1e-8 && (coarse / fine).log2() > 5.5, "{coarse:e} {fine:e}");
}

/// The time of descent to (1, 1) is 1.8256821894 / sqrt(g), that to (pi, 2) pi / sqrt(g). Written for the speed u = sqrt(2 g y), which
/// leaves like x^(1/3): of full order on a mesh graded by 3.
#[test]
fn a_brachistochrone_takes_the_least_time() {
    let l = "sqrt(1/u^2 + udot^2)";
    for (place, exact) in [([1.0, 1.0_f64], 1.8256821894), ([PI, 2.0], PI)] {
        let end = (2.0 * place[1]).sqrt();
        for (order, close) in [(2, 2e-4), (4, 1e-8), (6, 1e-9)] {
            let found = solve(l, order, &[&[0.0], &[end]], place[0], 200, 3.0);
            assert!((found.action - exact).abs() < close, "{place:?} {order}: {} and not {exact}", found.action);
            assert_eq!(found.morse.index, 0);
        }
    }
    let error = |pieces| (solve(l, 4, &[&[0.0], &[2.0]], PI, pieces, 3.0).action - PI).abs();
    let slope = (error(10) / error(20)).log2();
    assert!((slope - 4.0).abs() < 0.4, "slope {slope}");
    // theta = 2.4120111439 and r = .5729170375 at the end: the slope there is y' = cot(theta / 2), and u' = y' / u.
    let found = solve(l, 6, &[&[0.0], &[2f64.sqrt()]], 1.0, 200, 3.0);
    let slope = 1.0 / (2.4120111439_f64 / 2.0).tan() / 2f64.sqrt();
    let momentum = slope / (0.5 + slope * slope).sqrt();
    assert!((found.p(true)[0] - momentum).abs() < 1e-8, "{} and not {momentum}", found.p(true)[0]);
}

/// Along the equator past the antipode, and past a whole turn; and an oblique great circle.
#[test]
fn a_great_circle_is_a_saddle_past_the_antipode() {
    let l = "0.5*(thetadot^2 + sin(theta)^2*phidot^2)";
    for (angle, index) in [(2.0, 0), (4.0, 1), (7.0, 2)] {
        let found = solve(l, 4, &[&[FRAC_PI_2, 0.0], &[FRAC_PI_2, angle]], 1.0, 60, 1.0);
        assert!((found.action - angle * angle / 2.0).abs() < 1e-9 && found.morse.index == index, "{angle}");
        for (k, point) in found.morse.conjugate.iter().enumerate() {
            let exact = (k + 1) as f64 * PI / angle;
            assert!((point.t - exact).abs() < 1e-4, "{} and not {exact}", point.t);
        }
    }
    let (a, b, turn) = (0.7_f64, 1.9_f64, 1.3_f64);
    let found = solve(l, 6, &[&[a, 0.0], &[b, turn]], 1.0, 60, 1.0);
    let arc = (a.cos() * b.cos() + a.sin() * b.sin() * turn.cos()).acos();
    assert!((found.action - arc * arc / 2.0).abs() < 1e-10 && found.morse.index == 0);
}

/// The same motion from its start, by another method: Newton's second law.
#[test]
fn a_stationary_path_is_the_motion_from_its_start() {
    let text = "0.5*(1 + y^2)*xdot^2 + 0.5*ydot^2 + 0.3*x*ydot - x^4/4 - x*y - y^2 + y*sin(t)";
    let found = solve(text, 6, &[&[0.5, -0.3], &[-0.2, 0.8]], 2.0, 40, 1.0);
    let flow =
        Flow { functional: Legendre(LagrangianText::parse(text, &[]).unwrap()), geometry: Symplectic, noise: Still };
    let p = found.p(false);
    let mut x = Phase { n: 1, d: 2, z: [0.5, -0.3, p[0], p[1]].into() };
    let scheme = RungeKutta::named("rk4").unwrap();
    let mut memory = scheme.memory(&flow, &x);
    run(&flow, scheme, &mut x, &mut memory, Tick::start(0), Plan::new(1e-3, 2000), &mut []).unwrap();
    assert!((x.z[0] + 0.2).abs() < 1e-8 && (x.z[1] - 0.8).abs() < 1e-8, "{:?}", x.z);
    assert!((x.z[2] - found.p(true)[0]).abs() < 1e-8 && (x.z[3] - found.p(true)[1]).abs() < 1e-8);
}

#[test]
fn a_closure_is_solved_as_its_text_is() {
    use steepest::models::num_dual::{DualNum, HyperDual64};
    let l =
        LagrangianClosure::new(1, |q: &[HyperDual64], v: &[HyperDual64], t| v[0] * v[0] * 0.5 - q[0].cosh() + q[0] * t);
    let action = Action { lagrangian: l, rule: Galerkin::of_order(4).unwrap() };
    let mut path = Path::through(&[&[0.0], &[1.0]], (0.0, 2.0), action.rule.nodes(), 20).unwrap();
    stationary(&action, &mut path, Newton { tolerance: 1e-12, downhill: false }, 100, &mut |_, _, _| false).unwrap();
    let text = solve("0.5*xdot^2 - cosh(x) + x*t", 4, &[&[0.0], &[1.0]], 2.0, 20, 1.0);
    assert!(path.x.iter().zip(&text.path.x).all(|(a, b)| (a - b).abs() < 1e-12));
}

/// Bent far from the straight line: damped steps, or a shorter time first.
#[test]
fn far_paths_are_found_from_a_straight_line() {
    for (l, from, to, time) in [
        ("0.5*xdot^2 - (1 - cos(x))", vec![-3.0], vec![3.0], 12.0),
        ("0.5*xdot^2 - (1 - cos(x))", vec![0.0], vec![20.0], 9.0),
        ("0.5*(xdot^2 + ydot^2) - x^2/2 - y^2/2 - x^2*y + y^3/3", vec![0.1, 0.2], vec![-0.3, 0.1], 14.0),
    ] {
        let found = solve(l, 4, &[&from, &to], time, 200, 1.0);
        assert!(found.told.done && found.action.is_finite(), "{l}");
    }
    // Through the bottom at rest, and by the guess the swing to 90 degrees and back, whose period this is.
    let l = "0.5*xdot^2 - (1 - cos(x))";
    let points: [&[f64]; 5] = [&[0.0], &[1.5], &[0.0], &[-1.5], &[0.0]];
    let found = solve(l, 6, &points, 7.4162987, 100, 1.0);
    assert!((found.p(false)[0] - 2f64.sqrt()).abs() < 1e-6, "{}", found.p(false)[0]);
    let rest = solve(l, 6, &[&[0.0], &[0.0]], 7.4162987, 100, 1.0);
    assert!(rest.p(false)[0] == 0.0 && rest.morse.index == 2);
}

#[test]
fn what_has_no_meaning_is_refused() {
    let within = Galerkin::of_order(2).unwrap().nodes();
    assert!(Path::through(&[&[0.0], &[1.0]], (0.0, 0.0), within, 10).is_none(), "no time");
    assert!(Path::through(&[&[0.0], &[1.0, 2.0]], (0.0, 1.0), within, 10).is_none(), "no common space");
    let l = LagrangianText::parse("0.5*xdot^2 - 1/x", &[]).unwrap();
    let action = Action { lagrangian: l, rule: Galerkin::of_order(4).unwrap() };
    let mut path = Path::through(&[&[0.0], &[1.0]], (0.0, 1.0), within, 10).unwrap();
    let found = stationary(&action, &mut path, Newton { tolerance: 1e-10, downhill: false }, 50, &mut |_, _, _| false);
    assert!(found.is_err(), "a path for another rule");
}
