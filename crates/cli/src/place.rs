//! PLACE: the folder a run is written to, and files that are not overwritten.
use crate::arguments::Output;
use std::path::{Path, PathBuf};
use steepest_spec::{Config, SpecError};

/// A folder, and whether a run folder there may be replaced.
pub struct Place {
    /// The folder.
    pub dir: PathBuf,
    /// Whether it may be replaced.
    pub force: bool,
}

/// `--out`, or what the config says, or a new `runs/NAME-SEED`.
pub fn place(config: &Config, name: &str, output: &Output) -> Place {
    let chosen = output.out.clone().or_else(|| config.output.dir.clone());
    let dir = chosen.unwrap_or_else(|| vacant(Path::new("runs"), &format!("{}-{}", plain(name), config.run.seed)));
    Place { dir, force: output.force }
}

/// `DIR.KIND`, beside a folder.
pub fn beside(dir: &Path, kind: &str) -> PathBuf {
    let mut name = dir.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{kind}"));
    dir.with_file_name(name)
}

/// Refuses a file that is there, where it may not be overwritten.
pub fn free(path: &Path, force: bool) -> Result<(), SpecError> {
    if path.exists() && !force {
        return Err(SpecError::input(format!("{} is there already; --force overwrites it", path.display())));
    }
    Ok(())
}

/// The first of `name`, `name-2`, `name-3`, ... that is not there.
fn vacant(above: &Path, name: &str) -> PathBuf {
    let free = |path: &PathBuf| path.symlink_metadata().is_err();
    let numbered = (2..).map(|i| above.join(format!("{name}-{i}")));
    std::iter::once(above.join(name)).chain(numbered).find(free).unwrap_or_else(|| above.join(name))
}

/// The name of the flow.toml at `path`: its stem, or its folder's where the stem says nothing.
pub fn name_of(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = whole.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    match (stem.as_str(), folder) {
        ("flow", Some(folder)) => folder,
        _ => stem,
    }
}

fn plain(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    let plain = plain.trim_matches(['.', '-']);
    if plain.is_empty() { "run".into() } else { plain.chars().take(60).collect() }
}

#[cfg(test)]
mod tests {
    use super::{name_of, plain};
    use std::path::Path;

    #[test]
    fn a_folder_names_its_flow() {
        assert_eq!(name_of(Path::new("examples/credit/flow.toml")), "credit");
        assert_eq!(name_of(Path::new("examples/credit/wide.toml")), "wide");
    }
    #[test]
    fn names_are_safe() {
        assert_eq!(plain("../a b"), "a-b");
        assert_eq!(plain("…"), "run");
    }
}
