//! ASSIGNING priors to the standard deviations and correlations of group effects.
use super::recentre::shifts;
use super::term::Term;
use crate::formula::{GroupDesign, moments};
use crate::prior::Prior;
use crate::regression::{ModelError, remainders};

/// What notes say of a prior that nobody gave, and of one that is on effects at the means of their columns.
const DEFAULT: &str = " (default)";
const AT_MEANS: &str = " (default, at the columns' means)";

/// The priors of group effects, and the requests that are about something else.
pub(super) struct Assigned {
    /// One for each effect of each grouping.
    pub(super) sds: Vec<Vec<Prior>>,
    /// The shape of the LKJ prior of each grouping.
    pub(super) shapes: Vec<f64>,
    /// Of each grouping in the formula, whether its effects are taken at the means of their columns: where each level has an intercept
    /// beside other effects, and standard deviation and correlations of that have default priors.
    pub(super) at_means: Vec<bool>,
    pub(super) notes: Vec<String>,
    pub(super) rest: Vec<(String, Prior)>,
    /// What could have been named.
    pub(super) names: Vec<String>,
}

/// `sd(x|g)`, `sd(s(x))`; of one predictor among several `sd(species[b]:x|g)`.
pub(super) fn sd_name(predictor: Option<&String>, group: &GroupDesign, effect: usize) -> String {
    let of = before(predictor);
    match group.smooth {
        true => format!("sd({of}{})", group.name),
        false => format!("sd({of}{}|{})", group.effects[effect], group.name),
    }
}
/// `cor(1,x|g)`
pub(super) fn correlation_name(predictor: Option<&String>, group: &GroupDesign, i: usize, j: usize) -> String {
    format!("cor({}{},{}|{})", before(predictor), group.effects[i], group.effects[j], group.name)
}
/// What stands before the names of a predictor's own.
pub(super) fn before(predictor: Option<&String>) -> String {
    predictor.map_or(String::new(), |name| format!("{name}:"))
}

/// Every predictor's groupings, those of the first predictor first; one predictor without a name where none is named.
pub(super) fn all<'a>(
    predictors: &'a [String],
    groups: &'a [GroupDesign],
) -> impl Iterator<Item = (Option<&'a String>, &'a GroupDesign)> {
    let named = (0..predictors.len().max(1)).map(|c| predictors.get(c));
    named.flat_map(move |name| groups.iter().map(move |group| (name, group)))
}

/// What an effect multiplies varies by so much: the column's standard deviation less what other columns of its variables say of it, as
/// with coefficients; its size where it is constant.
fn spreads(group: &GroupDesign) -> Vec<f64> {
    if group.smooth {
        return vec![1.0];
    }
    let left = remainders(&group.columns, &group.kin);
    let each = group.columns.iter().zip(left).map(|(column, left)| {
        let constant = column.iter().all(|&x| x == column[0]);
        let spread = if constant { column[0].abs() } else { moments(column).1 * left };
        if spread > 0.0 && spread.is_finite() { spread } else { 1.0 }
    });
    each.collect()
}

/// Defaults: half_student_t(3, 2.5 s / sd(x)) for the standard deviation of an effect of x, half_student_t(3, 2.5 s) for that of an
/// intercept or a smooth, lkj(1) for correlations; intercepts beside other effects are those at the columns' means. `sd(g)` names all of
/// a grouping, `sd` all there are; `cor(g)` and `cor` likewise. Of several predictors these name all, `sd(species[b]:g)` those of one.
/// The more particular name has the last word.
pub(super) fn assign(
    predictors: &[String],
    groups: &[GroupDesign],
    unit: f64,
    asked: &[(String, Prior)],
) -> Result<Assigned, ModelError> {
    let (count, widths) = (groups.len(), groups.iter().map(spreads).collect::<Vec<_>>());
    let groups: Vec<_> = all(predictors, groups).collect();
    let plain = |name: &str| name.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let default = |spread: &f64| (Term::default_prior(unit / spread), DEFAULT);
    let mut sds: Vec<Vec<(Prior, &str)>> =
        (0..groups.len()).map(|t| widths[t % count].iter().map(default).collect()).collect();
    let mut shapes = vec![(1.0, DEFAULT); groups.len()];
    let mut names = Vec::new();
    for &(predictor, group) in &groups {
        names.extend((0..group.effects.len()).map(|i| sd_name(predictor, group, i)));
        if group.effects.len() > 1 {
            names.push(format!("cor({}{})", before(predictor), group.name));
        }
    }
    let mut rest = Vec::new();
    // From the general to the particular.
    let of_one = |name: &str| predictors.iter().any(|predictor| plain(name).contains(&plain(predictor)));
    let rank = |name: &str| (name.contains('('), name.contains('|'), of_one(name));
    let mut ordered: Vec<&(String, Prior)> = asked.iter().collect();
    ordered.sort_by_key(|(name, _)| rank(name));
    for (written, prior) in ordered {
        let (name, mut used) = (plain(written), false);
        for (t, &(predictor, group)) in groups.iter().enumerate() {
            let (of, by) = (plain(&before(predictor)), plain(&group.name));
            for (i, sd) in sds[t].iter_mut().enumerate() {
                let each = [plain(&sd_name(predictor, group, i)), plain(&sd_name(None, group, i))];
                let own = [format!("sd({of}{by})"), format!("sd({by})"), "sd".into()];
                if each.contains(&name) || own.contains(&name) {
                    let wrong = || ModelError::NotForScales { name: written.clone(), prior: *prior, share: false };
                    *sd = (prior.on_scale().ok_or_else(wrong)?, "");
                    used = true;
                }
            }
            let own = [format!("cor({of}{by})"), format!("cor({by})"), "cor".into()];
            if group.effects.len() > 1 && own.contains(&name) {
                let Prior::Lkj { shape } = *prior else {
                    return Err(ModelError::NotForCorrelations { name: written.clone(), prior: *prior });
                };
                shapes[t] = (shape, "");
                used = true;
            }
        }
        if !used {
            rest.push((written.clone(), *prior));
        }
    }
    let left = |t: usize| shapes[t].1 == DEFAULT && sds[t].first().is_some_and(|sd| sd.1 == DEFAULT);
    let at_means: Vec<bool> =
        (0..count).map(|g| shifts(groups[g].1) && (g..groups.len()).step_by(count).all(left)).collect();
    let mut notes = Vec::new();
    for (t, &(predictor, group)) in groups.iter().enumerate() {
        let moved = at_means[t % count];
        for (i, &(prior, why)) in sds[t].iter().enumerate() {
            let why = if moved && i == 0 { AT_MEANS } else { why };
            notes.push(format!("{} ~ {prior}{why}.", sd_name(predictor, group, i)));
        }
        if group.effects.len() > 1 {
            let (shape, why) = shapes[t];
            let why = if moved { AT_MEANS } else { why };
            notes.push(format!("cor({}{}) ~ {}{why}.", before(predictor), group.name, Prior::Lkj { shape }));
        }
    }
    let sds = sds.into_iter().map(|of| of.into_iter().map(|sd| sd.0).collect()).collect();
    Ok(Assigned { sds, shapes: shapes.into_iter().map(|s| s.0).collect(), at_means, notes, rest, names })
}
