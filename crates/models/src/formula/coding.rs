//! CODING of categories: which indicator columns a term adds to those before it, so that the design keeps full rank.
//!
//! A product of categories spans the sum, over all subsets of them, of products of reduced (one level left out) indicators.
//! A term gets the subsets no earlier term has used, merged into full sets of indicators where two of them differ by one
//! category: {} and {a} make all levels of a.
use std::collections::BTreeSet;

/// Categories of one product, each with whether all of its levels appear.
pub(super) type Coded = Vec<(usize, bool)>;

/// Products for a term over `categories`, given the subsets already `used` by earlier terms with the same numeric part.
pub(super) fn products(used: &mut BTreeSet<Vec<usize>>, categories: &[usize]) -> Vec<Coded> {
    let mut subsets: Vec<Vec<usize>> = (0..1_usize << categories.len())
        .map(|mask| (0..categories.len()).filter(|k| mask >> k & 1 == 1).map(|k| categories[k]).collect())
        .collect();
    subsets.sort_by_key(Vec::len);
    let mut out: Vec<Coded> = Vec::new();
    for subset in subsets {
        let mut key = subset.clone();
        key.sort_unstable();
        if used.insert(key) {
            out.push(subset.into_iter().map(|c| (c, false)).collect());
        }
    }
    while let Some((short, long, category)) = absorbable(&out) {
        out[long].iter_mut().filter(|c| c.0 == category).for_each(|c| c.1 = true);
        out.remove(short);
    }
    out
}

/// A product that is another less one reduced category: both positions and the category.
fn absorbable(products: &[Coded]) -> Option<(usize, usize, usize)> {
    for (short, a) in products.iter().enumerate() {
        for (long, b) in products.iter().enumerate() {
            let extra: Vec<_> = b.iter().filter(|c| !a.contains(c)).collect();
            if b.len() == a.len() + 1 && extra.len() == 1 && !extra[0].1 {
                return Some((short, long, extra[0].0));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With an intercept, `a + b + a:b` is reduced throughout; `a:b` alone fills the margins it needs.
    #[test]
    fn marginality() {
        let mut used = BTreeSet::from([vec![]]);
        assert_eq!(products(&mut used, &[0]), [vec![(0, false)]]);
        assert_eq!(products(&mut used, &[1]), [vec![(1, false)]]);
        assert_eq!(products(&mut used, &[0, 1]), [vec![(0, false), (1, false)]]);
        let mut alone = BTreeSet::from([vec![]]);
        assert_eq!(products(&mut alone, &[0, 1]), [vec![(1, false)], vec![(0, false), (1, true)]]);
        assert_eq!(products(&mut BTreeSet::new(), &[0, 1]), [vec![(0, true), (1, true)]]);
    }
}
