//! Simulation-based calibration: what is right holds, and what is wrong by a stated amount is caught.
use steepest_models::Model;
use steepest_record::{Record, Verdict};
use steepest_spec::{Config, Experiment, SpecError, Unwatched, build, calibrate};

const LINE: &str = "x,g,h,y\n-1.2,a,u,0.1\n-0.8,b,v,0.9\n-0.5,c,w,0.2\n-0.1,d,w,1.4\n0.2,a,u,1.0\n0.4,b,v,1.9\n\
                    0.7,c,u,1.1\n1.1,d,v,2.6\n1.3,a,w,2.0\n1.6,b,u,3.1\n-1.5,c,w,-0.9\n0.9,d,v,2.2\n";

fn config(name: &str, functional: &str, more: &str) -> Config {
    let dir = std::env::temp_dir().join(format!("steepest-calibrate-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a folder");
    let data = dir.join("line.csv");
    std::fs::write(&data, LINE).expect("a table");
    let text =
        format!("[functional]\ndata = {:?}\n{functional}\n[run]\nseed = 5\n{more}\n", data.display().to_string());
    Config::parse(&text, "flow.toml", &[]).unwrap_or_else(|error| panic!("{error}"))
}
const GAUSSIAN: &str = "kind = \"regression\"\nformula = \"y ~ x\"\n[functional.priors]\nintercept = \"normal(0, 1)\"\n\
                        x = \"normal(0, 1)\"\nsigma = \"gamma(4, 4)\"";
const WARMUP: &str = "warmup = 200";

fn verdicts(record: &Record) -> Vec<(&str, Verdict)> {
    record.summary.ledger.iter().map(|check| (check.check.as_str(), check.verdict)).collect()
}
/// Whether nothing is violated, and the books are in order: no line is open beside the ranks.
fn holds(record: &Record) -> bool {
    let ranks = |name: &str| name.starts_with("ranks");
    verdicts(record).iter().all(|(name, v)| *v == Verdict::Holds || (ranks(name) && *v == Verdict::Inconclusive))
}
fn violated<'a>(record: &'a Record, name: &str) -> Option<&'a str> {
    let found = record.summary.ledger.iter().find(|check| check.check == format!("ranks of {name}"));
    found.filter(|check| check.verdict == Verdict::Violated).map(|check| check.advice.as_str())
}
/// Data of `config`, the response changed, fitted by `fitted`.
fn experiment(config: &Config, fitted: &Config, change: impl Fn(&[f64]) -> Vec<f64> + Sync, n: usize) -> Record {
    let model = build(config).expect("a model");
    let fit = |y: &[f64]| -> Result<Box<dyn Model>, SpecError> {
        let table: String = LINE
            .lines()
            .skip(1)
            .zip(change(y))
            .map(|(line, y)| format!("{},{y:?}\n", line.rsplit_once(',').map_or("", |cells| cells.0)))
            .collect();
        let table =
            steepest_models::Table::parse("line.csv", format!("x,g,h,y\n{table}").as_bytes(), Default::default());
        let steepest_spec::Functional::Regression { formula, priors, .. } = &fitted.functional else {
            return Err(SpecError::input("no regression"));
        };
        let priors = priors.iter().map(|(name, prior)| (name.clone(), prior.parse().expect("a prior"))).collect();
        let options = steepest_models::RegressionOptions { formula: formula.clone(), priors, ..Default::default() };
        steepest_models::regress(&table.expect("a table"), &options).map_err(|e| SpecError::input(e.to_string()))
    };
    Experiment { config: fitted, model: &*model, fit: &fit, replications: n }
        .run(&mut Unwatched)
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Data of a regression, fitted by chains on its energy at an inverse temperature of 1.5.
fn chilled(name: &str, functional: &str, n: usize) -> Record {
    let (right, cold) = (config(name, functional, WARMUP), config(name, functional, &format!("{WARMUP}\n{COLD}")));
    let model = build(&right).expect("a model");
    let table = steepest_models::Table::parse("line.csv", LINE.as_bytes(), Default::default()).expect("a table");
    let steepest_spec::Functional::Regression { formula, family, priors, .. } = &right.functional else {
        panic!("a regression");
    };
    let priors = priors.iter().map(|(name, prior)| (name.clone(), prior.parse().expect("a prior"))).collect();
    let family = family.as_ref().map(|family| family.parse().expect("a family"));
    let options = steepest_models::RegressionOptions { formula: formula.clone(), family, priors, ..Default::default() };
    let fit = |y: &[f64]| -> Result<Box<dyn Model>, SpecError> {
        steepest_models::regress_on(&table, &options, Some(y)).map_err(|error| SpecError::input(error.to_string()))
    };
    Experiment { config: &cold, model: &*model, fit: &fit, replications: n }
        .run(&mut Unwatched)
        .unwrap_or_else(|error| panic!("{error}"))
}
const COLD: &str = "[noise]\nbeta = 1.5";

#[test]
fn another_temperature_is_refused() {
    let cold = config("cold", GAUSSIAN, &format!("{WARMUP}\n{COLD}"));
    let error = calibrate(&cold, 10, &mut Unwatched).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().contains("beta = 1.5 samples its density to that power"), "{error}");
}

