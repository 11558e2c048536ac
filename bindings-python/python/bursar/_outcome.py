"""What an exception proves of the call that it ended."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bursar._error import Error, Refused

if TYPE_CHECKING:
    from bursar import _native

# The provider refused the request before a model saw it: the bodies, keys, rights, addresses and rates of HTTP.
_BEFORE_GENERATION = frozenset({400, 401, 403, 404, 405, 413, 415, 422, 429})

# Connections that were never there: nothing was sent. By name, so that no HTTP package is imported for it.
_NEVER_SENT = frozenset(
    {
        "ClientConnectorError",
        "ConnectError",
        "ConnectTimeout",
        "ConnectTimeoutError",
        "EndpointConnectionError",
        "PoolTimeout",
        "UnsupportedProtocol",
        "ConnectionRefusedError",
        "gaierror",
    }
)


def proves_nothing_was_generated(error: BaseException | None) -> bool:
    """Return whether an exception is proof that no token was generated. A timeout is none.

    >>> proves_nothing_was_generated(ConnectionRefusedError()), proves_nothing_was_generated(TimeoutError())
    (True, False)
    """
    seen = 0
    while error is not None and seen < 8:  # noqa: PLR2004, exceptions may go in a circle
        if isinstance(error, Refused) or type(error).__name__ in _NEVER_SENT:
            return True
        status = status_of(error)
        if status is not None:
            return status in _BEFORE_GENERATION
        error, seen = error.__cause__ or error.__context__, seen + 1
    return False


def status_of(error: BaseException) -> int | None:
    """Return the HTTP status that an SDK's exception carries."""
    response = getattr(error, "response", None)
    candidates = [
        getattr(error, "status_code", None),
        getattr(response, "status_code", None),
        # Of its own, not computed: as a property it is something else, and reading it may warn.
        getattr(error, "__dict__", {}).get("code"),
    ]
    if isinstance(response, dict):
        candidates.append(response.get("ResponseMetadata", {}).get("HTTPStatusCode"))
    return next((status for status in candidates if isinstance(status, int) and 100 <= status < 600), None)  # noqa: PLR2004


def is_before_generation(status: int) -> bool:
    """Return whether an answer of this status comes before anything was generated."""
    return status in _BEFORE_GENERATION


def stays_unresolved(hold: _native.Hold, error: Error) -> None:
    """Leave a hold whose ending can't be booked unresolved, and tell the program's log why.

    The error isn't raised: the answer was paid for, and belongs to its caller.
    """
    import logging  # noqa: PLC0415, most programs never need it here

    with contextlib.suppress(Error):
        hold.unresolved()
    logging.getLogger("bursar").error("hold %d stays unresolved: %s", hold.number, error)
