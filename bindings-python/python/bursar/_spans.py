"""The span around a call carries the number of its hold: so that it is found in the ledger, and not booked twice."""

from __future__ import annotations

import sys

ATTRIBUTE = "bursar.hold"


def mark(hold: int) -> None:
    """Note a hold on the current span; nothing where the program doesn't use OpenTelemetry."""
    module = sys.modules.get("opentelemetry.trace")
    if module is None:
        return
    span = module.get_current_span()
    if span.is_recording():
        span.set_attribute(ATTRIBUTE, hold)
