"""Clients of ``boto3`` and ``botocore`` for Amazon Bedrock's runtime: Converse and InvokeModel, whole and streamed.

It can refuse: the purse is asked where botocore hands a signed request to its connections, so each attempt of its
retries is held by itself. What it can't see: sessions in both directions and invocations that answer elsewhere.
"""

from __future__ import annotations

import copy
import inspect
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bursar import _http, _request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bursar._purse import Purse
    from bursar._wrap import Options

_SERVICE = "bedrock-runtime"

# Where InvokeModel counts the tokens of models whose own answers don't.
_COUNTS = {"input_tokens": "x-amzn-bedrock-input-token-count", "output_tokens": "x-amzn-bedrock-output-token-count"}


def wrap(purse: Purse, client: Any, options: Options) -> Any:
    """Return a copy of a client, on the same connections, whose every attempt is held."""
    service = client.meta.service_model.service_name
    if service != _SERVICE or inspect.iscoroutinefunction(client._endpoint.http_session.send):  # noqa: SLF001
        message = f"a client of boto3 for `{_SERVICE}` is expected, not {type(client).__qualname__} of `{service}`"
        raise TypeError(message)
    # The host may be anyone's gateway; a client of Bedrock is Bedrock's all the same.
    options = options._replace(provider=options.provider or "aws")
    # `copy.copy` would ask the client for attributes that it looks up in itself.
    copied = object.__new__(type(client))
    copied.__dict__.update(client.__dict__)
    copied.meta = copy.copy(client.meta)
    copied.meta.events = copy.copy(client.meta.events)
    copied._endpoint = copy.copy(client._endpoint)  # noqa: SLF001, there is no other way to its connections
    copied._endpoint._event_emitter = copied.meta.events  # noqa: SLF001
    copied._endpoint.http_session = _Session(purse, client._endpoint.http_session, options)  # noqa: SLF001
    if options.fit:
        copied.meta.events.register(f"before-call.{_SERVICE}", _Fitting(purse, options))
    return copied


class _Fitting:
    """Lowers the limit on output tokens before the request is signed, after which nothing can be changed."""

    def __init__(self, purse: Purse, options: Options) -> None:
        self._purse, self._options = purse, options

    def __call__(self, params: dict[str, Any], **_: Any) -> None:
        sent = _sent(params["url"], params["body"])
        if sent is not None:
            params["body"] = _http.fitted(self._purse, self._options, sent).body


class _Session:
    """What sends botocore's requests: one that doesn't fit isn't sent."""

    def __init__(self, purse: Purse, session: Any, options: Options) -> None:
        self._purse, self._session, self._options = purse, session, options._replace(fit=False)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def send(self, request: Any) -> Any:
        request.body = _read(request.body)
        sent = _sent(request.url, request.body)
        if sent is None:
            return self._session.send(request)
        attempt, _ = _http.begin(self._purse, self._options, sent)
        try:
            response = self._session.send(request)
        except BaseException as error:
            attempt.fail(error)
            raise
        if attempt.answered(response.status_code, response.headers):
            attempt.counted = _counted(response.headers)
            if request.stream_output:
                response.raw = _Body(response.raw, attempt)
            else:
                attempt.passing(response.content)
                attempt.finish()
        return response


def _read(body: Any) -> Any:
    """Return a body that is a file as its bytes."""
    return body.read() if hasattr(body, "read") else body


def _sent(url: str, body: Any) -> _request.Sent | None:
    if isinstance(body, str):
        body = body.encode()
    if not isinstance(body, (bytes, bytearray)):
        return None
    parts = urlsplit(url)
    return _request.sent(parts.netloc, parts.path, bytes(body))


def _counted(headers: Any) -> dict[str, int] | None:
    counts = {name: headers.get(header) for name, header in _COUNTS.items()}
    if not counts["input_tokens"]:
        return None
    return {name: int(count or 0) for name, count in counts.items()}


class _Body:
    """The body of a streamed answer, which the attempt looks at as it is read."""

    def __init__(self, raw: Any, attempt: _http.Attempt) -> None:
        self._raw, self._attempt = raw, attempt

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readlines())

    def stream(self, *arguments: Any, **options: Any) -> Iterator[bytes]:
        for piece in self._raw.stream(*arguments, **options):
            self._attempt.passing(piece)
            yield piece
        self._attempt.finish()

    def read(self, amt: int | None = None, *arguments: Any, **options: Any) -> bytes:
        piece: bytes = self._raw.read(amt, *arguments, **options)
        self._passing(piece, is_all=amt is None or amt < 0)
        return piece

    def readinto(self, buffer: Any) -> int:
        count: int = self._raw.readinto(buffer)
        self._passing(bytes(memoryview(buffer)[:count]), is_all=False)
        return count

    def readlines(self) -> list[bytes]:
        return self.read().splitlines(keepends=True)

    def close(self) -> None:
        self._raw.close()
        self._attempt.finish()

    def _passing(self, piece: bytes, *, is_all: bool) -> None:
        if piece:
            self._attempt.passing(piece)
        # Whoever reads as much as was announced doesn't look whether there is more.
        if is_all or not piece or getattr(self._raw, "length_remaining", None) == 0:
            self._attempt.finish()
