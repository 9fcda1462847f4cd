//! The problems of More, Garbow and Hillstrom by our minimisers: what each cost on its way down, as lines of JSON.
//!
//! `cargo run --release -p steepest-spec --example optimisers`, from 1, 10 and 100 times the standard start. A line with `minima` is a
//! problem; one with `low` the box of its starts; one with `trace` a run, [evaluations, V] whenever V was the least so far. `cargo xtask bench optimisers` reads them.
//!
//! With the word `serve` it evaluates for somebody else, so that both sides minimise the same bits: on standard input come a byte
//! v (value and gradient), h (Hessian product), r (residuals) or j (their Jacobian, column by column), a byte with the number of
//! the problem, and the point, for h with the direction behind it; the numbers go back, all in the order of the machine.
use serde_json::json;
use std::io::{Read, Write};
use steepest_core::{Batch, Flow, Potential, Scheme, Squares, Tick, Workspace};
use steepest_flows::functional::{Boxed, PotentialEnergy};
use steepest_flows::geometry::Euclidean;
use steepest_flows::noise::Still;
use steepest_flows::scheme::BoundedQuasiNewton;
use steepest_flows::scheme::minimiser::{Direction, LineSearch, Minimiser, Stop, Tracked};
use steepest_flows::scheme::trust_region::{LevenbergMarquardt, TrustRegion, Units};
use steepest_flows::state::Cloud;
use steepest_models::{LeastSquares, Model, PROBLEMS};

const STEPS: u64 = 10_000;
const EVALUATIONS: u64 = 3_000;

type Downhill<F> = Flow<F, Euclidean, Still>;

/// The box of a start: half its coordinates, every other one, keep within 1 / 2 (1 + |x|) of it, two of four not above and two not
/// below; so some bounds are met on the way to every minimum.
fn within(start: &[f64]) -> [Vec<f64>; 2] {
    let room = |x: f64| 0.5 * (1.0 + x.abs());
    let low = |(k, x): (usize, &f64)| if k % 4 < 2 { x - room(*x) } else { f64::NEG_INFINITY };
    let high = |(k, x): (usize, &f64)| if k % 2 == 0 { x + room(*x) } else { f64::INFINITY };
    [start.iter().enumerate().map(low).collect(), start.iter().enumerate().map(high).collect()]
}
/// `unneeded`: evaluations of a step after the one that gave its value.
fn trace<F, M>(functional: F, model: &LeastSquares, scheme: &M, unneeded: u64) -> Vec<(u64, f64)>
where
    M: Scheme<Downhill<F>, Cloud>,
    M::Memory: Tracked<Cloud>,
{
    let flow = Flow { functional, geometry: Euclidean, noise: Still };
    let mut x = Cloud::from_fn(1, model.dim(), |_, _| 0.0);
    model.start(&mut x.x);
    let mut memory = scheme.memory(&flow, &x);
    let mut found: Vec<(u64, f64)> = Vec::new();
    for step in 0..STEPS {
        if scheme.step(&flow, Tick { step, ..Tick::start(0) }, 1.0, &mut x, &mut memory).is_err() {
            break;
        }
        let track = memory.track();
        if step == 0 && track.value[0].is_finite() {
            found.push((1, track.value[0]));
        }
        if found.last().is_none_or(|last| track.value[1] < last.1) {
            found.push((track.evaluations - unneeded, track.value[1]));
        }
        if track.ending.is_some() || track.evaluations > EVALUATIONS {
            break;
        }
    }
    found.retain(|(_, v)| v.is_finite());
    found
}

