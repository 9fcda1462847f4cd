//! Prints what each kernel costs on this machine, level by level: the floor the benchmarks are held against.
//!
//! `cargo run --release -p steepest-kernels --example floor [Portable|Avx2|Avx512]`
use std::hint::black_box;
use std::time::Instant;
use steepest_kernels::*;

/// Elements in a call: 32 KiB, which stay in the first two caches.
const N: usize = 4096;

/// Best time of a call in a tenth of a second, in nanoseconds.
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
    let chain = || simd(|| (0..n).fold(black_box(0.5f64), |x, _| x.mul_add(0.999, 1e-3)));
    4.0 * f64::from(n) / best(|| _ = black_box(chain()))
}

fn show(name: &str, elements: usize, ns: f64) {
    println!("  {name:<16}{:8.3} ns", ns / elements as f64);
}

fn numbers() {
    type Fill = fn(u64, u64, u16, u64, &mut [f64]);
    let mut x = vec![0.0; N];
    for (name, fill) in [("normal", normals as Fill), ("normal, single", normals_single), ("uniform", uniforms)] {
        let mut step = 0;
        let draw = || {
            step += 1;
            fill(1, step, 0, 0, &mut x);
        };
        show(name, N, best(draw));
    }
}

fn functions() {
    type Function = fn(&mut [f64]);
    let functions = [
        ("exp", exp as Function),
        ("expm1", expm1),
        ("log", log),
        ("logistic", logistic),
        ("log1p_exp", log1p_exp),
        ("tanh", tanh),
        ("sin", sin),
        ("cos", cos),
        ("sqrt", sqrt),
    ];
    let mut source = vec![0.0; N];
    normals(7, 0, 0, 0, &mut source);
    let mut x = source.clone();
    for (name, f) in functions {
        let each = || {
            x.copy_from_slice(&source);
            f(&mut x);
        };
        show(name, N, best(each));
    }
    let powers = || {
        x.copy_from_slice(&source);
        x.iter_mut().for_each(|x| *x = x.abs());
        pow(&mut x, &source);
    };
    show("pow", N, best(powers));
    show("log_sum_exp", N, best(|| _ = black_box(log_sum_exp(&source))));
    show("sum", N, best(|| _ = black_box(sum(&source))));
    show("dot", N, best(|| _ = black_box(dot(&source, &source))));
    show("axpy", N, best(|| axpy(1e-9, &source, &mut x)));
}

/// Leapfrogs about a sun: a root, a reciprocal and eleven multiplications a point.
fn leapfrogs() {
    for n in [1, 8, 1024] {
        let ring = |i: usize| (0.1 + i as f64).sin_cos();
        let mut q: Vec<f64> = (0..n).map(|i| ring(i).0).chain((0..n).map(|i| ring(i).1)).collect();
        let mut p: Vec<f64> = (0..n).map(|i| -ring(i).1).chain((0..n).map(|i| ring(i).0)).collect();
        let rounds = 1000;
        let each = best(|| orbits(1.0, &[[1e-3, 0.0, 5e-4, 5e-4]], rounds, &mut q, &mut p));
        show(&format!("orbit of {n}"), n * rounds as usize, each);
    }
}

/// Slopes of four hills at a point, added to its momentum.
fn four_hills() {
    let hill = |k: f64| Hill { height: k - 1.5, shape: [-1.0, 0.5 * k, -2.0], at: [k, -k] };
    let surface = Hills::new([hill(0.0), hill(1.0)], [hill(2.0), hill(3.0)]);
    let (mut q, mut p) = (vec![0.0; 1024], vec![0.0; 1024]);
    normals(7, 0, 0, 0, &mut q);
    show("four hills", 512, best(|| kick(&surface, 1e-9, [0.5, 0.5], &q, &mut p)));
    show("four, single", 512, best(|| kick_single(&surface, 1e-9, [0.5, 0.5], &q, &mut p)));
}

fn tiles() {
    for (rows, columns) in [(64, 25), (64, 50), (1024, 25), (10_000, 50)] {
        let x = Tiles::new(rows, columns, |i, j| ((i * 31 + j * 17) % 97) as f64 / 97.0 - 0.5);
        for n in [1, 2, 4, 8] {
            let (c, mut eta, mut g) = (vec![0.01; columns * n], vec![0.0; 64 * n], vec![[0.0; 8]; columns * n]);
            let flops = (2 * 64 * x.tiles() * columns * n) as f64;
            let predict = best(|| (0..x.tiles()).for_each(|k| x.predict(k, n, &c, &mut eta)));
            let pull = best(|| (0..x.tiles()).for_each(|k| x.pull(k, n, &eta, &mut g)));
            let both = best(|| {
                for k in 0..x.tiles() {
                    x.predict(k, n, &c, &mut eta);
                    x.pull(k, n, &eta, &mut g);
                }
            });
            let [predict, pull, both] = [flops / predict, flops / pull, 2.0 * flops / both];
            print!("  tiles {rows:>6} x {columns}, {n} chains: predict {predict:5.1}, pull {pull:5.1}, ");
            println!("both {both:5.1} Gflop/s");
        }
    }
}

fn main() {
    let only = std::env::args().nth(1);
    println!("clock {:.2} GHz", clock());
    for level in Level::available().filter(|l| only.as_ref().is_none_or(|o| *o == format!("{l:?}"))) {
        println!("{level:?}");
        with_level(level, || {
            numbers();
            functions();
            leapfrogs();
            four_hills();
            // The plain target may have no fused multiply-add, and then takes minutes over these.
            if level > Level::Portable {
                tiles();
            }
        });
    }
}
