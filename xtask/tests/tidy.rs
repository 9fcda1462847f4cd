//! The arrows and the manners of the house, as tests.
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Crate -> what its `[dependencies]` may name.
const CRATES: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("kernels", &[]),
    ("flows", &["core", "kernels"]),
    ("models", &["core", "kernels"]),
    ("record", &["core"]),
    ("report", &["record"]),
    ("spec", &["core", "kernels", "flows", "models", "record"]),
    ("steepest", &["core", "kernels", "flows", "models"]),
    ("cli", &["spec", "record", "report"]),
];

/// Folder of `flows` -> the modules of that crate it may name. Everything may name the core, which names none of them.
const FOLDERS: &[(&str, &[&str])] = &[
    ("state", &["state"]),
    ("noise", &["noise"]),
    ("scheme", &["scheme"]),
    ("observer", &["observer"]),
    ("functional", &["functional", "state"]),
    ("geometry", &["geometry", "state"]),
    ("flow", &["flow", "state", "functional", "geometry", "noise", "scheme", "observer"]),
];

const NO_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "common", "misc"];
const NO_FOLDERS: &[&str] = &["target", "runs", "node_modules", "__pycache__", ".git", ".venv", ".pytest_cache"];
/// Taken apart so that this file passes its own test.
const NO_WORK_LEFT: &[&str] =
    &[concat!("to", "do!("), concat!("unimpl", "emented!("), concat!("FIX", "ME"), concat!("#[ig", "nore")];
const NO_PLACES: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("crates", ".io"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("registry", ".npmjs"),
    concat!("deb.debian", ".org"),
];
const LONGEST: usize = 400;

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A path as seen from the top.
fn seen(path: &Path) -> std::path::Display<'_> {
    path.strip_prefix(env!("CARGO_MANIFEST_DIR").trim_end_matches("xtask")).unwrap_or(path).display()
}

/// Every file of the repository whose name ends in one of `ends`, with its text.
fn files(ends: &[&str]) -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, ends: &[&str], found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !NO_FOLDERS.contains(&name.as_str()) {
                    walk(&path, ends, found);
                }
            } else if ends.iter().any(|end| name.ends_with(end)) {
                found.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(&top(), ends, &mut found);
    found.sort();
    found
}

fn report(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// The code before the tests inside a file, without its comments, which may point anywhere.
fn shipped(text: &str) -> String {
    let before = text.split("#[cfg(test)]").next().unwrap();
    before.lines().filter(|l| !l.trim_start().starts_with("//")).flat_map(|l| [l, "\n"]).collect()
}

#[test]
fn crates_point_one_way() {
    let mut faults = Vec::new();
    for entry in fs::read_dir(top().join("crates")).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let Some((_, allowed)) = CRATES.iter().find(|(c, _)| *c == name) else {
            faults.push(format!("crates/{name}: give it its arrows in tidy.rs"));
            continue;
        };
        let manifest: toml::Table = fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
        for section in ["dependencies", "build-dependencies"] {
            let Some(toml::Value::Table(named)) = manifest.get(section) else { continue };
            for used in named.keys().filter(|k| *k == "steepest" || k.starts_with("steepest-")) {
                if !allowed.contains(&used.trim_start_matches("steepest-")) {
                    faults.push(format!("crates/{name} may not depend on {used}"));
                }
            }
        }
    }
    report(&faults);
}

