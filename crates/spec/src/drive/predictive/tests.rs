//! Thinning, rows that cannot be relied on, and the spread of replicates.
use super::*;
use steepest_models::{ModelError, Table};

fn draws(chains: usize, draws: usize) -> Draws {
    let values = (0..chains * draws).map(|i| i as f64).collect();
    Draws { chains, draws, names: vec!["x".into()], values, statistics: Vec::new() }
}

/// No more than asked for, however they are spread over chains: first fewer draws of each, then fewer chains.
#[test]
fn draws_of_many_chains_are_thinned_too() {
    for (chains, each, most, n) in [
        (4, 1000, 4000, 4000),
        (4, 4000, 4000, 4000),
        (4, 4001, 4000, 3204),
        (3000, 10, 4000, 3000),
        (10_000, 3, 4000, 3334),
        (5, 1, 1, 1),
    ] {
        let found = Thinned::of(&draws(chains, each), most);
        assert_eq!((found.n, found.theta.len()), (n, n), "{chains} chains of {each}");
        assert!(found.n <= most && found.relative.is_finite());
    }
    let found = Thinned::of(&draws(10_000, 3), 4000);
    assert_eq!((&found.theta[..3], found.relative), (&[0.0, 9.0, 18.0][..], 1.0));
}

/// Rows of a response 1e8 +- 1, whose replicates are the response, and whose weights at 4,000 draws are of one of three kinds.
struct Far {
    y: Vec<f64>,
    kinds: [usize; 3],
}
impl Observations for Far {
    fn rows(&self) -> usize {
        self.y.len()
    }
    fn response(&self) -> &[f64] {
        &self.y
    }
    /// A tail of shape 0.2; a tail in which one draw comes 1,200 times; none at all.
    fn log_likelihood(&self, rows: Range<usize>, theta: Batch<'_>, out: &mut [f64]) {
        for (r, out) in rows.zip(out.chunks_exact_mut(theta.n)) {
            for (i, l) in out.iter_mut().enumerate() {
                let u = (i as f64 + 0.5) / 4000.0;
                *l = match self.kinds[r % 3] {
                    0 => 0.2 * u.ln(),
                    1 if i < 1200 => -1.0,
                    1 if i < 1300 => -1.0 - 0.01 * (i - 1199) as f64,
                    1 => -0.9 * u,
                    _ => -1.0,
                };
            }
        }
    }
    fn mean(&self, _rows: Range<usize>, _theta: Batch<'_>, out: &mut [f64]) {
        out.fill(f64::NAN);
    }
    fn replicate(&self, rows: Range<usize>, _key: u64, _first: u64, theta: Batch<'_>, out: &mut [f64]) {
        rows.zip(out.chunks_exact_mut(theta.n)).for_each(|(r, out)| out.fill(self.y[r]));
    }
    fn on(&self, _table: &Table) -> Result<Box<dyn Observations>, ModelError> {
        Ok(Box::new(Far { y: self.y.clone(), kinds: self.kinds }))
    }
}
fn judged_rows(kinds: [usize; 3]) -> Record {
    let mut record = Record { draws: Some(draws(4, 1000)), ..Record::default() };
    let y = (0..20).map(|r| 1e8 + if r % 2 == 0 { 1.0 } else { -1.0 }).collect();
    add(&mut record, &Far { y, kinds }, (1.0, 1), 2);
    record
}

/// Weights that differ and have no shape are not relied on; such as are all alike are left out of it.
#[test]
fn rows_without_a_shape_are_not_taken_for_good() {
    for (kinds, verdict, above, says) in [
        ([0, 0, 0], Verdict::Holds, 0, "by itself so far that leaving it out could not"),
        ([0, 2, 2], Verdict::Holds, 0, "by itself so far that leaving it out could not"),
        ([0, 1, 2], Verdict::Inconclusive, 7, "How far 7 of 20 rows move the posterior is not known"),
        ([1, 1, 1], Verdict::Inconclusive, 20, "How far 20 of 20 rows move the posterior is not known"),
        ([2, 2, 2], Verdict::Inconclusive, 0, "nothing was tested"),
    ] {
        let record = judged_rows(kinds);
        let line = &record.summary.ledger[0];
        assert_eq!(line.verdict, verdict, "{kinds:?}: {line:?}");
        assert!(line.advice.contains(says), "{kinds:?}: {line:?}");
        assert_eq!(record.summary.extra["loo"]["above"], above);
        assert_eq!(line.value.is_nan(), !kinds.contains(&0), "{kinds:?}: {line:?}");
    }
}

