"""Statements of a period, and the results that are models like them: data, and what is laid out from it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from bursar import _native
from bursar._pdf import pdf_of
from bursar._policy import policy_arguments
from bursar._printing import printing_of
from bursar._public import public

if TYPE_CHECKING:
    from bursar_pdf import Template
    from typing_extensions import Unpack

    from bursar._policy import Policy
    from bursar._printing import Printing, PrintOptions


class _Told(Protocol):
    def to_json(self) -> str: ...


class _Laid(_Told, Protocol):
    def to_html(self, printing: Printing | None = None) -> str: ...
    def to_layout_json(self, printing: Printing | None = None) -> str: ...


@public
class Model:
    """A result of the core. Amounts in its data are text with every digit."""

    __slots__ = ("_data", "_told")

    def __init__(self, told: _Told) -> None:
        """Wrap what the core computed."""
        self._told = told
        self._data: dict[str, Any] | None = None

    @property
    def data(self) -> dict[str, Any]:
        """The whole result as dicts and lists: what ``to_json`` gives."""
        if self._data is None:
            self._data = json.loads(self._told.to_json())
        return self._data

    def to_json(self) -> str:
        """Return the result as JSON."""
        return self._told.to_json()


class Printed(Model):
    """A result that is laid out as a document."""

    __slots__ = ("_laid",)

    def __init__(self, laid: _Laid) -> None:
        """Wrap what the core computed."""
        super().__init__(laid)
        self._laid = laid

    def to_html(self, **options: Unpack[PrintOptions]) -> str:
        """Return the printed document as one HTML page, which needs nothing from anywhere and prints well.

        ``language``, ``max_rows``, ``texts`` by what they stand for, and ``fx``, a ``bursar.Fx``, say how.

        >>> import bursar
        >>> fx = bursar.Fx("EUR", "0.8612", "ECB reference rate", "2026-11-01")
        >>> page = bursar.open(":memory:").report().to_html(fx=fx, texts={"Chargeback statement": "Kostenverrechnung"})
        >>> "EUR" in page, "Kostenverrechnung" in page
        (True, True)
        """
        return self._laid.to_html(printing_of(options))

    def to_pdf(self, template: Template | None = None, **options: Unpack[PrintOptions]) -> bytes:
        """Return the printed document as PDF/A, by a ``bursar_pdf.Template`` or the built-in one.

        Raises an ``Error`` with the code ``pdf_missing`` where ``pip install 'bursar[pdf]'`` wasn't run.
        """
        return pdf_of(self._laid.to_layout_json(printing_of(options)), template)


@public
class Statement(Printed):
    """The statement of a period. Amounts in its data are text with every digit.

    >>> import bursar
    >>> purse = bursar.open(":memory:")
    >>> entry = purse.record({"team": "data"}, model="gpt-5-mini", usage={"input_tokens": 1000, "output_tokens": 100})
    >>> statement = purse.report()
    >>> statement.total, statement.data["rows"][0]["calls"]
    (Decimal('0.00045'), 1)
    >>> statement.to_html()[:15], statement.to_xlsx()[:2]
    ('<!doctype html>', b'PK')
    """

    __slots__ = ("_native",)

    def __init__(self, native: _native.Statement) -> None:
        """Wrap what the core computed."""
        super().__init__(native)
        self._native = native

    @classmethod
    def from_json(cls, text: str) -> Statement:
        """Read a statement again from what ``to_json`` gave, without its ledger and its policy.

        Raises ``Invalid`` with the code ``report_invalid``.

        >>> import bursar
        >>> statement = bursar.open(":memory:").report(evidence=True)
        >>> bursar.Statement.from_json(statement.to_json()).is_as_sealed
        True
        """
        return cls(_native.Statement.from_json(text))

    @property
    def total(self) -> Decimal:
        """What was spent in the period, in USD."""
        return Decimal(self.data["total"])

    @property
    def number(self) -> str | None:
        """The number under which it was issued; nothing before."""
        number: str | None = self.data["header"].get("number")
        return number

    @property
    def is_as_sealed(self) -> bool | None:
        """Whether nothing in it was changed since it was made; ``None`` without ``evidence=True``."""
        return self._native.is_as_sealed

    def to_csv(self) -> str:
        """Return one line per team, project, client, agent, provider and model, as CSV."""
        return self._native.to_csv()

    def to_table(self) -> str:
        """Return the statement as text for a terminal."""
        return self._native.to_table()

    def to_xlsx(self, **options: Unpack[PrintOptions]) -> bytes:
        """Return the statement as a spreadsheet: the printed tables, and a sheet with every exact amount."""
        return self._native.to_xlsx(printing_of(options))

    def to_journal(self, format: str, *, policy: Policy | None = None) -> dict[str, str]:  # noqa: A002, the name is the same in every language
        """Return the CSV files that an accounting system imports, by their names.

        ``format`` is ``netsuite``, ``quickbooks_online``, ``xero`` or ``generic``. ``policy`` names the accounts in its
        ``[journal]``; left out, it is the purse's.

        Raises ``Invalid`` with the code ``report_invalid`` where no accounts are named.

        >>> import bursar
        >>> purse = bursar.open(":memory:", policy={"journal": {"expense": "6125", "clearing": "2150"}})
        >>> entry = purse.record({"team": "data"}, model="gpt-5-mini", cost="1.20 USD")
        >>> (text,) = purse.report().to_journal("xero").values()
        >>> [line.split(",")[3:6] for line in text.splitlines()]
        [['AccountCode', 'TaxRate', 'Amount'], ['6125', 'Tax Exempt', '1.20'], ['2150', 'Tax Exempt', '-1.20']]
        """
        return self._native.to_journal(format, **policy_arguments(policy))

    def to_invoice_detail(self) -> str:
        """Return the statement as the dataset Invoice Detail of FOCUS 1.4, as CSV."""
        return self._native.to_invoice_detail()

    def to_billing_period(self) -> str:
        """Return the statement's period as the dataset Billing Period of FOCUS 1.4, as CSV."""
        return self._native.to_billing_period()

    def __str__(self) -> str:
        """Return the table."""
        return self.to_table()


@public
class Preview(Printed):
    """What other rules would charge to whom, beside what those in force charge."""

    __slots__ = ("_native",)

    def __init__(self, native: _native.Preview) -> None:
        """Wrap what the core computed."""
        super().__init__(native)
        self._native = native

    def to_table(self) -> str:
        """Return the preview as text for a terminal."""
        return self._native.to_table()

    def __str__(self) -> str:
        """Return the table."""
        return self.to_table()
