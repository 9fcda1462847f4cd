//! COMPOSITE: whether a scheme steps with what is added to an energy, a regulariser or bounds.
use super::pair::{Kinds, is_text};
use super::tree::Node;
use crate::Problem;
use crate::keys::REGULARISERS;

impl Kinds {
    /// A regulariser needs a scheme that steps with it, in a geometry where that step is known.
    pub(super) fn composite(&self, root: &Node) -> Result<(), Problem> {
        let stated = |key: &str| root.get("functional").and_then(|entry| entry.node.get(key));
        let (scheme, geometry) = (self.scheme_name(), self.geometry.name);
        if let Some(bounds) = stated("bounds") {
            let problem = |message: String| Problem::new(message).at(&bounds.key);
            if !matches!(self.scheme.name, "lbfgs" | "proximal-gradient") || geometry != "euclidean" {
                let with = if geometry == "euclidean" {
                    format!("scheme `{scheme}`")
                } else {
                    format!("geometry `{geometry}`")
                };
                let problem = problem(format!("`bounds` in [functional] do not go with {with}"));
                let problem =
                    problem.note("schemes `lbfgs` and `proximal-gradient` move within bounds, in geometry `euclidean`");
                return Err(problem.note("mirror descent has them in its map: `fermi-dirac`"));
            }
            if stated("regulariser").is_some() {
                let problem = problem("`bounds` and `regulariser` in [functional] do not go together".into());
                return Err(problem.note("bounds are a regulariser, 0 within and infinite beyond"));
            }
        }
        let Some(given) = stated("regulariser") else { return Ok(()) };
        let boxed = self.scheme.name == "lbfgs"
            && geometry == "euclidean"
            && given.node.get("kind").is_some_and(|kind| is_text(&kind.node, "box"));
        if boxed {
            return Ok(());
        }
        if !matches!(self.scheme.name, "proximal-gradient" | "mirror-descent") {
            let problem = Problem::new(format!("`regulariser` in [functional] does not go with scheme `{scheme}`"));
            let problem = problem.at(&given.key).note("schemes `proximal-gradient` and `mirror-descent` step with one");
            return Err(problem.note("scheme `lbfgs` with a box"));
        }
        let kind = given.node.get("kind");
        let fits = REGULARISERS.iter().filter(|simple| simple.geometries.contains(&self.geometry.name));
        match kind {
            Some(kind) if !fits.clone().any(|simple| is_text(&kind.node, simple.name)) => {
                let problem =
                    Problem::new(format!("this regulariser does not go with geometry `{}`", self.geometry.name));
                let names: Vec<&str> = fits.map(|simple| simple.name).collect();
                Err(problem.at(&kind.node.place).note(format!("there go {}", names.join(", "))))
            }
            _ => Ok(()),
        }
    }
}
