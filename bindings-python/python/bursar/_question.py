"""What a report is asked for, as the core takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Question(NamedTuple):
    """The fields that every report has; what is left out is the core's to choose."""

    period: str | None = None
    time_zone: str = "UTC"
    by: list[str] | None = None
    filter: str | None = None
    previous_periods: int | None = None
    drivers: int | None = None
    opportunities: bool = False
    evidence: bool = False
    prices: bytes | None = None


def names(by: Iterable[str] | None) -> list[str] | None:
    """Return what a report is grouped by."""
    return None if by is None else list(by)
