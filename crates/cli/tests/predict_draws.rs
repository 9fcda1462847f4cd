//! `steepest predict --draws`: responses that are simulated, draw by draw, and files that are not written.
mod workplace;
use std::collections::BTreeMap;
use workplace::Workplace;

/// A quick run, of four chains of 100 draws.
fn fit(place: &Workplace, name: &str, functional: &str) {
    let text = format!(
        "[functional]\ndata = \"{name}.csv\"\n{functional}\n[run]\ndraws = 100\nwarmup = 200\nseed = 1\n[output]\n\
         report = false\nplots = false\n"
    );
    place.write(&format!("{name}.toml"), &text);
    place.succeed(&["run", &format!("{name}.toml"), "--out", name, "--quiet"]);
}
/// Sixty rows of x = 0, 0.5, ..., 2 and a response.
fn table(y: impl Fn(usize) -> String) -> String {
    let rows = (0..60).map(|r| format!("{},{}\n", (r % 5) as f64 / 2.0, y(r)));
    format!("x,y\n{}", rows.collect::<String>())
}
/// The columns of a CSV file without quotes, by name.
fn columns(text: &str) -> BTreeMap<String, Vec<String>> {
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let heads = lines[0].iter().enumerate();
    heads.map(|(k, head)| (head.to_string(), lines[1..].iter().map(|row| row[k].to_string()).collect())).collect()
}
fn numbers(cells: &[String]) -> Vec<f64> {
    cells.iter().map(|cell| cell.parse().unwrap_or_else(|_| panic!("'{cell}' is no number"))).collect()
}
/// What was drawn of each row of the table.
fn drawn(place: &Workplace, name: &str) -> Vec<Vec<f64>> {
    let array = steepest_record::read_array(&place.at(name)).unwrap_or_else(|why| panic!("{name}: {why}"));
    let [draws, rows] = array.shape[..] else { panic!("{name} has the shape {:?}", array.shape) };
    (0..rows).map(|r| (0..draws).map(|i| array.values[i * rows + r]).collect()).collect()
}
fn mean_and_variance(x: &[f64]) -> (f64, f64) {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    let squares: f64 = x.iter().map(|x| (x - mean).powi(2)).sum();
    (mean, squares / (x.len() - 1) as f64)
}

/// Given the posterior, draws scatter about their means independently: the mean of a column lies within five standard errors of
/// what is expected of the row. Its variance is that of the law; that of the mean is less than a tenth of it.
#[test]
fn draws_are_of_the_response_and_not_of_its_mean() {
    let place = Workplace::new();
    place.write("next.csv", "x\n0\n1\n1\n2\n");
    // The noise has the variance 10.5.
    place.write("line.csv", &table(|r| (2 * (r % 5) + r * 7 % 11).to_string()));
    place.write("counts.csv", &table(|r| (2 * (r % 5) + r * 3 % 7).to_string()));
    for (name, family) in [("line", "gaussian"), ("counts", "poisson")] {
        fit(&place, name, &format!("kind = \"regression\"\nformula = \"y ~ x\"\nfamily = \"{family}\""));
        let told = place.succeed(&["predict", name, "next.csv", "--draws", "first.npy", "--force"]);
        assert_eq!(told, place.succeed(&["predict", name, "next.csv"]), "what else is told is the same");
        place.succeed(&["predict", name, "next.csv", "--draws", "second.npy", "--force"]);
        let bytes = ["first.npy", "second.npy"].map(|file| std::fs::read(place.at(file)).expect("a file"));
        assert!(bytes[0] == bytes[1], "the same bits each time");
        let (found, drawn) = (columns(&told), drawn(&place, "first.npy"));
        assert_eq!(drawn.iter().map(Vec::len).collect::<Vec<_>>(), [400; 4]);
        assert_ne!(drawn[1], drawn[2], "rows with the same predictors have noise of their own");
        let expected = numbers(&found["mean"]);
        for (y, (r, expected)) in drawn.iter().zip(expected.iter().enumerate()) {
            let (mean, variance) = mean_and_variance(y);
            let z = (mean - expected) / (variance / 400.0).sqrt();
            assert!(z.abs() < 5.0, "{name}, row {r}: {mean} for {expected}, z = {z}");
            // With 400 draws a variance is known to 8 %, and that of the mean adds at most 8 %.
            let ratio = variance / if name == "counts" { *expected } else { 10.5 };
            assert!((0.7..1.5).contains(&ratio), "{name}, row {r}: {ratio} of the variance of the law");
            assert!(name == "line" || y.iter().all(|y| y.fract() == 0.0 && *y >= 0.0), "counts are whole");
            for (quantile, share) in [("q5", 0.05), ("q50", 0.5), ("q95", 0.95)] {
                let at = numbers(&found[quantile])[r];
                let part = |below: &dyn Fn(f64) -> bool| y.iter().filter(|y| below(**y)).count() as f64 / 400.0;
                let (below, up_to) = (part(&|y| y < at), part(&|y| y <= at));
                assert!(below <= share + 0.003 && share <= up_to + 0.003, "{quantile} is of these: {below}, {up_to}");
            }
        }
    }
}

