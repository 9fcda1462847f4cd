//! The run folder: there from the start, with a checkpoint inside; it is whole when it has its `summary.json`, written last.
use crate::durable::{flush, flush_names, parent};
use crate::lock::Lock;
use crate::replaced::{self, Found, Made, Own};
use crate::zarr::{self, Part};
use crate::{Array, Checkpoint, Column, Draws, FolderError, Identity, Record, Summary, durable, ledger, npy};
use std::fs::{self, File};
use std::path::{Component, Path, PathBuf};

/// A run folder that is being written. What [`write`](Folder::write) and [`add`](Folder::add) are given waits in a draft
/// inside until [`commit`](Folder::commit). Dropped before that, the folder remains only if it has a checkpoint.
///
/// ```
/// # fn main() -> Result<(), steepest_record::FolderError> {
/// # let place = std::env::temp_dir().join(format!("steepest-doc-{}", std::process::id()));
/// use steepest_record::{Folder, Record};
/// let mut folder = Folder::create(&place, false)?;
/// folder.write(&Record { flow: "[run]\nseed = 1\n".into(), ..Default::default() })?;
/// folder.add("plots/trace.svg", b"<svg/>")?;
/// assert!(!place.join("summary.json").exists());
/// folder.commit()?;
/// assert_eq!(Folder::read(&place)?.flow, "[run]\nseed = 1\n");
/// # std::fs::remove_dir_all(&place).ok();
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Folder {
    place: PathBuf,
    checkpoint: Checkpoint,
    lock: Lock,
    /// What this process has made of it.
    own: Own,
    /// The run that is replaced.
    aside: Option<PathBuf>,
    /// Parents that did not exist, outermost first.
    parents: Vec<PathBuf>,
}
/// Inside the run folder, what will be its content.
const DRAFT: &str = ".partial";
/// Numbers of draws that [`Folder::read`] holds at most, about; thinned evenly beyond: 64 MiB.
const HELD: usize = 1 << 23;

