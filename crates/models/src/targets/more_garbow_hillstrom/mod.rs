//! MORE, GARBOW, HILLSTROM: thirty-five sums of squares that test optimisers, with standard starts and known minima.
mod few;
mod many;
mod observed;
use super::NotPositive;
use super::catalogue::{Domain, Entry, Setting};
use crate::LeastSquares;

/// A problem: d coordinates, V = the sum of the squares of its residuals [MoreGarbowHillstrom1981].
pub struct Problem {
    /// `mgh-` and its name in the paper.
    pub name: &'static str,
    /// What makes it hard, or what it is of.
    pub meaning: &'static str,
    /// d that is used where nothing is said, and its bounds.
    pub dimension: [u32; 3],
    /// The standard start.
    pub start: fn(usize) -> Vec<f64>,
    /// The residuals as formulas of `x[1]` to `x[d]`.
    pub residuals: fn(usize) -> Vec<String>,
    /// Published least values at that d, global and local ones.
    pub minima: &'static [f64],
}

/// All of them, in the order of the paper.
pub const PROBLEMS: [Problem; 35] = [
    few::ROSENBROCK,
    few::FREUDENSTEIN_ROTH,
    few::POWELL_BADLY_SCALED,
    few::BROWN_BADLY_SCALED,
    few::BEALE,
    few::JENNRICH_SAMPSON,
    few::HELICAL_VALLEY,
    observed::BARD,
    observed::GAUSSIAN,
    observed::MEYER,
    observed::GULF,
    few::BOX,
    few::POWELL_SINGULAR,
    few::WOOD,
    observed::KOWALIK_OSBORNE,
    few::BROWN_DENNIS,
    observed::OSBORNE_1,
    few::BIGGS,
    observed::OSBORNE_2,
    many::WATSON,
    many::EXTENDED_ROSENBROCK,
    many::EXTENDED_POWELL,
    many::PENALTY_1,
    many::PENALTY_2,
    many::VARIABLY_DIMENSIONED,
    many::TRIGONOMETRIC,
    many::BROWN_ALMOST_LINEAR,
    many::DISCRETE_BOUNDARY,
    many::DISCRETE_INTEGRAL,
    many::BROYDEN_TRIDIAGONAL,
    many::BROYDEN_BANDED,
    many::LINEAR_FULL_RANK,
    many::LINEAR_RANK_1,
    many::LINEAR_RANK_1_ZEROS,
    many::CHEBYQUAD,
];

impl Problem {
    /// The energy in d coordinates, to be started at `factor` times the standard start.
    ///
    /// Its formulas are ours, so that they cannot be wrong: `None` would be a slip in this file, which its tests would find.
    pub fn build(&self, d: usize, factor: f64) -> Option<LeastSquares> {
        let names: Vec<String> = (1..=d).map(|j| format!("x[{j}]")).collect();
        let start = (self.start)(d).into_iter().map(|x| factor * x).collect();
        Some(LeastSquares::parse(&(self.residuals)(d), &[], Some(&names), None).ok()?.starting_at(start))
    }
}

/// Problem K as a named target.
pub(super) const fn entry<const K: usize>() -> Entry {
    Entry {
        name: PROBLEMS[K].name,
        meaning: PROBLEMS[K].meaning,
        reference: "MoreGarbowHillstrom1981",
        settings: const {
            let [d, least, most] = PROBLEMS[K].dimension;
            &[
                Setting { name: "d", default: d as f64, meaning: "dimension", domain: Domain::Whole(least, most) },
                Setting {
                    name: "factor",
                    default: 1.0,
                    meaning: "on the standard start; 10 and 100 are usual",
                    domain: Domain::Positive(1e6),
                },
            ]
        },
        make: |s| match PROBLEMS[K].build(s[0] as usize, s[1]) {
            Some(model) => Ok(Box::new(model)),
            None => Err(NotPositive::Shape),
        },
    }
}

/// `terms` joined by +, or 0.
fn sum(terms: impl Iterator<Item = String>) -> String {
    let text = terms.collect::<Vec<_>>().join(" + ");
    if text.is_empty() { "0".to_owned() } else { text }
}
