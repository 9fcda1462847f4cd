//! `steepest compare`: what elpd may be set against what.
mod workplace;
use workplace::Workplace;

/// Weights multiply the elpd of a row, so that a weighted run always looks worse or better than an unweighted one.
#[test]
fn runs_of_other_weights_are_not_compared() {
    let place = Workplace::new();
    let table: String = (0..40).map(|r| format!("{},{},{}\n", r * 7 % 13, r * 5 % 11, 1 + r % 3)).collect();
    place.write("d.csv", &format!("y,x,w\n{table}"));
    for (name, formula, weights) in [
        ("plain", "y ~ x", ""),
        ("heavy", "y ~ x", "weights = \"w\"\n"),
        ("empty", "y ~ 1", ""),
        ("lump", "y ~ 1", "weights = \"w\"\n"),
    ] {
        let text = format!(
            "[functional]\nkind = \"regression\"\ndata = \"d.csv\"\nformula = \"{formula}\"\nfamily = \"student\"\n{weights}\
             [run]\ndraws = 50\nwarmup = 100\nseed = 1\n[output]\nreport = false\nplots = false\n"
        );
        place.write("flow.toml", &text);
        place.succeed(&["run", "flow.toml", "--out", name, "--quiet"]);
    }
    let done = place.run(&["compare", "heavy", "plain"]);
    assert!(done.code == 2 && done.out.is_empty(), "{done:?}");
    let said = "rows are weighted in heavy by 'w', and in plain not at all";
    assert!(done.err.contains(said) && done.err.contains("their elpd cannot be compared"), "{}", done.err);
    for alike in [["plain", "empty"], ["heavy", "lump"]] {
        let said = place.succeed(&[&["compare"][..], &alike[..]].concat());
        assert!(said.contains("leave-one-out, best first"), "{said}");
    }
}
