"""LangChain against a provider on loopback: agents by the middleware, chains and models by the handler."""

from __future__ import annotations

import asyncio
import gc
import threading
from decimal import Decimal
from typing import Any

import bursar
import openai
import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import ModelFallbackMiddleware, ModelRetryMiddleware
from langchain_core.messages import HumanMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_models import DOWN, HELLO, ONCE, ONE_CALL, SLOW, handled, model_of, spent
from langchain_openai import OpenAI
from provider import Exchange, Provider, chat, chunks, events, whole


def test_an_agents_call_is_settled_to_the_usage_of_its_answer(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(chat()))
    agent = create_agent(model_of(provider), [], middleware=[purse.langchain()])
    assert agent.invoke(HELLO)["messages"][-1].content == "yes"
    assert spent(purse) == (ONE_CALL, 0)


def test_an_agents_call_that_does_not_fit_never_reaches_the_provider(purse: bursar.Purse, provider: Provider) -> None:
    agent = create_agent(model_of(provider, max_tokens=1_000_000), [], middleware=[purse.langchain()])
    with pytest.raises(bursar.BudgetExceeded) as caught:
        agent.invoke(HELLO)
    assert (caught.value.budget, caught.value.__cause__) == ("all", None)
    with pytest.raises(bursar.BudgetExceeded):
        asyncio.run(agent.ainvoke(HELLO))
    assert provider.requests == []
    assert spent(purse) == (0, 0)


@pytest.mark.parametrize("how", ["invoke", "stream", "batch", "ainvoke", "astream"])
def test_a_chains_call_that_does_not_fit_never_reaches_the_provider(
    how: str, purse: bursar.Purse, provider: Provider
) -> None:
    chain = ChatPromptTemplate.from_template("say {word}") | model_of(provider, max_tokens=1_000_000)

    async def read() -> None:
        async for _ in chain.astream({"word": "no"}, config=handled(purse)):
            pass

    calls = {
        "invoke": lambda: chain.invoke({"word": "no"}, config=handled(purse)),
        "stream": lambda: list(chain.stream({"word": "no"}, config=handled(purse))),
        "batch": lambda: chain.batch([{"word": "no"}, {"word": "yes"}], config=handled(purse)),
        "ainvoke": lambda: asyncio.run(chain.ainvoke({"word": "no"}, config=handled(purse))),
        "astream": lambda: asyncio.run(read()),
    }
    with pytest.raises(bursar.BudgetExceeded):
        calls[how]()
    assert provider.requests == []
    assert spent(purse) == (0, 0)


def test_a_model_without_a_price_never_reaches_the_provider(purse: bursar.Purse, provider: Provider) -> None:
    with pytest.raises(bursar.Unpriced, match="tset-model"):
        model_of(provider, model="tset-model").invoke("hello", config=handled(purse))
    assert provider.requests == []


