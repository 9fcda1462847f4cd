//! Gradient flow as a differential equation, on paths that are known: logistic growth, and bowls from round to 1 : 10^6.
use steepest_core::{Batch, Flow, Plan, Potential, Scheme, Tick, Workspace, restore, run, save};
use steepest_flows::flow::{Dense, DormandPrince, GradientFlow, Rosenbrock, Tolerance, gradient_flow::Books};
use steepest_flows::functional::PotentialEnergy;
use steepest_flows::geometry::Euclidean;
use steepest_flows::noise::Still;
use steepest_flows::state::Cloud;

type Downhill<V> = Flow<PotentialEnergy<V>, Euclidean, Still>;
fn flow<V: Potential>(energy: V) -> Downhill<V> {
    Flow { functional: PotentialEnergy(energy), geometry: Euclidean, noise: Still }
}
fn rodas(tolerance: f64) -> GradientFlow<Rosenbrock> {
    GradientFlow(Rosenbrock(Tolerance { relative: tolerance, absolute: tolerance }))
}
fn dormand_prince(tolerance: f64) -> GradientFlow<DormandPrince> {
    GradientFlow(DormandPrince { relative: tolerance, absolute: tolerance })
}

/// V = x^3 / 3 - x^2 / 2, whose flow is logistic growth, x' = x (1 - x); the gradient may be wrong by a factor.
struct Logistic(f64);
impl Potential for Logistic {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        out.iter_mut().zip(x.x).for_each(|(v, x)| *v += scale * (x * x * x / 3.0 - x * x / 2.0));
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        out.iter_mut().zip(x.x).for_each(|(g, x)| *g += self.0 * scale * (x * x - x));
    }
}
fn grown(t: f64) -> f64 {
    1.0 / (1.0 + 99.0 * (-t).exp())
}

/// The largest error over 40 looks at logistic growth from 0.01 in a time of 8, and the books.
fn logistic<D>(scheme: &GradientFlow<D>, wrong: f64) -> (f64, Books)
where
    D: Dense<Downhill<Logistic>, Cloud> + Scheme<Downhill<Logistic>, Cloud>,
{
    let (flow, mut x) = (flow(Logistic(wrong)), Cloud { n: 1, d: 1, x: [grown(0.0)].into() });
    let mut memory = scheme.memory(&flow, &x);
    let (mut at, mut worst) = (Tick::start(0), 0.0_f64);
    for _ in 0..40 {
        at = run(&flow, scheme, &mut x, &mut memory, at, Plan::new(0.2, 1), &mut []).unwrap();
        worst = worst.max((x.x[0] - grown(at.t)).abs());
    }
    (worst, memory.books)
}

/// Between steps as at their ends, n of them have errors as n^-4 (the cubic, and the method), and n^-5 for Dormand and Prince.
#[test]
fn errors_have_the_order_of_the_method() {
    let slope = |coarse: (f64, Books), fine: (f64, Books)| {
        (coarse.0 / fine.0).ln() / (fine.1.steps as f64 / coarse.1.steps as f64).ln()
    };
    let found = slope(logistic(&rodas(1e-6), 1.0), logistic(&rodas(1e-10), 1.0));
    assert!((3.5..5.0).contains(&found), "RODAS: {found}");
    let found = slope(logistic(&dormand_prince(1e-6), 1.0), logistic(&dormand_prince(1e-10), 1.0));
    assert!((4.2..6.0).contains(&found), "Dormand and Prince: {found}");
    for (error, _) in [logistic(&rodas(1e-9), 1.0), logistic(&dormand_prince(1e-9), 1.0)] {
        assert!(error < 2e-7, "{error:e}");
    }
}

/// What is left over of the books shrinks with the tolerance, and an error of 1 % in the gradient stays.
#[test]
fn the_books_balance_and_see_a_wrong_gradient() {
    for tolerance in [1e-5, 1e-7, 1e-9] {
        for (_, books) in [logistic(&rodas(tolerance), 1.0), logistic(&dormand_prince(tolerance), 1.0)] {
            assert!(books.residual() < 100.0 * tolerance, "{tolerance:e}: {:e}", books.residual());
            assert_eq!(books.rise, 0.0);
        }
    }
    // int |c dV|^2 dt = c (V(x0) - V(xT)) along x' = -c dV.
    for (_, books) in [logistic(&rodas(1e-8), 1.01), logistic(&dormand_prince(1e-8), 1.01)] {
        assert!((books.residual() - 0.01).abs() < 1e-4, "{:e}", books.residual());
    }
}

