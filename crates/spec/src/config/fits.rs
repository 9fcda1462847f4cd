//! FITS: what of a [`Config`] can only be checked once the model, and so its dimension, is known.
use super::{Config, Length, Scheme, Start, State};
use crate::{Problem, SpecError};

impl Config {
    /// Checks the lengths of `start` and `momentum` and the memory the run would take against `dim` coordinates and
    /// `quantities` reported ones.
    ///
    /// # Errors
    /// Input, at the key to change.
    pub fn fits(&self, dim: usize, quantities: usize) -> Result<(), SpecError> {
        match &self.state {
            State::Particles { start, .. } | State::Point { start, .. } => {
                self.length("start", start.as_deref(), dim)?;
            }
            State::Chains { start: Start::Point(point), .. } => self.length("start", Some(point), dim)?,
            State::Chains { start: Start::Points(points), chains, .. } => {
                if points.len() as u64 != *chains {
                    let message =
                        format!("`start` in [state] has points for {} chains, and there are {chains}", points.len());
                    return Err(self.problem("state.start", message).into());
                }
                points.iter().try_for_each(|point| self.length("start", Some(point), dim))?;
            }
            State::Chains { start: Start::Search(_), .. } => {}
            State::Path { from, to, guess, .. } => {
                self.length("from", Some(from), dim)?;
                self.length("to", Some(to), dim)?;
                guess.iter().flatten().try_for_each(|point| self.length("guess", Some(point), dim))?;
            }
        }
        if let State::Point { momentum, velocity, .. } = &self.state {
            self.length("momentum", momentum.as_deref(), dim)?;
            self.length("velocity", velocity.as_deref(), dim)?;
        }
        if let State::Point { mass: Some(mass), .. } | State::Particles { mass: Some(mass), .. } = &self.state {
            self.length("mass", Some(mass), dim)?;
            if let Some(wrong) = mass.iter().find(|mass| !(mass.is_finite() && **mass > 0.0)) {
                let message = format!("{wrong} in `mass` of [state] is not a mass");
                return Err(self.problem("state.mass", message).note("masses are greater than 0").into());
            }
        }
        if let Scheme::Muon { rows, .. } | Scheme::Soap { rows, .. } = self.scheme
            && !dim.is_multiple_of(rows)
        {
            let message =
                format!("`rows = {rows}` in [scheme] does not divide the {dim} coordinates of the functional");
            return Err(self.problem("scheme.rows", message).into());
        }
        let bytes = self.bytes(dim, quantities);
        let limit = memory().unwrap_or(1 << 40) as f64;
        if bytes > limit {
            let key = match self.state {
                State::Chains { .. } => "run.draws",
                State::Particles { .. } => "state.n",
                State::Point { .. } => "run.every",
                State::Path { .. } => "state.pieces",
            };
            let message =
                format!("this run would need {:.0} GB of memory, and there are {:.0}", bytes / 1e9, limit / 1e9);
            let problem = self.problem(key, message);
            return Err(problem.note(format!("what counts is {}", self.sizes(dim, quantities))).into());
        }
        Ok(())
    }
    fn length(&self, key: &str, point: Option<&[f64]>, dim: usize) -> Result<(), Problem> {
        match point {
            Some(point) if point.len() != dim => {
                let message =
                    format!("`{key}` in [state] has {} numbers, the functional has {dim} coordinates", point.len());
                Err(self.problem(&format!("state.{key}"), message))
            }
            _ => Ok(()),
        }
    }
    /// About how many bytes the run holds.
    pub fn bytes(&self, dim: usize, quantities: usize) -> f64 {
        let numbers = match (&self.state, self.run.length) {
            // Draws, their statistics, and a copy on the way to the folder.
            (State::Chains { chains, .. }, Length::Draws { draws, .. }) => {
                2.0 * *chains as f64 * draws as f64 * (dim + quantities + 8) as f64
            }
            // The band and its factors, for three nodes a piece.
            (State::Path { pieces, .. }, _) => *pieces as f64 * (60 * dim * dim) as f64,
            (State::Particles { n, .. }, _) => *n as f64 * (3 * dim + quantities) as f64,
            (_, Length::Strides { steps, every, .. }) => (steps / every.max(1)) as f64 * (2 * dim + 8) as f64,
            _ => 0.0,
        };
        8.0 * numbers
    }
    fn sizes(&self, dim: usize, quantities: usize) -> String {
        match (&self.state, self.run.length) {
            (State::Chains { chains, .. }, Length::Draws { draws, .. }) => {
                format!("{chains} chains of {draws} draws of {quantities} quantities")
            }
            (State::Path { pieces, .. }, _) => format!("{pieces} pieces in {dim} dimensions"),
            (State::Particles { n, .. }, _) => format!("{n} particles in {dim} dimensions"),
            (_, Length::Strides { steps, every, .. }) => format!("{} looks at {dim} coordinates", steps / every.max(1)),
            _ => format!("{dim} coordinates"),
        }
    }
}

/// Bytes of memory the system says it can give, where it says so.
fn memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemAvailable:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    kilobytes.checked_mul(1024)
}
