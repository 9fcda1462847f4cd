//! Fisher scoring in a trust region, by name: the steps of Newton where links are canonical, the modes of L-BFGS elsewhere.
use std::fmt::Write;
use std::path::Path;
use steepest_record::{Record, Verdict};
use steepest_spec::{Config, Unwatched, build, execute};

fn said(text: &str) -> Result<Record, String> {
    let config = Config::parse(text, "flow.toml", &[]).map_err(|error| error.to_string())?;
    let model = build(&config).map_err(|error| error.to_string())?;
    execute(&config, &*model, &mut Unwatched).map_err(|error| error.to_string())
}
fn run(text: &str) -> Record {
    said(text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}
fn end(record: &Record) -> f64 {
    record.summary.objective.as_ref().expect("an objective").r#final
}
fn path(record: &Record) -> &[f64] {
    &record.arrays.iter().find(|array| array.name == "path").expect("a path").values
}
/// Steps and evaluations.
fn cost(record: &Record) -> (u64, u64) {
    (record.summary.steps, record.summary.extra["evaluations"].as_u64().expect("a count"))
}
/// Numbers in rows, for a table.
fn table(folder: &Path, name: &str, columns: &[(&str, &dyn Fn(usize) -> f64)], rows: usize) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let mut text = names.join(",") + "\n";
    for r in 0..rows {
        let row: Vec<String> = columns.iter().map(|(_, f)| f(r).to_string()).collect();
        let _ = writeln!(text, "{}", row.join(","));
    }
    let file = folder.join(name);
    std::fs::write(&file, text).expect("written");
    file.display().to_string()
}
fn noise(r: usize, k: usize) -> f64 {
    ((r * r * (k + 3) + 7 * r + k) as f64 * 0.7548).sin()
}
/// Responses of every family, on two predictors.
fn responses(folder: &Path) -> String {
    let x = |r: usize| noise(r, 1) * 1.5;
    let z = |r: usize| noise(r, 2);
    let mean = |r: usize| (0.8 + 0.7 * x(r) - 0.4 * z(r)).exp();
    table(
        folder,
        "responses.csv",
        &[
            ("x", &x),
            ("z", &z),
            ("coin", &|r| f64::from(u8::from(x(r) - 0.5 * z(r) + 1.5 * noise(r, 5) > 0.2))),
            ("count", &|r| (mean(r) * (1.0 + noise(r, 6)).powi(2)).floor()),
            ("times", &|r| mean(r) * (0.1 + (1.0 + noise(r, 7)).powi(2))),
            ("share", &|r| 1.0 / (1.0 + (-0.5 * x(r) - 1.2 * noise(r, 8)).exp())),
            ("real", &|r| 2.0 + x(r) - z(r) + 0.5 * noise(r, 9).powi(3) + if r % 17 == 0 { 20.0 } else { 0.0 }),
        ],
        200,
    )
}
fn regression(data: &str, formula: &str, family: &str, start: f64, rest: &str) -> String {
    let d = formula.split('+').count()
        + 1
        + usize::from(!matches!(family, "bernoulli" | "poisson"))
        + usize::from(family == "student");
    let start: Vec<String> = (0..d).map(|j| (if j % 2 == 0 { start } else { -start }).to_string()).collect();
    format!(
        "[functional]\nkind = \"regression\"\ndata = '{data}'\nformula = \"{formula}\"\nfamily = \"{family}\"\n[state]\n\
         kind = \"point\"\nstart = [{}]\n[run]\nsteps = 2000\n{rest}\n",
        start.join(", ")
    )
}
const SCORING: &str = "[geometry]\nkind = \"fisher\"\n[scheme]\nkind = \"trust-region\"\n";
const NATURAL: &str = "[geometry]\nkind = \"fisher\"\n[scheme]\nkind = \"natural-gradient\"\n";
const NEWTON: &str = "[scheme]\nkind = \"trust-region\"\n";
const QUASI: &str = "[scheme]\nkind = \"lbfgs\"\n";
const EMPIRICAL: &str =
    "[geometry]\nkind = \"fisher\"\ninformation = \"empirical\"\n[scheme]\nkind = \"trust-region\"\n";

