"""The shared vectors of deciding: the same files that Rust and Node run."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import bursar
import pytest
import vectors
from bursar._status import alert_of
from bursar.testing import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CALL_FIELDS = {"do", "as", "tags", "within", "model", "input_tokens", "max_output_tokens", "key", "fingerprint"} | {
    "lifetime_s",
    "expect",
}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def rfc3339(at: datetime | None) -> str | None:
    if at is None:
        return None
    text = at.astimezone(timezone.utc).isoformat().removesuffix("+00:00")
    return (text.rstrip("0") if "." in text else text) + "Z"


class Bench:
    """A purse that stands where the vector says."""

    def __init__(self, vector: dict[str, Any]) -> None:
        self.clock = ManualClock(instant(vector["at"]))
        self.purse = bursar.open(policy=vector["policy"], clock=self.clock.native, resource_attributes="")
        self.told: list[str] = []
        self.purse._on_alert(self.told.append)
        self.holds: dict[str, bursar.Hold] = {}
        self.scopes: dict[str, bursar.Scope] = {}
        self.entries: dict[str, int] = {}

    def run(self, call: dict[str, Any]) -> Any:
        deed: Callable[[dict[str, Any]], Any] = getattr(self, call["do"])
        try:
            return deed(call)
        except bursar.Error as error:
            return {"error": error.code}

    def reserve(self, call: dict[str, Any]) -> dict[str, Any]:
        assert call.keys() <= CALL_FIELDS
        tags = call.get("tags", {})
        options = {
            "model": call["model"],
            "input_tokens": call.get("input_tokens", 0),
            "max_output_tokens": call.get("max_output_tokens"),
            "key": call.get("key"),
            "fingerprint": call.get("fingerprint"),
            "lifetime": call.get("lifetime_s"),
        }
        scope: bursar.Scope | dict[str, str] = tags
        if "within" in call:
            scope = self.purse.scope(tags, parent=self.scopes[call["within"]])
        decision = self.purse.decide(scope, **options)
        if decision.hold and "as" in call:
            self.holds[call["as"]] = decision.hold
            self.scopes[call["as"]] = scope if isinstance(scope, bursar.Scope) else self.purse.scope(tags)
        return answer(decision)

    def record(self, call: dict[str, Any]) -> dict[str, Any]:
        told = {"usage": bursar.Usage(**call["usage"])} if "usage" in call else {"cost": call["cost"]}
        options = {name: call.get(name) for name in ("model", "key", "fingerprint")}
        return self.booked(self.purse.record(call.get("tags", {}), **told, **options), call.get("as"))

    def settle(self, call: dict[str, Any]) -> dict[str, Any]:
        hold = self.holds[call["hold"]]
        entry = hold.settle(bursar.Usage(**call["usage"])) if "usage" in call else hold.settle(cost=call["cost"])
        assert entry is not None
        return self.booked(entry, call["hold"])

    def booked(self, entry: bursar.Entry, name: str | None) -> dict[str, Any]:
        if entry.number and name is not None:
            self.entries[name] = entry.number
        booked: dict[str, Any] = {"cost": plain(entry.cost), "overrun": entry.is_overrun}
        if entry.is_late:
            booked["late"] = True
        if entry.is_replay:
            booked["replay"] = True
        return booked

    def release(self, call: dict[str, Any]) -> dict[str, Any]:
        self.holds[call["hold"]].release()
        return {}

    def unresolved(self, call: dict[str, Any]) -> dict[str, Any]:
        self.holds[call["hold"]].unresolved()
        return {}

    def advance(self, call: dict[str, Any]) -> dict[str, Any]:
        self.clock.advance(call["seconds"])
        return {}

    def budgets(self, call: dict[str, Any]) -> list[dict[str, Any]]:
        return [same_fields(status(row), expected) for row, expected in rows(self.purse.budgets(), call)]

    def alerts(self, call: dict[str, Any]) -> list[dict[str, Any]]:
        self.purse.flush_alerts()
        told, self.told[:] = [alert_of(text) for text in self.told], []
        return [same_fields(alert(row), expected) for row, expected in rows(told, call)]

    def resume(self, call: dict[str, Any]) -> dict[str, Any]:
        self.purse.resume(call["budget"], agent=call.get("agent"))
        return {}

    def apply(self, call: dict[str, Any]) -> dict[str, Any]:
        self.purse.apply(call["policy"])
        return {}

    def close_until(self, call: dict[str, Any]) -> dict[str, Any]:
        self.purse.close_until(instant(call["until"]))
        return {}

    def adjust(self, call: dict[str, Any]) -> dict[str, Any]:
        self.purse.adjust(self.entries[call["hold"]], by=call["by"], note=call["note"])
        return {}


def plain(amount: Any) -> str:
    """Print an amount without an exponent, as the core does."""
    return f"{amount:f}"


def answer(decision: bursar.Decision) -> dict[str, Any]:
    """Return a decision with everything in it that a program may act on."""
    fields: dict[str, Any] = {"decision": decision.kind, "budget": decision.budget}
    if decision.budget is not None and decision.instance:
        fields["instance"] = list(decision.instance)
    of_kinds = {
        "admitted": lambda: {"bound": plain(decision.bound), "replay": decision.hold.is_replay or None},
        "throttled": lambda: {"retry_after_ms": millis(decision.retry_after), "downgrade_to": decision.downgrade_to},
        "suspended": lambda: {"agent": decision.agent},
        "exceeded": lambda: {
            "basis": None if decision.error.basis == "cost" else decision.error.basis,
            "bound": plain(decision.bound),
            "remaining": plain(decision.remaining),
            "affordable_output_tokens": decision.affordable_output_tokens,
        },
        "unpriced": lambda: {"error": decision.error.code, "message": decision.error.message},
        "untagged": lambda: {"message": str(decision)},
    }
    fields |= of_kinds[decision.kind]()
    fields = {name: value for name, value in fields.items() if value is not None}
    # A period without an end is told as such.
    return {**fields, "until": rfc3339(decision.until)} if decision.kind == "suspended" else fields


def millis(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def rows(found: list[Any], call: dict[str, Any]) -> list[tuple[Any, dict[str, Any]]]:
    assert len(found) == len(call["expect"]), found
    return list(zip(found, call["expect"], strict=True))


def same_fields(found: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """Return of a row the fields that the vector names."""
    return {key: found.get(key) for key in expected}


def optional(amount: Any) -> str | None:
    return None if amount is None else plain(amount)


def status(row: bursar.BudgetStatus) -> dict[str, Any]:
    return {
        "name": row.name,
        "instance": list(row.instance),
        "window": [rfc3339(row.window.start), rfc3339(row.window.end)],
        "basis": row.basis,
        "limit": plain(row.limit),
        "ceiling": optional(row.ceiling),
        "spent": plain(row.spent),
        "held": plain(row.held),
        "remaining": plain(row.remaining),
        "forecast": optional(row.forecast),
        "state": row.state,
    }


def alert(row: bursar.Alert) -> dict[str, Any]:
    own = {"kind": row.kind, "level": row.level, "budget": row.budget, "instance": list(row.instance)}
    return {**own, "basis": row.basis, "spent": plain(row.spent), "limit": plain(row.limit), **row.details}


@pytest.mark.parametrize("path", vectors.files("budget"), ids=lambda path: path.stem)
def test_every_vector_of_deciding_holds(path: Path) -> None:
    vector = vectors.read(path)
    bench = Bench(vector)
    for call in vector["calls"]:
        found = bench.run(call)
        assert found == call.get("expect", {}), (vector["law"], call)
    assert bench.purse.verify() == []
