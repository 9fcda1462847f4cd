//! The ledger of chains: what their transitions, their agreement and the law they claim to sample say about them.
pub use super::chain_law::{Evidence, Positions, law};
use crate::observer::diagnostics::{
    MANY, Tail, ess_bulk, ess_tail, judging_rhat, mcse_mean, rhat_chance, still, stuck,
};
use crate::observer::{Batches, Check, Moments, Verdict};
use crate::scheme::metropolis::{Draw, EDGE, EnergyTuning, Kernel};
use steepest_core::{Archive, Persist};

/// What the kept transitions of one chain did: sums, however many there were.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Transitions whose trajectory diverged where V is finite.
    pub divergences: u64,
    /// Transitions whose trajectory left the domain of V.
    pub outside: u64,
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
    /// The [`fluctuation`] of the first leapfrogs.
    fluctuation: Moments,
    /// The same in batches: where a leapfrog begins at the end of the last, the works add up to what is bounded.
    kept_fluctuation: Batches,
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
        self.divergences += u64::from(draw.diverging && !draw.outside);
        self.outside += u64::from(draw.outside);
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
        let fluctuation = fluctuation(draw.first_error);
        self.fluctuation.push(fluctuation);
        self.kept_fluctuation.push(fluctuation);
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
            outside,
            deepest,
            acceptance,
            leapfrogs,
            energy_error,
            kinetic,
            kept_kinetic,
            fluctuation,
            kept_fluctuation,
            energy,
            last_energy,
            jumps,
        } = self;
        divergences.pass(archive)?;
        outside.pass(archive)?;
        deepest.0.pass(archive)?;
        deepest.1.pass(archive)?;
        last_energy.pass(archive)?;
        kept_kinetic.pass(archive)?;
        kept_fluctuation.pass(archive)?;
        [acceptance, leapfrogs, energy_error, kinetic, fluctuation, energy, jumps]
            .into_iter()
            .try_for_each(|moments| moments.pass(archive))
    }
}

/// `1 - (1 - exp(-w)) / cosh(w / 2)^2` of a work w: exp(-w) where w is small, between 1/2 and 5, and one on average in
/// equilibrium.
///
/// A leapfrog and its reverse have works w and -w, and in equilibrium exp(w) to one are their odds; so any even weight may be put
/// to 1 - exp(-w). Without one a few large works decide, and of long steps exp(-w) has no variance: of 300 honest runs means lay up
/// to ten standard errors from one. A leapfrog that leaves the domain of V, w infinite, has no reverse at all and counts as one, as
/// those that stay then do on average. NaN where exp(-w) is beyond all numbers, as that of rounding may be.
///
/// ```
/// use steepest_flows::flow::chain_ledger::fluctuation;
/// assert!((fluctuation(1e-3) - (-1e-3f64).exp()).abs() < 1e-9 && fluctuation(0.0) == 1.0);
/// assert_eq!((fluctuation(f64::INFINITY), fluctuation(-100.0)), (1.0, 5.0));
/// assert!(fluctuation(-1000.0).is_nan());
/// // w is normal with variance s^2 and mean s^2 / 2: odds of exp(w). By the trapezoidal rule, s = 1.
/// let odds = |w: f64| (-0.5 * (w - 0.5).powi(2)).exp() / std::f64::consts::TAU.sqrt();
/// let mean: f64 = (-200..=200).map(|k| 0.1 * f64::from(k)).map(|w| 0.1 * odds(w) * fluctuation(w)).sum();
/// assert!((mean - 1.0).abs() < 1e-12);
/// ```
pub fn fluctuation(work: f64) -> f64 {
    let odds = (-work.abs()).exp();
    let weighted = -4.0 * (-work.abs()).exp_m1() / (1.0 + odds).powi(2);
    match work {
        w if w >= 0.0 => 1.0 - odds * weighted,
        w if w > -700.0 => 1.0 + weighted,
        _ => f64::NAN,
    }
}

/// The standard error of a mean over chains whose transitions depend on one another: of many chains, which do not, from the means
/// of each; of few from batches.
fn chained_error(chains: &[Tally], of: fn(&Tally) -> (&Moments, &Batches)) -> f64 {
    if chains.len() >= MANY {
        return chains.iter().map(|tally| of(tally).0.mean()).collect::<Moments>().standard_error();
    }
    mcse_mean(&chains.iter().map(|tally| of(tally).1.means()).collect::<Vec<_>>())
}

