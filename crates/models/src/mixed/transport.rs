//! TRANSPORT: from white coordinates z to the effects u of every level of a group, so that z stays nearly white whatever
//! the standard deviations are.
//!
//! For level l with prior N(0, P^-1) let W_l and b_l be the curvature and the pull of its rows, as found once at the pilot,
//! and B_l what the pull changes by with the fixed effects gamma. Then
//!
//! ```text
//! R R^T = W_l + follow_l P,    u = R^-T (R^-1 (b_l - B_l (gamma - centre)) + z)
//! ```
//!
//! which for a gaussian response is the exact conditional law of u when z ~ N(0, 1). Levels without data (W = 0) are moved
//! non-centred, u = P^-1/2 z; levels with much (W >> P) centred, the scale of u being that of the data; between the two there is
//! no seam [PapaspiliopoulosRobertsSkold2007; Kleppe2019]. The map is exact and its Jacobian is in the energy (1 / beta of it at an inverse
//! temperature beta), so W, b and B change the speed of a sampler and never its law.
use steepest_kernels::{axpy, dot, log, simd, sum};

/// The fixed numbers of the map. Arrays run over levels: entry (i, j) of a matrix, i >= j, is at tri(i, j) * levels.
#[derive(Clone, Debug)]
pub(super) struct Transport {
    /// Effects a level has.
    pub(super) k: usize,
    pub(super) levels: usize,
    /// W, plus whatever of the prior's precision is held fixed.
    pub(super) curvature: Vec<f64>,
    /// 1 where the prior's precision is followed, 0 where it is held fixed (centred).
    pub(super) follow: Vec<f64>,
    /// b
    pub(super) pull: Vec<f64>,
    /// B, one array of k * levels for each fixed effect; empty where the effects do not follow them.
    pub(super) coupling: Vec<Vec<f64>>,
    /// How often the Jacobian counts.
    pub(super) jacobian: f64,
}

/// Place of entry (i, j), i >= j, of a lower triangle.
pub(super) fn tri(i: usize, j: usize) -> usize {
    i * (i + 1) / 2 + j
}

/// What the way there sets, for one chain, and the way back needs.
#[derive(Debug)]
pub(super) struct Passage<'a> {
    /// R, as [`Transport::curvature`].
    pub(super) root: &'a mut [f64],
    /// R^-1 c, k arrays.
    pub(super) middle: &'a mut [f64],
    /// u, k arrays.
    pub(super) effects: &'a mut [f64],
}

impl Transport {
    /// Moves nothing: u = P^-1/2 z.
    pub(super) fn noncentred(k: usize, levels: usize) -> Transport {
        let curvature = vec![0.0; tri(k, 0) * levels];
        Transport {
            k,
            levels,
            curvature,
            follow: vec![1.0; levels],
            pull: vec![0.0; k * levels],
            coupling: Vec::new(),
            jacobian: 1.0,
        }
    }

    /// Numbers in `root`.
    pub(super) fn roots(&self) -> usize {
        tri(self.k, 0) * self.levels
    }

    /// Sets `passage` from z and the prior's precision (row-major k by k); returns -log of the Jacobian, as often
    /// as it counts.
    pub(super) fn forward(&self, precision: &[f64], moved: &[f64], z: &[f64], passage: &mut Passage<'_>) -> f64 {
        let Passage { root, middle, effects } = passage;
        self.root(precision, root);
        middle.copy_from_slice(&self.pull);
        for (by, shift) in self.coupling.iter().zip(moved) {
            axpy(-shift, by, middle);
        }
        let (k, l) = (self.k, self.levels);
        for i in 0..k {
            let (before, at) = middle.split_at_mut(i * l);
            for j in 0..i {
                less(&mut at[..l], &root[tri(i, j) * l..][..l], &before[j * l..][..l]);
            }
            over(&mut at[..l], &root[tri(i, i) * l..][..l]);
        }
        simd(|| {
            for ((u, y), z) in effects.iter_mut().zip(middle.iter()).zip(z) {
                *u = y + z;
            }
        });
        upward(k, l, root, effects);
        let mut energy = 0.0;
        for i in 0..k {
            energy += ln_sum(&root[tri(i, i) * l..][..l]);
        }
        self.jacobian * energy
    }

    fn root(&self, precision: &[f64], root: &mut [f64]) {
        let (k, l) = (self.k, self.levels);
        for i in 0..k {
            for j in 0..=i {
                let p = precision[i * k + j];
                let at = tri(i, j) * l..(tri(i, j) + 1) * l;
                let (out, w) = (&mut root[at.clone()], &self.curvature[at]);
                simd(|| {
                    for ((r, w), f) in out.iter_mut().zip(w).zip(&self.follow) {
                        *r = f.mul_add(p, *w);
                    }
                });
            }
        }
        for i in 0..k {
            for j in 0..=i {
                let (before, at) = root.split_at_mut(tri(i, j) * l);
                let at = &mut at[..l];
                for m in 0..j {
                    // Rows of the factor found so far: (i, m) and (j, m) both come before (i, j).
                    less(at, &before[tri(i, m) * l..][..l], &before[tri(j, m) * l..][..l]);
                }
                if i == j {
                    simd(|| at.iter_mut().for_each(|r| *r = r.sqrt()));
                } else {
                    over(at, &before[tri(j, j) * l..][..l]);
                }
            }
        }
    }

