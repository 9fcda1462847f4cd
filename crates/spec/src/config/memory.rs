//! MEMORY: about how much memory and disk a run takes.
//!
//! Counted from what was measured (the table at the end), where a run is largest: chains while the last column is judged, clouds
//! while the last state is written. Draws beyond 64 MiB are on the disk by then.
use super::{Config, Length, Metric, Scheme, State};

/// Bytes of the program itself.
const PROGRAM: f64 = 12e6;
/// Numbers of a block of draws, about, and of all draws that stay in memory.
const BLOCK: f64 = (1 << 20) as f64;
const HELD: f64 = (1 << 23) as f64;
/// Numbers that figures are drawn from, where not all draws are in memory.
const DRAWN: f64 = (1 << 22) as f64;
/// Copies of a column of draws while it is judged: ranks, halves, transforms.
const JUDGED: f64 = 6.0;
/// Columns of statistics beside the quantities, of draws that are accepted or refused.
const STATISTICS: usize = 7;
/// Pairs of a draw and a gradient that a metric keeps at most, as numbers.
const PAIRS: f64 = (1 << 21) as f64;
/// Particles of a cloud that are looked at, and numbers of one such look that are kept.
const WATCHED: f64 = 65_536.0;
const KEPT: f64 = (1 << 20) as f64;

impl Config {
    /// About how many bytes of memory the run holds, in a run folder.
    pub fn bytes(&self, dim: usize, quantities: usize) -> f64 {
        let (d, q) = (dim as f64, quantities as f64);
        let numbers = match (&self.state, self.run.length) {
            (State::Chains { chains, .. }, Length::Draws { draws, warmup, thin }) => {
                let (n, all) = (*chains as f64, self.drawn(quantities));
                let block = BLOCK.max(all / draws.max(1) as f64);
                let (held, figures) =
                    if all > HELD { (2.0 * block, DRAWN.min(all)) } else { (all.min(HELD) + block, all) };
                let figures = if self.scheme.extrapolates() { 4.0 * figures } else { figures };
                let moves = n * (warmup as f64).max(draws as f64 * thin as f64);
                held + figures + JUDGED * n * draws as f64 + n * self.chain(d, warmup) + self.tape(d, moves)
            }
            // The band and its factors, for three nodes a piece.
            (State::Path { pieces, .. }, _) => *pieces as f64 * 60.0 * d * d,
            (State::Particles { n, .. }, _) => {
                let n = *n as f64;
                let twice = if self.scheme.extrapolates() { 2.0 * q } else { 0.0 };
                n * (self.particle(d) + q + twice) + 3.0 * d * n.min(WATCHED) + 3.0 * KEPT.min(n * d)
            }
            (_, Length::Strides { steps, every, .. }) => (steps / every.max(1)) as f64 * (2.0 * d + 8.0),
            _ => 0.0,
        };
        PROGRAM + 8.0 * numbers
    }
    /// About how many bytes of disk its draws take: in `draws.zarr`, and beside it while the run goes on where memory does not
    /// hold them.
    pub fn disk(&self, quantities: usize) -> f64 {
        let all = self.drawn(quantities);
        8.0 * if all > HELD { 2.0 * all } else { all }
    }
    /// Numbers of all draws.
    fn drawn(&self, quantities: usize) -> f64 {
        let (State::Chains { chains, .. }, Length::Draws { draws, .. }) = (&self.state, self.run.length) else {
            return 0.0;
        };
        let columns = quantities + if self.metric().is_some() { STATISTICS } else { 0 };
        *chains as f64 * draws as f64 * columns as f64
    }
    /// The metric of a scheme that accepts and refuses; `Some(None)` is auto.
    fn metric(&self) -> Option<Option<Metric>> {
        match self.scheme {
            Scheme::Nuts { metric, .. }
            | Scheme::Hmc { metric, .. }
            | Scheme::Mala { metric, .. }
            | Scheme::Ghmc { metric, .. }
            | Scheme::Barker { metric, .. }
            | Scheme::Mclmc { metric, .. }
            | Scheme::Chees { metric, .. }
            | Scheme::Meads { metric, .. }
            | Scheme::Tempering { metric, .. } => Some(metric),
            _ => None,
        }
    }
    /// Numbers that a chain remembers.
    fn chain(&self, d: f64, warmup: u64) -> f64 {
        let Some(metric) = self.metric() else { return 50.0 + 14.0 * d };
        let window = match metric {
            // Half of warm-up is one window, of draws and gradients, with room to grow.
            None | Some(Metric::LowRank) => 1.5 * (warmup as f64).min((PAIRS / d).max(32.0)),
            Some(Metric::Dense) => 5.0 * d,
            Some(Metric::Diagonal | Metric::Unit) => 0.0,
        };
        match self.scheme {
            Scheme::Chees { .. } => 600.0 + 60.0 * d,
            Scheme::Meads { .. } => 350.0 + 60.0 * d,
            // A tree has a few points of each depth.
            Scheme::Nuts { max_depth, .. } => 1000.0 + d * (60.0 + 30.0 * f64::from(max_depth) + window),
            Scheme::Tempering { max_depth, rungs, .. } => {
                f64::from(rungs) * (1000.0 + d * (60.0 + 30.0 * f64::from(max_depth) + window))
            }
            _ => 1000.0 + d * (60.0 + window),
        }
    }
    /// Numbers that are recorded of transitions between two looks at the clock, of so many in all.
    fn tape(&self, d: f64, moves: f64) -> f64 {
        let most = match self.scheme {
            _ if self.metric().is_none() => return 0.0,
            Scheme::Nuts { .. } | Scheme::Tempering { .. } => 1e5,
            Scheme::Chees { .. } | Scheme::Meads { .. } => 4e5,
            _ => 2e5,
        };
        moves.min(most) * (d + 13.0)
    }
    /// Numbers of a particle: where it is and what moves it, and copies on the way to the folder.
    fn particle(&self, d: f64) -> f64 {
        match self.scheme {
            Scheme::Splitting { .. } | Scheme::RungeKutta { .. } => 10.0 * d + 1.0,
            Scheme::NoseHoover { .. } => 12.0 * d + 3.0,
            _ => 5.0 * d,
        }
    }
}

