//! Energies on manifolds from a flow.toml: exact answers, the lines of the ledger, `check`, and what is refused and how.
use std::path::Path;
use steepest_record::{Record, Verdict};
use steepest_spec::{Config, Unwatched, build, check, execute, explain};

fn config(dir: &Path, text: &str) -> Result<Config, String> {
    let name = dir.join("flow.toml").display().to_string();
    let config = Config::parse(text, &name, &[]).map_err(|error| error.to_string())?;
    assert_eq!(Config::parse(&config.resolved(), &name, &[]).unwrap(), config);
    Ok(config)
}
fn run(dir: &Path, text: &str) -> Result<Record, String> {
    let config = config(dir, text)?;
    let model = build(&config).map_err(|error| error.to_string())?;
    let told = explain(&config, &*model);
    let record = execute(&config, &*model, &mut Unwatched).map_err(|error| error.to_string())?;
    // What explain announces is what the ledger has.
    for line in &record.summary.ledger {
        assert!(told.contains(&format!("  - {}: ", line.check)), "{} is not announced:\n{told}", line.check);
    }
    assert_eq!(
        told.matches("\n  - ").count()
            - told.split("\nCost\n").nth(1).unwrap().matches("  - ").count()
            - told.split("\nThe model\n").nth(1).map_or(0, |rest| rest
                .split("\nCost\n")
                .next()
                .unwrap()
                .matches("  - ")
                .count()),
        record.summary.ledger.len(),
        "{told}"
    );
    Ok(record)
}
fn all_hold(record: &Record) {
    for line in &record.summary.ledger {
        assert_eq!(line.verdict, Verdict::Holds, "{line:?}");
    }
}
fn file(dir: &Path, name: &str, rows: &[Vec<f64>]) {
    let row = |row: &Vec<f64>| row.iter().map(f64::to_string).collect::<Vec<_>>().join(",");
    std::fs::write(dir.join(name), rows.iter().map(row).collect::<Vec<_>>().join("\n")).unwrap();
}
fn values(record: &Record) -> Vec<f64> {
    record.summary.parameters.iter().map(|parameter| parameter.mean).collect()
}

