//! ASSIGNING priors: the defaults, scaled by the data, and what the user puts in their place.
use super::coordinates::Placed;
use super::prepare::Columns;
use super::{Family, ModelError};
use crate::formula::Design;
use crate::prior::Prior;
use crate::table::nearest;

/// A prior for everything.
pub(crate) struct Assigned {
    pub(crate) coefficients: Vec<Placed>,
    /// Of the family's own parameters.
    pub(crate) own: Vec<Prior>,
    /// One sentence a prior.
    pub(crate) notes: Vec<String>,
}

/// What is asked for.
pub(crate) struct Asked<'a> {
    pub(crate) family: Family,
    /// Mean and standard deviation of the response.
    pub(crate) mean: f64,
    pub(crate) sd: f64,
    pub(crate) priors: &'a [(String, Prior)],
    /// Names that have had their prior elsewhere, for messages.
    pub(crate) others: &'a [String],
    /// What stands before the names of each linear predictor, `species[b]`; none where there is one predictor.
    pub(crate) predictors: &'a [String],
}

/// The names of each predictor's own: `species[b]:x` for x, or x itself where there is one predictor.
pub(crate) fn named(predictors: &[String], names: &[String]) -> Vec<String> {
    let of = |predictor: &String| names.iter().map(move |name| format!("{predictor}:{name}")).collect::<Vec<_>>();
    if predictors.is_empty() { names.to_vec() } else { predictors.iter().flat_map(of).collect() }
}

/// Defaults: normal(0, 2.5 s / sd(x)) for a coefficient, normal(m, 2.5 s) for the intercept at the predictors' means,
/// exponential(1 / sd(y)) for sigma; s = sd(y) and m = mean(y) for the gaussian family, otherwise s = 1 and m is the mean
/// response on the scale of the linear predictor [GoodrichGabry2024]. Where a new zero of a variable mixes x with other terms, sd(x) is that
/// of what their columns leave of x: that of x:year itself is as large as the years are, and would hold its coefficient at zero.
pub(crate) fn assign(design: &Design<'_>, columns: &Columns, asked: &Asked<'_>) -> Result<Assigned, ModelError> {
    let &Asked { family, mean, sd, priors, others, predictors } = asked;
    let (names, p) = (&named(predictors, &design.names), design.names.len());
    let terms = named(predictors, &design.terms);
    let gaussian = family.is_continuous();
    let unit = family.unit(sd);
    let known = design.errors.is_some();
    let mut own = if known { Vec::new() } else { family.own(sd) };
    let mut coefficients: Vec<(Placed, &str)> = (0..names.len())
        .map(|j| match j % p {
            0 if design.intercept => {
                let prior = Prior::Normal { mean: family.link(mean), sd: 2.5 * unit };
                (Placed { prior, centred: true }, " (default, on its value at the predictors' means)")
            }
            _ => {
                let left = columns.left[j % p];
                let prior = Prior::Normal { mean: 0.0, sd: 2.5 * unit / (columns.spread[j % p] * left) };
                let why = match (gaussian, left < 1.0) {
                    (true, false) => " (default: 2.5 sd of the response / sd of the column)",
                    (false, false) => " (default: 2.5 / sd of the column)",
                    (true, true) => {
                        " (default: 2.5 sd of the response / sd of what the other columns of its variables leave of it)"
                    }
                    (false, true) => " (default: 2.5 / sd of what the other columns of its variables leave of it)",
                };
                (Placed { prior, centred: false }, why)
            }
        })
        .collect();

    // The general first, so that the particular has the last word: all coefficients, those of a predictor, a term, one name; the
    // last two in every predictor, then in one.
    let plain = |name: &str| name.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let among = |names: &[String], name: &str| names.iter().any(|n| plain(n) == name);
    let rank = |name: &str| match name {
        _ if name == "coefficients" => 0,
        _ if among(names, name) => 5,
        _ if among(&terms, name) => 4,
        _ if among(&design.names, name) => 3,
        _ if among(predictors, name) => 1,
        _ => 2,
    };
    let mut asked: Vec<(String, &str, Prior)> =
        priors.iter().map(|(name, prior)| (plain(name), name.as_str(), *prior)).collect();
    asked.sort_by_key(|(name, ..)| rank(name));
    for (name, written, prior) in asked {
        if !among(names, &name)
            && let Some(own) = own.iter_mut().find(|own| own.name == name)
        {
            // The share of zeros is the one that has an upper end too.
            let share = own.name == "zi";
            let wrong = || ModelError::NotForScales { name: name.clone(), prior, share };
            let fit = if share { prior.on_share() } else { prior.on_scale() };
            (own.prior, own.why) = (fit.ok_or_else(wrong)?, "");
            continue;
        }
        if name == "sigma" && !among(names, &name) {
            return Err(ModelError::NoSigma { family: family.name(), known });
        }
        let level = rank(&name);
        let meant = |j: usize| match level {
            0 => true,
            1 => plain(&predictors[j / p]) == name,
            2 => plain(&design.terms[j % p]) == name,
            3 => plain(&design.names[j % p]) == name,
            4 => plain(&terms[j]) == name,
            _ => plain(&names[j]) == name,
        };
        let targets: Vec<usize> = (0..names.len()).filter(|&j| meant(j)).collect();
        let Some(&first) = targets.first() else {
            let mut names = names.clone();
            names.extend(terms.iter().filter(|t| !names.contains(t)).cloned().collect::<Vec<_>>());
            names.extend(predictors.iter().cloned());
            if !predictors.is_empty() {
                names.extend(design.names.iter().cloned());
            }
            names.dedup();
            names.push("coefficients".into());
            names.extend(own.iter().map(|own| own.name.to_string()));
            names.extend(others.iter().cloned());
            let nearest = nearest(&name, names.iter().map(String::as_str));
            return Err(ModelError::UnknownParameter { name: written.to_string(), nearest, names });
        };
        if !prior.is_for_coefficients() {
            let name = if level == 0 { names[first].clone() } else { written.to_string() };
            return Err(ModelError::NotForCoefficients { name, prior });
        }
        for j in targets {
            coefficients[j] = (Placed { prior, centred: false }, "");
        }
    }

    let each = (0..p).flat_map(|j| {
        let here: Vec<usize> = (j..names.len()).step_by(p).collect();
        let one = |name: &String, k: usize| format!("{name} ~ {}{}.", coefficients[k].0.prior, coefficients[k].1);
        match here[..] {
            // A sentence for all predictors where they have the same prior.
            [first, _, ..] if here.iter().all(|&k| coefficients[k] == coefficients[first]) => {
                vec![format!("Of each level, {}", one(&design.names[j], first))]
            }
            _ => here.iter().map(|&k| one(&names[k], k)).collect(),
        }
    });
    let mut notes: Vec<String> = each.collect();
    notes.extend(own.iter().map(|own| format!("{} ~ {}{}.", own.name, own.prior, own.why)));
    let same = |j: usize| coefficients[j].0 == coefficients[0].0 && !coefficients[0].0.centred;
    if names.len() > 3 && (1..names.len()).all(same) {
        let rest = notes.split_off(notes.len() - own.len());
        notes = vec![format!("All {} coefficients ~ {}.", names.len(), coefficients[0].0.prior)];
        notes.extend(rest);
    }
    let own = own.into_iter().map(|own| own.prior).collect();
    Ok(Assigned { coefficients: coefficients.into_iter().map(|c| c.0).collect(), own, notes })
}
