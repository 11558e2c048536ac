"""Booking a call that has happened already: what the face converts and raises. The laws are in the shared vectors."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import bursar
import pytest
from provider import chat

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "usage",
    [
        {"input_tokens": 10, "output_tokens": 20},
        bursar.Usage(input_uncached=10, output=20),
        chat(),
        bursar.read_usage(chat(), api="chat"),
    ],
)
def test_usage_comes_in_every_form(purse: bursar.Purse, usage: Any) -> None:
    entry = purse.record({"team": "data"}, model="race-model", usage=usage)
    assert (entry.cost, entry.bound, entry.is_overrun) == (Decimal("0.00003"), Decimal("0.00003"), False)
    assert purse.report(by=["team"]).total == Decimal("0.00003")
    assert purse.verify() == []


def test_tags_around_the_call_are_its_tags(purse: bursar.Purse) -> None:
    with purse.tags(team="data"):
        purse.record(model=purse.model("race-model"), cost="0.25", key="span-1")
        assert purse.record(model="race-model", cost=Decimal("0.25"), key="span-1", provider="private").is_replay
    (row,) = purse.report(by=["team"]).data["rows"]
    assert (row["values"], row["cost"], row["calls"]) == ({"team": "data"}, "0.25", 1)


def test_an_answer_without_usage_is_no_free_call(purse: bursar.Purse) -> None:
    silent = {key: value for key, value in chat().items() if key != "usage"}
    with pytest.raises(bursar.Invalid, match="the answer doesn't tell its usage") as caught:
        purse.record({}, model="race-model", usage=silent)
    assert caught.value.code == "usage_invalid"
    with pytest.raises(TypeError, match="give the usage or the provider's answer, or `cost`"):
        purse.record({}, model="race-model")
    with pytest.raises(TypeError, match="not the float"):
        purse.record({}, model="race-model", cost=0.5)  # type: ignore[arg-type]
    with pytest.raises(bursar.Unpriced):
        purse.record({}, model="tset-model", cost="1")
    with pytest.raises(bursar.HoldError):
        [purse.record({}, model="race-model", cost=cost, key="k") for cost in ("0.1", "0.2")]
    assert purse.budgets()[0].spent == Decimal("0.1")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_metrics_of_another_process_are_left_alone(make_purse: Any, tmp_path: Path) -> None:
    purse = make_purse(path=str(tmp_path / "ledger.db"))
    metrics = purse._metrics()
    purse.record({}, model="race-model", cost="0.1")
    assert metrics.points(purse, "bursar.calls")[0][0] == 1
    child = os.fork()
    if child == 0:
        os._exit(0 if metrics.points(purse, "bursar.calls") == [] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
