//! What draws say about rows: leaving one out, predicting it from a run without it, and calibration.
use std::fmt::Write;
use std::path::{Path, PathBuf};
use steepest_flows::observer::diagnostics::{leave_one_out, total};
use steepest_kernels::normals;
use steepest_record::Record;
use steepest_spec::{Config, Unwatched, build, execute, predict, predictions};

/// y = 1 + 2 x + 0.7 z, x and z normal.
fn table(rows: usize) -> Vec<[f64; 2]> {
    let mut z = vec![0.0; 2 * rows];
    normals(11, 0, 0, 0, &mut z);
    (0..rows).map(|i| [z[i], 1.0 + 2.0 * z[i] + 0.7 * z[rows + i]]).collect()
}
fn write(name: &str, rows: &[[f64; 2]]) -> PathBuf {
    let text = rows.iter().fold("x,y\n".to_owned(), |mut text, [x, y]| {
        let _ = writeln!(text, "{x:?},{y:?}");
        text
    });
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}
fn run(data: &Path, formula: &str, seed: u64) -> Record {
    let text = format!(
        "[functional]\nkind = \"regression\"\ndata = '{}'\nformula = \"{formula}\"\n[functional.priors]\n\
         coefficients = \"normal(0, 10)\"\nsigma = \"exponential(1)\"\n[run]\ndraws = 4000\nseed = {seed}\n",
        data.display()
    );
    let config = Config::parse(&text, "flow.toml", &[]).unwrap();
    let model = build(&config).unwrap();
    execute(&config, &*model, &mut Unwatched).unwrap()
}
fn column<'a>(columns: &'a [steepest_record::Column], name: &str) -> &'a [f64] {
    &columns.iter().find(|c| c.name == name).unwrap().values
}

/// Each of four rows, left out by weights, and predicted by a run that never saw it. 4,000 draws, whose densities vary by 10 to
/// 40 %, know an elpd to 0.01; an outlier's weights (Pareto k = 0.48) vary more. The bound is 0.02 and a seventh of what
/// leaving the row in would move its elpd by, which for the outlier is 1.1.
#[test]
fn leaving_out_is_not_having_seen() {
    let rows = table(25);
    let whole = run(&write("whole.csv", &rows), "y ~ x", 1);
    let loo = whole.arrays.iter().find(|a| a.name == "loo").unwrap();
    assert_eq!(loo.shape, [25, 5]);
    let influence = |r: &usize| loo.values[r * 5 + 1];
    let mut order: Vec<usize> = (0..25).collect();
    order.sort_by(|a, b| influence(a).total_cmp(&influence(b)));
    assert!(influence(&order[24]) > 0.5);
    for r in [order[0], order[12], order[23], order[24]] {
        let mut rest = rows.clone();
        let row = rest.remove(r);
        let without = run(&write("rest.csv", &rest), "y ~ x", 2);
        let found = predict(&without, "flow.toml", &write("one.csv", &[row])).unwrap().columns;
        let (weighted, seen) = (loo.values[r * 5], column(&found, "elpd")[0]);
        assert!((weighted - seen).abs() < 0.02 + 0.15 * influence(&r), "row {r}: {weighted} left out, {seen} unseen");
    }
}

