//! How a flow is advanced: the keys of each scheme.
use super::about::{
    BARKER, CHEES, CONJUGATE, DESCENT, EM, GENERALISED, HMC, ISOKINETIC, LM, MALA, MEADS, NOSE_HOOVER, NUTS,
    QUASI_NEWTON, SPECTRAL, STEEPEST, TEMPERING, UNDERDAMPED,
};
use super::{Fallback, Key, Kind, Type};

const LEAP: Key = Key {
    name: "step",
    kind: Type::AutoOrPositive,
    fallback: Fallback::Is("\"auto\""),
    doc: "length of a leapfrog; auto: adapted in warm-up, with the metric",
};
const TARGET_ACCEPT: Key = Key {
    name: "target_accept",
    kind: Type::Fraction,
    fallback: Fallback::Is("0.8"),
    doc: "mean acceptance the step is adapted to; 0.95 for hard posteriors",
};
const METRIC: Key = Key {
    name: "metric",
    kind: Type::Choice(&["auto", "diagonal", "low-rank", "dense", "unit"]),
    fallback: Fallback::Is("\"auto\""),
    doc: "shape of the mass matrix that warm-up adapts; auto: diagonal, or low-rank where that leaves long trajectories; a fixed `step` has \"unit\"",
};
const MAX_DEPTH: Key = Key {
    name: "max_depth",
    kind: Type::Count(1, 20),
    fallback: Fallback::Is("10"),
    doc: "doublings of a trajectory at most",
};
const POOL: Key = Key {
    name: "pool",
    kind: Type::Flag,
    fallback: Fallback::Is("false"),
    doc: "one warm-up for all chains: a common step and metric, from the draws and gradients of all; 100 transitions then do",
};
const STRIDE: Key =
    Key { name: "step", kind: Type::Positive, fallback: Fallback::Is("0.05"), doc: "h, length of a stride" };
