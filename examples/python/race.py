"""Sixty-four threads race for the last dollar: ten calls of ten cents fit, and not one more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import bursar

POLICY = """
[[budgets]]
name = "dollar"
match = "everything"
limit = "1 USD"
period = "day"

[[prices.overrides]]
provider = "private"
model = "ten-cents"
input_mtok = "1"
output_mtok = "1"
"""


def call(purse: bursar.Purse) -> bool:
    """Make a call of exactly ten cents, and return whether it was admitted."""
    decision = purse.decide({"team": "data"}, model="ten-cents", input_tokens=50_000, max_output_tokens=50_000)
    if decision.hold is None:
        return False
    decision.hold.settle({"input_tokens": 50_000, "output_tokens": 50_000})
    return True


def main() -> None:
    """Run the race."""
    purse = bursar.open(":memory:", policy=POLICY)
    with ThreadPoolExecutor(64) as pool:
        admitted = sum(pool.map(lambda _: call(purse), range(64)))
    print(f"{admitted} admitted, {64 - admitted} refused")
    for budget in purse.budgets():
        print(f"{budget.name}: {budget.spent} USD spent, {budget.held} USD held")


if __name__ == "__main__":
    main()
