//! Prints the cost of each kernel on this machine, level by level: the floor the benchmarks are held against.
use std::hint::black_box;
use std::time::Instant;
use steepest_kernels::*;

/// Best time of one call over a tenth of a second, in nanoseconds.
fn best(mut f: impl FnMut()) -> f64 {
    f();
    let (begin, mut best) = (Instant::now(), f64::INFINITY);
    while begin.elapsed().as_millis() < 100 {
        let start = Instant::now();
        f();
        best = best.min(start.elapsed().as_nanos() as f64);
    }
    best
}

/// Clock rate in GHz from a chain of dependent multiply-adds, four cycles each on current processors.
fn clock() -> f64 {
    let n = 400_000;
    let ns = best(|| {
        black_box(simd(|| (0..n).fold(black_box(0.5f64), |x, _| x.mul_add(0.999, 1e-3))));
    });
    4.0 * f64::from(n) / ns
}

fn main() {
    let n = 4096;
    let mut x = vec![0.0; n];
    println!("clock {:.2} GHz", clock());
    for level in Level::available().filter(|l| std::env::args().nth(1).is_none_or(|a| format!("{l:?}") == a)) {
        with_level(level, || {
            let slow = level == Level::Portable;
            println!("{level:?}");
            let mut step = 0;
            let show = |name: &str, ns: f64| println!("  {name:<22}{ns:8.3} ns");
            show(
                "normal",
                best(|| {
                    step += 1;
                    normals(1, step, 0, 0, &mut x)
                }) / n as f64,
            );
            show(
                "normal, single",
                best(|| {
                    step += 1;
                    normals_single(1, step, 0, 0, &mut x)
                }) / n as f64,
            );
            show(
                "uniform",
                best(|| {
                    step += 1;
                    uniforms(1, step, 0, 0, &mut x)
                }) / n as f64,
            );
            let source: Vec<f64> = {
                normals(7, 0, 0, 0, &mut x);
                x.clone()
            };
            let functions: [(&str, fn(&mut [f64])); 8] = [
                ("exp", exp),
                ("log", log),
                ("logistic", logistic),
                ("log1p_exp", log1p_exp),
                ("tanh", tanh),
                ("sin", sin),
                ("cos", cos),
                ("sqrt", sqrt),
            ];
            for (name, f) in functions {
                show(
                    name,
                    best(|| {
                        x.copy_from_slice(&source);
                        f(&mut x)
                    }) / n as f64,
                );
            }
            show(
                "log_sum_exp",
                best(|| {
                    black_box(log_sum_exp(&source));
                }) / n as f64,
            );
            show(
                "dot",
                best(|| {
                    black_box(dot(&source, &x));
                }) / n as f64,
            );
            show(
                "drift_kick",
                best(|| drift_kick(-1e-9, &source[..1024], 1e-9, &source[1024..2048], &mut x[..1024])) / 1024.0,
            );
            if slow {
                return;
            }
            for (rows, p) in [(64, 25), (64, 50), (1024, 25), (10_000, 50)] {
                let t = Tiles::new(rows, p, |i, j| ((i * 31 + j * 17) % 97) as f64 / 97.0 - 0.5);
                for chains in [1, 2, 4, 8] {
                    let c = vec![0.01; p * chains];
                    let mut eta = vec![0.0; 64 * chains];
                    let mut g = vec![0.0; p * chains];
                    let flops = 2.0 * 64.0 * (t.tiles() * p * chains) as f64;
                    let f = best(|| {
                        for k in 0..t.tiles() {
                            t.predict(k, chains, &c, &mut eta)
                        }
                    });
                    let b = best(|| {
                        for k in 0..t.tiles() {
                            t.pull(k, chains, 1e-9, &eta, &mut g)
                        }
                    });
                    let both = best(|| {
                        for k in 0..t.tiles() {
                            t.predict(k, chains, &c, &mut eta);
                            t.pull(k, chains, 1e-9, &eta, &mut g)
                        }
                    });
                    println!(
                        "  tiles {rows:>5} x {p}, {chains} chains: predict {:6.1} pull {:6.1} both {:6.1} Gflop/s",
                        flops / f,
                        flops / b,
                        2.0 * flops / both
                    );
                }
            }
        });
    }
}
