//! The tools of a request, told apart by who runs them.
//!
//! A tool that the caller runs costs its own text and the prompt that the provider adds. One that the provider runs
//! sends everything again for each use, with what it found.

use super::{
    family::{Family, Maker},
    node::Node,
    piece::{Amount, Medium, Pieces},
    reason::BoundReason,
};
use crate::{pricing::Dimension, providers::Api};

/// Uses of the tools that a provider runs, where the request gives no limit: Anthropic ends a turn after ten rounds.
pub const DEFAULT_SERVER_TOOL_USES: u64 = 10;

/// A tool that the provider runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ServerTool {
    pub(super) name: String,
    /// The most uses.
    pub(super) uses: u64,
    /// The most tokens that one use brings; nothing where no rule tells.
    pub(super) content: Option<u64>,
}

/// Definitions of Anthropic's own tools that the caller runs, and the most tokens each adds.
const CLIENT: &[(&str, u64)] =
    &[("bash_", 512), ("text_editor_", 1_024), ("computer_", 1_536), ("memory_", 1_536)];
/// Tools of OpenAI that the caller runs.
const LOCAL: &[&str] = &["computer", "computer_use_preview", "local_shell", "apply_patch", "computerUse"];
/// What such a tool adds.
const LOCAL_TOKENS: u64 = 2_048;

/// Reads the tools of a request, and returns those that the provider runs.
pub(super) fn read(api: Api, family: Family, body: &Node<'_>, pieces: &mut Pieces<'_>) -> Vec<ServerTool> {
    let mut server = Vec::new();
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
        one(api, family, tool, pieces, &mut server);
    }
    if is_any {
        pieces.add(BoundReason::Tools("tools"), Amount::Tokens(family.tools), Medium::Text);
    }
    beside(body, &mut server);
    limit(body, &mut server);
    server
}

/// One entry of a list of tools.
fn one(api: Api, family: Family, tool: &Node<'_>, pieces: &mut Pieces<'_>, server: &mut Vec<ServerTool>) {
    const OWN: &[&str] = &[
        "functionDeclarations",
        "function_declarations",
        "toolSpec",
        "cachePoint",
        "input_schema",
        "function",
    ];
    let kind = tool.text("type");
    let mut client = |tokens| {
        pieces.add(BoundReason::Tools("own tool of the provider"), Amount::Tokens(tokens), Medium::Text);
    };
    match kind {
        None | Some("function" | "custom" | "namespace") if kind.is_some() || tool.any(OWN).is_some() => {}
        Some(kind) => {
            let known = CLIENT.iter().find(|(start, _)| kind.starts_with(start));
            if let Some((_, tokens)) =
                known.filter(|_| family.maker == Maker::Anthropic || api == Api::Messages)
            {
                client(*tokens);
            } else if LOCAL.contains(&kind) {
                client(LOCAL_TOKENS);
            } else {
                server.push(served(kind, tool));
            }
            return;
        }
        None => {}
    }
    // Google and Bedrock name a tool by its key, and may put several into one entry.
    for (key, given) in tool.entries() {
        if LOCAL.contains(&key.as_ref()) {
            client(LOCAL_TOKENS);
        } else if kind.is_none() && given.is_map() && !OWN.contains(&key.as_ref()) {
            let name = if key == "systemTool" { given.text("name").unwrap_or(key) } else { key };
            server.push(served(name, given));
        }
    }
}

fn served(name: &str, tool: &Node<'_>) -> ServerTool {
    let uses = match tool.any(&["max_uses", "maxUses", "max_searches", "max_total_results"]) {
        Some(Node::Count(uses)) => *uses,
        _ => DEFAULT_SERVER_TOOL_USES,
    };
    let content = match tool.get("max_content_tokens") {
        Some(Node::Count(tokens)) if name.starts_with("web_fetch") => Some(*tokens),
        _ => None,
    };
    ServerTool { name: name.chars().take(64).collect(), uses, content }
}

/// Fields beside the list of tools that let the provider run some.
fn beside(body: &Node<'_>, server: &mut Vec<ServerTool>) {
    const FIELDS: &[&str] = &[
        "mcp_servers",
        "plugins",
        "web_search_options",
        "search_parameters",
        "enable_search",
        "container",
        "compound_custom",
        "connectors",
    ];
    for (key, given) in body.entries().iter().filter(|(key, _)| FIELDS.contains(&key.as_ref())) {
        let is_given =
            given.is_map() || given.is_true() || !given.list().is_empty() || given.as_text().is_some();
        if is_given {
            server.push(served(if key == "web_search_options" { "web_search" } else { key }, given));
        }
    }
}

/// A limit on the uses of all tools together.
fn limit(body: &Node<'_>, server: &mut [ServerTool]) {
    if let Some(Node::Count(most)) = body.get("max_tool_calls") {
        for tool in server {
            tool.uses = tool.uses.max(DEFAULT_SERVER_TOOL_USES).min(*most);
        }
    }
}

impl ServerTool {
    /// The dimension in which its uses are charged, where they are.
    pub(super) fn charged(&self) -> Option<Dimension> {
        let is = |parts: &[&str]| parts.iter().any(|part| self.name.contains(part));
        if is(&["web_search", "googleSearch", "google_search", "search_parameters", "nova_grounding"]) {
            Some(Dimension::WebSearches)
        } else if is(&["googleMaps", "google_maps"]) {
            Some(Dimension::MapSearches)
        } else if self.name == "file_search" {
            Some(Dimension::FileSearches)
        } else if self.name == "code_interpreter" {
            Some(Dimension::CodeSessions)
        } else {
            None
        }
    }
}
