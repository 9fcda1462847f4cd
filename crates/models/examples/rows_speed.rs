//! How long a gradient of a row model takes beside the same energy written by hand: `cargo run --release --example rows_speed`.
use std::time::Instant;
use steepest_core::{Batch, Potential, Workspace};
use steepest_kernels::{exp, log1p_exp, logistic, normals, simd};
use steepest_models::{Likelihood, Model, Rows, RowsOptions, Table};

const ROWS: usize = 10_000;
const LEVELS: usize = 85;

/// y ~ normal(a exp(-b t), s) with flat priors; b and s positive.
struct Decay {
    y: Vec<f64>,
    t: Vec<f64>,
}
impl Potential for Decay {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.values_and_gradients(x, scale, out, &mut vec![0.0; x.n * x.d], work);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.values_and_gradients(x, scale, &mut vec![0.0; x.n], out, work);
    }
    fn values_and_gradients(&self, x: Batch<'_>, scale: f64, v: &mut [f64], g: &mut [f64], work: &mut Workspace) {
        let n = x.n;
        let mut e = work.take(ROWS);
        for i in 0..n {
            let (a, b, s) = (x.x[i], x.x[n + i].exp(), x.x[2 * n + i].exp());
            e.iter_mut().zip(&self.t).for_each(|(e, t)| *e = -b * t);
            exp(&mut e);
            let (mut rr, mut re, mut ret) = ([0.0; 32], [0.0; 32], [0.0; 32]);
            simd(
                #[inline(always)]
                || {
                    let rows = self.y.chunks(32).zip(self.t.chunks(32)).zip(e.chunks(32));
                    for ((y, t), e) in rows {
                        for l in 0..y.len() {
                            let r = (-a).mul_add(e[l], y[l]);
                            rr[l] = r.mul_add(r, rr[l]);
                            re[l] = r.mul_add(e[l], re[l]);
                            ret[l] = (r * e[l]).mul_add(t[l], ret[l]);
                        }
                    }
                },
            );
            let sum = |lanes: &[f64; 32]| lanes.iter().sum::<f64>();
            let (rr, re, ret, inverse) = (sum(&rr), sum(&re), sum(&ret), 1.0 / (s * s));
            v[i] += scale * (0.5 * inverse * rr + ROWS as f64 * s.ln() - x.x[n + i] - x.x[2 * n + i]);
            g[i] -= scale * inverse * re;
            g[n + i] += scale * (a * inverse * ret * b - 1.0);
            g[2 * n + i] += scale * (ROWS as f64 - inverse * rr - 1.0);
        }
        work.give(e);
    }
}

/// d ~ bernoulli_logit(a[level] + b t), a ~ normal(0, 1).
struct Levels {
    d: Vec<f64>,
    t: Vec<f64>,
    level: Vec<u32>,
}
impl Potential for Levels {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.values_and_gradients(x, scale, out, &mut vec![0.0; x.n * x.d], work);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.values_and_gradients(x, scale, &mut vec![0.0; x.n], out, work);
    }
    fn values_and_gradients(&self, x: Batch<'_>, scale: f64, v: &mut [f64], g: &mut [f64], work: &mut Workspace) {
        let n = x.n;
        let (mut eta, mut p) = (work.take(ROWS), work.take(ROWS));
        for i in 0..n {
            let b = x.x[LEVELS * n + i];
            for r in 0..ROWS {
                eta[r] = b.mul_add(self.t[r], x.x[self.level[r] as usize * n + i]);
            }
            p.copy_from_slice(&eta);
            logistic(&mut p);
            let mut energy = -steepest_kernels::dot(&self.d, &eta);
            log1p_exp(&mut eta);
            energy += steepest_kernels::sum(&eta);
            let mut by_b = 0.0;
            for r in 0..ROWS {
                let slope = p[r] - self.d[r];
                by_b += slope * self.t[r];
                g[self.level[r] as usize * n + i] += scale * slope;
            }
            g[LEVELS * n + i] += scale * by_b;
            for k in 0..LEVELS {
                let a = x.x[k * n + i];
                energy += 0.5 * a * a + 0.9189385332046727;
                g[k * n + i] += scale * a;
            }
            v[i] += scale * energy;
        }
        work.give(p);
        work.give(eta);
    }
}

/// Best nanoseconds a row of a gradient of 4 points, and the last values.
fn time(energy: &dyn Potential, d: usize) -> (f64, [f64; 4]) {
    let mut x = vec![0.0; 4 * d];
    normals(5, 0, 0, 0, &mut x);
    x.iter_mut().for_each(|x| *x *= 0.3);
    let (mut work, mut best, mut values) = (Workspace::default(), f64::INFINITY, [0.0; 4]);
    let mut slopes = vec![0.0; 4 * d];
    for _ in 0..300 {
        values = [0.0; 4];
        let now = Instant::now();
        energy.values_and_gradients(Batch { n: 4, d, x: &x }, 1.0, &mut values, &mut slopes, &mut work);
        best = best.min(now.elapsed().as_secs_f64());
    }
    (best / (4 * ROWS) as f64 * 1e9, values)
}
fn model(table: &Table, ll: &str, parameters: &[(&str, &str)], priors: &[(&str, &str)]) -> Rows {
    let pairs = |list: &[(&str, &str)]| list.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
    let options = RowsOptions {
        likelihood: Likelihood::Ll(ll.into()),
        parameters: pairs(parameters),
        priors: pairs(priors),
        ..RowsOptions::default()
    };
    Rows::new(table, &options).unwrap_or_else(|error| panic!("{error}"))
}
fn compare(name: &str, rows: &Rows, by_hand: &dyn Potential) {
    let ((ours, v), (theirs, w)) = (time(rows, rows.dim()), time(by_hand, rows.dim()));
    let apart = v.iter().zip(w).map(|(v, w)| (v / w - 1.0).abs()).fold(0.0, f64::max);
    println!(
        "{name:10} {ours:6.2} ns a row; by hand {theirs:6.2} ns; ratio {:.2}; values differ by {apart:.0e}",
        ours / theirs
    );
}

fn main() {
    let mut z = vec![0.0; 3 * ROWS];
    normals(1, 0, 0, 0, &mut z);
    let t: Vec<f64> = z[..ROWS].iter().map(|z| z.abs()).collect();
    let y: Vec<f64> = t.iter().zip(&z[ROWS..]).map(|(t, z)| 2.0 * (-t).exp() + 0.1 * z).collect();
    let d: Vec<f64> = z[2 * ROWS..].iter().map(|z| f64::from(*z > 0.0)).collect();
    let level: Vec<u32> = (0..ROWS as u32).map(|r| r * 7919 % LEVELS as u32).collect();
    let labels = level.iter().map(|l| f64::from(*l)).collect();
    let columns = [("y", y.clone()), ("t", t.clone()), ("d", d.clone()), ("g", labels)];
    let Ok(table) = Table::from_columns(columns) else { return };
    let ll = "-log(s) - 0.5*((y - a*exp(-b*t))/s)^2";
    let rows = model(&table, ll, &[("a", "real"), ("b", "positive"), ("s", "positive")], &[]);
    compare("decay", &rows, &Decay { y, t: t.clone() });
    let ll = "bernoulli_logit_lpmf(d, a[g] + b*t)";
    let rows = model(&table, ll, &[("a", "real[g]"), ("b", "real")], &[("a", "normal(0, 1)")]);
    compare("levels", &rows, &Levels { d, t, level });
}
