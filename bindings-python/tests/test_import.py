"""What `import bursar` brings with it, and that names which come later are there all the same."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import bursar
import pytest

# What a call needs, from opening a ledger to its settlement.
NEEDED = {
    "bursar",
    "bursar._adapters",
    "bursar._answer",
    "bursar._billing",
    "bursar._decision",
    "bursar._error",
    "bursar._fork",
    "bursar._native",
    "bursar._policy",
    "bursar._public",
    "bursar._purse",
    "bursar._question",
    "bursar._reconciling",
    "bursar._reports",
    "bursar._spans",
    "bursar._tags",
    "bursar._time",
}
# What is dear to import, of Python's own and of others.
DEAR = {"asyncio", "concurrent", "dataclasses", "inspect", "logging", "pathlib", "socket", "ssl", "threading"}
DEAR |= {"typing_extensions", "urllib", "uuid", "httpx", "openai", "anthropic", "opentelemetry", "bursar_pdf"}
CLASSES = sorted(name for name in bursar.__all__ if isinstance(getattr(bursar, name), type))


def told(program: str) -> Any:
    """Run a program in an interpreter of its own, and read the JSON that it prints."""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)  # noqa: S603, our own
    return json.loads(run.stdout)


def test_importing_brings_what_a_call_needs_and_nothing_dear() -> None:
    program = """
import sys
before = set(sys.modules)
import bursar
brought = sorted(set(sys.modules) - before)
import json
print(json.dumps(brought))
"""
    brought = told(program)
    assert {name for name in brought if name.startswith("bursar")} == NEEDED
    assert {name.partition(".")[0] for name in brought} & DEAR == set()


def test_a_call_brings_nothing_more_of_finance() -> None:
    program = """
import sys
import bursar
with bursar.open(":memory:", policy={"budgets": []}) as purse, purse.tags(team="data"):
    with purse.reserve(model="gpt-5-mini", input_tokens=1, max_output_tokens=1) as hold:
        hold.settle({"input_tokens": 1, "output_tokens": 1})
    purse.decide(model="gpt-5-mini", input_tokens=1, max_output_tokens=1)
brought = sorted(name for name in sys.modules if name.startswith("bursar."))
import json
print(json.dumps(brought))
"""
    assert set(told(program)) - NEEDED == {"bursar._baggage"}


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_is_known_by_the_name_that_programs_use(name: str) -> None:
    kind = getattr(bursar, name)
    assert (kind.__module__, kind.__qualname__) == ("bursar", name)
    assert pickle.loads(pickle.dumps(kind)) is kind  # noqa: S301, our own


def test_what_was_pickled_is_read_by_a_process_that_imported_nothing() -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
    window = bursar.Window(noon, noon)
    hold = bursar.HoldStatus("open", Decimal(1), Decimal(0), noon, noon)
    program = f"""
import json, pickle
found = pickle.loads({pickle.dumps([window, hold])!r})
print(json.dumps([repr(own) for own in found]))
"""
    assert told(program) == [repr(window), repr(hold)]


def test_every_name_is_listed_and_given_before_anybody_asked_for_it() -> None:
    program = """
import json
import bursar
listed = dir(bursar)
from bursar import *
print(json.dumps([listed, [name for name in bursar.__all__ if name not in globals()]]))
"""
    listed, missing = told(program)
    assert set(bursar.__all__) - set(listed) == set()
    assert missing == []


def test_a_name_that_there_is_not_is_an_error_as_of_any_module() -> None:
    with pytest.raises(AttributeError, match=r"^module 'bursar' has no attribute 'Statment'") as caught:
        _ = bursar.Statment  # type: ignore[attr-defined]
    assert (caught.value.name, caught.value.obj) == ("Statment", bursar)
    with pytest.raises(ImportError, match=r"^cannot import name 'Statment' from 'bursar'"):
        exec("from bursar import Statment")  # noqa: S102, a program of our own
