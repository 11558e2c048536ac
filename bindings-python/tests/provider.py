"""A provider on loopback: it answers as it is told, and counts what reaches it."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    Reply = Callable[["Exchange"], None]


class Exchange:
    """One request, and the way to answer it."""

    def __init__(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        self._handler = handler
        self.path = handler.path
        self.headers = dict(handler.headers.items())
        self.body = body

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)

    def answer(self, answer: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        """Answer with a whole body."""
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self._handler.send_response(status)
        for key, value in {"content-type": "application/json", **(headers or {})}.items():
            self._handler.send_header(key, value)
        self._handler.send_header("content-length", str(len(body)))
        self._handler.end_headers()
        self._handler.wfile.write(body)

    def stream(self, pieces: list[bytes], kind: str = "text/event-stream", *, cut: bool = False) -> None:
        """Answer piece by piece; ``cut`` breaks the connection off in the middle."""
        self._handler.send_response(200)
        self._handler.send_header("content-type", kind)
        self._handler.send_header("transfer-encoding", "chunked")
        self._handler.end_headers()
        for piece in pieces:
            self._handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            self._handler.wfile.flush()
        if cut:
            self._handler.close_connection = True
            self._handler.connection.close()
        else:
            self._handler.wfile.write(b"0\r\n\r\n")

    def hang(self, seconds: float) -> None:
        """Say nothing for a while, then answer with nothing."""
        time.sleep(seconds)
        self._handler.close_connection = True

    def reset(self) -> None:
        """Break the connection off before an answer."""
        self._handler.close_connection = True
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._handler.connection.close()


class Provider:
    """The server. ``replies`` are used one after another; the last one stays."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.requests: list[Exchange] = []
        self._lock = threading.Lock()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                exchange = Exchange(self, self.rfile.read(int(self.headers.get("content-length", 0))))
                provider.next_reply(exchange)(exchange)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        # A client that goes away in the middle is what some tests are about.
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def next_reply(self, exchange: Exchange) -> Reply:
        with self._lock:
            self.requests.append(exchange)
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def will(self, *replies: Reply) -> None:
        """Answer so from now on."""
        self.replies = list(replies)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def whole(answer: Any, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    return lambda exchange: exchange.answer(answer, status, headers)


def events(*events: Any, done: bool = True, cut: bool = False) -> Reply:
    """Server-sent events, of dicts or of (name, dict)."""
    pieces = []
    for event in events:
        name, data = event if isinstance(event, tuple) else (None, event)
        head = f"event: {name}\n" if name else ""
        pieces.append(f"{head}data: {json.dumps(data)}\n\n".encode())
    if done:
        pieces.append(b"data: [DONE]\n\n")
    return lambda exchange: exchange.stream(pieces, cut=cut)


def frame(headers: dict[str, str], payload: bytes) -> bytes:
    """One frame of Amazon's event streams, as its specification draws it."""
    head = b"".join(
        struct.pack("!B", len(name)) + name.encode() + b"\x07" + struct.pack("!H", len(value)) + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack("!II", len(head) + len(payload) + 16, len(head))
    begun = prelude + struct.pack("!I", zlib.crc32(prelude)) + head + payload
    return begun + struct.pack("!I", zlib.crc32(begun))


def framed(kind: str, payload: dict[str, Any]) -> bytes:
    """An event of such a stream."""
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return frame(headers, json.dumps(payload).encode())


def chat(model: str = "race-model", prompt: int = 10, completion: int = 20) -> dict[str, Any]:
    """A chat completion as OpenAI documents it."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_795_000_000,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "yes"},
                "finish_reason": "stop",
                "logprobs": None,
            }
        ],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        },
    }


def chunks(model: str = "race-model", prompt: int = 10, completion: int = 20) -> list[dict[str, Any]]:
    """The same as a stream, whose last event tells the usage."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_795_000_000, "model": model}
    usage = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return [
        {
            **head,
            "choices": [{"index": 0, "delta": {"role": "assistant", "content": "ye"}, "finish_reason": None}],
        },
        {**head, "choices": [{"index": 0, "delta": {"content": "s"}, "finish_reason": "stop"}]},
        {**head, "choices": [], "usage": usage},
    ]
