//! PROGRAM: a model of rows, compiled: parameters once an evaluation, then tiles of rows, then slopes back to the coordinates.
use super::block::Block;
use super::domain::Domain;
use super::error::RowsError;
use super::split::Outside;
use std::ops::Range;
use steepest_core::{Batch, Workspace};
use steepest_kernels::tape::Tape;

/// Rows evaluated for one point before the next point: their columns stay in cache, and what is broadcast is so 16 tiles long.
const PIECE: usize = 1024;

/// A parameter: its domain, its coordinates, and its numbers among those reported.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) domain: Domain,
    pub(super) x: Range<usize>,
    pub(super) theta: Range<usize>,
}

/// Everything an evaluation needs.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) places: Vec<Place>,
    pub(super) blocks: Vec<Block>,
    /// How often the Jacobians count.
    pub(super) jacobian: f64,
    reader: Reader,
    /// elements, sums over rows -> V; and its slopes by the elements.
    value: Tape,
    both: Tape,
    sums: usize,
}

/// From reported numbers to what is the same in every row.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    /// The reported numbers that are read one by one.
    elements: Vec<usize>,
    tape: Tape,
    width: usize,
}
impl Reader {
    /// # Errors
    /// Too many terms.
    pub(super) fn new(outside: &Outside) -> Result<Reader, RowsError> {
        let (elements, width) = (outside.elements.clone(), outside.broadcast.len());
        let tape = outside.graph.tape(elements.len(), &outside.broadcast).ok_or(RowsError::TooLarge)?;
        Ok(Reader { elements, tape, width })
    }
    /// The elements of points given one after another, column after column, with room for so many more columns.
    fn known(&self, n: usize, theta: &[f64], more: usize, work: &mut Workspace) -> Vec<f64> {
        let mut known = work.take(n * (self.elements.len() + more));
        let numbers = theta.len() / n.max(1);
        for (column, element) in known.chunks_exact_mut(n.max(1)).zip(&self.elements) {
            column.iter_mut().enumerate().for_each(|(i, x)| *x = theta[i * numbers + element]);
        }
        known
    }
    /// What rows read at points with these elements, one point after another.
    fn given(&self, n: usize, known: &[f64], work: &mut Workspace) -> Vec<f64> {
        let mut columns = work.take(n * self.width);
        run(&self.tape, n, known, &mut [&mut columns], work);
        let mut given = work.take(n * self.width);
        transpose(&columns, n, &mut given);
        work.give(columns);
        given
    }
    /// What rows read at one point.
    pub(super) fn read(&self, theta: &[f64], work: &mut Workspace) -> Vec<f64> {
        let known = self.known(1, theta, 0, work);
        let given = self.given(1, &known, work);
        work.give(known);
        given
    }
}

/// A point on its way: its reported numbers and what follows from them, one point after another.
struct Points {
    theta: Vec<f64>,
    energy: Vec<f64>,
    /// Elements, then sums: column after column.
    known: Vec<f64>,
    given: Vec<f64>,
}

impl Program {
    /// # Errors
    /// Too many terms.
    pub(super) fn new(places: Vec<Place>, blocks: Vec<Block>, outside: Outside) -> Result<Program, RowsError> {
        let reader = Reader::new(&outside)?;
        let Outside { mut graph, elements, sums, energy, slopes, .. } = outside;
        let d = elements.len();
        let mut total = graph.constant(0.0);
        for node in energy {
            total = graph.add(total, node);
        }
        let gradient = graph.pullback(&slopes, d);
        let outputs: Vec<_> = std::iter::once(total).chain(gradient).collect();
        let tape = |outputs| graph.tape(d + sums, outputs).ok_or(RowsError::TooLarge);
        let (value, both) = (tape(&outputs[..1])?, tape(&outputs)?);
        Ok(Program { places, blocks, jacobian: 1.0, reader, value, both, sums })
    }
    /// d
    pub(super) fn coordinates(&self) -> usize {
        self.places.last().map_or(0, |place| place.x.end)
    }
    /// The number of reported numbers.
    pub(super) fn numbers(&self) -> usize {
        self.places.last().map_or(0, |place| place.theta.end)
    }
    /// theta <- the reported numbers of each point; returns the energy of their Jacobians, as often as they count.
    pub(super) fn constrain(&self, x: Batch<'_>, theta: &mut [f64], work: &mut Workspace) -> Vec<f64> {
        let (mut energy, mut point) = (work.take(x.n), work.take(x.d));
        for (i, theta) in theta.chunks_exact_mut(self.numbers()).enumerate() {
            gather(x, i, &mut point);
            for place in &self.places {
                let jacobian = place.domain.constrain(&point[place.x.clone()], &mut theta[place.theta.clone()]);
                energy[i] += self.jacobian * jacobian;
            }
        }
        work.give(point);
        energy
    }
    /// The coordinates of the reported numbers, where there are as many of these.
    pub(super) fn locate(&self, theta: &[f64]) -> Option<Vec<f64>> {
        let mut x = vec![0.0; self.coordinates()];
        for place in &self.places {
            place.domain.locate(theta.get(place.theta.clone())?, &mut x[place.x.clone()]);
        }
        (theta.len() == self.numbers()).then_some(x)
    }

