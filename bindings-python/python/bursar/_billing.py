"""Billing of clients. What it gives back is imported when it is first made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bursar
from bursar import _native
from bursar._question import Question, names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bursar._client_statement import ClientStatement, CreditNote, Margin


class Billing(_native.Engine):
    """The part of a purse that bills clients by the ``[[clients]]`` of the policy."""

    def client_statement(
        self, client: str, *, period: str | None = None, previous_months: int | None = None
    ) -> ClientStatement:
        """Return what a client pays for whole months, as it stands: the current month by default.

        Raises ``Invalid`` with the code ``report_invalid`` for a client without terms.

        >>> import bursar
        >>> purse = bursar.open(":memory:", policy='''
        ...     [[clients]]
        ...     client = "acme"
        ...     [[clients.terms]]
        ...     markup = "20 %"
        ... ''')
        >>> entry = purse.record({"client": "acme"}, model="gpt-5-mini", cost="10 USD")
        >>> purse.client_statement("acme").total
        Decimal('12')
        """
        return bursar.ClientStatement(self._client_statement(client, period=period, previous_months=previous_months))

    def issue_invoice(
        self, client: str, *, period: str | None = None, previous_months: int | None = None
    ) -> ClientStatement:
        """Issue a client's invoice for a period whose books are closed; what was issued before is returned again.

        Raises ``LedgerError`` with the code ``period_not_closable`` before the books are closed.
        """
        return bursar.ClientStatement(self._issue_invoice(client, period=period, previous_months=previous_months))

    def invoice(self, number: str) -> ClientStatement:
        """Return an invoice that was issued, by its number.

        Raises ``LedgerError`` with the code ``document_unknown``.
        """
        return bursar.ClientStatement(self._invoice(number))

    def issue_credit_note(self, invoice: str) -> CreditNote | None:
        """Issue a credit or debit note on an invoice, by its number; nothing where nothing was corrected since."""
        note = self._issue_credit_note(invoice)
        return None if note is None else bursar.CreditNote(note)

    def margin(self, *, period: str | None = None, time_zone: str = "UTC", by: Iterable[str] | None = None) -> Margin:
        """Return what is left of what clients pay for whole months: the current month by default."""
        return bursar.Margin(self._margin(Question(period, time_zone, names(by))))
