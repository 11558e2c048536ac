"""``httpx`` clients, of whichever name: their transport asks the purse before every attempt.

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
    from types import ModuleType

    from bursar._purse import Purse
    from bursar._wrap import Options


# Headers that belong to a body, and are made anew with it.
_OF_BODY = frozenset({b"content-length", b"transfer-encoding"})


def wrap(purse: Purse, client: Any, options: Options) -> Any:  # noqa: ANN401, both packages have their own
    """Return a copy of a client, on the same connections, whose every attempt is held before it is sent."""
    module = _module_of(client)
    is_async = isinstance(client, module.AsyncClient)
    kind = _transports(module.__name__)[is_async]
    copied = copy.copy(client)
    copied._transport = kind(purse, options, client._transport)  # noqa: SLF001, there is no other way to its connections
    copied._mounts = {  # noqa: SLF001
        pattern: None if transport is None else kind(purse, options, transport)
        for pattern, transport in client._mounts.items()  # noqa: SLF001
    }
    # Some SDKs close their client's connections once nobody has it; they are in use as long as the copy is.
    copied._bursar_original = client  # noqa: SLF001
    return copied


def _module_of(client: Any) -> ModuleType:  # noqa: ANN401
    for kind in type(client).__mro__:
        package = kind.__module__.split(".")[0]
        if package in {"httpx", "httpx2"}:
            return importlib.import_module(package)
    message = f"an httpx client is expected, not {type(client).__qualname__}"
    raise TypeError(message)


def _sent(request: Any) -> _request.Sent | None:  # noqa: ANN401
    """Return the request to a model API, if it is one. Its body has been read."""
    return _request.sent(request.url.netloc.decode(), request.url.path, request.content)


@functools.cache
def _transports(package: str) -> tuple[type[Any], type[Any]]:
    """Return the transports of a package, sync and async; their base classes are its own."""
    module = importlib.import_module(package)

    def rewritten(request: Any, sent: _request.Sent) -> Any:  # noqa: ANN401
        # What passes by must be read here too; and what is filtered must not be compressed.
        request.headers["accept-encoding"] = "identity" if sent.is_usage_asked else "gzip, deflate"
        if sent.body is request.content:
            return request
        headers = [(key, value) for key, value in request.headers.raw if key.lower() not in _OF_BODY]
        return module.Request(
            request.method, request.url, headers=headers, content=sent.body, extensions=request.extensions
        )

    def passing(response: Any, attempt: _http.Attempt, body: type[Any]) -> Any:  # noqa: ANN401
        if attempt.answered(response.status_code, response.headers):
            if attempt.is_filtered:
                response.headers.pop("content-length", None)
            response.stream = body(response.stream, attempt)
        return response

    class Body(module.SyncByteStream):  # type: ignore[misc, name-defined]
        def __init__(self, stream: Any, attempt: _http.Attempt) -> None:  # noqa: ANN401
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

    class Transport(module.BaseTransport):  # type: ignore[misc, name-defined]
        def __init__(self, purse: Purse, options: Options, inner: Any) -> None:  # noqa: ANN401
            self._purse, self._options, self._inner = purse, options, inner

        def handle_request(self, request: Any) -> Any:  # noqa: ANN401
            if request.method == "POST":
                request.read()
            sent = _sent(request) if request.method == "POST" else None
            if sent is None:
                return self._inner.handle_request(request)
            attempt, sent = _http.begin(self._purse, self._options, sent)
            try:
                response = self._inner.handle_request(rewritten(request, sent))
            except BaseException as error:
                attempt.fail(error)
                raise
            return passing(response, attempt, Body)

        def close(self) -> None:
            self._inner.close()

    class AsyncBody(module.AsyncByteStream):  # type: ignore[misc, name-defined]
        def __init__(self, stream: Any, attempt: _http.Attempt) -> None:  # noqa: ANN401
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

    class AsyncTransport(module.AsyncBaseTransport):  # type: ignore[misc, name-defined]
        def __init__(self, purse: Purse, options: Options, inner: Any) -> None:  # noqa: ANN401
            self._purse, self._options, self._inner = purse, options, inner

        async def handle_async_request(self, request: Any) -> Any:  # noqa: ANN401
            if request.method == "POST":
                await request.aread()
            sent = _sent(request) if request.method == "POST" else None
            if sent is None:
                return await self._inner.handle_async_request(request)
            attempt, sent = await _http.abegin(self._purse, self._options, sent)
            try:
                response = await self._inner.handle_async_request(rewritten(request, sent))
            except BaseException as error:
                attempt.fail(error)
                raise
            return passing(response, attempt, AsyncBody)

        async def aclose(self) -> None:
            await self._inner.aclose()

    return Transport, AsyncTransport
