//! What is wrong in a flow.toml is told with file, line, column, a caret, what was expected and the nearest name.
use steepest_spec::{Config, Setting, SpecError};

const EXPRESSION: &str = "[functional]\nkind = \"expression\"\nenergy = \"x^2\"\n";

fn said(rest: &str) -> String {
    message(&format!("{EXPRESSION}{rest}"), &[])
}
fn message(text: &str, set: &[&str]) -> String {
    let settings: Result<Vec<_>, _> = set.iter().map(|argument| Setting::parse(argument)).collect();
    let config = settings.map_err(SpecError::from).and_then(|settings| Config::parse(text, "flow.toml", &settings));
    config.expect_err("this must not be taken").to_string()
}

#[test]
fn unknown_key_with_the_nearest() {
    assert_eq!(
        said("[scheme]\nkind = \"nuts\"\nmax_dpeth = 12\n"),
        "\
unknown key `max_dpeth` in [scheme] of kind `nuts`
 --> flow.toml:6:1
  |
6 | max_dpeth = 12
  | ^^^^^^^^^ did you mean `max_depth`?
  = the keys are kind, step, max_depth, target_accept, metric, pool"
    );
}

#[test]
fn key_of_another_kind_or_another_table() {
    let text = said("[scheme]\nkind = \"nuts\"\nfriction = 1\n");
    assert!(text.contains("\n  | ^^^^^^^^ `friction` goes with splitting, nose-hoover, momentum\n"), "{text}");
    let text = said("[scheme]\nkind = \"nuts\"\ndraws = 1\n");
    assert!(text.contains("\n  | ^^^^^ this is a key of [run]\n"), "{text}");
    let text = said("[state]\nkind = \"particles\"\n[run]\ndraws = 1\n");
    assert!(text.starts_with("unknown key `draws` in [run] of state `particles`\n --> flow.toml:7:1\n"), "{text}");
    assert!(text.contains("`draws` goes with chains"), "{text}");
}

#[test]
fn wrong_type() {
    assert_eq!(
        said("[run]\ndraws = \"many\"\n"),
        "\
`draws` in [run] must be a whole number from 1 to 100000000, got the text \"many\"
 --> flow.toml:5:9
  |
5 | draws = \"many\"
  |         ^^^^^^
  = draws: kept draws a chain (default 1000)"
    );
    let of = |rest: &str| said(rest).lines().next().unwrap_or_default().to_owned();
    assert_eq!(
        of("constants = { k = \"two\" }\n"),
        "`constants.k` in [functional] must be a number, got the text \"two\""
    );
    assert_eq!(of("parameters = \"x\"\n"), "`parameters` in [functional] must be a list of texts, got the text \"x\"");
    assert_eq!(of("[output]\nreport = 1\n"), "`report` in [output] must be true or false, got 1");
    assert_eq!(
        of("[state]\nkind = \"point\"\nstart = \"origin\"\n"),
        "`start` in [state] must be \"normal\", a list of numbers, or a table of values such as { sigma = 1.0 }, got the text \"origin\""
    );
    assert_eq!(
        of("[scheme]\nkind = \"splitting\"\nword = \"BAB0\"\n"),
        "`word` in [scheme] must be a word of A, B and O with at least one A and one B, such as \"BAOAB\", or the name of a composition, such as \"yoshida4\", got the text \"BAB0\""
    );
    assert_eq!(
        of("[scheme]\nkind = \"nuts\"\nmetric = \"diag\"\n"),
        "`metric` in [scheme] must be one of \"auto\", \"diagonal\", \"low-rank\", \"dense\", \"unit\", got the text \"diag\""
    );
    assert!(said("[scheme]\nkind = \"nuts\"\nmetric = \"diag\"\n").contains("^^^^^^ did you mean `diagonal`?"));
}

