//! A penalised regression of a real table: its conditions by hand, its gap, its zeros; and other regularisers by name.
mod workplace;
use serde_json::Value;
use workplace::Workplace;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/credit/credit.csv");

fn flow(weight: f64) -> String {
    format!(
        "[functional]\nkind = \"regression\"\ndata = \"{TABLE}\"\nformula = \"default ~ .\"\npriors = {{ coefficients = \"flat\" }}\n\
         regulariser = {{ kind = \"l1\", weight = {weight} }}\n[state]\nkind = \"point\"\n[scheme]\nkind = \"fista\"\n"
    )
}
fn run(place: &Workplace, file: &str, settings: &[&str], out: &str) -> Value {
    let mut arguments = vec!["run", file, "--strict", "--json", "--out", out];
    settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
    serde_json::from_str(&place.succeed(&arguments)).expect("JSON")
}
fn point(summary: &Value) -> Vec<f64> {
    let all = summary["parameters"].as_array().expect("a list");
    all.iter().map(|parameter| parameter["mean"].as_f64().expect("a number")).collect()
}
fn line<'a>(summary: &'a Value, check: &str) -> &'a Value {
    let all = summary["ledger"].as_array().expect("a list");
    all.iter().find(|line| line["check"] == check).unwrap_or_else(|| panic!("no {check}"))
}

/// On the user's own columns: the slope of the likelihood is w sign(beta) where beta stays, within w where it does not, and zero
/// for the intercept; the gap bounds what is left.
#[test]
fn the_lasso_of_a_logistic_regression_meets_its_conditions() {
    let text = std::fs::read_to_string(TABLE).expect("the table");
    let rows: Vec<Vec<f64>> =
        text.lines().skip(1).map(|line| line.split(',').map(|x| x.parse().expect("a number")).collect()).collect();
    let place = Workplace::new();
    for (k, weight) in [5.0, 40.0].into_iter().enumerate() {
        place.write("lasso.toml", &flow(weight));
        for inertia in ["extrapolated", "averaged"] {
            let scheme = format!("scheme.inertia={inertia}");
            let summary = run(&place, "lasso.toml", &[&scheme], &format!("{k}-{inertia}"));
            let beta = point(&summary);
            let p = beta.len();
            let mut slope = vec![0.0; p];
            for row in &rows {
                let eta = beta[0] + row[..p - 1].iter().zip(&beta[1..]).map(|(x, b)| x * b).sum::<f64>();
                let misfit = 1.0 / (1.0 + (-eta).exp()) - row[p - 1];
                slope[0] += misfit;
                slope[1..].iter_mut().zip(row).for_each(|(s, x)| *s += misfit * x);
            }
            assert!(slope[0].abs() < 1e-6, "the intercept is free: {:e}", slope[0]);
            for (b, s) in beta[1..].iter().zip(&slope[1..]) {
                let holds =
                    if *b == 0.0 { s.abs() <= weight * (1.0 + 1e-9) } else { (s + weight * b.signum()).abs() < 1e-5 };
                assert!(holds, "{weight}: {b} has slope {s}");
            }
            let zeros = beta.iter().filter(|b| **b == 0.0).count();
            assert!(zeros > 0 && zeros < p - 1 && summary["extra"]["zeros"] == zeros, "{zeros} of {p}");
            let gap = line(&summary, "duality gap");
            assert!(
                gap["verdict"] == "holds" && gap["value"].as_f64().is_some_and(|gap| (-1e-9..1e-6).contains(&gap)),
                "{gap}"
            );
        }
    }
    // Groups and other families have no such coordinates.
    place.write("lasso.toml", &flow(5.0).replace("default ~ .", "default ~ age + (1 | purpose_new_car)"));
    let said = place.refuse(&["run", "lasso.toml", "--out", "w"]);
    assert!(said.contains("more than a regression of family gaussian, bernoulli or poisson without groups"), "{said}");
}

/// Minima by hand.
#[test]
fn every_regulariser_has_its_minimum_and_a_clean_ledger() {
    let place = Workplace::new();
    place.write(
        "point.toml",
        "[functional]\nkind = \"expression\"\nenergy = \"((a - 3)^2 + (b - 1)^2 + (c + 0.5)^2 + (d - 2)^2) / 2\"\n\
         [state]\nkind = \"point\"\n[scheme]\nkind = \"proximal-gradient\"\n",
    );
    let five = 10.0f64.sqrt();
    let cases: &[(&str, [f64; 4])] = &[
        ("{ kind = \"l1\", weight = 1 }", [2.0, 0.0, 0.0, 1.0]),
        (
            "{ kind = \"group\", weight = 1, size = 2 }",
            [
                3.0 * (1.0 - 1.0 / five),
                1.0 - 1.0 / five,
                -0.5 * (1.0 - 1.0 / 4.25f64.sqrt()),
                2.0 * (1.0 - 1.0 / 4.25f64.sqrt()),
            ],
        ),
        ("{ kind = \"total-variation\", weight = 0.25 }", [2.75, 1.0, 0.0, 1.75]),
        ("{ kind = \"box\", low = 0, high = 1.5 }", [1.5, 1.0, 0.0, 1.5]),
        ("{ kind = \"box\", low = 0 }", [3.0, 1.0, 0.0, 2.0]),
        ("{ kind = \"simplex\", total = 2 }", [1.5, 0.0, 0.0, 0.5]),
        ("{ kind = \"ball\", radius = 1 }", [3.0, 1.0, -0.5, 2.0].map(|x| x / 14.25f64.sqrt())),
        ("{ kind = \"semidefinite\" }", [3.0, 0.25, 0.25, 2.0]),
    ];
    for (k, (regulariser, exact)) in cases.iter().enumerate() {
        let setting = format!("functional.regulariser={regulariser}");
        let summary = run(&place, "point.toml", &[&setting], &k.to_string());
        for (found, exact) in point(&summary).iter().zip(exact) {
            assert!((found - exact).abs() < 1e-7, "{regulariser}: {:?} {exact}", point(&summary));
        }
        let mut told = place.succeed(&["explain", "point.toml", "--set", &setting]);
        told.truncate(told.find("Cost").unwrap_or(0));
        for line in summary["ledger"].as_array().expect("a list") {
            assert!(
                told.contains(line["check"].as_str().expect("a name")),
                "{regulariser}: {line} is not announced\n{told}"
            );
        }
    }
    let low_rank = run(
        &place,
        "point.toml",
        &["functional.regulariser={ kind = \"nuclear\", weight = 2.2, rows = 2 }"],
        "nuclear",
    );
    let x = point(&low_rank);
    assert!((x[0] * x[3] - x[1] * x[2]).abs() < 1e-9 && x[0] > 0.1, "rank one: {x:?}");
    let said = place.refuse(&[
        "run",
        "point.toml",
        "--set",
        "functional.regulariser={ kind = \"nuclear\", weight = 1, rows = 3 }",
        "--out",
        "w",
    ]);
    assert!(said.contains("regulariser `nuclear` does not fit 4 coordinates"), "{said}");
    let said = place.refuse(&[
        "run",
        "point.toml",
        "--set",
        "functional.regulariser={ kind = \"map\", weight = 1 }",
        "--out",
        "w",
    ]);
    assert!(said.contains("does not go with geometry `euclidean`"), "{said}");
}