/// 2,000 rows from the model: the share of rows below their own 5 % and above their own 95 % predictions is 10 % (standard error
/// 0.7 %), the transforms are uniform (mean to 0.0065), and the better model wins. A sigma wrong by 10 % moves the share by
/// 3 %.
#[test]
fn predictions_are_calibrated() {
    let rows = table(2000);
    let data = write("many.csv", &rows);
    let full = run(&data, "y ~ x", 1);
    let found = predict(&full, "flow.toml", &data).unwrap().columns;
    let outside =
        rows.iter().enumerate().filter(|(i, [_, y])| *y < column(&found, "q5")[*i] || *y > column(&found, "q95")[*i]);
    let share = outside.count() as f64 / 2000.0;
    assert!((share - 0.1).abs() < 4.0 * (0.1f64 * 0.9 / 2000.0).sqrt(), "{share} outside the 90 % predictions");
    let pit: Vec<f64> = full.arrays.iter().find(|a| a.name == "loo").unwrap().values.chunks(5).map(|r| r[3]).collect();
    let mean = pit.iter().sum::<f64>() / 2000.0;
    assert!((mean - 0.5).abs() < 4.0 * (1.0f64 / 12.0 / 2000.0).sqrt(), "transforms have mean {mean}");
    let spread = pit.iter().map(|p| (p - 0.5).powi(2)).sum::<f64>() / 2000.0 * 12.0;
    assert!((spread - 1.0).abs() < 4.0 * (0.8f64 / 2000.0).sqrt(), "transforms have {spread} of a uniform's variance");
    for name in ["mean", "sd", "min", "max"] {
        let above = full.summary.extra["predictive"][name]["above"].as_f64().unwrap();
        assert!((0.005..0.995).contains(&above), "{name}: {above} of replicates lie above");
    }

    let empty = run(&data, "y ~ 1", 1);
    let runs = [("empty".to_owned(), empty), ("full".to_owned(), full)];
    let order = predictions(&runs, &[]).unwrap().unwrap();
    assert_eq!(order.iter().map(|p| p.run).collect::<Vec<_>>(), [1, 0]);
    // 2,000 x log of the ratio of standard deviations, sqrt(4 + 0.49) / 0.7.
    let expected = -2000.0 * (4.49f64.sqrt() / 0.7).ln();
    assert!((order[1].difference.0 - expected).abs() < 4.0 * order[1].difference.1, "{:?}", order[1]);
}

/// 60 rows of three species: leaving one out is not having seen it, to 0.03 and a seventh of its influence; new rows get a
/// probability of each level; shares of levels are replicated.
#[test]
fn a_categorical_response_is_predicted() {
    let mut z = vec![0.0; 120];
    normals(12, 0, 0, 0, &mut z);
    let kind = |i: usize| ["a", "b", "c"][(1.2 * z[i] + z[60 + i] + 1.5).clamp(0.0, 2.0) as usize];
    let line = |i: usize| format!("{:?},{}\n", z[i], kind(i));
    let file = |name: &str, rows: &[usize]| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let lines: String = rows.iter().map(|i| line(*i)).collect();
        std::fs::write(&path, format!("x,kind\n{lines}")).unwrap();
        path
    };
    let fit = |data: &Path| {
        let text = format!(
            "[functional]\nkind = \"regression\"\ndata = '{}'\nformula = \"kind ~ x\"\nfamily = \"categorical\"\n\
             [functional.priors]\ncoefficients = \"normal(0, 2)\"\n[run]\ndraws = 4000\nseed = 3\n",
            data.display()
        );
        let config = Config::parse(&text, "flow.toml", &[]).unwrap();
        execute(&config, &*build(&config).unwrap(), &mut Unwatched).unwrap()
    };
    let all: Vec<usize> = (0..60).collect();
    let whole = fit(&file("kinds.csv", &all));
    let loo = whole.arrays.iter().find(|a| a.name == "loo").unwrap();
    for r in [0, 7] {
        let rest: Vec<usize> = all.iter().copied().filter(|i| *i != r).collect();
        let one = file("one_kind.csv", &[r]);
        let predicted = predict(&fit(&file("rest_kinds.csv", &rest)), "flow.toml", &one).unwrap();
        assert_eq!(predicted.levels, ["a", "b", "c"]);
        let found = predicted.columns;
        let names: Vec<&str> = found.iter().map(|c| c.name.as_str()).collect();
        let of = |k: &str| ["", "_q5", "_q95"].map(|end| format!("p[{k}]{end}"));
        let levels: Vec<String> = ["a", "b", "c"].iter().flat_map(|k| of(k)).collect();
        assert_eq!(names[0], "row");
        assert_eq!(names[1..10], levels);
        assert_eq!(names[10..], ["likeliest", "drawn", "elpd"]);
        let p: Vec<f64> = ["p[a]", "p[b]", "p[c]"].map(|name| column(&found, name)[0]).to_vec();
        assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{p:?}");
        let likeliest = p[column(&found, "likeliest")[0] as usize];
        assert!(p.iter().all(|p| *p <= likeliest) && [0.0, 1.0, 2.0].contains(&column(&found, "drawn")[0]));
        let seen = column(&found, "elpd")[0];
        let own = column(&found, &format!("p[{}]", kind(r)))[0];
        assert!((seen - own.ln()).abs() < 1e-9, "the density of a level is its mean probability: {seen} {own}");
        let (weighted, influence) = (loo.values[r * 5], loo.values[r * 5 + 1]);
        assert!((weighted - seen).abs() < 0.03 + 0.15 * influence, "row {r}: {weighted} left out, {seen} unseen");
    }
    assert_eq!(whole.summary.extra["levels"], serde_json::json!(["a", "b", "c"]));
    let shares = whole.summary.extra["predictive"].as_object().unwrap();
    assert_eq!(shares.keys().collect::<Vec<_>>(), ["share of a", "share of b", "share of c"]);
    assert!(shares.values().all(|s| (0.01..0.99).contains(&s["above"].as_f64().unwrap())), "{shares:?}");
}

