//! Proximal operators: the laws over all of them, each against another way to its answer, and the lasso by two roads.
use steepest_core::{Batch, Composite, Flow, Potential, Scheme, Tick, Workspace};
use steepest_flows::functional::PotentialEnergy;
use steepest_flows::functional::simple::{
    Ball, Each, Group, Interval, L1, Nuclear, Semidefinite, Simple, Simplex, TotalVariation,
};
use steepest_flows::geometry::Euclidean;
use steepest_flows::noise::{Precision, Still, normals};
use steepest_flows::scheme::ProximalGradient;
use steepest_flows::scheme::minimiser::{Ending, Stop};
use steepest_flows::scheme::proximal_gradient::Inertia;
use steepest_flows::state::Cloud;

fn draw(stream: u16, len: usize) -> Vec<f64> {
    let mut z = vec![0.0; len];
    normals(Tick::start(9), stream, Precision::Double, len, &mut z);
    z
}
fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
fn minus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}
fn all() -> Vec<(&'static str, Box<dyn Simple>)> {
    vec![
        ("l1", Box::new(L1(vec![0.7]))),
        ("l1 by coordinate", Box::new(L1((0..16).map(|j| 0.1 * f64::from(j)).collect()))),
        ("group", Box::new(Group { weight: 1.1, size: 4 })),
        ("nuclear", Box::new(Nuclear { weight: 0.9, rows: 4 })),
        ("nuclear, wide", Box::new(Nuclear { weight: 0.9, rows: 2 })),
        ("total variation", Box::new(TotalVariation { weight: 0.8 })),
        ("box", Box::new(Interval { low: vec![-0.5], high: vec![0.8] })),
        ("half a box", Box::new(Interval { low: vec![0.1], high: vec![f64::INFINITY] })),
        ("simplex", Box::new(Simplex { total: 1.5 })),
        ("ball", Box::new(Ball { radius: 1.2 })),
        ("semidefinite", Box::new(Semidefinite)),
    ]
}

/// Firm non-expansiveness; p(x) is where R is finite; (x - p) / h is a subgradient of R at p, against many other points; for
/// convex functions that grow in proportion, Moreau: x - p lies where R* is finite and pairs with p as R(p).
#[test]
fn every_proximal_step_keeps_the_laws() {
    let (d, work) = (16, &mut Workspace::default());
    for (name, simple) in all() {
        assert!(simple.fits(d), "{name}");
        for round in 0..20u16 {
            let h = 0.1 + 0.2 * f64::from(round);
            let (x, y): (Vec<f64>, Vec<f64>) = (draw(2 * round, d), draw(2 * round + 1, d));
            let step = |x: &[f64], work: &mut Workspace| {
                let mut p = x.to_vec();
                simple.proximal(h, &mut p, work);
                p
            };
            let (p, q) = (step(&x, work), step(&y, work));
            let (moved, apart) = (minus(&p, &q), minus(&x, &y));
            assert!(dot(&moved, &moved) <= dot(&moved, &apart) + 1e-12, "{name}: firmly non-expansive");
            assert!(simple.violation(&p, work) < 1e-12, "{name}: {}", simple.violation(&p, work));
            let slope: Vec<f64> = minus(&x, &p).iter().map(|s| s / h).collect();
            for other in 100..120 {
                // Points where R is finite, near and far.
                let z: Vec<f64> =
                    draw(other, d).iter().zip(&p).map(|(z, p)| p + 0.05 * f64::from(other - 99) * z).collect();
                let z = step(&z, work);
                let (there, here) = (simple.value(&z, work), simple.value(&p, work));
                assert!(there >= here + dot(&slope, &minus(&z, &p)) - 1e-11, "{name}: no subgradient at p");
            }
            // With -dE(p) = slope p is a minimum of E + R: no gap, and less would be one.
            let xi: Vec<f64> = slope.iter().map(|s| -s).collect();
            if !name.contains("variation") {
                let shrunk: Vec<f64> = xi.iter().map(|xi| xi * (1.0 - 1e-12)).collect();
                let gap = simple.gap(&p, &shrunk, work);
                let gap = if gap.is_finite() { gap } else { simple.gap(&p, &xi, work) };
                assert!(gap.abs() < 1e-9 || gap.is_infinite(), "{name}: {gap:e}");
            }
            let doubled = dot(&slope, &p);
            if ["l1", "group", "nuclear", "total variation"].contains(&name) {
                assert!((doubled - simple.value(&p, work)).abs() < 1e-11, "{name}: Moreau, {doubled}");
            }
        }
    }
    assert!(
        !Group { weight: 1.0, size: 3 }.fits(16)
            && !Semidefinite.fits(15)
            && !Nuclear { weight: 1.0, rows: 5 }.fits(16)
    );
}

