//! FITS: what of a [`Config`] can only be checked once the model, and so its dimension, is known.
use super::memory::available;
use super::{Config, Given, Length, Scheme, Start, State};
use crate::{Problem, SpecError};
use steepest_models::Model;

/// Parameters that a message names.
const NAMED: usize = 20;

impl Config {
    /// Checks the lengths of `start` and `momentum` and the memory the run would take against `dim` coordinates and
    /// `quantities` reported ones.
    ///
    /// # Errors
    /// Input, at the key to change.
    pub fn fits(&self, dim: usize, quantities: usize) -> Result<(), SpecError> {
        self.point_fits(dim, &[])?;
        self.rest_fits(dim, quantities)
    }
    /// The same for a model, whose parameters a message names, and a start too.
    ///
    /// # Errors
    /// Input, at the key to change.
    pub fn fits_model(&self, model: &dyn Model) -> Result<(), SpecError> {
        let names = model.names();
        self.point_fits(model.dim(), &names)?;
        self.rest_fits(model.dim(), names.len())
    }
    /// Whether points have as many numbers as there are coordinates.
    fn point_fits(&self, dim: usize, names: &[String]) -> Result<(), SpecError> {
        let length = |key: &str, point: Option<&[f64]>| self.length(key, point, dim, names);
        match &self.state {
            State::Particles { start, .. } | State::Point { start, .. } => {
                start.iter().try_for_each(|given| self.given_fits(given, "state.start", dim, names))?;
            }
            State::Chains { start: Start::One(given), .. } => self.given_fits(given, "state.start", dim, names)?,
            State::Chains { start: Start::Each(given), chains, .. } => {
                if given.len() as u64 != *chains {
                    let message =
                        format!("`start` in [state] has points for {} chains, and there are {chains}", given.len());
                    return Err(self.problem("state.start", message).into());
                }
                for (i, given) in given.iter().enumerate() {
                    self.given_fits(given, &format!("state.start.{i}"), dim, names)?;
                }
            }
            State::Chains { start: Start::Search(_), .. } => {}
            State::Path { from, to, guess, .. } => {
                length("from", Some(&from[..]))?;
                length("to", Some(&to[..]))?;
                guess.iter().flatten().try_for_each(|point| length("guess", Some(&point[..])))?;
            }
        }
        if let State::Point { momentum, velocity, .. } = &self.state {
            length("momentum", momentum.as_deref())?;
            length("velocity", velocity.as_deref())?;
        }
        if let State::Point { mass: Some(mass), .. } | State::Particles { mass: Some(mass), .. } = &self.state {
            length("mass", Some(&mass[..]))?;
            if let Some(wrong) = mass.iter().find(|mass| !(mass.is_finite() && **mass > 0.0)) {
                let message = format!("{wrong} in `mass` of [state] is not a mass");
                return Err(self.problem("state.mass", message).note("masses are greater than 0").into());
            }
        }
        Ok(())
    }
    /// Whether a start has a number for each coordinate, or values for parameters that there are; those of a model whose parameters are
    /// not known yet are not looked at.
    fn given_fits(&self, given: &Given, key: &str, dim: usize, names: &[String]) -> Result<(), Problem> {
        if let Given::Point(point) = given {
            return self.length("start", Some(&point[..]), dim, names);
        }
        match given.assigned(names) {
            Err(wrong) if !names.is_empty() => {
                let problem = self.problem(&format!("{key}.{}", wrong.name), wrong.message).label(wrong.label);
                let told: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
                let more = if told.len() < names.len() { ", ..." } else { "" };
                Err(problem.note(format!("the parameters are {}{more}", told.join(", "))))
            }
            _ => Ok(()),
        }
    }
    fn rest_fits(&self, dim: usize, quantities: usize) -> Result<(), SpecError> {
        if self.run.until.rhat.is_some() && matches!(self.state, State::Chains { chains: 1, .. }) {
            let message = "`rhat` in `until` of [run] compares chains, and there is one";
            let note = "set `chains = 4` in [state], or stop at `until = { ess = 400 }`";
            return Err(self.problem("run.until", message).note(note).into());
        }
        if let Scheme::Muon { rows, .. } | Scheme::Soap { rows, .. } = self.scheme
            && !dim.is_multiple_of(rows)
        {
            let message =
                format!("`rows = {rows}` in [scheme] does not divide the {dim} coordinates of the functional");
            return Err(self.problem("scheme.rows", message).into());
        }
        let bytes = self.bytes(dim, quantities);
        let limit = available().unwrap_or(1 << 40) as f64;
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
    fn length(&self, key: &str, point: Option<&[f64]>, dim: usize, names: &[String]) -> Result<(), Problem> {
        match point {
            Some(point) if point.len() != dim => {
                let message =
                    format!("`{key}` in [state] has {} numbers, the functional has {dim} coordinates", point.len());
                let problem = self.problem(&format!("state.{key}"), message);
                let told = names.len() == dim && (1..=NAMED).contains(&dim);
                Err(if told { problem.note(format!("its parameters are {}", names.join(", "))) } else { problem })
            }
            _ => Ok(()),
        }
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
