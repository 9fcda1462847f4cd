//! NORMALISED: whether a log likelihood is, as it is written, the log density of columns of a table: made of laws by name alone.
use super::definition::{Definition, Support};
use super::lexer::Token;
use super::names::Free;
use super::parser::{Parser, Scope};

/// A part of a log likelihood.
#[derive(Clone, Debug)]
struct Part<'s> {
    /// The law that it begins with, and the columns that it is the law of.
    law: &'s str,
    outcomes: Vec<&'s str>,
    /// Whether it is the probability of all that lies above, as of a time that was not seen to its end.
    tail: bool,
}
impl Part<'_> {
    fn is_of_the_same(&self, other: &Part<'_>) -> bool {
        let within = |one: &Part<'_>, two: &Part<'_>| one.outcomes.iter().all(|outcome| two.outcomes.contains(outcome));
        within(self, other) && within(other, self)
    }
}

/// Whether `source`, which is a log likelihood, or `minus` one, shows that it is a density: it adds up named laws of different columns,
/// mixtures of such, and choices between a law and its tail, or between laws where no outcome chooses.
pub(crate) fn is_density(source: &str, scope: &Scope<'_>, minus: bool) -> bool {
    let Ok(mut parser) = Parser::new(source, scope) else { return false };
    let found = parser.joint(minus);
    found.is_some_and(|part| !part.tail) && parser.ended().is_ok()
}

