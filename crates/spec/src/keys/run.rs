//! How far a run goes, by its state, and what it writes.
use super::{Fallback, Key, Kind, Type};

const SEED: Key = Key {
    name: "seed",
    kind: Type::Count(0, i64::MAX as u64),
    fallback: Fallback::Is("1"),
    doc: "all randomness is a function of it; the same seed gives the same bits on any number of threads",
};
const THREADS: Key = Key {
    name: "threads",
    kind: Type::Count(0, 4096),
    fallback: Fallback::Is("0"),
    doc: "0: one a core; never changes a result",
};
const STEPS: Key = Key {
    name: "steps",
    kind: Type::Count(1, 1_000_000_000_000_000),
    fallback: Fallback::Is("10000"),
    doc: "strides in all",
};

/// Named by the state they belong to.
pub(super) const RUNS: &[Kind] = &[
    Kind {
        name: "chains",
        aliases: &[],
        doc: "",
        reference: "",
        keys: &[
            SEED,
            Key {
                name: "draws",
                kind: Type::Count(1, 100_000_000),
                fallback: Fallback::Is("1000"),
                doc: "kept draws a chain",
            },
            Key {
                name: "warmup",
                kind: Type::Count(0, 100_000_000),
                fallback: Fallback::Is("1000"),
                doc: "transitions before the first kept draw; step and metric adapt in them",
            },
            Key {
                name: "thin",
                kind: Type::Count(1, 1_000_000),
                fallback: Fallback::Is("1"),
                doc: "transitions a kept draw",
            },
            Key {
                name: "until",
                kind: Type::Goals,
                fallback: Fallback::Is("{}"),
                doc: "goals to stop at before `draws`: { ess = 1000, rhat = 1.01, seconds = 30 }; the least bulk and tail ESS and the greatest R-hat of any quantity, or a time",
            },
            THREADS,
        ],
        states: &[],
        noises: &[],
        about: None,
    },
    Kind {
        name: "particles",
        aliases: &[],
        doc: "",
        reference: "",
        keys: &[
            SEED,
            STEPS,
            Key {
                name: "warmup",
                kind: Type::Count(0, 1_000_000_000_000),
                fallback: Fallback::Is("1000"),
                doc: "strides before anything is averaged, on top of `steps`",
            },
            Key {
                name: "every",
                kind: Type::Count(1, 1_000_000_000),
                fallback: Fallback::Is("100"),
                doc: "strides between looks of the ledger; rare looks are faster",
            },
            THREADS,
        ],
        states: &[],
        noises: &[],
        about: None,
    },
    Kind {
        name: "point",
        aliases: &[],
        doc: "",
        reference: "",
        keys: &[
            SEED,
            STEPS,
            Key {
                name: "every",
                kind: Type::Count(1, 1_000_000_000),
                fallback: Fallback::Is("1"),
                doc: "strides between looks of the ledger",
            },
            THREADS,
        ],
        states: &[],
        noises: &[],
        about: None,
    },
    Kind {
        name: "path",
        aliases: &[],
        doc: "",
        reference: "",
        keys: &[
            Key { doc: "nothing here is random", ..SEED },
            Key { fallback: Fallback::Is("1000"), doc: "Newton steps at most", ..STEPS },
            THREADS,
        ],
        states: &[],
        noises: &[],
        about: None,
    },
];

pub(super) const OUTPUTS: &[Kind] = &[Kind {
    name: "folder",
    aliases: &[],
    doc: "",
    reference: "",
    keys: &[
        Key {
            name: "dir",
            kind: Type::Path,
            fallback: Fallback::Absent("dir = \"runs/credit\""),
            doc: "run folder, relative to this file; left out: a new runs/NAME-SEED where you are; `--out` overrides it",
        },
        Key {
            name: "report",
            kind: Type::Flag,
            fallback: Fallback::Is("true"),
            doc: "write report.html, one self-contained interactive file",
        },
        Key {
            name: "checkpoint",
            kind: Type::NotNegative,
            fallback: Fallback::Is("10.0"),
            doc: "seconds between checkpoints, from which `steepest resume` goes on after a kill",
        },
        Key { name: "plots", kind: Type::Flag, fallback: Fallback::Is("true"), doc: "write plots/*.svg" },
        Key {
            name: "log_likelihood",
            kind: Type::Flag,
            fallback: Fallback::Is("false"),
            doc: "put the log likelihood of each row at each draw into draws.zarr, for az.loo and its kin: draws times rows numbers",
        },
        Key {
            name: "section",
            kind: Type::Text,
            fallback: Fallback::Absent("section = \"x\""),
            doc: "for mechanics: write every place where this coordinate passes 0 upwards, a Poincare section; a passage is one between two looks, `every` strides apart",
        },
        Key {
            name: "times",
            kind: Type::Times,
            fallback: Fallback::Absent("times = [0.5, 2.25]"),
            doc: "for mechanics and gradient flows: write the state at these times, or each time so much later, into at_times.npy; they need not be ends of strides",
        },
    ],
    states: &[],
    noises: &[],
    about: None,
}];
