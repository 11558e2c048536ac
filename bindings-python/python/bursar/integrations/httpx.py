"""``httpx`` clients, of whichever release: their transport asks the purse before every attempt.

It can refuse: nothing of a call that doesn't fit is sent. It sees each attempt, whole and streamed, with its answer.
"""

from __future__ import annotations

import copy
import functools
import importlib
from typing import TYPE_CHECKING, Any

from bursar import _http, _request
from bursar._error import Error, also

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from bursar._purse import Purse
    from bursar._wrap import Options

# The packages that the clients come from.
_PACKAGES = ("httpx", "httpx2")

# Headers that belong to a body, and are made anew with it.
_OF_BODY = frozenset({b"content-length", b"transfer-encoding"})


def wrap(purse: Purse, client: Any, options: Options, error: type[Exception] | None = None) -> Any:
    """Return a copy of a client, on the same connections, whose every attempt is held before it is sent.

    ``error`` is the base of the errors of an SDK that takes all others for a failing connection.
    """
    kind = _transport_of(client)
    copied = copy.copy(client)
    if hasattr(copied, "__del__"):
        copied.__class__ = _kept_open(copied.__class__)
    copied._transport = _around(kind, purse, options, error, client._transport)  # noqa: SLF001, the way to its connections
    copied._mounts = {  # noqa: SLF001
        pattern: None if transport is None else _around(kind, purse, options, error, transport)
        for pattern, transport in client._mounts.items()  # noqa: SLF001
    }
    # Its connections are in use as long as the copy is.
    copied._bursar_original = client  # noqa: SLF001
    return copied


def _around(kind: Any, purse: Purse, options: Options, error: type[Exception] | None, transport: Any) -> Any:
    """Put ours around a transport, in the place of what this purse has put there: a client holds once."""
    while isinstance(transport, _Passing) and transport._purse is purse:  # noqa: SLF001, of this module
        options, transport = options.over(transport._options), transport._inner  # noqa: SLF001
    return kind(purse, options, error, transport)


@functools.cache
def _kept_open(kind: Any) -> type[Any]:
    """Return a class of clients whose connections, which are another client's too, outlive it."""
    return type(kind.__name__, (kind,), {"__del__": lambda _: None, "__module__": kind.__module__})


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
    fields = {"request_of": module.Request}
    return (
        type("Transport", (_Transport, module.BaseTransport), fields),
        type("AsyncTransport", (_AsyncTransport, module.AsyncBaseTransport), fields),
    )


def watch(response: Any, attempt: _http.Attempt, *, is_async: bool) -> None:
    """Let an attempt look at the body of a response while it is read."""
    package = type(response).__module__.split(".")[0]
    response.stream = _bodies(package)[is_async](response.stream, attempt)


@functools.cache
def _bodies(package: str) -> tuple[type[Any], type[Any]]:
    module = importlib.import_module(package)
    return (
        type("Body", (_Body, module.SyncByteStream), {}),
        type("AsyncBody", (_AsyncBody, module.AsyncByteStream), {}),
    )


class _Passing:
    """What both transports do with a request and its response."""

    request_of: type[Any]
    is_async: bool

    def __init__(self, purse: Purse, options: Options, error: type[Exception] | None, inner: Any) -> None:
        self._purse, self._options, self._error, self._inner = purse, options, error, inner

    def _options_of(self, request: Any) -> Options:
        return self._options._replace(fit=False) if _is_signed(request) else self._options

    def _known(self, error: Error) -> Error:
        """Return an error as one that the SDK and the framework on it let through."""
        for foreign in (self._error, self._options.refusal):
            error = error if foreign is None else also(error, foreign)
        return error

    def _rewritten(self, request: Any, sent: _request.Sent) -> Any:
        if _is_signed(request):
            return request
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
            watch(response, attempt, is_async=self.is_async)
        return response


def _is_signed(request: Any) -> bool:
    """Whether body and headers are signed, as Amazon's are, so that nothing of them can be changed."""
    return bool(request.headers.get("authorization", "").startswith("AWS4-"))


def _sent(request: Any) -> _request.Sent | None:
    """Return the request to a model API, if it is one. Its body has been read."""
    return _request.sent(request.url.netloc.decode(), request.url.path, request.content)


class _Transport(_Passing):
    is_async = False

    def handle_request(self, request: Any) -> Any:
        if request.method != "POST":
            return self._inner.handle_request(request)
        request.read()
        sent = _sent(request)
        if sent is None:
            return self._inner.handle_request(request)
        try:
            attempt, sent = _http.begin(self._purse, self._options_of(request), sent)
        except Error as error:
            raise self._known(error) from None
        try:
            response = self._inner.handle_request(self._rewritten(request, sent))
        except BaseException as error:
            attempt.fail(error)
            raise
        return self._passing(response, attempt)

    def close(self) -> None:
        self._inner.close()


class _AsyncTransport(_Passing):
    is_async = True

    async def handle_async_request(self, request: Any) -> Any:
        if request.method != "POST":
            return await self._inner.handle_async_request(request)
        await request.aread()
        sent = _sent(request)
        if sent is None:
            return await self._inner.handle_async_request(request)
        try:
            attempt, sent = await _http.abegin(self._purse, self._options_of(request), sent)
        except Error as error:
            raise self._known(error) from None
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

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

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

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

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
