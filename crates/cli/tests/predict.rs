//! `steepest predict`: rows of a file or a pipe, what is written where, and slips.
mod workplace;
use std::io::Write;
use std::process::Stdio;
use workplace::Workplace;

/// A run of the pets, and rows to predict.
fn fitted() -> Workplace {
    let place = Workplace::new();
    place.write(
        "pets.toml",
        "[functional]\nkind = \"regression\"\ndata = \"pets.csv\"\nformula = \"adopted ~ weight + kind\"\n\
         [functional.priors]\ncoefficients = \"normal(0, 2)\"\n[run]\ndraws = 50\nwarmup = 100\nseed = 1\n",
    );
    place.succeed(&["run", "pets.toml", "--out", "fit", "--quiet"]);
    place.write("new.csv", "weight,kind\n4.0,cat\n20.0,dog\n");
    place
}

#[test]
fn a_pipe_says_what_a_file_says() {
    let place = fitted();
    let from_file = place.succeed(&["predict", "fit", "new.csv"]);
    let lines: Vec<&str> = from_file.lines().collect();
    assert!(lines.len() == 3 && lines[0].starts_with("row,mean,"), "{from_file}");
    let mean = |line: &str| line.split(',').nth(1).and_then(|cell| cell.parse::<f64>().ok()).expect("a number");
    assert!(lines[1..].iter().all(|line| (0.0..=1.0).contains(&mean(line))), "{from_file}");
    #[cfg(target_os = "linux")]
    {
        let piped = |bytes: &[u8]| {
            let mut command = place.command(&["predict", "fit", "/dev/stdin"]);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().expect("it starts");
            child.stdin.take().expect("piped").write_all(bytes).expect("it reads");
            let done = child.wait_with_output().expect("it ends");
            (done.status.code(), String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap())
        };
        let (code, out, err) = piped(place.read("new.csv").as_bytes());
        assert_eq!((code, out.as_str()), (Some(0), from_file.as_str()), "{err}");
        let (code, out, err) = piped(b"PAR1 and what follows");
        assert!(code == Some(4) && out.is_empty() && err.contains("give the file itself"), "{err}");
    }
}

#[test]
fn nothing_is_overwritten_and_slips_are_named() {
    let place = fitted();
    place.succeed(&["predict", "fit", "new.csv", "--out", "said.csv"]);
    assert_eq!(place.read("said.csv"), place.succeed(&["predict", "fit", "new.csv"]));
    place.write("said.csv", "mine");
    let done = place.run(&["predict", "fit", "new.csv", "--out", "said.csv"]);
    assert!(done.code == 2 && done.err.contains("--force") && place.read("said.csv") == "mine", "{done:?}");
    place.succeed(&["predict", "fit", "new.csv", "--out", "said.csv", "--force"]);
    assert!(place.read("said.csv").lines().count() == 3);
    place.write("slip.csv", "wieght,kind\n4.0,cat\n");
    let done = place.run(&["predict", "fit", "slip.csv"]);
    assert!(done.code == 2 && done.err.contains("weight") && done.err.contains("wieght"), "{done:?}");
}

/// The columns of a CSV file without quotes, by name.
fn columns(text: &str) -> std::collections::BTreeMap<String, Vec<String>> {
    let mut lines = text.lines();
    let heads: Vec<&str> = lines.next().expect("a head").split(',').collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert!(rows.iter().all(|row| row.len() == heads.len()), "{text}");
    let column = |k: usize| rows.iter().map(|row| row[k].to_string()).collect();
    heads.iter().enumerate().map(|(k, head)| (head.to_string(), column(k))).collect()
}
fn numbers(cells: &[String]) -> Vec<f64> {
    cells.iter().map(|cell| cell.parse().unwrap_or_else(|_| panic!("'{cell}' is no number"))).collect()
}
/// A quick run of a regression.
fn regression(place: &Workplace, name: &str, functional: &str) {
    let text = format!(
        "[functional]\nkind = \"regression\"\n{functional}\n[run]\ndraws = 100\nwarmup = 200\nseed = 1\n[output]\nreport = false\n\
         plots = false\n"
    );
    place.write(&format!("{name}.toml"), &text);
    place.succeed(&["run", &format!("{name}.toml"), "--out", name, "--quiet"]);
}

