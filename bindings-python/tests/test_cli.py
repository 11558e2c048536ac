"""The console command, as somebody at a terminal uses it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import bursar
import pytest
from bursar._cli import main
from conftest import PRICES

if TYPE_CHECKING:
    from pathlib import Path

POLICY = """
[[budgets]]
name = "marketing"
match = { team = "marketing" }
limit = "10 USD"
period = "once"
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    with bursar.open(path, policy={"prices": PRICES}, resource_attributes="") as purse:
        for team, cost in (("marketing", "9"), ("data", "0.25")):
            purse.reserve({"team": team}, model="race-model", input_tokens=0, max_output_tokens=10_000_000).settle(
                cost=cost
            )
    (tmp_path / "policy.toml").write_text(POLICY)
    return path


def test_a_report_is_a_table_a_csv_or_json(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(ledger), "--by", "team, model"]) == 0
    table = capsys.readouterr().out
    assert "marketing" in table
    assert "9.25" in table
    assert main(["report", str(ledger), "--format", "csv"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert "cost" in head.split(",")
    assert len(lines) == 2
    assert main(["report", str(ledger), "--format", "json", "--filter", 'team = "data"']) == 0
    assert '"total": "0.25"' in capsys.readouterr().out


def test_budgets_are_shown_with_what_is_left(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["budgets", str(ledger), "--policy", str(ledger.parent / "policy.toml")]) == 0
    head, _, row = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["budget", "window", "limit"]
    assert row.split()[-7:] == ["9.00", "0.00", "1.00", "90.0", "%", "cost", "open"]


def test_budgets_without_their_policy_say_what_to_give(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["budgets", str(ledger)]) == 2
    error = "error: a ledger keeps what was spent, and not its budgets"
    expected = f"{error}\n  help: name the policy file with `--policy FILE`\n"
    assert capsys.readouterr() == ("", expected)


def test_a_ledger_is_verified(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(ledger)]) == 0
    assert capsys.readouterr().out == "every counter is what the entries give\n"


def test_a_quote_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quote", "gpt-5", "input_tokens=9_126", "cache_read_input_tokens=4864", "output_tokens=3197"]) == 0
    assert "0.0379055 USD" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["quote", "gtp-5", "input_tokens=1"], "error: the model `gtp-5` is in no price book"),
        (["quote", "gpt-5", "input_tokens"], "error: `input_tokens` has no `=` in it: write NAME=VALUE"),
        (["quote", "gpt-5", "input_tokens=many"], "error: `input_tokens` is `many`, and a whole number is allowed"),
        (["verify", "/nowhere/ledger.db"], "error: there is no ledger at `/nowhere/ledger.db`"),
    ],
)
def test_what_is_asked_wrong_is_told_on_the_other_channel(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[0][: len(message)]) == ("", message)


def test_it_runs_as_a_module() -> None:
    run = subprocess.run([sys.executable, "-m", "bursar", "--version"], check=True, capture_output=True, text=True)
    assert run.stdout == f"bursar {bursar.__version__}\n"
