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

    from bursar.testing import ManualClock


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


def test_a_call_of_unknown_cost_is_held_until_it_expires_or_its_cost_is_told(
    purse: bursar.Purse, clock: ManualClock
) -> None:
    call: Any = {"model": "race-model", "input_tokens": 100_000, "max_output_tokens": 200_000}
    hold = purse.record_unresolved({"team": "data"}, **call, key="a", lifetime=60)
    assert (hold.bound, hold.is_replay) == (Decimal("0.3"), False)
    again = purse.record_unresolved({"team": "data"}, **call, key="a", lifetime=60)
    assert (again.number, again.is_replay) == (hold.number, True)
    with pytest.raises(bursar.HoldError, match="other tags, model or bound"):
        purse.record_unresolved({"team": "data"}, model="race-model", max_output_tokens=1, key="a")
    status = purse.hold(hold.number)
    assert status is not None
    assert status.state == "unresolved"
    clock.advance(61)
    assert purse.budgets()[0].spent == Decimal("0.3")
    late = hold.settle({"input_tokens": 100_000, "output_tokens": 0})
    assert late is not None
    assert (late.cost, late.is_late, purse.budgets()[0].spent) == (Decimal("0.1"), True, Decimal("0.1"))
    assert [purse.entry(number).kind for number in range(1, 5)] == ["reserve", "unresolved", "expire", "settle"]
    assert purse.verify() == []


def test_an_entry_is_read_with_its_names_and_its_lines(purse: bursar.Purse) -> None:
    usage = {"input_tokens": 100, "output_tokens": 20}
    booked = purse.record({"team": "data"}, model="race-model", usage=usage)
    entry = purse.entry(booked.number)
    assert (entry.number, entry.kind, entry.model) == (booked.number, "settle", "private/race-model")
    assert (entry.amount, entry.bound, entry.beside, entry.note) == (Decimal("0.00012"), 0, None, None)
    assert (entry.at, entry.effective_at, entry.expires_at) == (purse.now(), purse.now(), None)
    assert entry.price_version == purse.price_version
    assert entry.lines == (
        bursar.EntryLine("input_uncached", 100, Decimal("0.0001"), Decimal("0.000001")),
        bursar.EntryLine("output", 20, Decimal("0.00002"), Decimal("0.000001")),
    )
    corrected = purse.entry(purse.adjust(booked.number, by="-0.00002", note="the invoice"))
    assert (corrected.corrects, corrected.note, corrected.amount) == (booked.number, "the invoice", Decimal("-0.00002"))
    with pytest.raises(bursar.LedgerError, match="the ledger has no entry 99"):
        purse.entry(99)


def test_a_hold_is_that_of_the_dearest_model_that_may_answer(make_purse: Any) -> None:
    dear = {"provider": "private", "model": "dear-model", "input_mtok": "1", "output_mtok": "10"}
    cheap = {"provider": "private", "model": "race-model", "input_mtok": "1", "output_mtok": "1"}
    purse = make_purse(prices={"overrides": [dear, cheap]})
    call: Any = {"input_tokens": 0, "max_output_tokens": 10_000}
    assert purse.reserve(model="race-model", others=["dear-model"], **call).bound == Decimal("0.1")
    assert purse.reserve(model=purse.model("dear-model"), others=[purse.model("race-model")], **call).bound == Decimal(
        "0.1"
    )
    assert purse.reserve(model="race-model", others=[], **call).bound == Decimal("0.01")
    assert purse.decide(model="race-model", others=["nonsense"], **call).kind == "unpriced"
