//! A path between two points in a given time: what an action is of.
use steepest_core::State;

/// Nodes of a path in R^d whose ends are held: `x[k * d + j]` is coordinate j of the k-th node between them, node after node,
/// so that what couples neighbours is near the diagonal.
///
/// The path is cut into pieces of equal length in a parameter s in 0 .. 1; time is `begin + time * s^grading`, so that a grading
/// above 1 puts more nodes near the start, where a path may leave like a root of the time.
///
/// ```
/// use steepest_flows::state::Path;
/// let path = Path::through(&[&[0.0, 0.0], &[1.0, 2.0]], (0.0, 3.0), &[0.0, 1.0], 4).unwrap();
/// assert_eq!((path.nodes(), path.node(2)), (5, [0.5, 1.0].as_slice()));
/// assert_eq!(path.clock(0.5), (1.5, 3.0));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Dimension.
    pub d: usize,
    /// Pieces.
    pub pieces: usize,
    /// Places of the nodes of a piece, from 0 to 1.
    pub within: &'static [f64],
    /// The first and the last point.
    pub ends: [Vec<f64>; 2],
    /// What stands between them.
    pub x: Vec<f64>,
    /// The time of the start.
    pub begin: f64,
    /// The time from the start to the end.
    pub time: f64,
    /// Time grows as this power of s.
    pub grading: f64,
}
impl Path {
    /// The path that goes straight from each of the `points` to the next, evenly in s, from `begin` for `time`. `None` where there
    /// are fewer than two points, of different lengths, no pieces, or no time.
    pub fn through(
        points: &[&[f64]],
        (begin, time): (f64, f64),
        within: &'static [f64],
        pieces: usize,
    ) -> Option<Self> {
        let (first, last) = (*points.first()?, *points.last()?);
        let fits = points.len() > 1 && !first.is_empty() && points.iter().all(|point| point.len() == first.len());
        if !fits || pieces == 0 || within.len() < 2 || !(time > 0.0 && time.is_finite() && begin.is_finite()) {
            return None;
        }
        let ends = [first.to_vec(), last.to_vec()];
        let mut path = Path { d: first.len(), pieces, within, ends, x: Vec::new(), begin, time, grading: 1.0 };
        path.draw(points);
        Some(path)
    }
    /// The same nodes at the times of another grading.
    pub fn graded(self, grading: f64) -> Self {
        Path { grading, ..self }
    }
    fn draw(&mut self, points: &[&[f64]]) {
        let legs = points.len().saturating_sub(1);
        let x = (1..self.nodes() - 1).flat_map(|k| {
            let along = self.place(k) * legs as f64;
            let leg = (along as usize).min(legs.saturating_sub(1));
            let share = along - leg as f64;
            let (from, to) = (points[leg], points[(leg + 1).min(legs)]);
            from.iter().zip(to).map(move |(a, b)| a + share * (b - a)).collect::<Vec<_>>()
        });
        self.x = x.collect();
    }
    /// Nodes, the ends included.
    pub fn nodes(&self) -> usize {
        self.pieces * (self.within.len() - 1) + 1
    }
    /// Node k.
    pub fn node(&self, k: usize) -> &[f64] {
        match k {
            0 => &self.ends[0],
            k if k + 1 == self.nodes() => &self.ends[1],
            k => &self.x[(k - 1) * self.d..k * self.d],
        }
    }
    /// s at node k.
    pub fn place(&self, k: usize) -> f64 {
        let degree = self.within.len() - 1;
        ((k / degree) as f64 + self.within[k % degree]) / self.pieces as f64
    }
    /// The time at s, and dt/ds.
    pub fn clock(&self, s: f64) -> (f64, f64) {
        let slope = if self.grading == 1.0 { 1.0 } else { self.grading * s.powf(self.grading - 1.0) };
        (self.begin + self.time * s.powf(self.grading), self.time * slope)
    }
}
impl State for Path {
    fn coords(&self) -> &[f64] {
        &self.x
    }
    fn coords_mut(&mut self) -> &mut [f64] {
        &mut self.x
    }
}
