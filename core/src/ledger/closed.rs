//! What is in a store's place once a ledger was closed: nothing is read or written any more.

use super::batch::Batch;
use super::document::IssuedDocument;
use super::rollup::{Rollup, RollupKey};
use super::store::{EntryVisitor, Loaded, Store};
use crate::error::{Error, ErrorCode, Result};
use crate::time::Window;

/// Refuses everything with `ledger_closed`.
#[derive(Debug)]
pub(crate) struct Closed;

/// The refusal of a ledger that was closed.
#[cold]
pub(crate) fn closed() -> Error {
    Error::new(ErrorCode::LedgerClosed, "the ledger was closed")
}

impl Store for Closed {
    fn load(&mut self) -> Result<Loaded> {
        Err(closed())
    }

    fn append(&mut self, _: &Batch) -> Result<()> {
        Err(closed())
    }

    fn entries(&mut self, _: u64, _: &mut EntryVisitor<'_>) -> Result<()> {
        Err(closed())
    }

    fn rollups(&mut self, _: Window, _: &mut dyn FnMut(&RollupKey, &Rollup)) -> Result<()> {
        Err(closed())
    }

    fn documents(&mut self) -> Result<Vec<IssuedDocument>> {
        Err(closed())
    }

    fn span(&self) -> (u64, Option<u64>) {
        (1, None)
    }

    fn check(&mut self) -> Result<Vec<String>> {
        Err(closed())
    }

    fn close(&mut self) -> Result<()> {
        Ok(())
    }
}
