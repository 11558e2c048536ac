//! Passes over a request that are no tools: the provider summarises what has grown too long, or lets a model try several
//! times.

use super::{
    node::Node,
    served::{DEFAULT_SERVER_TOOL_USES, Served},
};

/// Anthropic, "Compaction": it begins at so many tokens if the request doesn't say when.
const COMPACTION_FROM: u64 = 150_000;
/// The fewest tokens at which it may begin.
const MIN_COMPACTION_FROM: u64 = 50_000;

/// The passes over a request of at most so many tokens, with tools of the provider's or without.
pub(super) fn read(body: &Node<'_>, tokens: u64, tools: &[Served]) -> Vec<Served> {
    let begins = compaction_from(body).is_some_and(|from| tokens >= from || !tools.is_empty());
    // With tools of the provider's the conversation may grow too long again, as often as they are used.
    let uses = if tools.is_empty() { 1 } else { DEFAULT_SERVER_TOOL_USES };
    let compaction = begins.then(|| Served { writes: 1, ..Served::pass("compaction", uses) });
    compaction.into_iter().chain(tries(body)).collect()
}

/// The tokens from which on the conversation is summarised within the request.
fn compaction_from(body: &Node<'_>) -> Option<u64> {
    let edits = body.get("context_management").map(|asked| asked.get("edits").unwrap_or(asked));
    let asked = edits.map(Node::list).unwrap_or_default();
    let edit = asked.iter().find(|edit| edit.text("type").is_some_and(|kind| kind.starts_with("compact")));
    match edit {
        // OpenAI compacts from wherever it is told.
        Some(edit) if edit.text("type") == Some("compaction") => Some(0),
        Some(edit) => Some(match edit.get("trigger").map(|trigger| trigger.get("value")) {
            Some(Some(Node::Count(from))) => (*from).max(MIN_COMPACTION_FROM),
            Some(_) => MIN_COMPACTION_FROM,
            None => COMPACTION_FROM,
        }),
        None => body.get("compaction").map(|_| 0),
    }
}

/// OpenAI's professional mode, in which a model makes several answers and reads them to make the last one.
fn tries(body: &Node<'_>) -> Option<Served> {
    let mode = body.get("reasoning").and_then(|reasoning| reasoning.text("mode"))?;
    (mode == "pro").then(|| Served::pass("reasoning in pro mode", DEFAULT_SERVER_TOOL_USES))
}
