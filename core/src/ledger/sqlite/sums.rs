//! Rollups as rows: one for each hour, tag set, model and terms, with the usage of the hour as compact text.
//!
//! A sum that grows is read, added to and written again, all in the transaction of the entries that it counts.

use super::faults::{damaged, fault};
use super::row::{id, join, split};
use super::{lines, row};
use crate::error::Result;
use crate::ledger::rollup::{Rollup, RollupKey, Rollups};
use crate::money::Money;
use crate::tags::{Symbol, TagSetId};
use crate::time::{Timestamp, Window};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};
use std::path::Path;

/// What a row is of, in the order of [`read_key`].
const KEY: &str = "hour, tags, model, terms";
const KEYS: usize = 4;
/// The sums of a row, in the order of [`read_row`].
const SUMS: &str = "calls, overruns, expired, amount_nano, amount_pico, lines, first_seq, last_seq";

/// What a row has in the place of the name of terms for the standard ones: a column of the key can't be null.
const STANDARD: i64 = -1;

fn terms(key: &RollupKey) -> i64 {
    key.terms.map_or(STANDARD, |terms| i64::from(terms.index()))
}

/// Adds sums to those that are stored.
pub(super) fn write(database: &Connection, rollups: &Rollups) -> rusqlite::Result<()> {
    let query =
        format!("SELECT {SUMS} FROM rollups WHERE hour = ?1 AND tags = ?2 AND model = ?3 AND terms = ?4");
    let mut known = database.prepare_cached(&query)?;
    let mut insert = database.prepare_cached(
        "INSERT OR REPLACE INTO rollups VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    let (mut sums, mut text) = (Rollup::default(), String::new());
    for (key, grown) in rollups.iter() {
        let place = params![key.hour.micros(), key.tag_set.index(), key.model.index(), terms(key)];
        let stored = known.query_row(place, |row| read_row(row, 0, &mut sums)).optional()?;
        match stored {
            None => sums.clone_from(grown),
            Some(Ok(())) => sums.merge(grown),
            Some(Err(what)) => return Err(rusqlite::Error::ToSqlConversionFailure(what.into())),
        }
        lines::print(&sums.lines, &mut text);
        insert_row(&mut insert, key, &sums, &text)?;
    }
    Ok(())
}

fn insert_row(
    insert: &mut CachedStatement<'_>,
    key: &RollupKey,
    sums: &Rollup,
    text: &str,
) -> rusqlite::Result<()> {
    let (nano, pico) = split(sums.amount());
    if join(nano, pico) != sums.amount() {
        return Err(rusqlite::Error::ToSqlConversionFailure("an hour's sum is past 9.2 billion USD".into()));
    }
    insert.execute(params![
        key.hour.micros(),
        key.tag_set.index(),
        key.model.index(),
        terms(key),
        sums.calls.cast_signed(),
        sums.overruns.cast_signed(),
        sums.expired.cast_signed(),
        nano,
        pico,
        row::text_or_null(text),
        sums.seqs.0.cast_signed(),
        sums.seqs.1.cast_signed(),
    ])?;
    Ok(())
}

/// Visits the stored sums of the hours in a window.
pub(super) fn read(
    database: &Connection,
    path: &Path,
    within: Window,
    visit: &mut dyn FnMut(&RollupKey, &Rollup),
) -> Result<()> {
    let failed = |cause| fault(path, cause);
    let query = format!("SELECT {KEY}, {SUMS} FROM rollups WHERE hour >= ?1 AND hour < ?2");
    let mut statement = database.prepare_cached(&query).map_err(failed)?;
    let mut rows =
        statement.query(params![within.start().micros(), within.end().micros()]).map_err(failed)?;
    let mut sums = Rollup::default();
    while let Some(row) = rows.next().map_err(failed)? {
        let key = read_key(row).map_err(failed)?;
        read_row(row, KEYS, &mut sums).map_err(failed)?.map_err(|what| damaged(path, &what))?;
        visit(&key, &sums);
    }
    Ok(())
}

/// Visits cost and calls of the hours in a window, without reading for what they were.
pub(super) fn read_totals(
    database: &Connection,
    path: &Path,
    within: Window,
    visit: &mut dyn FnMut(&RollupKey, Money, u64),
) -> Result<()> {
    let failed = |cause| fault(path, cause);
    let query = "SELECT hour, tags, model, calls, amount_nano, amount_pico FROM rollups WHERE hour >= ?1 AND hour < ?2";
    let mut statement = database.prepare_cached(query).map_err(failed)?;
    let mut rows =
        statement.query(params![within.start().micros(), within.end().micros()]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        let key = read_place(row, None).map_err(failed)?;
        let (amount, calls) = read_total(row).map_err(failed)?;
        visit(&key, amount, calls);
    }
    Ok(())
}

fn read_total(row: &Row<'_>) -> rusqlite::Result<(Money, u64)> {
    Ok((join(row.get(4)?, row.get(5)?), row.get::<_, i64>(3)?.cast_unsigned()))
}

fn read_key(row: &Row<'_>) -> rusqlite::Result<RollupKey> {
    let terms = Some(row.get::<_, i64>(3)?).filter(|terms| *terms != STANDARD);
    read_place(row, terms.map(|terms| Symbol::from_index(id(terms))))
}

fn read_place(row: &Row<'_>, terms: Option<Symbol>) -> rusqlite::Result<RollupKey> {
    Ok(RollupKey {
        hour: Timestamp::from_micros(row.get(0)?),
        tag_set: TagSetId::from_index(id(row.get(1)?)),
        model: Symbol::from_index(id(row.get(2)?)),
        terms,
    })
}

/// Puts a row's sums, which begin with a column, in place of those that are given, or says what is wrong with them.
fn read_row(
    row: &Row<'_>,
    first: usize,
    sums: &mut Rollup,
) -> rusqlite::Result<std::result::Result<(), String>> {
    sums.calls = row.get::<_, i64>(first)?.cast_unsigned();
    sums.overruns = row.get::<_, i64>(first + 1)?.cast_unsigned();
    sums.expired = row.get::<_, i64>(first + 2)?.cast_unsigned();
    let amount = join(row.get(first + 3)?, row.get(first + 4)?);
    sums.lines.clear();
    let text = row.get_ref(first + 5)?.as_str_or_null()?.unwrap_or_default();
    if lines::parse(text, &mut sums.lines).is_none() {
        return Ok(Err(format!("a rollup has the usage `{text}`, which can't be read")));
    }
    // Whatever no usage explains.
    sums.unmeasured = amount - sums.lines.iter().map(|line| line.amount).sum::<Money>();
    sums.seqs =
        (row.get::<_, i64>(first + 6)?.cast_unsigned(), row.get::<_, i64>(first + 7)?.cast_unsigned());
    Ok(Ok(()))
}
