//! A splitting is a tableau: which solvable part, for which fraction of h, in which order.
use std::borrow::Cow;
use steepest_core::{Fault, Scheme, Split, State, Stride, Tick};

/// Parts of a flow, composed.
#[derive(Clone, Debug, PartialEq)]
pub struct Splitting<Part: Clone + 'static> {
    /// (part, fraction of the stride), in the order they act.
    pub tableau: Cow<'static, [(Part, f64)]>,
    /// Order of accuracy.
    pub order: u32,
}
impl<Part: Clone + PartialEq> Splitting<Part> {
    /// Whether the parts read the same from both ends, so that a stride of -h undoes one of h.
    pub fn reversible(&self) -> bool {
        self.tableau.iter().eq(self.tableau.iter().rev())
    }
}
impl<S: State, P: Split<S>> Scheme<P, S> for Splitting<P::Part> {
    type Memory = P::Memory;
    fn order(&self) -> u32 {
        self.order
    }
    fn memory(&self, flow: &P, x: &S) -> P::Memory {
        flow.memory(x)
    }
    fn step(&self, flow: &P, at: Tick, h: f64, x: &mut S, m: &mut P::Memory) -> Result<Stride, Fault> {
        Ok(Stride { h, accepted: 1.0, gradients: flow.strides(&self.tableau, at, h, 1, x, m) })
    }
    /// What is not admissible stays so: one look at the end finds it.
    fn advance(&self, flow: &P, at: Tick, h: f64, count: u64, x: &mut S, m: &mut P::Memory) -> Result<Stride, Fault> {
        let gradients = flow.strides(&self.tableau, at, h, count, x, m);
        if !x.admissible() {
            return Err(Fault::Inadmissible { step: at.step + count, replica: None });
        }
        Ok(Stride { h: h * count as f64, accepted: 1.0, gradients })
    }
}

/// A: q' = p. B: p' = -dV(q). O: p' = -gamma p + noise. Each solved exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kinetic {
    /// Drift.
    A,
    /// Kick.
    B,
    /// Ornstein-Uhlenbeck.
    O,
}

/// The parts of overdamped Langevin, x' = -dV(x) + sqrt(2 / beta) dW.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Diffusion {
    /// x <- x - h dV(x): an explicit Euler step, the one part that is not exact.
    Drift,
    /// x <- x + sqrt(2 h / beta) R_k with the normals of this stride.
    Shock,
    /// The same with the normals of the next stride.
    NextShock,
}

/// Which marginal constraint to project on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marginal {
    /// Rows.
    Source,
    /// Columns.
    Target,
}
use Kinetic::{A, B, O};

const fn tableau<Part: Clone>(tableau: &'static [(Part, f64)], order: u32) -> Splitting<Part> {
    Splitting { tableau: Cow::Borrowed(tableau), order }
}
/// Exact configurational law for a quadratic V [LeimkuhlerMatthews2013].
pub const BAOAB: Splitting<Kinetic> = tableau(&[(B, 0.5), (A, 0.5), (O, 1.0), (A, 0.5), (B, 0.5)], 2);
/// Exact configurational law for a quadratic V, one force a stride, evaluated at mid-stride [LeimkuhlerMatthews2013].
pub const ABOBA: Splitting<Kinetic> = tableau(&[(A, 0.5), (B, 0.5), (O, 1.0), (B, 0.5), (A, 0.5)], 2);
/// Exact momenta for a quadratic V [BussiParrinello2007].
pub const OBABO: Splitting<Kinetic> = tableau(&[(O, 0.5), (B, 0.5), (A, 1.0), (B, 0.5), (O, 0.5)], 2);
/// Velocity Verlet: the same parts, no bath.
pub const VERLET: Splitting<Kinetic> = tableau(&[(B, 0.5), (A, 1.0), (B, 0.5)], 2);
/// x <- x - h dV(x) + sqrt(2 h / beta) R_k.
pub const EULER_MARUYAMA: Splitting<Diffusion> = tableau(&[(Diffusion::Drift, 1.0), (Diffusion::Shock, 1.0)], 1);
/// x <- x - h dV(x) + sqrt(2 h / beta) (R_k + R_{k+1}) / 2: weak order 2, one gradient [LeimkuhlerMatthews2013].
/// A shock over h / 4 is half of one over h.
pub const LEIMKUHLER_MATTHEWS: Splitting<Diffusion> =
    tableau(&[(Diffusion::Drift, 1.0), (Diffusion::Shock, 0.25), (Diffusion::NextShock, 0.25)], 2);
/// Alternating KL projections [Cuturi2013].
pub const SINKHORN: Splitting<Marginal> = tableau(&[(Marginal::Source, 1.0), (Marginal::Target, 1.0)], 0);

impl Splitting<Kinetic> {
    /// The scheme a word in the letters A, B, O names; a letter that occurs k times acts for h / k each time. Palindromes
    /// are of order 2, other words of order 1. `None` where a letter is foreign or A or B is missing.
    ///
    /// ```
    /// use steepest_flows::scheme::{BAOAB, Splitting};
    /// assert_eq!(Splitting::word("BAOAB"), Some(BAOAB));
    /// assert_eq!(Splitting::word("BAOA").unwrap().order, 1);
    /// assert_eq!(Splitting::word("BAX"), None);
    /// ```
    pub fn word(word: &str) -> Option<Self> {
        let letter = |c: char| match c.to_ascii_uppercase() {
            'A' => Some(A),
            'B' => Some(B),
            'O' => Some(O),
            _ => None,
        };
        let parts = word.chars().map(letter).collect::<Option<Vec<_>>>()?;
        if !parts.contains(&A) || !parts.contains(&B) || parts.len() > 64 {
            return None;
        }
        let share = |part| 1.0 / parts.iter().filter(|p| **p == part).count() as f64;
        let mut word = Splitting { tableau: parts.iter().map(|&p| (p, share(p))).collect(), order: 1 };
        word.order += u32::from(word.reversible());
        Some(word)
    }
}
