//! REMAINDERS: what the columns that a new zero of its variables would mix with a column leave of it. Its coefficient multiplies that,
//! wherever the zero is: of x:year beside x and year, the column is large where years are, the remainder is x (year - mean).
use crate::formula::{Kin, moments};
use faer::Mat;
use std::collections::{BTreeMap, BTreeSet};
use steepest_kernels::{axpy, dot};

/// Rows that are factored at a time.
const BLOCK: usize = 16_384;
/// A share below this is rounding.
const LEAST: f64 = 1e-7;

/// The terms by number: how each is kin, and its columns.
type Terms<'k> = BTreeMap<usize, (&'k Kin, Vec<usize>)>;

/// The standard deviation of each column after regression, with an intercept, on its kin, as a share of its own: on the terms below its
/// own, times the share that those above leave beside what they bring along. So x beside x:z keeps what z explains of it, and loses what
/// x:z does beyond that. It is 1 where there is no kin, and where columns are too alike for a remainder.
pub(crate) fn remainders<C: AsRef<[f64]>>(columns: &[C], kin: &[Option<Kin>]) -> Vec<f64> {
    let mut left = vec![1.0; columns.len()];
    let mut terms = Terms::new();
    for (j, kin) in kin.iter().enumerate() {
        if let Some(kin) = kin {
            terms.entry(kin.term).or_insert_with(|| (kin, Vec::new())).1.push(j);
        }
    }
    for clan in clans(&terms) {
        let members = clan.iter().filter_map(|t| terms.get(t)).flat_map(|(_, own)| own);
        let chosen: Vec<&[f64]> = members.map(|&j| columns[j].as_ref()).collect();
        let rows = chosen.first().map_or(0, |column| column.len());
        let mut each = shortened(&chosen).into_iter();
        let mut short: BTreeMap<usize, Vec<Vec<f64>>> = BTreeMap::new();
        for &t in &clan {
            let count = terms.get(&t).map_or(0, |(_, own)| own.len());
            short.insert(t, each.by_ref().take(count).collect());
        }
        for (t, vectors) in &short {
            let Some((kin, own)) = terms.get(t) else { continue };
            let mut basis = Basis { most: rows.saturating_sub(2), vectors: Vec::new() };
            let mut after = |list: &[usize]| -> Vec<f64> {
                list.iter().filter_map(|u| short.get(u)).for_each(|columns| basis.take(columns));
                vectors.iter().map(|x| basis.leaves(x)).collect()
            };
            let (below, beside, above) = (after(&kin.below), after(&kin.beside), after(&kin.above));
            for (i, &j) in own.iter().enumerate() {
                left[j] = share(below[i], beside[i], above[i]);
            }
        }
    }
    left
}

/// Terms that hang together by kinship, where there is more than one.
fn clans(terms: &Terms<'_>) -> Vec<Vec<usize>> {
    let (mut seen, mut out) = (BTreeSet::new(), Vec::new());
    for &first in terms.keys() {
        let (mut clan, mut open) = (Vec::new(), vec![first]);
        while let Some(t) = open.pop() {
            let Some((kin, _)) = terms.get(&t) else { continue };
            if seen.insert(t) {
                clan.push(t);
                open.extend(kin.below.iter().chain(&kin.above));
            }
        }
        if clan.len() > 1 {
            out.push(clan);
        }
    }
    out
}

/// What is left of a column of length 1 after the terms below, then those beside, then those above.
fn share(below: f64, beside: f64, above: f64) -> f64 {
    if below <= LEAST {
        return 1.0;
    }
    let beyond = if above > LEAST { above / beside } else { 1.0 };
    (below * beyond).min(1.0)
}

/// The columns, each centred and of length 1, in as many coordinates as there are columns: those of the triangular factor. 0 where one
/// does not vary.
fn shortened(columns: &[&[f64]]) -> Vec<Vec<f64>> {
    let (n, q) = (columns.first().map_or(0, |column| column.len()), columns.len());
    let length = (n.saturating_sub(1) as f64).sqrt();
    let standards: Vec<(f64, f64)> = columns
        .iter()
        .map(|column| {
            let (mean, sd) = moments(column);
            let unit = 1.0 / (sd * length);
            if unit.is_normal() { (mean, unit) } else { (0.0, 0.0) }
        })
        .collect();
    let entry = |row: usize, j: usize| {
        let (mean, unit) = standards[j];
        if unit == 0.0 { 0.0 } else { (columns[j][row] - mean) * unit }
    };
    let (block, mut r) = (BLOCK.max(4 * q), Mat::<f64>::zeros(0, q));
    for first in (0..n).step_by(block) {
        let (known, rows) = (r.nrows(), block.min(n - first));
        let stacked = Mat::from_fn(known + rows, q, |i, j| match i.checked_sub(known) {
            None => r[(i, j)],
            Some(i) => entry(first + i, j),
        });
        let factor = stacked.qr();
        let found = factor.thin_R();
        r = Mat::from_fn(found.nrows(), q, |i, j| if j >= i { found[(i, j)] } else { 0.0 });
    }
    (0..q).map(|j| (0..r.nrows()).map(|i| r[(i, j)]).collect()).collect()
}

