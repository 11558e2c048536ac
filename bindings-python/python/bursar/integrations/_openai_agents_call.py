"""A model call of the OpenAI Agents SDK: what it asks for, and what its answer tells of its usage."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from bursar import _model_call, _provider_tools
from bursar._answer import plain

if TYPE_CHECKING:
    from bursar import _native

_ENDS = frozenset({"response.completed", "response.incomplete", "response.failed"})


def body(  # noqa: PLR0913, PLR0917, the arguments of the SDK's models
    model: Any,
    system_instructions: str | None,
    input: str | list[Any],  # noqa: A002, the SDK's name
    model_settings: Any,
    tools: list[Any],
    output_schema: Any,
    handoffs: list[Any],
    tracing: Any,
    **state: Any,
) -> dict[str, Any]:
    """Return a call as a request of the Responses API has it, whose items and tools the SDK's own are."""
    del tracing
    converter = importlib.import_module("agents.models.openai_responses").Converter
    asked = {
        "model": str(getattr(model, "model", "")),
        "instructions": system_instructions,
        "input": input,
        "max_output_tokens": model_settings.max_tokens,
        "reasoning": model_settings.reasoning,
        "tools": converter.convert_tools(tools, handoffs).tools if tools or handoffs else None,
        "text": _shape(output_schema),
        "previous_response_id": state.get("previous_response_id"),
        "conversation": state.get("conversation_id"),
        "prompt": state.get("prompt"),
        **(model_settings.extra_args or {}),
        **(model_settings.extra_body or {}),
    }
    return {name: value for name, value in asked.items() if value is not None}


def _shape(output_schema: Any) -> Any:
    if output_schema is None or output_schema.is_plain_text():
        return None
    return {"format": {"type": "json_schema", "name": "final_output", "schema": output_schema.json_schema()}}


def is_end(event: Any) -> bool:
    """Return whether an event of a stream is the last one, with the usage."""
    return getattr(event, "type", None) in _ENDS


def settle(hold: _native.Hold, model: str, output: Any, usage: Any) -> None:
    """Settle a hold by what an answer is made of and the usage that it told; without any it is unresolved."""
    counts = _counts(usage)
    if not any(counts.values()):
        hold.unresolved()
    elif calls := _provider_tools.of_responses(plain(item) for item in output or ()):
        _model_call.settle(hold, _provider_tools.responses_answer(model, calls, counts))
    else:
        _model_call.settle(hold, counts)


def _counts(usage: Any) -> dict[str, int]:
    read = getattr(usage, "input_tokens_details", None)
    written = getattr(usage, "output_tokens_details", None)
    return {
        "input_tokens": getattr(usage, "input_tokens", None) or 0,
        "output_tokens": getattr(usage, "output_tokens", None) or 0,
        "cache_read_input_tokens": getattr(read, "cached_tokens", None) or 0,
        "cache_creation_input_tokens": getattr(read, "cache_write_tokens", None) or 0,
        "reasoning_output_tokens": getattr(written, "reasoning_tokens", None) or 0,
    }
