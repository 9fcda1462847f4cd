//! What is wrong with the input is said in so many words, with exit code 2 and nothing left behind.
mod workplace;
use workplace::Workplace;

/// What `steepest fit FILE FORMULA ...` says of a file with this text.
fn fit(text: &str, formula: &str, more: &[&str]) -> String {
    let place = Workplace::new();
    place.write("t.csv", text);
    place.refuse(&[&["fit", "t.csv", formula], more].concat())
}
const SMALL: &str = "y,x,z,w\n1,2,5,4\n2,4,5,8\n3,5,5,10\n6,7,5,14\n7,9,5,18\n";

#[test]
fn files() {
    let place = Workplace::new();
    let gone = place.run(&["fit", "pet.csv", "adopted ~ weight"]);
    assert_eq!(
        (gone.code, gone.err.as_str()),
        (4, "error: pet.csv: no such file; did you mean 'pets.csv'?\n--> command line\n |\n | pet.csv\n | ^^^^^^^\n")
    );
    // A folder is no table either, and a file that is there but not what it should be is bad input.
    assert_eq!(place.run(&["fit", ".", "adopted ~ weight"]).code, 4);
    assert_eq!(place.run(&["run", "."]).code, 4);
    std::fs::write(place.at("flow.bin"), [0xff_u8, 0xfe]).expect("a file");
    assert!(place.refuse(&["run", "flow.bin"]).contains("is not a text file"));
    let first = |text: &str| fit(text, "y ~ x", &[]).lines().next().unwrap_or_default().to_owned();
    assert_eq!(first(""), "error: t.csv: the file is empty; expected a header row and rows of data");
    assert_eq!(first("y,x\n"), "error: t.csv: there is a header (2 columns) but no row of data");
    assert_eq!(
        first("y,x\n1,2\n3\n4,5\n"),
        "error: t.csv, row 3: expected 2 cells as in the first row, found 1; a missing or extra delimiter, or a quote that is not closed"
    );
    assert_eq!(
        first("y,x\n1,2\n3,4\n5,abc\n6,7\n7,9\n"),
        "error: t.csv, row 4, column 'x': expected a number, found 'abc'"
    );
    assert_eq!(
        first("y,x\n1,2\n,4\n5,6\n6,7\n"),
        "error: t.csv: missing values in column 'y': 1 (row 3). Fill them in, or set missing = \"drop\" to leave 1 of 4 rows out"
    );
    assert_eq!(
        first("y,x\n1,2\n2,4\n3,inf\n6,7\n"),
        "error: t.csv, row 4, column 'x': expected a finite number, found 'inf'"
    );
}

#[test]
fn formulas() {
    assert_eq!(
        fit(SMALL, "y ~ x + v", &[]),
        "error: t.csv: there is no column 'v'; the columns are y, x, z, w\n--> command line\n |\n | y ~ x + v\n |         ^\n"
    );
    assert_eq!(
        fit(SMALL, "y ~ x +", &[]),
        "error: expected a column or a function of columns; the formula ends here\n--> command line\n |\n | y ~ x +\n |        ^\n"
    );
    let first = |formula: &str, more: &[&str]| fit(SMALL, formula, more).lines().next().unwrap_or_default().to_owned();
    assert_eq!(
        first("y ~ z", &[]),
        "error: 'z' is 5 in every row, so its coefficient cannot be found; leave it out with - z"
    );
    assert_eq!(
        first("y ~ x + w", &[]),
        "error: 'w' is a combination of 'x', so their coefficients cannot be told apart; leave one of them out"
    );
    assert!(
        first("y ~ x", &["--family", "bernoulli"])
            .starts_with("error: t.csv, row 3: the response 'y' is 2; the bernoulli family expects 0 or 1")
    );
    assert!(
        fit("y,x\n1,2\n-2,4\n3,5\n6,7\n", "y ~ x", &["--family", "poisson"])
            .starts_with("error: t.csv, row 3: the response 'y' is -2; the poisson family expects")
    );
    assert_eq!(
        fit(SMALL, "y ~ x", &["--prior", "x = norml(0, 1)"]),
        "error: there is no prior 'norml'; did you mean 'normal'?\n--> command line\n |\n | --prior x = norml(0, 1)\n |             ^^^^^^^^^^^\n"
    );
    assert!(
        fit(SMALL, "y ~ x", &["--prior", "xx = flat"])
            .starts_with("error: a prior is set on 'xx', which the model does not have; did you mean 'x'?\n")
    );
    assert_eq!(
        fit(SMALL, "y ~ x", &["--prior", "flat"]),
        "error: `--prior 'flat'` has no `=`\n = for example --prior 'age = normal(0, 1)'\n"
    );
}

