"""A ledger entry: the immutable record of one thing that happened to money."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from bursar._public import public
from bursar._status import instant

if TYPE_CHECKING:
    from datetime import datetime


@public
class EntryLine(NamedTuple):
    """Usage of one dimension and what it cost, in USD."""

    dimension: str
    quantity: int
    amount: Decimal
    rate: Decimal | None
    """The price of one unit; nothing where the amount isn't quantity times rate."""


@public
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
    terms: str | None
    """The terms that it was priced by, such as ``processing=batch``; nothing for the standard ones."""

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
        told[name] = _decimal(told[name])
    return LedgerEntry(**{**told, "lines": tuple(map(_line, told["lines"]))})


def _line(told: dict[str, Any]) -> EntryLine:
    return EntryLine(told["dimension"], told["quantity"], Decimal(told["amount"]), _decimal(told["rate"]))


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
