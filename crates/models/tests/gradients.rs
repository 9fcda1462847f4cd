//! The laws of energies, over every named target and over energies made from expressions, closures and tables.
use num_dual::{Dual64, DualNum};
use steepest_core::{Batch, Potential, Workspace};
use steepest_models::{
    CATALOGUE, Closure, Edge, Expression, Family, LagrangianText, Model, Regression, RegressionOptions, Standardize,
    Table, gradient_check, lagrangian_check, target,
};

/// `len` standard normals, different ones for each stream.
fn normals(stream: u16, len: usize) -> Vec<f64> {
    let mut z = vec![0.0; len];
    steepest_kernels::normals(5, 0, stream, 0, &mut z);
    z
}
/// A table of 70 rows (a whole tile and a short one) with responses for every family.
fn table() -> Table {
    let (a, b, noise) = (normals(1, 70), normals(2, 70), normals(3, 70));
    let eta: Vec<f64> = a.iter().zip(&b).map(|(a, b)| 0.5 + 0.8 * a - 0.3 * b).collect();
    let respond = |f: &dyn Fn(f64, f64) -> f64| eta.iter().zip(&noise).map(|(e, z)| f(*e, *z)).collect::<Vec<_>>();
    let (real, binary) = (respond(&|e, z| 40.0 * e + 9.0 * z), respond(&|e, z| f64::from(e + 1.5 * z > 0.0)));
    let count = respond(&|e, z| (e + 0.5 * z).exp().round());
    let a = a.iter().map(|a| 100.0 + 15.0 * a).collect();
    Table::from_columns([("a", a), ("b", b), ("real", real), ("binary", binary), ("count", count)]).unwrap()
}
/// Every energy there is, by name, each small enough to be looked at in every coordinate.
fn energies() -> Vec<(String, Box<dyn Model>)> {
    let mut all: Vec<(String, Box<dyn Model>)> = Vec::new();
    for entry in CATALOGUE {
        let large = entry.settings.iter().filter(|s| s.name == "d" && s.default > 12.0);
        let settings: Vec<_> = large.map(|s| (s.name.to_string(), 12.0)).collect();
        all.push((entry.name.into(), entry.build(&settings).unwrap()));
    }
    let set = |settings: &[(&str, f64)]| settings.iter().map(|(k, v)| (k.to_string(), *v)).collect::<Vec<_>>();
    for (name, settings) in [
        ("gaussian", set(&[("d", 1.0), ("sd", 0.01), ("mean", 3.0)])),
        ("correlated-gaussian", set(&[("d", 1.0), ("rho", -0.5)])),
        ("correlated-gaussian", set(&[("d", 7.0), ("spread", 3.0)])),
        ("ill-conditioned-gaussian", set(&[("d", 7.0), ("reflected", 1.0)])),
        ("funnel", set(&[("d", 2.0), ("scale", 1.0)])),
        ("quartic-wells", set(&[("d", 6.0), ("wells", 3.0)])),
    ] {
        all.push((format!("{name} {settings:?}"), target(name, &settings).unwrap()));
    }
    for formula in [
        "(x^2 - 1)^2/4 + 0.5*y^2",
        "exp(x*y)/(1 + x^2) + log1pexp(3*x) - sin(y)*tanh(x)",
        "sum(i, 1, 4, (z[i+1] - z[i]^2)^2)",
    ] {
        all.push((formula.into(), Box::new(Expression::parse(formula, &[]).unwrap())));
    }
    let banana = |x: &[Dual64]| (x[1] - x[0] * x[0]).powi(2) * 100.0 + (-x[0] + 1.0).powi(2);
    all.push(("closure".into(), Box::new(Closure::new(["x", "y"], banana))));
    for (formula, family) in [
        ("real ~ a + b + a:b", Family::Gaussian),
        ("binary ~ a + b", Family::Bernoulli),
        ("count ~ b", Family::Poisson),
    ] {
        for (standardize, prior) in [(Standardize::None, None), (Standardize::Sd, Some("student_t(3, 0, 2)"))] {
            let priors = prior.map(|p| ("coefficients".to_string(), p.parse().unwrap())).into_iter().collect();
            let family = Some(family);
            let options =
                RegressionOptions { formula: formula.into(), family, priors, standardize, ..Default::default() };
            all.push((format!("{formula}, {standardize:?}"), Box::new(Regression::new(&table(), &options).unwrap())));
        }
    }
    all
}
/// `n` points at which chains could start, component-major; those of the Gaussian family are draws.
fn points(model: &dyn Model, n: usize) -> Vec<f64> {
    let d = model.dim();
    let mut x = vec![0.0; n * d];
    for i in 0..n {
        let mut z = normals(100 + i as u16, d);
        model.start(&mut z);
        z.iter().enumerate().for_each(|(j, z)| x[j * n + i] = *z);
    }
    x
}
/// Values and gradients, separately and together, scaled by 1.
fn look(model: &dyn Model, n: usize, x: &[f64]) -> [Vec<f64>; 4] {
    let (d, work) = (model.dim(), &mut Workspace::default());
    let batch = Batch { n, d, x };
    let [mut v, mut g, mut v2, mut g2] = [vec![0.0; n], vec![0.0; n * d], vec![0.0; n], vec![0.0; n * d]];
    model.values(batch, 1.0, &mut v, work);
    model.gradients(batch, 1.0, &mut g, work);
    model.values_and_gradients(batch, 1.0, &mut v2, &mut g2, work);
    [v, g, v2, g2]
}
fn largest(x: &[f64]) -> f64 {
    x.iter().map(|x| x.abs()).fold(0.0, f64::max)
}
fn bits(x: &[f64]) -> Vec<u64> {
    x.iter().map(|x| x.to_bits()).collect()
}

