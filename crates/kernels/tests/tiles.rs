//! Tiles against plain sums: shapes, padding, and the same bits for a chain in any company.
use steepest_kernels::{Level, Precision, Tiles, normals, total, with_level};

fn random(n: usize, stream: u16) -> Vec<f64> {
    let mut x = vec![0.0; n];
    normals(2024, 0, stream, 0, &mut x);
    x
}

fn matrix(rows: usize, columns: usize) -> (Vec<f64>, Tiles) {
    let x = random(rows * columns, 1);
    let tiles = Tiles::new(rows, columns, |r, j| x[r * columns + j]);
    (x, tiles)
}

/// The same matrix, each entry the nearest `f32`: in tiles that keep it so, and in tiles of `f64`.
fn rounded(rows: usize, columns: usize) -> [Tiles; 2] {
    let x = random(rows * columns, 1);
    let mut single = Tiles::zeros(rows, columns, Precision::Single);
    (0..columns).for_each(|j| single.fill(j, (0..rows).map(|r| x[r * columns + j])));
    let double = Tiles::new(rows, columns, |r, j| f64::from(x[r * columns + j] as f32));
    assert_eq!([single.precision(), double.precision()], [Precision::Single, Precision::Double]);
    [single, double]
}

const SHAPES: [(usize, usize); 12] =
    [(1, 1), (2, 3), (63, 2), (64, 1), (65, 4), (100, 5), (128, 7), (130, 8), (200, 9), (10, 25), (64, 50), (7, 0)];

#[test]
fn shape_is_kept() {
    for (rows, columns) in SHAPES {
        let (_, t) = matrix(rows, columns);
        assert_eq!((t.rows(), t.columns(), t.tiles()), (rows, columns, rows.div_ceil(64)));
    }
    assert_eq!(Tiles::new(0, 3, |_, _| unreachable!()).tiles(), 0);
}

#[test]
fn predictions_are_products_and_the_padding_is_zero() {
    for (rows, columns) in SHAPES {
        let (x, tiles) = matrix(rows, columns);
        for n in 0..=19 {
            let c = random(columns * n, 2);
            let mut eta = vec![f64::NAN; 64 * n];
            for k in 0..tiles.tiles() {
                tiles.predict(k, n, &c, &mut eta);
                for m in 0..n {
                    for r in 0..64 {
                        let row = 64 * k + r;
                        let truth = (0..columns).fold(0.0, |s, j| {
                            if row < rows { x[row * columns + j].mul_add(c[j * n + m], s) } else { 0.0 }
                        });
                        // The documented order, so the bits themselves.
                        assert_eq!(eta[m * 64 + r], truth, "{rows} x {columns}, chain {m} of {n}, row {row}");
                    }
                }
            }
        }
    }
}

#[test]
fn pulls_are_transposed_products() {
    for (rows, columns) in SHAPES {
        let (x, tiles) = matrix(rows, columns);
        for n in 0..=19 {
            let y = random(64 * n * tiles.tiles(), 3);
            let start = random(columns * n, 4);
            let (mut sums, mut gradient) = (vec![[0.0; 8]; columns * n], start.clone());
            for k in 0..tiles.tiles() {
                tiles.pull(k, n, &y[64 * n * k..64 * n * (k + 1)], &mut sums);
            }
            total(&sums, &mut gradient);
            for m in 0..n {
                for j in 0..columns {
                    let product = (0..rows).map(|r| x[r * columns + j] * y[64 * n * (r / 64) + m * 64 + r % 64]);
                    let truth = start[j * n + m] + product.clone().sum::<f64>();
                    let size = 1.0 + product.map(f64::abs).sum::<f64>();
                    let error = (gradient[j * n + m] - truth).abs();
                    assert!(error <= 1e-15 * size, "{rows} x {columns}, chain {m} of {n}, column {j}: {error:e}");
                }
            }
        }
    }
}

