//! KEYS: every noun, kind and key of flow.toml, said once. Reading, defaults, messages, the resolved file, the JSON Schema
//! and `steepest list` all fold over these tables.
mod about;
mod action;
mod composite;
mod descent;
mod functional;
mod geometry;
mod ledger;
mod manifolds;
mod matrices;
mod movement;
mod run;
mod scheme;
mod scheme_keys;
mod state;
pub use about::About;
pub(crate) use about::{ADJUSTED, BOUNDED, CONSTRAINED, MECHANICS, NON_REVERSIBLE, RIEMANNIAN, SCORING, VARIATIONAL};
pub use composite::{REGULARISERS, Simple, regulariser};
pub(crate) use geometry::OF_MAPS;
pub use ledger::Circumstances;

/// A table of flow.toml.
#[derive(Debug)]
pub struct Noun {
    /// `scheme` in `[scheme]`.
    pub name: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// Whether `kind = ...` chooses among the kinds; otherwise the state does (`[run]`) or there is one (`[output]`).
    pub chosen: bool,
    /// What it can be.
    pub kinds: &'static [Kind],
}

/// One thing a noun can be.
#[derive(Debug)]
pub struct Kind {
    /// The name.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// One sentence.
    pub doc: &'static str,
    /// Where it is from.
    pub reference: &'static str,
    /// Its keys, beside `kind`.
    pub keys: &'static [Key],
    /// The states, noises and geometries it goes with, the first of each being the default; empty where it is not asked.
    pub states: &'static [&'static str],
    /// See `states`.
    pub noises: &'static [&'static str],
    /// What the theory says of a run, for schemes.
    pub about: Option<&'static About>,
}

/// One key.
#[derive(Debug)]
pub struct Key {
    /// The name.
    pub name: &'static str,
    /// What it may be.
    pub kind: Type,
    /// What it is when left out.
    pub fallback: Fallback,
    /// One sentence, used in messages, in the resolved file, in the schema.
    pub doc: &'static str,
}

/// What a value may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Type {
    /// Any text but the empty one.
    Text,
    /// The path of a file, relative to flow.toml.
    Path,
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// One of a few words for all, or a table of such words by name.
    Choices(&'static [&'static str]),
    /// true or false.
    Flag,
    /// A whole number within bounds.
    Count(u64, u64),
    /// Any finite number.
    Number,
    /// A number greater than 0.
    Positive,
    /// A number not less than 0.
    NotNegative,
    /// A number between 0 and 1, neither included.
    Fraction,
    /// `auto`, or a number greater than 0.
    AutoOrPositive,
    /// `"auto"` or a number, 0 or more.
    AutoOrNotNegative,
    /// `auto`, or a number between 0 and 1, neither included.
    AutoOrFraction,
    /// `auto`, true or false.
    AutoOrFlag,
    /// A word of As, Bs and Os.
    Word,
    /// A point: a list of numbers, values by name, or `normal`.
    Start,
    /// A point, a point for each chain, or how to look for them.
    Starts,
    /// The value of a parameter: a number, or a list of them.
    Quantity,
    /// A list of points.
    Points,
    /// A list of numbers.
    Numbers,
    /// Times: a list of them, or the time between one and the next.
    Times,
    /// A list of texts.
    Texts,
    /// A list of names, of which some may be numbers.
    Levels,
    /// A table of numbers.
    NumberTable,
    /// Goals to stop at.
    Goals,
    /// A table of texts.
    TextTable,
    /// A table of the name of a regulariser and its numbers.
    Regulariser,
    /// A table of pairs of numbers, the first of each no greater than the second; either may be infinite.
    Bounds,
}

