//! Reading a ledger file.

use super::faults::{damaged, fault};
use super::row::{self, COLUMNS};
use super::schema;
use crate::budget::HoldId;
use crate::error::Result;
use crate::ledger::entry::{Entry, EntryLine};
use crate::ledger::store::{EntryVisitor, Loaded, News, StoredMark};
use crate::tags::TagSet;
use crate::time::{Timestamp, Window};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};
use std::{ops::ControlFlow, path::Path};

/// Callers' keys that are read back.
const KEYS_READ: usize = 65_536;

/// A second connection, which sees the file as it stands now. Nothing where its latest entry isn't that of the first:
/// then another file has taken the place of the one that is written.
pub(super) fn snapshot(first: &Connection, file: &Path) -> rusqlite::Result<Option<Connection>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let second = Connection::open_with_flags(file, flags)?;
    // The snapshot is taken by the first reading.
    second.execute_batch("BEGIN")?;
    schema::see_as_newest(&second)?;
    let is_same = latest(first)? == latest(&second)?;
    Ok(is_same.then_some(second))
}

/// The latest entry: its number and its check.
fn latest(database: &Connection) -> rusqlite::Result<Option<(i64, i64)>> {
    let query = "SELECT seq, crc FROM entries ORDER BY seq DESC LIMIT 1";
    database.prepare_cached(query)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

/// A number of the meta table; 0 where it was never set.
pub(super) fn meta(database: &Connection, name: &str) -> rusqlite::Result<u64> {
    Ok(signed_meta(database, name)?.unwrap_or(0).cast_unsigned())
}

fn signed_meta(database: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    let query = "SELECT value FROM meta WHERE name = ?1";
    database.prepare_cached(query)?.query_row([name], |row| row.get(0)).optional()
}

/// Visits entries from a number on. A row that isn't what was written is `ledger_damaged`.
pub(super) fn entries(
    database: &Connection,
    path: &Path,
    from: u64,
    visit: &mut EntryVisitor<'_>,
) -> Result<()> {
    let query = format!("SELECT {COLUMNS} FROM entries WHERE seq >= ?1 ORDER BY seq");
    select(database, path, (&query, from.cast_signed()), visit)
}

/// The same of those that change what was spent. Every second entry is a reservation, of which only the kind is read.
pub(super) fn booked_entries(
    database: &Connection,
    path: &Path,
    from: u64,
    visit: &mut EntryVisitor<'_>,
) -> Result<()> {
    let query = format!("SELECT {COLUMNS} FROM entries WHERE seq >= ?1 AND kind <> 'reserve' ORDER BY seq");
    select(database, path, (&query, from.cast_signed()), &mut |entry, lines| {
        if entry.kind.is_booked() { visit(entry, lines) } else { ControlFlow::Continue(()) }
    })
}

fn select(
    database: &Connection,
    path: &Path,
    (query, from): (&str, i64),
    visit: &mut EntryVisitor<'_>,
) -> Result<()> {
    let failed = |cause| fault(path, cause);
    let mut statement = database.prepare_cached(query).map_err(failed)?;
    let mut rows = statement.query(params![from]).map_err(failed)?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        let entry = row::entry(row, &mut lines).map_err(failed)?.map_err(|what| damaged(path, &what))?;
        if visit(&entry, &lines).is_break() {
            break;
        }
    }
    Ok(())
}

