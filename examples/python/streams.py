"""A stream is settled to the usage that it tells; one that breaks off is charged in full, once its hold expires."""

from __future__ import annotations

from datetime import datetime, timezone

import bursar
from bursar.testing import ManualClock

POLICY = """
[[budgets]]
name = "search"
match = { team = "search" }
limit = "1 USD"
period = "day"
"""

# What a provider sends, as it arrives.
EVENTS = [
    'data: {"model": "gpt-5-mini", "choices": [{"delta": {"content": "Yes"}}]}\n\n',
    'data: {"model": "gpt-5-mini", "choices": [{"finish_reason": "stop"}]}\n\nda',
    'ta: {"choices": [], "usage": {"prompt_tokens": 900, "completion_tokens": 120}}\n\ndata: [DONE]\n\n',
]


def reserve(purse: bursar.Purse) -> bursar.Hold:
    """Hold the most that the call may cost."""
    return purse.reserve({"team": "search"}, model="gpt-5-mini", input_tokens=1000, max_output_tokens=400)


def read(hold: bursar.Hold, events: list[str]) -> None:
    """Settle to what the events told. A wrapped client does it as they pass by."""
    answer = bursar.read_usage("".join(events), api="chat", content_type="text/event-stream")
    entry = hold.settle(answer)
    if entry is None:
        print("nobody knows what the stream cost")
    else:
        print(f"the stream came to its end: {entry.cost} USD")


def show(purse: bursar.Purse) -> None:
    """Print what the budgets stand at."""
    for budget in purse.budgets():
        print(f"{budget.name}: {budget.spent} USD spent, {budget.held} USD held")


def main() -> None:
    """Read a whole stream and a broken one."""
    clock = ManualClock(datetime(2026, 11, 23, 8, tzinfo=timezone.utc))
    purse = bursar.open(":memory:", policy=POLICY, clock=clock.native)

    hold = reserve(purse)
    print(f"held {hold.bound} USD")
    read(hold, EVENTS)
    show(purse)

    read(reserve(purse), EVENTS[:1])
    show(purse)
    clock.advance(16 * 60)
    print("sixteen minutes later")
    show(purse)


if __name__ == "__main__":
    main()
