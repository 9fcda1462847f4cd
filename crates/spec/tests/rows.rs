//! Row models of real posteriors: means within four combined standard errors of the reference, standard deviations within 5 %.
//!
//! As in `posteriordb.rs`: an error of 5 % of a standard deviation dies in a mean (ESS of 8,000: 4 x 1.1 %), and in an sd.
#[path = "../../models/tests/support/posteriordb.rs"]
#[allow(dead_code, reason = "the regressions are tested elsewhere")]
mod posteriordb;
use serde_json::Value;
use std::path::Path;
use steepest_record::{Record, Verdict};
use steepest_spec::{Config, Unwatched, build, execute};

fn fit(csv: &str, functional: &str, run: &str) -> Record {
    let record = run_of(csv, functional, run);
    for check in &record.summary.ledger {
        assert!(check.verdict != Verdict::Violated, "{check:?}");
    }
    record
}
fn run_of(csv: &str, functional: &str, run: &str) -> Record {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data.csv"), csv).unwrap();
    let text = format!("[functional]\nkind = \"rows\"\ndata = \"data.csv\"\n{functional}\n{run}");
    let file = folder.path().join("flow.toml").display().to_string();
    let config = Config::parse(&text, &file, &[]).unwrap_or_else(|error| panic!("{error}"));
    let model = build(&config).unwrap_or_else(|error| panic!("{error}"));
    execute(&config, &*model, &mut Unwatched).unwrap_or_else(|error| panic!("{error}"))
}
fn notes_of(record: &Record) -> String {
    record.notes.join("\n")
}
/// The data of a posterior, and its answers: name -> mean, its standard error, sd.
struct Posterior {
    data: Value,
    exact: Option<Value>,
    reference: Value,
}
fn posterior(name: &str) -> Option<Posterior> {
    let folder = posteriordb::folder()?.join(name);
    let read = |file: &str| -> Option<Value> {
        serde_json::from_str(&std::fs::read_to_string(Path::new(&folder).join(file)).ok()?).ok()
    };
    Some(Posterior { data: read("data.json")?, exact: read("exact.json"), reference: read("reference.json")? })
}
impl Posterior {
    fn csv(&self, columns: &[&str]) -> String {
        let rows = self.data[columns[0]].as_array().unwrap().len();
        let row = |r: usize| columns.iter().map(|c| self.data[*c][r].to_string()).collect::<Vec<_>>().join(",") + "\n";
        columns.join(",") + "\n" + &(0..rows).map(row).collect::<String>()
    }
    fn answer(&self, name: &str) -> (f64, f64, f64) {
        if let Some(exact) = &self.exact
            && let (Some(mean), Some(sd)) = (exact["mean"][name].as_f64(), exact["sd"][name].as_f64())
        {
            return (mean, 0.0, sd);
        }
        let stats = &self.reference["stats"][name];
        let number = |key: &str| stats[key].as_f64().unwrap_or_else(|| panic!("{name}: {key}"));
        (number("mean"), number("mcse_mean"), number("sd"))
    }
    /// Compares parameters by our name and the reference's.
    fn compare(&self, record: &Record, names: &[(&str, &str)]) {
        for (ours, theirs) in names {
            let found = record.summary.parameters.iter().find(|p| p.name == *ours).unwrap_or_else(|| panic!("{ours}"));
            let (mean, error, sd) = self.answer(theirs);
            let z = (found.mean - mean) / found.mcse_mean.hypot(error);
            let ratio = found.sd / sd;
            println!("{ours}: mean {:.5} ({mean:.5}), z = {z:.2}, sd ratio {ratio:.4}", found.mean);
            assert!(z.abs() < 4.0, "the mean of {ours} is {z:.1} standard errors off");
            assert!((ratio - 1.0).abs() < 0.05, "the sd of {ours} is {ratio} of the reference");
        }
    }
}

const RUN: &str = "[run]\ndraws = 2000\nwarmup = 500\n";