const LINE_SEARCH: Key = Key {
    name: "line_search",
    kind: Type::Choice(&["strong-wolfe", "hager-zhang", "armijo", "nonmonotone"]),
    fallback: Fallback::Is("\"strong-wolfe\""),
    doc: "how the length of a step is found; armijo needs no slope there, nonmonotone lets V rise for a while",
};
const TOLERANCE: Key = Key {
    name: "tolerance",
    kind: Type::NotNegative,
    fallback: Fallback::Is("1e-8"),
    doc: "stop when |dV| is below it",
};
const POINT: &[&str] = &["point"];
const STILL: &[&str] = &["still"];
const CLOUDS: &[&str] = &["particles", "chains"];

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "nuts",
        aliases: &[],
        doc: "the no-U-turn sampler: trajectories as long as they go somewhere",
        reference: "HoffmanGelman2014; Betancourt2017",
        keys: &[LEAP, MAX_DEPTH, TARGET_ACCEPT, METRIC, POOL],
        states: &["chains"],
        noises: &["thermal"],
        about: Some(&NUTS),
    },
    Kind {
        name: "hmc",
        aliases: &[],
        doc: "Hamiltonian Monte Carlo: a fixed number of leapfrogs, then accept or reject",
        reference: "Neal2011",
        keys: &[
            LEAP,
            Key {
                name: "leapfrogs",
                kind: Type::Count(1, 100_000),
                fallback: Fallback::Is("16"),
                doc: "leapfrogs a trajectory",
            },
            Key {
                name: "length",
                kind: Type::Positive,
                fallback: Fallback::Absent("length = 1.57"),
                doc: "length of a trajectory in time, instead of `leapfrogs`; a quarter period of a white target is 1.57",
            },
            Key {
                name: "jitter",
                kind: Type::NotNegative,
                fallback: Fallback::Is("0.0"),
                doc: "each trajectory is longer or shorter by a share drawn evenly up to this, so that periods cannot lock in",
            },
            TARGET_ACCEPT,
            METRIC,
            POOL,
        ],
        states: &["chains"],
        noises: &["thermal"],
        about: Some(&HMC),
    },
    Kind {
        name: "mala",
        aliases: &[],
        doc: "the Metropolis-adjusted Langevin algorithm: HMC with one leapfrog; its step e is the Langevin stride h = e^2 / 2",
        reference: "RobertsTweedie1996",
        keys: &[LEAP, Key { fallback: Fallback::Is("0.574"), ..TARGET_ACCEPT }, METRIC],
        states: &["chains"],
        noises: &["thermal"],
        about: Some(&MALA),
    },
    Kind {
        name: "ghmc",
        aliases: &["generalised-hmc"],
        doc: "generalised HMC: one leapfrog a draw from a momentum that is kept in part",
        reference: "Horowitz1991",
        keys: &[
            LEAP,
            Key {
                name: "persistence",
                kind: Type::Fraction,
                fallback: Fallback::Is("0.9"),
                doc: "share of the momentum kept between leapfrogs; 0 is MALA",
            },
            Key { fallback: Fallback::Is("0.95"), ..TARGET_ACCEPT },
            METRIC,
        ],
        states: &["chains"],
        noises: &["thermal"],
        about: Some(&GENERALISED),
    },
    Kind {
        name: "barker",
        aliases: &[],
        doc: "the Barker proposal: gradient information that forgives a step of the wrong size",
        reference: "LivingstoneZanella2022",
        keys: &[LEAP, Key { fallback: Fallback::Is("0.574"), ..TARGET_ACCEPT }, METRIC],
        states: &["chains"],
        noises: &["thermal"],
        about: Some(&BARKER),
    },
    Kind {
        name: "mclmc",
        aliases: &["microcanonical"],
        doc: "microcanonical Langevin: dynamics at constant speed, for many dimensions",
        reference: "RobnikEtAl2023",
        keys: &[
            Key { doc: "length of a step in time; auto: tuned in warm-up to the error of the energy it makes", ..LEAP },
            Key {
                name: "length",
                kind: Type::AutoOrPositive,
                fallback: Fallback::Is("\"auto\""),
                doc: "time after which the direction is forgotten, and which a draw covers; auto: found in warm-up",
            },
            Key {
                name: "adjusted",
                kind: Type::Flag,
                fallback: Fallback::Is("false"),
                doc: "accept or refuse each trajectory: no bias, for shorter steps",
            },
            Key {
                fallback: Fallback::Is("0.9"),
                doc: "mean acceptance the step is adapted to, where adjusted",
                ..TARGET_ACCEPT
            },
            METRIC,
        ],
        states: &["chains"],
        noises: &["thermal"],
        about: Some(&ISOKINETIC),
    },
    Kind {
        name: "chees",
        aliases: &["many-chains"],
        doc: "HMC of ten to a hundred thousand chains: one step, metric and length, found from all of them at once; left out are chains = 1000, draws = 100, warmup = 200",
        reference: "HoffmanRadulSountsov2021",
        keys: &[
            Key {
                name: "length",
                kind: Type::AutoOrPositive,
                fallback: Fallback::Is("\"auto\""),
                doc: "length of a trajectory in time; auto: where the distance from the middle changes the most (ChEES)",
            },
            Key {
                name: "jitter",
                kind: Type::NotNegative,
                fallback: Fallback::Is("0.5"),
                doc: "trajectories are longer and shorter in turn by up to this share of `length`, all chains alike",
            },
            Key {
                fallback: Fallback::Is("0.65"),
                doc: "mean acceptance (harmonic, over the chains) the step is adapted to",
                ..TARGET_ACCEPT
            },
            METRIC,
        ],
        states: &["chains"],
        noises: &["thermal"],
        about: Some(&CHEES),
    },
    Kind {
        name: "meads",
        aliases: &["persistent-hmc"],
        doc: "generalised HMC of many chains: one leapfrog a draw; step, metric and the share of the momentum that is kept come from all of them; left out are chains = 1000, draws = 100, thin = 10, warmup = 200",
        reference: "HoffmanSountsov2022; Neal2020",
        keys: &[
            Key {
                fallback: Fallback::Is("0.95"),
                doc: "mean acceptance (harmonic, over the chains) of a leapfrog",
                ..TARGET_ACCEPT
            },
            Key {
                kind: Type::Choice(&["diagonal", "unit"]),
                fallback: Fallback::Is("\"diagonal\""),
                doc: "shape of the mass matrix that warm-up adapts",
                ..METRIC
            },
        ],
        states: &["chains"],
        noises: &["thermal"],
        about: Some(&MEADS),
    },
    Kind {
        name: "tempering",
        aliases: &["parallel-tempering"],
        doc: "parallel tempering: ladders of NUTS chains from a Gaussian to a target of several modes, and its log Z",
        reference: "SyedEtAl2022",
        keys: &[
            Key {
                name: "rungs",
                kind: Type::Count(1, 1000),
                fallback: Fallback::Is("12"),
                doc: "intervals of a ladder; warm-up places them, and the ledger says how many are good",
            },
            Key {
                name: "spread",
                kind: Type::Positive,
                fallback: Fallback::Is("1.0"),
                doc: "width of the Gaussian at the bottom, in units of that of the random starts; it should cover every mode",
            },
            MAX_DEPTH,
            TARGET_ACCEPT,
            METRIC,
        ],
        states: &["chains"],
        noises: &["thermal"],
        about: Some(&TEMPERING),
    },
    Kind {
        name: "euler-maruyama",
        aliases: &["em", "ula"],
        doc: "the explicit stride of Langevin dynamics",
        reference: "KloedenPlaten1992",
        keys: &[STRIDE],
        states: CLOUDS,
        noises: &["thermal"],
        about: Some(&EM),
    },
    Kind {
        name: "leimkuhler-matthews",
        aliases: &["lm"],
        doc: "the explicit stride with averaged noise: second order in the law for the same gradient",
        reference: "LeimkuhlerMatthews2013",
        keys: &[STRIDE],
        states: CLOUDS,
        noises: &["thermal"],
        about: Some(&LM),
    },
    Kind {
        name: "splitting",
        aliases: &["verlet"],
        doc: "any word of A (drift), B (kick), O (friction and noise); `kind` may be the word: BAOAB, ABOBA; `verlet` is BAB",
        reference: "LeimkuhlerMatthews2013",
        keys: &[
            Key {
                name: "word",
                kind: Type::Word,
                fallback: Fallback::Is("\"BAOAB\""),
                doc: "parts of a stride in order; a letter that comes k times is advanced h / k each time",
            },
            STRIDE,
            Key {
                name: "friction",
                kind: Type::NotNegative,
                fallback: Fallback::Is("1.0"),
                doc: "gamma, rate at which O forgets the momentum",
            },
        ],
        states: &["particles", "chains", "point"],
        noises: &["thermal", "still"],
        about: Some(&UNDERDAMPED),
    },
    Kind {
        name: "nose-hoover",
        aliases: &["sgnht", "thermostat"],
        doc: "underdamped dynamics whose friction is a coordinate: it takes up gradient noise nobody told it of (word BADODAB)",
        reference: "DingEtAl2014; LeimkuhlerShang2016",
        keys: &[
            STRIDE,
            Key {
                name: "friction",
                kind: Type::Positive,
                fallback: Fallback::Is("1.0"),
                doc: "gamma, the friction that is in balance with the bath; that of the gradient noise comes on top by itself",
            },
            Key {
                name: "inertia",
                kind: Type::Positive,
                fallback: Fallback::Is("1.0"),
                doc: "of the thermostat, a coordinate: frictions spread by 1 / sqrt(beta d inertia), and settle the faster the lighter",
            },
            Key {
                name: "gradient_noise",
                kind: Type::NotNegative,
                fallback: Fallback::Is("0.0"),
                doc: "standard deviation of noise put on each coordinate of each gradient, as a minibatch would",
            },
        ],
        states: CLOUDS,
        noises: &["thermal"],
        about: Some(&NOSE_HOOVER),
    },
    Kind {
        name: "gradient-descent",
        aliases: &["explicit"],
        doc: "steepest descent by explicit strides: the flow without noise",
        reference: "Cauchy1847",
        keys: &[
            Key {
                name: "step",
                kind: Type::AutoOrPositive,
                fallback: Fallback::Is("\"auto\""),
                doc: "h, length of a stride; auto: 1 over the largest curvature met at the start",
            },
            TOLERANCE,
        ],
        states: &["point", "particles"],
        noises: &["still"],
        about: Some(&DESCENT),
    },
    Kind {
        name: "steepest-descent",
        aliases: &[],
        doc: "steepest descent with a line search",
        reference: "Armijo1966",
        keys: &[LINE_SEARCH, TOLERANCE],
        states: POINT,
        noises: STILL,
        about: Some(&STEEPEST),
    },
    Kind {
        name: "barzilai-borwein",
        aliases: &["bb"],
        doc: "steepest descent whose lengths come from the step before, and may rise",
        reference: "BarzilaiBorwein1988; GrippoLampartielloLucidi1986",
        keys: &[TOLERANCE],
        states: POINT,
        noises: STILL,
        about: Some(&SPECTRAL),
    },
    Kind {
        name: "conjugate-gradient",
        aliases: &["cg"],
        doc: "nonlinear conjugate gradients: little memory, many dimensions",
        reference: "HagerZhang2005; NocedalWright2006, Sec. 5.2",
        keys: &[
            Key {
                name: "formula",
                kind: Type::Choice(&["hager-zhang", "polak-ribiere"]),
                fallback: Fallback::Is("\"hager-zhang\""),
                doc: "how a direction is made conjugate to the last",
            },
            Key { fallback: Fallback::Is("\"hager-zhang\""), ..LINE_SEARCH },
            TOLERANCE,
        ],
        states: POINT,
        noises: STILL,
        about: Some(&CONJUGATE),
    },
    Kind {
        name: "lbfgs",
        aliases: &["l-bfgs"],
        doc: "limited-memory BFGS: descent in the curvature learned from the last steps",
        reference: "LiuNocedal1989",
        keys: &[
            Key {
                name: "memory",
                kind: Type::Count(1, 1000),
                fallback: Fallback::Is("10"),
                doc: "steps of which the curvature is remembered",
            },
            LINE_SEARCH,
            TOLERANCE,
        ],
        states: POINT,
        noises: STILL,
        about: Some(&QUASI_NEWTON),
    },
];
