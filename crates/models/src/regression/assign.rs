//! ASSIGNING priors: the defaults, scaled by the data, and what the user puts in their place.
use super::coordinates::Placed;
use super::prepare::Columns;
use super::{Family, ModelError};
use crate::formula::Design;
use crate::prior::Prior;
use crate::table::nearest;

/// A prior for everything.
pub(super) struct Assigned {
    pub(super) coefficients: Vec<Placed>,
    pub(super) sigma: Option<Prior>,
    /// One sentence a prior.
    pub(super) notes: Vec<String>,
}

/// Defaults: normal(0, 2.5 s / sd(x)) for a coefficient, normal(m, 2.5 s) for the intercept at the predictors' means,
/// exponential(1 / sd(y)) for sigma; s = sd(y) and m = mean(y) for the gaussian family, otherwise s = 1 and m is the mean
/// response on the scale of the linear predictor [GoodrichGabry2024].
pub(super) fn assign(
    design: &Design,
    columns: &Columns,
    family: Family,
    mean: f64,
    sd: f64,
    asked: &[(String, Prior)],
) -> Result<Assigned, ModelError> {
    let names = &design.names;
    let gaussian = family == Family::Gaussian;
    let unit = if gaussian { sd } else { 1.0 };
    let mut sigma = gaussian.then_some((Prior::Exponential { rate: 1.0 / sd }, " (default: 1 / sd of the response)"));
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
        asked.iter().map(|(name, prior)| (plain(name), name.as_str(), *prior)).collect();
    asked.sort_by_key(|(name, ..)| rank(name));
    for (name, written, prior) in asked {
        if name == "sigma" && rank(&name) != 2 {
            match &mut sigma {
                None => return Err(ModelError::NoSigma { family: family.name() }),
                Some(sigma) => *sigma = (prior.on_scale().ok_or(ModelError::NotForScales { prior })?, ""),
            }
            continue;
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
            names.extend(gaussian.then(|| "sigma".into()));
            let nearest = nearest(&name, names.iter().map(String::as_str));
            return Err(ModelError::UnknownParameter { name: written.to_string(), nearest, names });
        };
        if prior.is_for_scales() {
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
    if let Some((prior, why)) = sigma {
        notes.push(format!("sigma ~ {prior}{why}."));
    }
    let same = |j: usize| coefficients[j].0 == coefficients[0].0 && !coefficients[0].0.centred;
    if names.len() > 3 && (1..names.len()).all(same) {
        let rest = notes.split_off(names.len());
        notes = vec![format!("All {} coefficients ~ {}.", names.len(), coefficients[0].0.prior)];
        notes.extend(rest);
    }
    Ok(Assigned { coefficients: coefficients.into_iter().map(|c| c.0).collect(), sigma: sigma.map(|s| s.0), notes })
}