#[test]
fn a_linear_model_is_calibrated_on_any_number_of_threads() {
    let one = config("gaussian", GAUSSIAN, &format!("{WARMUP}\nthreads = 1"));
    let three = config("gaussian", GAUSSIAN, &format!("{WARMUP}\nthreads = 3"));
    let record = calibrate(&one, 100, &mut Unwatched).expect("a calibration");
    assert!(holds(&record), "{:#?}", record.summary.ledger);
    let again = calibrate(&three, 100, &mut Unwatched).expect("a calibration");
    assert_eq!(record.arrays, again.arrays);
    assert_eq!(record.arrays[0].shape, [100, 4]);
}

#[test]
fn default_priors_stay_where_the_table_put_them() {
    let plain = "kind = \"regression\"\nformula = \"y ~ x\"";
    let record = calibrate(&config("default", plain, WARMUP), 100, &mut Unwatched).expect("a calibration");
    assert!(holds(&record), "{:#?}", record.summary.ledger);
}

#[test]
fn a_generalised_linear_model_is_calibrated() {
    let counts = "kind = \"regression\"\nformula = \"C(g) ~ x\"\nfamily = \"ordinal\"\nlevels = [\"a\", \"b\", \"c\", \"d\"]\n[functional.priors]\nx = \"normal(0, 1)\"\n\
                  cut = \"normal(0, 1.5)\"";
    let record = calibrate(&config("ordinal", counts, WARMUP), 100, &mut Unwatched).expect("a calibration");
    assert!(holds(&record), "{:#?}", record.summary.ledger);
}

const KINDS: &str = "kind = \"regression\"\nformula = \"h ~ x + (1 | g)\"\nfamily = \"categorical\"\n[functional.priors]\n\
                     coefficients = \"normal(0, 1)\"\nsd = \"gamma(3, 4)\"";

/// Three levels, so two predictors, each of two coefficients, a standard deviation and four effects. Of 400 replications, an inverse
/// temperature of 1.5 (posteriors narrower by 0.82) is caught in the log likelihood.
#[test]
fn a_categorical_response_is_calibrated() {
    let record = calibrate(&config("categorical", KINDS, WARMUP), 100, &mut Unwatched).expect("a calibration");
    assert!(holds(&record), "{:#?}", record.summary.ledger);
    assert_eq!(record.arrays[0].shape, [100, 2 * (2 + 1 + 4) + 1]);
    let record = chilled("cold_kinds", KINDS, 400);
    assert!(violated(&record, "log likelihood").is_some(), "{:#?}", record.summary.ledger);
}

const KNOWN: &str = "kind = \"regression\"\nformula = \"y | se(0.5 + abs(x) / 2) ~ x + (1 | g)\"\n[functional.priors]\n\
                     coefficients = \"normal(0, 1)\"\nsd = \"gamma(3, 4)\"";

