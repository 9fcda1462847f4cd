//! FAMILY: the distribution of the response, chosen or found out, and the response as its numbers.
use super::{ModelError, RegressionOptions, choice};
use crate::formula::{Design, Response};
use crate::prior::Prior;
use crate::table::Table;
use std::fmt;
use std::str::FromStr;

/// How the response y depends on the linear predictor eta.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// y ~ N(eta, sigma^2).
    Gaussian,
    /// y ~ Bernoulli(1 / (1 + exp(-eta))): 0 or 1, or two labels.
    Bernoulli,
    /// y ~ Poisson(exp(eta)): 0, 1, 2, ...
    Poisson,
    /// y ~ Binomial(n, 1 / (1 + exp(-eta))): successes | trials(n).
    Binomial,
    /// y ~ Poisson(mu v), v ~ Gamma of mean 1 and variance 1 / shape, mu = exp(eta): counts that vary more.
    NegativeBinomial,
    /// y ~ Gamma of mean exp(eta) and variance mean^2 / shape: y > 0.
    Gamma,
    /// y ~ Beta of mean m = 1 / (1 + exp(-eta)) and variance m (1 - m) / (1 + phi): 0 < y < 1.
    Beta,
    /// y ~ eta + sigma t, t of Student's law with nu degrees of freedom.
    Student,
    /// P(y <= k) = 1 / (1 + exp(eta - cut_k)) for ordered categories [McCullagh1980].
    Ordinal,
    /// P(y = k) = exp(eta_k) / sum_j exp(eta_j) for categories without an order; eta of the first is 0 [Agresti2013, Sec. 8.1].
    Categorical,
    /// y = 0 with probability zi, else y ~ Poisson(exp(eta)) [Lambert1992].
    ZeroInflatedPoisson,
}

