//! What can decrease: a regression from a table, an expression, a named target.
use super::{Fallback, Key, Kind, Type};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "regression",
        aliases: &[],
        doc: "minus the log posterior of a regression, from a table and a formula",
        reference: "",
        keys: &[
            Key {
                name: "data",
                kind: Type::Path,
                fallback: Fallback::Required("data = \"credit.csv\""),
                doc: "CSV file, relative to this file",
            },
            Key {
                name: "formula",
                kind: Type::Text,
                fallback: Fallback::Required("formula = \"y ~ age + log(amount) + C(purpose) + age:income\""),
                doc: "response ~ terms: columns, log(x), C(x) for categories, a:b for products, (x | g) for groups, . for all columns",
            },
            Key {
                name: "family",
                kind: Type::Choice(&[
                    "auto",
                    "gaussian",
                    "bernoulli",
                    "poisson",
                    "binomial",
                    "negative_binomial",
                    "gamma",
                    "beta",
                    "student",
                    "ordinal",
                    "zero_inflated_poisson",
                ]),
                fallback: Fallback::Is("\"auto\""),
                doc: "law of the response; auto: binomial with trials, bernoulli for two values or words, else gaussian",
            },
            Key {
                name: "weights",
                kind: Type::Text,
                fallback: Fallback::Absent("weights = \"count\""),
                doc: "column that says for how many observations each row counts",
            },
            Key {
                name: "centering",
                kind: Type::Choice(&["auto", "centered", "noncentered"]),
                fallback: Fallback::Is("\"auto\""),
                doc: "coordinates of group effects, which change the speed and never the law; auto: each level by what its rows say",
            },
            Key {
                name: "standardize",
                kind: Type::Choice(&["none", "sd"]),
                fallback: Fallback::Is("\"none\""),
                doc: "scale that coefficients and priors are stated on; none: your columns; sd: columns divided by their standard deviation (the sampler always moves in whitened coordinates)",
            },
            Key {
                name: "missing",
                kind: Type::Choice(&["error", "drop"]),
                fallback: Fallback::Is("\"error\""),
                doc: "rows with a missing value in a column of the formula: an error, or dropped and counted",
            },
            Key {
                name: "header",
                kind: Type::AutoOrFlag,
                fallback: Fallback::Is("\"auto\""),
                doc: "whether the first row has names; without names the columns are x1, x2, ...",
            },
            Key {
                name: "priors",
                kind: Type::TextTable,
                fallback: Fallback::Is("{}"),
                doc: "NAME = \"normal(0, 1)\" for a parameter, or for all `coefficients`; others get the printed defaults",
            },
        ],
        states: &[],
        noises: &[],
        about: None,
    },
    Kind {
        name: "expression",
        aliases: &[],
        doc: "an energy written as a formula; its names that are no constants are the coordinates",
        reference: "",
        keys: &[
            Key {
                name: "energy",
                kind: Type::Text,
                fallback: Fallback::Required("energy = \"(x^2 - 1)^2 / 4 + 0.5 * k * y^2\""),
                doc: "V; exp(-beta V) is what thermal noise samples",
            },
            Key {
                name: "constants",
                kind: Type::NumberTable,
                fallback: Fallback::Is("{}"),
                doc: "values of named constants of the expression",
            },
            Key {
                name: "parameters",
                kind: Type::Texts,
                fallback: Fallback::Absent("parameters = [\"x\", \"y\"]"),
                doc: "the coordinates in order; left out: in order of appearance",
            },
        ],
        states: &[],
        noises: &[],
        about: None,
    },
    Kind {
        name: "target",
        aliases: &[],
        doc: "a named target whose exact answers are known (`steepest list targets`)",
        reference: "",
        keys: &[
            Key { name: "name", kind: Type::Text, fallback: Fallback::Required("name = \"funnel\""), doc: "which one" },
            Key {
                name: "settings",
                kind: Type::NumberTable,
                fallback: Fallback::Is("{}"),
                doc: "numbers the target takes, such as { d = 10 }",
            },
        ],
        states: &[],
        noises: &[],
        about: None,
    },
];
