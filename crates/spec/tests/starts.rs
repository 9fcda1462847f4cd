//! Starts by values of parameters: chains that hardly move begin where they were told to.
use steepest_record::Record;
use steepest_spec::{Config, SpecError, Unwatched, build, execute};

const TABLE: &str =
    "y,x,g,n\n1.0,0.5,a,0\n2.5,1.0,b,2\n2.0,1.5,a,1\n3.5,2.0,b,3\n3.0,2.5,c,2\n4.8,3.0,c,5\n4.1,3.5,a,3\n";
const ROWS: &str = "kind = \"rows\"\ndata = \"data.csv\"\nll = \"normal_lpdf(y | a + b[1]*x + b[2]*x^2 + c[1] + q[2], s)\"\n\
    parameters = { a = \"real\", b = \"real(2)\", c = \"ordered(3)\", q = \"simplex(3)\", s = \"positive\" }\n\
    priors = { a = \"normal(0, 5)\", b = \"normal(0, 5)\", c = \"normal(0, 5)\" }\n";
/// One draw, an instant after the start.
const STILL: &str = "[noise]\nbeta = 1.0\n[scheme]\nkind = \"mala\"\nstep = 1e-9\n[run]\ndraws = 4\nwarmup = 0\n";

fn run(functional: &str, rest: &str) -> Result<Record, SpecError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data.csv"), TABLE).unwrap();
    let text = format!("[functional]\n{functional}{rest}");
    let file = folder.path().join("flow.toml").display().to_string();
    let config = Config::parse(&text, &file, &[])?;
    // What is written down reads the same.
    let again = Config::parse(&config.resolved(), &file, &[])?;
    assert_eq!(again, config);
    execute(&config, &*build(&config)?, &mut Unwatched)
}
fn begun(functional: &str, chains: usize, start: &str) -> Record {
    let state = format!("[state]\nkind = \"chains\"\nchains = {chains}\nstart = {start}\n{STILL}");
    run(functional, &state).unwrap_or_else(|error| panic!("{start}: {error}"))
}
fn refused(functional: &str, start: &str) -> String {
    let state = format!("[state]\nkind = \"chains\"\nchains = 2\nstart = {start}\n{STILL}");
    run(functional, &state).map(|_| ()).expect_err(start).to_string()
}
fn close(record: &Record, c: usize, wanted: &[(&str, f64)]) {
    for (name, value) in wanted {
        let got = first(record, c, name);
        assert!((got - value).abs() < 1e-3, "{name}: {got} and not {value}");
    }
}
/// The first draw of a parameter in chain c.
fn first(record: &Record, c: usize, name: &str) -> f64 {
    let draws = record.draws.as_ref().unwrap();
    let k = draws.names.iter().position(|known| known == name);
    draws.chain(k.unwrap_or_else(|| panic!("{name} of {:?}", draws.names)), c)[0]
}

