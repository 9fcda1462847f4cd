//! Default priors follow the data: they do not depend on where a column has its zero, nor on its unit.
use steepest_core::{Batch, Workspace};
use steepest_models::{Model, Prior, RegressionOptions, Table, regress};

fn normals(stream: u16, len: usize) -> Vec<f64> {
    let mut z = vec![0.0; len];
    steepest_kernels::normals(41, 0, stream, 0, &mut z);
    z
}
/// Ten groups of twenty years, 1990 to 2009, and responses that hang on a product, on a square, and on a slope for each group.
fn table() -> Table {
    let n = 200;
    let [x, noise, level] = [(1, n), (2, n), (3, 20)].map(|(stream, len)| normals(stream, len));
    let each = |f: &dyn Fn(usize) -> f64| (0..n).map(f).collect::<Vec<f64>>();
    let since = each(&|r| (r % 20) as f64 - 10.0);
    let slow = each(&|r| {
        let g = r / 20;
        1.0 + 0.3 * level[g] + 0.1 * level[10 + g] * (since[r] + 0.5) + 0.3 * noise[r]
    });
    Table::from_columns([
        ("product", each(&|r| 0.1 * since[r] * x[r] + 0.3 * noise[r])),
        ("square", each(&|r| 0.02 * since[r] * since[r] + 0.3 * noise[r])),
        ("slow", slow),
        ("g", each(&|r| (r / 20) as f64)),
        ("year", each(&|r| 2000.0 + since[r])),
        ("tiny", each(&|r| 1e-6 * since[r])),
        ("x", x),
        ("since", since),
    ])
    .unwrap()
}
fn fit(formula: &str, priors: &[&str]) -> Box<dyn Model> {
    let priors = priors.iter().map(|p| Prior::assignment(p).unwrap()).collect();
    let options = RegressionOptions { formula: formula.into(), priors, ..Default::default() };
    regress(&table(), &options).unwrap_or_else(|e| panic!("{formula}: {e}"))
}
/// What the notes say of the prior of a quantity.
fn prior(model: &dyn Model, name: &str) -> String {
    let notes = model.notes();
    let of = notes.iter().find_map(|note| note.strip_prefix(&format!("{name} ~ ")));
    of.unwrap_or_else(|| panic!("{name}: {notes:?}")).to_string()
}
fn report(model: &dyn Model, z: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; model.names().len()];
    model.report(Batch { n: 1, d: z.len(), x: z }, &mut out, &mut Workspace::default());
    out
}
fn value(model: &dyn Model, z: &[f64]) -> f64 {
    let mut out = [0.0];
    model.values(Batch { n: 1, d: z.len(), x: z }, 1.0, &mut out, &mut Workspace::default());
    out[0]
}
fn of(model: &dyn Model, q: &[f64], name: &str) -> f64 {
    q[model.names().iter().position(|known| known == name).unwrap_or_else(|| panic!("no {name}"))]
}

/// The prior of x:year is that of x:(year - 2000), and of a square that of the other; and the modes are those of flat priors, which are
/// least squares, to 2 % (what is nothing but noise to 2e-4). By the spread of the columns themselves x:year would be 200 times too small, the square 1,000 times.
#[test]
fn products_and_squares_do_not_depend_on_the_zero() {
    for (far, near, term) in [
        ("product ~ x * year", "product ~ x * since", "x:"),
        ("square ~ year + I(year^2)", "square ~ since + I(since^2)", "I("),
    ] {
        let [a, b] = [far, near].map(|formula| fit(formula, &[]));
        let name = |model: &dyn Model| model.names().into_iter().find(|name| name.starts_with(term)).unwrap();
        let [one, other] = [&a, &b].map(|model| prior(model.as_ref(), &name(model.as_ref())));
        assert_eq!(one, other);
        assert!(one.ends_with(
            "(default: 2.5 sd of the response / sd of what the other columns of its variables leave of it)."
        ));
        let flat = fit(far, &["coefficients = flat"]);
        let [found, least] = [&a, &flat].map(|model| report(model.as_ref(), &vec![0.0; model.dim()]));
        for (name, (found, least)) in a.names().iter().zip(found.iter().zip(&least)).skip(1) {
            assert!((found - least).abs() < 0.02 * least.abs().max(0.01), "{far}: {name} {found} and not {least}");
        }
    }
}

