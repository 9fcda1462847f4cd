//! NAMING what a mixed model reports: `x`, `sd(1|g)`, `1|g[level]`; of each level of a categorical `species[b]:x`.
use super::assign;
use crate::formula::{Design, GroupDesign, Response};
use crate::regression::{self, Family};

/// `g: 85 levels of 1 to 116 rows (median 5).`
pub(super) fn sizes(group: &GroupDesign) -> String {
    if group.smooth {
        let (name, count) = (&group.name, group.levels.len());
        return format!("{name}: a slope and a natural cubic spline with {} knots, penalised.", count + 2);
    }
    let mut rows = vec![0_usize; group.levels.len()];
    group.codes.iter().for_each(|&code| rows[code as usize] += 1);
    rows.sort_unstable();
    let (least, most, middle) = (rows[0], rows[rows.len() - 1], rows[rows.len() / 2]);
    let effects = group.effects.join(", ");
    format!("{effects} | {}: {} levels of {least} to {most} rows (median {middle}).", group.name, rows.len())
}

/// The levels of a categorical or an ordinal response.
pub(super) fn levels(family: Family, design: &Design<'_>) -> Vec<String> {
    match (family, &design.response) {
        (Family::Categorical | Family::Ordinal, Response::Labels(levels, _)) => levels.clone(),
        _ => Vec::new(),
    }
}
/// What stands before the names of each predictor's own: `species[b]` for every level but the first of a categorical response.
pub(super) fn predictors(family: Family, design: &Design<'_>) -> Vec<String> {
    let name = &design.response_name;
    if family != Family::Categorical {
        return Vec::new();
    }
    levels(family, design).iter().skip(1).map(|level| format!("{name}[{level}]")).collect()
}

/// Names of what is reported, in order.
pub(super) fn names(predictors: &[String], design: &Design<'_>, family: Family, own: usize) -> Vec<String> {
    let mut names = regression::named(predictors, &design.names);
    match family {
        Family::Ordinal => names.extend((1..=own).map(|k| format!("cut[{k}]"))),
        _ => names.extend(family.own(1.0).iter().take(own).map(|own| own.name.to_string())),
    }
    for (predictor, group) in assign::all(predictors, &design.groups) {
        names.extend((0..group.effects.len()).map(|i| assign::sd_name(predictor, group, i)));
        for i in 0..group.effects.len() {
            names.extend((0..i).map(|j| assign::correlation_name(predictor, group, j, i)));
        }
    }
    for (predictor, group) in assign::all(predictors, &design.groups) {
        let before = assign::before(predictor);
        for effect in &group.effects {
            let of = if group.smooth { effect.clone() } else { format!("{effect}|{}", group.name) };
            names.extend(group.levels.iter().map(|level| format!("{before}{of}[{level}]")));
        }
    }
    names
}
