//! PART of a table: some of its rows, which keep the lines that they stand on.
use super::numbers::Written;
use super::{Cells, Column, Table};

impl Table {
    /// The rows with a value in each of the columns `names`.
    ///
    /// ```
    /// let table = steepest_models::Table::parse("t.csv", b"x,y\n1,2\n,3\n4,\n", Default::default())?;
    /// let part = table.complete(&["x".into()]);
    /// assert_eq!(part.numbers("x")?, [1.0, 4.0]);
    /// assert_eq!((part.rows(), part.line(1)), (2, 4));
    /// # Ok::<(), steepest_models::TableError>(())
    /// ```
    pub fn complete(&self, names: &[String]) -> Table {
        let asked: Vec<&Column> = self.columns.iter().filter(|column| names.contains(&column.name)).collect();
        let whole = |row: &usize| !asked.iter().any(|column| column.is_missing(*row));
        let rows: Vec<usize> = (0..self.rows()).filter(whole).collect();
        Table {
            source: self.source.clone(),
            columns: self.columns.iter().map(|column| column.only(&rows)).collect(),
            lines: rows.iter().map(|&row| self.lines[row]).collect(),
            heading: self.heading,
        }
    }
}

impl Column {
    /// Its cells in these rows, which are in order.
    fn only(&self, rows: &[usize]) -> Column {
        let coded = |codes: &[u32]| -> Vec<u32> { rows.iter().map(|&row| codes[row]).collect() };
        let moved = |kept: &Option<(usize, String)>| -> Option<(usize, String)> {
            let (row, cell) = kept.as_ref()?;
            Some((rows.binary_search(row).ok()?, cell.clone()))
        };
        let cells = match &self.cells {
            Cells::Numbers(x) => Cells::Numbers(rows.iter().map(|&row| x[row]).collect()),
            Cells::Labels { levels, codes, stray } => {
                Cells::Labels { levels: levels.clone(), codes: coded(codes), stray: moved(stray) }
            }
        };
        let Written { digits, large, comma, point, infinite } = &self.written;
        let written = Written {
            digits: None,
            large: moved(large),
            comma: moved(comma),
            point: moved(point),
            infinite: moved(infinite),
        };
        let written = match digits {
            Some(digits) => written.with(digits.only(rows)),
            None => written,
        };
        Column { name: self.name.clone(), cells, written, fault: self.fault.clone() }
    }
}