/// The direct method for total variation against its dual, solved to the end by projected gradients; jumps in special places.
#[test]
fn total_variation_is_exact() {
    let work = &mut Workspace::default();
    for (d, weight) in [(2, 0.3), (3, 5.0), (40, 0.4), (41, 2.0)] {
        let x = draw(7, d);
        let mut p = x.clone();
        TotalVariation { weight }.proximal(1.0, &mut p, work);
        // p = x + D^T u with |u| <= weight, u_k = sum of (p - x) up to k; u is at the bound where p jumps.
        let mut u = 0.0;
        for k in 0..d - 1 {
            u += p[k] - x[k];
            assert!(u.abs() <= weight + 1e-12, "{d}: {u}");
            let jump = p[k + 1] - p[k];
            assert!(jump.abs() < 1e-12 || (u - weight * jump.signum()).abs() < 1e-11, "{d}: {u} at a jump of {jump}");
        }
        assert!((u + p[d - 1] - x[d - 1]).abs() < 1e-11, "the mean is kept");
    }
    let mut same = [1.0, 1.0, 1.0];
    TotalVariation { weight: 1.0 }.proximal(3.0, &mut same, work);
    assert_eq!(same, [1.0, 1.0, 1.0]);
}

/// |A x - b|^2 / 2
struct Squares {
    a: Vec<f64>,
    b: Vec<f64>,
}
impl Potential for Squares {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let misfit = |(row, b): (&[f64], &f64)| (dot(row, x.x) - b).powi(2);
        out[0] += scale * 0.5 * self.a.chunks_exact(x.d).zip(&self.b).map(misfit).sum::<f64>();
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        for (row, b) in self.a.chunks_exact(x.d).zip(&self.b) {
            let misfit = scale * (dot(row, x.x) - b);
            out.iter_mut().zip(row).for_each(|(o, a)| *o += misfit * a);
        }
    }
}

