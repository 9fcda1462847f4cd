//! What a free name may mean: any coordinate, one of a list, or something of the rows of a table.
use super::definition::DEFINITIONS;
use super::error::ExpressionError;
use super::function::Function;
use super::graph::Id;
use super::lexer::Token;
use super::parser::{Found, LARGEST_INDEX, Parser};
use std::ops::Range;

/// Which free names there may be.
#[derive(Clone, Copy)]
pub(crate) enum Free<'a> {
    /// Any: the coordinates, by first appearance.
    Any,
    /// These alone, in this order.
    Listed(&'a [String]),
    /// Columns and parameters.
    Rows(&'a RowNames),
}

/// What a free name of a row expression is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Leaf {
    /// A reported number, by its place.
    Element(usize),
    /// Of the reported numbers from `first` on, the one whose code column `column` has in the row.
    Level { first: usize, column: usize },
    /// A column, so many rows up.
    Column { column: usize, lag: usize },
}

/// The names of a table and its parameters.
#[derive(Clone, Debug)]
pub(crate) struct RowNames {
    pub(crate) columns: Vec<String>,
    pub(crate) parameters: Vec<Named>,
    pub(crate) room: Room,
}
/// A parameter by name, with the place of its first reported number.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) first: usize,
    pub(crate) shape: Shape,
}
/// How many numbers a parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Scalar,
    Vector(usize),
    /// One a level of a column.
    Levels {
        column: usize,
        count: usize,
    },
}
/// Where an expression is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// In the likelihood of a row.
    Rows,
    /// In a prior on a number.
    Parameters,
    /// In a prior on each element of the parameter at this place.
    Elements(usize),
}

/// A name as it stands in a text: in backticks where it is more than letters, digits and underscores.
fn written(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphabetic() || c.is_ascii_digit() || c == '_');
    if plain { name.to_string() } else { format!("`{name}`") }
}

impl Parser<'_, '_> {
    /// A name that is not called, with or without an index.
    pub(super) fn reference(&mut self, name: &str, span: Range<usize>) -> Found<Id> {
        if let Some((_, node)) = self.locals.iter().rev().find(|(local, _)| *local == name) {
            return Ok(*node);
        }
        let constant = self.scope.constants.iter().find(|(known, _)| known == name);
        if let (Free::Rows(rows), None) = (self.scope.free, constant)
            && let Some(leaf) = self.of_rows(rows, name, &span)?
        {
            return Ok(self.leaf(leaf));
        }
        let open = self.span();
        if self.take('[') {
            let (index, inside) = self.index(open)?;
            if index < 1.0 {
                return Err(ExpressionError::new(inside, format!("the index is {index}"), "1 or more"));
            }
            return self.named(&format!("{name}[{index}]"), span.start..self.end());
        }
        self.named(name, span)
    }
    /// A whole number and the closing bracket.
    fn index(&mut self, open: Range<usize>) -> Found<(f64, Range<usize>)> {
        let from = self.span().start;
        let index = self.sum()?;
        let inside = from..self.end();
        let index = self.whole(index, inside.clone(), "an index", LARGEST_INDEX)?;
        self.close(']', open, "`]` or an operator")?;
        Ok((index, inside))
    }
    fn named(&mut self, name: &str, span: Range<usize>) -> Found<Id> {
        if let Some((_, value)) = self.scope.constants.iter().find(|(known, _)| known == name) {
            return Ok(self.graph.constant(*value));
        }
        if let Some(&place) = self.places.get(name) {
            return Ok(self.graph.variable(place));
        }
        let in_rows = matches!(self.scope.free, Free::Rows(_));
        match name {
            "pi" => return Ok(self.graph.constant(std::f64::consts::PI)),
            // Of a model of rows it is as likely a scale that was forgotten among the parameters.
            "tau" if in_rows => {
                let expected = "2*pi, or a parameter declared as `tau`, as in tau = \"positive\"";
                return Err(ExpressionError::new(span, "`tau` alone is ambiguous", expected));
            }
            "tau" => return Ok(self.graph.constant(std::f64::consts::TAU)),
            "e" => {
                let expected = "exp(...), or a constant or parameter declared as `e`";
                return Err(ExpressionError::new(span, "`e` alone is ambiguous", expected));
            }
            _ if ["inf", "infinity", "nan"].contains(&name.to_ascii_lowercase().as_str()) => {
                return Err(ExpressionError::new(span, format!("`{name}` is not a number here"), "a finite number"));
            }
            _ if Function::find(name).is_some()
                || ["sum", "where"].contains(&name)
                || DEFINITIONS.iter().any(|d| d.name == name) =>
            {
                let message = format!("`{name}` is a function");
                return Err(ExpressionError::new(span.clone(), message, format!("`(` after `{name}`")));
            }
            _ => {}
        }
        let built_in: &[&str] = if in_rows { &["pi"] } else { &["pi", "tau"] };
        let constants = self.scope.constants.iter().map(|(known, _)| known.as_str()).chain(built_in.iter().copied());
        let unknown =
            |expected: &str| ExpressionError::new(span.clone(), format!("unknown name `{name}`"), expected.to_string());
        match self.scope.free {
            Free::Any => {
                let place = self.names.len() as u32;
                self.names.push(name.to_string());
                self.places.insert(name.to_string(), place);
                Ok(self.graph.variable(place))
            }
            Free::Listed(names) => {
                Err(unknown("a parameter or a constant").near(name, names.iter().map(String::as_str).chain(constants)))
            }
            Free::Rows(rows) => {
                let rest = self.source.get(span.start..).unwrap_or_default();
                let cut = |column: &&String| column.len() > name.len() && rest.starts_with(column.as_str());
                if let Some(column) = rows.columns.iter().filter(cut).max_by_key(|column| column.len()) {
                    let whole = span.start..span.start + column.len();
                    let message = format!("unknown name `{name}`, and `{column}` is a column");
                    let expected = format!("the whole name in backticks, {}", written(column));
                    return Err(ExpressionError::new(whole, message, expected));
                }
                let columns = rows.columns.iter().filter(|_| rows.room == Room::Rows).map(String::as_str);
                let parameters = rows.parameters.iter().map(|p| p.name.as_str());
                let expected = if rows.room == Room::Rows { "a parameter or a column" } else { "a parameter" };
                let bare = name.split('[').next().unwrap_or(name);
                Err(unknown(expected).near(bare, parameters.chain(columns).chain(constants)))
            }
        }
    }

