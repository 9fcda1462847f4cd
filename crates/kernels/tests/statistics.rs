//! The laws of the random numbers, with fixed keys: each test states its z-bound and the smallest bias it catches.
use steepest_kernels::{Level, normals, normals_single, uniforms, with_level};

type Fill = fn(u64, u64, u16, u64, &mut [f64]);
const NORMALS: [(&str, Fill); 2] = [("normals", normals), ("normals_single", normals_single)];

/// Draws in a test: 2^24, as 2^10 steps of 2^14.
const STEPS: u64 = 1 << 10;
const BLOCK: usize = 1 << 14;
const N: f64 = (STEPS * BLOCK as u64) as f64;

/// Two-sided probability 7e-6 for each of some 200 numbers checked: the keys are fixed, so it fails always or never.
const Z: f64 = 4.5;

fn draw(fill: Fill, step: u64, out: &mut [f64]) {
    with_level(Level::Avx512, || fill(0x5eed, step, 1, 0, out));
}

fn within(name: &str, value: f64, truth: f64, sd: f64) {
    let z = (value - truth) / sd;
    assert!(z.abs() < Z, "{name}: {value} against {truth}, z = {z:.2}");
}

/// Catches a bias of 1.1e-3 in the mean, 1.6e-3 in the variance, 2.7e-3 in the third moment (skewness) and 1.1e-2 in
/// the fourth, that is 0.16 % in the noise's variance.
#[test]
fn normals_have_the_first_four_moments() {
    for (name, fill) in NORMALS {
        let mut z = vec![0.0; BLOCK];
        let mut m = [0.0; 4];
        for step in 0..STEPS {
            draw(fill, step, &mut z);
            for &z in &z {
                let q = z * z;
                m[0] += z;
                m[1] += q;
                m[2] += z * q;
                m[3] += q * q;
            }
        }
        // Var z^k = E z^2k - (E z^k)^2: 1, 2, 15, 96.
        for (k, (truth, variance)) in [(0.0, 1.0), (1.0, 2.0), (0.0, 15.0), (3.0, 96.0f64)].into_iter().enumerate() {
            within(&format!("{name}: moment {}", k + 1), m[k] / N, truth, (variance / N).sqrt());
        }
    }
}

