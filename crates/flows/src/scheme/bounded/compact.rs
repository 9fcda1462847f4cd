//! COMPACT: the Hessian that the last steps tell of, B = theta - W M W^T.
use steepest_core::{Archive, Persist};
use steepest_kernels::{add_pair, dot, pair_products, solve_general};

/// Coordinates that products of all columns are taken of at a time: they stay in the first cache.
pub(super) const BLOCK: usize = 128;

/// Steps s and changes y of the gradient, k of them, in a ring, as W = (Y, theta S) and
/// M^-1 = (-D, L^T; L, theta S^T S), D and L the diagonal of S^T Y and what is below it [ByrdNocedalSchnabel1994, Eq. 3.5].
///
/// Columns of W are in units in which <s, y> = 1, so that M^-1 is as well scaled as the energy lets it be.
#[derive(Clone, Debug)]
pub(super) struct Compact {
    /// One more than are kept, so that a pair which is refused takes the place of none.
    s: Vec<Vec<f64>>,
    y: Vec<Vec<f64>>,
    /// <s_i, y_j> of a newer i and an older j or the same, and <s_i, s_j>, by slots.
    sy: Vec<f64>,
    ss: Vec<f64>,
    next: usize,
    held: usize,
    /// Curvature of what no pair tells of.
    pub theta: f64,
    /// M^-1 and M, 2 k by 2 k, of the pairs held; columns of Y from the oldest on, then those of S.
    pub inverse: Vec<f64>,
    pub middle: Vec<f64>,
    scratch: Vec<f64>,
    pivots: Vec<usize>,
}
impl Compact {
    /// Room for `memory` pairs of `len` numbers.
    pub fn new(memory: usize, len: usize) -> Self {
        let slots = memory + 1;
        let (vectors, square) = (|| vec![vec![0.0; len]; slots], 4 * memory * memory);
        Compact {
            s: vectors(),
            y: vectors(),
            sy: vec![0.0; slots * slots],
            ss: vec![0.0; slots * slots],
            next: 0,
            held: 0,
            theta: 1.0,
            inverse: Vec::with_capacity(square),
            middle: Vec::with_capacity(square),
            scratch: Vec::with_capacity(square),
            pivots: vec![0; 2 * memory],
        }
    }
    /// k
    pub fn held(&self) -> usize {
        self.held
    }
    /// Forgets all.
    pub fn clear(&mut self) {
        (self.next, self.held, self.theta) = (0, 0, 1.0);
    }
    /// The slots of a new pair, s and y, to be filled before [`Compact::keep`].
    pub fn slot(&mut self) -> (&mut [f64], &mut [f64]) {
        (&mut self.s[self.next], &mut self.y[self.next])
    }
    /// Slot of column j, from the oldest on.
    fn at(&self, j: usize) -> usize {
        (self.next + self.s.len() - self.held + j) % self.s.len()
    }
    /// Keeps the pair in the slot, unless its curvature <s, y> is not positive beyond rounding.
    pub fn keep(&mut self) {
        let (new, slots) = (self.next, self.s.len());
        let [ss, sy, _, yy] = pair_products(&self.s[new], &self.y[new], &self.s[new], &self.y[new]);
        if !(sy > 1e-16 * (ss * yy).sqrt() && sy.is_finite() && yy > 0.0) {
            return;
        }
        for j in 0..self.held {
            let at = self.at(j);
            let [s, _, y, _] = pair_products(&self.s[at], &self.y[at], &self.s[new], &self.y[new]);
            self.sy[new * slots + at] = y;
            (self.ss[new * slots + at], self.ss[at * slots + new]) = (s, s);
        }
        (self.sy[new * slots + new], self.ss[new * slots + new]) = (sy, ss);
        self.theta = yy / sy;
        self.next = (new + 1) % slots;
        self.held = (self.held + 1).min(slots - 1);
    }
    /// Makes M of the pairs held; `false` where it is singular.
    pub fn prepare(&mut self) -> bool {
        let (k, slots, theta) = (self.held, self.s.len(), self.theta);
        let n = 2 * k;
        self.inverse.clear();
        self.inverse.resize(n * n, 0.0);
        for i in 0..k {
            self.inverse[i * n + i] = -1.0;
            for j in 0..k {
                let (a, b) = (self.at(i), self.at(j));
                let unit = self.unit(a) * self.unit(b);
                self.inverse[(k + i) * n + k + j] = theta * unit * self.ss[a * slots + b];
                if i > j {
                    let below = unit * self.sy[a * slots + b];
                    (self.inverse[(k + i) * n + j], self.inverse[j * n + k + i]) = (below, below);
                }
            }
        }
        self.scratch.clone_from(&self.inverse);
        self.middle.clear();
        self.middle.resize(n * n, 0.0);
        (0..n).for_each(|i| self.middle[i * n + i] = 1.0);
        solve_general(n, &mut self.scratch, &mut self.pivots[..n], n, &mut self.middle)
            && self.middle.iter().all(|m| m.is_finite())
    }
    /// 1 / sqrt(<s, y>) of a slot.
    fn unit(&self, at: usize) -> f64 {
        1.0 / self.sy[at * (self.s.len() + 1)].sqrt()
    }
    /// Factors of columns j of Y and of S in W.
    fn units(&self, j: usize) -> [f64; 2] {
        let unit = self.unit(self.at(j));
        [unit, self.theta * unit]
    }
    /// out <- W^T v
    pub fn products(&self, v: &[f64], out: &mut [f64]) {
        for j in 0..self.held {
            let (at, [y, s]) = (self.at(j), self.units(j));
            let [sv, _, yv, _] = pair_products(&self.s[at], &self.y[at], v, v);
            (out[j], out[self.held + j]) = (y * yv, s * sv);
        }
    }
    /// out <- out + share W c
    pub fn add(&self, share: f64, c: &[f64], out: &mut [f64]) {
        for j in 0..self.held {
            let (at, [y, s]) = (self.at(j), self.units(j));
            add_pair(share * s * c[self.held + j], &self.s[at], share * y * c[j], &self.y[at], out);
        }
    }
    /// out <- row b of W
    pub fn row(&self, b: usize, out: &mut [f64]) {
        for j in 0..self.held {
            let (at, [y, s]) = (self.at(j), self.units(j));
            (out[j], out[self.held + j]) = (y * self.y[at][b], s * self.s[at][b]);
        }
    }
    /// out <- the products of the columns of W over the coordinates in `free`, 2 k by 2 k; `block` is scratch.
    pub fn gram(&self, free: &[usize], block: &mut Vec<f64>, out: &mut [f64]) {
        let n = 2 * self.held;
        out.fill(0.0);
        for some in free.chunks(BLOCK) {
            block.clear();
            for j in 0..n {
                let (of, at) = (if j < self.held { &self.y } else { &self.s }, self.at(j % self.held));
                block.extend(some.iter().map(|k| of[at][*k]));
            }
            for (i, a) in block.chunks_exact(some.len()).enumerate() {
                for (j, b) in block.chunks_exact(some.len()).enumerate().skip(i) {
                    out[i * n + j] += dot(a, b);
                }
            }
        }
        let unit = |i: usize| self.units(i % self.held)[usize::from(i >= self.held)];
        for i in 0..n {
            for j in i..n {
                let sum = out[i * n + j] * unit(i) * unit(j);
                (out[i * n + j], out[j * n + i]) = (sum, sum);
            }
        }
    }
}
impl Persist for Compact {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { s, y, sy, ss, next, held, theta, inverse: _, middle: _, scratch: _, pivots: _ } = self;
        s.iter_mut().chain(y.iter_mut()).try_for_each(|v| v[..].pass(archive))?;
        sy[..].pass(archive)?;
        ss[..].pass(archive)?;
        next.pass(archive)?;
        held.pass(archive)?;
        theta.pass(archive)?;
        (*next < s.len() && *held < s.len()).then_some(())
    }
}