#[test]
fn an_autoregression_has_its_exact_moments() {
    let Some(posterior) = posterior("arK-arK") else { return };
    let functional = "ll = 'normal_lpdf(y | alpha + sum(k, 1, 5, beta[k]*y[-k]), sigma)'\n\
        parameters = { alpha = 'real', beta = 'real(5)', sigma = 'positive' }\n\
        priors = { alpha = 'normal(0, 10)', beta = 'normal(0, 10)', sigma = 'half_cauchy(2.5)' }";
    let record = fit(&posterior.csv(&["y"]), functional, RUN);
    let names = ["alpha", "beta[1]", "beta[2]", "beta[3]", "beta[4]", "beta[5]", "sigma"];
    posterior.compare(&record, &names.map(|name| (name, name)));
    assert!(
        record.notes.iter().any(|note| note.contains("195 rows") && note.contains("first 5")),
        "{:?}",
        record.notes
    );
}

#[test]
fn a_mixture_agrees_with_the_reference_draws() {
    let Some(posterior) = posterior("low_dim_gauss_mix-low_dim_gauss_mix") else { return };
    let functional = "ll = 'log_mix(theta, normal_lpdf(y, mu[1], sigma[1]), normal_lpdf(y, mu[2], sigma[2]))'\n\
        parameters = { theta = 'bounded(0, 1)', mu = 'ordered(2)', sigma = 'positive(2)' }\n\
        priors = { theta = 'beta(5, 5)', mu = 'normal(0, 2)', sigma = 'half_normal(2)' }";
    let record = fit(&posterior.csv(&["y"]), functional, RUN);
    posterior.compare(&record, &["mu[1]", "mu[2]", "sigma[1]", "sigma[2]", "theta"].map(|name| (name, name)));
}

#[test]
fn a_hierarchy_by_county_agrees_with_the_reference_draws() {
    let Some(posterior) = posterior("radon_mn-radon_hierarchical_intercept_noncentered") else { return };
    let functional = "ll = 'normal_lpdf(log_radon | mu + tau_c*z[county_idx] + b_uppm*log_uppm + b_floor*floor_measure, s)'\n\
        parameters = { mu = 'real', tau_c = 'positive', z = 'real[county_idx]', b_uppm = 'real', b_floor = 'real', s = 'positive' }\n\
        priors = { mu = 'normal(0, 10)', tau_c = 'normal(0, 1)', z = 'normal(0, 1)', b_uppm = 'normal(0, 10)', b_floor = 'normal(0, 10)', s = 'normal(0, 1)' }";
    let csv = posterior.csv(&["log_radon", "county_idx", "log_uppm", "floor_measure"]);
    let record = fit(&csv, functional, RUN);
    let names =
        [("mu", "mu_alpha"), ("tau_c", "sigma_alpha"), ("s", "sigma_y"), ("b_uppm", "beta[1]"), ("b_floor", "beta[2]")];
    posterior.compare(&record, &names);
}

#[test]
fn eight_schools_agrees_with_quadrature() {
    let Some(posterior) = posterior("eight_schools-eight_schools_noncentered") else { return };
    let csv: String = posterior
        .csv(&["y", "sigma"])
        .lines()
        .enumerate()
        .map(|(r, line)| match r {
            0 => format!("{line},school\n"),
            r => format!("{line},{}\n", ["A", "B", "C", "D", "E", "F", "G", "H"][r - 1]),
        })
        .collect();
    let functional = "nll = '0.5*((y - mu - t*z[school])/sigma)^2'\n\
        parameters = { mu = 'real', t = 'positive', z = 'real[school]' }\n\
        priors = { mu = 'normal(0, 5)', t = 'cauchy(0, 5)', z = 'normal(0, 1)' }";
    let record = fit(&csv, functional, "[scheme]\nkind = 'nuts'\ntarget_accept = 0.95\n[run]\ndraws = 10000\n");
    posterior.compare(&record, &[("mu", "mu"), ("t", "tau")]);
}

