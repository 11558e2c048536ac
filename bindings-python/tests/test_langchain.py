"""LangChain and LangGraph against a provider on loopback: agents by the middleware, the rest by the handler."""

from __future__ import annotations

import asyncio
import gc
import threading
from base64 import b64encode
from decimal import Decimal
from typing import Any, TypedDict

import bursar
import httpx2
import openai
import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import ModelFallbackMiddleware, ModelRetryMiddleware
from langchain_anthropic import ChatAnthropic
from langchain_core.caches import InMemoryCache
from langchain_core.messages import HumanMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableParallel
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAI, OpenAIEmbeddings
from langgraph.graph import END, START, StateGraph
from provider import Exchange, Provider, chat, chunks, events, whole

# Ten tokens read and twenty written, at a dollar a million.
ONE_CALL = Decimal("0.00003")
HELLO = {"messages": [("user", "hello")]}
DOWN = whole({"error": {"message": "down"}}, 500)
SLOW = whole({"error": {"message": "slow down"}}, 429)
# LangChain's models can't be closed: without this their connections would stay open beyond the test.
ONCE = {"connection": "close"}


def model_of(provider: Provider, **options: Any) -> ChatOpenAI:
    settings = {"model": "race-model", "max_tokens": 50, "max_retries": 0, "stream_usage": True, **options}
    return ChatOpenAI(api_key="k", base_url=provider.url + "/v1", default_headers=ONCE, **settings)


def handled(purse: bursar.Purse) -> Any:
    return {"callbacks": [purse.langchain_callback()]}


def asking_for(name: str, *args: str) -> dict[str, Any]:
    """An answer that calls a tool, once for each argument."""
    answer = chat()
    answer["choices"][0]["finish_reason"] = "tool_calls"
    answer["choices"][0]["message"] = {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": f"call_{at}", "type": "function", "function": {"name": name, "arguments": f'{{"text": "{text}"}}'}}
            for at, text in enumerate(args)
        ],
    }
    return answer


def spent(purse: bursar.Purse) -> tuple[Decimal, Decimal]:
    (budget,) = purse.budgets()
    return budget.spent, budget.held


class State(TypedDict):
    said: str


def graph_of(*nodes: Any) -> Any:
    graph: Any = StateGraph(State)
    before = START
    for at, node in enumerate(nodes):
        graph.add_node(f"node-{at}", node)
        graph.add_edge(before, f"node-{at}")
        before = f"node-{at}"
    graph.add_edge(before, END)
    return graph.compile()


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
    assert spent(purse)[1] > 0
    assert list(stream)
    assert spent(purse) == (2 * ONE_CALL, 0)


def test_what_langchains_cache_answers_costs_nothing(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(chat()))
    model = model_of(provider, cache=InMemoryCache())
    for _ in range(3):
        assert model.invoke("hello", config=handled(purse)).content == "yes"
    assert len(provider.requests) == 1
    assert spent(purse) == (ONE_CALL, 0)


def test_the_tags_around_a_call_and_the_agents_name_land_in_the_report(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(chat()))
    with purse.tags(team="data"):
        create_agent(model_of(provider), [], middleware=[purse.langchain()], name="writer").invoke(HELLO)
        model = purse.wrap(model_of(provider))
        asyncio.run(create_agent(model, [], middleware=[purse.langchain()], name="critic").ainvoke(HELLO))
    model_of(provider).invoke("hello", config=handled(purse))
    assert purse.report(filter='team = "data" and agent = "writer"').total == ONE_CALL
    assert purse.report(filter='team = "data" and agent = "critic"').total == ONE_CALL
    assert purse.report().total == 3 * ONE_CALL


