"""What a span of a model call tells: in the words of OpenTelemetry, old and new, of OpenInference and of OpenLLMetry.

A span's kind is told, never guessed: spans of agents, workflows and tools carry the usage of all their calls too.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from bursar import _tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Operations of OpenTelemetry that are calls of a model.
_OPERATIONS = frozenset({"chat", "completion", "embeddings", "generate_content", "text_completion"})
_OPENINFERENCE = frozenset({"LLM", "EMBEDDING"})
_OPENLLMETRY = frozenset({"chat", "completion", "embedding"})

# What tells the kind of a span, the clearest first, with the values that mean a call of a model.
_KINDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("gen_ai.operation.name", _OPERATIONS),
    ("openinference.span.kind", _OPENINFERENCE),
    ("traceloop.span.kind", frozenset()),
    ("llm.request.type", _OPENLLMETRY),
)

_MODELS = (
    "gen_ai.response.model",
    "gen_ai.request.model",
    "llm.response.model",
    "llm.request.model",
    "llm.model_name",
    "embedding.model_name",
)
_PROVIDERS = ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system")
_SERVICE_TIERS = (
    "openai.response.service_tier",
    "gen_ai.openai.response.service_tier",
    "anthropic.response.service_tier",
)

# Each count by the name that usage is read by, with its spellings in the field, today's first.
_COUNTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "input_tokens",
        (
            "gen_ai.usage.input_tokens",
            "gen_ai.usage.prompt_tokens",
            "llm.usage.prompt_tokens",
            "llm.token_count.prompt",
        ),
    ),
    (
        "output_tokens",
        (
            "gen_ai.usage.output_tokens",
            "gen_ai.usage.completion_tokens",
            "llm.usage.completion_tokens",
            "llm.token_count.completion",
        ),
    ),
    (
        "cache_read.input_tokens",
        (
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.cache_read_input_tokens",
            "gen_ai.usage.details.cache_read_tokens",
            "gen_ai.usage.details.cache_read_input_tokens",
            "gen_ai.usage.cached_input_tokens",
            "gen_ai.usage.input_tokens.cached",
            "llm.token_count.prompt_details.cache_read",
        ),
    ),
    (
        "cache_write.input_tokens",
        (
            "gen_ai.usage.cache_write.input_tokens",
            "gen_ai.usage.cache_creation.input_tokens",
            "gen_ai.usage.cache_creation_input_tokens",
            "gen_ai.usage.details.cache_write_tokens",
            "gen_ai.usage.details.cache_creation_input_tokens",
            "gen_ai.usage.cache_write_tokens",
            "gen_ai.usage.input_tokens.cache_write",
            "llm.token_count.prompt_details.cache_write",
        ),
    ),
    ("cache_write_1h", ("anthropic.usage.cache_creation.ephemeral_1h_input_tokens",)),
    (
        "reasoning.output_tokens",
        (
            "gen_ai.usage.reasoning.output_tokens",
            "gen_ai.usage.reasoning_tokens",
            "gen_ai.usage.details.reasoning_tokens",
            "gen_ai.usage.output_tokens.reasoning",
            "llm.usage.reasoning_tokens",
            "llm.token_count.completion_details.reasoning",
        ),
    ),
    (
        "audio.input_tokens",
        (
            "gen_ai.usage.audio.input_tokens",
            "gen_ai.usage.details.input_audio_tokens",
            "llm.token_count.prompt_details.audio",
        ),
    ),
    (
        "audio.output_tokens",
        (
            "gen_ai.usage.audio.output_tokens",
            "gen_ai.usage.details.output_audio_tokens",
            "llm.token_count.completion_details.audio",
        ),
    ),
    ("image.input_tokens", ("gen_ai.usage.image.input_tokens",)),
    ("video.input_tokens", ("gen_ai.usage.video.input_tokens",)),
)
# Tokens that are told beside the call's own.
_BESIDE = (
    ("input_tokens", "anthropic.usage.compaction.input_tokens"),
    ("output_tokens", "anthropic.usage.compaction.output_tokens"),
)
_CACHED = ("cache_read.input_tokens", "cache_write.input_tokens")

# Other spellings of our tags.
_TAGS = {
    "deployment.environment": "environment",
    "session.id": "run",
    "traceloop.association.properties.session_id": "run",
    "traceloop.association.properties.user_id": "user",
    **{f"traceloop.association.properties.{short}": short for short in _tags.SHORT.values()},
}
_MOST_BYTES = 256


class Told(NamedTuple):
    """What a span told of its call."""

    provider: str | None
    models: tuple[str, ...]
    """The model that served, and the one that was asked for."""

    usage: dict[str, int]
    """Counts by OpenTelemetry's names; none where the span doesn't tell them."""

    terms: dict[str, str] | None
    stated_cost: Decimal | None
    """What the provider said that the call cost."""

    response: str | None
    """The provider's id of the answer."""

    is_disjoint: bool = False
    """Whether the input was counted without what a cache held."""

    is_partial: bool = False
    """Whether the output wasn't counted, as of a stream that was left."""


