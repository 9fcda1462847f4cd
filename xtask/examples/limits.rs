//! Least times of the parts of a stride on one core, as JSON: nanoseconds a unit, the best of several trials.
use std::{hint::black_box, time::Instant};
use steepest_kernels::{exp, log1p_exp, logistic, normals, normals_single, simd};

/// Numbers in a block: 16 KiB, half of a small L1.
const BLOCK: usize = 2048;

/// ns a unit, the least of 15 trials of `repeats` calls that do `units` each.
fn least(units: usize, repeats: usize, mut call: impl FnMut(u64)) -> f64 {
    let trial = |call: &mut dyn FnMut(u64)| {
        let start = Instant::now();
        (0..repeats as u64).for_each(&mut *call);
        start.elapsed().as_secs_f64()
    };
    let best = (0..15).map(|_| trial(&mut call)).fold(f64::INFINITY, f64::min);
    1e9 * best / (units * repeats) as f64
}

fn main() {
    let mut block = vec![0.0; BLOCK];
    let normal = least(BLOCK, 200, |k| normals(1, k, 0, 0, black_box(&mut block)));
    let normal_single = least(BLOCK, 200, |k| normals_single(1, k, 0, 0, black_box(&mut block)));
    // The arguments stay near those of a model: the functions work in place, so a fresh copy is made each time.
    let arguments: Vec<f64> = (0..BLOCK).map(|i| i as f64 / 256.0 - 4.0).collect();
    let mut fresh = |f: fn(&mut [f64])| {
        least(BLOCK, 200, |_| {
            block.copy_from_slice(&arguments);
            f(black_box(&mut block));
        })
    };
    let (exp, logistic, log1p_exp) = (fresh(exp), fresh(logistic), fresh(log1p_exp));
    // As many sums as registers hold: twelve of eight numbers in AVX-512, six in AVX2.
    let flop = multiply_add::<6>().min(multiply_add::<12>());
    let byte_l1 = least(8 * BLOCK, 500, |_| total(black_box(&arguments)));
    let long = vec![1.0; 16 << 20];
    let byte_memory = least(8 * long.len(), 1, |_| total(black_box(&long)));
    println!(
        "{{\"normal\": {normal:.4}, \"normal_single\": {normal_single:.4}, \"exp\": {exp:.4}, \"logistic\": {logistic:.4}, \"log1p_exp\": {log1p_exp:.4}, \
         \"flop\": {flop:.5}, \"byte_l1\": {byte_l1:.5}, \"byte_memory\": {byte_memory:.5}}}"
    );
}

/// ns an operation of N independent chains of multiply-adds, eight numbers each.
fn multiply_add<const N: usize>() -> f64 {
    let mut lanes = [[1.0_f64; 8]; N];
    let flop = least(2 * 8 * N * 1000, 100, |_| {
        simd(|| {
            let (a, b) = (black_box(0.999_999), black_box(1e-9));
            let mut own = lanes;
            for _ in 0..1000 {
                for lane in &mut own {
                    for x in lane {
                        *x = x.mul_add(a, b);
                    }
                }
            }
            lanes = own;
        })
    });
    black_box(lanes);
    flop
}

/// A sum that is limited by loads: 64 independent partial sums.
fn total(x: &[f64]) {
    simd(|| {
        let mut lanes = [0.0; 64];
        for chunk in x.chunks_exact(64) {
            for (lane, x) in lanes.iter_mut().zip(chunk) {
                *lane += x;
            }
        }
        black_box(lanes);
    });
}
