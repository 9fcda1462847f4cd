//! Other temperatures, and none: laws and minima are those of the parameters as they are reported, whatever the coordinates are.
use steepest_record::Record;
use steepest_spec::{Config, Unwatched, build, execute};

fn said(csv: &str, functional: &str, rest: &str) -> Result<Record, String> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("data.csv"), csv).expect("written");
    let text = format!("[functional]\ndata = \"data.csv\"\n{functional}\n{rest}");
    let file = folder.path().join("flow.toml").display().to_string();
    let config = Config::parse(&text, &file, &[]).map_err(|error| error.to_string())?;
    let model = build(&config).map_err(|error| error.to_string())?;
    execute(&config, &*model, &mut Unwatched).map_err(|error| error.to_string())
}
fn run(csv: &str, functional: &str, rest: &str) -> Record {
    said(csv, functional, rest).unwrap_or_else(|error| panic!("{functional}\n{rest}\n{error}"))
}
fn mean(record: &Record, name: &str) -> f64 {
    record.summary.parameters.iter().find(|p| p.name == name).unwrap_or_else(|| panic!("{name}")).mean
}
/// Mean and standard deviation: within 4.5 Monte Carlo errors, and a tenth.
fn agrees(what: &str, record: &Record, name: &str, exact: f64, sd: f64) {
    let found = record.summary.parameters.iter().find(|p| p.name == name).unwrap_or_else(|| panic!("{name}"));
    let z = (found.mean - exact) / found.mcse_mean;
    println!("{what}, {name}: {:.4} ({exact:.4}), z = {z:.2}, sd {:.4} ({sd:.4})", found.mean, found.sd);
    assert!(z.abs() < 4.5, "{what}: the mean of {name} is {} and not {exact}", found.mean);
    assert!((found.sd / sd - 1.0).abs() < 0.1, "{what}: the sd of {name} is {} and not {sd}", found.sd);
}

const COINS: &str = "y\n1\n1\n0\n1\n1\n0\n1\n";
const COIN: &str = "kind = \"rows\"\nll = \"bernoulli_lpmf(y | p)\"\nparameters = { p = \"bounded(0, 1)\" }";
const NUMBERS: &str = "x,y\n0,1.3\n1,2.9\n2,1.8\n3,4.4\n4,3.1\n5,5.6\n6,4.9\n7,6.0\n";
const Y: [f64; 8] = [1.3, 2.9, 1.8, 4.4, 3.1, 5.6, 4.9, 6.0];
const LINE: &str =
    "kind = \"regression\"\nformula = \"y ~ x\"\npriors = { coefficients = \"flat\", sigma = \"flat\" }\n";

/// A point goes to the largest likelihood where priors are flat: 5/7 of seven coins, the root of the mean square of what a line
/// leaves, at which V is n (log(2 pi s^2) + 1) / 2; to 1e-6, where the mode of a logarithm is off by 6 %.
#[test]
fn a_point_is_where_the_parameters_are_likeliest() {
    let n = Y.len() as f64;
    let average = Y.iter().sum::<f64>() / n;
    let total = Y.iter().map(|y| (y - average).powi(2)).sum::<f64>();
    let slope = Y.iter().enumerate().map(|(x, y)| (x as f64 - 3.5) * (y - average)).sum::<f64>() / 42.0;
    let left = total - 42.0 * slope * slope;
    let least = |squares: f64| 0.5 * n * ((std::f64::consts::TAU * squares / n).ln() + 1.0);
    for scheme in ["lbfgs", "trust-region", "conjugate-gradient"] {
        let rest = format!("[state]\nkind = \"point\"\n[scheme]\nkind = \"{scheme}\"\ntolerance = 1e-8\n");
        let coins = run(COINS, COIN, &rest);
        assert!((mean(&coins, "p") - 5.0 / 7.0).abs() < 1e-6, "{scheme}: {}", mean(&coins, "p"));
        let rows = "kind = \"rows\"\nll = \"normal_lpdf(y | m, s)\"\nparameters = { m = \"real\", s = \"positive\" }\n";
        for (what, functional, squares) in [("rows", rows, total), ("regression", LINE, left)] {
            let record = run(NUMBERS, functional, &rest);
            let sigma = mean(&record, if what == "rows" { "s" } else { "sigma" });
            assert!((sigma - (squares / n).sqrt()).abs() < 1e-6, "{what} by {scheme}: {sigma}");
            let end = record.summary.objective.as_ref().expect("an objective").r#final;
            assert!((end - least(squares)).abs() < 1e-9, "{what} by {scheme}: {end} and not {}", least(squares));
        }
    }
    // A prior counts as it stands: Beta(3, 3) and five of seven have their mode at 7/11.
    let rest = "[state]\nkind = \"point\"\n[scheme]\nkind = \"lbfgs\"\n";
    let coins = run(COINS, &format!("{COIN}\npriors = {{ p = \"beta(3, 3)\" }}"), rest);
    assert!((mean(&coins, "p") - 7.0 / 11.0).abs() < 1e-6, "{}", mean(&coins, "p"));
}

