//! The command line: verbs and flags, and the help that goes with them.
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use steepest_spec::templates;

const EXAMPLES: &str = "\
Examples:
  steepest fit examples/credit/credit.csv 'default ~ duration + log(amount) + C(status)'
  steepest sample funnel --draws 2000
  steepest sample '(x^2 - 1)^2 / 4 + 0.5 * k * y^2' --set k=2
  steepest minimize '(1 - x)^2 + 100 * (y - x^2)^2'
  steepest simulate '0.5*xdot^2 - k*(1 - cos(x))' --set k=1 --start 1 --velocity 0.5 --time 50
  steepest run examples/credit/flow.toml
  steepest new expression > flow.toml && steepest run flow.toml

Exit codes:
  0    done
  1    a check of the ledger is violated, or there is none, under --strict
  2    bad input: what was asked for cannot be run
  3    numerical fault
  4    a file is not there, or could not be read or written
  130  stopped by Ctrl-C; the run folder holds what there was, and `steepest resume` goes on (but for a calibration)";

/// Variational flows: say what should decrease, how distance is measured and how much noise there is; get draws or a
/// minimum, and a ledger that says whether the run did what the theory promises.
#[derive(Debug, Parser)]
#[command(name = "steepest", bin_name = "steepest", version, after_help = EXAMPLES, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    pub verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run a flow.toml and write a run folder
    Run(Run),
    /// Go on with a run that was cut off, or make a finished one longer
    Resume(Resume),
    /// Draw from the posterior of a regression: a table and a formula
    Fit(Fit),
    /// Draw from exp(-V): a named target, or an expression
    Sample(Sample),
    /// Descend to a minimum: a named target, an expression, or a table and a formula
    Minimize(Minimize),
    /// Follow the motion of a Lagrangian, or of a potential V in H = V + |p|^2 / 2, from a start for a time
    Simulate(Simulate),
    /// Run a flow.toml for every value of a key, or of several, and put the runs side by side
    Sweep(Sweep),
    /// Fit data that the model made itself, many times, and judge whether posteriors hold the truth as often as they say
    Calibrate(Calibrate),
    /// Say what a flow.toml stands for: row, equation, equilibrium, invariants, ledger, cost
    Explain(FlowFile),
    /// Build the model of a flow.toml and check its gradient; on a manifold, the laws of the geometry too
    ///
    /// The gradient is held against differences of the energy, and against the slope of |V(x + h v) - V(x) - h <dV, v>| over h
    /// on log-log axes: 2 where it is right, 1 where it is not.
    Check {
        #[command(flatten)]
        file: FlowFile,
        /// Write a page with pictures of the slopes as well (.html), or the picture alone (.svg)
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Overwrite the file
        #[arg(long)]
        force: bool,
    },
    /// List what has a name: functionals, states, geometries, noises, schemes, maps, regularisers, targets, families, priors, rows
    List {
        /// Which list; all of them when left out
        what: Option<String>,
    },
    /// Make report.html and the plots of a run folder again
    Report {
        /// The run folder
        dir: PathBuf,
    },
    /// Put runs side by side: cost, ledger, leave-one-out, parameters
    Compare {
        /// Run folders
        #[arg(required = true, num_args = 2..)]
        dirs: Vec<PathBuf>,
        /// Write a page with pictures as well (.html), or the numbers as a table (.csv)
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Overwrite the file
        #[arg(long)]
        force: bool,
    },
    /// Predict the rows of a new table from the draws of a run
    Predict {
        /// The run folder
        dir: PathBuf,
        /// CSV or Parquet file with the predictors; with the response too, it is scored
        data: PathBuf,
        /// Where to write the CSV file; standard output when left out
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Write simulated responses as well, draws by rows, as a NumPy array (.npy)
        #[arg(long, value_name = "FILE")]
        draws: Option<PathBuf>,
        /// Overwrite the files
        #[arg(long)]
        force: bool,
    },
    /// Write a commented flow.toml to standard output, or to a file with --out
    New {
        #[arg(help = rows())]
        row: String,
        /// Where to write it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Overwrite the file
        #[arg(long)]
        force: bool,
    },
    /// Print the JSON Schema of flow.toml, for editors
    Schema,
}

/// The rows that have a template.
fn rows() -> String {
    templates().map(|(name, _)| name).collect::<Vec<_>>().join(", ")
}

