//! The functions of a tape against values from 60-digit arithmetic, and the checks a program passes.
#![allow(clippy::approx_constant)] // the tables hold numbers as computed
mod programs;
use super::{Binary, Instruction, Tape, Ternary, Unary, WIDE};

/// Distance in units of the last place of `b`.
fn ulps(a: f64, b: f64) -> f64 {
    (a - b).abs() / (f64::from_bits(b.abs().to_bits() + 1) - b.abs())
}
fn check(f: Unary, bound: f64, table: &[(f64, f64)]) {
    for &(x, expected) in table {
        let got = f.apply(x);
        assert!(ulps(got, expected) <= bound, "{f:?}({x:e}) = {got:e} and not {expected:e}");
    }
}

#[test]
fn elementary_functions_are_within_their_bounds() {
    check(
        Unary::Log1p,
        3.0,
        &[
            (1e-300, 1e-300),
            (1e-17, 1e-17),
            (-1e-09, -1.0000000005000001e-09),
            (3e-05, 2.99995500089998e-05),
            (-0.25, -0.2876820724517809),
            (0.4142, 0.3465640001880034),
            (0.5, 0.4054651081081644),
            (-0.999, -6.907755278982136),
            (1.5, 0.9162907318741551),
            (7.0, 2.0794415416798357),
            (1000000000000000.0, 34.538776394910684),
            (1e+300, 690.7755278982137),
        ],
    );
    check(
        Unary::Tan,
        4.0,
        &[
            (1e-09, 1e-09),
            (0.3, 0.30933624960962325),
            (-0.7853981633974483, -0.9999999999999999),
            (1.5, 14.101419947171719),
            (1.5707963267948966, 1.633123935319537e+16),
            (3.0, -0.1425465430742778),
            (-100.0, 0.5872139151569291),
            (12345.678, -0.9914971407432149),
        ],
    );
    check(
        Unary::Atan,
        2.0,
        &[
            (1e-200, 1e-200),
            (0.1, 0.09966865249116204),
            (-0.414213562373095, -0.3926990816987241),
            (0.42, 0.3976279915221293),
            (1.0, 0.7853981633974483),
            (-2.414, -1.1780659672490903),
            (2.4143, 1.1781099032067213),
            (17.0, 1.512040504079174),
            (-1e+300, -1.5707963267948966),
        ],
    );
    check(
        Unary::Erf,
        2.0,
        &[
            (1e-300, 1.1283791670955126e-300),
            (1e-05, 1.1283791670579e-05),
            (0.1, 0.1124629160182849),
            (-0.5, -0.5204998778130465),
            (0.9999999, 0.842700751438961),
            (1.0, 0.8427007929497149),
            (1.0000001, 0.8427008344604605),
            (1.5, 0.9661051464753108),
            (-2.0, -0.9953222650189527),
            (2.9, 0.9999589021219005),
            (4.0, 0.9999999845827421),
            (5.5, 0.9999999999999927),
            (7.0, 1.0),
        ],
    );
}

