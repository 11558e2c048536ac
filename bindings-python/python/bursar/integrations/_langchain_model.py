"""LangChain's models over the SDKs of OpenAI and Anthropic: copies whose clients are wrapped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# Where models keep a client, or a resource of one such as its chat completions.
_KEPT = ("root_client", "root_async_client", "client", "async_client", "_client", "_async_client")


def with_wrapped_clients(model: Any, wrap: Callable[[Any], Any]) -> Any:
    """Return a copy of a model whose every attempt is held; a model that keeps no client is a ``TypeError``."""
    found = {name: kept for name in _KEPT if (kept := getattr(model, name, None)) is not None}
    wrapped = {name: client for name, kept in found.items() if (client := _wrapped(kept, wrap)) is not None}
    if not wrapped:
        message = f"`{type(model).__qualname__}` keeps no client that can be wrapped: use `langchain_callback`"
        raise TypeError(message)
    copied = model.model_copy()
    # Some of these are computed once and then kept, which no assignment may do.
    copied.__dict__.update(wrapped)
    return copied


def _wrapped(kept: Any, wrap: Callable[[Any], Any]) -> Any:
    if _is_client(kept):
        return wrap(kept)
    owner = getattr(kept, "_client", None)
    return type(kept)(wrap(owner)) if _is_client(owner) else None


def _is_client(kept: Any) -> bool:
    return callable(getattr(kept, "with_options", None)) and hasattr(kept, "_client")