def test_a_streamed_call_is_settled_to_its_usage(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(events(*chunks()))
    model = model_of(provider)
    assert "".join(chunk.text for chunk in model.stream("hello", config=handled(purse))) == "yes"
    assert spent(purse) == (ONE_CALL, 0)

    async def read() -> str:
        return "".join([chunk.text async for chunk in model.astream("hello", config=handled(purse))])

    assert asyncio.run(read()) == "yes"
    assert spent(purse) == (2 * ONE_CALL, 0)


def test_an_agent_whose_messages_are_streamed_is_settled_to_its_usage(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(events(*chunks()))
    agent = create_agent(model_of(provider), [], middleware=[purse.langchain()])
    assert "".join(chunk.text for chunk, _ in agent.stream(HELLO, stream_mode="messages")) == "yes"
    assert spent(purse) == (ONE_CALL, 0)

    async def read() -> str:
        return "".join([chunk.text async for chunk, _ in agent.astream(HELLO, stream_mode="messages")])

    assert asyncio.run(read()) == "yes"
    assert spent(purse) == (2 * ONE_CALL, 0)


@pytest.mark.parametrize("how", ["closed", "broken off", "forgotten", "closed async"])
def test_an_aborted_stream_is_charged_when_its_hold_expires(
    how: str, purse: bursar.Purse, provider: Provider, clock: Any
) -> None:
    provider.will(events(*chunks()[:1], done=False, cut=how == "broken off"))
    model = model_of(provider)

    async def abort() -> None:
        stream = model.astream("hello", config=handled(purse))
        await anext(stream)
        await stream.aclose()

    if how == "closed async":
        asyncio.run(abort())
    elif how == "broken off":
        with pytest.raises(openai.APIError):
            list(model.stream("hello", config=handled(purse)))
    else:
        stream = model.stream("hello", config=handled(purse))
        next(stream)
        if how == "closed":
            stream.close()
        del stream
        gc.collect()
    settled, held = spent(purse)
    assert settled == 0
    assert held > Decimal("0.00005")
    clock.advance(16 * 60)
    assert spent(purse) == (held, 0)


def test_a_cancelled_agent_is_charged_when_its_hold_expires(
    purse: bursar.Purse, provider: Provider, clock: Any
) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def reply(exchange: Exchange) -> None:
        arrived.set()
        go_on.wait(10)
        exchange.answer(chat())

    provider.will(reply)
    agent = create_agent(model_of(provider), [], middleware=[purse.langchain()])

    async def main() -> None:
        task = asyncio.ensure_future(agent.ainvoke(HELLO))
        assert await asyncio.to_thread(arrived.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    go_on.set()
    settled, held = spent(purse)
    assert settled == 0
    assert held > Decimal("0.00005")
    clock.advance(16 * 60)
    assert spent(purse) == (held, 0)


def test_a_stream_that_tells_no_usage_is_charged_when_its_hold_expires(
    purse: bursar.Purse, provider: Provider, clock: Any
) -> None:
    provider.will(events(*chunks()[:2]))
    list(model_of(provider, stream_usage=False).stream("hello", config=handled(purse)))
    held = spent(purse)[1]
    assert held > 0
    clock.advance(16 * 60)
    assert spent(purse) == (held, 0)


def test_a_timeout_is_charged_and_a_refusal_is_not(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(lambda exchange: exchange.hang(1))
    with pytest.raises(openai.APITimeoutError):
        model_of(provider, timeout=0.2).invoke("hello", config=handled(purse))
    held = spent(purse)[1]
    assert held > 0
    provider.will(SLOW)
    with pytest.raises(openai.RateLimitError):
        model_of(provider).invoke("hello", config=handled(purse))
    assert spent(purse) == (0, held)


@pytest.mark.parametrize("place", ["first", "last"])
def test_each_retry_of_an_agent_is_held_and_settled_by_itself(
    place: str, purse: bursar.Purse, provider: Provider
) -> None:
    provider.will(DOWN, SLOW, whole(chat()))
    middleware = [ModelRetryMiddleware(max_retries=2, initial_delay=0, jitter=False)]
    middleware.insert(0 if place == "first" else 1, purse.langchain())
    agent = create_agent(model_of(provider), [], middleware=middleware)
    agent.invoke(HELLO)
    assert len(provider.requests) == 3
    settled, held = spent(purse)
    # The error of the server may have come after tokens were generated; the refusal came before.
    assert settled == ONE_CALL
    assert Decimal("0.00005") < held < Decimal("0.002")


def test_each_retry_of_a_chain_is_held_and_settled_by_itself(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(DOWN, SLOW, whole(chat()))
    model = model_of(provider).with_retry(stop_after_attempt=3, exponential_jitter_params={"max": 0})
    model.invoke("hello", config=handled(purse))
    assert len(provider.requests) == 3
    settled, held = spent(purse)
    assert settled == ONE_CALL
    assert Decimal("0.00005") < held < Decimal("0.002")


def test_a_model_of_text_is_settled_to_the_usage_of_its_answer(purse: bursar.Purse, provider: Provider) -> None:
    choice = {"text": "yes", "index": 0, "finish_reason": "stop", "logprobs": None}
    usage = {"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30}
    provider.will(
        whole({"id": "cmpl-1", "object": "text_completion", "model": "race-model", "choices": [choice], "usage": usage})
    )
    model = OpenAI(
        model="race-model",
        api_key="k",
        base_url=provider.url + "/v1",
        default_headers=ONCE,
        max_tokens=50,
        max_retries=0,
    )
    assert model.invoke("hello", config=handled(purse)) == "yes"
    assert spent(purse) == (ONE_CALL, 0)
    with pytest.raises(bursar.BudgetExceeded):
        model.bind(max_tokens=1_000_000).invoke("hello", config=handled(purse))
    assert len(provider.requests) == 1


@pytest.mark.filterwarnings("ignore::langchain_core._api.beta_decorator.LangChainBetaWarning")
@pytest.mark.parametrize("client", ["plain", "wrapped"])
def test_a_stream_of_events_is_settled_to_its_usage(client: str, purse: bursar.Purse, provider: Provider) -> None:
    provider.will(events(*chunks()))
    model = model_of(provider) if client == "plain" else purse.wrap(model_of(provider))
    assert str(model.stream_events("hello", version="v3", config=handled(purse)).text) == "yes"

    async def read() -> str:
        stream = await model.astream_events("hello", version="v3", config=handled(purse))
        return await stream.text

    assert asyncio.run(read()) == "yes"
    assert spent(purse) == (2 * ONE_CALL, 0)


def test_a_fallback_is_held_at_the_price_of_its_own_model(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(SLOW, whole(chat(model="gpt-5-mini")))
    fallback = ModelFallbackMiddleware(model_of(provider, model="gpt-5-mini"))
    create_agent(model_of(provider), [], middleware=[fallback, purse.langchain()]).invoke(HELLO)
    assert spent(purse) == (Decimal("0.0000425"), 0)


def test_prompts_that_are_refused_together_hold_nothing(make_purse: Any, provider: Provider) -> None:
    purse = make_purse("0.003 USD")
    messages: list[list[Any]] = [[HumanMessage("one")], [HumanMessage("two")], [HumanMessage("three")]]
    with pytest.raises(bursar.BudgetExceeded):
        model_of(provider).generate(messages, callbacks=[purse.langchain_callback()])
    assert provider.requests == []
    assert spent(purse) == (0, 0)


def test_sixty_four_calls_at_once_get_no_more_than_the_budget(make_purse: Any, provider: Provider) -> None:
    prices = {"overrides": [{"provider": "private", "model": "race-model", "output_mtok": "1", "input_mtok": "free"}]}
    purse = make_purse(prices=prices)
    provider.will(whole(chat(completion=100_000)))
    model = model_of(provider, max_tokens=100_000)
    outcomes = model.batch(["hello"] * 64, config=handled(purse), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, bursar.Refused)]
    assert (len(refused), len(provider.requests)) == (54, 10)
    assert spent(purse) == (Decimal(1), 0)
