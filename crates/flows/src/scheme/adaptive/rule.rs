//! RULE: the direction of a stride from the gradients so far, as each optimiser was published.
use super::Moments;
use super::bases::orthogonalise;

/// g is the gradient, k the stride, from 1; products, quotients and roots go by coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2,
    /// u = (m / (1 - b1^k)) / (sqrt(v / (1 - b2^k)) + epsilon) [KingmaBa2015, Alg. 1].
    Adam {
        /// b1 and b2.
        betas: [f64; 2],
        /// epsilon
        epsilon: f64,
    },
    /// v <- b v + (1 - b) g^2, u = g / (sqrt v + epsilon) [TielemanHinton2012].
    RmsProp {
        /// b
        beta: f64,
        /// epsilon
        epsilon: f64,
    },
    /// v <- v + g^2, u = g / (sqrt v + epsilon) [DuchiHazanSinger2011].
    AdaGrad {
        /// epsilon
        epsilon: f64,
    },
    /// u = sign(b1 m + (1 - b1) g), m <- b2 m + (1 - b2) g [ChenEtAl2023, Alg. 2].
    Lion {
        /// b1 and b2.
        betas: [f64; 2],
    },
    /// m <- b m + (1 - b) g, u = sqrt(max(1, p / q)) times the orthogonal factor of b m + (1 - b) g as a p by q matrix, by
    /// five quintic Newton-Schulz steps [Jordan2024].
    Muon {
        /// p
        rows: usize,
        /// b
        beta: f64,
    },
    /// Adam in the eigenbases of L <- b2 L + (1 - b2) G G^T and R <- b2 R + (1 - b2) G^T G, which are turned every so many
    /// strides by a power step; the first stride finds the bases and stays [VyasEtAl2025, Alg. 3].
    Soap {
        /// Rows of G.
        rows: usize,
        /// b1 and b2.
        betas: [f64; 2],
        /// epsilon
        epsilon: f64,
        /// Strides between turns of the bases.
        every: u64,
    },
}

impl Rule {
    /// Adam with its published constants.
    pub const ADAM: Rule = Rule::Adam { betas: [0.9, 0.999], epsilon: 1e-8 };