/// What a key is when left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fallback {
    /// It cannot be left out; an example.
    Required(&'static str),
    /// Nothing; an example.
    Absent(&'static str),
    /// This, as TOML.
    Is(&'static str),
}

/// What a run of chains can stop at.
pub(crate) const GOALS: &[&str] = &["ess", "rhat", "seconds"];

/// How chains can look for their starts.
pub(crate) const SEARCHES: &[&str] = &["normal", "descent", "pathfinder"];

/// All tables of flow.toml, in the order they are written.
pub const NOUNS: &[Noun] = &[
    Noun { name: "functional", doc: "F, what should decrease", chosen: true, kinds: functional::KINDS },
    Noun { name: "state", doc: "x, what moves", chosen: true, kinds: state::STATES },
    Noun { name: "geometry", doc: "K, how distance is measured", chosen: true, kinds: geometry::GEOMETRIES },
    Noun { name: "noise", doc: "the shocks", chosen: true, kinds: state::NOISES },
    Noun { name: "scheme", doc: "how the flow is advanced", chosen: true, kinds: scheme::KINDS },
    Noun { name: "run", doc: "how far, from which seed", chosen: false, kinds: run::RUNS },
    Noun { name: "output", doc: "what is written, and where", chosen: false, kinds: run::OUTPUTS },
];

/// The noun called `name`.
pub fn noun(name: &str) -> Option<&'static Noun> {
    NOUNS.iter().find(|noun| noun.name == name)
}

impl Noun {
    /// The kind called `name`, under its own name or another.
    pub fn kind(&self, name: &str) -> Option<&'static Kind> {
        let is = |known: &str| known.eq_ignore_ascii_case(name);
        self.kinds.iter().find(|kind| is(kind.name) || kind.aliases.iter().any(|alias| is(alias)))
    }
    /// The names of its kinds.
    pub fn names(&self) -> Vec<&'static str> {
        self.kinds.iter().map(|kind| kind.name).collect()
    }
}

impl Kind {
    /// The key called `name`.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

impl Type {
    /// What is expected, as it reads after `must be`.
    pub fn expected(self) -> String {
        match self {
            Type::Text => "a text in quotes, not empty".into(),
            Type::Path => "the path of a file, in quotes".into(),
            Type::Choice(words) => format!("one of {}", quoted(words)),
            Type::Choices(words) => {
                let example = words.last().unwrap_or(&"auto");
                format!("one of {}, or a table of them, such as {{ g = \"{example}\" }}", quoted(words))
            }
            Type::Flag => "true or false".into(),
            Type::Count(least, most) => format!("a whole number from {least} to {most}"),
            Type::Number => "a number".into(),
            Type::Positive => "a number greater than 0".into(),
            Type::NotNegative => "a number not less than 0".into(),
            Type::Fraction => "a number between 0 and 1, neither included".into(),
            Type::AutoOrPositive => "\"auto\" or a number greater than 0".into(),
            Type::AutoOrNotNegative => "\"auto\" or a number not less than 0".into(),
            Type::AutoOrFraction => "\"auto\" or a number between 0 and 1, neither included".into(),
            Type::AutoOrFlag => "\"auto\", true or false".into(),
            Type::Word => "a word of A, B and O with at least one A and one B, such as \"BAOAB\", or the name of a composition, such as \"yoshida4\"".into(),
            Type::Start => "\"normal\", a list of numbers, or a table of values such as { sigma = 1.0 }".into(),
            Type::Starts => format!(
                "{}, a list of numbers or a table of values such as {{ sigma = 1.0 }}, or a list of these for each chain",
                quoted(SEARCHES)
            ),
            Type::Quantity => "a number or a list of numbers".into(),
            Type::Points => "a list of points, such as [[0.0, 0.0], [1.0, 2.0]]".into(),
            Type::Numbers => "a list of numbers".into(),
            Type::Times => "a list of times from 0 on, or the time between one and the next".into(),
            Type::Texts => "a list of texts".into(),
            Type::Levels => "a list of texts or numbers".into(),
            Type::NumberTable => "a table of numbers, such as { k = 2.0 }".into(),
            Type::Goals => "a table of ess, rhat (above 1) and seconds, such as { ess = 1000, rhat = 1.01 }".into(),
            Type::TextTable => "a table of texts, such as { age = \"normal(0, 1)\" }".into(),
            Type::Bounds => "a table of [least, greatest] by parameter, such as { x = [0.0, 1.0], y = [0.0, inf] }".into(),
            Type::Regulariser => {
                let names: Vec<&str> = REGULARISERS.iter().map(|simple| simple.name).collect();
                format!("a table of `kind` ({}) and its numbers, such as {{ kind = \"l1\", weight = 0.1 }}", quoted(&names))
            }
        }
    }
}

/// `"a", "b", "c"`
pub(crate) fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}
