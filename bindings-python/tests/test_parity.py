"""The page that names every operation in every language: its Python names exist, and none of ours is left out."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import bursar
import pytest
from bursar._adapters import Adapters

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "parity.md"
ROWS = [
    [cell.strip() for cell in line.split("|")[1:]]
    for line in PAGE.read_text("utf-8").splitlines()
    if line.startswith("|") and not line.startswith(("|---", "| Rust"))
]
IN_NOTES = {name for row in ROWS for name in re.findall("`[A-Z][a-z]+[.][^`]*`", row[3])}
NAMES = sorted(IN_NOTES | {row[1] for row in ROWS if row[1].startswith("`")})


def resolve(path: str) -> Any:
    found: Any = bursar
    for name in path.split("."):
        found = getattr(found, name)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_name_of_the_page_exists(name: str) -> None:
    path, _, keyword = name.strip("`").partition("(")
    found = resolve(path)
    if keyword:
        keyword = keyword.removesuffix("=)")
        assert keyword in inspect.signature(found).parameters, f"{path} takes no `{keyword}`"


def test_every_operation_of_a_purse_is_on_the_page_or_of_python_alone() -> None:
    # Ways to lay tags around code, to wrap what a program has, and to hook into frameworks.
    of_python = {"areserve", "budgeted", "decide", "executor", "is_quick", "path", "tags", "wrap"}
    of_python |= {name for name in vars(Adapters) if not name.startswith("_")}
    public = {name for name in dir(bursar.Purse) if not name.startswith("_")} - of_python
    text = PAGE.read_text("utf-8")
    assert {name for name in public if f"`Purse.{name}" not in text} == set()


def test_every_function_of_the_package_is_on_the_page() -> None:
    functions = {name for name in bursar.__all__ if inspect.isroutine(getattr(bursar, name))}
    text = PAGE.read_text("utf-8")
    assert {name for name in functions if f"`{name}" not in text} == set()
