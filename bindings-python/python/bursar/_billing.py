"""What clients pay: statements, invoices, credit notes, and what is left of it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bursar import _native
from bursar._policy import policy_arguments
from bursar._printing import printing_of
from bursar._question import Question, names
from bursar._statement import Printed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Unpack

    from bursar._policy import Policy
    from bursar._printing import PrintOptions


class ClientStatement(Printed):
    """What a client pays for a period, as a statement or an invoice. It says nothing of cost or of other clients."""

    __slots__ = ("_native",)

    def __init__(self, native: _native.ClientStatement) -> None:
        """Wrap what the core computed."""
        super().__init__(native)
        self._native = native

    @property
    def number(self) -> str | None:
        """The number of the invoice; nothing for a statement."""
        number: str | None = self.data["header"].get("number")
        return number

    @property
    def total(self) -> Decimal:
        """What is to be paid, with every digit, in the client's currency."""
        return Decimal(self.data["total"])

    @property
    def payable(self) -> Decimal:
        """The total in whole minor units of the currency."""
        return Decimal(self.data["payable"])

    def to_csv(self) -> str:
        """Return the lines as CSV."""
        return self._native.to_csv()

    def to_xlsx(self, **options: Unpack[PrintOptions]) -> bytes:
        """Return the printed tables as a spreadsheet."""
        return self._native.to_xlsx(printing_of(options))

    def to_journal(self, format: str, *, policy: Policy | None = None) -> dict[str, str]:  # noqa: A002, the name is the same in every language
        """Return the CSV files that an accounting system imports, by their names: receivable against revenue.

        ``format`` is ``netsuite``, ``quickbooks_online``, ``xero`` or ``generic``. ``policy`` names the accounts in its
        ``[journal]``; left out, it is the purse's.

        Raises ``Invalid`` with the code ``report_invalid`` for a statement that isn't an invoice, or where no accounts
        are named.
        """
        return self._native.to_journal(format, **policy_arguments(policy))


class CreditNote(Printed):
    """What is credited, or charged on top, on an invoice whose usage or cost was corrected since."""

    __slots__ = ("_native",)

    def __init__(self, native: _native.CreditNote) -> None:
        """Wrap what the core computed."""
        super().__init__(native)
        self._native = native

    @property
    def number(self) -> str:
        """Its number."""
        number: str = self.data["header"]["number"]
        return number

    def to_journal(self, format: str, *, policy: Policy | None = None) -> dict[str, str]:  # noqa: A002, the name is the same in every language
        """Return the CSV files that an accounting system imports, by their names: receivable against revenue.

        ``format`` is ``netsuite``, ``quickbooks_online``, ``xero`` or ``generic``. ``policy`` names the accounts in its
        ``[journal]``; left out, it is the purse's.

        Raises ``Invalid`` with the code ``report_invalid`` where no accounts are named.
        """
        return self._native.to_journal(format, **policy_arguments(policy))


class Margin(Printed):
    """What is left of what clients pay, by client, project and agent. It is for oneself alone."""

    __slots__ = ("_native",)

    def __init__(self, native: _native.Margin) -> None:
        """Wrap what the core computed."""
        super().__init__(native)
        self._native = native

    def to_table(self) -> str:
        """Return the margin as text for a terminal."""
        return self._native.to_table()

    def __str__(self) -> str:
        """Return the table."""
        return self.to_table()


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
        return ClientStatement(self._client_statement(client, period=period, previous_months=previous_months))

    def issue_invoice(
        self, client: str, *, period: str | None = None, previous_months: int | None = None
    ) -> ClientStatement:
        """Issue a client's invoice for a period whose books are closed; what was issued before is returned again.

        Raises ``LedgerError`` with the code ``period_not_closable`` before the books are closed.
        """
        return ClientStatement(self._issue_invoice(client, period=period, previous_months=previous_months))

    def invoice(self, number: str) -> ClientStatement:
        """Return an invoice that was issued, by its number.

        Raises ``LedgerError`` with the code ``document_unknown``.
        """
        return ClientStatement(self._invoice(number))

    def issue_credit_note(self, invoice: str) -> CreditNote | None:
        """Issue a credit or debit note on an invoice, by its number; nothing where nothing was corrected since."""
        note = self._issue_credit_note(invoice)
        return None if note is None else CreditNote(note)

    def margin(self, *, period: str | None = None, time_zone: str = "UTC", by: Iterable[str] | None = None) -> Margin:
        """Return what is left of what clients pay for whole months: the current month by default."""
        return Margin(self._margin(Question(period, time_zone, names(by))))