/// The share of transitions, at most, that may diverge inside the domain of V and be put down to its [`EDGE`]: beside poles it is half a
/// per cent, in a funnel that overflows in its neck ten times as much.
const BESIDE: f64 = 0.03;

/// Whether trajectories broke down. `None` for Barker's proposals: their odds are bounded by construction, so that a large error of the
/// energy is one refusal and no sign of a region that is never reached.
fn divergences(chains: &[Tally], kernel: Kernel) -> Option<Check> {
    let sum = |of: fn(&Tally) -> u64| chains.iter().map(of).sum::<u64>() as f64;
    let (broken, outside) = (sum(|tally| tally.divergences), sum(|tally| tally.outside));
    if kernel == Kernel::Barker {
        return None;
    }
    // One leapfrog that leaves the domain is one that is too long, and leaves a chain near the edge where it is for long.
    let single = kernel.leaps_once();
    let mut check = Check::at_most(
        "divergences",
        if single { broken + outside } else { broken },
        0.0,
        (
            "No trajectory left the shell of its energy.",
            "Trajectories broke down where the target is sharply curved: raise target_accept towards 0.99, or \
             reparametrise; means may be biased.",
        ),
    );
    let count = chains.iter().map(|tally| tally.acceptance.count).sum::<f64>();
    if single && outside > EDGE * broken {
        check.advice = "Single leapfrogs left the domain of the energy, or broke down beside its edge, where chains then stay for long: \
                        give the coordinate its domain, as with `positive` or `bounded`, or raise target_accept towards 0.99; means may \
                        be biased.";
    } else if outside > EDGE * broken && broken <= BESIDE * count {
        (check.value, check.verdict) = (broken + outside, Verdict::Inconclusive);
        check.advice = if matches!(kernel, Kernel::Isokinetic { adjusted: false, .. }) {
            "So many trajectories left the domain of the energy, or broke down beside its edge, and were turned round there. Without \
             adjustment nothing makes up for that, and the law near the edge is not exact: set adjusted = true, or give the coordinate its \
             domain, as with `positive` or `bounded`."
        } else {
            "So many trajectories left the domain of the energy, or broke down beside its edge, and were cut there. That leaves the \
             law as it is, but chains may be slow near the edge: give the coordinate its domain, as with `positive` or `bounded`."
        };
    }
    Some(check)
}

