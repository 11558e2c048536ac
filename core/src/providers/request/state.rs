//! What lies with the provider and may be read with a request, which doesn't tell its size.

use super::{node::Node, piece::Pieces};

/// Fields that name it.
const FIELDS: &[&str] = &[
    "previous_response_id",
    "conversation",
    "conversation_id",
    "cachedContent",
    "cached_content",
    "preset",
    "promptVariables",
    "agent_id",
    "assistant_id",
    "thread_id",
];

pub(super) fn read(path: &str, model: &str, body: &Node<'_>, pieces: &mut Pieces<'_>) {
    // What an SDK passes on unread lies a step or two deeper.
    let extra = body.get("extra_body");
    let google = [body.get("google"), extra.and_then(|extra| extra.get("google"))];
    let places = [Some(body), extra].into_iter().chain(google).flatten();
    for field in places.flat_map(|place| FIELDS.iter().filter(|field| place.get(field).is_some())) {
        pieces.reference(field);
    }
    if body.get("prompt").is_some_and(Node::is_map) || model.contains(":prompt/") {
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