impl Family {
    /// Every family with its name.
    pub const ALL: [(&str, Family); 11] = [
        ("gaussian", Family::Gaussian),
        ("bernoulli", Family::Bernoulli),
        ("poisson", Family::Poisson),
        ("binomial", Family::Binomial),
        ("negative_binomial", Family::NegativeBinomial),
        ("gamma", Family::Gamma),
        ("beta", Family::Beta),
        ("student", Family::Student),
        ("ordinal", Family::Ordinal),
        ("categorical", Family::Categorical),
        ("zero_inflated_poisson", Family::ZeroInflatedPoisson),
    ];
    /// One line on what it says of y.
    pub fn meaning(self) -> &'static str {
        match self {
            Family::Gaussian => "y ~ N(eta, sigma^2); sigma is a parameter",
            Family::Bernoulli => "y in {0, 1}, P(y = 1) = 1 / (1 + exp(-eta))",
            Family::Poisson => "y in {0, 1, 2, ...}, rate exp(eta)",
            Family::Binomial => "y in {0, ..., n}, each of n trials a success with probability 1 / (1 + exp(-eta))",
            Family::NegativeBinomial => "y in {0, 1, 2, ...}, mean mu = exp(eta), variance mu + mu^2 / shape",
            Family::Gamma => "y > 0, mean exp(eta), variance mean^2 / shape",
            Family::Beta => "0 < y < 1, mean m = 1 / (1 + exp(-eta)), variance m (1 - m) / (1 + phi)",
            Family::Student => "y = eta + sigma t, t of Student's law with nu degrees of freedom",
            Family::Ordinal => "ordered categories, P(y <= k) = 1 / (1 + exp(eta - cut_k))",
            Family::Categorical => {
                "categories without an order, P(y = k) = exp(eta_k) / sum_j exp(eta_j), eta = 0 for the first level"
            }
            Family::ZeroInflatedPoisson => "0 with probability zi, else poisson with rate exp(eta)",
        }
    }
    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|f| f.1 == self).map_or("", |f| f.0)
    }
    /// Whether [`Regression`](crate::Regression) has it.
    pub(crate) fn is_plain(self) -> bool {
        matches!(self, Family::Gaussian | Family::Bernoulli | Family::Poisson)
    }
    /// The scale of the response on that of eta.
    pub(crate) fn unit(self, sd: f64) -> f64 {
        if self.is_continuous() { sd } else { 1.0 }
    }
    /// Whether y counts events without a bound.
    pub(crate) fn counts(self) -> bool {
        matches!(self, Family::Poisson | Family::Binomial | Family::NegativeBinomial | Family::ZeroInflatedPoisson)
    }
    /// Whether y is one of any number of categories.
    pub(crate) fn sorts(self) -> bool {
        matches!(self, Family::Ordinal | Family::Categorical)
    }
    /// Whether eta is on the scale of y itself.
    pub(crate) fn is_continuous(self) -> bool {
        matches!(self, Family::Gaussian | Family::Student)
    }
    /// Its own parameters, all positive, with their default priors.
    pub(crate) fn own(self, sd: f64) -> Vec<Own> {
        match self {
            Family::Gaussian => {
                let (prior, why) = (Prior::Exponential { rate: 1.0 / sd }, " (default: 1 / sd of the response)");
                vec![Own { name: "sigma", prior, why }]
            }
            Family::Student => {
                let (prior, why) = (Prior::Exponential { rate: 1.0 / sd }, " (default: 1 / sd of the response)");
                let nu = Prior::Gamma { shape: 2.0, rate: 0.1 };
                vec![
                    Own { name: "sigma", prior, why },
                    Own { name: "nu", prior: nu, why: " (default) [JuarezSteel2010]" },
                ]
            }
            Family::NegativeBinomial | Family::Gamma => {
                vec![Own { name: "shape", prior: Prior::Gamma { shape: 1.0, rate: 0.1 }, why: " (default)" }]
            }
            Family::Beta => vec![Own { name: "phi", prior: Prior::Gamma { shape: 1.0, rate: 0.1 }, why: " (default)" }],
            Family::ZeroInflatedPoisson => {
                vec![Own { name: "zi", prior: Prior::Uniform { low: 0.0, high: 1.0 }, why: " (default)" }]
            }
            _ => Vec::new(),
        }
    }
    /// Where a search for its own parameters may start.
    pub(crate) fn start(self, sd: f64) -> Vec<f64> {
        match self {
            Family::Gaussian => vec![sd],
            Family::Student => vec![0.7 * sd, 5.0],
            Family::NegativeBinomial | Family::Gamma => vec![2.0],
            Family::Beta => vec![5.0],
            Family::ZeroInflatedPoisson => vec![0.2],
            _ => Vec::new(),
        }
    }
    /// The mean of y on the scale of eta.
    pub(crate) fn link(self, mean: f64) -> f64 {
        match self {
            Family::Gaussian | Family::Student => mean,
            Family::Bernoulli | Family::Binomial | Family::Beta => (mean / (1.0 - mean)).ln(),
            Family::Poisson | Family::NegativeBinomial | Family::Gamma | Family::ZeroInflatedPoisson => mean.ln(),
            Family::Ordinal | Family::Categorical => 0.0,
        }
    }
    /// A mean inside the range of y: of `n` zeros, or `n` successes alone, that of half an event beside them.
    pub(crate) fn inner(self, mean: f64, n: f64) -> f64 {
        let half = 0.5 / n.max(1.0);
        match self {
            _ if self.link(mean).is_finite() => mean,
            Family::Bernoulli | Family::Binomial if mean >= 1.0 => 1.0 - half,
            _ if self.has_ends() => half,
            _ => mean,
        }
    }
    /// Whether y may be the same in every row and still say how large its mean can be: events that never, or always, happen.
    fn has_ends(self) -> bool {
        self.counts() || self == Family::Bernoulli
    }
}
/// A parameter of a family beside the linear predictor.
pub(crate) struct Own {
    pub(crate) name: &'static str,
    pub(crate) prior: Prior,
    /// What the notes say of the prior.
    pub(crate) why: &'static str,
}
impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
impl FromStr for Family {
    type Err = ModelError;
    fn from_str(text: &str) -> Result<Family, ModelError> {
        choice("family", &Family::ALL, text)
    }
}

