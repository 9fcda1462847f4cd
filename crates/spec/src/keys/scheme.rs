//! How a flow is advanced, and what the theory says of each: the texts of `list` and `explain`.
use super::ledger::{self, Groups};
use super::{Fallback, Key, Kind, Type};

/// What the theory says of a scheme.
#[derive(Debug)]
pub struct About {
    /// The row of the table.
    pub row: &'static str,
    /// The equation it advances.
    pub equation: &'static str,
    /// Where that leads.
    pub equilibrium: &'static str,
    /// What one stride costs in gradients, a replica.
    pub cost: &'static str,
    /// Order of accuracy.
    pub order: &'static str,
    /// What the flow, or the scheme, keeps.
    pub invariants: &'static [&'static str],
    /// What the ledger checks of a point or of chains.
    pub ledger: Groups,
    /// What the ledger checks of particles.
    pub cloud_ledger: Groups,
}

const METROPOLIS: &[&str] = &["exp(-beta V), exactly: each proposal is accepted or rejected"];
const NUTS: About = About {
    row: "NUTS",
    equation: "q' = M^-1 p, p' = -dV(q), fresh momenta p ~ N(0, M / beta) before each trajectory",
    equilibrium: "exp(-beta V)",
    cost: "2^depth - 1 gradients a draw, 3 to 31 as a rule",
    order: "exact law; trajectories to order 2",
    invariants: METROPOLIS,
    ledger: ledger::NUTS,
    cloud_ledger: ledger::NUTS,
};
const HMC: About = About {
    row: "HMC",
    cost: "a gradient a leapfrog: `leapfrogs` a draw, or `length` over the step",
    ledger: ledger::HMC,
    ..NUTS
};
const GENERALISED: About = About {
    row: "generalised HMC",
    equation: "q' = M^-1 p, p' = -dV(q) for one leapfrog, p <- a p + sqrt(1 - a^2) z between, turned round where refused",
    cost: "1 gradient a draw",
    order: "exact law",
    ledger: ledger::MALA,
    cloud_ledger: ledger::MALA,
    ..NUTS
};
const BARKER: About = About {
    row: "Barker proposal",
    equation: "a jump process whose rates balance: x + w, the sign of w_j with the odds 1 / (1 + exp(w_j d_j V))",
    ..GENERALISED
};
const ISOKINETIC: About = About {
    row: "microcanonical Langevin",
    equation: "x' = u, u' = -(1 - u u^T) dV / (d - 1) + noise on the sphere |u| = 1",
    equilibrium: "exp(-beta V), with a bias that the energy error of a step controls",
    cost: "2 gradients a step, `length` over the step of them a draw",
    order: "2 for the law",
    invariants: &["exp(-beta V) of the flow, for any strength of the noise"],
    ledger: ledger::ISOKINETIC,
    cloud_ledger: ledger::ISOKINETIC,
};
const TEMPERING: About = About {
    row: "parallel tempering",
    equation: "NUTS on (1 - b) V_0 + b beta V for b = 0 ... 1, V_0 of a Gaussian; neighbours swap places",
    cost: "`rungs` trajectories of NUTS a draw",
    ledger: ledger::TEMPERING,
    cloud_ledger: ledger::TEMPERING,
    ..NUTS
};
const CHEES: About = About {
    row: "HMC of many chains",
    cost: "`length` over the step gradients a draw, the same of every chain",
    ledger: ledger::HMC,
    ..NUTS
};
/// Trajectories that are accepted or refused.
pub(crate) const ADJUSTED: About = About {
    row: "Metropolised microcanonical dynamics",
    equilibrium: "exp(-beta V)",
    order: "exact law",
    invariants: METROPOLIS,
    ledger: ledger::ADJUSTED,
    cloud_ledger: ledger::ADJUSTED,
    ..ISOKINETIC
};
const MALA: About = About {
    row: "Metropolised Langevin",
    equation: "x' = -dV(x) + sqrt(2 / beta) W', each stride accepted or rejected",
    cost: "1 gradient a draw",
    order: "exact law",
    ledger: ledger::MALA,
    ..NUTS
};
const EM: About = About {
    row: "Langevin",
    equation: "x' = -dV(x) + sqrt(2 / beta) W'",
    equilibrium: "exp(-beta V), with a bias of order h",
    cost: "1 gradient a stride",
    order: "1 for the law",
    invariants: &["exp(-beta V) of the flow; on V = k x^2 / 2 the scheme keeps <x^2> = 1 / (beta k (1 - h k / 2))"],
    ledger: ledger::LANGEVIN_CHAINS,
    cloud_ledger: ledger::LANGEVIN_CLOUD,
};
const LM: About = About {
    equilibrium: "exp(-beta V), with a bias of order h^2",
    order: "2 for the law",
    invariants: &["exp(-beta V) of the flow; on V = k x^2 / 2 the scheme keeps <x^2> = 1 / (beta k), exactly"],
    ledger: ledger::AVERAGED_CHAINS,
    cloud_ledger: ledger::AVERAGED_CLOUD,
    ..EM
};
const UNDERDAMPED: About = About {
    row: "underdamped Langevin",
    equation: "q' = p, p' = -dV(q) - gamma p + sqrt(2 gamma / beta) W'",
    equilibrium: "exp(-beta (V(q) + |p|^2 / 2)), with a bias of order h^2 for a palindrome",
    cost: "1 gradient a stride and B after the first of it; the last force is kept",
    order: "2 for a palindrome, else 1; BAOAB has the exact <q^2> on V = k x^2 / 2",
    invariants: &["exp(-beta H) of the flow; part O keeps N(0, 1 / beta) of p exactly, A and B keep phase volume"],
    ledger: ledger::LANGEVIN_CHAINS,
    cloud_ledger: ledger::UNDERDAMPED_CLOUD,
};
/// A word without O.
pub(crate) const MECHANICS: About = About {
    row: "mechanics",
    equation: "q' = p, p' = -dV(q)",
    equilibrium: "none: H = V(q) + |p|^2 / 2 is kept",
    order: "2 for a palindrome, else 1",
    invariants: &["H of the flow; a shadow of H of the scheme", "phase volume and, for a palindrome, time reversal"],
    ledger: ledger::MECHANICS,
    cloud_ledger: ledger::MECHANICS,
    ..UNDERDAMPED
};
const DESCENT: About = About {
    row: "gradient descent",
    equation: "x' = -dV(x)",
    equilibrium: "a critical point of V",
    cost: "1 gradient and 1 value a stride",
    order: "1",
    invariants: &["none; V falls at the rate |dV|^2"],
    ledger: ledger::DESCENT,
    cloud_ledger: ledger::DESCENT,
};

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
const STRIDE: Key =
    Key { name: "step", kind: Type::Positive, fallback: Fallback::Is("0.05"), doc: "h, length of a stride" };
const CLOUDS: &[&str] = &["particles", "chains"];

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "nuts",
        aliases: &[],
        doc: "the no-U-turn sampler: trajectories as long as they go somewhere",
        reference: "HoffmanGelman2014; Betancourt2017",
        keys: &[LEAP, MAX_DEPTH, TARGET_ACCEPT, METRIC],
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
            Key {
                name: "tolerance",
                kind: Type::NotNegative,
                fallback: Fallback::Is("1e-8"),
                doc: "stop when |dV| is below it",
            },
        ],
        states: &["point", "particles"],
        noises: &["still"],
        about: Some(&DESCENT),
    },
];
