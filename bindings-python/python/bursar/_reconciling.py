"""Comparing a purse with bills. What that takes and gives back is imported when it is first made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bursar
from bursar import _native

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from bursar._reconciliation import BillDocument, ExchangeRate, Reconciliation


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
        from bursar._reconciliation import given  # noqa: PLC0415, no call needs it

        found = self._reconcile(
            [given(document) for document in files],
            provider=provider,
            period=period,
            tolerance=tolerance,
            tolerance_basis_points=tolerance_basis_points,
            rates=[(rate.currency, rate.usd, rate.source) for rate in rates],
            credential_tag=credential_tag,
            metered_credentials=None if metered_credentials is None else list(metered_credentials),
            withhold=None if withhold is None else list(withhold),
        )
        return bursar.Reconciliation(found)

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
        return bursar.Reconciliation(self._reconciliation(number))