#[test]
fn gamma_functions_are_within_their_bounds() {
    let lgamma = [
        (1e-300, 690.7755278982137),
        (1e-08, 18.42068073818021),
        (0.1, 2.252712651734206),
        (0.5, 0.5723649429247001),
        (1.0, 0.0),
        (1.25, -0.09827183642181316),
        (2.0, 0.0),
        (2.5, 0.2846828704729192),
        (5.0, 3.1780538303479458),
        (10.5, 13.940625219403763),
        (11.999, 17.499865227646104),
        (12.0, 17.502307845873887),
        (100.0, 359.1342053695754),
        (1000000.0, 12815504.569147611),
        (1e+300, 6.897755278982137e+302),
        (-0.5, 1.2655121234846454),
        (-1.5, 0.860047015376481),
        (-3.3, -0.8243558050174264),
        (-20.7, -43.105133189536225),
    ];
    for (x, expected) in lgamma {
        let got = Unary::Lgamma.apply(x);
        assert!((got - expected).abs() <= 5e-15 + 1e-15 * expected.abs(), "lgamma({x}) = {got} and not {expected}");
    }
    let polygamma: [&[(f64, f64)]; 4] = [
        &[
            (1e-05, -100000.57719921567),
            (0.1, -10.423754940411076),
            (0.5, -1.9635100260214235),
            (1.0, -0.5772156649015329),
            (2.0, 0.42278433509846713),
            (7.5, 1.9467574842460869),
            (12.0, 2.442661679975812),
            (100.0, 4.600161852738087),
            (1000000.0, 13.815510057964191),
            (-0.5, 0.03648997397857652),
            (-2.75, -1.959055264977997),
        ],
        &[
            (1e-05, 10000000001.644909),
            (0.1, 101.43329915079275),
            (0.5, 4.934802200544679),
            (1.0, 1.6449340668482264),
            (2.0, 0.6449340668482264),
            (7.5, 0.1426158966967038),
            (12.0, 0.08690187287176838),
            (100.0, 0.010050166663333571),
            (1000000.0, 1.0000005000001667e-06),
            (-0.5, 8.934802200544679),
            (-2.75, 19.433868949488463),
        ],
        &[
            (1e-05, -2000000000000002.0),
            (0.1, -2001.8614573783436),
            (0.5, -16.82879664423432),
            (1.0, -2.4041138063191885),
            (2.0, -0.4041138063191886),
            (7.5, -0.020305252536644666),
            (12.0, -0.007547205368998912),
            (100.0, -0.00010100499983335),
            (1000000.0, -1.0000010000005e-12),
            (-0.5, -0.82879664423432),
            (-2.75, -124.11765305971518),
        ],
        &[
            (1e-05, 5.999999999999999e+20),
            (0.1, 60004.51287679026),
            (0.5, 97.40909103400244),
            (1.0, 6.493939402266829),
            (2.0, 0.49393940226682914),
            (7.5, 0.005772436656578694),
            (12.0, 0.001310093231070826),
            (100.0, 2.030199990001333e-06),
            (1000000.0, 2.000003000002e-18),
            (-0.5, 193.40909103400244),
            (-2.75, 1558.4897512832936),
        ],
    ];
    for (m, table) in (0..).zip(polygamma) {
        for &(x, expected) in table {
            let got = Unary::Polygamma(m).apply(x);
            assert!(
                (got - expected).abs() <= 2e-14 * expected.abs() + 4e-15,
                "psi_{m}({x}) = {got} and not {expected}"
            );
        }
    }
}

#[test]
fn powers_are_within_their_bound_and_keep_the_edges() {
    let table = [
        (1.0000001, 10000000.0, 2.7182816941320818),
        (2.0, 0.3, 1.2311444133449163),
        (10.0, 300.5, 3.1622776601683795e+300),
        (10.0, -300.5, 3.1622776601683794e-301),
        (0.999, 100000.0, 3.5385276883431275e-44),
        (1.5, -1234.567, 4.0136784937067215e-218),
        (5e-324, 0.5, 2.2227587494850775e-162),
        (1e-310, 0.1, 9.999999999999957e-32),
        (1e+308, 0.99, 8.317637711026657e+304),
        (-2.0, 3.0, -8.0),
        (-3.0, 101.0, -1.546132562196034e+48),
        (-1.1, -6.0, 0.5644739300537771),
        (0.7, 0.1, 0.9649610951198176),
        (1.4142, 7.7, 14.4189426142694),
        (1.41422, 7.7, 14.42051284646146),
        (3.0, 646.0, 1.6608505280233425e+308),
        (2.0, -1060.0, 8.095e-320),
    ];
    for (x, y, expected) in table {
        let got = Binary::Pow.apply(x, y);
        assert!(ulps(got, expected) <= 2.0, "{x}^{y} = {got:e} and not {expected:e}");
    }
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    let edges = [
        (0.0, 2.5, 0.0),
        (0.0, -2.5, inf),
        (0.0, 0.0, 1.0),
        (-0.0, 3.0, 0.0),
        (inf, 0.5, inf),
        (inf, -0.5, 0.0),
        (nan, 0.0, 1.0),
        (1.0, nan, 1.0),
        (2.0, inf, inf),
        (0.5, inf, 0.0),
        (2.0, -inf, 0.0),
        (10.0, 400.0, inf),
        (10.0, -400.0, 0.0),
    ];
    for (x, y, expected) in edges {
        assert_eq!(Binary::Pow.apply(x, y), expected, "{x}^{y}");
    }
    for (x, y) in [(-2.0, 0.5), (nan, 2.0), (2.0, nan), (-1.0, 1e-300)] {
        assert!(Binary::Pow.apply(x, y).is_nan(), "{x}^{y}");
    }
}

