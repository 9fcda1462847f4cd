//! `steepest compare`: what elpd may be set against what, and where it is written.
mod workplace;
use workplace::Workplace;

/// Forty rows: a count, predictors, two columns of weights, two of trials, and 0 or 1.
fn table(spoilt: usize) -> String {
    let row = |r: usize| {
        let w = if r == spoilt { 9 } else { 1 + r % 3 };
        format!("{},{},{w},{},{},{},{}\n", r * 7 % 13, r * 5 % 11, 1 + r % 2, 20 + r % 5, 30 + r % 5, r * 3 % 7 % 2)
    };
    let rows: String = (0..40).map(row).collect();
    format!("y,x,w,v,n,m,b\n{rows}")
}
fn run(place: &Workplace, name: &str, functional: &str) {
    let text = format!(
        "[functional]\nkind = \"regression\"\n{functional}\n[run]\ndraws = 50\nwarmup = 100\nseed = 1\n[output]\nreport = false\n\
         plots = false\n"
    );
    place.write(&format!("{name}.toml"), &text);
    place.succeed(&["run", &format!("{name}.toml"), "--out", name, "--quiet"]);
}
fn student(data: &str, formula: &str, weights: &str) -> String {
    format!("data = \"{data}\"\nformula = \"{formula}\"\nfamily = \"student\"\n{weights}")
}
/// What is shown of two runs whose elpd is left out: all else, and why.
fn left_out(place: &Workplace, dirs: [&str; 2], why: &str) {
    let said = place.succeed(&[&["compare"][..], &dirs].concat());
    assert!(said.contains("leave-one-out is left out\n") && said.contains(why), "{said}");
    assert!(said.contains("their elpd cannot be compared") && !said.contains("best first"), "{said}");
    assert!(said.contains("R-hat  ") && said.contains("mean (sd)") && said.contains("intercept"), "{said}");
}
fn compared(place: &Workplace, dirs: [&str; 2]) {
    let said = place.succeed(&[&["compare"][..], &dirs].concat());
    assert!(said.contains("leave-one-out, best first") && !said.contains("left out\n"), "{dirs:?}: {said}");
}

/// Weights multiply the elpd of a row, so that a weighted run always looks worse or better than an unweighted one.
#[test]
fn runs_of_other_weights_are_not_compared() {
    let place = Workplace::new();
    for (name, spoilt) in [("d.csv", 40), ("copy.csv", 40), ("e.csv", 3)] {
        // Another column in the copy: other bytes, and the same weights.
        let text = table(spoilt);
        place.write(name, &if name == "copy.csv" { text.replacen("y,x", "y,z", 1) } else { text });
    }
    for (name, data, formula, weights) in [
        ("plain", "d.csv", "y ~ x", ""),
        ("heavy", "d.csv", "y ~ x", "weights = \"w\""),
        ("empty", "d.csv", "y ~ 1", ""),
        ("lump", "d.csv", "y ~ 1", "weights = \"w\""),
        ("copied", "copy.csv", "y ~ z", "weights = \"w\""),
        ("other", "e.csv", "y ~ x", "weights = \"w\""),
        ("another", "d.csv", "y ~ x", "weights = \"v\""),
    ] {
        run(&place, name, &student(data, formula, weights));
    }
    left_out(&place, ["heavy", "plain"], "rows are weighted in heavy by 'w', and in plain not at all");
    left_out(&place, ["heavy", "other"], "the weights 'w' of heavy and 'w' of other are other numbers");
    left_out(&place, ["heavy", "another"], "the weights 'w' of heavy and 'v' of another are other numbers");
    for alike in [["plain", "empty"], ["heavy", "lump"], ["heavy", "copied"]] {
        compared(&place, alike);
    }
    place.write("copy.csv", &table(3));
    left_out(&place, ["heavy", "copied"], "copy.csv is not what it was when copied was begun");
    // Of the same file as it was nothing has to be read.
    place.write("d.csv", "gone");
    compared(&place, ["heavy", "lump"]);
}

/// The probability of a count out of other trials, and the density of a number where the other has a probability.
#[test]
fn other_trials_and_other_units_are_not_compared() {
    let place = Workplace::new();
    place.write("d.csv", &table(40));
    let of = |formula: &str, family: &str| format!("data = \"d.csv\"\nformula = \"{formula}\"\nfamily = \"{family}\"");
    for (name, formula, family) in [
        ("n", "y | trials(n) ~ x", "auto"),
        ("few", "y | trials(n) ~ 1", "binomial"),
        ("m", "y | trials(m) ~ x", "auto"),
        ("coin", "b ~ x", "auto"),
        ("fair", "b ~ 1", "bernoulli"),
        ("line", "b ~ x", "gaussian"),
    ] {
        run(&place, name, &of(formula, family));
    }
    left_out(&place, ["n", "m"], "the trials 'n' of n and 'm' of m are other numbers");
    left_out(&place, ["line", "coin"], "the response has densities in line and probabilities in coin");
    left_out(&place, ["n", "coin"], "are runs of different responses");
    compared(&place, ["n", "few"]);
    compared(&place, ["coin", "fair"]);
}

#[test]
fn pages_and_tables_overwrite_nothing() {
    let place = Workplace::new();
    place.write("d.csv", &table(40));
    for (name, formula) in [("a", "y ~ x"), ("b", "y ~ 1")] {
        run(&place, name, &student("d.csv", formula, ""));
    }
    let compare = |out: &str, more: &[&str]| place.run(&[&["compare", "a", "b", "--out", out][..], more].concat());
    let summary = place.read("a/summary.json");
    for force in [&[][..], &["--force"]] {
        let done = compare("a/summary.json", force);
        assert!(done.code == 2 && done.out.is_empty() && done.err.contains(".html (a page) or .csv"), "{}", done.err);
    }
    assert_eq!(place.read("a/summary.json"), summary);
    place.write("mine.html", "mine");
    let done = compare("mine.html", &[]);
    assert_eq!((done.code, done.err.as_str()), (2, "error: mine.html is there already; --force overwrites it\n"));
    assert_eq!(place.read("mine.html"), "mine");
    let done = compare("mine.html", &["--force"]);
    assert!(done.code == 0 && done.out.ends_with("\nreport  mine.html\n"), "{}", done.err);
    assert!(place.read("mine.html").starts_with("<!doctype html>"));
    assert_eq!(compare("both.csv", &[]).code, 0);
    let table = place.read("both.csv");
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert!(lines.len() == 3 && lines.iter().all(|line| line.len() == lines[0].len()), "{table}");
    let at = |head: &str| lines[0].iter().position(|name| *name == head).unwrap_or_else(|| panic!("{head}: {table}"));
    assert_eq!([lines[1][at("run")], lines[2][at("run")], lines[1][at("draws")]], ["a", "b", "200"]);
    let number = |line: usize, head: &str| lines[line][at(head)].parse::<f64>().expect("a number");
    let found: serde_json::Value = serde_json::from_str(&summary).expect("JSON");
    assert_eq!(Some(number(1, "mean intercept")), found["parameters"][0]["mean"].as_f64());
    assert_eq!(Some(number(1, "elpd")), found["extra"]["loo"]["elpd"].as_f64());
    assert_eq!(lines[2][at("mean x")], "", "b has no x");
}
