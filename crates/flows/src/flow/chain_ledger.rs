//! The ledger of chains: what their transitions, their agreement and the law they claim to sample say about them.
use crate::observer::diagnostics::{MANY, SteinKernel, ess_bulk, ess_tail, mcse_mean, nested_rhat, rhat, still};
use crate::observer::{Batches, Check, Moments};
use crate::scheme::metropolis::{Draw, EnergyTuning, Kernel};
use steepest_core::{Archive, Batch, Persist, Potential, Workspace};

/// What the kept transitions of one chain did: sums, however many there were.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Transitions whose trajectory diverged.
    pub divergences: u64,
    /// The deepest trees, and how many transitions built one.
    deepest: (u32, u64),
    /// Acceptance.
    pub acceptance: Moments,
    /// Gradients.
    pub leapfrogs: Moments,
    /// Energy error of a step, squared, per dimension, where it did not diverge.
    pub energy_error: Moments,
    kinetic: Moments,
    /// The same in batches, for momenta that are kept in part.
    kept_kinetic: Batches,
    fluctuation: Moments,
    energy: Moments,
    last_energy: f64,
    jumps: Moments,
}
impl Tally {
    /// Of some transitions of a chain in dimension d.
    pub fn of(draws: &[Draw], d: usize) -> Self {
        let mut tally = Tally::default();
        draws.iter().for_each(|draw| tally.push(draw, d));
        tally
    }
    /// Adds the next transition of a chain in dimension d.
    pub fn push(&mut self, draw: &Draw, d: usize) {
        self.divergences += u64::from(draw.diverging);
        match draw.depth.cmp(&self.deepest.0) {
            std::cmp::Ordering::Greater => self.deepest = (draw.depth, 1),
            std::cmp::Ordering::Equal => self.deepest.1 += 1,
            std::cmp::Ordering::Less => {}
        }
        self.acceptance.push(draw.acceptance);
        self.leapfrogs.push(draw.leapfrogs as f64);
        if !draw.diverging {
            self.energy_error.push(draw.square_error / d as f64);
        }
        let temperature = 2.0 * draw.kinetic / d as f64;
        self.kinetic.push(temperature);
        self.kept_kinetic.push(temperature);
        self.fluctuation.push((-draw.first_error).exp());
        if self.energy.count > 0.0 {
            self.jumps.push((draw.energy - self.last_energy).powi(2));
        }
        self.energy.push(draw.energy);
        self.last_energy = draw.energy;
    }
    /// E-BFMI, `mean (E_t - E_{t-1})^2 / var E` [Betancourt2016].
    fn refreshment(&self) -> f64 {
        let variance = self.energy.variance();
        if variance > 0.0 { self.jumps.mean() / variance } else { f64::NAN }
    }
}
impl Persist for Tally {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self {
            divergences,
            deepest,
            acceptance,
            leapfrogs,
            energy_error,
            kinetic,
            kept_kinetic,
            fluctuation,
            energy,
            last_energy,
            jumps,
        } = self;
        divergences.pass(archive)?;
        deepest.0.pass(archive)?;
        deepest.1.pass(archive)?;
        last_energy.pass(archive)?;
        kept_kinetic.pass(archive)?;
        [acceptance, leapfrogs, energy_error, kinetic, fluctuation, energy, jumps]
            .into_iter()
            .try_for_each(|moments| moments.pass(archive))
    }
}

