//! ELSEWHERE: functions that other languages have, and how a formula says the same.
use super::Function;
use crate::table::{did_you_mean, nearest};

/// What is written here in the place of other functions.
const ELSEWHERE: [(&[&str], &str); 13] = [
    (&["ln"], "the natural logarithm is log(x)"),
    (&["log10"], "write log(x) / log(10), inside I( )"),
    (&["log2"], "write log(x) / log(2), inside I( )"),
    (&["exp10"], "write 10^x, inside I( )"),
    (&["expm1"], "write exp(x) - 1, inside I( )"),
    (&["pow", "power"], "write a power inside I( ), as in I(x^2)"),
    (&["bs", "ns", "cs", "cr", "cc", "te", "ti", "gam", "spline", "splines"], "a smooth curve is s(x)"),
    (&["lag", "lead", "diff", "shift"], "a formula reads one row; add a column of the shifted values to the table"),
    (&["factor", "as.factor", "ordered", "cat", "category"], "categories are C(x)"),
    (&["standardize", "standardise", "zscore", "z"], "(x - mean) / sd is scale(x)"),
    (&["demean"], "x - mean is center(x)"),
    (&["logit"], "write log(x / (1 - x))"),
    (&["as.numeric", "numeric"], "a column of numbers is written by its name"),
];

/// The complaint about a function that no formula has.
pub(super) fn unknown(name: &str) -> String {
    let wanted = name.to_lowercase();
    let names: Vec<&str> = Function::ALL.iter().map(|f| f.0).chain(["C", "I", "poly", "s"]).collect();
    let hint = match ELSEWHERE.iter().find(|(others, _)| others.contains(&wanted.as_str())) {
        Some((_, here)) => format!("; {here}"),
        None => match nearest(name, names.iter().copied()).filter(|known| is_slip(&wanted, known)) {
            None => format!("; the functions are {}", names.join(", ")),
            near => did_you_mean(&near),
        },
    };
    format!("there is no function '{name}'{hint}")
}

/// Whether one name may be the other mistyped: one slip in a short name, two in a long one.
fn is_slip(name: &str, known: &str) -> bool {
    let most = if name.chars().count() < 5 { 1 } else { 2 };
    strsim::damerau_levenshtein(name, &known.to_lowercase()) <= most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_are_of_use() {
        for (name, hint) in [
            ("log10", "; write log(x) / log(10), inside I( )"),
            ("bs", "; a smooth curve is s(x)"),
            ("lag", "; a formula reads one row; add a column of the shifted values to the table"),
            ("sqr", "; did you mean 'sqrt'?"),
            ("centre", "; did you mean 'center'?"),
            ("Log", "; did you mean 'log'?"),
        ] {
            assert_eq!(unknown(name), format!("there is no function '{name}'{hint}"));
        }
        assert!(unknown("plot").starts_with("there is no function 'plot'; the functions are log, exp, "));
    }
}
