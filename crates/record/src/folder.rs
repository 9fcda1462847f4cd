//! The run folder: written beside its place under another name, and moved there whole or not at all.
use crate::{Array, Column, FolderError, Record, Summary, ledger, npy, zarr};
use std::fs::{self, File};
use std::path::{Component, Path, PathBuf};

/// A run folder that is being written. It has its name only after [`commit`](Folder::commit); dropped before that,
/// nothing of it remains.
///
/// ```
/// # fn main() -> Result<(), steepest_record::FolderError> {
/// # let place = std::env::temp_dir().join(format!("steepest-doc-{}", std::process::id()));
/// use steepest_record::{Folder, Record};
/// let mut folder = Folder::create(&place, false)?;
/// folder.write(&Record { flow: "[run]\nseed = 1\n".into(), ..Default::default() })?;
/// folder.add("plots/trace.svg", b"<svg/>")?;
/// assert!(!place.exists());
/// folder.commit()?;
/// assert_eq!(Folder::read(&place)?.flow, "[run]\nseed = 1\n");
/// # std::fs::remove_dir_all(&place).ok();
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Folder {
    place: PathBuf,
    draft: PathBuf,
    force: bool,
    /// Parents that did not exist, outermost first.
    parents: Vec<PathBuf>,
}

impl Folder {
    /// Begins a run folder at `place`, making its parents. With `force` a run folder that is there is replaced, at
    /// `commit` and not before. Called before the run, it tells early that the run could not be kept.
    ///
    /// # Errors
    /// Something is there and may not be replaced; or the parent cannot be written to.
    pub fn create(place: &Path, force: bool) -> Result<Folder, FolderError> {
        let Some(name) = place.file_name() else {
            return Err(FolderError::broken(place, "this is not a name for a new folder: choose another with --out"));
        };
        vacant(place, force)?;
        let parent = parent(place);
        let mut parents: Vec<PathBuf> =
            parent.ancestors().take_while(|p| !p.as_os_str().is_empty() && !p.exists()).map(Into::into).collect();
        parents.reverse();
        let mut folder = Folder { place: place.into(), draft: PathBuf::new(), force, parents };
        fs::create_dir_all(&parent).map_err(FolderError::io("create", &parent))?;
        for attempt in 0.. {
            let hidden = format!(".{}.{}-{attempt}.partial", name.to_string_lossy(), std::process::id());
            match fs::create_dir(parent.join(&hidden)) {
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists && attempt < 1000 => {}
                Err(e) => return Err(FolderError::io("create", place)(e)),
                Ok(()) => {
                    folder.draft = parent.join(hidden);
                    break;
                }
            }
        }
        Ok(folder)
    }

    /// Writes every file of the record.
    ///
    /// # Errors
    /// The disk refused, or parts of the record do not fit together (then the message names the part).
    pub fn write(&mut self, record: &Record) -> Result<(), FolderError> {
        self.add("flow.toml", record.flow.as_bytes())?;
        self.add("summary.json", record.summary.to_json().as_bytes())?;
        let ledger = ledger::to_csv(&record.ledger);
        self.add("ledger.csv", &ledger.map_err(|why| FolderError::broken(&self.place.join("ledger.csv"), why))?)?;
        let notes: String = record.notes.iter().map(|note| note.replace('\n', " ") + "\n").collect();
        self.add("notes.txt", notes.as_bytes())?;
        for array in &record.arrays {
            self.add_array(array)?;
        }
        if let Some(draws) = &record.draws {
            let files = zarr::files(draws).map_err(|why| FolderError::broken(&self.place.join("draws.zarr"), why))?;
            files.iter().try_for_each(|(path, bytes)| self.add(&format!("draws.zarr/{path}"), bytes))?;
        }
        Ok(())
    }

