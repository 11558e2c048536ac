"""The tags around a call: who pays for what happens here."""

from __future__ import annotations

import contextlib
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# The short names of the keys that OpenTelemetry has longer ones for.
SHORT = {
    "team.name": "team",
    "project.name": "project",
    "client.name": "client",
    "gen_ai.agent.name": "agent",
    "deployment.environment.name": "environment",
    "user.id": "user",
    "gen_ai.conversation.id": "run",
}

_AMBIENT: ContextVar[dict[str, str]] = ContextVar("bursar.tags", default={})  # noqa: B039, never changed in place


def short(key: str) -> str:
    """Return the short name of a tag's key."""
    return SHORT.get(key, key)


def given() -> dict[str, str]:
    """Return the tags that were laid around the call, which other code must not change."""
    return _AMBIENT.get()


def current() -> dict[str, str]:
    """Return the tags around the call, which other code must not change."""
    ambient = _AMBIENT.get()
    baggage = _from_baggage()
    return {**baggage, **ambient} if baggage else ambient


def laid_over(tags: Mapping[str, str]) -> dict[str, str]:
    """Return tags over those around the call."""
    return {**current(), **{short(key): value for key, value in tags.items()}}


@contextlib.contextmanager
def tagged(tags: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Lay tags over those around the block, for this task and what it starts."""
    token = _AMBIENT.set({**_AMBIENT.get(), **{short(key): value for key, value in tags.items()}})
    try:
        yield _AMBIENT.get()
    finally:
        _AMBIENT.reset(token)


def _from_baggage() -> dict[str, str]:
    from bursar import _baggage  # noqa: PLC0415, asks for OpenTelemetry only if the program has it

    return _baggage.tags()
