//! Tall matrices of at most eight columns: products whose sums stay in registers, where a blocked product packs more than it sums.
use steepest_kernels::simd;

/// Calls a function of the number of columns as a constant; `false` where there are more than eight.
macro_rules! narrow {
    ($p:expr, $f:ident($($arg:expr),*)) => {
        match $p {
            1 => $f::<1>($($arg),*),
            2 => $f::<2>($($arg),*),
            3 => $f::<3>($($arg),*),
            4 => $f::<4>($($arg),*),
            5 => $f::<5>($($arg),*),
            6 => $f::<6>($($arg),*),
            7 => $f::<7>($($arg),*),
            8 => $f::<8>($($arg),*),
            _ => return false,
        }
    };
}
/// out <- A^T B for A and B with p columns.
pub(super) fn gram(p: usize, a: &[f64], b: &[f64], out: &mut [f64]) -> bool {
    narrow!(p, gram_of(a, b, out));
    true
}
fn gram_of<const P: usize>(a: &[f64], b: &[f64], out: &mut [f64]) {
    simd(
        #[inline(always)]
        || {
            let mut sums = [[0.0f64; P]; P];
            for (a, b) in a.as_chunks::<P>().0.iter().zip(b.as_chunks::<P>().0) {
                for i in 0..P {
                    for j in 0..P {
                        sums[i][j] = a[i].mul_add(b[j], sums[i][j]);
                    }
                }
            }
            out.copy_from_slice(sums.as_flattened());
        },
    );
}
/// v <- v + c X W for W of p by p.
pub(super) fn add_times(p: usize, c: f64, x: &[f64], w: &[f64], v: &mut [f64]) -> bool {
    narrow!(p, add_times_of(c, x, w, v));
    true
}
fn add_times_of<const P: usize>(c: f64, x: &[f64], w: &[f64], v: &mut [f64]) {
    let mut scaled = [[0.0f64; P]; P];
    scaled.as_flattened_mut().iter_mut().zip(w).for_each(|(s, w)| *s = c * w);
    simd(
        #[inline(always)]
        || {
            for (x, v) in x.as_chunks::<P>().0.iter().zip(v.as_chunks_mut::<P>().0) {
                for i in 0..P {
                    for j in 0..P {
                        v[j] = x[i].mul_add(scaled[i][j], v[j]);
                    }
                }
            }
        },
    );
}
/// A factor L of the gram matrix of p columns and X <- X L^-T; the largest of its diagonal's entries and of their inverses, or NaN
/// where there is no factor. `None` where there are more than eight columns.
pub(super) fn factor_out(p: usize, gram: &mut [f64], x: &mut [f64]) -> Option<f64> {
    let mut spread = f64::NAN;
    factor_out_into(p, gram, x, &mut spread).then_some(spread)
}
fn factor_out_into(p: usize, gram: &mut [f64], x: &mut [f64], spread: &mut f64) -> bool {
    narrow!(p, factor_out_of(gram, x, spread));
    true
}
fn factor_out_of<const P: usize>(gram: &mut [f64], x: &mut [f64], spread: &mut f64) {
    let (mut l, mut inverse) = ([[0.0f64; P]; P], [0.0f64; P]);
    l.as_flattened_mut().copy_from_slice(gram);
    *spread = 1.0;
    for j in 0..P {
        for k in 0..j {
            for i in j..P {
                l[i][j] -= l[i][k] * l[j][k];
            }
        }
        let root = l[j][j].sqrt();
        if !(root > 0.0 && root.is_finite()) {
            *spread = f64::NAN;
            return;
        }
        *spread = spread.max(root.max(1.0 / root));
        inverse[j] = 1.0 / root;
        (j..P).for_each(|i| l[i][j] *= inverse[j]);
    }
    simd(
        #[inline(always)]
        || {
            for x in x.as_chunks_mut::<P>().0 {
                for j in 0..P {
                    x[j] *= inverse[j];
                    for i in j + 1..P {
                        x[i] = (-x[j]).mul_add(l[i][j], x[i]);
                    }
                }
            }
        },
    );
}
