//! Turns of the processes that write one ledger: a lock on a second file beside it, held for one step at a time.
//!
//! SQLite's own lock would do, but who waits for it sleeps up to a tenth of a second between two looks, and a writer in
//! a hurry starves the others for seconds. A turn lasts microseconds, so whoever waits gives up the processor first, and
//! then sleeps for less than a millisecond.

use super::lock::{TURNS, beside, open};
use crate::error::{Error, ErrorCode, Result};
use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

/// Looks between which only the processor is given up.
const LOOKS: u32 = 64;
/// The first sleep, and the longest.
const SLEEPS: (Duration, Duration) = (Duration::from_micros(50), Duration::from_millis(1));
/// All sleeps together; then something is wrong with the process that has the turn.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The turn of a process. The system ends it when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct TurnLock {
    ledger: PathBuf,
    file: File,
    is_held: bool,
    process: u32,
}

impl TurnLock {
    /// Without the turn, yet.
    pub(super) fn new(ledger: &Path, real: &Path) -> Result<Self> {
        let file = open(&beside(real, TURNS))?;
        Ok(Self { ledger: ledger.to_owned(), file, is_held: false, process: std::process::id() })
    }

    pub(super) fn is_held(&self) -> bool {
        self.is_held
    }

    /// Waits for the turn, and says whether it has begun just now.
    pub(super) fn begin(&mut self) -> Result<bool> {
        if self.is_held {
            return Ok(false);
        }
        let (mut looks, mut waited, mut sleep) = (0, Duration::ZERO, SLEEPS.0);
        while !self.is_free()? {
            looks += 1;
            if looks < LOOKS {
                thread::yield_now();
                continue;
            }
            if waited >= LONGEST_WAIT {
                return Err(self.starved());
            }
            thread::sleep(sleep);
            waited += sleep;
            sleep = (sleep * 2).min(SLEEPS.1);
        }
        self.is_held = true;
        Ok(true)
    }

    /// Lets the next process have its turn.
    pub(super) fn end(&mut self) {
        if std::mem::take(&mut self.is_held) {
            // A turn that can't be given back ends with the process; until then the others say that they wait for it.
            let _ = self.file.unlock();
        }
    }

    fn is_free(&self) -> Result<bool> {
        match self.file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(cause)) => {
                let message =
                    format!("the turns of the ledger `{}` can't be locked: {cause}", self.ledger.display());
                Err(Error::new(ErrorCode::LedgerUnavailable, message).caused_by(cause))
            }
        }
    }

    #[cold]
    fn starved(&self) -> Error {
        let message = format!(
            "another process has kept its turn at the ledger `{}` for {} seconds",
            self.ledger.display(),
            LONGEST_WAIT.as_secs()
        );
        let help = "look for a process that stands still or whose disk is full, and end it";
        Error::new(ErrorCode::LedgerInUse, message).with_help(help)
    }
}

impl Drop for TurnLock {
    /// A process that was forked off has the file too, and must not end the turn of the one that it came from.
    fn drop(&mut self) {
        if self.process == std::process::id() {
            self.end();
        }
    }
}