/// Bytes of memory the system says it can give, where it says so.
pub(crate) fn available() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemAvailable:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use crate::Config;

    fn config(state: &str, scheme: &str, run: &str) -> Config {
        let text = format!(
            "[functional]\nkind = \"target\"\nname = \"gaussian\"\n[state]\n{state}\n[scheme]\n{scheme}\n[run]\n{run}\n"
        );
        Config::parse(&text, "flow.toml", &[]).unwrap_or_else(|error| panic!("{error}"))
    }
    fn chains(n: u64, scheme: &str, draws: u64, warmup: u64) -> Config {
        let state = format!("kind = \"chains\"\nchains = {n}");
        config(&state, scheme, &format!("draws = {draws}\nwarmup = {warmup}"))
    }
    fn particles(n: u64, scheme: &str) -> Config {
        config(&format!("kind = \"particles\"\nn = {n}"), scheme, "steps = 20")
    }

    /// The largest resident sets of runs of a Gaussian in d dimensions, in MB, on a machine of two cores: the estimate is no more
    /// than 1.55 times them, and no less than 0.8.
    #[test]
    fn estimates_are_near_what_was_measured() {
        let (baoab, em) = ("kind = \"BAOAB\"\nstep = 0.5", "kind = \"em\"\nstep = 0.01");
        let extrapolated = "kind = \"em\"\nstep = 0.01\nextrapolate = true";
        for (config, d, measured) in [
            (chains(4, baoab, 1_000_000, 100), 1, 256.0),
            (chains(4, baoab, 2_500_000, 100), 1, 547.0),
            (chains(4, baoab, 1_000_000, 100), 4, 255.0),
            (chains(1000, baoab, 5000, 100), 2, 237.0),
            (chains(100_000, baoab, 10, 100), 2, 131.0),
            (chains(4, "kind = \"mala\"", 1_000_000, 500), 2, 246.0),
            (chains(1000, "kind = \"chees\"", 5000, 200), 2, 257.0),
            (chains(20_000, "kind = \"chees\"", 10, 100), 2, 222.0),
            (chains(100_000, "kind = \"chees\"", 10, 100), 2, 675.0),
            (chains(20_000, "kind = \"chees\"", 10, 60), 20, 463.0),
            (chains(20_000, "kind = \"meads\"", 10, 60), 2, 134.0),
            (chains(2000, "kind = \"nuts\"", 10, 100), 20, 179.0),
            (chains(2000, "kind = \"nuts\"", 10, 100), 100, 753.0),
            (chains(2000, "kind = \"nuts\"", 10, 1000), 20, 639.0),
            (chains(2000, "kind = \"hmc\"\nleapfrogs = 3", 10, 300), 20, 262.0),
            (chains(200, "kind = \"tempering\"\nrungs = 10", 10, 100), 20, 177.0),
            (particles(1_000_000, em), 10, 498.0),
            (particles(1_000_000, baoab), 1, 113.0),
            (particles(1_000_000, baoab), 10, 865.0),
            (particles(1_000_000, "kind = \"sgnht\"\nstep = 0.1"), 10, 1123.0),
            (particles(1_000_000, extrapolated), 10, 651.0),
            (particles(100_000, em), 100, 645.0),
        ] {
            let ratio = config.bytes(d, d) / 1e6 / measured;
            assert!((0.8..1.55).contains(&ratio), "{ratio:.2} of {measured}: {:?} {:?}", config.state, config.scheme);
        }
    }
    /// Of 4 chains of 5e7 draws memory holds one column of two, six times; the disk all of them.
    #[test]
    fn draws_on_the_disk_are_not_in_memory() {
        let long = chains(4, "kind = \"nuts\"", 50_000_000, 1000);
        let (memory, disk) = (long.bytes(2, 2), long.disk(2));
        assert!((9.6e9..10e9).contains(&memory), "{memory:e}");
        assert_eq!(disk, 16.0 * 9.0 * 2e8);
        assert_eq!(chains(4, "kind = \"nuts\"", 1000, 1000).disk(2), 8.0 * 9.0 * 4000.0);
    }
}
