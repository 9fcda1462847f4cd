//! RESPOND: a row model with another response in the place of its own.
use super::{Data, Plan, Rows, RowsError, RowsOptions};
use crate::Table;

impl Rows {
    /// The model of `options` on `table`; with a response, one number for each of the rows in use, with that in the column
    /// that `response` names.
    ///
    /// # Errors
    /// As [`Rows::new`].
    pub fn on(table: &Table, options: &RowsOptions, response: Option<&[f64]>) -> Result<Rows, RowsError> {
        let (Some(y), Some(name)) = (response, &options.response) else { return Rows::new(table, options) };
        let plan = Plan::new(table, options, None)?;
        let rows = Data::new(table, &plan.names.columns, &plan.read(options)?, options, None)?.rows;
        Rows::new(&table.with_numbers(name, &rows, y)?, options)
    }
}
