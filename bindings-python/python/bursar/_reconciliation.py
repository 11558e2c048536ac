"""A provider's bill against the ledger, and the corrections that follow."""

from __future__ import annotations

import os
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bursar import _native
from bursar._statement import Model
from bursar._time import to_micros

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime


@dataclass(frozen=True)
class BillDocument:
    """A bill as a provider gives it.

    ``pages`` are the paths of its files, or their bytes. ``format`` is ``anthropic_cost``, ``anthropic_usage``,
    ``openai_costs``, ``openai_usage``, ``aws_cur``, ``google_billing``, ``focus`` or ``csv``.
    """

    format: str
    pages: str | os.PathLike[str] | bytes | Sequence[str | os.PathLike[str] | bytes]
    fetched_at: datetime | None = None
    """When it was fetched: a line whose span wasn't over then is provisional."""

    provider: str | None = None
    """Of a FOCUS file: the provider, by the price book's id, where the file's own name isn't one."""

    mapping: str | None = None
    """Of a CSV: which columns it has, in TOML."""


class ExchangeRate(NamedTuple):
    """What one unit of another currency is in USD, for the whole bill."""

    currency: str
    usd: Decimal | str
    source: str
    """Who says so and for when, such as ``ECB 2026-11-28``."""


class GivenBill(NamedTuple):
    """A bill as the core takes it."""

    format: str
    pages: list[bytes]
    fetched_at: int | None
    provider: str | None
    mapping: str | None


class Reconciliation(Model):
    """A bill compared with the ledger, line by line. Each difference is in parts that sum to it, with their causes."""

    __slots__ = ("_native",)

    def __init__(self, native: _native.Reconciliation) -> None:
        """Wrap what the core computed."""
        super().__init__(native)
        self._native = native

    @property
    def difference(self) -> Decimal:
        """The bill less the ledger, in USD."""
        return Decimal(self.data["difference"])

    @property
    def is_closed(self) -> bool:
        """Whether what is unexplained is within the tolerance that was asked for, so that the period may be closed."""
        return self._native.is_closed

    @property
    def unexplained(self) -> Decimal:
        """The sizes of all parts without a cause that nobody has accepted, in USD."""
        return Decimal(self.data["unexplained"])

    def accept(self, line: int, *, by: str, note: str, at: datetime | None = None) -> Reconciliation:
        """Return it with an open line accepted by a person, now or at an instant.

        Raises ``Invalid`` for a line that isn't open.
        """
        return Reconciliation(self._native.accept(line, by, note, None if at is None else to_micros(at)))

    def sign_off(self, *, by: str, note: str, at: datetime | None = None) -> Reconciliation:
        """Return it signed off as a whole by a person, open lines too, now or at an instant."""
        return Reconciliation(self._native.sign_off(by, note, None if at is None else to_micros(at)))

    def to_csv(self) -> str:
        """Return every part of every difference as CSV."""
        return self._native.to_csv()

    def to_table(self) -> str:
        """Return the reconciliation as text for a terminal."""
        return self._native.to_table()

    def __str__(self) -> str:
        """Return the table."""
        return self.to_table()


class Reconciling(_native.Engine):
    """The part of a purse that is compared with bills."""

    def reconcile(  # noqa: PLR0913, each is a name of the question
        self,
        files: Iterable[BillDocument],
        *,
        provider: str,
        period: str,
        tolerance: Decimal | str | int | None = None,
        tolerance_basis_points: int = 0,
        rates: Iterable[ExchangeRate] = (),
        credential_tag: str | None = None,
        metered_credentials: Iterable[str] | None = None,
        withhold: Iterable[str] | None = None,
    ) -> Reconciliation:
        """Compare a provider's bills with what was booked in a period of whole UTC days. Nothing is changed.

        What may stay unexplained is within both ``tolerance``, an amount, and ``tolerance_basis_points``, hundredths of
        a percent of the bill; nothing when left out. ``metered_credentials`` are the API keys that the purse sees, and
        ``credential_tag`` the tag that holds a call's. ``withhold`` are causes for which no true-up is posted, in place
        of ``commitment`` and ``duplicate``.

        Raises ``Invalid`` for what can't be read, and ``OSError`` for a file that can't be opened.

        >>> import bursar
        >>> bill = bursar.BillDocument("anthropic_cost", b'''{"data": [{"starting_at": "2026-11-01T00:00:00Z",
        ...     "ending_at": "2026-11-02T00:00:00Z", "results": [{"amount": "123.45", "currency": "USD"}]}],
        ...     "has_more": false}''')
        >>> found = bursar.open(":memory:").reconcile([bill], provider="anthropic", period="2026-11")
        >>> found.difference, found.is_closed
        (Decimal('1.2345'), False)
        """
        found = self._reconcile(
            [_given(document) for document in files],
            provider=provider,
            period=period,
            tolerance=tolerance,
            tolerance_basis_points=tolerance_basis_points,
            rates=[(rate.currency, rate.usd, rate.source) for rate in rates],
            credential_tag=credential_tag,
            metered_credentials=None if metered_credentials is None else list(metered_credentials),
            withhold=None if withhold is None else list(withhold),
        )
        return Reconciliation(found)

    def post_true_ups(self, reconciliation: Reconciliation) -> list[int]:
        """Post the corrections that a reconciliation proposes, and return their entries' numbers.

        Posting the same reconciliation twice posts it once.
        """
        return self._post_true_ups(reconciliation._native)  # noqa: SLF001, its own module's

    def keep_reconciliation(self, reconciliation: Reconciliation) -> str:
        """Keep a reconciliation in the ledger, with what was accepted and signed off, and return its number.

        A policy may let a period be closed only when its bills are reconciled (``[[statement.closing]]``); the latest
        that was kept of a provider and period counts.

        >>> import bursar
        >>> purse = bursar.open(":memory:", policy='''
        ...     [[statement.closing]]
        ...     provider = "anthropic"
        ... ''')
        >>> bill = bursar.BillDocument("anthropic_cost", b'''{"data": [{"starting_at": "2025-01-01T00:00:00Z",
        ...     "ending_at": "2025-01-02T00:00:00Z", "results": [{"amount": "123.45", "currency": "USD"}]}],
        ...     "has_more": false}''')
        >>> found = purse.reconcile([bill], provider="anthropic", period="2025-01")
        >>> purse.keep_reconciliation(found)
        'REC-2025-01-001'
        >>> try:
        ...     purse.close_period(period="2025-01")
        ... except bursar.LedgerError as error:
        ...     error.code
        'period_not_closable'
        >>> purse.keep_reconciliation(found.sign_off(by="Ann", note="the key of the workbench"))
        'REC-2025-01-002'
        >>> [statement.number for statement in purse.close_period(period="2025-01")]
        ['CB-2025-01-001']
        """
        return self._keep_reconciliation(reconciliation._native)  # noqa: SLF001, its own module's

    def reconciliation(self, number: str) -> Reconciliation:
        """Return a reconciliation that was kept, by its number.

        Raises ``LedgerError`` with the code ``document_unknown``.
        """
        return Reconciliation(self._reconciliation(number))


def _given(document: BillDocument) -> GivenBill:
    pages = document.pages
    listed = [pages] if isinstance(pages, str | bytes | os.PathLike) else pages
    fetched_at = None if document.fetched_at is None else to_micros(document.fetched_at)
    read = [page if isinstance(page, bytes) else Path(page).read_bytes() for page in listed]
    return GivenBill(document.format, read, fetched_at, document.provider, document.mapping)
