"""LiteLLM as a library: every attempt that it sends, for whichever provider, deployment or fallback.

It can refuse: the purse is asked where LiteLLM's own HTTP clients send, so that its retries, those of the SDKs below
it, and each deployment of a router are held by themselves. LiteLLM turns every error into one of its own; its functions
are wrapped so that a refusal comes out as it is. What it can't see: calls that LiteLLM's native engine sends.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from typing import TYPE_CHECKING, Any

from bursar._error import Error
from bursar._wrap import Options
from bursar.integrations import httpx, openai

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from bursar._purse import Purse

# Where LiteLLM makes its clients: module, class, function.
_MAKERS = (
    ("litellm.llms.custom_httpx.http_handler", "HTTPHandler", "create_client"),
    ("litellm.llms.custom_httpx.http_handler", "AsyncHTTPHandler", "create_client"),
    ("litellm.llms.openai.common_utils", "BaseOpenAILLM", "_get_sync_http_client"),
    ("litellm.llms.openai.common_utils", "BaseOpenAILLM", "_get_async_http_client"),
)

# Where it takes clients of the SDK as they come.
_COMPLETIONS = "litellm.llms.openai.completion.handler"
_SDK_CLIENTS = ("OpenAI", "AsyncOpenAI")

# Clients that may be there already.
_MADE = ("module_level_client", "module_level_aclient")

# What people call, each with its async twin.
_FUNCTIONS = (
    "completion",
    "text_completion",
    "embedding",
    "responses",
    "image_generation",
    "image_edit",
    "rerank",
    "transcription",
    "speech",
)

# An error within an error within an error: LiteLLM wraps a few times, and more with each retry.
_MAX_DEPTH = 64


def handler(purse: Purse, *, provider: str | None = None, fit: bool = False) -> Hooks:
    """Hold every call of LiteLLM from now on, and return what ends that.

    ``provider`` names whose prices count, where the host doesn't tell; ``fit`` asks for as many tokens as fit.
    """
    return Hooks(purse, Options(provider=provider, fit=fit))


class Hooks:
    """What LiteLLM was given; it is as it was after ``remove``, or after the block."""

    def __init__(self, purse: Purse, options: Options) -> None:
        """Stand where LiteLLM makes its clients, and around its functions."""
        self._litellm = importlib.import_module("litellm")
        error = importlib.import_module("openai").OpenAIError
        self._wrapped = functools.partial(_wrapped, purse, options, error)
        self._before: list[tuple[Any, str, Any]] = []
        for module, kind, name in _MAKERS:
            owner = getattr(importlib.import_module(module), kind)
            self._set(owner, name, self._making(inspect.getattr_static(owner, name)))
        completions = importlib.import_module(_COMPLETIONS)
        for name in _SDK_CLIENTS:
            made_by = functools.partial(_sdk_client, purse, options, getattr(completions, name))
            self._set(completions, name, made_by)
        for name in [prefix + name for name in _FUNCTIONS for prefix in ("", "a")]:
            if hasattr(self._litellm, name):
                self._set(self._litellm, name, _letting_refusals_out(getattr(self._litellm, name)))
        for name in _MADE:
            made = vars(self._litellm).get(name)
            if made is not None:
                self._set(made, "_client", self._wrapped(made._client))  # noqa: SLF001
        self._not_made = [name for name in _MADE if name not in vars(self._litellm)]
        # Clients that were kept were made before; new ones are asked for.
        kept = self._litellm.in_memory_llm_clients_cache
        self._set(self._litellm, "in_memory_llm_clients_cache", type(kept)())

    def remove(self) -> None:
        """Leave LiteLLM as it was."""
        while self._before:
            owner, name, before = self._before.pop()
            setattr(owner, name, before)
        # What was made meanwhile is held; LiteLLM makes it anew.
        for name in self._not_made:
            vars(self._litellm).pop(name, None)
        self._not_made = []

    def __enter__(self) -> Self:
        """Return the hooks, which are removed when the block ends."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove them."""
        self.remove()

    def _set(self, owner: Any, name: str, value: Any) -> None:
        self._before.append((owner, name, inspect.getattr_static(owner, name)))
        setattr(owner, name, value)

    def _making(self, maker: Any) -> Any:
        """Return a maker of clients that are held."""
        is_static = isinstance(maker, staticmethod)
        made = maker.__func__ if is_static else maker

        @functools.wraps(made)
        def making(*arguments: Any, **options: Any) -> Any:
            return self._wrapped(made(*arguments, **options))

        return staticmethod(making) if is_static else making


def _wrapped(purse: Purse, options: Options, error: type[Exception], client: Any) -> Any:
    # A program's own client may be wrapped by itself.
    if client is None or hasattr(client, "_bursar_original"):
        return client
    return httpx.wrap(purse, client, options, error)


def _sdk_client(purse: Purse, options: Options, kind: Any, **given: Any) -> Any:
    return openai.wrap(purse, kind(**given), options)


def _letting_refusals_out(function: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def acalled(*arguments: Any, **options: Any) -> Any:
            try:
                return await function(*arguments, **options)
            except Exception as error:
                refusal = _refusal_in(error)
                if refusal is None:
                    raise
                raise refusal from None

        return acalled

    @functools.wraps(function)
    def called(*arguments: Any, **options: Any) -> Any:
        try:
            return function(*arguments, **options)
        except Exception as error:
            refusal = _refusal_in(error)
            if refusal is None:
                raise
            raise refusal from None

    return called


def _refusal_in(error: BaseException) -> Error | None:
    """Return the purse's own error behind one of LiteLLM's."""
    found: BaseException | None = error
    for _ in range(_MAX_DEPTH):
        if found is None or isinstance(found, Error):
            return found
        found = found.__cause__ or found.__context__
    return None
