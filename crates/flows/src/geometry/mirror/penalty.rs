//! R beside a smooth energy, met exactly in a mirror geometry: nothing, the map itself, or absolute values.
use super::{Bregman, MirrorMap, gather, points, scatter};
use crate::state::Cloud;
use steepest_core::{Covector, Mirror, Optimality, Regulariser, State, Workspace};

/// R of Bregman proximal steps [BauschkeBolteTeboulle2017].
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Penalty {
    /// R = 0: mirror descent.
    #[default]
    None,
    /// R = w phi, such as entropic regularisation.
    Map(f64),
    /// R = sum_j w_j |x_j|, w of length 1 or d; for matrices w_1 times the sum of |eigenvalues|.
    L1(Vec<f64>),
}
impl Penalty {
    /// Whether steps with it are in closed form for this map.
    pub fn fits(&self, map: &impl MirrorMap, d: usize) -> bool {
        match self {
            Penalty::L1(_) => map.soften(&mut vec![0.0; d], &|_| 0.0),
            Penalty::None | Penalty::Map(_) => true,
        }
    }
    fn weight(&self, j: usize) -> f64 {
        match self {
            Penalty::L1(weights) => weights.get(j).or(weights.first()).copied().unwrap_or(0.0),
            _ => 0.0,
        }
    }
}

impl<M: MirrorMap> Regulariser<Cloud, Bregman<M>> for Penalty {
    fn value(&self, geometry: &Bregman<M>, x: &Cloud, work: &mut Workspace) -> f64 {
        let mut sum = 0.0;
        match self {
            Penalty::None => {}
            Penalty::Map(weight) => points(x, work, |_, point, work| sum += weight * geometry.0.value(point, work)),
            Penalty::L1(_) => points(x, work, |_, point, work| {
                let mut size = work.take(point.len());
                geometry.0.magnitudes(point, &mut size, work);
                sum += size.iter().enumerate().map(|(j, x)| self.weight(j) * x).sum::<f64>();
                work.give(size);
            }),
        }
        x.weight() * sum
    }
    fn proximal(&self, geometry: &Bregman<M>, y: &Covector, h: f64, x: &mut Cloud, work: &mut Workspace) -> bool {
        if *self == Penalty::None {
            return geometry.raise(y, x, work);
        }
        let (mut at, mut to) = (work.take(x.d), work.take(x.d));
        let mut exists = true;
        for i in 0..x.n {
            gather(&y.0, x.n, i, &mut at);
            match self {
                Penalty::Map(weight) => at.iter_mut().for_each(|y| *y /= 1.0 + h * weight),
                _ => exists &= geometry.0.soften(&mut at, &|j| h * self.weight(j)),
            }
            exists &= geometry.0.raise(&at, &mut to, work);
            scatter(&to, x.n, i, &mut x.x);
        }
        [at, to].into_iter().for_each(|buffer| work.give(buffer));
        exists
    }
    fn optimality(&self, geometry: &Bregman<M>, x: &Cloud, xi: &Covector, work: &mut Workspace) -> Optimality {
        let map = &geometry.0;
        let (mut slope, mut own) = (work.take(x.d), work.take(x.d));
        let mut found = Optimality { residual: 0.0, gap: 0.0, violation: 0.0 };
        points(x, work, |i, point, work| {
            gather(&xi.0, x.n, i, &mut slope);
            let residual = match self {
                Penalty::L1(_) => map.softened(point, &slope, &|j| self.weight(j), work),
                Penalty::Map(weight) => {
                    map.lower(point, &mut own, work);
                    steepest_kernels::axpy(*weight, &own, &mut slope);
                    map.residual(point, &slope, work)
                }
                Penalty::None => map.residual(point, &slope, work),
            };
            found.residual += residual * residual;
            // Of w phi the part along its own gradient is a bound on the rest, as phi is convex.
            found.gap += if let Penalty::L1(_) = self { f64::INFINITY } else { map.gap(point, &slope, work) };
            found.violation = found.violation.max(map.violation(point, work));
        });
        [slope, own].into_iter().for_each(|buffer| work.give(buffer));
        found.residual = (x.weight() * found.residual).sqrt();
        found.gap *= x.weight();
        found
    }
}