/// The second difference matrix of n points has the eigenvalues 2 - 2 cos(pi k / (n + 1)), at both ends of its spectrum.
#[test]
fn eigenvalues_of_a_chain_are_known() {
    let (dir, n) = (tempfile::tempdir().unwrap(), 12);
    let row = |i: usize| (0..n).map(|j| [2.0, -1.0, 0.0][i.abs_diff(j).min(2)]).collect();
    file(dir.path(), "A.csv", &(0..n).map(row).collect::<Vec<_>>());
    let value = |k: usize| 2.0 - 2.0 * (std::f64::consts::PI * k as f64 / (n + 1) as f64).cos();
    for (geometry, which, sign, first) in [
        ("", "largest", -0.5, n - 2),
        ("[geometry]\nkind = \"stiefel\"\nmetric = \"canonical\"\n", "smallest", 0.5, 1),
        ("[geometry]\nkind = \"stiefel\"\n[scheme]\nkind = \"cg\"\n", "largest", -0.5, n - 2),
        ("[scheme]\nkind = \"trust-region\"\n", "smallest", 0.5, 1),
    ] {
        let text = format!(
            "[functional]\nkind = \"rayleigh\"\ndata = \"A.csv\"\ncolumns = 3\nwhich = \"{which}\"\n{geometry}"
        );
        let record = run(dir.path(), &text).unwrap();
        let exact: f64 = (first..first + 3).map(value).sum::<f64>() * sign;
        let found = record.summary.objective.as_ref().unwrap().r#final;
        assert!((found - exact).abs() < 1e-10, "{geometry}: {found} {exact}");
        let state = record.arrays.iter().find(|array| array.name == "matrix").unwrap();
        assert_eq!(state.shape, [n, 3]);
        all_hold(&record);
    }
}
/// Wahba: the turn about the z axis by 0.7 that made the points is found again, from vectors that were turned by it.
#[test]
fn a_turn_is_found_from_what_it_did() {
    let dir = tempfile::tempdir().unwrap();
    let (c, s) = (0.7f64.cos(), 0.7f64.sin());
    let turn = |a: [f64; 3]| [c * a[0] - s * a[1], s * a[0] + c * a[1], a[2]];
    let pair = |a: [f64; 3], w: f64| [&a[..], &turn(a), &[w]].concat();
    let rows = vec![pair([1.0, 2.0, 0.5], 1.0), pair([-1.0, 0.3, 2.0], 0.5), pair([0.2, -1.0, 1.0], 2.0)];
    file(dir.path(), "pairs.csv", &rows);
    let record = run(dir.path(), "[functional]\nkind = \"wahba\"\ndata = \"pairs.csv\"\n").unwrap();
    let found = values(&record);
    for (found, exact) in found.iter().zip([c, -s, 0.0, s, c, 0.0, 0.0, 0.0, 1.0]) {
        assert!((found - exact).abs() < 1e-8, "{found} {exact}");
    }
    assert_eq!(record.summary.parameters[1].name, "r[1,2]");
    all_hold(&record);
}
/// The mean of two diagonal matrices: the geometric mean of their entries, the mean of logarithms, and that of square roots.
#[test]
fn means_of_diagonal_matrices_are_known() {
    let dir = tempfile::tempdir().unwrap();
    file(dir.path(), "points.csv", &[vec![1.0, 0.0, 0.0, 4.0], vec![9.0, 0.0, 0.0, 1.0]]);
    for (metric, exact) in
        [("affine-invariant", [3.0, 2.0]), ("log-euclidean", [3.0, 2.0]), ("bures-wasserstein", [4.0, 2.25])]
    {
        let text = format!(
            "[functional]\nkind = \"frechet-mean\"\ndata = \"points.csv\"\n[geometry]\nkind = \"spd\"\nmetric = \"{metric}\"\n"
        );
        let record = run(dir.path(), &text).unwrap();
        let found = values(&record);
        assert!((found[0] - exact[0]).abs() < 1e-7 && (found[3] - exact[1]).abs() < 1e-7, "{metric}: {found:?}");
        all_hold(&record);
    }
}
/// A matrix of rank one, of which four entries are missing: the others tell them.
#[test]
fn missing_entries_of_rank_one_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = ([1.0, 2.0, -1.0, 0.5], [3.0, -1.0, 2.0]);
    let known = (0..12).filter(|k| ![0, 4, 8, 11].contains(k)).map(|k| (k / 3, k % 3));
    let rows: Vec<Vec<f64>> = known.map(|(i, j)| vec![(i + 1) as f64, (j + 1) as f64, a[i] * b[j]]).collect();
    file(dir.path(), "entries.csv", &rows);
    let text = "[functional]\nkind = \"completion\"\ndata = \"entries.csv\"\nrank = 1\n[scheme]\nkind = \"lbfgs\"\ntolerance = 1e-10\n";
    let record = run(dir.path(), text).unwrap();
    let x = values(&record);
    let entry = |i: usize, j: usize| x[i] * x[4] * x[5 + j];
    for (i, j) in [(0, 0), (1, 1), (2, 2), (3, 2)] {
        assert!((entry(i, j) - a[i] * b[j]).abs() < 1e-7, "{} {}", entry(i, j), a[i] * b[j]);
    }
    let gradient = record.summary.ledger.iter().find(|line| line.check == "gradient along a curve").unwrap();
    assert_eq!(gradient.verdict, Verdict::Holds);
}
/// An expression on the sphere: x y z is largest where all are 1 / sqrt(3). `check` holds, and says what it looked at.
#[test]
fn an_expression_on_a_sphere() {
    let dir = tempfile::tempdir().unwrap();
    let text = "[functional]\nkind = \"expression\"\nenergy = \"-x*y*z\"\n[geometry]\nkind = \"sphere\"\n[state]\nkind = \"point\"\nstart = [0.6, 0.8, 0.0]\n";
    let record = run(dir.path(), text).unwrap();
    let found = record.summary.objective.as_ref().unwrap().r#final;
    assert!((found + 1.0 / 27f64.sqrt()).abs() < 1e-12, "{found}");
    all_hold(&record);
    for geometry in ["sphere", "orthant", "simplex", "poincare", "lorentz"] {
        let text = text.replace("\"sphere\"", &format!("\"{geometry}\"")).replace("start = [0.6, 0.8, 0.0]\n", "");
        let config = config(dir.path(), &text).unwrap();
        let found = check(&config, &*build(&config).unwrap()).unwrap();
        assert!(found.holds, "{}", found.text);
        assert!(found.text.contains("transport keeps lengths and angles"), "{}", found.text);
    }
}
/// At an eigenvector in the middle of the spectrum of diag(1, 2, 5) the gradient vanishes and the Hessian of the sphere has 1 - 2
/// and 5 - 2: a run leaves the saddle, from there and from beside it. Geometries whose Hessians are not known are refused.
#[test]
fn saddles_on_manifolds_are_left() {
    let dir = tempfile::tempdir().unwrap();
    file(dir.path(), "A.csv", &[vec![1.0, 0.0, 0.0], vec![0.0, 2.0, 0.0], vec![0.0, 0.0, 5.0]]);
    let text = |start: &str| {
        format!(
            "[functional]\nkind = \"rayleigh\"\ndata = \"A.csv\"\ncolumns = 1\nwhich = \"smallest\"\n[geometry]\nkind = \"sphere\"\n\
             [state]\nkind = \"point\"\nstart = {start}\n[scheme]\nkind = \"trust-region\"\n"
        )
    };
    for start in ["[0.0, 1.0, 0.0]", "[0.0006, 0.99999982, 0.0]"] {
        let left = run(dir.path(), &text(start)).unwrap();
        all_hold(&left);
        assert!((left.summary.objective.as_ref().unwrap().r#final - 0.5).abs() < 1e-12);
        let curvatures = &left.summary.extra["curvatures"];
        assert!((curvatures[0].as_f64().unwrap() - 1.0).abs() < 1e-9, "{curvatures}");
    }
    let ball = text("[0.0, 0.0, 0.1]").replace("\"sphere\"", "\"poincare\"").replace(
        "kind = \"rayleigh\"\ndata = \"A.csv\"\ncolumns = 1\nwhich = \"smallest\"",
        "kind = \"expression\"\nenergy = \"a + b + c\"",
    );
    let said = run(dir.path(), &ball).unwrap_err();
    assert!(said.starts_with("the second derivatives of geometry `poincare` are not known\n"), "{said}");
    assert!(said.contains("`lorentz` is the same space"), "{said}");
    let whole = text("[1.0, 0.0, 0.0, 1.0]").replace("\"sphere\"", "\"spd\"\nmetric = \"log-euclidean\"");
    let whole = whole.replace(
        "kind = \"rayleigh\"\ndata = \"A.csv\"\ncolumns = 1\nwhich = \"smallest\"",
        "kind = \"expression\"\nenergy = \"a + b + c + d\"",
    );
    let said = run(dir.path(), &whole).unwrap_err();
    assert!(said.starts_with("the second derivatives of geometry `spd` with this metric are not known\n"), "{said}");
    assert!(said.contains("flow.toml:") && said.contains("`lbfgs` and the other line searches do not"), "{said}");
}
#[test]
fn what_does_not_fit_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let say = |text: &str| run(dir.path(), text).expect_err("this must not be taken");
    let energy = "[functional]\nkind = \"expression\"\nenergy = \"x*y*z\"\n";
    let text = say(&format!("{energy}[geometry]\nkind = \"sphere\"\n[scheme]\nkind = \"adam\"\n"));
    assert!(text.starts_with("scheme `adam` does not go with geometry `sphere`\n"), "{text}");
    assert!(text.contains("goes with scheme lbfgs, conjugate-gradient, barzilai-borwein, steepest-descent"), "{text}");
    let text = say(&format!("{energy}[geometry]\nkind = \"spd\"\n"));
    assert!(text.starts_with("geometry `spd` does not go with 3 coordinates\n") && text.contains("4, 9, 16"), "{text}");
    let text = say(&format!("{energy}[geometry]\nkind = \"fixed-rank\"\n"));
    assert!(text.contains("functional `completion` goes with geometry fixed-rank"), "{text}");
    let text =
        say(&format!("{energy}[geometry]\nkind = \"sphere\"\n[state]\nkind = \"point\"\nstart = [1.0, 1.0, 0.0]\n"));
    assert!(text.starts_with("the point is not on `sphere`, by 4.1e-1\n"), "{text}");
    let text = say(&format!("{energy}[state]\nkind = \"point\"\nstart_file = \"none.csv\"\n"));
    assert!(text.contains("none.csv: ") && text.contains("flow.toml:"), "{text}");
    std::fs::write(dir.path().join("A.csv"), "1,2\n3,x\n").unwrap();
    let rayleigh = "[functional]\nkind = \"rayleigh\"\ndata = \"A.csv\"\n";
    assert!(say(rayleigh).contains("line 2, column 2: `x` is not a number"), "{}", say(rayleigh));
    std::fs::write(dir.path().join("A.csv"), "1,2\n3,1\n").unwrap();
    assert!(say(rayleigh).starts_with("A must be symmetric: A[1,2] = 2 and A[2,1] = 3\n"), "{}", say(rayleigh));
    std::fs::write(dir.path().join("A.csv"), "1,2\n2,1\n").unwrap();
    assert!(
        say(&format!("{rayleigh}columns = 3\n")).starts_with("`columns = 3` in [functional] is more than the 2 rows")
    );
    let mean = "[functional]\nkind = \"frechet-mean\"\ndata = \"A.csv\"\n";
    let text = say(mean);
    assert!(text.starts_with("functional `frechet-mean` does not go with geometry `euclidean`"), "{text}");
    let text = say(&format!("{mean}[geometry]\nkind = \"sphere\"\n"));
    assert!(text.starts_with("the point is not on `sphere`, by 1.2e0\n") && text.contains("this is point 1"), "{text}");
    let weighted = say(&format!("{energy}[geometry]\nkind = \"weighted\"\nmatrix = [1.0, 0.0, 0.0, 1.0]\n"));
    assert!(weighted.starts_with("`matrix` in [geometry] has 4 numbers for 3 coordinates\n"), "{weighted}");
    // Two opposite points have no mean: the cut locus is told where it is met, at the start.
    std::fs::write(dir.path().join("A.csv"), "0,1\n0,-1\n").unwrap();
    let text = say(&format!("{mean}[geometry]\nkind = \"sphere\"\n[state]\nkind = \"point\"\nstart = [0.0, 1.0]\n"));
    assert!(text.starts_with("the energy is not a number at the start\n"), "{text}");
}
/// On the simplex a quadratic has its minimum inside, at (0.3, 0.6, 0.1), where a trust region arrives from anywhere; a start so near a
/// vertex that its gradient is small whatever V does is no minimum, and is not certified as one.
#[test]
fn the_edge_of_the_simplex_is_no_minimum() {
    let dir = tempfile::tempdir().unwrap();
    let text = |scheme: &str, more: &str| {
        format!(
            "[functional]\nkind = \"expression\"\nenergy = \"(x-0.2)^2 + (y-0.5)^2 + z^2\"\n[geometry]\nkind = \"simplex\"\n\
             [scheme]\nkind = \"{scheme}\"\n{more}"
        )
    };
    for seed in 1..6 {
        let record = run(dir.path(), &text("trust-region", &format!("[run]\nseed = {seed}\n"))).unwrap();
        for (found, exact) in values(&record).iter().zip([0.3, 0.6, 0.1]) {
            assert!((found - exact).abs() < 1e-6, "{seed}: {:?}", values(&record));
        }
        let ledger = &record.summary.ledger;
        assert!(ledger.iter().all(|line| line.verdict != Verdict::Violated), "{seed}: {ledger:?}");
    }
    for scheme in ["lbfgs", "trust-region"] {
        let start = "[state]\nkind = \"point\"\nstart = [1e-40, 1.0, 1e-40]\n";
        let record = run(dir.path(), &text(scheme, start)).unwrap();
        let line = record.summary.ledger.iter().find(|line| line.check == "gradient at the end").unwrap();
        // x - dV = (0.4, 0, 0) is nearest to (0.6, 0.2, 0.2).
        assert!(line.verdict == Verdict::Violated && (line.value - 1.04f64.sqrt()).abs() < 1e-12, "{line:?}");
        assert!(line.advice.contains("edge"), "{line:?}");
    }
}
/// An energy of bases is refused where points are spaces, by run and by check; several eigenvectors where points are one vector; and of a
/// space that is all there is nothing is certified.
#[test]
fn points_are_what_the_geometry_says() {
    let dir = tempfile::tempdir().unwrap();
    let spaces = "[functional]\nkind = \"expression\"\nenergy = \"a + d\"\nparameters = [\"a\", \"b\", \"c\", \"d\", \"p\", \"q\"]\n\
                  [geometry]\nkind = \"grassmann\"\ncolumns = 2\n";
    let said = run(dir.path(), spaces).unwrap_err();
    assert!(said.starts_with("this energy is not one of spaces: V is ") && said.contains("flow.toml:"), "{said}");
    let known = config(dir.path(), spaces).unwrap();
    let found = check(&known, &*build(&known).unwrap()).map(|found| found.text).unwrap_err();
    assert_eq!(found.exit_code(), 2);
    // Of one column it is the sign that a line does not have.
    let line = spaces.replace("columns = 2", "columns = 1");
    assert!(run(dir.path(), &line).unwrap_err().starts_with("this energy is not one of spaces"));
    assert!(run(dir.path(), &line.replace("a + d", "a^2 + 2*d^2 + a*d + q^2")).is_ok());
    assert!(run(dir.path(), &spaces.replace("a + d", "a^2 + b^2 + 2*c^2 + 2*d^2 + 3*p^2 + 3*q^2")).is_ok());

    file(dir.path(), "A.csv", &[vec![2.0, 1.0, 0.0], vec![1.0, 3.0, 1.0], vec![0.0, 1.0, 4.0]]);
    let several = "[functional]\nkind = \"rayleigh\"\ndata = \"A.csv\"\ncolumns = 2\n[geometry]\nkind = \"sphere\"\n";
    let said = run(dir.path(), several).unwrap_err();
    assert!(said.starts_with("functional `rayleigh` with `columns = 2` does not go with geometry `sphere`"), "{said}");
    assert!(said.contains("`grassmann` and `stiefel`"), "{said}");
    let all = run(dir.path(), &several.replace("columns = 2", "columns = 3").replace("sphere", "grassmann")).unwrap();
    for line in &all.summary.ledger {
        let open = line.check == "tangent gradient" || line.check == "gradient along a curve";
        assert!(!open || line.verdict == Verdict::Inconclusive, "{line:?}");
        assert!(line.verdict != Verdict::Violated, "{line:?}");
    }
}
