//! Mixed models: gradients, Jacobians, densities by hand, exact posteriors, the same law in all coordinates.
mod one_point;
use one_point::{report, value};
use steepest_core::{Batch, Potential, Workspace};
use steepest_models::{Centering, Family, MixedModel, Model, RegressionOptions, Table, gradient_check};

fn normals(stream: u16, len: usize) -> Vec<f64> {
    let mut z = vec![0.0; len];
    steepest_kernels::normals(9, 0, stream, 0, &mut z);
    z
}
/// 150 rows (two tiles and a short one), seven levels of g of unequal size, four of h, and a response for every family.
fn data() -> Table {
    let n = 150;
    let (x, z, noise) = (normals(1, n), normals(2, n), normals(3, n));
    let mut u = vec![0.0; 2 * n];
    steepest_kernels::uniforms(9, 0, 4, 0, &mut u);
    let g: Vec<f64> = (0..n).map(|r| (7.0 * u[r] * u[r]).floor()).collect();
    let h: Vec<f64> = (0..n).map(|r| ((r * 7 + r / 5) % 4) as f64).collect();
    let level = normals(5, 32);
    let eta: Vec<f64> =
        (0..n).map(|r| 0.4 + 0.5 * x[r] + 0.7 * level[g[r] as usize] + 0.3 * level[8 + g[r] as usize] * x[r]).collect();
    let each = |f: &dyn Fn(usize) -> f64| (0..n).map(f).collect::<Vec<f64>>();
    let trials = each(&|r| 1.0 + (9.0 * u[n + r]).floor());
    let share = |r: usize| 1.0 / (1.0 + (-eta[r]).exp());
    let columns = [
        ("real", each(&|r| 3.0 * (eta[r] + 0.5 * noise[r]))),
        ("bit", each(&|r| f64::from(u8::from(u[n + r] < share(r))))),
        ("count", each(&|r| (eta[r].exp() * 2.0 * u[n + r]).round())),
        ("successes", each(&|r| (share(r) * trials[r]).round())),
        ("positive", each(&|r| (eta[r] + 0.4 * noise[r]).exp())),
        ("share", each(&|r| 1.0 / (1.0 + (-eta[r] - 0.5 * noise[r]).exp()))),
        ("grade", each(&|r| (2.0 + eta[r] + noise[r]).round().clamp(1.0, 4.0))),
        ("many", each(&|r| if u[n + r] < 0.3 { 0.0 } else { (eta[r] + 0.2 * noise[r]).exp().round() })),
        ("trials", trials.clone()),
        ("weight", each(&|r| 1.0 + (r % 3) as f64)),
    ];
    let far = x.iter().map(|x| x + 4.0).collect();
    let rest = [("x", x), ("z", z), ("g", g), ("h", h), ("far", far)];
    Table::from_columns(columns.into_iter().chain(rest)).unwrap()
}
fn options(formula: &str, family: Family, centering: Centering, priors: &[&str]) -> RegressionOptions {
    let priors = priors.iter().map(|p| steepest_models::Prior::assignment(p).unwrap()).collect();
    RegressionOptions { formula: formula.into(), family: Some(family), centering, priors, ..Default::default() }
}
fn fit(formula: &str, family: Family, centering: Centering, priors: &[&str]) -> MixedModel {
    let options = options(formula, family, centering, priors);
    MixedModel::new(&data(), &options).unwrap_or_else(|e| panic!("{formula}: {e}"))
}
const RESPONSES: [(&str, Family); 11] = [
    ("real", Family::Gaussian),
    ("bit", Family::Bernoulli),
    ("count", Family::Poisson),
    ("successes | trials(trials)", Family::Binomial),
    ("count", Family::NegativeBinomial),
    ("positive", Family::Gamma),
    ("share", Family::Beta),
    ("real", Family::Student),
    ("grade", Family::Ordinal),
    ("grade", Family::Categorical),
    ("many", Family::ZeroInflatedPoisson),
];
const TERMS: [&str; 9] = [
    "x + (1 | g)",
    "0 + x + (1 + x | g)",
    "x + (x || g)",
    "1 + (0 + x | g)",
    "x*z + (x + z | g)",
    "far + (far | g)",
    "x + (1 | g) + (1 | h) + offset(z / 3)",
    "1 + (1 | g/h)",
    "s(x, k = 5) + (1 | g)",
];
const WAYS: [Centering; 3] = [Centering::Auto, Centering::Centered, Centering::Noncentered];

