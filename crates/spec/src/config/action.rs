//! ACTION: what goes with a Lagrangian, and what with momenta and velocities.
use super::pair::{Kinds, is_text};
use super::tree::{Node, Raw};
use crate::Problem;

/// Schemes for the Euler-Lagrange equations.
const SCHEMES: [&str; 3] = ["variational", "newton", "runge-kutta"];

impl Kinds {
    /// Refuses pairs around a Lagrangian that have no meaning.
    pub fn mechanical(&self, root: &Node) -> Result<(), Problem> {
        let given = |noun: &str, key: &str| root.get(noun).and_then(|entry| entry.node.get(key));
        let at = |noun: &str, key: &str, message: String| {
            let place = given(noun, key).map(|entry| &entry.node.place).or(root.get(noun).map(|entry| &entry.key));
            let problem = Problem::new(message);
            place.map_or(problem.clone(), |place| problem.at(place))
        };
        let (functional, name) = (self.functional.name, self.scheme_name());
        let (lagrangian, known) = (functional == "lagrangian", SCHEMES.contains(&self.scheme.name));
        if lagrangian && !known {
            let message = format!("scheme `{name}` does not go with functional `lagrangian`");
            let problem = at("scheme", "kind", message).note(
                "functional `lagrangian` goes with scheme variational, runge-kutta and, for state `path`, newton",
            );
            return Err(match self.scheme.name {
                "splitting" => problem.note(
                    "words and compositions are for H = V(q) + |p|^2 / 2: write V as functional `expression` to use them",
                ),
                _ => problem,
            });
        }
        if !lagrangian && matches!(self.scheme.name, "variational" | "newton") {
            let message = format!("scheme `{name}` does not go with functional `{functional}`");
            return Err(at("scheme", "kind", message)
                .note("it needs a Lagrangian: kind = \"lagrangian\" and L = \"0.5*xdot^2 - V\" in [functional]"));
        }
        for key in ["momentum", "velocity"] {
            let moves = matches!(self.scheme.name, "splitting" | "runge-kutta" | "variational");
            if given("state", key).is_some() && !moves {
                let message = format!("`{key}` in [state] does not go with scheme `{name}`, which has no momentum");
                return Err(at("state", key, message).note("mechanics has: scheme `verlet`, or a word without O"));
            }
        }
        let mechanics =
            self.noise.name == "still" && matches!(self.scheme.name, "splitting" | "runge-kutta") && !lagrangian;
        for (noun, key) in [("state", "mass"), ("output", "section")] {
            if given(noun, key).is_some() && !mechanics {
                let message = match lagrangian {
                    true => format!("`{key}` in [{noun}] does not go with functional `lagrangian`"),
                    false => format!("`{key}` in [{noun}] does not go with scheme `{name}`"),
                };
                let note = "it is for mechanics of V: scheme `verlet`, or a word without O";
                return Err(at(noun, key, message).note(note));
            }
        }
        let moves = self.noise.name == "still"
            && matches!(self.scheme.name, "splitting" | "runge-kutta" | "variational" | "gradient-flow");
        if given("output", "times").is_some() && !moves {
            let message = format!("`times` in [output] does not go with scheme `{name}`");
            let note =
                "it is for what moves in time without noise: mechanics, a Lagrangian from a start, a gradient flow";
            return Err(at("output", "times", message).note(note));
        }
        let pair = given("scheme", "method").is_some_and(|entry| is_text(&entry.node, "dormand-prince"));
        for key in ["rtol", "atol"] {
            if given("scheme", key).is_some() && self.scheme.name == "runge-kutta" && !pair {
                let message = format!("`{key}` in [scheme] is of method `dormand-prince` alone");
                return Err(at("scheme", key, message).note("the other methods take strides of length `step`"));
            }
        }
        if given("state", "momentum").is_some() && given("state", "velocity").is_some() {
            let message = "`momentum` and `velocity` in [state] say the same thing twice".to_owned();
            return Err(at("state", "velocity", message).note("keep one: the momentum is dL/dv at the velocity"));
        }
        let number = |key: &str| match given("state", key).map(|entry| &entry.node.raw) {
            Some(Raw::Number(x)) => Some(*x),
            Some(Raw::Whole(x)) => Some(*x as f64),
            _ => None,
        };
        if self.state.name == "path" && number("grading").is_some_and(|grading| grading < 1.0) {
            let message = "`grading` in [state] must be 1 or more: it puts nodes near the start".to_owned();
            return Err(
                at("state", "grading", message).note("for a path that is steep at its end, turn the time round")
            );
        }
        let length = |key: &str| {
            given("state", key).and_then(|entry| match &entry.node.raw {
                Raw::List(list) => Some(list.len()),
                _ => None,
            })
        };
        if let (Some(from), Some(to)) = (length("from"), length("to"))
            && from != to
        {
            let message = format!("`from` in [state] has {from} coordinates and `to` has {to}");
            return Err(at("state", "to", message));
        }
        Ok(())
    }
}