/// What Metropolised transitions should look like, whatever the target; one tally a chain.
pub fn transitions(chains: &[Tally], kernel: Kernel) -> Vec<Check> {
    let all = |of: fn(&Tally) -> Moments| chains.iter().fold(Moments::default(), |sum, tally| sum.merged(&of(tally)));
    let count = all(|tally| tally.acceptance).count;
    if count == 0.0 {
        return Vec::new();
    }
    let divergences = chains.iter().map(|tally| tally.divergences).sum::<u64>() as f64;
    let acceptance = all(|tally| tally.acceptance);
    // Of many chains each is short, and the worst says little: what is asked is asked of all of them.
    let refreshment = if matches!(kernel, Kernel::Shared { .. }) || chains.len() >= MANY {
        all(|tally| tally.jumps).mean() / all(|tally| tally.energy).variance()
    } else {
        chains.iter().map(Tally::refreshment).fold(f64::NAN, f64::min)
    };
    let (temperature, fluctuation) = (all(|tally| tally.kinetic), all(|tally| tally.fluctuation));
    // A momentum that is kept in part is not drawn afresh each time.
    let error = if kernel.refreshes() {
        temperature.standard_error()
    } else {
        mcse_mean(&chains.iter().map(|tally| tally.kept_kinetic.means()).collect::<Vec<_>>())
    };
    let isokinetic = matches!(kernel, Kernel::Isokinetic { .. });
    let biased = matches!(kernel, Kernel::Isokinetic { adjusted: false, .. });
    let mut checks = vec![Check::at_most(
        "divergences",
        divergences,
        0.0,
        (
            "No trajectory left the shell of its energy.",
            "Trajectories broke down where the target is sharply curved: raise target_accept towards 0.99, or \
             reparametrise; means may be biased.",
        ),
    )];
    if biased {
        checks.push(Check::at_most(
            "energy error of a step",
            all(|tally| tally.energy_error).mean(),
            4.0 * EnergyTuning::VARIANCE,
            (
                "Its variance per dimension is what the step was tuned to: the bias of the law is small.",
                "Its variance per dimension is above what keeps the bias of the law small: shorten the step, or set adjusted = true.",
            ),
        ));
        return checks;
    }
    checks.push(Check::at_least(
        "acceptance",
        acceptance.mean(),
        0.4,
        ("The step is short enough.", "The step is too long: lengthen warm-up, or give a shorter step."),
    ));
    if !isokinetic {
        checks.push(Check::unit(
            "kinetic temperature",
            (temperature.mean(), error),
            0.0,
            0.15,
            (
                "Momenta were drawn from the law the flow claims.",
                "Momenta are not drawn at the temperature the flow claims: the noise has the wrong factor.",
            ),
        ));
    }
    checks.push(Check::unit(
        "fluctuation theorem",
        (fluctuation.mean(), fluctuation.standard_error()),
        0.0,
        0.25,
        (
            "exp(-work) of the first leapfrog averages to one, as it must in equilibrium.",
            "exp(-work) does not average to one: the chains are not in equilibrium, or the step is far too long.",
        ),
    ));
    if matches!(kernel, Kernel::Hmc { .. } | Kernel::Shared { .. } | Kernel::Nuts { .. }) {
        checks.push(Check::at_least(
            "E-BFMI",
            refreshment,
            0.3,
            (
                "Fresh momenta reach all energies.",
                "Energies are explored slowly, a sign of heavy tails or a funnel: reparametrise.",
            ),
        ));
    }
    if let Kernel::Nuts { max_depth } = kernel {
        let at_most_deep = chains.iter().map(|tally| if tally.deepest.0 == max_depth { tally.deepest.1 } else { 0 });
        let cut = at_most_deep.sum::<u64>() as f64 / count;
        checks.push(Check::at_most(
            "trajectories cut short",
            cut,
            0.05,
            (
                "Trajectories ended by turning.",
                "Trajectories reach max_depth before they turn: the target is badly scaled.",
            ),
        ));
    }
    checks
}

/// R-hat and effective sizes of one quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Diagnosis {
    /// Split rank-normalised R-hat; nested, of [`MANY`] chains or more.
    pub rhat: f64,
    /// Effective size of the bulk.
    pub ess_bulk: f64,
    /// Effective size of the 5 % and 95 % tails.
    pub ess_tail: f64,
    /// Standard error of the mean.
    pub mcse_mean: f64,
    /// Whether all draws are equal: then nothing can be said of chains by it, and its sizes are NaN.
    pub still: bool,
}
/// Diagnoses one quantity; `chains[c]` are its draws in chain c.
pub fn diagnose(chains: &[&[f64]]) -> Diagnosis {
    let still = still(chains);
    let size = |of: fn(&[&[f64]]) -> f64| if still { f64::NAN } else { of(chains) };
    Diagnosis {
        rhat: if chains.len() < MANY { rhat(chains) } else { nested_rhat(chains) },
        ess_bulk: size(ess_bulk),
        ess_tail: size(ess_tail),
        mcse_mean: mcse_mean(chains),
        still,
    }
}
/// Whether the chains agree, and said enough: the worst over quantities that vary at all.
pub fn agreement(diagnoses: &[Diagnosis], chains: usize) -> Vec<Check> {
    let worst =
        |of: &dyn Fn(&Diagnosis) -> f64, pick: fn(f64, f64) -> f64| diagnoses.iter().map(of).fold(f64::NAN, pick);
    // A hundred a chain make R-hat and the intervals trustworthy; of very many chains, fewer each will do.
    let wanted = 100.0 * chains.min(16) as f64;
    let more = ("Enough for the intervals shown.", "Too few independent draws: run longer, or find a better metric.");
    vec![
        Check::at_most(
            "R-hat",
            worst(&|q| q.rhat, f64::max),
            1.01,
            (
                "The chains agree with one another and with themselves.",
                "The chains disagree: they are in different modes, or were too short. Do not use these draws; run longer, and \
                 look at the rank plots of the worst quantity.",
            ),
        ),
        Check::at_least("bulk ESS", worst(&|q| q.ess_bulk, f64::min), wanted, more),
        Check::at_least("tail ESS", worst(&|q| q.ess_tail, f64::min), wanted, more),
    ]
}

