//! The tables. The format is a promise: a change of it raises [`FORMAT`] and keeps reading the old ones.

use super::Durability;
use rusqlite::Connection;

/// Marks a SQLite file as a ledger: `bsar`.
pub(super) const APPLICATION_ID: i32 = 0x6273_6172;
/// The version of the tables.
pub(super) const FORMAT: u32 = 1;

/// Pages of the log after which it is written back into the file: 16 MiB, so that few commits pay for it.
const CHECKPOINT_PAGES: i64 = 4_096;
/// The same where every commit reaches the disk: a log that is written over again needs no new blocks, and so half the
/// time for each.
const CHECKPOINT_PAGES_POWER: i64 = 1_000;

const TABLES: &str = "
CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE symbols(id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE TABLE tag_sets(id INTEGER PRIMARY KEY, tags TEXT NOT NULL) STRICT;
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
  crc INTEGER NOT NULL
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
CREATE TABLE rollups(
  hour INTEGER NOT NULL,
  tags INTEGER NOT NULL,
  model INTEGER NOT NULL,
  dimension TEXT NOT NULL,
  calls INTEGER NOT NULL,
  overruns INTEGER NOT NULL,
  expired INTEGER NOT NULL,
  quantity INTEGER NOT NULL,
  amount_nano INTEGER NOT NULL,
  amount_pico INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  PRIMARY KEY(hour, tags, model, dimension)
) WITHOUT ROWID, STRICT;
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
  e.lines,
  e.hold,
  e.corrects,
  e.note
FROM entries e
LEFT JOIN tag_sets t ON t.id = e.tags
LEFT JOIN symbols s ON s.id = e.model;
";

/// Sets the connection up, and makes the tables of a new ledger, or of one whose making was cut short. Gives whether
/// there is a write-ahead log.
pub(super) fn prepare(database: &Connection, durability: Durability) -> rusqlite::Result<bool> {
    let tables: i64 = database.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        // The file's header must say what it is before the log holds anything.
        let head =
            format!("BEGIN; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT};");
        database.execute_batch(&format!("{head}{TABLES}COMMIT;"))?;
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
