"""The shared vectors of requests, and of answers in both of their forms: the same files that Rust and Node run."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import bursar
import pytest
import vectors
from bursar._native import StreamReader
from bursar.testing import ManualClock
from test_pricing_vectors import told

if TYPE_CHECKING:
    from pathlib import Path

REQUESTS = [
    pytest.param(case, id=f"{path.stem}-{index}")
    for path in vectors.files("requests")
    for index, case in enumerate(vectors.read(path)["requests"])
]
PAIRS = [
    pytest.param(file, pair, id=f"{path.stem}-{pair['name']}")
    for path in vectors.files("pairs")
    for file in [vectors.read(path)]
    for pair in file["pairs"]
]
REQUEST_FIELDS = {"why", "api", "path", "body", "context_window", "batch", "expect"}
PAIR_FIELDS = {"name", "api", "framing", "whole", "events", "expect", "terms", "cost"}


def shown(request: bursar.Request) -> dict[str, Any]:
    """Return what a request told, in the words of the vectors."""
    assert sum(tokens for tokens, _ in request.lines) == request.input_tokens
    shown: dict[str, Any] = {
        "model": request.model,
        "max_output_tokens": request.max_output_tokens,
        "input_tokens": request.input_tokens,
        "lines": [f"{tokens} {why}" for tokens, why in request.lines],
    }
    unusual = {
        "other_models": request.other_models,
        "is_streaming": request.is_streaming,
        "cache": None if request.may_cache else "none",
        "server_tool_uses": request.server_tool_uses.to_dict(),
        "terms": request.terms,
    }
    return shown | {name: value for name, value in unusual.items() if value}


@pytest.mark.parametrize("case", REQUESTS)
def test_every_vector_of_a_request_reads_as_it_says(case: dict[str, Any]) -> None:
    assert case.keys() <= REQUEST_FIELDS
    options = {"api": case["api"], "path": case["path"], "context_window": case.get("context_window")}
    found: Any
    try:
        if case.get("batch"):
            found = [
                {"id": one, "request": shown(request)} for one, request in bursar.read_batch(case["body"], **options)
            ]
        else:
            found = shown(bursar.read_request(case["body"], **options))
    except bursar.Error as error:
        found = {"refused": error.message}
    assert found == case["expect"], case["why"]


@pytest.mark.parametrize(("file", "pair"), PAIRS)
def test_both_forms_of_an_answer_tell_and_cost_the_same(
    file: dict[str, Any], pair: dict[str, Any], tmp_path: Path
) -> None:
    assert pair.keys() <= PAIR_FIELDS
    kind, stream = framed(pair["framing"], pair["events"])
    answers = [
        bursar.read_usage(pair["whole"], api=pair["api"], content_type="application/json"),
        bursar.read_usage(stream, api=pair["api"], content_type=kind),
    ]
    for size in (1, 7, 997):
        reader = StreamReader(pair["api"])
        for start in range(0, len(stream), size):
            reader.push(stream[start : start + size])
        answers.append(reader.finish())
    with priced_by(file, tmp_path) as purse:
        for answer in answers:
            assert told(answer) == pair["expect"]
            assert answer.terms == pair.get("terms", {})
            assert cost(purse, answer) == Decimal(pair["cost"])


def priced_by(file: dict[str, Any], folder: Path) -> bursar.Purse:
    path = folder / "book.json"
    path.write_text(json.dumps(file["book"]), "utf-8")
    clock = ManualClock(datetime.fromisoformat(file["at"].replace("Z", "+00:00")))
    return bursar.open(policy={"prices": {"file": str(path), "max_move": "any"}}, clock=clock.native)


def cost(purse: bursar.Purse, answer: bursar.Answer) -> Decimal:
    """Price all that an answer tells, by the models that it names."""
    assert answer.usage is not None
    parts: list[tuple[str | None, bursar.Usage, dict[str, str]]] = [(answer.model, answer.usage, answer.terms)]
    parts += [(model, usage, {}) for _, model, usage in answer.others]
    quotes = (
        purse.quote(model=model or "model-a", usage=usage, terms=terms, at=purse.now()) for model, usage, terms in parts
    )
    return sum((quote.total for quote in quotes), Decimal(0))


def framed(framing: str, events: list[Any]) -> tuple[str, bytes]:
    """Return the content type and the bytes of a stream of events."""
    texts = [json.dumps(event) for event in events]
    if framing.startswith("sse"):
        heads = [f"event: {event['type']}\n" if framing == "sse_named" else "" for event in events]
        done = "data: [DONE]\n\n" if framing == "sse_done" else ""
        body = "".join(f"{head}data: {text}\n\n" for head, text in zip(heads, texts, strict=True)) + done
        return "text/event-stream", body.encode()
    if framing in {"lines", "list"}:
        body = "".join(f"{text}\n" for text in texts) if framing == "lines" else json.dumps(events)
        return "application/x-ndjson", body.encode()
    assert framing in {"frames", "frames_of_bytes"}
    if framing == "frames_of_bytes":
        wrapped = [base64.b64encode(text.encode()).decode() for text in texts]
        texts = [json.dumps({"bytes": text, "p": "abcdefgh"}) for text in wrapped]
    return "application/vnd.amazon.eventstream", b"".join(frame(text.encode()) for text in texts)


def frame(payload: bytes) -> bytes:
    """Return a frame of Amazon's event streams: two lengths and their check, headers, the payload, a check of all."""
    headers = b""
    for name, value in (("event-type", "chunk"), ("content-type", "application/json"), ("message-type", "event")):
        key = f":{name}".encode()
        headers += bytes([len(key)]) + key + b"\x07" + len(value).to_bytes(2, "big") + value.encode()
    head = (16 + len(headers) + len(payload)).to_bytes(4, "big") + len(headers).to_bytes(4, "big")
    head += binascii.crc32(head).to_bytes(4, "big")
    body = head + headers + payload
    return body + binascii.crc32(body).to_bytes(4, "big")


def test_a_request_without_an_address_is_told_to_give_one() -> None:
    with pytest.raises(ValueError, match="give `host` and `path`, or `api`"):
        bursar.read_request({"model": "gpt-5"})


def test_a_request_is_read_from_text_bytes_and_a_dict_alike() -> None:
    body = {"model": "gpt-5-mini", "max_tokens": 10, "messages": []}
    text = json.dumps(body)
    at = {"host": "api.openai.com", "path": "/v1/chat/completions"}
    read = [bursar.read_request(form, **at) for form in (body, text, text.encode())]
    assert {(request.model, request.provider, request.max_output_tokens) for request in read} == {
        ("gpt-5-mini", "openai", 10)
    }
    assert repr(read[0]).startswith("<Request of gpt-5-mini with at most ")


def test_every_kind_of_vector_is_run_in_python() -> None:
    kinds = {path.name for path in vectors.FOLDER.iterdir() if path.is_dir()}
    assert kinds == {"answers", "budget", "pairs", "pricing", "requests"}