/// Of 400 replications, standard errors that are stated three quarters as large as they are are caught.
#[test]
fn known_standard_errors_are_calibrated() {
    let right = config("known", KNOWN, WARMUP);
    let record = calibrate(&right, 100, &mut Unwatched).expect("a calibration");
    assert!(holds(&record), "{:#?}", record.summary.ledger);
    assert_eq!(record.arrays[0].shape, [100, 2 + 1 + 4 + 1]);
    let small = KNOWN.replace("se(0.5 + abs(x) / 2)", "se(0.375 + abs(x) * 0.375)");
    let record = experiment(&right, &config("known", &small, WARMUP), <[f64]>::to_vec, 400);
    assert!(violated(&record, "log likelihood").is_some(), "{:#?}", record.summary.ledger);
}

#[test]
fn a_multilevel_model_is_calibrated() {
    let levels = "kind = \"regression\"\nformula = \"y ~ x + (1 + x | g)\"\n[functional.priors]\nintercept = \"normal(0, 1)\"\n\
                  x = \"normal(0, 1)\"\nsigma = \"gamma(4, 4)\"\nsd = \"gamma(3, 4)\"\ncor = \"lkj(2)\"";
    let record = calibrate(&config("levels", levels, WARMUP), 100, &mut Unwatched).expect("a calibration");
    assert!(holds(&record), "{:#?}", record.summary.ledger);
    assert_eq!(record.arrays[0].shape, [100, 3 + 3 + 8 + 1]);
}

/// Smallest errors caught with 400 replications at 1 % false alarms: a prior of half the width in the fit, and
/// posteriors narrower by a factor of 0.82 (an inverse temperature of 1.5).
#[test]
fn what_is_wrong_is_caught() {
    let right = config("wrong", GAUSSIAN, WARMUP);
    let narrow = GAUSSIAN.replace("x = \"normal(0, 1)\"", "x = \"normal(0, 0.5)\"");
    let record = experiment(&right, &config("wrong", &narrow, WARMUP), <[f64]>::to_vec, 400);
    assert!(violated(&record, "x").is_some_and(|why| why.contains("too narrow")), "{:#?}", record.summary.ledger);

    let record = chilled("wrong", GAUSSIAN, 400);
    assert!(violated(&record, "x").is_some_and(|why| why.contains("too narrow")), "{:#?}", record.summary.ledger);
}

#[test]
fn a_flat_prior_is_named() {
    let flat = GAUSSIAN.replace("x = \"normal(0, 1)\"", "x = \"flat\"");
    let error = calibrate(&config("flat", &flat, WARMUP), 10, &mut Unwatched).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("the prior of `x` is flat") && text.contains("flow.toml:"), "{text}");
}

/// Chains that never move have no draws to be ranked among, however alike these are; on a line `mclmc` cannot move, and says so.
#[test]
fn chains_that_do_not_move_are_no_sample() {
    let far = config("stuck", GAUSSIAN, "warmup = 10\n[scheme]\nkind = \"mala\"\nstep = 1e9");
    let record = calibrate(&far, 20, &mut Unwatched).expect("a calibration");
    let short = record.summary.ledger.iter().find(|check| check.check == "chains too short").expect("a line");
    assert_eq!((short.verdict, short.value), (Verdict::Inconclusive, 1.0), "{short:?}");
    let line = "kind = \"rows\"\nresponse = \"y\"\nll = \"normal_lpdf(y | a*x, 1)\"\n[functional.parameters]\na = \"real\"\n\
                [functional.priors]\na = \"normal(0, 1)\"";
    let mclmc = config("line", line, "warmup = 10\n[scheme]\nkind = \"mclmc\"");
    let error = calibrate(&mclmc, 5, &mut Unwatched).unwrap_err().to_string();
    assert!(error.contains("`mclmc` needs two coordinates or more") && error.contains("flow.toml:"), "{error}");
}

