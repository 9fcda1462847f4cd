//! RECENTRING: the effects of a level at the means of their columns, where they are moved and default priors are stated, and at zero,
//! where they are told.
//!
//! Of (x | g) with x about 2000, an intercept at x = 0 is an extrapolation: its standard deviation is hundreds of times that at the mean,
//! and its correlation with the slope all but -1. With T the shift of the intercept by sum_i mean_i u_i, effects at the means are T u and
//! their covariance T Sigma T^T; det T = 1, so that Sigma moves without a Jacobian, and its standard deviations and correlations with
//! (sd at zero / sd at the means)^k of the intercept alone.
use super::data::Data;
use super::pilot::Pilot;
use super::term::Term;
use crate::formula::{GroupDesign, moments};
use steepest_kernels::axpy;

/// So many standard deviations from its mean, zero is told of.
const FAR: f64 = 5.0;

/// Whether each level has an intercept that goes along with other effects.
pub(super) fn shifts(group: &GroupDesign) -> bool {
    !group.smooth && group.effects.len() > 1 && group.effects.first().is_some_and(|effect| effect == "1")
}

/// The means of the columns of each group that is wanted, 0 for its intercept; none of others.
pub(super) fn means_where(groups: &[GroupDesign], wanted: impl Fn(usize, &GroupDesign) -> bool) -> Vec<Vec<f64>> {
    let mean = |(i, column): (usize, &Vec<f64>)| if i == 0 { 0.0 } else { moments(column).0 };
    let of = |(t, group): (usize, &GroupDesign)| match wanted(t, group) {
        true => group.columns.iter().enumerate().map(mean).collect(),
        false => Vec::new(),
    };
    groups.iter().enumerate().map(of).collect()
}

/// Takes these means from the columns of each group that has some.
pub(super) fn centre(data: &mut Data, means: &[Vec<f64>]) {
    for (group, means) in data.groups.iter_mut().zip(means) {
        for (column, mean) in group.columns.iter_mut().zip(means) {
            column.iter_mut().for_each(|x| *x -= mean);
        }
    }
}

/// A rough fit to centred columns, as one to the columns as they are.
pub(super) fn uncentre(pilot: &mut Pilot, data: &Data, means: &[Vec<f64>]) {
    for (t, (group, means)) in data.groups.iter().zip(means).enumerate() {
        if !means.is_empty() {
            let first = data.p + group.first;
            shift(means, -1.0, group.levels, &mut pilot.v[first..first + group.k() * group.levels]);
            turn(means, -1.0, &mut pilot.sigma[t]);
        }
    }
}

/// The intercept of every level, moved by `sign` times what the other effects make of the means.
fn shift(means: &[f64], sign: f64, levels: usize, u: &mut [f64]) {
    let (intercepts, others) = u.split_at_mut(levels);
    for (mean, effects) in means.iter().skip(1).zip(others.chunks_exact(levels)) {
        axpy(sign * mean, effects, intercepts);
    }
}

/// Their covariance, row-major, moved alike.
fn turn(means: &[f64], sign: f64, sigma: &mut [f64]) {
    let k = means.len();
    for j in 0..k {
        sigma[j] += sign * (1..k).map(|i| means[i] * sigma[i * k + j]).sum::<f64>();
    }
    for j in 0..k {
        sigma[j * k] += sign * (1..k).map(|i| means[i] * sigma[j * k + i]).sum::<f64>();
    }
}

/// Standard deviations and, row by row, correlations, moved alike.
fn turn_told(means: &[f64], sign: f64, told: &mut [f64]) {
    let (k, mut sigma) = (means.len(), vec![0.0; means.len() * means.len()]);
    let mut at = k;
    for i in 0..k {
        for j in 0..i {
            let product = told[at] * told[i] * told[j];
            (sigma[i * k + j], sigma[j * k + i]) = (product, product);
            at += 1;
        }
        sigma[i * k + i] = told[i] * told[i];
    }
    turn(means, sign, &mut sigma);
    told[0] = sigma[0].sqrt();
    for i in 1..k {
        told[k + i * (i - 1) / 2] = (sigma[i * k] / (told[i] * told[0])).clamp(-1.0, 1.0);
    }
}

