"""A ledger entry: the immutable record of one thing that happened to money."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from bursar._status import instant

if TYPE_CHECKING:
    from datetime import datetime


class EntryLine(NamedTuple):
    """Usage of one dimension and what it cost, in USD."""

    dimension: str
    quantity: int
    amount: Decimal


@dataclass(frozen=True)
class LedgerEntry:
    """One record of the ledger. Amounts are in USD."""

    number: int
    kind: str
    """``reserve``, ``settle``, ``release``, ``unresolved``, ``expire`` or ``adjust``."""

    at: datetime
    effective_at: datetime
    """Where its amount counts: when the hold was taken."""

    hold: int
    tags: dict[str, str]
    model: str
    bound: Decimal
    """What the hold took; of a reservation only."""

    amount: Decimal
    """The change of spend."""

    beside: Decimal | None
    """The cost that was known too: what the provider stated, or our price where what it stated was booked."""

    price_version: str | None
    expires_at: datetime | None
    corrects: int | None
    """The entry that this one corrects."""

    is_overrun: bool
    is_late: bool
    is_stated: bool
    note: str | None
    lines: tuple[EntryLine, ...]


def entry_of(text: str) -> LedgerEntry:
    """Read an entry of the core."""
    told = json.loads(text)
    for name in ("at", "effective_at", "expires_at"):
        told[name] = None if told[name] is None else instant(told[name])
    for name in ("bound", "amount", "beside"):
        told[name] = None if told[name] is None else Decimal(told[name])
    lines = (EntryLine(line["dimension"], line["quantity"], Decimal(line["amount"])) for line in told["lines"])
    return LedgerEntry(**{**told, "lines": tuple(lines)})
