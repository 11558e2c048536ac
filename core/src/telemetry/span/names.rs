//! The names of a span's attributes: those of OpenTelemetry, old and new, of OpenInference and of OpenLLMetry.
//!
//! An element of a list has the list's name and its place, as in `gen_ai.response.finish_reasons.0`.

/// What tells the kind of a span, the clearest first, with the values that mean a call of a model.
pub(super) const KINDS: &[(&str, &[&str])] = &[
    ("gen_ai.operation.name", &["chat", "completion", "embeddings", "generate_content", "text_completion"]),
    ("openinference.span.kind", &["LLM", "EMBEDDING"]),
    ("traceloop.span.kind", &[]),
    ("llm.request.type", &["chat", "completion", "embedding"]),
];

/// The model that served, and the one that was asked for.
pub(super) const MODELS: &[&str] = &[
    "gen_ai.response.model",
    "gen_ai.request.model",
    "llm.response.model",
    "llm.request.model",
    "llm.model_name",
    "embedding.model_name",
];

pub(super) const PROVIDERS: &[&str] =
    &["gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system"];

pub(super) const SERVICE_TIERS: &[&str] = &[
    "openai.response.service_tier",
    "gen_ai.openai.response.service_tier",
    "anthropic.response.service_tier",
];

/// The provider's id of the answer.
pub(super) const RESPONSE: &str = "gen_ai.response.id";

/// The whole of what went in, as usage is read by.
pub(super) const INPUT: &str = "input_tokens";
/// The whole of what came out.
pub(super) const OUTPUT: &str = "output_tokens";
/// What of the input a cache held or took.
pub(super) const CACHED: &[&str] = &["cache_read.input_tokens", "cache_write.input_tokens"];

/// Each count by the name that usage is read by, with its spellings in the field, today's first.
pub(super) const COUNTS: &[(&str, &[&str])] = &[
    (
        INPUT,
        &[
            "gen_ai.usage.input_tokens",
            "gen_ai.usage.prompt_tokens",
            "llm.usage.prompt_tokens",
            "llm.token_count.prompt",
        ],
    ),
    (
        OUTPUT,
        &[
            "gen_ai.usage.output_tokens",
            "gen_ai.usage.completion_tokens",
            "llm.usage.completion_tokens",
            "llm.token_count.completion",
        ],
    ),
    (
        "cache_read.input_tokens",
        &[
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.cache_read_input_tokens",
            "gen_ai.usage.details.cache_read_tokens",
            "gen_ai.usage.details.cache_read_input_tokens",
            "gen_ai.usage.cached_input_tokens",
            "gen_ai.usage.input_tokens.cached",
            "llm.token_count.prompt_details.cache_read",
        ],
    ),
    (
        "cache_write.input_tokens",
        &[
            "gen_ai.usage.cache_write.input_tokens",
            "gen_ai.usage.cache_creation.input_tokens",
            "gen_ai.usage.cache_creation_input_tokens",
            "gen_ai.usage.details.cache_write_tokens",
            "gen_ai.usage.details.cache_creation_input_tokens",
            "gen_ai.usage.cache_write_tokens",
            "gen_ai.usage.input_tokens.cache_write",
            "llm.token_count.prompt_details.cache_write",
        ],
    ),
    ("cache_write_1h", &["anthropic.usage.cache_creation.ephemeral_1h_input_tokens"]),
    (
        "reasoning.output_tokens",
        &[
            "gen_ai.usage.reasoning.output_tokens",
            "gen_ai.usage.reasoning_tokens",
            "gen_ai.usage.details.reasoning_tokens",
            "gen_ai.usage.output_tokens.reasoning",
            "llm.usage.reasoning_tokens",
            "llm.token_count.completion_details.reasoning",
        ],
    ),
    (
        "audio.input_tokens",
        &[
            "gen_ai.usage.audio.input_tokens",
            "gen_ai.usage.details.input_audio_tokens",
            "llm.token_count.prompt_details.audio",
        ],
    ),
    (
        "audio.output_tokens",
        &[
            "gen_ai.usage.audio.output_tokens",
            "gen_ai.usage.details.output_audio_tokens",
            "llm.token_count.completion_details.audio",
        ],
    ),
    ("image.input_tokens", &["gen_ai.usage.image.input_tokens"]),
    ("video.input_tokens", &["gen_ai.usage.video.input_tokens"]),
];

/// Tokens that are told beside the call's own.
pub(super) const BESIDE: &[(&str, &str)] = &[
    (INPUT, "anthropic.usage.compaction.input_tokens"),
    (OUTPUT, "anthropic.usage.compaction.output_tokens"),
];

/// The most output tokens that were asked for, and how many answers.
pub(super) const MAX_OUTPUT: &[&str] =
    &["gen_ai.request.max_tokens", "gen_ai.request.max_completion_tokens", "llm.request.max_tokens"];
pub(super) const CHOICES: &str = "gen_ai.request.choice.count";
/// OpenInference's parameters of the request, as JSON, and what they call the same.
pub(super) const PARAMETERS: &str = "llm.invocation_parameters";
pub(super) const MAX_OUTPUT_PARAMETERS: &[&str] =
    &["max_completion_tokens", "max_output_tokens", "max_tokens"];

/// Why the answer came to its end: where it is told, it did.
pub(super) const FINISH_REASONS: &[&str] = &[
    "gen_ai.response.finish_reasons.0",
    "gen_ai.response.finish_reasons",
    "gen_ai.completion.0.finish_reason",
    "llm.response.finish_reason",
    "llm.response.stop_reason",
];

/// A span's status in the words of exporters that have no field for it, and what tells of a failure.
pub(super) const STATUS: &str = "otel.status_code";
pub(super) const FAILED: &str = "ERROR";
pub(super) const ERROR_TYPE: &str = "error.type";
pub(super) const EXCEPTION_TYPE: &str = "exception.type";
pub(super) const EXCEPTION_MESSAGE: &str = "exception.message";
pub(super) const HTTP_STATUSES: &[&str] = &["http.response.status_code", "http.status_code"];
/// That a request of the call was refused here, and none was sent: a wrapped client notes it on the span around.
pub(super) const REFUSED: &str = "bursar.refused";