/// Columns of different variables, and the levels of one category, keep 2.5 s / sd(column).
#[test]
fn other_columns_take_no_part() {
    for formula in ["product ~ x + year", "product ~ C(since) + x", "product ~ poly(since, 3) + x"] {
        let model = fit(formula, &[]);
        let intercept = "intercept ~";
        let told = model.notes().into_iter().filter(|note| note.contains("(default") && !note.starts_with(intercept));
        let told: Vec<String> = told.filter(|note| !note.starts_with("sigma")).collect();
        assert!(told.len() >= 2, "{formula}: {told:?}");
        assert!(
            told.iter().all(|note| note.ends_with("(default: 2.5 sd of the response / sd of the column).")),
            "{told:?}"
        );
    }
}

/// Covariates that go along with one another, each beside its product with a third variable: the priors of x and t:x are those without
/// the others, also where rows are fewer than columns. Held against all columns together, t:x had a prior seven times as wide for w.
#[test]
fn covariates_are_not_held_against_one_another() {
    for (n, others) in [(60, "w"), (60, "(w + a + b)"), (9, "(w + a + b)")] {
        let [y, x, e, a, b] = [11, 12, 13, 14, 15].map(|stream| normals(stream, n));
        let w = x.iter().zip(&e).map(|(x, e)| x + 0.1 * e).collect();
        let t = (0..n).map(|r| (r % 2) as f64).collect();
        let table = Table::from_columns([("y", y), ("t", t), ("x", x), ("w", w), ("a", a), ("b", b)]).unwrap();
        let of = |formula: String| {
            let options = RegressionOptions { formula, ..Default::default() };
            regress(&table, &options).unwrap_or_else(|e| panic!("{e}"))
        };
        let (with, without) = (of(format!("y ~ t*x + t*{others}")), of("y ~ t*x".into()));
        for name in ["x", "t:x"] {
            assert_eq!(prior(with.as_ref(), name), prior(without.as_ref(), name), "{n} rows, {others}");
        }
    }
}

/// Levels that each have an intercept and a slope: the law is the same wherever the column has its zero, and chains begin where the
/// noise is 0.3 and slopes vary by 0.1; at the uncentred column they began, and stayed, where it is 0.5 and slopes do not vary.
#[test]
fn slopes_of_groups_do_not_depend_on_the_zero() {
    let [far, near] = ["slow ~ year + (year | g)", "slow ~ since + (since | g)"].map(|formula| fit(formula, &[]));
    let (d, names) = (far.dim(), [far.names(), near.names()]);
    for stream in 0..4 {
        let z: Vec<f64> = normals(50 + stream, d).iter().map(|z| f64::from(stream) * 0.4 * z).collect();
        let [one, other] = [value(far.as_ref(), &z), value(near.as_ref(), &z)];
        assert!((one - other).abs() < 1e-6 * (1.0 + other.abs()), "{one} {other}");
        let [p, q] = [report(far.as_ref(), &z), report(near.as_ref(), &z)];
        for (k, name) in names[0].iter().enumerate() {
            let expected = match name.strip_prefix("1|") {
                Some(level) => q[k] - 2000.0 * of(near.as_ref(), &q, &format!("since|{level}")),
                None if ["intercept", "sd(1|g)", "cor(1,year|g)"].contains(&name.as_str()) => continue,
                None => q[k],
            };
            assert!((p[k] - expected).abs() < 1e-6 * (1.0 + expected.abs()), "{name}: {} {expected}", p[k]);
        }
        // An intercept at year 0, and what that is with a slope: 2000 slopes from the mean.
        let [s, t, r] = ["sd(1|g)", "sd(since|g)", "cor(1,since|g)"].map(|name| of(near.as_ref(), &q, name));
        let at_zero = (s * s - 4000.0 * r * s * t + 4e6 * t * t).sqrt();
        assert!((of(far.as_ref(), &p, "sd(1|g)") / at_zero - 1.0).abs() < 1e-6);
        let correlation = (r * s - 2000.0 * t) / at_zero;
        assert!((of(far.as_ref(), &p, "cor(1,year|g)") - correlation).abs() < 1e-6);
    }
    let q = report(far.as_ref(), &vec![0.0; d]);
    let [sigma, slopes] = ["sigma", "sd(year|g)"].map(|name| of(far.as_ref(), &q, name));
    assert!((0.25..0.35).contains(&sigma) && (0.04..0.25).contains(&slopes), "{sigma} {slopes}");
    assert!(prior(far.as_ref(), "sd(1|g)").ends_with("(default, at the columns' means)."));
}

