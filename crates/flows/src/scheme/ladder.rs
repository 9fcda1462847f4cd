//! The ladder of parallel tempering: inverse temperatures between a reference and the target, spaced by what swaps say.
use steepest_core::{Archive, Persist};

/// Inverse temperatures from 0 (the reference) to 1 (the target), ascending.
#[derive(Clone, Debug, PartialEq)]
pub struct Ladder {
    betas: Vec<f64>,
}
impl Ladder {
    /// `rungs` intervals, closer together near the reference, where a target changes fastest.
    pub fn new(rungs: usize) -> Self {
        let rungs = rungs.max(1);
        Ladder { betas: (0..=rungs).map(|k| (k as f64 / rungs as f64).powi(3)).collect() }
    }
    /// The inverse temperatures, intervals + 1 of them.
    pub fn betas(&self) -> &[f64] {
        &self.betas
    }
    /// Puts the rungs where each interval has the same share of the barrier, the sum of the mean rejections of the swaps of
    /// neighbours, interpolated [SyedEtAl2022, Alg. 3]. NaN where nothing was tried.
    ///
    /// ```
    /// use steepest_flows::scheme::Ladder;
    /// let mut ladder = Ladder::new(2); // 0, 1/8, 1
    /// ladder.adapt(&[0.3, 0.7]);
    /// // Half of the barrier, 0.5, is 0.2 into the second interval's 0.7.
    /// assert!((ladder.betas()[1] - (0.125 + 0.875 * 2.0 / 7.0)).abs() < 1e-12);
    /// ```
    pub fn adapt(&mut self, rejections: &[f64]) {
        // No interval is so easy that it may grow without bound.
        let shares: Vec<f64> = rejections.iter().map(|r| if r.is_nan() { 1.0 } else { r.max(1e-3) }).collect();
        let total: f64 = shares.iter().sum();
        let rungs = shares.len();
        let mut betas = vec![0.0];
        let (mut k, mut before) = (0, 0.0);
        for i in 1..rungs {
            let wanted = total * i as f64 / rungs as f64;
            while k + 1 < rungs && before + shares[k] < wanted {
                before += shares[k];
                k += 1;
            }
            let inside = ((wanted - before) / shares[k]).clamp(0.0, 1.0);
            betas.push(self.betas[k] + inside * (self.betas[k + 1] - self.betas[k]));
        }
        betas.push(1.0);
        self.betas = betas;
    }
}

/// As many rungs as there are.
impl Persist for Ladder {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { betas } = self;
        betas[..].pass(archive)
    }
}