/// What Metropolised transitions should look like, whatever the target; one tally a chain.
pub fn transitions(chains: &[Tally], kernel: Kernel) -> Vec<Check> {
    let all = |of: fn(&Tally) -> Moments| chains.iter().fold(Moments::default(), |sum, tally| sum.merged(&of(tally)));
    let count = all(|tally| tally.acceptance).count;
    if count == 0.0 {
        return Vec::new();
    }
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
        chained_error(chains, |tally| (&tally.kinetic, &tally.kept_kinetic))
    };
    let isokinetic = matches!(kernel, Kernel::Isokinetic { .. });
    let biased = matches!(kernel, Kernel::Isokinetic { adjusted: false, .. });
    let mut checks: Vec<Check> = divergences(chains, kernel).into_iter().collect();
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
        (fluctuation.mean(), chained_error(chains, |tally| (&tally.fluctuation, &tally.kept_fluctuation))),
        0.0,
        0.25,
        (
            "exp(-work) of the first leapfrog, weighted down where that is large, averages to one, as it must in equilibrium.",
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

/// R-hat of chains that agree, at most.
const AGREED: f64 = 1.01;
/// The chance, of all quantities together, from which on a larger one is put down to it.
const CHANCE: f64 = 1e-3;

/// The least bulk and tail ESS of so many chains: a hundred a chain make R-hat and the intervals trustworthy; of very many chains, fewer
/// each will do.
///
/// ```
/// assert_eq!([4, 1000].map(steepest_flows::flow::chain_ledger::wanted), [400.0, 1600.0]);
/// ```
pub fn wanted(chains: usize) -> f64 {
    100.0 * chains.min(16) as f64
}

/// R-hat, effective sizes and tails of one quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Diagnosis {
    /// Split rank-normalised R-hat; nested, of [`MANY`] chains or more.
    pub rhat: f64,
    /// The [`rhat_chance`] of one so large where chains agree; one where it is small.
    pub chance: f64,
    /// Effective size of the bulk.
    pub ess_bulk: f64,
    /// Effective size of the 5 % and 95 % tails.
    pub ess_tail: f64,
    /// Standard error of the mean.
    pub mcse_mean: f64,
    /// Its heavier tail.
    pub tail: Tail,
    /// Whether all draws are equal: then nothing can be said of chains by it, and its sizes are NaN.
    pub still: bool,
    /// Whether the draws of each chain are equal, though chains may lie apart: its sizes are NaN then too.
    pub stuck: bool,
}
/// Diagnoses one quantity; `chains[c]` are its draws in chain c.
pub fn diagnose(chains: &[&[f64]]) -> Diagnosis {
    let (still, stuck) = (still(chains), stuck(chains));
    let size = |of: fn(&[&[f64]]) -> f64| if still || stuck { f64::NAN } else { of(chains) };
    let (ess_tail, draws) = (size(ess_tail), chains.iter().map(|chain| chain.len()).sum::<usize>());
    let relative = Some(ess_tail / draws as f64).filter(|r| *r < 1.0).unwrap_or(1.0);
    let rhat = judging_rhat(chains);
    Diagnosis {
        rhat,
        chance: if rhat > AGREED { rhat_chance(chains, AGREED) } else { 1.0 },
        ess_bulk: size(ess_bulk),
        ess_tail,
        mcse_mean: mcse_mean(chains),
        tail: if still || stuck { Tail::of(&[], relative) } else { Tail::of(chains, relative) },
        still,
        stuck,
    }
}
/// Whether the chains agree, and said enough: the worst over quantities that vary at all.
pub fn agreement(diagnoses: &[Diagnosis], chains: usize) -> Vec<Check> {
    let worst =
        |of: &dyn Fn(&Diagnosis) -> f64, pick: fn(f64, f64) -> f64| diagnoses.iter().map(of).fold(f64::NAN, pick);
    let wanted = wanted(chains);
    let tails: Vec<Tail> = diagnoses.iter().map(|q| q.tail).collect();
    let more = ("Enough for the intervals shown.", "Too few independent draws: run longer, or find a better metric.");
    let mut rhat = Check::at_most(
        "R-hat",
        worst(&|q| q.rhat, f64::max),
        AGREED,
        (
            "The chains agree with one another and with themselves.",
            "The chains disagree: they are in different modes, or were too short. Do not use these draws; run longer, and \
             look at the rank plots of the worst quantity.",
        ),
    );
    // Of many quantities one is rare by chance.
    let rare = CHANCE / diagnoses.len().max(1) as f64;
    if rhat.verdict == Verdict::Violated && !diagnoses.iter().any(|q| q.rhat > AGREED && q.chance < rare) {
        rhat.verdict = Verdict::Inconclusive;
        rhat.advice = "Chains that agree come to such an R-hat too, with draws as few or as slow to forget as these: too little was seen to \
                       tell. Run longer.";
    }
    vec![
        rhat,
        Check::at_least("bulk ESS", worst(&|q| q.ess_bulk, f64::min), wanted, more),
        Check::at_least("tail ESS", worst(&|q| q.ess_tail, f64::min), wanted, more),
        heavy_tails(&tails),
    ]
}
/// The tail that is the furthest above what means can bear, or the least below.
pub fn heaviest(tails: &[Tail]) -> Option<usize> {
    let known = (0..tails.len()).filter(|k| !tails[*k].over().is_nan());
    known.max_by(|a, b| tails[*a].over().total_cmp(&tails[*b].over()))
}
/// Whether means exist, as far as tails tell. Draws may be right where they do not: the line is never more than inconclusive.
pub fn heavy_tails(tails: &[Tail]) -> Check {
    let worst = heaviest(tails).map(|k| tails[k]);
    let (shape, bound) = worst.map_or((f64::NAN, f64::NAN), |tail| (tail.shape, tail.bound));
    let mut check = Check::at_most(
        "Pareto k (tails)",
        shape,
        bound,
        (
            "No tail is so heavy that a mean or its error could not be relied on.",
            "A tail is so heavy that mean, sd and error of the mean cannot be relied on, and may not exist: report quantiles.",
        ),
    );
    if check.verdict == Verdict::Violated {
        check.verdict = Verdict::Inconclusive;
    } else if worst.is_some_and(|tail| tail.over() > 0.0) {
        check.verdict = Verdict::Inconclusive;
        check.advice = "Too few draws of a tail to tell it from one so heavy that mean, sd and error of the mean cannot be relied on: run \
                        longer, or report quantiles.";
    }
    check
}
