"""What LangChain tells of a model call's usage once it has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bursar._error import Invalid, Unpriced

if TYPE_CHECKING:
    from bursar import _native
    from bursar._purse import Purse

# Tiers that have prices of their own. LangChain puts their names before those of the parts.
_TIERS = ("flex", "priority")


class Told(NamedTuple):
    """What an ended call tells."""

    counts: dict[str, int]
    """Tokens by OpenTelemetry's names; empty where nothing was told."""

    model: str | None
    tier: str | None
    is_cached: bool
    """Whether LangChain's own cache answered, and nothing was sent."""


def told(result: Any) -> Told:
    """Read an ``LLMResult``."""
    output = getattr(result, "llm_output", None) or {}
    message = _message(result)
    usage = getattr(message, "usage_metadata", None) or {}
    metadata = getattr(message, "response_metadata", None) or {}
    tier = metadata.get("service_tier") or output.get("service_tier")
    return Told(
        counts=_counts(usage) or _plain_counts(output.get("token_usage") or output.get("usage") or {}),
        model=metadata.get("model_name") or metadata.get("model") or output.get("model_name"),
        tier=tier if tier in _TIERS else None,
        is_cached=usage.get("total_cost") == 0 and "total_cost" in usage,
    )


def settle(purse: Purse, hold: _native.Hold, told: Told, model: str, provider: str | None) -> None:
    """Settle a hold by what was told; what wasn't, or can't be, leaves it unresolved and the answer to its caller."""
    if told.is_cached:
        hold.release()
    elif not any(told.counts.values()):
        hold.unresolved()
    else:
        terms = None if told.tier is None else {"service_tier": told.tier}
        try:
            hold.settle(told.counts, model=_served(purse, told.model, model, provider), terms=terms)
        except (Invalid, Unpriced):
            hold.unresolved()


def _served(purse: Purse, served: str | None, asked: str, provider: str | None) -> _native.Model | None:
    if not served or served == asked:
        return None
    try:
        return purse.model(served, provider=provider)
    except Unpriced:
        # A name that the price book doesn't know, as of a deployment: the model that was asked for is what was served.
        return None


def _message(result: Any) -> Any:
    for choices in result.generations:
        for choice in choices:
            message = getattr(choice, "message", None)
            if message is not None and getattr(message, "usage_metadata", None):
                return message
    return None


def _counts(usage: dict[str, Any]) -> dict[str, int]:
    if not usage:
        return {}
    read = _parts(usage.get("input_token_details"))
    written = _parts(usage.get("output_token_details"))
    in_an_hour = read.get("ephemeral_1h_input_tokens", 0)
    counts = {
        "input_tokens": usage.get("input_tokens") or 0,
        "output_tokens": usage.get("output_tokens") or 0,
        "cache_read_input_tokens": read.get("cache_read", 0),
        "cache_creation_input_tokens": read.get("cache_creation", 0)
        + read.get("ephemeral_5m_input_tokens", 0)
        + in_an_hour,
        "cache_write_1h": in_an_hour,
        "audio.input_tokens": read.get("audio", 0),
        "audio.output_tokens": written.get("audio", 0),
        "reasoning_output_tokens": written.get("reasoning", 0),
    }
    return {name: count for name, count in counts.items() if count}


def _parts(details: dict[str, Any] | None) -> dict[str, int]:
    parts: dict[str, int] = {}
    for name, count in (details or {}).items():
        for tier in _TIERS:
            name = name.removeprefix(f"{tier}_")  # noqa: PLW2901, a part of a tier is that part
        if isinstance(count, int):
            parts[name] = parts.get(name, 0) + count
    return parts


def _plain_counts(usage: Any) -> dict[str, int]:
    names = ("prompt_tokens", "completion_tokens", "input_tokens", "output_tokens")
    return {name: usage[name] for name in names if isinstance(usage.get(name), int)} if isinstance(usage, dict) else {}
