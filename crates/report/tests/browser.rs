//! The page in a real browser: its script runs without a fault, draws every figure and answers the reader.
mod synthetic;

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use steepest_record::Record;

/// A browser on the search path; where there is none, the test is skipped aloud, or fails under `STEEPEST_NO_SKIP=1`.
fn browser() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).flat_map(|d| names.map(|n| d.join(n))).find(|p| p.is_file());
    if found.is_none() {
        let what = "no browser on PATH: install the package `chromium` to test report.html in one";
        assert!(env::var("STEEPEST_NO_SKIP").as_deref() != Ok("1"), "{what}");
        // Not `eprintln!`: the test runner would swallow it.
        let _ = writeln!(io::stderr(), "\n*** SKIPPED: {what} ***\n");
    }
    found
}

fn run(browser: &Path, folder: &Path, page: &str, last: &str) -> Vec<u8> {
    let file = folder.join("report.html");
    fs::write(&file, page).expect("a temporary file");
    let flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--hide-scrollbars",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--window-size=1200,1000",
        "--virtual-time-budget=3000",
    ];
    let output = Command::new(browser)
        .args(flags)
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(last)
        .arg(format!("file://{}", file.display()))
        .stderr(Stdio::null())
        .output()
        .expect("the browser starts");
    assert!(output.status.success(), "the browser failed: {}", output.status);
    output.stdout
}

/// The document after the page's script and then `reader`, a script that plays a reader, have run.
fn after(record: &Record, reader: &str) -> Option<String> {
    let browser = browser()?;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let page = steepest_report::html(record, "in a browser");
    let page = page.replace("</body>", &format!("<script>{reader}</script></body>"));
    let dom = String::from_utf8(run(&browser, folder.path(), &page, "--dump-dom")).expect("text");
    let root = dom.split_once('>').map_or("", |(_, rest)| &rest[..rest.find('>').unwrap_or(0)]);
    assert!(root.contains("data-ready=\"yes\""), "the script did not finish: {root}");
    assert!(!root.contains("data-error"), "a fault in the script: {root}");
    Some(dom)
}

/// What the reader's script wrote about the page, under `key`.
fn noted<'a>(dom: &'a str, key: &str) -> &'a str {
    let key = format!("data-{key}=\"");
    let from = dom.find(&key).map_or(dom.len(), |at| at + key.len());
    dom[from..].split('"').next().unwrap_or("")
}

