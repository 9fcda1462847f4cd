//! `steepest check --out`: a page or a picture, of a flat and of a curved flow; what is refused, and what stays.
mod workplace;
use workplace::Workplace;

const SPHERE: &str = "[functional]\nkind = \"expression\"\nenergy = \"x^2 + y + z*x\"\n[geometry]\nkind = \"sphere\"\n[scheme]\nkind = \"lbfgs\"\n[state]\nkind = \"point\"\n";

#[test]
fn a_page_for_flat_and_for_curved_flows() {
    let place = Workplace::new();
    place.write("sphere.toml", SPHERE);
    for (flow, names, laws) in [("flow.toml", &["gradient"][..], 1), ("sphere.toml", &["gradient", "retraction"], 7)] {
        let told = place.succeed(&["check", flow]);
        let with = place.succeed(&["check", flow, "--out", "page.html", "--force"]);
        assert_eq!(with, format!("{told}\nreport  page.html\n"));
        let page = place.read("page.html");
        assert!(page.contains(&format!("<h1>{flow}, checked</h1>")), "{page}");
        assert!(page.contains("<strong>Everything holds.</strong>"));
        // The text of the terminal is there, word for word.
        let text = told.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        assert!(page.contains(&format!("<pre>{text}</pre>")), "{page}");
        for name in names {
            assert!(page.contains(&format!("class=\"title\" text-anchor=\"start\">the {name}</text>")), "{name}");
        }
        assert_eq!(page.matches("<title>h = ").count(), 41 * names.len());
        assert_eq!(page.matches("<tr><td>").count(), laws);
        assert!(page.contains(">slope 2.00</text>"));
        // Nothing outside itself.
        assert!(!page.contains("src=") && !page.contains("href=") && !page.contains("url("));

        place.succeed(&["check", flow, "--out", "picture.svg", "--force"]);
        let picture = place.read("picture.svg");
        assert!(picture.starts_with("<svg xmlns=") && picture.trim_end().ends_with("</svg>"));
        assert!(!picture.contains("var(--") && picture.matches("<title>h = ").count() == 41 * names.len());
    }
}

#[test]
fn what_is_there_is_not_overwritten_and_other_endings_are_refused() {
    let place = Workplace::new();
    place.write("page.html", "mine");
    let said = place.refuse(&["check", "flow.toml", "--out", "page.html"]);
    assert_eq!(said, "error: page.html is there already; --force overwrites it\n");
    assert_eq!(place.read("page.html"), "mine");
    for name in ["page.txt", "page", ".svg"] {
        let said = place.refuse(&["check", "flow.toml", "--out", name]);
        let wanted = "expected a name that ends in .html (a page) or .svg (a picture)";
        assert_eq!(said, format!("error: {name}: {wanted}\n"));
        assert!(!place.at(name).exists());
    }
    let done = place.run(&["check", "flow.toml", "--out", "nowhere/page.html"]);
    assert_eq!(done.code, 4, "{}", done.err);
    assert!(done.err.starts_with("error: cannot write nowhere/page.html: "), "{}", done.err);
    let files = std::fs::read_dir(place.path()).expect("a folder").count();
    assert_eq!(files, 3, "nothing but the table, the flow and the page that was there");
    place.succeed(&["check", "flow.toml", "--out", "page.html", "--force"]);
    assert!(place.read("page.html").starts_with("<!doctype html>"));
    let help = place.succeed(&["check", "--help"]);
    assert!(help.contains("--out <FILE>") && help.contains("--force") && help.contains(".svg"), "{help}");
}

/// Where the energy of a flow is no number the numbers are refused as ever, and no file is made.
#[test]
fn no_page_of_what_cannot_be_checked() {
    let place = Workplace::new();
    place.write("nothing.toml", "[functional]\nkind = \"expression\"\nenergy = \"log(-x^2)\"\n");
    let done = place.run(&["check", "nothing.toml", "--out", "page.html"]);
    assert_eq!((done.code, done.out.as_str()), (3, ""), "{}", done.err);
    assert!(!place.at("page.html").exists());
}
