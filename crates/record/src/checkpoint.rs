//! CHECKPOINT: what a run is at a moment, kept so that it can be gone on with after a kill.
//!
//! `checkpoint/state` has the numbers of the drive and says which rows of `checkpoint/draws` go with them. A new one is
//! written beside it and takes its place when the disk has it; the one before stays as `state.previous`. Draws are only
//! ever added, so the older state still has all of its own.
use crate::{FolderError, Spool, durable, spool::Extent, zarr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use steepest_core::{Archive, Persist, restore, save};

/// The first bytes of the file; the number is the version of the format.
const MAGIC: &[u8; 16] = b"steepest state 1";

/// What a run was begun with: going on with anything else would not be the same run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The version of the program.
    pub program: String,
    /// The resolved `flow.toml`.
    pub flow: String,
    /// A checksum of the files it reads.
    pub data: u64,
}

impl Identity {
    /// What the run in the folder `place` was begun with, where a checkpoint says so. Nothing is locked or changed.
    pub fn of_run(place: &Path) -> Option<Identity> {
        Checkpoint::open(&place.join("checkpoint")).ok()?.found().cloned()
    }
}

/// Where a run puts its draws, and itself from time to time.
#[derive(Debug)]
pub struct Checkpoint {
    /// The folder `checkpoint`; without one nothing is kept.
    place: Option<PathBuf>,
    /// What this run is, written into every state.
    identity: Identity,
    /// States that were found, the newest first.
    found: Vec<Found>,
    /// What is wrong with states that were found and cannot be used.
    damaged: Vec<FolderError>,
    spool: Spool,
    every: Duration,
    last: Instant,
    /// How long saving took.
    cost: Duration,
    saved: bool,
    /// Whether the file `state` is there and whole.
    sound: bool,
    last_state: Option<Vec<u8>>,
}
/// A state file.
#[derive(Debug, Default)]
struct Found {
    identity: Identity,
    extent: Extent,
    state: Vec<u8>,
}

