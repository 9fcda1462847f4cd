//! Scratch memory owned by the caller: after the first step nothing allocates.

/// A pool of buffers. Take one, use it, give it back.
///
/// ```
/// let mut work = steepest_core::Workspace::default();
/// let buffer = work.take(3);
/// assert_eq!(buffer, [0.0; 3]);
/// work.give(buffer);
/// ```
#[derive(Debug, Default)]
pub struct Workspace {
    free: Vec<Vec<f64>>,
}
impl Workspace {
    /// A buffer of `len` zeros. Allocates only while the pool has not yet seen this depth of nesting at this size.
    pub fn take(&mut self, len: usize) -> Vec<f64> {
        let mut buffer = self.free.pop().unwrap_or_default();
        buffer.clear();
        buffer.resize(len, 0.0);
        buffer
    }
    /// A buffer of `len` numbers of any content, for those who write before they read: no pass is spent on zeros.
    ///
    /// ```
    /// let mut work = steepest_core::Workspace::default();
    /// assert_eq!(work.dirty(3).len(), 3);
    /// ```
    pub fn dirty(&mut self, len: usize) -> Vec<f64> {
        let mut buffer = self.free.pop().unwrap_or_default();
        buffer.resize(len, 0.0);
        buffer
    }
    /// Hands a buffer back for the next `take`.
    pub fn give(&mut self, buffer: Vec<f64>) {
        self.free.push(buffer);
    }
}
/// Scratch has no content worth copying.
impl Clone for Workspace {
    fn clone(&self) -> Self {
        Workspace::default()
    }
}
