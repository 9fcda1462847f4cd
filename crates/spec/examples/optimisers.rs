//! The problems of More, Garbow and Hillstrom by our minimisers: what each cost on its way down, as lines of JSON.
//!
//! `cargo run --release -p steepest-spec --example optimisers`, from 1, 10 and 100 times the standard start. A line with `residuals` is a
//! problem; one with `trace` a run, [evaluations, V] whenever V was the least so far. `cargo xtask bench optimisers` reads them.
use serde_json::json;
use steepest_core::{Flow, Scheme, Tick};
use steepest_flows::functional::PotentialEnergy;
use steepest_flows::geometry::Euclidean;
use steepest_flows::noise::Still;
use steepest_flows::scheme::minimiser::{Direction, LineSearch, Minimiser, Stop, Tracked};
use steepest_flows::scheme::trust_region::{LevenbergMarquardt, TrustRegion};
use steepest_flows::state::Cloud;
use steepest_models::{LeastSquares, Model, PROBLEMS};

const STEPS: u64 = 10_000;
const EVALUATIONS: u64 = 3_000;

type Downhill<'a> = Flow<PotentialEnergy<&'a LeastSquares>, Euclidean, Still>;

/// `unneeded`: evaluations of a step after the one that gave its value.
fn trace<'a, M>(model: &'a LeastSquares, scheme: &M, unneeded: u64) -> Vec<(u64, f64)>
where
    M: Scheme<Downhill<'a>, Cloud>,
    M::Memory: Tracked<Cloud>,
{
    let flow = Flow { functional: PotentialEnergy(model), geometry: Euclidean, noise: Still };
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

fn main() {
    let stop = Stop { gradient: 1e-10, fall: 0.0 };
    let quasi = Minimiser { stop, ..Minimiser::limited_memory() };
    let whole = Minimiser { direction: Direction::LimitedMemory(50), ..quasi };
    let conjugate = Minimiser { direction: Direction::HagerZhang, search: LineSearch::HagerZhang, stop };
    let (trust, squares) =
        (TrustRegion { stop, ..TrustRegion::default() }, LevenbergMarquardt { stop, ..LevenbergMarquardt::default() });
    for problem in &PROBLEMS {
        let d = problem.dimension[0] as usize;
        let (residuals, start) = ((problem.residuals)(d), (problem.start)(d));
        println!("{}", json!({"problem": problem.name, "residuals": residuals, "start": start, "minima": problem.minima}));
        for factor in [1.0, 10.0, 100.0] {
            let Some(model) = problem.build(d, factor) else { continue };
            for (class, method, trace) in [
                ("gradients", "lbfgs", trace(&model, &quasi, 0)),
                ("gradients", "lbfgs, memory = 50", trace(&model, &whole, 0)),
                ("gradients", "conjugate-gradient", trace(&model, &conjugate, 0)),
                ("curvatures", "trust-region", trace(&model, &trust, 0)),
                ("squares", "levenberg-marquardt", trace(&model, &squares, 1)),
            ] {
                let said = json!({"problem": problem.name, "factor": factor, "class": class, "method": method, "trace": trace});
                println!("{said}");
            }
        }
    }
}