/// At eight points, in every coordinate, to a relative 1e-6; differences must be able to tell.
#[test]
fn every_gradient_is_the_gradient_of_its_value() {
    for (name, model) in energies() {
        let x = points(&*model, 8);
        let report = gradient_check(&*model, Batch { n: 8, d: model.dim(), x: &x });
        assert_eq!(report.points, 8, "{name}: {report:?}");
        assert!(report.resolution < 1e-6 && report.agrees(1e-6), "{name}: {report:?}");
    }
}

/// An energy with one slope too large by a share.
struct Wrong<'a> {
    model: &'a dyn Model,
    coordinate: usize,
    share: f64,
}
impl Potential for Wrong<'_> {
    fn values(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        self.model.values(x, scale, out, work);
    }
    fn gradients(&self, x: Batch<'_>, scale: f64, out: &mut [f64], work: &mut Workspace) {
        let mut g = vec![0.0; out.len()];
        self.model.gradients(x, scale, &mut g, work);
        g[self.coordinate * x.n..][..x.n].iter_mut().for_each(|g| *g *= 1.0 + self.share);
        out.iter_mut().zip(&g).for_each(|(o, g)| *o += g);
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
}
/// An error of 1e-5 in any one coordinate of any energy is found, where it is; but for the sums of squares, which are scaled as badly
/// as can be: the slopes of some differ by more than a difference resolves, or vanish.
#[test]
fn a_wrong_coordinate_is_found() {
    for (name, model) in energies().into_iter().filter(|(_, model)| model.squares().is_none()) {
        let x = points(&*model, 4);
        for coordinate in 0..model.dim() {
            let wrong = Wrong { model: &*model, coordinate, share: 1e-5 };
            let report = gradient_check(&wrong, Batch { n: 4, d: model.dim(), x: &x });
            assert!(!report.agrees(1e-6) && report.coordinate == coordinate, "{name}, {coordinate}: {report:?}");
            assert!((report.relative / 1e-5 - 1.0).abs() < 0.05, "{name}, {coordinate}: {report:?}");
        }
    }
}