impl<'s> Parser<'s, '_> {
    /// single {(+ | -) single}, all of one sign and of different columns.
    fn joint(&mut self, minus: bool) -> Option<Part<'s>> {
        let turned = self.take('-');
        let mut found = self.single(minus != turned)?;
        loop {
            let turned = match *self.peek() {
                Token::Sign('+') => false,
                Token::Sign('-') => true,
                _ => return Some(found),
            };
            self.advance();
            let next = self.single(minus != turned)?;
            if next.outcomes.iter().any(|outcome| found.outcomes.contains(outcome)) {
                return None;
            }
            found.outcomes.extend(next.outcomes);
            found.tail |= next.tail;
        }
    }
    /// A named law, a mixture, a choice, or one of these in parentheses.
    fn single(&mut self, minus: bool) -> Option<Part<'s>> {
        if self.take('(') {
            let found = self.joint(minus)?;
            return self.take(')').then_some(found);
        }
        let Token::Name(name) = *self.peek() else { return None };
        self.advance();
        if !self.take('(') {
            return None;
        }
        let found = match name {
            "where" => self.chosen(minus)?,
            _ if minus => return None,
            "log_mix" => {
                self.sum().ok()?;
                let [first, second] = self.pair(false)?;
                let alike = first.tail == second.tail && first.is_of_the_same(&second);
                alike.then_some(first)?
            }
            _ => self.named_law(name)?,
        };
        self.take(')').then_some(found)
    }
    /// , joint, joint
    fn pair(&mut self, minus: bool) -> Option<[Part<'s>; 2]> {
        let first = if self.take(',') { self.joint(minus)? } else { return None };
        let second = if self.take(',') { self.joint(minus)? } else { return None };
        Some([first, second])
    }
    /// What follows the parenthesis of `where`.
    fn chosen(&mut self, minus: bool) -> Option<Part<'s>> {
        let from = self.at;
        self.sum().ok()?;
        // The sign of the comparison.
        self.advance();
        self.sum().ok()?;
        let name = |token: &Token<'s>| if let Token::Name(name) = *token { Some(name) } else { None };
        let asked: Vec<&'s str> = self.tokens.get(from..self.at)?.iter().filter_map(|(token, _)| name(token)).collect();
        let [first, second] = self.pair(minus)?;
        match (first.tail, second.tail) {
            // Together these are the density of how long, and of whether that was the end.
            (false, true) => (first.law == second.law).then_some(first),
            (true, false) => (first.law == second.law).then_some(second),
            _ => {
                let decided = first.outcomes.iter().any(|outcome| asked.contains(outcome));
                (first.tail == second.tail && first.is_of_the_same(&second) && !decided).then_some(first)
            }
        }
    }
    /// What follows the parenthesis of `normal_lpdf` and its kin.
    fn named_law(&mut self, name: &'s str) -> Option<Part<'s>> {
        let definition = Definition::find(name)?;
        if let Some(law) = name.strip_suffix("_lccdf") {
            self.sum().ok()?;
            self.others()?;
            return Some(Part { law, outcomes: Vec::new(), tail: true });
        }
        let law = definition.law_name()?;
        // That of a list is one term of it alone.
        if definition.support == Some(Support::Simplex) {
            return None;
        }
        let (Token::Name(column), Free::Rows(rows)) = (*self.peek(), self.scope.free) else { return None };
        let constant = self.scope.constants.iter().any(|(known, _)| known == column);
        if constant || !rows.columns.iter().any(|known| known == column) {
            return None;
        }
        self.advance();
        self.others()?;
        Some(Part { law, outcomes: vec![column], tail: false })
    }
    /// {(, or |) argument}
    fn others(&mut self) -> Option<()> {
        let mut first = true;
        while self.take(',') || (first && self.take('|')) {
            self.sum().ok()?;
            first = false;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::names::{Named, Room, RowNames, Shape};
    use super::*;

    fn shows(source: &str, minus: bool) -> bool {
        let parameter = |(first, name): (usize, &str)| Named { name: name.into(), first, shape: Shape::Scalar };
        let names = RowNames {
            columns: ["y", "z", "t", "d", "x"].map(String::from).to_vec(),
            parameters: ["a", "s", "k", "p"].into_iter().enumerate().map(parameter).collect(),
            room: Room::Rows,
        };
        is_density(source, &Scope { constants: &[], free: Free::Rows(&names) }, minus)
    }

    #[test]
    fn what_is_made_of_named_laws_is_a_density() {
        for source in [
            "normal_lpdf(y | a + k*x, s)",
            "(std_normal_lpdf(y))",
            "poisson_lpmf(y, exp(a)) + normal_lpdf(z | y[-1], s)",
            "log_mix(p, normal_lpdf(y | a, s), student_t_lpdf(y | 3, a, s))",
            "where(d == 1, weibull_lpdf(t | k, s), weibull_lccdf(t | k, s))",
            "where(t >= 5, weibull_lccdf(5 | k, s), weibull_lpdf(t | k, s))",
            "where(x > 0, normal_lpdf(y | a, s), normal_lpdf(y | 0, s))",
        ] {
            assert!(shows(source, false), "{source}");
            assert!(!shows(source, true), "minus {source}");
        }
        for source in [
            "-normal_lpdf(y | a, s)",
            "-(normal_lpdf(y | a, s) + normal_lpdf(z | a, s))",
            "-normal_lpdf(y | a, s) - normal_lpdf(z | a, s)",
            "where(d == 1, -exponential_lpdf(t | k), -exponential_lccdf(t | k))",
        ] {
            assert!(shows(source, true), "{source}");
            assert!(!shows(source, false), "{source}");
        }
    }
    #[test]
    fn what_may_lack_a_constant_is_not() {
        for source in [
            "-0.5*((y - a)/s)^2 - log(s)",
            "2*normal_lpdf(y | a, s)",
            "normal_lpdf(y | a, s)*x",
            "normal_lpdf(y | a, s)/2",
            "normal_lpdf(y | a, s) + 1",
            // The density of log(y), and a prior.
            "normal_lpdf(log(y) | a, s)",
            "normal_lpdf(y | a, s) + normal_lpdf(a | 0, 1)",
            "normal_lpdf(y[-1] | a, s)",
            "normal_lpdf(y | a, s) + normal_lpdf(y | 0, s)",
            "normal_lpdf(y | a, s) - normal_lpdf(z | 0, s)",
            "weibull_lccdf(t | k, s)",
            "where(d == 1, weibull_lpdf(t | k, s), exponential_lccdf(t | k))",
            "where(y > 0, normal_lpdf(y | a, s), normal_lpdf(y | 0, s))",
            "where(d == 1, normal_lpdf(y | a, s), normal_lpdf(z | a, s))",
            "log_mix(p, normal_lpdf(y | a, s), weibull_lccdf(t | k, s))",
            "dirichlet_lpdf(y, a)",
            "a",
            "",
        ] {
            assert!(!shows(source, false) && !shows(source, true), "{source}");
        }
    }
}
