//! The thirty-five problems: known minimisers, exact slopes and curvatures.
use steepest_core::{Batch, Potential, Squares, Workspace, differences};
use steepest_models::{CATALOGUE, LeastSquares, Model, PROBLEMS, gradient_check, target};

fn value(model: &dyn Model, x: &[f64]) -> f64 {
    let mut v = [0.0];
    model.values(Batch { n: 1, d: x.len(), x }, 1.0, &mut v, &mut Workspace::default());
    v[0]
}
fn start(model: &dyn Model) -> Vec<f64> {
    let mut x = vec![0.0; model.dim()];
    model.start(&mut x);
    x
}
fn made(name: &str, settings: &[(&str, f64)]) -> Box<dyn Model> {
    let settings: Vec<_> = settings.iter().map(|(k, v)| ((*k).to_string(), *v)).collect();
    target(name, &settings).unwrap()
}

/// V at published minimisers, to 1e-20 where it is 0 and to the digits that are published elsewhere: a wrong observation, sign
/// or factor in a formula moves it by far more.
#[test]
fn known_minimisers_have_the_published_values() {
    let half = 0.5f64.sqrt();
    // Name, settings, minimiser, value, tolerance.
    type Case<'a> = (&'a str, &'a [(&'a str, f64)], Vec<f64>, f64, f64);
    let cases: &[Case<'_>] = &[
        ("mgh-rosenbrock", &[], vec![1.0, 1.0], 0.0, 1e-20),
        ("mgh-freudenstein-roth", &[], vec![5.0, 4.0], 0.0, 1e-20),
        ("mgh-freudenstein-roth", &[], vec![11.41277900, -0.89680525], 48.98425368, 1e-7),
        ("mgh-powell-badly-scaled", &[], vec![1.098159329699759e-5, 9.106146739867318], 0.0, 1e-18),
        ("mgh-brown-badly-scaled", &[], vec![1e6, 2e-6], 0.0, 1e-20),
        ("mgh-beale", &[], vec![3.0, 0.5], 0.0, 1e-20),
        ("mgh-jennrich-sampson", &[], vec![0.2578252137, 0.2578252137], 124.3621824, 1e-6),
        ("mgh-helical-valley", &[], vec![1.0, 0.0, 0.0], 0.0, 1e-20),
        ("mgh-box", &[], vec![1.0, 10.0, 1.0], 0.0, 1e-20),
        ("mgh-box", &[], vec![10.0, 1.0, -1.0], 0.0, 1e-20),
        ("mgh-gulf", &[], vec![50.0, 25.0, 1.5], 0.0, 1e-20),
        ("mgh-powell-singular", &[], vec![0.0; 4], 0.0, 1e-20),
        ("mgh-wood", &[], vec![1.0; 4], 0.0, 1e-20),
        ("mgh-biggs-exp6", &[], vec![1.0, 10.0, 1.0, 5.0, 4.0, 3.0], 0.0, 1e-20),
        ("mgh-extended-rosenbrock", &[("d", 20.0)], vec![1.0; 20], 0.0, 1e-20),
        ("mgh-extended-powell", &[("d", 8.0)], vec![0.0; 8], 0.0, 1e-20),
        ("mgh-variably-dimensioned", &[("d", 7.0)], vec![1.0; 7], 0.0, 1e-20),
        ("mgh-trigonometric", &[], vec![0.0; 10], 0.0, 1e-20),
        ("mgh-brown-almost-linear", &[], vec![1.0; 10], 0.0, 1e-20),
        ("mgh-brown-almost-linear", &[("d", 3.0)], vec![0.0, 0.0, 4.0], 1.0, 1e-14),
        ("mgh-linear-full-rank", &[], vec![-1.0; 10], 10.0, 1e-12),
        // At the mean of the distances of a two-point rule, (1 -+ 1/sqrt 3) / 2; of the three-point rule, 1/2 -+ sqrt(1/8), 1/2.
        ("mgh-chebyquad", &[("d", 2.0)], [-1.0, 1.0].map(|s| 0.5 + s / 12f64.sqrt()).to_vec(), 0.0, 1e-20),
        ("mgh-chebyquad", &[("d", 3.0)], [-1.0, 0.0, 1.0].map(|s| 0.5 + 0.5 * s * half).to_vec(), 0.0, 1e-20),
    ];
    for (name, settings, x, least, within) in cases {
        let found = value(&*made(name, settings), x);
        assert!((found - least).abs() <= *within, "{name}: {found:e}, not {least:e}");
    }
}

