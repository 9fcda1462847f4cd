//! Where things live: covectors, tangents, batches of points, and the place in a run.

/// A differential `dF(x)`: flat, laid out as the coordinates of its state. A `Vec`, so that workspaces can lend it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Covector(pub Vec<f64>);

/// A velocity: flat, laid out as the coordinates of its state. Only a geometry makes one from a covector.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tangent(pub Vec<f64>);

impl Covector {
    /// The zero covector with `len` coordinates.
    pub fn zeros(len: usize) -> Self {
        Covector(vec![0.0; len])
    }
}
impl Tangent {
    /// The zero tangent with `len` coordinates.
    pub fn zeros(len: usize) -> Self {
        Tangent(vec![0.0; len])
    }
}

/// Where in the run we are, and which replicas are meant.
///
/// All randomness is a pure function of (`key`, `step`, stream, index of the replica in the whole state), so a block of
/// replicas draws what those replicas draw inside the whole, whoever computes it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tick {
    /// Time of the flow.
    pub t: f64,
    /// Strides done.
    pub step: u64,
    /// The seed of the run.
    pub key: u64,
    /// Index, in the whole state, of the first replica at hand.
    pub first: u64,
    /// Replicas in the whole state; 0 says that the state at hand is the whole.
    pub of: u64,
}
impl Tick {
    /// Blocks start at multiples of this many replicas, so that their normals come in whole vectors.
    pub const ALIGNMENT: usize = 64;
    /// The start of a run with seed `key`.
    pub fn start(key: u64) -> Self {
        Tick { key, ..Tick::default() }
    }
}

/// `n` points of dimension `d`, component-major: `x[j * n + i]` is component `j` of point `i`. One point is `n = 1`.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// Points.
    pub n: usize,
    /// Dimension.
    pub d: usize,
    /// The coordinates, `n * d` of them.
    pub x: &'a [f64],
}
impl<'a> Batch<'a> {
    /// Component `j` of every point.
    pub fn column(&self, j: usize) -> &'a [f64] {
        &self.x[j * self.n..(j + 1) * self.n]
    }
}
