"""An agent and its sub-agents spend from one run: whatever they start counts in its budget."""

from __future__ import annotations

import bursar

POLICY = """
[[budgets]]
name = "a run"
match = "everything"
limit = "0.10 USD"
period = "run"
"""


def work(purse: bursar.Purse, who: str, scope: bursar.Scope) -> None:
    """Make one call: ask, send, settle."""
    try:
        with purse.reserve(scope, model="claude-sonnet-4-5", input_tokens=4000, max_output_tokens=2000) as hold:
            entry = hold.settle({"input_tokens": 4000, "output_tokens": 1500})
            print(f"{who}: {entry.cost} USD, of {entry.bound} USD held")
    except bursar.BudgetExceeded as refusal:
        left, fits = refusal.remaining, refusal.affordable_output_tokens
        print(f"{who}: refused, {left} USD are left and {fits} output tokens would fit")


def main() -> None:
    """Let a planner start three sub-agents."""
    purse = bursar.open(":memory:", policy=POLICY)
    planner = purse.scope(team="data", agent="planner", run="ticket-17")
    work(purse, "planner", planner)
    for agent in ("searcher", "writer", "checker"):
        work(purse, agent, purse.scope(team="data", agent=agent, run=agent, parent=planner))
    # Another ticket has an amount of its own.
    work(purse, "planner of another ticket", purse.scope(team="data", agent="planner", run="ticket-18"))


if __name__ == "__main__":
    main()
