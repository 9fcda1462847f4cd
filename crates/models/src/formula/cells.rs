//! CELLS: combinations of levels of several categories. Where no row has some of them, products of indicators become sums of others: with
//! (a, x) of `f*g` in no row, f[b]:g[y] is f[b] + g[y] - 1.
use super::token::Span;
use super::values::Learned;
use super::{Factor, Formula, FormulaError};
use crate::table::Table;
use std::collections::{BTreeMap, BTreeSet};
use steepest_kernels::{axpy, dot};

/// A share of a product below this is rounding.
const LEAST: f64 = 1e-7;

/// Indicators that are multiplied: the number of each category, and its level.
pub(super) type Indicators = Vec<(usize, usize)>;

/// A category of a product.
pub(super) struct Category<'a> {
    /// Its number.
    pub(super) number: usize,
    pub(super) name: &'a str,
    pub(super) levels: &'a [String],
    /// The level of each row.
    pub(super) codes: &'a [u32],
}

/// The products of indicators that have columns, by the numbers these are multiplied by.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// The terms, which say where this is: among the fixed effects, or in a bar.
    pub(super) place: String,
    /// The subsets of categories that are spanned.
    pub(super) used: BTreeMap<Vec<String>, BTreeSet<Vec<usize>>>,
    pub(super) by: BTreeMap<Vec<String>, Vec<Indicators>>,
}

/// What is known of the cells of an interaction of which some columns were left out.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cells {
    /// Those that rows had.
    seen: BTreeSet<Vec<u32>>,
    /// The products that were left out.
    out: BTreeSet<Indicators>,
}

