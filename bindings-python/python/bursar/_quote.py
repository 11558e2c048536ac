"""Prices: what usage costs, exactly, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bursar import _native
from bursar._public import public
from bursar._time import to_micros

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal


@public
class QuoteLine(NamedTuple):
    """One line of a quote: a quantity at a rate."""

    dimension: str
    """What is charged for."""

    quantity: int
    """How much of it."""

    rate: str
    """The price of one unit in USD, exact: a division where its decimals have no end."""

    amount: Decimal
    """What the line comes to."""


@public
class Quote:
    """Usage priced, line by line; printing it explains it."""

    __slots__ = ("_quote",)

    def __init__(self, quote: _native.Quote) -> None:
        """Wrap what the core computed."""
        self._quote = quote

    @property
    def total(self) -> Decimal:
        """The exact total in USD."""
        return self._quote.total

    @property
    def lines(self) -> tuple[QuoteLine, ...]:
        """The lines, which sum to the total."""
        return tuple(QuoteLine(*line) for line in self._quote._lines)  # noqa: SLF001

    @property
    def model(self) -> str:
        """The model whose prices were used, ``provider/model``."""
        return self._quote.model

    @property
    def matched(self) -> str:
        """How the name led to the model: ``exact``, ``alias``, ``normalised`` …."""
        return self._quote.matched

    @property
    def price_version(self) -> str:
        """The version of the price book."""
        return self._quote.price_version

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What was taken for granted."""
        return tuple(self._quote.assumptions)

    def __str__(self) -> str:
        """Explain the quote."""
        return str(self._quote)

    def __repr__(self) -> str:
        """Return the total and the model."""
        return repr(self._quote)


def quote(  # noqa: PLR0913, each is a name of the question
    *,
    model: str,
    usage: Mapping[str, int] | _native.Usage,
    provider: str | None = None,
    at: datetime | None = None,
    terms: Mapping[str, str] | None = None,
    purse: _native.Engine | None = None,
) -> Quote:
    """Price usage at the prices of an instant, by the book that comes with the package or that of a purse.

    A plain map takes OpenTelemetry's names, in which ``input_tokens`` includes what was cached. ``terms`` are service
    tier, processing, speed, region and the like.

    Raises ``Unpriced`` for a model, dimension or tier without a price; it is never taken for free.

    >>> usage = {"input_tokens": 9126, "cache_read_input_tokens": 4864, "output_tokens": 3197}
    >>> priced = quote(model="gpt-5", usage=usage)
    >>> priced.total
    Decimal('0.0379055')
    >>> [(line.dimension, line.quantity, str(line.amount)) for line in priced.lines]
    [('input_uncached', 4262, '0.0053275'), ('cache_read', 4864, '0.000608'), ('output', 3197, '0.03197')]
    """
    usage = usage if isinstance(usage, _native.Usage) else dict(usage)
    terms = None if terms is None else dict(terms)
    return Quote(_native.quote(usage, model=model, provider=provider, micros=to_micros(at), terms=terms, engine=purse))
