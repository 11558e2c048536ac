"""What LangChain tells of a model call's usage once it has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bursar import _model_call, _provider_tools
from bursar._answer import read_usage
from bursar._error import Unpriced

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

    blocks: list[dict[str, Any]]
    """What the answer is made of, calls of the provider's own tools among it."""

    metadata: dict[str, Any]
    """What LangChain keeps of the provider's answer besides."""


def told(result: Any) -> Told:
    """Read an ``LLMResult``."""
    output = getattr(result, "llm_output", None) or {}
    message = _message(result)
    usage = getattr(message, "usage_metadata", None) or {}
    metadata = getattr(message, "response_metadata", None) or {}
    return Told(
        counts=_counts(usage) or _plain_counts(output.get("token_usage") or output.get("usage") or {}),
        model=metadata.get("model_name") or metadata.get("model") or output.get("model_name"),
        tier=metadata.get("service_tier") or output.get("service_tier"),
        is_cached=usage.get("total_cost") == 0 and "total_cost" in usage,
        blocks=_blocks(message, metadata),
        metadata=metadata,
    )


def settle(purse: Purse, hold: _native.Hold, told: Told, model: str, provider: str | None) -> None:
    """Settle a hold by what was told; what wasn't leaves it unresolved."""
    if told.is_cached:
        hold.release()
    elif not any(told.counts.values()):
        hold.unresolved()
    elif (answer := _answer(told, model)) is not None:
        _model_call.settle(hold, answer)
    else:
        terms = {"service_tier": told.tier} if told.tier in _TIERS else None
        _model_call.settle(hold, told.counts, model=_served(purse, told.model, model, provider), terms=terms)


def _answer(told: Told, model: str) -> _native.Answer | None:
    """Return the answer in its provider's shape, where its usage was kept as it came, or the provider ran tools."""
    served, metadata = told.model or model, told.metadata
    if isinstance(usage := metadata.get("token_usage"), dict) and "prompt_tokens" in usage:
        choice: dict[str, Any] = {"index": 0, "finish_reason": metadata.get("finish_reason") or "stop", "message": {}}
        answer: dict[str, Any] = {"object": "chat.completion", "model": served, "choices": [choice], "usage": usage}
        return read_usage({**answer, "service_tier": told.tier} if told.tier else answer, api="chat")
    if isinstance(usage := metadata.get("usage"), dict) and metadata.get("model_provider") == "anthropic":
        answer = {"type": "message", "model": served, "content": told.blocks, "usage": usage}
        return read_usage({**answer, "stop_reason": metadata.get("stop_reason") or "end_turn"}, api="messages")
    if calls := _provider_tools.of_responses(told.blocks):
        return _provider_tools.responses_answer(served, calls, told.counts, told.tier)
    if tools := _provider_tools.of_messages(told.blocks):
        return _provider_tools.messages_answer(served, tools, told.counts)
    return None


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


def _blocks(message: Any, metadata: dict[str, Any]) -> list[dict[str, Any]]:
    content = getattr(message, "content", None)
    blocks = [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []
    kept = (getattr(message, "additional_kwargs", None) or {}).get("tool_outputs") or []
    is_openai = metadata.get("model_provider") == "openai"
    return [_as_its_provider_does(block, is_openai=is_openai) for block in (*blocks, *kept)]


def _as_its_provider_does(block: dict[str, Any], *, is_openai: bool) -> dict[str, Any]:
    """Return a call of a provider's tool in the provider's shape, where LangChain has it in one of its own."""
    if block.get("type") != "server_tool_call":
        return block
    if is_openai:
        return {"type": f"{block.get('name')}_call", "status": "completed", "action": block.get("args")}
    return {"type": "server_tool_use", "name": block.get("name")}


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
