//! Bytes and texts of a table: of the program itself, or loaded.

use std::sync::Arc;

/// Bytes that live as long as the program, or are shared.
#[derive(Clone, Debug)]
pub(super) enum Bytes {
    Static(&'static [u8]),
    Shared(Arc<[u8]>),
}

impl Bytes {
    #[inline]
    pub(super) fn get(&self) -> &[u8] {
        match self {
            Self::Static(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

/// Texts one after the other, found by their number.
#[derive(Debug)]
pub(super) struct Pool {
    ends: Bytes,
    texts: Texts,
}

/// Checked once to be UTF-8.
#[derive(Debug)]
enum Texts {
    Static(&'static str),
    Shared(Box<str>),
}

impl Pool {
    /// The ends of the texts, four bytes each, and the texts; nothing when they aren't UTF-8.
    pub(super) fn new(bytes: &Bytes, ends: (usize, usize), texts: (usize, usize)) -> Option<Self> {
        let found = match bytes {
            Bytes::Static(bytes) => Texts::Static(std::str::from_utf8(bytes.get(texts.0..texts.1)?).ok()?),
            Bytes::Shared(bytes) => {
                Texts::Shared(std::str::from_utf8(bytes.get(texts.0..texts.1)?).ok()?.into())
            }
        };
        let ends = match bytes {
            Bytes::Static(bytes) => Bytes::Static(bytes.get(ends.0..ends.1)?),
            Bytes::Shared(bytes) => Bytes::Shared(bytes.get(ends.0..ends.1)?.into()),
        };
        Some(Self { ends, texts: found })
    }

    /// The text of a number; nothing when there is none.
    #[inline]
    pub(super) fn text(&self, number: u32) -> Option<&str> {
        let at = number as usize;
        let start = if at == 0 { 0 } else { word(self.ends.get(), at - 1)? };
        let end = word(self.ends.get(), at)?;
        let texts = match &self.texts {
            Texts::Static(texts) => texts,
            Texts::Shared(texts) => &**texts,
        };
        texts.get(start as usize..end as usize)
    }
}

/// The number at a place of a list of 32-bit numbers, the lowest byte first.
#[inline]
pub(super) fn word(list: &[u8], at: usize) -> Option<u32> {
    list.get(at.checked_mul(4)?..)?.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes))
}