/// A prior of sd(1|g) that is given is of the intercept at zero, and the notes say how far away that is; the rough fit is as good. So
/// they do where effects are independent at zero, which no prior helps.
#[test]
fn priors_at_zero_are_where_they_are_given() {
    let model = fit("slow ~ year + (year | g)", &["sd(1|g) = half_normal(500)"]);
    assert_eq!(prior(model.as_ref(), "sd(1|g)"), "half_normal(500).");
    let told = |model: &dyn Model, what: &str| {
        let notes = model.notes();
        assert!(notes.iter().any(|note| note.starts_with(what) && note.contains("center(year)")), "{notes:?}");
    };
    told(model.as_ref(), "The priors of sd(1|g) and cor(g) are of effects at year = 0, 346 standard deviations");
    let q = report(model.as_ref(), &vec![0.0; model.dim()]);
    let [sigma, intercepts] = ["sigma", "sd(1|g)"].map(|name| of(model.as_ref(), &q, name));
    assert!((0.25..0.35).contains(&sigma) && intercepts > 50.0, "{sigma} {intercepts}");
    let apart = fit("slow ~ year + (year || g)", &[]);
    told(apart.as_ref(), "Effects 1|g and year|g are independent at year = 0");
    let near = fit("slow ~ since + (since || g)", &[]);
    assert!(near.notes().iter().all(|note| !note.contains("center(")));
}

/// Products and powers of a column far from zero, and slopes without an intercept, are told of; of one near zero nothing is.
#[test]
fn what_stands_far_from_zero_in_a_group_is_told_of() {
    for (terms, what) in [
        ("(x * year | g)", "Effects x|g and x:year|g are hard to tell apart"),
        ("(year + I(year^2) | g)", "Effects year|g and I(year"),
        ("(0 + x + x:year | g)", "Effects x|g and x:year|g are hard to tell apart"),
        ("(0 + year | g)", "Effects year|g have no part at year = 0, 346 standard deviations"),
    ] {
        let far = fit(&format!("slow ~ x + {terms}"), &[]).notes();
        let told: Vec<&String> = far.iter().filter(|note| note.contains("center(")).collect();
        assert!(told.len() == 1 && told[0].starts_with(what), "{terms}: {far:?}");
        let near = fit(&format!("slow ~ x + {}", terms.replace("year", "since")), &[]).notes();
        assert!(near.iter().all(|note| !note.contains("center(")), "{terms}: {near:?}");
    }
}

/// In another unit the same: V at the same coordinates, which follow the column. A prior of the same width in both would differ by more
/// than 10.
#[test]
fn slopes_of_groups_do_not_depend_on_the_unit() {
    for bar in ["|", "||"] {
        let [one, other] = ["since", "tiny"].map(|x| fit(&format!("slow ~ {x} + ({x} {bar} g)"), &[]));
        for stream in 0..3 {
            let z: Vec<f64> = normals(60 + stream, one.dim()).iter().map(|z| 0.7 * z).collect();
            let [a, b] = [value(one.as_ref(), &z), value(other.as_ref(), &z)];
            assert!((a - b).abs() < 1e-6 * (1.0 + a.abs()), "{bar}: {a} {b}");
        }
    }
}
