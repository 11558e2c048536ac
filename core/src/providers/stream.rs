//! Reads an answer that arrives as a stream, in pieces split anywhere.
//!
//! What a piece is framed in is seen by its first byte: server-sent events, JSON values one after another or in a list,
//! or Amazon's binary frames. Memory is bounded by one event without its texts. An event that can't be read makes the
//! answer unresolved unless a later one counts everything again.

use super::{
    Answer, Api,
    dialect::{self, Dialect, Told},
    event_stream::{Frame, Frames},
    seen::Seen,
    sse::Sse,
    values::{Found, Values},
};

/// The largest event that is read, without its texts; a larger one is skipped.
pub const MAX_EVENT_BYTES: usize = 4 << 20;

/// What ends many streams.
const DONE: &[u8] = b"[DONE]";

/// Reads the usage from an answer while it streams by. Never fails and never blocks: pieces are looked at and forgotten.
///
/// # Examples
/// ```
/// use bursar::{Api, Dimension, StreamReader};
/// let mut reader = StreamReader::new(Api::Chat);
/// reader.push(b"data: {\"model\": \"gpt-5\", \"choices\": [{\"finish_reason\": \"stop\"}]}\n\nda");
/// reader.push(b"ta: {\"choices\": [], \"usage\": {\"prompt_tokens\": 9, \"completion_tokens\": 3}}\n\n");
/// let answer = reader.finish();
/// assert_eq!(answer.usage().map(|usage| usage.get(Dimension::Output)), Some(3));
/// ```
pub struct StreamReader {
    api: Api,
    framing: Framing,
    content: Content,
}

enum Framing {
    /// Nothing but white space and byte order marks so far.
    Unknown,
    Sse(Sse),
    Json(Values),
    Frames(Frames),
}

/// What the events told.
struct Content {
    dialect: Box<dyn Dialect>,
    seen: Seen,
    /// Whether one JSON value is the whole answer.
    one_is_all: bool,
}

impl StreamReader {
    /// A reader of one answer.
    pub fn new(api: Api) -> Self {
        let content = Content { dialect: dialect::of(api), seen: Seen::default(), one_is_all: false };
        Self { api, framing: Framing::Unknown, content }
    }

    /// Looks at the next piece of the stream.
    pub fn push(&mut self, mut bytes: &[u8]) {
        if matches!(self.framing, Framing::Unknown) {
            bytes = self.begin(bytes);
        }
        let content = &mut self.content;
        match &mut self.framing {
            Framing::Unknown => {}
            Framing::Sse(sse) => sse.push(bytes, |found| content.found(found)),
            Framing::Json(values) => values.push(bytes, |found| content.found(found)),
            Framing::Frames(frames) => frames.push(bytes, |frame| content.frame(&frame)),
        }
    }

    /// What the stream told. A stream that ended early is [`Unresolved::Aborted`](super::Unresolved::Aborted).
    pub fn finish(mut self) -> Answer {
        let (open, rest) = match &self.framing {
            Framing::Unknown => (false, &[][..]),
            Framing::Sse(sse) => (sse.values().is_open(), sse.values().rest()),
            Framing::Json(values) => (values.is_open(), values.rest()),
            Framing::Frames(frames) => (frames.is_open(), &[][..]),
        };
        self.content.seen.lost |= open && (rest.is_empty() || !DONE.starts_with(rest));
        self.content.seen.finish(self.content.dialect.usage())
    }

    /// Bytes that the reader holds between two pieces.
    pub fn held_bytes(&self) -> usize {
        match &self.framing {
            Framing::Unknown => 0,
            Framing::Sse(sse) => sse.values().held(),
            Framing::Json(values) => values.held(),
            Framing::Frames(frames) => frames.held(),
        }
    }

    /// Sees the framing by the first byte, and gives the bytes from there on.
    fn begin<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let is_bedrock = matches!(self.api, Api::Converse | Api::Invoke);
        let is_blank = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, 0xef | 0xbb | 0xbf);
        let start = bytes.iter().position(|byte| !is_blank(byte)).unwrap_or(bytes.len());
        let bytes = bytes.get(start..).unwrap_or_default();
        self.framing = match bytes.first() {
            None => return bytes,
            Some(b'{' | b'[') => {
                let streams =
                    matches!(self.api, Api::GenerateContent | Api::Ollama | Api::Cohere | Api::Realtime);
                self.content.one_is_all = !streams;
                Framing::Json(Values::new(MAX_EVENT_BYTES, true))
            }
            Some(_) if is_bedrock => Framing::Frames(Frames::new(MAX_EVENT_BYTES)),
            Some(_) => Framing::Sse(Sse::new(MAX_EVENT_BYTES)),
        };
        bytes
    }
}

impl Content {
    fn found(&mut self, found: Found<'_>) {
        match found {
            Found::Value(DONE) => self.seen.ended = true,
            Found::Value(value) => {
                self.event(value);
                self.seen.ended |= self.one_is_all;
            }
            Found::Lost => self.seen.lost = true,
        }
    }

    fn frame(&mut self, frame: &Frame<'_>) {
        match frame {
            Frame::Event(payload) => self.event(payload),
            Frame::Exception => self.seen.failed = true,
            Frame::Lost => self.seen.lost = true,
        }
    }

    fn event(&mut self, json: &[u8]) {
        match self.dialect.event(json, &mut self.seen) {
            // Every usage counts all so far, so what was lost before it is in it.
            Ok(Told::Usage) => self.seen.lost = false,
            Ok(Told::Nothing) => {}
            Err(_) => self.seen.lost = true,
        }
    }
}

impl std::fmt::Debug for StreamReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamReader").field("api", &self.api).finish_non_exhaustive()
    }
}