/// Everything that a process needs to go on: see [`Loaded`].
pub(super) fn loaded(database: &Connection, path: &Path, tail_from: u64, next_seq: u64) -> Result<Loaded> {
    let failed = |cause| fault(path, cause);
    let symbols = all(database, "SELECT id, text FROM symbols ORDER BY id", text_with_id).map_err(failed)?;
    let sets = all(database, "SELECT id, tags FROM tag_sets ORDER BY id", text_with_id).map_err(failed)?;
    let closed_until = closed_until(database).map_err(failed)?.unwrap_or(Timestamp::MIN);
    let mut tail = Vec::new();
    entries(database, path, tail_from, &mut keep(&mut tail))?;
    let mut keyed = Vec::new();
    let query = format!("SELECT {COLUMNS} FROM entries WHERE key IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM entries AS release WHERE release.kind = 'release' AND release.hold = entries.hold)
         ORDER BY seq DESC LIMIT ?1");
    select(database, path, (&query, i64::try_from(KEYS_READ).unwrap_or(i64::MAX)), &mut keep(&mut keyed))?;
    keyed.reverse();
    Ok(Loaded {
        symbols: numbered(path, "symbol", symbols)?,
        tag_sets: sets_of(path, sets)?,
        marks: marks(database, 0).map_err(failed)?,
        since: all(database, "SELECT name, since FROM budgets", |row| {
            Ok((row.get(0)?, Timestamp::from_micros(row.get(1)?)))
        })
        .map_err(failed)?,
        closed_until,
        next_seq,
        tail,
        keyed,
        last_hold: last_hold(database).map_err(failed)?,
    })
}

/// What was added behind these many names, these many tag sets and this mark. The entries are left to the caller.
pub(super) fn news(
    database: &Connection,
    path: &Path,
    (symbols, tag_sets, mark): (i64, i64, i64),
) -> Result<News> {
    let failed = |cause| fault(path, cause);
    let texts = |query: &str, from: i64| {
        let mut statement = database.prepare_cached(query)?;
        let rows = statement.query_map([from], text_with_id)?;
        let rows: rusqlite::Result<Vec<(i64, String)>> = rows.collect();
        // Counted from the first new one.
        rows.map(|rows| rows.into_iter().map(|(id, text)| (id - from, text)).collect::<Vec<_>>())
    };
    let names = texts("SELECT id, text FROM symbols WHERE id >= ?1 ORDER BY id", symbols).map_err(failed)?;
    let sets = texts("SELECT id, tags FROM tag_sets WHERE id >= ?1 ORDER BY id", tag_sets).map_err(failed)?;
    Ok(News {
        symbols: numbered(path, "symbol", names)?,
        tag_sets: sets_of(path, sets)?,
        marks: marks(database, mark).map_err(failed)?,
        closed_until: closed_until(database).map_err(failed)?,
        entries: Vec::new(),
    })
}

fn sets_of(path: &Path, rows: Vec<(i64, String)>) -> Result<Vec<TagSet>> {
    let read = |text: String| {
        serde_json::from_str::<TagSet>(&text)
            .map_err(|cause| damaged(path, &format!("a tag set can't be read: {cause}")))
    };
    numbered(path, "tag set", rows)?.into_iter().map(read).collect()
}

fn closed_until(database: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    Ok(signed_meta(database, "closed_until")?.map(Timestamp::from_micros))
}

/// What steps did after a mark.
fn marks(database: &Connection, after: i64) -> rusqlite::Result<Vec<StoredMark>> {
    let query = "SELECT budget, instance, window_start, window_end, step, kind, agent, at, seq FROM marks
        WHERE id > ?1 ORDER BY id";
    let mut statement = database.prepare_cached(query)?;
    let rows = statement.query_map([after], mark)?;
    rows.collect()
}

/// The latest hold: numbers of holds rise with those of their reservations.
fn last_hold(database: &Connection) -> rusqlite::Result<Option<HoldId>> {
    let query = "SELECT hold FROM entries WHERE kind = 'reserve' ORDER BY seq DESC LIMIT 1";
    let number = database.query_row(query, [], |row| row.get::<_, i64>(0)).optional()?;
    Ok(number.map(|number| HoldId::from_number(number.cast_unsigned())))
}

fn keep(into: &mut Vec<Entry>) -> impl FnMut(&Entry, &[EntryLine]) -> ControlFlow<()> {
    |entry, _| {
        into.push(entry.clone());
        ControlFlow::Continue(())
    }
}

fn all<T>(
    database: &Connection,
    query: &str,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    let mut statement = database.prepare(query)?;
    let rows = statement.query_map([], |row| read(row))?;
    rows.collect()
}

fn text_with_id(row: &Row<'_>) -> rusqlite::Result<(i64, String)> {
    Ok((row.get(0)?, row.get(1)?))
}

/// Texts whose ids must count from 0 without gaps, for entries name them by position.
fn numbered(path: &Path, what: &str, rows: Vec<(i64, String)>) -> Result<Vec<String>> {
    let expected = 0_i64..;
    match rows.iter().zip(expected).find(|((id, _), expected)| id != expected) {
        Some(((id, _), expected)) => {
            Err(damaged(path, &format!("{what} {id} stands where {expected} should")))
        }
        None => Ok(rows.into_iter().map(|(_, text)| text).collect()),
    }
}

fn mark(row: &Row<'_>) -> rusqlite::Result<StoredMark> {
    let budget: String = row.get(0)?;
    let instance: String = row.get(1)?;
    let (start, end) = (Timestamp::from_micros(row.get(2)?), Timestamp::from_micros(row.get(3)?));
    Ok(StoredMark {
        budget: budget.into(),
        instance: serde_json::from_str(&instance).unwrap_or_default(),
        window: Window::new(start, end).unwrap_or(Window::ALWAYS),
        step: row.get(4)?,
        kind: row.get(5)?,
        agent: row.get(6)?,
        at: Timestamp::from_micros(row.get(7)?),
        seq: row.get::<_, i64>(8)?.cast_unsigned(),
    })
}
