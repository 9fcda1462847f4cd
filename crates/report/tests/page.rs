//! The page and the plots as text: sections, escaping, size, and records of every awkward shape.
mod synthetic;

use steepest_record::{Array, Check, Column, Draws, Parameter, Record, Verdict};
use steepest_report::{html, plots};

/// Bytes of a page, at most.
const LIMIT: usize = 2_000_000;

fn well_formed(record: &Record) -> String {
    let page = html(record, "a run");
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    assert!(page.len() < LIMIT, "{} bytes", page.len());
    for (name, svg) in plots(record) {
        assert!(!name.is_empty() && svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>"), "{name}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name} has what is not a length");
        assert!(!svg.contains("var("), "{name} leans on the page's colours");
        let style = svg.split_once("</style>").unwrap_or_default().0;
        assert!(
            !style.contains("--"),
            "{name} has a property of its own, and other programs pass over the rule it is in"
        );
    }
    page
}

#[test]
fn a_posterior_has_every_section_and_every_plot() {
    let record = synthetic::posterior(24, 4, 1000);
    let page = well_formed(&record);
    for id in ["ledger", "model", "parameters", "forest", "explore", "pairs", "sampler", "cost", "flow"] {
        assert!(page.contains(&format!("<section id=\"{id}\">")), "{id}");
        assert!(page.contains(&format!("<a href=\"#{id}\">")), "{id} in the contents");
    }
    assert!(page.contains("<strong>Certified.</strong> All 7 checks of the ledger hold."));
    assert!(page.contains("formula = &quot;default ~ .&quot;"));
    let names: Vec<String> = plots(&record).into_iter().map(|p| p.0).collect();
    assert_eq!(names, ["forest", "densities", "traces", "ranks", "pairs", "energy"]);
}

#[test]
fn what_was_run_comes_first_and_nothing_is_raw() {
    let mut record = synthetic::posterior(3, 4, 200);
    record.summary.seed = 20_240_229;
    let bias = serde_json::json!({ "value": 0.25, "strides": 50, "done": true });
    let levels: Vec<String> = (1..=40).map(|k| format!("level {k}")).collect();
    let loo =
        serde_json::json!({ "elpd": -672.6, "se": 82.2, "p": 3.1, "largest_k": 0.4, "rows": 200, "normalised": false });
    for (key, value) in [("kl_bias", bias), ("loo", loo), ("levels", levels.into())] {
        record.summary.extra.insert(key.into(), value);
    }
    let page = well_formed(&record);
    let (before, rest) = page.split_once("<section id=\"model\">").unwrap_or_default();
    assert!(!before.contains("<section") && rest.starts_with("<h2><span>1</span>What was run</h2>"));
    let section = rest.split_once("</section>").unwrap_or_default().0;
    for text in
        ["<dd>nuts</dd>", "<dd>20240229</dd>", "<dd>4 chains × 200 draws</dd>", "1,000 rows of credit.csv", "Priors on"]
    {
        assert!(section.contains(text), "{text} in {section}");
    }
    let cost = page.split_once("<section id=\"cost\">").unwrap_or_default().1;
    let cost = cost.split_once("</section>").unwrap_or_default().0;
    assert!(
        cost.contains("<dd>done yes, strides 50, value 0.25</dd>")
            || cost.contains("<dd>value 0.25, strides 50, done yes</dd>")
    );
    assert!(cost.contains("level 12, and 28 more in summary.json</dd>") && !cost.contains("level 13"));
    assert!(page.contains("(standard error 82), up to a constant that the likelihood may lack; the model"));
    assert!(!cost.contains("elpd") && !cost.contains('…') && !cost.contains("&quot;"), "{cost}");
}

#[test]
fn columns_of_the_ledger_say_what_they_are() {
    let mut record = synthetic::posterior(3, 4, 200);
    let column = |name: &str, values: [f64; 3]| Column { name: name.into(), values: values.into() };
    record.ledger = vec![column("draw", [0.0, 1.0, 2.0]), column("kinetic", [1.0, 2.0, 1.5])];
    assert!(well_formed(&record).contains("<figcaption>|p|² / 2, the mean over the particles.</figcaption>"));
    record.ledger.push(column("first_error", [0.1, -0.1, 0.0]));
    let page = well_formed(&record);
    assert!(
        page.contains("<figcaption>Kinetic energy of the fresh momenta")
            && page.contains("<figcaption>H after the first")
    );
}