#[test]
fn fewer_rows_than_columns_needs_a_proper_prior() {
    let wide = "y,a,b,c,d\n1,2,5,1,9\n2,4,3,4,1\n3,1,7,2,5\n";
    let text = fit(wide, "y ~ .", &["--prior", "coefficients = flat"]);
    assert!(text.contains("3 rows"), "{text}");
}

#[test]
fn expressions_and_targets() {
    let place = Workplace::new();
    assert_eq!(
        place.refuse(&["sample", "x^2 + sinn(y)"]),
        "error: unknown function `sinn`; did you mean `sin`?\n--> command line\n |\n | x^2 + sinn(y)\n |       ^^^^ the name of a function\n"
    );
    assert_eq!(
        place.refuse(&["sample", "x^2 +"]),
        "error: the expression ends too early\n--> command line\n |\n | x^2 +\n |      ^ a number, a name or `(`\n"
    );
    assert_eq!(
        place.refuse(&["sample", "funel"]),
        "error: there is no target `funel`; did you mean `funnel`?\n = `steepest list targets` shows them; an expression has a sign in it, as x^2 has\n"
    );
    assert!(place.refuse(&["sample", "funnel", "--set", "dd=3"]).contains("\n | --set dd=3\n |          ^\n"));
    assert_eq!(
        place.refuse(&["sample", "k * x^2", "--set", "q=3"]),
        "error: there is no `q` in the energy: did you mean `k`?\n = the energy is k * x^2\n"
            .replace(": did you mean `k`?", "\n--> command line\n |\n | --set q=3\n |         ^ did you mean `k`?")
    );
    // Numbers are no names, and what has a value already was not meant.
    let text = place.refuse(&["sample", "0.5 * kk * x_1^2", "--set", "kk=1", "--set", "q=3"]);
    assert!(text.starts_with("error: there is no `q` in the energy\n") && !text.contains("did you mean"), "{text}");
}

#[test]
fn flags() {
    let place = Workplace::new();
    assert_eq!(
        place.refuse(&["sample", "x^2", "--draws", "0"]),
        "error: `draws` in [run] must be a whole number from 1 to 100000000, got 0\n--> command line\n |\n | --draws 0\n |         ^ too small\n = draws: kept draws a chain (default 1000)\n"
    );
    let first = |arguments: &[&str]| place.refuse(arguments).lines().next().unwrap_or_default().to_owned();
    assert_eq!(
        first(&["sample", "x^2", "--step", "-1"]),
        "error: `step` in [scheme] must be \"auto\" or a number greater than 0, got -1"
    );
    assert_eq!(
        first(&["sample", "x^2", "--step", "nan"]),
        "error: `step` in [scheme] must be \"auto\" or a number greater than 0, got NaN"
    );
    assert_eq!(
        first(&["sample", "x^2", "--chains", "1e12"]),
        "error: `chains` in [state] must be a whole number from 1 to 100000, got 1000000000000"
    );
    assert_eq!(
        first(&["sample", "x^2", "--scheme", "gradient-descent"]),
        "error: scheme `gradient-descent` does not go with state `chains`"
    );
    assert_eq!(first(&["minimize", "x^2", "--scheme", "nuts"]), "error: scheme `nuts` does not go with state `point`");
    assert_eq!(first(&["sample", "x^2", "--geometry", "euclid"]), "error: unknown geometry `euclid`");
    assert_eq!(first(&["minimize", "pets.csv"]), "error: `steepest minimize pets.csv` needs a formula");
    assert_eq!(first(&["sample", "x^2", "--set", "runn.draws=3"]), "error: unknown table [runn]");
    assert!(
        first(&["sample", "x^2", "--draws", "1e8", "--chains", "10000"]).starts_with("error: this run would need ")
    );
    assert_eq!(first(&["list", "shcemes"]), "error: there is no list `shcemes`: did you mean `schemes`?");
    assert_eq!(
        first(&["new", "regresion"]),
        "error: there is no template for a row `regresion`: did you mean `regression`?"
    );
    assert_eq!(first(&["smaple", "x^2"]), "error: unrecognized subcommand 'smaple'");
    // Where an expression may stand, a misspelt flag is still one.
    for slip in [
        &["minimize", "x^2", "--schem=lbfgs"][..],
        &["minimize", "x^2", "--schem", "lbfgs"],
        &["sample", "--schem=nuts", "x^2"],
        &["sample", "x^2", "--set", "--k=1", "--schem"],
        &["simulate", "--schem", "verlet", "x^2"],
        &["fit", "pets.csv", "--schem", "adopted ~ weight"],
    ] {
        let text = place.refuse(slip);
        assert!(text.starts_with("error: unexpected argument '--schem' found\n"), "{slip:?}: {text}");
        assert!(text.contains("a similar argument exists: '--scheme'"), "{slip:?}: {text}");
    }
    let sign = place.run(&["minimize", "-x*exp(-x)", "--scheme=lbfgs", "--quiet", "--out", "sign"]);
    assert_eq!(sign.code, 0, "an expression may begin with a sign: {}", sign.err);
}

