//! The discrete Lagrangian of short pieces of path: polynomials of degree s, integrated by Gauss's formula of s points.
use steepest_core::{Batch, Lagrangian, Workspace};

/// L_d = sum_g b_g L(q(c_g), q'(c_g), t(c_g)) dt/dc over pieces whose paths are polynomials of degree s through s + 1 nodes: of
/// order 2 s, symmetric, and for s = 1 the midpoint rule [MarsdenWest2001, Sec. 2.6].
///
/// Pieces come as a batch: position j of node a of piece e is at `(a * d + j) * n + e`, node 0 at the start of its piece. A clock
/// gives the time and its rate at a place c in 0 .. 1 of a piece.
#[derive(Clone, Debug, PartialEq)]
pub struct Galerkin {
    nodes: &'static [f64],
    points: &'static [f64],
    weights: &'static [f64],
    /// Of node a at point g: `[g * (s + 1) + a]`.
    basis: Vec<f64>,
    slopes: Vec<f64>,
}
/// sqrt(1/12) and sqrt(3/20): Gauss's places from the middle; sqrt(1/20): Lobatto's.
const G2: f64 = 0.288_675_134_594_812_9;
const G3: f64 = 0.387_298_334_620_741_7;
const L3: f64 = 0.223_606_797_749_978_97;

/// Time and rate of time at a place of a piece.
pub type Clock<'a> = &'a dyn Fn(usize, f64) -> (f64, f64);

