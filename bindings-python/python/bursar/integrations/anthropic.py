"""The ``anthropic`` SDK, sync and async, also on Bedrock and Vertex: a wrapped client, or a middleware for one.

Both can refuse every message before it is sent, whole, raw or streamed, and hold each retry of the SDK by itself. A
client takes one of them, or its calls would be held twice.
"""

from __future__ import annotations

import functools
import importlib
import json
from typing import TYPE_CHECKING, Any

from bursar import _http, _request
from bursar._answer import plain
from bursar._wrap import Options
from bursar.integrations import httpx

if TYPE_CHECKING:
    from bursar._purse import Purse

_ENCODINGS = {"accept-encoding": "gzip, deflate"}


def wrap(purse: Purse, client: Any, options: Options) -> Any:
    """Return a copy of a client whose every attempt is held; copies of it by ``with_options`` are too."""
    # The SDK takes any error that isn't its own for a connection that failed, and tries again.
    error = importlib.import_module("anthropic").AnthropicError
    http_client = httpx.wrap(purse, client._client, options, error)  # noqa: SLF001, the SDK has no name for it
    return client.copy(http_client=http_client)


def middleware(purse: Purse, *, provider: str = "anthropic", fit: bool = False) -> Any:
    """Return a middleware for ``Anthropic(middleware=[…])``, of which it should be the last.

    ``provider`` names whose prices count: ``aws`` for ``AnthropicBedrock``, ``google`` for ``AnthropicVertex``.
    """
    return _kind()(purse, Options(provider=provider, fit=fit))


@functools.cache
def _kind() -> type[Any]:
    return type("Middleware", (_Middleware, importlib.import_module("anthropic").Middleware), {})


class _Middleware:
    """What the SDK runs around each attempt."""

    def __init__(self, purse: Purse, options: Options) -> None:
        self._purse, self._options = purse, options

    def handle(self, request: Any, call_next: Any) -> Any:
        sent = _sent(request)
        if sent is None:
            return call_next(request)
        attempt, sent = _http.begin(self._purse, self._options, sent)
        try:
            response = call_next(self._rewritten(request, sent))
        except BaseException as error:
            attempt.fail(error)
            raise
        _answered(response, attempt, is_async=False)
        return response

    async def handle_async(self, request: Any, call_next: Any) -> Any:
        sent = _sent(request)
        if sent is None:
            return await call_next(request)
        attempt, sent = await _http.abegin(self._purse, self._options, sent)
        try:
            response = await call_next(self._rewritten(request, sent))
        except BaseException as error:
            attempt.fail(error)
            raise
        _answered(response, attempt, is_async=True)
        return response

    def _rewritten(self, request: Any, sent: _request.Sent) -> Any:
        """Return the request with the limit that fits, and with encodings that can be read in passing."""
        body = request.json
        if self._options.fit:
            limit = json.loads(sent.body).get("max_tokens")
            body = {**body, "max_tokens": limit} if limit != body.get("max_tokens") else body
        return request.copy(headers={**request.headers, **_ENCODINGS}, body=body)


def _sent(request: Any) -> _request.Sent | None:
    """Return the request to a model, if it is one, as it was before the SDK addresses it to a cloud."""
    if request.method.upper() != "POST" or not isinstance(request.json, dict):
        return None
    body = json.dumps(request.json, default=plain, ensure_ascii=False).encode()
    return _request.sent("", request.url.split("?")[0], body)


def _answered(answered: Any, attempt: _http.Attempt, *, is_async: bool) -> None:
    """Settle by a response that is there, or let the attempt look at its body while it is read."""
    response = getattr(answered, "http_response", None)
    if response is None:
        # A middleware behind ours answered by itself: whether it asked a model, nobody tells.
        attempt.fail(None)
        return
    is_read = response.is_stream_consumed
    # A body that was read has been decoded.
    kind = {"content-type": response.headers.get("content-type", "")}
    if not attempt.answered(response.status_code, kind if is_read else response.headers):
        return
    if is_read:
        attempt.passing(response.content)
        attempt.finish()
    else:
        httpx.watch(response, attempt, is_async=is_async)