/// A line through 40 points a thousand away from zero, flat priors on a, b and log s: b ~ t(38) about least squares, of sd
/// s sqrt(38 / (36 Sxx)) with s^2 the residual sum over 38; a and b are correlated by 1 - 5e-7. Unconstrained, a trajectory would
/// take about a thousand leapfrogs; whitened it takes three or so. Where modes are two, or none, coordinates stay.
#[test]
fn one_mode_is_whitened() {
    let mut z = vec![0.0; 80];
    steepest_kernels::normals(23, 0, 0, 0, &mut z);
    let x: Vec<f64> = z[..40].iter().map(|z| 1000.0 + z).collect();
    let y: Vec<f64> = x.iter().zip(&z[40..]).map(|(x, z)| 2.0 * x - 1990.0 + 0.5 * z).collect();
    let csv: String = x.iter().zip(&y).map(|(x, y)| format!("{x},{y}\n")).collect();
    let functional = "nll = 'log(s) + 0.5*((y - a - b*x)/s)^2'\nparameters = { a = 'real', b = 'real', s = 'positive' }\n\
        prior = 'log(s)'";
    let record = fit(&format!("x,y\n{csv}"), functional, "[run]\nseed = 3\ndraws = 2000\nwarmup = 300\n");
    assert!(notes_of(&record).contains("whitened at the mode"), "{}", notes_of(&record));
    let leapfrogs = record.summary.extra["leapfrogs_per_draw"].as_f64().unwrap();
    assert!(leapfrogs < 6.0, "{leapfrogs} leapfrogs a draw");
    let mean = |v: &[f64]| v.iter().sum::<f64>() / 40.0;
    let (mx, my) = (mean(&x), mean(&y));
    let sxx: f64 = x.iter().map(|x| (x - mx).powi(2)).sum();
    let b = x.iter().zip(&y).map(|(x, y)| (x - mx) * (y - my)).sum::<f64>() / sxx;
    let rss: f64 = x.iter().zip(&y).map(|(x, y)| (y - my - b * (x - mx)).powi(2)).sum();
    let found = record.summary.parameters.iter().find(|p| p.name == "b").unwrap();
    let sd = (rss / 36.0 / sxx).sqrt();
    assert!((found.mean - b).abs() < 4.0 * found.mcse_mean && found.mcse_mean < 0.03 * sd, "{found:?}, b = {b}");
    assert!((found.sd / sd - 1.0).abs() < 0.05, "{} and not {sd}", found.sd);

    let two = "nll = '0.5*((y - m^2)/s)^2 + log(s)'\nparameters = { m = 'real', s = 'positive' }\npriors = { m = 'normal(0, 3)', s = 'half_normal(1)' }";
    let record = run_of("y\n4.1\n3.9\n4.05\n3.95\n", two, "[run]\nseed = 1\ndraws = 50\nwarmup = 100\n");
    assert!(notes_of(&record).contains("do not end at one mode"), "{}", notes_of(&record));
    let funnel =
        "nll = '0.5*(y - w*exp(t))^2'\nparameters = { w = 'real', t = 'real' }\npriors = { w = 'normal(0, 1)' }";
    let record = run_of("y\n0.1\n-0.1\n", funnel, "[run]\nseed = 1\ndraws = 50\nwarmup = 100\n");
    assert!(notes_of(&record).contains("Coordinates: unconstrained, as declared;"), "{}", notes_of(&record));
}

