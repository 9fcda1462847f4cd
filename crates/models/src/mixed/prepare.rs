//! PREPARING a mixed model: the table as numbers, a rough fit, and the coordinates chosen from it.
use super::categorical::{self, Fits};
use super::checks::checks;
use super::data::{Data, Group};
use super::gaussian::Squares;
use super::kernel::Kernel;
use super::naming::{levels, names, predictors, sizes};
use super::observations::{Rows as Observed, Stated};
use super::own::{self, Cuts, Own};
use super::pilot::Pilot;
use super::placing::{self, own_scales, term};
use super::posterior::{Likelihood, Posterior};
use super::rows::Rows;
use super::term::Term;
use super::{MixedModel, assign, recentre, separation};
use crate::formula::{Design, Formula, moments};
use crate::prior::Prior;
use crate::regression::{
    self, Asked, Columns, Coordinates, Family, ModelError, Placed, RegressionOptions, Standardize,
};
use crate::table::Table;
use std::borrow::Cow;

pub(super) fn prepare(
    table: &Table,
    options: &RegressionOptions,
    formula: Formula,
    response: Option<&[f64]>,
) -> Result<MixedModel, ModelError> {
    formula.refuse_levels(table, options)?;
    let sorts = options.family.is_some_and(Family::sorts) || !options.levels.is_empty();
    let formula = if sorts { formula.with_categories() } else { formula };
    let mut design = formula.design(table, options.missing)?;
    formula.order_response(&mut design, &options.levels)?;
    let (family, y, about) = regression::respond(options, &design, table)?;
    checks(&design, family, &y, table, options)?;
    let by_sd = options.standardize == Standardize::Sd;
    let centerings = placing::centerings(&design.groups, options)?;
    let divisors: Vec<Vec<f64>> = design
        .groups
        .iter_mut()
        .map(|g| {
            // The size of a smooth's functions is settled already.
            let by_sd = by_sd && !g.smooth;
            g.columns.iter_mut().map(|column| if by_sd { divide(column) } else { 1.0 }).collect()
        })
        .collect();
    // The cuts of an ordinal are its intercepts; columns are centred, so that cuts and coefficients hang together less.
    let raw = (family == Family::Ordinal).then(|| without_intercept(&mut design));
    let means: Vec<f64> = raw.iter().flatten().map(|column| moments(column).0).collect();
    for (column, mean) in design.columns.iter_mut().zip(&means) {
        column.to_mut().iter_mut().for_each(|x| *x -= mean);
    }
    let columns = Columns::new(&design, by_sd)?;
    let (mean, sd) = level(&design, &y);
    let mean = family.inner(mean, design.trials.as_ref().map_or(y.len() as f64, |trials| trials.iter().sum()));
    let unit = family.unit(sd);
    let predictors = predictors(family, &design);
    let groups = assign::assign(&predictors, &design.groups, unit, &options.priors)?;
    let (cut, rest) = own::cut_prior(family, &groups.rest)?;
    let mut others = groups.names.clone();
    others.extend((family == Family::Ordinal).then(|| "cut".to_string()));
    let (rest, others) = (&rest, &others);
    let priors = regression::assign(
        &design,
        &columns,
        &Asked { family, mean, sd, priors: rest, others, predictors: &predictors },
    )?;
    let coefficients = regression::named(&predictors, &design.names);
    let sigma = family == Family::Gaussian && design.errors.is_none();
    let few = regression::enough_rows(design.rows.len(), &coefficients, sigma, &priors.coefficients)?;
    if family.is_continuous() {
        regression::sigma_ends(design.rows.len(), &coefficients, priors.own.first(), &priors.coefficients)?;
    }
    if !design.columns.is_empty() {
        columns.factor(&design, &y)?;
    }
    let categories = y.iter().fold(0.0, |a: f64, &b| a.max(b)) as usize;
    let y = response.map_or(y, <[f64]>::to_vec);
    let share = level(&design, &y);
    let [mean, sd] =
        if response.is_some() { regression::middle(family, [share.0, share.1], [mean, sd]) } else { [mean, sd] };
    let mut data = data(&design, columns.standardised(&design), y);
    // A rough fit goes from the means of columns, also where effects are taken at zero.
    let taken = recentre::means_where(&design.groups, |t, _| groups.at_means[t]);
    let rough = recentre::means_where(&design.groups, |t, group| !groups.at_means[t] && recentre::shifts(group));
    recentre::centre(&mut data, &taken);
    design.columns.clear();
    let (scale, shift) = (columns.scale.clone(), columns.shift.clone());
    let mut fixed = Coordinates::new(design.intercept, scale, shift, priors.coefficients);
    separation::check(&data, family, &fixed, &coefficients)?;
    let (ridge, p) = (ridge(&fixed), data.p);
    let mut nearby = Cow::Borrowed(&data);
    if rough.iter().any(|means| !means.is_empty()) {
        recentre::centre(nearby.to_mut(), &rough);
    }
    let mut fits = match family {
        Family::Categorical => categorical::fit(&nearby, fixed.intercept, predictors.len(), &ridge),
        _ => {
            let pilot = rough_fit(&nearby, family, &fixed, [mean, sd], categories);
            Fits { pilots: vec![pilot], curvature: Vec::new() }
        }
    };
    fits.pilots.iter_mut().for_each(|pilot| recentre::uncentre(pilot, &data, &rough));
    let pilot = &fits.pilots[0];
    let (mut centre, mut follow, mut curvature) = (Vec::new(), Vec::new(), vec![0.0; ridge.len() * ridge.len()]);
    for (c, pilot) in fits.pilots.iter().enumerate() {
        let (of, block) = pilot.sensitivity(&data, &ridge[c * p..(c + 1) * p]);
        for i in 0..p {
            curvature[(c * p + i) * ridge.len() + c * p..][..p].copy_from_slice(&block[i * p..(i + 1) * p]);
        }
        follow.push(of);
        centre.extend_from_slice(&pilot.v[..p]);
    }
    if data.groups.is_empty() && !fits.curvature.is_empty() {
        // Predictors hang together. What group effects take up of that is not known, so with them each goes by itself.
        curvature = fits.curvature;
    }
    whiten(&mut fixed, &centre, curvature);
    // In the units of the user's coefficients.
    let means: Vec<f64> =
        means.iter().enumerate().map(|(j, mean)| columns.standard(j, *mean) * columns.scale[j]).collect();
    let own = match family {
        Family::Ordinal => Own::Cuts(cuts(&data, pilot, cut, means)),
        _ => Own::Scales(own_scales(&data, family, pilot, &priors.own)),
    };
    let mut terms = Vec::new();
    for (c, pilot) in fits.pilots.iter().enumerate() {
        for t in 0..data.groups.len() {
            let prior = c * data.groups.len() + t;
            let (sds, shape) = (&groups.sds[prior], groups.shapes[prior]);
            let term = term(&data, pilot, t, sds, shape, &follow[c], centerings[t]);
            terms.push(Term { fixed: c * p..(c + 1) * p, means: taken[t].clone(), ..term });
        }
    }
    let likelihood = match family {
        Family::Gaussian => Likelihood::Gaussian(Squares::new(&data, pilot.v.clone())),
        _ => Likelihood::Rows(Rows::new(Kernel::new(family, &data), &data, fits.pilots.len())),
    };
    let names = names(&predictors, &design, family, own.len());
    regression::distinct(&names, &formula)?;
    let posterior = Posterior { fixed, centre, own, terms, likelihood };

    let mut notes = vec![format!(
        "{} on {}: {} rows, {} coefficients, {} group effects.",
        formula.text().trim(),
        table.source(),
        data.rows(),
        posterior.fixed.len(),
        data.effects() * fits.pilots.len()
    )];
    if data.rows() < table.rows() {
        let dropped = table.rows() - data.rows();
        notes.push(format!("{dropped} of {} rows have missing values and were left out.", table.rows()));
    }
    notes.extend(about);
    notes.extend(placing::told(&design.groups, &centerings));
    notes.extend(options.weights.iter().map(|w| format!("A row counts for as many rows as its '{w}' says.")));
    notes.extend(design.notes.iter().cloned());
    notes.extend(design.references.iter().map(|(c, level)| format!("{c} is compared with its level '{level}'.")));
    if by_sd {
        notes
            .push("Columns are divided by their standard deviation; coefficients and priors are on that scale.".into());
    }
    notes.extend(few);
    notes.extend(design.groups.iter().map(sizes));
    notes.extend(priors.notes);
    notes.extend(regression::shared(&design, &options.priors));
    notes.extend((family == Family::Ordinal).then(|| format!("cut ~ {cut}, at the predictors' means.")));
    notes.extend(groups.notes);
    notes.extend(recentre::far(&design.groups, &taken));
    let stated = Stated {
        formula,
        learned: design.learned.clone(),
        family,
        levels: levels(family, &design),
        predictors,
        divisors,
        own: posterior.own.len(),
        known: design.groups.iter().map(|g| (g.effects.len(), g.known)).collect(),
        intercept: posterior.fixed.intercept,
        columns,
    };
    let mut rows = Observed::new(stated, design, &data);
    if let Some(raw) = raw {
        rows.uncentre(&raw);
    }
    Ok(MixedModel { posterior, family, names, notes, rows })
}