#[test]
fn absurd_sizes_and_numbers() {
    let caret = |rest: &str| said(rest).lines().nth(4).unwrap_or_default().trim_start_matches([' ', '|']).to_owned();
    assert_eq!(caret("[run]\ndraws = 0\n"), "^ too small");
    assert_eq!(caret("[run]\ndraws = -5\n"), "^^ too small");
    assert_eq!(caret("[run]\ndraws = 1e30\n"), "^^^^ too large");
    assert_eq!(caret("[run]\ndraws = 10000000000000000000000000\n"), "^^^^^^^^^^^^^^^^^^^^^^^^^^ too large");
    assert_eq!(caret("[run]\ndraws = 10.5\n"), "^^^^ not whole");
    assert_eq!(caret("[run]\nseed = -1\n"), "^^ too small");
    assert_eq!(caret("[state]\nkind = \"chains\"\nchains = 0\n"), "^ too small");
    assert_eq!(caret("[state]\nkind = \"particles\"\nn = 1e12\n"), "^^^^ too large");
    assert_eq!(caret("[scheme]\nkind = \"em\"\nstep = nan\n"), "^^^ not a finite number");
    assert_eq!(caret("[scheme]\nkind = \"em\"\nstep = inf\n"), "^^^ not a finite number");
    assert_eq!(caret("[scheme]\nkind = \"em\"\nstep = 1e999\n"), "^^^^^ not a finite number");
    assert!(
        said("[scheme]\nkind = \"em\"\nstep = -0.1\n")
            .starts_with("`step` in [scheme] must be a number greater than 0, got -0.1\n")
    );
    assert!(
        said("[scheme]\nkind = \"em\"\nstep = 0\n")
            .starts_with("`step` in [scheme] must be a number greater than 0, got 0\n")
    );
    assert!(
        said("[noise]\nkind = \"thermal\"\nbeta = 0\n")
            .starts_with("`beta` in [noise] must be a number greater than 0, got 0\n")
    );
    let text = said("[scheme]\nkind = \"nuts\"\ntarget_accept = 1\n");
    assert!(
        text.starts_with(
            "`target_accept` in [scheme] must be \"auto\" or a number between 0 and 1, neither included, got 1\n"
        ),
        "{text}"
    );
}

#[test]
fn pairs_that_have_no_meaning() {
    assert_eq!(
        said("[noise]\nkind = \"still\"\n[scheme]\nkind = \"nuts\"\n"),
        "\
scheme `nuts` does not go with noise `still`
 --> flow.toml:5:8
  |
5 | kind = \"still\"
  |        ^^^^^^^
  = scheme `nuts` goes with noise thermal
  = noise `still` goes with scheme a word without O (verlet), runge-kutta, variational, newton, gradient-descent, steepest-descent, natural-gradient, barzilai-borwein, polyak, conjugate-gradient, lbfgs, trust-region, levenberg-marquardt, momentum, adam, adamw, rmsprop, adagrad, lion, muon, soap, proximal-gradient, mirror-descent, gradient-flow, minimizing-movement"
    );
    let first = |rest: &str| said(rest).lines().next().unwrap_or_default().to_owned();
    assert_eq!(
        first("[state]\nkind = \"particles\"\n[scheme]\nkind = \"nuts\"\n"),
        "scheme `nuts` does not go with state `particles`"
    );
    assert_eq!(
        first("[noise]\nkind = \"thermal\"\n[scheme]\nkind = \"gradient-descent\"\n"),
        "scheme `gradient-descent` does not go with noise `thermal`"
    );
    assert_eq!(
        first("[noise]\nkind = \"thermal\"\n[scheme]\nkind = \"verlet\"\n"),
        "scheme `BAB` does not go with noise `thermal`"
    );
    assert_eq!(
        first("[noise]\nkind = \"still\"\n[scheme]\nkind = \"baoab\"\n"),
        "scheme `BAOAB` does not go with noise `still`"
    );
    assert_eq!(
        first("[state]\nkind = \"point\"\n[scheme]\nkind = \"em\"\n"),
        "scheme `euler-maruyama` does not go with state `point`"
    );
    assert_eq!(
        first("[scheme]\nkind = \"verlet\"\nfriction = 1\n"),
        "`friction` in [scheme] does not go with the word `BAB`, which has no O"
    );
    assert_eq!(
        first("[scheme]\nkind = \"baoab\"\nfriction = 0\n"),
        "`friction = 0` in [scheme] does not go with the word `BAOAB`: its O would do nothing"
    );
    assert_eq!(
        first("[noise]\nkind = \"thermal\"\nprecision = \"single\"\n"),
        "`precision = \"single\"` in [noise] does not go with scheme `nuts`"
    );
    assert_eq!(
        first("[state]\nkind = \"point\"\nmomentum = [1]\n"),
        "`momentum` in [state] does not go with scheme `gradient-descent`, which has no momentum"
    );
    assert_eq!(
        first("[scheme]\nkind = \"nuts\"\nstep = 0.1\nmetric = \"dense\"\n"),
        "a fixed `step` of scheme `nuts` goes with metric = \"unit\" alone"
    );
    assert_eq!(first("[run]\nwarmup = 0\n"), "`warmup = 0` leaves nothing to adapt the step of scheme `nuts` in");
    assert_eq!(
        first("[scheme]\nkind = \"baoab\"\nword = \"ABOBA\"\n"),
        "the scheme is given twice: kind = \"baoab\" is a word already"
    );
}

