//! A ledger that several processes write, each in its turn: what the others have written since this one looked.
//!
//! SQLite tells by a number whether another connection has written. If it has, what came after the latest known row of
//! each table is read; entries, names, tag sets and marks are only ever added.

use super::faults::fault;
use super::turn::TurnLock;
use super::{Durability, SqliteStore, read};
use crate::error::Result;
use crate::ledger::batch::Batch;
use crate::ledger::entry::Entry;
use crate::ledger::store::News;
use rusqlite::{Connection, Row};
use std::ops::ControlFlow;

#[derive(Debug)]
pub(super) struct Shared {
    turn: TurnLock,
    durability: Durability,
    /// What [`version`] gave when the file was last looked at; nothing before the first look by this connection.
    seen: Option<i64>,
    known: Known,
    /// Whether the connection was given up.
    is_resting: bool,
}

/// Rows that this process knows, of the tables that have numbers of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    symbols: i64,
    tag_sets: i64,
    /// The number of the latest mark.
    mark: i64,
}

impl Known {
    fn of(database: &Connection) -> rusqlite::Result<Self> {
        let query = "SELECT (SELECT coalesce(max(id), -1) + 1 FROM symbols),
            (SELECT coalesce(max(id), -1) + 1 FROM tag_sets), (SELECT coalesce(max(id), 0) FROM marks)";
        let read =
            |row: &Row<'_>| Ok(Self { symbols: row.get(0)?, tag_sets: row.get(1)?, mark: row.get(2)? });
        database.query_row(query, [], read)
    }

    /// So many rows more: numbers have no gaps.
    fn add(&mut self, [symbols, tag_sets, marks]: [usize; 3]) {
        let count = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
        self.symbols += count(symbols);
        self.tag_sets += count(tag_sets);
        self.mark += count(marks);
    }
}

impl Shared {
    /// Of a store that was read just now, in a turn.
    pub(super) fn new(
        turn: TurnLock,
        database: &Connection,
        durability: Durability,
    ) -> rusqlite::Result<Self> {
        let (seen, known) = (Some(version(database)?), Known::of(database)?);
        Ok(Self { turn, durability, seen, known, is_resting: false })
    }

    pub(super) fn has_turn(&self) -> bool {
        self.turn.is_held()
    }

    pub(super) fn end(&mut self) {
        self.turn.end();
    }

    /// Notes what this process has written itself.
    pub(super) fn wrote(&mut self, batch: &Batch) {
        self.known.add([batch.symbols.len(), batch.tag_sets.len(), batch.marks.len()]);
    }

    /// Closes the connection: SQLite's must not be taken along by a fork.
    pub(super) fn rest(&mut self, database: &mut Connection) {
        if let (false, Ok(none)) = (self.is_resting || self.turn.is_held(), Connection::open_in_memory()) {
            *database = none;
            (self.is_resting, self.seen) = (true, None);
        }
    }
}

/// A number that changes whenever another connection has written.
fn version(database: &Connection) -> rusqlite::Result<i64> {
    database.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}

impl SqliteStore {
    /// Waits for this process's turn, and reads what the others have written; nothing where they have not.
    pub(super) fn take_turn(&mut self) -> Result<Option<News>> {
        let Some(shared) = &mut self.shared else { return Ok(None) };
        if !shared.turn.begin()? {
            return Ok(None);
        }
        let news = self.read_news();
        if news.is_err() {
            // What wasn't read stays news for the next turn.
            self.end_of_turn();
        }
        news
    }

    fn end_of_turn(&mut self) {
        if let Some(shared) = &mut self.shared {
            shared.seen = None;
            shared.end();
        }
    }

    fn read_news(&mut self) -> Result<Option<News>> {
        self.wake()?;
        let Some(shared) = &mut self.shared else { return Ok(None) };
        let seen = version(&self.database).map_err(|cause| fault(&self.path, cause))?;
        if shared.seen == Some(seen) {
            return Ok(None);
        }
        let known = shared.known;
        let after = (known.symbols, known.tag_sets, known.mark);
        let mut news = read::news(&self.database, &self.path, after)?;
        news.entries = self.read_new_entries()?;
        if let Some(shared) = &mut self.shared {
            shared.known.add([news.symbols.len(), news.tag_sets.len(), news.marks.len()]);
            shared.seen = Some(seen);
        }
        Ok(Some(news))
    }

    /// Entries of other processes. Where one of them has written the sums, those of the rest are taken anew.
    fn read_new_entries(&mut self) -> Result<Vec<Entry>> {
        let before = self.last_seq;
        let rolled_up_to =
            read::meta(&self.database, "rolled_up_to").map_err(|cause| fault(&self.path, cause))?;
        if rolled_up_to != self.rolled_up_to {
            self.catch_up()?;
        }
        let mut new = Vec::new();
        read::entries(&self.database, &self.path, before + 1, &mut |entry, lines| {
            new.push((entry.clone(), lines.to_vec()));
            ControlFlow::Continue(())
        })?;
        for (entry, lines) in &new {
            // Once the sums were taken anew, these are known.
            if entry.seq > self.last_seq {
                self.know(entry, lines);
            }
        }
        Ok(new.into_iter().map(|(entry, _)| entry).collect())
    }

    /// Opens the file again after a rest.
    fn wake(&mut self) -> Result<()> {
        let Some(shared) = self.shared.as_mut().filter(|shared| shared.is_resting) else { return Ok(()) };
        let database = super::connect(&self.path, shared.durability)?;
        super::tune(&database).map_err(|cause| fault(&self.path, cause))?;
        shared.is_resting = false;
        self.database = database;
        Ok(())
    }
}
