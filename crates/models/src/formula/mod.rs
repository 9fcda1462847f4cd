//! FORMULA: `y ~ x + log(z) + C(g) + x:g`, the notation of [WilkinsonRogers1973], read into terms and applied to a table.
mod apply;
mod cells;
mod coding;
mod complete;
mod curve;
mod elsewhere;
mod error;
mod expand;
mod groups;
mod kin;
mod order;
mod parse;
mod token;
mod values;
pub use apply::{Design, Missing, Response};
use curve::Curve;
pub use error::FormulaError;
use groups::Bar;
pub use groups::GroupDesign;
pub(crate) use kin::Kin;
use std::fmt;
use token::Span;
pub(crate) use values::Learned;

/// A model formula: a response, and terms whose coefficients are sought.
///
/// Terms: a column; `log`, `exp`, `sqrt`, `abs`, `square`, `log1p`, `scale`, `center` of an expression; `I(expression)`;
/// `poly(x, 3)` orthogonal polynomials; `s(x)`, or `s(x, k = 20)`, a penalised spline with k knots;
/// `C(column)` for categories; `a:b` for an interaction; `a*b` for `a + b + a:b`; `.` for every column not in the response;
/// `- term` to leave one out; `- 1` or `0 +` for no intercept. Expressions have `+ - * / ^` with the usual precedence.
/// A name with other characters than letters, digits, `_` and `.` goes between backticks.
///
/// Group effects: `(1 | g)` an intercept for every level of g; `(x | g)` a slope too, correlated with it, and `(x || g)`
/// independent of it; `(0 + x | g)` the slope alone; `(1 | g:h)` for pairs of levels, `(1 | g/h)` for g and for g:h. `offset(x)` is
/// added with coefficient 1. A binomial response reads `successes | trials(n)`; a response whose standard errors are known, as the
/// estimates of a meta-analysis are, `estimate | se(s)`. `.` leaves out the columns that stand in these.
///
/// ```
/// let formula: steepest_models::Formula = "y ~ a*b + log(x/2) - 1".parse()?;
/// assert_eq!(formula.to_string(), "y ~ 0 + a + b + log(x / 2) + a:b");
/// # Ok::<(), steepest_models::FormulaError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    text: String,
    response: Factor,
    about: Option<(About, Expression, Span)>,
    items: Vec<Item>,
    intercept: bool,
    weights: Option<String>,
}

/// What `response | name(expression)` says of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    /// The number of trials of each row.
    Trials,
    /// The standard error of each row.
    Errors,
}

impl About {
    const ALL: [About; 2] = [About::Trials, About::Errors];
    fn name(self) -> &'static str {
        match self {
            About::Trials => "trials",
            About::Errors => "se",
        }
    }
}

/// A term added or taken away, in the order written.
#[derive(Clone, Debug, PartialEq)]
enum Item {
    Add(Vec<Factor>),
    Remove(Vec<Factor>),
    /// `.`: every column that the response does not use.
    Rest,
    /// `(x | g)`
    Group(Bar),
    /// `offset(expression)`
    Offset(Expression, Span),
}

/// What terms are products of.
#[derive(Clone, Debug, PartialEq)]
enum Factor {
    /// A column, of numbers or of labels.
    Column(String, Span),
    /// `C(column)`: a column whose values are categories.
    Category(String, Span),
    /// `I(expression)`.
    Identity(Expression),
    /// `log(expression)` and the like.
    Call(Function, Expression),
    /// `poly(expression, degree)`, `s(expression)`.
    Curve(Curve, Expression, Span),
}

/// Arithmetic on columns.
#[derive(Clone, Debug, PartialEq)]
enum Expression {
    Number(f64),
    Column(String, Span),
    Negative(Box<Expression>),
    Binary(char, Box<Expression>, Box<Expression>),
    Call(Function, Box<Expression>),
}

/// The functions a formula knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Log,
    Exp,
    Sqrt,
    Abs,
    Square,
    Log1p,
    /// (x - mean) / sd over the rows in use.
    Scale,
    /// x - mean over the rows in use.
    Center,
}

impl Function {
    const ALL: [(&str, Function); 8] = [
        ("log", Function::Log),
        ("exp", Function::Exp),
        ("sqrt", Function::Sqrt),
        ("abs", Function::Abs),
        ("square", Function::Square),
        ("log1p", Function::Log1p),
        ("scale", Function::Scale),
        ("center", Function::Center),
    ];
    fn name(self) -> &'static str {
        Self::ALL.iter().find(|f| f.1 == self).map_or("", |f| f.0)
    }
    /// The function applied to every entry; `mean` and `sd` are for those that use them.
    fn apply(self, x: &mut [f64], mean: f64, sd: f64) {
        for x in x {
            *x = match self {
                Function::Log => x.ln(),
                Function::Exp => x.exp(),
                Function::Sqrt => x.sqrt(),
                Function::Abs => x.abs(),
                Function::Square => *x * *x,
                Function::Log1p => x.ln_1p(),
                Function::Scale => (*x - mean) / sd,
                Function::Center => *x - mean,
            };
        }
    }
}

