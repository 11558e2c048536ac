"""The laws of the face: what converts, what raises, who owns what. Behaviour itself is in the shared vectors."""

from __future__ import annotations

import asyncio
import gc
import pickle
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import bursar
import pytest
from conftest import PRICES

if TYPE_CHECKING:
    from pathlib import Path

    from bursar.testing import ManualClock

CALL: dict[str, Any] = {"model": "race-model", "input_tokens": 0, "max_output_tokens": 100_000}


def test_ten_of_sixty_four_threads_fit_a_dollar(make_purse: Any) -> None:
    for _ in range(20):
        purse = make_purse()
        start = threading.Barrier(64)

        def call(_: int, purse: bursar.Purse = purse, start: threading.Barrier = start) -> bool:
            start.wait()
            decision = purse.decide({"team": "data"}, **CALL)
            return decision.hold is not None and decision.hold.settle(cost="0.1") is not None

        with ThreadPoolExecutor(64) as pool:
            assert sum(pool.map(call, range(64))) == 10
        assert purse.budgets()[0].spent == 1


def test_money_is_never_a_float(purse: bursar.Purse) -> None:
    hold = purse.reserve({}, **CALL)
    with pytest.raises(TypeError, match=r'not the float 0\.1: write Decimal\("0\.1"\) or "0\.1 USD"'):
        hold.settle(cost=0.1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not NoneType"):
        bursar.parse_money(None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="float"):
        purse.budgeted(limit=1.5)  # type: ignore[arg-type]
    entry = hold.settle(cost=Decimal("0.05"))
    assert entry is not None
    assert entry.cost == Decimal("0.05")


@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        ({"input_tokens": -1}, ValueError, "a count is zero or more, not -1"),
        ({"input_tokens": 1.5}, TypeError, r"a count is a whole number \(int\), not float"),
        ({"input_tokens": True}, TypeError, "not bool"),
        ({"input_tokens": 2**64}, OverflowError, "a count is below"),
        ({"model": 7}, TypeError, r"a model is a name \(str\) or a Model, not int"),
        ({"terms": {"tier": "x"}}, ValueError, "`tier` is no term of a call"),
        ({"max_output_tokens": "9"}, TypeError, "not str"),
    ],
)
def test_wrong_arguments_say_what_is_right(
    wrong: dict[str, Any], kind: type[Exception], message: str, purse: bursar.Purse
) -> None:
    with pytest.raises(kind, match=message):
        purse.reserve({}, **{**CALL, **wrong})


def test_a_scope_is_a_scope_a_dict_or_what_is_around(purse: bursar.Purse) -> None:
    with pytest.raises(TypeError, match="a scope is a Scope, a dict of tags or None"):
        purse.reserve(["team"], **CALL)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"a tag's key and value are text \(str\), not int"):
        purse.reserve({"team": 7}, **CALL)  # type: ignore[dict-item]
    with purse.tags(team="data"), purse.tags({"client.name": "acme"}):
        assert purse.scope(agent="a").tags == {
            "client.name": "acme",
            "gen_ai.agent.name": "a",
            "team.name": "data",
        }
    assert purse.scope().tags == {}


def test_every_refusal_has_its_class_and_its_way_out(make_purse: Any) -> None:
    purse = make_purse(taxonomy={"required": ["team"]})
    with pytest.raises(bursar.Untagged) as untagged:
        purse.reserve({}, **CALL)
    assert (untagged.value.code, str(untagged.value)) == ("tags_refused", "the tag `team` is missing")
    with pytest.raises(bursar.Unpriced) as unpriced:
        purse.reserve({"team": "a"}, **{**CALL, "model": "race-modle"})
    assert unpriced.value.code == "model_unknown"
    assert "race-model" in str(unpriced.value)
    with pytest.raises(bursar.BudgetExceeded) as exceeded:
        purse.reserve({"team": "a"}, **{**CALL, "max_output_tokens": 2_000_000})
    error = exceeded.value
    assert (error.code, error.budget, error.remaining, error.bound) == ("budget_exceeded", "all", 1, 2)
    assert (error.affordable_output_tokens, error.is_passing) == (1_000_000, False)
    assert error.help
    purse.reserve({"team": "a"}, **{**CALL, "max_output_tokens": 1_000_000}).settle(cost=1)
    with pytest.raises(bursar.Suspended) as suspended:
        purse.reserve({"team": "a"}, **CALL)
    assert suspended.value.until == datetime(2026, 11, 24, tzinfo=timezone.utc)
    copied = pickle.loads(pickle.dumps(error))  # noqa: S301, our own bytes
    assert (type(copied), copied.remaining, str(copied)) == (type(error), 1, str(error))


