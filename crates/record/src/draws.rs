//! Draws of several chains, and plain arrays.

/// Draws of every reported quantity, and the statistics of the sampler beside them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draws {
    /// Chains.
    pub chains: usize,
    /// Kept draws a chain.
    pub draws: usize,
    /// One a quantity.
    pub names: Vec<String>,
    /// `values[(k * chains + c) * draws + t]`: quantity k, chain c, draw t.
    pub values: Vec<f64>,
    /// Per-draw statistics under ArviZ's names (`lp`, `energy`, `diverging`, `n_steps`, `tree_depth`, `step_size`,
    /// `acceptance_rate`), each `values[c * draws + t]`.
    pub statistics: Vec<Column>,
}
impl Draws {
    /// Whether the numbers of values, names, chains and draws fit together.
    ///
    /// # Errors
    /// What does not fit, in words.
    pub fn fits(&self) -> Result<(), String> {
        let each = self.chains * self.draws;
        if self.values.len() != self.names.len() * each {
            let (found, names) = (self.values.len(), self.names.len());
            return Err(format!(
                "{found} values for {names} quantities of {} chains x {} draws",
                self.chains, self.draws
            ));
        }
        match self.statistics.iter().find(|s| s.values.len() != each) {
            Some(odd) => Err(format!("statistic `{}` has {} values for {each} draws", odd.name, odd.values.len())),
            None => Ok(()),
        }
    }
    /// The draws of quantity `k` in chain `c`.
    pub fn chain(&self, k: usize, c: usize) -> &[f64] {
        let start = (k * self.chains + c) * self.draws;
        &self.values[start..start + self.draws]
    }
    /// The statistic called `name`.
    pub fn statistic(&self, name: &str) -> Option<&[f64]> {
        self.statistics.iter().find(|s| s.name == name).map(|s| s.values.as_slice())
    }
}

/// A named column of numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its numbers.
    pub values: Vec<f64>,
}

/// A named array, row-major.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Array {
    /// File name without `.npy`.
    pub name: String,
    /// Lengths of the axes, slowest first.
    pub shape: Vec<usize>,
    /// The numbers.
    pub values: Vec<f64>,
}
