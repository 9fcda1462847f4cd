//! How a flow without noise goes downhill: the keys of each optimiser.
use super::about::{
    ADAPTIVE, CONJUGATE, DESCENT, FLOW, INERTIAL, LEARNED_BASES, NATURAL, ORTHOGONAL, PURSUIT, QUASI_NEWTON, SIGN,
    SPECTRAL, SQUARES, STEEPEST, TRUST,
};
use super::scheme_keys::{LINE_SEARCH, TOLERANCE};
use super::{Fallback, Key, Kind, Type};

const POINT: &[&str] = &["point"];
const STILL: &[&str] = &["still"];

pub(super) const GRADIENT_DESCENT: Kind = Kind {
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
};
pub(super) const GRADIENT_FLOW: Kind = Kind {
    name: "gradient-flow",
    aliases: &["rodas"],
    doc: "the flow itself, x' = -K dV, as a differential equation: steps as the tolerances ask, stiff or not, to a time or to rest",
    reference: "HairerWanner1996, Sec. IV.7; DormandPrince1980",
    keys: &[
        Key {
            name: "method",
            kind: Type::Choice(&["rosenbrock", "dormand-prince"]),
            fallback: Fallback::Is("\"rosenbrock\""),
            doc: "rosenbrock (RODAS): L-stable, of order 4, solves with differences of the gradient, for up to some hundred coordinates; dormand-prince: explicit, of order 5, steps as short as what is fast",
        },
        Key {
            name: "step",
            kind: Type::Positive,
            fallback: Fallback::Is("0.1"),
            doc: "time between looks; the flow ends at `steps` times this, or at rest",
        },
        Key {
            name: "rtol",
            kind: Type::Positive,
            fallback: Fallback::Is("1e-6"),
            doc: "what the error of a step may be, as a share of each coordinate",
        },
        Key {
            name: "atol",
            kind: Type::Positive,
            fallback: Fallback::Is("1e-9"),
            doc: "what the error of a step may be of a coordinate near 0",
        },
        Key { doc: "stop when |dV| is below it, at a look; 0: at the given time alone", ..TOLERANCE },
    ],
    states: POINT,
    noises: STILL,
    about: Some(&FLOW),
};
pub(super) const STEEPEST_DESCENT: Kind = Kind {
    name: "steepest-descent",
    aliases: &[],
    doc: "steepest descent with a line search",
    reference: "Armijo1966",
    keys: &[LINE_SEARCH, TOLERANCE],
    states: POINT,
    noises: STILL,
    about: Some(&STEEPEST),
};
pub(super) const NATURAL_GRADIENT: Kind = Kind {
    name: "natural-gradient",
    aliases: &["natural", "fisher-scoring"],
    doc: "descent in the geometry of the information: steps of length 1, shorter where V would not fall",
    reference: "Amari1998; McCullaghNelder1989",
    keys: &[Key { fallback: Fallback::Is("\"armijo\""), ..LINE_SEARCH }, TOLERANCE],
    states: POINT,
    noises: STILL,
    about: Some(&NATURAL),
};
pub(super) const BARZILAI_BORWEIN: Kind = Kind {
    name: "barzilai-borwein",
    aliases: &["bb"],
    doc: "steepest descent whose lengths come from the step before, and may rise",
    reference: "BarzilaiBorwein1988; GrippoLampartielloLucidi1986",
    keys: &[TOLERANCE],
    states: POINT,
    noises: STILL,
    about: Some(&SPECTRAL),
};
pub(super) const POLYAK: Kind = Kind {
    name: "polyak",
    aliases: &["polyak-step"],
    doc: "steepest descent to a minimum whose value is known: steps to where a line down the slope would reach it",
    reference: "Polyak1969",
    keys: &[
        Key {
            name: "minimum",
            kind: Type::Number,
            fallback: Fallback::Is("0.0"),
            doc: "the least value of V: 0 where all can be met, as of equations or separable data",
        },
        TOLERANCE,
    ],
    states: POINT,
    noises: STILL,
    about: Some(&PURSUIT),
};
pub(super) const CONJUGATE_GRADIENT: Kind = Kind {
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
};
pub(super) const LBFGS: Kind = Kind {
    name: "lbfgs",
    aliases: &["l-bfgs"],
    doc: "limited-memory BFGS: descent in the curvature learned from the last steps; with `bounds` in [functional] it is L-BFGS-B",
    reference: "LiuNocedal1989; ByrdLuNocedalZhu1995",
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
};

