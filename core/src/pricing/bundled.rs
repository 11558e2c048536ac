//! The prices that come with a release.

use super::PriceBook;
use crate::error::Result;
use std::sync::OnceLock;

/// One file a provider, as people read and correct them.
const FILES: [&str; 3] =
    [include_str!("data/anthropic.toml"), include_str!("data/google.toml"), include_str!("data/openai.toml")];

static BOOK: OnceLock<PriceBook> = OnceLock::new();

/// The bundled book, read when it is first asked for.
pub(super) fn book() -> Result<PriceBook> {
    if let Some(book) = BOOK.get() {
        return Ok(book.clone());
    }
    let book = PriceBook::parse_all(&FILES)?;
    Ok(BOOK.get_or_init(|| book).clone())
}
