//! The tables of keys, the types, the resolved file, the schema and the templates agree.
use serde_json::Value;
use steepest_spec::{
    Config, Fallback, Functional, Length, NOUNS, Noise, Precision, Scheme, Setting, State, list, schema, template,
    templates,
};

const EXPRESSION: &str = "[functional]\nkind = \"expression\"\nenergy = \"x^2\"\n";

fn parse(text: &str) -> Config {
    Config::parse(text, "flow.toml", &[]).unwrap_or_else(|error| panic!("{text}\n{error}"))
}
fn set(settings: &[(&str, &str)]) -> Config {
    let settings: Vec<Setting> =
        settings.iter().map(|(key, value)| Setting::parse(&format!("{key}={value}")).expect("a key")).collect();
    Config::parse(EXPRESSION, "flow.toml", &settings).unwrap_or_else(|error| panic!("{error}"))
}

/// Every kind of every noun, as a whole file.
fn every_kind() -> Vec<Config> {
    let mut all = vec![
        parse(
            "[functional]\nkind = \"regression\"\ndata = \"a b.csv\"\nformula = \"y ~ x\"\nheader = false\nfamily = \"ordinal\"\nlevels = [\"a \\\"b\\\"\", \"c\"]\nmissing = \"drop\"\nstandardize = \"none\"\npriors = { \"C(a)[x y]\" = \"normal(0, 1)\", sigma = \"half_normal(1)\" }\n",
        ),
        parse(
            "[functional]\nkind = \"regression\"\ndata = \"/tmp/a.csv\"\nformula = \"y ~ .\"\nfamily = \"auto\"\nheader = \"auto\"\n",
        ),
        parse(
            "[functional]\nkind = \"rows\"\ndata = \"a.csv\"\nnll = \"(y - a)^2\"\nparameters = { a = \"real\" }\npriors = { a = \"normal(0, 1)\" }\nprior = \"a^2\"\nconstants = { k = 1 }\nmissing = \"drop\"\nheader = true\nresponse = \"y\"\nmean = \"a\"\n",
        ),
        parse("[functional]\nkind = \"rows\"\ndata = \"a.csv\"\nll = \"-(y - a)^2\"\nparameters = { a = \"real\" }\n"),
        parse("[functional]\nkind = \"target\"\nname = \"funnel\"\nsettings = { d = 10 }\n"),
        parse(
            "[functional]\nkind = \"expression\"\nenergy = '''\nk * x^2\n + y'''\nconstants = { k = -1.5e-300 }\nparameters = [\"y\", \"x\"]\n[output]\ndir = \"out\"\nreport = false\n",
        ),
    ];
    for state in ["chains", "particles", "point"] {
        for scheme in [
            "nuts",
            "hmc",
            "mala",
            "ghmc",
            "barker",
            "mclmc",
            "tempering",
            "chees",
            "meads",
            "em",
            "lm",
            "baoab",
            "oabao",
            "nose-hoover",
            "verlet",
            "yoshida4",
            "runge-kutta",
            "gradient-descent",
            "steepest-descent",
            "bb",
            "polyak",
            "cg",
            "lbfgs",
            "trust-region",
            "levenberg-marquardt",
            "momentum",
            "adam",
            "adamw",
            "rmsprop",
            "adagrad",
            "lion",
            "muon",
            "soap",
            "gradient-flow",
            "minimizing-movement",
        ] {
            let settings =
                [Setting::flag(&["state", "kind"], "", state), Setting::flag(&["scheme", "kind"], "", scheme)];
            all.extend(Config::parse(EXPRESSION, "flow.toml", &settings));
        }
    }
    all.push(set(&[
        ("scheme.kind", "hmc"),
        ("scheme.step", "0.25"),
        ("state.start", "[0.5]"),
        ("run.seed", "9223372036854775807"),
    ]));
    all.push(set(&[
        ("scheme.kind", "hmc"),
        ("scheme.length", "1.5"),
        ("state.start", "pathfinder"),
        ("state.jitter", "0.1"),
    ]));
    all.push(set(&[("scheme.kind", "mclmc"), ("scheme.length", "2"), ("state.start", "[[1.0], [2], [0.5], [3]]")]));
    all.push(set(&[("scheme.metric", "low-rank"), ("state.start", "descent")]));
    all.push(set(&[("scheme.kind", "verlet"), ("state.momentum", "[0.1]"), ("run.steps", "1e15")]));
    all.push(set(&[("scheme.kind", "em"), ("noise.precision", "single"), ("noise.beta", "0.1")]));
    all.push(set(&[("geometry.kind", "diagonal"), ("geometry.growth", "0.5")]));
    all.push(set(&[("geometry.kind", "riemannian"), ("geometry.diffusivity", "[\"1 + x^2\"]")]));
    all.push(set(&[("geometry.kind", "non-reversible"), ("geometry.matrix", "[1.0]")]));
    let (own, groups) = ("{ kind = \"map\", weight = 1 }", "{ kind = \"group\", weight = 0.5, size = 1 }");
    all.push(set(&[("geometry.kind", "mirror"), ("geometry.map", "burg"), ("functional.regulariser", own)]));
    all.push(set(&[("geometry.kind", "mirror"), ("geometry.map", "fermi-dirac"), ("geometry.lower", "[-1]")]));
    all.push(set(&[("geometry.kind", "weighted"), ("geometry.matrix", "[2.0]"), ("scheme.kind", "gradient-flow")]));
    let implicit = [("scheme.kind", "proximal-point"), ("geometry.kind", "mirror"), ("geometry.map", "burg")];
    all.push(set(&[&implicit[..], &[("scheme.inner", "1e-3"), ("scheme.memory", "7")]].concat()));
    all.push(set(&[("scheme.kind", "fista"), ("functional.regulariser", groups)]));
    all.push(set(&[("geometry.kind", "fisher"), ("geometry.information", "empirical")]));
    all.push(set(&[("geometry.kind", "fisher"), ("scheme.kind", "trust-region")]));
    all.push(set(&[("geometry.kind", "constrained"), ("geometry.constraints", "[\"x^2 - 1\"]")]));
    let pair = [("scheme.kind", "runge-kutta"), ("scheme.method", "dormand-prince"), ("scheme.rtol", "1e-6")];
    all.push(set(
        &[&pair[..], &[("state.mass", "[2.0]"), ("output.section", "x"), ("output.times", "[0.5, 2.25]")]].concat()
    ));
    let oscillator = "[functional]\nkind = \"lagrangian\"\nL = \"0.5*xdot^2 - 0.5*x^2\"\n";
    let between = "[state]\nkind = \"path\"\nfrom = [0.0]\nto = [1.0]\ntime = 2.0\n";
    all.extend([parse(oscillator), parse(&format!("{oscillator}{between}"))]);
    let squares = "[functional]\nkind = \"least-squares\"\nresiduals = [\"10*(y - x^2)\", \"k - x\"]\n";
    let more = "data = \"a.csv\"\nconstants = { k = 1.0 }\nparameters = [\"x\", \"y\"]\nheader = true\n";
    let trusted = "[scheme]\nkind = \"newton-cg\"\ncurvatures = \"gauss-newton\"\nradius = 2.0\n";
    all.extend([parse(squares), parse(&format!("{squares}{more}{trusted}"))]);
    assert_eq!(all[all.len() - 2].scheme.name(), "levenberg-marquardt");
    let manifolds = [
        ("rayleigh", "columns = 3\nwhich = \"smallest\"", "stiefel", "metric = \"canonical\"\ncolumns = 3"),
        ("rayleigh", "", "grassmann", ""),
        ("frechet-mean", "", "spd", "metric = \"bures-wasserstein\""),
        ("procrustes", "", "rotations", ""),
        ("completion", "rank = 2\nrows = 10", "fixed-rank", ""),
    ];
    for (energy, more, geometry, keys) in manifolds {
        all.push(parse(&format!(
            "[functional]\nkind = \"{energy}\"\ndata = \"A.npy\"\n{more}\n[geometry]\nkind = \"{geometry}\"\n{keys}\n"
        )));
    }
    for kind in NOUNS[2].kinds.iter().filter(|kind| kind.states == ["point"] && kind.name != "fixed-rank") {
        let matrix = if kind.name == "weighted" { "matrix = [1.0]" } else { "" };
        let geometry =
            format!("{EXPRESSION}[geometry]\nkind = \"{}\"\n{matrix}\n[state]\nkind = \"point\"\n", kind.name);
        all.push(parse(&format!("{geometry}start_file = \"x.csv\"\n")));
    }
    all
}