impl Term {
    /// What is told of standard deviations and correlations at the means.
    pub(super) fn tell_law(&self, told: &mut [f64]) {
        if !self.means.is_empty() {
            turn_told(&self.means, -1.0, told);
        }
    }
    /// What is told of effects at the means.
    pub(super) fn tell_effects(&self, u: &mut [f64]) {
        if !self.means.is_empty() {
            shift(&self.means, -1.0, self.transport.levels, u);
        }
    }
    /// Slopes in the effects at the means, from those in the effects that are told.
    pub(super) fn pull_effects(&self, slopes: &mut [f64]) {
        if !self.means.is_empty() {
            let (intercepts, others) = slopes.split_at_mut(self.transport.levels);
            for (mean, slopes) in self.means.iter().skip(1).zip(others.chunks_exact_mut(self.transport.levels)) {
                axpy(-mean, intercepts, slopes);
            }
        }
    }

    /// Standard deviations and correlations, and effects, at the means.
    fn at_means(&self, [sds, correlations, u]: [&[f64]; 3]) -> (Vec<f64>, Vec<f64>) {
        let (mut law, mut effects) = ([sds, correlations].concat(), u.to_vec());
        turn_told(&self.means, 1.0, &mut law);
        shift(&self.means, 1.0, self.transport.levels, &mut effects);
        (law, effects)
    }
    /// log of the density of what is told: standard deviations, correlations and effects.
    pub(super) fn ln_prior_told(&self, told: [&[f64]; 3]) -> f64 {
        if self.means.is_empty() {
            return self.ln_prior(told);
        }
        let (k, (law, effects)) = (self.k(), self.at_means(told));
        if !law.iter().all(|x| x.is_finite()) {
            return f64::NEG_INFINITY;
        }
        self.ln_prior([&law[..k], &law[k..], &effects]) + k as f64 * (told[0][0] / law[0]).ln()
    }
    /// The coordinates of what is told.
    pub(super) fn locate_told(&self, told: [&[f64]; 3], moved: &[f64]) -> (Vec<f64>, Vec<f64>) {
        if self.means.is_empty() {
            return self.locate(told, moved);
        }
        let (k, (law, effects)) = (self.k(), self.at_means(told));
        self.locate([&law[..k], &law[k..], &effects], moved)
    }

    /// What the density of what is told has besides that at the means, where a Jacobian does not count once and so does not take it up:
    /// -k (1 - weight) log(sd at zero / sd at the means) of the intercept. `factor` is that of Sigma, row-major.
    pub(super) fn told_energy(&self, factor: &[f64]) -> f64 {
        match self.told_weight() {
            None => 0.0,
            Some(weight) => {
                let square: f64 = self.across(factor).iter().map(|v| v * v).sum();
                -weight * (0.5 * square.ln() - factor[0].ln())
            }
        }
    }
    /// Adds its slopes in the entries of the factor.
    pub(super) fn told_slopes(&self, factor: &[f64], slopes: &mut [f64]) {
        let Some(weight) = self.told_weight() else { return };
        let (k, across) = (self.k(), self.across(factor));
        let square: f64 = across.iter().map(|v| v * v).sum();
        for i in 0..k {
            let along = if i == 0 { 1.0 } else { -self.means[i] };
            for j in 0..=i {
                slopes[i * k + j] -= weight * along * across[j] / square;
            }
        }
        slopes[0] += weight / factor[0];
    }
    fn told_weight(&self) -> Option<f64> {
        let missing = 1.0 - self.transport.jacobian;
        (!self.means.is_empty() && missing != 0.0).then_some(self.k() as f64 * missing)
    }
    /// F^T t, with t^T u the intercept at zero: its length is the standard deviation of that.
    fn across(&self, factor: &[f64]) -> Vec<f64> {
        let k = self.k();
        let along = |i: usize| if i == 0 { 1.0 } else { -self.means[i] };
        (0..k).map(|j| (j..k).map(|i| along(i) * factor[i * k + j]).sum()).collect()
    }
}

