"""What a purse reports: statements, the documents that it issues, exports, and other rules tried on the past.

What it gives back is imported when it is first made.
"""

from __future__ import annotations

import os
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import bursar
from bursar import _native
from bursar._policy import policy_arguments
from bursar._question import Question, names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bursar._document import Exported, IssuedDocument
    from bursar._policy import Policy
    from bursar._statement import Preview, Statement


class Reports(_native.Engine):
    """The part of a purse that reports."""

    def report(  # noqa: PLR0913, each is a name of the question
        self,
        *,
        month: str | None = None,
        period: str | None = None,
        time_zone: str = "UTC",
        by: Iterable[str] | None = None,
        filter: str | None = None,  # noqa: A002, the name is the same in every language
        previous_periods: int | None = None,
        drivers: int | None = None,
        opportunities: bool = False,
        evidence: bool = False,
        prices: bytes | None = None,
    ) -> Statement:
        """Return the chargeback of a period: the current month by default, by team.

        ``period`` is a month, quarter, year, week or day by its ISO name, or two days with ``/`` between them; ``by``
        are tags, ``model`` and ``provider``; ``filter`` is a selector such as ``team = "marketing"``.

        ``opportunities`` adds what could have been saved, by the prices in force or by the price book ``prices``;
        ``evidence`` adds what the statement rests on, and seals it. Both read every entry of the period.

        >>> import bursar
        >>> statement = bursar.open(":memory:").report(period="2026-11", opportunities=True, evidence=True)
        >>> statement.data["evidence"]["entries"], statement.is_as_sealed
        (0, True)
        """
        return bursar.Statement(
            self._report(
                Question(
                    month or period,
                    time_zone,
                    names(by),
                    filter,
                    previous_periods,
                    drivers,
                    opportunities,
                    evidence,
                    prices,
                )
            )
        )

    def close_period(  # noqa: PLR0913, each is a name of the question
        self,
        *,
        period: str,
        time_zone: str = "UTC",
        by: Iterable[str] | None = None,
        previous_periods: int | None = None,
        drivers: int | None = None,
        opportunities: bool = False,
        evidence: bool = False,
    ) -> list[Statement]:
        """Close a period that is over, and issue its statements: that of all calls, and one for each recipient.

        They are numbered without gaps, final, and kept in the ledger. Of a period that was closed before this returns
        what was issued then. Nothing is booked in a closed period any more; corrections come after it.

        Raises ``LedgerError`` with the code ``period_not_closable`` before its end, while calls of it are under way, or
        before the bills that the policy names are reconciled.

        >>> import bursar
        >>> (statement,) = bursar.open(":memory:").close_period(period="2025-01")
        >>> statement.number, statement.data["header"]["status"]
        ('CB-2025-01-001', 'final')
        """
        question = Question(period, time_zone, names(by), None, previous_periods, drivers, opportunities, evidence)
        return [bursar.Statement(own) for own in self._close_period(question)]

    def documents(self) -> list[IssuedDocument]:
        """Return the documents that were issued, in that order.

        >>> import bursar
        >>> purse = bursar.open(":memory:")
        >>> statements = purse.close_period(period="2025-01")
        >>> [(document.number, document.kind) for document in purse.documents()]
        [('CB-2025-01-001', 'chargeback')]
        """
        return [
            bursar.IssuedDocument(number, kind, scope, bursar.Window(start, end), issued_at, sha256, content)
            for number, kind, scope, start, end, issued_at, sha256, content in self._documents()
        ]

    def statement(self, number: str) -> Statement:
        """Return a statement that was issued, by its number: the same to the last byte, for ever.

        Raises ``LedgerError`` with the code ``document_unknown``.

        >>> import bursar
        >>> purse = bursar.open(":memory:")
        >>> (issued,) = purse.close_period(period="2025-01")
        >>> purse.statement("CB-2025-01-001").to_json() == issued.to_json()
        True
        """
        return bursar.Statement(self._statement(number))

    def preview_rules(
        self,
        policy: Policy,
        *,
        period: str | None = None,
        time_zone: str = "UTC",
        by: Iterable[str] | None = None,
    ) -> Preview:
        """Return what another policy's virtual tags and allocation would charge to whom. Nothing is changed.

        >>> import bursar
        >>> purse = bursar.open(":memory:")
        >>> entry = purse.record({"agent": "crawler"}, model="gpt-5-mini", cost="1.20 USD")
        >>> preview = purse.preview_rules('''
        ...     [[virtual_tags]]
        ...     name = "crawlers"
        ...     match = { agent = "crawler" }
        ...     set = { team = "search" }
        ... ''')
        >>> [(row["value"], row["before"], row["after"]) for row in preview.data["groups"][0]["rows"]]
        [('search', '0', '1.2'), ('unallocated', '1.2', '0')]
        """
        question = Question(period, time_zone, names(by), None)
        return bursar.Preview(self._preview_rules(question, **policy_arguments(policy)))

    def export_focus(  # noqa: PLR0913, each is a name of the question
        self,
        path: str | os.PathLike[str],
        *,
        period: str,
        time_zone: str = "UTC",
        level: Literal["newest", "1.2"] = "newest",
        filter: str | None = None,  # noqa: A002, the name is the same in every language
        invoice: str | None = None,
        account: tuple[str, str] | None = None,
        allocated: str | None = None,
    ) -> Exported:
        """Write a period as FOCUS Cost and Usage, a CSV that finance systems import; what it bills is the ledger's sum.

        ``level`` is which version's columns it has; ``invoice`` the invoice that all of it is on; ``account`` the id
        and the name of the account that providers bill. ``allocated`` is a tag, such as ``team``: shared cost is
        divided among its values as the policy's ``[[allocation]]`` says, a row for each part. The file is there whole
        or not at all.

        >>> import bursar, tempfile
        >>> purse = bursar.open(":memory:")
        >>> entry = purse.record({"team": "data"}, model="gpt-5-mini", usage={"input_tokens": 1000})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     exported = purse.export_focus(f"{folder}/focus.csv", period=f"{purse.now():%Y-%m}", level="1.2")
        ...     exported, bursar.lint_focus(f"{folder}/focus.csv")
        (Exported(rows=1, billed=Decimal('0.00025')), [])
        """
        rows, billed = self._export_focus(
            os.fspath(path),
            period=period,
            zone=time_zone,
            level=level,
            filter=filter,
            invoice=invoice,
            account=account,
            allocated=allocated,
        )
        return bursar.Exported(rows, Decimal(billed))

    def export_parquet(
        self, path: str | os.PathLike[str], *, period: str | None = None, time_zone: str = "UTC"
    ) -> Exported:
        """Write the entries of a period, or all of them, as Parquet. The file is there whole or not at all.

        >>> import bursar, tempfile
        >>> purse = bursar.open(":memory:")
        >>> entry = purse.record({"team": "data"}, model="gpt-5-mini", usage={"input_tokens": 1000})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     purse.export_parquet(f"{folder}/entries.parquet").billed
        Decimal('0.00025')
        """
        rows, billed = self._export_parquet(os.fspath(path), period=period, zone=time_zone)
        return bursar.Exported(rows, Decimal(billed))
