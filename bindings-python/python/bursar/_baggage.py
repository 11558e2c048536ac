"""Tags that came with a request, as OpenTelemetry baggage; of our keys only, since anybody may send baggage."""

from __future__ import annotations

import sys

from bursar._tags import short


def tags(keys: frozenset[str]) -> dict[str, str]:
    """Return the baggage of these keys; nothing where the program doesn't use OpenTelemetry."""
    module = sys.modules.get("opentelemetry.baggage")
    if module is None:
        return {}
    entries = module.get_all()
    return {short(key): str(value) for key, value in entries.items() if key in keys} if entries else {}
