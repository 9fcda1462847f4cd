//! ACCEPTANCE: whether longer steps pay, found by trying them in warm-up.
//!
//! A trajectory of NUTS has 2^j - 1 leapfrogs. As the step grows it reaches farther with as many, and an effective draw costs less,
//! until some trajectories make their turn a doubling earlier: a mixture of two depths has the cost of the one and the reach of the
//! other. Depths tell with far fewer draws than correlations would.
use super::Draw;
use steepest_core::{Archive, Persist};

/// Where the energy bends sharply, steps should be short.
pub const CAREFUL: f64 = 0.8;
/// Close to 0.65, which costs the fewest gradients an effective draw of a mean in many dimensions [BeskosEtAl2013]; there a trajectory
/// is so near half a turn that squares are slower to forget.
pub const EASED: f64 = 0.7;

/// Parts of warm-up in which depths are counted: with the careful step once the metric is nearly found, and with the eased one.
const COUNTED: [std::ops::Range<f64>; 2] = [0.2..0.3, 0.35..0.55];
/// What share of trajectories more must have one depth with careful steps than with eased ones for those to be given up.
const MIXED: f64 = 0.1;

/// What a warm-up knows of its trajectories.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    /// Those of each depth, in the two parts.
    depths: [[u64; 32]; 2],
    /// Whether they were compared.
    judged: bool,
    /// Whether a careful step is for good.
    careful: bool,
}
impl Trial {
    pub(super) fn new() -> Trial {
        Trial { depths: [[0; 32]; 2], judged: false, careful: false }
    }
    /// Takes a draw when a share `progress` of warm-up is over; returns the acceptance to aim at. The metric's first part, up to
    /// `early`, is careful; a divergence after it is for good.
    pub(super) fn aim(&mut self, progress: f64, early: f64, draw: &Draw) -> f64 {
        for (counts, part) in self.depths.iter_mut().zip(COUNTED) {
            if part.contains(&progress) {
                counts[(draw.depth as usize).min(31)] += 1;
            }
        }
        self.careful |= draw.diverging && progress >= early;
        if progress >= COUNTED[1].end && !self.judged {
            let [careful, eased] = self.depths.map(|counts| {
                let all: u64 = counts.iter().sum();
                counts.into_iter().max().unwrap_or(0) as f64 / all.max(1) as f64
            });
            self.judged = true;
            self.careful |= careful > eased + MIXED;
        }
        if progress < early || self.careful { CAREFUL } else { EASED }
    }
}

impl Persist for Trial {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { depths, judged, careful } = self;
        depths.as_flattened_mut().iter_mut().try_for_each(|count| count.pass(archive))?;
        judged.pass(archive)?;
        careful.pass(archive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A warm-up of 500 draws in which a share of the trajectories has depth 3 and the others 2: with careful steps, and with eased ones.
    fn aims(deep: [f64; 2], diverging: Option<u32>) -> Vec<f64> {
        let (mut trial, mut aim) = (Trial::new(), CAREFUL);
        let draw = |k: u32, aim: f64| {
            let share = if aim == CAREFUL { deep[0] } else { deep[1] };
            let depth = if f64::from((k * 61) % 100) < 100.0 * share { 3 } else { 2 };
            Draw { depth, diverging: diverging == Some(k), ..Draw::default() }
        };
        (0..500)
            .map(|k| {
                aim = trial.aim(f64::from(k) / 500.0, 0.3, &draw(k, aim));
                aim
            })
            .collect()
    }
    #[test]
    fn eased_steps_are_kept_unless_they_mix_depths() {
        for (deep, kept) in [([1.0, 1.0], EASED), ([0.5, 0.0], EASED), ([0.5, 0.5], EASED), ([0.95, 0.8], CAREFUL)] {
            let aims = aims(deep, None);
            assert_eq!([aims[140], aims[160], aims[499]], [CAREFUL, EASED, kept], "{deep:?}");
        }
    }
    #[test]
    fn a_divergence_after_the_first_part_is_for_good() {
        for at in [160, 450] {
            let aims = aims([1.0, 1.0], Some(at));
            assert_eq!([aims[at as usize - 1], aims[at as usize], aims[499]], [EASED, CAREFUL, CAREFUL]);
        }
        assert_eq!(aims([1.0, 1.0], Some(100))[499], EASED);
    }
}
