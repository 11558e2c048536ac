//! The tables. The format is a promise: a change of it raises [`FORMAT`] and keeps reading the old ones.

use super::{Durability, lines};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// Marks a SQLite file as a ledger: `bsar`.
pub(super) const APPLICATION_ID: i32 = 0x6273_6172;
/// The version of the tables.
pub(super) const FORMAT: u32 = 3;

/// Pages of the log after which it is written back into the file: 16 MiB, so that few commits pay for it.
const CHECKPOINT_PAGES: i64 = 4_096;
/// The same where every commit reaches the disk: a log that is written over again needs no new blocks, and so half the
/// time for each.
const CHECKPOINT_PAGES_POWER: i64 = 1_000;

const TABLES: &str = "
CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE symbols(id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE TABLE tag_sets(id INTEGER PRIMARY KEY, tags TEXT NOT NULL) STRICT;
CREATE TABLE dimensions(id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE budgets(name TEXT PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE entries(
  seq INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  effective_at INTEGER NOT NULL,
  hold INTEGER NOT NULL,
  tags INTEGER NOT NULL,
  model INTEGER NOT NULL,
  bound_nano INTEGER NOT NULL,
  bound_pico INTEGER NOT NULL,
  amount_nano INTEGER NOT NULL,
  amount_pico INTEGER NOT NULL,
  lines TEXT,
  price_version INTEGER,
  expires_at INTEGER,
  key BLOB,
  corrects INTEGER,
  flags INTEGER NOT NULL,
  note TEXT,
  crc INTEGER NOT NULL,
  beside_nano INTEGER,
  beside_pico INTEGER,
  terms INTEGER
) STRICT;
CREATE INDEX entries_keyed ON entries(seq) WHERE key IS NOT NULL;
CREATE INDEX entries_released ON entries(hold) WHERE kind = 'release';
CREATE TABLE marks(
  id INTEGER PRIMARY KEY,
  budget TEXT NOT NULL,
  instance TEXT NOT NULL,
  window_start INTEGER NOT NULL,
  window_end INTEGER NOT NULL,
  step TEXT NOT NULL,
  kind TEXT NOT NULL,
  agent TEXT,
  at INTEGER NOT NULL,
  seq INTEGER NOT NULL
) STRICT;
";

const ROLLUPS: &str = "
CREATE TABLE rollups(
  hour INTEGER NOT NULL,
  tags INTEGER NOT NULL,
  model INTEGER NOT NULL,
  terms INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  overruns INTEGER NOT NULL,
  expired INTEGER NOT NULL,
  amount_nano INTEGER NOT NULL,
  amount_pico INTEGER NOT NULL,
  lines TEXT,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  PRIMARY KEY(hour, tags, model, terms)
) WITHOUT ROWID, STRICT;
";

/// What was issued stays as it was.
const DOCUMENTS: &str = "
CREATE TABLE documents(
  id INTEGER PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  scope TEXT NOT NULL,
  window_start INTEGER NOT NULL,
  window_end INTEGER NOT NULL,
  issued_at INTEGER NOT NULL,
  content TEXT NOT NULL,
  sha256 BLOB NOT NULL
) STRICT;
";

/// Usage line by line, and the entries for people.
const VIEWS: &str = "
CREATE VIEW entry_usage AS
SELECT
  e.seq,
  d.name AS dimension,
  json_extract(l.value, '$[1]') AS quantity,
  json_extract(l.value, '$[2]') AS amount_nano,
  json_extract(l.value, '$[3]') AS amount_pico,
  json_extract(l.value, '$[4]') AS rate_femto,
  iif(json_array_length(l.value) > 4, coalesce(json_extract(l.value, '$[5]'), 1), NULL) AS rate_per
FROM entries e, json_each(e.lines) l
JOIN dimensions d ON d.id = json_extract(l.value, '$[0]');
CREATE VIEW rollup_usage AS
SELECT
  r.hour,
  r.tags,
  r.model,
  d.name AS dimension,
  json_extract(l.value, '$[1]') AS quantity,
  json_extract(l.value, '$[2]') AS amount_nano,
  json_extract(l.value, '$[3]') AS amount_pico,
  nullif(r.terms, -1) AS terms,
  json_extract(l.value, '$[4]') AS rate_femto,
  iif(json_array_length(l.value) > 4, coalesce(json_extract(l.value, '$[5]'), 1), NULL) AS rate_per
FROM rollups r, json_each(r.lines) l
JOIN dimensions d ON d.id = json_extract(l.value, '$[0]');
CREATE VIEW ledger AS
SELECT
  e.seq,
  e.kind,
  strftime('%Y-%m-%dT%H:%M:%S', e.effective_at / 1000000, 'unixepoch') || 'Z' AS effective_at,
  t.tags,
  s.text AS model,
  CASE WHEN e.amount_nano >= 0
    THEN printf('%d.%09d%03d', e.amount_nano / 1000000000, e.amount_nano % 1000000000, e.amount_pico)
    ELSE printf('-%d.%09d%03d', -(e.amount_nano + (e.amount_pico > 0)) / 1000000000,
      -(e.amount_nano + (e.amount_pico > 0)) % 1000000000, (1000 - e.amount_pico) % 1000)
  END AS amount_usd,
  CASE WHEN e.lines IS NOT NULL THEN (
    SELECT json_group_object(dimension, quantity)
    FROM (
      SELECT u.dimension, sum(u.quantity) AS quantity FROM entry_usage u
      WHERE u.seq = e.seq GROUP BY u.dimension
    )
  ) END AS usage,
  e.hold,
  e.corrects,
  e.note,
  CASE WHEN e.beside_nano IS NOT NULL THEN
    printf('%d.%09d%03d', e.beside_nano / 1000000000, e.beside_nano % 1000000000, e.beside_pico)
  END AS beside_usd,
  e.flags & 4 <> 0 AS is_stated,
  n.text AS terms
FROM entries e
LEFT JOIN tag_sets t ON t.id = e.tags
LEFT JOIN symbols s ON s.id = e.model
LEFT JOIN symbols n ON n.id = e.terms;
";

/// What format 2 added to format 1: the cost that was known and not booked.
const FROM_1_TO_2: &str = "
ALTER TABLE entries ADD COLUMN beside_nano INTEGER;
ALTER TABLE entries ADD COLUMN beside_pico INTEGER;
";

/// What format 3 added to format 2: the terms of entries and of sums, and the rates of lines, which the old ones lack.
/// The views come after it.
const FROM_2_TO_3: &str = "
DROP VIEW IF EXISTS ledger;
DROP VIEW IF EXISTS rollup_usage;
DROP VIEW IF EXISTS entry_usage;
ALTER TABLE entries ADD COLUMN terms INTEGER;
CREATE TEMP TABLE sums AS SELECT hour, tags, model, -1 AS terms, calls, overruns, expired, amount_nano, amount_pico,
  lines, first_seq, last_seq FROM main.rollups;
DROP TABLE main.rollups;
";
const SUMS_OF_2: &str = "
INSERT INTO rollups SELECT * FROM temp.sums;
DROP TABLE temp.sums;
";

/// The tables of older formats as those of ours, for a connection that may not change the file.
const FORMAT_1_AS_3: &str = "
CREATE TEMP VIEW entries AS SELECT *, NULL AS beside_nano, NULL AS beside_pico, NULL AS terms FROM main.entries;
CREATE TEMP VIEW rollups AS SELECT *, -1 AS terms FROM main.rollups;
";
const NO_DOCUMENTS: &str = "
CREATE TEMP VIEW documents AS SELECT 0 AS id, '' AS number, '' AS kind, '' AS scope, 0 AS window_start,
  0 AS window_end, 0 AS issued_at, '' AS content, x'' AS sha256 WHERE 0;
";
const FORMAT_2_AS_3: &str = "
CREATE TEMP VIEW entries AS SELECT *, NULL AS terms FROM main.entries;
CREATE TEMP VIEW rollups AS SELECT *, -1 AS terms FROM main.rollups;
";

/// Sets the connection up, and makes the tables of a new ledger, or of one whose making was cut short. Gives whether
/// there is a write-ahead log.
pub(super) fn prepare(database: &Connection, durability: Durability) -> rusqlite::Result<bool> {
    let tables: i64 = database.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        // The file's header must say what it is before the log holds anything.
        let head =
            format!("BEGIN; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT};");
        database.execute_batch(&format!("{head}{TABLES}{ROLLUPS}{DOCUMENTS}{VIEWS}"))?;
        add_dimensions(database)?;
        database.execute_batch("COMMIT")?;
    } else {
        bring_up(database)?;
    }
    let mode: String = database.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    database.pragma_update(
        None,
        "synchronous",
        if durability == Durability::Power { "FULL" } else { "NORMAL" },
    )?;
    let pages = if durability == Durability::Power { CHECKPOINT_PAGES_POWER } else { CHECKPOINT_PAGES };
    database.pragma_update(None, "wal_autocheckpoint", pages)?;
    database.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(mode == "wal")
}

/// Brings the tables of an older release up to our format: all of it, or nothing.
fn bring_up(database: &Connection) -> rusqlite::Result<()> {
    let first = match identity(database)?.1 {
        1 => FROM_1_TO_2,
        2 => "",
        _ => return Ok(()),
    };
    let raised = format!("PRAGMA user_version = {FORMAT}; COMMIT;");
    let steps = [first, FROM_2_TO_3, ROLLUPS, SUMS_OF_2, DOCUMENTS, VIEWS, &raised].concat();
    let outcome = database.execute_batch(&format!("BEGIN IMMEDIATE;{steps}"));
    if outcome.is_err() && !database.is_autocommit() {
        // What failed is told; that the rollback failed too would say nothing more.
        let _ = database.execute_batch("ROLLBACK");
    }
    outcome
}

/// Lets a connection that only reads find an older format's entries and sums as they are written now.
pub(super) fn see_as_newest(database: &Connection) -> rusqlite::Result<()> {
    match identity(database)?.1 {
        1 => database.execute_batch(&[FORMAT_1_AS_3, NO_DOCUMENTS].concat()),
        2 => database.execute_batch(&[FORMAT_2_AS_3, NO_DOCUMENTS].concat()),
        _ => Ok(()),
    }
}

/// Whose file it is, and the version of its tables.
pub(super) fn identity(database: &Connection) -> rusqlite::Result<(i32, u32)> {
    let application = database.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    Ok((application, database.query_row("PRAGMA user_version", [], |row| row.get(0))?))
}

/// Names the dimensions that the file doesn't name yet, as after an update of the library.
pub(super) fn add_dimensions(database: &Connection) -> rusqlite::Result<()> {
    let named = named_dimensions(database)?;
    for (id, name) in lines::dimensions().filter(|(id, _)| !named.contains_key(id)) {
        database.execute("INSERT INTO dimensions(id, name) VALUES (?1, ?2)", params![id, name])?;
    }
    Ok(())
}

/// A dimension that the file calls by another name than ours: what was used can't be told then.
pub(super) fn renamed_dimension(database: &Connection) -> rusqlite::Result<Option<String>> {
    let named = named_dimensions(database)?;
    let is_other = |(id, name): &(i64, &str)| named.get(id).is_some_and(|named| named != name);
    Ok(lines::dimensions().find(is_other).map(|(id, name)| format!("dimension {id} isn't called `{name}`")))
}

fn named_dimensions(database: &Connection) -> rusqlite::Result<BTreeMap<i64, String>> {
    let mut statement = database.prepare("SELECT id, name FROM dimensions")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}