fn serve() -> std::io::Result<()> {
    let models: Vec<_> = PROBLEMS.iter().filter_map(|p| p.build(p.dimension[0] as usize, 1.0)).collect();
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    let (mut what, mut work) = ([0; 2], Workspace::default());
    while input.read_exact(&mut what).is_ok() {
        let Some(model) = models.get(usize::from(what[1])) else { continue };
        let (d, m) = (model.dim(), model.residuals());
        let mut bytes = vec![0; if what[0] == b'h' { 16 * d } else { 8 * d }];
        input.read_exact(&mut bytes)?;
        let numbers: Vec<f64> =
            bytes.chunks_exact(8).map(|b| f64::from_ne_bytes(b.try_into().unwrap_or_default())).collect();
        let (x, v) = numbers.split_at(d);
        let at = Batch { n: 1, d, x };
        let out = match what[0] {
            b'v' => {
                let (mut value, mut slopes) = ([0.0], vec![0.0; d]);
                model.values_and_gradients(at, 1.0, &mut value, &mut slopes, &mut work);
                [&value[..], &slopes].concat()
            }
            b'h' => {
                let mut product = vec![0.0; d];
                model.curvatures(at, v, 1.0, &mut product, &mut work);
                product
            }
            b'r' => {
                let mut r = vec![0.0; m];
                model.linearise(x, &mut r, None, &mut work);
                r
            }
            _ => {
                let (mut r, mut jacobian) = (vec![0.0; m], vec![0.0; m * d]);
                model.linearise(x, &mut r, Some(&mut jacobian), &mut work);
                jacobian
            }
        };
        out.iter().try_for_each(|number| output.write_all(&number.to_ne_bytes()))?;
        output.flush()?;
    }
    Ok(())
}

fn main() -> std::io::Result<()> {
    if std::env::args().any(|word| word == "serve") {
        return serve();
    }
    let stop = Stop { gradient: 1e-10, fall: 0.0 };
    let quasi = Minimiser { stop, ..Minimiser::limited_memory() };
    let whole = Minimiser { direction: Direction::LimitedMemory(50), ..quasi };
    let conjugate = Minimiser { direction: Direction::HagerZhang, search: LineSearch::HagerZhang, stop };
    let (trust, squares) =
        (TrustRegion { stop, ..TrustRegion::default() }, LevenbergMarquardt { stop, ..LevenbergMarquardt::default() });
    let columns = LevenbergMarquardt { units: Units::Columns, ..squares };
    let confined = BoundedQuasiNewton { stop, ..BoundedQuasiNewton::default() };
    for problem in &PROBLEMS {
        let d = problem.dimension[0] as usize;
        let residuals = (problem.residuals)(d).len();
        let start = (problem.start)(d);
        println!(
            "{}",
            json!({"problem": problem.name, "residuals": residuals, "start": start, "minima": problem.minima})
        );
        for factor in [1.0, 10.0, 100.0] {
            let Some(model) = problem.build(d, factor) else { continue };
            let energy = || PotentialEnergy(&model);
            let scaled: Vec<f64> = start.iter().map(|x| factor * x).collect();
            let [low, high] = within(&scaled);
            let bounded = Boxed::new(energy(), &low, &high);
            let ends = |ends: &[f64]| ends.iter().map(|x| x.is_finite().then_some(*x)).collect::<Vec<_>>();
            println!("{}", json!({"problem": problem.name, "factor": factor, "low": ends(&low), "high": ends(&high)}));
            for (class, method, trace) in [
                ("gradients", "lbfgs", trace(energy(), &model, &quasi, 0)),
                ("gradients", "lbfgs, memory = 50", trace(energy(), &model, &whole, 0)),
                ("gradients", "conjugate-gradient", trace(energy(), &model, &conjugate, 0)),
                ("curvatures", "trust-region", trace(energy(), &model, &trust, 0)),
                ("squares", "levenberg-marquardt", trace(energy(), &model, &squares, 1)),
                ("squares", "levenberg-marquardt, columns", trace(energy(), &model, &columns, 1)),
                ("bounds", "lbfgs", bounded.map_or(Vec::new(), |bounded| trace(bounded, &model, &confined, 0))),
            ] {
                let said = json!({"problem": problem.name, "factor": factor, "class": class, "method": method, "trace": trace});
                println!("{said}");
            }
        }
    }
    Ok(())
}