/// A flow.toml, with values put in over it.
#[derive(Debug, Args)]
pub struct FlowFile {
    /// The flow.toml
    pub flow: PathBuf,
    /// Set a key over the file, such as scheme.step=0.1
    #[arg(long, value_name = "KEY=VALUE", allow_hyphen_values = true)]
    pub set: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    pub file: FlowFile,
    /// Threads; never changes a result [default: those of the file]
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub threads: Option<String>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct Sweep {
    #[command(flatten)]
    pub file: FlowFile,
    /// A key and its values: scheme.step=0.1,0.2,0.4, scheme.step=0.1..0.4:4 (equal steps) or scheme.step=log:1e-3..1:7
    /// (equal ratios); of several keys every combination
    #[arg(long, value_name = "KEY=VALUES", required = true, allow_hyphen_values = true)]
    pub over: Vec<String>,
    /// Folder of the run folders; what is done there already is not done again. Default: runs/NAME-sweep
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Do all runs again
    #[arg(long)]
    pub force: bool,
    /// No progress
    #[arg(long)]
    pub quiet: bool,
}

#[derive(Debug, Args)]
pub struct Calibrate {
    #[command(flatten)]
    pub file: FlowFile,
    /// Data sets that are drawn and fitted
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub replications: usize,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct Resume {
    /// The run folder
    pub dir: PathBuf,
    /// Kept draws a chain in all, or +N for so many more
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub draws: Option<String>,
    /// Other goals to stop at, such as 'ess = 4000'; with --draws alone there are none
    #[arg(long, value_name = "GOAL=X", allow_hyphen_values = true)]
    pub until: Vec<String>,
    /// Strides in all, or +N for so many more
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub steps: Option<String>,
    /// Threads; never changes a result
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub threads: Option<String>,
    #[command(flatten)]
    pub telling: Telling,
}

/// Where results go and how much is said.
#[derive(Debug, Args)]
pub struct Output {
    /// Run folder; must not exist, or be empty. Default: a new runs/NAME-SEED
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace the run folder if it exists
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub telling: Telling,
}

/// How much is said.
#[derive(Debug, Args)]
pub struct Telling {
    /// Print summary.json on standard output, and nothing else there
    #[arg(long)]
    pub json: bool,
    /// No progress and no summary
    #[arg(long)]
    pub quiet: bool,
    /// Exit with 1 where a check of the ledger is violated, or nothing was checked
    #[arg(long)]
    pub strict: bool,
}

/// What every verb that samples takes.
#[derive(Debug, Args)]
pub struct Sampling {
    /// nuts, hmc, mala, em, lm, or a word such as BAOAB [default: nuts]
    #[arg(long, value_name = "SCHEME", allow_hyphen_values = true)]
    pub scheme: Option<String>,
    /// Chains [default: 4]
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub chains: Option<String>,
    /// Kept draws a chain [default: 1000]
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub draws: Option<String>,
    /// Stop before --draws once a goal is met: 'ess = 1000', 'rhat = 1.01' (both if both are given), or 'seconds = 30'
    #[arg(long, value_name = "GOAL=X", allow_hyphen_values = true)]
    pub until: Vec<String>,
    /// Transitions before the first kept draw [default: 1000]
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub warmup: Option<String>,
    /// Inverse temperature [default: 1]
    #[arg(long, value_name = "BETA", allow_hyphen_values = true)]
    pub beta: Option<String>,
}

/// What every verb that runs takes.
#[derive(Debug, Args)]
pub struct Common {
    /// Geometry [default: euclidean]
    #[arg(long, value_name = "G", allow_hyphen_values = true)]
    pub geometry: Option<String>,
    /// Length of a stride, or auto
    #[arg(long, value_name = "H", allow_hyphen_values = true)]
    pub step: Option<String>,
    /// Seed of all randomness [default: 1]
    #[arg(long, value_name = "SEED", allow_hyphen_values = true)]
    pub seed: Option<String>,
    /// Threads; never changes a result [default: one a core]
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub threads: Option<String>,
    #[command(flatten)]
    pub output: Output,
}

/// What a regression takes.
#[derive(Debug, Args)]
pub struct Regression {
    /// Law of the response (`steepest list families`) [default: from the response]
    #[arg(long, value_name = "FAMILY", allow_hyphen_values = true)]
    pub family: Option<String>,
    /// Levels of the response in order, with commas between them. Ordinal: the lowest first; categorical: the first is the
    /// reference; bernoulli: the second counts as 1
    #[arg(long, value_name = "A,B,...", allow_hyphen_values = true)]
    pub levels: Option<String>,
    /// Column that says for how many observations each row counts
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    pub weights: Option<String>,
    /// A prior, such as 'age = normal(0, 1)' or 'coefficients = student_t(3, 0, 2.5)', which is the intercept's too unless
    /// that has one of its own
    #[arg(long = "prior", value_name = "NAME = PRIOR", allow_hyphen_values = true)]
    pub priors: Vec<String>,
    /// Scale that coefficients and priors are stated on: none (your columns) or sd [default: none]
    #[arg(long, value_name = "HOW", allow_hyphen_values = true)]
    pub standardize: Option<String>,
    /// Rows with missing values: error or drop [default: error]
    #[arg(long, value_name = "HOW", allow_hyphen_values = true)]
    pub missing: Option<String>,
    /// What the columns are kept in: double, or single for half the memory [default: double]
    #[arg(long, value_name = "HOW", allow_hyphen_values = true)]
    pub precision: Option<String>,
}

#[derive(Debug, Args)]
pub struct Fit {
    /// CSV or Parquet file
    pub data: String,
    /// Formula, such as 'y ~ age + log(amount) + C(status) + age:income', 'y ~ x + (x | group)', or 'y ~ .'
    #[arg(allow_hyphen_values = true)]
    pub formula: String,
    #[command(flatten)]
    pub regression: Regression,
    #[command(flatten)]
    pub sampling: Sampling,
    #[command(flatten)]
    pub common: Common,
    /// Set any key of the flow.toml this stands for, such as scheme.max_depth=12
    #[arg(long, value_name = "KEY=VALUE", allow_hyphen_values = true)]
    pub set: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Sample {
    /// Name of a target (`steepest list targets`), or an expression
    #[arg(value_name = "TARGET|EXPRESSION", allow_hyphen_values = true)]
    pub what: String,
    #[command(flatten)]
    pub sampling: Sampling,
    #[command(flatten)]
    pub common: Common,
    /// Set a constant of the expression, a number of the target, or any table.key of the flow.toml
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    pub set: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Minimize {
    /// Name of a target, an expression, or a CSV or Parquet file
    #[arg(value_name = "TARGET|EXPRESSION|DATA", allow_hyphen_values = true)]
    pub what: String,
    /// Formula, after a file
    #[arg(allow_hyphen_values = true)]
    pub formula: Option<String>,
    /// lbfgs, trust-region, levenberg-marquardt, conjugate-gradient, barzilai-borwein, polyak, steepest-descent, gradient-descent,
    /// momentum, adam, adamw, rmsprop, adagrad, lion, muon, soap, natural-gradient, proximal-gradient, mirror-descent,
    /// gradient-flow, minimizing-movement [default: lbfgs]
    #[arg(long, value_name = "SCHEME", allow_hyphen_values = true)]
    pub scheme: Option<String>,
    /// Strides at most [default: 10000]
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub steps: Option<String>,
    #[command(flatten)]
    pub regression: Regression,
    #[command(flatten)]
    pub common: Common,
    /// Set a constant of the expression, a number of the target, or any table.key of the flow.toml
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    pub set: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Simulate {
    /// A Lagrangian, such as '0.5*m*(xdot^2 + ydot^2) - m*g*y'; an expression without velocities, or a named target, is a potential
    #[arg(value_name = "LAGRANGIAN|POTENTIAL", allow_hyphen_values = true)]
    pub what: String,
    /// Where to start: numbers with commas between them, one a coordinate
    #[arg(long, value_name = "X,Y,...", allow_hyphen_values = true)]
    pub start: Option<String>,
    /// The velocity to start with [default: 0]
    #[arg(long, value_name = "X,Y,...", allow_hyphen_values = true)]
    pub velocity: Option<String>,
    /// The momentum to start with, instead of the velocity
    #[arg(long, value_name = "X,Y,...", allow_hyphen_values = true)]
    pub momentum: Option<String>,
    /// How long; the step is shortened a little so that a whole number of strides fits
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    pub time: Option<String>,
    /// variational or runge-kutta; for a potential verlet, yoshida4, suzuki4, yoshida6, kahan-li6, kahan-li8
    /// [default: variational, and yoshida4 for a potential]
    #[arg(long, value_name = "SCHEME", allow_hyphen_values = true)]
    pub scheme: Option<String>,
    /// Of the scheme: midpoint, galerkin4, galerkin6; of runge-kutta: rk4, gauss2, gauss4, gauss6
    #[arg(long, value_name = "METHOD", allow_hyphen_values = true)]
    pub method: Option<String>,
    #[command(flatten)]
    pub common: Common,
    /// Set a constant, or any table.key of the flow.toml
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    pub set: Vec<String>,
}
