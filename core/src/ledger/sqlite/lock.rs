//! Who may write a ledger: one process alone, or all that share it. A lock on a file beside it says so.

use crate::error::{Error, ErrorCode, Result};
use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};

/// What is behind the name of the ledger in that of its lock.
const LOCK: &str = ".lock";
/// The same for [turns](super::turn).
pub(super) const TURNS: &str = ".turn";

/// Held while this process may write. The system releases it when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct WriterLock {
    file: File,
    /// A process that was forked off has the lock too, and must not give it back.
    process: u32,
}

impl Drop for WriterLock {
    /// Closing alone would keep the lock for as long as a program that was started just now has a copy of the file.
    fn drop(&mut self) {
        if self.process == std::process::id() {
            let _ = self.file.unlock();
        }
    }
}

impl WriterLock {
    /// Takes the lock beside the real file of a ledger, for this process alone.
    pub(super) fn take(ledger: &Path, real: &Path) -> Result<Self> {
        let lock = Self::new(real)?;
        if lock.has(ledger, File::try_lock)? { Ok(lock) } else { Err(in_use(ledger)) }
    }

    /// Takes part in the lock, and says whether this process is the first: then it has the ledger alone until
    /// [`join`](Self::join).
    pub(super) fn share(ledger: &Path, real: &Path) -> Result<(Self, bool)> {
        let lock = Self::new(real)?;
        if lock.has(ledger, File::try_lock)? {
            return Ok((lock, true));
        }
        lock.join(ledger)?;
        Ok((lock, false))
    }

    /// Lets other processes share the ledger.
    pub(super) fn join(&self, ledger: &Path) -> Result<()> {
        if self.has(ledger, File::try_lock_shared)? { Ok(()) } else { Err(in_use(ledger)) }
    }

    fn new(real: &Path) -> Result<Self> {
        Ok(Self { file: open(&Self::path(real))?, process: std::process::id() })
    }

    fn has(
        &self,
        ledger: &Path,
        lock: impl FnOnce(&File) -> std::result::Result<(), TryLockError>,
    ) -> Result<bool> {
        match lock(&self.file) {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(cause)) => {
                let message =
                    format!("the lock of the ledger `{}` can't be taken: {cause}", ledger.display());
                Err(Error::new(ErrorCode::LedgerUnavailable, message).caused_by(cause))
            }
        }
    }

    /// Whether the ledger was ever opened for writing where it lies.
    pub(super) fn is_beside(real: &Path) -> bool {
        Self::path(real).exists()
    }

    /// Gives the lock back and leaves no trace of it beside what turned out to be no ledger.
    pub(super) fn remove(self, real: &Path) {
        // Before it is given back, so that nobody else has it by then.
        let _ = std::fs::remove_file(Self::path(real));
        drop(self);
    }

    /// Runs with every writer kept out, those that share the ledger too; not at all when there is one that writes.
    pub(super) fn without_writer<T>(real: &Path, run: impl FnOnce() -> T) -> Option<T> {
        let locks = [Self::path(real), beside(real, TURNS)].map(|path| File::open(path).ok());
        let is_free = |file: &File| !matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
        locks.iter().flatten().all(is_free).then(run)
    }

    fn path(ledger: &Path) -> PathBuf {
        beside(ledger, LOCK)
    }
}

fn in_use(ledger: &Path) -> Error {
    let message = format!("the ledger `{}` is open for writing elsewhere", ledger.display());
    Error::new(ErrorCode::LedgerInUse, message)
}

/// The file of that ending beside a ledger.
pub(super) fn beside(ledger: &Path, ending: &str) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Opens a file to be locked, and makes it if it isn't there.
pub(super) fn open(path: &Path) -> Result<File> {
    File::options().create(true).truncate(false).write(true).open(path).map_err(|cause| {
        let message = format!("the lock file `{}` can't be written: {cause}", path.display());
        let code = match cause.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                ErrorCode::LedgerReadOnly
            }
            std::io::ErrorKind::StorageFull => ErrorCode::LedgerFull,
            _ => ErrorCode::LedgerUnavailable,
        };
        Error::new(code, message).caused_by(cause)
    })
}
