//! A request of which only its size is known, and a list of what it has.
//!
//! What the list can't tell is taken to be there: stored state where the API has it, tools that the provider runs where
//! it offers any. `functions` and `self_contained` rule them out.

use super::{
    ApiRequest,
    family::{Family, Maker, OTHER},
    image,
    input::Input,
    media, name,
    output::{self, Output},
    piece::{Amount, Medium, Pieces},
    read,
    reason::BoundReason,
    served::Served,
    tools,
    work::Work,
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
/// Bytes that a document to be ranked takes at least.
const MIN_DOCUMENT_BYTES: u64 = 3;
/// Bytes in which an image can be named.
const MIN_IMAGE_BYTES: u64 = 32;

/// What is known of a request without its body.
///
/// # Examples
/// ```
/// use bursar::{Api, ApiRequest, RequestSize};
/// let size = RequestSize::new(121).model("gpt-4o").max_output_tokens(100);
/// let request = ApiRequest::sized(Api::Chat, "/v1/chat/completions", &size)?;
/// assert_eq!(request.input(Some(128_000)).tokens(), 121 + 32 + 64);
/// # Ok::<(), bursar::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestSize {
    /// Nothing where not even the size is known.
    bytes: Option<u64>,
    model: Option<String>,
    has: u32,
    max_output_tokens: Option<u64>,
    terms: Terms,
    is_streaming: bool,
}

impl RequestSize {
    /// A request of so many bytes.
    pub fn new(bytes: u64) -> Self {
        Self { bytes: Some(bytes), ..Self::default() }
    }

    /// A request of unknown size, such as one whose answer is asked for by its id: it may fill the context window.
    pub fn unknown() -> Self {
        Self::default()
    }

    /// The model, where the path doesn't name it.
    #[must_use]
    pub fn model(self, model: &str) -> Self {
        Self { model: Some(model.to_owned()), ..self }
    }

    /// What the request has, in words such as `tools` and `image`. `tools` are tools of any kind, `functions` only such
    /// as the caller defines and runs; `self_contained` says that the model reads these bytes once and nothing else: no stored state,
    /// no tools of the provider, no other model in its place.
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

    /// The family of the model, and of whoever may take its place.
    fn family(&self, model: &str) -> Family {
        let family = Family::of(model);
        if model.contains('/') && !self.is("self_contained") { family.or(OTHER) } else { family }
    }
}

impl ApiRequest {
    /// Reads a request of which only the size and what it has are known; looser than [`read`](Self::read).
    ///
    /// # Errors
    /// `request_invalid` when neither the path nor the size names a model.
    pub fn sized(api: Api, path: &str, size: &RequestSize) -> Result<Self> {
        let model = name::read(path, size.model.as_deref())?;
        let family = size.family(&model);
        let bytes = size.bytes.unwrap_or(0);
        let mut pieces = Pieces::new(api, family, &model);
        pieces.text(BoundReason::Template, family.template);
        // A required shape of the answer is in no list.
        pieces.text(BoundReason::Tools("shape of the answer"), family.structured);
        if size.is("tools") || size.is("functions") {
            pieces.text(BoundReason::Tools("tools"), family.tools);
        }
        if size.is("tools") {
            pieces.text(BoundReason::Unseen("own tools of the provider"), tools::own_most(api, family));
        }
        media_of(size, family, &model, &mut pieces);
        if let Some(state) = unseen_state(api, size) {
            pieces.add(BoundReason::Unseen(state), Amount::WINDOW, Medium::Text);
        }
        let heard = if api == Api::Transcription { bytes } else { 0 };
        if heard > 0 {
            let tokens = media::sound_of(family.maker, heard);
            pieces.add(BoundReason::Unseen("audio"), Amount::Within(tokens), Medium::Audio);
        }
        let mut served = served_of(api, size, family);
        served.extend(tools::by_itself(&model));
        Ok(Self {
            api,
            output: Output {
                each: if output::is_measured(api) { Some(0) } else { size.max_output_tokens },
                free: served.iter().map(Served::texts).fold(0, u64::saturating_add),
                ..Output::default()
            },
            input: Input { pieces: pieces.found, text: bytes - heard, served, most_calls: None },
            work: Work {
                images: u64::from(api == Api::Images),
                characters: if api == Api::Speech { bytes } else { 0 },
                heard_seconds: media::seconds_of(heard),
                ranked: if api == Api::Cohere { bytes / MIN_DOCUMENT_BYTES / 100 + 1 } else { 0 },
            },
            is_streaming: size.is_streaming,
            terms: size.terms.clone(),
            cache: read::cache(api, || size.is("cache_control") || api != Api::Messages),
            model,
            other_models: Vec::new(),
        })
    }
}

/// What a list of words can't tell, and the model may read once.
fn unseen_state(api: Api, size: &RequestSize) -> Option<&'static str> {
    if size.bytes.is_none() {
        return Some("size");
    }
    (api == Api::GenerateContent && !size.is("self_contained")).then_some("stored state")
}

fn media_of(size: &RequestSize, family: Family, model: &str, pieces: &mut Pieces<'_>) {
    if size.is("image") {
        let each = image::tokens(family.maker, model, None);
        let most = size.bytes.unwrap_or(0) / MIN_IMAGE_BYTES + 1;
        pieces.add(BoundReason::Unseen("image"), Amount::Within(most.saturating_mul(each)), Medium::Image);
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
            pieces.add(BoundReason::Unseen(word), Amount::WINDOW, medium);
        }
    }
}

/// What the provider does by itself, as far as the list tells or its silence allows.
fn served_of(api: Api, size: &RequestSize, family: Family) -> Vec<Served> {
    let has_tools = size.is("tools");
    let may_serve = match api {
        // These take servers of tools, stored state or several tries beside the list of tools.
        Api::Responses | Api::Messages | Api::Realtime => true,
        Api::GenerateContent => has_tools,
        Api::Converse => has_tools && matches!(family.maker, Maker::Amazon | Maker::Other),
        _ => has_tools && family.maker == Maker::Other,
    };
    let named = ["web_search", "code_execution"].into_iter().filter(|word| size.is(word));
    let unseen = may_serve && !size.is("self_contained");
    named.chain(unseen.then_some("what the list doesn't tell")).map(Served::new).collect()
}
