"""What importing a package costs: seconds and memory of a fresh interpreter, less those of a bare one."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

ROUNDS = 7

# The peak of the process's own memory: what `getrusage` tells begins at that of the parent.
_PROBE = """
import time
start = time.perf_counter()
{statement}
taken = time.perf_counter() - start
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(taken * 1e3, int(peak.split()[1]) / 1024)
"""


def cost(statement: str, rounds: int = ROUNDS) -> tuple[float, float]:
    """Return the milliseconds and megabytes of a statement in a fresh interpreter."""
    bare = min(_probe("pass")[1] for _ in range(3))
    probes = [_probe(statement) for _ in range(rounds)]
    return statistics.median(taken for taken, _ in probes), min(memory for _, memory in probes) - bare


def _probe(statement: str) -> tuple[float, float]:
    # Without a network to ask: a rival fetches its price table at import otherwise.
    environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    code = _PROBE.format(statement=statement)
    output = subprocess.run(  # noqa: S603, our own interpreter
        [sys.executable, "-c", code], capture_output=True, check=True, env=environment, text=True
    ).stdout
    taken, memory = output.split()
    return float(taken), float(memory)
