"""Providers' answers in whatever form a program has them."""

from __future__ import annotations

import json
from typing import Any

from bursar import _native


def body_of(answer: Any) -> bytes:
    """Return an answer's JSON: of bytes, text, a dict, or a provider's own object."""
    if isinstance(answer, (bytes, bytearray, memoryview)):
        return bytes(answer)
    if isinstance(answer, str):
        return answer.encode()
    return json.dumps(plain(answer), default=plain).encode()


def plain(answer: Any) -> Any:
    """Return a provider's object as dicts and lists."""
    if isinstance(answer, (dict, list)):
        return answer
    for method, options in (
        ("model_dump", {"mode": "json", "by_alias": True, "warnings": False}),
        ("to_dict", {}),
        ("dict", {}),
    ):
        dump = getattr(answer, method, None)
        if callable(dump):
            return dump(**options)
    if isinstance(answer, (list, tuple, set)):
        return list(answer)
    fields = getattr(answer, "__dict__", None)
    if fields:
        return dict(fields)
    return str(answer)


def read_usage(
    body: Any,
    *,
    host: str = "",
    path: str = "",
    api: str | None = None,
    content_type: str = "",
) -> _native.Answer:
    """Read what an answer tells of its cost: the usage in disjoint dimensions, the model that served, the stated cost.

    ``body`` is bytes, text (a whole answer or a stream), a dict or the provider's own object. ``host`` and ``path``
    tell which API it comes from, or ``api`` names it; left out, the answer's own fields do.

    >>> answer = read_usage({"object": "chat.completion", "model": "gpt-5-mini", "choices": [{"finish_reason": "stop"}],
    ...                      "usage": {"prompt_tokens": 1000, "completion_tokens": 50}})
    >>> answer.model, answer.usage
    ('gpt-5-mini', Usage(input_uncached=1000, output=50))
    """
    return _native.read_answer(body_of(body), api=api, host=host, path=path, content_type=content_type)
