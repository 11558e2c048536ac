"""LangChain's agent middleware: it puts the purse's handler around each model call of an agent."""

from __future__ import annotations

import importlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from bursar.integrations._langchain_callback import Callback

_MIDDLEWARE: Any = importlib.import_module("langchain.agents.middleware").AgentMiddleware
_CONFIG: Any = importlib.import_module("langchain_core.runnables.config")


class Middleware(_MIDDLEWARE):  # type: ignore[misc]
    """Holds each model call that is made within: each retry and each fallback, wherever in the list it stands.

    The call itself is what is held, rather than the agent's request for it: only there are the tools, the shape of the
    answer and the limits as they are sent.
    """

    def __init__(self, callback: Callback) -> None:
        """Hold calls with a purse's handler."""
        super().__init__()
        self._callback = callback

    @property
    def name(self) -> str:
        """The name of the middleware within an agent, which has one of each name."""
        return "bursar"

    def wrap_model_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        """Hold the model call of the handler, and settle it."""
        with self._around():
            return handler(request)

    async def awrap_model_call(self, request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        """Do the same in a coroutine."""
        with self._around():
            return await handler(request)

    @contextmanager
    def _around(self) -> Iterator[None]:
        current = _CONFIG.ensure_config()
        config = _CONFIG.merge_configs(current, {"callbacks": [self._callback]})
        token = _CONFIG.var_child_runnable_config.set(config)
        try:
            yield
        finally:
            _CONFIG.var_child_runnable_config.reset(token)