#[test]
fn the_resolved_file_is_the_same_config() {
    let all = every_kind();
    assert!(all.len() > 18, "pairs that fit: {}", all.len());
    for config in all {
        let resolved = config.resolved();
        let again =
            Config::parse(&resolved, "elsewhere/flow.toml", &[]).unwrap_or_else(|error| panic!("{resolved}\n{error}"));
        assert_eq!(again, config, "{resolved}");
        assert_eq!(again.resolved(), resolved);
    }
}

#[test]
fn every_key_of_the_tables_is_written_and_documented() {
    let text: String = every_kind().iter().map(Config::resolved).collect();
    for noun in NOUNS {
        assert!(text.contains(&format!("[{}]  # {}", noun.name, noun.doc)));
        for kind in noun.kinds {
            for key in kind.keys {
                let line = text.lines().any(|line| {
                    line.trim_start_matches("# ").starts_with(&format!("{} = ", key.name))
                        && line.ends_with(&format!("# {}", key.doc))
                });
                assert!(line, "[{}] {} {}", noun.name, kind.name, key.name);
            }
        }
    }
}

#[test]
fn a_value_that_is_given_is_the_value() {
    let config =
        set(&[("scheme.max_depth", "7"), ("run.draws", "1e4"), ("noise.beta", "2"), ("scheme.target_accept", "0.9")]);
    assert!(matches!(config.scheme, Scheme::Nuts { step: None, max_depth: 7, target_accept: Some(0.9), .. }));
    assert_eq!(config.run.length, Length::Draws { draws: 10_000, warmup: 1000, thin: 1 });
    assert_eq!(config.noise, Noise::Thermal { beta: 2.0, precision: Precision::Double });
    let config = set(&[("functional.constants.k", "3"), ("functional.energy", "k * x^2")]);
    let Functional::Expression { energy, constants, .. } = config.functional else { panic!("an expression") };
    assert_eq!((energy.as_str(), constants["k"]), ("k * x^2", 3.0));
}

