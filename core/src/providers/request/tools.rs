//! The tools of a request, told apart by who runs them.
//!
//! A tool that the caller runs costs its own text and the prompt that the provider adds. One that the provider runs
//! sends everything again for each use, with what it found.

use super::{
    family::{DEEP_RESEARCH, Family, Maker, agent},
    node::Node,
    piece::Pieces,
    reason::BoundReason,
    served::{Brings, RESEARCH_USES, Served},
};
use crate::providers::Api;

/// Definitions of Anthropic's own tools that the caller runs, and the most tokens each adds.
const CLIENT: &[(&str, u64)] =
    &[("bash_", 512), ("text_editor_", 1_024), ("computer_", 1_536), ("memory_", 1_536)];
/// Tools of OpenAI and Google that the caller runs.
const LOCAL: &[&str] = &["computer", "computer_use_preview", "local_shell", "apply_patch", "computerUse"];
/// What such a tool adds.
const LOCAL_TOKENS: u64 = 2_048;
/// What a tool adds that the provider runs: Anthropic's search takes 1,900 tokens.
const SERVED_TOKENS: u64 = 3_072;
/// Keys of an entry without a type that hold no tool of the provider's.
const SCHEMAS: &[&str] =
    &["functionDeclarations", "function_declarations", "toolSpec", "cachePoint", "function"];

/// Reads the tools of a request, and returns those that the provider runs.
pub(super) fn read(
    api: Api,
    (family, model): (Family, &str),
    body: &Node<'_>,
    pieces: &mut Pieces<'_>,
) -> Vec<Served> {
    let mut served = Vec::new();
    let more = body.get("additionalModelRequestFields");
    let lists = [
        body.get("tools"),
        body.get("functions"),
        body.get("toolConfig").and_then(|config| config.get("tools")),
        more.and_then(|fields| fields.get("tools")),
    ];
    let mut is_any = false;
    for tool in lists.into_iter().flatten().flat_map(Node::list) {
        is_any = true;
        one(api, family, tool, pieces, &mut served);
    }
    if is_any {
        pieces.text(BoundReason::Tools("tools"), family.tools);
    }
    beside(body, &mut served);
    for tool in &served {
        described(tool, pieces);
    }
    if let Some(agent) = by_itself(model) {
        for tool in &mut served {
            tool.assumed = tool.assumed.max(agent.assumed);
        }
        if !served.iter().any(|tool| tool.name.contains("search")) {
            served.push(agent);
        }
    }
    served
}

/// What the model is told of a tool that the provider runs, used or not.
fn described(tool: &Served, pieces: &mut Pieces<'_>) {
    if tool.name.contains("mcp") {
        // Its definitions lie with the server of the tools.
        pieces.reference("mcp");
    } else if tool.brings != Brings::Nothing {
        pieces.text(BoundReason::Tools("own tool of the provider"), SERVED_TOKENS);
    }
}

/// A tool that a model uses by itself.
pub(super) fn by_itself(model: &str) -> Option<Served> {
    let name = agent(model)?;
    let tool = Served::new(&format!("web_search by {name}"));
    Some(if name == DEEP_RESEARCH { Served { assumed: RESEARCH_USES, ..tool } } else { tool })
}

/// A limit on the calls of all tools together.
pub(super) fn most_calls(body: &Node<'_>) -> Option<u64> {
    if let Some(Node::Count(most)) = body.get("max_tool_calls") { Some(*most) } else { None }
}

/// One entry of a list of tools.
fn one(api: Api, family: Family, tool: &Node<'_>, pieces: &mut Pieces<'_>, served: &mut Vec<Served>) {
    let mut own = |tokens| pieces.text(BoundReason::Tools("own tool of the provider"), tokens);
    match tool.text("type") {
        Some("function" | "custom" | "namespace") => {}
        Some(kind) => match own_tokens(api, family, kind) {
            Some(tokens) => own(tokens),
            None => served.push(run(kind, tool)),
        },
        // A tool of the caller's with a schema.
        None if tool.get("name").is_some() => {}
        // Google and Bedrock name a tool by its key, and may put several into one entry.
        None => {
            for (key, given) in tool.entries().iter().filter(|(key, _)| !SCHEMAS.contains(&key.as_ref())) {
                if let Some(tokens) = own_tokens(api, family, key) {
                    own(tokens);
                } else if given.is_map() || !given.list().is_empty() {
                    let name = if key == "systemTool" { given.text("name").unwrap_or(key) } else { key };
                    served.push(run(name, given));
                }
            }
        }
    }
}

/// What a tool adds that the provider defines and the caller runs; nothing for another.
fn own_tokens(api: Api, family: Family, kind: &str) -> Option<u64> {
    let is_anthropic = family.maker == Maker::Anthropic || api == Api::Messages;
    let known = CLIENT.iter().find(|(start, _)| is_anthropic && kind.starts_with(start));
    known.map(|(_, tokens)| *tokens).or_else(|| LOCAL.contains(&kind).then_some(LOCAL_TOKENS))
}

/// What all tools together add that the provider defines and the caller runs.
pub(super) fn own_most(api: Api, family: Family) -> u64 {
    if family.maker == Maker::Anthropic || api == Api::Messages {
        return CLIENT.iter().map(|(_, tokens)| tokens).sum();
    }
    let may_have = matches!(api, Api::Responses | Api::GenerateContent);
    if may_have { LOCAL_TOKENS * LOCAL.len() as u64 } else { 0 }
}

/// A tool that the provider runs, by its name and what the request says of it.
fn run(name: &str, tool: &Node<'_>) -> Served {
    let uses = match tool.any(&["max_uses", "maxUses", "max_searches"]) {
        Some(Node::Count(uses)) => Some(*uses),
        _ => None,
    };
    let brings = match tool.get("max_content_tokens") {
        Some(Node::Count(tokens)) if name.starts_with("web_fetch") => Brings::Tokens(*tokens),
        // It finds definitions that stand in the request.
        _ if name.starts_with("tool_search") => Brings::Nothing,
        _ => Brings::Anything,
    };
    // An adviser reads all that the model has read, and the model reads its advice.
    let is_adviser = name.contains("advisor");
    let (reads, writes) = if is_adviser { (2, 1) } else { (1, 0) };
    Served { brings, reads, writes, ..Served::new(name).limit(uses) }
}

/// Fields beside the list of tools that let the provider run some.
fn beside(body: &Node<'_>, served: &mut Vec<Served>) {
    const FIELDS: &[&str] = &[
        "mcp_servers",
        "plugins",
        "web_search_options",
        "search_parameters",
        "enable_search",
        "container",
        "compound_custom",
        "connectors",
        "data_sources",
        "dataSources",
    ];
    for (key, given) in body.entries().iter().filter(|(key, _)| FIELDS.contains(&key.as_ref())) {
        let is_given =
            given.is_map() || given.is_true() || !given.list().is_empty() || given.as_text().is_some();
        if is_given {
            served.push(run(if key == "web_search_options" { "web_search" } else { key }, given));
        }
    }
}
