//! How many tokens sound, video and documents in a request are at the most.
//!
//! Seconds and pages are taken from the file where it tells them; where it doesn't, from its bytes by the smallest rate
//! in use. What a provider's context window doesn't hold is refused by it, so the window is the end of every rule.

use super::{
    family::{Family, Maker},
    file::File,
    sound,
};

/// A second of sound that doesn't tell its length is no smaller: twice what Opus begins at.
const MIN_SOUND_BYTES_PER_SECOND: u64 = 375;
/// Tokens a second of sound: Google counts up to 32, OpenAI 10, Mistral 12.5.
const SOUND_TOKENS_PER_SECOND: u64 = 32;
/// Some makers count sound in pieces of half a minute.
const SOUND_PIECE_SECONDS: u64 = 30;
/// Tokens of a frame of video, with what tells its time: Google counts up to 280, Amazon 288.
const FRAME_TOKENS: u64 = 320;
/// Tokens a second of video, of makers that don't publish a rule.
const VIDEO_TOKENS_PER_SECOND: u64 = 2_048;
/// Tokens of any video.
const VIDEO_TOKENS: u64 = 4_096;
/// Pages of one document; the largest limit among the providers.
const MAX_PAGES: u64 = 1_000;
/// Text in a document is packed about so many times at the most.
const PACKED: u64 = 4;
/// Bytes of a file in which a document says what it is.
const HEAD_BYTES: usize = 1_024;

/// Seconds of sound, rounded up.
pub(super) fn seconds(file: File<'_>) -> u64 {
    sound::seconds(file).unwrap_or_else(|| seconds_of(file.bytes()))
}

/// Seconds of sound of which only the bytes are known.
pub(super) const fn seconds_of(bytes: u64) -> u64 {
    bytes.div_ceil(MIN_SOUND_BYTES_PER_SECOND)
}

/// Tokens of sound.
pub(super) fn sound(maker: Maker, file: File<'_>) -> u64 {
    tokens(maker, seconds(file))
}

/// Tokens of sound of which only the bytes are known.
pub(super) fn sound_of(maker: Maker, bytes: u64) -> u64 {
    tokens(maker, seconds_of(bytes))
}

fn tokens(maker: Maker, seconds: u64) -> u64 {
    let seconds = match maker {
        Maker::Google | Maker::OpenAi => seconds.saturating_add(1),
        _ => seconds.div_ceil(SOUND_PIECE_SECONDS) * SOUND_PIECE_SECONDS,
    };
    seconds.saturating_mul(SOUND_TOKENS_PER_SECOND)
}

/// Tokens of video at so many frames a second: of its pictures, and of its sound where the maker hears it.
pub(super) fn video(maker: Maker, file: File<'_>, frames: u64) -> (u64, u64) {
    let seconds = sound::seconds(file);
    let heard = match maker {
        Maker::Amazon => 0,
        _ => seconds.unwrap_or_else(|| seconds_of(file.bytes())),
    };
    let seen = match (maker, seconds) {
        (Maker::Google | Maker::Amazon, Some(seconds)) => {
            (seconds + 1).saturating_mul(frames).saturating_mul(FRAME_TOKENS)
        }
        (_, Some(seconds)) => seconds.saturating_mul(VIDEO_TOKENS_PER_SECOND).max(file.bytes()),
        // A second of video takes more bytes than tokens.
        (_, None) => file.bytes().saturating_mul(frames),
    };
    (seen.saturating_add(VIDEO_TOKENS), heard.saturating_mul(SOUND_TOKENS_PER_SECOND))
}

/// Tokens of a document; nothing where only its reader knows what is in it, as in what is packed.
pub(super) fn document(family: Family, file: File<'_>) -> Option<u64> {
    let whole = file.whole();
    let head = whole.get(..HEAD_BYTES).unwrap_or(&whole);
    if find(head, b"%PDF").is_some() {
        let pages = pages(&whole)?.clamp(1, MAX_PAGES);
        return Some(pages.saturating_mul(family.page).saturating_add(file.bytes().saturating_mul(PACKED)));
    }
    let is_printed = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | b'\x0c' | b' '..);
    let is_text = std::str::from_utf8(&whole).is_ok() && whole.iter().all(is_printed);
    is_text.then(|| file.bytes())
}

/// The pages of a PDF: the largest count of a part of its tree of pages; nothing where the tree may be packed.
fn pages(pdf: &[u8]) -> Option<u64> {
    const COUNT: &[u8] = b"/Count";
    if find(pdf, b"/ObjStm").is_some() {
        return None;
    }
    let (mut rest, mut most) = (pdf, None);
    while let Some(at) = find(rest, COUNT) {
        rest = rest.get(at + COUNT.len()..).unwrap_or_default();
        let digits = rest.trim_ascii_start().iter().take_while(|byte| byte.is_ascii_digit()).take(9);
        let count = digits.fold(0, |count, digit| count * 10 + u64::from(digit - b'0'));
        most = most.max(Some(count));
    }
    most
}

/// Where something first stands.
fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    let first = what.first()?;
    let mut from = 0;
    loop {
        let rest = bytes.get(from..)?;
        let at = from + rest.iter().position(|byte| byte == first)?;
        if bytes.get(at..)?.starts_with(what) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{super::family::Family, super::file::File, document, pages};

    #[test]
    fn pages_are_counted_unless_their_tree_is_packed() {
        let tree = b"%PDF-1.4 << /Type /Pages /Kids [3 0 R] /Count 12 >> << /Type /Outlines /Count 3 >>";
        assert_eq!(pages(tree), Some(12));
        assert_eq!(pages(b"%PDF-1.7 << /Type /ObjStm >> << /Type /Pages /Count 1 >>"), None);
        assert_eq!(pages(b"%PDF-1.4"), None);
        let family = Family::of("claude-sonnet-4-5");
        assert_eq!(document(family, File::Raw(tree)), Some(12 * 7_784 + 4 * tree.len() as u64));
    }

    #[test]
    fn a_document_of_text_is_its_bytes_and_a_packed_one_may_be_anything() {
        let family = Family::of("gpt-5");
        assert_eq!(document(family, File::Raw("a,b\né,2\n".as_bytes())), Some(9));
        assert_eq!(document(family, File::Raw(b"PK\x03\x04 a word document")), None);
        assert_eq!(document(family, File::Base64("YSxiCg==")), Some(4));
    }
}
