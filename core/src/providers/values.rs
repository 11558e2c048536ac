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

    pub(super) fn push(&mut self, bytes: &[u8], mut found: impl FnMut(Found<'_>)) {
        for byte in bytes {
            match self.text {
                Some(text) => self.in_text(text, *byte),
                None => self.between(*byte, &mut found),
            }
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

    fn keep(&mut self, byte: u8) {
        if self.too_large {
            return;
        }
        if self.buffer.len() >= self.most {
            self.too_large = true;
            self.buffer = Vec::new();
            return;
        }
        self.buffer.push(byte);
    }

    fn in_text(&mut self, mut text: InText, byte: u8) {
        let ends = byte == b'"' && !text.escaped;
        text.escaped = byte == b'\\' && !text.escaped;
        if !text.cut && !ends && self.buffer.len().saturating_sub(text.start) > MAX_TEXT_BYTES {
            text.cut = true;
            self.buffer.truncate(text.start);
        }
        if !text.cut || ends {
            self.keep(byte);
        }
        self.text = (!ends).then_some(text);
    }

    fn between(&mut self, byte: u8, found: &mut impl FnMut(Found<'_>)) {
        match byte {
            b'[' if self.depth == 0 && self.lists_are_frames => {}
            b'{' | b'[' => {
                self.depth += 1;
                self.keep(byte);
            }
            _ if self.depth == 0 => {}
            b'}' | b']' => {
                self.keep(byte);
                self.depth -= 1;
                if self.depth == 0 {
                    found(if self.too_large { Found::Lost } else { Found::Value(&self.buffer) });
                    self.start_over();
                }
            }
            b'"' => {
                self.keep(byte);
                self.text = Some(InText { start: self.buffer.len(), escaped: false, cut: false });
            }
            _ => self.keep(byte),
        }
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
    fn a_value_that_is_too_large_is_lost_and_the_next_is_found() {
        let text = format!("{{\"a\": [{}1]}} {{\"b\": 1}}", "1,".repeat(1_000));
        assert_eq!(found(&[text.as_bytes()], 1_000, false), ["lost", "{\"b\": 1}"]);
    }
}
