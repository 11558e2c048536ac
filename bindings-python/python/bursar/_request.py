"""A request to a model API as it is sent, and what has to be asked for so that its answer tells its usage."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from bursar import _native

# Hosts that tell the usage of a stream without being asked, and refuse a request that asks.
_TELL_UNASKED = ("api.mistral.ai", "codestral.mistral.ai", "api.cohere.com", "api.perplexity.ai")

# Where each API has its limit on output tokens; of several, the first is written where none is given.
_LIMITS: dict[str, tuple[str, ...]] = {
    "chat": ("max_completion_tokens", "max_tokens"),
    "google_chat": ("max_tokens", "max_completion_tokens"),
    "responses": ("max_output_tokens",),
    "messages": ("max_tokens",),
    "invoke": ("max_tokens",),
}


class Sent(NamedTuple):
    """A request to a model API."""

    api: str
    """The shape of the API, as ``chat``."""

    provider: str | None
    """Who answers, by the host."""

    host: str
    path: str
    body: bytes
    is_usage_asked: bool = False
    """Whether the usage of the stream was asked for by us, and is kept from the caller."""

    def asking_for_usage(self) -> Sent:
        """Return the request with the usage of its stream asked for, where it would not be told."""
        if self.api not in {"chat", "google_chat"} or self.host in _TELL_UNASKED or b'"stream"' not in self.body:
            return self
        body = _parsed(self.body)
        if body is None or body.get("stream") is not True or not self.path.endswith("/completions"):
            return self
        asked = body.get("stream_options") or {}
        if asked.get("include_usage"):
            return self
        body["stream_options"] = {**asked, "include_usage": True}
        return self._replace(body=_dumped(body), is_usage_asked=True)

    def with_max_output_tokens(self, tokens: int) -> Sent:
        """Return the request with another limit on its output."""
        body = _parsed(self.body)
        if body is None:
            return self
        if self.api == "generate_content":
            config = body.setdefault("generationConfig", {})
            config["maxOutputTokens"] = tokens
        elif self.api == "converse":
            body.setdefault("inferenceConfig", {})["maxTokens"] = tokens
        elif self.api == "invoke" and "max_tokens" not in body:
            # Each maker has its own word, and refuses one that it doesn't know.
            return self
        elif self.api in _LIMITS:
            names = _LIMITS[self.api]
            name = next((name for name in names if body.get(name) is not None), names[0])
            body[name] = tokens
        else:
            return self
        return self._replace(body=_dumped(body))

    def usage_filter(self) -> UsageFilter | None:
        """Return what keeps the event that was asked for by us from the caller."""
        return UsageFilter() if self.is_usage_asked else None


def sent(host: str, path: str, body: bytes) -> Sent | None:
    """Return the request, if it is one to a model API."""
    api, provider = _native.address(host, path)
    if api is None:
        return None
    return Sent(api=api, provider=provider, host=host, path=path, body=body).asking_for_usage()


def _parsed(body: bytes) -> dict[str, Any] | None:
    try:
        parsed = json.loads(body)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def _dumped(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


class UsageFilter:
    r"""Takes the last event of a stream of chat completions out: the one with usage and no choices.

    >>> stream = UsageFilter()
    >>> stream.push(b'data: {"choices": [{}]}\n\ndata: {"choices": [], "usage"')
    b'data: {"choices": [{}]}\n\n'
    >>> stream.push(b': {"total_tokens": 3}}\n\ndata: [DONE]\n\n') + stream.rest()
    b'data: [DONE]\n\n'
    """

    __slots__ = ("_held",)

    def __init__(self) -> None:
        """Begin with nothing held."""
        self._held = b""

    def push(self, piece: bytes) -> bytes:
        """Return the whole events so far that the caller asked for."""
        self._held += piece
        passed = []
        while (found := _end_of_event(self._held)) is not None:
            event, self._held = self._held[:found], self._held[found:]
            if not _is_usage(event):
                passed.append(event)
        return b"".join(passed)

    def rest(self) -> bytes:
        """Return what is left without an end."""
        held, self._held = self._held, b""
        return b"" if _is_usage(held) else held


def _end_of_event(held: bytes) -> int | None:
    ends = [held.find(end) + len(end) for end in (b"\n\n", b"\r\n\r\n", b"\r\r") if end in held]
    return min(ends) if ends else None


def _is_usage(event: bytes) -> bool:
    if b'"usage"' not in event or b'"choices"' not in event:
        return False
    data = b"".join(line[5:] for line in event.splitlines() if line.startswith(b"data:"))
    parsed = _parsed(data)
    return parsed is not None and parsed.get("choices") == [] and bool(parsed.get("usage"))
