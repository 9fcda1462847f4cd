//! A regression whose columns are kept in single precision: what the ledger says of it, and that threads change no bit.
use std::path::Path;
use steepest_record::{Record, Verdict};
use steepest_spec::{Config, Unwatched, build, execute, explain};

fn config(more: &str) -> Config {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/credit/credit.csv");
    let text = format!(
        "[functional]\nkind = \"regression\"\ndata = {:?}\n{more}\n[run]\ndraws = 30\nwarmup = 30\n",
        data.display().to_string()
    );
    Config::parse(&text, "flow.toml", &[]).unwrap_or_else(|e| panic!("{e}"))
}
fn run(config: &Config) -> Record {
    let model = build(config).unwrap_or_else(|e| panic!("{e}"));
    execute(config, &*model, &mut Unwatched).unwrap_or_else(|e| panic!("{e}"))
}
const LINE: &str = "rounding of the columns";

#[test]
fn the_ledger_says_what_single_precision_does() {
    let mut single = config("formula = \"default ~ .\"\nprecision = \"single\"");
    single.run.threads = 1;
    let alone = run(&single);
    let line = alone.summary.ledger.iter().find(|check| check.check == LINE).expect("a line");
    assert!(line.verdict == Verdict::Holds && (1e-9..1e-6).contains(&line.value), "{line:?}");
    assert!(alone.notes.iter().any(|note| note.contains("kept in single precision")));
    single.run.threads = 3;
    let (together, bits) = (run(&single), |record: &Record| record.draws.as_ref().map(|draws| draws.values.clone()));
    assert!(bits(&alone).is_some() && bits(&alone) == bits(&together));

    let double = config("formula = \"default ~ .\"");
    assert!(run(&double).summary.ledger.iter().all(|check| check.check != LINE));
    let says = |config: &Config| explain(config, &*build(config).unwrap_or_else(|e| panic!("{e}"))).contains(LINE);
    assert!(says(&single) && !says(&double));
}

#[test]
fn where_there_is_no_single_precision_its_key_is_named() {
    let config = config("formula = \"default ~ duration + (1 | job_skilled)\"\nprecision = \"single\"");
    let error = build(&config).err().expect("an error").to_string();
    assert!(error.contains("flow.toml:5:13") && error.contains("kept in double precision"), "{error}");
}
