//! The reader of each family of answers, behind one face.

use super::{
    Answer, Api, anthropic::Anthropic, audio::Audio, bedrock::Bedrock, chat::Chat, cohere::Cohere,
    google::Google, ollama::Ollama, responses::Responses, seen::Seen,
};
use crate::{error::Result, pricing::Usage};

/// Whether an event carried usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Usage,
    Nothing,
}

/// Reads the events of one answer, of which a whole answer is one.
pub(super) trait Dialect: Send + Sync {
    /// Takes what an event tells.
    ///
    /// # Errors
    /// When it isn't JSON of a shape that can be read.
    fn event(&mut self, json: &[u8], seen: &mut Seen) -> serde_json::Result<Told>;

    /// The usage told so far.
    ///
    /// # Errors
    /// `usage_invalid` when the counts contradict each other.
    fn usage(&self) -> Result<Option<Usage>>;
}

pub(super) fn of(api: Api) -> Box<dyn Dialect> {
    match api {
        Api::Chat | Api::GoogleChat | Api::Embeddings => Box::new(Chat::new(api)),
        Api::Responses => Box::<Responses>::default(),
        Api::Images | Api::Transcription | Api::Speech | Api::Realtime => Box::new(Audio::new(api)),
        Api::Messages => Box::<Anthropic>::default(),
        Api::GenerateContent => Box::<Google>::default(),
        Api::Converse | Api::Invoke => Box::<Bedrock>::default(),
        Api::Cohere => Box::<Cohere>::default(),
        Api::Ollama => Box::<Ollama>::default(),
    }
}

/// Reads an answer that is there as a whole.
pub(super) fn read_whole(api: Api, body: &[u8]) -> Answer {
    let (mut dialect, mut seen) = (of(api), Seen::default());
    if dialect.event(body, &mut seen).is_err() {
        seen.lost = true;
    }
    seen.ended = true;
    seen.finish(dialect.usage())
}