/// Levels are numbers where they are such, else places in the order of the columns.
#[test]
fn draws_of_levels_are_numbers() {
    let place = Workplace::new();
    place.write("next.csv", "x\n0\n1\n2\n");
    let words = ["awful", "bad", "good"];
    place.write("words.csv", &table(|r| words[(r % 5 + r * 7 % 11) % 3].to_string()));
    place.write("marks.csv", &table(|r| [10, 20, 40][(r % 5 + r * 7 % 11) % 3].to_string()));
    let ordinal = "kind = \"regression\"\nformula = \"y ~ x\"\nfamily = \"ordinal\"";
    fit(&place, "words", &format!("{ordinal}\nlevels = [\"awful\", \"bad\", \"good\"]"));
    fit(&place, "marks", ordinal);
    for (name, levels) in [("words", [0.0, 1.0, 2.0]), ("marks", [10.0, 20.0, 40.0])] {
        let told = columns(&place.succeed(&["predict", name, "next.csv", "--draws", "levels.npy", "--force"]));
        let drawn = drawn(&place, "levels.npy");
        assert_eq!(drawn.iter().map(Vec::len).collect::<Vec<_>>(), [400; 3]);
        for (r, y) in drawn.iter().enumerate() {
            assert!(y.iter().all(|y| levels.contains(y)), "{name}: {y:?}");
            let first = levels.iter().position(|level| *level == y[0]).expect("a level");
            let label = |k: usize| if name == "words" { words[k].to_string() } else { levels[k].to_string() };
            assert_eq!(told["drawn"][r], label(first));
            // The share of a level lies within five standard errors of its probability.
            for (k, level) in levels.iter().enumerate() {
                let p = numbers(&told[&format!("p[{}]", label(k))])[r];
                let share = y.iter().filter(|y| *y == level).count() as f64 / 400.0;
                assert!((share - p).abs() < 5.0 * (p * (1.0 - p) / 400.0).sqrt(), "{name}, {level}: {share} for {p}");
            }
        }
    }
}

#[test]
fn nothing_is_overwritten_or_half_written() {
    let place = Workplace::new();
    place.write("line.csv", &table(|r| (2 * (r % 5) + r * 7 % 11).to_string()));
    place.write("next.csv", "x\n0\n1\n");
    fit(&place, "line", "kind = \"regression\"\nformula = \"y ~ x\"");
    place.write("mine.npy", "mine");
    let predict = |draws: &str, more: &[&str]| {
        place.run(&[&["predict", "line", "next.csv", "--draws", draws][..], more].concat())
    };
    let done = predict("mine.npy", &[]);
    assert!(done.code == 2 && done.out.is_empty() && done.err.contains("--force"), "{done:?}");
    assert_eq!(place.read("mine.npy"), "mine");
    // Elsewhere --draws is a number.
    let done = predict("100", &[]);
    assert!(done.code == 2 && done.err.contains("a name that ends in .npy") && !place.at("100").exists(), "{done:?}");
    let done = predict("both.npy", &["--out", "both.npy"]);
    assert!(done.code == 2 && done.err.contains("--out and --draws are one file"), "{done:?}");
    let done = predict("nowhere/draws.npy", &[]);
    assert!(done.code == 4 && done.out.is_empty() && done.err.contains("cannot write nowhere/draws.npy"), "{done:?}");
    let done = predict("mine.npy", &["--out", "said.csv", "--force"]);
    assert_eq!((done.code, done.out.as_str()), (0, "2 rows  said.csv\n400 draws of 2 rows  mine.npy\n"), "{done:?}");
    assert_eq!(drawn(&place, "mine.npy").len(), 2);
    let names = std::fs::read_dir(place.path()).expect("a folder").map(|entry| entry.expect("a name").file_name());
    assert!(!names.map(|name| name.to_string_lossy().into_owned()).any(|name| name.contains("partial")));
}

/// A model of rows that says what it expects can predict; it has draws once it says how a response is drawn.
#[test]
fn what_cannot_be_drawn_is_said() {
    let place = Workplace::new();
    place.write("mute.csv", &table(|r| (r * 7 % 11).to_string()));
    place.write("next.csv", "x\n0\n1\n");
    let model = "kind = \"rows\"\nll = \"-0.5*((y - a)/s)^2 - log(s)\"\nresponse = \"y\"\nmean = \"a\"\n\
                 parameters = { a = \"real\", s = \"positive\" }\n\
                 priors = { a = \"normal(0, 5)\", s = \"exponential(1)\" }";
    fit(&place, "mute", model);
    place.succeed(&["predict", "mute", "next.csv"]);
    let draws = ["predict", "mute", "next.csv", "--draws", "draws.npy"];
    let done = place.run(&draws);
    assert!(done.code == 2 && done.out.is_empty() && !place.at("draws.npy").exists(), "{done:?}");
    assert!(done.err.contains("it does not say how to draw one") && done.err.contains("simulate ="), "{}", done.err);
    let flow = place.read("mute/flow.toml");
    place.write("mute/flow.toml", &flow.replacen("[functional]", "[functional]\nsimulate = \"normal(a, s)\"", 1));
    place.succeed(&draws);
    for y in drawn(&place, "draws.npy") {
        let (mean, variance) = mean_and_variance(&y);
        assert!((mean - 5.0).abs() < 2.0 && (6.0..16.0).contains(&variance), "{mean}, {variance}");
    }
}
