//! Sums of exponentials of quadratics: against the formula, and the same bits at every level and in any company.
use steepest_kernels::*;

const UPRIGHT: [Hill; 2] = [
    Hill { height: -2.0, shape: [-1.0, 9.0, -10.0], at: [1.0, 0.0] },
    Hill { height: 3.0, shape: [-0.5, 0.0, 0.2], at: [0.25, -0.5] },
];
const TILTED: [Hill; 2] = [
    Hill { height: -1.7, shape: [-6.5, 11.0, -6.5], at: [-0.5, 1.5] },
    Hill { height: 0.15, shape: [0.7, 0.6, 0.7], at: [-1.0, 1.0] },
];

fn surface() -> Hills {
    Hills::new(UPRIGHT, TILTED)
}

/// [V, dV/dx, dV/dy], and the sizes of what cancels in them.
fn formula(x: f64, y: f64) -> [[f64; 2]; 3] {
    let mut sums = [[0.0; 2]; 3];
    for (k, hill) in UPRIGHT.iter().chain(&TILTED).enumerate() {
        let ([a, b, c], dx, dy) = (hill.shape, x - hill.at[0], y - hill.at[1]);
        let b = if k < 2 { 0.0 } else { b };
        let e = hill.height * (a * dx * dx + b * dx * dy + c * dy * dy).exp();
        for (sum, term) in sums.iter_mut().zip([e, e * (2.0 * a * dx + b * dy), e * (b * dx + 2.0 * c * dy)]) {
            sum[0] += term;
            sum[1] += term.abs();
        }
    }
    sums
}

fn points(n: usize) -> [Vec<f64>; 2] {
    [0, 1].map(|stream| {
        let mut x = vec![0.0; n];
        normals(21, 0, stream, 0, &mut x);
        x
    })
}

/// All three, each started from 0.5.
fn found(scale: f64, x: &[f64], y: &[f64]) -> [Vec<f64>; 3] {
    let [mut v, mut gx, mut gy] = [0; 3].map(|_| vec![0.5; x.len()]);
    hills(&surface(), scale, [x, y], &mut v, [&mut gx, &mut gy]);
    [v, gx, gy]
}

/// A relative error of 1e-12 in a coefficient, a height or an exponential would be seen.
#[test]
fn hills_are_those_of_the_formula() {
    let [x, y] = points(1001);
    let found = found(-1.5, &x, &y);
    for i in 0..x.len() {
        for (got, [sum, size]) in found.iter().zip(formula(x[i], y[i])) {
            let error = (got[i] - (0.5 - 1.5 * sum)).abs();
            assert!(error <= 2e-13 * (1.0 + size), "point {i}: {} is off by {error:e}", got[i]);
        }
    }
}

#[test]
fn hills_have_the_same_bits_at_every_level_and_in_any_company() {
    let [x, y] = points(100);
    let whole = with_level(Level::Portable, || found(0.7, &x, &y));
    for level in Level::available() {
        with_level(level, || {
            for n in [1, 3, 8, 13, 100] {
                for k in (0..100).step_by(n) {
                    let at = k..(k + n).min(100);
                    let part = found(0.7, &x[at.clone()], &y[at.clone()]);
                    for (part, whole) in part.iter().zip(&whole) {
                        assert_eq!(part[..], whole[at.clone()], "{level:?}, {n} from {k}");
                    }
                }
            }
            for n in [1, 8, 13, 100] {
                let [mut gx, mut gy] = [x[..n].to_vec(), y[..n].to_vec()];
                hills(&surface(), -0.1, [&x[..n], &y[..n]], &mut [], [&mut gx, &mut gy]);
                let [mut own, mut own_y] = [x[..n].to_vec(), y[..n].to_vec()];
                slide(&surface(), -0.1, [&mut own, &mut own_y]);
                assert!(own == gx && own_y == gy && own != x[..n], "{level:?}, {n} in place");
            }
            for n in [1, 8, 13, 100] {
                let [q, mut p] = [[&x[..n], &y[..n]].concat(), [&y[..n], &x[..n]].concat()];
                let (mut kicked, mut slopes) = (p.clone(), vec![0.0; 2 * n]);
                let (gx, gy) = slopes.split_at_mut(n);
                hills(&surface(), 0.7, [&q[..n], &q[n..]], &mut [], [gx, gy]);
                axpy_twice(-0.1, -0.05, &slopes, &mut p);
                kick(&surface(), 0.7, [0.1, 0.05], &q, &mut kicked);
                assert_eq!(kicked, p, "{level:?}, {n} kicks");
            }
            let (mut v, mut gy) = (vec![0.5; 100], vec![0.5; 100]);
            hills(&surface(), 0.7, [&x, &y], &mut v, [&mut [], &mut []]);
            hills(&surface(), 0.7, [&x, &y], &mut [], [&mut [], &mut gy]);
            assert!(v == whole[0] && gy == whole[2], "{level:?}: parts of it");
        });
    }
}