/// At a kink, where the energy ends and in a pit differences say nothing; beside them, and beyond the slopes on both sides of
/// a kink, a wrong gradient is found all the same.
#[test]
fn edges_say_nothing_of_a_gradient() {
    let look = |model: &dyn Model, x: &[f64]| {
        let d = model.dim();
        gradient_check(model, Batch { n: x.len() / d, d, x })
    };
    let just = 1.0 + f64::EPSILON;
    for (formula, at, edge, beside) in [
        ("abs(x - 1) + 2*abs(y - x)", &[just, 1.0][..], Edge::Kink, &[0.3, 2.0][..]),
        ("10 + abs(x - 1)", &[1.0 - 1e-7], Edge::Kink, &[1.001]),
        ("-sqrt(x - 1)", &[1.0 + 1e-9], Edge::End, &[1.01]),
        ("-1e-15/sqrt((x - 1)^2 + y^2)", &[1.0 + 1e-7, 0.0], Edge::Pit, &[1.01, 0.0]),
    ] {
        let model = Expression::parse(formula, &[]).unwrap();
        let wrong = Wrong { model: &model, coordinate: 0, share: 0.01 };
        for model in [&model as &dyn Model, &wrong] {
            let found = look(model, at);
            assert!(found.points == 1 && found.agrees(1e-5), "{formula}: {found:?}");
            assert_eq!(found.edge, Some((edge, 0)), "{formula}: {found:?}");
        }
        let (right, wrong_there) = (look(&model, beside), look(&wrong, beside));
        assert!(right.edge.is_none() && right.agrees(1e-6), "{formula}: {right:?}");
        assert!(wrong_there.edge.is_none() && !wrong_there.agrees(1e-3), "{formula}: {wrong_there:?}");
        // With both points the one decides that can.
        let both: Vec<f64> = at.iter().zip(beside).flat_map(|(a, b)| [*a, *b]).collect();
        let (right, wrong_there) = (look(&model, &both), look(&wrong, &both));
        assert!(right.edge.is_none() && right.agrees(1e-6) && right.points == 2, "{formula}: {right:?}");
        assert!(!wrong_there.agrees(1e-3) && wrong_there.point == 1, "{formula}: {wrong_there:?}");
    }
    // Edges that are as near as these slopes are steep are seen past, by those who look for what bears the gradient out.
    for (formula, at) in
        [("log(x)", &[1e-9][..]), ("-log(1 - x^2)", &[1.0 - 1e-9]), ("-1/sqrt(x^2 + y^2)", &[1e-9, 0.0])]
    {
        let model = Expression::parse(formula, &[]).unwrap();
        let wrong = Wrong { model: &model, coordinate: 0, share: 0.01 };
        let [right, wrong] = [look(&model, at), look(&wrong, at)];
        assert!(
            right.edge.is_none() && right.verdict(1e-5).agree && !right.verdict(1e-5).blind,
            "{formula}: {right:?}"
        );
        assert!(wrong.edge.is_some(), "{formula}: {wrong:?}");
    }
    // Slopes of -1 and 1, and a gradient of 2.
    let kink = Expression::parse("abs(x - 1)", &[]).unwrap();
    let found = look(&Wrong { model: &kink, coordinate: 0, share: 1.0 }, &[just]);
    assert!(found.edge.is_none() && !found.agrees(1e-2), "{found:?}");
}

/// A motion through the pole of its Lagrangian, at z = (x, y, xdot, ydot, t): the points beside it decide.
#[test]
fn a_pole_of_a_lagrangian_is_no_error() {
    let l = LagrangianText::parse("0.5*(xdot^2 + ydot^2) + 1/sqrt(x^2 + y^2)", &[]).unwrap();
    let pole = lagrangian_check(&l, Batch { n: 1, d: 5, x: &[1e-16, 0.0, 0.1, 0.2, 0.0] });
    let verdict = pole.verdict(1e-5);
    assert!(verdict.agree && verdict.blind, "{pole:?}");
    let both = [1e-16, -0.5, 0.0, 0.3, 0.1, 0.1, 0.2, 0.2, 0.0, 0.0];
    let both = lagrangian_check(&l, Batch { n: 2, d: 5, x: &both });
    assert!(both.edge.is_none() && both.points == 2 && both.agrees(1e-5), "{both:?}");
}