#[test]
fn folders_of_flows_point_one_way() {
    let mut faults = Vec::new();
    for (path, text) in files(&[".rs"]) {
        let inside = path.strip_prefix(top().join("crates/flows/src"));
        let Some(folder) = inside.ok().and_then(|p| p.iter().next()).and_then(|p| p.to_str()) else { continue };
        let Some((_, allowed)) = FOLDERS.iter().find(|(f, _)| *f == folder.trim_end_matches(".rs")) else { continue };
        let code = shipped(&text);
        for (at, _) in code.match_indices("crate::") {
            let module: String = code[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let known = FOLDERS.iter().any(|(f, _)| *f == module);
            if known && !allowed.contains(&module.as_str()) {
                faults.push(format!("{}: {folder} may not name crate::{module}", seen(&path)));
            }
        }
    }
    report(&faults);
}

#[test]
fn every_file_says_what_it_is_and_is_short() {
    let mut faults = Vec::new();
    for (path, text) in files(&[".rs", ".py", ".js", ".css", ".sh"]) {
        let opening: &[&str] = match path.extension().and_then(|e| e.to_str()) {
            Some("rs") => &["//! "],
            Some("py") => &["\"\"\"", "# "],
            Some("js") => &["// ", "/* "],
            Some("sh") => &["#!"],
            _ => &[""],
        };
        if !opening.iter().any(|o| text.starts_with(o)) {
            faults.push(format!("{}: say in its first line what the file is", seen(&path)));
        }
        let lines = text.lines().count();
        if lines > LONGEST {
            faults.push(format!("{}: {lines} lines, more than {LONGEST}", seen(&path)));
        }
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let folder = path.parent().and_then(|p| p.file_name()).and_then(|p| p.to_str()).unwrap_or("").to_owned();
        if [&stem, &folder].iter().any(|n| NO_NAMES.contains(&n.as_str())) {
            faults.push(format!("{}: name it after what it does", seen(&path)));
        }
    }
    report(&faults);
}

#[test]
fn nothing_is_left_to_do() {
    let mut faults = Vec::new();
    for (path, text) in files(&[".rs", ".py", ".js", ".sh"]) {
        faults.extend(NO_WORK_LEFT.iter().filter(|w| text.contains(**w)).map(|w| format!("{}: {w}", seen(&path))));
    }
    report(&faults);
}

#[test]
fn no_place_of_one_machine_is_named() {
    let mut faults = Vec::new();
    for (path, text) in files(&[
        ".rs", ".py", ".js", ".css", ".sh", ".md", ".toml", ".cff", ".bib", ".json", ".csv", ".html", ".svg", "run",
    ]) {
        faults.extend(NO_PLACES.iter().filter(|p| text.contains(**p)).map(|p| format!("{}: {p}", seen(&path))));
    }
    report(&faults);
}

/// `[Key]` or `[Key, Eq. 3]`, where a key is names and a year: what it cites, if it cites.
fn cited(bracket: &str) -> Option<&str> {
    let key = bracket.split([',', ';']).next()?.trim();
    let year = key.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let names = year.trim_end_matches(|c: char| c.is_ascii_digit());
    let fits = year.len() == names.len() + 4
        && key.len() <= year.len() + 1
        && names.len() > 1
        && names.starts_with(|c: char| c.is_ascii_uppercase())
        && names.chars().all(|c| c.is_alphabetic() || c == '-');
    fits.then_some(key)
}

fn brackets(text: &str) -> impl Iterator<Item = &str> {
    text.split('[').skip(1).filter_map(|rest| rest.split_once(']').map(|(inside, _)| inside))
}

#[test]
fn every_citation_is_in_the_bibliography() {
    let text = fs::read_to_string(top().join("references.bib")).unwrap();
    let mut keys = BTreeMap::new();
    for line in text.lines().filter(|l| l.starts_with('@')) {
        let key = line.split_once('{').unwrap().1.trim_end_matches(',').trim();
        *keys.entry(key.to_owned()).or_insert(0) += 1;
        assert!(cited(key) == Some(key), "references.bib: {key} is not of the form NamesYear");
    }
    let twice: Vec<_> = keys.iter().filter(|(_, n)| **n > 1).collect();
    assert!(twice.is_empty(), "references.bib has twice: {twice:?}");
    let mut faults = BTreeSet::new();
    for (path, text) in files(&[".rs", ".md"]) {
        let is_rust = path.extension().is_some_and(|e| e == "rs");
        let prose: String = text
            .lines()
            .map(str::trim_start)
            .filter(|l| !is_rust || l.starts_with("//") || l.starts_with("reference:"))
            .flat_map(|l| match l.split('"').nth(1).filter(|_| is_rust && l.starts_with("reference:")) {
                Some(reference) => ["[", reference, "]\n"],
                None => [l.trim_start_matches(['/', '!']), "\n", ""],
            })
            .collect();
        for key in brackets(&prose).flat_map(|b| b.split(';')).filter_map(cited) {
            if !keys.contains_key(key) {
                faults.insert(format!("{}: [{key}] is not in references.bib", seen(&path)));
            }
        }
    }
    report(&faults.into_iter().collect::<Vec<_>>());
}

#[test]
fn links_between_files_lead_somewhere() {
    let mut faults = Vec::new();
    for (path, text) in files(&[".md"]) {
        for (at, _) in text.match_indices("](") {
            let link: String = text[at + 2..].chars().take_while(|c| *c != ')' && *c != '#').collect();
            let outside = link.is_empty() || link.contains("://") || link.contains(' ') || link.contains('\n');
            if !outside && !path.parent().unwrap().join(&link).exists() {
                faults.push(format!("{}: {link} is not there", seen(&path)));
            }
        }
    }
    report(&faults);
}

#[test]
fn citations_are_recognised() {
    assert_eq!(cited("HoffmanGelman2014, Alg. 6"), Some("HoffmanGelman2014"));
    assert_eq!(cited("Vehtari2021"), Some("Vehtari2021"));
    assert_eq!(cited("Liu2016a, Eq. 3"), Some("Liu2016a"));
    for not in ["0.1", "x[1]", "Key", "u32; 4", "2014", "C(purpose)", "A2014bc"] {
        assert_eq!(cited(not), None, "{not}");
    }
}
