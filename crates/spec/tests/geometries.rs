//! Geometries by name: a metric as an expression, a current as a matrix, a thermostat; the law they keep, and what is refused.
use steepest_record::{Record, Verdict};
use steepest_spec::{Config, Unwatched, build, execute};

fn run(text: &str) -> Result<Record, String> {
    let config = Config::parse(text, "flow.toml", &[]).map_err(|error| error.to_string())?;
    assert_eq!(Config::parse(&config.resolved(), "flow.toml", &[]).unwrap(), config);
    let model = build(&config).unwrap();
    execute(&config, &*model, &mut Unwatched).map_err(|error| error.to_string())
}
fn flow(energy: &str, geometry: &str, rest: &str) -> String {
    format!("[functional]\nkind = \"expression\"\nenergy = \"{energy}\"\n[geometry]\n{geometry}\n{rest}")
}
const CLOUD: &str = "[state]\nkind = \"particles\"\nn = 20000\n[scheme]\nkind = \"euler-maruyama\"\nstep = 0.1\n\
                     [run]\nsteps = 150\nwarmup = 100\nevery = 10\n";
const CHAINS: &str = "[state]\nkind = \"chains\"\n[scheme]\nkind = \"euler-maruyama\"\nstep = 0.02\n\
                      [run]\ndraws = 1000\nwarmup = 500\nthin = 20\n";

/// Student's t with 30 degrees of freedom: <x^2> = 2 / (2 l - l^2 h - 2 / nu), l = 1 - 1 / nu, for D = 1 + x^2 / nu by its own
/// name and as an expression, which are the same numbers. Four standard errors of a standard deviation are 2 % here.
#[test]
fn a_metric_keeps_the_law_by_both_names() {
    let energy = "15.5*log(1 + x^2/30) + 15.5*log(1 + y^2/30)";
    let named = run(&flow(energy, "kind = \"diagonal\"\ngrowth = 0.03333333333333333", CLOUD)).unwrap();
    let written = "kind = \"riemannian\"\ndiffusivity = [\"1 + x^2/30\", \"1 + y^2/30\"]";
    let written = run(&flow(energy, written, CLOUD)).unwrap();
    let l = 1.0 - 1.0 / 30.0;
    let exact = (2.0 / (2.0 * l - l * l * 0.1 - 2.0 / 30.0_f64)).sqrt();
    for (named, written) in named.summary.parameters.iter().zip(&written.summary.parameters) {
        assert!((named.sd - written.sd).abs() < 1e-9, "{} against {}", named.sd, written.sd);
        assert!((named.sd / exact - 1.0).abs() < 0.02, "{} against {exact}", named.sd);
    }
    let line = named.summary.ledger.iter().find(|line| line.check == "Ito drift").unwrap();
    assert_ne!(line.verdict, Verdict::Violated, "{line:?}");
    assert_eq!(named.summary.row, "riemannian-langevin");
}

/// D_1 depends on both coordinates: dD_1/dx is in the drift, dD_1/dy in none. Standard deviations of 20,000 particles are known to 0.5 % (one error), and
/// strides of 0.01 move them by less. A law ~ exp(-V) / D, as without the drift, has 0.88 for y.
#[test]
fn a_metric_may_depend_on_every_coordinate() {
    let metric = "kind = \"riemannian\"\ndiffusivity = [\"1 + x^2/5 + x^2*y^2/10\", \"1 + y^2/5\"]";
    let cloud = CLOUD.replace("step = 0.1", "step = 0.01").replace("steps = 150", "steps = 800");
    let record = run(&flow("(x^2 + y^2)/2", metric, &cloud)).unwrap();
    for parameter in &record.summary.parameters {
        println!("{}: {}", parameter.name, parameter.sd);
        assert!((parameter.sd - 1.0).abs() < 0.025, "{}: {}", parameter.name, parameter.sd);
    }
    let line = record.summary.ledger.iter().find(|line| line.check == "Ito drift").unwrap();
    assert_eq!(line.verdict, Verdict::Holds, "{line:?}");
}