#[test]
fn what_is_left_out_follows_from_what_is_said() {
    let kinds = |config: &Config| {
        let state = match config.state {
            State::Chains { .. } => "chains",
            State::Particles { .. } => "particles",
            State::Point { .. } => "point",
            State::Path { .. } => "path",
        };
        (config.scheme.name().to_owned(), state, config.noise == Noise::Still {})
    };
    assert_eq!(kinds(&set(&[])), ("nuts".into(), "chains", false));
    assert_eq!(kinds(&set(&[("state.kind", "point")])), ("gradient-descent".into(), "point", true));
    assert_eq!(kinds(&set(&[("state.kind", "particles")])), ("BAOAB".into(), "particles", false));
    assert_eq!(kinds(&set(&[("noise.kind", "still")])), ("gradient-descent".into(), "point", true));
    assert_eq!(kinds(&set(&[("scheme.kind", "verlet")])), ("BAB".into(), "point", true));
    assert_eq!(kinds(&set(&[("scheme.kind", "aboba")])), ("ABOBA".into(), "particles", false));
    assert_eq!(kinds(&set(&[("scheme.kind", "em")])), ("euler-maruyama".into(), "particles", false));
    assert_eq!(
        kinds(&set(&[("scheme.kind", "em"), ("state.kind", "chains")])),
        ("euler-maruyama".into(), "chains", false)
    );
    let Scheme::Nuts { metric, .. } = set(&[("scheme.step", "0.1")]).scheme else { panic!("nuts") };
    assert_eq!(metric, Some(steepest_spec::Metric::Unit), "a fixed step adapts nothing");
}

