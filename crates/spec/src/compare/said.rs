//! SAID: what the texts of likelihoods and laws say of themselves.

/// What is given as number `place`, from 0, to a function, of the text behind its open parenthesis.
fn argument(inside: &str, place: usize) -> Option<&str> {
    let (mut depth, mut from, mut passed) = (0, 0, 0);
    for (at, c) in inside.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' if depth > 0 => depth -= 1,
            ',' | '|' | ')' | ']' if depth == 0 => {
                if passed == place {
                    return inside.get(from..at).map(str::trim);
                }
                if c == ')' || c == ']' {
                    return None;
                }
                (passed, from) = (passed + 1, at + 1);
            }
            _ => {}
        }
    }
    None
}

/// The second argument of the one binomial law in a text.
pub(super) fn binomial_trials(text: &str) -> Option<&str> {
    let calls = ["binomial_lpmf", "binomial_logit_lpmf"].into_iter().flat_map(|name| text.split(name).skip(1));
    let open = calls.filter_map(|rest| rest.trim_start().strip_prefix('('));
    let [inside] = open.collect::<Vec<&str>>()[..] else { return None };
    argument(inside, 1)
}

/// Whether a text is a name and no more.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.')
}

/// Whether a log likelihood, or `minus` one, is one density by name of one column.
pub(super) fn by_name(text: &str, minus: bool) -> bool {
    let text = text.trim();
    let call = if minus { text.strip_prefix('-') } else { Some(text) };
    let Some((name, inside)) = call.and_then(|call| call.split_once('(')) else { return false };
    let name = name.trim();
    let law = name.strip_suffix("_lpdf").or(name.strip_suffix("_lpmf"));
    // The first parenthesis is the one that the last one closes.
    let Some(inside) = inside.strip_suffix(')') else { return false };
    let mut depth = 0_i64;
    let closed = inside.chars().all(|c| {
        depth += i64::from(c == '(') - i64::from(c == ')');
        depth >= 0
    });
    let column = inside.split([',', '|']).next().unwrap_or_default().trim();
    law.is_some_and(is_name) && closed && depth == 0 && is_name(column)
}

/// Whether a law to draw from is one of counts: by its name, and in what is mixed or cut off by that of the first.
pub(super) fn of_counts(law: &str) -> Option<bool> {
    let (name, inside) = law.split_once('(').unwrap_or((law, ""));
    match name.trim() {
        "mix" => of_counts(argument(inside, 1)?),
        "min" => of_counts(argument(inside, 0)?),
        name => Some(["bernoulli", "binomial", "poisson"].iter().any(|known| name.contains(known))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trials_of_a_binomial() {
        for (text, expected) in [
            ("binomial_lpmf(k | n, p)", Some("n")),
            ("binomial_lpmf(k, 10, p)", Some("10")),
            ("-binomial_logit_lpmf( k[-1], m[1] , a + log(b, c))", Some("m[1]")),
            ("log_mix(w, binomial_lpmf (k | f(n, m), p), poisson_lpmf(k | a))", Some("f(n, m)")),
            ("where(x > 0, binomial_lpmf(k | n, p), binomial_lpmf(k | m, p))", None),
            ("neg_binomial_2_lpmf(k | mu, phi)", None),
            ("binomial_lpmf(k)", None),
            ("binomial_lpmf(k", None),
        ] {
            assert_eq!(binomial_trials(text), expected, "{text}");
        }
    }
    #[test]
    fn one_density_by_name() {
        assert!(by_name("normal_lpdf(y | a + b*(x - 1), s)", false) && by_name(" -poisson_lpmf( y | exp(a))", true));
        for text in [
            "-normal_lpdf(y | a, s)",
            "2*normal_lpdf(y | a, s)",
            "normal_lpdf(y | a, s)/2",
            "normal_lpdf(y | a, s) + normal_lpdf(a | 0, 1)",
            "normal_lpdf(log(y) | a, s)",
            "weibull_lccdf(y | k, s)",
            "-0.5*((y - a)/s)^2",
            "",
        ] {
            assert!(!by_name(text, false), "{text}");
        }
        assert!(!by_name("normal_lpdf(y | a, s)", true));
    }
    #[test]
    fn a_law_is_told_by_its_name() {
        for (law, expected) in [
            ("poisson_log(a)", true),
            ("normal(poisson_rate*x, s)", false),
            ("mix(p, normal(a, s), normal(b, s))", false),
            ("mix(f(p, q), neg_binomial_2(a, b), poisson(c))", true),
            ("min(poisson(a), 5)", true),
            ("std_normal", false),
        ] {
            assert_eq!(of_counts(law), Some(expected), "{law}");
        }
        assert_eq!(of_counts("mix(p)"), None);
    }
}
