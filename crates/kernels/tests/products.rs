//! Products, factors and sums against plain loops and exact answers.
use steepest_kernels::*;

fn random(n: usize, stream: u16) -> Vec<f64> {
    let mut x = vec![0.0; n];
    normals(31, 0, stream, 0, &mut x);
    x
}

fn close(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() <= tolerance * (1.0 + b.abs()), "element {i}: {a} against {b}");
    }
}

const SHAPES: [[usize; 3]; 7] = [[1, 1, 1], [2, 3, 4], [5, 1, 7], [17, 9, 1], [1, 33, 5], [40, 50, 60], [3, 0, 2]];

#[test]
fn gemm_and_apply_are_sums_of_products() {
    for shape @ [m, k, n] in SHAPES {
        let (a, b, c) = (random(m * k, 1), random(k * n, 2), random(m * n, 3));
        let mut truth = c.clone();
        for i in 0..m {
            for j in 0..n {
                truth[i * n + j] += 1.7 * (0..k).map(|l| a[i * k + l] * b[l * n + j]).sum::<f64>();
            }
        }
        let mut got = c.clone();
        gemm(shape, 1.7, &a, &b, &mut got);
        close(&got, &truth, 1e-13);
        let mut got = c.clone();
        apply(shape, 1.7, &a, &b, &mut got);
        close(&got, &truth, 1e-13);
        let transposed: Vec<f64> = (0..k * m).map(|i| a[i % m * k + i / m]).collect();
        let mut got = c.clone();
        gemm_transposed(shape, 1.7, &transposed, &b, &mut got);
        close(&got, &truth, 1e-13);
    }
}

/// A = B B^T + I.
fn positive(d: usize) -> Vec<f64> {
    let b = random(d * d, 5);
    let mut a: Vec<f64> = (0..d * d).map(|i| f64::from(u8::from(i / d == i % d))).collect();
    let transposed: Vec<f64> = (0..d * d).map(|i| b[i % d * d + i / d]).collect();
    gemm([d, d, d], 1.0, &b, &transposed, &mut a);
    a
}

#[test]
fn cholesky_factors_and_solves() {
    for d in [1, 2, 3, 10, 64, 65, 150] {
        let a = positive(d);
        let mut l = a.clone();
        // The upper triangle is not read.
        (0..d).for_each(|i| l[i * d + i + 1..(i + 1) * d].fill(f64::NAN));
        cholesky(d, &mut l).unwrap();
        for i in 0..d {
            assert!(l[i * d + i] > 0.0 && l[i * d + i + 1..(i + 1) * d].iter().all(|&u| u == 0.0));
        }
        let transposed: Vec<f64> = (0..d * d).map(|i| l[i % d * d + i / d]).collect();
        let mut back = vec![0.0; d * d];
        gemm([d, d, d], 1.0, &l, &transposed, &mut back);
        close(&back, &a, 1e-13);
        for n in [1, 3] {
            let x = random(d * n, 6);
            let mut b = vec![0.0; d * n];
            gemm([d, d, n], 1.0, &a, &x, &mut b);
            let mut y = b.clone();
            solve(d, &l, n, &mut y);
            close(&y, &x, 1e-9);
            solve_lower(d, &l, n, &mut b);
            solve_lower_transposed(d, &l, n, &mut b);
            assert_eq!(b, y);
        }
    }
}

#[test]
fn cholesky_names_the_block_that_fails() {
    assert_eq!(cholesky(2, &mut [1.0, 2.0, 2.0, 1.0]), Err(NotPositive { order: 2 }));
    assert_eq!(cholesky(2, &mut [-1.0, 0.0, 0.0, 1.0]), Err(NotPositive { order: 1 }));
    assert_eq!(cholesky(1, &mut [0.0]), Err(NotPositive { order: 1 }));
    for bad in [f64::NAN, f64::INFINITY] {
        assert!(cholesky(2, &mut [1.0, 0.0, 0.0, bad]).is_err());
        assert!(cholesky(2, &mut [1.0, bad, bad, 1.0]).is_err());
    }
    assert_eq!(cholesky(0, &mut []), Ok(()));
}

#[test]
fn updates_are_what_they_say() {
    for n in [0, 1, 7, 8, 100] {
        let (x, y) = (random(n, 1), random(n, 3));
        let each = |f: &dyn Fn(usize) -> f64| (0..n).map(f).collect::<Vec<_>>();
        let mut out = y.clone();
        axpy(0.3, &x, &mut out);
        assert_eq!(out, each(&|i| 0.3f64.mul_add(x[i], y[i])));
    }
}

#[test]
fn sums_are_exact_where_they_can_be() {
    for n in [0usize, 1, 5, 8, 31, 32, 33, 100, 1000] {
        let x: Vec<f64> = (0..n).map(|i| i as f64).collect();
        let total = (n * n.saturating_sub(1) / 2) as f64;
        assert_eq!(sum(&x), total);
        assert_eq!(dot(&x, &vec![2.0; n]), 2.0 * total);
        let level = vec![-3.0; n];
        assert!(n == 0 || (log_sum_exp(&level) - ((n as f64).ln() - 3.0)).abs() < 2e-15);
    }
}

#[test]
fn log_sum_exp_has_no_overflow_and_keeps_its_limits() {
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    assert_eq!(log_sum_exp(&[]), -inf);
    assert_eq!(log_sum_exp(&[-inf, -inf]), -inf);
    assert_eq!(log_sum_exp(&[inf, 0.0, -inf]), inf);
    assert_eq!(log_sum_exp(&[5.0, -inf]), 5.0);
    assert_eq!(log_sum_exp(&[1e308, 1e308]), 1e308);
    for x in
        [vec![nan], vec![0.0, nan], vec![inf, nan], vec![nan, -inf], vec![0.0; 40].into_iter().chain([nan]).collect()]
    {
        assert!(log_sum_exp(&x).is_nan(), "{x:?}");
    }
    let x = random(777, 8);
    let truth = x.iter().map(|x| x.exp()).sum::<f64>().ln();
    assert!((log_sum_exp(&x) - truth).abs() < 1e-14);
}
