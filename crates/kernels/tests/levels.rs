//! Every instruction set gives the same bits, and so does every length, alignment and company a number is in.
use steepest_kernels::*;

/// The result at each level the processor has must be that of the plainest.
fn agree<T: PartialEq + std::fmt::Debug>(what: &str, f: impl Fn() -> T) {
    let plain = with_level(Level::Portable, &f);
    for at in Level::available() {
        let other = with_level(at, || {
            assert_eq!(level(), at);
            f()
        });
        assert!(other == plain, "{what}: {at:?} differs from Portable");
    }
}

/// Bits, with every NaN made one.
fn bits(x: &[f64]) -> Vec<u64> {
    x.iter().map(|x| if x.is_nan() { u64::MAX } else { x.to_bits() }).collect()
}

/// Numbers of every size and sign, and the special ones.
fn arguments() -> Vec<f64> {
    let special = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        1e-310,
        -1e-310,
        5e-324,
        f64::MIN_POSITIVE,
        f64::MAX,
        f64::MIN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        709.7,
        709.8,
        -745.1,
        -745.2,
        36.7,
        -36.8,
        1e9,
    ];
    let mut x = vec![0.0; 3000];
    normals(3, 1, 4, 0, &mut x);
    let powers = x.iter().enumerate().map(|(i, x)| x * 10f64.powi((i % 41) as i32 - 20));
    // Whole vectors beside the ends of ranges, which a level may treat its own way: 2^512, and the largest and least numbers there are.
    let ends = [354.89, -354.89, 709.5, -708.4, -745.0].into_iter();
    let ends = ends.flat_map(|end| (0..96).map(move |i| end + 0.01 * f64::from(i - 48)));
    ends.chain(special).chain(x.iter().copied()).chain(x.iter().map(|x| 50.0 * x)).chain(powers).collect()
}

type Function = fn(&mut [f64]);
const FUNCTIONS: [(&str, Function); 9] = [
    ("exp", exp),
    ("expm1", expm1),
    ("log", log),
    ("log1p_exp", log1p_exp),
    ("logistic", logistic),
    ("tanh", tanh),
    ("sin", sin),
    ("cos", cos),
    ("sqrt", sqrt),
];

#[test]
fn elementary_functions_have_the_same_bits() {
    let x = arguments();
    for (name, f) in FUNCTIONS {
        agree(name, || {
            let mut y = x.clone();
            f(&mut y);
            bits(&y)
        });
    }
    agree("pow", || {
        let mut y = x.clone();
        pow(&mut y, &x.iter().rev().copied().collect::<Vec<_>>());
        bits(&y)
    });
}

#[test]
fn a_number_does_not_see_its_neighbours() {
    let x = arguments();
    for (name, f) in FUNCTIONS {
        let mut whole = x.clone();
        f(&mut whole);
        for length in [1, 3, 8, 13, 64] {
            let mut parts = x.clone();
            parts.chunks_mut(length).for_each(f);
            assert_eq!(bits(&whole), bits(&parts), "{name} in pieces of {length}");
        }
    }
}

#[test]
fn random_numbers_have_the_same_bits() {
    for (name, fill) in [
        ("normals", normals as fn(u64, u64, u16, u64, &mut [f64])),
        ("normals_single", normals_single),
        ("uniforms", uniforms),
        ("shock", |key, step, stream, start, y| shock(0.9, 0.3, key, step, stream, start, y)),
        ("shock_single", |key, step, stream, start, y| shock_single(0.9, 0.3, key, step, stream, start, y)),
    ] {
        agree(name, || {
            let mut z = vec![1.5; 5000];
            fill(0x1234_5678_9abc_def0, (3 << 40) + 17, 9, (7 << 34) + 5, &mut z);
            bits(&z)
        });
    }
}

#[test]
fn sums_and_updates_have_the_same_bits() {
    let mut x = vec![0.0; 1003];
    normals(1, 2, 3, 0, &mut x);
    for n in [0, 1, 7, 8, 9, 31, 32, 33, 64, 100, 1003] {
        let x = &x[..n];
        agree("sum", || sum(x).to_bits());
        agree("dot", || dot(x, x).to_bits());
        agree("log_sum_exp", || log_sum_exp(x).to_bits());
        agree("updates", || {
            let mut y = x.iter().rev().copied().collect::<Vec<_>>();
            axpy(0.3, x, &mut y);
            bits(&y)
        });
    }
}

