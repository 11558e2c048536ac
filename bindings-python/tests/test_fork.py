"""Forks and other processes: nobody deadlocks, nobody spends twice, and whose ledger it is gets told."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import traceback
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import bursar
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork"),
    pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning"),
]

CALL: dict[str, Any] = {"model": "gpt-5", "input_tokens": 1000, "max_output_tokens": 100}
POLICY = {"budgets": [{"name": "all", "match": "everything", "limit": "1 USD", "period": "month"}]}


def in_child(run: Callable[[], None]) -> None:
    """Run in a forked child; what fails there fails here. A child that hangs is killed."""
    pid = os.fork()
    if pid == 0:
        try:
            run()
        except BaseException:  # noqa: BLE001, whatever it is, the parent is told
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    killer = threading.Timer(20, os.kill, (pid, 9))
    killer.start()
    _, status = os.waitpid(pid, 0)
    killer.cancel()
    assert os.waitstatus_to_exitcode(status) == 0


def test_a_ledger_in_memory_is_its_process_s_own() -> None:
    purse = bursar.open(policy=POLICY, resource_attributes="")
    scope = purse.scope(team="data")

    def child() -> None:
        with pytest.raises(
            bursar.LedgerError, match="memory of the process that this one was forked off from"
        ) as caught:
            purse.reserve(scope, **CALL)
        assert caught.value.code == "ledger_closed"

    in_child(child)
    purse.reserve(scope, **CALL).settle({"input_tokens": 1000})


def test_a_child_is_told_that_its_parent_has_the_file(tmp_path: Path) -> None:
    with bursar.open(tmp_path / "ledger.db", policy=POLICY, resource_attributes="") as purse:
        purse.on_alert(lambda _: None)
        hold = purse.reserve({}, **CALL)

        def child() -> None:
            with pytest.raises(bursar.LedgerError) as caught:
                purse.reserve({}, **CALL)
            assert (caught.value.code, caught.value.is_passing) == ("ledger_in_use", True)

        in_child(child)
        # The child has ended, and with it its copies of everything: the parent's lock and file are as they were.
        hold.settle({"input_tokens": 1000})
        with pytest.raises(bursar.LedgerError):
            bursar.open(tmp_path / "ledger.db")
        assert purse.verify() == []


def test_a_child_opens_the_file_again_once_its_parent_has_left_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    purse = bursar.open(path, policy=POLICY, resource_attributes="")
    scope, model = purse.scope(team="data"), purse.model("gpt-5")
    hold = purse.reserve(scope, **CALL)
    read, write = os.pipe()

    def child() -> None:
        assert os.read(read, 1) == b"x"
        assert hold.settle({"input_tokens": 1000}) is not None
        purse.reserve(scope, **{**CALL, "model": model}).settle({"input_tokens": 2000})
        assert purse.verify() == []
        purse.close()

    pid = os.fork()
    if pid == 0:
        try:
            child()
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    purse.close()
    os.write(write, b"x")
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    with bursar.open(path, policy=POLICY, resource_attributes="") as again:
        assert again.budgets()[0].spent == Decimal("0.00375")
        assert again.verify() == []


def test_a_fork_in_the_middle_of_busy_threads_deadlocks_nobody(tmp_path: Path) -> None:
    with bursar.open(tmp_path / "ledger.db", policy=POLICY, resource_attributes="") as purse:
        stop = threading.Event()

        def work() -> None:
            while not stop.is_set():
                purse.reserve({}, **CALL).release()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()

        def child() -> None:
            with pytest.raises(bursar.LedgerError):
                purse.reserve({}, **CALL)
            other = bursar.open(policy=POLICY, resource_attributes="")
            other.reserve({}, **CALL).settle({"input_tokens": 1000})

        try:
            for _ in range(10):
                in_child(child)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert purse.verify() == []


def own_ledger(path: str) -> str:
    with bursar.open(path, policy=POLICY, resource_attributes="") as purse:
        purse.reserve({}, **CALL).settle({"input_tokens": 1000})
        return f"{purse.budgets()[0].spent:f}"


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_each_process_of_a_pool_may_have_its_ledger(method: str, tmp_path: Path) -> None:
    if method == "spawn" and not sys.executable:
        pytest.skip("there is no interpreter to start")
    purse = bursar.open(policy=POLICY, resource_attributes="")
    purse.reserve({}, **CALL).release()
    paths = [str(tmp_path / f"ledger-{index}.db") for index in range(3)]
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map_async(own_ledger, paths).get(30) == ["0.00125"] * 3


DOLLAR = {
    "budgets": [{"name": "all", "match": "everything", "limit": "1 USD", "period": "month"}],
    "prices": {"overrides": [{"provider": "private", "model": "m", "input_mtok": "1", "output_mtok": "1"}]},
}
TEN_CENTS: dict[str, Any] = {"model": "m", "input_tokens": 0, "max_output_tokens": 100_000}


def buy(purse: bursar.Purse, calls: int) -> int:
    """Ask for calls of ten cents, and say how many were admitted."""
    bought = 0
    for _ in range(calls):
        try:
            hold = purse.reserve({"team": f"team-{os.getpid()}"}, **TEN_CENTS)
        except (bursar.BudgetExceeded, bursar.Suspended):
            continue
        hold.settle({"output_tokens": 100_000})
        bought += 1
    return bought


def buy_alone(path: str) -> int:
    with bursar.open(path, policy=DOLLAR, shared=True, resource_attributes="") as purse:
        return buy(purse, 8)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_that_share_a_file_get_ten_calls_of_ten_cents_out_of_a_dollar(method: str, tmp_path: Path) -> None:
    path = str(tmp_path / "ledger.db")
    with multiprocessing.get_context(method).Pool(4) as pool:
        assert sum(pool.map_async(buy_alone, [path] * 8, chunksize=1).get(60)) == 10
    with bursar.open(path, policy=DOLLAR, shared=True, resource_attributes="") as purse:
        assert purse.budgets()[0].spent == Decimal(1)
        assert purse.verify() == []


def test_children_of_a_fork_go_on_with_the_shared_ledger_of_their_parent(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    purse = bursar.open(path, policy=DOLLAR, shared=True, resource_attributes="")
    assert buy(purse, 2) == 2
    hold = purse.reserve({}, **TEN_CENTS)

    def settling() -> None:
        assert hold.settle({"output_tokens": 50_000}) is not None
        assert purse.verify() == []

    def buying() -> None:
        assert buy(purse, 2) == 2

    for child in (settling, buying, buying):
        in_child(child)
        assert buy(purse, 1) == 1
    assert buy(purse, 9) == 0
    assert purse.budgets()[0].spent == Decimal("0.95")
    assert purse.verify() == []
    purse.close()
    with bursar.open(path, policy=DOLLAR, resource_attributes="") as alone:
        assert alone.budgets()[0].spent == Decimal("0.95")
        assert alone.verify() == []


def test_a_parent_that_closes_its_shared_ledger_leaves_it_to_its_children(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    purse = bursar.open(path, policy=DOLLAR, shared=True, resource_attributes="")
    assert buy(purse, 1) == 1
    read, write = os.pipe()
    ready, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            assert buy(purse, 1) == 1
            os.write(told, b"x")
            assert os.read(read, 1) == b"x"
            assert buy(purse, 1) == 1
            purse.close()
        except BaseException:  # noqa: BLE001
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    assert os.read(ready, 1) == b"x"
    purse.close()
    os.write(write, b"x")
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    with bursar.open(path, policy=DOLLAR, resource_attributes="") as alone:
        assert alone.budgets()[0].spent == Decimal("0.3")
        assert alone.verify() == []
