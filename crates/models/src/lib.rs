//! Energies from data: regression formulas over a table, expressions, named targets with known truth.
mod ancestral;
mod bent;
mod closure;
mod expression;
mod formula;
mod gamma;
mod gradient_check;
mod information;
mod lagrangian;
mod law;
mod matrices;
mod mixed;
mod model;
mod observations;
mod plain;
mod prior;
mod regression;
mod rows;
mod single;
mod squares;
mod table;
mod targets;
mod whitened;
pub use ancestral::NoPrior;
pub use closure::Closure;
pub use expression::{Expression, ExpressionError};
pub use formula::{Design, Formula, FormulaError, GroupDesign, Missing, Response};
pub use gradient_check::{Differences, Edge, GradientReport, gradient_check, gradient_check_in};
pub use information::Information;
pub use lagrangian::{LagrangianClosure, LagrangianText, Mechanical, lagrangian_check};
pub use matrices::{Completion, CompletionError, Procrustes, Rayleigh, Shape, entries};
pub use mixed::{MixedModel, regress, regress_on};
pub use model::{Model, Truth};
pub use num_dual;
pub use observations::Observations;
pub use plain::Plain;
pub use prior::{Prior, PriorError};
pub use regression::{Centering, Family, ModelError, Regression, RegressionOptions, Standardize};
pub use rows::{Likelihood, Rows, RowsError, RowsOptions};
pub use squares::{LeastSquares, LeastSquaresError};
pub use steepest_kernels::Precision;
pub use table::{Table, TableError, TableOptions};
pub use targets::{
    Banana, CATALOGUE, DenseGaussian, DiagonalGaussian, Domain, DoubleWell, EightSchools, Entry, Funnel, HenonHeiles,
    Kepler, ManyWell, MarkovGaussian, Mixture, MuellerBrown, NotPositive, OuterPlanets, PROBLEMS, Problem,
    QuarticWells, Ring, Setting, TargetError, target,
};
pub use whitened::Whitened;
