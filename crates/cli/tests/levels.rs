//! The order of a response's levels from the command line to predictions, and what a fit says of its model on a terminal.
mod workplace;
use workplace::Workplace;

/// Sixty rows of a grade that rises with x, and one without an x.
fn graded() -> Workplace {
    let place = Workplace::new();
    let mut table = String::from("x,grade\n");
    for r in 0..60 {
        let x = (r * 7 % 11) as f64 / 4.0 - 1.25;
        let k = ((x + (r * 5 % 7) as f64 / 4.0 + 0.4).max(0.0) as usize).min(2);
        table += &format!("{x},{}\n", ["low", "medium", "high"][k]);
    }
    place.write("grades.csv", &format!("{table}NA,low\n"));
    place
}
const FIT: [&str; 9] = ["fit", "grades.csv", "grade ~ x", "--family", "ordinal", "--missing", "drop", "--draws", "100"];

fn fit<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&FIT[..], &["--warmup", "200"], more].concat()
}

#[test]
fn an_order_is_asked_for_printed_and_kept() {
    let place = graded();
    let said = place.refuse(&fit(&[]));
    assert!(said.contains("(high, low, medium) are words") && said.contains("--family ordinal"), "{said}");
    assert!(said.contains("levels = [\"high\", \"low\", \"medium\"]"), "{said}");
    let said = place.refuse(&fit(&["--levels", "low,medum,high"]));
    assert!(said.contains("no level 'medum'") && said.contains("did you mean 'medium'?"), "{said}");
    assert!(said.contains("--levels [\"low\", \"medum\", \"high\"]"), "{said}");

    let out = place.succeed(&fit(&["--levels", "low, medium, high", "--out", "kept"]));
    let stated = [
        "\nmodel\n  grade ~ x on ",
        ": 60 rows, 1 coefficients",
        "  1 of 61 rows have missing values and were left out.\n",
        "  Family: ordinal",
        "  grade: low < medium < high.\n",
        "  x ~ normal(0, ",
        "  cut ~ student_t(3, 0, 2.5), at the predictors' means.\n\nparameter ",
    ];
    for part in stated {
        assert!(out.contains(part), "{part} is not in\n{out}");
    }
    let summary: serde_json::Value = serde_json::from_str(&place.read("kept/summary.json")).expect("a summary");
    assert!(summary["parameters"][0]["mean"].as_f64().is_some_and(|slope| slope > 0.5), "{}", summary["parameters"][0]);

    place.write("new.csv", "x,grade\n2,high\n-2,low\n");
    let told = place.succeed(&["predict", "kept", "new.csv"]);
    let lines: Vec<Vec<&str>> = told.lines().map(|line| line.split(',').collect()).collect();
    let share = |row: usize, level: &str| -> f64 {
        let at = lines[0].iter().position(|head| *head == format!("p[{level}]")).expect("a level");
        lines[row][at].parse().expect("a number")
    };
    assert!(share(1, "high") > share(1, "medium") && share(1, "medium") > share(1, "low"), "{told}");
    assert!(share(2, "low") > share(2, "medium") && share(2, "medium") > share(2, "high"), "{told}");
    let elpd = lines[0].iter().position(|head| *head == "elpd").expect("a score");
    for (row, level) in [(1, "high"), (2, "low")] {
        let found: f64 = lines[row][elpd].parse().expect("a number");
        assert!((found - share(row, level).ln()).abs() < 1e-6, "{level}: {found}\n{told}");
    }
    // The draws are of this order, and of no other.
    let flow = place.read("kept/flow.toml");
    place.write("kept/flow.toml", &flow.replace("[\"low\", \"medium\", \"high\"]", "[\"high\", \"medium\", \"low\"]"));
    let done = place.run(&["predict", "kept", "new.csv"]);
    assert!(done.code == 2 && done.err.contains("functional.levels"), "{done:?}");
}

/// Which label counts as 1, what an intercept has from `coefficients`, and a family that is called otherwise here.
#[test]
fn what_was_chosen_is_printed() {
    let place = Workplace::new();
    let arguments = ["fit", "pets.csv", "kind ~ weight", "--draws", "100", "--warmup", "200"];
    let said = place.refuse(&[&arguments[..], &["--family", "multinomial"]].concat());
    assert!(said.contains("it is called `categorical` here"), "{said}");
    let arguments = ["fit", "pets.csv", "C(adopted) ~ weight", "--draws", "100", "--warmup", "200"];
    let out = place.succeed(&[&arguments[..], &["--prior", "coefficients = normal(0, 2)"]].concat());
    let stated = [
        "  Family (chosen by the response): bernoulli with logit link; adopted is 1 in 6 of 10 rows.\n",
        "  adopted: '1' counts as 1 and '0' as 0.\n",
        "The prior of `coefficients`, normal(0, 2), is that of the intercept too",
        "  weight ~ normal(0, 2).\n",
    ];
    for part in stated {
        assert!(out.contains(part), "{part} is not in\n{out}");
    }
    let turned = place.succeed(&[&arguments[..], &["--levels", "1,0"]].concat());
    assert!(turned.contains("  adopted: '0' counts as 1 and '1' as 0.\n"), "{turned}");
    // Numbers are named as in the table.
    place.write(
        "turned.toml",
        "[functional]\nkind = \"regression\"\ndata = \"pets.csv\"\nformula = \"C(adopted) ~ weight\"\nlevels = [1, 0.0]\n\
         [run]\ndraws = 100\nwarmup = 200\n",
    );
    let turned = place.succeed(&["run", "turned.toml", "--out", "turned"]);
    assert!(turned.contains("  adopted: '0' counts as 1 and '1' as 0.\n"), "{turned}");
    assert!(place.read("turned/flow.toml").contains("\nlevels = [\"1\", \"0\"]"), "{}", place.read("turned/flow.toml"));
    let done = place.run(&["run", "turned.toml", "--set", "functional.levels=[true, 0]", "--out", "other"]);
    assert!(done.code == 2 && done.err.contains("must be a list of texts or numbers"), "{}", done.err);
    let other = place.succeed(&["sample", "x^2 / 2", "--draws", "100", "--warmup", "200"]);
    assert!(!other.contains("\nmodel\n"), "{other}");
}
