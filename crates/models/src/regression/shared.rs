//! SHARED: a prior of all `coefficients` is the intercept's too, which is easily forgotten.
use crate::formula::Design;
use crate::prior::Prior;

/// What to tell of a proper prior on `coefficients` where the intercept has none of its own.
pub(crate) fn shared(design: &Design<'_>, priors: &[(String, Prior)]) -> Option<String> {
    let named = |wanted: &str| priors.iter().rev().find(|(name, _)| name.trim() == wanted);
    let (_, prior) = named("coefficients").filter(|(_, prior)| prior.is_proper())?;
    let apart = priors.iter().any(|(name, _)| name.trim() == "intercept" || name.trim().ends_with(":intercept"));
    let slopes = design.names.len() > 1;
    (design.intercept && slopes && !apart).then(|| {
        format!(
            "The prior of `coefficients`, {prior}, is that of the intercept too, on its value where every column is 0; a prior of \
             `intercept` sets it apart."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formula::{Formula, Missing};
    use crate::table::Table;

    #[test]
    fn it_is_told_where_it_is_so() {
        let table = Table::parse("t.csv", b"x,y\n0,1\n1,3\n2,4\n", Default::default()).unwrap();
        let told = |formula: &str, priors: &[&str]| {
            let formula: Formula = formula.parse().unwrap();
            let priors: Vec<(String, Prior)> = priors.iter().map(|text| Prior::assignment(text).unwrap()).collect();
            shared(&formula.design(&table, Missing::Error).unwrap(), &priors)
        };
        let small = "coefficients = normal(0, 0.001)";
        assert!(
            told("y ~ x", &[small]).is_some_and(|note| note.contains("normal(0, 0.001), is that of the intercept too"))
        );
        for (formula, priors) in [
            ("y ~ x", &[small, "intercept = normal(0, 10)"][..]),
            ("y ~ x", &["coefficients = flat"]),
            ("y ~ x", &["x = normal(0, 1)"]),
            ("y ~ 0 + x", &[small]),
            ("y ~ 1", &[small]),
        ] {
            assert_eq!(told(formula, priors), None, "{formula}");
        }
    }
}
