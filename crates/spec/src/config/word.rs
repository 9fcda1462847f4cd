//! WORD: by which power of its step averages of positions under a word of A, B and O are wrong.

/// Two, where the word written round a circle is its own mirror image about one of its letters, as that of OBAB is about A and
/// about O; `None` where it is not: averages are then wrong by h and by h^2 at once.
///
/// Strides one after another are the same letters wherever one says that a stride begins, and a letter in two halves is the
/// letter whole. So OBAB has the law of OBABO half a letter earlier, and part of a stride takes exp(-beta H) from itself by a term
/// of first order that is odd in the momenta, of which averages of positions know nothing. Of any other word they know the first
/// order: the tests look at all of six letters and less.
pub(super) fn order(word: &str) -> Option<u32> {
    let mut runs: Vec<(char, usize)> = Vec::new();
    for letter in word.chars() {
        match runs.last_mut() {
            Some((last, count)) if *last == letter => *count += 1,
            _ => runs.push((letter, 1)),
        }
    }
    // The seam is no place of its own.
    if runs.len() > 1 && runs.first().map(|run| run.0) == runs.last().map(|run| run.0) {
        let (_, count) = runs.pop()?;
        runs.first_mut()?.1 += count;
    }
    let n = runs.len();
    let mirrors = |axis: usize| (1..n).all(|j| runs[(axis + j) % n] == runs[(axis + n - j) % n]);
    (0..n).any(mirrors).then_some(2)
}

#[cfg(test)]
mod tests {
    use super::order;

    type Square = [[f64; 2]; 2];
    fn product(a: &Square, b: &Square) -> Square {
        [0, 1].map(|i| [0, 1].map(|j| a[i][0] * b[0][j] + a[i][1] * b[1][j]))
    }
    /// m c m^T + more
    fn spread(m: &Square, c: &Square, more: &Square) -> Square {
        let transposed = [[m[0][0], m[1][0]], [m[0][1], m[1][1]]];
        let found = product(&product(m, c), &transposed);
        [0, 1].map(|i| [0, 1].map(|j| found[i][j] + more[i][j]))
    }
    /// By what <q^2> is wrong, over what it should be, in a well of stiffness 2 at beta = 2 with friction 1.3: the covariance of
    /// (q, p) that a stride leaves as it is, by doubling the time.
    fn error(word: &str, h: f64) -> f64 {
        let (stiffness, beta, friction) = (2.0, 2.0, 1.3);
        let (mut m, mut c) = ([[1.0, 0.0], [0.0, 1.0]], [[0.0; 2]; 2]);
        for letter in word.chars() {
            let t = h / word.chars().filter(|other| *other == letter).count() as f64;
            let kept = (-friction * t).exp();
            let (part, noise) = match letter {
                'A' => ([[1.0, t], [0.0, 1.0]], 0.0),
                'B' => ([[1.0, 0.0], [-t * stiffness, 1.0]], 0.0),
                _ => ([[1.0, 0.0], [0.0, kept]], (1.0 - kept * kept) / beta),
            };
            (m, c) = (product(&part, &m), spread(&part, &c, &[[0.0, 0.0], [0.0, noise]]));
        }
        for _ in 0..30 {
            (m, c) = (product(&m, &m), spread(&m, &c, &c));
        }
        c[0][0] * stiffness * beta - 1.0
    }
    /// Half the step leaves a quarter of the error where the order is 2 (or there is none, as of BAOAB), and half of it elsewhere:
    /// all 732 words of three to six letters that have an A, a B and an O.
    #[test]
    fn the_order_is_that_of_the_harmonic_well() {
        let mut seen = [0, 0];
        for length in 3..7 {
            for number in 0..3_usize.pow(length) {
                let letter = |k: u32| ['A', 'B', 'O'][number / 3_usize.pow(k) % 3];
                let word: String = (0..length).map(letter).collect();
                if !['A', 'B', 'O'].iter().all(|letter| word.contains(*letter)) {
                    continue;
                }
                let (whole, half) = (error(&word, 0.02), error(&word, 0.01));
                let second = order(&word).is_some();
                let good = if second {
                    half.abs() < 1e-9 || (3.9..4.1).contains(&(whole / half))
                } else {
                    (1.7..2.3).contains(&(whole / half))
                };
                assert!(good, "{word}: {whole:e} at 0.02, {half:e} at 0.01, order {:?}", order(&word));
                seen[usize::from(second)] += 1;
            }
        }
        assert_eq!(seen, [564, 168]);
        for word in ["BAOAB", "OBABO", "ABOBA", "OBAB", "BABO", "OABA", "ABAO", "AOBO", "ABOOBAO"] {
            assert_eq!(order(word), Some(2), "{word}");
        }
        for word in ["BAO", "OBA", "ABOBBO"] {
            assert_eq!(order(word), None, "{word}");
        }
    }
}
