"""Documents that were issued, as the ledger keeps them; and what an export wrote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bursar._public import public

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from bursar._status import Window


@public
@dataclass(frozen=True)
class IssuedDocument:
    """A document as it was issued, which is kept in the ledger as it was."""

    number: str
    """The series, the period, and its place in the series, which has no gaps."""

    kind: str
    """``chargeback``, ``showback``, ``invoice``, ``credit_note``, ``debit_note`` or ``reconciliation``."""

    scope: str
    """Whose it is: the filter of its calls, empty for all; of a reconciliation the provider."""

    window: Window
    issued_at: datetime
    sha256: str
    """The hash of its content."""

    content: str
    """The JSON of the statement or the reconciliation."""


@public
class Exported(NamedTuple):
    """What an export wrote."""

    rows: int
    """Rows, without the head."""

    billed: Decimal
    """The sum of what was billed in them, in USD: what the ledger has of the period."""
