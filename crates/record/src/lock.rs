//! LOCK: one process at a time in a run folder.
//!
//! The system holds the lock and lets go of it when the process ends, however it ends: a lock is never stale. What is
//! written in the file is for the message.
use crate::FolderError;
use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Holds a folder until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    pub(crate) path: PathBuf,
    _file: File,
}
impl Lock {
    /// Takes `checkpoint/lock` of the run folder `place`.
    ///
    /// # Errors
    /// Another process has it, or the folder cannot be written to.
    pub(crate) fn take(place: &Path) -> Result<Lock, FolderError> {
        let path = place.join("checkpoint").join("lock");
        let refused = || FolderError::io("write", &path);
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = file.map_err(refused())?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                return Err(FolderError::Busy { place: place.into(), holder: holder.trim().into() });
            }
            // Where the file system knows no locks there is none to break.
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(refused()(error)),
        }
        let write = |file: &mut File| {
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "{}", std::process::id())
        };
        write(&mut file).map_err(refused())?;
        Ok(Lock { path, _file: file })
    }
    /// The same for a run folder that is about to be moved, where it has a lock to take. Nothing is held where the system does
    /// not move a folder with an open file in it.
    ///
    /// # Errors
    /// As for [`take`](Lock::take).
    pub(crate) fn of_moved(place: &Path) -> Result<Option<Lock>, FolderError> {
        if !place.join("checkpoint").is_dir() {
            return Ok(None);
        }
        let lock = Lock::take(place)?;
        Ok(cfg!(unix).then_some(lock))
    }
}
