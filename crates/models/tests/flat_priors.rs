//! Flat priors that the data do not make up for are refused in every family, and those that they do are not.
use steepest_models::{Family, Prior, RegressionOptions, Table, regress};

fn said(text: &str, formula: &str, family: Option<Family>, priors: &[&str]) -> String {
    let table = Table::parse("d.csv", text.as_bytes(), Default::default()).unwrap();
    let priors = priors.iter().map(|p| Prior::assignment(p).unwrap()).collect();
    let options = RegressionOptions { formula: formula.into(), family, priors, ..Default::default() };
    regress(&table, &options).map_or_else(|e| e.to_string(), |_| "fine".into())
}
const FLAT: &[&str] = &["coefficients = flat"];
/// Counts that are zero wherever g is 1.
const COUNTS: &str = "g,h,y\n0,a,1\n0,b,3\n0,a,2\n0,b,0\n1,a,0\n1,b,0\n1,a,0\n";
const SORTED: &str = "x,h,n,k,y,c\n1,a,5,0,0,u\n2,b,4,0,0,u\n3,a,6,0,0,v\n4,b,5,5,1,v\n5,a,4,4,1,w\n6,b,3,3,1,w\n";

#[test]
fn what_separates_is_found_in_every_family() {
    let zero = "is only ever seen with a response of 0";
    let categories = "separates the categories";
    for (text, formula, family, names, why) in [
        (COUNTS, "y ~ g", Family::NegativeBinomial, "intercept, g", zero),
        (COUNTS, "y ~ g + (1 | h)", Family::Poisson, "intercept, g", zero),
        (COUNTS, "y ~ g", Family::ZeroInflatedPoisson, "intercept, g", "does not vary among responses above 0"),
        (SORTED, "k | trials(n) ~ x", Family::Binomial, "intercept, x", "separates rows of failures alone"),
        (SORTED, "y ~ x + (1 | h)", Family::Bernoulli, "intercept, x", "separates the 0s from the 1s"),
        (SORTED, "y ~ s(x, k = 4)", Family::Bernoulli, "intercept, s(x, k = 4)", "separates the 0s from the 1s"),
        (SORTED, "c ~ x", Family::Categorical, "c[v]:intercept, c[v]:x, c[w]:intercept, c[w]:x", categories),
        ("x,y\n-1,1\n-1,1\n0,2\n0,2\n1,3\n1,3\n", "y ~ x", Family::Ordinal, "x", categories),
    ] {
        let found = said(text, formula, Some(family), FLAT);
        assert!(
            found.starts_with(&format!("under a flat prior the data do not bound {names}: ")),
            "{formula}: {found}"
        );
        assert!(found.contains(why), "{formula}: {found}");
        assert_eq!(said(text, formula, Some(family), &["coefficients = normal(0, 3)"]), "fine", "{formula}, {family}");
    }
    // A slope alone may be flat, and the intercept held at the columns' means, or at zero: what separates is then through there.
    for (priors, names) in [(&["x = flat"][..], "x"), (&["x = flat", "intercept = normal(0, 1)"], "fine")] {
        let found = said(SORTED, "k | trials(n) ~ x", Some(Family::Binomial), priors);
        assert!(found == names || found.contains(&format!("do not bound {names}:")), "{priors:?}: {found}");
    }
}

/// Few events, columns that are nearly alike, a response that overlaps: none of that is an end that is missing.
#[test]
fn what_overlaps_is_not_refused() {
    let rare: String = (0..2000).map(|r| format!("{},{}\n", r % 7, u8::from(r == 700))).collect();
    assert_eq!(said(&format!("x,y\n{rare}"), "y ~ 1", Some(Family::NegativeBinomial), FLAT), "fine");
    let row = |r: u32| format!("{},{},{},{}\n", 1990 + r % 20, 1 + r % 3, (r * 7 % 5).min(1 + r % 3), r * 11 % 4);
    let years: String = (0..80).map(row).collect();
    let years = format!("year,n,k,y\n{years}");
    for (formula, family) in [
        ("k | trials(n) ~ year + I(year^2)", Family::Binomial),
        ("y ~ year + I(year^2)", Family::NegativeBinomial),
        ("y ~ year + I(year^2)", Family::ZeroInflatedPoisson),
        ("y ~ year", Family::Ordinal),
        ("y ~ year", Family::Categorical),
    ] {
        assert_eq!(said(&years, formula, Some(family), FLAT), "fine", "{formula}, {family}");
    }
}

/// Far out in sigma the integral over sigma, with p coefficients integrated out, is that of sigma^(p - n): it ends where n > p + 1.
#[test]
fn sigma_needs_two_rows_more_than_there_are_flat_coefficients() {
    let three = "x,y\n1,1\n2,3\n3,4.5\n";
    let both = ["coefficients = flat", "sigma = flat"];
    for family in [Family::Gaussian, Family::Student] {
        assert_eq!(
            said(three, "y ~ x", Some(family), &both),
            "3 rows cannot determine 2 coefficients and sigma under flat priors (on intercept, x, sigma); give them proper priors \
             or leave terms out"
        );
        assert_eq!(said(three, "y ~ x", Some(family), &both[..1]), "fine");
        assert_eq!(said(three, "y ~ x", Some(family), &both[1..]), "fine");
        assert_eq!(said(&format!("{three}4,7\n"), "y ~ x", Some(family), &both), "fine");
    }
}
