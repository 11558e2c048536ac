//! The hash by which a page's policy knows its own style and script.

use sha2::{Digest, Sha256};

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The text as a source of a content security policy: `'sha256-…'`.
pub(super) fn source(text: &str) -> String {
    format!("'sha256-{}'", base64(&Sha256::digest(text.as_bytes())))
}

fn base64(bytes: &[u8]) -> String {
    bytes.chunks(3).flat_map(group).collect()
}

/// Three bytes as four letters.
fn group(bytes: &[u8]) -> [char; 4] {
    let bits = bytes.iter().chain(&[0, 0]).take(3).fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
    [18, 12, 6, 0].map(|shift| {
        let is_filled = 24 - shift <= bytes.len() * 8 + 5;
        let letter = LETTERS.get(bits >> shift & 63).filter(|_| is_filled);
        letter.map_or('=', |letter| char::from(*letter))
    })
}

#[cfg(test)]
mod tests {
    use super::{base64, source};

    /// The examples of RFC 4648, section 10, and the hash of nothing in FIPS 180.
    #[test]
    fn hashes_are_written_as_policies_have_them() {
        let cases = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
        ];
        for (text, expected) in cases {
            assert_eq!(base64(text.as_bytes()), expected);
        }
        assert_eq!(source(""), "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='");
    }
}