/// Every formula in every family in every coordinates, with its name.
fn catalogue() -> Vec<(String, MixedModel)> {
    let mut all = Vec::new();
    for (response, family) in RESPONSES {
        for (k, terms) in TERMS.iter().enumerate() {
            let formula = format!("{response} ~ {terms}");
            let way = WAYS[(k + response.len()) % 3];
            all.push((format!("{formula}, {way:?}"), fit(&formula, family, way, &[])));
        }
        let formula = format!("{response} ~ x + (x | g)");
        let weighted =
            RegressionOptions { weights: Some("weight".into()), ..options(&formula, family, Centering::Auto, &[]) };
        all.push((format!("{formula}, weighted"), MixedModel::new(&data(), &weighted).unwrap()));
        for way in WAYS {
            all.push((
                format!("{formula}, {way:?}"),
                fit(&formula, family, way, &["cor(g) = lkj(2)", "sd = normal(0, 2)"]),
            ));
        }
    }
    all
}

/// Where one grouping is centred its coordinates are those of a model that is centred throughout, and the others stay as they were.
#[test]
fn each_grouping_can_have_its_own_coordinates() {
    let formula = "real ~ x + (x || g) + (1 | h)";
    let at = |all: Centering, some: &[(&str, Centering)]| {
        let centerings = some.iter().map(|(name, way)| (name.to_string(), *way)).collect();
        let v =
            MixedModel::new(&data(), &RegressionOptions { centerings, ..options(formula, Family::Gaussian, all, &[]) });
        let v = v.unwrap();
        let (values, places) = (report(&v, &normals(22, v.dim())), v.names());
        let values: Vec<f64> =
            places.iter().zip(values).map(|(name, q)| if name.contains("sd(") { 0.7 } else { q }).collect();
        (v.dim(), values, v)
    };
    let (d, q, auto) = at(Centering::Auto, &[]);
    let coordinates = |v: &MixedModel| v.coordinates(&q).unwrap();
    let (auto, all) = (coordinates(&auto), coordinates(&at(Centering::Centered, &[]).2));
    let moved = |x: &[f64]| (0..d).map(|j| x[j] != auto[j]).collect::<Vec<_>>();
    let both = moved(&all);
    let of_g = coordinates(&at(Centering::Auto, &[("g", Centering::Centered)]).2);
    let of_h = at(Centering::Auto, &[("h", Centering::Centered)]).2;
    let told: Vec<String> = of_h.notes().into_iter().filter(|note| note.contains("moved")).collect();
    assert_eq!(told, ["Effects of h are moved centered."]);
    let of_h = coordinates(&of_h);
    let rest = coordinates(&at(Centering::Centered, &[("h", Centering::Auto)]).2);
    assert_eq!(of_g, rest);
    let (g, h) = (moved(&of_g), moved(&of_h));
    for j in 0..d {
        assert!(both[j] == (g[j] || h[j]) && !(g[j] && h[j]), "coordinate {j}");
        assert!(all[j] == if g[j] { of_g[j] } else { of_h[j] }, "coordinate {j}");
    }
    // Two effects of each level of g, one of h.
    let levels = |name: &str| {
        data().numbers(name).unwrap().iter().map(|x| x.to_bits()).collect::<std::collections::HashSet<_>>().len()
    };
    assert_eq!(g.iter().filter(|moved| **moved).count(), 2 * levels("g"));
    assert_eq!(h.iter().filter(|moved| **moved).count(), levels("h"));
}

/// To a relative 1e-7 at three points in every coordinate.
#[test]
fn gradients_are_those_of_the_values() {
    for (name, v) in catalogue() {
        let d = v.dim();
        let x = normals(20, 3 * d);
        let report = gradient_check(&v, Batch { n: 3, d, x: &x });
        assert_eq!(report.points, 3, "{name}");
        assert!(report.agrees(1e-7), "{name}: {} {report:?}", v.names().len());
    }
}