    /// values[i] += scale V(x_i) and gradients[j * n + i] += scale d_j V(x_i), each where asked.
    pub(super) fn evaluate(
        &self,
        x: Batch<'_>,
        scale: f64,
        values: Option<&mut [f64]>,
        gradients: Option<&mut [f64]>,
        work: &mut Workspace,
    ) {
        let (n, numbers) = (x.n, self.numbers());
        let mut theta = work.take(n * numbers);
        let energy = self.constrain(x, &mut theta, work);
        let known = self.reader.known(n, &theta, self.sums, work);
        let given = self.reader.given(n, &known, work);
        let mut points = Points { theta, energy, known, given };
        let mut slopes = work.take(if gradients.is_some() { n * numbers } else { 0 });
        self.sum_rows(n, &mut points, gradients.is_some().then_some(&mut slopes), work);
        match gradients {
            None => run(&self.value, n, &points.known, &mut [&mut points.energy], work),
            Some(out) => {
                let mut by_element = work.take(n * self.reader.elements.len());
                run(&self.both, n, &points.known, &mut [&mut points.energy, &mut by_element], work);
                for (column, element) in by_element.chunks_exact(n.max(1)).zip(&self.reader.elements) {
                    for (slopes, slope) in slopes.chunks_exact_mut(numbers).zip(column) {
                        slopes[*element] += slope;
                    }
                }
                work.give(by_element);
                self.pull(x, scale, &points.theta, &mut slopes, out, work);
            }
        }
        if let Some(values) = values {
            values.iter_mut().zip(&points.energy).for_each(|(value, energy)| *value += scale * energy);
        }
        [slopes, points.theta, points.energy, points.known, points.given].into_iter().for_each(|b| work.give(b));
    }
    fn sum_rows(&self, n: usize, points: &mut Points, slopes: Option<&mut Vec<f64>>, work: &mut Workspace) {
        let numbers = self.numbers();
        let mut slopes = slopes;
        for block in &self.blocks {
            let (tape, count) =
                if slopes.is_some() { (&block.both, block.sums) } else { (&block.value, block.value_sums) };
            let rows = block.sheet.rows();
            let (mut scratch, mut sums) = (work.dirty(tape.scratch(PIECE.min(rows))), work.take(n * count));
            for start in (0..rows).step_by(PIECE) {
                let piece = start..rows.min(start + PIECE);
                for i in 0..n {
                    let given = &points.given[i * self.reader.width..(i + 1) * self.reader.width];
                    let theta = &points.theta[i * numbers..(i + 1) * numbers];
                    let sums = &mut sums[i * count..(i + 1) * count];
                    let by_level: &mut [f64] = match &mut slopes {
                        Some(slopes) => &mut slopes[i * numbers..(i + 1) * numbers],
                        None => &mut [],
                    };
                    tape.sums(&block.sheet, piece.clone(), (given, theta), sums, by_level, &mut scratch);
                }
            }
            let first = (self.reader.elements.len() + block.first_sum) * n;
            for k in 0..count {
                (0..n).for_each(|i| points.known[first + k * n + i] = sums[i * count + k]);
            }
            work.give(sums);
            work.give(scratch);
        }
    }
    /// out[j * n + i] += scale d_j V, given dV/dtheta.
    fn pull(&self, x: Batch<'_>, scale: f64, theta: &[f64], slopes: &mut [f64], out: &mut [f64], work: &mut Workspace) {
        let (n, numbers) = (x.n, self.numbers());
        let mut point = work.take(x.d);
        for (i, (theta, slopes)) in theta.chunks_exact(numbers).zip(slopes.chunks_exact_mut(numbers)).enumerate() {
            gather(x, i, &mut point);
            for place in &self.places {
                let slopes = &mut slopes[place.theta.clone()];
                place.domain.pull(self.jacobian, &point[place.x.clone()], &theta[place.theta.clone()], slopes);
                for (j, slope) in place.x.clone().zip(slopes) {
                    out[j * n + i] += scale * *slope;
                }
            }
        }
        work.give(point);
    }
}

fn gather(x: Batch<'_>, i: usize, point: &mut [f64]) {
    for (j, coordinate) in point.iter_mut().enumerate() {
        *coordinate = x.x[j * x.n + i];
    }
}
/// Columns of n become rows.
pub(super) fn transpose(columns: &[f64], n: usize, out: &mut [f64]) {
    let width = columns.len() / n.max(1);
    for (k, column) in columns.chunks_exact(n.max(1)).enumerate() {
        column.iter().enumerate().for_each(|(i, x)| out[i * width + k] = *x);
    }
}
fn run(tape: &Tape, n: usize, x: &[f64], out: &mut [&mut [f64]], work: &mut Workspace) {
    let mut scratch = work.take(tape.scratch(n));
    tape.accumulate(n, x, 1.0, out, &mut scratch);
    work.give(scratch);
}
