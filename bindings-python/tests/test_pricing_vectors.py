"""The shared vectors of prices and of answers: the same files that Rust and Node run."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import bursar
import pytest
import vectors
from bursar._native import StreamReader
from bursar.testing import ManualClock

if TYPE_CHECKING:
    from pathlib import Path

PRICING = [case for path in vectors.files("pricing") for case in vectors.read(path)["cases"]]
ANSWERS = [
    pytest.param(case, id=f"{path.stem}-{index}")
    for path in vectors.files("answers")
    for index, case in enumerate(vectors.read(path)["answers"])
]


def priced_by(case: dict[str, Any], folder: Path) -> bursar.Purse:
    """Open a purse on the case's own book, which its policy names as a file."""
    book = case["book"]
    path = folder / "book"
    path.write_text(book if isinstance(book, str) else json.dumps(book), "utf-8")
    prices = {"file": str(path), "max_move": "any", "overrides": case.get("overrides", [])}
    everything = {"name": "all", "match": "everything", "limit": "1e9 USD", "period": "day"}
    clock = ManualClock(datetime.fromisoformat(case["at"].replace("Z", "+00:00")))
    return bursar.open(policy={"prices": prices, "budgets": [everything]}, clock=clock.native, resource_attributes="")


def usage_of(case: dict[str, Any]) -> bursar.Usage:
    return bursar.Usage.from_otel(case["otel"]) if "otel" in case else counts(case["usage"])


def counts(given: dict[str, Any]) -> bursar.Usage:
    """Read counts, which are text where a number of JSON would lose digits."""
    return bursar.Usage(**{name: int(count) for name, count in given.items()})


def check_quote(case: dict[str, Any], purse: bursar.Purse) -> None:
    expected = case["expect"]
    options = {"model": case["model"], "provider": case.get("provider"), "terms": case.get("terms")}
    quote = purse.quote(usage=usage_of(case), at=purse.now(), **options)
    assert f"{quote.total:f}" == expected["total"]
    assert quote.matched == expected.get("matched", quote.matched)
    found = [
        {"dimension": line.dimension, "quantity": line.quantity, "amount": f"{line.amount:f}"} for line in quote.lines
    ]
    assert found == expected.get("lines", found)
    assert sum(line.amount for line in quote.lines) == quote.total


def check_bound(case: dict[str, Any], purse: bursar.Purse) -> None:
    bound = case["bound"]
    options = {
        "model": case["model"],
        "provider": case.get("provider"),
        "terms": case.get("terms"),
        "input_tokens": bound["input_tokens"],
        "max_output_tokens": bound.get("max_output_tokens"),
        "extra": counts(bound["extra"]) if "extra" in bound else None,
        "cache": False if bound.get("cache") == "none" else None,
    }
    hold = purse.reserve({}, **options)
    assert f"{hold.bound:f}" == case["expect"]["bound"]["money"]
    hold.release()
    if "affordable" in case["expect"]:
        tight = {"name": "all", "match": "everything", "limit": bound["remaining"] + " USD", "period": "day"}
        purse.apply({"prices": {"max_move": "any"}, "budgets": [tight]})
        decision = purse.decide({}, **options)
        assert decision.affordable_output_tokens in {None, case["expect"]["affordable"]}


@pytest.mark.parametrize("case", PRICING, ids=lambda case: str(case["name"]))
def test_every_vector_of_prices_comes_to_the_last_digit(case: dict[str, Any], tmp_path: Path) -> None:
    code = case["expect"].get("error")
    try:
        with priced_by(case, tmp_path) as purse:
            check = check_bound if "bound" in case else check_quote
            check(case, purse)
    except bursar.Error as error:
        # Prices of a policy are read with the policy, whose faults are its own.
        codes = {code, "policy_invalid"} if code == "price_book_invalid" and "overrides" in case else {code}
        assert error.code in codes, (case["law"], str(error))  # noqa: PT017, one in opening and one in asking are alike
    else:
        assert code is None, case["law"]


def told(answer: bursar.Answer) -> dict[str, Any]:
    """Return what an answer told, in the words of the vectors."""
    told: dict[str, Any] = {}
    if answer.model is not None:
        told["model"] = answer.model
    try:
        usage = answer.usage
        told |= {"unresolved": answer.unresolved} if usage is None else {"usage": usage.to_dict()}
    except bursar.Error as error:
        told["refused"] = error.message
    if answer.stated_cost is not None:
        told["stated_cost"] = f"{answer.stated_cost:f}"
    if answer.others:
        told["others"] = [
            {"kind": kind, "model": model, "usage": usage.to_dict()} for kind, model, usage in answer.others
        ]
    return told


@pytest.mark.parametrize("case", ANSWERS)
def test_every_vector_of_an_answer_reads_as_it_says(case: dict[str, Any]) -> None:
    body = case["body"].encode()
    answer = bursar.read_usage(body, api=case["api"], content_type=case["content_type"])
    assert told(answer) == case["expect"]
    reader = StreamReader(case["api"], case["content_type"])
    for start in range(0, len(body), 7):
        reader.push(body[start : start + 7])
    assert told(reader.finish()) == case["expect"]


def test_a_quote_says_where_it_comes_from() -> None:
    at = datetime(2026, 11, 23, tzinfo=timezone.utc)
    quote = bursar.quote(model="claude-sonnet-4-5-20250929", usage={"input_tokens": 1000, "output_tokens": 10}, at=at)
    assert (quote.model, quote.matched) == ("anthropic/claude-sonnet-4-5", "alias")
    assert quote.price_version.startswith("2026-")
    assert "0.00315 USD" in str(quote)
