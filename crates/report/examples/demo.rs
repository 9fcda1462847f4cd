//! Writes reports of synthetic runs, one of each kind: `cargo run -p steepest-report --example demo [FOLDER]`.
#[path = "../tests/synthetic/mod.rs"]
mod synthetic;

use std::{env, fs, io, path::PathBuf};

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).map_or_else(|| env::temp_dir().join("steepest-demo"), PathBuf::from);
    let records = [
        ("posterior", "German credit, default priors", synthetic::posterior(24, 4, 1000)),
        ("broken", "A funnel that went wrong", synthetic::broken()),
        ("descent", "Rosenbrock's valley", synthetic::descent()),
        ("ring", "Langevin ensemble on a ring", synthetic::ring(200_000)),
    ];
    for (name, title, record) in records {
        let home = folder.join(name);
        fs::create_dir_all(home.join("plots"))?;
        let page = steepest_report::html(&record, title);
        fs::write(home.join("report.html"), &page)?;
        for (plot, svg) in steepest_report::plots(&record) {
            fs::write(home.join("plots").join(format!("{plot}.svg")), svg)?;
        }
        println!("{} ({} kB)", home.join("report.html").display(), page.len() / 1000);
    }
    Ok(())
}
