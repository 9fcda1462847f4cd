//! Virtual environments under the target folder, made once and again when what they are made from changes.
use crate::process::{target, task, top};
use std::{fs, path::PathBuf};

/// The interpreters that run, by version, newest first. A name on the path may be a stand-in that does not run: each is tried.
fn interpreters() -> Vec<((u32, u32), PathBuf)> {
    let mut names: Vec<PathBuf> = ["python3.14", "python3.13", "python3.12", "python3.11", "python3", "python"]
        .iter()
        .map(PathBuf::from)
        .collect();
    if let Some(home) = std::env::var_os("HOME")
        && let Ok(versions) = fs::read_dir(PathBuf::from(home).join(".pyenv/versions"))
    {
        names.extend(versions.flatten().map(|v| v.path().join("bin/python")));
    }
    let ask = "import sys, venv, ensurepip; print(*sys.version_info[:2])";
    let mut found: Vec<_> = names.into_iter().filter_map(|name| Some((version(&name, ask)?, name))).collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found
}

fn version(name: &PathBuf, ask: &str) -> Option<(u32, u32)> {
    let (ran, out, _) = task(name).args(["-c", ask]).output().ok()?;
    let (major, minor) = out.trim().split_once(' ')?;
    ran.then_some((major.parse().ok()?, minor.parse().ok()?))
}

/// The interpreter of target/`name`, with `requirements` installed; `fits` says which versions will do.
pub fn environment(
    name: &str,
    requirements: &str,
    fits: std::ops::RangeInclusive<(u32, u32)>,
) -> Result<PathBuf, String> {
    let list = fs::read_to_string(top().join(requirements)).map_err(|e| format!("{requirements}: {e}"))?;
    let folder = target().join(name);
    let python = if cfg!(windows) { folder.join("Scripts/python.exe") } else { folder.join("bin/python") };
    let stamp = folder.join("installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == list)
        && version(&python, "import sys; print(*sys.version_info[:2])").is_some()
    {
        return Ok(python);
    }
    let (found, interpreter) = interpreters()
        .into_iter()
        .find(|(version, _)| fits.contains(version))
        .ok_or("no Python interpreter with the venv module that fits was found")?;
    eprintln!("making {} with Python {}.{}", folder.display(), found.0, found.1);
    let made = task(interpreter).args(["-m", "venv", "--clear"]).arg(&folder).output()?;
    if !made.0 {
        return Err(format!("python -m venv: {}", made.2.trim()));
    }
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements];
    task(&python).args(pip).go()?;
    fs::write(&stamp, list).map_err(|e| format!("{}: {e}", stamp.display()))?;
    Ok(python)
}
