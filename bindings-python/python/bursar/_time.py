"""Instants: aware datetimes outside, microseconds inside."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """Return the instant so many microseconds after 1970, in UTC.

    >>> from_micros(1_795_000_000_000_000).isoformat()
    '2026-11-18T11:06:40+00:00'
    """
    try:
        return _EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        return datetime.max.replace(tzinfo=timezone.utc)


def to_micros(instant: datetime | None) -> int:
    """Return the microseconds of an aware instant since 1970; of now for ``None``.

    >>> to_micros(datetime(2026, 11, 23))
    Traceback (most recent call last):
    ValueError: an instant has a time zone: give `datetime(..., tzinfo=timezone.utc)`
    """
    if instant is None:
        instant = datetime.now(timezone.utc)
    if instant.tzinfo is None:
        message = "an instant has a time zone: give `datetime(..., tzinfo=timezone.utc)`"
        raise ValueError(message)
    return (instant - _EPOCH) // _MICROSECOND