impl Galerkin {
    /// Of order 2, 4 or 6.
    pub fn of_order(order: u32) -> Option<Self> {
        let (nodes, points, weights): (&[f64], &[f64], &[f64]) = match order {
            2 => (&[0.0, 1.0], &[0.5], &[1.0]),
            4 => (&[0.0, 0.5, 1.0], &[0.5 - G2, 0.5 + G2], &[0.5, 0.5]),
            6 => (&[0.0, 0.5 - L3, 0.5 + L3, 1.0], &[0.5 - G3, 0.5, 0.5 + G3], &[5.0 / 18.0, 8.0 / 18.0, 5.0 / 18.0]),
            _ => return None,
        };
        let mut rule = Galerkin { nodes, points, weights, basis: Vec::new(), slopes: Vec::new() };
        for c in points {
            let (values, slopes) = rule.at(*c);
            rule.basis.extend(values);
            rule.slopes.extend(slopes);
        }
        Some(rule)
    }
    /// s, the degree.
    pub fn degree(&self) -> usize {
        self.nodes.len() - 1
    }
    /// 2 s.
    pub fn order(&self) -> u32 {
        2 * self.degree() as u32
    }
    /// Places of the s + 1 nodes in a piece, from 0 to 1.
    pub fn nodes(&self) -> &'static [f64] {
        self.nodes
    }
    /// Values and slopes at c of the polynomials that are 1 at one node and 0 at the others.
    pub fn at(&self, c: f64) -> (Vec<f64>, Vec<f64>) {
        let others = |a: usize| self.nodes.iter().enumerate().filter(move |(b, _)| *b != a).map(|(_, node)| *node);
        let below = |a: usize| others(a).map(|node| self.nodes[a] - node).product::<f64>();
        let value = |a: usize| others(a).map(|node| c - node).product::<f64>() / below(a);
        let slope = |a: usize| {
            let without = |k: usize| others(a).enumerate().filter(move |(i, _)| *i != k).map(|(_, node)| c - node);
            (0..self.degree()).map(|k| without(k).product::<f64>()).sum::<f64>() / below(a)
        };
        ((0..self.nodes.len()).map(value).collect(), (0..self.nodes.len()).map(slope).collect())
    }
    /// z = (q, v, t) at place c of each piece, from the values and slopes of the polynomials there, and the rates of time.
    pub fn place(
        &self,
        c: f64,
        (basis, slopes): (&[f64], &[f64]),
        x: Batch<'_>,
        clock: Clock<'_>,
        z: &mut [f64],
        rate: &mut [f64],
    ) {
        let (n, d) = (x.n, x.d / self.nodes.len());
        z.fill(0.0);
        for (a, (value, slope)) in basis.iter().zip(slopes).enumerate() {
            for k in 0..d * n {
                z[k] += value * x.x[a * d * n + k];
                z[d * n + k] += slope * x.x[a * d * n + k];
            }
        }
        for e in 0..n {
            let (t, pace) = clock(e, c);
            (0..d).for_each(|j| z[(d + j) * n + e] /= pace);
            z[2 * d * n + e] = t;
            rate[e] = pace;
        }
    }
    /// Gauss's points in turn: number, weight, values and slopes there.
    fn each(&self) -> impl Iterator<Item = (f64, f64, &[f64], &[f64])> {
        let m = self.nodes.len();
        let rows = self.basis.chunks_exact(m).zip(self.slopes.chunks_exact(m));
        self.points.iter().zip(self.weights).zip(rows).map(|((c, b), (basis, slopes))| (*c, *b, basis, slopes))
    }
    /// `out[e] += L_d(piece e)`
    pub fn values(&self, l: &impl Lagrangian, x: Batch<'_>, clock: Clock<'_>, out: &mut [f64], work: &mut Workspace) {
        let (n, d) = (x.n, l.dim());
        let (mut z, mut rate) = (work.take((2 * d + 1) * n), work.take(n));
        for (c, b, basis, slopes) in self.each() {
            self.place(c, (basis, slopes), x, clock, &mut z, &mut rate);
            let mut found = work.take(n);
            l.values(Batch { n, d: 2 * d + 1, x: &z }, 1.0, &mut found, work);
            (0..n).for_each(|e| out[e] += b * rate[e] * found[e]);
            work.give(found);
        }
        work.give(rate);
        work.give(z);
    }
    /// `out[k * n + e] += d_k L_d(piece e)` for the (s + 1) d components of a piece.
    pub fn gradients(
        &self,
        l: &impl Lagrangian,
        x: Batch<'_>,
        clock: Clock<'_>,
        out: &mut [f64],
        work: &mut Workspace,
    ) {
        let (n, d) = (x.n, l.dim());
        let (mut z, mut rate) = (work.take((2 * d + 1) * n), work.take(n));
        for (c, b, basis, slopes) in self.each() {
            self.place(c, (basis, slopes), x, clock, &mut z, &mut rate);
            let mut found = work.take((2 * d + 1) * n);
            l.gradients(Batch { n, d: 2 * d + 1, x: &z }, 1.0, &mut found, work);
            slope(d, n, b, (basis, slopes), &rate, &found, out);
            work.give(found);
        }
        work.give(rate);
        work.give(z);
    }
    /// The gradients, and `second[(k * m + l) * n + e] += d_k d_l L_d(piece e)`, m = (s + 1) d.
    pub fn jets(
        &self,
        l: &impl Lagrangian,
        x: Batch<'_>,
        clock: Clock<'_>,
        (out, second): (&mut [f64], &mut [f64]),
        work: &mut Workspace,
    ) {
        let (n, d, m) = (x.n, l.dim(), self.nodes.len());
        let (mut z, mut rate) = (work.take((2 * d + 1) * n), work.take(n));
        for (c, b, basis, slopes) in self.each() {
            self.place(c, (basis, slopes), x, clock, &mut z, &mut rate);
            let (mut found, mut curved) = (work.take((2 * d + 1) * n), work.take(4 * d * d * n));
            l.jets(Batch { n, d: 2 * d + 1, x: &z }, 1.0, &mut found, &mut curved, work);
            slope(d, n, b, (basis, slopes), &rate, &found, out);
            let entry = |k: usize, l: usize| &curved[(k * 2 * d + l) * n..][..n];
            for (row, column) in (0..m * d).flat_map(|row| (0..m * d).map(move |column| (row, column))) {
                let ((a, j), (a2, k)) = ((row / d, row % d), (column / d, column % d));
                let (qq, qv, vq, vv) = (entry(j, k), entry(j, d + k), entry(d + j, k), entry(d + j, d + k));
                let [f, g, f2, g2] = [basis[a], slopes[a], basis[a2], slopes[a2]];
                let to = &mut second[(row * m * d + column) * n..][..n];
                for e in 0..n {
                    let bent = f * f2 * rate[e] * qq[e] + f * g2 * qv[e] + g * f2 * vq[e] + g * g2 * vv[e] / rate[e];
                    to[e] += b * bent;
                }
            }
            work.give(curved);
            work.give(found);
        }
        work.give(rate);
        work.give(z);
    }
}
/// Adds what Gauss's point of weight b says of the slopes of L_d.
fn slope(d: usize, n: usize, b: f64, (basis, slopes): (&[f64], &[f64]), rate: &[f64], found: &[f64], out: &mut [f64]) {
    for (a, (value, slope)) in basis.iter().zip(slopes).enumerate() {
        for j in 0..d {
            let (q, v) = (&found[j * n..][..n], &found[(d + j) * n..][..n]);
            let to = &mut out[(a * d + j) * n..][..n];
            (0..n).for_each(|e| to[e] += b * (value * rate[e] * q[e] + slope * v[e]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_are_one_at_their_node_and_sum_to_one() {
        for order in [2, 4, 6] {
            let rule = Galerkin::of_order(order).unwrap();
            for (a, node) in rule.nodes().iter().enumerate() {
                let (values, _) = rule.at(*node);
                values.iter().enumerate().for_each(|(b, v)| assert!((v - f64::from(u8::from(a == b))).abs() < 1e-14));
            }
            let (values, slopes) = rule.at(0.3);
            assert!((values.iter().sum::<f64>() - 1.0).abs() < 1e-14 && slopes.iter().sum::<f64>().abs() < 1e-13);
        }
        assert!(Galerkin::of_order(3).is_none());
    }
}
