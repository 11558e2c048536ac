//! Where the result of a command goes.

use crate::options::{Fault, Outcome};
use bursar::{Error, ErrorCode, write_whole};
use std::{
    io::{ErrorKind, IsTerminal, Write as _},
    path::Path,
};

/// A file that a command makes.
pub(crate) struct File {
    /// What it is called in a folder.
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
}

/// Writes files: into a folder, one of them under its own name, or to the standard output.
pub(crate) fn write(out: Option<&Path>, files: &[File]) -> Outcome {
    match (out, files) {
        (Some(folder), _) if folder.is_dir() => into(folder, files),
        (Some(path), [file]) => to(path, &file.content),
        (None, [file]) => say(&file.content),
        (_, files) => {
            let message = format!("the result is {} files", files.len());
            Err(Fault::new(message, "name a folder that is there: `--out DIR`"))
        }
    }
}

/// Writes files into a folder, which is made if it isn't there.
pub(crate) fn into(folder: &Path, files: &[File]) -> Outcome {
    std::fs::create_dir_all(folder).map_err(|cause| {
        let message = format!("`{}` can't be made: {cause}", folder.display());
        Fault::new(message, "name a folder that can be written: `--out DIR`")
    })?;
    files.iter().try_for_each(|file| to(&folder.join(&file.name), &file.content))
}

fn to(path: &Path, content: &[u8]) -> Outcome {
    write_whole(path, |to| {
        to.write_all(content).map_err(|cause| {
            let message = format!("`{}` can't be written: {cause}", path.display());
            Error::new(ErrorCode::ReportInvalid, message).with_help("check that there is room for it")
        })
    })?;
    Ok(())
}

/// Bytes that aren't text don't go to a terminal.
fn say(content: &[u8]) -> Outcome {
    let mut output = std::io::stdout();
    if output.is_terminal() && std::str::from_utf8(content).is_err() {
        return Err(Fault::new("this format is no text for a terminal", "name a file: `--out FILE`"));
    }
    match output.write_all(content).and_then(|()| output.flush()) {
        // Whoever reads has read enough.
        Err(cause) if cause.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.map_err(|cause| Fault::new(cause.to_string(), "check where the output goes")),
    }
}
