//! Densities and other functions that are defined in the language itself.

/// A function by its text.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) name: &'static str,
    /// Names of the arguments, in order.
    pub(crate) arguments: &'static [&'static str],
    text: &'static str,
    /// What the outcome can be, where that is not every number.
    pub(crate) support: Option<Support>,
}
/// What the outcome of a law, its first argument, can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Support {
    /// 0 or 1.
    Binary,
    /// Whole numbers from 0 on.
    Counts,
    /// Whole numbers from 0 to the second argument.
    Successes,
    /// 0 and more.
    Positive,
    /// From 0 to 1.
    Unit,
    /// One of a list of positive numbers that add up to 1.
    Simplex,
    /// The second argument and more: the formula has its end in it.
    From,
    /// From the second argument to the third: so has this.
    Between,
}
impl Support {
    /// The ends of what is the same for all arguments, of laws whose formula goes on beyond them.
    pub(crate) fn ends(self) -> Option<(f64, f64)> {
        match self {
            Support::Positive => Some((0.0, f64::INFINITY)),
            Support::Unit | Support::Simplex => Some((0.0, 1.0)),
            _ => None,
        }
    }
    /// Whether the outcomes are whole numbers.
    pub(crate) fn is_discrete(self) -> bool {
        matches!(self, Support::Binary | Support::Counts | Support::Successes)
    }
}
const fn define(name: &'static str, arguments: &'static [&'static str], text: &'static str) -> Definition {
    Definition { name, arguments, text, support: None }
}

/// log densities (`_lpdf`), log probabilities (`_lpmf`) and log P(Y > y) (`_lccdf`), all normalised over y, with the names and
/// arguments of [CarpenterEtAl2017]; dirichlet_lpdf is the term of one number, to which a prior adds log Gamma(a_1 + ... + a_K) once for
/// the list. What depends on parameters alone is computed once, so lgamma of a count costs nothing.
#[rustfmt::skip]
pub(super) const DEFINITIONS: &[Definition] = &[
    define("bernoulli_lpmf", &["y", "p"], "y*log(p) + (1 - y)*log1p(-p)").of(Support::Binary),
    define("bernoulli_logit_lpmf", &["y", "eta"], "y*eta - log1pexp(eta)").of(Support::Binary),
    define("beta_lpdf", &["y", "a", "b"],
        "lgamma(a + b) - lgamma(a) - lgamma(b) + (a - 1)*log(y) + (b - 1)*log1p(-y)").of(Support::Unit),
    define("beta_proportion_lpdf", &["y", "mu", "k"],
        "lgamma(k) - lgamma(mu*k) - lgamma((1 - mu)*k) + (mu*k - 1)*log(y) + ((1 - mu)*k - 1)*log1p(-y)").of(Support::Unit),
    define("binomial_lpmf", &["y", "n", "p"], "log_choose(n, y) + y*log(p) + (n - y)*log1p(-p)").of(Support::Successes),
    define("binomial_logit_lpmf", &["y", "n", "eta"], "log_choose(n, y) + y*eta - n*log1pexp(eta)").of(Support::Successes),
    define("cauchy_lpdf", &["y", "mu", "s"], "-log(pi*s) - log1p(((y - mu)/s)^2)"),
    define("dirichlet_lpdf", &["y", "a"], "(a - 1)*log(y) - lgamma(a)").of(Support::Simplex),
    define("double_exponential_lpdf", &["y", "mu", "s"], "-log(2*s) - abs(y - mu)/s"),
    define("exponential_lccdf", &["y", "rate"], "-rate*max(y, 0)"),
    define("exponential_lpdf", &["y", "rate"], "log(rate) - rate*y").of(Support::Positive),
    define("gamma_lpdf", &["y", "a", "rate"], "a*log(rate) - lgamma(a) + (a - 1)*log(y) - rate*y").of(Support::Positive),
    define("gumbel_lpdf", &["y", "mu", "s"], "-log(s) - (y - mu)/s - exp(-(y - mu)/s)"),
    define("half_cauchy_lpdf", &["y", "s"], "log(2) + cauchy_lpdf(y, 0, s)").of(Support::Positive),
    define("half_normal_lpdf", &["y", "s"], "log(2) + normal_lpdf(y, 0, s)").of(Support::Positive),
    define("half_student_t_lpdf", &["y", "nu", "s"], "log(2) + student_t_lpdf(y, nu, 0, s)").of(Support::Positive),
    define("inv_gamma_lpdf", &["y", "a", "b"], "a*log(b) - lgamma(a) - (a + 1)*log(y) - b/y").of(Support::Positive),
    define("log_choose", &["n", "y"], "lgamma(n + 1) - lgamma(y + 1) - lgamma(n - y + 1)"),
    define("log_mix", &["p", "a", "b"], "logsumexp(log(p) + a, log1p(-p) + b)"),
    define("logistic_lccdf", &["y", "mu", "s"], "-log1pexp((y - mu)/s)"),
    define("logistic_lpdf", &["y", "mu", "s"], "-log(s) - (y - mu)/s - 2*log1pexp(-(y - mu)/s)"),
    define("loglogistic_lccdf", &["y", "scale", "shape"], "-log1pexp(shape*(log(y) - log(scale)))"),
    define("loglogistic_lpdf", &["y", "scale", "shape"],
        "log(shape) - log(y) + shape*(log(y) - log(scale)) - 2*log1pexp(shape*(log(y) - log(scale)))").of(Support::Positive),
    define("lognormal_lpdf", &["y", "mu", "s"], "normal_lpdf(log(y), mu, s) - log(y)").of(Support::Positive),
    define("neg_binomial_2_lpmf", &["y", "mu", "phi"],
        "log_rising_factorial(phi, y) - lgamma(y + 1) + y*log(mu/phi) - (y + phi)*log1p(mu/phi)").of(Support::Counts),
    define("neg_binomial_2_log_lpmf", &["y", "eta", "phi"],
        "log_rising_factorial(phi, y) - lgamma(y + 1) + y*(eta - log(phi)) - (y + phi)*log1pexp(eta - log(phi))").of(Support::Counts),
    define("normal_lpdf", &["y", "mu", "s"], "-0.5*((y - mu)/s)^2 - log(s) - 0.5*log(tau)"),
    define("pareto_lpdf", &["y", "least", "a"],
        "log(a) + a*log(least) - (a + 1)*log(max(y, least)) + log(where(y < least, 0, 1))").of(Support::From),
    define("poisson_lpmf", &["y", "rate"], "y*log(rate) - rate - lgamma(y + 1)").of(Support::Counts),
    define("poisson_log_lpmf", &["y", "eta"], "y*eta - exp(eta) - lgamma(y + 1)").of(Support::Counts),
    define("rayleigh_lpdf", &["y", "s"], "log(y) - 2*log(s) - 0.5*(y/s)^2").of(Support::Positive),
    define("std_normal_lpdf", &["y"], "-0.5*y^2 - 0.5*log(tau)"),
    define("student_t_lpdf", &["y", "nu", "mu", "s"],
        "log_rising_factorial(0.5*nu, 0.5) - 0.5*log(pi*nu) - log(s) - 0.5*(nu + 1)*log1p(((y - mu)/s)^2/nu)"),
    define("uniform_lpdf", &["y", "low", "high"], "log(where(y < low, 0, where(y > high, 0, 1/(high - low))))")
        .of(Support::Between),
    define("weibull_lccdf", &["y", "shape", "scale"], "-exp(shape*(log(y) - log(scale)))"),
    define("weibull_lpdf", &["y", "shape", "scale"],
        "log(shape) - log(y) + shape*(log(y) - log(scale)) - exp(shape*(log(y) - log(scale)))").of(Support::Positive),
];

impl Definition {
    /// The same, whose outcome is in this set.
    const fn of(self, support: Support) -> Definition {
        Definition { name: self.name, arguments: self.arguments, text: self.text, support: Some(support) }
    }
    pub(super) fn find(name: &str) -> Option<&'static Definition> {
        DEFINITIONS.iter().find(|d| d.name == name)
    }
    /// The density a law in a prior stands for: `normal` for `normal_lpdf`.
    pub(super) fn law(name: &str) -> Option<&'static Definition> {
        DEFINITIONS.iter().find(|d| d.law_name() == Some(name))
    }
    /// Its name as a law.
    pub(crate) fn law_name(&self) -> Option<&'static str> {
        self.name.strip_suffix("_lpdf").or_else(|| self.name.strip_suffix("_lpmf"))
    }
    /// The ends of what the outcome can be, the numbers known that follow it; as far as they go where others decide.
    pub(crate) fn interval(&self, given: &[Option<f64>]) -> (f64, f64) {
        let known = |k: usize| given.get(k).copied().flatten();
        match self.support {
            Some(Support::From) => (known(0).unwrap_or(0.0), f64::INFINITY),
            Some(Support::Between) => (known(0).unwrap_or(f64::NEG_INFINITY), known(1).unwrap_or(f64::INFINITY)),
            support => support.and_then(Support::ends).unwrap_or((f64::NEG_INFINITY, f64::INFINITY)),
        }
    }
    /// What is expected of argument k, counted from the outcome, where the number x is something else.
    pub(super) fn expects(&self, k: usize, x: f64) -> Option<&'static str> {
        let argument = self.arguments.get(k).filter(|_| k > 0 && !["log_choose", "log_mix"].contains(&self.name))?;
        let (fits, expected) = match (self.name, *argument) {
            ("beta_proportion_lpdf", "mu") | (_, "p") => (0.0 < x && x < 1.0, "a number between 0 and 1"),
            ("neg_binomial_2_lpmf", "mu") => (x > 0.0, "a number above 0"),
            (_, "a" | "b" | "k" | "least" | "nu" | "phi" | "rate" | "s" | "scale" | "shape") => {
                (x > 0.0, "a number above 0")
            }
            (_, "n") => (x >= 0.0 && x.fract() == 0.0, "a whole number from 0 on"),
            _ => (true, ""),
        };
        (!fits).then_some(expected)
    }
    /// Its text, of arguments of which these are known numbers. With a shape of 1 four of them have a value at 0, where the logarithms
    /// that they are written in have none.
    pub(super) fn text(&self, given: &[Option<f64>]) -> &'static str {
        match (self.name, given) {
            ("weibull_lpdf", [_, Some(1.0), _]) => "-log(scale) - y/scale",
            ("weibull_lccdf", [_, Some(1.0), _]) => "-max(y, 0)/scale",
            ("loglogistic_lpdf", [_, _, Some(1.0)]) => "-log(scale) - 2*log1p(y/scale)",
            ("loglogistic_lccdf", [_, _, Some(1.0)]) => "-log1p(max(y, 0)/scale)",
            _ => self.text,
        }
    }
    /// `normal_lpdf(y, mu, s)`
    pub(super) fn form(&self) -> String {
        format!("{}({})", self.name, self.arguments.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A discrete law without one would take any number for an outcome.
    #[test]
    fn every_discrete_law_has_a_support() {
        let discrete = || DEFINITIONS.iter().filter(|d| d.name.ends_with("_lpmf"));
        assert_eq!(discrete().count(), 8);
        assert!(discrete().all(|d| d.support.is_some_and(Support::is_discrete)));
        assert!(DEFINITIONS.iter().filter(|d| d.support == Some(Support::Successes)).all(|d| d.arguments[1] == "n"));
    }
    /// Laws of all numbers are these; any other that is added has to say what its outcome can be.
    #[test]
    fn every_law_that_ends_somewhere_has_a_support() {
        let free = || DEFINITIONS.iter().filter(|d| d.support.is_none());
        let all = ["cauchy", "double_exponential", "gumbel", "logistic", "normal", "std_normal", "student_t"];
        assert_eq!(free().filter_map(Definition::law_name).collect::<Vec<&str>>(), all);
    }
    /// Where a law ends is looked at in the text it is written in, not once more inside of another.
    #[test]
    fn no_law_is_made_of_one_that_is_cut_off() {
        let ends: Vec<&str> =
            DEFINITIONS.iter().filter(|d| d.support.and_then(Support::ends).is_some()).map(|d| d.name).collect();
        for definition in DEFINITIONS {
            assert!(!ends.iter().any(|name| definition.text.contains(name)), "{}", definition.name);
        }
    }
    /// Numbers that no argument can be: `mu`, `eta`, `low` and `high` can be any.
    #[test]
    fn arguments_are_held_against_what_they_can_be() {
        for definition in DEFINITIONS {
            for (k, argument) in definition.arguments.iter().enumerate().skip(1) {
                let free = ["mu", "eta", "low", "high"].contains(argument)
                    && !["beta_proportion_lpdf", "neg_binomial_2_lpmf"].contains(&definition.name);
                let open = free || ["log_choose", "log_mix"].contains(&definition.name);
                assert_eq!(definition.expects(k, -1.0).is_none(), open, "{}, {argument}", definition.name);
                let fine = if *argument == "n" { 1.0 } else { 0.5 };
                assert_eq!(definition.expects(k, fine), None, "{}, {argument}", definition.name);
            }
        }
    }
}
