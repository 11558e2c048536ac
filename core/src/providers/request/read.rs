//! A request of a provider's API, read from its body.

use super::{
    family::{Family, OTHER, agent},
    input::Input,
    media, name,
    node::Node,
    output::{self, Output},
    piece::{Amount, Medium, Pieces},
    reason::BoundReason,
    terms,
    tools::{self, DEFAULT_SERVER_TOOL_USES, ServerTool},
};
use crate::{
    error::{Error, ErrorCode, Result},
    pricing::{CacheUse, Terms},
    providers::Api,
};

/// Bytes that a request's body may have.
pub const MAX_REQUEST_BYTES: usize = 512 * 1_024 * 1_024;

/// A request as a provider's API takes it: the model, the terms, and the most that it may use.
///
/// # Examples
/// ```
/// use bursar::{Api, ApiRequest};
/// let body = br#"{"model":"gpt-5","max_completion_tokens":500,"messages":[{"role":"user","content":"hello"}]}"#;
/// let request = ApiRequest::read(Api::Chat, "/v1/chat/completions", body)?;
/// assert_eq!((request.model(), request.max_output_tokens()), ("gpt-5", Some(500)));
/// assert_eq!(request.input(Some(400_000)).tokens(), 92 + 64);
/// # Ok::<(), bursar::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ApiRequest {
    pub(super) model: String,
    pub(super) is_streaming: bool,
    pub(super) input: Input,
    pub(super) output: Output,
    pub(super) terms: Terms,
    pub(super) cache: CacheUse,
}

impl ApiRequest {
    /// Reads a request from its path and its body.
    ///
    /// # Errors
    /// `request_invalid` when the body is no JSON object, names no model, or has a limit that is no whole number.
    pub fn read(api: Api, path: &str, body: &[u8]) -> Result<Self> {
        if body.len() > MAX_REQUEST_BYTES {
            let message =
                format!("the request has {} bytes, and {MAX_REQUEST_BYTES} are allowed", body.len());
            return Err(Error::new(ErrorCode::RequestInvalid, message));
        }
        let node: Node<'_> = serde_json::from_slice(body).map_err(|error| {
            Error::new(ErrorCode::RequestInvalid, format!("the request is no JSON: {error}")).caused_by(error)
        })?;
        if !node.is_map() {
            let message = format!("the request is {}, and an object is allowed", node.shown());
            return Err(Error::new(ErrorCode::RequestInvalid, message));
        }
        let model = name::read(path, name::of_body(&node))?;
        let output = output::read(api, &node)?;
        let input = input(api, path, &model, &node, body.len() as u64);
        Ok(Self {
            is_streaming: is_streaming(api, path, &node),
            terms: terms::read(path, &node),
            cache: cache(api, || node.has_key(&["cache_control", "cachePoint"])),
            model,
            input,
            output,
        })
    }

    /// The model as the request names it.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Whether the answer comes in pieces.
    pub const fn is_streaming(&self) -> bool {
        self.is_streaming
    }

    /// The most tokens that may come back, over all answers; nothing where the request leaves it to the model.
    pub fn max_output_tokens(&self) -> Option<u64> {
        self.output.total(None)
    }

    /// The terms that are asked for.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Whether the request may write to a cache at a price of its own.
    pub const fn cache(&self) -> CacheUse {
        self.cache
    }
}

/// What a model would read.
fn input(api: Api, path: &str, model: &str, node: &Node<'_>, bytes: u64) -> Input {
    let family = family(model, node);
    let mut pieces = Pieces::new(api, family, model);
    pieces.add(BoundReason::Template, Amount::Tokens(family.template), Medium::Text);
    pieces.walk(node);
    references(path, model, node, &mut pieces);
    if is_shaped(node) {
        pieces.add(
            BoundReason::Tools("shape of the answer"),
            Amount::Tokens(family.structured),
            Medium::Text,
        );
    }
    let mut server = tools::read(api, family, node, &mut pieces);
    server.extend(by_itself(model));
    let text = bytes.saturating_sub(pieces.encoded);
    let is_spoken = api == Api::Speech;
    Input {
        pieces: pieces.found,
        text,
        server,
        images: u64::from(api == Api::Images),
        characters: if is_spoken {
            node.text("input").map_or(0, |text| text.chars().count() as u64)
        } else {
            0
        },
        audio_seconds: if api == Api::Transcription { media::audio_seconds(bytes) } else { 0 },
    }
}

/// The family of the model, and of those that may take its place.
fn family(model: &str, node: &Node<'_>) -> Family {
    let family = Family::of(model);
    let others = node.get("models").map(Node::list).unwrap_or_default();
    let is_open = node.text("route").is_some() || model.contains("auto");
    let family = if is_open { family.or(OTHER) } else { family };
    others.iter().filter_map(Node::as_text).fold(family, |all, other| all.or(Family::of(other)))
}

/// A tool that a model uses by itself.
pub(super) fn by_itself(model: &str) -> Option<ServerTool> {
    let name = agent(model)?;
    Some(ServerTool { name: format!("web_search by {name}"), uses: DEFAULT_SERVER_TOOL_USES, content: None })
}

/// State that lies with the provider.
fn references(path: &str, model: &str, node: &Node<'_>, pieces: &mut Pieces<'_>) {
    const STATE: &[&str] = &[
        "previous_response_id",
        "conversation",
        "cachedContent",
        "cached_content",
        "preset",
        "promptVariables",
    ];
    for field in STATE {
        if node.get(field).is_some() {
            pieces.reference(field);
        }
    }
    if node.get("prompt").is_some_and(Node::is_map) || model.contains(":prompt/") {
        pieces.reference("prompt");
    }
    if model.starts_with("@preset") || model.contains("@preset/") {
        pieces.reference("preset");
    }
    // A question to an answer that is under way carries nothing of it.
    if path.contains("/responses/resp_") {
        pieces.reference("response");
    }
}

/// Whether the answer must have a shape, for which some providers add a prompt.
fn is_shaped(node: &Node<'_>) -> bool {
    const SHAPES: &[&str] = &["response_format", "output_format", "output_config", "format", "outputConfig"];
    let google = node.any(&["generationConfig", "generation_config"]);
    let text = node.get("text").and_then(|text| text.get("format"));
    node.any(SHAPES).is_some()
        || text.is_some()
        || google.is_some_and(|config| {
            config
                .any(&["responseSchema", "response_schema", "responseJsonSchema", "responseMimeType"])
                .is_some()
        })
}

fn is_streaming(api: Api, path: &str, node: &Node<'_>) -> bool {
    if path.contains("stream") && matches!(api, Api::GenerateContent | Api::Converse | Api::Invoke) {
        return true;
    }
    match node.get("stream") {
        Some(given) => given.is_true(),
        // Ollama streams unless it is told not to.
        None => api == Api::Ollama,
    }
}

/// Whether input may be written to a cache: Anthropic and Bedrock write where the request marks it, the others as they
/// like.
pub(super) fn cache(api: Api, is_marked: impl FnOnce() -> bool) -> CacheUse {
    if matches!(api, Api::Messages | Api::Converse) && !is_marked() {
        CacheUse::None
    } else {
        CacheUse::Possible
    }
}
