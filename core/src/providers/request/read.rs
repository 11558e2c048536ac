//! A request of a provider's API, read from its body.

use super::{
    batch,
    family::{Family, OTHER},
    file::File,
    form,
    input::Input,
    media, name,
    node::Node,
    output::{self, Output},
    passes,
    piece::{Amount, Medium, Pieces},
    reason::BoundReason,
    served::Served,
    state, terms, tools, wire,
    work::Work,
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
/// assert_eq!(request.input(Some(400_000)).tokens(), 92 + 32);
/// # Ok::<(), bursar::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ApiRequest {
    pub(super) api: Api,
    pub(super) model: String,
    pub(super) other_models: Vec<String>,
    pub(super) is_streaming: bool,
    pub(super) input: Input,
    pub(super) work: Work,
    pub(super) output: Output,
    pub(super) terms: Terms,
    pub(super) cache: CacheUse,
}

impl ApiRequest {
    /// Reads a request from its path and its body, which is JSON, or a form where sound or images are sent.
    ///
    /// # Errors
    /// `request_invalid` when the body is neither, names no model, has a limit that is no whole number, or is a batch.
    pub fn read(api: Api, path: &str, body: &[u8]) -> Result<Self> {
        if body.len() > MAX_REQUEST_BYTES {
            let message =
                format!("the request has {} bytes, and {MAX_REQUEST_BYTES} are allowed", body.len());
            return Err(Error::new(ErrorCode::RequestInvalid, message));
        }
        let node = parse(body)?;
        if batch::is_batch(&node) {
            let message = "the request is a batch of requests".to_owned();
            return Err(Error::new(ErrorCode::RequestInvalid, message)
                .with_help("read its requests with `ApiRequest::read_batch`"));
        }
        let model = name::read(path, name::of_body(&node))?;
        let other_models = name::others(&node, &model);
        let mut output = output::read(api, &model, &node)?;
        let text = if form::is_form(body) { form::text_bytes(&node) } else { wire::compact(body) };
        let input = input(api, path, (&model, &other_models), &node, text);
        output.free =
            output.free.saturating_add(input.served.iter().map(Served::texts).fold(0, u64::saturating_add));
        Ok(Self {
            api,
            is_streaming: is_streaming(api, path, &node),
            terms: terms::read(path, &node),
            cache: cache(api, || node.has_key(&["cache_control", "cachePoint"])),
            work: Work::read(api, &node),
            model,
            other_models,
            input,
            output,
        })
    }

    /// The model as the request names it.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Other models that the request names: those that may answer in the model's place, or that it may ask on the way. A
    /// hold has to cover the dearest: see [`Call::or`](crate::Call::or).
    pub fn other_models(&self) -> &[String] {
        &self.other_models
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

/// A body as a tree.
pub(super) fn parse(body: &[u8]) -> Result<Node<'_>> {
    if form::is_form(body) {
        return Ok(form::read(body));
    }
    let node: Node<'_> = serde_json::from_slice(body).map_err(|error| {
        Error::new(ErrorCode::RequestInvalid, format!("the request is no JSON: {error}")).caused_by(error)
    })?;
    if node.is_map() {
        return Ok(node);
    }
    let message = format!("the request is {}, and an object is allowed", node.shown());
    Err(Error::new(ErrorCode::RequestInvalid, message))
}

/// What a model would read, given the bytes of all that isn't a file of a form.
fn input(api: Api, path: &str, (model, others): (&str, &[String]), node: &Node<'_>, bytes: u64) -> Input {
    let family = family(model, others, node);
    let mut pieces = Pieces::new(api, family, model);
    pieces.text(BoundReason::Template, family.template);
    pieces.text(BoundReason::Repeated("once for each text"), each_text(api, node));
    pieces.walk(node);
    files(api, family, node, &mut pieces);
    state::read(path, model, node, &mut pieces);
    if is_shaped(node) {
        pieces.text(BoundReason::Tools("shape of the answer"), family.structured);
    }
    let mut served = tools::read(api, (family, model), node, &mut pieces);
    let text = bytes.saturating_sub(pieces.encoded).saturating_add(wire::printed(node));
    let pieces = pieces.found;
    served.extend(passes::read(node, Input::base(text, &pieces), &served));
    Input { text, pieces, served, most_calls: tools::most_calls(node) }
}

/// Files of a form.
fn files(api: Api, family: Family, node: &Node<'_>, pieces: &mut Pieces<'_>) {
    for (_, value) in node.entries() {
        let Some(bytes) = value.as_file() else { continue };
        if api == Api::Transcription {
            let tokens = media::sound(family.maker, File::Raw(bytes));
            pieces.add(BoundReason::Media("audio".to_owned()), Amount::Within(tokens), Medium::Audio);
        } else {
            pieces.image_file(Some(File::Raw(bytes)));
        }
    }
}

/// What is added to each of many texts that are read one by one: marks of their ends, a task that they are read for,
/// or the question that documents are ranked by.
fn each_text(api: Api, node: &Node<'_>) -> u64 {
    const MARKS: u64 = 4;
    const TASK: u64 = 32;
    let texts = ["input", "inputs", "texts", "requests", "documents"];
    let count =
        texts.iter().filter_map(|key| node.get(key)).map(|texts| texts.list().len() as u64).sum::<u64>();
    match api {
        Api::Embeddings | Api::Cohere | Api::GenerateContent | Api::Invoke
            if node.text("query").is_none() =>
        {
            let task = node.has_key(&["input_type", "task", "taskType", "task_type"]);
            count.saturating_mul(if task { MARKS + TASK } else { MARKS })
        }
        Api::Cohere | Api::Invoke => {
            let query = node.text("query").map_or(0, |query| query.len() as u64);
            count.saturating_mul(query.saturating_add(MARKS))
        }
        _ => 0,
    }
}

/// The family of the model, and of those that may take its place.
fn family(model: &str, others: &[String], node: &Node<'_>) -> Family {
    let is_open = node.text("route").is_some() || model.contains("auto");
    let family = if is_open { Family::of(model).or(OTHER) } else { Family::of(model) };
    others.iter().fold(family, |all, other| all.or(Family::of(other)))
}

/// Whether the answer must have a shape, for which some providers add a prompt.
fn is_shaped(node: &Node<'_>) -> bool {
    const SHAPES: &[&str] = &[
        "format",
        "textFormat",
        "responseSchema",
        "response_schema",
        "responseJsonSchema",
        "response_json_schema",
        "responseMimeType",
        "response_mime_type",
    ];
    const PLACES: &[&str] =
        &["text", "output_config", "outputConfig", "generationConfig", "generation_config"];
    let within = PLACES.iter().filter_map(|place| node.get(place));
    node.any(&["response_format", "output_format", "format"]).is_some()
        || within.into_iter().any(|place| place.any(SHAPES).is_some())
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
    if matches!(api, Api::Messages | Api::Converse | Api::Invoke) && !is_marked() {
        CacheUse::None
    } else {
        CacheUse::Possible
    }
}
