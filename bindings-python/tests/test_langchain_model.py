"""LangChain's models whose clients are wrapped: each attempt is held, and no call twice."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import bursar
import httpx2
import openai
import pytest
from langchain.agents import create_agent
from langchain_core.messages import HumanMessage
from langchain_models import HELLO, ONCE, ONE_CALL, handled, model_of, spent
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from provider import Provider, chat, chunks, events, whole


def test_each_retry_of_the_sdk_is_held_by_a_wrapped_model(purse: bursar.Purse, provider: Provider) -> None:
    again = {"retry-after-ms": "1"}
    provider.will(
        whole({"error": {"message": "down"}}, 500, again),
        whole({"error": {"message": "slow"}}, 429, again),
        whole(chat()),
    )
    model = purse.wrap(model_of(provider, max_retries=2))
    assert type(model) is ChatOpenAI
    create_agent(model, [], middleware=[purse.langchain()]).invoke(HELLO)
    assert len(provider.requests) == 3
    settled, held = spent(purse)
    assert settled == ONE_CALL
    assert Decimal("0.00005") < held < Decimal("0.002")


@pytest.mark.parametrize("how", ["invoke", "stream", "ainvoke", "astream"])
def test_a_wrapped_model_is_held_without_anything_else(how: str, purse: bursar.Purse, provider: Provider) -> None:
    provider.will(events(*chunks()) if "stream" in how else whole(chat()))
    model = purse.wrap(model_of(provider, stream_usage=False))

    async def read() -> list[Any]:
        return [part async for part in model.astream("hello")]

    calls = {
        "invoke": lambda: model.invoke("hello"),
        "stream": lambda: list(model.stream("hello")),
        "ainvoke": lambda: asyncio.run(model.ainvoke("hello")),
        "astream": lambda: asyncio.run(read()),
    }
    assert calls[how]()
    assert spent(purse) == (ONE_CALL, 0)
    with pytest.raises(bursar.BudgetExceeded):
        model.invoke("hello", max_tokens=1_000_000)
    assert len(provider.requests) == 1


def test_a_wrapped_model_of_embeddings_is_held(purse: bursar.Purse, provider: Provider) -> None:
    vector = {"object": "embedding", "index": 0, "embedding": [0.5]}
    usage = {"prompt_tokens": 1000, "total_tokens": 1000}
    provider.will(whole({"object": "list", "model": "text-embedding-3-small", "data": [vector], "usage": usage}))
    model = OpenAIEmbeddings(
        model="text-embedding-3-small",
        api_key="k",
        base_url=provider.url + "/v1",
        default_headers=ONCE,
        check_embedding_ctx_length=False,
    )
    assert purse.wrap(model).embed_query("hello") == [0.5]
    assert spent(purse) == (Decimal("0.00002"), 0)


def test_what_keeps_no_client_can_not_be_wrapped(purse: bursar.Purse) -> None:
    with pytest.raises(TypeError, match="OpenAIMiddleware"):
        purse.wrap(type("OpenAIMiddleware", (), {"__module__": "langchain_openai.middleware"})())


@pytest.mark.parametrize("client", ["plain", "wrapped", "over a wrapped client"])
@pytest.mark.parametrize("how", ["invoke", "stream", "ainvoke", "astream"])
def test_a_call_that_is_held_in_several_ways_is_charged_once(
    how: str, client: str, purse: bursar.Purse, provider: Provider
) -> None:
    provider.will(events(*chunks()) if "stream" in how else whole(chat()))
    clients: dict[str, Any] = {}
    if client == "over a wrapped client":
        clients = {
            "http_client": purse.wrap(httpx2.Client()),
            "http_async_client": purse.wrap(httpx2.AsyncClient()),
        }
    model = model_of(provider, callbacks=[purse.langchain_callback()], **clients)
    if client == "wrapped":
        model = purse.wrap(model)
    agent = create_agent(model, [], middleware=[purse.langchain()])

    async def read() -> list[Any]:
        return [part async for part in agent.astream(HELLO, config=handled(purse), stream_mode="messages")]

    calls = {
        "invoke": lambda: agent.invoke(HELLO, config=handled(purse)),
        "stream": lambda: list(agent.stream(HELLO, config=handled(purse), stream_mode="messages")),
        "ainvoke": lambda: asyncio.run(agent.ainvoke(HELLO, config=handled(purse))),
        "astream": lambda: asyncio.run(read()),
    }
    assert calls[how]()
    assert len(provider.requests) == 1
    assert spent(purse) == (ONE_CALL, 0)
    assert purse.verify() == []


def test_prompts_that_are_sent_together_over_a_wrapped_client_are_charged_once_each(
    purse: bursar.Purse, provider: Provider
) -> None:
    provider.will(whole(chat()))
    client = purse.wrap(httpx2.Client())
    model = model_of(provider, http_client=client)
    messages: list[list[Any]] = [[HumanMessage("one")], [HumanMessage("two")], [HumanMessage("three")]]
    model.generate(messages, callbacks=[purse.langchain_callback()])
    client.close()
    assert spent(purse) == (3 * ONE_CALL, 0)


def test_a_wrapped_model_counts_once_in_a_rate(make_purse: Any, provider: Provider) -> None:
    step = {"at": 1, "do": "throttle", "calls_per_minute": 2}
    budget = {"name": "all", "match": "everything", "limit": "0.01 USD", "period": "day", "steps": [step]}
    purse = make_purse(budgets=[budget])
    provider.will(whole(chat(prompt=1000)))
    model = purse.wrap(model_of(provider))
    for _ in range(3):
        model.invoke("hello", config=handled(purse))
    with pytest.raises(bursar.Throttled):
        model.invoke("hello", config=handled(purse))


def test_another_call_while_a_stream_is_read_is_charged_beside_it(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(events(*chunks()), whole(chat()))
    stream = model_of(provider).stream("hello", config=handled(purse))
    next(stream)
    client = purse.wrap(openai.OpenAI(api_key="k", base_url=provider.url + "/v1", max_retries=0))
    client.chat.completions.create(model="race-model", messages=[{"role": "user", "content": "x"}], max_tokens=50)
    client.close()
    assert spent(purse)[1] > 0
    assert list(stream)
    assert spent(purse) == (2 * ONE_CALL, 0)
