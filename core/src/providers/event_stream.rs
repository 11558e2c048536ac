//! The binary frames of Amazon's event streams (`application/vnd.amazon.eventstream`).
//!
//! A frame is its length, the length of its headers, a check of both, headers, payload, and a check of the whole: CRC-32,
//! all numbers big-endian. A frame that is too large is skipped and told; after a wrong check nothing can be found any
//! more, so reading ends there.
//!
//! Source: the Smithy specification, "Amazon Event Stream".

/// The lengths and their check.
const PRELUDE: usize = 12;
/// The check at the end.
const CHECK: usize = 4;
/// The kind of a header's value that is text.
const TEXT: u8 = 7;

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    Event(&'a [u8]),
    /// The service ended the stream with an error.
    Exception,
    /// A frame that is too large, or bytes that are no frame.
    Lost,
}

#[derive(Debug)]
pub(super) struct Frames {
    buffer: Vec<u8>,
    most: usize,
    /// Bytes of a frame that is too large which are still to come.
    skip: usize,
    broken: bool,
}

impl Frames {
    pub(super) const fn new(most: usize) -> Self {
        Self { buffer: Vec::new(), most, skip: 0, broken: false }
    }

    pub(super) fn held(&self) -> usize {
        self.buffer.capacity()
    }

    /// Whether a frame has begun and not ended.
    pub(super) const fn is_open(&self) -> bool {
        self.skip > 0 || !self.buffer.is_empty()
    }

    pub(super) fn push(&mut self, mut bytes: &[u8], mut found: impl FnMut(Frame<'_>)) {
        while !bytes.is_empty() && !self.broken {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = bytes.get(skipped..).unwrap_or_default();
            let wanted = match self.wanted() {
                Ok(wanted) => wanted,
                Err(Unfit::TooLarge(length)) => {
                    self.skip = length - self.buffer.len();
                    self.buffer.clear();
                    found(Frame::Lost);
                    continue;
                }
                Err(Unfit::NoFrame) => {
                    self.broken = true;
                    self.buffer = Vec::new();
                    return found(Frame::Lost);
                }
            };
            let missing = (wanted - self.buffer.len()).min(bytes.len());
            let (head, tail) = bytes.split_at(missing);
            self.buffer.extend_from_slice(head);
            bytes = tail;
            if self.buffer.len() == wanted && wanted > PRELUDE {
                let frame = read(&self.buffer).unwrap_or(Frame::Lost);
                self.broken = frame == Frame::Lost;
                found(frame);
                self.buffer.clear();
            } else if self.buffer.len() == PRELUDE && tail.is_empty() {
                // The prelude is looked at with the next bytes.
                return;
            }
        }
    }

    /// How many bytes the buffer is to have: a prelude, and then the whole frame.
    fn wanted(&self) -> Result<usize, Unfit> {
        let Some(prelude) = self.buffer.get(..PRELUDE) else { return Ok(PRELUDE) };
        let length = number(prelude, 0).ok_or(Unfit::NoFrame)?;
        let headers = number(prelude, 4).ok_or(Unfit::NoFrame)?;
        let check = prelude.get(..8).map(crc32fast::hash);
        if check.map(|check| check as usize) != number(prelude, 8)
            || length < PRELUDE + CHECK
            || headers > length - PRELUDE - CHECK
        {
            return Err(Unfit::NoFrame);
        }
        if length > self.most { Err(Unfit::TooLarge(length)) } else { Ok(length) }
    }
}

enum Unfit {
    TooLarge(usize),
    NoFrame,
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    usize::try_from(u32::from_be_bytes(bytes)).ok()
}

/// A whole frame.
fn read(bytes: &[u8]) -> Option<Frame<'_>> {
    let end = bytes.len().checked_sub(CHECK)?;
    if crc32fast::hash(bytes.get(..end)?) as usize != number(bytes, end)? {
        return None;
    }
    let headers_end = PRELUDE.checked_add(number(bytes, 4)?)?;
    let kind = message_type(bytes.get(PRELUDE..headers_end)?)?;
    Some(if kind == b"event" { Frame::Event(bytes.get(headers_end..end)?) } else { Frame::Exception })
}

/// The value of `:message-type`; a frame without it is an event.
fn message_type(mut headers: &[u8]) -> Option<&[u8]> {
    while let [length, tail @ ..] = headers {
        let (name, tail) = tail.split_at_checked(usize::from(*length))?;
        let (kind, tail) = tail.split_first()?;
        let (size, tail) = match kind {
            0 | 1 => (0, tail),
            2 => (1, tail),
            3 => (2, tail),
            4 => (4, tail),
            5 | 8 => (8, tail),
            6 | 7 => {
                let (size, tail) = tail.split_first_chunk::<2>()?;
                (usize::from(u16::from_be_bytes(*size)), tail)
            }
            9 => (16, tail),
            _ => return None,
        };
        let (value, tail) = tail.split_at_checked(size)?;
        if name == b":message-type" && *kind == TEXT {
            return Some(value);
        }
        headers = tail;
    }
    Some(b"event")
}

#[cfg(test)]
mod tests {
    use super::{Frame, Frames};

    fn frame(kind: &str, payload: &str) -> Vec<u8> {
        let mut headers = vec![13];
        headers.extend(b":message-type\x07");
        headers.extend(u16::try_from(kind.len()).unwrap_or_default().to_be_bytes());
        headers.extend(kind.as_bytes());
        let length = 16 + headers.len() + payload.len();
        let mut bytes = Vec::new();
        for number in [length, headers.len()] {
            bytes.extend(u32::try_from(number).unwrap_or_default().to_be_bytes());
        }
        bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
        bytes.extend(headers);
        bytes.extend(payload.as_bytes());
        bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
        bytes
    }

    fn found(pieces: &[&[u8]], most: usize) -> Vec<String> {
        let (mut frames, mut all) = (Frames::new(most), Vec::new());
        for piece in pieces {
            frames.push(piece, |frame| {
                all.push(match frame {
                    Frame::Event(payload) => String::from_utf8_lossy(payload).into_owned(),
                    other => format!("{other:?}"),
                });
            });
        }
        all
    }

    #[test]
    fn frames_are_found_wherever_the_bytes_are_split() {
        let bytes = [frame("event", "{\"a\":1}"), frame("event", ""), frame("exception", "{}")].concat();
        for at in 0..bytes.len() {
            let (head, tail) = bytes.split_at(at);
            assert_eq!(found(&[head, tail], 1_000), ["{\"a\":1}", "", "Exception"], "{at}");
        }
    }

    #[test]
    fn a_frame_that_is_too_large_is_skipped() {
        let bytes = [frame("event", &"x".repeat(500)), frame("event", "{}")].concat();
        for at in 0..bytes.len() {
            let (head, tail) = bytes.split_at(at);
            assert_eq!(found(&[head, tail], 200), ["Lost", "{}"], "{at}");
        }
    }

    #[test]
    fn a_flipped_bit_anywhere_is_noticed() {
        let bytes = frame("event", "{\"a\":1}");
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut wrong = bytes.clone();
                if let Some(byte) = wrong.get_mut(at) {
                    *byte ^= 1 << bit;
                }
                assert_ne!(found(&[&wrong], 1_000), ["{\"a\":1}"], "{at}, {bit}");
            }
        }
    }
}
