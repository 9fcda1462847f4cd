//! CURVED: which geometries go with which schemes and energies.
use super::manifold::is_manifold;
use super::pair::{Kinds, is_text};
use super::tree::{Node, Raw};
use crate::Problem;
use crate::keys::OF_MAPS;

/// The schemes that move along a manifold.
const ALONG: &[&str] = &[
    "lbfgs",
    "conjugate-gradient",
    "barzilai-borwein",
    "steepest-descent",
    "trust-region",
    "polyak",
    "minimizing-movement",
];

impl Kinds {
    /// Metrics of the place and currents are for explicit Langevin strides, manifolds for line searches and trust regions; and some energies and
    /// geometries are made for one another.
    pub(super) fn curved(&self, root: &Node) -> Result<(), Problem> {
        let (geometry, scheme) = (self.geometry.name, self.scheme_name());
        let table = root.get("geometry");
        if self.scheme.name == "mirror-descent" && geometry != "mirror" {
            let problem = Problem::new("scheme `mirror-descent` needs a mirror map").label("the geometry has none");
            let place = table.or(root.get("scheme")).map(|entry| &entry.key);
            let problem = place.map_or(problem.clone(), |key| problem.at(key));
            return Err(problem.note("[geometry]\nkind = \"mirror\"\nmap = \"entropy\""));
        }
        if self.scheme.name == "natural-gradient" && geometry != "fisher" {
            let problem = Problem::new(format!("scheme `natural-gradient` does not go with geometry `{geometry}`"));
            let problem = table.map_or(problem.clone(), |entry| problem.at(&entry.key));
            return Err(problem.note("it goes with geometry `fisher`"));
        }
        let at_kind = |noun: &str, problem: Problem| {
            let place = root.get(noun).and_then(|entry| entry.node.get("kind"));
            place.map_or(problem.clone(), |entry| problem.at(&entry.node.place))
        };
        let along = format!("scheme {}", ALONG.join(", "));
        let straight = format!("{along}, gradient-flow");
        let mechanics = self.scheme.name == "splitting" && self.noise.name == "still";
        let (fits, partner) = match geometry {
            "euclidean" => (true, ""),
            "constrained" => {
                (mechanics, "mechanics: scheme verlet, a word of A and B, or a composition such as yoshida4")
            }
            "mirror" => (
                matches!(self.scheme.name, "mirror-descent" | "minimizing-movement"),
                "scheme mirror-descent or minimizing-movement",
            ),
            "fisher" => (
                matches!(self.scheme.name, "natural-gradient" | "gradient-flow" | "trust-region"),
                "scheme natural-gradient, gradient-flow or trust-region",
            ),
            "weighted" if self.scheme.name == "gradient-flow" => (true, ""),
            "weighted" => (ALONG.contains(&self.scheme.name), straight.as_str()),
            _ if is_manifold(self.geometry) => (ALONG.contains(&self.scheme.name), along.as_str()),
            _ => (self.scheme.name == "euler-maruyama", "scheme euler-maruyama"),
        };
        if !fits {
            let problem = Problem::new(format!("scheme `{scheme}` does not go with geometry `{geometry}`"));
            let noun = if table.is_some() { "geometry" } else { "scheme" };
            let problem = at_kind(noun, problem);
            return Err(problem.note(format!("geometry `{geometry}` goes with {partner}")));
        }
        let energy = self.functional.name;
        let apart = match (energy, geometry) {
            ("frechet-mean", "euclidean") => {
                Some(("geometry", "spd, sphere, rotations and others whose distances are known"))
            }
            ("frechet-mean", "fixed-rank") => Some(("geometry", "geometries whose distances are known")),
            ("completion", "fixed-rank") if self.scheme.name == "minimizing-movement" => {
                let problem = Problem::new("scheme `minimizing-movement` does not go with geometry `fixed-rank`");
                return Err(at_kind("scheme", problem).note("distances between matrices of a fixed rank are not known"));
            }
            ("completion", "fixed-rank") => None,
            ("completion", _) => Some(("geometry", "geometry fixed-rank")),
            (_, "fixed-rank") => Some(("functional", "geometry fixed-rank, and that with it alone")),
            _ => None,
        };
        if let Some((noun, fit)) = apart {
            let problem = Problem::new(format!("functional `{energy}` does not go with geometry `{geometry}`"));
            let with = if noun == "functional" { "completion" } else { energy };
            return Err(at_kind(noun, problem).note(format!("functional `{with}` goes with {fit}")));
        }
        let compensated = root.get("scheme").and_then(|entry| entry.node.get("compensated"));
        let compensated = compensated.filter(|entry| matches!(entry.node.raw, Raw::Flag(true)));
        if let Some(entry) = compensated.filter(|_| geometry == "constrained") {
            let problem = Problem::new("`compensated` in [scheme] does not go with geometry `constrained`");
            return Err(problem.at(&entry.node.place).note("a drift along a surface is solved for, to rounding"));
        }
        let has = |key: &str| table.is_some_and(|entry| entry.node.get(key).is_some());
        if geometry == "diagonal" && has("growth") == has("diffusivity") {
            let both = if has("growth") { "states D twice" } else { "needs `growth` or `diffusivity`" };
            let problem = Problem::new(format!("[geometry] of kind `diagonal` {both}"));
            let problem = table.map_or(problem.clone(), |entry| problem.at(&entry.key));
            return Err(problem.note("growth = 0.1 is D = 1 + 0.1 x^2; diffusivity = [\"1 / (1 + x^2)\"] is any D > 0"));
        }
        self.composite(root)?;
        let Some(map) = table.and_then(|entry| entry.node.get("map")).filter(|_| geometry == "mirror") else {
            return Ok(());
        };
        let strange =
            |key: &str, of: &str| table.and_then(|entry| entry.node.get(key)).filter(|_| !is_text(&map.node, of));
        if let Some((entry, of)) = OF_MAPS.iter().find_map(|(key, of)| Some((strange(key, of)?, of))) {
            let problem = Problem::new(format!("`{}` in [geometry] is of map `{of}`", entry.name)).at(&entry.key);
            return Err(problem.label("this map has no use for it"));
        }
        Ok(())
    }
}
