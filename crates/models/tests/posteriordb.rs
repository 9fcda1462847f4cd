//! Seven regressions of posteriordb: the energy against an evaluation of each model written out here, and log Z.
#[path = "support/posteriordb.rs"]
mod support;
use std::f64::consts::PI;
use steepest_core::{Batch, Potential, Workspace};
use steepest_models::{Model, Prior, Regression, RegressionOptions, Table};
use support::{Reference, references};

fn build(r: &Reference) -> Regression {
    let table = Table::parse("data.csv", r.csv.as_bytes(), Default::default()).unwrap();
    let options = RegressionOptions {
        formula: r.formula.into(),
        family: Some(r.family.parse().unwrap()),
        priors: r.priors.iter().map(|p| Prior::assignment(p).unwrap()).collect(),
        ..Default::default()
    };
    Regression::new(&table, &options).unwrap_or_else(|e| panic!("{}: {e}", r.formula))
}

/// log density of the model as posteriordb states it, with normalised priors, from its own data.
fn by_hand(r: &Reference, q: &[f64]) -> f64 {
    let normal = |y: f64, m: f64, s: f64| -0.5 * ((y - m) / s).powi(2) - s.ln() - 0.5 * (2.0 * PI).ln();
    let c = |name: &str| r.column(name);
    let gaussian = |y: Vec<f64>, eta: &dyn Fn(usize) -> f64| -> f64 {
        (0..y.len()).map(|i| normal(y[i], eta(i), q[q.len() - 1])).sum()
    };
    let logistic = |y: Vec<f64>, eta: &dyn Fn(usize) -> f64| -> f64 {
        (0..y.len()).map(|i| if y[i] == 1.0 { -(-eta(i)).exp().ln_1p() } else { -eta(i).exp().ln_1p() }).sum()
    };
    let half_cauchy = |x: f64, s: f64| (2.0 / (PI * s * (1.0 + (x / s).powi(2)))).ln();
    match r.formula.split(' ').next().unwrap() {
        "earn" => {
            let x = c("height");
            gaussian(c("earn"), &|i| q[0] + q[1] * x[i])
        }
        "kid_score" => {
            let (h, v) = (c("mom_hs"), c("mom_iq"));
            half_cauchy(q[4], 2.5)
                + gaussian(c("kid_score"), &|i| q[0] + q[1] * h[i] + q[2] * v[i] + q[3] * h[i] * v[i])
        }
        "partyid7" => {
            let (a, b, g) = (c("real_ideo"), c("race_adj"), c("age_discrete"));
            let (e, s, w) = (c("educ1"), c("gender"), c("income"));
            let age = |i: usize| if g[i] > 1.0 { q[1 + g[i] as usize] } else { 0.0 };
            gaussian(c("partyid7"), &|i| {
                q[0] + q[1] * a[i] + q[2] * b[i] + age(i) + q[6] * e[i] + q[7] * s[i] + q[8] * w[i]
            })
        }
        "y" => {
            let x = |i: usize, j: usize| r.data["X"][i][j].as_f64().unwrap();
            let prior: f64 =
                q[..5].iter().map(|&b| normal(b, 0.0, 10.0)).sum::<f64>() + normal(q[5], 0.0, 10.0) + 2f64.ln();
            prior + gaussian(c("y"), &|i| (0..5).map(|j| q[j] * x(i, j)).sum())
        }
        "switched" => {
            let (d, a) = (c("dist"), c("arsenic"));
            logistic(c("switched"), &|i| q[0] + q[1] * d[i] / 100.0 + q[2] * a[i])
        }
        "vote" => {
            let x = c("income");
            logistic(c("vote"), &|i| q[0] + q[1] * x[i])
        }
        _ => {
            let (y, x) = (c("C"), c("year"));
            let factorial = |y: f64| (1..=y as u64).map(|k| (k as f64).ln()).sum::<f64>();
            let eta = |i: usize| q[0] + q[1] * x[i] + q[2] * x[i].powi(2) + q[3] * x[i].powi(3);
            let prior = -(40f64.ln()) - 3.0 * 20f64.ln();
            prior + (0..y.len()).map(|i| y[i] * eta(i) - eta(i).exp() - factorial(y[i])).sum::<f64>()
        }
    }
}

#[test]
fn densities_at_the_reference_draws() {
    for r in references() {
        let v = build(&r);
        assert_eq!(v.names().len(), r.parameters.len(), "{:?} against {:?}", v.names(), r.parameters);
        for q in r.draws().iter().step_by(50) {
            let (got, expected) = (v.ln_density(q), by_hand(&r, q));
            assert!((got - expected).abs() < 1e-10 * expected.abs(), "{}: {got} against {expected}", r.formula);
            let x = v.coordinates(q).unwrap();
            let mut back = vec![0.0; q.len()];
            v.report(Batch { n: 1, d: x.len(), x: &x }, &mut back, &mut Workspace::default());
            assert!(q.iter().zip(&back).all(|(a, b)| (a - b).abs() < 1e-9 * a.abs().max(1.0)), "{q:?} {back:?}");
        }
    }
}

/// In whitened coordinates the reference draws have mean 0 and standard deviation 1, nearly: the spread fits the posterior.
#[test]
fn draws_are_white() {
    for r in references() {
        let v = build(&r);
        let x: Vec<Vec<f64>> = r.draws().iter().map(|q| v.coordinates(q).unwrap()).collect();
        let n = x.len() as f64;
        for j in 0..v.dim() {
            let mean = x.iter().map(|x| x[j]).sum::<f64>() / n;
            let sd = (x.iter().map(|x| (x[j] - mean).powi(2)).sum::<f64>() / n).sqrt();
            assert!(mean.abs() < 0.25 && (sd - 1.0).abs() < 0.15, "{} [{j}]: mean {mean}, sd {sd}", r.formula);
        }
    }
}

/// log Z by importance sampling from a slightly widened Gaussian; the exact one is a quadrature. Standard error < .005.
#[test]
fn log_z_is_exact() {
    for r in references() {
        let Some(exact) = r.log_z() else { continue };
        let v = build(&r);
        let (n, d, wide) = (40_000, v.dim(), 1.15);
        let mut x = vec![0.0; n * d];
        steepest_kernels::normals(5, 0, 0, 0, &mut x);
        let half: Vec<f64> = (0..n).map(|i| (0..d).map(|j| 0.5 * x[j * n + i].powi(2)).sum()).collect();
        x.iter_mut().for_each(|x| *x *= wide);
        let mut energy = vec![0.0; n];
        v.values(Batch { n, d, x: &x }, 1.0, &mut energy, &mut Workspace::default());
        let constant = d as f64 * (0.5 * (2.0 * PI).ln() + f64::ln(wide));
        let log_w: Vec<f64> = energy.iter().zip(&half).map(|(v, h)| h + constant - v).collect();
        let found = steepest_kernels::log_sum_exp(&log_w) - (n as f64).ln();
        assert!((found - exact).abs() < 0.02, "{}: {found} against {exact}", r.formula);
    }
}