#[test]
fn a_reader_walks_through_a_broken_posterior() {
    // Picks the parameter whose name is an attack, hides a chain, sorts by R-hat, filters, and widens the pairs.
    let reader = r##"
        const root = document.documentElement.dataset, all = (s) => [...document.querySelectorAll(s)];
        const select = document.querySelector(".picker select");
        select.value = "2"; select.dispatchEvent(new Event("change"));
        root.title_ = document.querySelector(".stage h3").textContent;
        root.views = all("#explorer .view h4").map((h) => h.textContent).join("|");
        root.paths = all("#explorer .views path.chain").length;
        all(".chip")[1].click();
        root.displayed = getComputedStyle(document.querySelector("#explorer path.of1")).display;
        const sort = all("#parameter-table thead button").find((b) => b.textContent === "mean");
        const column = () => all("#parameter-table tbody tr").map((r) => Number(r.cells[2].dataset.v));
        sort.click(); root.down = column().every((v, i, a) => i === 0 || a[i - 1] >= v);
        sort.click(); root.up = column().every((v, i, a) => i === 0 || a[i - 1] <= v);
        document.querySelector("a[data-place='4']").click();
        root.followed = document.querySelector(".stage h3").textContent;
        const add = document.querySelector("#pairs-view select"); const before = all("#pairs-view .chip").length;
        add.value = "0"; add.dispatchEvent(new Event("change"));
        root.chips = all("#pairs-view .chip").length - before;
        root.crosses = all("#pairs-view path.mark").length;
        document.getElementById("theme").click(); root.dark = getComputedStyle(document.body).backgroundColor;
        const trace = document.querySelector(".wide svg"), box = trace.getBoundingClientRect();
        const at = { clientX: box.left + box.width / 2, clientY: box.top + 50, bubbles: true };
        trace.dispatchEvent(new PointerEvent("pointermove", at));
        root.draw = document.querySelector(".wide .read div").textContent;
        root.values = [...Array(4).keys()].map((c) => document.querySelector(`.wide .read .of${c}`).textContent).join("|");
        root.nan = all("svg").filter((s) => /NaN|Infinity|undefined/.test(s.outerHTML)).length;
    "##;
    let mut record = synthetic::broken();
    let attack = "<img src=x onerror=\"document.documentElement.dataset.attacked=1\">";
    record.summary.parameters[2].name = attack.into();
    if let Some(draws) = &mut record.draws {
        draws.names[2] = attack.into();
    }
    let Some(dom) = after(&record, reader) else { return };
    assert!(dom.contains("<strong>Look here.</strong>"));
    assert!(noted(&dom, "title_").contains("&lt;img src=x") || noted(&dom, "title_").contains("<img src=x"));
    assert_eq!(noted(&dom, "views"), "Density by chain|Ranks by chain|Trace|Autocorrelation|Running mean");
    // Four chains with a line or bars in each of the five views; this quantity holds NaN, so its mean and
    // autocorrelation are not known: three views remain.
    assert_eq!(noted(&dom, "paths"), "12");
    assert_eq!(noted(&dom, "displayed"), "none");
    assert_eq!((noted(&dom, "down"), noted(&dom, "up")), ("true", "true"));
    assert_eq!(noted(&dom, "followed"), "cauchy");
    assert_eq!(noted(&dom, "chips"), "1");
    assert_eq!(noted(&dom, "crosses"), "10", "one for each panel below the diagonal of five");
    assert_eq!(noted(&dom, "dark"), "rgb(20, 23, 28)");
    // What the pointer reads are the draws: 16 bits of a view about 100 wide, four digits shown.
    let draw: usize = noted(&dom, "draw").trim_start_matches("draw ").parse().expect("a number");
    let read = noted(&dom, "values").replace('−', "-");
    for (c, read) in read.split('|').enumerate() {
        let (read, drawn) =
            (read.parse::<f64>().expect("a number"), record.draws.as_ref().map(|d| d.chain(4, c)[draw - 1]));
        assert!(drawn.is_some_and(|x| (x - read).abs() < 2e-3 + 1e-3 * x.abs()), "chain {c}: {read} for {drawn:?}");
    }
    assert_eq!(noted(&dom, "nan"), "0");
    assert!(!dom.contains("data-attacked"), "a name ran as a script");
}

#[test]
fn a_certified_posterior_is_drawn_and_its_picture_is_not_blank() {
    let record = synthetic::posterior(24, 4, 1000);
    let count = "const n = document.querySelectorAll('#explorer .views path.chain').length;
        document.documentElement.dataset.lines = n;
        document.documentElement.dataset.dots = document.querySelectorAll('#pairs-view path.cloud').length;";
    let Some(dom) = after(&record, count) else { return };
    assert!(dom.contains("<strong>Certified.</strong> All 7 checks of the ledger hold."));
    assert_eq!((noted(&dom, "lines"), noted(&dom, "dots")), ("20", "48"));
    assert_eq!(dom.matches("<option").count(), 24 + (1 + 20) + (1 + 12), "picker, pairs to add, pairs by correlation");
    let (Some(browser), Ok(folder)) = (browser(), tempfile::tempdir()) else { return };
    let picture = folder.path().join("page.png");
    let page = steepest_report::html(&record, "in a browser");
    run(&browser, folder.path(), &page, &format!("--screenshot={}", picture.display()));
    let size = fs::metadata(&picture).map_or(0, |m| m.len());
    assert!(size > 40_000, "a screenshot of {size} bytes is blank");
}

#[test]
fn the_other_kinds_and_the_emptiest_page_run_without_a_fault() {
    let switch = "const log = document.getElementById('log-axes'); if (log) log.click();
        const seen = (s) => [...document.querySelectorAll(s)].filter((e) => e.getClientRects().length).length;
        document.documentElement.dataset.linear = seen('.linear svg'); document.documentElement.dataset.log = seen('.log svg');";
    let Some(dom) = after(&synthetic::descent(), switch) else { return };
    assert_eq!((noted(&dom, "linear"), noted(&dom, "log")), ("2", "0"));
    after(&synthetic::posterior(1, 1, 1), "");
    after(&Record::default(), "");
}