    /// Writes `NAME.npy`; a name such as `checkpoint/x` puts it into a folder.
    ///
    /// # Errors
    /// The shape does not fit the values, or as for [`add`](Folder::add).
    pub fn add_array(&mut self, array: &Array) -> Result<(), FolderError> {
        let name = format!("{}.npy", array.name);
        let bytes = npy::to_bytes(array).map_err(|why| FolderError::broken(&self.place.join(&name), why))?;
        self.add(&name, &bytes)
    }

    /// Writes one more file, such as `report.html` or `plots/trace.svg`.
    ///
    /// # Errors
    /// The name leads out of the folder, or the disk refused.
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        let inside = Path::new(name).components().all(|c| matches!(c, Component::Normal(_))) && !name.is_empty();
        if !inside {
            return Err(FolderError::broken(&self.place.join(name), "this is not a path inside the run folder"));
        }
        let (there, shown) = (self.draft.join(name), self.place.join(name));
        if let Some(above) = there.parent() {
            fs::create_dir_all(above).map_err(FolderError::io("create", &shown))?;
        }
        fs::write(&there, bytes).map_err(FolderError::io("write", &shown))
    }

    /// Waits until the disk has every file, gives the folder its name, and returns it.
    ///
    /// # Errors
    /// Something came to be there meanwhile, or the disk refused. What was there before is then still there,
    /// unless all that failed was to remove it after the new folder had taken its place.
    pub fn commit(mut self) -> Result<PathBuf, FolderError> {
        let refused = |place: &Path| FolderError::io("write", place);
        flush(&self.draft).map_err(refused(&self.place))?;
        vacant(&self.place, self.force)?;
        let aside = self.draft.with_extension("replaced.partial");
        let replaces = self.place.exists();
        if replaces {
            fs::rename(&self.place, &aside).map_err(refused(&self.place))?;
        }
        if let Err(error) = fs::rename(&self.draft, &self.place) {
            if replaces {
                let _ = fs::rename(&aside, &self.place);
            }
            return Err(refused(&self.place)(error));
        }
        // From here on the new folder is in place: what is left is tidying, and the old one may not come back.
        self.draft = PathBuf::new();
        self.parents.clear();
        let _ = flush_names(&parent(&self.place));
        if replaces {
            fs::remove_dir_all(&aside).map_err(FolderError::io("remove", &aside))?;
        }
        Ok(self.place.clone())
    }

    /// Reads a run folder, plots and report left aside.
    ///
    /// # Errors
    /// The folder or one of its files is missing, cut short or malformed; the message names it.
    pub fn read(place: &Path) -> Result<Record, FolderError> {
        if !place.is_dir() {
            return Err(FolderError::broken(place, "there is no such folder"));
        }
        if !place.join("summary.json").is_file() {
            return Err(FolderError::broken(place, "this is not a run folder: it has no summary.json"));
        }
        let open = |name: &str| fs::read(place.join(name)).map_err(FolderError::io("read", &place.join(name)));
        let complain = |name: &str, why: String| FolderError::broken(&place.join(name), why);
        let text =
            |name: &str| String::from_utf8(open(name)?).map_err(|_| complain(name, "this is not UTF-8 text".into()));
        let summary = Summary::from_json(&text("summary.json")?).map_err(|why| complain("summary.json", why))?;
        let ledger: Vec<Column> = ledger::from_csv(&open("ledger.csv")?).map_err(|why| complain("ledger.csv", why))?;
        let notes = if place.join("notes.txt").exists() {
            text("notes.txt")?.lines().map(Into::into).collect()
        } else {
            Vec::new()
        };
        let mut arrays = Vec::new();
        for name in arrays_in(place)? {
            let file = format!("{name}.npy");
            arrays.push(npy::from_bytes(&name, &open(&file)?).map_err(|why| complain(&file, why))?);
        }
        let draws = if place.join("draws.zarr").exists() {
            let inside = |name: &str| format!("draws.zarr/{name}");
            Some(zarr::read(|name| open(&inside(name)), |name, why| complain(&inside(name), why))?)
        } else {
            None
        };
        Ok(Record { flow: text("flow.toml")?, summary, draws, ledger, arrays, notes })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nobody is left to hear of a failure here, and `remove_dir` spares parents in which something else has appeared.
        if !self.draft.as_os_str().is_empty() {
            let _ = fs::remove_dir_all(&self.draft);
        }
        for made in self.parents.iter().rev() {
            let _ = fs::remove_dir(made);
        }
    }
}

