//! A ledger that is gone with its process.

use super::batch::Batch;
use super::entry::{Entry, EntryLine};
use super::rollup::{Rollup, RollupKey, Rollups};
use super::store::{EntryVisitor, Loaded, Store};
use crate::error::Result;
use crate::time::Window;
use std::collections::VecDeque;

/// Entries that a memory ledger keeps; older ones stay in the sums only.
pub const MAX_MEMORY_ENTRIES: usize = 65_536;

/// Keeps all sums, and the latest entries.
#[derive(Debug, Default)]
pub struct MemoryStore {
    rollups: Rollups,
    entries: VecDeque<Entry>,
    /// The lines of all entries that are kept, one entry's after another's.
    lines: VecDeque<EntryLine>,
}

impl MemoryStore {
    /// An empty ledger.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps an entry, in place of the oldest when there are enough.
    fn remember(&mut self, entry: &Entry, lines: &[EntryLine]) {
        if self.entries.len() >= MAX_MEMORY_ENTRIES
            && let Some(oldest) = self.entries.pop_front()
        {
            self.lines.drain(..oldest.lines.1 as usize);
        }
        self.entries.push_back(entry.clone());
        self.lines.extend(lines);
    }
}

impl Store for MemoryStore {
    fn load(&mut self) -> Result<Loaded> {
        Ok(Loaded::default())
    }

    fn append(&mut self, batch: &Batch) -> Result<()> {
        for (entry, lines) in batch.entries() {
            self.rollups.add(entry, lines);
            self.remember(entry, lines);
        }
        Ok(())
    }

    fn span(&self) -> (u64, Option<u64>) {
        let number = |entry: Option<&Entry>| entry.map(|entry| entry.seq);
        (number(self.entries.front()).unwrap_or(1), number(self.entries.back()))
    }

    fn entries(&mut self, from: u64, visit: &mut EntryVisitor<'_>) -> Result<()> {
        let lines = &*self.lines.make_contiguous();
        let mut first = 0;
        for entry in &self.entries {
            let end = first + entry.lines.1 as usize;
            let is_over =
                entry.seq >= from && visit(entry, lines.get(first..end).unwrap_or_default()).is_break();
            if is_over {
                break;
            }
            first = end;
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