/// Orthonormal vectors that span the columns taken so far.
struct Basis {
    /// How many there may be: one more would leave nothing of any column.
    most: usize,
    vectors: Vec<Vec<f64>>,
}
impl Basis {
    /// Takes the columns of a term, or none of them where rows are too few.
    fn take(&mut self, columns: &[Vec<f64>]) {
        if self.vectors.len() + columns.len() > self.most {
            return;
        }
        for column in columns {
            let mut rest = self.rest(column);
            let size = dot(&rest, &rest).sqrt();
            if size > LEAST {
                rest.iter_mut().for_each(|x| *x /= size);
                self.vectors.push(rest);
            }
        }
    }
    /// The length of what is left of a column.
    fn leaves(&self, column: &[f64]) -> f64 {
        let rest = self.rest(column);
        dot(&rest, &rest).sqrt()
    }
    fn rest(&self, column: &[f64]) -> Vec<f64> {
        let mut rest = column.to_vec();
        // The second time for what rounding left the first time.
        for _ in 0..2 {
            for vector in &self.vectors {
                axpy(-dot(vector, &rest), vector, &mut rest);
            }
        }
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A term with terms below, above and beside it.
    fn one(term: usize, [below, above, beside]: [&[usize]; 3]) -> Option<Kin> {
        Some(Kin { term, below: below.to_vec(), above: above.to_vec(), beside: beside.to_vec() })
    }
    fn sign(k: usize, bit: usize) -> f64 {
        if k >> bit & 1 == 0 { -1.0 } else { 1.0 }
    }
    fn times(a: &[f64], b: &[f64]) -> Vec<f64> {
        a.iter().zip(b).map(|(a, b)| a * b).collect()
    }
    fn agree(left: &[f64], expected: &[f64]) {
        assert_eq!(left.len(), expected.len());
        assert!(left.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-13), "{left:?} and not {expected:?}");
    }
    /// Of a product, and of its factors.
    const PRODUCT: [[&[usize]; 3]; 3] = [[&[], &[2], &[1]], [&[], &[2], &[0]], [&[0, 1], &[], &[]]];

    /// On a square of four points twice over, with b about 10: a b is 10 a and a (b - 10), which are orthogonal and as long, so that
    /// a b has 1 / sqrt(101) of its length beside a and b, and a as much beside a b; of b all is left.
    #[test]
    fn of_a_product_what_its_factors_leave() {
        let a: Vec<f64> = (0..8).map(|k| sign(k, 0)).collect();
        let b: Vec<f64> = (0..8).map(|k| 10.0 + sign(k, 1)).collect();
        let columns = [vec![1.0; 8], a.clone(), b.clone(), times(&a, &b)];
        let kin = [None, one(0, PRODUCT[0]), one(1, PRODUCT[1]), one(2, PRODUCT[2])];
        let least = 101f64.sqrt().recip();
        agree(&remainders(&columns, &kin), &[1.0, least, 1.0, least]);
        // Of variables that are not shared, and of one term alone.
        let apart = [&[] as &[usize]; 3];
        assert_eq!(remainders(&columns, &[None, one(0, apart), one(1, apart), None]), [1.0; 4]);
        assert_eq!(remainders(&columns, &[None, one(0, apart), one(0, apart), one(0, apart)]), [1.0; 4]);
        // A term whose kin has no columns here, and what cannot be told apart, keep their own spread.
        assert_eq!(remainders(&columns[3..], &[one(2, PRODUCT[2])]), [1.0]);
        let twice: Vec<f64> = a.iter().map(|a| 2.0 * a).collect();
        assert_eq!(remainders(&[a, twice], &[one(0, [&[1], &[], &[]]), one(1, [&[0], &[], &[]])]), [1.0; 2]);
    }