/// Mean and standard deviation (divisor n - 1), in two passes.
pub(crate) fn moments(x: &[f64]) -> (f64, f64) {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    let square = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
    (mean, (square / (n - 1.0).max(1.0)).sqrt())
}

impl Formula {
    /// The formula as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }
    /// Whether there is an intercept.
    pub fn intercept(&self) -> bool {
        self.intercept
    }
    /// The same formula, each row counting for as many as `column` says.
    pub fn weighted(self, column: Option<&str>) -> Formula {
        Formula { weights: column.map(str::to_string), ..self }
    }
    /// The same formula, a response of numbers taken for categories in their order.
    pub(crate) fn with_categories(self) -> Formula {
        let response = match self.response {
            Factor::Column(name, at) => Factor::Category(name, at),
            other => other,
        };
        Formula { response, ..self }
    }
    /// Whether there is more in it than fixed effects: group effects, offsets, trials, standard errors, weights.
    pub(crate) fn is_mixed(&self) -> bool {
        let more = |item: &Item| match item {
            Item::Group(_) | Item::Offset(..) => true,
            Item::Add(term) => curve::is_smooth(term),
            _ => false,
        };
        self.about.is_some() || self.weights.is_some() || self.items.iter().any(more)
    }
}

impl Factor {
    /// The column it is, as numbers or as categories.
    fn column(&self) -> Option<&str> {
        match self {
            Factor::Column(name, _) | Factor::Category(name, _) => Some(name),
            _ => None,
        }
    }
    /// Calls `see` with every column the factor uses.
    fn columns<'a>(&'a self, see: &mut impl FnMut(&'a str, Span)) {
        match self {
            Factor::Column(name, at) | Factor::Category(name, at) => see(name, *at),
            Factor::Identity(e) | Factor::Call(_, e) | Factor::Curve(_, e, _) => e.columns(see),
        }
    }
}
impl Expression {
    fn columns<'a>(&'a self, see: &mut impl FnMut(&'a str, Span)) {
        match self {
            Expression::Number(_) => {}
            Expression::Column(name, at) => see(name, *at),
            Expression::Negative(e) | Expression::Call(_, e) => e.columns(see),
            Expression::Binary(_, a, b) => {
                a.columns(see);
                b.columns(see);
            }
        }
    }
    /// How tightly the outermost operator binds.
    fn precedence(&self) -> u8 {
        match self {
            Expression::Binary('+' | '-', ..) => 1,
            Expression::Binary('*' | '/', ..) => 2,
            Expression::Negative(_) => 3,
            Expression::Binary(..) => 4,
            _ => 5,
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tight = |e: &Expression, least: u8| if e.precedence() < least { format!("({e})") } else { e.to_string() };
        match self {
            Expression::Number(x) => write!(f, "{x}"),
            Expression::Column(name, _) => f.write_str(name),
            Expression::Negative(e) => write!(f, "-{}", tight(e, 3)),
            Expression::Call(g, e) => write!(f, "{}({e})", g.name()),
            Expression::Binary('^', a, b) => write!(f, "{}^{}", tight(a, 5), tight(b, 3)),
            Expression::Binary(op, a, b) => {
                let level = self.precedence();
                write!(f, "{} {op} {}", tight(a, level), tight(b, level + 1))
            }
        }
    }
}

/// The name of the factor in the names of coefficients.
impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Factor::Column(name, _) => f.write_str(name),
            Factor::Category(name, _) => write!(f, "C({name})"),
            Factor::Identity(e) => write!(f, "I({e})"),
            Factor::Call(g, e) => write!(f, "{}({e})", g.name()),
            Factor::Curve(curve, e, _) => curve.write(e, f),
        }
    }
}

/// `a:b`.
fn term_name(term: &[Factor]) -> String {
    term.iter().map(Factor::to_string).collect::<Vec<_>>().join(":")
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.response)?;
        self.about.iter().try_for_each(|(about, e, _)| write!(f, " | {}({e})", about.name()))?;
        write!(f, " ~ {}", if self.intercept { "1" } else { "0" })?;
        let rest = self.items.contains(&Item::Rest);
        let terms = expand::terms(&self.items, &[]);
        if rest {
            f.write_str(" + .")?;
        }
        terms.iter().try_for_each(|t| write!(f, " + {}", term_name(t)))?;
        self.items.iter().try_for_each(|i| match i {
            Item::Remove(t) if rest => write!(f, " - {}", term_name(t)),
            Item::Group(bar) => write!(f, " + {bar}"),
            Item::Offset(e, _) => write!(f, " + offset({e})"),
            _ => Ok(()),
        })
    }
}
