"""Requests to models' APIs, read before they are sent."""

from __future__ import annotations

from typing import Any

from bursar import _native
from bursar._answer import body_of


def read_request(
    body: Any,
    *,
    host: str = "",
    path: str = "",
    api: str | None = None,
    context_window: int | None = None,
) -> _native.Request:
    """Read what a request tells before it is sent: its model, its terms, and the most tokens in and out, and why.

    ``body`` is bytes, text or a dict, JSON or the form of an upload; ``host`` and ``path`` tell which API it goes to,
    or ``api`` names it. Input that the request only refers to is bounded by ``context_window``, the model's.

    Raises ``Invalid`` for a body that is no request.

    >>> request = read_request({"model": "gpt-5-mini", "max_output_tokens": 500, "input": "hello"},
    ...                        host="api.openai.com", path="/v1/responses")
    >>> request.provider, request.model, request.input_tokens, request.max_output_tokens
    ('openai', 'gpt-5-mini', 94, 500)
    """
    return _native.read_request(body_of(body), api=api, host=host, path=path, context_window=context_window)


def read_batch(
    body: Any,
    *,
    host: str = "",
    path: str = "",
    api: str | None = None,
    context_window: int | None = None,
) -> list[tuple[str | None, _native.Request]]:
    """Read the requests of a batch, each with the caller's id: a file of lines, or a body that carries them all.

    >>> [(name, request)] = read_batch(
    ...     '{"custom_id": "a", "url": "/v1/chat/completions", "body": {"model": "gpt-5-mini", "messages": []}}',
    ...     host="api.openai.com", path="/v1/chat/completions")
    >>> name, request.model, request.terms
    ('a', 'gpt-5-mini', {'processing': 'batch'})
    """
    return _native.read_batch(body_of(body), api=api, host=host, path=path, context_window=context_window)
