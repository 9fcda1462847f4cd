//! SCORES of a row model: the slope of each row's log likelihood in the unconstrained coordinates.
use super::block::{self, Filled, Ground, Wanted};
use super::error::RowsError;
use super::program::{Program, Reader};
use super::split::Outside;
use crate::expression::Parsed;
use std::ops::Range;
use steepest_core::{Batch, Workspace};
use steepest_kernels::tape::{RowTape, Sheet};

/// The adjoint of minus the log likelihood of a row, by what it is the slope in.
#[derive(Clone, Debug)]
pub(super) struct Adjoint {
    reader: Reader,
    tape: RowTape,
    wanted: Vec<Wanted>,
}

impl Adjoint {
    /// Of an expression that names these of the reported numbers one by one.
    ///
    /// # Errors
    /// What the columns have wrong; too many terms.
    pub(super) fn new(
        parsed: Parsed,
        elements: Vec<usize>,
        ground: &mut Ground<'_>,
        filled: &mut Filled,
    ) -> Result<Adjoint, RowsError> {
        let mut outside = Outside::of(elements);
        let (tape, wanted) = block::slopes(parsed, &mut outside, ground, filled)?;
        Ok(Adjoint { reader: Reader::new(&outside)?, tape, wanted })
    }

    /// `out[r * d + j]` <- d log p(y_r) / dx_j.
    pub(super) fn scores(&self, sheet: &Sheet, program: &Program, rows: Range<usize>, x: &[f64], out: &mut [f64]) {
        let (d, m, work) = (x.len(), rows.len(), &mut Workspace::default());
        if rows.is_empty() || d == 0 {
            return;
        }
        let mut theta = vec![0.0; program.numbers()];
        program.constrain(Batch { n: 1, d, x }, &mut theta, work);
        let given = self.reader.read(&theta, work);
        let mut columns = vec![0.0; m * self.wanted.len()];
        let mut scratch = vec![0.0; self.tape.scratch(m)];
        self.tape.each(sheet, rows.clone(), (&given, &theta), &mut columns, &mut scratch);
        let mut slopes = vec![0.0; theta.len()];
        for (r, score) in out.chunks_exact_mut(d).enumerate().take(m) {
            slopes.fill(0.0);
            for (wanted, column) in self.wanted.iter().zip(columns.chunks_exact(m)) {
                let place = match wanted {
                    Wanted::Element(element) => *element,
                    Wanted::Level { first, codes } => first + codes[rows.start + r] as usize,
                };
                slopes[place] -= column[r];
            }
            for place in &program.places {
                let slopes = &mut slopes[place.theta.clone()];
                // Of a row there is no Jacobian.
                place.domain.pull(0.0, &x[place.x.clone()], &theta[place.theta.clone()], slopes);
                score[place.x.clone()].copy_from_slice(&slopes[..place.x.len()]);
            }
        }
    }
}