#[test]
fn products_of_points_have_the_same_bits_in_any_company() {
    let (m, d) = (5, 7);
    let mut a = vec![0.0; m * d];
    normals(4, 0, 0, 0, &mut a);
    let point = |i: u64| {
        let mut x = vec![0.0; d];
        normals(5, i, 0, 0, &mut x);
        x
    };
    let alone = |i: u64| {
        let mut out = vec![0.25; m];
        apply([m, d, 1], 1.5, &a, &point(i), &mut out);
        bits(&out)
    };
    for n in [1, 2, 7, 8, 9, 31, 32, 45] {
        agree("apply", || {
            let mut x = vec![0.0; d * n];
            for i in 0..n {
                for (j, v) in point(i as u64).into_iter().enumerate() {
                    x[j * n + i] = v;
                }
            }
            let mut out = vec![0.25; m * n];
            apply([m, d, n], 1.5, &a, &x, &mut out);
            for i in 0..n {
                let column: Vec<_> = (0..m).map(|j| out[j * n + i]).collect();
                assert_eq!(bits(&column), alone(i as u64), "point {i} of {n}");
            }
            bits(&out)
        });
    }
}

#[test]
fn simd_runs_a_closure_at_every_level() {
    let x: Vec<f64> = (0..100).map(f64::from).collect();
    agree("simd", || simd(|| x.iter().map(|x| x.mul_add(3.0, 1.0).sqrt()).sum::<f64>()).to_bits());
}

#[test]
fn with_level_restores_the_level_even_after_a_panic() {
    let before = level();
    let caught = std::panic::catch_unwind(|| with_level(Level::Portable, || panic!("on purpose")));
    assert!(caught.is_err());
    assert_eq!(level(), before);
}

/// Products and sums of pairs, at every length around a vector.
#[test]
fn pairs_agree_at_every_level() {
    let mut numbers = vec![0.0; 4 * 70];
    normals(5, 1, 4, 0, &mut numbers);
    for n in 0..70 {
        let [s, y, a, b]: [&[f64]; 4] = std::array::from_fn(|k| &numbers[70 * k..70 * k + n]);
        agree("pair_products", || pair_products(s, y, a, b).map(f64::to_bits));
        let exact = |u: &[f64], v: &[f64]| u.iter().zip(v).map(|(u, v)| u * v).sum::<f64>();
        let found = pair_products(s, y, a, b);
        let wanted = [exact(s, a), exact(s, b), exact(y, a), exact(y, b)];
        assert!(found.iter().zip(wanted).all(|(f, w)| (f - w).abs() < 1e-12), "{n}");
        agree("add_pair", || {
            let mut out = a.to_vec();
            add_pair(0.3, s, -0.7, y, &mut out);
            bits(&out)
        });
    }
}

/// Points of any distance from the sun, in it and beyond all bounds, alone and in company; with a seam and without.
#[test]
fn orbits_have_the_same_bits_at_every_level_and_in_any_company() {
    for units in [&[[0.01, 0.0, 0.005, 0.005]][..], &[[0.004, 0.006, 0.01, 0.0], [0.01, 0.0, 0.003, 0.007]]] {
        for n in [1, 2, 7, 9, 64, 77, 200] {
            let mut state = vec![0.0; 4 * n];
            normals(5, 0, 0, 0, &mut state);
            for (i, x) in state[..2 * n].iter_mut().enumerate() {
                let far = [1e-120, 1e-60, 1e-3, 1.0, 1.0, 1.0, 1.0, 1.0, 1e3, 1e80, 1e105, 1e160, 0.0, f64::INFINITY];
                *x *= far[i % n % far.len()];
            }
            let after = |points: std::ops::Range<usize>| {
                let part = |k: usize| [&state[k * n..][points.clone()], &state[(k + 1) * n..][points.clone()]].concat();
                let (mut q, mut p) = (part(0), part(2));
                orbits(1.3, units, 20, &mut q, &mut p);
                let m = points.len();
                (0..m).map(|i| bits(&[q[i], q[m + i], p[i], p[m + i]])).collect::<Vec<_>>()
            };
            agree("orbits", || after(0..n));
            let together = after(0..n);
            for (i, point) in together.iter().enumerate() {
                assert_eq!(&after(i..i + 1)[0], point, "point {i} of {n}");
            }
        }
    }
}