#[test]
fn what_is_left_out_is_named_where_it_clashes() {
    let text = said("[state]\nkind = \"chains\"\n[noise]\nkind = \"still\"\n");
    assert!(text.starts_with("scheme `nuts` does not go with noise `still`\n --> flow.toml:7:8\n"), "{text}");
    assert!(text.contains("\n  = [scheme] is left out: `nuts` by default\n"), "{text}");
}

#[test]
fn missing_things() {
    assert!(message("", &[]).starts_with("flow.toml is empty\n"));
    assert!(message("# only words\n", &[]).starts_with("flow.toml is empty\n"));
    assert!(message("[run]\nseed = 1\n", &[]).starts_with("flow.toml has no [functional]\n"));
    assert_eq!(
        message("[functional]\n", &[]),
        "\
[functional] needs `kind`
 --> flow.toml:1:2
  |
1 | [functional]
  |  ^^^^^^^^^^ `kind` is missing
  = one of regression, expression, lagrangian, rows, least-squares, target, rayleigh, frechet-mean, procrustes, completion"
    );
    assert_eq!(
        message("[functional]\nkind = \"expression\"\n", &[]),
        "\
[functional] of kind `expression` needs `energy`
 --> flow.toml:1:2
  |
1 | [functional]
  |  ^^^^^^^^^^ `energy` is missing
  = energy: V; exp(-beta V) is what thermal noise samples
  = for example energy = \"(x^2 - 1)^2 / 4 + 0.5 * k * y^2\""
    );
}

#[test]
fn unknown_tables_and_kinds() {
    let text = said("[schem]\n");
    assert!(text.starts_with("unknown table [schem]\n --> flow.toml:4:2\n"), "{text}");
    assert!(text.contains("^^^^^ did you mean [scheme]?\n"), "{text}");
    let text = message(&format!("seed = 3\n{EXPRESSION}"), &[]);
    assert!(text.starts_with("`seed` stands outside every table\n --> flow.toml:1:1\n"), "{text}");
    assert!(text.contains("^^^^ this is a key of [run]\n"), "{text}");
    let text = message(&format!("scheme = \"nuts\"\n{EXPRESSION}"), &[]);
    assert!(text.starts_with("`scheme` must be a table, got the text \"nuts\"\n --> flow.toml:1:10\n"), "{text}");
    let text = said("[scheme]\nkind = \"nits\"\n");
    assert!(text.starts_with("unknown scheme `nits`\n --> flow.toml:5:8\n"), "{text}");
    assert!(text.contains("^^^^^^ did you mean `nuts`?\n"), "{text}");
    assert!(said("[state]\nkind = 3\n").starts_with("`kind` in [state] must be a text in quotes, got 3\n"));
}

#[test]
fn not_toml() {
    let text = said("[run]\nseed = \n");
    assert!(text.starts_with("this is not TOML: "), "{text}");
    assert!(text.contains(" --> flow.toml:5:"), "{text}");
    let text = said("energy = \"y^2\"\n");
    assert!(text.starts_with("this is not TOML: duplicate key\n --> flow.toml:4:1\n"), "{text}");
}

