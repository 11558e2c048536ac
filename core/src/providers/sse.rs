//! The data of server-sent events: lines of any ending, in pieces split anywhere.
//!
//! Only `data` lines are looked at. Their bytes go straight on to the values in them, so hosts that leave out the empty
//! line between events, or spread one event over several lines, are read too.

use super::values::{Found, Values};

const PREFIX: &[u8] = b"data:";

#[derive(Debug)]
pub(super) struct Sse {
    line: Line,
    after_return: bool,
    values: Values,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// This many bytes of `data:` were there, and nothing else.
    Start(usize),
    Data,
    Other,
}

impl Sse {
    pub(super) const fn new(most: usize) -> Self {
        Self { line: Line::Start(0), after_return: false, values: Values::new(most, false) }
    }

    pub(super) const fn values(&self) -> &Values {
        &self.values
    }

    pub(super) fn push(&mut self, mut bytes: &[u8], mut found: impl FnMut(Found<'_>)) {
        while let [first, tail @ ..] = bytes {
            if self.line == Line::Start(0) && *first == b'\n' && self.after_return {
                // The second half of a line's end.
                self.after_return = false;
                bytes = tail;
                continue;
            }
            self.after_return = false;
            match self.line {
                Line::Start(matched) if PREFIX.get(matched) == Some(first) => {
                    self.line =
                        if matched + 1 == PREFIX.len() { Line::Data } else { Line::Start(matched + 1) };
                    bytes = tail;
                }
                Line::Start(0) if matches!(first, b'\n' | b'\r') => {
                    self.values.cut_off(&mut found);
                    bytes = self.end(bytes, 0);
                }
                Line::Data => {
                    let (data, _) = bytes.split_at(length(bytes));
                    self.values.push(data, &mut found);
                    bytes = self.end(bytes, data.len());
                }
                Line::Start(_) | Line::Other => {
                    self.line = Line::Other;
                    bytes = self.end(bytes, length(bytes));
                }
            }
        }
    }

    /// Goes past the end of a line, if it is there.
    fn end<'b>(&mut self, bytes: &'b [u8], at: usize) -> &'b [u8] {
        match bytes.get(at..) {
            Some([end, tail @ ..]) => {
                self.after_return = *end == b'\r';
                self.line = Line::Start(0);
                tail
            }
            _ => &[],
        }
    }
}

/// How long the rest of a line is, or all that is there of it.
fn length(bytes: &[u8]) -> usize {
    memchr::memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::{Found, Sse};

    fn found(pieces: &[&[u8]]) -> Vec<String> {
        let (mut sse, mut all) = (Sse::new(1_000), Vec::new());
        for piece in pieces {
            sse.push(piece, |found| {
                all.push(match found {
                    Found::Value(value) => String::from_utf8(value.to_vec()).unwrap_or_default(),
                    Found::Lost => "lost".to_owned(),
                });
            });
        }
        all
    }

    #[test]
    fn data_is_found_with_any_line_ends_wherever_the_bytes_are_split() {
        for end in ["\n", "\r\n", "\r"] {
            let lines = [
                ": hello {",
                "",
                "event: x",
                "data: {\"a\":",
                "data: 1}",
                "",
                "data:{\"b\":2}",
                "dat: {}",
                "data",
                "data: {\"cut\":",
                "",
                "data: {\"c\": \"é\"}",
                "data: [DONE]",
                "",
                "",
            ];
            let text = lines.join(end);
            let whole = found(&[text.as_bytes()]);
            assert_eq!(whole, ["{\"a\": 1}", "{\"b\":2}", "lost", "{\"c\": \"é\"}", "[DONE]"], "{end:?}");
            for at in 0..text.len() {
                let (head, tail) = text.as_bytes().split_at(at);
                assert_eq!(found(&[head, tail]), whole, "{end:?} at {at}");
            }
        }
    }
}
