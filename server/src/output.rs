//! Where the result of a command goes.

use crate::options::{Fault, Outcome};
use std::{
    io::{ErrorKind, IsTerminal, Write as _},
    path::Path,
};

/// Writes to a file, or to the standard output. Bytes that aren't text don't go to a terminal.
pub(crate) fn write(out: Option<&Path>, content: &[u8]) -> Outcome {
    let Some(path) = out else {
        if std::io::stdout().is_terminal() && std::str::from_utf8(content).is_err() {
            return Err(Fault::new("this format is no text for a terminal", "name a file: `--out FILE`"));
        }
        return match std::io::stdout().write_all(content).and_then(|()| std::io::stdout().flush()) {
            // Whoever reads has read enough.
            Err(cause) if cause.kind() == ErrorKind::BrokenPipe => Ok(()),
            outcome => outcome.map_err(|cause| Fault::new(cause.to_string(), "check where the output goes")),
        };
    };
    std::fs::write(path, content).map_err(|cause| {
        let help = "check that its folder exists and can be written";
        Fault::new(format!("`{}` can't be written: {cause}", path.display()), help)
    })
}
