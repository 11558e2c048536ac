//! Files that are there whole or not at all.
//!
//! A file is written under a name of its own beside the one that is asked for, brought to the disk, and then takes that
//! name in one step. Whatever fails before leaves the file that was there as it was, and nothing beside it. What is no
//! file, such as a pipe, can't be replaced, and is written into.

use crate::error::{Error, ErrorCode, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// How many unfinished files are found beside one, each of a writer that was killed or still writes, before it is given up.
pub(super) const MAX_UNFINISHED: u32 = 100;

/// Writes a file whole or not at all, in the place of one that may be there.
///
/// The file that is replaced passes its permissions on, and a link goes on leading to the file. Once this returns, the new
/// file survives a loss of power where the disk keeps what it was told to.
///
/// # Errors
/// `report_invalid` where the file can't be written, and whatever the writer gives.
///
/// # Examples
/// ```
/// # fn main() -> bursar::Result<()> {
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("november.csv");
/// let bursar = bursar::Bursar::builder().in_memory()?;
/// let request = bursar::FocusRequest::named("2026-11", "UTC")?;
/// let exported = bursar::write_whole(&path, |to| bursar.export_focus(&request, to))?;
/// assert_eq!(exported.rows, 0);
/// assert!(std::fs::read_to_string(&path).unwrap().contains("BilledCost,"));
/// # Ok(())
/// # }
/// ```
pub fn write_whole<T>(
    path: impl AsRef<Path>,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<T>,
) -> Result<T> {
    let path = path.as_ref();
    let unwritable = |cause| unwritable(path, cause);
    let replaced = Replaced::of(path).map_err(unwritable)?;
    let (file, beside) = match &replaced {
        Replaced::Other => (OpenOptions::new().write(true).open(path).map_err(unwritable)?, None),
        Replaced::Nothing(place) | Replaced::File(place, _) => {
            let (file, beside) = unfinished(place).map_err(unwritable)?;
            (file, Some(Unfinished { beside: Some(beside), place }))
        }
    };
    let mut to = BufWriter::new(file);
    let told = write(&mut to)?;
    to.flush().map_err(unwritable)?;
    let file = to.into_inner().map_err(|fault| unwritable(fault.into_error()))?;
    if let Some(unfinished) = beside {
        unfinished.finish(&file, &replaced).map_err(unwritable)?;
    }
    Ok(told)
}

/// What is at a path before it is written.
enum Replaced {
    Nothing(PathBuf),
    /// A file, at the end of all links, with its permissions.
    File(PathBuf, fs::Permissions),
    /// A pipe, a device or a folder.
    Other,
}

impl Replaced {
    fn of(path: &Path) -> io::Result<Self> {
        match fs::metadata(path) {
            Ok(found) if found.is_file() => Ok(Self::File(fs::canonicalize(path)?, found.permissions())),
            Ok(_) => Ok(Self::Other),
            Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(Self::Nothing(path.to_owned())),
            Err(fault) => Err(fault),
        }
    }
}

/// A file under the name of its own that it has while it is written; it is removed unless it is finished.
struct Unfinished<'a> {
    /// Nothing once it has the name that was asked for: another writer may have taken the one beside by then.
    beside: Option<PathBuf>,
    place: &'a Path,
}

impl Unfinished<'_> {
    /// Gives the file its name, once all of it is on the disk.
    fn finish(mut self, file: &File, replaced: &Replaced) -> io::Result<()> {
        if let Replaced::File(_, permissions) = replaced {
            file.set_permissions(permissions.clone())?;
        }
        file.sync_all()?;
        if let Some(beside) = &self.beside {
            fs::rename(beside, self.place)?;
        }
        self.beside = None;
        // The name is in the folder, which not every system lets a program bring to the disk; the file is there either way.
        if let Some(folder) = self.place.parent() {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
        }
        Ok(())
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if let Some(beside) = &self.beside {
            // Nobody misses what was never whole.
            let _ = fs::remove_file(beside);
        }
    }
}

/// A file that nobody else writes, beside a place: with the first number in its name that is free.
fn unfinished(place: &Path) -> io::Result<(File, PathBuf)> {
    let name = place.file_name().ok_or(ErrorKind::InvalidInput)?;
    let mut taken = io::Error::from(ErrorKind::AlreadyExists);
    for number in 1..=MAX_UNFINISHED {
        let mut own = name.to_owned();
        own.push(format!(".{number}.part"));
        let beside = place.with_file_name(own);
        match OpenOptions::new().write(true).create_new(true).open(&beside) {
            Ok(file) => return Ok((file, beside)),
            Err(fault) if fault.kind() == ErrorKind::AlreadyExists => taken = fault,
            Err(fault) => return Err(fault),
        }
    }
    Err(taken)
}

fn unwritable(path: &Path, cause: io::Error) -> Error {
    Error::new(ErrorCode::ReportInvalid, format!("`{}` can't be written: {cause}", path.display()))
        .with_help("check that its folder exists and can be written")
        .caused_by(cause)
}
