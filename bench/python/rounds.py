"""Measuring: rounds of several contestants in turn, the median of each."""

from __future__ import annotations

import gc
import statistics
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 9
ROUND_SECONDS = 0.05


def nanoseconds(*contestants: Callable[[], object]) -> list[float]:
    """Return the nanoseconds of one call of each contestant, measured in turns."""
    counts = [_calibrate(work) for work in contestants]
    times: list[list[float]] = [[] for _ in contestants]
    for _ in range(ROUNDS):
        for work, count, taken in zip(contestants, counts, times, strict=True):
            taken.append(_run(work, count) / count * 1e9)
    return [statistics.median(taken) for taken in times]


def _calibrate(work: Callable[[], object]) -> int:
    # The first call of a client imports and builds what it needs; it is no measure of the next ones.
    work()
    count = 1
    while (taken := _run(work, count)) < ROUND_SECONDS / 4:
        count *= 4
    return max(1, int(count * ROUND_SECONDS / taken))


def _run(work: Callable[[], object], count: int) -> float:
    # As `timeit` does it: what a rival leaves behind must not be collected in another's round.
    gc.collect()
    gc.disable()
    start = time.perf_counter()
    for _ in range(count):
        work()
    taken = time.perf_counter() - start
    gc.enable()
    return taken
