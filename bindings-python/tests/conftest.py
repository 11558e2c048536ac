"""What the tests share: a purse on a clock of its own, and a server that answers as providers do."""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bursar
import pytest
from bursar.testing import ManualClock

sys.path.insert(0, str(Path(__file__).parent))

from provider import Provider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The examples in docstrings are looked for in what the package holds, and it imports the most of it when it is asked.
for _name in bursar.__all__:
    getattr(bursar, _name)

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)

# A model of our own, at a dollar a million tokens either way, so that sums can be done in one's head.
PRICES = {
    "overrides": [
        {"provider": "private", "model": "race-model", "input_mtok": "1", "output_mtok": "1"},
        {"provider": "private", "model": "free-model", "free": True},
    ]
}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def make_purse(clock: ManualClock) -> Iterator[Callable[..., bursar.Purse]]:
    """Open purses with one budget over everything, which are closed when the test ends."""
    purses: list[bursar.Purse] = []

    def make(limit: str = "1 USD", path: str = ":memory:", **policy: Any) -> bursar.Purse:
        budget = {"name": "all", "match": "everything", "limit": limit, "period": "day"}
        whole = {"budgets": [budget], "prices": PRICES, **policy}
        purses.append(bursar.open(path, policy=whole, clock=clock.native, resource_attributes=""))
        return purses[-1]

    yield make
    for purse in purses:
        purse.close()


@pytest.fixture
def purse(make_purse: Callable[..., bursar.Purse]) -> bursar.Purse:
    return make_purse()


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider on loopback, whose answers a test chooses."""
    with Provider() as running:
        yield running