/// A motion that keeps its energy to a few bits, and a parameter far from zero: every axis has its numbers.
#[test]
fn numbers_far_from_zero_have_axes_and_digits() {
    let mut record = synthetic::posterior(1, 2, 400);
    if let Some(draws) = &mut record.draws {
        draws.values.iter_mut().enumerate().for_each(|(i, v)| *v = 1e9 + 0.07 * ((i as f64) * 0.7).sin());
    }
    let name = record.summary.parameters[0].name.clone();
    record.summary.parameters = vec![Parameter {
        name,
        mean: 1e9 + 0.01,
        sd: 0.05,
        q5: 1e9 - 0.06,
        q50: 1e9,
        q95: 1e9 + 0.06,
        ..Parameter::default()
    }];
    record.ledger = vec![
        Column { name: "t".into(), values: vec![0.0, 1.0, 2.0] },
        Column { name: "energy".into(), values: vec![-3.217_734_455_2e-8, -3.217_734_479_6e-8, -3.217_734_47e-8] },
    ];
    let page = well_formed(&record);
    assert!(page.contains(">1000000000.0100</td>") && page.contains(">999999999.9400</td>"));
    let drawn = plots(&record);
    let of = |name: &str| drawn.iter().find(|plot| plot.0 == name).map(|plot| plot.1.as_str()).unwrap_or_default();
    for (plot, label) in [
        ("densities", ">+ 1000000000<"),
        ("traces", ">↑ + 1000000000<"),
        ("forest", ">+ 1000000000<"),
        ("ledger-energy", ">↑ − 3.2177345×10⁻⁸<"),
    ] {
        assert!(of(plot).contains(label), "{plot}: {}", of(plot));
    }
    assert!(
        of("densities").contains(">0.05<")
            && of("traces").contains(">0.05<")
            && of("ledger-energy").contains(">3×10⁻¹⁶<")
    );
}

#[test]
fn nothing_outside_the_page_is_named() {
    for record in [synthetic::posterior(3, 4, 200), synthetic::descent(), synthetic::ring(5000)] {
        let page = html(&record, "a run").replace("http://www.w3.org/2000/svg", "");
        for text in ["http:", "https:", "src=", "@import", "url(", "<link", "fetch(", "XMLHttp"] {
            assert!(!page.contains(text), "{text}");
        }
    }
}

#[test]
fn names_and_notes_are_text() {
    let attack = "<script>alert(1)</script>";
    let quoted = "\" onload=\"alert(1)";
    let mut record = synthetic::broken();
    record.notes = vec![attack.into()];
    record.flow = format!("</pre>{attack}");
    record.summary.row = attack.into();
    record.summary.extra.insert(attack.into(), quoted.into());
    record.summary.ledger[0].check = attack.into();
    record.summary.ledger[0].advice = quoted.into();
    record.ledger = vec![Column { name: quoted.into(), values: vec![1.0, 2.0] }];
    record.summary.parameters[1].name = quoted.into();
    if let Some(draws) = &mut record.draws {
        draws.names[1] = quoted.into();
        draws.names[2] = attack.into();
    }
    let page = html(&record, attack);
    assert_eq!(page.matches("<script").count(), 2, "the payload and the page's own");
    assert_eq!(page.matches("</script").count(), 2);
    let (before, rest) = page.split_once("<script type=\"application/json\"").unwrap_or_default();
    let after = rest.split_once("</script>").unwrap_or_default().1;
    assert!(!before.contains("\" onload") && !after.contains("\" onload"));
    assert!(before.contains("&quot; onload=&quot;alert(1)"));
    for (_, svg) in plots(&record) {
        assert!(!svg.contains("<script") && !svg.contains("\" onload"));
    }
}

#[test]
fn violated_checks_come_first_and_lead() {
    let page = well_formed(&synthetic::broken());
    assert!(page.contains("<strong>Look here.</strong>"));
    let place = |text: &str| page.find(text).unwrap_or(usize::MAX);
    assert!(place("<tr class=\"violated\">") < place("<tr class=\"inconclusive\">"));
    assert!(place("<tr class=\"inconclusive\">") < place("<tr class=\"holds\">"));
    assert!(page.contains("raise the target acceptance to 0.95"));
}

#[test]
fn runs_without_draws_show_their_path_state_and_ledger() {
    let page = well_formed(&synthetic::descent());
    // A value has no quantiles.
    assert!(page.contains(">value<") && !page.contains(">50 %<"));
    assert!(page.contains("<section id=\"path\">") && page.contains("<section id=\"series\">"));
    assert!(!page.contains("<section id=\"explore\">") && !page.contains("ESS bulk"));
    let names: Vec<String> = plots(&synthetic::descent()).into_iter().map(|p| p.0).collect();
    assert_eq!(names, ["path", "ledger-objective", "ledger-identity-residual"]);
    let page = well_formed(&synthetic::ring(20_000));
    assert!(page.contains("20,000 particles") && page.contains("1.83790 ± 0.0021"));
}

#[test]
fn four_chains_of_fifty_parameters_fit() {
    let page = well_formed(&synthetic::posterior(50, 4, 1000));
    assert!(!page.contains("one draw in"), "nothing is thinned");
}

#[test]
fn huge_runs_are_cut_and_say_so() {
    let page = well_formed(&synthetic::posterior(2000, 4, 250));
    assert!(
        page.contains("The first 500 of 2,000 quantities") && page.contains("of 2,000 quantities can be looked at")
    );
    let page = well_formed(&synthetic::posterior(2, 2, 500_000));
    assert!(page.contains("one draw in 125 (4,000 a chain of 500,000)"));
    assert!(well_formed(&synthetic::posterior(2, 40, 100)).contains("first 16 of 40 chains"));
}

