//! PLACING: own parameters and group effects in coordinates about the rough fit, so spread that they are nearly white.
use super::correlation::Lkj;
use super::data::Data;
use super::pilot::{Pilot, information, inverse};
use super::term::Term;
use super::transport::{Transport, tri};
use crate::formula::GroupDesign;
use crate::prior::Prior;
use crate::regression::{Centering, Family, ModelError, RegressionOptions, Scale};
use crate::table::nearest;

/// A scale about a value, so spread that its coordinate has a standard deviation near 1.
fn placed(mut scale: Scale, value: f64, curvature: f64) -> Scale {
    let value = match scale.prior {
        Prior::Uniform { low, high } => value.clamp(low + 0.02 * (high - low), high - 0.02 * (high - low)),
        _ => value,
    };
    let w = scale.inner(value);
    scale.spread(w, (curvature.sqrt() * scale.slope(w)).recip());
    scale
}

pub(super) fn own_scales(data: &Data, family: Family, pilot: &Pilot, priors: &[Prior]) -> Vec<Scale> {
    let eta = data.predict(&pilot.v);
    let each = priors.iter().enumerate().map(|(k, prior)| {
        let [_, curvature] = pilot.own_slopes(data, family, &eta, k);
        placed(Scale::new(*prior), pilot.own[k], if curvature.is_finite() { curvature.max(0.0) + 0.5 } else { 1.0 })
    });
    each.collect()
}

/// The centering of each grouping; those of one name, as `||` makes them, have the same.
///
/// # Errors
/// [`ModelError::UnknownGroup`].
pub(super) fn centerings(groups: &[GroupDesign], options: &RegressionOptions) -> Result<Vec<Centering>, ModelError> {
    let mut each = vec![options.centering; groups.len()];
    for (asked, centering) in &options.centerings {
        let mut found = false;
        for (_, own) in groups.iter().zip(&mut each).filter(|(group, _)| group.name == *asked) {
            (*own, found) = (*centering, true);
        }
        if !found {
            let mut names: Vec<String> = groups.iter().map(|group| group.name.clone()).collect();
            names.dedup();
            let nearest = nearest(asked, names.iter().map(String::as_str));
            return Err(ModelError::UnknownGroup { name: asked.clone(), nearest, names });
        }
    }
    Ok(each)
}

/// A sentence on each grouping whose coordinates were not chosen by its rows.
pub(super) fn told(groups: &[GroupDesign], centerings: &[Centering]) -> Vec<String> {
    let of = |(group, centering): (&GroupDesign, &Centering)| match centering {
        Centering::Auto => None,
        Centering::Centered => Some(format!("Effects of {} are moved centered.", group.name)),
        Centering::Noncentered => Some(format!("Effects of {} are moved noncentered.", group.name)),
    };
    let mut told: Vec<String> = groups.iter().zip(centerings).filter_map(of).collect();
    told.dedup();
    told
}

/// One group effect in coordinates chosen by `centering`.
pub(super) fn term(
    data: &Data,
    pilot: &Pilot,
    t: usize,
    priors: &[Prior],
    shape: f64,
    follow: &[Vec<f64>],
    centering: Centering,
) -> Term {
    let group = &data.groups[t];
    let (k, l) = (group.k(), group.levels);
    let precision = inverse(k, &pilot.sigma[t]);
    let weights = information(data, t, &pilot.weight);
    let effects = &pilot.v[data.p + group.first..];
    // Where the rows pull from: a Newton step from the rough fit, which is exact for a gaussian.
    let slopes = data.pull(&pilot.slope, pilot.v.len()).split_off(data.p + group.first);
    let mut transport = Transport::noncentred(k, l);
    let mut told = vec![1.0; k];
    transport.coupling = vec![vec![0.0; k * l]; data.p];
    for level in 0..l {
        let block: Vec<f64> =
            weights[level * k * k..(level + 1) * k * k].iter().zip(&precision).map(|(w, p)| w + p).collect();
        let spread = inverse(k, &block);
        for i in 0..k {
            transport.pull[i * l + level] -= slopes[i * l + level];
            told[i] += 2.0 * (1.0 - spread[i * k + i] / pilot.sigma[t][i * k + i]).max(0.0).powi(2);
            for j in 0..k {
                let at = i * l + level;
                let held = if centering == Centering::Centered { precision[i * k + j] } else { 0.0 };
                let weight = weights[(level * k + i) * k + j] + held;
                transport.pull[at] += weight * effects[j * l + level];
                for (by, d) in transport.coupling.iter_mut().zip(follow) {
                    by[at] -= block[i * k + j] * d[group.first + j * l + level];
                }
                if j <= i {
                    transport.curvature[tri(i, j) * l + level] = weight;
                }
            }
        }
    }
    match centering {
        Centering::Auto => {}
        Centering::Centered => transport.follow.fill(0.0),
        Centering::Noncentered => transport = Transport::noncentred(k, l),
    }
    let sd = |i: usize| pilot.sigma[t][i * k + i].sqrt();
    let sds = (0..k).map(|i| placed(Scale::bent(priors[i], sd(i)), sd(i), told[i])).collect();
    Term { sds, correlations: Lkj::new(k, shape), fixed: 0..data.p, transport, means: Vec::new() }
}