/// A point that is given is in the unconstrained coordinates, whitened or not: chains that take no step but begin there report it.
#[test]
fn points_that_are_given_stay_where_they_are() {
    let functional = "nll = '0.5*((y - a)/s)^2 + log(s)'\nparameters = { a = 'real', s = 'positive' }\npriors = { a = 'normal(0, 9)', s = 'half_normal(3)' }";
    let run = "[state]\nkind = 'chains'\nstart = [1.25, 0.5]\n[scheme]\nkind = 'mala'\nstep = 1e-9\n[run]\ndraws = 1\nwarmup = 0\n";
    let record = run_of("y\n4.1\n3.0\n5.2\n3.5\n", functional, run);
    assert!(notes_of(&record).contains("whitened at the mode"), "{}", notes_of(&record));
    for (name, value) in [("a", 1.25), ("s", 0.5_f64.exp())] {
        let found = record.summary.parameters.iter().find(|p| p.name == name).unwrap();
        assert!((found.mean - value).abs() < 1e-6, "{found:?} and not {value}");
    }
}

/// Where the energy of random points is infinite, a start that is given is all that is needed.
#[test]
fn a_start_that_is_given_needs_no_random_points() {
    let functional =
        "nll = '0.5*(y - a)^2 - log(a - 50)'\nparameters = { a = 'real' }\npriors = { a = 'normal(60, 5)' }";
    let run = "[state]\nkind = 'chains'\nstart = [55.0]\n[run]\ndraws = 200\nwarmup = 200\n";
    let record = run_of("y\n58\n61\n60\n", functional, run);
    assert!(notes_of(&record).contains("no random point has a finite energy"), "{}", notes_of(&record));
    assert!((record.summary.parameters[0].mean - 60.0).abs() < 1.0, "{:?}", record.summary.parameters);
}

/// Two subjects in turns, y = 0.9 y[-1] + 0.1 z each, about 3 and about -3. Across subjects the slope would be near -1; within them it
/// is 0.9 or so. A prediction names the line of the file, and a column that is not there the line of the key.
#[test]
fn lags_within_groups() {
    let mut z = vec![0.0; 200];
    steepest_kernels::normals(19, 0, 0, 0, &mut z);
    let (mut y, mut csv) = ([3.0, -3.0], "y,subject\n".to_string());
    for (r, z) in z.iter().enumerate() {
        let s = r % 2;
        y[s] = 0.9 * y[s] + [0.3, -0.3][s] + 0.1 * z;
        csv += &format!("{:?},{}\n", y[s], ["ann", "bob"][s]);
    }
    let folder = tempfile::tempdir().unwrap();
    let [data, new] = ["data.csv", "new.csv"].map(|name| folder.path().join(name));
    std::fs::write(&data, csv).unwrap();
    std::fs::write(&new, "y,subject\n2,ann\n-2,bob\n2,ann\n-2,bob\n").unwrap();
    let text = |within: &str| {
        format!(
            "[functional]\nkind = \"rows\"\ndata = '{}'\nll = \"normal_lpdf(y | a*y[-1], s)\"\nmean = \"a*y[-1]\"\n\
             response = \"y\"\nwithin = \"{within}\"\nparameters = {{ a = \"real\", s = \"positive\" }}\n\
             priors = {{ a = \"normal(0, 1)\", s = \"exponential(1)\" }}\n[run]\ndraws = 500\nseed = 2\n",
            data.display()
        )
    };
    let config = Config::parse(&text("subject"), "flow.toml", &[]).unwrap();
    let record = execute(&config, &*build(&config).unwrap(), &mut Unwatched).unwrap();
    let a = &record.summary.parameters[0];
    assert!(a.name == "a" && a.mean > 0.9 && a.q95 < 1.1, "{a:?}");
    let found = steepest_spec::predict(&record, "flow.toml", &new).unwrap().columns;
    let column = |name: &str| &found.iter().find(|c| c.name == name).unwrap().values;
    assert_eq!(column("row"), &[4.0, 5.0]);
    assert!((column("mean")[0] - 2.0 * a.mean).abs() < 1e-9 && column("elpd").iter().all(|x| x.is_finite()));
    let config = Config::parse(&text("subjects"), "flow.toml", &[]).unwrap();
    let error = build(&config).err().unwrap().to_string();
    assert!(error.contains("flow.toml:7") && error.contains("there is no column 'subjects'"), "{error}");
}