/// Where the first steps span many waves, the shortest ones decide.
#[test]
fn waves_far_from_the_origin_are_resolved() {
    let waves = Expression::parse("1 - cos(10*x)", &[]).unwrap();
    for at in [30.0, 100.0, 1000.0] {
        let right = gradient_check(&waves, Batch { n: 1, d: 1, x: &[at] });
        assert!(right.relative < 1e-9 && right.edge.is_none() && right.agrees(1e-6), "{at}: {right:?}");
        let wrong = Wrong { model: &waves, coordinate: 0, share: 1e-5 };
        let wrong = gradient_check(&wrong, Batch { n: 1, d: 1, x: &[at] });
        assert!(!wrong.agrees(1e-6), "{at}: {wrong:?}");
    }
}

/// Point i of a batch gives the bits it gives alone, in batches of 1, 2, 7, 64 and 100; one call for both gives what two give.
#[test]
fn a_point_does_not_feel_its_neighbours() {
    for (name, model) in energies() {
        let (d, whole) = (model.dim(), 100);
        let x = points(&*model, whole);
        let [v, g, v2, g2] = look(&*model, whole, &x);
        for n in [1, 2, 7, 64] {
            for first in [0, 17, whole - n] {
                let part: Vec<f64> = (0..d).flat_map(|j| x[j * whole + first..][..n].iter().copied()).collect();
                let [pv, pg, pv2, pg2] = look(&*model, n, &part);
                assert_eq!(bits(&pv), bits(&v[first..first + n]), "{name}: values, {n} from {first}");
                assert_eq!(bits(&pv2), bits(&v2[first..first + n]), "{name}: values of both, {n} from {first}");
                for j in 0..d {
                    let (part, all) = (j * n..(j + 1) * n, j * whole + first..j * whole + first + n);
                    assert_eq!(bits(&pg[part.clone()]), bits(&g[all.clone()]), "{name}: gradients, {n} from {first}");
                    assert_eq!(bits(&pg2[part]), bits(&g2[all]), "{name}: gradients of both, {n} from {first}");
                }
            }
        }
        let gap = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(gap(&v, &v2) <= 1e-14 * largest(&v), "{name}: one call or two");
        assert!(gap(&g, &g2) <= 1e-14 * largest(&g), "{name}: one call or two");
    }
}

/// out += scale * ..., for values and gradients, separately and together.
#[test]
fn everything_accumulates() {
    for (name, model) in energies() {
        let (d, n, scale, work) = (model.dim(), 9, -0.75, &mut Workspace::default());
        let x = points(&*model, n);
        let batch = Batch { n, d, x: &x };
        let [v, g, ..] = look(&*model, n, &x);
        let (before_v, before_g) = (normals(7, n), normals(8, n * d));
        let close = |after: &[f64], before: &[f64], change: &[f64]| {
            let size = largest(change).max(1.0);
            let all = after.iter().zip(before).zip(change);
            all.fold(true, |held, ((a, b), c)| held && (a - b - scale * c).abs() <= 1e-13 * size)
        };
        let [mut v1, mut v2] = [before_v.clone(), before_v.clone()];
        let [mut g1, mut g2] = [before_g.clone(), before_g.clone()];
        model.values(batch, scale, &mut v1, work);
        model.gradients(batch, scale, &mut g1, work);
        model.values_and_gradients(batch, scale, &mut v2, &mut g2, work);
        assert!(close(&v1, &before_v, &v) && close(&v2, &before_v, &v), "{name}: values");
        assert!(close(&g1, &before_g, &g) && close(&g2, &before_g, &g), "{name}: gradients");
    }
}