#[test]
fn settings_are_told_as_well_as_files() {
    assert_eq!(
        message(EXPRESSION, &["scheme.stp=1"]),
        "\
unknown key `stp` in [scheme] of kind `nuts`
--> command line
 |
 | --set scheme.stp=1
 |       ^^^^^^^^^^ did you mean `step`?
 = the keys are kind, step, max_depth, target_accept, metric, pool"
    );
    assert!(message(EXPRESSION, &["scheme.step=-1"]).contains("\n | --set scheme.step=-1\n |                   ^^\n"));
    assert!(message(EXPRESSION, &["run.draws"]).starts_with("`--set` takes key=value\n"));
    assert!(message(EXPRESSION, &["draws=3"]).starts_with("`--set` takes a table and a key, got `draws`\n"));
    assert!(
        message(EXPRESSION, &["functional.energy.x=3"])
            .starts_with("`functional.energy.x` goes through a value that is not a table\n")
    );
    assert!(message(EXPRESSION, &["run.draws=0"]).contains("must be a whole number from 1 to 100000000, got 0"));
}

#[test]
fn a_constant_the_expression_does_not_have() {
    let text = said("constants = { kk = 2 }\n");
    assert!(text.starts_with("there is no `kk` in the energy\n --> flow.toml:4:20\n"), "{text}");
}

#[test]
fn places_survive_tabs_crlf_and_letters_of_many_bytes() {
    let text =
        message("[functional]\r\nkind = \"expression\"\r\nenergy = \"x^2\" # é\r\n[run]\r\n\tdraws = 0\r\n", &[]);
    assert!(text.contains(" --> flow.toml:5:10\n"), "{text}");
    assert!(text.contains("\n5 |  draws = 0\n  |          ^ too small\n"), "{text}");
}

#[test]
fn a_place_inside_a_text() {
    let config = Config::parse(EXPRESSION, "flow.toml", &[]).expect("taken");
    let problem = config.problem_within("functional.energy", 1..2, "no such sign");
    assert_eq!(problem.to_string(), "no such sign\n --> flow.toml:3:12\n  |\n3 | energy = \"x^2\"\n  |            ^");
    let problem = config.problem("functional.energy.deep.inside", "wrong");
    assert!(problem.to_string().contains("\n  |          ^^^^^"), "{problem}");
}

#[test]
fn colours_change_nothing_else() {
    let error = Config::parse("[run]\n", "flow.toml", &[]).expect_err("no functional");
    let mut plain = String::new();
    let coloured = error.render(true);
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\x1b') {
        plain += before;
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    plain += rest;
    assert_eq!(plain, error.render(false));
    assert!(!error.render(false).contains('\x1b'));
}

#[test]
fn a_point_of_the_wrong_dimension_and_a_run_too_large() {
    let text = format!("{EXPRESSION}[state]\nkind = \"point\"\nstart = [1, 2]\n");
    let config = Config::parse(&text, "flow.toml", &[]).expect("taken");
    let error = config.fits(1, 1).expect_err("two numbers for one coordinate").to_string();
    assert!(
        error.starts_with("`start` in [state] has 2 numbers, the functional has 1 coordinates\n --> flow.toml:6:9\n"),
        "{error}"
    );
    let text = format!("{EXPRESSION}[state]\nkind = \"particles\"\nn = 1e9\n");
    let config = Config::parse(&text, "flow.toml", &[]).expect("taken");
    let error = config.fits(100_000, 100_000).expect_err("10^15 numbers").to_string();
    assert!(error.starts_with("this run would need 8800165 GB of memory"), "{error}");
    assert!(error.contains(" --> flow.toml:6:5\n"), "{error}");
}