/// Strides of Langevin dynamics are calibrated as transitions are, as many of them between draws as the flow says. What moves no
/// chains is refused before anything runs, with the reason.
#[test]
fn langevin_schemes_are_calibrated() {
    for scheme in ["kind = \"euler-maruyama\"\nstep = 0.05", "kind = \"baoab\"\nstep = 0.3"] {
        let chains = format!("warmup = 50\nthin = 20\n[state]\nkind = \"chains\"\n[scheme]\n{scheme}");
        let record = calibrate(&config("langevin", GAUSSIAN, &chains), 60, &mut Unwatched).expect("a calibration");
        assert!(holds(&record), "{scheme}: {:#?}", record.summary.ledger);
    }
    for (more, why) in [
        ("steps = 10\n[scheme]\nkind = \"euler-maruyama\"\nstep = 0.05", "here moves a cloud of particles"),
        ("[scheme]\nkind = \"gradient-descent\"", "scheme `gradient-descent` moves none"),
    ] {
        let error = calibrate(&config("refused", GAUSSIAN, more), 20, &mut Unwatched).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains(why), "{error}");
    }
}

const DECAY: &str = "kind = \"rows\"\nresponse = \"y\"\nll = \"normal_lpdf(y | a*exp(-b*(x + 2)), s)\"\n\
    [functional.parameters]\na = \"real\"\nb = \"positive\"\ns = \"positive\"\n\
    [functional.priors]\na = \"normal(3, 1)\"\nb = \"lognormal(-1, 0.5)\"\ns = \"gamma(6, 10)\"";
const AUTOREGRESSION: &str = "kind = \"rows\"\nresponse = \"y\"\nnll = \"0.5*((y - c - b*y[-1])/s)^2 + log(s)\"\n\
    simulate = \"normal(c + b*y[-1], s)\"\n\
    [functional.parameters]\nc = \"real\"\nb = \"bounded(-1, 1)\"\ns = \"positive\"\n\
    [functional.priors]\nc = \"normal(0, 1)\"\ns = \"gamma(6, 6)\"";