/// Writes `NAME.npy` into the folder `place`, making it: a state that is worth keeping though its run failed. The file
/// appears whole or not at all; one that is there is replaced. Returns its path.
///
/// # Errors
/// The shape does not fit the values, or the disk refused.
pub fn save_state(place: &Path, array: &Array) -> Result<PathBuf, FolderError> {
    let path = place.join(format!("{}.npy", array.name));
    let bytes = npy::to_bytes(array).map_err(|why| FolderError::broken(&path, why))?;
    let above = parent(&path);
    fs::create_dir_all(&above).map_err(FolderError::io("create", &above))?;
    let draft = path.with_extension(format!("npy.{}.partial", std::process::id()));
    let written = fs::write(&draft, &bytes)
        .and_then(|()| flush_file(&draft))
        .and_then(|()| fs::rename(&draft, &path))
        .and_then(|()| flush_names(&above));
    if written.is_err() {
        let _ = fs::remove_file(&draft);
    }
    written.map_err(FolderError::io("write", &path)).map(|()| path)
}

/// Whether a run folder may be put at `place`.
fn vacant(place: &Path, force: bool) -> Result<(), FolderError> {
    if place.symlink_metadata().is_err() {
        return Ok(());
    }
    if !force {
        return Err(FolderError::Exists(place.into()));
    }
    // A state saved at a fault is all that such a run leaves.
    let only_states = |entries: fs::ReadDir| entries.flatten().all(|e| e.file_name() == "checkpoint");
    let is_run = place.join("summary.json").is_file() || fs::read_dir(place).is_ok_and(only_states);
    if is_run { Ok(()) } else { Err(FolderError::NotARun(place.into())) }
}

/// The folder that a file or folder is in.
fn parent(place: &Path) -> PathBuf {
    place.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).into()
}

/// Waits until the disk has everything inside a folder: sixteen waits at a time, since file systems serve them in groups
/// (measured: 10 times as fast as one by one).
fn flush(folder: &Path) -> std::io::Result<()> {
    fn list(folder: &Path, out: &mut Vec<PathBuf>) -> std::io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() { list(&entry.path(), out)? } else { out.push(entry.path()) }
        }
        out.push(folder.into());
        Ok(())
    }
    let mut paths = Vec::new();
    list(folder, &mut paths)?;
    let each = |path: &PathBuf| if path.is_dir() { flush_names(path) } else { flush_file(path) };
    std::thread::scope(|scope| {
        let wait = |part| scope.spawn(move || <[PathBuf]>::iter(part).try_for_each(each));
        let waits: Vec<_> = paths.chunks(paths.len().div_ceil(16)).map(wait).collect();
        waits
            .into_iter()
            .try_for_each(|wait| wait.join().unwrap_or_else(|_| Err(std::io::Error::other("a thread failed"))))
    })
}

fn flush_file(path: &Path) -> std::io::Result<()> {
    File::options().write(true).open(path)?.sync_all()
}

/// Waits until the disk has the names in one folder; only Unix lets a folder be opened for that.
fn flush_names(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Names of the arrays in a run folder and its checkpoint, in order.
fn arrays_in(place: &Path) -> Result<Vec<String>, FolderError> {
    let mut names = Vec::new();
    for (folder, prefix) in [(place.to_path_buf(), ""), (place.join("checkpoint"), "checkpoint/")] {
        if !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&folder).map_err(FolderError::io("read", &folder))? {
            let file = entry.map_err(FolderError::io("read", &folder))?.file_name();
            names.extend(file.to_str().and_then(|f| f.strip_suffix(".npy")).map(|stem| format!("{prefix}{stem}")));
        }
    }
    names.sort();
    Ok(names)
}
