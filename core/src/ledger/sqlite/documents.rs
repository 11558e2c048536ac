//! Issued documents as rows.

use super::faults::fault;
use crate::error::Result;
use crate::ledger::document::{ContentHash, IssuedDocument};
use crate::time::{Timestamp, Window};
use rusqlite::{Connection, Row, params};
use std::path::Path;

const COLUMNS: &str = "number, kind, scope, window_start, window_end, issued_at, content, sha256";

pub(super) fn write(database: &Connection, document: &IssuedDocument) -> rusqlite::Result<()> {
    let insert = format!("INSERT INTO documents({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    database.prepare_cached(&insert)?.execute(params![
        document.number,
        document.kind,
        document.scope,
        document.window.start().micros(),
        document.window.end().micros(),
        document.issued_at.micros(),
        document.content,
        document.hash.bytes(),
    ])?;
    Ok(())
}

/// All documents, in the order in which they were issued.
pub(super) fn read(database: &Connection, path: &Path) -> Result<Vec<IssuedDocument>> {
    let query = format!("SELECT {COLUMNS} FROM documents ORDER BY id");
    let read = || -> rusqlite::Result<Vec<IssuedDocument>> {
        let mut statement = database.prepare(&query)?;
        let rows = statement.query_map([], document)?;
        rows.collect()
    };
    read().map_err(|cause| fault(path, cause))
}

fn document(row: &Row<'_>) -> rusqlite::Result<IssuedDocument> {
    let (start, end) = (Timestamp::from_micros(row.get(3)?), Timestamp::from_micros(row.get(4)?));
    Ok(IssuedDocument {
        number: row.get(0)?,
        kind: row.get(1)?,
        scope: row.get(2)?,
        window: Window::new(start, end).unwrap_or(Window::ALWAYS),
        issued_at: Timestamp::from_micros(row.get(5)?),
        content: row.get(6)?,
        hash: ContentHash::from_bytes(row.get(7)?),
    })
}
