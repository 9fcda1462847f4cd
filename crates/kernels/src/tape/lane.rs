//! LANE: the numbers of a register, in double precision or single, and how the points of a block come in and go out.
use super::instruction::{Instruction, Operation};
use super::word::{self, Target, Word};
use super::{NARROW, WIDE};

/// The number of a register that belongs to one point.
pub(super) trait Lane: Copy {
    /// Rounded.
    fn of(x: f64) -> Self;
    fn double(self) -> f64;
    /// Words over the registers of a wide block or a narrow one.
    fn run<const W: usize>(words: &[Word], registers: &mut [[Self; W]], target: Option<Target<'_>>);
    /// One instruction, lane by lane.
    fn step<const W: usize>(instruction: &Instruction, registers: &mut [[Self; W]]);
}

impl Lane for f64 {
    #[inline(always)]
    fn of(x: f64) -> f64 {
        x
    }
    #[inline(always)]
    fn double(self) -> f64 {
        self
    }
    #[inline(always)]
    fn run<const W: usize>(words: &[Word], registers: &mut [[f64; W]], target: Option<Target<'_>>) {
        let lanes = registers.as_flattened_mut();
        if W == WIDE {
            word::wide(words, lanes.as_chunks_mut().0, target);
        } else {
            word::narrow(words, lanes.as_chunks_mut().0, target);
        }
    }
    #[inline(always)]
    fn step<const W: usize>(instruction: &Instruction, registers: &mut [[f64; W]]) {
        let (below, rest) = registers.split_at_mut(instruction.out as usize);
        let Some((out, above)) = rest.split_first_mut() else { return };
        let (below, above) = (&*below, &*above);
        // Registers past the arguments may be none at all.
        let from = instruction.reads();
        let read = |k: usize| {
            let r = from[k.min(from.len() - 1)] as usize;
            if r < below.len() { &below[r] } else { &above[r - below.len() - 1] }
        };
        compute(instruction.operation, out, [read(0), read(1), read(2)]);
    }
}

/// Words in single precision; every other instruction in double, on the numbers that are there, with its result rounded.
impl Lane for f32 {
    #[inline(always)]
    fn of(x: f64) -> f32 {
        x as f32
    }
    #[inline(always)]
    fn double(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn run<const W: usize>(words: &[Word], registers: &mut [[f32; W]], target: Option<Target<'_>>) {
        let lanes = registers.as_flattened_mut();
        if W == 2 * WIDE {
            word::wide_single(words, lanes.as_chunks_mut().0, target);
        } else {
            word::narrow_single(words, lanes.as_chunks_mut().0, target);
        }
    }
    #[inline(always)]
    fn step<const W: usize>(instruction: &Instruction, registers: &mut [[f32; W]]) {
        if W == 2 * WIDE {
            widened::<W, WIDE>(instruction, registers);
        } else {
            widened::<W, NARROW>(instruction, registers);
        }
    }
}
/// So many lanes at a time, of which W is a multiple.
#[inline(always)]
fn widened<const W: usize, const C: usize>(instruction: &Instruction, registers: &mut [[f32; W]]) {
    let (mut from, mut out) = ([[0.0; C]; 3], [0.0; C]);
    for first in (0..W).step_by(C) {
        for (from, &r) in from.iter_mut().zip(instruction.reads()) {
            let register = &registers[r as usize][first..first + C];
            from.iter_mut().zip(register).for_each(|(wide, x)| *wide = f64::from(*x));
        }
        compute(instruction.operation, &mut out, [&from[0], &from[1], &from[2]]);
        let register = &mut registers[instruction.out as usize][first..first + C];
        register.iter_mut().zip(&out).for_each(|(x, wide)| *x = *wide as f32);
    }
}
#[inline(always)]
fn compute<const W: usize>(operation: Operation, out: &mut [f64; W], [a, b, c]: [&[f64; W]; 3]) {
    match operation {
        Operation::Unary(f) => f.lanes(out, a),
        Operation::Binary(f) => f.lanes(out, a, b),
        Operation::Ternary(f) => f.lanes(out, [a, b, c]),
    }
}

/// Idle lanes repeat the last point, so that they meet no faults or slow numbers of their own.
#[inline(always)]
pub(super) fn load<T: Lane, const W: usize>(register: &mut [T; W], column: &[f64]) {
    match <&[f64; W]>::try_from(column) {
        Ok(full) => {
            for i in 0..W {
                register[i] = T::of(full[i]);
            }
        }
        Err(_) => {
            *register = [T::of(column[column.len() - 1]); W];
            for (lane, x) in register.iter_mut().zip(column) {
                *lane = T::of(*x);
            }
        }
    }
}
/// column += scale * lanes
#[inline(always)]
pub(super) fn store<T: Lane, const W: usize>(column: &mut [f64], scale: f64, lanes: &[T; W]) {
    match <&mut [f64; W]>::try_from(&mut *column) {
        Ok(full) => {
            for i in 0..W {
                full[i] = scale.mul_add(lanes[i].double(), full[i]);
            }
        }
        Err(_) => {
            for (out, lane) in column.iter_mut().zip(lanes) {
                *out = scale.mul_add(lane.double(), *out);
            }
        }
    }
}
