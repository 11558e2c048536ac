//! A file that a request carries: base64 in JSON, or the bytes themselves in a form.
//!
//! Most of what is asked of a file stands in its first bytes or at a known place, so it is read where it lies and a
//! megabyte of base64 isn't copied.

use std::borrow::Cow;

/// A file, as it lies in a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum File<'f> {
    Base64(&'f str),
    Raw(&'f [u8]),
}

impl<'f> File<'f> {
    /// The bytes that it has; more where base64 is broken into lines.
    pub(super) fn bytes(self) -> u64 {
        match self {
            Self::Base64(text) => (text.trim_end_matches('=').len() as u64).saturating_mul(3) / 4,
            Self::Raw(bytes) => bytes.len() as u64,
        }
    }

    /// The bytes of the request that stand for it, by which the text is shorter. A line end in base64 is spelled in two.
    pub(super) fn sent_bytes(self) -> u64 {
        match self {
            Self::Base64(text) => {
                let ends = text.bytes().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
                (text.len() + ends) as u64
            }
            Self::Raw(bytes) => bytes.len() as u64,
        }
    }

    /// Its first bytes, up to so many.
    pub(super) fn head(self, most: usize) -> Cow<'f, [u8]> {
        match self {
            Self::Base64(text) => {
                Cow::Owned(decode(text.as_bytes().get(..most.div_ceil(3) * 4).unwrap_or(text.as_bytes())))
            }
            Self::Raw(bytes) => Cow::Borrowed(bytes.get(..most).unwrap_or(bytes)),
        }
    }

    /// All of it.
    pub(super) fn whole(self) -> Cow<'f, [u8]> {
        match self {
            Self::Base64(text) => Cow::Owned(decode(text.as_bytes())),
            Self::Raw(bytes) => Cow::Borrowed(bytes),
        }
    }

    /// The bytes at a place; nothing beyond the end, and nothing in base64 of several lines.
    pub(super) fn at<const N: usize>(self, place: u64) -> Option<[u8; N]> {
        let place = usize::try_from(place).ok()?;
        let text = match self {
            Self::Raw(bytes) => return bytes.get(place..)?.first_chunk().copied(),
            Self::Base64(text) => text.as_bytes(),
        };
        let (from, skip) = (place / 3 * 4, place % 3);
        let to = from + (skip + N).div_ceil(3) * 4;
        let quads = text.get(from..to.min(text.len()))?;
        decode(quads).get(skip..)?.first_chunk().copied()
    }
}

/// Base64 of either alphabet, up to the first character that is none.
fn decode(encoded: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(encoded.len() / 4 * 3 + 3);
    let (mut word, mut bits) = (0_u32, 0_u32);
    for character in encoded {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'\n' | b'\r' => continue,
            _ => break,
        };
        word = (word << 6) | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.extend(u8::try_from((word >> bits) & 0xff));
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::File;

    #[test]
    fn a_file_in_base64_reads_like_the_bytes_themselves() {
        let (text, raw) = (File::Base64("AAECAwQFBgcICQ=="), File::Raw(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
        assert_eq!(text.whole(), raw.whole());
        assert_eq!(text.head(3), raw.head(3));
        for place in 0..12 {
            assert_eq!(text.at::<3>(place), raw.at::<3>(place), "{place}");
        }
        assert_eq!(text.bytes(), raw.bytes());
        assert_eq!((File::Base64("AA\nEC").sent_bytes(), raw.sent_bytes()), (6, 10));
    }
}