/// Slopes against differences of the value; curvatures against differences of slopes; V = |r|^2 and its slope 2 J^T r.
#[test]
fn slopes_curvatures_and_residuals_belong_to_the_energy() {
    let mut work = Workspace::default();
    for problem in &PROBLEMS {
        let d = problem.dimension[0] as usize;
        let model = problem.build(d, 1.0).unwrap();
        // Beside the start, as some start where a coordinate is 0 and V has a kink or a pole.
        let mut x = start(&model);
        x.iter_mut().enumerate().for_each(|(j, x)| *x = *x * (1.01 + 0.01 * j as f64) + 0.01);
        let report = gradient_check(&model, Batch { n: 1, d, x: &x });
        assert!(report.agrees(1e-7), "{}: {report:?}", problem.name);

        let v: Vec<f64> = (0..d).map(|j| 1.0 - 0.3 * j as f64).collect();
        let (mut exact, mut rough) = (vec![0.0; d], vec![0.0; d]);
        model.curvatures(Batch { n: 1, d, x: &x }, &v, 1.0, &mut exact, &mut work);
        differences(&model, Batch { n: 1, d, x: &x }, &v, 1.0, &mut rough, &mut work);
        let size = exact.iter().fold(0.0f64, |a, b| a.max(b.abs()));
        let apart = exact.iter().zip(&rough).fold(0.0f64, |a, (b, c)| a.max((b - c).abs()));
        assert!(apart <= 1e-4 * size, "{}: {exact:?} and {rough:?}", problem.name);

        let m = model.residuals();
        let (mut r, mut jacobian, mut slope) = (vec![0.0; m], vec![0.0; m * d], vec![0.0; d]);
        model.linearise(&x, &mut r, Some(&mut jacobian), &mut work);
        model.gradients(Batch { n: 1, d, x: &x }, 1.0, &mut slope, &mut work);
        let total: f64 = r.iter().map(|r| r * r).sum();
        assert!((total - value(&model, &x)).abs() <= 1e-12 * total, "{}", problem.name);
        for j in 0..d {
            let exact = 2.0 * jacobian[j * m..(j + 1) * m].iter().zip(&r).map(|(a, b)| a * b).sum::<f64>();
            let size = slope.iter().fold(1e-300f64, |a, b| a.max(b.abs()));
            assert!((slope[j] - exact).abs() <= 1e-10 * size, "{}", problem.name);
        }
    }
}

/// Every problem has a name in the catalogue, a start that `factor` multiplies, and builds at other dimensions.
#[test]
fn problems_are_targets() {
    for problem in &PROBLEMS {
        assert!(CATALOGUE.iter().any(|entry| entry.name == problem.name), "{}", problem.name);
        let [d, least, most] = problem.dimension;
        let [one, ten] = [1.0, 10.0].map(|factor| start(&*made(problem.name, &[("factor", factor)])));
        assert!(one.iter().zip(&ten).all(|(a, b)| (10.0 * a - b).abs() <= 1e-12 * b.abs()), "{}", problem.name);
        for d in [least, d, most.min(40)] {
            assert_eq!(made(problem.name, &[("d", f64::from(d))]).dim(), d as usize, "{}", problem.name);
        }
    }
}