#[test]
fn awkward_shapes_are_shown_or_passed_over() {
    well_formed(&Record::default());
    well_formed(&synthetic::posterior(1, 1, 1));
    well_formed(&synthetic::posterior(2, 1, 2));
    for (chains, draws, values) in [(0, 0, vec![]), (2, 3, vec![1.0]), (usize::MAX, 2, vec![1.0]), (1, 0, vec![])] {
        let draws = Draws { chains, draws, names: vec!["a".into()], values, statistics: Vec::new() };
        well_formed(&Record { draws: Some(draws), ..Record::default() });
    }
    let mut record = synthetic::posterior(3, 2, 40);
    if let Some(draws) = &mut record.draws {
        draws.values.fill(f64::NAN);
        draws.statistics.iter_mut().for_each(|s| s.values.fill(f64::INFINITY));
        draws.statistics.push(Column { name: "energy".into(), values: vec![1.0] });
    }
    record
        .summary
        .parameters
        .iter_mut()
        .for_each(|p| (p.mean, p.sd, p.q5, p.rhat) = (f64::NAN, 0.0, f64::NEG_INFINITY, f64::INFINITY));
    record.summary.ledger.push(Check { value: f64::NAN, bound: f64::INFINITY, ..Check::default() });
    let state = |shape: &[usize], values: usize| Array {
        name: "state".into(),
        shape: shape.into(),
        values: vec![f64::NAN; values],
    };
    record.ledger = vec![Column::default(), Column { name: "one".into(), values: vec![1.0] }];
    for array in [state(&[2, 3], 6), state(&[2, 3], 5), state(&[0, 3], 0), state(&[3], 3), state(&[usize::MAX, 2], 2)] {
        record.arrays = vec![Array { name: "path".into(), ..array.clone() }, array];
        well_formed(&record);
    }
}

#[test]
fn enormous_and_tiny_numbers_stay_drawable() {
    let mut record = synthetic::posterior(2, 2, 100);
    for scale in [1e300, 1e-300, 1e9, f64::MAX] {
        if let Some(draws) = &mut record.draws {
            draws.values.iter_mut().enumerate().for_each(|(i, v)| *v = scale * [1.0, -0.5, 0.25][i % 3]);
        }
        record.summary.parameters =
            vec![Parameter { name: "p".into(), q5: -scale, q95: scale, q50: 0.0, ..Parameter::default() }];
        record.ledger = vec![Column { name: "f".into(), values: vec![scale, -scale, scale] }];
        well_formed(&record);
    }
}

#[test]
fn no_checks_certify_nothing() {
    let page = well_formed(&Record::default());
    assert!(page.contains("<strong>Not checked.</strong>") && !page.contains("Certified"));
    let mut record = Record::default();
    record.summary.ledger.push(Check { check: "c".into(), verdict: Verdict::Inconclusive, ..Check::default() });
    assert!(well_formed(&record).contains("<strong>Not yet certified.</strong>"));
}

#[test]
fn priors_stand_beside_posteriors() {
    let mut record = synthetic::posterior(24, 4, 1000);
    let spread = |k: usize| (0..500).map(move |i| if k == 1 { f64::NAN } else { (i as f64 / 499.0 - 0.5) * 40.0 });
    let values = (0..12).flat_map(spread).collect();
    record.arrays.push(Array { name: "prior".into(), shape: vec![12, 500], values });
    let page = well_formed(&record);
    assert!(page.contains("<section id=\"priors\">"));
    let svg = plots(&record).into_iter().find(|plot| plot.0 == "priors").unwrap_or_default().1;
    // a line in the legend and one a quantity that has a prior
    assert_eq!((svg.matches("class=\"second\"").count(), svg.matches("class=\"area\"").count()), (12, 12));
    let names = &record.draws.as_ref().map(|draws| draws.names.clone()).unwrap_or_default();
    assert!(svg.contains("prior sd 11.6") && svg.contains(&names[0]) && !svg.contains(&format!(">{}<", names[1])));
}

#[test]
fn extrapolated_figures_have_a_table() {
    let mut record = synthetic::posterior(3, 4, 200);
    assert!(!well_formed(&record).contains("<section id=\"extrapolation\">"));
    let quantity = serde_json::json!({
        "name": "a<b", "mean": 0.25, "mean_se": 0.01, "mean_bias": 0.0, "mean_bias_se": 0.001,
        "variance": 0.9987, "variance_se": 0.0045, "variance_bias": 0.054, "variance_bias_se": 0.0004,
    });
    let found = serde_json::json!({ "order": 1, "steps": [0.1, 0.05], "quantities": [quantity] });
    record.summary.extra.insert("extrapolation".into(), found);
    let page = well_formed(&record);
    assert!(page.contains("<section id=\"extrapolation\">") && page.contains("strides 0.1 and 0.05"));
    assert!(page.contains("a&lt;b</th>") && page.contains("0.9987") && page.contains("0.054"));
}
