"""Books spans of model calls as they end. Nothing here ever raises into the program."""

from __future__ import annotations

import logging
import threading
from collections import Counter, OrderedDict, deque
from typing import TYPE_CHECKING

from opentelemetry import baggage
from opentelemetry.sdk.trace import SpanProcessor

from bursar import _baggage, _native, _spans, _tags
from bursar._error import Error, Unpriced
from bursar.integrations import _span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import ReadableSpan, Span

    from bursar._purse import Purse

_log = logging.getLogger("bursar")

# Spans that have begun and not ended, of which we remember the tags; calls within one; warnings that are told once.
_MOST_LIVE = 65_536
_MOST_INNER = 64
_MOST_WARNINGS = 1_024


class _Live:
    """A span under way: the tags around it, and the calls within it."""

    __slots__ = ("inner", "is_held", "span", "tags")

    def __init__(self, span: Span, tags: dict[str, str]) -> None:
        self.span = span
        self.tags = tags
        self.inner: deque[_span.Told] = deque(maxlen=_MOST_INNER)
        self.is_held = False


class BookingSpanProcessor(SpanProcessor):
    """Books each span of a model call once, by its trace and span id, under the tags of its surroundings."""

    def __init__(self, purse: Purse, attributes: frozenset[str], providers: dict[str, str]) -> None:
        """Book into a purse, with these attributes as tags too, and these names of providers as those of the book."""
        self.purse = purse
        self._attributes = attributes
        self._providers = providers
        self._live: OrderedDict[tuple[int, int], _Live] = OrderedDict()
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._told: set[tuple[str, str]] = set()

    @property
    def counts(self) -> dict[str, int]:
        """What became of the spans of calls.

        ``booked``, of which ``partial`` told no output; ``held``, by a wrapped client or another hook; ``nested``, the
        same call as a span within it; and those that couldn't be booked, by the reason: ``no_usage``, or an error's
        code such as ``model_unknown``.
        """
        return dict(self._counts)

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Remember the tags around a span."""
        try:
            live = _Live(span, _tags.current() if parent_context is None else _tags_in(parent_context))
            with self._lock:
                self._live[_key(span)] = live
                if len(self._live) > _MOST_LIVE:
                    self._live.popitem(last=False)
        except Exception:  # noqa: BLE001, telemetry never raises into the program
            _log.exception("a span could not be looked at")

    def on_end(self, span: ReadableSpan) -> None:
        """Book a span of a model call."""
        try:
            self._end(span)
        except Exception:  # noqa: BLE001, telemetry never raises into the program
            self._counts["fault"] += 1
            _log.exception("a span could not be booked")

    def _end(self, span: ReadableSpan) -> None:
        with self._lock:
            live = self._live.pop(_key(span), None)
        attributes = span.attributes or {}
        is_held = _spans.ATTRIBUTE in attributes or (live is not None and live.is_held)
        if not _span.is_call(attributes):
            # A hold within a span that says nothing of itself, as one of HTTP, is that of the call around it.
            outer = next(self._around(span), None) if is_held and not _span.has_kind(attributes) else None
            if outer is not None:
                outer.is_held = True
            return
        around = list(self._around(span))
        told = _span.read(attributes)
        if live is not None and _is_of_inner(told, live.inner):
            self._counts["nested"] += 1
            return
        for outer in around:
            outer.inner.append(told)
        if is_held:
            self._counts["held"] += 1
        else:
            self._book(span, told, self._tags_of(span, live, around))

    def _around(self, span: ReadableSpan) -> Iterator[_Live]:
        """Find the spans around one that are still under way, the nearest first."""
        parent = span.parent
        while parent is not None:
            with self._lock:
                live = self._live.get((parent.trace_id, parent.span_id))
            if live is None:
                return
            yield live
            parent = live.span.parent

    def _tags_of(self, span: ReadableSpan, live: _Live | None, around: list[_Live]) -> dict[str, str]:
        """Return a span's own tags, over those of the spans around it, the context it began in, and the resource."""
        tags = _span.tags(span.resource.attributes, self._attributes)
        tags |= live.tags if live is not None else {}
        for outer in reversed(around):
            tags |= _span.tags(outer.span.attributes or {}, self._attributes)
        return tags | _span.tags(span.attributes or {}, self._attributes)

    def _book(self, span: ReadableSpan, told: _span.Told, tags: dict[str, str]) -> None:
        if not told.usage:
            # Of a call that failed nothing more is known, and mostly nothing was generated.
            return self._miss("no_usage", told, "it tells no usage", is_quiet=not span.status.is_ok)
        if told.is_disjoint:
            self._say("disjoint", told, "it counts its input without what a cache held; the two were added")
        if not told.models:
            return self._miss("model_unknown", told, "it names no model")
        try:
            self._record(span, told, tags)
        except Error as error:
            return self._miss(error.code, told, str(error))
        self._counts["booked"] += 1
        if told.is_partial:
            self._counts["partial"] += 1
            self._say("partial", told, "it tells no output, as of a stream that was left; only its input is booked")
        return None

    def _record(self, span: ReadableSpan, told: _span.Told, tags: dict[str, str]) -> None:
        trace, number = _key(span)
        provider = self._providers.get(told.provider or "", told.provider)
        self.purse.record(
            tags,
            model=self._model(told.models, provider),
            usage=_native.Usage.from_otel(told.usage),
            stated_cost=told.stated_cost,
            terms=told.terms,
            key=f"{trace:032x}/{number:016x}",
        )

    def _model(self, names: tuple[str, ...], provider: str | None) -> _native.Model:
        """Find the model that served, or the one that was asked for where the book doesn't know that."""
        served, *others = names
        try:
            return self.purse.model(served, provider=provider)
        except Unpriced:
            if not others:
                raise
        return self._model(tuple(others), provider)

    def _miss(self, reason: str, told: _span.Told, why: str, *, is_quiet: bool = False) -> None:
        self._counts[reason] += 1
        if not is_quiet:
            self._say(reason, told, f"it isn't booked: {why}")

    def _say(self, reason: str, told: _span.Told, why: str) -> None:
        """Warn once of each reason and model; a program makes many calls that are alike."""
        kind = (reason, told.models[0] if told.models else "")
        is_new = kind not in self._told and len(self._told) < _MOST_WARNINGS
        level = logging.WARNING if is_new else logging.DEBUG
        self._told.add(kind)
        _log.log(level, "a span of a call of `%s`: %s", kind[1], why)


def _key(span: ReadableSpan) -> tuple[int, int]:
    context = span.get_span_context()
    return (0, 0) if context is None else (context.trace_id, context.span_id)


def _tags_in(context: Context) -> dict[str, str]:
    """Return the tags around a span whose context was given, and needn't be the current one."""
    return {**_baggage.own(baggage.get_all(context)), **_tags.given()}


def _is_of_inner(told: _span.Told, inner: Iterable[_span.Told]) -> bool:
    """Return whether the calls within a span are its own call, told by another instrumentation too."""
    inner = list(inner)
    if told.response is not None and any(one.response == told.response for one in inner):
        return True
    usages = [_total(one) for one in inner]
    total = _total(told)
    return bool(usages) and (not told.usage or total in usages or total == tuple(map(sum, zip(*usages, strict=True))))


def _total(told: _span.Told) -> tuple[int, int]:
    return told.usage.get("input_tokens", 0), told.usage.get("output_tokens", 0)