impl Folder {
    /// Begins a run folder at `place`, making its parents; an empty folder that is there becomes it. With `force` a run that is
    /// there is replaced; it comes back where this one ends without anything to keep. Called before the run, it tells early that
    /// the run could not be kept.
    ///
    /// # Errors
    /// Something is there and may not be replaced, or is being written; or the parent cannot be written to.
    pub fn create(place: &Path, force: bool) -> Result<Folder, FolderError> {
        if place.file_name().is_none() {
            return Err(FolderError::broken(place, "this is not a name for a new folder: choose another with --out"));
        }
        let place = replaced::meant(place)?;
        replaced::put_back(&place)?;
        let found = replaced::vacant(&place, force)?;
        let inside = place.join("checkpoint");
        let parent = parent(&place);
        let mut parents: Vec<PathBuf> =
            parent.ancestors().take_while(|p| !p.as_os_str().is_empty() && !p.exists()).map(Into::into).collect();
        parents.reverse();
        fs::create_dir_all(&parent).map_err(FolderError::io("create", &parent))?;
        let mut made = Made { place: &place, own: Own::Nothing, parents, aside: None };
        // Held until the new one is: nobody takes what is set aside for left behind.
        let gives_way = if found == Found::Run { Lock::of_moved(&place)? } else { None };
        if found == Found::Run {
            let aside = replaced::aside(&place);
            let _ = fs::remove_dir_all(&aside);
            fs::rename(&place, &aside).map_err(FolderError::io("write", &place))?;
            made.aside = Some(aside);
        }
        let begin = |made: &mut Made<'_>| -> Result<(Lock, Checkpoint), FolderError> {
            if found != Found::Empty {
                fs::create_dir(&place).map_err(FolderError::io("create", &place))?;
                made.own = Own::Whole;
            }
            fs::create_dir(&inside).map_err(FolderError::io("create", &place))?;
            if found == Found::Empty {
                made.own = Own::Inside;
            }
            Ok((Lock::take(&place)?, Checkpoint::open(&inside)?))
        };
        let (lock, checkpoint) = match begin(&mut made) {
            Ok(begun) => begun,
            Err(error) => {
                made.undo();
                return Err(error);
            }
        };
        drop(gives_way);
        let Made { own, parents, aside, .. } = made;
        Ok(Folder { place, checkpoint, lock, own, aside, parents })
    }

    /// Takes up a run folder again, finished or not.
    ///
    /// # Errors
    /// There is no run folder, another process writes to it, or it cannot be written to.
    pub fn open(place: &Path) -> Result<Folder, FolderError> {
        let place = replaced::meant(place)?;
        // A new run that does not even say what it is cannot be begun again: the old one is what there is.
        if !place.join("flow.toml").is_file() {
            replaced::put_back(&place)?;
        }
        if !place.is_dir() {
            return Err(FolderError::broken(&place, replaced::absent(&place)));
        }
        let inside = place.join("checkpoint");
        replaced::readable(&place)?;
        if !inside.is_dir() && !place.join("summary.json").is_file() {
            return Err(FolderError::broken(
                &place,
                "this is not a run folder: it has neither checkpoint nor summary.json",
            ));
        }
        fs::create_dir_all(&inside).map_err(FolderError::io("create", &inside))?;
        let lock = Lock::take(&place)?;
        clear(&place).map_err(FolderError::io("write", &place))?;
        let checkpoint = Checkpoint::open(&inside)?;
        // What this run replaces, should it have been killed before that was gone.
        let aside = Some(replaced::aside(&place)).filter(|aside| aside.is_dir());
        Ok(Folder { place, checkpoint, lock, own: Own::Nothing, aside, parents: Vec::new() })
    }

    /// Says what the run is, and that it should be kept every so many seconds from now on; writes its `flow.toml`.
    ///
    /// # Errors
    /// The disk refused.
    pub fn keep(&mut self, identity: Identity, seconds: f64) -> Result<(), FolderError> {
        let path = self.place.join("flow.toml");
        let write = || fs::rename(durable::stage(&path, identity.flow.as_bytes())?, &path);
        if fs::read(&path).ok().as_deref() != Some(identity.flow.as_bytes()) {
            write().map_err(FolderError::io("write", &path))?;
        }
        self.checkpoint.keep(identity, seconds);
        Ok(())
    }

    /// Where the run puts its draws, and itself from time to time.
    pub fn checkpoint(&mut self) -> &mut Checkpoint {
        &mut self.checkpoint
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
            draws.fits().map_err(|why| FolderError::broken(&self.place.join("draws.zarr"), why))?;
            let statistics: Vec<String> = draws.statistics.iter().map(|s| s.name.clone()).collect();
            let (spool, names) = (self.checkpoint.spool(), (draws.names.as_slice(), statistics.as_slice()));
            let mut create = |path: &str| {
                let (there, shown) = self.path(&format!("draws.zarr/{path}"))?;
                Ok(Part::new(File::create(there).map_err(FolderError::io("write", &shown))?, shown))
            };
            let beside = record.log_likelihood.as_ref();
            if spool.spilled() {
                zarr::write(spool, (draws.chains, spool.rows()), names, beside, &mut create)?;
            } else {
                zarr::write(draws, (draws.chains, draws.draws), names, beside, &mut create)?;
            }
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
        let (there, shown) = self.path(name)?;
        fs::write(&there, bytes).map_err(FolderError::io("write", &shown))
    }
    /// Where a file of the draft is, its folder being made, and what messages call it.
    fn path(&self, name: &str) -> Result<(PathBuf, PathBuf), FolderError> {
        let shown = self.place.join(name);
        let inside = Path::new(name).components().all(|c| matches!(c, Component::Normal(_))) && !name.is_empty();
        if !inside || Path::new(name).starts_with("checkpoint") {
            return Err(FolderError::broken(&shown, "this is not a path inside the run folder"));
        }
        let there = self.place.join(DRAFT).join(name);
        if let Some(above) = there.parent() {
            fs::create_dir_all(above).map_err(FolderError::io("create", &shown))?;
        }
        Ok((there, shown))
    }

    /// Waits until the disk has every file of the draft, puts them in their places, and returns the folder. `summary.json`
    /// comes last: a folder that has one is whole. The state at the end goes to the checkpoint, whose draws are dropped.
    ///
    /// # Errors
    /// The disk refused. If the folder has a checkpoint, committing can be done again from there.
    pub fn commit(mut self) -> Result<PathBuf, FolderError> {
        let (place, draft) = (self.place.clone(), self.place.join(DRAFT));
        let refused = |place: &Path| FolderError::io("write", place);
        fs::create_dir_all(&draft).map_err(refused(&place))?;
        let (inside, state) = (place.join("checkpoint"), self.checkpoint.last_file());
        if let Some(state) = &state {
            fs::write(draft.join("state"), state).map_err(refused(&inside.join("state")))?;
        }
        flush(&[&draft]).map_err(refused(&place))?;
        let put = |name: &std::ffi::OsStr, to: &Path| {
            if !to.is_dir() {
                return fs::rename(draft.join(name), to);
            }
            // What was there is moved out of the way, not taken apart: should the run be killed here, `clear` puts it back.
            let before = draft.join(name).with_extension("before");
            fs::rename(to, &before)?;
            fs::rename(draft.join(name), to)?;
            fs::remove_dir_all(before)
        };
        let publish = || {
            let mut names: Vec<_> =
                fs::read_dir(&draft)?.map(|e| e.map(|e| e.file_name())).collect::<Result<_, _>>()?;
            names.sort_by_key(|name| (name == "summary.json", name == "state"));
            if place.join("summary.json").exists() {
                fs::remove_file(place.join("summary.json"))?;
            }
            for name in names {
                put(&name, &if name == "state" { inside.join("state") } else { place.join(&name) })?;
            }
            fs::remove_dir(&draft)?;
            flush_names(&place)
        };
        publish().map_err(refused(&place))?;
        // From here on the folder is whole: what is left is tidying.
        for name in ["draws", "state.previous"] {
            let _ = fs::remove_file(inside.join(name));
        }
        if state.is_none() {
            let _ = fs::remove_file(&self.lock.path).and_then(|()| fs::remove_dir(&inside));
        }
        if let Some(aside) = self.aside.take() {
            let _ = fs::remove_dir_all(aside);
        }
        (self.own, self.parents) = (Own::Nothing, Vec::new());
        Ok(place)
    }

    /// Reads a run folder, plots and report left aside.
    ///
    /// # Errors
    /// The folder or one of its files is missing, cut short or malformed; the message names it.
    pub fn read(place: &Path) -> Result<Record, FolderError> {
        if !place.is_dir() {
            return Err(FolderError::broken(place, replaced::absent(place)));
        }
        replaced::readable(place)?;
        if !place.join("summary.json").is_file() {
            return Err(FolderError::broken(
                place,
                match (place.join("checkpoint").is_dir(), place.join("flow.toml").is_file()) {
                    (true, true) => {
                        let waiting = replaced::waiting(place);
                        format!(
                            "this run is not finished: `steepest resume {}` goes on with it{waiting}",
                            place.display()
                        )
                    }
                    (true, false) => "this run is not finished, and has no flow.toml to go on with".into(),
                    (false, _) => "this is not a run folder: it has no summary.json".into(),
                },
            ));
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
        let draws = draws_of(place)?;
        Ok(Record { flow: text("flow.toml")?, summary, draws, log_likelihood: None, ledger, arrays, notes })
    }
}

