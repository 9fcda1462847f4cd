//! PAIR: which kind each noun has, said or by default, and whether they go together.
use super::manifold::{home, is_manifold};
use super::read::chosen;
use super::tree::{Node, Raw};
use super::value::settle;
use super::word::order;
use crate::keys::{Fallback, Kind, Noun, noun};
use crate::{Place, Problem};
use toml::Value;

/// The kind of every chosen noun.
pub(super) struct Kinds {
    pub functional: &'static Kind,
    pub state: &'static Kind,
    pub geometry: &'static Kind,
    pub noise: &'static Kind,
    pub scheme: &'static Kind,
    /// The parts of a splitting.
    pub word: Option<String>,
}

fn lookup(name: &'static str) -> Result<&'static Noun, Problem> {
    noun(name).ok_or_else(|| Problem::new(format!("there is no noun {name}")))
}
fn kind_of(noun_name: &'static str, kind: &str) -> Result<&'static Kind, Problem> {
    lookup(noun_name)?.kind(kind).ok_or_else(|| Problem::new(format!("there is no {noun_name} {kind}")))
}
/// What the file says about a noun.
fn said(root: &Node, name: &'static str) -> Result<Option<(&'static Kind, Option<String>)>, Problem> {
    match root.get(name) {
        Some(entry) => chosen(lookup(name)?, entry),
        None => Ok(None),
    }
}

/// The states and noises a scheme goes with, the default first. A word is mechanics without O and needs noise with one.
fn partners(scheme: &'static Kind, word: Option<&str>) -> (Vec<&'static str>, Vec<&'static str>) {
    let (states, noises) = match word.filter(|_| scheme.name == "splitting") {
        Some(word) if word.contains('O') => (&["particles", "chains"][..], &["thermal"][..]),
        Some(_) => (&["point", "particles"][..], &["still"][..]),
        None => (scheme.states, scheme.noises),
    };
    (states.to_vec(), noises.to_vec())
}

impl Kinds {
    /// Said, or by default: of the state for the scheme, of the scheme for the rest.
    pub fn of(root: &Node) -> Result<Kinds, Problem> {
        let Some((functional, _)) = said(root, "functional")? else {
            let noun = lookup("functional")?;
            let problem = Problem::new("[functional] needs `kind`").label("`kind` is missing");
            let problem = problem.note(format!("one of {}", noun.names().join(", ")));
            return Err(root.get("functional").map_or(problem.clone(), |entry| problem.at(&entry.key)));
        };
        let (state, noise, geometry) = (said(root, "state")?, said(root, "noise")?, said(root, "geometry")?);
        let is = |said: &Option<(&Kind, Option<String>)>, name: &str| {
            said.as_ref().is_some_and(|(kind, _)| kind.name == name)
        };
        let free = geometry.is_none();
        let squares = functional.name == "least-squares" && noise.as_ref().is_none_or(|(kind, _)| kind.name == "still");
        let geometry = match geometry {
            Some((kind, _)) => kind,
            None => kind_of("geometry", home(functional.name))?,
        };
        let (scheme, word) = match said(root, "scheme")? {
            Some(said) => said,
            None if is(&state, "path") => (kind_of("scheme", "newton")?, None),
            None if functional.name == "lagrangian" => (kind_of("scheme", "variational")?, None),
            None if geometry.name == "constrained" => (kind_of("scheme", "splitting")?, Some("BAB".to_owned())),
            None if geometry.name == "fisher" => (kind_of("scheme", "natural-gradient")?, None),
            None if geometry.name == "mirror" => (kind_of("scheme", "mirror-descent")?, None),
            None if functional_has(root, "bounds") && free => (kind_of("scheme", "lbfgs")?, None),
            None if squares && free && state.as_ref().is_none_or(|(kind, _)| kind.name == "point") => {
                (kind_of("scheme", "levenberg-marquardt")?, None)
            }
            None if is_manifold(geometry) => (kind_of("scheme", "lbfgs")?, None),
            None if is(&state, "point") || is(&noise, "still") && !is(&state, "chains") => {
                (kind_of("scheme", "gradient-descent")?, None)
            }
            // The one scheme that goes with the other geometries that are not flat.
            None if geometry.name != "euclidean" => (kind_of("scheme", "euler-maruyama")?, None),
            None if is(&state, "particles") => (kind_of("scheme", "splitting")?, None),
            None => (kind_of("scheme", "nuts")?, None),
        };
        let word = match (scheme.name, word) {
            ("splitting", None) => match root.get("scheme").and_then(|entry| entry.node.get("word")) {
                Some(entry) => {
                    match scheme.key("word").map(|key| settle(key, "scheme", &entry.node)).transpose()?.flatten() {
                        Some(Value::String(word)) => Some(word),
                        _ => None,
                    }
                }
                None => Some("BAOAB".to_owned()),
            },
            (_, word) => word,
        };
        let (states, noises) = partners(scheme, word.as_deref());
        let or = |said: Option<(&'static Kind, _)>, name, by_default: &[&'static str]| match said {
            Some((kind, _)) => Ok(kind),
            None => kind_of(name, by_default.first().copied().unwrap_or_default()),
        };
        Ok(Kinds {
            functional,
            state: or(state, "state", &states)?,
            geometry: if free && scheme.name == "natural-gradient" { kind_of("geometry", "fisher")? } else { geometry },
            noise: or(noise, "noise", &noises)?,
            scheme,
            word,
        })
    }
    /// The kind whose keys a table has.
    pub fn of_noun(&self, noun: &Noun) -> Result<&'static Kind, Problem> {
        Ok(match noun.name {
            "functional" => self.functional,
            "state" => self.state,
            "geometry" => self.geometry,
            "noise" => self.noise,
            "scheme" => self.scheme,
            "run" => kind_of("run", self.state.name)?,
            _ => kind_of("output", "folder")?,
        })
    }
    /// Refuses pairs that have no meaning, and settles what depends on two keys.
    pub fn check(&self, root: &Node, document: &mut toml::Table) -> Result<(), Problem> {
        let word = self.word.as_deref();
        let (states, noises) = partners(self.scheme, word);
        self.mechanical(root)?;
        if !states.contains(&self.state.name) {
            return Err(self.apart(root, "state", self.state, &states));
        }
        if !noises.contains(&self.noise.name) {
            return Err(self.apart(root, "noise", self.noise, &noises));
        }
        self.curved(root)?;
        self.informed(root, document)?;
        let given = |noun: &str, key: &str| root.get(noun).and_then(|entry| entry.node.get(key));
        let name = self.scheme_name();
        let alone = |noun: &str, key: &str, message: String| {
            let problem = Problem::new(message);
            given(noun, key).map_or(problem.clone(), |entry| problem.at(&entry.node.place))
        };
        if has(document, "state", "start") && has(document, "state", "start_file") {
            let message = "`start` and `start_file` in [state] say where to start twice".to_owned();
            return Err(alone("state", "start_file", message).note("leave one of them out"));
        }
        let compensated = document.get("scheme").and_then(|scheme| scheme.get("compensated")).and_then(Value::as_bool);
        if compensated == Some(true) && word.is_some_and(|word| word.contains('O')) {
            let message =
                format!("`compensated = true` in [scheme] does not go with the word `{name}`, which has an O");
            return Err(
                alone("scheme", "compensated", message).note("noise is far above rounding; it is for mechanics")
            );
        }
        let extrapolate = document.get("scheme").and_then(|scheme| scheme.get("extrapolate")).and_then(Value::as_bool);
        if extrapolate == Some(true) && self.noise.name == "still" {
            let message = format!("`extrapolate = true` in [scheme] does not go with `{name}` without noise");
            let problem = alone("scheme", "extrapolate", message);
            return Err(problem.note("it is for laws that draws are of: a word with an O, and thermal noise"));
        }
        if extrapolate == Some(true) && word.is_some_and(|word| order(word).is_none()) {
            let message = format!("`extrapolate = true` in [scheme] does not go with the word `{name}`");
            return Err(alone("scheme", "extrapolate", message)
                .note("from no letter on is it its own mirror image: averages are wrong by h and by h^2 at once")
                .note("of BAOAB, OBABO or OBAB they are wrong by h^2, which two runs can take away"));
        }
        if text(document, "scheme", "precision") == Some("single") {
            let apart = match (self.state.name, self.noise.name) {
                ("particles", "thermal") => None,
                ("particles", noise) => Some(format!("noise `{noise}`")),
                (state, _) => Some(format!("state `{state}`")),
            };
            if let Some(apart) = apart {
                let message = format!("`precision = \"single\"` in [scheme] does not go with {apart}");
                return Err(alone("scheme", "precision", message)
                    .note("it is for clouds of particles under thermal noise, where slopes are the cost"));
            }
        }
        let friction = document.get("scheme").and_then(|scheme| scheme.get("friction")).and_then(Value::as_float);
        if word.is_some_and(|word| !word.contains('O')) {
            if given("scheme", "friction").is_some() && friction != Some(0.0) {
                let message = format!("`friction` in [scheme] does not go with the word `{name}`, which has no O");
                return Err(alone("scheme", "friction", message).note("friction acts in part O: BAOAB has one"));
            }
            put(document, "scheme", "friction", Value::Float(0.0));
        } else if word.is_some() && friction == Some(0.0) {
            let message =
                format!("`friction = 0` in [scheme] does not go with the word `{name}`: its O would do nothing");
            return Err(
                alone("scheme", "friction", message).note("mechanics without a bath is `verlet`, or a word without O")
            );
        }
        if matches!(self.scheme.name, "chees" | "meads") {
            // Many chains have few draws each; those of one leapfrog hang together.
            if self.scheme.name == "meads" && given("run", "thin").is_none() {
                put(document, "run", "thin", Value::Integer(10));
            }
            for (noun, key, many) in [("state", "chains", 1000), ("run", "draws", 100), ("run", "warmup", 200)] {
                if given(noun, key).is_none() {
                    put(document, noun, key, Value::Integer(many));
                }
            }
            let chains = document.get("state").and_then(|state| state.get("chains")).and_then(Value::as_integer);
            if let Some(chains) = chains.filter(|chains| *chains < 10) {
                let message =
                    format!("`chains = {chains}` is too few for scheme `{name}`, which learns from all at once");
                let problem = alone("state", "chains", message);
                return Err(problem.note("take 10 or more, better 100; or scheme `nuts`, whose chains learn alone"));
            }
        }
        let pool = document.get("scheme").and_then(|scheme| scheme.get("pool")).and_then(Value::as_bool) == Some(true);
        if pool && has(document, "scheme", "step") {
            let message = "`pool = true` in [scheme] does not go with a fixed `step`: nothing is learned".to_owned();
            return Err(alone("scheme", "pool", message).note("leave out `step`, or `pool`"));
        }
        let metropolis = self.scheme.key("metric").is_some();
        if metropolis && text(document, "noise", "precision") == Some("single") {
            let message = format!("`precision = \"single\"` in [noise] does not go with scheme `{name}`");
            return Err(
                alone("noise", "precision", message).note("it is for clouds of particles, where normals are the cost")
            );
        }
        if !metropolis {
            return Ok(());
        }
        self.idle(root, document)?;
        if has(document, "scheme", "step") {
            // A fixed step adapts nothing.
            if given("scheme", "metric").is_none() {
                put(document, "scheme", "metric", Value::String("unit".into()));
            } else if text(document, "scheme", "metric") != Some("unit") {
                let message = format!("a fixed `step` of scheme `{name}` goes with metric = \"unit\" alone");
                return Err(alone("scheme", "metric", message).note("leave `step` out to adapt both in warm-up"));
            }
        } else if document.get("run").and_then(|run| run.get("warmup")).and_then(Value::as_integer) == Some(0) {
            let message = format!("`warmup = 0` leaves nothing to adapt the step of scheme `{name}` in");
            return Err(alone("run", "warmup", message).note("give `step` in [scheme], or a warm-up of 300 or more"));
        }
        Ok(())
    }
    /// Refuses what would be without effect beside another key, and is not what it is by default.
    fn idle(&self, root: &Node, document: &toml::Table) -> Result<(), Problem> {
        let said = |key: &str| {
            let value = document.get("scheme")?.get(key)?;
            let number = value.as_float().or(value.as_integer().map(|whole| whole as f64));
            let usual: Option<f64> = match self.scheme.key(key)?.fallback {
                Fallback::Is(text) => text.parse().ok(),
                _ => None,
            };
            root.get("scheme")?.node.get(key).filter(|_| number != usual)
        };
        let refuse = |key: &str, message: String, note: &str| match said(key) {
            Some(entry) => Err(Problem::new(message).at(&entry.node.place).note(note)),
            None => Ok(()),
        };
        let name = self.scheme.name;
        if name == "hmc" && has(document, "scheme", "length") {
            let message = "`leapfrogs` and `length` in [scheme] say how long a trajectory is twice".to_owned();
            refuse("leapfrogs", message, "leave one of them out")?;
        }
        if has(document, "scheme", "step") {
            let message = format!("`target_accept` in [scheme] does not go with a fixed `step` of scheme `{name}`");
            refuse("target_accept", message, "nothing is adapted to it: leave one of them out")?;
        }
        let adjusted = document.get("scheme").and_then(|scheme| scheme.get("adjusted")).and_then(Value::as_bool);
        if adjusted == Some(false) {
            let message = format!("`target_accept` in [scheme] does not go with scheme `{name}`, which accepts all");
            refuse("target_accept", message, "adjusted = true has one; else steps follow the error of the energy")?;
        }
        Ok(())
    }
    /// In the geometry of an information the model of a trust region bends by it, and nowhere else.
    fn informed(&self, root: &Node, document: &mut toml::Table) -> Result<(), Problem> {
        if self.scheme.name != "trust-region" {
            return Ok(());
        }
        let (geometry, said) = (self.geometry.name, root.get("scheme").and_then(|entry| entry.node.get("curvatures")));
        let Some(said) = said else {
            if geometry == "fisher" {
                put(document, "scheme", "curvatures", Value::String("information".into()));
            }
            return Ok(());
        };
        if is_text(&said.node, "information") == (geometry == "fisher") {
            return Ok(());
        }
        let curvatures = text(document, "scheme", "curvatures").unwrap_or_default();
        let message = format!("`curvatures = \"{curvatures}\"` in [scheme] does not go with geometry `{geometry}`");
        let note = match geometry {
            "fisher" => "there the model bends by the information: leave `curvatures` out",
            _ => "the information is that of geometry `fisher`",
        };
        Err(Problem::new(message).at(&said.node.place).note(note))
    }
    pub fn scheme_name(&self) -> &str {
        self.word.as_deref().unwrap_or(self.scheme.name)
    }
    fn apart(&self, root: &Node, noun_name: &'static str, kind: &Kind, fit: &[&str]) -> Problem {
        let scheme = self.scheme_name();
        let place = |noun: &str| -> Option<Place> { Some(root.get(noun)?.node.get("kind")?.node.place.clone()) };
        let (here, there) = (place(noun_name), place("scheme"));
        let mut problem = Problem::new(format!("scheme `{scheme}` does not go with {noun_name} `{}`", kind.name));
        problem.place = here.clone().or(there.clone());
        if there.is_none() {
            problem = problem.note(format!("[scheme] is left out: `{scheme}` by default"));
        }
        if here.is_none() {
            problem = problem.note(format!("[{noun_name}] is left out: `{}` by default", kind.name));
        }
        let fitting = |other: &&Kind| match noun_name {
            "state" => other.states.contains(&kind.name),
            _ => other.noises.contains(&kind.name),
        };
        let detail = |other: &Kind| match (other.name, noun_name, kind.name) {
            ("splitting", "noise", "still") | ("splitting", "state", "point") => "a word without O (verlet)".to_owned(),
            ("splitting", "noise", _) | ("splitting", "state", "chains") => "a word with O (BAOAB)".to_owned(),
            ("splitting", ..) => "a word (BAOAB, verlet)".to_owned(),
            _ => other.name.to_owned(),
        };
        let schemes: Vec<String> =
            noun("scheme").map_or(&[][..], |noun| noun.kinds).iter().filter(fitting).map(detail).collect();
        problem.note(format!("scheme `{scheme}` goes with {noun_name} {}", fit.join(" or "))).note(format!(
            "{noun_name} `{}` goes with scheme {}",
            kind.name,
            schemes.join(", ")
        ))
    }
}

fn functional_has(root: &Node, key: &str) -> bool {
    root.get("functional").is_some_and(|entry| entry.node.get(key).is_some())
}
pub(super) fn is_text(node: &Node, text: &str) -> bool {
    matches!(&node.raw, Raw::Text(said) if said == text)
}
fn text<'a>(document: &'a toml::Table, noun: &str, key: &str) -> Option<&'a str> {
    document.get(noun)?.get(key)?.as_str()
}
fn has(document: &toml::Table, noun: &str, key: &str) -> bool {
    document.get(noun).is_some_and(|table| table.get(key).is_some())
}
fn put(document: &mut toml::Table, noun: &str, key: &str, value: Value) {
    if let Some(Value::Table(table)) = document.get_mut(noun) {
        table.insert(key.into(), value);
    }
}
