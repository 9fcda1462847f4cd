//! KIN: which terms of a design a shift of a variable mixes: x:z with a new zero of z is x:z and x.
use super::curve::Curve;
use super::{Design, Expression, Factor, Function, term_name};
use std::collections::{BTreeMap, BTreeSet};

/// Where a column stands among the others; these are numbers of terms that have columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kin {
    /// Its term.
    pub(crate) term: usize,
    /// What a shift makes of it: x and z, of x:z; x, of I(x^2).
    pub(crate) below: Vec<usize>,
    /// What a shift makes it of: x:z and I(x^2), of x.
    pub(crate) above: Vec<usize>,
    /// What else a shift makes of those: z, of x beside x:z.
    pub(crate) beside: Vec<usize>,
}

/// That of the columns of these terms, each told by the name of its term; none of an intercept.
pub(super) fn kin(terms: &[Vec<Factor>], columns: &[String]) -> Vec<Option<Kin>> {
    let places: BTreeMap<String, usize> = terms.iter().enumerate().map(|(t, term)| (term_name(term), t)).collect();
    let of: Vec<Option<usize>> = columns.iter().map(|name| places.get(name).copied()).collect();
    // A term may have lost all its columns, and then is kin to nothing.
    let there: BTreeSet<usize> = of.iter().flatten().copied().collect();
    let mut holding: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for &t in &there {
        for name in variables(&terms[t]) {
            holding.entry(name).or_default().push(t);
        }
    }
    let (mut below, mut above) = (vec![BTreeSet::new(); terms.len()], vec![BTreeSet::new(); terms.len()]);
    for &t in &there {
        let near: BTreeSet<usize> =
            variables(&terms[t]).iter().filter_map(|name| holding.get(name)).flatten().copied().collect();
        below[t] = near.into_iter().filter(|&u| u != t && comes_of(&terms[u], &terms[t])).collect();
    }
    for &t in &there {
        for &u in &below[t] {
            if !below[u].contains(&t) {
                above[u].insert(t);
            }
        }
    }
    let mut found: BTreeMap<usize, Kin> = BTreeMap::new();
    for &t in &there {
        let mut beside: BTreeSet<usize> = above[t].iter().flat_map(|&s| below[s].iter().copied()).collect();
        beside.retain(|u| *u != t && !below[t].contains(u) && !above[t].contains(u));
        let [below, above, beside] = [&below[t], &above[t], &beside].map(|set| set.iter().copied().collect());
        found.insert(t, Kin { term: t, below, above, beside });
    }
    of.iter().map(|t| t.and_then(|t| found.get(&t).cloned())).collect()
}

/// Whether a shift of the variables of `t` makes `u` of it. Of x z it makes x, z and 1, and x^2 of neither; of a function that is no
/// straight line it may make any function of the same variables.
fn comes_of(u: &[Factor], t: &[Factor]) -> bool {
    let of = |f: &Factor, g: &Factor| match (line(f), line(g)) {
        (Some(x), Some(z)) => x == z,
        _ if f == g => true,
        (_, Some(_)) => false,
        _ => !matches!(g, Factor::Category(..)) && columns(f).is_subset(&columns(g)),
    };
    u.iter().all(|f| t.iter().any(|g| of(f, g)))
}
/// The column that a factor is a straight line in: `x`, `scale(x)`, the straight part of `s(x)`; or a column of labels.
fn line(factor: &Factor) -> Option<&str> {
    match factor {
        Factor::Column(name, _)
        | Factor::Call(Function::Scale | Function::Center, Expression::Column(name, _))
        | Factor::Curve(Curve::Smooth(_), Expression::Column(name, _), _) => Some(name),
        _ => None,
    }
}
fn columns(factor: &Factor) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    factor.columns(&mut |name, _| {
        names.insert(name);
    });
    names
}
fn variables(term: &[Factor]) -> BTreeSet<&str> {
    term.iter().flat_map(columns).collect()
}

impl Design<'_> {
    /// Of each column.
    pub(crate) fn kin(&self) -> Vec<Option<Kin>> {
        kin(&self.learned.terms, &self.terms)
    }
}

#[cfg(test)]
mod tests {
    use crate::formula::{Formula, Missing};
    use crate::table::Table;

    /// The names of the terms below a term, above it, and beside it.
    fn around(formula: &str, name: &str) -> [String; 3] {
        let text = b"y,x,z,w,v,g\n1,2,3,4,5,a\n2,4,2,5,1,b\n3,1,5,2,2,c\n5,2,1,1,3,a\n";
        let table = Table::parse("d.csv", text, Default::default()).unwrap();
        let formula: Formula = formula.parse().unwrap();
        let design = formula.design(&table, Missing::Error).unwrap();
        let kin = design.kin();
        assert_eq!(kin[0], None);
        let place = design.names.iter().position(|known| known == name).unwrap();
        let own = kin[place].as_ref().unwrap();
        let term = |t: usize| {
            let first = kin.iter().position(|kin| kin.as_ref().is_some_and(|kin| kin.term == t)).unwrap();
            design.terms[first].clone()
        };
        [&own.below, &own.above, &own.beside].map(|list| list.iter().map(|&t| term(t)).collect::<Vec<_>>().join(" "))
    }

    /// A shift of z makes x of x:z; of w, which stands in another product with x, it makes nothing.
    #[test]
    fn shifts_of_variables_join_terms() {
        let products = "y ~ x + z + w + x:z + x:w";
        assert_eq!(around(products, "z"), ["", "x:z", "x"]);
        assert_eq!(around(products, "x"), ["", "x:z x:w", "z w"]);
        assert_eq!(around(products, "x:z"), ["x z", "", ""]);
        let three = "y ~ x*z*w";
        assert_eq!(around(three, "x:z"), ["x z", "x:z:w", "w x:w z:w"]);
        assert_eq!(around(three, "x"), ["", "x:z x:w x:z:w", "z w z:w"]);
        assert_eq!(around(three, "x:z:w"), ["x z w x:z x:w z:w", "", ""]);
        // Columns of one variable that are no straight lines may each be made of the other; products of lines make no squares.
        let squares = "y ~ x + z + I(x^2) + I(x^3) + I(z^2) + x:z";
        assert_eq!(around(squares, "x:z"), ["x z", "", ""]);
        assert_eq!(around(squares, "I(x^2)"), ["x I(x^3)", "", ""]);
        assert_eq!(around(squares, "z"), ["", "I(z^2) x:z", "x"]);
        // Lines under other names, labels, and functions.
        assert_eq!(around("y ~ s(x, k = 3) + scale(z) + x:z", "scale(z)"), ["", "x:z", "s(x, k = 3)"]);
        assert_eq!(around("y ~ w + g + g:w + v", "g[b]"), ["", "g:w", "w"]);
        assert_eq!(around("y ~ w + g + g:w + v", "v"), ["", "", ""]);
        assert_eq!(around("y ~ log(x) + z + log(x):z", "log(x):z"), ["log(x) z", "", ""]);
    }
}