/// Strides of 0.02 on scales 1 and 1/3: a current of 3 J mixes the slow coordinate at least three times as fast, and both
/// standard deviations stay what they are, to 4 %.
#[test]
fn a_current_mixes_faster_and_keeps_the_law() {
    let text = |strength: &str| flow("(x^2 + 9*y^2)/2", &format!("kind = \"non-reversible\"\n{strength}"), CHAINS);
    let (still, stirred) = (run(&text("strength = 0")).unwrap(), run(&text("strength = 2")).unwrap());
    let ess = |record: &Record| record.summary.parameters[0].ess_bulk;
    assert!(ess(&stirred) > 2.0 * ess(&still), "{} against {}", ess(&stirred), ess(&still));
    let matrix = run(&text("matrix = [2.0]")).unwrap();
    assert_eq!(matrix.summary.parameters, stirred.summary.parameters);
    // The stationary law of x <- x - h (A + Q A) x + sqrt(2 h) z, by iterating its covariance.
    let (h, a, s) = (0.02, [1.0, 9.0], 2.0);
    let m = [[1.0 - h * a[0], -h * s * a[1]], [h * s * a[0], 1.0 - h * a[1]]];
    let mut c = [[1.0, 0.0], [0.0, 1.0]];
    for _ in 0..5000 {
        let mut next = [[2.0 * h, 0.0], [0.0, 2.0 * h]];
        for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            next[i][j] += (0..4).map(|k| m[i][k / 2] * c[k / 2][k % 2] * m[j][k % 2]).sum::<f64>();
        }
        c = next;
    }
    for (j, parameter) in stirred.summary.parameters.iter().enumerate() {
        let exact = f64::sqrt(c[j][j]);
        assert!((parameter.sd / exact - 1.0).abs() < 0.06, "{}: {} against {exact}", parameter.name, parameter.sd);
    }
    let line = stirred.summary.ledger.iter().find(|line| line.check == "probability current").unwrap();
    assert_eq!(line.verdict, Verdict::Holds, "{line:?}");
}

#[test]
fn what_cannot_be_is_refused_with_a_reason() {
    let cases = [
        ("kind = \"diagonal\"\ngrowth = 1.0", "[scheme]\nkind = \"nuts\"\n", "does not go with geometry `diagonal`"),
        ("kind = \"diagonal\"", "", "needs `growth` or `diffusivity`"),
        ("kind = \"diagonal\"\ngrowth = 1.0\ndiffusivity = [\"2\"]", "", "states D twice"),
        ("kind = \"diagonal\"\ndiffusivity = [\"1\", \"1\", \"1\"]", "", "3 expressions for 2 coordinates"),
        ("kind = \"diagonal\"\ndiffusivity = [\"1 + w^2\"]", "", "in the diffusivity 1 + w^2"),
        ("kind = \"diagonal\"\ndiffusivity = [\"x - 1e9\"]", "", "where replica 1 starts"),
        ("kind = \"non-reversible\"\nmatrix = [1.0, 2.0]", "", "above the diagonal of a Q of 2 coordinates are 1"),
        ("kind = \"non-reversible\"\nstrenght = 1.0", "", "strength"),
    ];
    for (geometry, rest, says) in cases {
        let error = run(&flow("x^2 + y^2", geometry, rest)).unwrap_err();
        assert!(error.contains(says), "{geometry}: {error}");
    }
    let error = run(&flow("x^2", "kind = \"non-reversible\"", "")).unwrap_err();
    assert!(error.contains("two coordinates"), "{error}");
}

/// A cloud whose gradients have noise of 4: <x^2> = 1 and friction gamma + h s^2 / 2 = 1.4 with a thermostat, and with one that is too
/// heavy to move a temperature that the ledger refuses. Four standard errors of a standard deviation are 2 %.
#[test]
fn a_thermostat_takes_up_gradient_noise() {
    let text = |inertia: &str| {
        "[functional]\nkind = \"expression\"\nenergy = \"(x^2 + y^2)/2\"\n[state]\nkind = \"particles\"\nn = 20000\n\
         [scheme]\nkind = \"sgnht\"\nstep = 0.05\ngradient_noise = 4.0\n"
            .to_owned()
            + inertia
            + "[run]\nsteps = 300\nwarmup = 300\nevery = 30\n"
    };
    let (learns, heavy) = (run(&text("")).unwrap(), run(&text("inertia = 1e12\n")).unwrap());
    assert!(learns.summary.parameters.iter().all(|parameter| (parameter.sd - 1.0).abs() < 0.025));
    let friction = learns.summary.extra["friction_found"].as_f64().unwrap();
    assert!((friction - 1.4).abs() < 0.03, "{friction}");
    assert!(learns.summary.ledger.iter().all(|line| line.verdict != Verdict::Violated), "{:?}", learns.summary.ledger);
    let hot = heavy.summary.parameters[0].sd;
    assert!((hot - 1.4f64.sqrt()).abs() < 0.03, "{hot}");
    let line = heavy.summary.ledger.iter().find(|line| line.check == "configurational temperature").unwrap();
    assert_eq!(line.verdict, Verdict::Violated, "{line:?}");
}
