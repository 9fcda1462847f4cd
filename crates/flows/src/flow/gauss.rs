//! GAUSS: elimination with row exchanges in place, for the small systems of a stiff step.

/// A <- L U of its rows in the order `rows`, row-major; a matrix that is singular leaves infinities, and no solution.
pub(super) fn factor(a: &mut [f64], rows: &mut [usize]) {
    let d = rows.len();
    for k in 0..d {
        let size = |i: usize| a[i * d + k].abs();
        let pivot = (k..d).fold(k, |best, i| if size(i) > size(best) { i } else { best });
        rows[k] = pivot;
        if pivot != k {
            (0..d).for_each(|j| a.swap(k * d + j, pivot * d + j));
        }
        let (above, below) = a.split_at_mut((k + 1) * d);
        let head = &above[k * d + k..];
        for row in below.chunks_exact_mut(d) {
            let share = row[k] / head[0];
            row[k] = share;
            row[k + 1..].iter_mut().zip(&head[1..]).for_each(|(r, h)| *r -= share * h);
        }
    }
}
/// x <- A^-1 b, A as [`factor`] left it.
pub(super) fn solve(a: &[f64], rows: &[usize], b: &[f64], x: &mut [f64]) {
    let d = rows.len();
    x.copy_from_slice(b);
    rows.iter().enumerate().for_each(|(k, row)| x.swap(k, *row));
    let dot = |row: &[f64], x: &[f64]| row.iter().zip(x).map(|(a, x)| a * x).sum::<f64>();
    for i in 1..d {
        x[i] -= dot(&a[i * d..i * d + i], x);
    }
    for i in (0..d).rev() {
        x[i] = (x[i] - dot(&a[i * d + i + 1..(i + 1) * d], &x[i + 1..])) / a[i * d + i];
    }
}
