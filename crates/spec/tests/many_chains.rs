//! MANY CHAINS: one or a hundred thousand by the same code.
use steepest_record::Record;
use steepest_spec::{Config, Unwatched, build, execute};

fn run(chains: usize, rest: &str) -> Record {
    let text = format!(
        "[functional]\nkind = \"expression\"\nenergy = \"x^2 / 2 + 2*y^2\"\n[state]\nkind = \"chains\"\nchains = {chains}\n{rest}"
    );
    let config = Config::parse(&text, "flow.toml", &[]).unwrap_or_else(|error| panic!("{error}"));
    execute(&config, &*build(&config).unwrap(), &mut Unwatched).unwrap()
}

/// The first chains of a hundred thousand are those of a few, bit for bit: nothing but their number is another. All of them have the law: a
/// variance of 200,000 draws that lie within 2 % of 1 (five standard errors, if the second draw says nothing new).
#[test]
fn a_hundred_thousand_are_one_at_a_time() {
    const MANY: usize = 100_000;
    let rest = "[run]\nwarmup = 60\ndraws = 2\n";
    let many = run(MANY, rest).draws.unwrap();
    assert_eq!((many.chains, many.draws), (MANY, 2));
    for few in [1, 3] {
        let few = run(few, rest).draws.unwrap();
        for (k, chain) in (0..2).flat_map(|k| (0..few.chains).map(move |c| (k, c))) {
            let bits = |x: &[f64]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(many.chain(k, chain)), bits(few.chain(k, chain)), "chain {chain}");
        }
    }
    for (k, exact) in [1.0, 0.25].into_iter().enumerate() {
        let squares = (0..MANY).flat_map(|c| many.chain(k, c)).map(|x| x * x).sum::<f64>();
        let ratio = squares / (2 * MANY) as f64 / exact;
        println!("variance {ratio} of 1");
        assert!((ratio - 1.0).abs() < 0.02, "variance {ratio} of 1");
    }
}

/// Chains that learn from one another are as many.
#[test]
fn a_hundred_thousand_learn_together() {
    let draws = run(100_000, "[scheme]\nkind = \"chees\"\n[run]\nwarmup = 30\ndraws = 2\n").draws.unwrap();
    for (k, exact) in [1.0, 0.25].into_iter().enumerate() {
        let squares = (0..draws.chains).map(|c| draws.chain(k, c)[1].powi(2)).sum::<f64>();
        let ratio = squares / draws.chains as f64 / exact;
        println!("variance {ratio} of 1");
        assert!((ratio - 1.0).abs() < 0.025, "variance {ratio} of 1");
    }
}
