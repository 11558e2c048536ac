"""The guide of the books: its examples give what they say."""

from __future__ import annotations

import csv
import doctest
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bursar
from conftest import PRICES

if TYPE_CHECKING:
    import pytest
    from bursar.testing import ManualClock

PAGE = Path(__file__).parents[2] / "docs" / "python" / "books.md"
POLICY: dict[str, Any] = {
    "prices": PRICES,
    "statement": {"issuer": {"name": "Platform"}, "accent": "#1f4e79"},
    "journal": {
        "expense": "6125",
        "clearing": "2150",
        "receivable": "1200",
        "revenue": "4000",
        "cost_of_sales": "5000",
    },
    "clients": [{"client": "acme", "terms": [{"markup": "20 %"}]}],
}
# A web search for a quarter of a dollar, of which the ledger has nothing; and ten cents of what nobody knows.
COSTS = """{"data": [{"starting_at": "2026-10-02T00:00:00Z", "ending_at": "2026-10-03T00:00:00Z", "results": [
    {"amount": "25", "currency": "USD", "cost_type": "web_search"},
    {"amount": "10", "currency": "USD"}]}], "has_more": false}"""


def october(clock: ManualClock) -> bursar.Purse:
    """October is over: acme has spent a dollar, and half a dollar is nobody's."""
    clock.set(datetime(2026, 10, 2, 12, tzinfo=timezone.utc))
    purse = bursar.open("ledger.db", policy=POLICY, clock=clock.native, resource_attributes="")
    purse.record({"team": "data", "client": "acme"}, model="race-model", usage={"output_tokens": 1_000_000})
    purse.record({"team": "search"}, model="race-model", usage={"output_tokens": 500_000})
    clock.set(datetime(2026, 11, 3, 9, tzinfo=timezone.utc))
    return purse


def test_the_guides_examples_give_what_they_say(
    clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("cost_report.json").write_text(COSTS, "utf-8")
    names = {"bursar": bursar, "csv": csv, "datetime": datetime, "timezone": timezone, "Path": Path, "Decimal": Decimal}
    with october(clock) as purse:
        failed, tried = doctest.testfile(str(PAGE), module_relative=False, globs={**names, "purse": purse})
    assert failed == 0
    assert tried > 25
