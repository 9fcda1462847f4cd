//! What `check` finds as data: slopes of two for everything in the catalogue, one where a gradient is wrong, and no false alarm.
use steepest_core::{Batch, Potential, Workspace};
use steepest_models::num_dual::{Dual64, DualNum};
use steepest_models::{CATALOGUE, Closure, Expression, Model};
use steepest_spec::{Checkup, Config, build, check};

/// The check of any model, as if it were that of a flow.
fn checked(model: &dyn Model) -> Checkup {
    let config = Config::parse("[functional]\nkind = \"target\"\nname = \"gaussian\"\n", "flow.toml", &[]).unwrap();
    check(&config, model).unwrap()
}
fn slope(found: &Checkup) -> f64 {
    assert_eq!((found.curves.len(), found.curves[0].name), (1, "gradient"));
    let curve = &found.curves[0];
    assert_eq!(curve.found.points.len(), 41);
    assert_eq!(curve.found.fitted.is_empty(), !curve.found.slope.is_finite());
    curve.found.slope
}

/// A model with a gradient that is too large by a share, and a start of its own where it is to have one.
struct Wrong<'a> {
    model: &'a dyn Model,
    share: f64,
    start: Option<f64>,
}
impl Potential for Wrong<'_> {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.model.values(x, scale, out, work);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.model.gradients(x, scale * (1.0 + self.share), out, work);
    }
}
impl Model for Wrong<'_> {
    fn dim(&self) -> usize {
        self.model.dim()
    }
    fn names(&self) -> Vec<String> {
        self.model.names()
    }
    fn report(&self, x: Batch<'_>, out: &mut [f64], work: &mut Workspace) {
        self.model.report(x, out, work);
    }
    fn start(&self, z: &mut [f64]) {
        self.model.start(z);
        self.start.iter().for_each(|start| z.fill(*start));
    }
}

/// Wells a nanometre wide are nowhere near the random points: a start that is given is looked at, and an error of 1e-4 found there.
#[test]
fn starts_that_are_given_are_looked_at() {
    let energy = "((x / 1e-9)^2 - 1)^2 + cosh(y / 2e-9)";
    let flow = |start: &str| {
        let text = format!(
            "[functional]\nkind = \"expression\"\nenergy = \"{energy}\"\n[state]\nkind = \"chains\"\n{start}[scheme]\nkind = \"nuts\"\n"
        );
        Config::parse(&text, "flow.toml", &[]).unwrap()
    };
    let model = Expression::parse(energy, &[]).unwrap();
    let lost = check(&flow(""), &model).unwrap_err().to_string();
    assert!(lost.contains("not finite at any of 5 random starting points"), "{lost}");
    for start in
        ["start = [1.3e-9, 1e-9]\n", "start = [[1.3e-9, 1e-9], [-0.2e-9, 3e-9], [2e-9, 0.5e-9], [1e-9, 1e-9]]\n"]
    {
        let config = flow(start);
        let found = check(&config, &model).unwrap();
        assert!(found.holds && found.text.contains("given starts\n  ✓ holds"), "{}", found.text);
        let wrong = check(&config, &Wrong { model: &model, share: 1e-4, start: None }).unwrap();
        assert!(!wrong.holds && !wrong.laws[0].good, "{}", wrong.text);
    }
}

/// Every named target: 2 within 0.1. One is scaled so badly that all its errors are rounding.
#[test]
fn every_target_has_a_slope_of_two() {
    for entry in CATALOGUE {
        let text = format!("[functional]\nkind = \"target\"\nname = \"{}\"\n", entry.name);
        let config = Config::parse(&text, "flow.toml", &[]).unwrap();
        let found = check(&config, &*build(&config).unwrap()).unwrap();
        let slope = slope(&found);
        let rounding = entry.name == "mgh-brown-badly-scaled" && slope.is_infinite();
        assert!(found.holds && (rounding || (slope - 2.0).abs() < 0.1), "{}: {slope}\n{}", entry.name, found.text);
        assert!(found.curves[0].good && found.laws.len() == 1 && found.laws[0].good, "{}", entry.name);
    }
}