impl Formula {
    /// Of products of indicators of these categories, those that are sums of the ones before, in every row.
    ///
    /// # Errors
    /// A new row in a cell that no row had, where what was left out rests on that.
    pub(super) fn tied(
        &self,
        term: &[Factor],
        categories: &[Category<'_>],
        (numeric, new): (&[String], &[Indicators]),
        made: &Made,
        (table, rows): (&Table, &[usize]),
        learned: &mut Learned,
    ) -> Result<BTreeSet<Indicators>, FormulaError> {
        let names: Vec<&str> = categories.iter().map(|c| c.name).chain(numeric.iter().map(String::as_str)).collect();
        let key = (made.place.clone(), names.join(":"));
        if learned.fixed {
            let Some(cells) = learned.cells.get(&key) else { return Ok(BTreeSet::new()) };
            return match unseen(categories, &cells.seen) {
                None => Ok(cells.out.clone()),
                Some((k, cell)) => {
                    let mut at = Span::default();
                    term.iter().for_each(|factor| factor.columns(&mut |_, place| at = place));
                    let (file, row) = (table.source(), table.line(rows[k]));
                    let problem =
                        format!("{file}, row {row}: no row of the fit has {cell}, so what it adds is not known");
                    Err(FormulaError::new(&self.text, at, problem))
                }
            };
        }
        let seen = seen(categories);
        let known = made.by.get(numeric).map_or(&[] as &[Indicators], Vec::as_slice);
        let out = sums_of_others(&seen, categories, known, new);
        if !out.is_empty() {
            learned.cells.insert(key, Cells { seen, out: out.clone() });
        }
        Ok(out)
    }
}

/// The combinations of levels that rows have.
fn seen(categories: &[Category<'_>]) -> BTreeSet<Vec<u32>> {
    let mut seen: BTreeSet<Vec<u32>> = BTreeSet::new();
    each(categories, |_, cell| {
        if !seen.contains(cell) {
            seen.insert(cell.to_vec());
        }
    });
    seen
}
/// The first row in a cell that is not among these, and the name of the cell.
fn unseen(categories: &[Category<'_>], seen: &BTreeSet<Vec<u32>>) -> Option<(usize, String)> {
    let mut found = None;
    each(categories, |k, cell| {
        if found.is_none() && !seen.contains(cell) {
            let level =
                |(c, code): (&Category<'_>, &u32)| c.levels.get(*code as usize).map(|l| format!("{}[{l}]", c.name));
            let names: Vec<String> = categories.iter().zip(cell).filter_map(level).collect();
            found = Some((k, names.join(":")));
        }
    });
    found
}
fn each(categories: &[Category<'_>], mut see: impl FnMut(usize, &[u32])) {
    let rows = categories.iter().map(|c| c.codes.len()).min().unwrap_or(0);
    let mut cell = vec![0; categories.len()];
    for k in 0..rows {
        cell.iter_mut().zip(categories).for_each(|(code, category)| *code = category.codes[k]);
        see(k, &cell);
    }
}

/// Those of the `new` products that are sums of products of these categories before them: in the cells that rows have, as no row is
/// elsewhere. What is 0 in all of them is none.
fn sums_of_others(
    seen: &BTreeSet<Vec<u32>>,
    categories: &[Category<'_>],
    known: &[Indicators],
    new: &[Indicators],
) -> BTreeSet<Indicators> {
    let mut out = BTreeSet::new();
    let place = |number: usize| categories.iter().position(|c| c.number == number);
    // In each cell 1 or 0; nothing where another category has a part in the product.
    let values = |indicators: &Indicators| -> Option<Vec<f64>> {
        let mut levels = Vec::with_capacity(indicators.len());
        for (number, level) in indicators {
            levels.push((place(*number)?, *level));
        }
        let is = |cell: &Vec<u32>| {
            levels.iter().all(|(at, level)| cell.get(*at).is_some_and(|code| *code as usize == *level))
        };
        Some(seen.iter().map(|cell| f64::from(u8::from(is(cell)))).collect())
    };
    let known: Vec<Vec<f64>> = known.iter().filter_map(values).collect();
    let new: Vec<(&Indicators, Vec<f64>)> = new.iter().filter_map(|own| Some((own, values(own)?))).collect();
    let some = new.iter().filter(|(_, x)| x.contains(&1.0)).count();
    // As many products as cells, the products of all levels of which are that many: they are told apart.
    if known.len() + some == seen.len() {
        return out;
    }
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for (own, mut x) in known.into_iter().map(|x| (None, x)).chain(new.into_iter().map(|(own, x)| (Some(own), x))) {
        let whole = dot(&x, &x).sqrt();
        // The second time for what rounding left the first time.
        for _ in 0..2 {
            basis.iter().for_each(|vector| axpy(-dot(vector, &x), vector, &mut x));
        }
        let size = dot(&x, &x).sqrt();
        if size > LEAST * whole {
            x.iter_mut().for_each(|x| *x /= size);
            basis.push(x);
        } else if let (Some(own), true) = (own, whole > 0.0) {
            out.insert(own.clone());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::formula::{Design, Formula, Missing};
    use crate::table::Table;

    fn table(cells: &[&str]) -> Table {
        let line = |(r, cell): (usize, &&str)| format!("{},{cell},{}\n", r * r % 5, r % 3);
        let text: String = cells.iter().chain(cells).enumerate().map(line).collect();
        Table::parse("d.csv", format!("y,f,g,x\n{text}").as_bytes(), Default::default()).unwrap()
    }
    fn names(design: &Design<'_>) -> String {
        design.names.join(" ")
    }

    /// Of the cells that rows have each has one mean, whichever is empty: as many columns as cells, and a note.
    #[test]
    fn an_empty_cell_of_references_takes_a_column_with_it() {
        let table = table(&["a,z", "b,y", "b,z"]);
        let formula: Formula = "y ~ f*g".parse().unwrap();
        let design = formula.design(&table, Missing::Error).unwrap();
        assert_eq!(names(&design), "intercept f[b] g[z]");
        let why = "Left out, as combinations of levels that no row has make them sums of other columns: f[b]:g[z].";
        assert_eq!(design.notes, [why]);
        // New rows in the cells that there were, and in the one that there was not.
        let like = |text: &str| {
            let table = Table::parse("new.csv", text.as_bytes(), Default::default()).unwrap();
            formula.design_like(&table, &design.learned).map(|d| d.columns.len()).map_err(|e| e.to_string())
        };
        assert_eq!(like("f,g\na,z\nb,z\n"), Ok(3));
        let error = like("f,g\nb,y\na,y\n").unwrap_err();
        assert!(
            error.starts_with("new.csv, row 3: no row of the fit has f[a]:g[y], so what it adds is not known\n"),
            "{error}"
        );
    }

    /// Six of nine cells, of which three are with references: six columns. Beside them those of a slope in each of three cells, and
    /// where the interaction stands alone.
    #[test]
    fn as_many_columns_as_cells() {
        let table = self::table(&["a,y", "b,x", "b,z", "c,x", "c,y", "c,z"]);
        for (formula, count) in [("y ~ f*g", 6), ("y ~ f:g", 6), ("y ~ 0 + f:g", 6), ("y ~ f + f:g", 6)] {
            let parsed: Formula = formula.parse().unwrap();
            let design = parsed.design(&table, Missing::Error).unwrap();
            assert_eq!(design.names.len(), count, "{formula}: {}", names(&design));
        }
        let slopes: Formula = "y ~ f*g*x".parse().unwrap();
        let table = self::table(&["a,z", "b,y", "b,z"]);
        assert_eq!(names(&slopes.design(&table, Missing::Error).unwrap()), "intercept f[b] g[z] x f[b]:x g[z]:x");
        // No cell is empty, and nothing is left out.
        let table = self::table(&["a,z", "b,y", "b,z", "a,y"]);
        let full: Formula = "y ~ f*g".parse().unwrap();
        let design = full.design(&table, Missing::Error).unwrap();
        assert_eq!((names(&design).as_str(), design.notes.len()), ("intercept f[b] g[z] f[b]:g[z]", 0));
    }
}