/// Mean and standard deviation from which a search may start: these, or the given ones where they make no start.
pub(crate) fn middle(family: Family, [mean, sd]: [f64; 2], otherwise: [f64; 2]) -> [f64; 2] {
    if family.link(mean).is_finite() && sd > 0.0 { [mean, sd] } else { otherwise }
}

/// The family, the response in numbers, and what to tell the user about both.
pub(crate) fn respond(
    options: &RegressionOptions,
    design: &Design<'_>,
    table: &Table,
) -> Result<(Family, Vec<f64>, Vec<String>), ModelError> {
    let name = &design.response_name;
    // What the formula says of the response is as good as a name.
    let said = [(&design.trials, Family::Binomial), (&design.errors, Family::Gaussian)];
    let asked = options.family.or(said.into_iter().find(|(about, _)| about.is_some()).map(|(_, family)| family));
    let (family, y) = match &design.response {
        Response::Numbers(y) => {
            let binary = y.iter().all(|&y| y == 0.0 || y == 1.0);
            if let (None, false, Some(values)) = (asked, binary, two(y)) {
                return Err(ModelError::TwoValues { response: name.clone(), values });
            }
            (asked.unwrap_or(if binary { Family::Bernoulli } else { Family::Gaussian }), y.clone())
        }
        Response::Labels(levels, codes) => {
            let family = asked.unwrap_or(if levels.len() == 2 { Family::Bernoulli } else { Family::Gaussian });
            if levels.len() == 1 {
                return Err(ModelError::ConstantResponse { response: name.clone(), value: levels[0].clone() });
            }
            if !family.sorts() && (family != Family::Bernoulli || levels.len() != 2) {
                let (response, levels) = (name.clone(), levels.clone());
                return Err(ModelError::ResponseLabels { response, family: family.name(), levels });
            }
            if family == Family::Ordinal && options.levels.is_empty() && !ascending(levels) {
                return Err(ModelError::Unordered { response: name.clone(), levels: levels.clone() });
            }
            (family, codes.iter().map(|&c| f64::from(c)).collect())
        }
    };
    in_range(family, &y, design, table)?;
    let constant = y.iter().all(|&v| v == y[0]) && (!family.counts() || y[0] == 0.0);
    if constant {
        let (response, value) = (name.clone(), y[0].to_string());
        // What only a family that was found out makes events of is more likely a slip.
        if asked.is_none() || !family.has_ends() {
            return Err(ModelError::ConstantResponse { response, value });
        }
        if options.priors.iter().any(|(_, prior)| !prior.is_proper()) {
            return Err(ModelError::FlatAndConstant { response, value });
        }
    }

    let why = if asked.is_some() { "" } else { " (chosen by the response)" };
    let mut notes = match family {
        Family::Gaussian if design.errors.is_some() => {
            vec![format!(
                "Family{why}: gaussian, {name} = linear predictor + N(0, se^2), its standard errors se known."
            )]
        }
        Family::Gaussian => vec![format!("Family{why}: gaussian, {name} = linear predictor + N(0, sigma^2).")],
        Family::Bernoulli => {
            let ones = y.iter().filter(|&&y| y == 1.0).count();
            vec![format!("Family{why}: bernoulli with logit link; {name} is 1 in {ones} of {} rows.", y.len())]
        }
        Family::Poisson => vec![format!("Family{why}: poisson with log link.")],
        Family::Binomial => vec![format!("Family{why}: binomial with logit link; {name} counts successes.")],
        other => vec![format!("Family{why}: {other}: {}.", other.meaning())],
    };
    if let (Family::Ordinal, Response::Labels(levels, _)) = (family, &design.response) {
        notes.push(format!("{name}: {}.", levels.join(" < ")));
    } else if let (Family::Categorical, Response::Labels(levels, codes)) = (family, &design.response) {
        let rows = |k: usize| codes.iter().filter(|&&code| code as usize == k).count();
        let each: Vec<String> = (0..levels.len()).map(|k| format!("'{}' in {} rows", levels[k], rows(k))).collect();
        notes.push(format!("{name}: {}; each level is compared with '{}'.", each.join(", "), levels[0]));
    } else if let Response::Labels(levels, _) = &design.response {
        notes.push(format!("{name}: '{}' counts as 1 and '{}' as 0.", levels[1], levels[0]));
    }
    if constant {
        notes.push(format!("{name} is {} in every row: how far its mean lies from there, the priors decide.", y[0]));
    }
    let counts = y.iter().all(|y| *y >= 0.0 && y.fract() == 0.0) && y.iter().sum::<f64>() < 100.0 * y.len() as f64;
    if asked.is_none() && family == Family::Gaussian && counts {
        notes.push(format!("{name} holds whole numbers; if they are counts, family = poisson may suit them better."));
    }
    Ok((family, y, notes))
}