/// P(z < x) by Simpson's rule from the centre, to 1e-13.
fn cdf(x: f64) -> f64 {
    let n = 2000;
    let h = x / n as f64;
    let density = |i: usize| (-0.5 * (h * i as f64).powi(2)).exp();
    let inner: f64 = (1..n).map(|i| density(i) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
    0.5 + (density(0) + inner + density(n)) * h / 3.0 / (2.0 * std::f64::consts::PI).sqrt()
}

/// Chi-square over 80 bins of width 1/8 and two tails, bound 4.5 sd; and both tails beyond 4 and 5 by their counts.
/// Catches 1 % too few or many in any bin of the centre (5e5 draws each), 13 % beyond |z| = 4 and a missing tail at 5.
#[test]
fn normals_fill_their_bins_and_tails() {
    for (name, fill) in NORMALS {
        let mut z = vec![0.0; BLOCK];
        let mut counts = [0u64; 82];
        let mut tails = [0u64; 2];
        for step in 0..STEPS {
            draw(fill, step + STEPS, &mut z);
            for &z in &z {
                counts[((z * 8.0).floor() + 41.0).clamp(0.0, 81.0) as usize] += 1;
                tails[0] += u64::from(z.abs() > 4.0);
                tails[1] += u64::from(z.abs() > 5.0);
            }
        }
        let mut chi = 0.0;
        for (b, &count) in counts.iter().enumerate() {
            let low = if b == 0 { 0.0 } else { cdf((b as f64 - 41.0) / 8.0) };
            let high = if b == 81 { 1.0 } else { cdf((b as f64 - 40.0) / 8.0) };
            let expected = N * (high - low);
            chi += (count as f64 - expected).powi(2) / expected;
        }
        within(&format!("{name}: chi-square"), chi, 81.0, (2.0f64 * 81.0).sqrt());
        for (count, p) in tails.into_iter().zip([6.334248366623996e-5, 5.733031437583878e-7]) {
            within(&format!("{name}: tail"), count as f64, N * p, (N * p).sqrt());
        }
    }
}

/// Products of numbers a lag apart, of neighbouring steps, streams and keys, and of their squares: catches a correlation
/// of 1.1e-3 between numbers, of 1.1e-3 between their squares (the two of a pair share a radius).
#[test]
fn normals_are_uncorrelated() {
    for (name, fill) in NORMALS {
        let lags = [1usize, 2, 3, 4, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 128, 1024];
        let mut sums = [[0.0; 2]; 22];
        let (mut z, mut other) = (vec![0.0; BLOCK], vec![0.0; BLOCK]);
        let mut correlate = |i: usize, a: &[f64], b: &[f64]| {
            let n = a.len().min(b.len());
            let (mut plain, mut square) = (0.0, 0.0);
            for (a, b) in a[..n].iter().zip(b) {
                plain += a * b;
                square += (a * a - 1.0) * (b * b - 1.0);
            }
            sums[i][0] += plain * BLOCK as f64 / n as f64;
            sums[i][1] += 0.5 * square * BLOCK as f64 / n as f64;
        };
        for step in 0..STEPS / 4 {
            let step = 2 * step + 5000;
            fill(77, step, 3, 0, &mut z);
            for (i, &lag) in lags.iter().enumerate() {
                correlate(i, &z, &z[lag..]);
            }
            for (i, (key, step, stream)) in [(77, step + 1, 3), (77, step, 4), (78, step, 3)].into_iter().enumerate() {
                fill(key, step, stream, 0, &mut other);
                correlate(lags.len() + i, &z, &other);
            }
        }
        let n = N / 4.0;
        for (i, sum) in sums.iter().enumerate() {
            // Lag 1024 leaves out 6 % of the products; the bound is for all.
            within(&format!("{name}: correlation {i}"), sum[0] / n, 0.0, 1.04 / n.sqrt());
            within(&format!("{name}: correlation {i} of squares"), sum[1] / n, 0.0, 1.04 / n.sqrt());
        }
    }
}

/// Mean, variance and 256 bins: catches a bias of 3.2e-4 in the mean and of 1.8 % in any bin.
#[test]
fn uniforms_are_uniform() {
    let mut u = vec![0.0; BLOCK];
    let (mut mean, mut square) = (0.0, 0.0);
    let mut counts = [0u64; 256];
    for step in 0..STEPS {
        draw(uniforms, step, &mut u);
        for &u in &u {
            mean += u - 0.5;
            square += (u - 0.5) * (u - 0.5);
            counts[(u * 256.0) as usize] += 1;
        }
    }
    within("mean", mean / N, 0.0, (1.0 / 12.0 / N).sqrt());
    within("variance", square / N, 1.0 / 12.0, (1.0 / 180.0 / N).sqrt());
    let expected = N / 256.0;
    let chi: f64 = counts.iter().map(|&c| (c as f64 - expected).powi(2) / expected).sum();
    within("chi-square", chi, 255.0, (2.0f64 * 255.0).sqrt());
}

/// The bits that single precision leaves: the least |z| and the largest are those of their grid, and none is exactly 0.
#[test]
fn extremes_are_where_theory_puts_them() {
    for (name, fill) in NORMALS {
        let mut z = vec![0.0; BLOCK];
        let (mut least, mut most) = (f64::INFINITY, 0.0f64);
        for step in 0..STEPS {
            draw(fill, step, &mut z);
            for z in &z {
                least = least.min(z.abs());
                most = most.max(z.abs());
            }
        }
        // P(least > 1e-6) = exp(-N 8e-7) = 2e-6; P(most < 4.6) = exp(-N 4.2e-6) = 1e-31; P(most > 7) = 4e-5.
        assert!(least > 0.0 && least < 1e-6, "{name}: least {least:e}");
        assert!(most > 4.6 && most < 7.0, "{name}: most {most}");
    }
}
