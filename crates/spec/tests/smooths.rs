//! Smooth terms end to end: a known curve found again, on rows the run has not seen.
use std::fmt::Write;
use std::path::Path;
use steepest_kernels::normals;
use steepest_spec::{Config, Unwatched, build, execute, predict};

/// 300 rows of sin(6 x) + 0.3 z. Mean and 90 % interval of the curve at 25 new places from -0.01 to 1.01: the mean square of the
/// errors in posterior standard deviations, near 0.3 sqrt(9 / 300) = 0.05, is 1 for the true law, with about 8 degrees of freedom:
/// standard error 0.5, so the bound of 3 is 4 of them away. A curve off by 0.08 everywhere would be seen, or intervals of half
/// the width.
#[test]
fn a_curve_is_found_again() {
    let n = 300;
    let mut z = vec![0.0; n];
    normals(12, 0, 0, 0, &mut z);
    let curve = |x: f64| (6.0 * x).sin();
    let mut text = "x,y\n".to_owned();
    for (r, z) in z.iter().enumerate() {
        let x = (r as f64 * 0.618_033_988_75).fract();
        let _ = writeln!(text, "{x:?},{:?}", curve(x) + 0.3 * z);
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (data, new) = (folder.join("wave.csv"), folder.join("wave-new.csv"));
    std::fs::write(&data, text).unwrap();
    let places: Vec<f64> = (0..25).map(|k| -0.01 + 1.02 * f64::from(k) / 24.0).collect();
    std::fs::write(&new, places.iter().fold("x\n".to_owned(), |text, x| text + &format!("{x:?}\n"))).unwrap();
    let flow = format!(
        "[functional]\nkind = \"regression\"\ndata = '{}'\nformula = \"y ~ s(x)\"\n[functional.priors]\n\
         \"sd(s(x))\" = \"half_normal(3)\"\n[run]\ndraws = 1000\nseed = 1\n",
        data.display()
    );
    let config = Config::parse(&flow, "flow.toml", &[]).unwrap();
    let record = execute(&config, &*build(&config).unwrap(), &mut Unwatched).unwrap();
    let found = predict(&record, "flow.toml", &new).unwrap().columns;
    let column = |name: &str| &found.iter().find(|c| c.name == name).unwrap().values;
    let squares = places.iter().enumerate().map(|(k, x)| {
        let sd = (column("mean_q95")[k] - column("mean_q5")[k]) / 3.29;
        ((column("mean")[k] - curve(*x)) / sd).powi(2)
    });
    let mean = squares.sum::<f64>() / places.len() as f64;
    assert!((0.05..3.0).contains(&mean), "mean square {mean}");
}