/// Keys that would be without effect, or say the same thing twice; what is the default may stand there.
#[test]
fn idle_keys_are_refused() {
    let fixed = "`target_accept` in [scheme] does not go with a fixed `step` of scheme";
    for (scheme, start) in [
        ("hmc\"\nleapfrogs = 5\nlength = 1.0", "`leapfrogs` and `length` in [scheme] say how long".to_owned()),
        ("mala\"\nstep = 0.1\ntarget_accept = 0.6", format!("{fixed} `mala`\n --> flow.toml:7:17\n")),
        ("nuts\"\nstep = 0.1\ntarget_accept = 0.8", format!("{fixed} `nuts`\n --> flow.toml:7:17\n")),
        ("mclmc\"\ntarget_accept = 0.8", "`target_accept` in [scheme] does not go with scheme `mclmc`".to_owned()),
    ] {
        let text = said(&format!("[scheme]\nkind = \"{scheme}\n"));
        assert!(text.starts_with(&start), "{text}");
    }
    for scheme in [
        "hmc\"\nleapfrogs = 16\nlength = 1.0",
        "mala\"\nstep = 0.1\ntarget_accept = 0.574",
        "mclmc\"\ntarget_accept = 0.8\nadjusted = true",
    ] {
        let text = format!("{EXPRESSION}[scheme]\nkind = \"{scheme}\n");
        Config::parse(&text, "flow.toml", &[]).unwrap_or_else(|error| panic!("{error}"));
    }
}

/// Half a word is no misspelt scheme, and a name that no text could hold is no coordinate.
#[test]
fn words_and_names_that_are_none() {
    for kind in ["AO", "BO", "o"] {
        let text = said(&format!("[scheme]\nkind = \"{kind}\"\n"));
        assert!(text.starts_with(&format!("unknown scheme `{kind}`\n")), "{text}");
        assert!(text.contains("a word needs both A (drift) and B (kick)") && !text.contains("did you mean"), "{text}");
    }
    let text = said("[scheme]\nkind = \"ghmc\"\npersistence = 0\n");
    assert!(text.contains("scheme `mala` keeps none"), "{text}");
    let listed =
        |names: &str| format!("[functional]\nkind = \"expression\"\nenergy = \"x^2 + y^2\"\nparameters = {names}\n");
    for (names, start) in [
        ("[\"x\", \"y\", \"2 z!\"]", "`2 z!` in `parameters` is no name\n --> flow.toml:4:25\n"),
        ("[\"x\", \"y\", \"pi\"]", "`pi` in `parameters` is a number, 3.14159...\n --> flow.toml:4:25\n"),
        ("[\"x[0]\"]", "`x[0]` in `parameters` is no name\n --> flow.toml:4:15\n"),
    ] {
        let text = message(&listed(names), &[]);
        assert!(text.starts_with(start), "{text}");
    }
    let config = Config::parse(&listed("[\"x\", \"y\", \"z[2]\"]"), "flow.toml", &[]).expect("taken");
    let model = steepest_spec::build(&config).expect("a model");
    let text = steepest_spec::explain(&config, &*model);
    assert!(text.contains("  - `z[2]` is listed and not in the energy: V is flat in it.\n"), "{text}");
}

/// Starts of chains: a word that is not one, points for other chains.
#[test]
fn starts_fit_their_chains() {
    assert!(said("[state]\nkind = \"chains\"\nstart = \"pathfindr\"\n").contains("did you mean `pathfinder`?"));
    let text = format!("{EXPRESSION}[state]\nkind = \"chains\"\nstart = [[1], [2]]\n");
    let error = Config::parse(&text, "flow.toml", &[]).expect("taken").fits(1, 1).expect_err("two of four").to_string();
    assert!(error.starts_with("`start` in [state] has points for 2 chains, and there are 4\n"), "{error}");
}

/// What is to be pasted is TOML: quotes about words, and about names that need them.
#[test]
fn a_part_of_a_word_is_given_whole() {
    let text =
        "[functional]\nkind = \"regression\"\ndata = \"d.csv\"\nformula = \"y ~ (1 | g/h)\"\ncentering = \"auto\"\n";
    for (set, note) in [
        ("functional.centering.g=centered", "--set 'functional.centering={ g = \"centered\" }'"),
        ("functional.centering.g:h=\"auto\"", "--set 'functional.centering={ \"g:h\" = \"auto\" }'"),
    ] {
        let found = message(text, &[set]);
        assert!(found.ends_with(&format!("= give all of it: {note}")), "{found}");
        let whole = Setting::parse(&note["--set '".len()..note.len() - 1]).expect("a setting");
        Config::parse(text, "flow.toml", &[whole]).expect("it is taken");
    }
}
