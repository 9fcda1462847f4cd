//! Reading CSV: delimiters, headers, quotes, types; and that no bytes make the reader panic.
use steepest_models::{Missing, Model, Regression, RegressionOptions, Table, TableOptions};

fn table(text: &str) -> Table {
    Table::parse("d.csv", text.as_bytes(), TableOptions::default()).unwrap_or_else(|e| panic!("{e}"))
}
fn names(t: &Table) -> Vec<&str> {
    t.names().collect()
}

#[test]
fn headers() {
    assert_eq!(names(&table("1,2\n3,4\n")), ["V1", "V2"]);
    assert_eq!(names(&table("NA,2\n3,4\n")), ["V1", "V2"]);
    assert_eq!(names(&table("a,2\n3,4\n")), ["a", "2"]);
    assert_eq!(names(&table("\"a b\", c ,\n3,4,5\n")), ["a b", "c", "V3"]);
    let forced =
        |header| Table::parse("d", b"1,2\n3,4\n", TableOptions { header: Some(header), delimiter: None }).unwrap();
    assert_eq!((names(&forced(true)), forced(true).rows()), (vec!["1", "2"], 1));
    assert_eq!((names(&forced(false)), forced(false).rows()), (vec!["V1", "V2"], 2));
}

#[test]
fn delimiters_quotes_and_marks() {
    let expected = [1.5, -2e3];
    for text in [
        "a,b\n1.5,x\n-2e3,y\n",
        "a;b\n1,5;x\n-2e3;y\n",
        "a\tb\n1.5\tx\n-2e3\ty\n",
        "\u{feff}a,b\r\n 1.5 ,x\r\n-2e3,y",
        "a,b\n\"1.5\",\"x,\ny\"\n-2e3,y\n",
    ] {
        assert_eq!(table(text).numbers("a").unwrap(), expected, "{text:?}");
    }
    assert_eq!(table("a,b\n1.5,\"x,\n\ny\"\n-2e3,y\n").line(1), 5);
    assert_eq!(table("\n\na,b\n\n1,2\n").line(0), 5);
    assert_eq!(table("a,b\r\n\r\n1,2\r\n3,4\r\n").line(1), 4);
}

#[test]
fn labels_and_strays() {
    let t = table("g,x\nb,1\na,2\n,3\n7,4\n");
    assert_eq!(
        t.numbers("g").unwrap_err().to_string(),
        "d.csv: column 'g' holds labels (7, a, b) where numbers are needed"
    );
    let t = table("x\n1\n2\noops\n4\n");
    assert_eq!(t.numbers("x").unwrap_err().to_string(), "d.csv, row 4, column 'x': expected a number, found 'oops'");
}

#[test]
fn missing_rows_can_be_left_out() {
    let t = table("x,w,y\n1,,2\nNA,1,3\n3,1,5\n4,1,4\n5,1,N/A\n7,1,8\n");
    let options = RegressionOptions { formula: "y ~ x".into(), missing: Missing::Drop, ..Default::default() };
    let notes = Regression::new(&t, &options).unwrap().notes();
    assert_eq!(notes[0], "y ~ x on d.csv: 4 rows, 2 coefficients.");
    assert_eq!(notes[1], "2 of 6 rows have missing values and were left out.");
}

/// A file that goes by in many pieces: lines, quotes and blank lines across their borders, labels that begin late.
#[test]
fn long_files_are_read_in_pieces() {
    let (mut text, mut lines, mut line) = ("\u{feff}x;g;\"a;b\"\r\n".to_string(), Vec::new(), 2);
    for r in 0..40_000 {
        let blank = r % 7 == 3;
        if blank {
            text += "\r\n\n";
        }
        line += 2 * u64::from(blank);
        lines.push(line);
        let word = if r < 30_000 { format!("{}", r % 5) } else { format!("\"w\n{}\"", r % 3) };
        line += if r < 30_000 { 1 } else { 2 };
        text += &format!("{r},5;{word};{}\n", if r % 11 == 0 { "NA" } else { "2" });
    }
    let whole = table(&text);
    assert_eq!((whole.rows(), names(&whole)), (40_000, vec!["x", "g", "a;b"]));
    assert!((0..40_000).all(|r| whole.line(r) == lines[r]), "lines");
    assert!(whole.numbers("x").unwrap().iter().enumerate().all(|(r, x)| *x == r as f64 + 0.5));
    assert!(whole.numbers("a;b").unwrap().iter().enumerate().all(|(r, x)| x.is_nan() == (r % 11 == 0)));
    let stray = whole.numbers("g").unwrap_err().to_string();
    assert!(stray.contains(&format!("row {}, column 'g'", lines[30_000])) && stray.contains("'w\n0'"), "{stray}");
    let path = std::env::temp_dir().join(format!("steepest-pieces-{}.csv", std::process::id()));
    std::fs::write(&path, &text).unwrap();
    let read = Table::read(&path, TableOptions::default()).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!((0..40_000).all(|r| read.line(r) == lines[r]));
    assert_eq!(read.numbers("x"), whole.numbers("x"));
}

/// Random cuts and insertions in a CSV file, and random bytes: a table or an error, never a panic; what is read has equal columns.
#[test]
fn any_bytes_are_read_or_refused() {
    let seed = b"\"a b\",c;d\n1.5,\"x\"\"y\",NA\n-2e3,,\xc3\xa9\n";
    let mut u = vec![0.0; 80_000];
    steepest_kernels::uniforms(4, 0, 0, 0, &mut u);
    let alphabet = b",;\t\"\n\r 1aN.\xef\xbb\xbf\xff\x00";
    for cut in u.chunks_exact(8) {
        let mut bytes = seed.to_vec();
        for k in 0..4 {
            let at = (cut[2 * k] * bytes.len() as f64) as usize;
            match cut[2 * k + 1] {
                v if v < 0.5 => drop(bytes.remove(at)),
                v => bytes.insert(at, alphabet[(v * 1e4) as usize % alphabet.len()]),
            }
        }
        if let Ok(t) = Table::parse("d.csv", &bytes, TableOptions::default()) {
            for name in t.names() {
                assert!(t.numbers(name).map_or(true, |x| x.len() == t.rows()));
            }
        }
    }
}