pub(super) const TRUST_REGION: Kind = Kind {
    name: "trust-region",
    aliases: &["newton-cg", "trust-ncg"],
    doc: "steps to the minimum of a quadratic model, as far as the model is trusted: Newton's, which leave saddles; in geometry fisher, Fisher scoring; on manifolds, but for poincare, fixed-rank and spd with log-euclidean, whose Hessians are not known",
    reference: "Steihaug1983; GouldLucidiRomaToint1999; McCullaghNelder1989",
    keys: &[
        Key {
            name: "curvatures",
            kind: Type::Choice(&["hessian", "gauss-newton", "information"]),
            fallback: Fallback::Is("\"hessian\""),
            doc: "of the model: hessian, exact where V is formulas, else by differences of gradients; gauss-newton, of sums of squares: without the curvature of the residuals; information: that of geometry fisher, where it is the default",
        },
        Key {
            name: "radius",
            kind: Type::AutoOrPositive,
            fallback: Fallback::Is("\"auto\""),
            doc: "how far the first step may go; auto: from the curvature along the first gradient",
        },
        TOLERANCE,
    ],
    states: POINT,
    noises: STILL,
    about: Some(&TRUST),
};
pub(super) const LEVENBERG_MARQUARDT: Kind = Kind {
    name: "levenberg-marquardt",
    aliases: &["marquardt"],
    doc: "sums of squares: Gauss-Newton steps as far as the straightened residuals are trusted, bent as the residuals bend along them",
    reference: "Levenberg1944; Marquardt1963; More1978; TranstrumSethna2012",
    keys: &[
        Key {
            name: "units",
            kind: Type::Choice(&["coordinates", "columns"]),
            fallback: Fallback::Is("\"coordinates\""),
            doc: "what lengths are measured in; coordinates: as they are; columns: the longest that each column of the Jacobian has been, for coordinates of very different sizes",
        },
        Key {
            name: "acceleration",
            kind: Type::Choice(&["recalled", "probed"]),
            fallback: Fallback::Is("\"recalled\""),
            doc: "what tells how the residuals bend along a step; recalled: the change of the Jacobian along the last step where that was a good one, else a look ahead; probed: a look ahead in each step, dearer, and from far starts a little surer",
        },
        Key {
            name: "factor",
            kind: Type::Positive,
            fallback: Fallback::Is("100.0"),
            doc: "how far the first step may go, as a multiple of the length of the start",
        },
        TOLERANCE,
    ],
    states: POINT,
    noises: STILL,
    about: Some(&SQUARES),
};

/// h of a stride whose length is in the coordinates, not in time.
const fn rate(fallback: &'static str) -> Key {
    Key {
        name: "step",
        kind: Type::Positive,
        fallback: Fallback::Is(fallback),
        doc: "h, length of a stride in the coordinates",
    }
}
const fn beta(name: &'static str, fallback: &'static str, doc: &'static str) -> Key {
    Key { name, kind: Type::Fraction, fallback: Fallback::Is(fallback), doc }
}
const fn halving(fallback: &'static str) -> Key {
    Key {
        name: "halving",
        kind: Type::AutoOrNotNegative,
        fallback: Fallback::Is(fallback),
        doc: "strides after which h has halved; 0: never; auto: it halves where a hundred strides circle more than they fall. Strides that do not shrink, by this or by themselves, circle the minimum",
    }
}
const fn decay(fallback: &'static str) -> Key {
    Key {
        name: "weight_decay",
        kind: Type::NotNegative,
        fallback: Fallback::Is(fallback),
        doc: "lambda, decay of the coordinates that is not part of V; the end is then no critical point of V",
    }
}
const EPSILON: Key = Key {
    name: "epsilon",
    kind: Type::Positive,
    fallback: Fallback::Is("1e-8"),
    doc: "added to the root: a gradient below it counts for less",
};
const ROWS: Key = Key {
    name: "rows",
    kind: Type::Count(1, 1_000_000),
    fallback: Fallback::Is("1"),
    doc: "the coordinates are a matrix of so many rows, one after another",
};
const FIRST: &str = "share of the mean of the gradients that is kept";
const SECOND: &str = "share of the mean of their squares that is kept";

