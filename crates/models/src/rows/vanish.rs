//! VANISHING scales. Where the scale of a prior is itself a parameter, as in theta ~ normal(mu, tau), the density has no bound: it grows
//! like 1 / tau where theta is mu. To a power above 1 that may be more than the volume there makes up for.
use super::RowsOptions;
use super::plan::Plan;
use crate::expression::{Graph, Id, Node, Recipe};

/// The priors of which a scale depends on parameters: `theta ~ normal(mu, tau)`.
pub(super) fn scaled(plan: &Plan, options: &RowsOptions) -> Vec<String> {
    let mut out = Vec::new();
    for (name, law) in &options.priors {
        let place = plan.names.parameters.iter().position(|parameter| parameter.name == *name);
        let Some(read) = place.and_then(|p| plan.prior(p, law, options)) else { continue };
        let Recipe::Law { definition, arguments, .. } = &read.recipe else { continue };
        let given = read.arguments.get(arguments.clone()).unwrap_or_default();
        let mut named = definition.arguments.iter().skip(1).zip(given);
        if named.any(|(argument, id)| matches!(*argument, "s" | "scale") && moves(&read.parsed.graph, *id)) {
            out.push(format!("{name} ~ {}", law.trim()));
        }
    }
    out
}
/// Whether a node depends on anything.
fn moves(graph: &Graph, id: Id) -> bool {
    matches!(graph.node(id), Node::Variable(_)) || graph.reads(id).any(|below| moves(graph, below))
}

/// What to say of them where the density is taken to the power `beta`.
pub(super) fn note(scaled: &[String], beta: f64) -> Option<String> {
    let first = scaled.first()?;
    let more = if scaled.len() > 1 { format!(", and {} more", scaled.len() - 1) } else { String::new() };
    // From its reciprocal.
    let beta = (1e9 * beta).round() / 1e9;
    (beta > 1.0).then(|| {
        format!(
            "At beta = {beta} there may be no law: a prior whose scale is a parameter ({first}{more}) to this power may have no finite \
             integral, as the scale and what it spreads vanish together."
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::{Likelihood, Model, Rows, RowsOptions, Table};

    #[test]
    fn hierarchies_are_told_of_at_powers_above_one() {
        let pairs =
            |list: &[(&str, &str)]| list.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect::<Vec<_>>();
        let table = Table::parse("d.csv", b"y,g\n1,a\n2,b\n3,a\n", Default::default()).unwrap();
        let told = |laws: &[(&str, &str)], weight: f64| {
            let options = RowsOptions {
                likelihood: Likelihood::Ll("normal_lpdf(y | theta[g], k)".into()),
                parameters: pairs(&[("theta", "real[g]"), ("mu", "real"), ("tau", "positive"), ("k", "positive")]),
                priors: pairs(laws),
                ..RowsOptions::default()
            };
            let mut model = Rows::new(&table, &options).unwrap_or_else(|error| panic!("{error}"));
            assert!(model.weigh_jacobian(weight));
            model.notes().into_iter().filter(|note| note.contains("there may be no law")).collect::<Vec<_>>()
        };
        let rest = [("mu", "normal(0, 1)"), ("k", "half_normal(2)"), ("tau", "half_cauchy(1)")];
        let nested = [rest[0], rest[1], rest[2], ("theta", "normal(mu, 2*tau)")];
        assert_eq!(
            told(&nested, 1.0 / 3.0),
            [
                "At beta = 3 there may be no law: a prior whose scale is a parameter (theta ~ normal(mu, 2*tau)) to this power may have no \
              finite integral, as the scale and what it spreads vanish together."
            ]
        );
        for weight in [0.0, 1.0, 2.0] {
            assert!(told(&nested, weight).is_empty(), "{weight}");
        }
        let plain = [rest[0], rest[1], rest[2], ("theta", "normal(mu, 2)")];
        assert!(told(&plain, 0.5).is_empty());
    }
}
