//! Why a run folder could not be written or read, and what to do about it.
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a run folder could not be written or read.
#[derive(Debug)]
pub enum FolderError {
    /// The output folder exists, and was not to be replaced.
    Exists(PathBuf),
    /// The output folder is there, and is neither empty nor a run folder that could be replaced.
    NotARun(PathBuf),
    /// A file is where the output folder should be.
    AFile(PathBuf),
    /// The output folder holds a run that was not finished.
    Unfinished(PathBuf),
    /// The output folder holds what was cut off before there was anything to go on from.
    Abandoned(PathBuf),
    /// Another process writes to the run folder.
    Busy {
        /// The run folder.
        place: PathBuf,
        /// Its process number, where known.
        holder: String,
    },
    /// No checkpoint in the folder can be gone on with.
    Damaged {
        /// The folder of the checkpoint.
        place: PathBuf,
        /// What is wrong with each.
        why: String,
    },
    /// The system refused.
    Io {
        /// A verb: `create`, `write`, `read`.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file or a record is not what it should be.
    Broken {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl FolderError {
    /// Whether the request itself was wrong (bad input), rather than the disk (I/O).
    pub fn is_request(&self) -> bool {
        use FolderError::{AFile, Abandoned, Exists, NotARun, Unfinished};
        matches!(self, Exists(_) | NotARun(_) | AFile(_) | Unfinished(_) | Abandoned(_))
    }
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FolderError + use<> {
        let path = path.to_path_buf();
        move |source| FolderError::Io { doing, path, source }
    }
    pub(crate) fn broken(path: &Path, why: impl Into<String>) -> FolderError {
        FolderError::Broken { path: path.to_path_buf(), why: why.into() }
    }
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FolderError::Exists(path) => {
                write!(
                    f,
                    "output folder `{}` already exists: choose another with --out, or replace it with --force",
                    path.display()
                )
            }
            FolderError::Unfinished(path) => {
                let path = path.display();
                write!(
                    f,
                    "output folder `{path}` holds a run that was not finished: go on with it with `steepest resume {path}`, \
                     choose another with --out, or replace it with --force"
                )
            }
            FolderError::Abandoned(path) => write!(
                f,
                "output folder `{}` holds what is left of a calibration, or of a run that was cut off as it began, and nothing to \
                 go on from: remove it, replace it with --force, or choose another with --out",
                path.display()
            ),
            FolderError::Busy { place, holder } => {
                let process = if holder.is_empty() { "another process".into() } else { format!("process {holder}") };
                write!(
                    f,
                    "{process} is writing to `{}`: wait for it, or choose another folder with --out",
                    place.display()
                )
            }
            FolderError::Damaged { place, why } => write!(
                f,
                "there is no whole checkpoint in `{0}`: {why}. Remove `{0}` and resume again: the run then begins from the \
                 start, and gives the same draws",
                place.display()
            ),
            FolderError::NotARun(path) => write!(
                f,
                "`{}` is not a run folder (it has neither summary.json nor checkpoint), so --force does not replace it: choose another with --out",
                path.display()
            ),
            FolderError::AFile(path) => {
                write!(f, "`{}` is a file, and a run is a folder: choose another name with --out", path.display())
            }
            FolderError::Io { doing, path, source } => {
                write!(f, "cannot {doing} `{}`: {source}", path.display())?;
                match source.kind() {
                    _ if *doing == "read" => Ok(()),
                    io::ErrorKind::PermissionDenied
                    | io::ErrorKind::ReadOnlyFilesystem
                    | io::ErrorKind::NotADirectory
                    | io::ErrorKind::AlreadyExists => {
                        write!(
                            f,
                            ". Choose a folder you may write to with --out; to go on with a run, make its folder writable or copy it"
                        )
                    }
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                        write!(
                            f,
                            ". Free some space, or choose another disk with --out; to go on with a run, copy its folder there"
                        )
                    }
                    _ => Ok(()),
                }
            }
            FolderError::Broken { path, why } => write!(f, "`{}`: {why}", path.display()),
        }
    }
}

impl std::error::Error for FolderError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        if let FolderError::Io { source, .. } = self { Some(source) } else { None }
    }
}
