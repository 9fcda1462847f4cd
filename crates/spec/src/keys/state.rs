//! What can move, under which noise.
use super::action::{PATH, VELOCITY};
use super::{Fallback, Key, Kind, Type};

const START: Key = Key {
    name: "start",
    kind: Type::Start,
    fallback: Fallback::Is("\"normal\""),
    doc: "where to start: \"normal\" draws a sensible point for each from the seed, or for mechanics takes the motion a named target is known for; a table, such as { sigma = 1.0, beta = [0.5, 2.0] }, has values of parameters, and what it leaves out is random; a list puts them all at one point, in the coordinates of the model, which for a regression are not its parameters",
};
const MASS: Key = Key {
    name: "mass",
    kind: Type::Numbers,
    fallback: Fallback::Absent("mass = [1.0, 4.0]"),
    doc: "for mechanics, the mass that each coordinate moves with, p = m q'; left out: 1, or that of a named target",
};

pub(super) const STATES: &[Kind] = &[
    Kind {
        name: "chains",
        aliases: &[],
        doc: "a few Markov chains whose draws are kept",
        reference: "",
        keys: &[
            Key {
                name: "chains",
                kind: Type::Count(1, 100_000),
                fallback: Fallback::Is("4"),
                doc: "how many; two or more are needed for R-hat between chains",
            },
            Key {
                kind: Type::Starts,
                doc: "where to start: \"normal\" draws a sensible point for each from the seed, \"descent\" goes downhill from there, \
                      \"pathfinder\" draws from a Gaussian found on the way; a table, such as { sigma = 1.0, beta = [0.5, 2.0] }, has \
                      values of parameters, and what it leaves out is random; a list is one point in the coordinates of the model \
                      (those of a regression are whitened, with the mode at 0); a list of tables or lists is one start for each chain",
                ..START
            },
            Key {
                name: "jitter",
                kind: Type::NotNegative,
                fallback: Fallback::Is("0.0"),
                doc: "standard deviation of normal noise added to each start, in the coordinates the chains move in",
            },
        ],
        states: &[],
        noises: &[],
        about: None,
    },
    Kind {
        name: "particles",
        aliases: &["cloud"],
        doc: "a cloud of replicas, of which the ledger and the last state are kept",
        reference: "",
        keys: &[
            Key { name: "n", kind: Type::Count(1, 1_000_000_000), fallback: Fallback::Is("10000"), doc: "how many" },
            START,
            MASS,
        ],
        states: &[],
        noises: &[],
        about: None,
    },
    Kind {
        name: "point",
        aliases: &[],
        doc: "one point of R^d or of a manifold, whose path is kept",
        reference: "",
        keys: &[
            START,
            Key {
                name: "start_file",
                kind: Type::Path,
                fallback: Fallback::Absent("start_file = \"X0.npy\""),
                doc: "the numbers of the start, row by row, from .npy or CSV, instead of `start`",
            },
            Key {
                name: "momentum",
                kind: Type::Numbers,
                fallback: Fallback::Absent("momentum = [0.0, 1.0]"),
                doc: "the momentum to start with, for mechanics; left out: 0, or that of the motion a named target is known for",
            },
            MASS,
            VELOCITY,
        ],
        states: &[],
        noises: &[],
        about: None,
    },
    PATH,
];

pub(super) const NOISES: &[Kind] = &[
    Kind {
        name: "thermal",
        aliases: &[],
        doc: "white noise in fluctuation-dissipation balance: exp(-beta F) is invariant",
        reference: "",
        keys: &[
            Key {
                name: "beta",
                kind: Type::Positive,
                fallback: Fallback::Is("1.0"),
                doc: "inverse temperature; 1 for a posterior",
            },
            Key {
                name: "precision",
                kind: Type::Choice(&["double", "single"]),
                fallback: Fallback::Is("\"double\""),
                doc: "of the normals; single is twice as fast for particles, the state stays in double",
            },
        ],
        states: &[],
        noises: &[],
        about: None,
    },
    Kind {
        name: "still",
        aliases: &["none"],
        doc: "no noise: descent or mechanics",
        reference: "",
        keys: &[],
        states: &[],
        noises: &[],
        about: None,
    },
];