/// Where the place is no number or infinite, so is what is found there, at every level.
#[test]
fn nowhere_has_no_height() {
    for level in Level::available() {
        for at in [[f64::NAN, 0.0], [0.0, f64::NAN], [f64::INFINITY, 1.0], [1.0, f64::NEG_INFINITY]] {
            let [v, gx, gy] = with_level(level, || found(1.0, &[at[0]], &[at[1]]));
            assert!(
                v[0].is_nan() && !gx[0].is_finite() && !gy[0].is_finite(),
                "{level:?}, {at:?}: {v:?} {gx:?} {gy:?}"
            );
        }
        let far = with_level(level, || found(1.0, &[1e6], &[-1e6]));
        assert!(far[0][0] > 1e300, "{level:?}: a rising hill is high far out: {far:?}");
    }
}

/// One hill on its axis, from where it is 2^1020 to where it is 2^-1020, both ways of the sign, and none: within the bound that is
/// stated, so that 2e-15 near the top and 2e-13 far down would be seen; then it is infinite, or 0.
#[test]
fn powers_keep_their_bound_and_end_where_they_say() {
    for (height, shape) in [(1.0, -1.0), (-1.0, -1.0), (7.25, 1.0), (-1e-6, 1.0)] {
        let hill = Hill { height, shape: [shape, 0.0, 0.0], at: [0.0, 0.0] };
        let flat = Hill { height: 0.0, ..hill };
        let alone = Hills::new([flat, hill], [flat; 2]);
        for level in Level::available() {
            for k in 0..500 {
                let x = f64::from(k) * 0.05;
                let mut v = [0.0];
                with_level(level, || hills(&alone, 1.0, [&[x], &[0.0]], &mut v, [&mut [], &mut []]));
                let t = shape * x * x;
                // In two factors: e^t alone may be no number.
                let truth = height * (0.5 * t).exp() * (0.5 * t).exp();
                let binary = (t + height.abs().ln()) / std::f64::consts::LN_2;
                if binary.abs() < 1020.0 {
                    let bound = 2f64.powi(-51) * (1.0 + binary.abs()) + 4.0 * f64::EPSILON * (1.0 + t.abs());
                    assert!((v[0] / truth - 1.0).abs() < bound, "{level:?}, {height} at {x}: {} for {truth}", v[0]);
                }
            }
            let (mut v, mut gx) = ([0.0; 3], [0.0; 3]);
            let far = [1e3, 1e150, f64::NAN];
            with_level(level, || hills(&alone, 1.0, [&far, &[0.0; 3]], &mut v, [&mut gx, &mut []]));
            if shape < 0.0 {
                assert!(v[..2] == [0.0; 2] && gx[..2] == [0.0; 2], "{level:?}: {v:?}, {gx:?}");
            } else {
                let ends = [v[0] * height.signum(), v[1] * height.signum(), gx[0] * height.signum()];
                assert_eq!(ends, [f64::INFINITY; 3], "{level:?}");
            }
            assert!(v[2].is_nan() && gx[2].is_nan(), "{level:?}: {v:?}, {gx:?}");
        }
    }
}

/// Slopes in single precision, each started from 0.5.
fn found_single(scale: f64, x: &[f64], y: &[f64]) -> [Vec<f64>; 2] {
    let [mut gx, mut gy] = [0; 2].map(|_| vec![0.5; x.len()]);
    hills_single(&surface(), scale, [x, y], [&mut gx, &mut gy]);
    [gx, gy]
}