#[test]
fn extrema_and_gates_follow_their_definitions() {
    assert_eq!((Binary::Min.apply(1.0, 2.0), Binary::Max.apply(1.0, 2.0)), (1.0, 2.0));
    for (a, b) in [(f64::NAN, 1.0), (1.0, f64::NAN)] {
        assert!(Binary::Min.apply(a, b).is_nan() && Binary::Max.apply(a, b).is_nan());
    }
    let signs = [-2.0, 0.0, 3.0].map(|x| Unary::Sign.apply(x));
    assert_eq!(signs, [-1.0, 0.0, 1.0]);
    let code = vec![
        Instruction::ternary(Ternary::WhereNotLess, 3, [0, 1, 2]),
        Instruction::ternary(Ternary::WhereGreater, 4, [0, 1, 2]),
    ];
    let tape = Tape::new(vec![], 3, code, vec![(1.0, 3), (1.0, 4)]).unwrap();
    let x = [1.0, 2.0, 3.0, 2.0, 2.0, 2.0, f64::INFINITY, 7.0, 7.0]; // a = 1, 2, 3; b = 2; c = inf, 7, 7
    let (mut out, mut scratch) = ([0.0; 6], vec![0.0; tape.scratch(3)]);
    tape.accumulate(3, &x, 1.0, &mut [&mut out], &mut scratch);
    assert_eq!(out, [0.0, 7.0, 7.0, 0.0, 0.0, 7.0]);
}

#[test]
fn unsound_programs_are_refused() {
    let neg = |out, a| Instruction::unary(Unary::Neg, out, a);
    let program = |code: Vec<Instruction>, outputs: Vec<u32>| {
        Tape::new(vec![1.0], 1, code, outputs.into_iter().map(|r| (1.0, r)).collect())
    };
    assert!(program(vec![neg(2, 1)], vec![2]).is_some());
    assert!(program(vec![], vec![0, 1]).is_some());
    assert!(program(vec![neg(2, 3)], vec![2]).is_none(), "reads a register that is never written");
    assert!(program(vec![neg(2, 2)], vec![2]).is_none(), "reads what it writes");
    assert!(program(vec![neg(0, 1)], vec![0]).is_none(), "overwrites a constant");
    assert!(program(vec![neg(1, 0)], vec![1]).is_none(), "overwrites an input");
    assert!(program(vec![neg(u32::MAX, 1)], vec![1]).is_none(), "asks for absurd memory");
    assert!(program(vec![neg(2, 1)], vec![3]).is_none(), "an output that is never written");
}

/// 3 x^2 + x^2: a square that is read again is not taken into its product, whatever stands between them.
#[test]
fn a_square_that_is_read_twice_is_kept() {
    let [add, mul] = [Binary::Add, Binary::Mul].map(|f| move |out, from| Instruction::binary(f, out, from));
    let code = vec![Instruction::unary(Unary::Square, 3, 2), add(4, [1, 2]), mul(5, [0, 3]), add(6, [5, 3])];
    let tape = Tape::new(vec![3.0, 1.0], 1, code, vec![(1.0, 6)]).unwrap();
    let (mut out, mut scratch) = ([0.0], vec![0.0; tape.scratch(1)]);
    tape.accumulate(1, &[2.0], 1.0, &mut [&mut out], &mut scratch);
    assert_eq!(out, [16.0]);
}

#[test]
fn batches_of_any_length_agree_and_scratch_may_be_dirty() {
    let code = vec![Instruction::unary(Unary::Exp, 2, 1), Instruction::ternary(Ternary::MulAdd, 3, [2, 2, 0])];
    let tape = Tape::new(vec![0.25], 1, code, vec![(1.0, 3), (1.0, 1)]).unwrap();
    let x: Vec<f64> = (0..200).map(|i| f64::from(i) / 100.0 - 1.0).collect();
    for n in [0, 1, 8, 15, 16, 17, WIDE, WIDE + 1, 200] {
        let (mut out, mut scratch) = (vec![1.0; 2 * n], vec![f64::NAN; tape.scratch(n)]);
        let (value, input) = out.split_at_mut(n);
        tape.accumulate(n, &x[..n], 2.0, &mut [value, input], &mut scratch);
        for i in 0..n {
            let e = Unary::Exp.apply(x[i]);
            assert_eq!(
                (out[i], out[n + i]),
                (2f64.mul_add(e.mul_add(e, 0.25), 1.0), 2f64.mul_add(x[i], 1.0)),
                "n = {n}, i = {i}"
            );
        }
    }
}