/// Draws are of the data and the formula as they were.
#[test]
fn what_was_changed_since_the_run_is_said() {
    let place = fitted();
    let said = place.succeed(&["predict", "fit", "new.csv"]);
    let (pets, flow) = (place.read("pets.csv"), place.read("fit/flow.toml"));
    place.write("pets.csv", &pets.replace("30.5", "31.5"));
    let done = place.run(&["predict", "fit", "new.csv", "--out", "never.csv"]);
    assert!(done.code == 2 && done.out.is_empty() && !place.at("never.csv").exists(), "{done:?}");
    assert!(done.err.contains("the data were changed") && done.err.contains("pets.csv"), "{}", done.err);
    place.write("pets.csv", &pets);
    let formula = flow.replace("adopted ~ weight + kind", "adopted ~ weight");
    assert_ne!(formula, flow);
    place.write("fit/flow.toml", &formula);
    let done = place.run(&["predict", "fit", "new.csv"]);
    let change = "functional.formula = \"adopted ~ weight + kind\", and flow.toml now says \"adopted ~ weight\"";
    assert!(done.code == 2 && done.err.contains(change) && !done.err.contains("data were"), "{}", done.err);
    // What `resume` would go on with can be predicted from, and so can a run that does not say what it was.
    place.write("fit/flow.toml", &flow);
    place.succeed(&["resume", "fit", "--draws", "+10", "--quiet"]);
    place.write("fit/flow.toml", &place.read("fit/flow.toml").replace("draws = 60", "draws = 70"));
    place.succeed(&["predict", "fit", "new.csv"]);
    place.write("pets.csv", &pets.replace("30.5", "31.5"));
    std::fs::remove_dir_all(place.at("fit/checkpoint")).expect("a checkpoint");
    assert_ne!(place.succeed(&["predict", "fit", "new.csv"]), said);
}

#[test]
fn new_rows_are_read_as_the_table_was() {
    let place = Workplace::new();
    place.write("bare.csv", &"yes,b\nno,a\nyes,b\nno,a\nno,b\nyes,a\n".repeat(3));
    regression(&place, "bare", "data = \"bare.csv\"\nformula = \"V1 ~ V2\"\nheader = false");
    let found = columns(&place.succeed(&["predict", "bare", "bare.csv"]));
    assert_eq!(found["row"].len(), 18);
    assert_eq!(found["row"][0], "1", "the first row is one of data");
    assert!(numbers(&found["elpd"]).iter().all(|x| *x < 0.0));
}

#[test]
fn a_row_model_must_say_what_it_predicts() {
    let place = Workplace::new();
    let table: String = (0..20).map(|r| format!("{},{}\n", (r * 7 % 11) as f64 / 5.0, r * 3 % 5)).collect();
    place.write("rows.csv", &format!("yield,x\n{table}"));
    place.write("ahead.csv", "yield,x\n1,0\n,1\n,2\n");
    let text = |response: &str| {
        format!(
            "[functional]\nkind = \"rows\"\ndata = \"rows.csv\"\nll = \"normal_lpdf(yield | a + k*x + r*yield[-1], s)\"\n{response}\
             parameters = {{ a = \"real\", k = \"real\", r = \"real\", s = \"positive\" }}\n\
             priors = {{ a = \"normal(0, 2)\", k = \"normal(0, 2)\", r = \"normal(0, 1)\", s = \"exponential(1)\" }}\n\
             [run]\ndraws = 50\nwarmup = 100\n[output]\nreport = false\nplots = false\n"
        )
    };
    place.write("mute.toml", &text(""));
    place.succeed(&["run", "mute.toml", "--out", "mute", "--quiet"]);
    for rows in ["rows.csv", "ahead.csv"] {
        let done = place.run(&["predict", "mute", rows, "--out", "never.csv"]);
        assert!(done.code == 2 && done.out.is_empty() && !place.at("never.csv").exists(), "{done:?}");
        assert!(done.err.contains("write response = \"yield\" in [functional]"), "{}", done.err);
        assert!(!done.err.contains("missing"), "{}", done.err);
    }
    // Its draws do not hang on what is said now.
    let flow = place.read("mute/flow.toml");
    let said = flow.replacen("[functional]", "[functional]\nresponse = \"yield\"", 1);
    place.write("mute/flow.toml", &said);
    let late = place.succeed(&["predict", "mute", "ahead.csv"]);
    assert_eq!(columns(&late)["row"], ["3", "4"]);
    assert!(numbers(&columns(&late)["q95"]).iter().all(|x| x.is_finite()));
    place.write("told.toml", &text("response = \"yield\"\n"));
    place.succeed(&["run", "told.toml", "--out", "told", "--quiet"]);
    assert_eq!(late, place.succeed(&["predict", "told", "ahead.csv"]));
}