/// A coordinate that is NaN, infinite or huge panics nowhere, leaves the other points as they were, to the bit, and a NaN never
/// gives a finite energy.
#[test]
fn points_that_are_not_finite_are_survived() {
    for (name, model) in energies() {
        let (d, n) = (model.dim(), 9);
        let x = points(&*model, n);
        let [v, g, ..] = look(&*model, n, &x);
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e300] {
            for j in 0..d {
                let mut spoilt = x.clone();
                spoilt[j * n + 4] = bad;
                let [sv, sg, sv2, sg2] = look(&*model, n, &spoilt);
                // Its first and last coordinates are in no residual.
                let idle = name.ends_with("mgh-linear-rank-1-zeros") && (j == 0 || j == d - 1);
                assert!(
                    !bad.is_nan() || idle || !sv[4].is_finite() && !sv2[4].is_finite(),
                    "{name}: V = {} at NaN",
                    sv[4]
                );
                for i in (0..n).filter(|&i| i != 4) {
                    assert_eq!(sv[i].to_bits(), v[i].to_bits(), "{name}: a neighbour of {bad}");
                    assert!(
                        (0..d).all(|k| sg[k * n + i].to_bits() == g[k * n + i].to_bits()),
                        "{name}: a neighbour of {bad}"
                    );
                    assert!((sv2[i] - v[i]).abs() <= 1e-14 * largest(&v) && sg2[i].is_finite(), "{name}");
                }
            }
        }
    }
}

/// A report of points none of which is finite compares nothing and agrees with nothing.
#[test]
fn nothing_compared_is_nothing_proved() {
    let model = target("funnel", &[]).unwrap();
    let report = gradient_check(&*model, Batch { n: 2, d: 10, x: &[f64::NAN; 20] });
    assert_eq!((report.points, report.skipped), (0, 2));
    assert!(!report.agrees(1.0));
}

/// A drift in place has the bits of gradients added to a copy, for every target that offers it and for expressions.
#[test]
fn drifts_in_place_are_gradients() {
    let (mut offered, work) = (0, &mut Workspace::default());
    let texts = ["(x^2 - 1)^2 + exp(-x*y) + lgamma(1 + z^2)", "a*b - cos(a)"];
    let texts = texts.map(|text| Box::new(Expression::parse(text, &[]).unwrap()) as Box<dyn Model>);
    let known = CATALOGUE.iter().filter_map(|entry| entry.build(&[]).ok());
    for model in known.chain(texts) {
        for n in [1, 7, 41, 300] {
            let (d, x) = (model.dim(), points(&*model, n));
            let (mut moved, mut own) = (x.clone(), x.clone());
            if !model.drift(-0.03, n, &mut own, work) {
                assert!(own == x, "refused, and yet moved");
                continue;
            }
            offered += 1;
            model.gradients(Batch { n, d, x: &x }, -0.03, &mut moved, work);
            assert!(bits(&own) == bits(&moved) && own != x, "{n} points of {:?}", model.names());
        }
    }
    assert!(offered >= 16, "{offered}");
}

/// Leapfrogs in one go have the bits of passes of drifts and kicks, for every target that offers them.
#[test]
fn leapfrogs_are_their_passes() {
    let paths = [[0.11, 0.0, 0.05, 0.05], [0.03, 0.06, 0.1, 0.0]];
    let kicks = [[0.0, 0.0, 0.1, 0.05]];
    let (n, rounds, mut offered) = (41, 3, 0);
    for (entry, units) in CATALOGUE.iter().flat_map(|entry| [(entry, &paths[..]), (entry, &kicks[..])]) {
        let Ok(model) = entry.build(&[]) else { continue };
        let (d, work) = (model.dim(), &mut Workspace::default());
        let (mut q, mut p) = (points(&*model, n), normals(40, n * d));
        let (mut fused_q, mut fused_p) = (q.clone(), p.clone());
        if !model.leapfrogs(units, rounds, n, &mut fused_q, &mut fused_p) {
            assert!(fused_q == q && fused_p == p, "{}: refused, and yet moved", entry.name);
            continue;
        }
        offered += 1;
        for [a, b, c, e] in (0..rounds).flat_map(|_| units.iter().copied()) {
            [a, b].iter().for_each(|h| steepest_kernels::axpy(*h, &p, &mut q));
            let mut slopes = vec![0.0; n * d];
            model.gradients(Batch { n, d, x: &q }, 1.0, &mut slopes, work);
            [c, e].iter().for_each(|h| steepest_kernels::axpy(-h, &slopes, &mut p));
        }
        assert_eq!((bits(&fused_q), bits(&fused_p)), (bits(&q), bits(&p)), "{}", entry.name);
    }
    assert!(offered >= 7, "{offered}");
}
