//! A ledger that is only looked at: what its reader works out is never written.

use super::batch::Batch;
use super::document::IssuedDocument;
use super::rollup::{Rollup, RollupKey};
use super::sqlite::SqliteStore;
use super::store::{EntryVisitor, Loaded, Store};
use crate::error::Result;
use crate::money::Money;
use crate::time::Window;

/// A store that reads, and forgets what it is given to write.
#[derive(Debug)]
pub(crate) struct ReadingStore(pub(crate) SqliteStore);

impl Store for ReadingStore {
    fn load(&mut self) -> Result<Loaded> {
        self.0.load()
    }

    fn append(&mut self, _: &Batch) -> Result<()> {
        Ok(())
    }

    fn entries(&mut self, from: u64, visit: &mut EntryVisitor<'_>) -> Result<()> {
        self.0.entries(from, visit)
    }

    fn booked_entries(&mut self, from: u64, visit: &mut EntryVisitor<'_>) -> Result<()> {
        self.0.booked_entries(from, visit)
    }

    fn rollups(&mut self, within: Window, visit: &mut dyn FnMut(&RollupKey, &Rollup)) -> Result<()> {
        self.0.rollups(within, visit)
    }

    fn totals(&mut self, within: Window, visit: &mut dyn FnMut(&RollupKey, Money, u64)) -> Result<()> {
        self.0.totals(within, visit)
    }

    fn documents(&mut self) -> Result<Vec<IssuedDocument>> {
        self.0.documents()
    }

    fn reader(&mut self) -> Option<Box<dyn Store>> {
        self.0.reader()
    }

    fn span(&self) -> (u64, Option<u64>) {
        self.0.span()
    }

    fn check(&mut self) -> Result<Vec<String>> {
        self.0.check()
    }
}
