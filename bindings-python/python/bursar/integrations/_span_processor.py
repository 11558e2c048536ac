"""Books spans of model calls as they end. Nothing here ever raises into the program."""

from __future__ import annotations

import logging
import threading
from collections import Counter, OrderedDict, deque
from typing import TYPE_CHECKING

from opentelemetry import baggage
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.trace import StatusCode

from bursar import _baggage, _spans, _tags
from bursar._error import Error, Unpriced
from bursar._native import CallSpan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import ReadableSpan, Span

    from bursar import _native
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
        self.inner: deque[CallSpan] = deque(maxlen=_MOST_INNER)
        self.is_held = False


class BookingSpanProcessor(SpanProcessor):
    """Books each span of a model call once, by its trace and span id, under the tags of its surroundings."""

    def __init__(self, purse: Purse, attributes: frozenset[str], providers: dict[str, str]) -> None:
        """Book into a purse, with these attributes as tags too, and these names of providers as those of the book."""
        self.purse = purse
        self._attributes = list(attributes)
        self._providers = providers
        self._live: OrderedDict[tuple[int, int], _Live] = OrderedDict()
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._told: set[tuple[str, str]] = set()

    @property
    def counts(self) -> dict[str, int]:
        """What became of the spans of calls.

        ``booked``, of which ``partial`` told no output and have no bound; ``unresolved``, which are held until they
        expire; ``refused``, before anything was generated; ``held``, by a wrapped client or another hook; ``nested``,
        the same call as a span within it; and those that couldn't be booked, by the reason: ``no_usage``, or an error's
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
        attributes = _attributes_of(span)
        told = CallSpan.read(attributes)
        is_held = _spans.ATTRIBUTE in attributes or (live is not None and live.is_held)
        if not told.is_call:
            # What is noted on a span that says nothing of itself, as one of HTTP, is of the call around it.
            outer = None if told.has_kind else next(self._around(span), None)
            if outer is not None:
                outer.is_held |= is_held
                if _spans.REFUSED in attributes:
                    outer.span.set_attribute(_spans.REFUSED, value=True)
            return
        around = list(self._around(span))
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
        tags = self._tags_among(span.resource.attributes)
        tags |= live.tags if live is not None else {}
        for outer in reversed(around):
            tags |= self._tags_among(outer.span.attributes)
        return tags | self._tags_among(span.attributes)

    def _tags_among(self, attributes: Mapping[str, Any] | None) -> dict[str, str]:
        return CallSpan.tags(dict(attributes or {}), self._attributes)

    def _book(self, span: ReadableSpan, told: CallSpan, tags: dict[str, str]) -> None:
        if told.end == "refused":
            self._counts["refused"] += 1
            return None
        if told.is_disjoint:
            self._say("disjoint", told, "it counts its input without what a cache held; the two were added")
        if not told.models:
            return self._miss("model_unknown" if told.has_usage else "no_usage", told, "it names no model")
        try:
            provider = self._providers.get(told.provider or "", told.provider)
            call: dict[str, Any] = {
                "model": self._model(told.models, provider),
                "terms": told.terms,
                "key": _key_of(span),
            }
            if told.end == "unresolved" and self._is_unresolved(told, tags, call):
                return None
            self.purse.record(tags, usage=told.usage, stated_cost=told.stated_cost, **call)
        except Error as error:
            return self._miss(error.code if told.has_usage else "no_usage", told, str(error))
        self._counts["booked"] += 1
        return None

    def _is_unresolved(self, told: CallSpan, tags: dict[str, str], call: dict[str, Any]) -> bool:
        """Hold a call of which nobody knows what it cost; one without a bound is booked by what it tells."""
        try:
            hold = self.purse.record_unresolved(
                tags, input_tokens=told.total_tokens[0], max_output_tokens=told.max_output_tokens, **call
            )
        except Error as error:
            if error.code != "bound_missing" or not told.has_usage:
                raise
            self._counts["partial"] += 1
            self._say("partial", told, "it tells neither its end nor a bound; only what it tells is booked")
            return False
        self._counts["unresolved"] += 1
        why = f"nobody knows what it cost; {hold.bound} USD are held, and spent at {hold.expires_at:%F %T}"
        self._say("unresolved", told, why)
        return True

    def _model(self, names: list[str], provider: str | None) -> _native.Model:
        """Find the model that served, or the one that was asked for where the book doesn't know that."""
        served, *others = names
        try:
            return self.purse.model(served, provider=provider)
        except Unpriced:
            if not others:
                raise
        return self._model(others, provider)

    def _miss(self, reason: str, told: CallSpan, why: str) -> None:
        self._counts[reason] += 1
        self._say(reason, told, f"it isn't booked: {why}")

    def _say(self, reason: str, told: CallSpan, why: str) -> None:
        """Warn once of each reason and model; a program makes many calls that are alike."""
        kind = (reason, told.models[0] if told.models else "")
        is_new = kind not in self._told and len(self._told) < _MOST_WARNINGS
        level = logging.WARNING if is_new else logging.DEBUG
        self._told.add(kind)
        _log.log(level, "a span of a call of `%s`: %s", kind[1], why)


def _key(span: ReadableSpan) -> tuple[int, int]:
    context = span.get_span_context()
    return (0, 0) if context is None else (context.trace_id, context.span_id)


def _key_of(span: ReadableSpan) -> str:
    trace, number = _key(span)
    return f"{trace:032x}/{number:016x}"


def _attributes_of(span: ReadableSpan) -> dict[str, Any]:
    """Return a span's attributes, with its status and its exception in the words that OpenTelemetry has for them."""
    attributes: dict[str, Any] = dict(span.attributes or {})
    if span.status.status_code is StatusCode.ERROR:
        attributes["otel.status_code"] = "ERROR"
        for event in span.events:
            if event.name == "exception":
                attributes |= event.attributes or {}
    return attributes


def _tags_in(context: Context) -> dict[str, str]:
    """Return the tags around a span whose context was given, and needn't be the current one."""
    return {**_baggage.own(baggage.get_all(context)), **_tags.given()}


def _is_of_inner(told: CallSpan, inner: Iterable[CallSpan]) -> bool:
    """Return whether the calls within a span are its own call, told by another instrumentation too."""
    inner = list(inner)
    if told.response is not None and any(one.response == told.response for one in inner):
        return True
    usages = [one.total_tokens for one in inner]
    total = told.total_tokens
    is_same = total in usages or total == tuple(map(sum, zip(*usages, strict=True)))
    return bool(usages) and (is_same or not told.has_usage)