#[test]
fn weights_and_templates() {
    assert_eq!(
        fit(SMALL, "y ~ x", &["--weights", "nope"]),
        "error: t.csv: there is no column 'nope'; the columns are y, x, z, w\n--> command line\n |\n | --weights nope\n |           ^^^^\n"
    );
    let place = Workplace::new();
    let (help, listed) = (place.succeed(&["new", "--help"]), place.succeed(&["list", "rows"]));
    let rows: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(rows.len() >= 10 && rows.iter().all(|row| help.contains(row)), "{help}");
}

#[test]
fn flow_files() {
    let place = Workplace::new();
    let gone = place.run(&["run", "nofile.toml"]);
    let said =
        "error: there is no file nofile.toml\n = `steepest new regression > flow.toml` writes one to start from\n";
    assert_eq!((gone.code, gone.out.as_str(), gone.err.as_str()), (4, "", said));
    place.write("A.toml", "[functional]\nkind = \"rayleigh\"\ndata = \"gone.csv\"\n[geometry]\nkind = \"grassmann\"\n");
    assert_eq!(place.run(&["run", "A.toml"]).code, 4);
    place.write(
        "bad.toml",
        "[functional]\nkind = \"regression\"\ndata = \"pets.csv\"\nformula = \"\"\"\nadopted ~ wieght\"\"\"\n",
    );
    assert_eq!(
        place.refuse(&["run", "bad.toml"]),
        "error: pets.csv: there is no column 'wieght'; did you mean 'weight'?\n --> bad.toml:5:11\n  |\n5 | adopted ~ wieght\"\"\"\n  |           ^^^^^^\n"
    );
    place.write(
        "bad.toml",
        "[functional]\nkind = \"expression\"\nenergy = \"x^2\"\n[scheme]\nkind = \"nuts\"\n[noise]\nkind = \"still\"\n",
    );
    for verb in ["run", "explain", "check"] {
        assert!(
            place
                .refuse(&[verb, "bad.toml"])
                .starts_with("error: scheme `nuts` does not go with noise `still`\n --> bad.toml:7:8\n")
        );
    }
    assert!(place.refuse(&["run", "flow.toml", "--set", "scheme.stp=1"]).contains("did you mean `step`?"));
}

#[test]
fn an_energy_that_is_infinite_at_the_start() {
    let place = Workplace::new();
    let done = place.run(&["sample", "log(x - 1e9)"]);
    assert_eq!(done.code, 3, "{}", done.err);
    assert!(
        done.err.starts_with(
            "error: the energy is not a number at 100 random starting points of chain 1\n  = give a point"
        ),
        "{}",
        done.err
    );
    let text = place.refuse(&["sample", "log(x)", "--set", "state.start=[-1.0]"]);
    assert!(text.starts_with("error: the energy is not a number at the start [-1.0]\n--> command line\n"), "{text}");
}
