//! What a provider does for one request by itself, each time reading everything again: its own tools, and other passes.

use super::family::Maker;
use crate::pricing::Dimension;

/// Uses of the tools that a provider runs, where the request gives no limit: Anthropic ends a turn after ten rounds.
pub const DEFAULT_SERVER_TOOL_USES: u64 = 10;
/// The same of an agent that searches until it has an answer.
pub(super) const RESEARCH_USES: u64 = 128;

/// What one use adds to what the model reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Brings {
    /// Nothing that isn't in the request already.
    Nothing,
    /// So many tokens at the most.
    Tokens(u64),
    /// Nobody knows; no more than the context window.
    Anything,
}

/// A tool that the provider runs, or something else that makes it read everything again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) name: String,
    /// The most uses that the request allows; nothing where it sets no limit.
    pub(super) limit: Option<u64>,
    /// The most uses without a limit.
    pub(super) assumed: u64,
    pub(super) brings: Brings,
    /// How often a use reads everything: twice where another model reads it too.
    pub(super) reads: u64,
    /// Texts that one use makes beside the answer, and that no limit on it covers.
    pub(super) writes: u64,
    /// Whether a limit on all calls of tools covers it.
    pub(super) is_tool: bool,
}

impl Served {
    /// A tool of which no more is known than its name, cut to 64 characters.
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.chars().take(64).collect(),
            limit: None,
            assumed: DEFAULT_SERVER_TOOL_USES,
            brings: Brings::Anything,
            reads: 1,
            writes: 0,
            is_tool: true,
        }
    }

    /// The same as something that is no tool.
    pub(super) fn pass(name: &str, uses: u64) -> Self {
        Self { is_tool: false, assumed: uses, ..Self::new(name) }
    }

    pub(super) fn limit(self, uses: Option<u64>) -> Self {
        Self { limit: uses, ..self }
    }

    /// How often it is used, at the most.
    pub(super) fn uses(&self) -> u64 {
        self.limit.unwrap_or(self.assumed)
    }

    /// The texts that all uses make.
    pub(super) fn texts(&self) -> u64 {
        self.uses().saturating_mul(self.writes)
    }

    /// Its name and how often it is used, for the reason of a bound.
    pub(super) fn shown(&self, uses: u64) -> String {
        let assumed = if self.limit.is_none() && uses == self.assumed { " assumed" } else { "" };
        format!("{}, {uses} use{}{assumed}", self.name, if uses == 1 { "" } else { "s" })
    }

    /// The dimension in which its uses are charged, where they are.
    pub(super) fn charged(&self, maker: Maker) -> Option<Dimension> {
        const SEARCHES: &[&str] = &[
            "web_search",
            "googleSearch",
            "google_search",
            "WebSearch",
            "search_parameters",
            "nova_grounding",
        ];
        let is = |parts: &[&str]| parts.iter().any(|part| self.name.contains(part));
        if is(SEARCHES) {
            Some(Dimension::WebSearches)
        } else if is(&["x_search"]) {
            Some(Dimension::SocialSearches)
        } else if is(&["googleMaps", "google_maps"]) {
            Some(Dimension::MapSearches)
        } else if self.name == "file_search" {
            Some(Dimension::FileSearches)
        } else if maker == Maker::XAi && is(&["code_"]) {
            Some(Dimension::CodeExecutions)
        } else if self.name == "code_interpreter" {
            Some(Dimension::CodeSessions)
        } else {
            None
        }
    }
}