/// p^(5 beta) (1 - p)^(2 beta) is Beta(5 beta + 1, 2 beta + 1), where the coordinate's own law at beta would be Beta(6 beta, 3 beta).
#[test]
fn a_share_at_a_temperature() {
    for beta in [0.5_f64, 2.0] {
        let (a, b) = (5.0 * beta + 1.0, 2.0 * beta + 1.0);
        let sd = (a * b / (a + b + 1.0)).sqrt() / (a + b);
        for scheme in ["nuts", "tempering"] {
            let record = run(COINS, COIN, &format!("[noise]\nbeta = {beta}\n[scheme]\nkind = \"{scheme}\"\n"));
            agrees(&format!("{scheme} at {beta}"), &record, "p", a / (a + b), sd);
        }
    }
}

/// Of n numbers with flat priors, sigma^(-n beta) exp(-beta S / 2 sigma^2) loses a power of sigma to the mean, which makes sigma^2
/// an inverse gamma variate of shape n beta / 2 - 1 and scale beta S / 2.
#[test]
fn a_standard_deviation_at_a_temperature() {
    let n = Y.len() as f64;
    let average = Y.iter().sum::<f64>() / n;
    let squares: f64 = Y.iter().map(|y| (y - average).powi(2)).sum();
    let flat = LINE.replace("y ~ x", "y ~ 1");
    for beta in [1.0, 4.0] {
        let (shape, scale) = (0.5 * n * beta - 1.0, 0.5 * beta * squares);
        // Gamma(k - 1/2) / Gamma(k) for a whole k: pi^(1/2) times the product of (j - 1/2) / j for j < k.
        let below: f64 = (1..shape as u32).map(|j| (f64::from(j) - 0.5) / f64::from(j)).product();
        let exact = scale.sqrt() * std::f64::consts::PI.sqrt() * below;
        let sd = (scale / (shape - 1.0) - exact * exact).sqrt();
        let record = run(NUMBERS, &flat, &format!("[noise]\nbeta = {beta}\n[run]\ndraws = 2000\n"));
        agrees(&format!("beta {beta}"), &record, "sigma", exact, sd);
    }
}

const KNOWN: [(f64, f64); 6] = [(2.9, 0.8), (0.3, 1.0), (-1.8, 0.9), (1.1, 1.2), (3.6, 0.7), (-0.4, 1.1)];

/// Six estimates with known errors, at beta = 1/2: with effects integrated out, t^-beta (1/s^2 + 1/t^2)^-1/2 exp(-beta (y - m)^2 / 2 (s^2
/// + t^2)) each, by the midpoint rule. In coordinates of their own the same energy has 2.49 (centred), 1.34 and 2.29 for 2.71.
#[test]
fn group_effects_at_a_temperature_in_all_coordinates() {
    let (beta, h) = (0.5, 0.02);
    let (mut total, mut first, mut second) = (0.0, 0.0, 0.0);
    for i in 0..1200 {
        let t = h * (f64::from(i) + 0.5);
        for k in -400..400 {
            let m = 2.0 * h * (f64::from(k) + 0.5);
            let mut ln = -0.5 * beta * (0.25 * m * m + 0.25 * t * t);
            for (y, s) in KNOWN {
                ln -= beta * t.ln() + 0.5 * (1.0 / (s * s) + 1.0 / (t * t)).ln();
                ln -= 0.5 * beta * (y - m).powi(2) / (s * s + t * t);
            }
            let weight = ln.exp();
            total += weight;
            first += weight * t;
            second += weight * t * t;
        }
    }
    let exact = first / total;
    let sd = (second / total - exact * exact).sqrt();
    assert!((exact - 2.712).abs() < 1e-3, "{exact}");
    let rows: String = KNOWN.iter().enumerate().map(|(k, (y, s))| format!("g{k},{y},{s}\n")).collect();
    for centering in ["auto", "centered", "noncentered"] {
        let functional = format!(
            "kind = \"regression\"\nformula = \"y | se(e) ~ 1 + (1 | g)\"\ncentering = \"{centering}\"\n\
             priors = {{ intercept = \"normal(0, 2)\", sd = \"half_normal(2)\" }}"
        );
        let rest = "[noise]\nbeta = 0.5\n[run]\ndraws = 2000\n";
        agrees(centering, &run(&format!("g,y,e\n{rows}"), &functional, rest), "sd(1|g)", exact, sd);
    }
}

/// At beta = 2 the density of a mixed model has no integral, and at none a maximum.
#[test]
fn what_has_no_law_is_refused() {
    let rows: String = KNOWN.iter().enumerate().map(|(k, (y, s))| format!("g{k},{y},{s}\n")).collect();
    let (csv, functional) = (format!("g,y,e\n{rows}"), "kind = \"regression\"\nformula = \"y | se(e) ~ 1 + (1 | g)\"");
    let error = said(&csv, functional, "[noise]\nbeta = 2\n").err().unwrap_or_default();
    assert!(error.contains("at beta = 2 there is no law") && error.contains("flow.toml:"), "{error}");
    // As far out as sd^(-beta (levels + 4)) has no end either.
    let error = said(&csv, functional, "[noise]\nbeta = 0.01\n").err().unwrap_or_default();
    assert!(error.contains("at beta = 0.01 there is no law") && error.contains("effects grow"), "{error}");
    let record = run(&csv, functional, "[state]\nkind = \"point\"\n[scheme]\nkind = \"lbfgs\"\n");
    assert!(record.notes.iter().any(|note| note.contains("has no maximum")), "{:?}", record.notes);
}
