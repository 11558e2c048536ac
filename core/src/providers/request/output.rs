//! The most that may come back: limits on the output, how many answers, and in which media.

use super::node::Node;
use crate::{
    error::{Error, ErrorCode, Result},
    providers::Api,
};

/// What a request says of its output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Output {
    /// The most tokens of one answer; nothing for the model's own maximum.
    pub(super) each: Option<u64>,
    /// Tokens of one answer that its limit doesn't cover.
    pub(super) on_top: u64,
    /// How many answers.
    pub(super) times: u64,
    /// Texts that are made on the way and that no limit covers.
    pub(super) free: u64,
    /// Whether answers may be spoken.
    pub(super) is_audio: bool,
    /// Whether answers may hold images.
    pub(super) is_image: bool,
}

impl Output {
    /// The most tokens of all answers, given the model's maximum of one.
    pub(super) fn total(&self, maximum: Option<u64>) -> Option<u64> {
        let each = self.each.or(maximum)?;
        let free = if self.free == 0 { 0 } else { maximum?.saturating_mul(self.free) };
        Some(each.saturating_add(self.on_top).saturating_mul(self.times.max(1)).saturating_add(free))
    }

    /// Whether one limit, or the model's maximum, is all that there is to it.
    pub(super) const fn is_plain(&self) -> bool {
        self.on_top == 0 && self.times <= 1 && self.free == 0
    }
}

/// Limits on the output, each a way of keys into the body.
const LIMITS: &[&[&str]] = &[
    &["max_tokens"],
    &["max_completion_tokens"],
    &["max_output_tokens"],
    &["max_tokens_to_sample"],
    &["max_gen_len"],
    &["maxTokens"],
    &["inferenceConfig", "maxTokens"],
    &["inferenceConfig", "max_new_tokens"],
    &["textGenerationConfig", "maxTokenCount"],
    &["generationConfig", "maxOutputTokens"],
    &["generationConfig", "max_output_tokens"],
    &["generation_config", "max_output_tokens"],
    &["additionalModelRequestFields", "max_tokens"],
    &["options", "num_predict"],
];
/// How many answers are made.
const TIMES: &[&[&str]] = &[
    &["n"],
    &["best_of"],
    &["num_generations"],
    &["generationConfig", "candidateCount"],
    &["generationConfig", "candidate_count"],
    &["generation_config", "candidate_count"],
];
/// Thinking that some providers don't count against the limit.
const ON_TOP: &[&[&str]] = &[&["thinking_budget"], &["thinking", "token_budget"]];
/// Thinking that may go beyond the limit where tools are used in between.
const INTERLEAVED: &[&[&str]] = &[
    &["thinking", "budget_tokens"],
    &["additionalModelRequestFields", "thinking", "budget_tokens"],
    &["reasoning", "max_tokens"],
];

/// Kinds of request whose output isn't text, or has no limit of its own.
pub(super) const fn is_measured(api: Api) -> bool {
    matches!(api, Api::Embeddings | Api::Images | Api::Speech | Api::Transcription)
}

/// Whether a request of an API that can answer asks for vectors or a ranking instead.
fn is_silent(api: Api, model: &str, body: &Node<'_>) -> bool {
    const ASKED: &[&str] = &["messages", "message", "prompt", "contents"];
    body.any(ASKED).is_none()
        && match api {
            Api::Cohere | Api::Ollama | Api::GenerateContent => true,
            Api::Invoke => is_embedding(model, body) || is_ranking(body),
            _ => false,
        }
}

/// Whether InvokeModel is asked for vectors: by a word that only such bodies have (Cohere's, Titan's, Nova's), or by the
/// model's name, since a text alone is what Titan's models of either kind take.
///
/// Nova charges media by their number and length, of which the bytes are no bound: those stay without one.
fn is_embedding(model: &str, body: &Node<'_>) -> bool {
    const WORDS: &[&str] = &["input_type", "embedding_types", "embeddingTypes", "embeddingConfig"];
    const MEDIA: &[&str] = &["image", "audio", "video"];
    if let Some(nova) = body.get("singleEmbeddingParams") {
        return nova.get("text").is_some_and(|text| text.text("value").is_some())
            && nova.any(MEDIA).is_none();
    }
    let is_named = model.contains("embed") && body.any(&["inputText", "inputImage", "texts"]).is_some();
    is_named || body.any(WORDS).is_some()
}