pub(super) const MOMENTUM: Kind = Kind {
    name: "momentum",
    aliases: &["nesterov", "inertial"],
    doc: "descent with inertia: friction leads from mechanics (0) to the gradient flow (infinity)",
    reference: "Polyak1964; Nesterov1983; FrancaSulamRobinsonVidal2020",
    keys: &[
        Key {
            name: "step",
            kind: Type::AutoOrPositive,
            fallback: Fallback::Is("\"auto\""),
            doc: "h, length of a stride in time; auto: 1 over the root of the largest curvature met so far",
        },
        Key {
            name: "friction",
            kind: Type::AutoOrNotNegative,
            fallback: Fallback::Is("\"auto\""),
            doc: "gamma, rate at which momentum is lost; 0 keeps the energy; auto: 3 / t, Nesterov's",
        },
        Key {
            name: "form",
            kind: Type::Choice(&["nesterov", "heavy-ball", "leapfrog"]),
            fallback: Fallback::Is("\"nesterov\""),
            doc: "nesterov: the gradient is taken ahead; heavy-ball: here; leapfrog: of order 2",
        },
        Key {
            name: "speed",
            kind: Type::Positive,
            fallback: Fallback::Absent("speed = 1.0"),
            doc: "c, which nothing is faster than: relativistic kinetic energy",
        },
        Key {
            name: "restart",
            kind: Type::AutoOrFlag,
            fallback: Fallback::Is("\"auto\""),
            doc: "drop a momentum that leads uphill; auto: unless `friction` is a number",
        },
        TOLERANCE,
    ],
    states: POINT,
    noises: STILL,
    about: Some(&INERTIAL),
};
pub(super) const ADAM: Kind = Kind {
    name: "adam",
    aliases: &[],
    doc: "strides of a length learned for each coordinate, from means of the gradients and of their squares",
    reference: "KingmaBa2015",
    keys: &[
        rate("0.01"),
        beta("beta1", "0.9", FIRST),
        beta("beta2", "0.999", SECOND),
        EPSILON,
        halving("0.0"),
        TOLERANCE,
    ],
    states: POINT,
    noises: STILL,
    about: Some(&ADAPTIVE),
};
pub(super) const ADAMW: Kind = Kind {
    name: "adamw",
    doc: "Adam with a decay of the coordinates that is not part of V",
    reference: "LoshchilovHutter2019",
    keys: &[
        rate("0.01"),
        beta("beta1", "0.9", FIRST),
        beta("beta2", "0.999", SECOND),
        EPSILON,
        decay("0.01"),
        halving("0.0"),
        TOLERANCE,
    ],
    ..ADAM
};
pub(super) const RMSPROP: Kind = Kind {
    name: "rmsprop",
    doc: "strides divided by the root of the mean square of the gradients",
    reference: "TielemanHinton2012",
    keys: &[rate("0.01"), beta("beta2", "0.99", SECOND), EPSILON, halving("\"auto\""), TOLERANCE],
    ..ADAM
};
pub(super) const ADAGRAD: Kind = Kind {
    name: "adagrad",
    doc: "strides divided by the root of the sum of squares of the gradients: they shrink by themselves",
    reference: "DuchiHazanSinger2011",
    keys: &[rate("0.5"), Key { fallback: Fallback::Is("1e-10"), ..EPSILON }, halving("0.0"), TOLERANCE],
    ..ADAM
};
pub(super) const LION: Kind = Kind {
    name: "lion",
    doc: "strides of one length in every coordinate, in the sign of a mean of the gradients",
    reference: "ChenEtAl2023",
    keys: &[
        rate("0.01"),
        beta("beta1", "0.9", "share of the mean in the direction"),
        beta("beta2", "0.99", FIRST),
        decay("0.0"),
        halving("\"auto\""),
        TOLERANCE,
    ],
    about: Some(&SIGN),
    ..ADAM
};
pub(super) const MUON: Kind = Kind {
    name: "muon",
    doc: "strides of one length along every singular direction of the coordinates as a matrix",
    reference: "Jordan2024",
    keys: &[ROWS, rate("0.02"), beta("beta1", "0.95", FIRST), decay("0.0"), halving("\"auto\""), TOLERANCE],
    about: Some(&ORTHOGONAL),
    ..ADAM
};
pub(super) const SOAP: Kind = Kind {
    name: "soap",
    doc: "Adam in the eigenbases of the means of G G^T and G^T G, G the gradient as a matrix",
    reference: "VyasEtAl2025",
    keys: &[
        ROWS,
        rate("0.01"),
        beta("beta1", "0.95", FIRST),
        beta("beta2", "0.95", SECOND),
        EPSILON,
        Key {
            name: "turn_every",
            kind: Type::Count(1, 1_000_000),
            fallback: Fallback::Is("10"),
            doc: "strides between turns of the bases",
        },
        halving("\"auto\""),
        TOLERANCE,
    ],
    about: Some(&LEARNED_BASES),
    ..ADAM
};
