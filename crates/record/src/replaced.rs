//! REPLACED: a run that gives way to another waits beside it, as `.NAME.replaced`, until that one has something to keep.
//!
//! A process that is killed in between leaves both. Whoever comes to the folder next finds a new run that has something to
//! keep, or puts the old one back: there is no moment at which both are gone.
use crate::FolderError;
use crate::durable::parent;
use crate::lock::Lock;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder that a path means: what a link leads to, and nothing behind the last name.
///
/// # Errors
/// A link that leads nowhere.
pub(crate) fn meant(place: &Path) -> Result<PathBuf, FolderError> {
    let plain: PathBuf = place.components().collect();
    if !plain.is_symlink() {
        return Ok(plain);
    }
    let nowhere = "this is a link that leads nowhere: remove it, or choose another folder with --out";
    fs::canonicalize(&plain).map_err(|_| FolderError::broken(&plain, nowhere))
}
/// Where the run of a folder waits while another is begun in its place.
pub(crate) fn aside(place: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(place.file_name().unwrap_or_default());
    name.push(".replaced");
    parent(place).join(name)
}
/// Whether a folder has something that is worth keeping: results, or a state to go on from.
fn lives(place: &Path) -> bool {
    ["summary.json", "checkpoint/state", "checkpoint/state.previous"].iter().any(|name| place.join(name).is_file())
}
/// Puts the run back that a process which was killed had set aside, where what it began in its place came to nothing.
///
/// # Errors
/// A process is at work there, or the disk refused.
pub(crate) fn put_back(place: &Path) -> Result<(), FolderError> {
    let aside = aside(place);
    let waits = || aside.is_dir() && !lives(place);
    if !waits() {
        return Ok(());
    }
    // While one run gives way to another, both are locked.
    let busy = |error: FolderError| match error {
        FolderError::Busy { holder, .. } => FolderError::Busy { place: place.into(), holder },
        error => error,
    };
    let _old = Lock::of_moved(&aside).map_err(busy)?;
    let _new = Lock::of_moved(place).map_err(busy)?;
    if !waits() {
        return Ok(());
    }
    let refused = || FolderError::io("write", place);
    if place.exists() {
        fs::remove_dir_all(place).map_err(refused())?;
    }
    fs::rename(&aside, place).map_err(refused())
}

/// What is at a place where a run folder may be put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    /// A folder with nothing in it, which is taken as it is: it may be one that cannot be moved, such as a disk.
    Empty,
    /// A run, which may be replaced.
    Run,
}
/// What is at `place`, if a run folder may be put there.
pub(crate) fn vacant(place: &Path, force: bool) -> Result<Found, FolderError> {
    if place.symlink_metadata().is_err() {
        return Ok(Found::Nothing);
    }
    if !place.is_dir() {
        return Err(FolderError::AFile(place.into()));
    }
    readable(place)?;
    let (whole, begun) = (place.join("summary.json").is_file(), place.join("checkpoint").is_dir());
    match (whole, begun) {
        (true, _) if !force => Err(FolderError::Exists(place.into())),
        (false, true) if !force && place.join("flow.toml").is_file() => Err(FolderError::Unfinished(place.into())),
        (false, true) if !force => Err(FolderError::Abandoned(place.into())),
        (false, false) if is_empty(place) => Ok(Found::Empty),
        // What is not a run is not replaced, so nothing is said of replacing it.
        (false, false) => Err(FolderError::NotARun(place.into())),
        _ => Ok(Found::Run),
    }
}
/// Whether one may look into a folder: of one that one may not, nothing is known.
pub(crate) fn readable(place: &Path) -> Result<(), FolderError> {
    fs::read_dir(place).map(drop).map_err(FolderError::io("read", place))
}
fn is_empty(place: &Path) -> bool {
    fs::read_dir(place).is_ok_and(|mut entries| entries.next().is_none())
}
/// Takes everything out of a folder.
fn empty(place: &Path) {
    for path in fs::read_dir(place).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let _ = if path.is_dir() && !path.is_symlink() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
    }
}

/// What to add where a folder has a run that is not finished: of the one that it is to replace, if that still waits.
pub(crate) fn waiting(place: &Path) -> String {
    let aside = aside(place);
    if !aside.is_dir() || lives(place) {
        return String::new();
    }
    format!(
        "; the run that it is to replace waits in `{}`: remove `{1}`, and `steepest resume {1}` puts it back",
        aside.display(),
        place.display()
    )
}
/// Why a path is no folder.
pub(crate) fn absent(place: &Path) -> String {
    let aside = aside(place);
    if place.exists() {
        "this is a file; a run is a folder".into()
    } else if aside.is_dir() {
        format!(
            "there is no such folder; the run that was to be replaced there waits in `{}`, and `steepest resume {}` puts it back",
            aside.display(),
            place.display()
        )
    } else {
        "there is no such folder".into()
    }
}

/// What was made for a folder that is not to be.
pub(crate) struct Made<'a> {
    pub(crate) place: &'a Path,
    /// What of the folder itself was.
    pub(crate) own: Own,
    pub(crate) parents: Vec<PathBuf>,
    pub(crate) aside: Option<PathBuf>,
}
/// What a process has made of a run folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Own {
    Nothing,
    /// What is in it: it was there, and empty.
    Inside,
    /// All of it.
    Whole,
}
impl Made<'_> {
    /// Nobody is left to hear of a failure here, and `remove_dir` spares parents in which something else has appeared.
    pub(crate) fn undo(self) {
        match self.own {
            Own::Nothing => {}
            Own::Inside => empty(self.place),
            Own::Whole => drop(fs::remove_dir_all(self.place)),
        }
        if let Some(aside) = self.aside {
            let _ = fs::rename(aside, self.place);
        }
        for made in self.parents.iter().rev() {
            let _ = fs::remove_dir(made);
        }
    }
}
