"""Journals: what was spent and billed, as the double entry that an accounting system imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bursar._public import public
from bursar._time import to_micros

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from bursar import _native
    from bursar._client_statement import ClientStatement


@public
class Journal:
    """Journal entries, each in balance. It never changes; what adds to it gives another.

    >>> import bursar
    >>> from datetime import datetime, timezone
    >>> purse = bursar.open(":memory:", policy={"journal": {"expense": "6125", "clearing": "2150"}})
    >>> entry = purse.record({"team": "data"}, model="gpt-5-mini", cost="1.20 USD")
    >>> back = purse.report().journal().reversal(datetime(2027, 1, 31, tzinfo=timezone.utc))
    >>> (text,) = back.to_files("xero").values()
    >>> [line.split(",")[1:6:2] for line in text.splitlines()]
    [['Date', 'AccountCode', 'Amount'], ['31/01/2027', '6125', '-1.20'], ['31/01/2027', '2150', '1.20']]
    """

    __slots__ = ("_native",)

    def __init__(self, native: _native.Journal) -> None:
        """Wrap what the core made."""
        self._native = native

    def with_invoice(self, invoice: ClientStatement, *, cost: Decimal | str | int) -> Journal:
        """Return it with an issued invoice: what the client owes against revenue, and what it cost against clearing.

        ``cost`` is what the client's calls cost, in the invoice's currency.

        Raises ``Invalid`` with the code ``report_invalid`` for a statement without a number, and where the policy names
        no ``receivable``, ``revenue`` or ``cost_of_sales``.
        """
        return Journal(self._native.with_invoice(invoice._native, cost))  # noqa: SLF001, of our own package

    def reversal(self, at: datetime) -> Journal:
        """Return the entries that take all of these back at an instant, the same however often they are made."""
        return Journal(self._native.reversal(to_micros(at)))

    def to_files(self, format: str) -> dict[str, str]:  # noqa: A002, the name is the same in every language
        """Return the CSV files that an accounting system imports, by their names. No entry is divided between two.

        ``format`` is ``netsuite``, ``quickbooks_online``, ``xero`` or ``generic``.

        Raises ``Invalid`` with the code ``report_invalid`` for what the system doesn't take.
        """
        return self._native.to_files(format)
