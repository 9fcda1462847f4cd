//! Tapes over the rows of a sheet: sums and slopes by level are those of a loop, at every instruction set, and unsound ones are refused.
use steepest_kernels::tape::{Binary, Instruction, RowTape, Sheet, Source, Tape, Unary};
use steepest_kernels::{Level, with_level};

const LEVELS: u32 = 5;

/// Row r of two columns and its code.
fn row(r: usize) -> (f64, f64, u32) {
    ((r as f64 * 0.37).sin(), (r as f64 * 0.11).cos() + 1.5, (r * r + r / 3) as u32 % LEVELS)
}
fn sheet(rows: usize) -> (Sheet, [u32; 3]) {
    let mut sheet = Sheet::new(rows);
    let columns = (0..rows).map(row);
    let a: Vec<f64> = columns.clone().map(|(a, _, _)| a).collect();
    let b: Vec<f64> = columns.clone().map(|(_, b, _)| b).collect();
    let codes: Vec<u32> = columns.map(|(_, _, code)| code).collect();
    let places = [sheet.column(&a), sheet.column(&b), sheet.codes(&codes)];
    (sheet, places)
}
/// Inputs a, b, level, value: outputs 2 a b + value, log b, a (level - value) of which the last goes to the level.
fn program(sheet: &Sheet, [a, b, codes]: [u32; 3]) -> RowTape {
    let code = vec![
        Instruction::binary(Binary::Mul, 5, [1, 2]),
        Instruction::binary(Binary::Mul, 6, [0, 5]),
        Instruction::binary(Binary::Add, 7, [6, 4]),
        Instruction::unary(Unary::Log, 8, 2),
        Instruction::binary(Binary::Sub, 9, [3, 4]),
        Instruction::binary(Binary::Mul, 10, [1, 9]),
    ];
    let tape = Tape::new(vec![2.0], 4, code, vec![(1.0, 7), (-3.0, 8), (0.5, 10)]).unwrap();
    let level = Source::Level { codes, first: 1 };
    let sources = vec![Source::Column(a), Source::Column(b), level, Source::Value(1)];
    RowTape::new(tape, sheet, sources, vec![level]).unwrap()
}
const VALUES: [f64; 2] = [f64::NAN, 0.7];
const GIVEN: [f64; 6] = [f64::NAN, 0.1, 0.2, -0.3, 0.4, 1.5];

fn sums(rows: usize, range: std::ops::Range<usize>) -> ([f64; 2], [f64; 6]) {
    let (sheet, places) = sheet(rows);
    let tape = program(&sheet, places);
    let (mut sums, mut slopes) = ([0.25, 0.0], [0.0; 6]);
    let mut scratch = vec![f64::NAN; tape.scratch(range.len())];
    tape.sums(&sheet, range, (&VALUES, &GIVEN), &mut sums, &mut slopes, &mut scratch);
    (sums, slopes)
}

/// Rounding is below 1e-13 here: one row too many or too few, or one wrong level, dies.
#[test]
fn sums_are_those_of_a_loop() {
    for rows in [1, 7, 8, 9, 16, 17, 64, 65, 200, 1025] {
        for range in [0..rows, rows / 3..rows, rows - 1..rows] {
            let (found, slopes) = sums(rows, range.clone());
            let (mut expected, mut by_level) = ([0.25, 0.0], [0.0; 6]);
            for (a, b, code) in range.clone().map(row) {
                expected[0] += 2.0 * a * b + 0.7;
                expected[1] -= 3.0 * b.ln();
                by_level[1 + code as usize] += 0.5 * a * (GIVEN[1 + code as usize] - 0.7);
            }
            let close = |x: &[f64], y: &[f64]| x.iter().zip(y).all(|(x, y)| (x - y).abs() < 1e-12 * y.abs().max(1.0));
            assert!(close(&found, &expected), "{rows} rows, {range:?}: {found:?} and not {expected:?}");
            assert!(close(&slopes, &by_level), "{rows} rows, {range:?}: {slopes:?} and not {by_level:?}");
        }
    }
}

#[test]
fn each_row_is_what_it_adds_to_the_sum() {
    let (sheet, places) = sheet(100);
    let tape = program(&sheet, places);
    let (mut out, mut scratch) = ([0.0; 60], vec![0.0; tape.scratch(60)]);
    tape.each(&sheet, 37..97, (&VALUES, &GIVEN), &mut out, &mut scratch);
    for (out, (a, b, _)) in out.iter().zip((37..97).map(row)) {
        assert!((out - (2.0 * a * b + 0.7)).abs() < 1e-15);
    }
}

#[test]
fn every_instruction_set_gives_the_same_bits() {
    for rows in [9, 200] {
        let all: Vec<_> = Level::available().map(|level| with_level(level, || sums(rows, 0..rows))).collect();
        assert!(all.iter().all(|found| *found == all[0]), "{rows} rows");
    }
}

#[test]
fn what_is_not_in_the_sheet_is_refused() {
    let (sheet, [a, b, codes]) = sheet(10);
    let tape = || Tape::new(vec![], 1, vec![], vec![(1.0, 0)]).unwrap();
    let level = |codes| Source::Level { codes, first: 0 };
    assert!(RowTape::new(tape(), &sheet, vec![Source::Column(a)], vec![level(codes)]).is_some());
    assert!(RowTape::new(tape(), &sheet, vec![Source::Column(b + 1)], vec![]).is_none(), "no such column");
    assert!(RowTape::new(tape(), &sheet, vec![level(codes + 1)], vec![]).is_none(), "no such codes");
    assert!(RowTape::new(tape(), &sheet, vec![], vec![]).is_none(), "an input without a source");
    assert!(
        RowTape::new(tape(), &sheet, vec![Source::Column(a)], vec![Source::Column(a)]).is_none(),
        "a column is no sink"
    );
    assert!(
        RowTape::new(tape(), &sheet, vec![Source::Column(a)], vec![level(codes); 2]).is_none(),
        "more sinks than outputs"
    );
}

/// Lanes of positive numbers take the road without branches; among others each goes alone. The bits are the same.
#[test]
fn gamma_functions_have_the_same_bits_in_any_company() {
    for f in [Unary::Lgamma, Unary::Polygamma(0)] {
        let tape = Tape::new(vec![], 1, vec![Instruction::unary(f, 1, 0)], vec![(1.0, 1)]).unwrap();
        let mut x: Vec<f64> = (0..64).map(|k| 1e-3 * 1.3_f64.powi(k)).collect();
        x[63] = f64::INFINITY;
        let run = |x: &[f64]| {
            let mut out = vec![0.0; x.len()];
            tape.accumulate(x.len(), x, 1.0, &mut [&mut out], &mut vec![0.0; tape.scratch(x.len())]);
            out
        };
        let together = run(&x);
        for k in 0..64 {
            assert_eq!(together[k].to_bits(), f.apply(x[k]).to_bits(), "{f:?} at {}", x[k]);
            let mut mixed = x.clone();
            mixed[(k + 1) % 64] = -1.5;
            assert_eq!(together[k].to_bits(), run(&mixed)[k].to_bits(), "{f:?} at {}", x[k]);
        }
        assert_eq!(with_level(Level::Portable, || run(&x)), together, "{f:?}");
    }
}