/// Levels of an ordinal have probabilities; where they are numbers, means and quantiles are in these numbers.
#[test]
fn an_ordinal_is_predicted_by_its_levels() {
    let place = Workplace::new();
    let row = |r: usize| (r % 8) as f64 / 4.0 + (r * 5 % 7) as f64 / 5.0;
    let level = |r: usize| (row(r) * 1.2) as usize % 4;
    let table: String =
        (0..60).map(|r| format!("{},{},{}\n", (r % 8) as f64 / 4.0, [10, 20, 40, 45][level(r)], level(r))).collect();
    let words = ["awful", "bad", "fair", "good"];
    let named = words.iter().enumerate();
    let table = named.fold(table, |text, (k, word)| text.replace(&format!(",{k}\n"), &format!(",{word}\n")));
    place.write("marks.csv", &format!("x,mark,word\n{table}"));
    place.write("next.csv", "x\n0\n1\n1.75\n");
    regression(&place, "marks", "data = \"marks.csv\"\nformula = \"mark ~ x\"\nfamily = \"ordinal\"");
    let found = columns(&place.succeed(&["predict", "marks", "next.csv"]));
    let levels = [10.0, 20.0, 40.0, 45.0];
    let shares = levels.map(|level| numbers(&found[&format!("p[{level}]")]));
    let mean = numbers(&found["mean"]);
    for r in 0..3 {
        assert!((shares.iter().map(|p| p[r]).sum::<f64>() - 1.0).abs() < 1e-12);
        let expected: f64 = shares.iter().zip(levels).map(|(p, level)| level * p[r]).sum();
        assert!((mean[r] - expected).abs() < 1e-9, "{} and not {expected}", mean[r]);
        let (low, high) = (numbers(&found["mean_q5"])[r], numbers(&found["mean_q95"])[r]);
        assert!(10.0 < low && low < mean[r] && mean[r] < high && high < 45.0);
        for name in ["q5", "q50", "q95", "likeliest", "drawn"] {
            assert!(levels.contains(&numbers(&found[name])[r]), "{name}: {}", found[name][r]);
        }
    }
    let order = "levels = [\"awful\", \"bad\", \"fair\", \"good\"]";
    let stated = format!("data = \"marks.csv\"\nformula = \"word ~ x\"\nfamily = \"ordinal\"\n{order}");
    regression(&place, "words", &stated);
    let told = columns(&place.succeed(&["predict", "words", "marks.csv"]));
    assert!(["mean", "q50"].iter().all(|name| !told.contains_key(*name)), "words have no mean: {:?}", told.keys());
    assert!(words.iter().all(|word| told.contains_key(&format!("p[{word}]_q95"))));
    assert!(["likeliest", "drawn"].iter().all(|name| told[*name].iter().all(|word| words.contains(&word.as_str()))));
    // The density of a level is its mean probability.
    let (elpd, seen) = (numbers(&told["elpd"]), place.read("marks.csv"));
    for (r, line) in seen.lines().skip(1).enumerate() {
        let own = numbers(&told[&format!("p[{}]", line.rsplit(',').next().expect("a word"))])[r];
        assert!((elpd[r] - own.ln()).abs() < 1e-9, "{} and not {}", elpd[r], own.ln());
    }
}

