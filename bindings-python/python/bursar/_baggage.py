"""Tags that came with a request, as OpenTelemetry baggage; of our keys only, since anybody may send baggage."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bursar._tags import SHORT, short

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEYS = frozenset(SHORT) | frozenset(SHORT.values())


def tags() -> dict[str, str]:
    """Return the current baggage of our keys; nothing where the program doesn't use OpenTelemetry."""
    # Another thread may be importing it at this moment.
    get_all = getattr(sys.modules.get("opentelemetry.baggage"), "get_all", None)
    entries = None if get_all is None else get_all()
    return own(entries) if entries else {}


def own(entries: Mapping[str, object]) -> dict[str, str]:
    """Return the entries that are tags of ours."""
    return {short(key): str(value) for key, value in entries.items() if key in _KEYS}
