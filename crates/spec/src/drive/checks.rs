//! CHECKS: the ledger's findings as lines of a record.
use steepest_core::{Batch, Workspace};
use steepest_flows::flow::chain_ledger::{self, Diagnosis, Positions};
use steepest_flows::observer::diagnostics::Tail;
use steepest_flows::observer::{Check, Verdict};
use steepest_kernels as kernels;
use steepest_models::{Edge, GradientReport, Model, gradient_check_in};
use steepest_record::Parameter;

/// A finding in the words of `summary.json`.
pub(super) fn line(check: &Check) -> steepest_record::Check {
    steepest_record::Check {
        check: check.name.to_owned(),
        verdict: match check.verdict {
            Verdict::Holds => steepest_record::Verdict::Holds,
            Verdict::Violated => steepest_record::Verdict::Violated,
            Verdict::Inconclusive => steepest_record::Verdict::Inconclusive,
        },
        value: check.value,
        bound: check.bound,
        advice: check.advice.to_owned(),
    }
}
/// All of them.
pub(super) fn lines(checks: &[Check]) -> Vec<steepest_record::Check> {
    checks.iter().map(line).collect()
}
/// Shift of a law or its mode, in standard deviations, below which nobody would see it: the mean of 10,000 independent draws
/// is as uncertain.
pub(super) const ROUNDING: f64 = 0.01;

/// Whether data that are kept in single precision leave the posterior where it is.
pub(super) fn rounding(model: &dyn Model) -> Option<steepest_record::Check> {
    let shift = model.rounding()?;
    Some(line(&Check::at_most(
        "rounding of the columns",
        shift,
        ROUNDING,
        (
            "Single precision moves the mode by less than the error of a mean of 10,000 independent draws.",
            "Single precision moves the mode so far that it shows: take functional.precision = \"double\".",
        ),
    )))
}

/// What there is in the place of a slope, in words.
pub(crate) fn at_edge(edge: Edge) -> &'static str {
    match edge {
        Edge::Kink => "a kink",
        Edge::End => "the energy ends there",
        Edge::Pit => "a pit or a step, narrower than differences are short",
    }
}
/// A comparison with differences; inconclusive where they resolve so little that no mistake would have shown, and where there is
/// an edge and no slope.
pub(super) fn differences(
    name: &'static str,
    report: &GradientReport,
    tolerance: f64,
    advice: (&'static str, &'static str),
) -> steepest_record::Check {
    let found = report.verdict(tolerance);
    let error = if report.points > 0 { found.error } else { f64::NAN };
    let mut check = line(&Check::at_most(name, error, found.bound, advice));
    if found.blind && check.verdict == steepest_record::Verdict::Holds {
        check.verdict = steepest_record::Verdict::Inconclusive;
        check.advice = "The energy is so large, or so flat, where this was looked at that rounding hides its slope from differences: \
                        an error below the bound would not be seen. `steepest check` looks elsewhere."
            .to_owned();
    } else if let (Some((edge, coordinate)), steepest_record::Verdict::Holds) = (report.edge, check.verdict) {
        check.verdict = steepest_record::Verdict::Inconclusive;
        check.advice = format!(
            "In coordinate {}, where this was looked at: {}. Differences say nothing of a slope there.",
            coordinate + 1,
            at_edge(edge)
        );
    }
    check
}
/// Points at which what is reported is looked at.
const LOOKS: usize = 12;
const STREAM: u16 = 0x202;

/// Whether chains agree; quantities that never moved are named, and leave it open. So is the one with the heaviest tail.
pub(super) fn agreement(
    model: &dyn Model,
    parameters: &[Parameter],
    diagnoses: &[Diagnosis],
    chains: usize,
) -> Vec<steepest_record::Check> {
    let mut ledger = lines(&chain_ledger::agreement(diagnoses, chains));
    let known: Vec<Tail> = diagnoses.iter().map(|found| found.tail).collect();
    if let Some(check) = ledger.iter_mut().find(|check| check.check == TAILS) {
        *check = tails(parameters, &known);
    }
    let idle = |k: &usize| diagnoses[*k].still || diagnoses[*k].stuck;
    let mut still: Vec<usize> = (0..parameters.len().min(diagnoses.len())).filter(idle).collect();
    if still.is_empty() {
        return ledger;
    }
    let free = moves(model);
    still.retain(|&k| free.get(k) == Some(&true));
    let Some(&first) = still.first() else { return ledger };
    let (name, value) = (&parameters[first].name, parameters[first].mean);
    let others = match still.len() {
        1 => String::new(),
        n => format!(", and so it is with {} more", n - 1),
    };
    if still.len() == free.iter().filter(|free| **free).count() {
        let said = "Nothing ever moved: no proposal was accepted, so there is nothing to compare. Look at the step and at the start.";
        if let Some(check) = ledger.iter_mut().find(|check| check.check == "R-hat") {
            check.advice = said.to_owned();
        }
        return ledger;
    }
    let at = if diagnoses[first].still {
        format!("every draw of every chain is {value}")
    } else {
        "each chain kept its own value".into()
    };
    let said = format!(
        "`{name}` never moved: {at}{others}, so there is nothing to compare. It may sit at the end of its range: look at its prior and \
         its start."
    );
    match ledger.iter_mut().find(|check| check.check == "R-hat") {
        Some(check) if check.verdict == steepest_record::Verdict::Violated => check.advice += &format!(" {said}"),
        Some(check) => (check.verdict, check.advice) = (steepest_record::Verdict::Inconclusive, said),
        None => {}
    }
    ledger
}
const TAILS: &str = "Pareto k (tails)";