#[test]
fn what_cannot_be_compared_or_predicted_is_said() {
    let few = run(&write("few.csv", &table(30)), "y ~ x", 1);
    let other = run(&write("other.csv", &table(31)), "y ~ x", 1);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no_x.csv");
    std::fs::write(&path, "w\n1\n").unwrap();
    let wrong = predict(&few, "flow.toml", &path).unwrap_err().to_string();
    assert!(wrong.contains("no_x.csv") && wrong.contains("no column 'x'"), "{wrong}");
    let wrong = predictions(&[("a".into(), few), ("b".into(), other)], &[]).unwrap_err().to_string();
    assert_eq!(wrong, "a (30 rows) and b (31 rows) are runs of different responses: their elpd cannot be compared");
}

/// y_t = 0.5 + 0.6 y_{t-1} + 0.4 z, its first rows; `data` is a folder of its own.
fn autoregression(name: &str, rows: usize) -> PathBuf {
    let mut z = vec![0.0; rows];
    normals(12, 0, 0, 0, &mut z);
    let (mut y, mut text) = (1.0, "y\n".to_owned());
    for z in z {
        y = 0.5 + 0.6 * y + 0.4 * z;
        let _ = writeln!(text, "{y:?}");
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}
fn row_model(data: &Path, ll: &str, more: &str) -> Record {
    let text = format!(
        "[functional]\nkind = \"rows\"\ndata = '{}'\nresponse = \"y\"\nll = \"{ll}\"\n\
         [functional.parameters]\nc = \"real\"\nb = \"real\"\ns = \"positive\"\n\
         [functional.priors]\nc = \"normal(0, 5)\"\nb = \"normal(0, 2)\"\ns = \"exponential(1)\"\n\
         [run]\ndraws = 1000\nseed = 3\n{more}",
        data.display()
    );
    let config = Config::parse(&text, "flow.toml", &[]).unwrap_or_else(|error| panic!("{error}"));
    let model = build(&config).unwrap_or_else(|error| panic!("{error}"));
    execute(&config, &*model, &mut Unwatched).unwrap_or_else(|error| panic!("{error}"))
}

/// 1,000 rows that depend on the row above: transforms one step ahead are uniform, 90 % predictions miss 10 % of the rows
/// (standard error 0.9 %), and replicates have the mean and the spread of the response. An s wrong by 15 % moves the share by 4 %.
#[test]
fn a_row_model_with_a_lag_is_checked_and_predicts() {
    let data = autoregression("lagged.csv", 1001);
    let record = row_model(&data, "normal_lpdf(y | c + b*y[-1], s)", "");
    let pit: Vec<f64> =
        record.arrays.iter().find(|a| a.name == "loo").unwrap().values.chunks(5).map(|r| r[3]).collect();
    let mean = pit.iter().sum::<f64>() / 1000.0;
    assert!((mean - 0.5).abs() < 4.0 * (1.0f64 / 12.0 / 1000.0).sqrt(), "transforms have mean {mean}");
    let spread = pit.iter().map(|p| (p - 0.5).powi(2)).sum::<f64>() / 1000.0 * 12.0;
    assert!((spread - 1.0).abs() < 4.0 * (0.8f64 / 1000.0).sqrt(), "transforms have {spread} of a uniform's variance");
    for name in ["mean", "sd", "min", "max"] {
        let above = record.summary.extra["predictive"][name]["above"].as_f64().unwrap();
        assert!((0.005..0.995).contains(&above), "{name}: {above} of replicates lie above");
    }
    assert_eq!(record.arrays.iter().find(|a| a.name == "predictive").unwrap().shape, [51, 1000]);
    let found = predict(&record, "flow.toml", &data).unwrap();
    assert_eq!(column(&found.columns, "row")[0], 3.0, "the first row has no row above; lines count from the head");
    let y: Vec<f64> = std::fs::read_to_string(&data).unwrap().lines().skip(2).map(|y| y.parse().unwrap()).collect();
    let (low, high) = (column(&found.columns, "q5"), column(&found.columns, "q95"));
    let outside = (0..1000).filter(|&r| y[r] < low[r] || y[r] > high[r]).count() as f64 / 1000.0;
    assert!((outside - 0.1).abs() < 4.0 * (0.09f64 / 1000.0).sqrt(), "{outside} outside the 90 % predictions");
    assert!(
        column(&found.columns, "mean").iter().all(|m| m.is_finite())
            && column(&found.columns, "mean_q5").iter().all(|m| m.is_nan())
    );
}

/// What is kept of log likelihoods has the elpd that the run reports, to rounding, and draws of the prior have its spread.
#[test]
fn log_likelihoods_and_priors_are_kept() {
    let data = autoregression("kept.csv", 60);
    let record = row_model(&data, "normal_lpdf(y | c + b*y[-1], s)", "[output]\nlog_likelihood = true\n");
    let kept = record.log_likelihood.as_ref().unwrap();
    assert_eq!((kept.chains, kept.draws, kept.names.len()), (4, 1000, 59));
    let relative = record.summary.extra["loo"]["relative_efficiency"].as_f64().unwrap();
    let mut weights = vec![0.0; 4000];
    let each: Vec<f64> = kept.values.chunks(4000).map(|row| leave_one_out(row, relative, &mut weights).elpd).collect();
    let (elpd, se) = total(&each);
    let of = |key: &str| record.summary.extra["loo"][key].as_f64().unwrap();
    assert!((elpd - of("elpd")).abs() < 1e-9 && (se - of("se")).abs() < 1e-9, "{elpd} +- {se}");

    let prior = record.arrays.iter().find(|array| array.name == "prior").unwrap();
    assert_eq!(prior.shape, [3, 2000]);
    // b, c and s in alphabetical order; the sd of an exponential is known to 3.2 % from 2,000 draws
    for (row, expected) in prior.values.chunks(2000).zip([2.0, 5.0, 1.0]) {
        let mean = row.iter().sum::<f64>() / 2000.0;
        let sd = (row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 1999.0).sqrt();
        assert!((sd / expected - 1.0).abs() < 0.13, "{sd}, and not {expected}");
    }
    let text = "[functional]\nkind = \"expression\"\nenergy = \"x^2\"\n[output]\nlog_likelihood = true\n";
    let config = Config::parse(text, "flow.toml", &[]).unwrap();
    let error = execute(&config, &*build(&config).unwrap(), &mut Unwatched).unwrap_err().to_string();
    assert!(error.contains("not one of the rows of a table") && error.contains("flow.toml:"), "{error}");
}
