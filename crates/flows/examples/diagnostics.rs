//! Reads chains from standard input and prints every diagnostic of them: how the numbers are compared with ArviZ's.
//!
//! Input, any number of times: `CHAINS DRAWS` and then CHAINS x DRAWS numbers, chain after chain. Output: a line of
//! `name=value` for each.
use std::io::Read;
use steepest_flows::observer::diagnostics as d;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let mut words = text.split_whitespace();
    while let Some(chains) = words.next() {
        let (chains, draws): (usize, usize) = (chains.parse()?, words.next().ok_or("DRAWS is missing")?.parse()?);
        let values = words.by_ref().take(chains * draws).map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        let x: Vec<&[f64]> = values.chunks(draws).collect();
        let mut weights = vec![0.0; values.len()];
        let left_out = d::leave_one_out(&values, 0.8, &mut weights);
        println!(
            "rhat={:?} bulk={:?} tail={:?} mean={:?} sd={:?} quantile10={:?} median={:?} local={:?} mcse_mean={:?} mcse_sd={:?} \
             mcse_q05={:?} mcse_q50={:?} q05={:?} q95={:?} bfmi={:?} elpd={:?} p={:?} shape={:?}",
            d::rhat(&x),
            d::ess_bulk(&x),
            d::ess_tail(&x),
            d::ess_mean(&x),
            d::ess_sd(&x),
            d::ess_quantile(&x, 0.1),
            d::ess_quantile(&x, 0.5),
            d::ess_local(&x, 0.2, 0.35),
            d::mcse_mean(&x),
            d::mcse_sd(&x),
            d::mcse_quantile(&x, 0.05),
            d::mcse_quantile(&x, 0.5),
            d::quantile(&x, 0.05),
            d::quantile(&x, 0.95),
            d::ebfmi(x[0]),
            left_out.elpd,
            left_out.parameters,
            left_out.shape,
        );
    }
    Ok(())
}