/// Takes the intercept from a design and returns the columns that are left.
fn without_intercept(design: &mut Design<'_>) -> Vec<Vec<f64>> {
    if design.intercept {
        design.intercept = false;
        design.columns.remove(0);
        design.names.remove(0);
        design.terms.remove(0);
    }
    design.columns.iter().map(|column| column.to_vec()).collect()
}

/// Divides a column that varies by its standard deviation (divisor n - 1).
fn divide(column: &mut [f64]) -> f64 {
    let sd = moments(column).1;
    let by = if sd > 0.0 { sd } else { 1.0 };
    divide_by(column, by);
    by
}
pub(super) fn divide_by(column: &mut [f64], by: f64) {
    column.iter_mut().for_each(|x| *x /= by);
}

/// Mean and standard deviation of the response; of the share of successes where there are trials.
fn level(design: &Design<'_>, y: &[f64]) -> (f64, f64) {
    match &design.trials {
        Some(n) => (y.iter().sum::<f64>() / n.iter().sum::<f64>(), 1.0),
        None => moments(y),
    }
}

fn data(design: &Design<'_>, x: Vec<f64>, y: Vec<f64>) -> Data {
    let rows = y.len();
    let mut first = 0;
    let groups = design.groups.iter().map(|g| {
        let at = first;
        first += g.levels.len() * g.effects.len();
        let (codes, columns) = (g.codes.clone(), g.columns.clone());
        Group { first: at, levels: g.levels.len(), codes, columns, smooth: g.smooth }
    });
    Data {
        groups: groups.collect(),
        p: design.columns.len(),
        x,
        weight: precisions(design, design.weights.clone().unwrap_or_else(|| vec![1.0; rows])),
        errors: design.errors.clone(),
        offset: design.offset.clone().unwrap_or_else(|| vec![0.0; rows]),
        trials: design.trials.clone().unwrap_or_else(|| vec![1.0; rows]),
        y,
    }
}

