//! Which checks the ledger makes of a run, and what each says: the words of `explain`.
use super::about::About;

/// The checks by their names in `summary.json`, each with what it says.
const CHECKS: &[(&str, &str)] = &[
    ("R-hat", "chains agree with one another and with themselves, quantity by quantity"),
    ("bulk ESS", "enough independent draws for the means"),
    ("tail ESS", "enough independent draws for the 5 % and 95 % quantiles"),
    ("Pareto k (tails)", "no tail is so heavy that a mean and its error could not be relied on"),
    ("metric", "warm-up was long enough to learn the scales; which metric was chosen, and why"),
    ("divergences", "no trajectory left the shell of its energy"),
    ("energy error of a step", "its variance per dimension keeps the bias of the law small"),
    ("acceptance", "the step is short enough"),
    ("kinetic temperature", "momenta have the temperature of the bath"),
    ("fluctuation theorem", "exp(-work) averages to one, which holds for one noise factor and one energy alone"),
    ("E-BFMI", "fresh momenta reach all energies"),
    ("trajectories cut short", "trajectories end by turning, not by max_depth"),
    ("swap rejection", "neighbouring rungs trade places often enough"),
    ("restarts of a ladder", "fresh draws of the reference keep coming up to the target"),
    ("every mode found", "nobody can tell: this line is never more than inconclusive"),
    ("noise variance", "the shocks have the variance the flow claims"),
    ("Ito drift", "strides go where div D / beta sends them, D taken by differences: without it the law is another"),
    ("probability current", "Q does no work: <dV, K dV> is that of D alone"),
    ("shadow work per stride", "the error of a stride does little work"),
    (
        "KL bias per dimension",
        "the step leaves the law of positions where it should be, by branches of paths from where the run was, for a tenth of the gradients of a long one",
    ),
    (
        "step-size bias",
        "the step moves no mean and no standard deviation by more than 0.1 standard deviations, by a run of half the step",
    ),
    ("spread of the thermostats", "frictions have the variance of the extended law"),
    ("configurational temperature", "<x . beta dV> = d: draws and gradient fit each other"),
    ("kernel Stein discrepancy (p)", "the draws are as close to exp(-beta V) as draws of it would be"),
    (
        "equilibrium",
        "the mean energy, and the mean and the spread of every coordinate, have stopped moving, and particles have forgotten where they were",
    ),
    ("H drift", "the error of H stays bounded"),
    ("energy error", "H is kept to a few per cent"),
    ("reversal", "with -h the strides lead back to the start"),
    ("constraints", "points stay where the constraints vanish, and momenta tangent to that, to rounding"),
    ("symplecticity", "a stride keeps areas of phase space, by differences at the start: J^T Omega J = Omega"),
    (
        "Noether momenta",
        "momenta of coordinates that L does not depend on, and of rotations it does not see, stay, where there are any",
    ),
    ("energy and work", "H changes by what the explicit time puts in, for an L with t"),
    ("derivatives", "slopes and second derivatives of L are those of L, by differences"),
    ("stationarity", "momenta that come in at a node go out of it: the discrete Euler-Lagrange equations"),
    ("Newton's second law", "dp/dt = dL/dq between nodes, by another rule than the one that was solved with"),
    ("energy along the path", "H is the same everywhere, for an L without t"),
    ("discretisation", "a path of half as many pieces is the same path"),
    ("Legendre condition", "d^2 L/dv^2 is positive all along: the index is finite"),
    ("isolation", "the end is not conjugate to the start, so that no other path is close by"),
    ("V never rises", "every stride goes down"),
    (
        "identity residual",
        "V falls by the integral of its gradient: int |dV|^2 dt along the flow, int <dV, dx> along the steps that changed it most",
    ),
    ("energy balance", "V + K lost what friction took"),
    ("length of a stride", "no stride was longer than its rule allows"),
    ("gradient at the end", "the end is a critical point"),
    ("relative smoothness", "each step kept below its bound: E(x+) <= E(x) + <dE(x), x+ - x> + D(x+, x) / h"),
    ("three points", "<h dE(x), x+ - u> = D(u, x) - D(u, x+) - D(x+, x) in sum, u the end: steps are those of the map"),
    ("regret", "sum h (V(x+) - V(end)) <= D(end, x0), as mirror descent promises of a convex V"),
    ("feasibility", "the end is in the domain"),
    ("KKT residual", "|x - P(x - dV)| at the end: it is a minimum to first order"),
    ("multipliers", "every active bound holds V back: d_j V >= 0 at a lower one, <= 0 at an upper one"),
    ("duality gap", "V(end) - min V at most, if V is convex: primal less dual value"),
    ("model decrease", "each step fell by its share of what the quadratic model promised"),
    ("radius of trust", "no step was longer than the model was trusted for"),
    (
        "least curvature",
        "the least eigenvalue of V'' at the end, over the greatest: above zero by more than rounding, no saddle and no valley floor",
    ),
    ("sufficient decrease", "each step fell by its share of what the slope promised"),
    ("variational inequality", "V(y) + D(y, x) / h <= V(x) in every movement from x to y"),
    (
        "De Giorgi's identity",
        "V fell by sum D / h + int |slope|^2 / 2, the integral along movements of every length up to h, where h is short enough to know it",
    ),
    ("inexactness", "sum h |e|, e what inner problems left of their gradients, over the length of the path"),
    ("minimum", "V never fell below what is said to be its minimum"),
    (
        "Fejer's inequality",
        "no step leads away from the end, as a convex V promises: sum a (V - V(end)) within |x0 - end|^2",
    ),
    ("curvature condition", "each step went on until the slope had lost its share"),
    (
        "Pareto k (leave-one-out)",
        "no row moves the posterior so far that leaving it out cannot be computed from the draws",
    ),
    (
        "rounding of the columns",
        "single precision leaves the mode where it is: its shift in posterior standard deviations, by a sample of rows",
    ),
    (
        "rounding of the slopes",
        "single precision leaves the law where it is: beta (e^T C e)^(1/2), e errors of slopes and C the covariance of the particles, in standard deviations",
    ),
    (
        "early stopping",
        "what it takes from 95 % intervals to stop where the draws say so, or by the clock, if the run does",
    ),
    ("on the manifold", "no point of the path is further from the manifold than rounding"),
    ("tangent gradient", "gradients are tangents, to rounding"),
    ("gradient along a curve", "V falls along the manifold as its gradient says, by a slope of 2 on log-log axes"),
    ("gradient", "the gradient is that of the energy, by differences at points of the run"),
];