#[test]
fn data_is_found_beside_the_file() {
    let text = "[functional]\nkind = \"regression\"\ndata = \"credit.csv\"\nformula = \"y ~ x\"\n";
    let config = Config::parse(text, "/somewhere/credit/flow.toml", &[]).expect("taken");
    let Functional::Regression { data, .. } = config.functional else { panic!("a regression") };
    assert_eq!(data, std::path::Path::new("/somewhere/credit/credit.csv"));
}

#[test]
fn the_schema_has_every_key_with_its_default() {
    let schema = schema();
    for noun in NOUNS {
        for (i, kind) in noun.kinds.iter().enumerate() {
            let one = &schema["properties"][noun.name]["anyOf"][i];
            assert_eq!(one["additionalProperties"], false);
            for key in kind.keys {
                let property = &one["properties"][key.name];
                assert_eq!(property["description"], key.doc);
                assert_eq!(
                    matches!(key.fallback, Fallback::Is(_)),
                    property.get("default").is_some_and(|x| *x != Value::Null),
                    "{}",
                    key.name
                );
            }
        }
    }
}

#[test]
fn templates_are_taken_as_they_are() {
    for (name, _) in templates() {
        let config = parse(&template(name).expect("a template"));
        assert_eq!(parse(&config.resolved()), config);
    }
    let error = template("regresion").expect_err("no such row").to_string();
    assert_eq!(
        error,
        "there is no template for a row `regresion`: did you mean `regression`?\n = known: regression, expression, rows, target, langevin, lagrangian, action, descent, least-squares, manifold"
    );
}

/// Those that read a file say which, and run beside the one of an example.
#[test]
fn templates_that_read_a_file_run_beside_it() {
    for (name, file) in
        [("regression", "credit/credit.csv"), ("rows", "decay/decay.csv"), ("manifold", "eigenspace/A.csv")]
    {
        let text = template(name).expect("a template");
        assert!(text.lines().nth(1).is_some_and(|line| line.contains(&format!("examples/{file}"))), "{text}");
        let folder = format!("{}/../../examples/{file}", env!("CARGO_MANIFEST_DIR"));
        let place = std::path::Path::new(&folder).with_file_name("flow.toml").display().to_string();
        let config = Config::parse(&text, &place, &[]).unwrap_or_else(|error| panic!("{name}: {error}"));
        let model = steepest_spec::build(&config).unwrap_or_else(|error| panic!("{name}: {error}"));
        config.fits(model.dim(), model.names().len()).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn lists_know_their_members() {
    let names = |what: &str| list(what).expect("a list").into_iter().map(|item| item.name).collect::<Vec<_>>();
    assert_eq!(names("geometries")[..3], ["euclidean", "fisher", "mirror"]);
    // Every manifold of the library has a name here, metrics apart, which are a key.
    for entry in steepest_flows::geometry::CATALOGUE.iter().filter(|entry| entry.surface.is_some()) {
        let key = matches!(entry.name, "stiefel-canonical" | "log-euclidean" | "bures-wasserstein");
        assert!(key || names("geometries").contains(&entry.name.to_owned()), "{}", entry.name);
    }
    assert!(names("schemes").contains(&"nuts".to_owned()));
    // The words that the key takes are the families there are.
    let key = NOUNS[0].kind("regression").and_then(|kind| kind.key("family")).expect("a key");
    let steepest_spec::Type::Choice(words) = key.kind else { panic!("not a choice") };
    assert_eq!(words[1..], names("families"));
    assert!(
        list("shcemes")
            .expect_err("no such list")
            .to_string()
            .starts_with("there is no list `shcemes`: did you mean `schemes`?\n")
    );
}