/// What to tell of zeros that are far from the rows, where it is there that effects are independent, have priors or meet.
pub(super) fn far(groups: &[GroupDesign], means: &[Vec<f64>]) -> Vec<String> {
    let mut notes = Vec::new();
    for (group, means) in groups.iter().zip(means).filter(|(group, _)| !group.smooth) {
        let name = &group.name;
        let intercept = |other: &GroupDesign| !other.smooth && other.name == group.name && other.effects == ["1"];
        let alone = group.effects.len() == 1 && groups.iter().any(intercept);
        let at_means = !means.is_empty();
        let begun = notes.len();
        for (effect, column) in group.effects.iter().zip(&group.columns).filter(|_| !at_means) {
            let (mean, sd) = moments(column);
            let away = mean.abs() / sd;
            if sd > 0.0 && away > FAR && !effect.ends_with(']') {
                let what = if alone {
                    format!("Effects 1|{name} and {effect}|{name} are independent")
                } else if shifts(group) {
                    format!("The priors of sd(1|{name}) and cor({name}) are of effects")
                } else {
                    format!("Effects {effect}|{name} have no part")
                };
                let plain = !effect.contains([':', '(']);
                let centred = if plain { format!("center({effect})") } else { "center( ) of what is in it".into() };
                notes.push(format!(
                    "{what} at {effect} = 0, {away:.0} standard deviations from its mean, where few data are: {centred} puts that in their midst."
                ));
            }
        }
        if notes.len() == begun
            && let Some([one, other]) = alike(group, shifts(group))
        {
            notes.push(format!(
                "Effects {one}|{name} and {other}|{name} are hard to tell apart, as their columns are nearly multiples of each other: \
                 where one is a product or a power of numbers far from zero, center( ) of those tells them apart."
            ));
        }
    }
    notes
}

/// The first two effects, one of them a product or of a function, whose columns are as near to multiples of each other as x and x z are,
/// z being [`FAR`] from zero; beside an intercept, up to constants.
fn alike(group: &GroupDesign, beside: bool) -> Option<[&str; 2]> {
    let made = |effect: &str| effect.contains(':') || effect.contains('(') && !effect.ends_with(']');
    let centre = |column: &[f64]| if beside { moments(column).0 } else { 0.0 };
    let cosine = |a: &[f64], b: &[f64]| {
        let (p, q) = (centre(a), centre(b));
        let mut sums = [0.0; 3];
        for (x, y) in a.iter().zip(b) {
            let (x, y) = (x - p, y - q);
            sums[0] += x * y;
            sums[1] += x * x;
            sums[2] += y * y;
        }
        // 0 / 0 of a constant is NaN, which is past nothing.
        sums[0].abs() / (sums[1] * sums[2]).sqrt()
    };
    let least = FAR / FAR.hypot(1.0);
    let effects: Vec<(&str, &[f64])> =
        group.effects.iter().zip(&group.columns).map(|(effect, column)| (effect.as_str(), column.as_slice())).collect();
    for (k, &(other, b)) in effects.iter().enumerate() {
        for &(one, a) in &effects[..k] {
            if (made(one) || made(other)) && cosine(a, b) > least {
                return Some([one, other]);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// There and back, and by hand: u_0 - 3 u_1 with variances 4 and 1 and covariance 1 has variance 4 - 6 + 9 and covariance 1 - 3.
    #[test]
    fn a_law_is_moved_and_comes_back() {
        let mut told = [2.0, 1.0, 0.5];
        turn_told(&[0.0, 3.0], -1.0, &mut told);
        let expected = [7f64.sqrt(), 1.0, -2.0 / 7f64.sqrt()];
        assert!(told.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15), "{told:?}");
        let law = [1.3, 0.4, 0.7, 0.2, -0.3, 0.5];
        let mut there = law;
        turn_told(&[0.0, 40.0, -7.0], -1.0, &mut there);
        assert_eq!([there[1], there[2], there[5]], [law[1], law[2], law[5]]);
        assert!(there[0] > 10.0 && there[3] < -0.9);
        turn_told(&[0.0, 40.0, -7.0], 1.0, &mut there);
        assert!(there.iter().zip(law).all(|(a, b)| (a - b).abs() < 1e-11), "{there:?}");
    }
}