/// Every line holds, and they are those of a trust region.
fn holds(what: &str, record: &Record) {
    let names: Vec<&str> = record.summary.ledger.iter().map(|line| line.check.as_str()).collect();
    let lines =
        ["model decrease", "radius of trust", "V never rises", "gradient at the end", "gradient", "least curvature"];
    assert_eq!(names, lines, "{what}");
    for line in &record.summary.ledger {
        assert!(line.verdict == Verdict::Holds, "{what}: {line:?}");
    }
}

#[test]
fn of_canonical_links_the_path_is_that_of_newton() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = responses(folder.path());
    for (family, formula) in [("bernoulli", "coin ~ x + z"), ("poisson", "count ~ x + z")] {
        for start in [1.0, 3.0, 12.0] {
            let text = |rest: &str| regression(&data, formula, family, start, rest);
            let (scoring, newton) = (run(&text(SCORING)), run(&text(NEWTON)));
            let apart = path(&scoring).iter().zip(path(&newton)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            println!("{family} from {start}: {:?}, newton {:?}, apart {apart:.1e}", cost(&scoring), cost(&newton));
            assert_eq!(cost(&scoring).0, cost(&newton).0, "{family} {start}");
            // Newton's products are differences.
            assert!(apart < 1e-6, "{family} {start}: {apart:e}");
            assert!(cost(&scoring).1 < cost(&newton).1);
            holds(family, &scoring);
        }
    }
}

/// Responses whose curvature is not the information, from near and far: the mode of L-BFGS, exactly expected or from the scores.
#[test]
fn of_other_links_the_mode_is_found_from_afar() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = responses(folder.path());
    for (family, formula) in [
        ("negative_binomial", "count ~ x + z"),
        ("gamma", "times ~ x + z"),
        ("student", "real ~ x + z"),
        ("beta", "share ~ x + z"),
    ] {
        for start in [0.5, 20.0, 90.0] {
            let text = |rest: &str| regression(&data, formula, family, start, rest);
            let quasi = run(&text(QUASI));
            // Linear convergence ends in the rounding of V, whose last bits make 300 evaluations or 600 of it.
            for (what, rest, most) in [("exact", SCORING, 60), ("empirical", EMPIRICAL, 800)] {
                let found = run(&text(rest));
                let off = end(&found) - end(&quasi);
                println!(
                    "{family} from {start}: {what} {:?}, V off by {off:.1e}; lbfgs {:?}",
                    cost(&found),
                    cost(&quasi)
                );
                assert!(
                    off.abs() < 1e-8 && cost(&found).1 <= most,
                    "{family} {start} {what}: {off:e} {:?}",
                    cost(&found)
                );
                if what == "exact" {
                    holds(family, &found);
                }
                // Steps by scores alone converge linearly, and may end where V is rounding before slopes are below the tolerance.
                assert!(found.summary.ledger.iter().all(|line| line.verdict != Verdict::Violated), "{family} {start}");
            }
        }
    }
    // There a line search along the natural gradient, which goes up at first, is lost for long: how long, the last bits decide.
    let text = |rest: &str| regression(&data, "real ~ x + z", "student", 90.0, rest);
    let (scoring, natural, quasi) = (run(&text(SCORING)), run(&text(NATURAL)), run(&text(QUASI)));
    println!("student from afar: {:?}, natural gradient {:?}", cost(&scoring), cost(&natural));
    assert!((end(&scoring) - end(&quasi)).abs() < 1e-8 && cost(&scoring).1 < 80);
    assert!(cost(&natural).1 > 5 * cost(&scoring).1);
}

/// Misra's 14 measurements of the adsorption of a monomolecular layer (NIST): b1 (1 - exp(-b2 x)).
const MISRA: [[f64; 2]; 14] = [
    [10.07, 77.6],
    [14.73, 114.9],
    [17.94, 141.1],
    [23.93, 190.8],
    [29.61, 239.9],
    [35.18, 289.0],
    [40.02, 332.8],
    [44.82, 378.4],
    [50.76, 434.8],
    [55.05, 477.3],
    [61.01, 536.8],
    [66.40, 593.1],
    [75.47, 689.1],
    [81.78, 760.0],
];