/// V = sum l_j y_j^2 / 2 in coordinates y turned by a reflection, so that every x_j has fast and slow parts.
struct Bowl(&'static [f64]);
impl Bowl {
    /// I - 2 u u^T / |u|^2 for u = (1, 2, ..., d).
    fn turn(&self, x: &[f64]) -> Vec<f64> {
        let u = |j: usize| (j + 1) as f64;
        let norm: f64 = (0..x.len()).map(|j| u(j) * u(j)).sum();
        let dot: f64 = x.iter().enumerate().map(|(j, x)| u(j) * x).sum();
        x.iter().enumerate().map(|(j, x)| x - 2.0 * u(j) * dot / norm).collect()
    }
    /// The exact path from y = (1, ..., 1).
    fn path(&self, t: f64) -> Vec<f64> {
        self.turn(&self.0.iter().map(|l| (-l * t).exp()).collect::<Vec<_>>())
    }
}
impl Potential for Bowl {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        for i in 0..x.n {
            let y = self.turn(&(0..x.d).map(|j| x.column(j)[i]).collect::<Vec<_>>());
            out[i] += scale * self.0.iter().zip(&y).map(|(l, y)| l * y * y / 2.0).sum::<f64>();
        }
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        for i in 0..x.n {
            let y = self.turn(&(0..x.d).map(|j| x.column(j)[i]).collect::<Vec<_>>());
            let g = self.turn(&self.0.iter().zip(&y).map(|(l, y)| l * y).collect::<Vec<_>>());
            (0..x.d).for_each(|j| out[j * x.n + i] += scale * g[j]);
        }
    }
}
const STIFF: &[f64] = &[1.0, 1e3, 1e6];

/// The error at time t and the books, by `looks` strides.
fn bowl<D>(scheme: &GradientFlow<D>, rates: &'static [f64], t: f64, looks: u64) -> (f64, Books)
where
    D: Dense<Downhill<Bowl>, Cloud> + Scheme<Downhill<Bowl>, Cloud>,
{
    let flow = flow(Bowl(rates));
    let mut x = Cloud { n: 1, d: rates.len(), x: flow.functional.0.path(0.0).into() };
    let mut memory = scheme.memory(&flow, &x);
    run(&flow, scheme, &mut x, &mut memory, Tick::start(0), Plan::new(t / looks as f64, looks), &mut []).unwrap();
    let exact = flow.functional.0.path(t);
    (x.x.iter().zip(&exact).map(|(x, e)| (x - e).abs()).fold(0.0, f64::max), memory.books)
}

/// On a bowl of 1 : 10^6 the stiff method takes steps for what is still seen, the explicit one 3.3 / 10^6 at most for ever.
#[test]
fn a_stiff_bowl_costs_the_stiff_method_few_steps() {
    let (error, books) = bowl(&rodas(1e-7), STIFF, 10.0, 100);
    assert!(error < 1e-6 && books.steps < 300, "{error:e} after {} steps", books.steps);
    assert!(books.residual() < 1e-4 && books.rise == 0.0, "{books:?}");
    let (error, few) = bowl(&rodas(1e-7), STIFF, 0.01, 1);
    let (explicit, many) = bowl(&dormand_prince(1e-7), STIFF, 0.01, 1);
    assert!(error < 1e-6 && explicit < 1e-6, "{error:e}, {explicit:e}");
    assert!(many.steps > 2500 && few.steps < 150, "{} and {} steps", many.steps, few.steps);
    assert!(many.residual() < 1e-4, "{many:?}");
}

/// A path that is put away and taken up again has the bits of one that was not.
#[test]
fn a_path_is_gone_on_with_to_the_bit() {
    let (scheme, flow) = (rodas(1e-7), flow(Bowl(&[1.0, 30.0, 4000.0])));
    let start = Cloud { n: 1, d: 3, x: flow.functional.0.path(0.0).into() };
    let (mut x, mut memory) = (start.clone(), scheme.memory(&flow, &start));
    let at = run(&flow, &scheme, &mut x, &mut memory, Tick::start(0), Plan::new(0.05, 7), &mut []).unwrap();
    let (bytes, mut again) = (save(&mut memory), x.clone());
    run(&flow, &scheme, &mut x, &mut memory, at, Plan::new(0.05, 20), &mut []).unwrap();
    let mut other = scheme.memory(&flow, &start);
    restore(&mut other, &bytes).unwrap();
    run(&flow, &scheme, &mut again, &mut other, at, Plan::new(0.05, 20), &mut []).unwrap();
    assert_eq!(x.x, again.x);
    assert_eq!(memory.books, other.books);
}
