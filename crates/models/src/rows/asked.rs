//! ASKED: the rows in which a part of an expression counts at all, as far as comparisons of columns decide that.
//!
//! `where(w == 0, log(p), gamma_lpdf(w | a, b))` does not ask for log(w) where w is 0. What it is there is no matter, but it has to be
//! some number, as 0 times an infinite one is none; and other than 0 where it is a factor of a logarithm, a root, a power or a divisor,
//! whose slopes are infinite there.
use super::split::{Columns, Part};
use crate::expression::{Graph, Id, Node};
use steepest_kernels::tape::{Binary, Unary};

/// a >= b, or a > b where `strict`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guard {
    pub(super) strict: bool,
    pub(super) a: Id,
    pub(super) b: Id,
}
/// What has to hold along one way from the root to a node, which counts where that is so of any of its ways.
pub(super) type Way = Vec<Guard>;

/// With more ways than these a node is taken to count everywhere.
const MOST: usize = 16;
/// What a part is in a row in which it does not count: log(x), log(1 - x), 1/x and sqrt(x) have slopes there.
const ANY: f64 = 0.5;

/// How a node is used.
#[derive(Clone, Debug, Default)]
pub(super) struct Use {
    pub(super) ways: Vec<Way>,
    /// Whether something is divided by it, or by a product that it is in; so is the slope of a logarithm, a root and a power.
    pub(super) divides: bool,
}

/// How nodes are used on the way from `root`. `None` where nothing hangs on a comparison of columns.
pub(super) fn uses(graph: &Graph, parts: &[Part], root: Id) -> Option<Vec<Use>> {
    let known = |id: Id| matches!(parts.get(id.index()), Some(Part::Constant | Part::Column));
    let guard = |id: Id| match graph.node(id) {
        Node::Where { strict, a, b, c } if known(a) && known(b) => Some((Guard { strict, a, b }, c)),
        _ => None,
    };
    if !graph.ids().any(|id| guard(id).is_some()) {
        return None;
    }
    let mut uses = vec![Use::default(); root.index() + 1];
    uses[root.index()].ways.push(Vec::new());
    // Operands have smaller numbers.
    for id in graph.ids().take(root.index() + 1).rev() {
        if known(id) {
            continue;
        }
        let own = uses[id.index()].ways.clone();
        if !own.is_empty() {
            divisors(graph, id, uses[id.index()].divides).for_each(|below| uses[below.index()].divides = true);
        }
        match guard(id) {
            Some((guard, branch)) => {
                join(&mut uses[guard.a.index()].ways, &own);
                join(&mut uses[guard.b.index()].ways, &own);
                let inside: Vec<Way> = own.iter().map(|way| with(way, guard)).collect();
                join(&mut uses[branch.index()].ways, &inside);
            }
            None => graph.reads(id).for_each(|below| join(&mut uses[below.index()].ways, &own)),
        }
    }
    Some(uses)
}
/// What a node reads that must not be 0, where the node itself may be, or `divides`.
fn divisors(graph: &Graph, id: Id, divides: bool) -> impl Iterator<Item = Id> + use<> {
    let below = match graph.node(id) {
        Node::Binary(Binary::Mul, a, b) if divides => [Some(a), Some(b)],
        Node::Binary(Binary::Div, a, b) => [divides.then_some(a), Some(b)],
        Node::Binary(Binary::Pow, a, _) | Node::Unary(Unary::Log | Unary::Sqrt, a) => [Some(a), None],
        Node::Unary(Unary::Neg | Unary::Square, a) if divides => [Some(a), None],
        _ => [None; 2],
    };
    below.into_iter().flatten()
}

/// Columns that divide where a node counts, each with that node, and count in other ways as well: in
/// `where(w == 0, 0, poisson_lpmf(y | w*r))` w is compared in every row, and is a factor of a logarithm in some.
pub(super) fn shared(graph: &Graph, parts: &[Part], root: Id, uses: &[Use]) -> Vec<(Id, Id)> {
    let mut found = Vec::new();
    for id in graph.ids().take(root.index() + 1) {
        let own = &uses[id.index()];
        let everywhere = own.ways.is_empty() || own.ways.iter().any(Vec::is_empty);
        if everywhere || !matches!(parts.get(id.index()), Some(Part::Row)) {
            continue;
        }
        for below in divisors(graph, id, own.divides) {
            let column = matches!(parts.get(below.index()), Some(Part::Column));
            if column && uses[below.index()].ways.iter().any(|way| !own.ways.contains(way)) {
                found.push((id, below));
            }
        }
    }
    found
}
/// The same graph, in which these columns are nodes of their own where these nodes read them; and its root.
pub(super) fn parted(graph: &Graph, root: Id, places: &[(Id, Id)]) -> (Graph, Id) {
    let (mut out, mut made): (Graph, Vec<Id>) = (Graph::default(), Vec::with_capacity(root.index() + 1));
    for id in graph.ids().take(root.index() + 1) {
        let mut own = Vec::new();
        for (_, column) in places.iter().filter(|(reader, _)| *reader == id) {
            // The column, under a condition that always holds.
            let (one, zero) = (out.constant(1.0), out.constant(0.0));
            own.push((*column, out.only_where(true, (one, zero), made[column.index()])));
        }
        let operand =
            |below: Id| own.iter().find(|(column, _)| *column == below).map_or(made[below.index()], |own| own.1);
        let copy = out.rebuild(graph.node(id), operand);
        made.push(copy);
    }
    let root = made[root.index()];
    (out, root)
}

fn with(way: &[Guard], guard: Guard) -> Way {
    let mut way = way.to_vec();
    if !way.contains(&guard) {
        way.push(guard);
    }
    way
}
fn join(ways: &mut Vec<Way>, more: &[Way]) {
    for way in more {
        if !ways.contains(way) {
            ways.push(way.clone());
        }
    }
    if ways.len() > MOST || ways.iter().any(Vec::is_empty) {
        *ways = vec![Vec::new()];
    }
}

/// In the place of a node of the columns, one that is a number in the rows in which it does not count, or a divisor. `None` where the
/// node is that.
pub(super) fn mended(columns: &mut Columns, node: Id, usage: &Use) -> Option<Id> {
    let fits = |x: f64| x.is_finite() && !(usage.divides && x == 0.0);
    let mut values = columns.evaluated(node).ok()?;
    if values.iter().all(|x| fits(*x)) {
        return None;
    }
    let mut counts = vec![false; values.len()];
    for way in &usage.ways {
        let mut holds = vec![true; values.len()];
        for guard in way {
            let (a, b) = (columns.evaluated(guard.a).ok()?, columns.evaluated(guard.b).ok()?);
            for (holds, (a, b)) in holds.iter_mut().zip(a.iter().zip(&b)) {
                *holds &= a > b || (!guard.strict && a == b);
            }
        }
        counts.iter_mut().zip(holds).for_each(|(counts, holds)| *counts |= holds);
    }
    let mut changed = false;
    for (r, (x, counts)) in values.iter_mut().zip(counts).enumerate() {
        if !counts && !fits(*x) && !columns.is_open(r) {
            *x = ANY;
            changed = true;
        }
    }
    changed.then(|| columns.instead(node, &values))
}
