"""What a purse tells: budgets and alerts, with amounts as decimals and times as datetimes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any, NamedTuple

from bursar._public import public

_LAST = datetime.max.replace(tzinfo=timezone.utc)
_FIRST = datetime.min.replace(tzinfo=timezone.utc)


def instant(text: str) -> datetime:
    """Read an RFC 3339 time; one beyond what a datetime holds is its last."""
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return _FIRST if text.startswith("-") else _LAST


@public
class Window(NamedTuple):
    """One period of a budget."""

    start: datetime
    end: datetime


def _window(bounds: list[str]) -> Window:
    return Window(instant(bounds[0]), instant(bounds[1]))


def _optional(amount: str | None) -> Decimal | None:
    return None if amount is None else Decimal(amount)


@public
@dataclass(frozen=True)
class BudgetStatus:
    """A budget, or one instance of it, in its current window. Amounts are in USD."""

    name: str
    instance: tuple[str, ...]
    window: Window
    time_zone: str
    basis: str
    """``cost`` or ``price``: whether the amounts are what calls cost or what clients are billed for them."""

    limit: Decimal
    ceiling: Decimal | None
    spent: Decimal
    held: Decimal
    remaining: Decimal
    forecast: Decimal | None
    utilisation: Decimal
    """Spend in percent of the limit."""

    state: str
    """``open``, ``throttled``, ``agents suspended`` or ``suspended``."""


@public
@dataclass(frozen=True)
class HoldStatus:
    """Where a hold is in its life. Amounts are in USD."""

    state: str
    """``open``, ``unresolved``, ``settled``, ``released`` or ``expired``."""

    bound: Decimal
    cost: Decimal
    """What was booked for it so far."""

    reserved_at: datetime
    expires_at: datetime


def budgets_of(text: str) -> list[BudgetStatus]:
    """Read the rows of the core."""
    return [
        BudgetStatus(
            name=row["name"],
            instance=tuple(row["instance"]),
            window=_window(row["window"]),
            time_zone=row["time_zone"],
            basis=row["basis"],
            limit=Decimal(row["limit"]),
            ceiling=_optional(row["ceiling"]),
            spent=Decimal(row["spent"]),
            held=Decimal(row["held"]),
            remaining=Decimal(row["remaining"]),
            forecast=_optional(row["forecast"]),
            utilisation=Decimal(row["utilisation_basis_points"]) / 100,
            state=row["state"],
        )
        for row in json.loads(text)
    ]


@public
@dataclass(frozen=True)
class Alert:
    """Something that people want to know of; printing it gives one sentence."""

    kind: str
    """``step_reached``, ``forecast``, ``exhausted``, ``loop``, ``spike``, ``overrun``, ``unresolved``, ``resumed``."""

    level: str
    """``info``, ``warning`` or ``critical``."""

    message: str
    at: datetime
    budget: str
    instance: tuple[str, ...]
    window: Window
    basis: str
    """``cost`` or ``price``: whether the budget's amounts are costs or what clients are billed."""

    spent: Decimal
    limit: Decimal
    entry: int
    """The ledger entry that it goes with; 0 for none."""

    details: dict[str, Any]
    """What only this kind has: ``percent``, ``action``, ``agent``, ``bound`` ….; amounts are text."""

    def __str__(self) -> str:
        """Return the sentence."""
        return self.message


_COMMON = ("kind", "level", "message", "at", "budget", "instance", "window", "basis", "spent", "limit", "entry")


def alert_of(text: str) -> Alert:
    """Read an alert of the core."""
    told = json.loads(text)
    return Alert(
        kind=told["kind"],
        level=told["level"],
        message=told["message"],
        at=instant(told["at"]),
        budget=told["budget"],
        instance=tuple(told["instance"]),
        window=_window(told["window"]),
        basis=told["basis"],
        spent=Decimal(told["spent"]),
        limit=Decimal(told["limit"]),
        entry=told["entry"],
        details={key: value for key, value in told.items() if key not in _COMMON},
    )
