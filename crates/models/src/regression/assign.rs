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
}

/// Defaults: normal(0, 2.5 s / sd(x)) for a coefficient, normal(m, 2.5 s) for the intercept at the predictors' means,
/// exponential(1 / sd(y)) for sigma; s = sd(y) and m = mean(y) for the gaussian family, otherwise s = 1 and m is the mean
/// response on the scale of the linear predictor [GoodrichGabry2024].
pub(crate) fn assign(design: &Design<'_>, columns: &Columns, asked: &Asked<'_>) -> Result<Assigned, ModelError> {
    let &Asked { family, mean, sd, priors, others } = asked;
    let names = &design.names;
    let gaussian = family.is_continuous();
    let unit = family.unit(sd);
    let mut own = family.own(sd);
    let mut coefficients: Vec<(Placed, &str)> = (0..names.len())
        .map(|j| match j {
            0 if design.intercept => {
                let prior = Prior::Normal { mean: family.link(mean), sd: 2.5 * unit };
                (Placed { prior, centred: true }, " (default, on its value at the predictors' means)")
            }
            _ => {
                let prior = Prior::Normal { mean: 0.0, sd: 2.5 * unit / columns.spread[j] };
                let why = if gaussian {
                    " (default: 2.5 sd of the response / sd of the column)"
                } else {
                    " (default: 2.5 / sd of the column)"
                };
                (Placed { prior, centred: false }, why)
            }
        })
        .collect();

    // The general first, so that the particular has the last word: all coefficients, a term, one name.
    let plain = |name: &str| name.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let rank = |name: &str| match name {
        _ if name == "coefficients" => 0,
        _ if names.iter().any(|n| plain(n) == name) => 2,
        _ => 1,
    };
    let mut asked: Vec<(String, &str, Prior)> =
        priors.iter().map(|(name, prior)| (plain(name), name.as_str(), *prior)).collect();
    asked.sort_by_key(|(name, ..)| rank(name));
    for (name, written, prior) in asked {
        if rank(&name) != 2
            && let Some(own) = own.iter_mut().find(|own| own.name == name)
        {
            let wrong = || ModelError::NotForScales { name: name.clone(), prior };
            (own.prior, own.why) = (prior.on_scale().ok_or_else(wrong)?, "");
            continue;
        }
        if name == "sigma" && rank(&name) != 2 {
            return Err(ModelError::NoSigma { family: family.name() });
        }
        let level = rank(&name);
        let meant =
            |j: usize| level == 0 || plain(&names[j]) == name || (level == 1 && plain(&design.terms[j]) == name);
        let targets: Vec<usize> = (0..names.len()).filter(|&j| meant(j)).collect();
        let Some(&first) = targets.first() else {
            let mut names = names.clone();
            names.extend(design.terms.iter().filter(|t| !design.names.contains(t)).cloned());
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

    let mut notes: Vec<String> = names
        .iter()
        .zip(&coefficients)
        .map(|(name, (placed, why))| format!("{name} ~ {}{why}.", placed.prior))
        .collect();
    notes.extend(own.iter().map(|own| format!("{} ~ {}{}.", own.name, own.prior, own.why)));
    let same = |j: usize| coefficients[j].0 == coefficients[0].0 && !coefficients[0].0.centred;
    if names.len() > 3 && (1..names.len()).all(same) {
        let rest = notes.split_off(names.len());
        notes = vec![format!("All {} coefficients ~ {}.", names.len(), coefficients[0].0.prior)];
        notes.extend(rest);
    }
    let own = own.into_iter().map(|own| own.prior).collect();
    Ok(Assigned { coefficients: coefficients.into_iter().map(|c| c.0).collect(), own, notes })
}
