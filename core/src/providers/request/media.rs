//! How many tokens audio, video and documents in a body are at the most, by their encoded size.
//!
//! No medium is decoded. Seconds follow from the smallest bit rate in use, pages from the smallest page; both are named
//! here. What a provider's context window doesn't hold is refused by it, so the window is the end of every rule.

use super::family::Family;

/// A second of audio is no smaller: Opus begins at 6 kbit/s.
pub(super) const MIN_AUDIO_BYTES_PER_SECOND: u64 = 500;
/// Tokens a second of audio; Google counts 32, OpenAI 10.
pub(super) const AUDIO_TOKENS_PER_SECOND: u64 = 32;
/// A page of a document is no smaller.
const MIN_PAGE_BYTES: u64 = 1_024;
/// Pages of one document; the largest limit among the providers.
const MAX_PAGES: u64 = 1_000;
/// Text in a document is packed about so many times at the most.
const PACKED: u64 = 4;

/// The bytes that a text in base64 stands for.
pub(super) const fn decoded(encoded: &str) -> u64 {
    (encoded.len() as u64).div_ceil(4).saturating_mul(3)
}

/// Seconds of audio in so many bytes.
pub(super) const fn audio_seconds(bytes: u64) -> u64 {
    bytes.div_ceil(MIN_AUDIO_BYTES_PER_SECOND)
}

/// Tokens of audio in so many bytes.
pub(super) const fn audio(bytes: u64) -> u64 {
    audio_seconds(bytes).saturating_mul(AUDIO_TOKENS_PER_SECOND)
}

/// Tokens of video: a second takes about 300, and more bytes than that; a short clip takes what a few seconds do.
pub(super) const fn video(bytes: u64) -> u64 {
    bytes.saturating_add(4_096)
}

/// Tokens of a document of pages.
pub(super) fn document(family: Family, bytes: u64) -> u64 {
    let pages = (bytes / MIN_PAGE_BYTES).clamp(1, MAX_PAGES);
    pages.saturating_mul(family.page).saturating_add(bytes.saturating_mul(PACKED))
}
