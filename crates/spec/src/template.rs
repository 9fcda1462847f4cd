//! TEMPLATE: a commented flow.toml to start from, for each common row.
use crate::config::section;
use crate::keys::noun;
use crate::nearest::suggestion;
use crate::{Problem, SpecError};

/// A row to start from: its name, one sentence, another on the file that it reads, the kind of each noun, and the values that are not
/// the default.
struct Template {
    name: &'static str,
    doc: &'static str,
    reads: &'static str,
    kinds: &'static [(&'static str, &'static str)],
    values: &'static [(&'static str, &'static str, &'static str)],
}

const CHAINS: &[(&str, &str)] =
    &[("state", "chains"), ("noise", "thermal"), ("scheme", "nuts"), ("run", "chains"), ("output", "folder")];
const TEMPLATES: &[Template] = &[
    Template {
        name: "regression",
        doc: "the posterior of a regression: a table and a formula in, draws out",
        reads: "It reads `credit.csv` beside it, a table with the columns of `formula`, such as examples/credit/credit.csv: put in your own.",
        kinds: &[("functional", "regression")],
        values: &[("functional", "formula", "\"default ~ duration + log(amount) + C(status) + age:credits\"")],
    },
    Template {
        name: "expression",
        doc: "draws from exp(-V), V a formula",
        reads: "",
        kinds: &[("functional", "expression")],
        values: &[("functional", "constants", "{ k = 2.0 }")],
    },
    Template {
        name: "rows",
        doc: "the posterior of any model stated for one row of a table",
        reads: "It reads `decay.csv` beside it, a table with columns t and y, such as examples/decay/decay.csv: put in your own.",
        kinds: &[("functional", "rows")],
        values: &[
            ("functional", "nll", "\"log(s) + 0.5*((y - a*exp(-b*t))/s)^2\""),
            ("functional", "priors", "{ a = \"normal(0, 10)\", s = \"exponential(1)\" }"),
        ],
    },
    Template {
        name: "target",
        doc: "draws from a target whose exact answers are known",
        reads: "",
        kinds: &[("functional", "target")],
        values: &[],
    },
    Template {
        name: "langevin",
        doc: "a cloud of particles in underdamped Langevin dynamics",
        reads: "",
        kinds: &[("functional", "expression"), ("state", "particles"), ("scheme", "splitting"), ("run", "particles")],
        values: &[("functional", "energy", "\"(x^2 - 1)^2 / 4\""), ("noise", "beta", "3.0")],
    },
    Template {
        name: "lagrangian",
        doc: "the motion of any Lagrangian from a position and a velocity",
        reads: "",
        kinds: &[
            ("functional", "lagrangian"),
            ("state", "point"),
            ("noise", "still"),
            ("scheme", "variational"),
            ("run", "point"),
        ],
        values: &[
            ("functional", "L", "\"0.5*m*(xdot^2 + ydot^2) - 0.5*k*(x^2 + 2*y^2)\""),
            ("functional", "constants", "{ m = 1.0, k = 1.0 }"),
            ("state", "start", "[1.0, 0.0]"),
            ("state", "velocity", "[0.0, 1.0]"),
            ("run", "steps", "2000"),
        ],
    },
    Template {
        name: "action",
        doc: "the path of stationary action between two points in a given time",
        reads: "",
        kinds: &[
            ("functional", "lagrangian"),
            ("state", "path"),
            ("noise", "still"),
            ("scheme", "newton"),
            ("run", "path"),
        ],
        values: &[
            ("functional", "L", "\"0.5*xdot^2 - k*(1 - cos(x))\""),
            ("functional", "constants", "{ k = 1.0 }"),
            ("state", "from", "[0.0]"),
            ("state", "to", "[1.0]"),
            ("state", "time", "2.0"),
        ],
    },
    Template {
        name: "descent",
        doc: "gradient descent of an energy: the same flow without noise",
        reads: "",
        kinds: &[
            ("functional", "expression"),
            ("state", "point"),
            ("noise", "still"),
            ("scheme", "gradient-descent"),
            ("run", "point"),
        ],
        values: &[("functional", "energy", "\"(1 - x)^2 + 100 * (y - x^2)^2\""), ("state", "start", "[-1.2, 1.0]")],
    },
    Template {
        name: "least-squares",
        doc: "a sum of squared residuals, by Levenberg-Marquardt",
        reads: "",
        kinds: &[
            ("functional", "least-squares"),
            ("state", "point"),
            ("noise", "still"),
            ("scheme", "levenberg-marquardt"),
            ("run", "point"),
        ],
        values: &[("state", "start", "[-1.2, 1.0]"), ("functional", "parameters", "[\"x\", \"y\"]")],
    },
    Template {
        name: "manifold",
        doc: "the leading eigenspace of a matrix: minimisation on a manifold",
        reads: "It reads `A.csv` beside it, a symmetric matrix with a line a row and no names, such as examples/eigenspace/A.csv: put in your own.",
        kinds: &[
            ("functional", "rayleigh"),
            ("state", "point"),
            ("geometry", "grassmann"),
            ("noise", "still"),
            ("scheme", "lbfgs"),
            ("run", "point"),
        ],
        values: &[("functional", "data", "\"A.csv\""), ("functional", "columns", "5"), ("scheme", "tolerance", "1e-7")],
    },
];

/// The names of the rows `template` knows, each with a sentence.
pub fn templates() -> impl Iterator<Item = (&'static str, &'static str)> {
    TEMPLATES.iter().map(|template| (template.name, template.doc))
}

/// A commented flow.toml for a row, ready to be changed and run.
///
/// # Errors
/// No such row.
pub fn template(name: &str) -> Result<String, SpecError> {
    let Some(template) = TEMPLATES.iter().find(|template| template.name == name) else {
        let known: Vec<&str> = templates().map(|(name, _)| name).collect();
        let problem = Problem::new(format!("there is no template for a row `{name}`"));
        let problem = problem.label(suggestion(name, known.iter().copied()));
        return Err(problem.note(format!("known: {}", known.join(", "))).into());
    };
    let mut out = format!("# {}. Run it with `steepest run flow.toml`.\n", template.doc);
    if !template.reads.is_empty() {
        out += &format!("# {}\n", template.reads);
    }
    for noun_name in ["functional", "state", "geometry", "noise", "scheme", "run", "output"] {
        let kind =
            template.kinds.iter().chain(CHAINS).find(|(noun, _)| *noun == noun_name).map_or("", |(_, kind)| kind);
        // A geometry is said where it is not the flat one.
        if kind.is_empty() {
            continue;
        }
        let Some((noun, kind)) = noun(noun_name).and_then(|noun| Some((noun, noun.kind(kind)?))) else { continue };
        let given = |key: &str| template.values.iter().find(|(noun, name, _)| *noun == noun_name && *name == key);
        out += &section(noun, kind, |key| given(key.name).map(|(_, _, value)| (*value).to_owned()));
    }
    Ok(out)
}
