//! Finds whole JSON values in bytes that arrive in any pieces.
//!
//! Only the structure is kept: a string longer than any name that is read becomes an empty one while it arrives, so
//! neither text nor pictures are ever held. A value that is too large even so is skipped and told.

use super::text::MAX_TEXT_BYTES;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    Value(&'a [u8]),
    /// A value that is too large or was cut off.
    Lost,
}

#[derive(Debug)]
pub(super) struct Values {
    buffer: Vec<u8>,
    most: usize,
    /// Whether an outermost list is only a frame around the values, as Google streams them.
    lists_are_frames: bool,
    depth: u64,
    text: Option<InText>,
    too_large: bool,
}

/// Within a string.
#[derive(Clone, Copy, Debug)]
struct InText {
    start: usize,
    escaped: bool,
    cut: bool,
}

impl Values {
    pub(super) const fn new(most: usize, lists_are_frames: bool) -> Self {
        Self { buffer: Vec::new(), most, lists_are_frames, depth: 0, text: None, too_large: false }
    }

    /// The part of a value that hasn't ended yet.
    pub(super) fn rest(&self) -> &[u8] {
        &self.buffer
    }

    /// Whether a value has begun and not ended.
    pub(super) const fn is_open(&self) -> bool {
        self.depth > 0
    }

    /// Bytes that are held, at most.
    pub(super) fn held(&self) -> usize {
        self.buffer.capacity()
    }

    pub(super) fn push(&mut self, mut bytes: &[u8], mut found: impl FnMut(Found<'_>)) {
        while !bytes.is_empty() {
            bytes = match self.text {
                Some(text) => self.in_text(text, bytes),
                None => self.between(bytes, &mut found),
            };
        }
    }

    /// Ends a value that has no more bytes to come.
    pub(super) fn cut_off(&mut self, mut found: impl FnMut(Found<'_>)) {
        if self.is_open() {
            found(Found::Lost);
        }
        self.start_over();
    }

    fn start_over(&mut self) {
        self.buffer.clear();
        self.depth = 0;
        self.text = None;
        self.too_large = false;
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.too_large {
            return;
        }
        if bytes.len() > self.most.saturating_sub(self.buffer.len()) {
            self.too_large = true;
            self.buffer = Vec::new();
            return;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Takes the bytes of a string up to its quote or to where it stops being plain, and gives those after them.
    fn in_text<'b>(&mut self, mut text: InText, bytes: &'b [u8]) -> &'b [u8] {
        // What a backslash escapes is one more plain byte.
        let from = usize::from(text.escaped);
        let after = bytes.get(from..).unwrap_or_default();
        let plain = from + memchr::memchr2(b'"', b'\\', after).unwrap_or(after.len());
        let (inside, rest) = bytes.split_at(plain);
        self.keep_inside(&mut text, inside);
        text.escaped = false;
        let (end, rest) = rest.split_at(rest.len().min(1));
        if end == b"\"" {
            self.keep(end);
            self.text = None;
        } else {
            self.keep_inside(&mut text, end);
            text.escaped = !end.is_empty();
            self.text = Some(text);
        }
        rest
    }

    /// Keeps bytes of a string, or none of it once it is longer than any that is read.
    fn keep_inside(&mut self, text: &mut InText, bytes: &[u8]) {
        if text.cut {
            return;
        }
        let room = (MAX_TEXT_BYTES + 1).saturating_sub(self.buffer.len().saturating_sub(text.start));
        text.cut = bytes.len() > room;
        self.keep(bytes.get(..room).unwrap_or(bytes));
        if text.cut {
            self.buffer.truncate(text.start);
        }
    }

    /// Takes the bytes up to the next one of the structure, and that one, and gives those after them.
    fn between<'b>(&mut self, bytes: &'b [u8], found: &mut impl FnMut(Found<'_>)) -> &'b [u8] {
        let at = bytes.iter().position(|byte| matches!(byte, b'{' | b'[' | b'}' | b']' | b'"'));
        let (plain, rest) = bytes.split_at(at.unwrap_or(bytes.len()));
        if self.is_open() {
            self.keep(plain);
        }
        let (mark, rest) = rest.split_at(rest.len().min(1));
        match mark {
            b"[" if self.depth == 0 && self.lists_are_frames => {}
            b"{" | b"[" => {
                self.depth += 1;
                self.keep(mark);
            }
            _ if self.depth == 0 => {}
            b"}" | b"]" => {
                self.keep(mark);
                self.depth -= 1;
                if self.depth == 0 {
                    found(if self.too_large { Found::Lost } else { Found::Value(&self.buffer) });
                    self.start_over();
                }
            }
            b"\"" => {
                self.keep(mark);
                self.text = Some(InText { start: self.buffer.len(), escaped: false, cut: false });
            }
            _ => {}
        }
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Values};

    fn found(pieces: &[&[u8]], most: usize, lists_are_frames: bool) -> Vec<String> {
        let (mut values, mut all) = (Values::new(most, lists_are_frames), Vec::new());
        for piece in pieces {
            values.push(piece, |found| {
                all.push(match found {
                    Found::Value(value) => String::from_utf8(value.to_vec()).unwrap_or_default(),
                    Found::Lost => "lost".to_owned(),
                });
            });
        }
        all
    }

    #[test]
    fn values_are_found_wherever_the_bytes_are_split() {
        let text = "[{\"a\": \"}\\\"]é\"},\n {\"b\": [1, {}]} ]{\"c\":1}".as_bytes();
        let whole = found(&[text], 1_000, true);
        assert_eq!(whole, ["{\"a\": \"}\\\"]é\"}", "{\"b\": [1, {}]}", "{\"c\":1}"]);
        for at in 0..text.len() {
            let (head, tail) = text.split_at(at);
            assert_eq!(found(&[head, tail], 1_000, true), whole, "{at}");
        }
    }

    #[test]
    fn a_long_text_becomes_an_empty_one() {
        let text = format!("{{\"a\": \"{}\", \"b\": \"x\"}}", "\\u00e9€".repeat(1_000));
        assert_eq!(found(&[text.as_bytes()], 1_000, false), ["{\"a\": \"\", \"b\": \"x\"}"]);
    }

    #[test]
    fn bytes_one_by_one_tell_what_they_tell_together() {
        for length in 250..262 {
            for tail in ["", "\\\"", "\\\\", "é"] {
                let text =
                    format!("[{{\"a\": \"{}{tail}\", \"b\": [\"\"]}} , {{}}]{{\"c", "x".repeat(length));
                for most in [1, 200, 266, 267, 268, 270, 280, 1_000] {
                    let (all, single) = (text.as_bytes(), text.as_bytes().chunks(1).collect::<Vec<_>>());
                    assert_eq!(
                        found(&[all], most, true),
                        found(&single, most, true),
                        "{length}{tail} {most}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_value_that_is_too_large_is_lost_and_the_next_is_found() {
        let text = format!("{{\"a\": [{}1]}} {{\"b\": 1}}", "1,".repeat(1_000));
        assert_eq!(found(&[text.as_bytes()], 1_000, false), ["lost", "{\"b\": 1}"]);
    }
}
