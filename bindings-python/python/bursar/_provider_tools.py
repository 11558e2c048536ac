"""Tools that a provider runs, in answers that a framework has taken apart: they cost beyond tokens.

Such an answer is put together again in its provider's shape and read by that provider's rules, as if it had passed by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar._answer import read_usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bursar import _native

# Calls that the program runs, and the provider only asks for.
_ASKED = frozenset({"function_call", "tool_call", "custom_tool_call"})

# What a tool made is long, and costs what its call does.
_MADE = frozenset({"result", "results", "outputs"})


def of_responses(items: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return those items of a response that are calls of the provider's own tools."""
    return [
        {name: value for name, value in item.items() if name not in _MADE}
        for item in items
        if str(item.get("type")).endswith("_call") and item.get("type") not in _ASKED
    ]


def of_messages(blocks: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the names of the tools that Anthropic ran, once for each use."""
    return [str(block.get("name")) for block in blocks if block.get("type") == "server_tool_use"]


def responses_answer(
    model: str, calls: list[dict[str, Any]], counts: Mapping[str, int], tier: str | None = None
) -> _native.Answer:
    """Return a response with these calls, and counts by OpenTelemetry's names."""
    usage = {
        "input_tokens": counts.get("input_tokens", 0),
        "input_tokens_details": {
            "cached_tokens": counts.get("cache_read_input_tokens", 0),
            "cache_write_tokens": counts.get("cache_creation_input_tokens", 0),
        },
        "output_tokens": counts.get("output_tokens", 0),
        "output_tokens_details": {"reasoning_tokens": counts.get("reasoning_output_tokens", 0)},
        "total_tokens": counts.get("input_tokens", 0) + counts.get("output_tokens", 0),
    }
    answer = {"object": "response", "status": "completed", "model": model, "output": calls, "usage": usage}
    return read_usage({**answer, "service_tier": tier} if tier else answer, api="responses")


def messages_answer(model: str, tools: list[str], counts: Mapping[str, int]) -> _native.Answer:
    """Return a message of Anthropic with these uses of its tools, and counts by OpenTelemetry's names."""
    read, written = counts.get("cache_read_input_tokens", 0), counts.get("cache_creation_input_tokens", 0)
    in_an_hour = counts.get("cache_write_1h", 0)
    usage = {
        "input_tokens": counts.get("input_tokens", 0) - read - written,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
        "cache_creation": {
            "ephemeral_5m_input_tokens": written - in_an_hour,
            "ephemeral_1h_input_tokens": in_an_hour,
        },
        "output_tokens": counts.get("output_tokens", 0),
        "server_tool_use": {f"{tool}_requests": tools.count(tool) for tool in tools},
    }
    content = [{"type": "server_tool_use", "name": tool} for tool in tools]
    answer = {"type": "message", "model": model, "stop_reason": "end_turn", "content": content, "usage": usage}
    return read_usage(answer, api="messages")
