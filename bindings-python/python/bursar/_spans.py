"""The span around a call carries the number of its hold: so that it is found in the ledger, and not booked twice."""

from __future__ import annotations

import sys

ATTRIBUTE = "bursar.hold"
REFUSED = "bursar.refused"


def mark(hold: int) -> None:
    """Note a hold on the current span; nothing where the program doesn't use OpenTelemetry."""
    _set(ATTRIBUTE, hold)


def mark_refused() -> None:
    """Note on the current span that its request was refused here, and never sent."""
    _set(REFUSED, value=True)


def _set(attribute: str, value: int) -> None:
    # Another thread may be importing it at this moment.
    current = getattr(sys.modules.get("opentelemetry.trace"), "get_current_span", None)
    if current is not None and (span := current()).is_recording():
        span.set_attribute(attribute, value)
