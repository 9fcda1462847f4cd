//! What the theory says of each scheme: the texts of `list` and `explain`.
use super::ledger::{self, Groups};

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
pub(super) const NUTS: About = About {
    row: "NUTS",
    equation: "q' = M^-1 p, p' = -dV(q), fresh momenta p ~ N(0, M / beta) before each trajectory",
    equilibrium: "exp(-beta V)",
    cost: "2^depth - 1 gradients a draw, 3 to 31 as a rule",
    order: "exact law; trajectories to order 2",
    invariants: METROPOLIS,
    ledger: ledger::NUTS,
    cloud_ledger: ledger::NUTS,
};
pub(super) const HMC: About = About {
    row: "HMC",
    cost: "a gradient a leapfrog: `leapfrogs` a draw, or `length` over the step",
    ledger: ledger::HMC,
    ..NUTS
};
pub(super) const GENERALISED: About = About {
    row: "generalised HMC",
    equation: "q' = M^-1 p, p' = -dV(q) for one leapfrog, p <- a p + sqrt(1 - a^2) z between, turned round where refused",
    cost: "1 gradient a draw",
    order: "exact law",
    ledger: ledger::MALA,
    cloud_ledger: ledger::MALA,
    ..NUTS
};
pub(super) const BARKER: About = About {
    row: "Barker proposal",
    equation: "a jump process whose rates balance: x + w, the sign of w_j with the odds 1 / (1 + exp(w_j d_j V))",
    ledger: ledger::BARKER,
    cloud_ledger: ledger::BARKER,
    ..GENERALISED
};
pub(super) const ISOKINETIC: About = About {
    row: "microcanonical Langevin",
    equation: "x' = u, u' = -(1 - u u^T) dV / (d - 1) + noise on the sphere |u| = 1",
    equilibrium: "exp(-beta V), with a bias that the energy error of a step controls",
    cost: "2 gradients a step, `length` over the step of them a draw",
    order: "2 for the law",
    invariants: &["exp(-beta V) of the flow, for any strength of the noise"],
    ledger: ledger::ISOKINETIC,
    cloud_ledger: ledger::ISOKINETIC,
};
pub(super) const TEMPERING: About = About {
    row: "parallel tempering",
    equation: "NUTS on (1 - b) V_0 + b beta V for b = 0 ... 1, V_0 of a Gaussian; neighbours swap places",
    cost: "`rungs` trajectories of NUTS a draw",
    ledger: ledger::TEMPERING,
    cloud_ledger: ledger::TEMPERING,
    ..NUTS
};
pub(super) const CHEES: About = About {
    row: "HMC of many chains",
    cost: "`length` over the step gradients a draw, the same of every chain",
    ledger: ledger::HMC,
    ..NUTS
};
pub(super) const MEADS: About =
    About { row: "generalised HMC of many chains", cost: "1 gradient a draw", ..GENERALISED };
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
pub(super) const MALA: About = About {
    row: "Metropolised Langevin",
    equation: "x' = -dV(x) + sqrt(2 / beta) W', each stride accepted or rejected",
    cost: "1 gradient a draw",
    order: "exact law",
    ledger: ledger::MALA,
    ..NUTS
};
pub(super) const EM: About = About {
    row: "Langevin",
    equation: "x' = -dV(x) + sqrt(2 / beta) W'",
    equilibrium: "exp(-beta V), with a bias of order h",
    cost: "1 gradient a stride",
    order: "1 for the law",
    invariants: &["exp(-beta V) of the flow; on V = k x^2 / 2 the scheme keeps <x^2> = 1 / (beta k (1 - h k / 2))"],
    ledger: ledger::LANGEVIN_CHAINS,
    cloud_ledger: ledger::LANGEVIN_CLOUD,
};
/// In a metric that depends on the place.
pub(crate) const RIEMANNIAN: About = About {
    row: "Riemannian Langevin",
    equation: "x' = -D(x) dV(x) + div D(x) / beta + sqrt(2 D(x) / beta) W', D diagonal",
    cost: "1 gradient of V, and D with its slopes, a stride",
    invariants: &["exp(-beta V) of the flow, whatever D"],
    ledger: ledger::RIEMANNIAN_CHAINS,
    cloud_ledger: ledger::RIEMANNIAN_CLOUD,
    ..EM
};
/// With a current.
pub(crate) const NON_REVERSIBLE: About = About {
    row: "non-reversible Langevin",
    equation: "x' = -(1 + Q) dV(x) + sqrt(2 / beta) W', Q antisymmetric",
    invariants: &[
        "exp(-beta V) of the flow, whatever Q; on V = |x|^2 / 2 the scheme keeps <x^2> = 1 / (beta (1 - h (1 + s^2) / 2))",
    ],
    ledger: ledger::STIRRED_CHAINS,
    cloud_ledger: ledger::STIRRED_CLOUD,
    ..EM
};
pub(super) const LM: About = About {
    equilibrium: "exp(-beta V), with a bias of order h^2",
    order: "2 for the law",
    invariants: &["exp(-beta V) of the flow; on V = k x^2 / 2 the scheme keeps <x^2> = 1 / (beta k), exactly"],
    ledger: ledger::AVERAGED_CHAINS,
    cloud_ledger: ledger::AVERAGED_CLOUD,
    ..EM
};
pub(super) const UNDERDAMPED: About = About {
    row: "underdamped Langevin",
    equation: "q' = p, p' = -dV(q) - gamma p + sqrt(2 gamma / beta) W'",
    equilibrium: "exp(-beta (V(q) + |p|^2 / 2)), with a bias of averages of q of the order below",
    cost: "1 gradient a stride and B after the first of it; the last force is kept",
    order: "2 for averages of q where the word written round a circle is its own mirror image (BAOAB, OBAB), else 1; BAOAB has the exact <q^2> on V = k x^2 / 2",
    invariants: &["exp(-beta H) of the flow; part O keeps N(0, 1 / beta) of p exactly, A and B keep phase volume"],
    ledger: ledger::LANGEVIN_CHAINS,
    cloud_ledger: ledger::UNDERDAMPED_CLOUD,
};
pub(super) const NOSE_HOOVER: About = About {
    row: "Nose-Hoover-Langevin",
    equation: "q' = p, p' = -dV(q) - xi p + sqrt(2 gamma / beta) W', xi' = (|p|^2 - d / beta) / (d inertia)",
    equilibrium: "exp(-beta (V + |p|^2 / 2)) and xi ~ N(g, 1 / (beta d inertia)), g = gamma + beta h s^2 / 2 with gradient noise s",
    cost: "1 gradient a stride",
    order: "2 for the law, with gradient noise too",
    invariants: &["the extended law of the flow; <|p|^2> = d / beta where the thermostat looks, exactly"],
    ledger: ledger::THERMOSTAT_CHAINS,
    cloud_ledger: ledger::THERMOSTAT_CLOUD,
};
/// A word without O.
pub(crate) const MECHANICS: About = About {
    row: "mechanics",
    equation: "q' = p, p' = -dV(q)",
    equilibrium: "none: H = V(q) + |p|^2 / 2 is kept",
    order: "2 for a palindrome, else 1; that in the name of a composition (yoshida4: 4)",
    invariants: &["H of the flow; a shadow of H of the scheme", "phase volume and, for a palindrome, time reversal"],
    ledger: ledger::MECHANICS,
    cloud_ledger: ledger::MECHANICS,
    ..UNDERDAMPED
};
/// On a surface.
pub(crate) const CONSTRAINED: About = About {
    row: "constrained mechanics",
    equation: "q' = p, p' = -dV(q) - J(q)^T l, g(q) = 0, J = dg",
    cost: "1 gradient of V a kick, 3 to 6 looks at the constraints and their slopes a drift",
    invariants: &[
        "H of the flow; a shadow of H of the scheme",
        "g = 0 and J p = 0, to rounding",
        "phase volume of the surface and, for a palindrome, time reversal",
    ],
    ledger: ledger::CONSTRAINED,
    cloud_ledger: ledger::CONSTRAINED,
    ..MECHANICS
};
pub(super) const RUNGE_KUTTA: About = About {
    cost: "4 gradients a stride for rk4; 6 a step for dormand-prince; stages times rounds of iteration for the others, 10 to 40",
    order: "4 for rk4, 5 for dormand-prince; 2, 4 and 6 for the methods of Gauss",
    invariants: &[
        "H of the flow; the methods of Gauss keep a shadow of H and quadratic invariants exactly, the others nothing",
    ],
    ..MECHANICS
};
pub(crate) const VARIATIONAL: About = About {
    equation: "d/dt dL/dv = dL/dq",
    equilibrium: "none: H = v dL/dv - L is kept where L has no t",
    cost: "first and second derivatives of L at 1, 2 or 3 points, 2 to 4 times a stride",
    order: "2 for midpoint, 4 for galerkin4, 6 for galerkin6",
    invariants: &[
        "H of the flow; a shadow of H of the scheme",
        "the momentum of every coordinate that L does not depend on, exactly; phase volume and time reversal",
    ],
    ledger: ledger::VARIATIONAL,
    cloud_ledger: ledger::VARIATIONAL,
    ..MECHANICS
};
pub(super) const STATIONARY: About = About {
    row: "stationary action",
    equation: "d/dt dL/dv = dL/dq, q given at both ends: dS = 0 for S = int L dt",
    equilibrium: "a stationary path: a minimum, or a saddle with its Morse index",
    cost: "first and second derivatives of L at 1, 2 or 3 points a piece, and as many banded solves, a Newton step; 3 to 20 steps",
    order: "2 for midpoint, 4 for galerkin4, 6 for galerkin6",
    invariants: &["H along the path, where L has no t"],
    ledger: ledger::STATIONARY,
    cloud_ledger: ledger::STATIONARY,
};
pub(super) const DESCENT: About = About {
    row: "gradient descent",
    equation: "x' = -dV(x)",
    equilibrium: "a critical point of V",
    cost: "1 gradient and 1 value a stride",
    order: "1",
    invariants: &["none; V falls at the rate |dV|^2"],
    ledger: ledger::DESCENT,
    cloud_ledger: ledger::DESCENT,
};
pub(super) const FLOW: About = About {
    row: "gradient flow",
    equation: "x' = -K(x) dV(x), K = 1 or the inverse of a constant metric or of the Fisher information",
    equilibrium: "a critical point of V",
    cost: "a step of its own: 2 d + 10 gradients (rosenbrock) or 10 (dormand-prince), and a value; 1 of each a look",
    order: "4 (rosenbrock), 5 (dormand-prince)",
    invariants: &["none; V falls at the rate <dV, K dV>, and the books hold it to that along the path"],
    ledger: ledger::FLOW,
    cloud_ledger: ledger::FLOW,
};
pub(super) const STEEPEST: About = About {
    row: "steepest descent",
    equation: "x <- R_x(-a grad V), a from a line search",
    cost: "1 value and gradient a trial of the line search, 1 to 3 a step as a rule",
    order: "1, linear convergence",
    invariants: &["none; V falls by a share of a |grad V|^2 in each step"],
    ledger: ledger::MINIMISER,
    cloud_ledger: ledger::MINIMISER,
    ..DESCENT
};
pub(super) const NATURAL: About = About {
    row: "natural gradient",
    equation: "x' = -G(x)^-1 dV(x), G the Fisher information; x <- x - a G^-1 dV, a = 1 or from a line search",
    cost: "1 value and gradient a trial of the line search, and G: as much as d gradients",
    order: "1 for the flow; quadratic convergence where G is the curvature of V, as for canonical links",
    invariants: &[
        "the flow is the same curve of laws in all coordinates; V falls by a share of a |dV|_G^2 in each step",
    ],
    ..STEEPEST
};
pub(super) const SPECTRAL: About = About {
    row: "Barzilai-Borwein descent",
    equation: "x <- R_x(-a grad V), a = <s, s> / <s, y> or <s, y> / <y, y> of the last step s and change y of the gradient",
    invariants: &["none; V falls below the highest of its last ten values"],
    ledger: ledger::NONMONOTONE,
    ..STEEPEST
};
pub(super) const PURSUIT: About = About {
    row: "Polyak's descent",
    equation: "x <- R_x(-a grad V), a = (V(x) - min V) / |grad V|^2",
    equilibrium: "a point where V is min V",
    cost: "1 value and gradient a step",
    invariants: &["none; on a convex V no step leads away from a minimum"],
    ledger: ledger::PURSUIT,
    cloud_ledger: ledger::PURSUIT,
    ..STEEPEST
};
pub(super) const MOVEMENT: About = About {
    row: "minimizing movement",
    equation: "x <- argmin_y V(y) + D(y, x) / h, D = dist^2 / 2 or the divergence of a mirror map",
    cost: "1 value and gradient a trial of the inner minimiser, 2 to 10 a movement as a rule",
    order: "1, stable for every h",
    invariants: &["V + D / h never rises; V falls by what De Giorgi's identity says, however long h is"],
    ledger: ledger::MOVEMENT,
    cloud_ledger: ledger::MOVEMENT,
    ..DESCENT
};
pub(super) const CONJUGATE: About = About {
    row: "nonlinear conjugate gradients",
    equation: "x <- R_x(a d), d <- -grad V + b d, b such that d is conjugate to the last direction",
    order: "1; exact after d steps on a quadratic",
    ..STEEPEST
};
pub(super) const QUASI_NEWTON: About = About {
    row: "limited-memory BFGS",
    equation: "x <- R_x(-a H grad V), H the inverse Hessian that the last steps tell of",
    order: "fast linear convergence",
    ..STEEPEST
};
/// Within bounds.
pub(crate) const BOUNDED: About = About {
    row: "limited-memory BFGS within bounds",
    equation: "x <- x + a (y - x), y the minimum of the model of the last steps over the face of its Cauchy point, a <= as far as the box reaches",
    equilibrium: "the KKT conditions: d_j V = 0 within, d_j V >= 0 at a lower bound, d_j V <= 0 at an upper one",
    ledger: ledger::BOUNDED,
    cloud_ledger: ledger::BOUNDED,
    ..QUASI_NEWTON
};
pub(super) const TRUST: About = About {
    row: "trust-region Newton",
    equation: "x <- x + p, p = argmin dV p + p V'' p / 2 over |p| <= radius",
    cost: "1 value and gradient a trial, and the products V'' v of its model: each 1 gradient where exact, else 2; so it is for those that tell a saddle at the end, 100 at most",
    order: "2: products stop early, far from the end",
    invariants: &["none; V falls by a share of what the model promised in each step"],
    ledger: ledger::TRUST,
    cloud_ledger: ledger::TRUST,
    ..DESCENT
};
/// By an information.
pub(crate) const SCORING: About = About {
    row: "trust-region Fisher scoring",
    equation: "x <- x + p, p = argmin dV p + p G p / 2 over |p| <= radius, G the Fisher information",
    cost: "1 value and gradient a trial, and G once a step: as much as d gradients",
    order: "2 where G is V'' at the end, as for canonical links; linear convergence elsewhere",
    ..TRUST
};
pub(super) const SQUARES: About = About {
    row: "Levenberg-Marquardt",
    equation: "x <- x + p, p = argmin |r + J p|^2 over |D p| <= radius, V = |r|^2",
    cost: "1 evaluation of the residuals a trial, and 1 of their Jacobian a step",
    order: "2 where the least V is 0, linear convergence where residuals are left",
    ..TRUST
};
pub(super) const INERTIAL: About = About {
    row: "accelerated descent",
    equation: "x' = dK(p), p' = -grad V - gamma p",
    cost: "1 value and gradient a stride",
    order: "1; 2 for the leapfrog. On a convex V, V - min V <= 2 |x0 - x*|^2 / (h^2 (k + 1)^2) with friction 3 / t",
    invariants: &["V + K falls at the rate gamma p dK(p), and is kept without friction"],
    ledger: ledger::INERTIAL,
    cloud_ledger: ledger::INERTIAL,
    ..DESCENT
};
pub(super) const ADAPTIVE: About = About {
    row: "adaptive descent",
    equation: "x <- x - h m / sqrt(v), m and v means of the gradients and of their squares",
    cost: "1 value and gradient a stride",
    order: "1",
    invariants: &["none; no coordinate moves by more than h times the bound of its rule"],
    ledger: ledger::ADAPTIVE,
    cloud_ledger: ledger::ADAPTIVE,
    ..DESCENT
};
pub(super) const SIGN: About = About {
    row: "sign descent",
    equation: "x <- x - h sign(m), m a mean of the gradients: steepest where the largest coordinate is the norm",
    invariants: &["none; every coordinate moves by h"],
    ..ADAPTIVE
};
pub(super) const ORTHOGONAL: About = About {
    row: "orthogonalised descent",
    equation: "X <- X - h U V^T, U S V^T a mean of the gradients: steepest where the largest singular value is the norm",
    invariants: &["none; every singular direction moves by about h"],
    ..ADAPTIVE
};
pub(super) const LEARNED_BASES: About =
    About { row: "descent in learned bases", equation: "x <- x - h Q m / sqrt(v), m and v in the bases Q", ..ADAPTIVE };
pub(super) const MIRROR: About = About {
    row: "mirror descent",
    equation: "(dphi(x))' = -dV(x): x' = -(Hess phi(x))^-1 dV(x)",
    equilibrium: "a point of the domain where the KKT conditions hold: the minimum of a convex V there",
    cost: "1 value and gradient a step, and another one where a step was too long",
    order: "1. On a convex V, V - min V <= D(x*, x0) / (h k); with inertia 4 D(x*, x0) / (h (k + 1)^2)",
    invariants: &["the domain of phi, always; D(x*, x) never grows on a convex V"],
    ledger: ledger::MIRROR,
    cloud_ledger: ledger::MIRROR,
};
pub(super) const PROXIMAL: About = About {
    row: "proximal gradient descent",
    equation: "x <- prox_hR(x - h dV(x)): x' in -dV(x) - dR(x)",
    equilibrium: "a point where 0 is in dV + dR: the minimum of a convex V + R",
    cost: "2 values and gradients a step with inertia, 1 without, and another one where a step was too long",
    order: "on a convex V, V + R - min <= 2 |x0 - x*|^2 / (h (k + 1)^2) with inertia, |x0 - x*|^2 / (2 h k) without",
    invariants: &["where R is finite, always"],
    ..MIRROR
};
