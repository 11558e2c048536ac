"""What providers really answered, replayed to their own SDKs: each answer is settled to the cost that it tells."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import anthropic
import boto3
import bursar
import pytest
from google import genai
from google.genai import types

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from provider import Provider, Reply

RECORDS = Path(__file__).parents[3] / "shared" / "data" / "provider-responses.jsonl.gz"
LIMIT = 50


def records(path: str) -> list[dict[str, Any]]:
    """The recorded answers of the addresses that match."""
    if not RECORDS.exists():
        pytest.skip("no reference data")
    with gzip.open(RECORDS, "rt") as lines:
        read = [json.loads(line) for line in lines]
    return [record for record in read if re.search(path, record["host"] + record["path"])]


def body_of(record: dict[str, Any]) -> bytes:
    if "stream" in record:
        return record["stream"].encode()
    return json.dumps(record["response"]).encode()


def reply(record: dict[str, Any]) -> Reply:
    return lambda exchange: exchange.answer(body_of(record), headers={"content-type": record["content_type"]})


def told_by(purse: bursar.Purse, record: dict[str, Any], provider: str, model: str) -> Decimal | None:
    """The cost of a recorded answer, read without an SDK; nothing where it has none."""
    try:
        with purse.reserve(model=model, provider=provider, input_tokens=10**6, max_output_tokens=10**6) as hold:
            answer = bursar.read_usage(body_of(record), host=record["host"], path=record["path"])
            entry = hold.settle(answer)
    except bursar.Error:
        return None
    return entry.cost if entry else None


def replay(
    found: list[dict[str, Any]],
    purses: tuple[bursar.Purse, bursar.Purse],
    server: Provider,
    provider: str,
    send: Callable[[dict[str, Any], str], None],
) -> int:
    """Send a call for each record, and compare; return how many answers had a cost."""
    purse, other = purses
    counted = 0
    for record in found:
        named = re.search(r"/models?/([^/]+?)(?::\w+|/converse|/invoke)$", record["path"])
        model = unquote(named[1]) if named else record["request"].get("model")
        cost = told_by(other, record, provider, model)
        if cost is None:
            continue
        server.will(reply(record))
        before = purse.budgets()[0].spent
        # Long texts of the records are cut, at which an SDK may stumble once the answer was read.
        with contextlib.suppress(ValueError, KeyError, TypeError, RuntimeError):
            send(record, model)
        assert purse.budgets()[0].spent - before == cost, record["id"]
        counted += 1
    assert purse.verify() == []
    return counted


@pytest.fixture
def purses(make_purse: Any) -> tuple[bursar.Purse, bursar.Purse]:
    return make_purse("1000000 USD", prices={}), make_purse("1000000 USD", prices={})


def test_recorded_answers_of_google_are_settled(purses: tuple[bursar.Purse, bursar.Purse], provider: Provider) -> None:
    options = types.HttpOptions(base_url=provider.url)
    client = purses[0].wrap(genai.Client(api_key="k", http_options=options), provider="google")

    def send(record: dict[str, Any], model: str) -> None:
        call: dict[str, Any] = {"model": model, "contents": "hello", "config": {"max_output_tokens": LIMIT}}
        if "stream" in record:
            list(client.models.generate_content_stream(**call))
        else:
            client.models.generate_content(**call)

    found = records(r"^generativelanguage\.googleapis\.com.*:(stream)?[gG]enerateContent$")
    assert replay(found, purses, provider, "google", send) > 200


@pytest.mark.filterwarnings("ignore:The model:DeprecationWarning")
def test_recorded_answers_of_anthropic_are_settled(
    purses: tuple[bursar.Purse, bursar.Purse], provider: Provider
) -> None:
    client = purses[0].wrap(anthropic.Anthropic(api_key="k", base_url=provider.url), provider="anthropic")

    def send(record: dict[str, Any], model: str) -> None:
        call: dict[str, Any] = {"model": model, "max_tokens": LIMIT, "messages": [{"role": "user", "content": "hello"}]}
        if "stream" in record:
            list(client.messages.create(**call, stream=True))
        else:
            client.messages.create(**call)

    assert replay(records(r"^api\.anthropic\.com/v1/messages$"), purses, provider, "anthropic", send) > 150


def test_recorded_answers_of_bedrock_are_settled(purses: tuple[bursar.Purse, bursar.Purse], provider: Provider) -> None:
    account = {"region_name": "us-east-1", "aws_access_key_id": "k", "aws_secret_access_key": "s"}
    client = purses[0].wrap(boto3.client("bedrock-runtime", endpoint_url=provider.url, **account))

    def send(record: dict[str, Any], model: str) -> None:
        messages = [{"role": "user", "content": [{"text": "hello"}]}]
        client.converse(modelId=model, messages=messages, inferenceConfig={"maxTokens": LIMIT})

    assert replay(records(r"^bedrock-runtime\..*/converse$"), purses, provider, "aws", send) > 100
