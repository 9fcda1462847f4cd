//! What an iteration of limited-memory BFGS takes on extended Rosenbrock functions of few and of many coordinates.
//!
//! `cargo run --release -p steepest-flows --example lbfgs -- N STEPS ROUNDS SOLVES`: each round takes SOLVES descents of STEPS steps at
//! most from x_j = -1.2 or 1, and 0.1 sin(j) more where N > 2; the best round is printed as a line of JSON, with what the energies
//! and gradients of that round take alone. `cargo xtask bench lbfgs` reads it.
use std::hint::black_box;
use std::time::Instant;
use steepest_core::{Batch, Flow, Potential, Scheme, Tick, Workspace};
use steepest_flows::functional::PotentialEnergy;
use steepest_flows::geometry::Euclidean;
use steepest_flows::noise::Still;
use steepest_flows::scheme::Minimiser;
use steepest_flows::scheme::minimiser::Stop;
use steepest_flows::state::Cloud;

/// sum over pairs of 100 (y - x^2)^2 + (1 - x)^2.
struct Rosenbrock;
impl Potential for Rosenbrock {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], _work: &mut Workspace) {
        let each = |p: &[f64; 2]| 100.0 * (p[1] - p[0] * p[0]).powi(2) + (1.0 - p[0]).powi(2);
        out[0] += scale * x.x.as_chunks::<2>().0.iter().map(each).sum::<f64>();
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.values_and_gradients(x, scale, &mut [0.0], out, work);
    }
    fn values_and_gradients(&self, x: Batch<'_>, scale: f64, v: &mut [f64], out: &mut [f64], _work: &mut Workspace) {
        // Four sums, so that none waits for the last.
        let mut sums = [0.0; 4];
        let mut add = |k: usize, p: &[f64], out: &mut [f64]| {
            let (a, b) = (1.0 - p[0], p[1] - p[0] * p[0]);
            sums[k] += 100.0 * b * b + a * a;
            out[0] += scale * (-2.0 * a - 400.0 * p[0] * b);
            out[1] += scale * (200.0 * b);
        };
        let ((fours, last), (outs, out)) = (x.x.as_chunks::<8>(), out.as_chunks_mut::<8>());
        for (p, out) in fours.iter().zip(outs) {
            (0..4).for_each(|k| add(k, &p[2 * k..2 * k + 2], &mut out[2 * k..2 * k + 2]));
        }
        last.chunks_exact(2).zip(out.chunks_exact_mut(2)).for_each(|(p, out)| add(0, p, out));
        v[0] += scale * ((sums[0] + sums[1]) + (sums[2] + sums[3]));
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1).map(|word| word.parse::<u64>());
    let mut next = || words.next().ok_or("the arguments are N STEPS ROUNDS SOLVES");
    let (n, steps, rounds, solves) = (next()?? as usize, next()??, next()??, next()??);
    let shake = if n > 2 { 0.1 } else { 0.0 };
    let start = Cloud::from_fn(1, n, |_, j| [-1.2, 1.0][j % 2] + shake * (j as f64).sin());
    let flow = Flow { functional: PotentialEnergy(Rosenbrock), geometry: Euclidean, noise: Still };
    let scheme = Minimiser { stop: Stop { gradient: 1e-10, fall: 0.0 }, ..Minimiser::limited_memory() };
    let mut best = (f64::INFINITY, f64::NAN);
    let (mut iterations, mut evaluations, mut value) = (0, 0, 0.0);
    let mut x = start.clone();
    for _ in 0..rounds {
        (iterations, evaluations) = (0, 0);
        let begun = Instant::now();
        for _ in 0..solves {
            x.x.copy_from_slice(&start.x);
            let mut memory = scheme.memory(&flow, &x);
            scheme
                .advance(&flow, Tick::start(0), 1.0, steps, &mut x, &mut memory)
                .map_err(|fault| format!("{fault:?}"))?;
            iterations += memory.track.steps;
            evaluations += memory.track.evaluations;
            value = memory.track.value[1];
        }
        let whole = begun.elapsed().as_secs_f64();
        let (mut slopes, mut work) = (vec![0.0; n], Workspace::default());
        let begun = Instant::now();
        for _ in 0..evaluations {
            let mut v = [0.0];
            Rosenbrock.values_and_gradients(black_box(start.batch()), 1.0, &mut v, &mut slopes, &mut work);
            black_box(v);
        }
        if whole < best.0 {
            best = (whole, begun.elapsed().as_secs_f64());
        }
    }
    println!(
        "{{\"n\": {n}, \"iterations\": {iterations}, \"evaluations\": {evaluations}, \"seconds\": {}, \"energy\": {}, \"value\": {value:e}}}",
        best.0, best.1
    );
    Ok(())
}
