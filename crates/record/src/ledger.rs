//! `ledger.csv`: one column a quantity, one row an observation.
use crate::Column;

/// The text of the file; every number reads back to the same bits, NaN and the infinities as `NaN`, `inf`, `-inf`.
///
/// # Errors
/// Columns of different lengths.
pub(crate) fn to_csv(columns: &[Column]) -> Result<Vec<u8>, String> {
    let rows = columns.first().map_or(0, |c| c.values.len());
    if let Some(odd) = columns.iter().find(|c| c.values.len() != rows) {
        return Err(format!(
            "column `{}` has {} rows and `{}` has {rows}",
            odd.name,
            odd.values.len(),
            columns[0].name
        ));
    }
    let mut table = csv::Writer::from_writer(Vec::new());
    let complaint = |e: csv::Error| e.to_string();
    if !columns.is_empty() {
        table.write_record(columns.iter().map(|c| &c.name)).map_err(complaint)?;
    }
    for row in 0..rows {
        table.write_record(columns.iter().map(|c| format!("{:?}", c.values[row]))).map_err(complaint)?;
    }
    table.into_inner().map_err(|e| e.to_string())
}

/// Reads the file.
///
/// # Errors
/// A ragged row or a cell that is not a number, with its place.
pub(crate) fn from_csv(bytes: &[u8]) -> Result<Vec<Column>, String> {
    let mut table = csv::Reader::from_reader(bytes);
    let complaint = |e: csv::Error| e.to_string();
    let names = table.headers().map_err(complaint)?.clone();
    let mut columns: Vec<Column> = names.iter().map(|name| Column { name: name.into(), values: Vec::new() }).collect();
    for (row, record) in table.records().enumerate() {
        for (column, cell) in columns.iter_mut().zip(&record.map_err(complaint)?) {
            let value = cell
                .parse()
                .map_err(|_| format!("row {}, column `{}`: `{cell}` is not a number", row + 1, column.name))?;
            column.values.push(value);
        }
    }
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Column> {
        vec![
            Column { name: "t".into(), values: vec![0.0, 0.1, 1e300] },
            Column { name: "heat, \"work\"".into(), values: vec![-0.0, f64::INFINITY, 1.0 / 3.0] },
        ]
    }

    #[test]
    fn text_and_back() {
        let text = to_csv(&columns()).unwrap();
        assert_eq!(
            std::str::from_utf8(&text).unwrap(),
            "t,\"heat, \"\"work\"\"\"\n0.0,-0.0\n0.1,inf\n1e300,0.3333333333333333\n"
        );
        let back = from_csv(&text).unwrap();
        assert_eq!(back, columns());
        assert!(back[1].values[0].is_sign_negative());
        assert_eq!(from_csv(&to_csv(&[]).unwrap()), Ok(Vec::new()));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let uneven = [Column { name: "a".into(), values: vec![1.0] }, Column { name: "b".into(), values: vec![] }];
        assert_eq!(to_csv(&uneven).unwrap_err(), "column `b` has 0 rows and `a` has 1");
        assert_eq!(from_csv(b"a,b\n1,2\n3,x\n").unwrap_err(), "row 2, column `b`: `x` is not a number");
        assert!(from_csv(b"a,b\n1,2\n3\n").unwrap_err().contains("found record with 1 fields"));
    }
}