/// One per cent too much, over the catalogue: a slope of 1, and refused.
#[test]
fn a_wrong_gradient_has_a_slope_of_one() {
    for name in ["gaussian", "banana", "funnel", "double-well", "kepler", "eight-schools", "mgh-wood"] {
        let config = Config::parse(&format!("[functional]\nkind = \"target\"\nname = \"{name}\"\n"), "x", &[]).unwrap();
        let model = build(&config).unwrap();
        let found = check(&config, &Wrong { model: &*model, share: 0.01, start: None }).unwrap();
        let curve = &found.curves[0];
        assert!((slope(&found) - 1.0).abs() < 0.1, "{name}: {}", curve.found.slope);
        assert!(!curve.good && !found.holds && !found.laws[0].good, "{name}\n{}", found.text);
        assert!(found.text.contains("  ✗ violated: |V(x + h v) - V(x) - h <dV, v>|, the gradient"), "{}", found.text);
    }
}

/// Where V has a kink at the very point, the slope is 1 and the gradient that is between both sides is not refused; a line has
/// no error but rounding; and a domain that ends nearby cuts the long steps off.
#[test]
fn kinks_lines_and_edges_are_no_errors() {
    let kink = Expression::parse("abs(x) + x^2", &[]).unwrap();
    // A gradient of 0 is between those on both sides.
    let found = checked(&Wrong { model: &kink, share: -1.0, start: Some(0.0) });
    assert!((slope(&found) - 1.0).abs() < 0.1 && found.holds && !found.curves[0].good, "{}", found.text);
    assert!(found.text.contains("slope 1.00: a kink nearby, or much rounding"), "{}", found.text);

    let line = checked(&Closure::new(["x", "y"], |x: &[Dual64]| x[0] + x[1] * 2.0 + 1.0));
    assert!(slope(&line).is_infinite() && line.holds && line.curves[0].good, "{}", line.text);
    assert!(line.text.contains("the gradient  equal to rounding"), "{}", line.text);

    let edge = |share: f64| {
        let model = Closure::new(["x"], |x: &[Dual64]| -(-x[0] * x[0] + 0.04).ln());
        checked(&Wrong { model: &model, share, start: Some(0.05) })
    };
    let (right, wrong) = (edge(0.0), edge(0.01));
    let ends = right.curves[0].found.points.iter().filter(|[_, e]| !e.is_finite()).count();
    assert!((1..8).contains(&ends), "the least slope is not where a step leaves the domain: {ends}");
    assert!((slope(&right) - 2.0).abs() < 0.1 && right.holds, "{}", right.text);
    assert!((slope(&wrong) - 1.0).abs() < 0.1 && !wrong.holds, "{}", wrong.text);
}

/// Where there are too many coordinates for differences, slopes decide.
#[test]
fn many_coordinates_have_a_verdict() {
    let text = "[functional]\nkind = \"target\"\nname = \"gaussian\"\nsettings = { d = 20001 }\n";
    let config = Config::parse(text, "flow.toml", &[]).unwrap();
    let model = build(&config).unwrap();
    let right = check(&config, &*model).unwrap();
    assert!(right.holds && right.laws.is_empty() && (slope(&right) - 2.0).abs() < 0.1, "{}", right.text);
    assert!(right.text.contains("not compared with differences: 20001 coordinates are too many\n"), "{}", right.text);
    let wrong = check(&config, &Wrong { model: &*model, share: 0.01, start: None }).unwrap();
    assert!(!wrong.holds && (slope(&wrong) - 1.0).abs() < 0.1, "{}", wrong.text);
}

/// A constant so large that rounding hides every slope: not refused, but not said to hold to a bound that was not kept either. Half
/// way there, the bound that is shown is the one that was kept.
#[test]
fn what_differences_cannot_see_is_inconclusive() {
    let blind = checked(&Expression::parse("x^2 + y^2 + 1e14", &[]).unwrap());
    let law = &blind.laws[0];
    assert!(blind.holds && law.good && law.off.unwrap() > law.bound, "{law:?}\n{}", blind.text);
    assert!(blind.text.contains("  ? inconclusive: largest relative error "), "{}", blind.text);
    let rough = checked(&Expression::parse("x^2 + y^2 + 1e9", &[]).unwrap());
    let law = &rough.laws[0];
    assert!(law.good && law.off.unwrap() <= law.bound, "{law:?}\n{}", rough.text);
    assert!(rough.text.contains("  ✓ holds: largest relative error "), "{}", rough.text);
}