/// Predicts and pulls with a tile and returns the bits of chain m.
fn chain(tiles: &Tiles, n: usize, m: usize, c: impl Fn(usize) -> Vec<f64>, y: impl Fn(usize) -> Vec<f64>) -> Vec<u64> {
    let p = tiles.columns();
    let (mut all_c, mut all_y) = (vec![0.0; p * n], vec![0.0; 64 * n]);
    for i in 0..n {
        // Chain i of the batch is chain m shifted round, so that m sits in every place.
        let who = (m + n - i) % n;
        for (j, c) in c(who).into_iter().enumerate() {
            all_c[j * n + i] = c;
        }
        all_y[64 * i..64 * (i + 1)].copy_from_slice(&y(who));
    }
    let (mut eta, mut sums, mut g) = (vec![0.0; 64 * n], vec![[0.0; 8]; p * n], vec![0.5; p * n]);
    tiles.predict(0, n, &all_c, &mut eta);
    tiles.pull(0, n, &all_y, &mut sums);
    total(&sums, &mut g);
    let eta = eta[64 * m..64 * (m + 1)].iter();
    let g: Vec<f64> = (0..p).map(|j| g[j * n + m]).collect();
    eta.chain(&g).map(|x| x.to_bits()).collect()
}

#[test]
fn a_chain_has_the_same_bits_in_any_company_and_at_any_level() {
    for (rows, columns) in [(64, 25), (50, 7), (64, 1), (3, 50)] {
        let (_, tiles) = matrix(rows, columns);
        let c = |i: usize| random(columns, 100 + i as u16);
        let y = |i: usize| random(64, 200 + i as u16);
        let alone = with_level(Level::Portable, || chain(&tiles, 1, 0, c, y));
        for level in Level::available() {
            for n in 1..=17 {
                for m in 0..n {
                    let bits = with_level(level, || chain(&tiles, n, m, c, y));
                    assert!(
                        bits == alone,
                        "{rows} x {columns} at {level:?}: chain {m} of {n} differs from a chain alone"
                    );
                }
            }
        }
    }
}

#[test]
fn single_precision_rounds_the_entries_and_nothing_else() {
    for (rows, columns) in SHAPES {
        let [single, double] = rounded(rows, columns);
        for n in [1, 2, 3, 4, 7, 8, 17] {
            for level in Level::available() {
                let of = |tiles: &Tiles| {
                    let (c, y) = (random(columns * n, 2), random(64 * n, 3));
                    let (mut eta, mut sums) = (vec![f64::NAN; 64 * n], vec![[0.5; 8]; columns * n]);
                    for k in 0..tiles.tiles() {
                        tiles.predict(k, n, &c, &mut eta);
                        tiles.pull(k, n, &y, &mut sums);
                    }
                    eta.extend(sums.as_flattened());
                    eta.iter().map(|x| x.to_bits()).collect::<Vec<u64>>()
                };
                let (kept, widened) = with_level(level, || (of(&single), of(&double)));
                assert!(kept == widened, "{rows} x {columns}, {n} chains at {level:?}");
            }
        }
    }
}

#[test]
fn columns_fill_what_rows_fill() {
    let (x, by_row) = matrix(130, 5);
    let mut by_column = Tiles::zeros(130, 5, Precision::Double);
    (0..5).for_each(|j| by_column.fill(j, (0..130).map(|r| x[r * 5 + j])));
    let c = random(5, 2);
    for k in 0..3 {
        let [mut a, mut b] = [[0.0; 64]; 2];
        by_row.predict(k, 1, &c, &mut a);
        by_column.predict(k, 1, &c, &mut b);
        assert_eq!(a, b);
    }
}

#[test]
fn gram_is_a_weighted_sum_of_squares() {
    for (rows, columns) in [(1, 1), (65, 4), (200, 9), (130, 25)] {
        let x = random(rows * columns, 1);
        let [single, rounded] = rounded(rows, columns);
        for (tiles, entry) in [(&matrix(rows, columns).1, true), (&single, false), (&rounded, false)] {
            let w = random(64 * tiles.tiles(), 5);
            let mut gram = vec![0.25; columns * columns];
            // In two pieces, as a long table is.
            tiles.gram(0, &w[..64], &mut gram);
            tiles.gram(1, &w[64..], &mut gram);
            let at = |r: usize, j: usize| {
                let x = x[r * columns + j];
                if entry { x } else { f64::from(x as f32) }
            };
            for j in 0..columns {
                for k in 0..columns {
                    let each = (0..rows).map(|r| w[r] * at(r, j) * at(r, k));
                    let (truth, size) = (0.25 + each.clone().sum::<f64>(), 1.0 + each.map(f64::abs).sum::<f64>());
                    let error = (gram[j * columns + k] - truth).abs();
                    assert!(error < 1e-14 * size, "{rows} x {columns}: {j}, {k}: {error:e}");
                }
            }
        }
    }
}

#[test]
#[should_panic(expected = "a coefficient for each column and chain")]
fn short_coefficients_are_refused() {
    matrix(10, 3).1.predict(0, 2, &[0.0; 5], &mut [0.0; 128]);
}