def test_a_sub_agent_in_a_tools_thread_stays_in_the_run_of_its_parent(make_purse: Any, provider: Provider) -> None:
    per_run = {"name": "run", "match": "everything", "limit": "0.01 USD", "period": "run"}
    purse = make_purse(budgets=[per_run])
    threads = set()
    sub_agent = create_agent(model_of(provider), [], middleware=[purse.langchain()], name="searcher")

    @tool
    def search(text: str) -> str:
        """Search for a text."""
        threads.add(threading.get_ident())
        return sub_agent.invoke({"messages": [("user", text)]})["messages"][-1].content

    provider.will(whole(asking_for("search", "a", "b")), whole(chat()))
    agent = create_agent(model_of(provider), [search], middleware=[purse.langchain()], name="writer")
    with purse.tags(team="data", run="run-7"):
        agent.invoke(HELLO)
    assert threading.get_ident() not in threads
    assert len(provider.requests) == 4
    report = 'team = "data" and run = "run-7"'
    assert purse.report(filter=report).total == 4 * ONE_CALL
    assert purse.report(filter=report + ' and agent = "searcher"').total == 2 * ONE_CALL
    (run,) = (budget for budget in purse.budgets() if budget.instance == ("run-7",))
    assert (run.spent, run.held) == (4 * ONE_CALL, 0)


def test_a_sub_agents_refusal_ends_its_parent_where_tools_let_errors_through(
    make_purse: Any, provider: Provider
) -> None:
    purse = make_purse("0.004 USD")
    sub_agent = create_agent(model_of(provider, max_tokens=5_000), [], middleware=[purse.langchain()])

    @tool
    def search(text: str) -> str:
        """Search for a text."""
        return sub_agent.invoke({"messages": [("user", text)]})["messages"][-1].content

    provider.will(whole(asking_for("search", "a")), whole(chat()))
    agent = create_agent(model_of(provider), [search], middleware=[purse.langchain()])
    with pytest.raises(bursar.BudgetExceeded):
        agent.invoke(HELLO)
    assert len(provider.requests) == 1


@pytest.mark.parametrize("how", ["invoke", "ainvoke"])
def test_the_nodes_and_sub_graphs_of_a_graph_stay_in_its_budget(
    how: str, purse: bursar.Purse, provider: Provider
) -> None:
    provider.will(whole(chat()))
    model = model_of(provider)

    def say(state: State) -> State:
        both = RunnableParallel(one=model, two=model).invoke(state["said"])
        return {"said": both["one"].content + both["two"].content}

    async def asay(state: State) -> State:
        return {"said": (await model.ainvoke(state["said"])).content}

    nodes = (say, graph_of(say)) if how == "invoke" else (asay, graph_of(asay, asay))
    graph = graph_of(*nodes)
    with purse.tags(team="data"):
        if how == "invoke":
            graph.invoke({"said": "hello"}, config=handled(purse))
        else:
            asyncio.run(graph.ainvoke({"said": "hello"}, config=handled(purse)))
    calls = 4 if how == "invoke" else 3
    assert len(provider.requests) == calls
    assert purse.report(filter='team = "data"').total == calls * ONE_CALL
    assert spent(purse) == (calls * ONE_CALL, 0)


def test_sixty_four_calls_at_once_get_no_more_than_the_budget(make_purse: Any, provider: Provider) -> None:
    prices = {"overrides": [{"provider": "private", "model": "race-model", "output_mtok": "1", "input_mtok": "free"}]}
    purse = make_purse(prices=prices)
    provider.will(whole(chat(completion=100_000)))
    model = model_of(provider, max_tokens=100_000)
    outcomes = model.batch(["hello"] * 64, config=handled(purse), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, bursar.Refused)]
    assert (len(refused), len(provider.requests)) == (54, 10)
    assert spent(purse) == (Decimal(1), 0)


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


def test_the_parts_of_anthropics_usage_have_their_own_prices(purse: bursar.Purse, provider: Provider) -> None:
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
    assert model.invoke("hello", config=handled(purse)).content == "yes"
    # 100 at 3, 1000 at 0.3, 100 at 3.75, 200 at 6, 10 at 15 dollars a million.
    assert spent(purse) == (Decimal("0.002325"), 0)
