//! Where a simulation keeps its ledger: a disk in memory that fails on demand, or a real file.

use crate::{Disk, DiskStore};
use bursar::{Builder, Bursar, Entry, EntryLine, ErrorCode, Result, SqliteStore, Store};
use std::{
    fs,
    ops::ControlFlow,
    path::PathBuf,
    sync::{Arc, Mutex},
};
use tempfile::TempDir;

/// Where the ledger is.
#[derive(Debug)]
pub enum Medium {
    /// In memory, with faults.
    Disk(Arc<Mutex<Disk>>),
    /// In a file; a crash is a copy of what is on the disk at that instant.
    File(TempDir),
    /// In a file that several processes write.
    Shared(TempDir),
}

impl Medium {
    /// A disk that fails on demand.
    pub fn disk() -> Self {
        Self::Disk(Disk::new())
    }

    /// A file in a folder of its own.
    pub fn file() -> Self {
        Self::File(tempfile::tempdir().unwrap())
    }

    /// A file that several processes share.
    pub fn shared() -> Self {
        Self::Shared(tempfile::tempdir().unwrap())
    }

    /// How many processes work on the ledger at once.
    pub(super) fn processes(&self) -> usize {
        if matches!(self, Self::Shared(_)) { 3 } else { 1 }
    }

    fn path(folder: &TempDir) -> PathBuf {
        folder.path().join("ledger.db")
    }

    pub(super) fn open(&self, builder: Builder) -> Result<Bursar> {
        match self {
            Self::Disk(disk) => builder.open_store(DiskStore::open(disk)),
            Self::File(folder) => builder.open(Self::path(folder)),
            Self::Shared(folder) => builder.shared(true).open(Self::path(folder)),
        }
    }

    /// After so many appends that succeed, so many fail.
    pub(super) fn fail(&self, spare: u64, code: ErrorCode, times: u64) {
        if let Self::Disk(disk) = self {
            let faults = (0..spare).map(|_| None).chain((0..times).map(|_| Some(code)));
            disk.lock().unwrap().fail(faults);
        }
    }

    pub(super) fn heal(&self) {
        if let Self::Disk(disk) = self {
            disk.lock().unwrap().heal();
        }
    }

    /// Whether the next append succeeds.
    pub(super) fn is_whole(&self) -> bool {
        match self {
            Self::Disk(disk) => disk.lock().unwrap().is_whole(),
            Self::File(_) | Self::Shared(_) => true,
        }
    }

    /// The process dies. Of a file its bytes stay as they are, while the dead process may not touch them any more.
    pub(super) fn crash(&mut self) {
        match self {
            Self::Disk(disk) => disk.lock().unwrap().crash(),
            Self::File(folder) | Self::Shared(folder) => {
                let next = tempfile::tempdir().unwrap();
                for name in ["ledger.db", "ledger.db-wal"] {
                    let _ = fs::copy(folder.path().join(name), next.path().join(name));
                }
                *folder = next;
            }
        }
    }

    /// The names that the entries' numbers stand for.
    pub(super) fn symbols(&self) -> Vec<String> {
        match self {
            Self::Disk(disk) => disk.lock().unwrap().symbols().to_vec(),
            Self::File(folder) | Self::Shared(folder) => {
                SqliteStore::read(Self::path(folder)).unwrap().load().unwrap().symbols
            }
        }
    }

    pub(super) fn entries(&mut self, from: u64, visit: &mut dyn FnMut(&Entry, &[EntryLine])) {
        match self {
            Self::Disk(disk) => {
                let disk = disk.lock().unwrap();
                let from = usize::try_from(from - 1).unwrap();
                disk.entries().iter().skip(from).for_each(|(entry, lines)| visit(entry, lines));
            }
            Self::File(folder) | Self::Shared(folder) => {
                let mut store = SqliteStore::read(Self::path(folder)).unwrap();
                let visit = &mut |entry: &Entry, lines: &[EntryLine]| {
                    visit(entry, lines);
                    ControlFlow::Continue(())
                };
                store.entries(from, visit).unwrap();
            }
        }
    }
}
