//! ASSIGNING priors to the standard deviations and correlations of group effects.
use super::term::Term;
use crate::formula::GroupDesign;
use crate::prior::Prior;
use crate::regression::ModelError;

/// The priors of group effects, and the requests that are about something else.
pub(super) struct Assigned {
    /// One for each effect of each grouping.
    pub(super) sds: Vec<Vec<Prior>>,
    /// The shape of the LKJ prior of each grouping.
    pub(super) shapes: Vec<f64>,
    pub(super) notes: Vec<String>,
    pub(super) rest: Vec<(String, Prior)>,
    /// What could have been named.
    pub(super) names: Vec<String>,
}

/// `sd(x|g)`, `sd(s(x))`
pub(super) fn sd_name(group: &GroupDesign, effect: usize) -> String {
    match group.smooth {
        true => format!("sd({})", group.name),
        false => format!("sd({}|{})", group.effects[effect], group.name),
    }
}
/// `cor(1,x|g)`
pub(super) fn correlation_name(group: &GroupDesign, i: usize, j: usize) -> String {
    format!("cor({},{}|{})", group.effects[i], group.effects[j], group.name)
}

/// Defaults: half_student_t(3, 0, 2.5 s) for a standard deviation, lkj(1) for correlations. `sd(g)` names all of a grouping,
/// `sd` all there are; `cor(g)` and `cor` likewise. The more particular name has the last word.
pub(super) fn assign(groups: &[GroupDesign], unit: f64, asked: &[(String, Prior)]) -> Result<Assigned, ModelError> {
    let plain = |name: &str| name.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let default = Term::default_prior(unit);
    let mut sds: Vec<Vec<(Prior, &str)>> =
        groups.iter().map(|g| vec![(default, " (default)"); g.effects.len()]).collect();
    let mut shapes = vec![(1.0, " (default)"); groups.len()];
    let mut names = Vec::new();
    for group in groups {
        names.extend((0..group.effects.len()).map(|i| sd_name(group, i)));
        if group.effects.len() > 1 {
            names.push(format!("cor({})", group.name));
        }
    }
    let mut rest = Vec::new();
    // From the general to the particular.
    let rank = |name: &str| (name.contains('('), name.contains('|'));
    let mut ordered: Vec<&(String, Prior)> = asked.iter().collect();
    ordered.sort_by_key(|(name, _)| rank(name));
    for (written, prior) in ordered {
        let (name, mut used) = (plain(written), false);
        for (t, group) in groups.iter().enumerate() {
            for (i, sd) in sds[t].iter_mut().enumerate() {
                let own = [plain(&sd_name(group, i)), format!("sd({})", plain(&group.name)), "sd".into()];
                if own.contains(&name) {
                    let wrong = || ModelError::NotForScales { name: written.clone(), prior: *prior };
                    *sd = (prior.on_scale().ok_or_else(wrong)?, "");
                    used = true;
                }
            }
            let own = [format!("cor({})", plain(&group.name)), "cor".into()];
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
    let mut notes = Vec::new();
    for (t, group) in groups.iter().enumerate() {
        for (i, (prior, why)) in sds[t].iter().enumerate() {
            notes.push(format!("{} ~ {prior}{why}.", sd_name(group, i)));
        }
        if group.effects.len() > 1 {
            let (shape, why) = shapes[t];
            notes.push(format!("cor({}) ~ {}{why}.", group.name, Prior::Lkj { shape }));
        }
    }
    let sds = sds.into_iter().map(|of| of.into_iter().map(|sd| sd.0).collect()).collect();
    Ok(Assigned { sds, shapes: shapes.into_iter().map(|s| s.0).collect(), notes, rest, names })
}
