//! A store in memory that outlives its process: what was appended is there for the next one, and it fails on demand.

use bursar::{
    Batch, Entry, EntryLine, EntryVisitor, Error, ErrorCode, IssuedDocument, Loaded, Result, Rollup,
    RollupKey, Rollups, Store, StoredMark, TagSet, Timestamp, Window,
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
};

/// What was written, and what shall go wrong.
#[derive(Debug)]
pub struct Disk {
    symbols: Vec<String>,
    tag_sets: Vec<TagSet>,
    marks: Vec<StoredMark>,
    since: Vec<(String, Timestamp)>,
    closed_until: Timestamp,
    documents: Vec<IssuedDocument>,
    entries: Vec<(Entry, Vec<EntryLine>)>,
    rollups: Rollups,
    faults: VecDeque<Option<ErrorCode>>,
    /// Stores of an earlier generation belong to a process that is dead.
    generation: u64,
}

impl Default for Disk {
    fn default() -> Self {
        Self {
            symbols: Vec::new(),
            tag_sets: Vec::new(),
            marks: Vec::new(),
            since: Vec::new(),
            closed_until: Timestamp::MIN,
            documents: Vec::new(),
            entries: Vec::new(),
            rollups: Rollups::default(),
            faults: VecDeque::new(),
            generation: 0,
        }
    }
}

impl Disk {
    /// An empty disk.
    pub fn new() -> Arc<Mutex<Self>> {
        Arc::default()
    }

    /// The entries that a crash can't take away any more.
    pub fn entries(&self) -> &[(Entry, Vec<EntryLine>)] {
        &self.entries
    }

    /// The names that are written, in the order of their numbers.
    pub fn symbols(&self) -> &[String] {
        &self.symbols
    }

    /// The next appends fail with these codes, or succeed where there is none.
    pub fn fail(&mut self, faults: impl IntoIterator<Item = Option<ErrorCode>>) {
        self.faults.extend(faults);
    }

    /// Whether no fault waits.
    pub fn is_whole(&self) -> bool {
        self.faults.is_empty()
    }

    /// Everything works again.
    pub fn heal(&mut self) {
        self.faults.clear();
    }

    /// The process is gone: nothing of what it has not appended yet will ever come.
    pub fn crash(&mut self) {
        self.generation += 1;
        self.faults.clear();
    }
}

/// One process's way to a disk.
#[derive(Debug)]
pub struct DiskStore {
    disk: Arc<Mutex<Disk>>,
    generation: u64,
}

impl DiskStore {
    /// Opens a disk.
    pub fn open(disk: &Arc<Mutex<Disk>>) -> Box<Self> {
        let generation = disk.lock().unwrap().generation;
        Box::new(Self { disk: Arc::clone(disk), generation })
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap()
    }
}

fn fault(code: ErrorCode) -> Error {
    Error::new(code, "the disk fails because a test says so")
}

impl Store for DiskStore {
    fn load(&mut self) -> Result<Loaded> {
        let disk = self.disk();
        let entries = || disk.entries.iter().map(|(entry, _)| entry);
        Ok(Loaded {
            symbols: disk.symbols.clone(),
            tag_sets: disk.tag_sets.clone(),
            marks: disk.marks.clone(),
            since: disk.since.clone(),
            closed_until: disk.closed_until,
            next_seq: disk.entries.len() as u64 + 1,
            tail: entries().cloned().collect(),
            keyed: entries().filter(|entry| entry.key.is_some()).cloned().collect(),
            ..Loaded::default()
        })
    }

    fn append(&mut self, batch: &Batch) -> Result<()> {
        let mut disk = self.disk();
        if disk.generation != self.generation {
            return Err(fault(ErrorCode::LedgerIo));
        }
        if let Some(Some(code)) = disk.faults.pop_front() {
            return Err(fault(code));
        }
        for (entry, lines) in batch.entries() {
            assert_eq!(entry.seq, disk.entries.len() as u64 + 1, "entries are numbered without gaps");
            disk.rollups.add(entry, lines);
            disk.entries.push((entry.clone(), lines.to_vec()));
        }
        for (id, text) in batch.symbols() {
            assert_eq!(id as usize, disk.symbols.len(), "names are numbered without gaps");
            disk.symbols.push(text.to_owned());
        }
        for (id, tags) in batch.tag_sets() {
            assert_eq!(id as usize, disk.tag_sets.len(), "tag sets are numbered without gaps");
            disk.tag_sets.push(tags.clone());
        }
        disk.marks.extend(batch.marks().cloned());
        for (name, since) in batch.since() {
            if disk.since.iter().all(|(known, _)| known != name) {
                disk.since.push((name.to_owned(), since));
            }
        }
        disk.documents.extend(batch.documents().cloned());
        disk.closed_until = batch.closed_until().unwrap_or(disk.closed_until);
        Ok(())
    }

    fn entries(&mut self, from: u64, visit: &mut EntryVisitor<'_>) -> Result<()> {
        let disk = self.disk();
        let from = usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX);
        for (entry, lines) in disk.entries.iter().skip(from) {
            if visit(entry, lines).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn documents(&mut self) -> Result<Vec<IssuedDocument>> {
        Ok(self.disk().documents.clone())
    }

    fn rollups(&mut self, within: Window, visit: &mut dyn FnMut(&RollupKey, &Rollup)) -> Result<()> {
        let disk = self.disk();
        disk.rollups
            .iter()
            .filter(|(key, _)| within.contains(key.hour))
            .for_each(|(key, sums)| visit(key, sums));
        Ok(())
    }
}
