//! Families of models: what their makers add to a request by themselves.
//!
//! The figures are above everything that was measured on recorded calls, and above the published ones where there are
//! any (Anthropic, "Tool use pricing": 264 to 530 tokens, and each client tool's own). A family that isn't known takes
//! the largest.

/// Who made a model, as far as it decides what is added to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Maker {
    Anthropic,
    OpenAi,
    Google,
    Amazon,
    Meta,
    Mistral,
    XAi,
    /// Somebody else who is known to add little.
    Open,
    Other,
}

/// What a family adds, in tokens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Family {
    pub(super) maker: Maker,
    /// Of every request.
    pub(super) template: u64,
    /// Once there is a tool.
    pub(super) tools: u64,
    /// Once the answer's shape is required.
    pub(super) structured: u64,
    /// A page of a document, as text and as an image.
    pub(super) page: u64,
}

const fn family(maker: Maker, template: u64, tools: u64, structured: u64, page: u64) -> Family {
    Family { maker, template, tools, structured, page }
}

/// What a model of nobody known is taken for.
pub(super) const OTHER: Family = family(Maker::Other, 1_024, 1_536, 1_536, 16_384);
/// The models whose weights are open, and their chat templates with them.
const OPEN: Family = family(Maker::Open, 64, 512, 256, 16_384);
const OPENAI: Family = family(Maker::OpenAi, 32, 64, 64, 12_288);

/// Parts of a model's name, and the family that they tell; the first that is in the name counts.
const FAMILIES: &[(&[&str], Family)] = &[
    (&["claude"], family(Maker::Anthropic, 64, 640, 512, 7_784)),
    // Its template begins with instructions and the date.
    (&["gpt-oss"], family(Maker::OpenAi, 128, 256, 128, 4_096)),
    (&["gpt-", "chatgpt", "text-embedding-3", "text-embedding-ada", "codex", "computer-use-preview"], OPENAI),
    (&["gemini"], family(Maker::Google, 32, 64, 64, 4_096)),
    (&["nova-"], family(Maker::Amazon, 64, 1_024, 1_024, 16_384)),
    // An R1 that was distilled into a Llama or a Qwen has R1's template.
    (&["deepseek"], OPEN),
    (&["llama"], family(Maker::Meta, 64, 640, 256, 8_192)),
    (
        &["mistral", "magistral", "pixtral", "codestral", "voxtral", "ministral", "devstral", "mixtral"],
        family(Maker::Mistral, 64, 128, 128, 8_192),
    ),
    (&["grok"], family(Maker::XAi, 1_024, 1_536, 1_536, 16_384)),
    // Cohere doesn't charge what its template adds.
    (&["command-", "c4ai-", "embed-", "rerank-"], OPEN),
    (
        &[
            "qwen", "qwq", "glm-", "kimi", "minimax", "gemma", "nemotron", "palmyra", "titan-", "phi-",
            "granite", "jamba", "voyage-",
        ],
        OPEN,
    ),
];

/// OpenAI's reasoning models, whose names are too short to be looked for within a name.
const REASONING: &[&str] = &["o1", "o3", "o4"];

impl Family {
    pub(super) fn of(model: &str) -> Self {
        let name = model.to_ascii_lowercase();
        let holds = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
        if let Some((_, family)) = FAMILIES.iter().find(|(parts, _)| holds(parts)) {
            return *family;
        }
        let own = name.rsplit('/').next().unwrap_or(&name);
        let is_reasoning = REASONING.iter().any(|start| {
            own.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        });
        if is_reasoning { OPENAI } else { OTHER }
    }

    /// What covers both families, where a request may be answered by either.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            maker: if self.maker == other.maker { self.maker } else { Maker::Other },
            template: self.template.max(other.template),
            tools: self.tools.max(other.tools),
            structured: self.structured.max(other.structured),
            page: self.page.max(other.page),
        }
    }
}

/// Models that search or run code by themselves, whether or not the request asks for it.
const AGENTS: &[&str] = &["compound", "sonar", DEEP_RESEARCH, "-search-preview", "-search-api", ":online"];
/// An agent that goes on until it has an answer.
pub(super) const DEEP_RESEARCH: &str = "deep-research";

/// The part of the name that tells that a model uses tools by itself.
pub(super) fn agent(model: &str) -> Option<&'static str> {
    let name = model.to_ascii_lowercase();
    if name.contains(DEEP_RESEARCH) {
        return Some(DEEP_RESEARCH);
    }
    AGENTS.iter().copied().find(|part| name.contains(part))
}