/// V(x) = -log density(q(x)) - log |dq/dx|: the density row by row in plain arithmetic, the determinant by differences. So the
/// law is the same in all coordinates. A constant or a Jacobian off by 1e-5 would be seen.
#[test]
fn energy_is_density_and_jacobian() {
    for (name, v) in catalogue() {
        let d = v.dim();
        let x: Vec<f64> = normals(21, d).iter().map(|z| 0.8 * z).collect();
        let q = report(&v, &x);
        let mut jacobian = vec![0.0; d * d];
        for j in 0..d {
            let at = |h: f64| {
                let mut y = x.clone();
                y[j] += h;
                report(&v, &y)
            };
            let h = 1e-3;
            let (a, b, c, e) = (at(h), at(-h), at(2.0 * h), at(-2.0 * h));
            for i in 0..d {
                jacobian[i * d + j] = (8.0 * (a[i] - b[i]) - (c[i] - e[i])) / (12.0 * h);
            }
        }
        let expected = -v.ln_density(&q) - log_det(d, jacobian);
        let got = value(&v, &x);
        assert!((got - expected).abs() < 1e-5, "{name}: {got} against {expected}");
        let back = v.coordinates(&q).unwrap();
        assert!(back.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-7), "{name}: {x:?} came back as {back:?}");
    }
}
/// log |det A| by Gaussian elimination with row pivoting.
fn log_det(d: usize, mut a: Vec<f64>) -> f64 {
    let mut out = 0.0;
    for k in 0..d {
        let pivot = (k..d).max_by(|&i, &j| a[i * d + k].abs().total_cmp(&a[j * d + k].abs())).unwrap();
        (0..d).for_each(|j| a.swap(k * d + j, pivot * d + j));
        out += a[k * d + k].abs().ln();
        for i in k + 1..d {
            let c = a[i * d + k] / a[k * d + k];
            (k..d).for_each(|j| a[i * d + j] -= c * a[k * d + j]);
        }
    }
    out
}

/// A point gets the same bits alone and in any company.
#[test]
fn points_do_not_see_each_other() {
    for (name, v) in catalogue() {
        let (d, n, work) = (v.dim(), 13, &mut Workspace::default());
        let x = normals(22, d * n);
        let (mut values, mut gradients) = (vec![0.0; n], vec![0.0; n * d]);
        v.values_and_gradients(Batch { n, d, x: &x }, 1.0, &mut values, &mut gradients, work);
        for i in 0..n {
            let point: Vec<f64> = (0..d).map(|j| x[j * n + i]).collect();
            let mut g = vec![0.0; d];
            v.gradients(Batch { n: 1, d, x: &point }, 1.0, &mut g, work);
            assert_eq!(value(&v, &point).to_bits(), values[i].to_bits(), "{name}");
            assert!((0..d).all(|j| g[j].to_bits() == gradients[j * n + i].to_bits()), "{name}");
        }
    }
}

/// The density of one model written out by hand.
#[test]
fn density_by_hand() {
    let t = data();
    let column = |name: &str| t.numbers(name).unwrap().to_vec();
    let normal =
        |x: f64, m: f64, s: f64| -0.5 * ((x - m) / s).powi(2) - s.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln();
    let priors = ["coefficients = normal(0, 3)", "sigma = half_normal(2)", "sd = half_normal(1.5)", "cor = lkj(2)"];
    let v = fit("real ~ x + (x | g)", Family::Gaussian, Centering::Auto, &priors);
    let levels = (v.dim() - 6) / 2;
    let u = normals(6, 2 * levels);
    let (beta, sigma, sds, rho) = ([0.4, 1.1], 1.7, [0.8, 0.5], 0.3);
    let mut q = vec![beta[0], beta[1], sigma, sds[0], sds[1], rho];
    q.extend(&u);
    assert_eq!(v.names()[3..7], ["sd(1|g)", "sd(x|g)", "cor(1,x|g)", "1|g[0]"]);
    let (y, x, g) = (column("real"), column("x"), column("g"));
    let half = |x: f64, s: f64| normal(x, 0.0, s) + 2f64.ln();
    let mut expected: f64 = beta.iter().map(|&b| normal(b, 0.0, 3.0)).sum::<f64>() + half(sigma, 2.0);
    expected += half(sds[0], 1.5) + half(sds[1], 1.5) + (0.75 * (1.0 - rho * rho)).ln();
    for l in 0..levels {
        let (a, b) = (u[l] / sds[0], u[levels + l] / sds[1]);
        let det = 1.0 - rho * rho;
        let quadratic = (a * a - 2.0 * rho * a * b + b * b) / det;
        expected -= 0.5 * quadratic + (2.0 * std::f64::consts::PI).ln() + 0.5 * f64::ln(det) + (sds[0] * sds[1]).ln();
    }
    for r in 0..y.len() {
        let l = g[r] as usize;
        expected += normal(y[r], beta[0] + beta[1] * x[r] + u[l] + u[levels + l] * x[r], sigma);
    }
    let got = v.ln_density(&q);
    assert!((got - expected).abs() < 1e-10 * expected.abs(), "{got} against {expected}");
}