/// Names of checks, in groups.
pub type Groups = &'static [&'static [&'static str]];

const AGREEMENT: &[&str] = &["R-hat", "bulk ESS", "tail ESS", "Pareto k (tails)"];
const METROPOLIS: &[&str] = &["divergences", "acceptance", "kinetic temperature", "fluctuation theorem"];
const WORK: &[&str] = &["fluctuation theorem", "shadow work per stride"];
const LAW: &[&str] = &["configurational temperature", "kernel Stein discrepancy (p)"];
const NOISE: &[&str] = &["noise variance"];
/// Of schemes whose paths have a law.
const BIAS: &[&str] = &["KL bias per dimension"];
const EQUILIBRIUM: &[&str] = &["equilibrium", "Pareto k (tails)"];
const GRADIENT: &[&str] = &["gradient"];
/// Where data are kept in single precision.
const ROUNDED: &[&str] = &["rounding of the columns"];
/// Where slopes are evaluated in single precision.
const ROUNDED_SLOPES: &[&str] = &["rounding of the slopes"];
/// Where a second run has half the step.
const EXTRAPOLATED: &[&str] = &["step-size bias"];
/// Where the point lives on a manifold, in the place of the gradient coordinate by coordinate.
const MANIFOLD: &[&str] = &["on the manifold", "tangent gradient", "gradient along a curve"];
/// Where draws are judged row by row.
const ROWS: &[&str] = &["Pareto k (leave-one-out)"];

/// Where a run stops at what it knows, or by the clock.
const GOALS: &[&str] = &["early stopping"];
/// Of chains that learn one.
const METRIC: &[&str] = &["metric"];
pub(super) const NUTS: Groups = &[AGREEMENT, METROPOLIS, &["E-BFMI", "trajectories cut short"], LAW, GRADIENT, METRIC];
const LADDER: &[&str] = &["swap rejection", "restarts of a ladder", "every mode found"];
pub(super) const TEMPERING: Groups =
    &[AGREEMENT, METROPOLIS, &["E-BFMI", "trajectories cut short"], LAW, GRADIENT, METRIC, LADDER];
pub(super) const HMC: Groups = &[AGREEMENT, METROPOLIS, &["E-BFMI"], LAW, GRADIENT, METRIC];
pub(super) const MALA: Groups = &[AGREEMENT, METROPOLIS, LAW, GRADIENT, METRIC];
/// Large errors of an energy are refusals there, and no more than that.
pub(super) const BARKER: Groups =
    &[AGREEMENT, &["acceptance", "kinetic temperature", "fluctuation theorem"], LAW, GRADIENT, METRIC];
pub(super) const ISOKINETIC: Groups =
    &[AGREEMENT, &["divergences", "energy error of a step"], BIAS, LAW, GRADIENT, METRIC];
pub(super) const ADJUSTED: Groups =
    &[AGREEMENT, &["divergences", "acceptance", "fluctuation theorem"], LAW, GRADIENT, METRIC];
pub(super) const LANGEVIN_CHAINS: Groups = &[AGREEMENT, NOISE, WORK, BIAS, LAW, GRADIENT];
pub(super) const LANGEVIN_CLOUD: Groups = &[EQUILIBRIUM, NOISE, WORK, BIAS, LAW, GRADIENT];
const ITO: &[&str] = &["Ito drift"];
const CURRENT: &[&str] = &["probability current"];
pub(super) const RIEMANNIAN_CHAINS: Groups = &[AGREEMENT, NOISE, ITO, WORK, LAW, GRADIENT];
pub(super) const RIEMANNIAN_CLOUD: Groups = &[EQUILIBRIUM, NOISE, ITO, WORK, LAW, GRADIENT];
pub(super) const STIRRED_CHAINS: Groups = &[AGREEMENT, NOISE, CURRENT, WORK, LAW, GRADIENT];
pub(super) const STIRRED_CLOUD: Groups = &[EQUILIBRIUM, NOISE, CURRENT, WORK, LAW, GRADIENT];
/// The momentum that goes with averaged shocks is of no interest, and has another bias than the positions.
const SIZE: &[&str] = &["shadow work per stride"];
pub(super) const AVERAGED_CHAINS: Groups = &[AGREEMENT, NOISE, SIZE, BIAS, LAW, GRADIENT];
pub(super) const AVERAGED_CLOUD: Groups = &[EQUILIBRIUM, NOISE, SIZE, BIAS, LAW, GRADIENT];
/// With gradient noise the energy is not known, nor are works.
pub(super) const THERMOSTAT_CHAINS: Groups = &[AGREEMENT, NOISE, LAW, GRADIENT];
pub(super) const THERMOSTAT_CLOUD: Groups =
    &[EQUILIBRIUM, NOISE, &["kinetic temperature", "spread of the thermostats"], LAW, GRADIENT];
pub(super) const UNDERDAMPED_CLOUD: Groups = &[EQUILIBRIUM, NOISE, WORK, BIAS, &["kinetic temperature"], LAW, GRADIENT];
pub(super) const MECHANICS: Groups = &[&["H drift", "energy error", "reversal", "symplecticity"], GRADIENT];
pub(super) const CONSTRAINED: Groups =
    &[&["H drift", "energy error", "reversal", "symplecticity", "constraints"], GRADIENT];
pub(super) const BOUNDED: Groups = &[
    &[
        "sufficient decrease",
        "curvature condition",
        "V never rises",
        "identity residual",
        "feasibility",
        "KKT residual",
        "multipliers",
    ],
    GRADIENT,
];
pub(super) const MIRROR: Groups = &[
    &["relative smoothness", "V never rises", "three points", "regret", "feasibility", "KKT residual", "duality gap"],
    GRADIENT,
];
pub(super) const VARIATIONAL: Groups =
    &[&["H drift", "energy error", "energy and work", "reversal", "symplecticity", "Noether momenta", "derivatives"]];
pub(super) const STATIONARY: Groups = &[
    &[
        "stationarity",
        "Newton's second law",
        "energy along the path",
        "discretisation",
        "Legendre condition",
        "isolation",
    ],
    &["derivatives"],
];
pub(super) const DESCENT: Groups = &[&["V never rises", "identity residual", "gradient at the end"], GRADIENT];
pub(super) const FLOW: Groups = &[&["V never rises", "identity residual"], GRADIENT];

pub(super) const INERTIAL: Groups = &[&["identity residual", "energy balance", "gradient at the end"], GRADIENT];
pub(super) const ADAPTIVE: Groups = &[&["identity residual", "length of a stride", "gradient at the end"], GRADIENT];
/// Nothing in a nonmonotone step is a promise but the decrease from the highest of the last values.
pub(super) const NONMONOTONE: Groups =
    &[&["sufficient decrease", "identity residual", "gradient at the end"], GRADIENT];
pub(super) const MINIMISER: Groups = &[
    &["sufficient decrease", "curvature condition", "V never rises", "identity residual", "gradient at the end"],
    GRADIENT,
];
pub(super) const PURSUIT: Groups = &[&["minimum", "Fejer's inequality", "gradient at the end"], GRADIENT];
pub(super) const MOVEMENT: Groups = &[
    &["variational inequality", "De Giorgi's identity", "inexactness", "V never rises", "gradient at the end"],
    GRADIENT,
];
pub(super) const TRUST: Groups =
    &[&["model decrease", "radius of trust", "V never rises", "gradient at the end"], GRADIENT, &["least curvature"]];

/// What of a run, beside its row of the table, decides which checks it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// Particles move, rather than chains or a point.
    pub particles: bool,
    /// Draws are judged by the rows of a table.
    pub rows: bool,
    /// The data are kept in single precision.
    pub rounded_columns: bool,
    /// Slopes are evaluated in single precision.
    pub rounded_slopes: bool,
    /// There is a second run of half the step.
    pub extrapolated: bool,
    /// It has goals to stop at.
    pub goals: bool,
    /// The point lives on a manifold.
    pub manifold: bool,
}

impl About {
    /// The checks of a run of this row: name, what it says.
    pub fn checks(&self, run: Circumstances) -> impl Iterator<Item = (&'static str, &'static str)> {
        let groups = if run.particles { self.cloud_ledger } else { self.ledger };
        let names = groups
            .iter()
            .copied()
            .chain(run.rows.then_some(ROWS))
            .chain(run.rounded_columns.then_some(ROUNDED))
            .chain(run.rounded_slopes.then_some(ROUNDED_SLOPES))
            .chain(run.extrapolated.then_some(EXTRAPOLATED))
            .chain(run.goals.then_some(GOALS))
            .flatten()
            .filter(move |name| !run.manifold || **name != "gradient");
        let names = names.chain(run.manifold.then_some(MANIFOLD).into_iter().flatten());
        names.filter_map(|name| CHECKS.iter().find(|(known, _)| known == name)).copied()
    }
}
