//! Parquet files of pandas (snappy) and of polars (zstd, categorical text) are the table that their CSV is, to the bit.
//!
//! `tests/data/{pandas,polars}.parquet` were written by pandas 3 and polars 1 with their defaults, `same.csv` by pandas, and
//! `{types,gzip}.parquet` by pyarrow 26.
use std::path::PathBuf;
use steepest_models::{Formula, Missing, Model, Regression, RegressionOptions, Table, TableOptions};

fn table(name: &str) -> Result<Table, String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    Table::read(&path, TableOptions::default()).map_err(|error| error.to_string())
}

#[test]
fn parquet_is_its_csv() {
    let csv = table("same.csv").unwrap();
    for name in ["pandas.parquet", "polars.parquet"] {
        let parquet = table(name).unwrap();
        assert_eq!(parquet.names().collect::<Vec<_>>(), ["y", "n", "kind", "yes", "small"], "{name}");
        for column in ["y", "n", "small"] {
            let bits = |table: &Table| table.numbers(column).unwrap().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&parquet), bits(&csv), "{name}, {column}");
        }
        // Labels, their order and their gaps show in a design.
        let fit = |table: &Table| {
            let options = RegressionOptions {
                formula: "y ~ n + kind".into(),
                missing: Missing::Drop,
                priors: vec![("coefficients".into(), "normal(0, 1)".parse().unwrap())],
                ..Default::default()
            };
            let model = Regression::new(table, &options).unwrap_or_else(|error| panic!("{error}"));
            (model.names(), model.ln_density(&[0.1, 0.2, 0.3, 0.4, 0.5]).to_bits())
        };
        assert_eq!(fit(&parquet), fit(&csv), "{name}");
    }
}

#[test]
fn what_is_no_table_is_refused() {
    let said = table("nested.parquet").unwrap_err();
    assert!(said.contains("nested.parquet") && said.contains("column 'a' is nested"), "{said}");
    let folder = std::env::temp_dir().join(format!("steepest-parquet-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let cut = folder.join("cut.parquet");
    let whole = std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/pandas.parquet")).unwrap();
    for length in [4, 8, 100, whole.len() - 3] {
        std::fs::write(&cut, &whole[..length]).unwrap();
        let said = Table::read(&cut, TableOptions::default()).unwrap_err().to_string();
        assert!(said.contains("cut.parquet: cannot be read"), "{said}");
    }
    // Bytes that were changed on the way: an error or another table, never a panic.
    for at in (4..whole.len()).step_by(7) {
        let mut wrong = whole.clone();
        wrong[at] ^= 0x55;
        std::fs::write(&cut, &wrong).unwrap();
        let _ = Table::read(&cut, TableOptions::default());
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// `types.parquet` has long identifiers, decimals, and columns that are not read; these are an error where they are used.
#[test]
fn columns_that_are_not_read_are_refused_where_they_are_used() {
    let types = table("types.parquet").unwrap();
    let levels = |column: &str| {
        let formula: Formula = format!("y ~ 1 + (1|{column})").parse().unwrap();
        let design = formula.design(&types, Missing::Error).unwrap_or_else(|error| panic!("{error}"));
        design.groups[0].levels.clone()
    };
    let from = |first: u128| (first..first + 40).map(|k| k.to_string()).collect::<Vec<_>>();
    assert_eq!(levels("id"), from(10_000_000_000_000_001));
    assert_eq!(levels("u"), from(1 << 63));
    assert_eq!(levels("key"), from(12_345_678_901_234_567_890));
    let price: Vec<f64> = (0..40).map(|k| f64::from(k * 5 - 50) / 100.0).collect();
    assert_eq!(types.numbers("price").unwrap(), price);
    for (column, why) in [
        ("list", "is nested; a table has numbers, text or truth values"),
        ("time", "is neither numbers, text nor truth values"),
        ("x", "is compressed by gzip, which is not read here; snappy, zstd and none are"),
    ] {
        let said = types.numbers(column).unwrap_err().to_string();
        assert!(said.contains(&format!("types.parquet: column '{column}' {why}")), "{said}");
    }
    let said = table("gzip.parquet").unwrap_err();
    let why = "cannot be read: every column is compressed by gzip, which is not read here; snappy, zstd and none are";
    assert!(said.ends_with(why), "{said}");
}

/// Who lacks the first week lacks the second too, and who lacks that the third.
#[test]
fn gaps_that_are_nested_are_called_so() {
    let said = |text: &str| {
        let table = Table::parse("d.csv", text.as_bytes(), TableOptions::default()).unwrap();
        let options = RegressionOptions { formula: "y ~ a + b + c".into(), ..Default::default() };
        Regression::new(&table, &options).unwrap_err().to_string()
    };
    let nested = said("y,a,b,c\n1,1,1,1\n2,2,2,\n3,3,,\n4,,,\n5,1,2,3\n");
    assert_eq!(
        nested,
        "d.csv: missing values in column 'a': 1 (row 5); column 'b': 2 (rows 4, 5); column 'c': 3 (rows 3, 4, 5). The gaps are \
         monotone: a row that lacks one of 'a', 'b', 'c' lacks all after it. Fill them in, or set missing = \"drop\" to leave 3 of 5 rows out"
    );
    assert!(!said("y,a,b,c\n1,1,1,1\n2,2,2,\n3,3,,3\n4,,4,\n5,1,2,3\n").contains("monotone"));
    assert!(!said("y,a,b,c\n1,1,1,1\n2,2,2,\n3,3,1,3\n4,1,4,\n5,1,2,3\n").contains("monotone"));
}
