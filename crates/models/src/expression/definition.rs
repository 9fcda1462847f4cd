//! Densities and other functions that are defined in the language itself.

/// A function by its text.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) name: &'static str,
    /// Names of the arguments, in order.
    pub(crate) arguments: &'static [&'static str],
    pub(super) text: &'static str,
    /// Where its formula goes on beyond what the outcome can be, without a sign.
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
}
const fn define(name: &'static str, arguments: &'static [&'static str], text: &'static str) -> Definition {
    Definition { name, arguments, text, support: None }
}

/// log densities (`_lpdf`), log probabilities (`_lpmf`) and log P(Y > y) (`_lccdf`), all normalised over y, with the names and
/// arguments of [CarpenterEtAl2017]; dirichlet_lpdf is the term of one number and has no constant. What depends on parameters alone is computed once, so lgamma of a count costs nothing.
#[rustfmt::skip]
pub(super) const DEFINITIONS: &[Definition] = &[
    define("bernoulli_lpmf", &["y", "p"], "y*log(p) + (1 - y)*log1p(-p)").of(Support::Binary),
    define("bernoulli_logit_lpmf", &["y", "eta"], "y*eta - log1pexp(eta)").of(Support::Binary),
    define("beta_lpdf", &["y", "a", "b"],
        "lgamma(a + b) - lgamma(a) - lgamma(b) + (a - 1)*log(y) + (b - 1)*log1p(-y)"),
    define("beta_proportion_lpdf", &["y", "mu", "k"], "beta_lpdf(y, mu*k, (1 - mu)*k)"),
    define("binomial_lpmf", &["y", "n", "p"], "log_choose(n, y) + y*log(p) + (n - y)*log1p(-p)").of(Support::Successes),
    define("binomial_logit_lpmf", &["y", "n", "eta"], "log_choose(n, y) + y*eta - n*log1pexp(eta)").of(Support::Successes),
    define("cauchy_lpdf", &["y", "mu", "s"], "-log(pi*s) - log1p(((y - mu)/s)^2)"),
    define("dirichlet_lpdf", &["y", "a"], "(a - 1)*log(y)"),
    define("double_exponential_lpdf", &["y", "mu", "s"], "-log(2*s) - abs(y - mu)/s"),
    define("exponential_lccdf", &["y", "rate"], "-rate*max(y, 0)"),
    define("exponential_lpdf", &["y", "rate"], "log(rate) - rate*y").of(Support::Positive),
    define("gamma_lpdf", &["y", "a", "rate"], "a*log(rate) - lgamma(a) + (a - 1)*log(y) - rate*y"),
    define("gumbel_lpdf", &["y", "mu", "s"], "-log(s) - (y - mu)/s - exp(-(y - mu)/s)"),
    define("half_cauchy_lpdf", &["y", "s"], "log(2) + cauchy_lpdf(y, 0, s)").of(Support::Positive),
    define("half_normal_lpdf", &["y", "s"], "log(2) + normal_lpdf(y, 0, s)").of(Support::Positive),
    define("half_student_t_lpdf", &["y", "nu", "s"], "log(2) + student_t_lpdf(y, nu, 0, s)").of(Support::Positive),
    define("inv_gamma_lpdf", &["y", "a", "b"], "a*log(b) - lgamma(a) - (a + 1)*log(y) - b/y"),
    define("log_choose", &["n", "y"], "lgamma(n + 1) - lgamma(y + 1) - lgamma(n - y + 1)"),
    define("log_mix", &["p", "a", "b"], "logsumexp(log(p) + a, log1p(-p) + b)"),
    define("logistic_lccdf", &["y", "mu", "s"], "-log1pexp((y - mu)/s)"),
    define("logistic_lpdf", &["y", "mu", "s"], "-log(s) - (y - mu)/s - 2*log1pexp(-(y - mu)/s)"),
    define("loglogistic_lccdf", &["y", "scale", "shape"], "-log1pexp(shape*(log(y) - log(scale)))"),
    define("loglogistic_lpdf", &["y", "scale", "shape"],
        "log(shape) - log(y) + shape*(log(y) - log(scale)) - 2*log1pexp(shape*(log(y) - log(scale)))"),
    define("lognormal_lpdf", &["y", "mu", "s"], "normal_lpdf(log(y), mu, s) - log(y)"),
    define("neg_binomial_2_lpmf", &["y", "mu", "phi"],
        "log_choose(y + phi - 1, y) + phi*(log(phi) - log(mu + phi)) + y*(log(mu) - log(mu + phi))").of(Support::Counts),
    define("neg_binomial_2_log_lpmf", &["y", "eta", "phi"],
        "log_choose(y + phi - 1, y) + y*(eta - log(phi)) - (y + phi)*log1pexp(eta - log(phi))").of(Support::Counts),
    define("normal_lpdf", &["y", "mu", "s"], "-0.5*((y - mu)/s)^2 - log(s) - 0.5*log(tau)"),
    define("pareto_lpdf", &["y", "least", "a"], "log(a) + a*log(least) - (a + 1)*log(y)"),
    define("poisson_lpmf", &["y", "rate"], "y*log(rate) - rate - lgamma(y + 1)").of(Support::Counts),
    define("poisson_log_lpmf", &["y", "eta"], "y*eta - exp(eta) - lgamma(y + 1)").of(Support::Counts),
    define("rayleigh_lpdf", &["y", "s"], "log(y) - 2*log(s) - 0.5*(y/s)^2"),
    define("std_normal_lpdf", &["y"], "-0.5*y^2 - 0.5*log(tau)"),
    define("student_t_lpdf", &["y", "nu", "mu", "s"],
        "lgamma(0.5*(nu + 1)) - lgamma(0.5*nu) - 0.5*log(pi*nu) - log(s) - 0.5*(nu + 1)*log1p(((y - mu)/s)^2/nu)"),
    define("uniform_lpdf", &["y", "low", "high"], "log(where(y < low, 0, where(y > high, 0, 1/(high - low))))"),
    define("weibull_lccdf", &["y", "shape", "scale"], "-exp(shape*(log(y) - log(scale)))"),
    define("weibull_lpdf", &["y", "shape", "scale"],
        "log(shape) - log(y) + shape*(log(y) - log(scale)) - exp(shape*(log(y) - log(scale)))"),
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
        assert!(discrete().all(|d| d.support.is_some_and(|support| support != Support::Positive)));
        assert!(DEFINITIONS.iter().filter(|d| d.support == Some(Support::Successes)).all(|d| d.arguments[1] == "n"));
    }
}
