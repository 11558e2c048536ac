//! The prices that come with a release, as one table.

use super::PriceBook;
use crate::error::Result;
use std::sync::OnceLock;

/// What the files of prices compile to; a test compares both.
const TABLE: &[u8] = include_bytes!("data/book.bin");

static BOOK: OnceLock<PriceBook> = OnceLock::new();

/// The bundled book, opened when it is first asked for.
pub(super) fn book() -> Result<PriceBook> {
    if let Some(book) = BOOK.get() {
        return Ok(book.clone());
    }
    let book = PriceBook::from_static(TABLE)?;
    Ok(BOOK.get_or_init(|| book).clone())
}
