//! ACCEPTANCE: whether longer steps pay, found by trying them in warm-up.
//!
//! A trajectory of NUTS has 2^j - 1 leapfrogs. As the step grows it reaches farther with as many, and an effective draw costs less,
//! until some trajectories make their turn a doubling earlier: a mixture of two depths has the cost of the one and the reach of the
//! other. Depths tell with far fewer draws than correlations would. Where trajectories diverge, steps are too long for a part of the
//! target: they get shorter until none does, or until it is seen that it is not the step that makes them diverge.
use super::Draw;
use steepest_core::{Archive, Persist};

/// Where the energy bends sharply, steps should be short.
pub const CAREFUL: f64 = 0.8;
/// Close to 0.65, which costs the fewest gradients an effective draw of a mean in many dimensions [BeskosEtAl2013]; there a trajectory
/// is so near half a turn that squares are slower to forget.
pub const EASED: f64 = 0.7;

/// What is aimed at in turn: each where trajectories diverge under the one before. Tails that are as steep as x^4 or exp(x) need 0.9;
/// beyond 0.95 a step costs more than what it finds.
const AIMS: [f64; 4] = [EASED, CAREFUL, 0.9, 0.95];
/// Transitions until the step of a new aim is about what it should be; those before say nothing of it.
const SETTLING: u64 = 10;
/// Warm-up tries steps up to several times as long as the one it will keep. How much longer one may be than that for its divergence to
/// count: so what diverges under such trials alone keeps its cost.
const LONGER: f64 = 1.5;
/// Trajectories that leave the domain of V, to each that diverges inside, from which on those too are put down to its edge: where V has a
/// pole at the edge, some end so near it that they are thrown off.
pub const EDGE: f64 = 4.0;
/// More divergences than this with the shortest steps, in more than one of so many transitions, are not of the step: there is a cliff.
const CLIFF: [u64; 2] = [10, 20];

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
    /// The place of the aim among [`AIMS`] once the first part is over; it goes up, and once down from the last to the careful one.
    level: usize,
    /// Transitions since it last did.
    since: u64,
    /// Divergences at the last aim.
    still: u64,
    /// Trajectories of settled steps that left the domain of V, and that diverged inside. With an edge in reach some of these do, whatever
    /// their step; but what leaves may be an overflow of V where it is steep, and of those there are few.
    outside: u64,
    inside: u64,
    /// Whether they met a cliff, which is such an edge too.
    cliff: bool,
}
impl Trial {
    pub(super) fn new() -> Trial {
        Trial { depths: [[0; 32]; 2], judged: false, level: 0, since: 0, still: 0, outside: 0, inside: 0, cliff: false }
    }
    /// Takes a draw when a share `progress` of warm-up is over, `kept` being the step that would be kept if it were; returns the
    /// acceptance to aim at. The metric's first part, up to `early`, is careful; what a divergence after it says is for good.
    pub(super) fn aim(&mut self, progress: f64, early: f64, draw: &Draw, kept: f64) -> f64 {
        self.since += 1;
        for (counts, part) in self.depths.iter_mut().zip(COUNTED) {
            if part.contains(&progress) {
                counts[(draw.depth as usize).min(31)] += 1;
            }
        }
        if draw.diverging && progress >= early {
            let settled = self.since > SETTLING && draw.step <= LONGER * kept;
            let edge = self.cliff || self.outside as f64 > EDGE * self.inside as f64;
            let tells = settled && !draw.outside && !edge;
            self.outside += u64::from(settled && draw.outside);
            self.inside += u64::from(settled && !draw.outside);
            if self.level == 0 || tells {
                self.climb(self.level + 1);
            }
            self.still += u64::from(tells && self.level == AIMS.len() - 1);
            if self.still > CLIFF[0] && self.still * CLIFF[1] > self.since {
                (self.level, self.still, self.cliff) = (1, 0, true);
            }
        }
        if progress >= COUNTED[1].end && !self.judged {
            let [careful, eased] = self.depths.map(|counts| {
                let all: u64 = counts.iter().sum();
                counts.into_iter().max().unwrap_or(0) as f64 / all.max(1) as f64
            });
            self.judged = true;
            if careful > eased + MIXED {
                self.climb(1);
            }
        }
        let level = self.level.min(AIMS.len() - 1);
        if progress < early { CAREFUL } else { AIMS[level] }
    }
    fn climb(&mut self, level: usize) {
        if level > self.level && level < AIMS.len() {
            (self.level, self.since) = (level, 0);
        }
    }
}

impl Persist for Trial {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { depths, judged, level, since, still, outside, inside, cliff } = self;
        depths.as_flattened_mut().iter_mut().try_for_each(|count| count.pass(archive))?;
        judged.pass(archive)?;
        level.pass(archive)?;
        since.pass(archive)?;
        still.pass(archive)?;
        outside.pass(archive)?;
        inside.pass(archive)?;
        cliff.pass(archive)
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
                aim = trial.aim(f64::from(k) / 500.0, 0.3, &draw(k, aim), 1.0);
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
    /// Divergences in transitions k with these steps, where 1 would be kept, and whether the domain of V was left.
    fn after(divergences: &[(u32, f64, bool)]) -> f64 {
        let mut trial = Trial::new();
        let mut aim = CAREFUL;
        for k in 0..500 {
            let found = divergences.iter().find(|(at, ..)| *at == k);
            let (step, outside) = found.map_or((1.0, false), |(_, step, outside)| (*step, *outside));
            let draw = Draw { depth: 3, diverging: found.is_some(), outside, step, ..Draw::default() };
            aim = trial.aim(f64::from(k) / 500.0, 0.3, &draw, 1.0);
        }
        aim
    }
    #[test]
    fn trajectories_that_go_on_diverging_get_shorter_steps() {
        let careful = (160, 1.0, false);
        let left = |step: f64| (200_u32..212).map(|k| (k, step, true)).collect::<Vec<_>>();
        for (then, aim) in [
            (&[(171, 1.0, false)][..], 0.9),
            (&[], CAREFUL),
            (&[(171, 1.4, false), (190, 0.7, false)], 0.95),
            (&[(171, 1.0, false), (190, 1.0, false), (300, 1.0, false)], 0.95),
            // Before the step is about what it should be, longer than it, and out of the domain.
            (&[(170, 1.0, false)], CAREFUL),
            (&[(200, 1.6, false)], CAREFUL),
            (&[(200, 1.0, true)], CAREFUL),
            // An overflow or two, even before anything else diverges, and many of steps that are too long, are no edge.
            (&[(200, 1.0, true), (230, 1.0, false)], 0.9),
            (&[(150, 1.0, true), (200, 1.0, false), (250, 1.0, true), (251, 1.0, true), (252, 1.0, false)], 0.9),
            (&[&left(1.6)[..], &[(230, 1.0, false)][..]].concat()[..], 0.9),
            (&[&left(1.0)[..], &[(230, 1.0, false)][..]].concat()[..], CAREFUL),
        ] {
            assert_eq!(after(&[&[careful][..], then].concat()), aim, "{then:?}");
        }
        // Of every eighth one it is not the step, of every fortieth it may be.
        for (every, aim) in [(8, CAREFUL), (40, 0.95)] {
            let all: Vec<_> = (160..460).step_by(every).map(|k| (k, 1.0, false)).collect();
            assert_eq!(after(&all), aim, "{every}");
        }
    }
}
