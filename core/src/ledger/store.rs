//! The seam between the ledger and what keeps it: everything that may fail for reasons of the outside world.

use super::batch::Batch;
use super::document::IssuedDocument;
use super::entry::{Entry, EntryLine};
use super::rollup::{Rollup, RollupKey};
use crate::budget::HoldId;
use crate::error::Result;
use crate::money::Money;
use crate::tags::TagSet;
use crate::time::{Timestamp, Window};
use std::{ops::ControlFlow, sync::Arc};

/// What a ledger holds beside its entries, and the entries that a process needs to go on.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Interned names, in the order of their ids.
    pub symbols: Vec<String>,
    /// Tag sets, in the order of their ids.
    pub tag_sets: Vec<TagSet>,
    /// What steps did.
    pub marks: Vec<StoredMark>,
    /// Since when each budget has been in force.
    pub since: Vec<(String, Timestamp)>,
    /// Before this instant the books are closed.
    pub closed_until: Timestamp,
    /// The number of the next entry.
    pub next_seq: u64,
    /// Entries from the oldest open hold on.
    pub tail: Vec<Entry>,
    /// The latest reservations with a caller's key, oldest first.
    pub keyed: Vec<Entry>,
    /// The latest hold that was ever taken, for no number is given twice; nothing where `tail` has it.
    pub last_hold: Option<HoldId>,
}

impl Default for Loaded {
    fn default() -> Self {
        Self {
            symbols: Vec::new(),
            tag_sets: Vec::new(),
            marks: Vec::new(),
            since: Vec::new(),
            closed_until: Timestamp::MIN,
            next_seq: 1,
            tail: Vec::new(),
            keyed: Vec::new(),
            last_hold: None,
        }
    }
}

/// What other processes have written to a shared ledger since this one looked.
#[derive(Clone, Debug, Default)]
pub struct News {
    /// Names after those that are known, in the order of their ids.
    pub symbols: Vec<String>,
    /// Tag sets after those that are known, in the order of their ids.
    pub tag_sets: Vec<TagSet>,
    /// What steps did, oldest first.
    pub marks: Vec<StoredMark>,
    /// Before this instant the books are closed now.
    pub closed_until: Option<Timestamp>,
    /// Entries, in order.
    pub entries: Vec<Entry>,
}

/// What a step did, by names rather than ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMark {
    /// The budget's name.
    pub budget: Arc<str>,
    /// The instance's tag values.
    pub instance: Vec<String>,
    /// The window.
    pub window: Window,
    /// The step's label; empty where none is meant.
    pub step: String,
    /// `fired`, `exhausted`, `resumed`, `agent suspended` or `agent resumed`.
    pub kind: String,
    /// The agent.
    pub agent: Option<String>,
    /// When it was done.
    pub at: Timestamp,
    /// The latest entry then: the one that crossed the step.
    pub seq: u64,
}

/// Visits entries until it breaks.
pub type EntryVisitor<'a> = dyn FnMut(&Entry, &[EntryLine]) -> ControlFlow<()> + 'a;

/// Keeps a ledger.
///
/// A batch is written whole or not at all. After an error the caller keeps the batch and may write it again.
pub trait Store: Send {
    /// Everything that is needed to go on with this ledger.
    ///
    /// # Errors
    /// Those of `ledger_*`.
    fn load(&mut self) -> Result<Loaded>;

    /// Writes a batch in one transaction, to the durability that the store was opened with.
    ///
    /// # Errors
    /// `ledger_full`, `ledger_io`, `ledger_read_only`, `ledger_damaged`.
    fn append(&mut self, batch: &Batch) -> Result<()>;

    /// Writes a batch, and empties it: a store that keeps entries in memory may take them as they lie.
    ///
    /// # Errors
    /// As [`append`](Self::append); the batch stays as it was.
    fn append_all(&mut self, batch: &mut Batch) -> Result<()> {
        self.append(batch)?;
        batch.clear();
        Ok(())
    }

    /// Visits the entries from a number on, in order.
    ///
    /// # Errors
    /// `ledger_io`, `ledger_damaged`.
    fn entries(&mut self, from: u64, visit: &mut EntryVisitor<'_>) -> Result<()>;

    /// Visits those that change what was spent: settlements, expiries and corrections. A store that keeps entries on a disk
    /// passes over the others without reading all of them.
    ///
    /// # Errors
    /// `ledger_io`, `ledger_damaged`.
    fn booked_entries(&mut self, from: u64, visit: &mut EntryVisitor<'_>) -> Result<()> {
        self.entries(from, &mut |entry, lines| {
            if entry.kind.is_booked() { visit(entry, lines) } else { ControlFlow::Continue(()) }
        })
    }

    /// Visits the sums of the hours that start in a window, in no order; one key may come more than once.
    ///
    /// # Errors
    /// `ledger_io`, `ledger_damaged`.
    fn rollups(&mut self, within: Window, visit: &mut dyn FnMut(&RollupKey, &Rollup)) -> Result<()>;

    /// Visits cost and calls of the hours that start in a window, for whoever doesn't ask what the cost was and by which
    /// terms it was priced: of the key those aren't told. A store that keeps sums on a disk is several times faster than
    /// with [`rollups`](Self::rollups). In no order; one key may come more than once.
    ///
    /// # Errors
    /// `ledger_io`, `ledger_damaged`.
    fn totals(&mut self, within: Window, visit: &mut dyn FnMut(&RollupKey, Money, u64)) -> Result<()> {
        self.rollups(within, &mut |key, sums| visit(&key.without_terms(), sums.amount(), sums.calls))
    }

    /// The documents that were issued, in that order.
    ///
    /// # Errors
    /// `ledger_io`, `ledger_damaged`.
    fn documents(&mut self) -> Result<Vec<IssuedDocument>>;

    /// Whether other processes write this ledger too. Then entries are decided and written in turns alone.
    fn is_shared(&self) -> bool {
        false
    }

    /// Keeps the other processes from writing until [`end_turn`](Self::end_turn), and gives what they have written
    /// since this process looked. A turn that has begun goes on.
    ///
    /// # Errors
    /// `ledger_in_use` when the turn doesn't come, and other `ledger_*`.
    fn begin_turn(&mut self) -> Result<Option<News>> {
        Ok(None)
    }

    /// Lets the other processes write. Everything that was decided is written by now.
    fn end_turn(&mut self) {}

    /// Gives up what a process that is forked off must not take along; the next turn takes it up again.
    fn rest(&mut self) {}

    /// A reader of what is stored now, whatever this store writes later; nothing where there can't be one. Then who
    /// reads keeps those waiting who write.
    fn reader(&mut self) -> Option<Box<dyn Store>> {
        None
    }

    /// The first and the last entry that should be there, where the store knows. A store in memory may have forgotten
    /// entries, of which it keeps the sums.
    fn span(&self) -> (u64, Option<u64>) {
        (1, None)
    }

    /// Checks the medium itself, beyond what reading shows; what is wrong comes back in words.
    ///
    /// # Errors
    /// `ledger_io`, `ledger_damaged`.
    fn check(&mut self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// Writes out what may still be in buffers, and leaves the ledger tidy.
    ///
    /// # Errors
    /// Those of [`append`](Self::append).
    fn close(&mut self) -> Result<()> {
        Ok(())
    }
}