/// At places that are numbers of single precision: a relative error of 2e-5 in a coefficient, a height or an exponential would be
/// seen, and slopes that were of double precision as well.
#[test]
fn slopes_in_single_precision_are_those_of_the_formula() {
    let round = |x: Vec<f64>| x.iter().map(|x| f64::from(*x as f32)).collect::<Vec<f64>>();
    let [x, y] = points(1001).map(round);
    let found = found_single(-1.5, &x, &y);
    let mut worst: f64 = 0.0;
    for i in 0..x.len() {
        for (got, [sum, size]) in found.iter().zip(&formula(x[i], y[i])[1..]) {
            let error = (got[i] - (0.5 - 1.5 * sum)).abs() / (1.0 + size);
            worst = worst.max(error);
        }
    }
    assert!((1e-8..8e-6).contains(&worst), "off by {worst:e}");
}

#[test]
fn single_slopes_have_the_same_bits_at_every_level_and_in_any_company() {
    let [x, y] = points(100);
    let whole = with_level(Level::Portable, || found_single(0.7, &x, &y));
    for level in Level::available() {
        with_level(level, || {
            for n in [1, 3, 16, 29, 100] {
                for k in (0..100).step_by(n) {
                    let at = k..(k + n).min(100);
                    let part = found_single(0.7, &x[at.clone()], &y[at.clone()]);
                    for (part, whole) in part.iter().zip(&whole) {
                        assert_eq!(part[..], whole[at.clone()], "{level:?}, {n} from {k}");
                    }
                }
                let [mut gx, mut gy] = [x[..n].to_vec(), y[..n].to_vec()];
                hills_single(&surface(), -0.1, [&x[..n], &y[..n]], [&mut gx, &mut gy]);
                let [mut own, mut own_y] = [x[..n].to_vec(), y[..n].to_vec()];
                slide_single(&surface(), -0.1, [&mut own, &mut own_y]);
                assert!(own == gx && own_y == gy && own != x[..n], "{level:?}, {n} in place");

                let [q, mut p] = [[&x[..n], &y[..n]].concat(), [&y[..n], &x[..n]].concat()];
                let (mut kicked, mut slopes) = (p.clone(), vec![0.0; 2 * n]);
                let (gx, gy) = slopes.split_at_mut(n);
                hills_single(&surface(), 0.7, [&q[..n], &q[n..]], [gx, gy]);
                axpy_twice(-0.1, -0.05, &slopes, &mut p);
                kick_single(&surface(), 0.7, [0.1, 0.05], &q, &mut kicked);
                assert_eq!(kicked, p, "{level:?}, {n} kicks");
            }
            for at in [[f64::NAN, 0.0], [0.0, f64::NAN], [f64::INFINITY, 1.0], [1.0, f64::NEG_INFINITY]] {
                let [gx, gy] = found_single(1.0, &[at[0]], &[at[1]]);
                assert!(!gx[0].is_finite() && !gy[0].is_finite(), "{level:?}, {at:?}: {gx:?} {gy:?}");
            }
        });
    }
}

/// A hill of height 0 is none, in either precision and at every level.
#[test]
fn a_hill_without_height_is_none() {
    let [x, y] = points(100);
    let flat = Hill { height: 0.0, ..UPRIGHT[0] };
    let both = |tilted: [Hill; 2]| {
        let hills_of = Hills::new(UPRIGHT, tilted);
        let (mut double, mut single) = ([vec![0.0; 100], vec![0.0; 100]], [vec![0.0; 100], vec![0.0; 100]]);
        let ([gx, gy], [sx, sy]) = (&mut double, &mut single);
        hills(&hills_of, 1.0, [&x, &y], &mut [], [gx, gy]);
        hills_single(&hills_of, 1.0, [&x, &y], [sx, sy]);
        [double, single].concat().concat()
    };
    for level in Level::available() {
        // As one that is too small to be seen.
        let small = Hill { height: 1e-300, shape: [0.0; 3], at: [0.0; 2] };
        let [none, far] = [flat, small].map(|hill| with_level(level, || both([hill, flat])));
        assert!(none.iter().zip(&far).all(|(a, b)| a == b && a.is_finite()), "{level:?}");
    }
}