/// Whether means exist, as far as tails tell: names the quantity whose tail is too heavy, and says how many there are.
pub(super) fn tails(parameters: &[Parameter], tails: &[Tail]) -> steepest_record::Check {
    let mut check = line(&chain_ledger::heavy_tails(tails));
    let Some(worst) = chain_ledger::heaviest(tails) else { return check };
    if let (Some(row), steepest_record::Verdict::Inconclusive) = (parameters.get(worst), check.verdict) {
        let (name, tail) = (&row.name, tails[worst]);
        let others = match tails.iter().filter(|tail| tail.over() > 0.0).count() {
            0 | 1 => String::new(),
            n => format!(", and those of {} more,", n - 1),
        };
        check.advice = if tail.shape > tail.bound {
            format!(
                "The tails of `{name}`{others} are so heavy that mean, sd and MCSE cannot be relied on, and may not exist: report quantiles."
            )
        } else {
            format!(
                "The tails of `{name}`{others} may be so heavy that mean, sd and MCSE cannot be relied on: k is known to {:.2} alone. Run \
                 longer, or report quantiles.",
                tail.error
            )
        };
    }
    check
}
/// Whether each reported quantity depends on the coordinates at all; one that is a constant of the model has no need to move. Where
/// it is not a number, as what is infinite over itself, it does not count.
pub(super) fn moves(model: &dyn Model) -> Vec<bool> {
    let (d, names) = (model.dim(), model.names().len());
    let (mut z, mut x) = (vec![0.0; d], vec![0.0; LOOKS * d]);
    for i in 0..LOOKS {
        kernels::normals(0, 0, STREAM, (i as u64 / 3) << 32, &mut z);
        // Near the usual start, and so far off on both sides that what is saturated there is not here.
        let far = 10f64.powi(1 + 2 * (i as i32 / 3));
        match i % 3 {
            0 => model.start(&mut z),
            1 => z.iter_mut().for_each(|z| *z *= far),
            _ => z.iter_mut().for_each(|z| *z *= -far),
        }
        z.iter().enumerate().for_each(|(j, z)| x[j * LOOKS + i] = *z);
    }
    let mut out = vec![0.0; LOOKS * names];
    model.report(Batch { n: LOOKS, d, x: &x }, &mut out, &mut Workspace::default());
    let varies = |column: &[f64]| {
        let mut known = column.iter().filter(|x| !x.is_nan());
        known.next().is_some_and(|first| known.any(|x| x != first))
    };
    out.chunks_exact(LOOKS).map(varies).collect()
}

/// Relative error of a gradient above which it is not the gradient; differences resolve it far better.
const GRADIENT: f64 = 1e-5;
/// Coordinates above which every slope is no longer compared: each costs 33 energies a point.
const COORDINATES: usize = 1000;
/// Coordinates that are compared where a table makes each of those energies dear: rows times coordinates beyond `DEAR`. All of
/// them took a minute for 1,000,000 rows x 100 columns.
const FEW: usize = 16;
const DEAR: usize = 20_000_000;

/// Whether the gradient is that of the energy, at a few points the run went through.
pub(super) fn gradient(model: &dyn Model, at: &Positions) -> steepest_record::Check {
    let (d, wanted) = (at.d, if at.d <= 20 { 3 } else { 1 });
    let count = wanted.min(at.n);
    let points: Vec<f64> = (0..d).flat_map(|j| (0..count).map(move |i| at.x[j * at.n + i * at.n / count])).collect();
    let rows = model.observations().map_or(0, |observations| observations.rows());
    let few = if rows.saturating_mul(d) > DEAR { d.min(FEW) } else { d };
    let compare = |points: &[f64]| {
        let batch = Batch { n: count, d, x: points };
        gradient_check_in(model, batch, (0..few).map(|k| k * d / few))
    };
    let mut report = if d > COORDINATES { GradientReport::default() } else { compare(&points) };
    let (seen, mut beside) = (report.verdict(GRADIENT), false);
    if seen.blind || (seen.agree && report.edge.is_some()) {
        // A descent may have begun where the slope is rounding already, or ended in a kink; a step aside there is a slope.
        let mut aside = vec![0.0; points.len()];
        kernels::normals(0, 1, STREAM, 0, &mut aside);
        points.iter().zip(&mut aside).for_each(|(x, z)| *z = x + *z * x.abs().max(1.0));
        let other = compare(&aside);
        let told = other.verdict(GRADIENT);
        beside = other.points > 0 && other.edge.is_none() && told.agree && !told.blind;
        // That it is right there does not make it right in the kink, but one that is wrong there is wrong.
        if other.points > 0 && (report.edge.is_none() || !told.agree) {
            report = other;
        }
    }
    let mut check = differences(
        "gradient",
        &report,
        GRADIENT,
        (
            "The gradient is the gradient of the energy, coordinate by coordinate.",
            "The gradient is not the gradient of the energy.",
        ),
    );
    if check.verdict == steepest_record::Verdict::Violated {
        let (at, said, found) = (report.coordinate + 1, report.gradient, report.difference);
        check.advice += &format!(
            " In coordinate {at} it says {said:.6}, and differences of the energy say {found:.6}: correct it."
        );
    } else if beside && report.edge.is_some() {
        check.advice += " A step aside they agree with the gradient.";
    } else if few < d && report.points > 0 {
        check.advice += &format!(" Compared in {few} of {d} coordinates, as the rows are many.");
    }
    check
}
