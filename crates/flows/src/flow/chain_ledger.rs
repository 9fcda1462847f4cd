//! The ledger of chains: what their transitions, their agreement and the law they claim to sample say about them.
use crate::observer::diagnostics::{SteinKernel, ebfmi, ess_bulk, ess_tail, mcse_mean, rhat};
use crate::observer::{Check, Moments};
use crate::scheme::metropolis::{Draw, EnergyTuning, Kernel};
use steepest_core::{Batch, Potential, Workspace};

/// What transitions should look like, whatever the target. `chains[c]` are the kept transitions of chain c in
/// dimension d.
pub fn transitions(chains: &[&[Draw]], d: usize, kernel: Kernel) -> Vec<Check> {
    let all = || chains.iter().flat_map(|chain| chain.iter());
    let count = all().count();
    if count == 0 {
        return Vec::new();
    }
    let divergences = all().filter(|draw| draw.diverging).count() as f64;
    let acceptance: Moments = all().map(|draw| draw.acceptance).collect();
    let energies: Vec<Vec<f64>> = chains.iter().map(|chain| chain.iter().map(|draw| draw.energy).collect()).collect();
    let refreshment = energies.iter().map(|energy| ebfmi(energy)).fold(f64::NAN, f64::min);
    let kinetic: Vec<Vec<f64>> =
        chains.iter().map(|chain| chain.iter().map(|draw| 2.0 * draw.kinetic / d as f64).collect()).collect();
    let temperature: Moments = kinetic.iter().flatten().copied().collect();
    // A momentum that is kept in part is not drawn afresh each time.
    let error = if kernel.refreshes() {
        temperature.standard_error()
    } else {
        mcse_mean(&kinetic.iter().map(Vec::as_slice).collect::<Vec<_>>())
    };
    let fluctuation: Moments = all().map(|draw| (-draw.first_error).exp()).collect();
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
        let error: Moments = all().filter(|draw| !draw.diverging).map(|draw| draw.square_error / d as f64).collect();
        checks.push(Check::at_most(
            "energy error of a step",
            error.mean(),
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
    if matches!(kernel, Kernel::Hmc { .. } | Kernel::Nuts { .. }) {
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
        let cut = all().filter(|draw| draw.depth == max_depth).count() as f64 / count as f64;
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
    /// Split rank-normalised R-hat.
    pub rhat: f64,
    /// Effective size of the bulk.
    pub ess_bulk: f64,
    /// Effective size of the 5 % and 95 % tails.
    pub ess_tail: f64,
    /// Standard error of the mean.
    pub mcse_mean: f64,
}
/// Diagnoses one quantity; `chains[c]` are its draws in chain c.
pub fn diagnose(chains: &[&[f64]]) -> Diagnosis {
    Diagnosis {
        rhat: rhat(chains),
        ess_bulk: ess_bulk(chains),
        ess_tail: ess_tail(chains),
        mcse_mean: mcse_mean(chains),
    }
}
/// Whether the chains agree, and said enough: the worst over quantities that vary at all.
pub fn agreement(diagnoses: &[Diagnosis], chains: usize) -> Vec<Check> {
    let worst =
        |of: &dyn Fn(&Diagnosis) -> f64, pick: fn(f64, f64) -> f64| diagnoses.iter().map(of).fold(f64::NAN, pick);
    let wanted = 100.0 * chains as f64;
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
}
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
    let series: Vec<&[f64]> = virial.chunks_exact(draws).collect();
    let temperature: Moments = virial.iter().copied().collect();
    let scores: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let scale: Vec<f64> = columns.iter().map(|m| m.variance().sqrt()).collect();
    let batch = Batch { n, d, x: &at.x };
    let discrepancy = SteinKernel { most: n, ..SteinKernel::default() }.discrepancy(batch, &scores, at.chains, &scale);
    vec![
        Check::unit(
            "configurational temperature",
            (temperature.mean(), mcse_mean(&series)),
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