/// Whether documents are to be ranked by a question.
fn is_ranking(body: &Node<'_>) -> bool {
    body.text("query").is_some() && body.get("documents").is_some()
}

pub(super) fn read(api: Api, model: &str, body: &Node<'_>) -> Result<Output> {
    if is_measured(api) || is_silent(api, model, body) {
        return Ok(Output { each: Some(0), times: counted(body, TIMES)?.unwrap_or(1), ..Output::default() });
    }
    let each = counted(body, LIMITS)?;
    let mut on_top = counted(body, ON_TOP)?.unwrap_or(0);
    let budget = counted(body, INTERLEAVED)?.unwrap_or(0);
    if each.is_some_and(|each| each <= budget) {
        on_top = on_top.saturating_add(budget);
    }
    // What was predicted and isn't so is charged as output too.
    on_top = on_top.saturating_add(body.get("prediction").map_or(0, Node::text_bytes));
    let modalities = [
        body.get("modalities"),
        at(body, &["generationConfig", "responseModalities"]),
        at(body, &["generationConfig", "response_modalities"]),
    ];
    let speaks = |medium: &str| {
        let mut named = modalities.iter().flatten().flat_map(|list| list.list()).filter_map(Node::as_text);
        named.any(|name| name.eq_ignore_ascii_case(medium))
    };
    let times = counted(body, TIMES)?.unwrap_or(1).max(1).saturating_mul(prompts(body));
    // Where thinking is asked for and has no budget, the limit holds for what comes after it.
    let free = u64::from(
        body.get("enable_thinking").is_some_and(Node::is_true) && body.get("thinking_budget").is_none(),
    );
    Ok(Output { each, on_top, times, free, is_audio: speaks("audio"), is_image: speaks("image") })
}

/// How many prompts are completed by themselves: a list of texts, or of lists of tokens.
fn prompts(body: &Node<'_>) -> u64 {
    let several = body.get("prompt").map(Node::list).unwrap_or_default();
    let is_prompt = |node: &&Node<'_>| node.as_text().is_some() || matches!(node, Node::List(_));
    (several.iter().filter(is_prompt).count() as u64).max(1)
}

/// The largest of the counts at several places.
fn counted(body: &Node<'_>, places: &[&[&str]]) -> Result<Option<u64>> {
    let mut found = None;
    for place in places {
        let Some(node) = at(body, place) else { continue };
        if let Some(count) = count(place, node)? {
            found = found.max(Some(count));
        }
    }
    Ok(found)
}

fn at<'n, 'a>(body: &'n Node<'a>, place: &[&str]) -> Option<&'n Node<'a>> {
    place.iter().try_fold(body, |node, key| node.get(key))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number below 2^53 is exact in both"
)]
fn count(place: &[&str], node: &Node<'_>) -> Result<Option<u64>> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match node {
        Node::Count(count) => Ok(Some(*count)),
        Node::Number(number) if number.fract() == 0.0 && (0.0..EXACT).contains(number) => {
            Ok(Some(*number as u64))
        }
        // Ollama's own words for no limit.
        Node::Number(number) if place.last() == Some(&"num_predict") && *number < 0.0 => Ok(None),
        // Google's own word for a budget that the model chooses, and Qwen's for none.
        Node::Number(number) if place.last().is_some_and(|key| key.contains("budget")) && *number < 0.0 => {
            Ok(None)
        }
        other => {
            let message = format!(
                "`{}` is {}, and a whole number of 0 or more is allowed",
                place.join("."),
                other.shown()
            );
            Err(Error::new(ErrorCode::RequestInvalid, message))
        }
    }
}