/// An sd of about 1 beside a mean of 1e8: exactly sqrt(20 / 19), of the response and of every replicate.
#[test]
fn the_spread_of_replicates_does_not_cancel() {
    let record = judged_rows([0, 0, 0]);
    let tests = &record.summary.extra["predictive"];
    for (name, exact) in [("mean", 1e8), ("sd", (20.0f64 / 19.0).sqrt())] {
        for key in ["value", "q5", "q95"] {
            assert_eq!(tests[name][key], exact, "{name}, {key}");
        }
    }
}

/// y_r of N(theta, 1), theta of N(0, 2^2); replicates are the means.
struct Normal(Vec<f64>);
impl Observations for Normal {
    fn rows(&self) -> usize {
        self.0.len()
    }
    fn response(&self) -> &[f64] {
        &self.0
    }
    fn log_likelihood(&self, rows: Range<usize>, theta: Batch<'_>, out: &mut [f64]) {
        for (r, out) in rows.zip(out.chunks_exact_mut(theta.n)) {
            let density = |theta: &f64| -0.5 * (self.0[r] - theta).powi(2) - 0.5 * std::f64::consts::TAU.ln();
            out.iter_mut().zip(theta.x).for_each(|(l, theta)| *l = density(theta));
        }
    }
    fn mean(&self, rows: Range<usize>, theta: Batch<'_>, out: &mut [f64]) {
        rows.zip(out.chunks_exact_mut(theta.n)).for_each(|(_, out)| out.copy_from_slice(theta.x));
    }
    fn replicate(&self, rows: Range<usize>, _key: u64, _first: u64, theta: Batch<'_>, out: &mut [f64]) {
        self.mean(rows, theta, out);
    }
    fn on(&self, _table: &Table) -> Result<Box<dyn Observations>, ModelError> {
        Ok(Box::new(Normal(self.0.clone())))
    }
}

/// Draws of exp(-beta V) against the exact posterior of the other rows at that beta, N(m, 1 / (beta (n - 1 + 1/4))): 4,000 know the
/// elpd of 20 rows to 0.015 and of one to 0.009. Weights that forget beta are 0.9 and 0.08 off at beta = 4, 4 and 0.3 at 1/4.
#[test]
fn a_row_takes_with_it_what_it_counted_for() {
    let y: Vec<f64> = (0..20).map(|r| f64::from((7 * r * r + 3 * r) % 20) / 5.0 - 1.9).collect();
    let (sum, precision) = (y.iter().sum::<f64>(), 20.25);
    for beta in [0.25, 1.0, 4.0f64] {
        let mut values = vec![0.0; 4000];
        steepest_kernels::normals(11, 0, 5, 0, &mut values);
        values.iter_mut().for_each(|z| *z = sum / precision + *z / (beta * precision).sqrt());
        let draws = Draws { chains: 4, draws: 1000, names: vec!["theta".into()], values, statistics: Vec::new() };
        let mut record = Record { draws: Some(draws), ..Record::default() };
        add(&mut record, &Normal(y.clone()), (beta, 1), 2);
        let variance = 1.0 + 1.0 / (beta * (precision - 1.0));
        let alone = |y: &f64| {
            let mean = (sum - y) / (precision - 1.0);
            -0.5 * (y - mean).powi(2) / variance - 0.5 * (std::f64::consts::TAU * variance).ln()
        };
        let found = record.arrays.iter().find(|array| array.name == "loo").unwrap();
        for (row, y) in found.values.chunks_exact(5).zip(&y) {
            assert!((row[0] - alone(y)).abs() < 0.03, "beta {beta}, y = {y}: {} and not {}", row[0], alone(y));
        }
        let (elpd, exact) = (record.summary.extra["loo"]["elpd"].as_f64().unwrap(), y.iter().map(alone).sum::<f64>());
        println!("beta {beta}: elpd {elpd:.3}, exactly {exact:.3}");
        assert!((elpd - exact).abs() < 0.06, "beta {beta}: {elpd} and not {exact}");
        assert_eq!(record.notes.iter().any(|note| note.contains("from draws at beta")), beta != 1.0);
        assert_eq!(record.summary.ledger[0].verdict, Verdict::Holds, "{:?}", record.summary.ledger);
    }
}