    /// What a variable explains of another is no matter, also beside their product: a and b = 3 a + c have a correlation of 3 / sqrt(10).
    /// The product, 3 + a c, is orthogonal to both.
    #[test]
    fn other_variables_explain_nothing() {
        let [a, c] = [0, 1].map(|bit| (0..8).map(|k| sign(k, bit)).collect::<Vec<f64>>());
        let b: Vec<f64> = a.iter().zip(&c).map(|(a, c)| 3.0 * a + c).collect();
        let product = times(&a, &b);
        let kin = [0, 1, 2].map(|t| one(t, PRODUCT[t]));
        agree(&remainders(&[a, b, product], &kin), &[1.0; 3]);
    }

    /// A new zero of any variable leaves the remainder of x y z as long as it was, and that of x y where it is of x or y.
    #[test]
    fn remainders_do_not_depend_on_the_zero() {
        let mut z = vec![0.0; 120];
        steepest_kernels::normals(5, 0, 1, 0, &mut z);
        let column = |k: usize, shift: f64| z[40 * k..40 * (k + 1)].iter().map(|z| z + shift).collect::<Vec<f64>>();
        let lengths = |shifts: [f64; 3]| {
            let [x, y, z] = [0, 1, 2].map(|k| column(k, shifts[k]));
            let pairs = [times(&x, &y), times(&x, &z), times(&y, &z)];
            let all = times(&pairs[0], &z);
            let [xy, xz, yz] = pairs;
            let columns = [x, y, z, xy, xz, yz, all];
            let kin = [
                one(0, [&[], &[3, 4, 6], &[1, 2, 5]]),
                one(1, [&[], &[3, 5, 6], &[0, 2, 4]]),
                one(2, [&[], &[4, 5, 6], &[0, 1, 3]]),
                one(3, [&[0, 1], &[6], &[2, 4, 5]]),
                one(4, [&[0, 2], &[6], &[1, 3, 5]]),
                one(5, [&[1, 2], &[6], &[0, 3, 4]]),
                one(6, [&[0, 1, 2, 3, 4, 5], &[], &[]]),
            ];
            let left = remainders(&columns, &kin);
            columns.iter().zip(left).map(|(column, left)| moments(column).1 * left).collect::<Vec<f64>>()
        };
        let near = lengths([0.0; 3]);
        let alike = |far: &[f64], place: usize| {
            assert!((far[place] / near[place] - 1.0).abs() < 1e-8, "{place}: {far:?} and not {near:?}");
        };
        alike(&lengths([20.0, -30.0, 10.0]), 6);
        alike(&lengths([200.0, 0.0, 0.0]), 3);
        alike(&lengths([200.0, 0.0, 0.0]), 0);
        // The slope at z = 0 is another where the zero of z is.
        assert!(lengths([0.0, 0.0, 200.0])[3] < 0.02 * near[3]);
    }

    /// Columns of one term are not held against one another: of u and v, each beside u + v + w alone, sqrt(2/3) is left, though w
    /// and the other would leave less; of the sum beside both w, which is 1 / sqrt(3) of it.
    #[test]
    fn columns_of_one_term_are_taken_together() {
        let column = |bit: usize| (0..8).map(|k| sign(k, bit)).collect::<Vec<f64>>();
        let [u, v, w] = [0, 1, 2].map(column);
        let sum: Vec<f64> = (0..8).map(|k| u[k] + v[k] + w[k]).collect();
        let [of_two, of_sum] = [one(0, [&[1], &[], &[]]), one(1, [&[0], &[], &[]])];
        let left = remainders(&[u, v, sum], &[of_two.clone(), of_two, of_sum]);
        agree(&left, &[(2f64 / 3.0).sqrt(), (2f64 / 3.0).sqrt(), 3f64.sqrt().recip()]);
    }

    /// Rows that are too few for a term are passed over by it, and the others count: with five rows, of year and its square beside six
    /// indicators of which five vary, the square loses what the year explains and no more.
    #[test]
    fn few_rows_pass_over_terms() {
        let year: Vec<f64> = [-2.0, -1.0, 0.0, 1.0, 2.0].iter().map(|t| 2000.0 + t).collect();
        let square = times(&year, &year);
        let mut columns = vec![year, square];
        columns.extend((0..5).map(|k| (0..5).map(|r| f64::from(u8::from(r == k))).collect::<Vec<f64>>()));
        let mut kin = vec![one(0, [&[1], &[], &[]]), one(1, [&[0, 2], &[], &[]])];
        kin.extend((0..5).map(|_| one(2, [&[], &[1], &[]])));
        let left = remainders(&columns, &kin);
        // (t^2 - 2) has the square length 14 about the line; 4000 t + t^2 - 2 has 16e6 10 + 14.
        let expected = (14.0 / (160e6 + 14.0f64)).sqrt();
        assert!((left[1] / expected - 1.0).abs() < 1e-6, "{left:?} {expected}");
    }
}