    /// The way back. `slopes` are those of the energy in the effects, prior included, and become those in z; adds the slopes in
    /// the moves of the fixed effects to `moved` and those in the lower triangle of the precision to `precision`.
    pub(super) fn backward(
        &self,
        [root, middle, effects]: [&[f64]; 3],
        slopes: &mut [f64],
        moved: &mut [f64],
        precision: &mut [f64],
        scratch: &mut [f64],
    ) {
        let (k, l) = (self.k, self.levels);
        let (by_root, pull) = scratch[..self.roots() + k * l].split_at_mut(self.roots());
        // a = R^-1 slopes, the slopes in z.
        for i in 0..k {
            let (before, at) = slopes.split_at_mut(i * l);
            for j in 0..i {
                less(&mut at[..l], &root[tri(i, j) * l..][..l], &before[j * l..][..l]);
            }
            over(&mut at[..l], &root[tri(i, i) * l..][..l]);
        }
        pull.copy_from_slice(slopes);
        upward(k, l, root, pull);
        for (by, out) in self.coupling.iter().zip(moved) {
            *out -= dot(by, pull);
        }
        for i in 0..k {
            for j in 0..=i {
                let out = &mut by_root[tri(i, j) * l..][..l];
                let (u, a) = (&effects[i * l..][..l], &slopes[j * l..][..l]);
                let (c, y) = (&pull[i * l..][..l], &middle[j * l..][..l]);
                simd(|| {
                    for (((o, u), a), (c, y)) in out.iter_mut().zip(u).zip(a).zip(c.iter().zip(y)) {
                        *o = -u.mul_add(*a, c * y);
                    }
                });
                if i == j {
                    let (r, jacobian) = (&root[tri(i, i) * l..][..l], self.jacobian);
                    simd(|| out.iter_mut().zip(r).for_each(|(o, r)| *o += jacobian * r.recip()));
                }
            }
        }
        self.through_root(root, by_root);
        for i in 0..k {
            for j in 0..=i {
                precision[tri(i, j)] += dot(&self.follow, &by_root[tri(i, j) * l..][..l]);
            }
        }
    }

    /// Turns slopes in R into slopes in R R^T, the Cholesky factorisation run backwards [Murray2016].
    fn through_root(&self, root: &[f64], by_root: &mut [f64]) {
        let (k, l) = (self.k, self.levels);
        for j in (0..k).rev() {
            for i in (j..k).rev() {
                let pivot = &root[tri(j, j) * l..][..l];
                let (before, at) = by_root.split_at_mut(tri(i, j) * l);
                let at = &mut at[..l];
                if i == j {
                    simd(|| at.iter_mut().zip(pivot).for_each(|(s, r)| *s *= 0.5 / r));
                } else {
                    over(at, pivot);
                    less(&mut before[tri(j, j) * l..][..l], at, &root[tri(i, j) * l..][..l]);
                }
                for m in 0..j {
                    let (s, rows) = (&*at, [&root[tri(j, m) * l..][..l], &root[tri(i, m) * l..][..l]]);
                    less(&mut before[tri(i, m) * l..][..l], s, rows[0]);
                    less(&mut before[tri(j, m) * l..][..l], s, rows[1]);
                }
            }
        }
    }

    /// The z of these effects.
    pub(super) fn locate(&self, precision: &[f64], moved: &[f64], effects: &[f64], z: &mut [f64]) {
        let (k, l) = (self.k, self.levels);
        let (mut root, mut middle) = (vec![0.0; self.roots()], vec![0.0; k * l]);
        let mut found = vec![0.0; k * l];
        let mut passage = Passage { root: &mut root, middle: &mut middle, effects: &mut found };
        self.forward(precision, moved, &vec![0.0; k * l], &mut passage);
        for i in 0..k {
            for level in 0..l {
                let a: f64 = (i..k).map(|m| root[tri(m, i) * l + level] * effects[m * l + level]).sum();
                z[i * l + level] = a - middle[i * l + level];
            }
        }
    }
}

/// x <- R^-T x for every level.
fn upward(k: usize, l: usize, root: &[f64], x: &mut [f64]) {
    for i in (0..k).rev() {
        let (at, after) = x[i * l..].split_at_mut(l);
        for j in i + 1..k {
            less(at, &root[tri(j, i) * l..][..l], &after[(j - i - 1) * l..][..l]);
        }
        over(at, &root[tri(i, i) * l..][..l]);
    }
}
/// x <- x - a b
fn less(x: &mut [f64], a: &[f64], b: &[f64]) {
    simd(|| {
        for ((x, a), b) in x.iter_mut().zip(a).zip(b) {
            *x = (-a).mul_add(*b, *x);
        }
    });
}
/// x <- x / a
fn over(x: &mut [f64], a: &[f64]) {
    simd(|| x.iter_mut().zip(a).for_each(|(x, a)| *x /= a));
}
/// The sum of the logarithms of positive numbers: of products of eight, which neither overflow nor vanish for pivots of any
/// sensible size; where they do, one by one.
fn ln_sum(x: &[f64]) -> f64 {
    let (mut total, (eights, rest)) = (0.0, x.as_chunks::<8>());
    let one_by_one = |x: &[f64]| x.iter().map(|x| x.ln()).sum::<f64>();
    for block in eights.chunks(64) {
        let mut products = [1.0; 64];
        simd(|| {
            for (p, x) in products.iter_mut().zip(block) {
                *p = ((x[0] * x[1]) * (x[2] * x[3])) * ((x[4] * x[5]) * (x[6] * x[7]));
            }
        });
        if products.iter().all(|p| p.is_normal()) {
            log(&mut products[..block.len()]);
            total += sum(&products[..block.len()]);
        } else {
            total += block.iter().map(|x| one_by_one(x)).sum::<f64>();
        }
    }
    total + one_by_one(rest)
}