def is_call(attributes: Mapping[str, Any]) -> bool:
    """Return whether a span is one call of a model.

    >>> is_call({"gen_ai.operation.name": "chat"}), is_call({"gen_ai.operation.name": "invoke_agent"})
    (True, False)
    """
    return next((attributes[key] in calls for key, calls in _KINDS if key in attributes), False)


def _has_no_output(attributes: Mapping[str, Any]) -> bool:
    return any(str(attributes.get(key)).lower().startswith("embedding") for key, _ in _KINDS)


def has_kind(attributes: Mapping[str, Any]) -> bool:
    """Return whether a span tells what part of an agent it is."""
    return any(key in attributes for key, _ in _KINDS)


def read(attributes: Mapping[str, Any]) -> Told:
    """Read what the span of a call tells."""
    attributes = dict(attributes)  # those of a span are slow to look into
    usage, is_disjoint = _usage(attributes)
    tier = _first(attributes, _SERVICE_TIERS)
    found = (_text(attributes.get(name)) for name in _MODELS)
    return Told(
        provider=_first(attributes, _PROVIDERS),
        models=tuple(dict.fromkeys(model for model in found if model)),
        usage=usage,
        terms=None if tier is None else {"service_tier": tier},
        stated_cost=_stated_cost(attributes),
        response=_text(attributes.get("gen_ai.response.id")),
        is_disjoint=is_disjoint,
        is_partial=bool(usage) and "output_tokens" not in usage and not _has_no_output(attributes),
    )


def tags(attributes: Mapping[str, Any], more: Iterable[str] = ()) -> dict[str, str]:
    """Return the tags among attributes, and those of the keys that were asked for beside them."""
    attributes = dict(attributes)
    found = {short: attributes.get(key) for key, short in _TAGS.items()}
    found |= {short: attributes[key] for key, short in _tags.SHORT.items() if key in attributes}
    found |= {_tags.short(key): attributes[key] for key in more if key in attributes}
    texts = {key: str(value) for key, value in found.items() if value is not None and not _is_list(value)}
    # A tag that can't be one is left out: the call is to be booked all the same.
    return {key: text for key, text in texts.items() if text.strip() and len(text.encode()) <= _MOST_BYTES}


def _usage(attributes: Mapping[str, Any]) -> tuple[dict[str, int], bool]:
    found = {name: next(_counts(attributes, names), None) for name, names in _COUNTS}
    usage = {name: count for name, count in found.items() if count is not None}
    cached = sum(usage.get(part, 0) for part in _CACHED)
    is_disjoint = cached > usage.get("input_tokens", 0)
    if is_disjoint:
        # More was cached than went in: then the input was counted without it, as some instrumentations do.
        usage["input_tokens"] = usage.get("input_tokens", 0) + cached
    for name, beside in _BESIDE:
        count = next(_counts(attributes, (beside,)), 0)
        if count:
            usage[name] = usage.get(name, 0) + count
    return usage, is_disjoint


def _counts(attributes: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    for name in names:
        count = attributes.get(name)
        if isinstance(count, float) and count.is_integer():
            count = int(count)
        if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
            yield count


def _stated_cost(attributes: Mapping[str, Any]) -> Decimal | None:
    """Return the cost that the provider said; one that an instrumentation computed is its own guess."""
    amount = attributes.get("gen_ai.usage.cost.amount")
    is_theirs = attributes.get("gen_ai.usage.cost.source") == "provider"
    is_usd = attributes.get("gen_ai.usage.cost.currency", "USD") == "USD"
    if not (is_theirs and is_usd) or isinstance(amount, bool) or not isinstance(amount, (int, float)):
        return None
    cost = Decimal(str(amount))
    return cost.quantize(Decimal("1e-12")) if cost.is_finite() and 0 <= cost < 1_000_000 else None  # noqa: PLR2004, no entry holds more


def _first(attributes: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((text for name in names if (text := _text(attributes.get(name)))), None)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))
