//! Whether draws of chains have the law they claim: what is known of them, and what the score says to it.
use crate::observer::diagnostics::SteinKernel;
use crate::observer::{Check, Moments, Virial, virial};
use steepest_core::{Batch, Potential, Workspace};

/// Positions of several chains, thinned evenly to at most `most` in all: component-major, chain after chain.
#[derive(Clone, Debug, Default)]
pub struct Positions {
    /// Points, `chains * draws`.
    pub n: usize,
    /// Dimension.
    pub d: usize,
    /// Chains.
    pub chains: usize,
    /// `x[j * n + c * draws + t]`.
    pub x: Vec<f64>,
}
impl Positions {
    /// From `chains[c][t * d + j]`.
    pub fn thin(chains: &[&[f64]], d: usize, most: usize) -> Self {
        let length = chains.iter().map(|chain| chain.len() / d.max(1)).min().unwrap_or(0);
        let draws = length.min((most / chains.len().max(1)).max(1));
        let n = draws * chains.len();
        let mut x = vec![0.0; n * d];
        for (c, chain) in chains.iter().enumerate() {
            for t in 0..draws {
                let point = &chain[t * length / draws * d..][..d];
                point.iter().enumerate().for_each(|(j, q)| x[j * n + c * draws + t] = *q);
            }
        }
        Positions { n, d, chains: chains.len(), x }
    }
    /// Independent positions, a chain each.
    pub fn of(x: Batch<'_>) -> Self {
        Positions { n: x.n, d: x.d, chains: x.n, x: x.x.to_vec() }
    }
    /// The positions.
    pub fn batch(&self) -> Batch<'_> {
        Batch { n: self.n, d: self.d, x: &self.x }
    }
    /// `most` of them or fewer, evenly from every chain, or one from every k-th chain; and k.
    pub fn at_most(&self, most: usize) -> (Positions, usize) {
        let most = most.max(1);
        if self.n <= most {
            return (self.clone(), 1);
        }
        let (draws, stride) = (self.n / self.chains.max(1), self.chains.div_ceil(most).max(1));
        let kept = if stride > 1 { 1 } else { most / self.chains.max(1) };
        let chains = self.chains.div_ceil(stride);
        let from = |c: usize, t: usize| c * stride * draws + t * draws / kept;
        let column = |j: usize| (0..chains).flat_map(move |c| (0..kept).map(move |t| j * self.n + from(c, t)));
        let x = (0..self.d).flat_map(column).map(|k| self.x[k]).collect();
        (Positions { n: chains * kept, d: self.d, chains, x }, stride)
    }
    /// The virial of each chain, from the gradients there.
    fn gather(&self, gradient: &[f64]) -> Vec<Virial> {
        let draws = self.n / self.chains.max(1);
        let point = |x: &[f64], i: usize| x[i..].iter().step_by(self.n).take(self.d).copied().collect::<Vec<f64>>();
        let chain = |c: usize| {
            let mut virial = Virial::new(self.d, self.chains);
            (c * draws..(c + 1) * draws).for_each(|i| virial.push(&point(&self.x, i), &point(gradient, i), 1.0));
            virial
        };
        (0..self.chains).map(chain).collect()
    }
    /// Those of every `stride`-th chain.
    fn every(&self, stride: usize) -> Positions {
        let (stride, draws) = (stride.max(1), self.n / self.chains.max(1));
        let column = |j: usize| self.x[j * self.n..(j + 1) * self.n].chunks_exact(draws.max(1)).step_by(stride);
        let x: Vec<f64> = (0..self.d).flat_map(|j| column(j).flatten().copied()).collect();
        let chains = self.chains.div_ceil(stride);
        Positions { n: chains * draws, d: self.d, chains, x }
    }
}
/// What is known of draws whose law is in question.
pub trait Evidence {
    /// Some of their positions.
    fn positions(&self) -> &Positions;
    /// What was gathered of all, one a chain and of dV; empty where the positions are all there is.
    fn virials(&self) -> &[&Virial] {
        &[]
    }
}
impl Evidence for Positions {
    fn positions(&self) -> &Positions {
        self
    }
}
/// Chains whose points are compared pair by pair, at most.
const PAIRED: usize = 2000;

/// Whether the draws have the law exp(-beta V), judged by the score alone: pair by pair at the positions, and by the virial of all.
pub fn law(v: &dyn Potential, beta: f64, evidence: &impl Evidence) -> Vec<Check> {
    let at = evidence.positions();
    let (n, d) = (at.n, at.d);
    if n < 8 {
        return Vec::new();
    }
    let mut gradient = vec![0.0; n * d];
    v.gradients(Batch { n, d, x: &at.x }, beta, &mut gradient, &mut Workspace::default());
    let moments = |j: usize| at.x[j * n..(j + 1) * n].iter().copied().collect::<Moments>();
    let columns: Vec<Moments> = (0..d).map(moments).collect();
    let temperature = match evidence.virials() {
        [] => virial::temperature(&at.gather(&gradient).iter().collect::<Vec<_>>(), 1.0),
        all => virial::temperature(all, beta),
    };
    let scores: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let scale: Vec<f64> = columns.iter().map(|m| m.variance().sqrt()).collect();
    // Every pair of points is looked at: of very many chains some stand for all.
    let (some, points) = (at.every(at.chains.div_ceil(PAIRED)), SteinKernel { most: n, ..SteinKernel::default() });
    let scores = Positions { x: scores, ..Positions { x: Vec::new(), ..*at } }.every(at.chains.div_ceil(PAIRED)).x;
    let discrepancy = points.discrepancy(Batch { n: some.n, d, x: &some.x }, &scores, some.chains, &scale);
    vec![
        Check::unit(
            "configurational temperature",
            temperature,
            0.0,
            0.3,
            (
                "<x . beta dV> = d: gradient and draws fit each other.",
                "<x . beta dV> is not d: the draws do not have the law of this energy (bias, wrong gradient, or too short).",
            ),
        ),
        Check::at_least(
            "kernel Stein discrepancy (p)",
            discrepancy.p,
            1e-4, // the gamma tail of the null law may be several times too thin
            (
                "The draws are as close to the target as draws of it would be.",
                "The draws are further from the target than chance allows: biased, or not yet mixed.",
            ),
        ),
    ]
}
