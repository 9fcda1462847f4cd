//! The ledger's line on the metric: what it was learned from, what was chosen, and that `explain` promises it where it is.
use steepest_record::{Check, Verdict};
use steepest_spec::{Config, Unwatched, build, execute, explain};

fn line(functional: &str, scheme: &str, warmup: u64) -> Option<Check> {
    let text = format!(
        "[functional]\n{functional}\n[state]\nkind = \"chains\"\nchains = 16\n[scheme]\n{scheme}\n[run]\ndraws = 200\nwarmup = {warmup}\n"
    );
    let config = Config::parse(&text, "flow.toml", &[]).unwrap_or_else(|error| panic!("{error}"));
    let model = build(&config).unwrap_or_else(|error| panic!("{error}"));
    let record = execute(&config, &*model, &mut Unwatched).unwrap_or_else(|error| panic!("{error}"));
    let found = record.summary.ledger.into_iter().find(|check| check.check == "metric");
    let promised = explain(&config, &*model).contains("- metric:");
    assert_eq!(promised, found.is_some(), "{scheme}");
    found
}
const ROUND: &str = "kind = \"target\"\nname = \"gaussian\"\nsettings = { d = 3 }";
const LONG: &str = "kind = \"target\"\nname = \"correlated-gaussian\"\nsettings = { d = 10, rho = 0.99 }";

#[test]
fn a_long_warm_up_holds_and_says_what_was_chosen() {
    let round = line(ROUND, "kind = \"nuts\"", 400).unwrap();
    assert!(round.verdict == Verdict::Holds && round.value >= 80.0, "{round:?}");
    assert!(round.advice.starts_with("Chosen: diagonal, under which a draw takes"), "{round:?}");
    let long = line(LONG, "kind = \"nuts\"", 400).unwrap();
    assert!(long.verdict == Verdict::Holds && long.advice.starts_with("Chosen: low-rank;"), "{long:?}");
    let pooled = line(ROUND, "kind = \"meads\"", 400).unwrap();
    assert!(pooled.verdict == Verdict::Holds && pooled.advice.starts_with("Diagonal:"), "{pooled:?}");
}
/// Some 30 and 80 draws are to either side of the bound of 50; a dense metric of 60 coordinates asks for 61.
#[test]
fn a_short_warm_up_is_inconclusive() {
    let short = line(ROUND, "kind = \"nuts\"", 45).unwrap();
    assert!(short.verdict == Verdict::Inconclusive && short.advice.contains("lengthen `warmup`"), "{short:?}");
    assert!(line(ROUND, "kind = \"nuts\"", 150).unwrap().verdict == Verdict::Holds);
    let wide = ROUND.replace('3', "60");
    let dense = line(&wide, "kind = \"nuts\"\nmetric = \"dense\"", 90).unwrap();
    assert_eq!((dense.bound, dense.verdict), (61.0, Verdict::Inconclusive), "{dense:?}");
}
#[test]
fn where_nothing_is_learned_there_is_no_line() {
    for scheme in ["kind = \"nuts\"\nmetric = \"unit\"", "kind = \"mala\"\nstep = 0.5", "kind = \"barker\"\nstep = 0.5"]
    {
        assert_eq!(line(ROUND, scheme, 100), None, "{scheme}");
    }
}
