"""Agents of several teams spend against budgets, and the month's chargeback is printed."""

from __future__ import annotations

from datetime import datetime, timezone

import bursar
from bursar.testing import ManualClock

POLICY = """
[taxonomy]
required = ["team", "agent"]

[[budgets]]
name = "marketing"
match = { team = "marketing" }
limit = "2.00 USD"
period = "month"

[[budgets]]
name = "search"
match = { team = "search" }
limit = "0.50 USD"
period = "day"
steps = [
  { at = 50, do = "throttle", pace = true },
  { at = 100, do = "suspend" },
]

[[budgets]]
name = "agent"
match = {}
per = "agent"
limit = "0.60 USD"
period = "day"
steps = [
  { at = 80, do = "alert", level = "warning" },
  { at = 100, do = "suspend", what = "agent" },
]
"""

# Who calls which model: team, client, agent, model, and tokens in and out.
AGENTS = [
    ("marketing", "acme-corp", "writer", "claude-sonnet-4-5", 3_000, 800),
    ("marketing", "globex", "editor", "gpt-5-mini", 6_000, 1_500),
    ("search", "acme-corp", "ranker", "gemini-2.5-flash", 9_000, 4_000),
    ("platform", "", "reviewer", "gpt-5", 12_000, 2_500),
]


def work(purse: bursar.Purse, tags: dict[str, str], model: str, tokens_in: int, tokens_out: int) -> None:
    """Make one call: ask, send, settle."""
    decision = purse.decide(tags, model=model, input_tokens=tokens_in, max_output_tokens=4_000)
    if decision.hold is None:
        print(f"refused: {decision}")
        return
    # Here the call goes out. Its answer says what it used.
    decision.hold.settle({"input_tokens": tokens_in, "output_tokens": tokens_out})


def main() -> None:
    """Play a day."""
    # A program uses the machine's clock and a file; the scene plays on a day of its own, in memory.
    clock = ManualClock(datetime(2026, 11, 23, 8, tzinfo=timezone.utc))
    purse = bursar.open(":memory:", policy=POLICY, clock=clock.native)
    # Alerts come from a thread of their own; the scene shows them at the end of each hour.
    alerts: list[str] = []
    purse.on_alert(lambda alert: alerts.append(f"{alert.level}: {alert.message}"))

    for hour in range(10):
        for team, client, agent, model, tokens_in, tokens_out in AGENTS:
            tags = {"team": team, "agent": agent} | ({"client": client} if client else {})
            for _ in range(5):
                work(purse, tags, model, tokens_in, tokens_out)
        purse.flush_alerts()
        for alert in alerts:
            print(alert)
        alerts.clear()
        print(f"-- {9 + hour}:00")
        clock.advance(60 * 60)

    print(purse.report(month="2026-11"))


if __name__ == "__main__":
    main()