/// Regressions, models with groups and rows of every domain.
#[test]
fn chains_begin_at_values() {
    let plain = "kind = \"regression\"\ndata = \"data.csv\"\nformula = \"y ~ x\"\n";
    let all = [("intercept", -3.0), ("x", 2.0), ("sigma", 0.25)];
    close(&begun(plain, 2, "{ intercept = -3, x = 2, sigma = 0.25 }"), 1, &all);
    let mixed = "kind = \"regression\"\ndata = \"data.csv\"\nformula = \"y ~ x + (1 | g)\"\n";
    let record = begun(mixed, 2, "[{ \"sd(1|g)\" = 2.0, \"1|g\" = [0.5, -0.5, 1.5] }, { x = 7.0, \"1|g[b]\" = 4 }]");
    close(&record, 0, &[("sd(1|g)", 2.0), ("1|g[a]", 0.5), ("1|g[b]", -0.5), ("1|g[c]", 1.5)]);
    close(&record, 1, &[("x", 7.0), ("1|g[b]", 4.0)]);
    let start = "{ a = 3.0, b = [0.5, -0.25], c = [-1.0, 0.0, 2.0], q = [0.2, 0.3, 0.5], s = 0.125 }";
    let wanted = [
        [("a", 3.0), ("b[1]", 0.5), ("b[2]", -0.25), ("c[1]", -1.0), ("c[3]", 2.0)],
        [("q[1]", 0.2), ("q[3]", 0.5), ("s", 0.125), ("c[2]", 0.0), ("q[2]", 0.3)],
    ];
    close(&begun(ROWS, 1, start), 0, &wanted.concat());
}
/// Each chain has an own random value of what is left open.
#[test]
fn what_has_no_value_is_random() {
    let record = begun(ROWS, 2, "{ s = 3.0, b = 1.0 }");
    for c in 0..2 {
        close(&record, c, &[("s", 3.0), ("b[1]", 1.0), ("b[2]", 1.0)]);
    }
    assert!((first(&record, 0, "a") - first(&record, 1, "a")).abs() > 1e-3);
}
/// Also where random starts alone have no finite energy, and where one that is drawn first does not go with the value.
#[test]
fn values_come_before_the_look_at_the_energy() {
    let far = "kind = \"expression\"\nenergy = \"-log(a - 100) + a - 100 + b^2\"\n";
    close(&begun(far, 2, "{ a = 101.0 }"), 1, &[("a", 101.0)]);
    let both = "kind = \"expression\"\nenergy = \"-log(a + b) + a^2 + b^2\"\n";
    let record = begun(both, 8, "{ a = 0.0 }");
    assert!((0..8).all(|c| first(&record, c, "a").abs() < 1e-3 && first(&record, c, "b") > 0.0));
}
/// Points and clouds too: of an expression, of a regression whose descent is in its own coordinates, in a box.
#[test]
fn points_and_clouds_begin_at_values() {
    let still = "[noise]\nkind = \"still\"\n[scheme]\nkind = \"gradient-descent\"\nstep = 1e-9\n[run]\nsteps = 1\n";
    let of = |functional: &str, rest: &str| run(functional, rest).unwrap_or_else(|error| panic!("{rest}: {error}"));
    let at = |record: &Record, k: usize| record.arrays.iter().find(|array| array.name == "state").unwrap().values[k];
    let record = of(
        "kind = \"expression\"\nenergy = \"(u - 1)^2 + v^2\"\n",
        &format!("[state]\nkind = \"point\"\nstart = {{ v = 5.0, u = 2.0 }}\n{still}"),
    );
    assert!((at(&record, 0) - 2.0).abs() < 1e-6 && (at(&record, 1) - 5.0).abs() < 1e-6);
    let boxed = "kind = \"regression\"\ndata = \"data.csv\"\nformula = \"n ~ x\"\nfamily = \"poisson\"\nbounds = { x = [0.0, 1.0] }\n";
    let outside =
        "[state]\nkind = \"point\"\nstart = { x = 5.0 }\n[noise]\nkind = \"still\"\n[scheme]\nkind = \"lbfgs\"\n";
    let message = run(boxed, outside).map(|_| ()).expect_err("outside").to_string();
    assert!(message.starts_with("the start has x = 5, which is outside its bounds [0, 1]"), "{message}");
    // A penalised regression is in standardised coordinates, and its values are not.
    let lasso = "kind = \"regression\"\ndata = \"data.csv\"\nformula = \"n ~ x\"\nfamily = \"poisson\"\n\
        regulariser = { kind = \"l1\", weight = 0.1 }\npriors = { x = \"flat\", intercept = \"flat\" }\n";
    of(
        lasso,
        "[state]\nkind = \"point\"\nstart = { x = 5.0, intercept = 1.0 }\n[noise]\nkind = \"still\"\n[scheme]\nkind = \"fista\"\n",
    );
    // What is left out is as near to a random start as the box allows.
    let far = "kind = \"expression\"\nenergy = \"(x - 1)^2 + (y - 8)^2\"\nbounds = { y = [7.0, 9.0] }\n";
    of(far, &outside.replace("5.0", "0.5"));
    let cloud = "[state]\nkind = \"particles\"\nn = 50\nstart = { v = 3.0, u = 1.0 }\n[noise]\nbeta = 1.0\n[scheme]\nkind = \"em\"\n\
        step = 1e-12\n[run]\nsteps = 1\nevery = 1\n";
    let record = of("kind = \"expression\"\nenergy = \"(u - 1)^2 + v^2\"\n", cloud);
    assert!((at(&record, 0) - 1.0).abs() < 1e-4 && (at(&record, 50) - 3.0).abs() < 1e-4);
}
#[test]
fn values_that_cannot_be_are_refused() {
    for (start, said) in [
        ("{ a = 1.0, s = -1.0, b = 0.1 }", "`start` in [state] puts s at -1, and no point of the model has it there"),
        ("{ s = -1.0 }", "`start` in [state] puts s at -1, and no point of the model has it there"),
        ("{ q = [0.5, 0.5, 0.5] }", "`start` in [state] puts q[1] at 0.5, and no point"),
        ("{ c = [2.0, 1.0, 3.0] }", "`start` in [state] puts c["),
        ("{ sgima = 1.0 }", "`start` in [state] has a value for `sgima`, which is no parameter"),
        ("{ b = [1.0] }", "`start` in [state] has 1 values for `b`, which is 2 numbers"),
        ("{ s = \"big\" }", "`start.s` in [state] must be a number or a list of numbers, got the text \"big\""),
        ("{}", "`start` in [state] must be"),
        ("[{ s = 1.0 }, 3.0]", "`start` in [state] must be"),
        ("[{ s = 1.0 }]", "`start` in [state] has points for 1 chains, and there are 2"),
    ] {
        let message = refused(ROWS, start);
        assert!(message.starts_with(said), "{start}: {message}");
        assert!(message.contains("flow.toml:"), "{message}");
    }
    let message = refused(ROWS, "{ \"q[1]\" = 0.9 }");
    assert!(message.contains("puts q[1] at 0.9") && message.contains("are left out, and random then"), "{message}");
    let message = refused("kind = \"target\"\nname = \"eight-schools\"\n", "{ mu = 4.0, tau = -1.0 }");
    assert!(message.contains("puts tau at -1"), "{message}");
    let message = refused("kind = \"expression\"\nenergy = \"x - log(x)\"\n", "{ x = 0.0 }");
    assert!(message.contains("at the start x = 0.0"), "{message}");
    let message = refused(ROWS, "[{ s = 1.0 }, { s = 0.0 }]");
    assert!(
        message.contains("puts s at 0") && message.contains("--> ") && message.contains("{ s = 0.0 }"),
        "{message}"
    );
}
