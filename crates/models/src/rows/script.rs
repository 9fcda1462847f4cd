//! SCRIPT: expressions at one row and many points, where the responses of rows further up may be replicates.
use super::data::Data;
use super::error::RowsError;
use super::plan::Plan;
use crate::expression::{Graph, Id, Leaf};
use steepest_core::Batch;
use steepest_kernels::tape::Tape;

/// What an input of the tape is.
#[derive(Clone, Debug)]
pub(super) enum Read {
    /// A reported number.
    Element(usize),
    /// The number at `first` and the row's code.
    Level { first: usize, codes: Vec<u32> },
    /// A column.
    Column(Vec<f64>),
    /// The response further up: as observed, and the place of that row among those in use.
    Past { observed: Vec<f64>, rows: Vec<Option<usize>> },
}

/// What stands for the responses of rows further up. Those drawn go round: `[(s * n + i) % length]` is that of row s of those in
/// use at point i, for the rows within reach.
#[derive(Clone, Copy)]
pub(super) enum Above<'a> {
    /// What was observed.
    Observed,
    /// What was drawn.
    Drawn(&'a [f64]),
    /// What was observed, and where nothing was yet, what was drawn.
    Filled(&'a [f64]),
}

/// Expressions, compiled.
#[derive(Clone, Debug)]
pub(super) struct Script {
    tape: Tape,
    reads: Vec<Read>,
    outputs: usize,
}
/// Room for a row at so many points.
pub(super) struct Room {
    inputs: Vec<f64>,
    /// Column after column: output k of point i is at `k * n + i`.
    pub(super) outputs: Vec<f64>,
    scratch: Vec<f64>,
}

impl Script {
    /// # Errors
    /// Too many terms.
    pub(super) fn new(graph: &Graph, outputs: &[Id], reads: Vec<Read>) -> Result<Script, RowsError> {
        let tape = graph.tape(reads.len(), outputs).ok_or(RowsError::TooLarge)?;
        Ok(Script { tape, reads, outputs: outputs.len() })
    }
    /// Over the rows of `data`.
    ///
    /// # Errors
    /// Too many terms; what the columns have wrong.
    pub(super) fn over(
        plan: &Plan,
        data: &Data<'_>,
        (graph, leaves): (&Graph, &[Leaf]),
        outputs: &[Id],
        response: Option<&str>,
    ) -> Result<Script, RowsError> {
        let read = |leaf: &Leaf| {
            Ok(match *leaf {
                Leaf::Element(element) => Read::Element(element),
                Leaf::Level { first, .. } => Read::Level { first, codes: plan.codes(data, *leaf)? },
                Leaf::Column { column, lag } => {
                    let name = &plan.names.columns[column];
                    let observed = data.column(name, lag)?;
                    if lag > 0 && response == Some(name.as_str()) {
                        let rows = data.rows.iter().map(|&r| data.rows.binary_search(&data.up(r, lag)?).ok()).collect();
                        Read::Past { observed, rows }
                    } else {
                        Read::Column(observed)
                    }
                }
            })
        };
        let reads = leaves.iter().map(read).collect::<Result<_, RowsError>>()?;
        Script::new(graph, outputs, reads)
    }
    /// Whether a row reads responses of other rows.
    pub(super) fn sequential(&self) -> bool {
        self.reads.iter().any(|read| matches!(read, Read::Past { .. }))
    }
    /// Whether a row reads a response that was not observed.
    pub(super) fn open(&self) -> bool {
        let gap = |read: &Read| matches!(read, Read::Past { observed, .. } if observed.iter().any(|y| y.is_nan()));
        self.reads.iter().any(gap)
    }
    pub(super) fn room(&self, n: usize) -> Room {
        let (inputs, outputs) = (vec![0.0; self.reads.len() * n], vec![0.0; self.outputs * n]);
        Room { inputs, outputs, scratch: vec![0.0; self.tape.scratch(n)] }
    }
    /// How many rows up the response is read.
    pub(super) fn reach(&self) -> usize {
        let far = |read: &Read| match read {
            Read::Past { rows, .. } => rows.iter().enumerate().filter_map(|(r, s)| Some(r - (*s)?)).max(),
            _ => None,
        };
        self.reads.iter().filter_map(far).max().unwrap_or(0)
    }
    /// The outputs in row r at n points.
    pub(super) fn at(&self, r: usize, theta: Batch<'_>, above: Above<'_>, room: &mut Room) {
        self.fill(r, theta, above, room);
        self.run(theta.n, room);
    }
    /// The outputs in row r at one point, as observed but for the input at `place`, which takes each of these values.
    pub(super) fn instead(&self, r: usize, theta: &[f64], place: usize, values: &[f64]) -> Vec<f64> {
        let (n, mut room) = (values.len(), self.room(values.len()));
        let x: Vec<f64> = theta.iter().flat_map(|x| std::iter::repeat_n(*x, n)).collect();
        self.fill(r, Batch { n, d: theta.len(), x: &x }, Above::Observed, &mut room);
        if let Some(input) = room.inputs.get_mut(place * n..(place + 1) * n) {
            input.copy_from_slice(values);
        }
        self.run(n, &mut room);
        room.outputs
    }
    /// Reads the inputs of row r.
    fn fill(&self, r: usize, theta: Batch<'_>, above: Above<'_>, room: &mut Room) {
        let n = theta.n;
        for (input, read) in room.inputs.chunks_exact_mut(n.max(1)).zip(&self.reads) {
            match read {
                Read::Element(k) => input.copy_from_slice(&theta.x[k * n..(k + 1) * n]),
                Read::Level { first, codes } => {
                    let k = first + codes[r] as usize;
                    input.copy_from_slice(&theta.x[k * n..(k + 1) * n]);
                }
                Read::Column(x) => input.fill(x[r]),
                Read::Past { observed, rows } => {
                    let drawn = match above {
                        Above::Drawn(past) => Some(past),
                        Above::Filled(past) => Some(past).filter(|_| observed[r].is_nan()),
                        Above::Observed => None,
                    };
                    match (drawn, rows[r]) {
                        (Some(past), Some(s)) => {
                            let at = s * n % past.len();
                            input.copy_from_slice(&past[at..at + n]);
                        }
                        _ => input.fill(observed[r]),
                    }
                }
            }
        }
    }
    /// Follows the tape.
    fn run(&self, n: usize, room: &mut Room) {
        room.outputs.fill(0.0);
        self.tape.accumulate(n, &room.inputs, 1.0, &mut [&mut room.outputs], &mut room.scratch);
    }
}
