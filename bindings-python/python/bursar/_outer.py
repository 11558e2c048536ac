"""A call that a hook of a framework holds, around the requests that it sends.

Where such a request is held by itself, because its client is wrapped by the same purse, the hold of the hook gives way:
the innermost hold knows each attempt and its answer, and a call is never charged twice.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bursar import _native
    from bursar._purse import Purse
    from bursar._request import Sent


class OuterCall:
    """A call as a hook sees it: open until its answer begins, covered once a request of it is held by itself."""

    __slots__ = ("_hold", "_purse", "is_covered", "is_open", "model", "tags")

    def __init__(self, purse: Purse, hold: _native.Hold | None, model: str, tags: Mapping[str, str]) -> None:
        """Keep the hold of a call that is about to be sent from this context, or its tags alone."""
        self._purse, self._hold, self.model = purse, hold, model
        self.tags = tags
        self.is_open = True
        self.is_covered = hold is None

    def is_sender_of(self, purse: Purse, sent: Sent) -> bool:
        """Return whether a request is one of this call's: it names the same model, and no answer has begun."""
        if not self.is_open or self._purse is not purse:
            return False
        return self.model.encode() in sent.body or self.model in unquote(sent.path)

    def cover(self) -> None:
        """Give way to a hold within: nothing was sent so far that it won't count."""
        self.is_covered = True
        if self._hold is not None:
            hold, self._hold = self._hold, None
            hold.release()

    def answering(self) -> None:
        """Take note that the answer has begun: what is sent from now on is no request of this call."""
        self.is_open = False

    def end(self) -> _native.Hold | None:
        """End the call, and return its hold if that has still to be ended."""
        self.is_open = False
        return self._hold


_OPEN: ContextVar[tuple[OuterCall, ...]] = ContextVar("bursar.outer_calls", default=())


def enter(call: OuterCall) -> None:
    """Put a call around what this context sends until its answer begins."""
    _OPEN.set((*(other for other in _OPEN.get() if other.is_open), call))


def entered() -> tuple[OuterCall, ...]:
    """Return the calls that were put around this context, those whose answer hasn't begun among them."""
    return _OPEN.get()


def tags_around(purse: Purse, sent: Sent) -> Mapping[str, str] | None:
    """Return the tags of the call that a request belongs to, whose hold gives way to that of the request."""
    senders = [call for call in _OPEN.get() if call.is_sender_of(purse, sent)]
    if not senders:
        return None
    # Of several in one context each request covers another one.
    call = next((call for call in senders if not call.is_covered), senders[0])
    call.cover()
    return call.tags
