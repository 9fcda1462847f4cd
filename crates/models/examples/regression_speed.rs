//! Speed of the fused pass of a logistic regression: `cargo run --release -p steepest-models --example regression_speed`.
use std::time::Instant;
use steepest_core::{Batch, Potential, Workspace};
use steepest_models::{Model, Regression, RegressionOptions, Table};

fn table(rows: usize, columns: usize) -> Table {
    let mut x = vec![0.0; rows * columns];
    steepest_kernels::normals(1, 0, 0, 0, &mut x);
    let mut u = vec![0.0; rows];
    steepest_kernels::uniforms(1, 0, 0, 0, &mut u);
    let eta = |i: usize| (0..columns).map(|j| 0.3 * x[j * rows + i]).sum::<f64>();
    let y: Vec<f64> = (0..rows).map(|i| f64::from(u8::from(u[i] < 1.0 / (1.0 + (-eta(i)).exp())))).collect();
    let columns = (0..columns).map(|j| (format!("x{j}"), x[j * rows..(j + 1) * rows].to_vec()));
    Table::from_columns(columns.chain([("y".to_string(), y)])).unwrap()
}

fn main() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/credit/credit.csv");
    let credit = Table::read(&path, Default::default()).unwrap();
    for (table, formula) in [(credit, "default ~ ."), (table(10_000, 50), "y ~ .")] {
        let begin = Instant::now();
        let v = Regression::new(&table, &RegressionOptions { formula: formula.into(), ..Default::default() }).unwrap();
        let setup = begin.elapsed().as_secs_f64();
        let d = v.dim();
        println!("{} rows, d = {d}: setup {:.1} ms", table.rows(), 1e3 * setup);
        for n in [1, 2, 4, 8, 32] {
            let x = vec![0.1; n * d];
            let (mut values, mut gradients, mut work) = (vec![0.0; n], vec![0.0; n * d], Workspace::default());
            let mut best = f64::INFINITY;
            for _ in 0..20 {
                let begin = Instant::now();
                let calls = 1 + 400_000 / (table.rows() * n);
                for _ in 0..calls {
                    v.values_and_gradients(Batch { n, d, x: &x }, 1.0, &mut values, &mut gradients, &mut work);
                }
                best = best.min(begin.elapsed().as_secs_f64() / (calls * n) as f64);
            }
            let flops = 4.0 * (table.rows() * d) as f64;
            println!(
                "  n = {n:2}: {:8.2} us a gradient, {:5.1} Gflop/s in the products alone",
                1e6 * best,
                flops / best * 1e-9
            );
        }
    }
}
