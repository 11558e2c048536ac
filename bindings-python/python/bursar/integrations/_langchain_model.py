"""LangChain's models over the SDKs of OpenAI and Anthropic: copies whose clients are wrapped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bursar._purse import Purse

# What a wrapped model says of itself in its metadata, which the handler is shown.
_HELD_BY = "bursar_held_by"

# Where models keep a client, or a resource of one such as its chat completions.
_KEPT = ("root_client", "root_async_client", "client", "async_client", "_client", "_async_client")


def is_held_within(purse: Purse, metadata: Mapping[str, Any]) -> bool:
    """Return whether a call's own requests are held in a purse, by the metadata of its model."""
    return metadata.get(_HELD_BY) == _mark(purse)


def _mark(purse: Purse) -> str:
    return f"{id(purse):x}"


def with_wrapped_clients(purse: Purse, model: Any, wrap: Callable[[Any], Any]) -> Any:
    """Return a copy of a model whose every attempt is held; a model that keeps no client is a ``TypeError``."""
    found = {name: kept for name in _KEPT if (kept := getattr(model, name, None)) is not None}
    wrapped = {name: client for name, kept in found.items() if (client := _wrapped(kept, wrap)) is not None}
    if not wrapped:
        message = f"`{type(model).__qualname__}` keeps no client that can be wrapped: use `langchain_callback`"
        raise TypeError(message)
    copied = model.model_copy()
    # Some of these are computed once and then kept, which no assignment may do.
    copied.__dict__.update(wrapped)
    if hasattr(model, "metadata"):
        copied.metadata = {**(model.metadata or {}), _HELD_BY: _mark(purse)}
    return copied


def _wrapped(kept: Any, wrap: Callable[[Any], Any]) -> Any:
    if _is_client(kept):
        return wrap(kept)
    owner = getattr(kept, "_client", None)
    return type(kept)(wrap(owner)) if _is_client(owner) else None


def _is_client(kept: Any) -> bool:
    return callable(getattr(kept, "with_options", None)) and hasattr(kept, "_client")