/// The numbers of a CSV file of the examples: standardised columns, and the first as the response.
fn loans() -> Squares {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/credit/credit.csv"))
        .expect("data");
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().expect("names").split(',').collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let column = |j: usize| rows.iter().map(|row| row[j].parse::<f64>()).collect::<Result<Vec<f64>, _>>().ok();
    let mut columns: Vec<Vec<f64>> = (0..names.len()).filter_map(column).collect();
    for column in &mut columns {
        let n = column.len() as f64;
        let mean = column.iter().sum::<f64>() / n;
        let sd = (column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
        column.iter_mut().for_each(|x| *x = (*x - mean) / sd.max(1e-12));
    }
    let d = columns.len() - 1;
    assert!(d >= 4, "{d} numeric columns");
    let a = (0..rows.len()).flat_map(|i| (1..=d).map(move |j| (i, j))).map(|(i, j)| columns[j][i]).collect();
    Squares { a, b: columns[0].clone() }
}

/// Lasso on a real table: coordinate descent to the end, and FISTA; the same coefficients, KKT conditions to 1e-8, with restart
/// in fewer steps than without, and none of them in more than the plain method.
#[test]
fn the_lasso_of_a_real_table_is_that_of_coordinate_descent() {
    let problem = loans();
    let (n, d) = (problem.b.len(), problem.a.len() / problem.b.len());
    for weight in [20.0, 60.0, 200.0] {
        let mut truth = vec![0.0; d];
        let mut misfit = problem.b.clone();
        let columns: Vec<Vec<f64>> = (0..d).map(|j| (0..n).map(|i| problem.a[i * d + j]).collect()).collect();
        for _ in 0..2000 {
            for (j, column) in columns.iter().enumerate() {
                let square = dot(column, column);
                let rho = dot(column, &misfit) + square * truth[j];
                let next = rho.signum() * (rho.abs() - weight).max(0.0) / square;
                misfit.iter_mut().zip(column).for_each(|(r, a)| *r -= (next - truth[j]) * a);
                truth[j] = next;
            }
        }
        let energy = Composite { smooth: PotentialEnergy(&problem), simple: Each(L1(vec![weight])) };
        let flow = Flow { functional: energy, geometry: Euclidean, noise: Still };
        let stop = Stop { gradient: 1e-8, ..Stop::default() };
        let run = |inertia, restart| {
            let scheme = ProximalGradient { inertia, restart, adapt: true, stop };
            let mut x = Cloud { n: 1, d, x: vec![0.0; d].into() };
            let mut memory = scheme.memory(&flow, &x);
            for _ in 0..5000 {
                scheme.step(&flow, Tick::start(0), 1e-3, &mut x, &mut memory).expect("no fault");
            }
            assert_eq!(memory.ending, Some(Ending::Critical), "{weight}, {inertia:?}: {:?}", memory.optimality);
            for (found, exact) in x.x.iter().zip(&truth) {
                assert!(
                    (found - exact).abs() < 1e-9 && (*found == 0.0) == (*exact == 0.0),
                    "{weight}: {found} {exact}"
                );
            }
            memory.steps
        };
        let plain = run(Inertia::None, true);
        let (fista, forever) = (run(Inertia::Extrapolated, true), run(Inertia::Extrapolated, false));
        assert!(
            run(Inertia::Averaged, true) < 5000 && fista <= forever && fista <= 2 * plain,
            "{plain} {fista} {forever}"
        );
        let mut slope = vec![0.0; d];
        problem.gradients(Batch { n: 1, d, x: &truth }, 1.0, &mut slope, &mut Workspace::default());
        for (x, g) in truth.iter().zip(&slope) {
            let holds = if *x == 0.0 { g.abs() <= weight } else { (g + weight * x.signum()).abs() < 1e-8 };
            assert!(holds, "the truth is one: {x} {g}");
        }
    }
}

/// x - p(x - xi) of each; and where x is so large that x - xi is x, what there is still room for: xi in a box, xi and the weight where a
/// number or a group keeps its sign, nothing beyond a bound.
#[test]
fn residuals_are_not_lost_beside_large_points() {
    let (x, xi, work) = (draw(7, 16), draw(8, 16), &mut Workspace::default());
    for (name, simple) in all() {
        let mut to = minus(&x, &xi);
        simple.proximal(1.0, &mut to, work);
        let mut found = vec![0.0; 16];
        simple.residual(&x, &xi, &mut found, work);
        for (found, exact) in found.iter().zip(minus(&x, &to)) {
            assert!((found - exact).abs() < 1e-13, "{name}: {found} {exact}");
        }
    }
    let far = 1e23;
    let of = |simple: &dyn Simple, x: &[f64], xi: &[f64]| {
        let mut out = vec![0.0; x.len()];
        simple.residual(x, xi, &mut out, &mut Workspace::default());
        out
    };
    let half = Interval { low: vec![0.0], high: vec![far] };
    assert_eq!(of(&half, &[0.5 * far, far, far, 0.0], &[-10.0, -10.0, 10.0, 10.0]), [-10.0, 0.0, 10.0, 0.0]);
    assert_eq!(of(&L1(vec![3.0]), &[far, -far, 1.0], &[-10.0, -10.0, 0.5]), [-7.0, -13.0, 1.0]);
    let group = of(&Group { weight: 5.0, size: 2 }, &[3.0 * far, 4.0 * far], &[-10.0, 1.0]);
    assert!((group[0] + 7.0).abs() < 1e-12 && (group[1] - 5.0).abs() < 1e-12, "{group:?}");
}
