//! Finding a damaged write-ahead log before SQLite opens it.
//!
//! SQLite reads a log up to the first frame that doesn't match its checksum and takes what follows for the rest of an
//! older log. After a crash that is right: nothing whole can follow a torn frame. But a damaged byte in the middle
//! would drop committed entries without a word. So a log is refused in which whole commits follow a bad frame.
//! The format: <https://www.sqlite.org/fileformat2.html#walformat>.

use super::faults::damaged;
use super::lock::WriterLock;
use crate::error::{Error, ErrorCode, Result};
use std::{
    fs::File,
    io::{BufReader, ErrorKind, Read},
    path::{Path, PathBuf},
};

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
const MAGIC: u32 = 0x377f_0682;

/// Checks the log beside a ledger, if there is one. `real` is its file, and whether there is anything in it.
pub(super) fn check(ledger: &Path, (real, has_content): (&Path, bool)) -> Result<()> {
    let path = log_path(real);
    let failed = |cause: std::io::Error| {
        let message = format!("the log `{}` can't be read: {cause}", path.display());
        Error::new(ErrorCode::LedgerUnavailable, message).caused_by(cause)
    };
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(failed(cause)),
    };
    let size = file.metadata().map_err(failed)?.len();
    if !has_content && size > HEADER as u64 {
        // SQLite takes such a log for a leftover, and deletes it.
        let state = if real.exists() { "empty" } else { "gone" };
        let what = format!("the file is {state}, and its log `{}` isn't", path.display());
        return Err(damaged(ledger, &what).with_help("restore the file from a backup, or move the log away"));
    }
    match scan(&mut BufReader::with_capacity(1 << 16, file), size).map_err(failed)? {
        None => Ok(()),
        Some(what) => Err(damaged(ledger, &format!("its log `{}` {what}", path.display()))),
    }
}

/// The same for a reader: what a living writer is about to write may look like damage.
pub(super) fn check_for_reading(ledger: &Path, real: &Path) -> Result<()> {
    let Err(_) = check(ledger, (real, true)) else { return Ok(()) };
    WriterLock::without_writer(real, || check(ledger, (real, true))).unwrap_or(Ok(()))
}

fn log_path(ledger: &Path) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

/// What is wrong with the log, if anything.
fn scan(log: &mut impl Read, size: u64) -> std::io::Result<Option<String>> {
    if size <= HEADER as u64 {
        return Ok(None);
    }
    let mut header = [0; HEADER];
    log.read_exact(&mut header)?;
    let magic = word(&header, 0);
    let order = if magic & 1 == 1 { Order::Big } else { Order::Little };
    let sum = order.checksum((0, 0), header.get(..24).unwrap_or_default());
    if magic & !1 != MAGIC || sum != (word(&header, 24), word(&header, 28)) {
        return Ok(Some("has a damaged header".to_owned()));
    }
    let page = word(&header, 8) as usize;
    let salts = (word(&header, 16), word(&header, 20));
    if !(512..=65_536).contains(&page) {
        return Ok(Some(format!("has an impossible page size of {page}")));
    }
    scan_frames(log, Log { order, page, salts }, sum)
}

struct Log {
    order: Order,
    page: usize,
    salts: (u32, u32),
}

fn scan_frames(
    log: &mut impl Read,
    Log { order, page, salts }: Log,
    mut sum: (u32, u32),
) -> std::io::Result<Option<String>> {
    let mut frame = vec![0; FRAME_HEADER + page];
    let (mut number, mut bad) = (0_u64, None);
    loop {
        match log.read_exact(&mut frame) {
            Ok(()) => number += 1,
            Err(cause) if cause.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            Err(cause) => return Err(cause),
        }
        let is_ours = (word(&frame, 8), word(&frame, 12)) == salts;
        let is_commit = word(&frame, 4) != 0;
        match bad {
            None => {
                let next = order.checksum(sum, frame.get(..8).unwrap_or_default());
                sum = order.checksum(next, frame.get(FRAME_HEADER..).unwrap_or_default());
                if !is_ours || sum != (word(&frame, 16), word(&frame, 20)) {
                    bad = Some(number);
                }
            }
            Some(first) if is_ours && is_commit => {
                return Ok(Some(format!("is damaged in frame {first}, and committed entries follow it")));
            }
            Some(_) => {}
        }
    }
}

#[derive(Clone, Copy)]
enum Order {
    Big,
    Little,
}

impl Order {
    /// SQLite's running checksum over pairs of words.
    fn checksum(self, (mut first, mut second): (u32, u32), bytes: &[u8]) -> (u32, u32) {
        for pair in bytes.chunks_exact(8) {
            let (left, right) = (word(pair, 0), word(pair, 4));
            let (left, right) = match self {
                Self::Big => (left, right),
                Self::Little => (left.swap_bytes(), right.swap_bytes()),
            };
            first = first.wrapping_add(left).wrapping_add(second);
            second = second.wrapping_add(right).wrapping_add(first);
        }
        (first, second)
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes)
}
