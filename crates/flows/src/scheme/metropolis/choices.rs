//! The uniforms by which a chain decides: a function of the place, whatever was decided before.
use steepest_core::Tick;
use steepest_kernels as kernels;

/// Their stream; those of momenta and searches are beside it.
const CHOICES: u16 = 0x101;

/// Uniforms of one transition, by their number. Eight are drawn at a time, when one of them is wanted.
#[derive(Clone, Debug, Default)]
pub(super) struct Choices {
    buffer: [f64; 8],
    /// How many of the transition's were drawn at least: those of the buffer are the last eight.
    drawn: u64,
    used: u64,
}
impl Choices {
    /// Those of another transition.
    pub(super) fn begin(&mut self) {
        (self.drawn, self.used) = (0, 0);
    }
    pub(super) fn next(&mut self, at: Tick, id: u64) -> f64 {
        let k = self.used % 8;
        if self.used >= self.drawn {
            kernels::uniforms(at.key, at.step, CHOICES, (id << 32) + self.used - k, &mut self.buffer);
            self.drawn = self.used - k + 8;
        }
        self.used += 1;
        self.buffer[k as usize]
    }
    /// Leaves one out, which nobody wants to know.
    pub(super) fn skip(&mut self) {
        self.used += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left out changes nothing of what comes, in whatever eight it lies; another transition begins anew.
    #[test]
    fn uniforms_are_known_by_their_number() {
        let (at, id) = (Tick { step: 7, ..Tick::start(5) }, 3);
        let mut all = [0.0; 40];
        kernels::uniforms(5, 7, CHOICES, id << 32, &mut all);
        let mut choices = Choices::default();
        choices.begin();
        assert!((0..40).all(|k| choices.next(at, id) == all[k]));
        for wanted in [vec![0, 1, 7, 8, 39], vec![5], vec![17, 18, 25], vec![8, 16, 24, 32]] {
            choices.begin();
            for (k, exact) in all.iter().enumerate() {
                if wanted.contains(&k) {
                    assert_eq!(choices.next(at, id), *exact, "{k} of {wanted:?}");
                } else {
                    choices.skip();
                }
            }
        }
    }
}
