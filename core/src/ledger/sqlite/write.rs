//! Writing a batch in one transaction.

use super::row::{checksum, flags, split, text_or_null};
use super::{documents, lines, sums};
use crate::ledger::batch::Batch;
use crate::ledger::entry::{Entry, EntryLine};
use crate::ledger::rollup::Rollups;
use crate::ledger::store::StoredMark;
use crate::tags::Symbol;
use crate::time::Timestamp;
use rusqlite::{CachedStatement, Connection, Result, params};

const INSERT: &str = "INSERT INTO entries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)";

/// Sums of earlier entries that are due: with the number of the last entry that they count, and of the first that an
/// open hold needs.
pub(super) struct Due<'a> {
    pub(super) sums: &'a Rollups,
    pub(super) through: u64,
    pub(super) open_from: u64,
}

/// Writes a batch, and before it the sums that are due. `text` is room for the usage of an entry.
pub(super) fn batch(
    database: &Connection,
    batch: &Batch,
    due: Option<&Due<'_>>,
    text: &mut String,
) -> Result<()> {
    if due.is_none()
        && let Some((entry, lines)) = batch.only_entry()
    {
        // One statement is a transaction by itself: all of it is written, or nothing.
        return write_entry(&mut database.prepare_cached(INSERT)?, (entry, lines), text);
    }
    run(database, "BEGIN IMMEDIATE")?;
    let outcome = write_all(database, batch, due, text).and_then(|()| run(database, "COMMIT"));
    if outcome.is_err() && !database.is_autocommit() {
        // What failed is told; that the rollback failed too would say nothing more.
        let _ = run(database, "ROLLBACK");
    }
    outcome
}

fn run(database: &Connection, statement: &str) -> Result<()> {
    database.prepare_cached(statement)?.execute([]).map(drop)
}

fn write_all(database: &Connection, batch: &Batch, due: Option<&Due<'_>>, text: &mut String) -> Result<()> {
    if let Some(due) = due {
        sums::write(database, due.sums)?;
        write_meta(database, "rolled_up_to", due.through.cast_signed())?;
        write_meta(database, "open_from", due.open_from.cast_signed())?;
    }
    write_dictionary(database, batch)?;
    let mut insert = database.prepare_cached(INSERT)?;
    for entry in batch.entries() {
        write_entry(&mut insert, entry, text)?;
    }
    for mark in &batch.marks {
        write_mark(database, mark)?;
    }
    for (name, since) in &batch.since {
        let mut statement =
            database.prepare_cached("INSERT OR IGNORE INTO budgets(name, since) VALUES (?1, ?2)")?;
        statement.execute(params![name, since.micros()])?;
    }
    for document in &batch.documents {
        documents::write(database, document)?;
    }
    if let Some(until) = batch.closed_until {
        write_meta(database, "closed_until", until.micros())?;
    }
    Ok(())
}

fn write_meta(database: &Connection, name: &str, value: i64) -> Result<()> {
    let mut statement = database
        .prepare_cached("INSERT INTO meta(name, value) VALUES (?1, ?2) ON CONFLICT(name) DO UPDATE SET value = excluded.value")?;
    statement.execute(params![name, value]).map(drop)
}

fn write_dictionary(database: &Connection, batch: &Batch) -> Result<()> {
    for (id, text) in &batch.symbols {
        database
            .prepare_cached("INSERT INTO symbols(id, text) VALUES (?1, ?2)")?
            .execute(params![id, text])?;
    }
    for (id, tags) in &batch.tag_sets {
        let tags = serde_json::to_string(tags)
            .map_err(|cause| rusqlite::Error::ToSqlConversionFailure(cause.into()))?;
        database
            .prepare_cached("INSERT INTO tag_sets(id, tags) VALUES (?1, ?2)")?
            .execute(params![id, tags])?;
    }
    Ok(())
}

fn write_entry(
    insert: &mut CachedStatement<'_>,
    (entry, lines): (&Entry, &[EntryLine]),
    text: &mut String,
) -> Result<()> {
    lines::print(lines, text);
    let (bound, amount, beside) = (split(entry.bound), split(entry.amount), entry.beside.map(split));
    insert.execute(params![
        entry.seq.cast_signed(),
        entry.kind.as_str(),
        entry.at.micros(),
        entry.effective_at.micros(),
        entry.hold.number().cast_signed(),
        entry.tag_set.index(),
        entry.model.index(),
        bound.0,
        bound.1,
        amount.0,
        amount.1,
        text_or_null(text),
        entry.price_version.map(Symbol::index),
        entry.expires_at.map(Timestamp::micros),
        entry.key.map(|key| key.number().to_le_bytes()),
        entry.corrects.map(u64::cast_signed),
        flags(entry),
        entry.note.as_deref(),
        i64::from(checksum(entry, text)),
        beside.map(|beside| beside.0),
        beside.map(|beside| beside.1),
        entry.terms.map(Symbol::index),
    ])?;
    Ok(())
}

fn write_mark(database: &Connection, mark: &StoredMark) -> Result<()> {
    let mut statement = database.prepare_cached(
        "INSERT INTO marks(budget, instance, window_start, window_end, step, kind, agent, at, seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    let instance = serde_json::to_string(&mark.instance)
        .map_err(|cause| rusqlite::Error::ToSqlConversionFailure(cause.into()))?;
    let (start, end) = (mark.window.start().micros(), mark.window.end().micros());
    statement.execute(params![
        &*mark.budget,
        instance,
        start,
        end,
        mark.step,
        mark.kind,
        mark.agent,
        mark.at.micros(),
        mark.seq.cast_signed()
    ])?;
    Ok(())
}