/// Positions of several chains, thinned evenly to at most `most` in all: component-major, chain after chain.
#[derive(Clone, Debug, Default)]
pub struct Positions {
    /// Points, `chains * draws`.
    pub n: usize,
    /// Dimension.
    pub d: usize,
    /// Chains.
    pub chains: usize,
    /// `x[j * n + c * draws + t]`.
    pub x: Vec<f64>,
}
impl Positions {
    /// From `chains[c][t * d + j]`.
    pub fn thin(chains: &[&[f64]], d: usize, most: usize) -> Self {
        let length = chains.iter().map(|chain| chain.len() / d.max(1)).min().unwrap_or(0);
        let draws = length.min((most / chains.len().max(1)).max(1));
        let n = draws * chains.len();
        let mut x = vec![0.0; n * d];
        for (c, chain) in chains.iter().enumerate() {
            for t in 0..draws {
                let point = &chain[t * length / draws * d..][..d];
                point.iter().enumerate().for_each(|(j, q)| x[j * n + c * draws + t] = *q);
            }
        }
        Positions { n, d, chains: chains.len(), x }
    }
    /// Those of every `stride`-th chain.
    fn every(&self, stride: usize) -> Positions {
        let (stride, draws) = (stride.max(1), self.n / self.chains.max(1));
        let column = |j: usize| self.x[j * self.n..(j + 1) * self.n].chunks_exact(draws.max(1)).step_by(stride);
        let x: Vec<f64> = (0..self.d).flat_map(|j| column(j).flatten().copied()).collect();
        let chains = self.chains.div_ceil(stride);
        Positions { n: chains * draws, d: self.d, chains, x }
    }
}
/// Chains whose points are compared pair by pair, at most.
const PAIRED: usize = 2000;

/// Whether the draws have the law exp(-beta V), judged by the score alone.
pub fn law(v: &dyn Potential, beta: f64, at: &Positions) -> Vec<Check> {
    let (n, d) = (at.n, at.d);
    if n < 8 {
        return Vec::new();
    }
    let draws = n / at.chains;
    let mut gradient = vec![0.0; n * d];
    v.gradients(Batch { n, d, x: &at.x }, beta, &mut gradient, &mut Workspace::default());
    let moments = |j: usize| at.x[j * n..(j + 1) * n].iter().copied().collect::<Moments>();
    let columns: Vec<Moments> = (0..d).map(moments).collect();
    let virial: Vec<f64> = (0..n)
        .map(|i| (0..d).map(|j| (at.x[j * n + i] - columns[j].mean()) * gradient[j * n + i]).sum::<f64>() / d as f64)
        .collect();
    let temperature: Moments = virial.iter().copied().collect();
    // One draw of each of many chains: they are independent.
    let error = if draws == 1 {
        temperature.standard_error()
    } else {
        mcse_mean(&virial.chunks_exact(draws).collect::<Vec<_>>())
    };
    let scores: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let scale: Vec<f64> = columns.iter().map(|m| m.variance().sqrt()).collect();
    // Every pair of points is looked at: of very many chains some stand for all.
    let (some, points) = (at.every(at.chains.div_ceil(PAIRED)), SteinKernel { most: n, ..SteinKernel::default() });
    let scores = Positions { x: scores, ..Positions { x: Vec::new(), ..*at } }.every(at.chains.div_ceil(PAIRED)).x;
    let discrepancy = points.discrepancy(Batch { n: some.n, d, x: &some.x }, &scores, some.chains, &scale);
    vec![
        Check::unit(
            "configurational temperature",
            (temperature.mean(), error),
            0.0,
            0.3,
            (
                "<x . beta dV> = d: gradient and draws fit each other.",
                "<x . beta dV> is not d: the draws do not have the law of this energy (bias, wrong gradient, or too short).",
            ),
        ),
        Check::at_least(
            "kernel Stein discrepancy (p)",
            discrepancy.p,
            1e-4, // the gamma tail of the null law may be several times too thin
            (
                "The draws are as close to the target as draws of it would be.",
                "The draws are further from the target than chance allows: biased, or not yet mixed.",
            ),
        ),
    ]
}
