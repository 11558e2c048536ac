//! What can be wrong with the file, each told by a code of its own, before SQLite touches it where that is possible.

use super::schema::{APPLICATION_ID, FORMAT};
use crate::error::Result;
use crate::error::{Error, ErrorCode};
use rusqlite::ErrorCode as Sqlite;
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// A SQLite error in our terms.
pub(super) fn fault(path: &Path, cause: rusqlite::Error) -> Error {
    let name = path.display();
    let (code, message) = match cause.sqlite_error_code() {
        Some(Sqlite::DiskFull) => (ErrorCode::LedgerFull, format!("the disk of the ledger `{name}` is full")),
        Some(Sqlite::ReadOnly) => {
            (ErrorCode::LedgerReadOnly, format!("the ledger `{name}` can't be written"))
        }
        // No result code: a value isn't what was written. A plain error: a table isn't there, for statements are fixed.
        None | Some(Sqlite::DatabaseCorrupt | Sqlite::Unknown) => {
            return damaged(path, &cause.to_string()).caused_by(cause);
        }
        Some(Sqlite::NotADatabase) => (ErrorCode::LedgerForeign, format!("`{name}` is no ledger")),
        Some(Sqlite::CannotOpen | Sqlite::PermissionDenied) => {
            (ErrorCode::LedgerUnavailable, format!("the ledger `{name}` can't be opened"))
        }
        Some(Sqlite::DatabaseBusy | Sqlite::DatabaseLocked) => {
            (ErrorCode::LedgerInUse, format!("another program keeps the ledger `{name}` locked"))
        }
        Some(_) => (ErrorCode::LedgerIo, format!("the ledger `{name}` failed: {cause}")),
    };
    Error::new(code, message).caused_by(cause)
}

/// The error for content that can't be right.
pub(super) fn damaged(path: &Path, what: &str) -> Error {
    Error::new(ErrorCode::LedgerDamaged, format!("the ledger `{}` is damaged: {what}", path.display()))
}

fn unavailable(path: &Path, cause: std::io::Error) -> Error {
    Error::new(
        ErrorCode::LedgerUnavailable,
        format!("the ledger `{}` can't be opened: {cause}", path.display()),
    )
    .caused_by(cause)
}

/// A ledger's folder must be there; it isn't made, for a mistyped path would hide the ledger.
pub(super) fn check_folder(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => {
            let message = format!("the folder `{}` of the ledger doesn't exist", folder.display());
            Err(Error::new(ErrorCode::LedgerUnavailable, message)
                .with_help("make the folder, or correct the path"))
        }
        Some(folder) if is_read_only(folder) => Err(Error::new(
            ErrorCode::LedgerReadOnly,
            format!("the folder `{}` of the ledger is read-only", folder.display()),
        )
        .with_help("make the folder writable: the log lies beside the ledger")),
        _ => Ok(()),
    }
}

/// Elsewhere the bit of a folder says nothing.
fn is_read_only(folder: &Path) -> bool {
    cfg!(unix) && std::fs::metadata(folder).is_ok_and(|folder| folder.permissions().readonly())
}

/// The file itself, whatever links lead to it: its lock and its log lie beside it.
pub(super) fn real(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let in_folder = || Some(std::fs::canonicalize(folder).ok()?.join(path.file_name()?));
    std::fs::canonicalize(path).ok().or_else(in_folder).unwrap_or_else(|| path.to_owned())
}

/// A file that is there must be writable; a permission bit counts for root too.
pub(super) fn check_writable(path: &Path) -> Result<()> {
    match std::fs::metadata(path) {
        Ok(file) if file.permissions().readonly() && !file.is_dir() => Err(Error::new(
            ErrorCode::LedgerReadOnly,
            format!("the ledger `{}` is read-only", path.display()),
        )),
        _ => Ok(()),
    }
}

/// Whether there is a file with anything in it.
pub(super) fn has_content(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() > 0)
}

/// Reads the file's own header. Gives whether there is anything, and refuses what isn't a ledger.
///
/// Never while this process may have the ledger open: to close a file gives up all POSIX locks that the process has on
/// it, SQLite's too. Another program that closes the ledger then takes itself for the last, and deletes the log, with
/// everything that is committed from then on.
pub(super) fn check_header(path: &Path) -> Result<bool> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(cause) => return Err(unavailable(path, cause)),
    };
    if file.metadata().is_ok_and(|file| file.is_dir()) {
        let message = format!("`{}` is a folder", path.display());
        return Err(Error::new(ErrorCode::LedgerUnavailable, message).with_help("give the path of a file"));
    }
    let mut header = Vec::with_capacity(100);
    file.by_ref().take(100).read_to_end(&mut header).map_err(|cause| unavailable(path, cause))?;
    if header.is_empty() {
        return Ok(false);
    }
    let name = path.display();
    let word = |at: usize| {
        header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes)
    };
    if !header.starts_with(MAGIC) {
        return Err(Error::new(
            ErrorCode::LedgerForeign,
            format!("`{name}` is no ledger: it is no SQLite file"),
        ));
    }
    check_identity(path, (word(68).cast_signed(), word(60)))?;
    Ok(true)
}

/// Refuses the file of another program, or of a newer release, by what its header says of it.
pub(super) fn check_identity(path: &Path, (application, format): (i32, u32)) -> Result<()> {
    let name = path.display();
    if application != APPLICATION_ID {
        return Err(Error::new(
            ErrorCode::LedgerForeign,
            format!("`{name}` is a SQLite file of another program"),
        ));
    }
    if format > FORMAT {
        let message =
            format!("the ledger `{name}` has format {format}, and this release knows up to {FORMAT}");
        return Err(Error::new(ErrorCode::LedgerNewer, message));
    }
    Ok(())
}
