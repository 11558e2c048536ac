//! The ledger: immutable entries, the stores that keep them, and what is computed from them.
//!
//! Entries are only ever added. Rollups (hour × tag set × model × terms) are sums of entries, kept so that reports
//! need not read every call; [`verify`] recomputes them. Statements read through [`Store`] alone.

mod batch;
mod bookings;
mod closed;
#[cfg(test)]
mod conformance;
mod document;
mod entry;
mod journal;
mod memory;
mod reading;
mod rollup;
mod sqlite;
mod store;
mod verify;

pub use batch::Batch;
pub(crate) use bookings::{Bookkeeper, bookings, cuts_hour};
pub(crate) use closed::{Closed, closed};
pub use document::{ContentHash, IssuedDocument};
pub(crate) use entry::check_amount;
pub use entry::{Entry, EntryKind, EntryLine, MAX_ENTRY_AMOUNT};
pub(crate) use journal::Journal;
pub use journal::MAX_WAITING_ENTRIES;
pub use memory::{MAX_MEMORY_ENTRIES, MemoryStore};
pub(crate) use reading::ReadingStore;
pub use rollup::{Rollup, RollupKey, Rollups};
pub use sqlite::{Durability, SqliteStore};
pub use store::{EntryVisitor, Loaded, News, Store, StoredMark};
pub use verify::{Difference, verify_store};