/// The response of `config`, fitted by the row model of `fitted` on the same table.
fn rows(config: &Config, fitted: &Config, n: usize) -> Record {
    let model = build(config).expect("a model");
    let table = steepest_models::Table::parse("line.csv", LINE.as_bytes(), Default::default()).expect("a table");
    let fit = |y: &[f64]| -> Result<Box<dyn Model>, SpecError> {
        let steepest_spec::Functional::Rows { ll, nll, parameters, priors, response, .. } = &fitted.functional else {
            return Err(SpecError::input("no rows"));
        };
        let pairs = |map: &std::collections::BTreeMap<String, String>| map.clone().into_iter().collect();
        let likelihood = match (ll, nll) {
            (Some(ll), _) => steepest_models::Likelihood::Ll(ll.clone()),
            (_, nll) => steepest_models::Likelihood::Nll(nll.clone().unwrap_or_default()),
        };
        let (parameters, priors, response) = (pairs(parameters), pairs(priors), response.clone());
        let options = steepest_models::RowsOptions { likelihood, parameters, priors, response, ..Default::default() };
        match steepest_models::Rows::on(&table, &options, Some(y)) {
            Ok(model) => Ok(Box::new(model)),
            Err(error) => Err(SpecError::input(error.to_string())),
        }
    };
    Experiment { config: fitted, model: &*model, fit: &fit, replications: n }
        .run(&mut Unwatched)
        .unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn row_models_are_calibrated() {
    for (name, functional) in [("decay", DECAY), ("autoregression", AUTOREGRESSION)] {
        let record = calibrate(&config(name, functional, WARMUP), 150, &mut Unwatched).expect("a calibration");
        assert!(holds(&record), "{name}: {:#?}", record.summary.ledger);
        assert_eq!(record.arrays[0].shape, [150, 4]);
    }
}

/// With 300 replications of 12 rows: fits that hold the noise to be 0.85 of what it is. With 600: fits of an autoregression that
/// believe the row above to count for 0.8 of what it does, which 300 see at p = 0.008 or so, beside a bound of 0.0025.
#[test]
fn a_row_model_that_is_wrong_is_caught() {
    let right = config("decay-wrong", DECAY, WARMUP);
    let wrong = config("decay-wrong", &DECAY.replace("(x + 2)), s)", "(x + 2)), 0.85*s)"), WARMUP);
    let record = rows(&right, &wrong, 300);
    assert!(violated(&record, "s").is_some(), "{:#?}", record.summary.ledger);
    let right = config("autoregression-wrong", AUTOREGRESSION, WARMUP);
    let text = AUTOREGRESSION.replace("simulate = \"normal(c + b*y[-1], s)\"\n", "").replace("b*y[-1]", "0.8*b*y[-1]");
    let record = rows(&right, &config("autoregression-wrong", &text, WARMUP), 600);
    let caught = ["b", "log likelihood"].map(|name| violated(&record, name).is_some());
    assert!(caught.contains(&true), "{:#?}", record.summary.ledger);
}

#[test]
fn a_row_model_that_cannot_be_drawn_is_named() {
    let refused = |functional: &str| {
        let config = config("refused", functional, WARMUP);
        calibrate(&config, 10, &mut Unwatched).unwrap_err().to_string()
    };
    let unnamed = refused(&AUTOREGRESSION.replace("simulate = \"normal(c + b*y[-1], s)\"\n", ""));
    assert!(unnamed.contains("`nll` is not one named density") && unnamed.contains("simulate = "), "{unnamed}");
    let nothing = refused(&DECAY.replace("response = \"y\"\n", ""));
    assert!(nothing.contains("which column is the response"), "{nothing}");
    let joint = refused(&DECAY.replace("[functional.parameters]", "prior = \"0.5*a^2\"\n[functional.parameters]"));
    assert!(joint.contains("does not say how to draw from it"), "{joint}");
    let flat = refused(&DECAY.replace("a = \"normal(3, 1)\"\n", ""));
    assert!(flat.contains("the prior of `a` is flat"), "{flat}");
}

/// Whether a time was seen to its end is decided by the time, so a column that says it does not go with times that are drawn.
#[test]
fn a_column_that_does_not_follow_the_response_is_named() {
    let config = |name: &str, seen: &str| {
        let dir = std::env::temp_dir().join(format!("steepest-calibrate-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a folder");
        let row =
            |r: usize| if r.is_multiple_of(3) { "2,0\n".to_string() } else { format!("{},1\n", 0.2 + r as f64 / 10.0) };
        let table = format!("t,d\n{}", (0..12).map(row).collect::<String>());
        std::fs::write(dir.join("times.csv"), table).expect("a table");
        let text = format!(
            "[functional]\nkind = \"rows\"\ndata = {:?}\nresponse = \"t\"\n\
             ll = \"where({seen}, weibull_lpdf(t | k, s), weibull_lccdf(t | k, s))\"\nsimulate = \"min(weibull(k, s), 2)\"\n\
             parameters = {{ k = \"positive\", s = \"positive\" }}\n\
             priors = {{ k = \"lognormal(0, 0.3)\", s = \"lognormal(0.5, 0.3)\" }}\n[run]\nseed = 5\n{WARMUP}\n",
            dir.join("times.csv").display().to_string()
        );
        Config::parse(&text, "flow.toml", &[]).unwrap_or_else(|error| panic!("{error}"))
    };
    let said = calibrate(&config("event", "d == 1"), 4, &mut Unwatched).unwrap_err().to_string();
    let why = "nothing against it was found in the table, so `d` may depend on the response and does not follow one that is drawn";
    assert!(said.contains(why) && said.contains("where(t < limit") && !said.contains("priors"), "{said}");
    assert!(calibrate(&config("time", "t < 2"), 4, &mut Unwatched).is_ok());
}