/// The draws of a finished run, which must be those that it wrote, as far as its state says what they were.
fn draws_of(place: &Path) -> Result<Option<Draws>, FolderError> {
    let path = place.join("draws.zarr");
    if !path.exists() {
        return Ok(None);
    }
    if let Ok(checkpoint) = Checkpoint::open(&place.join("checkpoint"))
        && !checkpoint.vouches(&mut zarr::Store::open(&path)?)?
    {
        let place = place.display();
        let why = format!(
            "the draws in it are not those that the run wrote. Remove `{place}/checkpoint`, and `steepest resume {place}` begins \
             from the start, which gives them again"
        );
        return Err(FolderError::broken(&path, why));
    }
    Ok(Some(zarr::Store::open(&path)?.draws(HELD)?))
}

/// Takes the draft away. What a commit that was cut off had moved out of the way goes back first, where nothing has come in
/// its place.
fn clear(place: &Path) -> std::io::Result<()> {
    let draft = place.join(DRAFT);
    let Ok(entries) = fs::read_dir(&draft) else { return Ok(()) };
    for entry in entries {
        let new = entry?.path();
        let (before, to) = (new.with_extension("before"), place.join(new.file_name().unwrap_or_default()));
        if new != before && before.is_dir() && !to.exists() {
            fs::rename(before, to)?;
        }
    }
    let _ = fs::remove_dir_all(draft);
    Ok(())
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = clear(&self.place);
        let (saved, aside) = (self.checkpoint.is_saved(), self.aside.take());
        if self.own != Own::Nothing && !saved {
            let parents = std::mem::take(&mut self.parents);
            return Made { place: &self.place, own: self.own, parents, aside }.undo();
        }
        if let Some(aside) = aside.filter(|_| saved) {
            let _ = fs::remove_dir_all(aside);
        }
        // A finished run without a state has no checkpoint, and is left as it was.
        let inside = self.place.join("checkpoint");
        let states = ["state", "state.previous"].map(|name| inside.join(name).exists());
        if states == [false; 2] && self.place.join("summary.json").is_file() {
            let _ = fs::remove_file(&self.lock.path).and_then(|()| fs::remove_dir(inside));
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
    let put = || {
        fs::rename(durable::stage(&path, &bytes)?, &path)?;
        flush_names(&above)
    };
    put().map_err(FolderError::io("write", &path)).map(|()| path)
}

/// Names of the arrays in a run folder, in order.
fn arrays_in(place: &Path) -> Result<Vec<String>, FolderError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(place).map_err(FolderError::io("read", place))? {
        let file = entry.map_err(FolderError::io("read", place))?.file_name();
        names.extend(file.to_str().and_then(|f| f.strip_suffix(".npy")).map(Into::into));
    }
    names.sort();
    Ok(names)
}
