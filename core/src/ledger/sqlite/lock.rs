//! One writer a ledger: a lock on a file beside it.

use crate::error::{Error, ErrorCode, Result};
use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};

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
    /// Takes the lock beside the real file of a ledger.
    pub(super) fn take(ledger: &Path, real: &Path) -> Result<Self> {
        let path = Self::path(real);
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(|cause| {
            let message = format!("the lock file `{}` can't be written: {cause}", path.display());
            let code = match cause.kind() {
                std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                    ErrorCode::LedgerReadOnly
                }
                std::io::ErrorKind::StorageFull => ErrorCode::LedgerFull,
                _ => ErrorCode::LedgerUnavailable,
            };
            Error::new(code, message).caused_by(cause)
        })?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file, process: std::process::id() }),
            Err(TryLockError::WouldBlock) => {
                let message = format!("the ledger `{}` is open for writing elsewhere", ledger.display());
                Err(Error::new(ErrorCode::LedgerInUse, message))
            }
            Err(TryLockError::Error(cause)) => {
                let message = format!("the lock file `{}` can't be locked: {cause}", path.display());
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

    /// Runs with every writer kept out; not at all when there is one.
    pub(super) fn without_writer<T>(real: &Path, run: impl FnOnce() -> T) -> Option<T> {
        let Ok(file) = File::open(Self::path(real)) else { return Some(run()) };
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => None,
            _ => Some(run()),
        }
    }

    fn path(ledger: &Path) -> PathBuf {
        let mut name = ledger.as_os_str().to_owned();
        name.push(".lock");
        name.into()
    }
}
