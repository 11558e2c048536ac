"""Calls that a framework makes: what it shows of one before it is sent, and of its usage afterwards.

For hooks that see messages rather than a request: they are bounded as the same messages in a request would be.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bursar import _tags
from bursar._answer import plain
from bursar._decision import Decision
from bursar._error import Invalid, Unpriced
from bursar._outcome import stays_unresolved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bursar import _native
    from bursar._purse import Purse

_PATH = "/v1/chat/completions"


def reserve(  # noqa: PLR0913, each is a name of the question
    purse: Purse,
    *,
    model: str,
    messages: Any,
    tools: Any = None,
    max_output_tokens: int | None = None,
    settings: Mapping[str, Any] | None = None,
    provider: str | None = None,
    tags: Mapping[str, str] | None = None,
    key: str | None = None,
) -> _native.Hold:
    """Hold the most that a call of a model with these messages and tools may cost, or raise the refusal.

    ``settings`` are other fields of the request that its cost depends on, such as ``n`` or ``service_tier``.
    """
    body: dict[str, Any] = {**(settings or {}), "model": model, "messages": messages}
    if tools:
        body["tools"] = tools
    if max_output_tokens is not None:
        body["max_tokens"] = max_output_tokens
    return reserve_request(purse, body, api="chat", path=_PATH, provider=provider, tags=tags, key=key)


def reserve_request(  # noqa: PLR0913, each is a name of the question
    purse: Purse,
    body: Mapping[str, Any],
    *,
    api: str,
    path: str,
    provider: str | None = None,
    tags: Mapping[str, str] | None = None,
    key: str | None = None,
) -> _native.Hold:
    """Hold the most that a request of this body may cost, or raise the refusal."""
    answer = purse._decide_request(  # noqa: SLF001, of our own package
        json.dumps(body, default=plain, ensure_ascii=False).encode(),
        api=api,
        path=path,
        scope=_tags.current() if tags is None else _tags.laid_over(tags),
        provider=provider,
        key=key,
    )
    decision = Decision(answer)
    if decision.hold is None:
        raise decision.error from None  # type: ignore[misc]
    return decision.hold


def settle(hold: _native.Hold, answer: Any, **options: Any) -> None:
    """Settle a hold; what contradicts itself or has no price leaves it unresolved, and the answer to its caller."""
    try:
        hold.settle(answer, **options)
    except (Invalid, Unpriced) as error:
        stays_unresolved(hold, error)
