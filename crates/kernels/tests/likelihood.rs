//! Energies of rows against plain sums, and the same bits for a chain in any company and at any level.
use steepest_kernels::{Level, bernoulli, categorical, normals, poisson, with_level};

fn predictors(n: usize) -> Vec<f64> {
    let mut eta = vec![0.0; 64 * n];
    normals(5, 0, 1, 0, &mut eta);
    // Up to where e^eta is still a number, and past where 1 + e^-|eta| is one.
    eta.iter_mut().enumerate().for_each(|(i, e)| *e *= [0.1, 3.0, 40.0, 150.0][i % 4]);
    eta
}
/// A kernel, and the term and the slope of a row that it sums.
type Case = (fn(&[f64], &mut [f64], &mut [f64]), fn(f64, f64) -> [f64; 2]);
const CASES: [Case; 2] = [
    (bernoulli, |eta, y| {
        let t = (-eta.abs()).exp();
        [eta.max(0.0) + t.ln_1p() - y * eta, if eta > 0.0 { 1.0 / (1.0 + t) } else { t / (1.0 + t) } - y]
    }),
    (poisson, |eta, y| [eta.exp() - y * eta, eta.exp() - y]),
];

#[test]
fn energies_and_slopes_are_those_of_the_formulas() {
    for (k, (rows, truth)) in CASES.into_iter().enumerate() {
        let y: Vec<f64> = (0..64).map(|r| if k == 0 { f64::from(r % 3 == 0) } else { f64::from(r % 7) }).collect();
        for n in [0, 1, 3, 8] {
            let before = predictors(n);
            let (mut eta, mut energy) = (before.clone(), vec![0.5; n]);
            rows(&y, &mut eta, &mut energy);
            for m in 0..n {
                let (mut sum, mut size) = (0.5, 0.5);
                for r in 0..64 {
                    let [term, slope] = truth(before[m * 64 + r], y[r]);
                    let error = (eta[m * 64 + r] - slope).abs();
                    assert!(error <= 4e-16 * (slope.abs() + y[r]), "slope at {}: {error:e}", before[m * 64 + r]);
                    (sum, size) = (sum + term, size + term.abs() + (y[r] * before[m * 64 + r]).abs());
                }
                let error = (energy[m] - sum).abs();
                assert!(error < 4e-15 * size, "energy of chain {m} of {n}: {error:e} of {size:e}");
            }
        }
    }
}

#[test]
fn a_chain_has_the_same_bits_in_any_company_and_at_any_level() {
    let y: Vec<f64> = (0..64).map(|r| f64::from(r % 2)).collect();
    for (rows, _) in CASES {
        let bits = |n: usize, m: usize| {
            let mut eta = predictors(n);
            let mut energy = vec![0.0; n];
            rows(&y, &mut eta, &mut energy);
            let own = eta[64 * m..64 * (m + 1)].iter().chain(&energy[m..=m]);
            own.map(|x| x.to_bits()).collect::<Vec<_>>()
        };
        let plain: Vec<_> = (0..5).map(|m| with_level(Level::Portable, || bits(5, m))).collect();
        for level in Level::available() {
            for (n, m) in [(1, 0), (2, 1), (5, 3), (5, 4)] {
                assert!(with_level(level, || bits(n, m)) == plain[m], "chain {m} of {n} at {level:?}");
            }
        }
    }
}

#[test]
fn what_is_no_number_stays_none() {
    for (rows, _) in CASES {
        let (mut eta, mut energy) = ([0.0; 64], [0.0]);
        eta[13] = f64::NAN;
        rows(&[0.0; 64], &mut eta, &mut energy);
        assert!(energy[0].is_nan() && eta[13].is_nan() && eta[12].is_finite());
    }
}

/// Levels but the first, rows, weights: energy and slopes.
fn categories(levels: usize, rows: usize, weights: bool) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let y = (0..rows).map(|r| (r * 5 % (levels + 1)) as f64).collect();
    let weight = (0..rows).map(|r| if weights { (r % 4) as f64 * 0.75 } else { 1.0 }).collect();
    (y, weight, predictors(levels))
}
#[test]
fn categories_are_those_of_the_formula() {
    for (levels, rows, weights) in
        [(1, 64, false), (2, 64, false), (2, 64, true), (5, 48, true), (40, 64, false), (3, 16, false)]
    {
        let (y, weight, before) = categories(levels, rows, weights);
        let mut eta = before.clone();
        let energy = categorical(&y, &weight, &mut eta);
        let (mut sum, mut size) = (0.0, 0.0);
        for r in 0..rows {
            let of = |c: usize| if c == 0 { 0.0 } else { before[(c - 1) * 64 + r] };
            let high = (0..=levels).map(of).fold(0.0, f64::max);
            let total: f64 = (0..=levels).map(|c| (of(c) - high).exp()).sum();
            sum += weight[r] * (high + total.ln() - of(y[r] as usize));
            size += weight[r] * (high + total.ln() + of(y[r] as usize).abs());
            for c in 1..=levels {
                let own = f64::from(u8::from(y[r] == c as f64));
                let slope = weight[r] * ((of(c) - high).exp() / total - own);
                let error = (eta[(c - 1) * 64 + r] - slope).abs();
                assert!(error <= 2e-15 * weight[r], "{levels} levels, row {r}: {error:e}");
            }
        }
        assert!((energy - sum).abs() < 4e-15 * size, "{levels} levels: {energy} {sum}");
        // What lies beyond the rows is nobody's.
        for (eta, before) in eta.chunks_exact(64).zip(before.chunks_exact(64)) {
            assert_eq!(eta[rows..], before[rows..]);
        }
    }
}
#[test]
fn categories_have_the_same_bits_at_every_level() {
    for weights in [false, true] {
        let (y, weight, before) = categories(3, 64, weights);
        let found = |level| {
            with_level(level, || {
                let mut eta = before.clone();
                let energy = categorical(&y, &weight, &mut eta);
                eta.iter().chain([&energy]).map(|x| x.to_bits()).collect::<Vec<_>>()
            })
        };
        assert!(Level::available().all(|level| found(level) == found(Level::Portable)), "weights: {weights}");
    }
    let mut eta = [0.0; 128];
    eta[77] = f64::NAN;
    assert!(
        categorical(&[0.0; 64], &[1.0; 64], &mut eta).is_nan()
            && eta[77].is_nan()
            && eta[13].is_nan()
            && eta[12].is_finite()
    );
}
