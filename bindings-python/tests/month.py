"""A month of the demonstration's teams and clients, played in a second or two, and the ledger as SQLite has it.

The policy is the demonstration's own. What the calls use is drawn from a seed, so every run plays the same month.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import bursar
from bursar.testing import ManualClock

if TYPE_CHECKING:
    from collections.abc import Iterable

MONTH = "2026-10"
ZONE = "Europe/Berlin"
POLICY = Path(__file__).parents[2] / "demo" / "policy.toml"
START = datetime(2026, 9, 30, 22, tzinfo=timezone.utc)
END = datetime(2026, 10, 31, 23, tzinfo=timezone.utc)
HOURS = int((END - START).total_seconds()) // 3600
SEED = 20261001
AGENT = "gen_ai.agent.name"

# Team, project, client, model and the tokens of an answer; who works for nobody has no client.
CAST = {
    "writer": ("marketing", "content-pipeline", "acme-corp", "claude-sonnet-4-5", 4_000),
    "editor": ("marketing", "content-pipeline", "globex", "claude-sonnet-4-5", 6_000),
    "campaigner": ("marketing", "campaigns", "initech", "gemini-2.5-pro", 5_000),
    "analyst": ("data", "insights", None, "gpt-5", 2_000),
    "sql-helper": ("data", "warehouse", None, "gpt-5-mini", 2_000),
    "ranker": ("search", "product-search", None, "gemini-2.5-flash", 1_000),
    "answerer": ("support", "helpdesk", "acme-corp", "claude-haiku-4-5", 3_000),
    "reviewer": ("platform", "developer-tools", None, "claude-sonnet-4-5", 2_000),
    "prototype": ("platform", "side-quest", None, "gpt-5", 1_000),
}


class Random:
    """Knuth's linear congruence: the same numbers for the same seed everywhere."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def below(self, limit: int) -> int:
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self._state >> 33) % limit


def play(path: Path, calls: int = 5_000) -> bursar.Purse:
    """Play the month into a ledger, and leave the purse open on the morning after it.

    A call before the month and one after it, each by a minute of the zone, and a correction, are in the ledger too.
    """
    clock = ManualClock(START - timedelta(minutes=1))
    purse = bursar.open(str(path), policy=POLICY, clock=clock.native, resource_attributes="")
    outside = {"team": "data", "project": "insights", "agent": "analyst"}
    purse.record(outside, model="gpt-5", usage={"output_tokens": 77_777})
    random = Random(SEED)
    names = sorted(CAST)
    for number in range(calls):
        clock.set(START + timedelta(hours=HOURS) * number / calls)
        _call(purse, names[random.below(len(names))], random)
    clock.set(END - timedelta(minutes=1))
    late = purse.record(outside, model="gpt-5", usage={"output_tokens": 99_991})
    purse.adjust(late.number, by="-0.123456789012 USD", note="credited by the provider")
    clock.set(END + timedelta(minutes=1))
    purse.record(outside, model="gpt-5", usage={"output_tokens": 88_888})
    clock.set(END + timedelta(hours=9))
    return purse


def _call(purse: bursar.Purse, agent: str, random: Random) -> None:
    team, project, client, model, most = CAST[agent]
    tags = {"team": team, "project": project, "agent": agent}
    if client is not None:
        tags["client"] = client
    asked, answered, ending = 200 + random.below(20_000), 1 + random.below(most), random.below(100)
    hold = purse.decide(tags, model=model, input_tokens=asked, max_output_tokens=most).hold
    if hold is None:
        return
    if ending == 0:
        hold.release()
    elif ending == 1:
        # Nobody knows what it cost, so it is spend when it expires.
        hold.unresolved()
    else:
        hold.settle({"input_tokens": asked, "output_tokens": answered})


class Booked(NamedTuple):
    """What an entry booked, as the tables of the file have it."""

    kind: str
    team: str
    project: str
    client: str
    agent: str
    model: str
    amount: Decimal
    usage: list[tuple[str, int, Decimal]]
    """Kind of usage, quantity and amount."""


def booked(path: Path, start: datetime = START, end: datetime = END) -> list[Booked]:
    """Read what was booked in a window: by SQLite alone, without anything of Bursar."""
    micros = [int(edge.timestamp()) * 1_000_000 for edge in (start, end)]
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
        names = dict(file.execute("SELECT id, name FROM dimensions"))
        rows = file.execute(
            """SELECT e.kind, t.tags, s.text, e.amount_nano, e.amount_pico, e.lines FROM entries e
               JOIN tag_sets t ON t.id = e.tags JOIN symbols s ON s.id = e.model
               WHERE e.kind IN ('settle', 'expire', 'adjust') AND e.effective_at >= ? AND e.effective_at < ?""",
            micros,
        )
        found = []
        for kind, told, model, nano, pico, lines in rows:
            tags = json.loads(told)
            by = [tags.get(key, "unallocated") for key in ("team.name", "project.name", "client.name", AGENT)]
            usage = [(names[own[0]], own[1], _usd(own[2], own[3])) for own in json.loads(lines or "[]")]
            found.append(Booked(kind, *by, model, _usd(nano, pico), usage))
        return found


def _usd(nano: int, pico: int) -> Decimal:
    return Decimal(nano * 1_000 + pico).scaleb(-12)


def total(rows: Iterable[Booked]) -> Decimal:
    """Sum what was booked."""
    return sum((row.amount for row in rows), Decimal(0))


def sums(rows: Iterable[Booked], by: str) -> dict[str, Decimal]:
    """Sum what was booked by each value of a column."""
    found: dict[str, Decimal] = {}
    for row in rows:
        found[getattr(row, by)] = found.get(getattr(row, by), Decimal(0)) + row.amount
    return found
