//! INSPECT: the verbs that run nothing: explain, list, new, report.
use crate::arguments::FlowFile;
use crate::failure::Failure;
use crate::place::{free, name_of};
use crate::write_all;
use std::fmt::Write;
use std::path::Path;
use steepest_record::Folder;
use steepest_spec::{Config, LISTS, Setting, SpecError, build, list, template};

/// The config of a flow.toml and its `--set`s.
pub fn load(file: &FlowFile) -> Result<Config, SpecError> {
    load_on(file, None)
}
/// The same, on so many threads where they are said.
pub fn load_on(file: &FlowFile, threads: Option<&str>) -> Result<Config, SpecError> {
    let mut settings: Vec<Setting> =
        file.set.iter().map(|argument| Setting::parse(argument)).collect::<Result<_, _>>()?;
    settings.extend(threads.map(|threads| Setting::flag(&["run", "threads"], "--threads ", threads)));
    Config::load(&file.flow, &settings)
}

/// `steepest explain`
pub fn explain(file: &FlowFile) -> Result<u8, Failure> {
    let config = load(file)?;
    let model = build(&config)?;
    write_all(&steepest_spec::explain(&config, &*model))?;
    Ok(0)
}

/// `steepest list`
pub fn lists(what: Option<&str>) -> Result<u8, Failure> {
    let names = match what {
        Some(name) => vec![(name, "")],
        None => LISTS.to_vec(),
    };
    let mut out = String::new();
    for (name, doc) in names {
        if what.is_none() {
            let _ = writeln!(out, "{}{name}: {doc}", if out.is_empty() { "" } else { "\n" });
        }
        let items = list(name)?;
        let width = items.iter().map(|item| item.name.chars().count()).max().unwrap_or(0);
        for item in items {
            let reference = if item.reference.is_empty() { String::new() } else { format!(" [{}]", item.reference) };
            let _ = writeln!(out, "  {:<width$}  {}{reference}", item.name, item.doc);
        }
    }
    write_all(&out)?;
    Ok(0)
}

/// `steepest new`
pub fn new(row: &str, out: Option<&Path>, force: bool) -> Result<u8, Failure> {
    let text = template(row)?;
    let Some(path) = out else {
        write_all(&text)?;
        return Ok(0);
    };
    free(path, force)?;
    std::fs::write(path, text).map_err(|cause| SpecError::io("write", path, cause))?;
    Ok(0)
}

/// `steepest report`
pub fn report(dir: &Path) -> Result<u8, Failure> {
    let record = Folder::read(dir)?;
    let title = std::path::absolute(dir).ok().and_then(|dir| Some(dir.file_name()?.to_string_lossy().into_owned()));
    let write = |name: &str, bytes: &[u8]| -> Result<(), SpecError> {
        let (path, draft) = (dir.join(name), dir.join(format!("{name}.partial")));
        let refused = |cause| SpecError::io("write", &path, cause);
        std::fs::create_dir_all(path.parent().unwrap_or(dir)).map_err(refused)?;
        std::fs::write(&draft, bytes).and_then(|()| std::fs::rename(&draft, &path)).map_err(refused)
    };
    write("report.html", steepest_report::html(&record, &title.unwrap_or_default()).as_bytes())?;
    for (name, svg) in steepest_report::plots(&record) {
        write(&format!("plots/{name}.svg"), svg.as_bytes())?;
    }
    write_all(&format!("report  {}\n", dir.join("report.html").display()))?;
    Ok(0)
}

/// The name of a run of this file.
pub fn name(file: &FlowFile) -> String {
    name_of(&file.flow)
}
