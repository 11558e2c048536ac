//! A request of which only its size is known, and a list of what it has.
//!
//! What the list can't tell is taken to be there: stored state where the API has it, tools that the provider runs where
//! it offers any. `functions` and `self_contained` rule them out.

use super::{
    ApiRequest, family,
    family::{Family, Maker, OTHER},
    image,
    input::Input,
    media, name,
    output::Output,
    piece::{Amount, Medium, Pieces},
    read,
    reason::BoundReason,
    tools::{DEFAULT_SERVER_TOOL_USES, ServerTool},
};
use crate::{
    error::{Error, ErrorCode, Result},
    pricing::Terms,
    providers::Api,
};

/// Words for what a request may have.
const WORDS: &[&str] = &[
    "tools",
    "functions",
    "image",
    "audio",
    "video",
    "document",
    "file",
    "fileData",
    "inlineData",
    "thinking",
    "cache_control",
    "web_search",
    "code_execution",
    "self_contained",
];
/// Bytes in which an image can be named.
const MIN_IMAGE_BYTES: u64 = 32;

/// What is known of a request without its body.
///
/// # Examples
/// ```
/// use bursar::{Api, ApiRequest, RequestSize};
/// let size = RequestSize::new(121).model("gpt-4o").max_output_tokens(100);
/// let request = ApiRequest::sized(Api::Chat, "/v1/chat/completions", &size)?;
/// assert!(request.input(Some(128_000)).tokens() < 1_000);
/// # Ok::<(), bursar::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestSize {
    bytes: u64,
    model: Option<String>,
    has: u32,
    max_output_tokens: Option<u64>,
    terms: Terms,
    is_streaming: bool,
}

impl RequestSize {
    /// A request of so many bytes.
    pub fn new(bytes: u64) -> Self {
        Self { bytes, ..Self::default() }
    }

    /// The model, where the path doesn't name it.
    #[must_use]
    pub fn model(self, model: &str) -> Self {
        Self { model: Some(model.to_owned()), ..self }
    }

    /// What the request has, in words such as `tools` and `image`. `tools` are tools of any kind, `functions` only such
    /// as the caller runs; `self_contained` says that all that the model reads is in these bytes.
    ///
    /// # Errors
    /// `request_invalid` for another word.
    pub fn has<'w>(mut self, words: impl IntoIterator<Item = &'w str>) -> Result<Self> {
        for word in words {
            let Some(at) = WORDS.iter().position(|known| *known == word) else {
                let word: String = word.chars().take(32).collect();
                let message = format!("a request can't have `{word}`; allowed are {}", WORDS.join(", "));
                return Err(Error::new(ErrorCode::RequestInvalid, message));
            };
            self.has |= 1 << at;
        }
        Ok(self)
    }

    /// The most tokens that may come back.
    #[must_use]
    pub fn max_output_tokens(self, tokens: u64) -> Self {
        Self { max_output_tokens: Some(tokens), ..self }
    }

    /// The terms that are asked for.
    #[must_use]
    pub fn terms(self, terms: Terms) -> Self {
        Self { terms, ..self }
    }

    /// That the answer comes in pieces.
    #[must_use]
    pub fn streaming(self) -> Self {
        Self { is_streaming: true, ..self }
    }

    fn is(&self, word: &str) -> bool {
        WORDS.iter().position(|known| *known == word).is_some_and(|at| self.has & (1 << at) != 0)
    }
}

impl ApiRequest {
    /// Reads a request of which only the size and what it has are known; looser than [`read`](Self::read).
    ///
    /// # Errors
    /// `request_invalid` when neither the path nor the size names a model.
    pub fn sized(api: Api, path: &str, size: &RequestSize) -> Result<Self> {
        let model = name::read(path, size.model.as_deref())?;
        let family = if model.contains('/') { Family::of(&model).or(OTHER) } else { Family::of(&model) };
        let mut pieces = Pieces::new(api, family, &model);
        pieces.add(BoundReason::Template, Amount::Tokens(family.template), Medium::Text);
        // A required shape of the answer is in no list.
        pieces.add(
            BoundReason::Tools("shape of the answer"),
            Amount::Tokens(family.structured),
            Medium::Text,
        );
        media_of(size, family, &model, &mut pieces);
        let mut server = tools_of(api, size, family, &mut pieces);
        server.extend(read::by_itself(&model));
        if !size.is("self_contained") && matches!(api, Api::Responses | Api::GenerateContent) {
            pieces.add(BoundReason::Unseen("stored state"), Amount::Window, Medium::Text);
        }
        let is_measured = matches!(api, Api::Embeddings | Api::Images | Api::Speech | Api::Transcription);
        let input = Input {
            pieces: pieces.found,
            text: size.bytes,
            server,
            images: u64::from(api == Api::Images),
            characters: if api == Api::Speech { size.bytes } else { 0 },
            audio_seconds: if api == Api::Transcription { media::audio_seconds(size.bytes) } else { 0 },
        };
        let each = if is_measured { Some(0) } else { size.max_output_tokens };
        Ok(Self {
            output: Output { each, times: 1, ..Output::default() },
            is_streaming: size.is_streaming,
            terms: size.terms.clone(),
            cache: read::cache(api, || size.is("cache_control") || api == Api::Converse),
            model,
            input,
        })
    }
}

fn media_of(size: &RequestSize, family: family::Family, model: &str, pieces: &mut Pieces<'_>) {
    if size.is("image") {
        let each = image::tokens(family.maker, model, None);
        let amount = Amount::Within((size.bytes / MIN_IMAGE_BYTES + 1).saturating_mul(each));
        pieces.add(BoundReason::Unseen("image"), amount, Medium::Image);
    }
    for (word, medium) in [
        ("audio", Medium::Audio),
        ("video", Medium::Video),
        ("document", Medium::Text),
        ("file", Medium::Text),
        ("fileData", Medium::Text),
        ("inlineData", Medium::Text),
    ] {
        if size.is(word) {
            pieces.add(BoundReason::Unseen(word), Amount::Window, medium);
        }
    }
}

fn tools_of(
    api: Api,
    size: &RequestSize,
    family: family::Family,
    pieces: &mut Pieces<'_>,
) -> Vec<ServerTool> {
    if size.is("tools") || size.is("functions") {
        pieces.add(BoundReason::Tools("tools"), Amount::Tokens(family.tools), Medium::Text);
    }
    let may_serve = match api {
        Api::Responses | Api::GenerateContent | Api::Messages => true,
        Api::Converse => family.maker == Maker::Amazon || family.maker == Maker::Other,
        _ => family.maker == Maker::Other,
    };
    if size.is("tools") && may_serve && !size.is("self_contained") {
        pieces.add(BoundReason::Unseen("tools of the provider"), Amount::Window, Medium::Text);
    }
    let named = ["web_search", "code_execution"].into_iter().filter(|word| size.is(word));
    let served =
        |word: &str| ServerTool { name: word.to_owned(), uses: DEFAULT_SERVER_TOOL_USES, content: None };
    named.map(served).collect()
}