/// Given the standard deviations, the effects of a gaussian model are Gaussian: in `auto` coordinates exactly white, wherever
/// the fixed effects and standard deviations are, so that dV/dz = z. An error of 1e-7 in a conditional mean or scale would be seen.
#[test]
fn gaussian_effects_are_exactly_white() {
    for terms in ["x + (1 | g)", "x + z + (x | g)", "1 + (0 + x | g)", "z + s(x)"] {
        let v = fit(&format!("real ~ {terms}"), Family::Gaussian, Centering::Auto, &[]);
        let d = v.dim();
        let effects = v.names().iter().position(|n| n.ends_with(']')).unwrap();
        let sigma = v.names().iter().position(|n| n == "sigma").unwrap();
        for stream in 30..33 {
            let mut x = normals(stream, d);
            // The residual standard deviation of the rough fit, by which the map is made.
            x[sigma] = 0.0;
            let mut g = vec![0.0; d];
            v.gradients(Batch { n: 1, d, x: &x }, 1.0, &mut g, &mut Workspace::default());
            for j in effects..d {
                assert!((g[j] - x[j]).abs() < 1e-7, "{terms}: coordinate {j} at {}, slope {}", x[j], g[j]);
            }
        }
    }
}

/// Weights count rows: weight k is the row k times.
#[test]
fn weights_are_repetitions() {
    let t = data();
    let mut repeated: Vec<(String, Vec<f64>)> = t.names().map(|n| (n.to_string(), Vec::new())).collect();
    for r in 0..t.rows() {
        let times = t.numbers("weight").unwrap()[r] as usize;
        for (name, column) in &mut repeated {
            column.extend(std::iter::repeat_n(t.numbers(name).unwrap()[r], times));
        }
    }
    let long = Table::from_columns(repeated).unwrap();
    for (response, family) in RESPONSES {
        let own = matches!(family, Family::Gaussian | Family::Student).then_some("sigma = half_normal(2)");
        let priors: Vec<&str> =
            ["coefficients = normal(0, 3)", "sd = half_normal(1.5)"].into_iter().chain(own).collect();
        let plain = options(&format!("{response} ~ x + (1 | g)"), family, Centering::Auto, &priors);
        let weighted = RegressionOptions { weights: Some("weight".into()), ..plain.clone() };
        let [a, b] = [(&long, &plain), (&t, &weighted)].map(|(t, o)| MixedModel::new(t, o).unwrap());
        let mut q: Vec<f64> = normals(8, a.dim()).iter().map(|z| 0.3 * z).collect();
        let positive = |name: &String| name.starts_with("sd(") || (!name.contains('|') && !name.contains(':'));
        (2..q.len()).filter(|k| positive(&a.names()[*k])).for_each(|k| q[k] = 0.3 * k as f64);
        if family == Family::Ordinal {
            // The prior of its cuts is at the predictors' means, which count each row once.
            continue;
        }
        let [one, other] = [a.ln_density(&q), b.ln_density(&q)];
        assert!((one - other).abs() < 1e-9 * one.abs(), "{response}: {one} {other}");
    }
}
