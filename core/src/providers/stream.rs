//! Reads an answer that arrives as a stream, in pieces split anywhere.
//!
//! What a piece is framed in is seen by its first byte: server-sent events, JSON values one after another or in a list,
//! or Amazon's binary frames. Memory is bounded by one event without its texts. An event that can't be read makes the
//! answer unresolved unless a later one counts everything again.

use super::{
    Answer, Api,
    answer::media_type,
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
    /// Whether the media type says that the answer is one JSON value, if it is an object.
    is_json: bool,
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
    /// A reader of one answer, whose media type isn't known.
    pub fn new(api: Api) -> Self {
        Self::of(api, "")
    }

    /// A reader of one answer of this content type, whole or streamed. Some APIs stream JSON values, so that only the type
    /// tells a whole answer of theirs from the first piece of a stream.
    ///
    /// # Examples
    /// ```
    /// use bursar::{Api, StreamReader};
    /// let mut reader = StreamReader::of(Api::GenerateContent, "application/json; charset=UTF-8");
    /// reader.push(br#"{"embeddings": [], "usageMetadata": {"promptTokenCount": 7}}"#);
    /// assert!(reader.is_ended());
    /// assert_eq!(reader.finish().usage().map(|usage| usage.total_input()), Some(7));
    /// ```
    pub fn of(api: Api, content_type: &str) -> Self {
        let kind = media_type(content_type);
        // Who asks for messages of Anthropic's on Bedrock gets its events in Amazon's frames.
        let is_framed = api == Api::Messages && kind == "application/vnd.amazon.eventstream";
        let api = if is_framed { Api::Invoke } else { api };
        let content = Content { dialect: dialect::of(api), seen: Seen::default(), one_is_all: false };
        Self { api, framing: Framing::Unknown, content, is_json: kind == "application/json" }
    }

    /// Whether the answer has come to its end, so that what happens to its connection no longer matters. Some hosts tell
    /// the usage after that: [`finish`](Self::finish) says whether it came.
    pub const fn is_ended(&self) -> bool {
        self.content.seen.ended
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
            Some(first @ (b'{' | b'[')) => {
                let streams =
                    matches!(self.api, Api::GenerateContent | Api::Ollama | Api::Cohere | Api::Realtime);
                // Google streams a list under the media type of a whole answer.
                self.content.one_is_all = !streams || (self.is_json && *first == b'{');
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
