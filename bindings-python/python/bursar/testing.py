"""For tests of programs that use Bursar: a clock that is turned by hand.

>>> from datetime import datetime, timezone
>>> import bursar
>>> clock = ManualClock(datetime(2026, 11, 23, 12, tzinfo=timezone.utc))
>>> purse = bursar.open(":memory:", clock=clock.native)
>>> clock.advance(90)
>>> purse.now().isoformat()
'2026-11-23T12:01:30+00:00'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bursar import _native
from bursar._time import to_micros

if TYPE_CHECKING:
    from datetime import datetime


class ManualClock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self, now: datetime) -> None:
        """Set the clock."""
        self.native = _native.ManualClock(to_micros(now))

    def advance(self, seconds: float) -> None:
        """Turn the clock on."""
        self.native.advance(seconds)

    def set(self, now: datetime) -> None:
        """Set the clock, also back."""
        self.native.set(to_micros(now))