impl Default for Checkpoint {
    /// Draws in memory, and nothing kept.
    fn default() -> Self {
        Checkpoint {
            place: None,
            identity: Identity::default(),
            found: Vec::new(),
            damaged: Vec::new(),
            spool: Spool::new(0, 0, None),
            every: Duration::MAX,
            last: Instant::now(),
            cost: Duration::ZERO,
            saved: false,
            sound: false,
            last_state: None,
        }
    }
}
impl Checkpoint {
    /// The states in the folder `place`, if there are any.
    ///
    /// # Errors
    /// A state is there and cannot be read.
    pub(crate) fn open(place: &Path) -> Result<Self, FolderError> {
        let mut checkpoint = Checkpoint { place: Some(place.into()), ..Checkpoint::default() };
        for name in ["state", "state.previous"] {
            let path = place.join(name);
            let bytes = match std::fs::read(&path) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                read => read.map_err(FolderError::io("read", &path))?,
            };
            match Found::parse(&bytes) {
                Ok(found) => checkpoint.found.push(found),
                Err(why) => checkpoint.damaged.push(FolderError::broken(&path, why)),
            }
        }
        checkpoint.saved = !checkpoint.found.is_empty();
        checkpoint.sound = checkpoint.saved && checkpoint.damaged.is_empty();
        Ok(checkpoint)
    }
    /// What the run that was found was begun with.
    pub fn found(&self) -> Option<&Identity> {
        self.found.first().map(|found| &found.identity)
    }
    /// Draws a chain of the run that was found.
    pub fn rows(&self) -> usize {
        self.found.first().map_or(0, |found| found.extent.rows)
    }
    /// Whether the draws of a store are those that a state which was found goes with. Of more or fewer than any has, nothing is
    /// known, and nothing held against them.
    ///
    /// # Errors
    /// A file of the store cannot be read.
    pub(crate) fn vouches(&self, store: &mut zarr::Store) -> Result<bool, FolderError> {
        let (size, rows) = ((store.columns(), store.chains), store.draws);
        let alike = |found: &&Found| found.extent.size() == size && found.extent.rows == rows;
        let mut known = false;
        for Found { extent, .. } in self.found.iter().filter(alike) {
            if extent.is_of(|column, chain, from, out| store.read(column, chain, from, out))? {
                return Ok(true);
            }
            known = true;
        }
        Ok(!known)
    }
    /// What was found damaged and gone round, for the reader.
    pub fn detour(&self) -> Option<String> {
        let damaged = self.damaged.first()?;
        Some(format!("{damaged}; going on from the checkpoint before it"))
    }
    /// Says what this run is, and that it should be kept every so many seconds.
    pub(crate) fn keep(&mut self, identity: Identity, seconds: f64) {
        self.identity = identity;
        self.every = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    }
    /// Makes room for draws of so many quantities; the state to go on from, with its draws, if there is one.
    ///
    /// # Errors
    /// There are states, and neither can be gone on with.
    pub fn begin(&mut self, columns: usize, chains: usize) -> Result<Option<Vec<u8>>, FolderError> {
        self.last = Instant::now();
        let path = self.place.as_ref().map(|place| place.join("draws"));
        self.spool = Spool::new(columns, chains, path.clone());
        let Some(path) = path else { return Ok(None) };
        for found in std::mem::take(&mut self.found) {
            let Found { extent, state, .. } = found;
            if !extent.fits(columns, chains) {
                let why = "it has draws of other quantities or chains than this run";
                self.damaged.push(FolderError::broken(&path.with_file_name("state"), why));
                continue;
            }
            let there = path.exists();
            let spool = Spool::open(&path, &extent).or_else(|own| {
                self.refetched(&path, &extent).map_err(|stored| {
                    if there {
                        return own;
                    }
                    // Of a finished run the draws are in the store alone, and so is what is wrong with them.
                    let _ = std::fs::remove_file(&path);
                    stored
                })
            });
            match spool {
                Ok(spool) => {
                    self.sound = self.damaged.is_empty();
                    self.spool = spool;
                    return Ok(Some(state));
                }
                Err(error) => self.damaged.push(error),
            }
        }
        if self.damaged.is_empty() { Ok(None) } else { Err(self.hopeless()) }
    }
    /// What to say where a state cannot be taken up.
    pub fn hopeless(&self) -> FolderError {
        let place = self.place.clone().unwrap_or_default();
        let said: Vec<String> = self.damaged.iter().map(ToString::to_string).collect();
        let why = match said.as_slice() {
            [] => "the checkpoint in it does not fit this run".to_owned(),
            said => said.join("; "),
        };
        FolderError::Damaged { place, why }
    }
    /// The draws of a finished part, which are in `draws.zarr` alone.
    fn refetched(&self, path: &Path, extent: &Extent) -> Result<Spool, FolderError> {
        let place = self.place.as_deref().and_then(Path::parent).unwrap_or(Path::new("."));
        let mut store = zarr::Store::open(&place.join("draws.zarr"))?;
        let (columns, chains) = extent.size();
        let mut spool = Spool::new(columns, chains, Some(path.into()));
        if store.columns() != columns || store.chains != chains || store.draws < extent.rows {
            return Err(FolderError::broken(&place.join("draws.zarr"), "it has other draws than the checkpoint"));
        }
        spool.extend(extent.rows, |column, chain, from, out| store.read(column, chain, from, out))?;
        if spool.extent() != *extent {
            return Err(FolderError::broken(&place.join("draws.zarr"), "the draws in it were changed"));
        }
        Ok(spool)
    }
    /// The draws so far.
    pub fn spool(&self) -> &Spool {
        &self.spool
    }
    /// The draws so far, to be added to.
    pub fn spool_mut(&mut self) -> &mut Spool {
        &mut self.spool
    }
    /// Whether it is time to save: the time that was asked for has gone by, or a second at the end of a phase, and saving so
    /// often costs less than 1 %. Always, where no time was to go by.
    pub fn due(&self, phase_ends: bool) -> bool {
        let every = if phase_ends { self.every.min(Duration::from_secs(1)) } else { self.every };
        let cost = if every.is_zero() { Duration::ZERO } else { self.cost * 100 };
        self.place.is_some() && self.last.elapsed() >= every.max(cost)
    }
    /// Keeps `state` and the draws so far: after this a kill loses nothing of them.
    ///
    /// # Errors
    /// The disk refused; the checkpoint before is then still whole.
    pub fn save(&mut self, state: Vec<u8>) -> Result<(), FolderError> {
        let Some(place) = &self.place else { return Ok(()) };
        let begun = Instant::now();
        let extent = self.spool.flush()?;
        let bytes = Found { identity: self.identity.clone(), extent, state }.bytes();
        let path = place.join("state");
        let put = || {
            let draft = durable::stage(&path, &bytes)?;
            if self.sound && path.exists() {
                std::fs::rename(&path, place.join("state.previous"))?;
            }
            std::fs::rename(draft, &path)?;
            durable::flush_names(place)
        };
        put().map_err(FolderError::io("write", &path))?;
        (self.saved, self.sound) = (true, true);
        (self.cost, self.last) = (begun.elapsed(), Instant::now());
        Ok(())
    }
    /// Gives the state at the end, which is written with the results.
    pub fn end(&mut self, state: Vec<u8>) {
        self.last_state = self.place.is_some().then_some(state);
    }
    /// Whether a kill now would leave something to go on from.
    pub fn is_saved(&self) -> bool {
        self.saved
    }
    /// The file of the state at the end.
    pub(crate) fn last_file(&mut self) -> Option<Vec<u8>> {
        let state = self.last_state.take()?;
        Some(Found { identity: self.identity.clone(), extent: self.spool.extent(), state }.bytes())
    }
}
impl Found {
    /// The file: magic, length, checksum, content.
    fn bytes(mut self) -> Vec<u8> {
        let content = save(&mut self);
        let (length, sum) = (content.len() as u64, durable::checksum_of_bytes(&content));
        [MAGIC.as_slice(), &length.to_le_bytes(), &sum.to_le_bytes(), &content].concat()
    }
    fn parse(bytes: &[u8]) -> Result<Found, String> {
        let (magic, rest) = bytes.split_first_chunk::<16>().ok_or("the file is cut short")?;
        if magic != MAGIC {
            return Err("this is not a checkpoint that this version of steepest reads".into());
        }
        let (length, rest) = rest.split_first_chunk::<8>().ok_or("the file is cut short")?;
        let (sum, content) = rest.split_first_chunk::<8>().ok_or("the file is cut short")?;
        if content.len() as u64 != u64::from_le_bytes(*length) {
            return Err("the file is cut short".into());
        }
        let mut found = Found::default();
        if durable::checksum_of_bytes(content) != u64::from_le_bytes(*sum) || restore(&mut found, content).is_none() {
            return Err("the file was changed after it was written".into());
        }
        Ok(found)
    }
}
impl Persist for Found {
    fn pass(&mut self, archive: &mut Archive<'_>) -> Option<()> {
        let Self { identity: Identity { program, flow, data }, extent, state } = self;
        for text in [program, flow] {
            let mut bytes = std::mem::take(text).into_bytes();
            bytes.pass(archive)?;
            *text = String::from_utf8(bytes).ok()?;
        }
        data.pass(archive)?;
        extent.pass(archive)?;
        state.pass(archive)
    }
}
