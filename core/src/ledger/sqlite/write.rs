//! Writing a batch in one transaction.

use super::row::{checksum, flags, lines_text, split};
use crate::ledger::batch::Batch;
use crate::ledger::rollup::{Rollup, RollupKey, Rollups};
use crate::ledger::store::StoredMark;
use crate::money::Money;
use crate::tags::Symbol;
use crate::time::Timestamp;
use rusqlite::{Connection, Result, params};

/// Writes a batch, and before it the sums of earlier entries where they are due: with the number of the last entry
/// that they count, and of the first that an open hold needs.
pub(super) fn batch(database: &Connection, batch: &Batch, due: Option<(&Rollups, u64, u64)>) -> Result<()> {
    run(database, "BEGIN IMMEDIATE")?;
    let outcome = write_all(database, batch, due).and_then(|()| run(database, "COMMIT"));
    if outcome.is_err() && !database.is_autocommit() {
        // What failed is told; that the rollback failed too would say nothing more.
        let _ = run(database, "ROLLBACK");
    }
    outcome
}

fn run(database: &Connection, statement: &str) -> Result<()> {
    database.prepare_cached(statement)?.execute([]).map(drop)
}

fn write_all(database: &Connection, batch: &Batch, due: Option<(&Rollups, u64, u64)>) -> Result<()> {
    if let Some((rollups, through, open_from)) = due {
        write_rollups(database, rollups)?;
        write_meta(database, "rolled_up_to", through.cast_signed())?;
        write_meta(database, "open_from", open_from.cast_signed())?;
    }
    write_dictionary(database, batch)?;
    write_entries(database, batch)?;
    for mark in &batch.marks {
        write_mark(database, mark)?;
    }
    for (name, since) in &batch.since {
        let mut statement =
            database.prepare_cached("INSERT OR IGNORE INTO budgets(name, since) VALUES (?1, ?2)")?;
        statement.execute(params![name, since.micros()])?;
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

fn write_entries(database: &Connection, batch: &Batch) -> Result<()> {
    let mut statement = database.prepare_cached(
        "INSERT INTO entries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
    )?;
    let mut text = String::new();
    for (entry, lines) in batch.entries() {
        lines_text(lines, &mut text);
        let (bound, amount) = (split(entry.bound), split(entry.amount));
        statement.execute(params![
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
            if text.is_empty() { None } else { Some(text.as_str()) },
            entry.price_version.map(Symbol::index),
            entry.expires_at.map(Timestamp::micros),
            entry.key.map(|key| key.number().to_le_bytes()),
            entry.corrects.map(u64::cast_signed),
            flags(entry),
            entry.note.as_deref(),
            i64::from(checksum(entry, &text)),
        ])?;
    }
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

fn write_rollups(database: &Connection, rollups: &Rollups) -> Result<()> {
    for (key, sums) in rollups.iter() {
        // The row without a dimension counts the calls, and holds the amounts that no usage explains.
        write_rollup(database, key, "", sums, (0, sums.unmeasured))?;
        for line in &sums.lines {
            let counts = Rollup { seqs: sums.seqs, ..Rollup::default() };
            write_rollup(database, key, line.dimension.as_str(), &counts, (line.quantity, line.amount))?;
        }
    }
    Ok(())
}

fn write_rollup(
    database: &Connection,
    key: &RollupKey,
    dimension: &str,
    sums: &Rollup,
    (quantity, amount): (u64, Money),
) -> Result<()> {
    let mut statement = database.prepare_cached(
        "INSERT INTO rollups VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT(hour, tags, model, dimension) DO UPDATE SET
           calls = calls + excluded.calls, overruns = overruns + excluded.overruns, expired = expired + excluded.expired,
           quantity = quantity + excluded.quantity, amount_nano = amount_nano + excluded.amount_nano,
           amount_pico = amount_pico + excluded.amount_pico, first_seq = min(first_seq, excluded.first_seq),
           last_seq = max(last_seq, excluded.last_seq)",
    )?;
    let (nano, pico) = split(amount);
    statement.execute(params![
        key.hour.micros(),
        key.tag_set.index(),
        key.model.index(),
        dimension,
        sums.calls.cast_signed(),
        sums.overruns.cast_signed(),
        sums.expired.cast_signed(),
        quantity.cast_signed(),
        nano,
        pico,
        sums.seqs.0.cast_signed(),
        sums.seqs.1.cast_signed(),
    ])?;
    Ok(())
}
