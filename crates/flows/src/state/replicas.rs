//! Replicas in component-major arrays: a block of them is one contiguous range of every component.

/// block[j m + i] <- whole[j n + first + i] for every component j and replica i < m.
pub(super) fn extract(whole: &[f64], n: usize, first: usize, block: &mut [f64], m: usize) {
    for (to, from) in block.chunks_exact_mut(m.max(1)).zip(whole.chunks_exact(n.max(1))) {
        to.copy_from_slice(&from[first..first + m]);
    }
}

/// whole[j n + first + i] <- block[j m + i] for every component j and replica i < m.
pub(super) fn insert(whole: &mut [f64], n: usize, first: usize, block: &[f64], m: usize) {
    for (to, from) in whole.chunks_exact_mut(n.max(1)).zip(block.chunks_exact(m.max(1))) {
        to[first..first + m].copy_from_slice(from);
    }
}
