//! Writes a small run folder, `cargo run --release -p steepest-record --example run_folder -- PLACE`.
//!
//! Every value is a formula of its indices, so that another program can say what it must find.
use steepest_record::{Array, Column, Draws, Folder, Parameter, Record, Summary};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let place = std::env::args_os().nth(1).ok_or("PLACE is missing")?;
    let names = [
        "intercept",
        "log(amount)",
        "C(purpose)[car]",
        "age:housing",
        "1|g[north]",
        "sd(1|g)",
        "theta[1]",
        "theta[2]",
        "theta[3]",
        "a/b",
        "draw",
    ];
    let (chains, draws) = (4, 25);
    let statistic =
        |name: &str, f: fn(usize) -> f64| Column { name: name.into(), values: (0..chains * draws).map(f).collect() };
    let draws = Draws {
        chains,
        draws,
        names: names.map(String::from).to_vec(),
        values: (0..names.len() * chains * draws).map(|i| i as f64 / 7.0 - 40.0).collect(),
        statistics: vec![
            statistic("lp", |i| -(i as f64) / 3.0),
            statistic("energy", |i| ((i * i) % 17) as f64 / 3.0),
            statistic("diverging", |i| f64::from(i % 10 == 3)),
            statistic("n_steps", |i| ((2 << (i % 5)) - 1) as f64),
            statistic("tree_depth", |i| (i % 5 + 1) as f64),
            statistic("step_size", |_| 0.1),
            statistic("acceptance_rate", |i| 1.0 / (1.0 + i as f64)),
        ],
    };
    let record = Record {
        flow: "[run]\nseed = 1\n".into(),
        summary: Summary {
            row: "nuts".into(),
            parameters: vec![Parameter { name: "log(amount)".into(), rhat: f64::NAN, ..Default::default() }],
            ..Default::default()
        },
        draws: Some(draws),
        log_likelihood: None,
        ledger: vec![
            Column { name: "t".into(), values: vec![0.0, 0.1] },
            Column { name: "a, b".into(), values: vec![f64::NAN, 1e300] },
        ],
        arrays: vec![Array {
            name: "state".into(),
            shape: vec![2, 3],
            values: (0..6).map(|i| f64::from(i) / 7.0).collect(),
        }],
        notes: Vec::new(),
    };
    let mut folder = Folder::create(place.as_ref(), false)?;
    folder.write(&record)?;
    folder.commit()?;
    Ok(())
}