    /// The name of the parameter that `variate` is a number of, if a node depends on any of its numbers.
    pub(super) fn own_name(&self, id: Id, variate: Leaf) -> Option<String> {
        let Free::Rows(rows) = self.scope.free else { return None };
        let (Leaf::Element(at) | Leaf::Level { first: at, .. }) = variate else { return None };
        let own = rows.parameters.iter().find(|parameter| parameter.first == at)?;
        let count = match own.shape {
            Shape::Scalar => 1,
            Shape::Vector(count) | Shape::Levels { count, .. } => count,
        };
        let reads = |j: &u32| match self.leaves.get(*j as usize) {
            Some(Leaf::Element(k) | Leaf::Level { first: k, .. }) => (own.first..own.first + count).contains(k),
            _ => false,
        };
        self.graph.variables_below(id).iter().any(reads).then(|| own.name.clone())
    }

    /// The variable that stands for a leaf.
    pub(super) fn leaf(&mut self, leaf: Leaf) -> Id {
        let place = self.leaves.iter().position(|known| *known == leaf).unwrap_or_else(|| {
            self.leaves.push(leaf);
            self.leaves.len() - 1
        });
        self.graph.variable(place as u32)
    }
    /// A parameter or a column with its index read, if the name is one.
    fn of_rows(&mut self, rows: &RowNames, name: &str, span: &Range<usize>) -> Found<Option<Leaf>> {
        if let Some(place) = rows.parameters.iter().position(|p| p.name == name) {
            return self.of_parameter(rows, place, span).map(Some);
        }
        let Some(column) = rows.columns.iter().position(|c| c == name) else { return Ok(None) };
        if rows.room != Room::Rows {
            let message = format!("`{name}` is a column of the table");
            return Err(ExpressionError::new(span.clone(), message, "parameters and constants alone, in a prior"));
        }
        let open = self.span();
        if !self.take('[') {
            return Ok(Some(Leaf::Column { column, lag: 0 }));
        }
        let (index, inside) = self.index(open)?;
        if !(-1e6..=0.0).contains(&index) {
            let expected = format!("a row further up, as in {}[-1]", written(name));
            return Err(ExpressionError::new(inside, format!("`{name}` is a column of the table"), expected));
        }
        Ok(Some(Leaf::Column { column, lag: -index as usize }))
    }
    fn of_parameter(&mut self, rows: &RowNames, place: usize, span: &Range<usize>) -> Found<Leaf> {
        let Named { name, first, shape } = &rows.parameters[place];
        let (first, shape) = (*first, *shape);
        let open = self.span();
        let wrong =
            |at: Range<usize>, message: String, expected: String| Err(ExpressionError::new(at, message, expected));
        let count = match shape {
            Shape::Scalar if *self.peek() == Token::Sign('[') => {
                return wrong(open, format!("`{name}` is a single number"), "an operator".into());
            }
            Shape::Scalar => return Ok(Leaf::Element(first)),
            Shape::Vector(count) | Shape::Levels { count, .. } => count,
        };
        let own = match rows.room {
            Room::Elements(own) => Some(rows.parameters[own].shape),
            _ => None,
        };
        if !self.take('[') {
            if own == Some(shape) {
                return Ok(Leaf::Level { first, column: 0 });
            }
            let form = match shape {
                Shape::Levels { column, .. } => format!("{name}[{}]", written(&rows.columns[column])),
                _ => format!("{name}[1]"),
            };
            return wrong(
                span.clone(),
                format!("`{name}` is a list of {count} numbers"),
                format!("one of them, as in {form}"),
            );
        }
        let column = match *self.peek() {
            Token::Name(index) if self.closes_next() => rows.columns.iter().position(|c| c == index),
            _ => None,
        };
        if let Some(column) = column {
            let at = self.span();
            self.advance();
            self.advance();
            let index = &rows.columns[column];
            return match shape {
                Shape::Levels { column: of, .. } if of != column => {
                    let of = &rows.columns[of];
                    wrong(at, format!("`{name}` has one number a level of `{of}`"), format!("{name}[{}]", written(of)))
                }
                Shape::Levels { .. } if own == Some(shape) => Ok(Leaf::Level { first, column }),
                _ if rows.room == Room::Rows => Ok(Leaf::Level { first, column }),
                _ => wrong(at, format!("`{index}` is a column of the table"), "a whole number, in this prior".into()),
            };
        }
        let (index, inside) = self.index(open)?;
        if index < 1.0 || index > count as f64 {
            return wrong(
                inside,
                format!("`{name}` has {count} numbers, not a number {index}"),
                format!("1 to {count}"),
            );
        }
        Ok(Leaf::Element(first + index as usize - 1))
    }
}
