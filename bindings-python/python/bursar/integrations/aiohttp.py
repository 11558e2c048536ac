"""Sessions of ``aiohttp``, as SDKs use them: the purse is asked before every request, and the answer read as it passes.

It can refuse: nothing of a call that doesn't fit is sent. A session stands in front of another one, and everything that
isn't a request is the other's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bursar import _http, _request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bursar._purse import Purse
    from bursar._wrap import Options


class Session:
    """A session whose every request to a model API is held before it is sent."""

    def __init__(self, purse: Purse, session: Any, options: Options) -> None:
        """Stand in front of a session, on its connections."""
        self._purse, self._session, self._options = purse, session, options

    def __getattr__(self, name: str) -> Any:
        """Leave all else to the session."""
        return getattr(self._session, name)

    async def request(self, method: str, url: Any, *, data: Any = None, **options: Any) -> Any:
        """Send a request that fits; its hold ends with the body of its answer."""
        sent = self._sent(method, str(url), data)
        if sent is None:
            return await self._session.request(method=method, url=url, data=data, **options)
        attempt, sent = await _http.abegin(self._purse, self._options, sent)
        try:
            response = await self._session.request(method=method, url=url, data=sent.body, **options)
        except BaseException as error:
            attempt.fail(error)
            raise
        # Google's session for client certificates puts its own response around aiohttp's.
        received = getattr(response, "_response", response)
        # The session undoes the body's encoding by itself, so nothing is told of it.
        if attempt.answered(received.status, {"content-type": received.headers.get("content-type", "")}):
            received.content = _Content(received.content, attempt)
        return response

    @staticmethod
    def _sent(method: str, url: str, data: Any) -> _request.Sent | None:
        if method.upper() != "POST" or not isinstance(data, (bytes, str)):
            return None
        parts = urlsplit(url)
        return _request.sent(parts.netloc, parts.path, data.encode() if isinstance(data, str) else data)


class _Content:
    """The body of an answer, which the attempt looks at as it is read."""

    def __init__(self, content: Any, attempt: _http.Attempt) -> None:
        self._content, self._attempt = content, attempt

    def __getattr__(self, name: str) -> Any:
        return getattr(self._content, name)

    async def read(self, n: int = -1) -> bytes:
        return self._passing(await self._content.read(n), is_all=n < 0)

    async def readany(self) -> bytes:
        return self._passing(await self._content.readany(), is_all=False)

    async def iter_any(self) -> AsyncIterator[bytes]:
        while piece := await self.readany():
            yield piece

    async def iter_chunked(self, n: int) -> AsyncIterator[bytes]:
        while piece := await self.read(n):
            yield piece

    def set_exception(self, *exception: Any) -> None:
        """Be told that the connection broke, or that the rest isn't wanted."""
        self._attempt.finish()
        self._content.set_exception(*exception)

    def _passing(self, piece: bytes, *, is_all: bool) -> bytes:
        if piece:
            self._attempt.passing(piece)
        if is_all or not piece:
            self._attempt.finish()
        return piece
