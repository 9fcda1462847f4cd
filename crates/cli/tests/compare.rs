//! `steepest compare`: what elpd may be set against what, ledgers side by side, and where it is written.
mod workplace;
use workplace::Workplace;

/// Forty rows: a count, predictors, two columns of weights, two of trials, 0 or 1, and twenty in every row.
fn table(spoilt: usize) -> String {
    let row = |r: usize| {
        let w = if r == spoilt { 9 } else { 1 + r % 3 };
        format!("{},{},{w},{},{},{},{},20\n", r * 7 % 13, r * 5 % 11, 1 + r % 2, 20 + r % 5, 30 + r % 5, r * 3 % 7 % 2)
    };
    let rows: String = (0..40).map(row).collect();
    format!("y,x,w,v,n,m,b,t\n{rows}")
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

/// A run of a model of the counts y in one parameter.
fn rows(place: &Workplace, name: &str, likelihood: &str) {
    rows_of(place, "y", name, likelihood);
}
fn rows_of(place: &Workplace, response: &str, name: &str, likelihood: &str) {
    let text = format!(
        "[functional]\nkind = \"rows\"\ndata = \"d.csv\"\nresponse = \"{response}\"\nparameters = {{ a = \"real\" }}\n{likelihood}\n\
         [run]\ndraws = 100\nwarmup = 200\nseed = 1\n[output]\nreport = false\nplots = false\n"
    );
    place.write(&format!("{name}.toml"), &text);
    place.succeed(&["run", &format!("{name}.toml"), "--out", name, "--quiet"]);
}

/// Without the factorials of the counts a model would be better by 300; they are found where the law is stated.
#[test]
fn what_a_likelihood_may_lack_is_not_compared() {
    let place = Workplace::new();
    place.write("d.csv", &table(40));
    let bare = "nll = \"exp(a) - y*a\"\nmean = \"exp(a)\"\n";
    let wide = "priors = { a = \"normal(0, 2)\" }";
    for (name, likelihood) in [
        ("named", format!("ll = \"poisson_log_lpmf(y | a)\"\n{wide}")),
        ("bare", format!("{bare}{wide}")),
        ("other", format!("{bare}priors = {{ a = \"normal(0, 1)\" }}")),
        ("told", format!("{bare}{wide}\nsimulate = \"poisson_log(a)\"")),
        ("written", format!("ll = \"y*a - exp(a) - lgamma(y + 1)\"\n{wide}")),
    ] {
        rows(&place, name, &likelihood);
    }
    let said = place.succeed(&["run", "bare.toml", "--out", "again"]);
    assert!(said.contains(", up to a constant, "), "{said}");
    for known in ["named", "told"] {
        let said = place.succeed(&["compare", known, "bare"]);
        assert!(said.contains("leave-one-out is left out\n") && !said.contains("best first"), "{said}");
        assert!(said.contains("the likelihood of bare is not known to be a density of the response"), "{said}");
    }
    for alike in [["named", "told"], ["named", "written"], ["bare", "other"]] {
        compared(&place, alike);
    }
    let elpd = |name: &str| {
        let summary: serde_json::Value =
            serde_json::from_str(&place.read(&format!("{name}/summary.json"))).expect("JSON");
        summary["extra"]["loo"]["elpd"].as_f64().expect("a number")
    };
    // Of 400 draws, to a few tenths.
    for other in ["told", "written"] {
        let (here, there) = (elpd("named"), elpd(other));
        assert!((here - there).abs() < 1.0, "{other}: {there} and not {here}");
    }
    assert!(elpd("bare") - elpd("named") > 100.0);
    for (name, constant) in [("bare", true), ("told", false), ("named", false)] {
        let done = place.run(&["predict", name, "d.csv"]);
        assert_eq!((done.code, done.err.contains("up to a constant")), (0, constant), "{name}: {}", done.err);
        assert_eq!(place.read(&format!("{name}/notes.txt")).contains("up to a constant"), constant, "{name}");
    }
    // Runs of earlier versions say nothing of it.
    for name in ["named", "bare", "other", "written"] {
        let file = format!("{name}/summary.json");
        let summary = place.read(&file);
        assert!(summary.contains("\"normalised\""), "{summary}");
        place.write(&file, &summary.replace("\"normalised\"", "\"once\""));
    }
    compared(&place, ["named", "told"]);
    compared(&place, ["bare", "other"]);
    let said = place.succeed(&["compare", "named", "written"]);
    assert!(said.contains("written is of an earlier version") && said.contains("(run it again)"), "{said}");
}

/// The probability of 0 or 1 is found to be one however it is written, and no density.
#[test]
fn a_bernoulli_written_by_hand_is_one() {
    let place = Workplace::new();
    place.write("d.csv", &table(40));
    let wide = "priors = { a = \"normal(0, 2)\" }";
    for (name, ll) in [
        ("logit", "b*a - log1p(exp(a))"),
        ("chosen", "where(b == 1, -log1p(exp(-a)), -log1p(exp(a)))"),
        ("bell", "-0.5*(b - a)^2 - 0.5*log(2*pi)"),
    ] {
        rows_of(&place, "b", name, &format!("ll = \"{ll}\"\n{wide}"));
    }
    run(&place, "fair", "data = \"d.csv\"\nformula = \"b ~ 1\"");
    run(&place, "line", "data = \"d.csv\"\nformula = \"b ~ 1\"\nfamily = \"gaussian\"");
    for alike in [["logit", "chosen"], ["logit", "fair"], ["bell", "line"]] {
        compared(&place, alike);
    }
    for other in ["fair", "chosen"] {
        let said = place.succeed(&["compare", "bell", other]);
        assert!(said.contains(&format!("has densities in bell and probabilities in {other}")), "{said}");
    }
}

/// Levels are held against one another by what they are called.
#[test]
fn orders_of_levels_are_no_other_responses() {
    let place = Workplace::new();
    let row = |r: usize| {
        let (x, k) = (r * 7 % 11, r * 5 % 7 % 3);
        let word = if (r * 3 % 7).is_multiple_of(2) { "no" } else { "yes" };
        format!("{x},{},{},{word},{}\n", ["low", "medium", "high"][k], k + 1, r * 3 % 7 % 2)
    };
    place.write("g.csv", &format!("x,grade,mark,word,b\n{}", (0..40).map(row).collect::<String>()));
    let order = "levels = [\"low\", \"medium\", \"high\"]";
    for (name, formula, more) in [
        ("ordered", "grade ~ x", format!("family = \"ordinal\"\n{order}")),
        ("apart", "grade ~ x", "family = \"categorical\"".into()),
        ("marks", "mark ~ x", "family = \"ordinal\"".into()),
        ("line", "mark ~ x", "family = \"gaussian\"".into()),
        ("coin", "b ~ x", String::new()),
        ("turned", "C(b) ~ x", "levels = [1, 0]".into()),
        ("word", "word ~ x", String::new()),
        ("order", "word ~ 1", "levels = [\"yes\", \"no\"]".into()),
        ("back", "word ~ x", "levels = [\"yes\", \"no\"]".into()),
        ("sorted", "word ~ x", "family = \"categorical\"\nlevels = [\"yes\", \"no\"]".into()),
    ] {
        run(&place, name, &format!("data = \"g.csv\"\nformula = \"{formula}\"\n{more}"));
    }
    for alike in [["ordered", "apart"], ["ordered", "marks"], ["coin", "turned"], ["coin", "word"], ["order", "back"]] {
        compared(&place, alike);
    }
    // Words that no one ordered stand as in the alphabet.
    for alike in [["word", "order"], ["back", "word"], ["word", "sorted"]] {
        compared(&place, alike);
    }
    for (dirs, why) in [
        (["coin", "order"], "coin and order have the response with its levels in another order"),
        (["order", "coin"], "(give both the same `levels`)"),
        (["apart", "marks"], "are runs of different responses"),
        (["apart", "coin"], "are runs of different responses"),
        (["marks", "line"], "the response has probabilities in marks and densities in line"),
    ] {
        let said = place.succeed(&[&["compare"][..], &dirs].concat());
        assert!(said.contains(why) && !said.contains("best first"), "{dirs:?}: {said}");
    }
}

/// Trials inside of row models are those of the density by name.
#[test]
fn other_trials_in_row_models_are_not_compared() {
    let place = Workplace::new();
    place.write("d.csv", &table(40));
    for (name, trials) in [("n", "n"), ("m", "m")] {
        let priors = "priors = { a = \"normal(0, 2)\" }";
        rows(&place, name, &format!("ll = \"binomial_logit_lpmf(y | {trials}, a)\"\n{priors}"));
    }
    run(&place, "line", "data = \"d.csv\"\nformula = \"y | trials(n) ~ x\"");
    let said = place.succeed(&["compare", "n", "m"]);
    assert!(said.contains("the trials 'n' of n and 'm' of m are other numbers"), "{said}");
    compared(&place, ["n", "line"]);
}

/// Trials that are a constant of the run, a number, or a column with that number in every row, are the same.
#[test]
fn trials_that_are_one_number_are_compared() {
    let place = Workplace::new();
    place.write("d.csv", &table(40));
    for (name, trials, constants) in [
        ("constant", "N", "constants = { N = 20 }"),
        ("larger", "N", "constants = { N = 30 }"),
        ("number", "20", ""),
        ("column", "t", ""),
        ("sum", "n + 0", ""),
    ] {
        let more = format!("priors = {{ a = \"normal(0, 2)\" }}\n{constants}");
        rows(&place, name, &format!("ll = \"binomial_logit_lpmf(y | {trials}, a)\"\n{more}"));
    }
    for (name, trials) in [("twenty", "20"), ("twenties", "t"), ("n", "n")] {
        run(&place, name, &format!("data = \"d.csv\"\nformula = \"y | trials({trials}) ~ x\""));
    }
    for other in ["number", "column", "twenty", "twenties"] {
        compared(&place, ["constant", other]);
        compared(&place, [other, "constant"]);
    }
    // What an expression comes to is not looked at.
    compared(&place, ["sum", "n"]);
    for (dirs, why) in [
        (["constant", "larger"], "the trials 'N' of constant and 'N' of larger are other numbers"),
        (["number", "n"], "the trials '20' of number and 'n' of n are other numbers"),
        (["n", "larger"], "the trials 'n' of n and 'N' of larger are other numbers"),
    ] {
        let said = place.succeed(&[&["compare"][..], &dirs].concat());
        assert!(said.contains(why) && !said.contains("best first"), "{dirs:?}: {said}");
    }
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

/// Another ledger for a run: names, verdicts and values, held against 0.5.
fn judge(place: &Workplace, name: &str, ledger: &[(&str, &str, f64)]) {
    let file = format!("{name}/summary.json");
    let mut summary: serde_json::Value = serde_json::from_str(&place.read(&file)).expect("JSON");
    let line = |(check, verdict, value): &(&str, &str, f64)| {
        let (bound, advice) = (0.5, "");
        serde_json::json!({ "check": check, "verdict": verdict, "value": value, "bound": bound, "advice": advice })
    };
    summary["ledger"] = ledger.iter().map(line).collect();
    place.write(&file, &summary.to_string());
}

#[test]
fn ledgers_stand_side_by_side() {
    let place = Workplace::new();
    place.write("d.csv", &table(40));
    for name in ["a", "b", "c"] {
        run(&place, name, &student("d.csv", "y ~ x", ""));
    }
    // In other orders, and not each in all.
    judge(&place, "a", &[("drift", "violated", 0.76), ("R-hat", "holds", 0.1), ("only", "inconclusive", 1.2)]);
    judge(&place, "b", &[("R-hat", "holds", 0.2), ("at last", "holds", 0.0088), ("drift", "holds", 0.25)]);
    judge(&place, "c", &[("at last", "violated", 3.0), ("R-hat", "holds", 0.3), ("drift", "inconclusive", f64::NAN)]);
    let shown = |arguments: &[&str]| -> Vec<String> {
        let said = place.succeed(&[&["compare"][..], arguments].concat());
        let (_, ledger) = said.split_once("\nledger\n").unwrap_or_else(|| panic!("{said}"));
        ledger.lines().map(|line| line.split_whitespace().collect::<Vec<&str>>().join(" ")).collect()
    };
    let wanted = [
        "check a b c",
        "drift violated 0.7600 holds 0.2500 inconclusive -",
        "only inconclusive 1.200 - -",
        "at last - holds 0.008800 violated 3.000",
        "... and 1 other holds in every run",
    ];
    assert_eq!(shown(&["a", "b", "c"]), wanted);
    assert_eq!(shown(&["b", "b"]), ["all 3 checks hold in every run"]);
    place.succeed(&["compare", "a", "b", "c", "--out", "all.csv"]);
    let text = place.read("all.csv");
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let column = |head: &str| -> Vec<&str> {
        let at = lines[0].iter().position(|name| *name == head).unwrap_or_else(|| panic!("{head}: {text}"));
        lines[1..].iter().map(|line| line[at]).collect()
    };
    for (check, verdicts, values) in [
        ("drift", ["violated", "holds", "inconclusive"], ["0.76", "0.25", ""]),
        ("R-hat", ["holds", "holds", "holds"], ["0.1", "0.2", "0.3"]),
        ("only", ["inconclusive", "", ""], ["1.2", "", ""]),
        ("at last", ["", "holds", "violated"], ["", "0.0088", "3"]),
    ] {
        assert_eq!(column(&format!("verdict {check}")), verdicts, "{check}: {text}");
        assert_eq!(column(&format!("value {check}")), values, "{check}: {text}");
    }
    place.succeed(&["compare", "a", "b", "c", "--out", "all.html"]);
    let page = place.read("all.html");
    assert!(page.contains("<h2>Ledgers</h2>") && page.contains("<th scope=\"row\">R-hat</th>"), "{page}");
    assert_eq!(page.matches("<th scope=\"row\">").count(), 4, "those that hold in every run as well");
}
