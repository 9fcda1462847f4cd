//! Runs one flow several times in one process, as the peers of a bench are run, and prints the summary of each, a line each.
//!
//! `cargo run --release -p steepest-spec --example repeated FLOW ROUNDS [KEY=VALUE ...]`
use steepest_spec::{Config, Setting, SpecError, Unwatched, build, execute};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [flow, rounds, settings @ ..] = &words[..] else { return Err("FLOW ROUNDS [KEY=VALUE ...]".into()) };
    let settings =
        settings.iter().map(|word| Setting::parse(word).map_err(SpecError::from)).collect::<Result<Vec<_>, _>>()?;
    let config = Config::load(flow.as_ref(), &settings)?;
    let model = build(&config)?;
    for _ in 0..rounds.parse::<usize>()? {
        println!("{}", serde_json::to_string(&execute(&config, &*model, &mut Unwatched)?.summary)?);
    }
    Ok(())
}
