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
