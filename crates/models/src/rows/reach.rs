//! REACH: whether a parameter can be where its prior has no density.
//!
//! The formula of a law on a half-line goes on below 0: `half_normal(1)` on all numbers would be normal(0, 1), and what is drawn
//! from the prior would have another law than what is sampled.
use super::domain::Domain;
use crate::expression::{ExpressionError, Law, Named, Shape, Support};

/// Refuses a law, written `text`, that ends inside of the domain of the parameter that it is the prior of.
///
/// # Errors
/// What is wrong, and what to declare.
pub(super) fn fits(
    (parameter, domain): (&Named, Domain),
    columns: &[String],
    text: &str,
    law: &Law,
) -> Result<(), ExpressionError> {
    let Some(definition) = law.definition else { return Ok(()) };
    let (name, of) = (&parameter.name, definition.law_name().unwrap_or_default());
    let wrong = |message: String, expected: String| Err(ExpressionError::new(0..text.len(), message, expected));
    if definition.support.is_some_and(Support::is_discrete) {
        let message = format!("`{of}` is a law of whole numbers, and `{name}` is {domain}");
        return wrong(message, "a law with a density, such as gamma(2, 1)".to_string());
    }
    if definition.support == Some(Support::Simplex) && domain != Domain::Simplex {
        let count = if let Shape::Vector(count @ 2..) = parameter.shape { count } else { 3 };
        let message = format!("`{of}` is the law of a simplex, and `{name}` is {domain}");
        return wrong(message, format!("{name} = \"simplex({count})\""));
    }
    let ((low, high), (from, to)) = (definition.interval(&law.given), domain.ends());
    // There is no ordered list of positive numbers that could be declared; there the law is cut off where it ends.
    if (from >= low && to <= high) || matches!(domain, Domain::Ordered | Domain::Simplex) {
        return Ok(());
    }
    let range = if high == f64::INFINITY { format!("from {low} on") } else { format!("between {low} and {high}") };
    let message = format!("`{of}` is a law of numbers {range}, and `{name}` is {domain}");
    let (low, high) = (low.max(from), high.min(to));
    if low >= high {
        return wrong(message, "another law, or another domain".to_string());
    }
    let plain = (low, high) == (0.0, f64::INFINITY);
    let kind = if plain { "positive".to_string() } else { format!("bounded({low}, {high})") };
    let kind = match parameter.shape {
        Shape::Scalar => kind,
        Shape::Vector(count) => format!("{kind}[{count}]"),
        Shape::Levels { column, .. } => format!("{kind}[{}]", columns[column]),
    };
    wrong(message, format!("{name} = \"{kind}\""))
}