def test_a_block_that_is_left_without_settling_gives_nothing_back(purse: bursar.Purse, clock: ManualClock) -> None:
    with pytest.raises(TimeoutError), purse.reserve({}, **CALL):
        raise TimeoutError
    with purse.reserve({}, **CALL):
        pass
    assert purse.budgets()[0].held == Decimal("0.2")
    with pytest.raises(ConnectionRefusedError), purse.reserve({}, **CALL):
        raise ConnectionRefusedError
    assert purse.budgets()[0].held == Decimal("0.2")
    clock.advance(16 * 60)
    assert (purse.budgets()[0].spent, purse.budgets()[0].held) == (Decimal("0.2"), 0)


def test_settling_twice_books_once_and_another_cost_is_an_error(purse: bursar.Purse) -> None:
    hold = purse.reserve({}, **CALL)
    first, again = hold.settle(cost="0.07"), hold.settle(cost="0.07")
    assert first is not None
    assert again is not None
    assert (first.is_replay, again.is_replay) == (False, True)
    with pytest.raises(bursar.HoldError) as caught:
        hold.settle(cost="0.08")
    assert caught.value.code == "hold_ended"
    assert purse.budgets()[0].spent == Decimal("0.07")


def test_a_key_gives_the_same_hold_and_with_another_call_an_error(purse: bursar.Purse) -> None:
    first, again = purse.reserve({}, key="job", **CALL), purse.reserve({}, key="job", **CALL)
    assert (first.number, again.is_replay) == (again.number, True)
    with pytest.raises(bursar.HoldError, match="key"):
        purse.reserve({"team": "other"}, key="job", **CALL)


def test_a_dict_without_counts_is_no_usage_of_nothing(purse: bursar.Purse) -> None:
    hold = purse.reserve({}, **CALL)
    for nothing in ({}, {"input_tokens": None, "output_tokens": None}):
        with pytest.raises(bursar.Invalid, match="the usage has no counts") as told:
            hold.settle(nothing)
        assert told.value.code == "usage_invalid"
        assert "`input_tokens`" in str(told.value.help)
    assert not hold.is_ended
    zero = hold.settle({"input_tokens": 0, "output_tokens": 0})
    assert zero is not None
    assert zero.cost == 0


def test_settle_takes_whatever_a_program_has(purse: bursar.Purse) -> None:
    class Answer:
        def model_dump(self, **_: Any) -> dict[str, Any]:
            return {
                "object": "chat.completion",
                "model": "race-model",
                "choices": [{"finish_reason": "stop"}],
                "usage": {"prompt_tokens": 10, "completion_tokens": 20},
            }

    usage = {"input_tokens": 10, "output_tokens": 20, "cache_read_input_tokens": None}
    for given in (
        usage,
        bursar.Usage(input_uncached=10, output=20),
        Answer(),
        Answer().model_dump(),
        b'{"object": "chat.completion", "choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 20}}',
    ):
        entry = purse.reserve({}, **CALL).settle(given)
        assert entry is not None
        assert entry.cost == Decimal("0.00003")
    assert purse.reserve({}, **CALL).settle({"object": "chat.completion", "choices": []}) is None
    with pytest.raises(TypeError, match="give the usage or the provider"):
        purse.reserve({}, **CALL).settle()
    with pytest.raises(ValueError, match="which API"):
        purse.reserve({}, **CALL).settle({"some": {"thing": 1}})
    with pytest.raises(bursar.Invalid) as caught:
        purse.reserve({}, **CALL).settle({"input_tokens": 1, "cache_read_input_tokens": 2})
    assert caught.value.code == "usage_invalid"