    /// Whether a mean of the gradients is kept, and one of their squares.
    pub(super) fn moments(self) -> (bool, bool) {
        match self {
            Rule::Adam { .. } | Rule::Soap { .. } => (true, true),
            Rule::RmsProp { .. } | Rule::AdaGrad { .. } => (false, true),
            Rule::Lion { .. } | Rule::Muon { .. } => (true, false),
        }
    }
    /// Rows of the matrix that the coordinates are.
    pub(super) fn rows(self) -> Option<usize> {
        match self {
            Rule::Muon { rows, .. } | Rule::Soap { rows, .. } => Some(rows),
            _ => None,
        }
    }
    /// u, from the gradient of the track; `false` where the rule stays for this stride.
    pub(super) fn update<S>(self, m: &mut Moments<S>) -> bool {
        let Moments { track, first, second, bases, update, k, .. } = m;
        let (g, u) = (&track.gradient.0, &mut update.0);
        match (self, bases) {
            (Rule::Adam { betas, epsilon }, _) => {
                average(betas[0], g, first);
                average_squares(betas[1], g, second);
                quotient(first, second, unbiased(betas, *k), epsilon, u);
            }
            (Rule::RmsProp { beta, epsilon }, _) => {
                average_squares(beta, g, second);
                quotient(g, second, [1.0; 2], epsilon, u);
            }
            (Rule::AdaGrad { epsilon }, _) => {
                second.iter_mut().zip(g).for_each(|(v, g)| *v += g * g);
                quotient(g, second, [1.0; 2], epsilon, u);
            }
            (Rule::Lion { betas }, _) => {
                for ((u, m), g) in u.iter_mut().zip(first.iter()).zip(g) {
                    let ahead = betas[0] * m + (1.0 - betas[0]) * g;
                    *u = if ahead == 0.0 { 0.0 } else { ahead.signum() };
                }
                average(betas[1], g, first);
            }
            (Rule::Muon { beta, .. }, Some(bases)) => {
                average(beta, g, first);
                for ((u, m), g) in u.iter_mut().zip(first.iter()).zip(g) {
                    *u = beta * m + (1.0 - beta) * g;
                }
                orthogonalise(bases.shape, u);
            }
            (Rule::Soap { betas, epsilon, every, .. }, Some(bases)) => {
                if *k == 1 {
                    bases.found(g);
                    return false;
                }
                let turned = bases.turn(g);
                average(betas[0], g, first);
                average_squares(betas[1], &turned, second);
                let ahead = bases.turn(first);
                quotient(&ahead, second, unbiased(betas, *k - 1), epsilon, u);
                let back = bases.turn_back(u);
                u.copy_from_slice(&back);
                bases.learn(g, betas[1]);
                if (*k - 1).is_multiple_of(every.max(1)) {
                    bases.refine(second);
                }
            }
            (Rule::Muon { .. } | Rule::Soap { .. }, None) => return false,
        }
        true
    }
    /// |u| over the bound that the rule sets it, in the norm that the rule is steepest in.
    pub(super) fn reach<S>(self, m: &Moments<S>) -> f64 {
        let largest = m.update.0.iter().fold(0.0f64, |a, u| a.max(u.abs()));
        let frobenius = m.update.0.iter().map(|u| u * u).sum::<f64>().sqrt();
        match self {
            Rule::Adam { betas, .. } => largest / bound(betas, m.k),
            Rule::RmsProp { beta, .. } => largest * (1.0 - beta).sqrt(),
            Rule::AdaGrad { .. } | Rule::Lion { .. } => largest,
            Rule::Muon { .. } => m.bases.as_ref().map_or(0.0, |bases| {
                let [p, q] = bases.shape.map(|n| n as f64);
                // 1.2025 is the top of the quintic on [0, 1].
                frobenius / (1.2025 * p.min(q).sqrt() * (p / q).max(1.0).sqrt())
            }),
            Rule::Soap { betas, .. } => {
                frobenius / (bound(betas, m.k.saturating_sub(1).max(1)) * (m.update.0.len() as f64).sqrt())
            }
        }
    }
}

fn average(beta: f64, g: &[f64], mean: &mut [f64]) {
    mean.iter_mut().zip(g).for_each(|(m, g)| *m = beta * *m + (1.0 - beta) * g);
}
fn average_squares(beta: f64, g: &[f64], mean: &mut [f64]) {
    mean.iter_mut().zip(g).for_each(|(v, g)| *v = beta * *v + (1.0 - beta) * g * g);
}
/// 1 - b1^k and 1 - b2^k: what a mean that began at zero lacks.
fn unbiased(betas: [f64; 2], k: u64) -> [f64; 2] {
    betas.map(|beta| 1.0 - beta.powf(k as f64))
}
/// u = (m / c1) / (sqrt(v / c2) + epsilon)
fn quotient(m: &[f64], v: &[f64], [c1, c2]: [f64; 2], epsilon: f64, u: &mut [f64]) {
    for ((u, m), v) in u.iter_mut().zip(m).zip(v) {
        *u = m / c1 / ((v / c2).sqrt() + epsilon);
    }
}
/// The most that Adam's quotient can be in stride k, by the inequality of Cauchy and Schwarz.
fn bound(betas: [f64; 2], k: u64) -> f64 {
    let ([b1, b2], [c1, c2]) = (betas, unbiased(betas, k));
    let ratio = b1 * b1 / b2;
    let terms = if (ratio - 1.0).abs() < 1e-9 { k as f64 } else { (1.0 - ratio.powf(k as f64)) / (1.0 - ratio) };
    (1.0 - b1) * terms.sqrt() / (1.0 - b2).sqrt() * c2.sqrt() / c1
}
