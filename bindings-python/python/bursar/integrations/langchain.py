"""LangChain and LangGraph: agents by a middleware, everything else by a callback handler.

Both can refuse a model call before it is sent. What they can't see: the retries within a model's SDK, which are one
call to LangChain. Over a client that is wrapped by the same purse each attempt is held by itself instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bursar._purse import Purse


def middleware(purse: Purse, *, provider: str | None = None) -> Any:
    """Return a middleware for ``create_agent(middleware=[…])``."""
    from bursar.integrations._langchain_middleware import Middleware  # noqa: PLC0415, needs `langchain`

    return Middleware(callback(purse, provider=provider))


def callback(purse: Purse, *, provider: str | None = None) -> Any:
    """Return a callback handler for ``config={"callbacks": […]}`` of chains, models and graphs."""
    from bursar.integrations._langchain_callback import Callback  # noqa: PLC0415, needs `langchain_core`

    return Callback(purse, provider)