def test_a_function_has_a_budget_with_all_that_it_calls(make_purse: Any) -> None:
    purse = make_purse("100 USD")

    @purse.budgeted(team="search", limit="0.3 USD")
    def outer(times: int) -> list[str]:
        return [inner() for _ in range(times)]

    @purse.budgeted(agent="helper", limit="0.1 USD")
    def inner() -> str:
        decision = purse.decide(**CALL)
        if decision.hold:
            decision.hold.settle(cost="0.1")
        return f"{decision.kind} {decision.budget or ''}"

    assert outer(4)[:3] == ["admitted "] * 3
    assert outer(4)[3].split()[0] in {"exceeded", "suspended"}
    assert inner() == "admitted "


def test_generators_and_coroutines_carry_their_tags_inside_only(purse: bursar.Purse) -> None:
    @purse.budgeted(team="search")
    def steps() -> Any:
        yield purse.scope().tags["team.name"]
        yield purse.scope().tags["team.name"]

    @purse.budgeted(team="search")
    async def coroutine() -> str:
        return purse.scope().tags["team.name"]

    @purse.budgeted(team="search")
    async def async_steps() -> Any:
        yield purse.scope().tags["team.name"]

    for team in steps():
        assert (team, purse.scope().tags) == ("search", {})

    async def main() -> None:
        assert await coroutine() == "search"
        assert [team async for team in async_steps()] == ["search"]
        assert purse.scope().tags == {}

    asyncio.run(main())


def test_tags_reach_tasks_and_the_threads_of_an_executor(purse: bursar.Purse) -> None:
    def team() -> str | None:
        return purse.scope().tags.get("team.name")

    async def task() -> str | None:
        return team()

    async def main() -> list[str | None]:
        with purse.tags(team="data"):
            return [*await asyncio.gather(task(), asyncio.create_task(task())), await asyncio.to_thread(team)]

    assert asyncio.run(main()) == ["data"] * 3
    with ThreadPoolExecutor(2) as pool, purse.tags(team="data"):
        assert purse.executor(pool).submit(team).result() == "data"
        assert list(purse.executor(pool).map(lambda _: team(), range(3))) == ["data"] * 3
        assert pool.submit(team).result() is None


def test_waiting_out_a_throttle_blocks_no_other_task() -> None:
    # Past its first cent the budget admits one call at a time. The machine's own clock runs.
    steps = [{"at": 1, "do": "throttle", "concurrency": 1}, {"at": 100, "do": "suspend"}]
    budget = {"name": "slow", "match": "everything", "limit": "1 USD", "period": "month", "steps": steps}
    purse = bursar.open(policy={"budgets": [budget], "prices": PRICES}, resource_attributes="")
    purse.reserve({}, **CALL).settle(cost="0.02")

    async def end(hold: bursar.Hold, beats: list[int]) -> None:
        for _ in range(20):
            await asyncio.sleep(0.001)
            beats.append(1)
        hold.release()

    async def main() -> int:
        beats: list[int] = []
        first = await purse.areserve({}, **CALL)
        with pytest.raises(bursar.Throttled) as caught:
            await purse.areserve({}, **CALL)
        assert caught.value.retry_after
        assert caught.value.is_passing
        with pytest.raises(bursar.Throttled):
            await purse.areserve({}, wait=0.01, **CALL)
        ending = asyncio.create_task(end(first, beats))
        second = await purse.areserve({}, wait=30, **CALL)
        second.release()
        await ending
        return len(beats)

    assert asyncio.run(main()) == 20


