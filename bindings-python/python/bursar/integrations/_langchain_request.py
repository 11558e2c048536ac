"""A model call as LangChain shows it to its callbacks, before it is sent."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from bursar import _native
from bursar._error import Unpriced

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bursar._purse import Purse

# Where models keep their limit on output tokens.
_LIMITS = ("max_completion_tokens", "max_output_tokens", "max_tokens", "max_tokens_to_sample", "num_predict")

# What else a call's cost depends on.
_SETTINGS = (
    "n",
    "best_of",
    "service_tier",
    "reasoning",
    "reasoning_effort",
    "thinking",
    "response_format",
    "text",
    "tool_choice",
    "functions",
    "modalities",
    "prediction",
    "web_search_options",
    "previous_response_id",
)

# Providers that LangChain names in a way of its own.
_PROVIDERS = {
    "google_genai": "google",
    "google_vertexai": "google",
    "amazon_bedrock": "bedrock",
    "bedrock_converse": "bedrock",
    "mistralai": "mistral",
}


class Asked(NamedTuple):
    """What a call asks for."""

    model: str
    provider: str | None
    messages: Any
    tools: Any
    max_output_tokens: int | None
    settings: dict[str, Any]


def asked(
    purse: Purse,
    serialized: Mapping[str, Any] | None,
    messages: Any,
    params: Mapping[str, Any],
    metadata: Mapping[str, Any],
) -> Asked:
    """Read a call from a chat model's own settings and those of the call, which lie over them."""
    model = _first_text(
        metadata.get("ls_model_name"), params.get("model"), params.get("model_name"), params.get("model_id")
    )
    return Asked(
        model=model,
        provider=_provider(purse, model, serialized or {}, metadata),
        messages=messages,
        tools=params.get("tools"),
        max_output_tokens=_limit(params, metadata),
        settings={name: params[name] for name in _SETTINGS if params.get(name) is not None},
    )


def _limit(params: Mapping[str, Any], metadata: Mapping[str, Any]) -> int | None:
    """Return the limit on output tokens: a call's own shows here or there, and the greatest is never too small."""
    named = (*(params.get(name) for name in _LIMITS), metadata.get("ls_max_tokens"))
    limits = [limit for limit in named if isinstance(limit, int)]
    # -1 stands for none in some models.
    return max(limits) if limits and min(limits) > 0 else None


def in_openai_shape(messages: Sequence[Any]) -> list[Any]:
    """Return messages as a request has them, so that pictures count by their size and the rest by its bytes."""
    convert = importlib.import_module("langchain_core.messages").convert_to_openai_messages
    return [_converted(convert, message) for message in messages]


def _converted(convert: Any, message: Any) -> Any:
    try:
        converted = convert(message)
    except Exception:  # noqa: BLE001, a block that LangChain can't translate is still sent: it counts as it is
        return message.model_dump()
    # What the translation leaves out, and some models send all the same, as earlier reasoning.
    if rest := {name: value for name, value in message.additional_kwargs.items() if name != "tool_calls"}:
        converted["additional_kwargs"] = rest
    return converted


def _provider(purse: Purse, model: str, serialized: Mapping[str, Any], metadata: Mapping[str, Any]) -> str | None:
    # A chat model of one provider is often pointed at another one that speaks its language: the address tells.
    kept = serialized.get("kwargs") or {}
    url = next((value for value in kept.values() if isinstance(value, str) and value.startswith("http")), None)
    if url is not None:
        return _native.address(urlsplit(url).netloc, "/v1/chat/completions")[1]
    named = metadata.get("ls_provider")
    provider = _PROVIDERS.get(named or "", named)
    try:
        purse.model(model, provider=provider)
    except Unpriced:
        return None
    return provider


def _first_text(*values: Any) -> str:
    return next((value for value in values if isinstance(value, str) and value), "")
