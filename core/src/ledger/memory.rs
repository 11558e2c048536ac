//! A ledger that is gone with its process.

use super::batch::Batch;
use super::document::IssuedDocument;
use super::entry::{Entry, EntryLine};
use super::rollup::{Rollup, RollupKey, Rollups};
use super::store::{EntryVisitor, Loaded, Store};
use crate::error::Result;
use crate::time::Window;
use std::collections::VecDeque;

/// Entries that a memory ledger keeps at least; older ones stay in the sums only.
pub const MAX_MEMORY_ENTRIES: usize = 16_384;

/// Keeps all sums, and the latest entries.
#[derive(Debug, Default)]
pub struct MemoryStore {
    rollups: Rollups,
    /// The batches in which the entries came, the oldest first.
    segments: VecDeque<Segment>,
    /// Entries of all segments.
    kept: usize,
    documents: Vec<IssuedDocument>,
}

/// Entries with their lines, as a batch holds them.
#[derive(Debug, Default)]
struct Segment {
    entries: Vec<Entry>,
    lines: Vec<EntryLine>,
}

impl MemoryStore {
    /// An empty ledger.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a segment, and gives back one that is not needed any more, or a new one, to be filled.
    fn keep(&mut self, segment: Segment) -> Segment {
        self.kept += segment.entries.len();
        self.segments.push_back(segment);
        let oldest = self.segments.front().map_or(0, |oldest| oldest.entries.len());
        if self.kept - oldest < MAX_MEMORY_ENTRIES {
            return Segment::default();
        }
        self.kept -= oldest;
        let mut oldest = self.segments.pop_front().unwrap_or_default();
        oldest.entries.clear();
        oldest.lines.clear();
        oldest
    }
}

impl Store for MemoryStore {
    fn load(&mut self) -> Result<Loaded> {
        Ok(Loaded::default())
    }

    fn append(&mut self, batch: &Batch) -> Result<()> {
        self.append_all(&mut batch.clone())
    }

    /// Takes the entries as they lie; the batch goes on in the memory of the oldest ones.
    fn append_all(&mut self, batch: &mut Batch) -> Result<()> {
        for (entry, lines) in batch.entries() {
            self.rollups.add(entry, lines);
        }
        self.documents.append(&mut batch.documents);
        if !batch.entries.is_empty() {
            let (entries, lines) = (std::mem::take(&mut batch.entries), std::mem::take(&mut batch.lines));
            let next = self.keep(Segment { entries, lines });
            (batch.entries, batch.lines) = (next.entries, next.lines);
        }
        batch.clear();
        Ok(())
    }

    fn documents(&mut self) -> Result<Vec<IssuedDocument>> {
        Ok(self.documents.clone())
    }

    fn span(&self) -> (u64, Option<u64>) {
        let first = self.segments.front().and_then(|segment| segment.entries.first());
        let last = self.segments.back().and_then(|segment| segment.entries.last());
        (first.map_or(1, |entry| entry.seq), last.map(|entry| entry.seq))
    }

    fn entries(&mut self, from: u64, visit: &mut EntryVisitor<'_>) -> Result<()> {
        for segment in &self.segments {
            if segment.entries.last().is_none_or(|last| last.seq < from) {
                continue;
            }
            for entry in segment.entries.iter().filter(|entry| entry.seq >= from) {
                if visit(entry, entry.lines_in(&segment.lines)).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn rollups(&mut self, within: Window, visit: &mut dyn FnMut(&RollupKey, &Rollup)) -> Result<()> {
        self.rollups
            .iter()
            .filter(|(key, _)| within.contains(key.hour))
            .for_each(|(key, sums)| visit(key, sums));
        Ok(())
    }
}
