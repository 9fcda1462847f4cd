//! Every `$ steepest ...` that the README, the book and the examples show, run as it stands there.
use crate::process::{steepest, target, task, top};
use std::{fs, path::PathBuf};

/// Runs them from a scratch folder that has the examples beside it. How many there are.
pub fn run() -> Result<usize, String> {
    let scratch = target().join("book").join("scratch");
    let _ = fs::remove_dir_all(&scratch);
    fs::create_dir_all(&scratch).map_err(|e| format!("{}: {e}", scratch.display()))?;
    copy(&top().join("examples"), &scratch.join("examples")).map_err(|e| format!("examples: {e}"))?;
    let program = steepest();
    let mut path = program.parent().map(|p| p.as_os_str().to_owned()).unwrap_or_default();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let mut count = 0;
    let mut failed = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).map_err(|e| format!("{}: {e}", page.display()))?;
        // Each page stands alone: its run folders are not those of the page before.
        let _ = fs::remove_dir_all(scratch.join("runs"));
        for line in text.lines().filter_map(|l| l.strip_prefix("$ ")) {
            count += 1;
            let script = format!("cd '{}' && {line}", scratch.display());
            let (ran, _, errors) = task("sh").args(["-c", &script]).env("PATH", &path).output()?;
            if !ran {
                failed.push(format!(
                    "{}: `{line}`: {}",
                    page.strip_prefix(top()).unwrap_or(&page).display(),
                    errors.trim()
                ));
            }
        }
    }
    if failed.is_empty() {
        Ok(count)
    } else {
        Err(format!("a command that is shown does not work:\n{}", failed.join("\n")))
    }
}

/// The pages, in the order they are read in.
fn pages() -> Vec<PathBuf> {
    let summary = fs::read_to_string(top().join("book/SUMMARY.md")).unwrap_or_default();
    let chapters = summary.split("](").skip(1).filter_map(|l| l.split(')').next()).map(|c| top().join("book").join(c));
    let examples =
        fs::read_dir(top().join("examples")).into_iter().flatten().flatten().map(|e| e.path().join("README.md"));
    let mut examples: Vec<PathBuf> = examples.filter(|p| p.exists()).collect();
    examples.sort();
    std::iter::once(top().join("README.md")).chain(chapters).chain(examples).collect()
}

fn copy(from: &PathBuf, to: &PathBuf) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let here = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &here)?;
        } else {
            fs::copy(entry.path(), here)?;
        }
    }
    Ok(())
}
