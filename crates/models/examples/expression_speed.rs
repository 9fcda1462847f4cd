//! Nanoseconds a point for two expressions, beside the same gradient written by hand: `cargo run --release --example expression_speed`.
use std::hint::black_box;
use std::time::Instant;
use steepest_core::{Batch, Potential, Workspace};
use steepest_models::{Expression, Model};

const MUELLER_BROWN: &str = "-200*exp(-(x-1)^2 - 10*y^2) - 100*exp(-x^2 - 10*(y-0.5)^2) \
    - 170*exp(-6.5*(x+0.5)^2 + 11*(x+0.5)*(y-1.5) - 6.5*(y-1.5)^2) \
    + 15*exp(0.7*(x+1)^2 + 0.6*(x+1)*(y-1) + 0.7*(y-1)^2)";
const DOUBLE_WELL: &str = "(x^2-1)^2 + y^2/2";

/// The least time a point of five tries, in nanoseconds.
fn least(points: usize, mut f: impl FnMut()) -> f64 {
    let calls = (500_000 / points).max(1);
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let start = Instant::now();
        for _ in 0..calls {
            f();
        }
        best = best.min(start.elapsed().as_secs_f64());
    }
    best * 1e9 / (calls * points) as f64
}

fn main() -> Result<(), steepest_models::ExpressionError> {
    for n in [1, 8, 64, 512] {
        let x: Vec<f64> = (0..2 * n).map(|k| ((k * 37 % 101) as f64) / 50.0 - 1.0).collect();
        let batch = Batch { n, d: 2, x: &x };
        let (mut work, mut values, mut gradients) = (Workspace::default(), vec![0.0; n], vec![0.0; 2 * n]);
        for source in [MUELLER_BROWN, DOUBLE_WELL] {
            let v = Expression::parse(source, &[])?;
            let both =
                least(n, || v.values_and_gradients(black_box(batch), 0.5, &mut values, &mut gradients, &mut work));
            let gradient = least(n, || v.gradients(black_box(batch), 0.5, &mut gradients, &mut work));
            let single = v.in_single();
            let single = single
                .as_ref()
                .map_or(f64::NAN, |v| least(n, || v.gradients(black_box(batch), 0.5, &mut gradients, &mut work)));
            println!(
                "n = {n:4}: value and gradient {both:6.2} ns, gradient {gradient:6.2} ns, in single precision {single:6.2} ns: {}",
                &source[..17]
            );
        }
        let hand = least(n, || {
            let x = black_box(&x);
            let (gx, gy) = gradients.split_at_mut(n);
            let (x, y) = x.split_at(n);
            steepest_kernels::simd(
                #[inline(always)]
                || {
                    for i in 0..n {
                        gx[i] += 0.5 * (4.0 * x[i] * (x[i] * x[i] - 1.0));
                        gy[i] += 0.5 * y[i];
                    }
                },
            );
        });
        let plain = least(n, || {
            let (gx, gy) = gradients.split_at_mut(n);
            let (x, y) = black_box(&x).split_at(n);
            for i in 0..n {
                gx[i] += 0.5 * (4.0 * x[i] * (x[i] * x[i] - 1.0));
                gy[i] += 0.5 * y[i];
            }
        });
        println!(
            "n = {n:4}: double well by hand: gradient {plain:6.2} ns, with the vectors of this processor {hand:6.2} ns"
        );
    }
    Ok(())
}
