"""A provider's bill against the ledger, and the corrections that follow."""

from __future__ import annotations

import os
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bursar._public import public
from bursar._statement import Model
from bursar._time import to_micros

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bursar import _native


@public
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


@public
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


def given(document: BillDocument) -> GivenBill:
    """Read a bill's files."""
    pages = document.pages
    listed = [pages] if isinstance(pages, str | bytes | os.PathLike) else pages
    fetched_at = None if document.fetched_at is None else to_micros(document.fetched_at)
    read = [page if isinstance(page, bytes) else Path(page).read_bytes() for page in listed]
    return GivenBill(document.format, read, fetched_at, document.provider, document.mapping)


@public
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
