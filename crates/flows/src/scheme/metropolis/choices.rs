//! The uniforms by which a chain decides: a function of the place, whatever was decided before.
use steepest_core::Tick;
use steepest_kernels as kernels;

/// Their stream; those of momenta and searches are beside it.
const CHOICES: u16 = 0x101;

/// Uniforms of one transition, drawn eight at a time.
#[derive(Clone, Debug, Default)]
pub(super) struct Choices {
    buffer: [f64; 8],
    pub(super) used: u64,
}
impl Choices {
    pub(super) fn next(&mut self, at: Tick, id: u64) -> f64 {
        let k = (self.used % 8) as usize;
        if k == 0 {
            kernels::uniforms(at.key, at.step, CHOICES, (id << 32) + self.used, &mut self.buffer);
        }
        self.used += 1;
        self.buffer[k]
    }
}