def test_alerts_are_told_and_a_callback_that_raises_is_shown(
    purse: bursar.Purse, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[bursar.Alert] = []
    shown: list[Any] = []
    monkeypatch.setattr("sys.unraisablehook", shown.append)

    @purse.on_alert
    def fail(_: bursar.Alert) -> None:
        raise RuntimeError

    purse.on_alert(told.append)
    purse.reserve({}, **{**CALL, "max_output_tokens": 900_000}).settle(cost="0.9")
    purse.flush_alerts()
    assert [(alert.kind, alert.level, alert.budget, alert.spent) for alert in told] == [
        ("step_reached", "warning", "all", Decimal("0.9"))
    ]
    assert str(told[0]).startswith("budget `all`")
    assert len(shown) == 1


def test_nothing_keeps_a_purse_alive_but_its_users(make_purse: Any) -> None:
    purse = bursar.open(resource_attributes="")
    purse.on_alert(lambda _: None)
    hold = purse.reserve({}, model="gpt-5", input_tokens=1, max_output_tokens=1)
    seen = weakref.ref(purse)
    del purse
    gc.collect()
    assert seen() is not None
    del hold
    gc.collect()
    assert seen() is None


def test_a_closed_purse_refuses_and_its_file_is_free(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with bursar.open(path, resource_attributes="") as purse:
        hold = purse.reserve({}, model="gpt-5", input_tokens=1000, max_output_tokens=10)
        with pytest.raises(bursar.LedgerError) as caught:
            bursar.open(path)
        assert (caught.value.code, caught.value.is_passing) == ("ledger_in_use", True)
    with pytest.raises(bursar.LedgerError, match="closed"):
        purse.reserve({}, model="gpt-5", input_tokens=1, max_output_tokens=1)
    with bursar.open(path, resource_attributes="") as again:
        entry = again.settle(hold.number, {"input_tokens": 1000})
        assert entry is not None
        assert entry.cost == Decimal("0.00125")
        assert again.verify() == []


def test_a_policy_is_a_path_text_or_a_dict(tmp_path: Path) -> None:
    text = '[[budgets]]\nname = "all"\nmatch = "everything"\nlimit = "1 USD"\nperiod = "day"\n'
    path = tmp_path / "policy.toml"
    path.write_text(text)
    as_dict = {
        "budgets": [{"name": "all", "match": "everything", "limit": "1 USD", "period": "day"}],
        "prices": {"overrides": [{"provider": "p", "model": "m", "input_mtok": Decimal("1.5"), "output_mtok": "2"}]},
    }
    for policy in (text, path, str(path), as_dict):
        assert [row.name for row in bursar.open(policy=policy).budgets()] == ["all"]
    with pytest.raises(bursar.PolicyError) as caught:
        bursar.open(policy='[[budgets]]\nnmae = "all"\n')
    assert "line 2" in str(caught.value) or ":2:" in str(caught.value)
    with pytest.raises(TypeError, match="a policy holds"):
        bursar.open(policy={"budgets": object()})


def test_a_purse_is_not_pickled(purse: bursar.Purse) -> None:
    with pytest.raises(TypeError, match="can't be pickled"):
        pickle.dumps(purse)


def test_the_tags_of_the_process_come_from_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "team.name=data,project.name=rag,service.name=x")
    tags = bursar.open(tags={"project": "other"}).scope(agent="a").tags
    assert (tags["team.name"], tags["project.name"], tags["gen_ai.agent.name"]) == ("data", "other", "a")


def test_an_amount_is_held_for_what_is_not_priced_by_tokens(purse: bursar.Purse) -> None:
    with purse.reserve_amount("0.6 USD", name="tavily/search", scope={"team": "data"}) as hold:
        assert hold.bound == Decimal("0.6")
        with pytest.raises(bursar.BudgetExceeded) as caught:
            purse.reserve_amount(Decimal("0.5"), name="tavily/search")
        assert caught.value.remaining == Decimal("0.4")
        entry = hold.settle(cost="0.008")
    assert entry is not None
    assert entry.cost == Decimal("0.008")
    assert "tavily,search" in purse.report(by=["provider", "model"], filter='team = "data"').to_csv()
    with pytest.raises(TypeError, match="Decimal"):
        purse.reserve_amount(0.5, name="tavily/search")  # type: ignore[arg-type]
    with pytest.raises(bursar.Error, match="below zero"):
        purse.reserve_amount("-1 USD", name="tavily/search")