/// Columns of a table are data, one residual a row; the minimum of a straight line through three points is exact.
#[test]
fn a_table_gives_one_residual_a_row() {
    let table = steepest_models::Table::from_columns([("t", vec![0.0, 1.0, 2.0]), ("y", vec![1.0, 2.0, 4.0])]).unwrap();
    let model = LeastSquares::parse(&["y - a - b*t".to_string()], &[], None, Some(&table)).unwrap();
    assert_eq!((model.names(), model.residuals()), (vec!["a".to_string(), "b".into()], 3));
    // a = 5/6, b = 3/2; what is left is 1/6.
    let x = [5.0 / 6.0, 1.5];
    assert!((value(&model, &x) - 1.0 / 6.0).abs() < 1e-15);
    let (mut slope, mut curve) = ([0.0; 2], [0.0; 2]);
    let (batch, work) = (Batch { n: 1, d: 2, x: &x }, &mut Workspace::default());
    model.gradients(batch, 1.0, &mut slope, work);
    model.curvatures(batch, &[1.0, 1.0], 1.0, &mut curve, work);
    assert!(slope.iter().all(|g| g.abs() < 1e-14), "{slope:?}");
    // 2 J^T J (1, 1) with J = -(1, t).
    assert!((curve[0] - 12.0).abs() < 1e-13 && (curve[1] - 16.0).abs() < 1e-13, "{curve:?}");

    let say = |texts: &[&str], parameters: Option<&[String]>| {
        let texts: Vec<String> = texts.iter().map(|t| (*t).to_string()).collect();
        LeastSquares::parse(&texts, &[], parameters, Some(&table)).err().unwrap().to_string()
    };
    assert_eq!(say(&[], None), "there is no residual; write at least one, such as \"1 - x\"");
    assert_eq!(say(&["y"], Some(&["y".to_string()])), "'y' is a parameter and a column; rename one of them");
    assert!(say(&["y - slope*t", "1 - slop"], Some(&["slope".to_string()])).starts_with("residual 2: "));
    let [a, b] = ["a", "b"].map(String::from);
    let twice = say(&["y - a - b*t"], Some(&[a.clone(), b, a]));
    assert_eq!(twice, "the parameter 'a' is listed twice; list each once");
}

/// A mistyped column is a coordinate like any other, so the notes say which names were taken for what.
#[test]
fn what_is_taken_for_a_coordinate_is_said() {
    let columns = [("time", vec![0.0, 1.0, 2.0]), ("y", vec![1.0, 2.0, 4.0])];
    let table = steepest_models::Table::from_columns(columns).unwrap();
    let notes = |text: &str, parameters: Option<&[String]>| {
        LeastSquares::parse(&[text.to_string()], &[], parameters, Some(&table)).unwrap().notes()
    };
    let known = "columns of table that are read: y";
    assert_eq!(
        notes("y - b1*tmie", None)[1],
        format!(
            "{known}; not read: time; taken for coordinates, as no column has the name: b1, tmie; is `tmie` the column `time`?"
        )
    );
    assert_eq!(
        notes("y - b1*time", None)[1],
        "columns of table that are read: y, time; taken for coordinates, as no column has the name: b1"
    );
    assert_eq!(notes("y - b1", Some(&["b1".to_string()]))[1], format!("{known}; not read: time"));
    let alone = LeastSquares::parse(&["1 - b1".to_string()], &[], None, None).unwrap();
    assert_eq!(alone.notes(), ["V = (1 - b1)^2"]);
}

/// An expression's curvatures are exact: for x^2 y + exp(y) at (2, 0) along (1, 3) they are (12, 7).
#[test]
fn expressions_curve_exactly() {
    let v = steepest_models::Expression::parse("x^2*y + exp(y)", &[]).unwrap();
    let mut out = [0.0; 2];
    assert!(v.curves_exactly());
    v.curvatures(Batch { n: 1, d: 2, x: &[2.0, 0.0] }, &[1.0, 3.0], 1.0, &mut out, &mut Workspace::default());
    // V'' = (0, 4; 4, 1)
    assert_eq!(out, [12.0, 7.0]);
}
