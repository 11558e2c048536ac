"""``httpx`` clients, of whichever release: their transport asks the purse before every attempt.

It can refuse: nothing of a call that doesn't fit is sent. It sees each attempt, whole and streamed, with its answer.
"""

from __future__ import annotations

import copy
import functools
import importlib
from typing import TYPE_CHECKING, Any

from bursar import _http, _request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from bursar._purse import Purse
    from bursar._wrap import Options

# The packages that the clients come from.
_PACKAGES = ("httpx", "httpx2")

# Headers that belong to a body, and are made anew with it.
_OF_BODY = frozenset({b"content-length", b"transfer-encoding"})


def wrap(purse: Purse, client: Any, options: Options) -> Any:
    """Return a copy of a client, on the same connections, whose every attempt is held before it is sent."""
    kind = _transport_of(client)
    copied = copy.copy(client)
    if hasattr(client, "__del__"):
        kind_of_client: Any = type(client)
        copied.__class__ = _kept_open(kind_of_client)
    copied._transport = kind(purse, options, _plain(purse, client._transport))  # noqa: SLF001, the way to its connections
    copied._mounts = {  # noqa: SLF001
        pattern: None if transport is None else kind(purse, options, _plain(purse, transport))
        for pattern, transport in client._mounts.items()  # noqa: SLF001
    }
    # Its connections are in use as long as the copy is.
    copied._bursar_original = client  # noqa: SLF001
    return copied


@functools.cache
def _kept_open(kind: Any) -> Any:
    """Return a class of clients without its finalizer, by which SDKs close connections: they are the original's."""
    return type(kind.__name__, (kind,), {"__module__": kind.__module__, "__del__": lambda _: None})


def _plain(purse: Purse, transport: Any) -> Any:
    """Return a transport without what this purse has put around it: wrapped twice, a client holds once."""
    while isinstance(transport, _Passing) and transport._purse is purse:  # noqa: SLF001, of this module
        transport = transport._inner  # noqa: SLF001
    return transport


def _transport_of(client: Any) -> type[Any]:
    for kind in type(client).__mro__:
        package = kind.__module__.split(".")[0]
        if package in _PACKAGES:
            is_async = isinstance(client, importlib.import_module(package).AsyncClient)
            return _kinds(package)[is_async]
    message = f"an httpx client is expected, not {type(client).__qualname__}"
    raise TypeError(message)


@functools.cache
def _kinds(package: str) -> tuple[type[Any], type[Any]]:
    """Return the transports of a package, sync and async: ours over its own base classes."""
    module = importlib.import_module(package)
    body = type("Body", (_Body, module.SyncByteStream), {})
    async_body = type("AsyncBody", (_AsyncBody, module.AsyncByteStream), {})
    fields = {"request_of": module.Request}
    return (
        type("Transport", (_Transport, module.BaseTransport), {**fields, "body_of": body}),
        type("AsyncTransport", (_AsyncTransport, module.AsyncBaseTransport), {**fields, "body_of": async_body}),
    )


class _Passing:
    """What both transports do with a request and its response."""

    request_of: type[Any]
    body_of: type[Any]

    def __init__(self, purse: Purse, options: Options, inner: Any) -> None:
        self._purse, self._options, self._inner = purse, options, inner

    def _rewritten(self, request: Any, sent: _request.Sent) -> Any:
        # What passes by must be read here too; and what is filtered must not be compressed.
        request.headers["accept-encoding"] = "identity" if sent.is_usage_asked else "gzip, deflate"
        if sent.body is request.content:
            return request
        headers = [(key, value) for key, value in request.headers.raw if key.lower() not in _OF_BODY]
        return self.request_of(
            request.method, request.url, headers=headers, content=sent.body, extensions=request.extensions
        )

    def _passing(self, response: Any, attempt: _http.Attempt) -> Any:
        if attempt.answered(response.status_code, response.headers):
            if attempt.is_filtered:
                response.headers.pop("content-length", None)
            response.stream = self.body_of(response.stream, attempt)
        return response


def _sent(request: Any) -> _request.Sent | None:
    """Return the request to a model API, if it is one. Its body has been read."""
    return _request.sent(request.url.netloc.decode(), request.url.path, request.content)


class _Transport(_Passing):
    def handle_request(self, request: Any) -> Any:
        if request.method != "POST":
            return self._inner.handle_request(request)
        request.read()
        sent = _sent(request)
        if sent is None:
            return self._inner.handle_request(request)
        attempt, sent = _http.begin(self._purse, self._options, sent)
        try:
            response = self._inner.handle_request(self._rewritten(request, sent))
        except BaseException as error:
            attempt.fail(error)
            raise
        return self._passing(response, attempt)

    def close(self) -> None:
        self._inner.close()


class _AsyncTransport(_Passing):
    async def handle_async_request(self, request: Any) -> Any:
        if request.method != "POST":
            return await self._inner.handle_async_request(request)
        await request.aread()
        sent = _sent(request)
        if sent is None:
            return await self._inner.handle_async_request(request)
        attempt, sent = await _http.abegin(self._purse, self._options, sent)
        try:
            response = await self._inner.handle_async_request(self._rewritten(request, sent))
        except BaseException as error:
            attempt.fail(error)
            raise
        return self._passing(response, attempt)

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Body:
    def __init__(self, stream: Any, attempt: _http.Attempt) -> None:
        self._stream, self._attempt = stream, attempt

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            if passed := self._attempt.passing(piece):
                yield passed
        if rest := self._attempt.rest():
            yield rest
        self._attempt.finish()

    def close(self) -> None:
        self._stream.close()
        self._attempt.finish()


class _AsyncBody:
    def __init__(self, stream: Any, attempt: _http.Attempt) -> None:
        self._stream, self._attempt = stream, attempt

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            if passed := self._attempt.passing(piece):
                yield passed
        if rest := self._attempt.rest():
            yield rest
        self._attempt.finish()

    async def aclose(self) -> None:
        await self._stream.aclose()
        self._attempt.finish()