/// From the starts of the collection and from afar, with the logarithm of the standard deviation: to the certified numbers,
/// where V is 7 log(RSS / 14) + 7.
#[test]
fn a_nonlinear_regression_of_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = table(folder.path(), "misra.csv", &[("y", &|r| MISRA[r][0]), ("x", &|r| MISRA[r][1])], 14);
    let least = 7.0 * (1.245_513_889_4e-1_f64 / 14.0).ln() + 7.0;
    for start in [[500f64.ln(), 1e-4f64.ln(), 0.0], [250f64.ln(), 5e-4f64.ln(), 0.0], [3.0, -4.0, 3.0]] {
        let text = |rest: &str| {
            format!(
                "[functional]\nkind = \"rows\"\ndata = '{data}'\nnll = \"0.5*((y - exp(a)*(1 - exp(-exp(b)*x)))/exp(c))^2 + c\"\n\
                 parameters = {{ a = \"real\", b = \"real\", c = \"real\" }}\n[state]\nkind = \"point\"\n\
                 start = {start:?}\n[run]\nsteps = 1000\n{rest}"
            )
        };
        let (scoring, quasi) = (run(&text(SCORING)), run(&text(QUASI)));
        println!("{start:?}: {:?}, lbfgs {:?}", cost(&scoring), cost(&quasi));
        assert!(
            (end(&scoring) - end(&quasi)).abs() < 1e-8 && (end(&scoring) - least).abs() < 1e-8,
            "{}",
            end(&scoring)
        );
        for (k, exact) in [2.389_421_291_8e2_f64, 5.501_564_318_1e-4].into_iter().enumerate() {
            let found = scoring.summary.parameters[k].mean.exp();
            assert!((found / exact - 1.0).abs() < 1e-6, "{found} {exact}");
        }
        assert!(cost(&scoring).1 < 300 && scoring.summary.ledger.iter().all(|line| line.verdict != Verdict::Violated));
    }
}

/// Two normals whose means begin as one: scores never tell them apart and the run ends at a saddle, which is what V'' says there,
/// though no information has a negative eigenvalue.
#[test]
fn a_saddle_is_told_by_the_curvature_of_v() {
    let folder = tempfile::tempdir().expect("a folder");
    let two = |r: usize| if r.is_multiple_of(2) { 3.0 } else { -3.0 } + noise(r, 3);
    let data = table(folder.path(), "two.csv", &[("y", &two)], 60);
    let text = |start: &str| {
        format!(
            "[functional]\nkind = \"rows\"\ndata = '{data}'\nnll = \"-log(exp(-0.5*(y - a)^2) + exp(-0.5*(y - b)^2))\"\n\
             parameters = {{ a = \"real\", b = \"real\" }}\n[state]\nkind = \"point\"\nstart = {start}\n{SCORING}"
        )
    };
    let last = |record: &Record| record.summary.ledger.last().map(|line| (line.check.clone(), line.verdict));
    assert_eq!(last(&run(&text("[0.5, 0.5]"))), Some(("least curvature".into(), Verdict::Violated)));
    assert_eq!(last(&run(&text("[0.5, 0.4]"))), Some(("least curvature".into(), Verdict::Holds)));
}

#[test]
fn what_does_not_go_together_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = responses(folder.path());
    let text = |rest: &str| regression(&data, "coin ~ x", "bernoulli", 0.5, rest);
    let wrong = |rest: &str| said(&text(rest)).err().unwrap_or_default();
    let found = wrong("[geometry]\nkind = \"fisher\"\n[scheme]\nkind = \"trust-region\"\ncurvatures = \"hessian\"\n");
    assert!(found.contains("`curvatures = \"hessian\"` in [scheme] does not go with geometry `fisher`"), "{found}");
    assert!(found.contains("leave `curvatures` out"), "{found}");
    let found = wrong("[scheme]\nkind = \"trust-region\"\ncurvatures = \"information\"\n");
    assert!(found.contains("does not go with geometry `euclidean`") && found.contains("geometry `fisher`"), "{found}");
    let energy = format!("[functional]\nkind = \"expression\"\nenergy = \"x^2\"\n{SCORING}");
    let found = said(&energy).err().unwrap_or_default();
    assert!(found.contains("this energy has no information"), "{found}");
    let found = said(&text(&SCORING.replace("\n[scheme]", "\ninformation = \"exact\"\n[scheme]")));
    assert!(found.is_ok());
}