/// Whether levels are numbers in the order of their size, no two the same, which needs no one to state it.
fn ascending(levels: &[String]) -> bool {
    let number = |level: &String| level.parse::<f64>().ok().filter(|x| x.is_finite());
    levels.iter().map(number).collect::<Option<Vec<f64>>>().is_some_and(|numbers| numbers.is_sorted_by(|a, b| a < b))
}

/// The two numbers that these rows have, if they have two and are enough to call it no chance.
fn two(y: &[f64]) -> Option<[f64; 2]> {
    let [low, high] = y.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], y| [a.min(*y), b.max(*y)]);
    (y.len() > 4 && low < high && y.iter().all(|y| *y == low || *y == high)).then_some([low, high])
}

/// The response of new rows, NaN where it is not known.
pub(crate) fn known(family: Family, design: &Design<'_>, table: &Table) -> Result<Vec<f64>, ModelError> {
    let y = match &design.response {
        Response::Numbers(y) => y.clone(),
        Response::Labels(_, codes) => codes.iter().map(|&c| f64::from(c)).collect(),
    };
    in_range(family, &y, design, table)?;
    Ok(y)
}

/// Refuses a response that the family cannot have.
fn in_range(family: Family, y: &[f64], design: &Design<'_>, table: &Table) -> Result<(), ModelError> {
    let (allowed, expected): (fn(f64) -> bool, _) = match family {
        Family::Gaussian | Family::Student => (|_| true, ""),
        Family::Gamma => (|y| y > 0.0, "positive numbers"),
        Family::Beta => (|y| y > 0.0 && y < 1.0, "numbers between 0 and 1, neither included"),
        Family::Ordinal | Family::Categorical => (|y| y >= 0.0 && y.fract() == 0.0, "categories"),
        Family::Bernoulli => {
            (|y| y == 0.0 || y == 1.0, "0 or 1, or two labels (for two other numbers write C(column) ~ ...)")
        }
        Family::Poisson | Family::Binomial | Family::NegativeBinomial | Family::ZeroInflatedPoisson => {
            (|y| (0.0..=1e15).contains(&y) && y.fract() == 0.0, "counts: 0, 1, 2, ...")
        }
    };
    if let Some(k) = y.iter().position(|&y| !(y.is_nan() || allowed(y))) {
        let (file, row) = (table.source().to_string(), table.line(design.rows[k]));
        return Err(ModelError::ResponseRange {
            file,
            row,
            response: design.response_name.clone(),
            family: family.name(),
            expected,
            found: y[k],
        });
    }
    Ok(())
}
