"""What LangChain shows of a call before and after it, and what it comes to."""

from __future__ import annotations

import asyncio
import gzip
import json
from base64 import b64encode
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bursar
import pytest
from langchain.agents import create_agent
from langchain_anthropic import ChatAnthropic
from langchain_core.caches import InMemoryCache
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langchain_models import HELLO, ONCE, ONE_CALL, handled, model_of, spent
from langchain_openai import ChatOpenAI
from provider import Exchange, Provider, chat, whole

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_a_model_without_a_limit_of_its_own_is_held_to_the_greatest_answer(make_purse: Any, provider: Provider) -> None:
    purse = make_purse("0.2 USD")
    with pytest.raises(bursar.BudgetExceeded) as caught:
        model_of(provider, model="gpt-5-mini", max_tokens=None).invoke("hello", config=handled(purse))
    # 128,000 tokens at 2 dollars a million.
    assert caught.value.bound > Decimal("0.256")
    assert provider.requests == []


def test_tools_and_the_shape_of_an_answer_count_in_the_bound(purse: bursar.Purse, provider: Provider) -> None:
    held = []

    def reply(exchange: Exchange) -> None:
        held.append(spent(purse)[1])
        exchange.answer(chat())

    provider.will(reply)

    @tool
    def search(text: str) -> str:
        """Search for a text."""
        return text

    create_agent(model_of(provider), [], middleware=[purse.langchain()]).invoke(HELLO)
    create_agent(model_of(provider), [search], middleware=[purse.langchain()]).invoke(HELLO)
    assert held[1] - held[0] > Decimal("0.0002")


def test_a_picture_counts_by_its_size(purse: bursar.Purse, provider: Provider) -> None:
    held = []

    def reply(exchange: Exchange) -> None:
        held.append(spent(purse)[1])
        exchange.answer(chat(model="gpt-5-mini"))

    provider.will(reply)
    size = (64).to_bytes(4, "big") + (64).to_bytes(4, "big")
    png = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + b"IHDR" + size + b"\x08\x06\x00\x00\x00" + bytes(4)
    picture = {"type": "image", "base64": b64encode(png + bytes(300_000)).decode(), "mime_type": "image/png"}
    message = HumanMessage([{"type": "text", "text": "what is it?"}, picture])
    model_of(provider, model="gpt-5-mini").invoke([message], config=handled(purse))
    # Its 400,000 characters would be ten cents.
    assert held[0] < Decimal("0.005")


def test_what_a_tier_reads_and_writes_has_the_tiers_prices(purse: bursar.Purse, provider: Provider) -> None:
    answer = chat(model="gpt-5-mini-2025-08-07", prompt=1000)
    answer["service_tier"] = "flex"
    answer["usage"]["prompt_tokens_details"] = {"cached_tokens": 900}
    answer["usage"]["completion_tokens_details"] = {"reasoning_tokens": 10}
    provider.will(whole(answer))
    model_of(provider, model="gpt-5-mini", service_tier="flex").invoke("hello", config=handled(purse))
    # Half of 100 at 0.25, 900 at 0.025 and 20 at 2 dollars a million.
    assert spent(purse) == (Decimal("0.00004375"), 0)


@pytest.mark.parametrize("client", ["plain", "wrapped"])
@pytest.mark.parametrize("how", ["invoke", "ainvoke"])
def test_the_parts_of_anthropics_usage_have_their_own_prices(
    how: str, client: str, purse: bursar.Purse, provider: Provider
) -> None:
    usage = {
        "input_tokens": 100,
        "cache_read_input_tokens": 1000,
        "cache_creation_input_tokens": 300,
        "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
        "output_tokens": 10,
    }
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-6",
        "content": [{"type": "text", "text": "yes"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": usage,
    }
    provider.will(whole(message))
    model = ChatAnthropic(
        model="claude-sonnet-4-6",
        api_key="k",
        base_url=provider.url,
        default_headers=ONCE,
        max_tokens=50,
        max_retries=0,
    )
    if client == "wrapped":
        model = purse.wrap(model)
    config = handled(purse)
    answer = model.invoke("hello", config) if how == "invoke" else asyncio.run(model.ainvoke("hello", config))
    assert answer.content == "yes"
    # 100 at 3, 1000 at 0.3, 100 at 3.75, 200 at 6, 10 at 15 dollars a million.
    assert spent(purse) == (Decimal("0.002325"), 0)


def test_what_langchains_cache_answers_costs_nothing(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(chat()))
    model = model_of(provider, cache=InMemoryCache())
    for _ in range(3):
        assert model.invoke("hello", config=handled(purse)).content == "yes"
    assert len(provider.requests) == 1
    assert spent(purse) == (ONE_CALL, 0)


RECORDS = "shared/data/provider-responses.jsonl.gz"
# Beside the repository, where they are at all.
RECORDED = [path for folder in Path(__file__).parents if (path := folder / RECORDS).exists()]


def recorded() -> Iterator[tuple[str, dict[str, Any]]]:
    """Recorded answers of the APIs that LangChain's models of OpenAI and Anthropic speak, with the model asked for."""
    ends = ("/chat/completions", "/responses", "/v1/messages")
    with gzip.open(RECORDED[0], "rt") as lines:
        for line in lines:
            call = json.loads(line)
            asked, answer = call.get("request") or {}, call.get("response")
            is_whole = (
                isinstance(answer, dict) and "json" in (call.get("content_type") or "") and not asked.get("stream")
            )
            if is_whole and asked.get("model") and call["path"].endswith(ends):
                yield asked["model"], answer


def model_for(answer: dict[str, Any], model: str, provider: Provider) -> Any:
    options: dict[str, Any] = {"model": model, "max_tokens": 1000, "max_retries": 0, "default_headers": ONCE}
    if answer.get("type") == "message":
        return ChatAnthropic(api_key="k", base_url=provider.url, **options)
    is_response = answer.get("object") == "response"
    return ChatOpenAI(api_key="k", base_url=provider.url + "/v1", use_responses_api=is_response, **options)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.skipif(not RECORDED, reason="the recorded answers aren't beside the repository")
def test_what_langchain_tells_costs_what_the_answer_itself_does(make_purse: Any, provider: Provider) -> None:
    shown, read = make_purse("100000 USD"), make_purse("100000 USD")
    compared = 0
    for model, answer in recorded():
        provider.will(whole(answer))
        before = spent(shown), spent(read)
        try:
            read.wrap(model_for(answer, model, provider)).invoke("hello", config=handled(shown))
        except bursar.Unpriced:
            continue
        after = spent(shown), spent(read)
        costs = [now[0] - then[0] for now, then in zip(after, before, strict=True)]
        unresolved = [now[1] > then[1] for now, then in zip(after, before, strict=True)]
        assert costs[0] == costs[1], (model, answer.get("usage"))
        assert unresolved[0] == unresolved[1], (model, answer.get("usage"))
        compared += 1
    assert compared > 500
