"""OpenTelemetry: spans of model calls are booked as they end, and the ledger is shown as metrics.

It observes: a span tells of a call that has happened, so nothing of it can be refused, but what it cost counts before
the next one is asked about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bursar.integrations._metrics import Registration, register
from bursar.integrations._span_processor import BookingSpanProcessor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opentelemetry.metrics import MeterProvider

    from bursar._purse import Purse


def span_processor(
    purse: Purse, *, attributes: Iterable[str] = (), providers: Mapping[str, str] | None = None
) -> BookingSpanProcessor:
    """Return a span processor that books what spans of model calls tell.

    ``attributes`` are attributes that are tags too, beside the well-known ones; ``providers`` are names that an
    instrumentation gives to providers, with those of the price book.
    """
    return BookingSpanProcessor(purse, frozenset(attributes), dict(providers or {}))


def register_metrics(
    purse: Purse,
    meter_provider: MeterProvider | None = None,
    *,
    attributes: Iterable[str] | None = None,
    max_series: int | None = None,
    meter: str = "bursar",
) -> Registration:
    """Show cost, tokens, calls, decisions and budgets as observable instruments of a meter.

    ``attributes`` are the tags that become attributes: team, project, client and agent, if left out. ``max_series`` is
    how many series of one instrument keep their attributes; the rest is summed into one. Two ledgers need meters of two
    names.
    """
    keys = None if attributes is None else list(attributes)
    return register(purse, meter_provider, purse._metrics(attributes=keys, max_series=max_series), meter)  # noqa: SLF001, of our own package
