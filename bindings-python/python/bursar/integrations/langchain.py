"""LangChain and LangGraph: agents by a middleware, everything else by a callback handler, models by themselves.

All can refuse a model call before it is sent. What middleware and handler can't see: the retries within a model's SDK,
which are one call to LangChain. A model that is wrapped holds each attempt by itself, also under the other two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bursar._purse import Purse
    from bursar._wrap import Options


def wrap(purse: Purse, model: Any, options: Options) -> Any:
    """Return a copy of a model of ``langchain_openai`` or ``langchain_anthropic`` whose every attempt is held."""
    from bursar import _wrap  # noqa: PLC0415, which calls this
    from bursar.integrations._langchain_model import with_wrapped_clients  # noqa: PLC0415, needed here alone

    return with_wrapped_clients(purse, model, lambda client: _wrap.wrap(purse, client, options))


def middleware(purse: Purse, *, provider: str | None = None) -> Any:
    """Return a middleware for ``create_agent(middleware=[…])``."""
    from bursar.integrations._langchain_middleware import Middleware  # noqa: PLC0415, needs `langchain`

    return Middleware(callback(purse, provider=provider))


def callback(purse: Purse, *, provider: str | None = None) -> Any:
    """Return a callback handler for ``config={"callbacks": […]}`` of chains, models and graphs."""
    from bursar.integrations._langchain_callback import Callback  # noqa: PLC0415, needs `langchain_core`

    return Callback(purse, provider)