/// Beyond what a number can hold every column says so, and a note how many rows it is; gaps get advice that helps here.
#[test]
fn what_cannot_be_said_of_a_row_is_told() {
    let place = Workplace::new();
    let table: String = (0..40).map(|r| format!("{},{}\n", (r % 5) as f64 / 2.0, 3 * (r % 5) + r * 7 % 11)).collect();
    place.write("counts.csv", &format!("x,count\n{table},3\n"));
    let counts = "data = \"counts.csv\"\nformula = \"count ~ x\"\nfamily = \"poisson\"\nmissing = \"drop\"";
    regression(&place, "counts", counts);
    place.write("far.csv", "x\n0\n1e6\n1\n");
    let done = place.run(&["predict", "counts", "far.csv"]);
    let note = "note: 1 of 3 rows overflow: inf stands for more than a number can hold\n";
    assert_eq!((done.code, done.err.as_str()), (0, note));
    let found = columns(&done.out);
    for name in ["mean", "mean_q5", "mean_q95", "q5", "q50", "q95"] {
        assert_eq!(found[name][1], "inf", "{name}");
        assert!([0, 2].map(|r| numbers(&found[name])[r]).iter().all(|x| x.is_finite()), "{name}");
    }
    // Rows with gaps are left out where the run left them out, and keep their numbers.
    place.write("gaps.csv", "x,count\n0,1\n,3\n1,\n");
    let done = place.run(&["predict", "counts", "gaps.csv"]);
    let note = "note: 1 of 3 rows are left out, as a value is missing (row 3)\n";
    assert_eq!((done.code, done.err.as_str()), (0, note));
    let found = columns(&done.out);
    assert_eq!((&found["row"][..], found["elpd"][1].as_str()), (&["2".to_string(), "4".to_string()][..], ""));
    place.write("empty.csv", "x,count\n,3\n");
    let done = place.run(&["predict", "counts", "empty.csv"]);
    assert!(done.code == 2 && done.err.contains("every one of the 1 rows has a missing value"), "{done:?}");
    place.write("whole.csv", &format!("x,count\n{table}"));
    regression(&place, "strict", "data = \"whole.csv\"\nformula = \"count ~ x\"\nfamily = \"poisson\"");
    let done = place.run(&["predict", "strict", "gaps.csv"]);
    assert!(done.code == 2 && done.out.is_empty(), "{done:?}");
    assert!(done.err.contains("missing values in column 'x': 1 (row 3)"), "{}", done.err);
    assert!(done.err.contains("leave these rows out of the file") && !done.err.contains("missing ="), "{}", done.err);
}

#[test]
fn quantiles_of_counts_are_whole() {
    let place = Workplace::new();
    let table: String = (0..40).map(|r| format!("{},{}\n", (r % 5) as f64 / 2.0, 3 * (r % 5) + r * 7 % 11)).collect();
    place.write("counts.csv", &format!("x,count\n{table}"));
    regression(&place, "counts", "data = \"counts.csv\"\nformula = \"count ~ x\"\nfamily = \"negative_binomial\"");
    let found = columns(&place.succeed(&["predict", "counts", "counts.csv"]));
    for name in ["q5", "q50", "q95"] {
        assert!(found[name].iter().all(|cell| cell.parse::<u32>().is_ok()), "{name}: {:?}", found[name]);
    }
}

/// What came through a pipe is gone: the run says so, and so does whoever would read it again.
#[cfg(target_os = "linux")]
#[test]
fn a_run_from_a_pipe_knows_that_it_is_one() {
    let place = Workplace::new();
    let fit = ["fit", "/dev/stdin", "adopted ~ weight", "--draws", "50", "--warmup", "100", "--quiet", "--out", "fit"];
    let mut command = place.command(&fit);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    child.stdin.take().expect("piped").write_all(place.read("pets.csv").as_bytes()).expect("it reads");
    let done = child.wait_with_output().expect("it ends");
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(place.read("fit/notes.txt").contains("came through a pipe (/dev/stdin)"));
    place.write("new.csv", "weight\n4.0\n");
    for arguments in [&["predict", "fit", "new.csv"][..], &["resume", "fit", "--draws", "+10"]] {
        let done = place.run(arguments);
        assert!(done.code == 2 && done.out.is_empty(), "{done:?}");
        assert!(done.err.contains("came through a pipe (/dev/stdin), which cannot be read again"), "{}", done.err);
    }
    place.write("gone.toml", &place.read("fit/flow.toml").replace("/dev/stdin", "/dev/fd/973"));
    let done = place.run(&["run", "gone.toml"]);
    assert!(done.code == 4 && done.err.contains("there is no such pipe any more"), "{}", done.err);
}
