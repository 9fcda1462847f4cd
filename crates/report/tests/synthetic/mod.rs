//! Records made from a formula, for the tests and the demonstration.
#![allow(dead_code)]
use steepest_record::{Array, Check, Column, Draws, LogZ, Objective, Parameter, Record, Seconds, Verdict};

/// A small generator of normals: splitmix64 and Box-Muller.
pub struct Normals(pub u64);
impl Normals {
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64 + 1e-17
    }
    pub fn next(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (2.0 * std::f64::consts::PI * self.uniform()).cos()
    }
}

fn check(name: &str, verdict: Verdict, value: f64, bound: f64, advice: &str) -> Check {
    Check { check: name.into(), verdict, value, bound, advice: advice.into() }
}

/// Sorted-sample summary of pooled draws; R-hat and ESS are made up from `quality`.
fn parameter(name: &str, pooled: &[f64], quality: f64) -> Parameter {
    let n = pooled.len() as f64;
    let mut sorted = pooled.to_vec();
    sorted.sort_by(f64::total_cmp);
    let q = |p: f64| sorted[((n - 1.0) * p) as usize];
    let mean = pooled.iter().sum::<f64>() / n;
    let sd = (pooled.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    let ess = n * quality;
    Parameter {
        name: name.into(),
        mean,
        sd,
        q5: q(0.05),
        q50: q(0.5),
        q95: q(0.95),
        rhat: 1.0 + 2.0 / ess,
        ess_bulk: ess,
        ess_tail: 0.8 * ess,
        mcse_mean: sd / ess.sqrt(),
    }
}

fn fill(names: &[String], chains: usize, draws: usize, mut value: impl FnMut(usize, usize, usize) -> f64) -> Draws {
    let mut out = Draws { chains, draws, names: names.to_vec(), ..Draws::default() };
    for k in 0..names.len() {
        for c in 0..chains {
            out.values.extend((0..draws).map(|t| value(k, c, t)));
        }
    }
    out
}

fn sampler(draws: &Draws, key: u64, diverging: impl Fn(usize) -> bool) -> Vec<Column> {
    let n = draws.chains * draws.draws;
    let mut normals = Normals(key);
    let d = draws.names.len().min(25) as f64;
    let mut energy: f64 = 540.0;
    let energy: Vec<f64> = (0..n)
        .map(|_| {
            energy = 540.0 + 0.45 * (energy - 540.0) + 0.89 * d.sqrt() * normals.next();
            energy
        })
        .collect();
    let column = |name: &str, values: Vec<f64>| Column { name: name.into(), values };
    vec![
        column("lp", energy.iter().map(|e| 12.0 - e).collect()),
        column("energy", energy),
        column("diverging", (0..n).map(|i| f64::from(diverging(i))).collect()),
        column("n_steps", (0..n).map(|i| if i % 9 == 0 { 15.0 } else { 7.0 }).collect()),
        column("tree_depth", (0..n).map(|i| if i % 9 == 0 { 4.0 } else { 3.0 }).collect()),
        column("step_size", (0..n).map(|i| 0.31 + 0.01 * (i / draws.draws) as f64).collect()),
        column("acceptance_rate", (0..n).map(|i| 0.82 + 0.1 * (i as f64).sin()).collect()),
    ]
}

/// `quantities` x `chains` x `draws` of correlated normals that mix well.
pub fn posterior(quantities: usize, chains: usize, draws: usize) -> Record {
    let known = [
        "intercept",
        "status",
        "duration",
        "history",
        "log(amount)",
        "savings",
        "employment",
        "residence",
        "age",
        "C(purpose)[car (new)]",
        "C(purpose)[car (used)]",
        "C(purpose)[education]",
        "C(housing)[own]",
        "credits",
        "age:C(housing)[own]",
        "sigma",
    ];
    let names: Vec<String> = (0..quantities)
        .map(|k| known.get(k).map_or_else(|| format!("1|region[{}]", k - 15), |n| n.to_string()))
        .collect();
    let mut normals = Normals(7);
    let latent: Vec<f64> = (0..chains * draws).map(|_| normals.next()).collect();
    let mut last = 0.0;
    let draws_of = fill(&names, chains, draws, |k, c, t| {
        let (centre, spread) = ((k as f64 * 1.7).sin() * 0.8, 0.08 + 0.05 * ((k * k) as f64).cos().abs());
        last = 0.3 * last + 0.95 * normals.next();
        let shared = if k % 5 == 2 { latent[c * draws + t] } else { 0.0 };
        let z = 0.8 * last + if k % 2 == 0 { shared } else { -shared };
        if k == 15 { (0.2 * z).exp() } else { centre + spread * z }
    });
    let mut record = Record::default();
    record.summary.parameters = (0..quantities)
        .map(|k| parameter(&names[k], &draws_of.values[k * chains * draws..(k + 1) * chains * draws], 0.52))
        .collect();
    let statistics = sampler(&draws_of, 3, |_| false);
    record.draws = Some(Draws { statistics, ..draws_of });
    record.notes = vec![
        "1,000 rows of credit.csv, response default (30.0 % ones).".into(),
        "default ~ Bernoulli(logistic(η)), η = intercept + status + duration + history + log(amount) + … (16 columns)."
            .into(),
        "Priors on the user's scale: intercept ~ normal(0, 2.5 / sd), coefficients ~ normal(0, 2.5 / sd(x)).".into(),
        "Sampler: NUTS with a diagonal mass matrix and a step size adapted over 1,000 warm-up draws.".into(),
    ];
    record.flow = "[functional]\ndata = \"credit.csv\"\nformula = \"default ~ .\"\nfamily = \"bernoulli\"\n\n[scheme]\nname = \"nuts\"\ntarget_acceptance = 0.8\n\n[run]\nchains = 4\ndraws = 1000\nwarmup = 1000\nseed = 1\n".into();
    let s = &mut record.summary;
    (s.schema, s.row, s.seed, s.steps) = (1, "nuts".into(), 1, draws as u64);
    s.seconds = Seconds { setup: 0.012, warmup: 0.61, run: 0.84 };
    (s.gradients, s.rate) = (61_240, 42_200.0);
    s.ledger = vec![
        check("R-hat", Verdict::Holds, 1.003, 1.01, "The chains agree on every quantity."),
        check("bulk ESS", Verdict::Holds, 2080.0, 400.0, "Enough independent draws for means and sds."),
        check("tail ESS", Verdict::Holds, 1664.0, 400.0, "Enough independent draws for the 5 and 95 % quantiles."),
        check("divergences", Verdict::Holds, 0.0, 0.0, "Every trajectory stayed stable."),
        check("E-BFMI", Verdict::Holds, 0.94, 0.3, "Momentum refreshment explores the energies."),
        check(
            "fluctuation theorem",
            Verdict::Holds,
            0.0014,
            0.012,
            "⟨exp(−w)⟩ = 1 within its error: the integrator and its gradient fit each other.",
        ),
        check(
            "configurational temperature",
            Verdict::Holds,
            1.004,
            0.03,
            "The mean of x·∇U agrees with d: gradient and draws belong together.",
        ),
    ];
    record
}

/// A funnel whose chains disagree, with divergences, a name that is an attack, and draws that are not numbers.
pub fn broken() -> Record {
    let names: Vec<String> =
        ["log_tau", "theta[1]", "<script>alert('x')</script>", "constant", "cauchy"].map(String::from).to_vec();
    let (chains, draws) = (4, 1000);
    let mut normals = Normals(11);
    let mut state = [0.0f64; 4];
    let log_tau: Vec<f64> = (0..chains * draws)
        .map(|i| {
            let c = i / draws;
            state[c] = 0.98 * state[c] + 0.2 * normals.next();
            1.2 * state[c] + if c == 3 { 2.5 } else { 0.0 }
        })
        .collect();
    let filled = fill(&names, chains, draws, |k, c, t| match k {
        0 => log_tau[c * draws + t],
        1 => log_tau[c * draws + t].exp() * normals.next(),
        2 if t % 97 == 0 => f64::NAN,
        2 => normals.next() + 0.4 * log_tau[c * draws + t],
        3 => 1.0,
        _ => normals.next() / normals.next(),
    });
    let statistics = sampler(&filled, 5, |i| log_tau[i] < -2.4 && i % 3 == 0);
    let mut record = posterior(2, 2, 50);
    let s = &mut record.summary;
    s.parameters = (0..names.len())
        .map(|k| {
            let clean: Vec<f64> =
                filled.values[k * 4000..(k + 1) * 4000].iter().copied().filter(|x| x.is_finite()).collect();
            Parameter { rhat: if k == 3 { f64::NAN } else { 1.31 }, ..parameter(&names[k], &clean, 0.006) }
        })
        .collect();
    s.ledger[0] = check(
        "R-hat",
        Verdict::Violated,
        1.31,
        1.01,
        "Chain 4 sits elsewhere: run longer, start wider, or look for a second mode.",
    );
    s.ledger[3] = check(
        "divergences",
        Verdict::Violated,
        57.0,
        0.0,
        "Trajectories broke near small log_tau: use the non-centred form or raise the target acceptance to 0.95.",
    );
    s.ledger[4] = check("E-BFMI", Verdict::Inconclusive, 0.29, 0.3, "Too few draws to tell: run longer.");
    record.draws = Some(Draws { statistics, ..filled });
    record.notes = vec!["An <em>awkward</em> posterior & its names.".into()];
    record
}

/// Gradient descent on Rosenbrock's valley: a path, a falling objective, an identity residual.
pub fn descent() -> Record {
    let (mut x, mut y, h) = (-1.2, 1.0, 1e-3);
    let (mut path, mut f, mut residual, mut step) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for t in 0..20_000 {
        path.extend([x, y]);
        f.push((1.0 - x) * (1.0 - x) + 100.0f64 * (y - x * x) * (y - x * x));
        residual.push(if t == 0 { 0.0 } else { 1e-3 * (t as f64).powf(-0.5) });
        step.push(t as f64);
        let (gx, gy) = (-2.0 * (1.0 - x) - 400.0 * x * (y - x * x), 200.0 * (y - x * x));
        (x, y) = (x - h * gx, y - h * gy);
    }
    let column = |name: &str, values: Vec<f64>| Column { name: name.into(), values };
    let mut record = Record::default();
    let s = &mut record.summary;
    (s.row, s.steps, s.gradients, s.rate) = ("gradient descent".into(), 20_000, 20_000, 8.1e6);
    s.seconds.run = 0.0024;
    s.objective = Some(Objective { initial: f[0], r#final: f[19_999] });
    let at = |name: &str, v: f64| Parameter {
        name: name.into(),
        mean: v,
        sd: f64::NAN,
        q5: f64::NAN,
        q50: v,
        q95: f64::NAN,
        rhat: f64::NAN,
        ess_bulk: f64::NAN,
        ess_tail: f64::NAN,
        mcse_mean: f64::NAN,
    };
    s.parameters = vec![at("x", x), at("y", y)];
    s.ledger = vec![
        check("descent", Verdict::Holds, 0.0, 0.0, "The objective never rose."),
        check(
            "identity residual",
            Verdict::Holds,
            2.1e-4,
            1e-2,
            "F(end) − F(start) agrees with the dissipation to first order.",
        ),
    ];
    record.flow = "[functional]\nenergy = \"(1 - x)^2 + 100*(y - x^2)^2\"\n".into();
    record.notes = vec!["Energy (1 − x)² + 100 (y − x²)², from (−1.2, 1).".into()];
    record.ledger = vec![column("step", step), column("objective", f), column("identity residual", residual)];
    record.arrays = vec![Array { name: "path".into(), shape: vec![20_000, 2], values: path }];
    record
}

/// `n` particles on a ring.
pub fn ring(n: usize) -> Record {
    let mut normals = Normals(5);
    let mut rows = vec![vec![0.0; n]; 2];
    for i in 0..n {
        let (r, a) = (2.0 + 0.2 * normals.next(), 2.0 * std::f64::consts::PI * normals.uniform());
        (rows[0][i], rows[1][i]) = (r * a.cos(), r * a.sin());
    }
    let mut record = Record::default();
    let s = &mut record.summary;
    (s.row, s.steps, s.gradients, s.rate) = ("langevin".into(), 1000, 1000 * n as u64, 1.1e8);
    s.seconds.run = 9.2;
    s.log_z = Some(LogZ { value: 1.8379, se: 0.0021 });
    s.ledger = vec![check("kinetic temperature", Verdict::Inconclusive, 1.02, 0.03, "Run longer to tell.")];
    let time: Vec<f64> = (0..200).map(|t| t as f64 * 0.05).collect();
    let heat = time.iter().map(|t| 1.0 - (-t).exp() + 0.01 * normals.next()).collect();
    record.ledger = vec![Column { name: "time".into(), values: time }, Column { name: "heat".into(), values: heat }];
    record.arrays = vec![Array { name: "state".into(), shape: vec![2, n], values: rows.concat() }];
    record
}
