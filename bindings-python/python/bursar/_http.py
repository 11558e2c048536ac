"""Calls of model APIs over HTTP: each attempt is held before it is sent, and settled from the answer that passes by.

This is what wrapped clients of ``openai``, ``anthropic``, ``google.genai`` and ``httpx`` go through. A retry of the SDK
is an attempt of its own. What is no model call passes untouched.
"""

from __future__ import annotations

import sys
import zlib
from typing import TYPE_CHECKING, Any

from bursar import _native, _outer, _tags
from bursar._decision import Decision
from bursar._error import BudgetExceeded, Error
from bursar._outcome import is_before_generation, stays_unresolved

if TYPE_CHECKING:
    from collections.abc import Callable

    from bursar._purse import Purse
    from bursar._request import Sent
    from bursar._wrap import Options

_MULTIPLE_CHOICES = 300


class Attempt:
    """One attempt of a call: its hold, and the reader of its answer."""

    __slots__ = ("_api", "_decoder", "_is_over", "_reader", "_strip", "counted", "hold")

    counted: dict[str, int] | None
    """Counts that stand beside the answer, for one that tells none itself."""

    def __init__(self, hold: _native.Hold, sent: Sent) -> None:
        """Keep the hold, and expect the answer of the request that is sent."""
        self.hold, self.counted = hold, None
        self._api = sent.api
        self._reader = _native.StreamReader(sent.api)
        self._strip = sent.usage_filter()
        self._decoder: Any = None
        self._is_over = False

    @property
    def is_filtered(self) -> bool:
        """Whether the caller gets less of the body than came."""
        return self._strip is not None

    def answered(self, status: int, headers: Any) -> bool:
        """Look at the head of the answer; return whether its body is to be read."""
        if status < _MULTIPLE_CHOICES:
            self._decoder = _decoder(headers.get("content-encoding", ""))
            if self._decoder is not None:
                # A host that compresses unasked: its usage event passes, rather than being looked for in the dark.
                self._strip = None
            self._reader = _native.StreamReader(self._api, headers.get("content-type", ""))
            return True
        self._end(self.hold.release if is_before_generation(status) else self.hold.unresolved)
        return False

    def passing(self, piece: bytes) -> bytes:
        """Look at a piece of the body, and return what the caller gets of it."""
        self._reader.push(piece if self._decoder is None else self._decoder.decompress(piece))
        return piece if self._strip is None else self._strip.push(piece)

    def rest(self) -> bytes:
        """Return what the caller still gets once the body has ended."""
        return b"" if self._strip is None else self._strip.rest()

    def finish(self) -> None:
        """Settle by what the answer told; an answer that was cut off is unresolved."""
        self._end(self._settle)

    def fail(self, error: BaseException | None) -> None:
        """End the hold by what an exception proves, unless the answer had come to its end before it."""
        self._end(self._settle if self._reader.is_ended else lambda: self.hold.fail(error))

    def __del__(self) -> None:
        """End a call whose answer nobody reads any further: some programs stop at its last event."""
        if not self._is_over and not sys.is_finalizing():
            self.finish()

    def _settle(self) -> None:
        answer = self._reader.finish()
        is_told = self.counted is None or answer.unresolved != "no_usage"
        self.hold.settle(answer if is_told else self.counted)

    def _end(self, how: Callable[[], object]) -> None:
        """End the hold once. What can't be booked isn't raised: an SDK would send again, as after a lost connection."""
        if self._is_over:
            return
        self._is_over = True
        try:
            how()
        except Error as error:
            stays_unresolved(self.hold, error)


def begin(purse: Purse, options: Options, sent: Sent) -> tuple[Attempt, Sent]:
    """Hold what a request may cost, or raise the refusal. The request that is to be sent may ask for less."""
    decision = _decide(purse, options, sent)
    if options.fit and (tokens := _affordable(decision)):
        sent = sent.with_max_output_tokens(tokens)
        decision = _decide(purse, options, sent)
    if decision.hold is None:
        raise decision.error from None  # type: ignore[misc]
    return Attempt(decision.hold, sent), sent


async def abegin(purse: Purse, options: Options, sent: Sent) -> tuple[Attempt, Sent]:
    """Do the same from a coroutine: a ledger that waits for its disk does it beside the loop."""
    if purse.is_quick:
        return begin(purse, options, sent)
    import asyncio  # noqa: PLC0415, the program has it already

    return await asyncio.to_thread(begin, purse, options, sent)


def fitted(purse: Purse, options: Options, sent: Sent) -> Sent:
    """Return a request that is to be held later, asking for as much as fits now."""
    decision = _decide(purse, options, sent)
    if decision.hold is not None:
        decision.hold.release()
    tokens = _affordable(decision)
    return sent.with_max_output_tokens(tokens) if tokens else sent


def _affordable(decision: Decision) -> int | None:
    return decision.affordable_output_tokens if isinstance(decision.error, BudgetExceeded) else None


def _decide(purse: Purse, options: Options, sent: Sent) -> Decision:
    around = _outer.tags_around(purse, sent)
    scope = _tags.current() if around is None else around
    answer = purse._decide_request(  # noqa: SLF001, of our own package
        sent.body,
        api=sent.api,
        path=sent.path,
        scope={**scope, **options.tags} if options.tags else scope,
        provider=options.provider or sent.provider,
    )
    return Decision(answer)


def _decoder(encoding: str) -> Any:
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"}:
        return None
    if encoding == "gzip":
        return zlib.decompressobj(16 + zlib.MAX_WBITS)
    if encoding == "deflate":
        return zlib.decompressobj()
    return _Unreadable()


class _Unreadable:
    """A body that can't be decoded here: nothing of it is read, so its hold stays unresolved."""

    def decompress(self, piece: bytes) -> bytes:
        del piece
        return b""