/// Weights over the squares of known standard errors.
fn precisions(design: &Design<'_>, mut weight: Vec<f64>) -> Vec<f64> {
    weight.iter_mut().zip(design.errors.iter().flatten()).for_each(|(w, se)| *w /= se * se);
    weight
}

/// A stand-in for the curvature of the priors of gamma.
fn ridge(fixed: &Coordinates) -> Vec<f64> {
    let each = fixed.priors.iter().zip(&fixed.scale);
    each.map(|(placed, scale)| placed.prior.weight(0.0) / (scale * scale)).collect()
}

fn rough_fit(data: &Data, family: Family, fixed: &Coordinates, [mean, sd]: [f64; 2], categories: usize) -> Pilot {
    let mut start = vec![0.0; data.p];
    let middle = family.link(mean);
    if fixed.intercept && middle.is_finite() {
        start[0] = middle;
    }
    let own = match family {
        _ if data.errors.is_some() => vec![1.0],
        Family::Ordinal => shares(data, categories),
        _ => family.start(sd),
    };
    Pilot::find(data, family, &start, own, &ridge(fixed), family.unit(sd))
}

/// The cuts that give the categories their shares, each a row richer where one is empty.
fn shares(data: &Data, categories: usize) -> Vec<f64> {
    let count = |k: usize| data.y.iter().filter(|&&y| y == k as f64).count();
    let more = usize::from((0..=categories).any(|k| count(k) == 0));
    let total = (data.rows() + more * (categories + 1)) as f64;
    let upto = |k: usize| (0..=k).map(|k| count(k) + more).sum::<usize>() as f64 / total;
    (0..categories).map(|k| (upto(k) / (1.0 - upto(k))).ln()).collect()
}

/// Cuts about those of the rough fit.
fn cuts(data: &Data, pilot: &Pilot, prior: Prior, means: Vec<f64>) -> Cuts {
    let (eta, cut) = (data.predict(&pilot.v), &pilot.own);
    let gap = |k: usize| if k == 0 { 1.0 } else { cut[k] - cut[k - 1] };
    let centre = (0..cut.len()).map(|k| if k == 0 { cut[0] } else { gap(k).ln() }).collect();
    let spread = (0..cut.len()).map(|k| {
        let [_, curvature] = pilot.own_slopes(data, Family::Ordinal, &eta, k);
        (curvature.max(0.0) * gap(k).powi(2) + 1.0).sqrt().recip()
    });
    Cuts { prior, centre, spread: spread.collect(), jacobian: 1.0, means }
}

/// Sets the coordinates of the fixed effects about the rough fit, inside the bounds there may be.
fn whiten(fixed: &mut Coordinates, gamma: &[f64], mut curvature: Vec<f64>) {
    let p = gamma.len();
    let mut beta = vec![0.0; p];
    fixed.beta(gamma, &mut beta);
    for (b, placed) in beta.iter_mut().zip(&fixed.priors) {
        if let Placed { prior: Prior::Uniform { low, high }, .. } = placed {
            *b = b.clamp(low + 0.01 * (high - low), high - 0.01 * (high - low));
        }
    }
    let (w, mut at) = (fixed.locate(&beta), vec![0.0; p]);
    fixed.standardise(&beta, &mut at);
    fixed.hessian(&w, &at, &mut curvature);
    let largest = (0..p).map(|j| curvature[j * p + j]).fold(f64::MIN_POSITIVE, f64::max);
    let mut lift = 0.0;
    while lift < largest {
        let mut factor = curvature.clone();
        (0..p).for_each(|j| factor[j * p + j] += lift);
        if steepest_kernels::cholesky(p, &mut factor).is_ok() {
            return fixed.whiten_about(w, &factor);
        }
        lift = if lift == 0.0 { 1e-10 * largest } else { 10.0 * lift };
    }
}
