"""The OpenAI Agents SDK against a provider on loopback: what a run spends is held before each of its calls."""

from __future__ import annotations

import asyncio
import json
import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import agents
import bursar
import openai
import pytest
from agents import Agent, ModelRetrySettings, ModelSettings, RunConfig, Runner, function_tool, retry_policies
from provider import Exchange, Provider, chat, chunks, events, whole
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

# Ten tokens read and twenty written, at a dollar a million.
ONE_CALL = Decimal("0.00003")
FIFTY = ModelSettings(max_tokens=50)
SEARCH = {"id": "ws_1", "type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "x"}}
DOWN = whole({"error": {"message": "down"}}, 500, {"retry-after-ms": "1"})
SLOW = whole({"error": {"message": "slow down"}}, 429, {"retry-after-ms": "1"})


@pytest.fixture(autouse=True)
def no_traces() -> None:
    """Traces go to the provider otherwise."""
    agents.set_trace_processors([])


@pytest.fixture
def connect(provider: Provider) -> Callable[..., openai.AsyncOpenAI]:
    """Make clients, each connection of which is for one request: they outlive the loop of a run otherwise."""

    def make(**options: Any) -> openai.AsyncOpenAI:
        settings = {"max_retries": 0, "default_headers": {"connection": "close"}, **options}
        return openai.AsyncOpenAI(api_key="k", base_url=provider.url + "/v1", **settings)

    return make


class Router(agents.Model):
    """A model of somebody's own, of whose requests nothing can be known."""

    def __init__(self, client: openai.AsyncOpenAI) -> None:
        self.model = "race-model"
        self._route = agents.OpenAIChatCompletionsModel("race-model", client)

    async def get_response(self, *args: Any, **named: Any) -> Any:
        return await self._route.get_response(*args, **named)

    def stream_response(self, *args: Any, **named: Any) -> AsyncIterator[Any]:
        return self._route.stream_response(*args, **named)


class Routers(agents.ModelProvider):
    def __init__(self, client: openai.AsyncOpenAI) -> None:
        self._client = client

    def get_model(self, model_name: str | None) -> agents.Model:
        del model_name
        return Router(self._client)


@pytest.fixture(params=["by request", "by call"])
def config_of(request: Any, connect: Any) -> Callable[..., RunConfig]:
    """Configure runs whose models are held by request, as OpenAI's are, or by call, as somebody's own."""

    def make(purse: bursar.Purse, **options: Any) -> RunConfig:
        client = connect(**options)
        if request.param == "by call":
            return RunConfig(model_provider=purse.openai_agents(inner=Routers(client)))
        inner = agents.OpenAIProvider(openai_client=client, use_responses=False)
        return RunConfig(model_provider=purse.openai_agents(inner=inner))

    return make


def agent_of(name: str = "writer", **options: Any) -> Agent[Any]:
    settings: dict[str, Any] = {"model": "race-model", "model_settings": FIFTY, **options}
    return Agent(name=name, instructions="Be brief.", **settings)


def calling(name: str, *arguments: str) -> dict[str, Any]:
    """An answer that calls a tool, once for each text of arguments."""
    answer = chat()
    answer["choices"][0]["finish_reason"] = "tool_calls"
    answer["choices"][0]["message"] = {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": f"call_{at}", "type": "function", "function": {"name": name, "arguments": text}}
            for at, text in enumerate(arguments)
        ],
    }
    return answer


def response(status: str = "completed") -> dict[str, Any]:
    """A response as OpenAI documents it, with cached and reasoned tokens in its usage."""
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": "yes", "annotations": []}],
    }
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_795_000_000,
        "model": "gpt-5-mini-2025-08-07",
        "status": status,
        "output": [message] if status == "completed" else [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": 1000,
            "input_tokens_details": {"cached_tokens": 900, "cache_write_tokens": 0},
            "output_tokens": 20,
            "output_tokens_details": {"reasoning_tokens": 10},
            "total_tokens": 1020,
        },
    }


def run(agent: Agent[Any], config: RunConfig | None = None) -> Any:
    return asyncio.run(Runner.run(agent, "hello", run_config=config))


def stream(agent: Agent[Any], config: RunConfig) -> Any:
    async def read() -> Any:
        result = Runner.run_streamed(agent, "hello", run_config=config)
        async for _ in result.stream_events():
            pass
        return result.final_output

    return asyncio.run(read())


WAYS = {"whole": run, "streamed": stream}


def spent(purse: bursar.Purse) -> tuple[Decimal, Decimal]:
    (budget,) = purse.budgets()
    return budget.spent, budget.held


def test_a_call_is_settled_to_the_usage_of_its_answer(purse: bursar.Purse, provider: Provider, config_of: Any) -> None:
    provider.will(whole(chat()))
    with purse.tags(team="data"):
        assert run(agent_of(), config_of(purse)).final_output == "yes"
    assert spent(purse) == (ONE_CALL, 0)
    assert purse.report(filter='team = "data" and agent = "writer"').total == ONE_CALL


def test_a_run_from_code_without_a_loop_is_held_too(purse: bursar.Purse, provider: Provider, config_of: Any) -> None:
    provider.will(whole(chat()))
    # The SDK makes a loop where there is none, and leaves it open.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        result = Runner.run_sync(agent_of(), "hello", run_config=config_of(purse))
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    assert result.final_output == "yes"
    assert spent(purse) == (ONE_CALL, 0)


def test_an_agents_name_is_a_tag_without_tracing_too(purse: bursar.Purse, provider: Provider, config_of: Any) -> None:
    provider.will(whole(chat()))
    config = config_of(purse)
    config.tracing_disabled = True
    run(agent_of(), config)
    assert purse.report(filter='agent = "writer"').total == ONE_CALL


@pytest.mark.parametrize("how", ["whole", "streamed"])
def test_what_does_not_fit_never_reaches_the_provider(
    how: str, purse: bursar.Purse, provider: Provider, config_of: Any
) -> None:
    agent = agent_of(model_settings=ModelSettings(max_tokens=1_000_000))
    with pytest.raises(bursar.BudgetExceeded) as caught:
        WAYS[how](agent, config_of(purse))
    assert (caught.value.budget, caught.value.__cause__) == ("all", None)
    assert provider.requests == []
    assert spent(purse) == (0, 0)


def test_a_streamed_call_is_settled_to_its_usage(purse: bursar.Purse, provider: Provider, config_of: Any) -> None:
    provider.will(events(*chunks()))
    agent = agent_of(model_settings=ModelSettings(max_tokens=50, include_usage=True))
    assert stream(agent, config_of(purse)) == "yes"
    assert spent(purse) == (ONE_CALL, 0)
    assert purse.report(filter='agent = "writer"').total == ONE_CALL


def test_a_response_is_settled_by_the_parts_of_its_usage(purse: bursar.Purse, provider: Provider, connect: Any) -> None:
    config = RunConfig(model_provider=purse.openai_agents(inner=agents.OpenAIProvider(openai_client=connect())))
    agent = agent_of(model="gpt-5-mini")
    # 100 at 0.25, 900 at 0.025, 20 at 2 dollars a million.
    cost = Decimal("0.0000875")
    provider.will(whole(response()))
    assert run(agent, config).final_output == "yes"
    assert spent(purse) == (cost, 0)
    provider.will(
        events(
            {"type": "response.created", "sequence_number": 0, "response": {**response("in_progress"), "usage": None}},
            {"type": "response.completed", "sequence_number": 1, "response": response()},
            done=False,
        )
    )
    assert stream(agent, config) == "yes"
    assert spent(purse) == (2 * cost, 0)


@pytest.mark.parametrize("how", ["whole", "searched", "cut off"])
def test_a_response_over_a_websocket_is_held_by_call(how: str, purse: bursar.Purse, clock: Any) -> None:
    frames = []

    def answer(connection: ServerConnection) -> None:
        for frame in connection:
            frames.append(json.loads(frame))
            begun = {**response("in_progress"), "usage": None}
            connection.send(json.dumps({"type": "response.created", "sequence_number": 0, "response": begun}))
            if how == "cut off":
                return
            done = response()
            if how == "searched":
                done["output"].insert(0, SEARCH)
            connection.send(json.dumps({"type": "response.completed", "sequence_number": 1, "response": done}))

    async def main(server: Server) -> None:
        port = server.socket.getsockname()[1]
        client = openai.AsyncOpenAI(api_key="k", websocket_base_url=f"ws://127.0.0.1:{port}/v1")
        inner = agents.OpenAIProvider(openai_client=client, use_responses_websocket=True)
        config = RunConfig(model_provider=purse.openai_agents(inner=inner))
        try:
            greedy = agent_of(model="gpt-5-mini", model_settings=ModelSettings(max_tokens=1_000_000))
            with pytest.raises(bursar.BudgetExceeded):
                await Runner.run(greedy, "hello", run_config=config)
            assert frames == []
            await Runner.run(agent_of(model="gpt-5-mini"), "hello", run_config=config)
        finally:
            await config.model_provider.aclose()

    with serve(answer, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        if how == "cut off":
            with pytest.raises(ConnectionClosed):
                asyncio.run(main(server))
        else:
            asyncio.run(main(server))
        server.shutdown()
        thread.join(10)
    assert [frame["type"] for frame in frames] == ["response.create"]
    if how != "cut off":
        # A search costs a cent beside its tokens.
        assert spent(purse) == (Decimal("0.0000875") + (Decimal("0.01") if how == "searched" else 0), 0)
        return
    held = spent(purse)[1]
    assert held > 0
    clock.advance(16 * 60)
    assert spent(purse) == (held, 0)


@pytest.mark.parametrize("how", ["left", "cancelled", "broken off"])
def test_an_aborted_stream_is_charged_when_its_hold_expires(
    how: str, purse: bursar.Purse, provider: Provider, config_of: Any, clock: Any
) -> None:
    provider.will(events(*chunks()[:1], done=False, cut=how == "broken off"))

    async def main() -> None:
        result = Runner.run_streamed(agent_of(), "hello", run_config=config_of(purse))
        shown = result.stream_events()
        async for event in shown:
            if how != "broken off" and event.type == "raw_response_event":
                break
        if how == "cancelled":
            result.cancel()
        await shown.aclose()

    if how == "broken off":
        with pytest.raises(openai.APIError):
            asyncio.run(main())
    else:
        asyncio.run(main())
    settled, held = spent(purse)
    assert settled == 0
    assert held > Decimal("0.00005")
    clock.advance(16 * 60)
    assert spent(purse) == (held, 0)


def test_a_cancelled_run_is_charged_when_its_hold_expires(
    purse: bursar.Purse, provider: Provider, config_of: Any, clock: Any
) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def reply(exchange: Exchange) -> None:
        arrived.set()
        go_on.wait(10)
        exchange.answer(chat())

    provider.will(reply)

    async def main() -> None:
        task = asyncio.ensure_future(Runner.run(agent_of(), "hello", run_config=config_of(purse)))
        assert await asyncio.to_thread(arrived.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    go_on.set()
    held = spent(purse)[1]
    assert held > Decimal("0.00005")
    clock.advance(16 * 60)
    assert spent(purse) == (held, 0)


def test_a_stream_that_tells_no_usage_is_charged_when_its_hold_expires(
    purse: bursar.Purse, provider: Provider, config_of: Any, clock: Any
) -> None:
    provider.will(events(*chunks()[:2]))
    stream(agent_of(), config_of(purse))
    held = spent(purse)[1]
    assert held > 0
    clock.advance(16 * 60)
    assert spent(purse) == (held, 0)


@pytest.mark.parametrize("how", ["whole", "streamed"])
def test_each_retry_of_the_runner_is_held_and_settled_by_itself(
    how: str, purse: bursar.Purse, provider: Provider, config_of: Any
) -> None:
    provider.will(DOWN, SLOW, events(*chunks()) if how == "streamed" else whole(chat()))
    retry = ModelRetrySettings(
        max_retries=2,
        policy=retry_policies.http_status([429, 500]),
        backoff={"initial_delay": 0, "max_delay": 0, "jitter": False},
    )
    agent = agent_of(model_settings=ModelSettings(max_tokens=50, include_usage=True, retry=retry))
    WAYS[how](agent, config_of(purse))
    assert len(provider.requests) == 3
    settled, held = spent(purse)
    # The error of the server may have come after tokens were generated; the refusal came before.
    assert settled == ONE_CALL
    assert Decimal("0.00005") < held < Decimal("0.002")


def test_each_retry_of_the_client_is_held_and_settled_by_itself(
    purse: bursar.Purse, provider: Provider, connect: Any
) -> None:
    provider.will(DOWN, SLOW, whole(chat()))
    inner = agents.OpenAIProvider(openai_client=connect(max_retries=2), use_responses=False)
    run(agent_of(), RunConfig(model_provider=purse.openai_agents(inner=inner)))
    assert len(provider.requests) == 3
    settled, held = spent(purse)
    assert settled == ONE_CALL
    assert Decimal("0.00005") < held < Decimal("0.002")


def test_a_call_over_a_client_that_is_wrapped_too_is_charged_once(
    purse: bursar.Purse, provider: Provider, connect: Any
) -> None:
    wrapped = purse.wrap(connect())
    for inner in (agents.OpenAIProvider(openai_client=wrapped, use_responses=False), Routers(wrapped)):
        provider.will(whole(chat()))
        config = RunConfig(model_provider=purse.openai_agents(inner=inner))
        run(agent_of(), config)
        provider.will(events(*chunks()))
        stream(agent_of(), config)
    assert spent(purse) == (4 * ONE_CALL, 0)
    assert purse.report(filter='agent = "writer"').total == 4 * ONE_CALL
    assert purse.verify() == []


def test_an_agent_after_a_handoff_stays_in_the_run(make_purse: Any, provider: Provider, config_of: Any) -> None:
    per_run = {"name": "run", "match": "everything", "limit": "0.01 USD", "period": "run"}
    purse = make_purse(budgets=[per_run])
    provider.will(whole(calling("transfer_to_critic", "{}")), whole(chat()))
    agent = agent_of(handoffs=[agent_of("critic")])
    with purse.tags(team="data", run="run-7"):
        result = run(agent, config_of(purse))
    assert result.last_agent.name == "critic"
    assert purse.report(filter='run = "run-7" and agent = "writer"').total == ONE_CALL
    assert purse.report(filter='run = "run-7" and team = "data" and agent = "critic"').total == ONE_CALL
    (counted,) = (budget for budget in purse.budgets() if budget.instance == ("run-7",))
    assert (counted.spent, counted.held) == (2 * ONE_CALL, 0)


def test_agents_as_tools_and_threads_of_tools_stay_in_the_run(
    make_purse: Any, provider: Provider, config_of: Any
) -> None:
    per_run = {"name": "run", "match": "everything", "limit": "0.01 USD", "period": "run"}
    purse = make_purse(budgets=[per_run])
    config = config_of(purse)
    search = agent_of("searcher").as_tool("search", "Search for a text.")
    client = purse.wrap(openai.OpenAI(api_key="k", base_url=provider.url + "/v1", max_retries=0))

    @function_tool
    def summarize(text: str) -> str:
        """Summarize a text in a thread."""
        with client.with_options(default_headers={"connection": "close"}) as once:
            answer = once.chat.completions.create(
                model="race-model", messages=[{"role": "user", "content": text}], max_tokens=50
            )
        return answer.choices[0].message.content or ""

    asks = calling("search", '{"input": "a"}', '{"input": "b"}')
    asks["choices"][0]["message"]["tool_calls"].append(
        {"id": "call_9", "type": "function", "function": {"name": "summarize", "arguments": '{"text": "c"}'}}
    )
    provider.will(whole(asks), whole(chat()))
    with purse.tags(team="data", run="run-7"):
        run(agent_of(tools=[search, summarize]), config)
    client.close()
    assert len(provider.requests) == 5
    assert purse.report(filter='run = "run-7" and team = "data"').total == 5 * ONE_CALL
    assert purse.report(filter='run = "run-7" and agent = "searcher"').total == 2 * ONE_CALL
    (counted,) = (budget for budget in purse.budgets() if budget.instance == ("run-7",))
    assert (counted.spent, counted.held) == (5 * ONE_CALL, 0)


@pytest.mark.parametrize("how", ["answered", "let through"])
def test_a_refused_agent_as_a_tool_is_told_to_the_agent_that_asked(
    how: str, purse: bursar.Purse, provider: Provider, config_of: Any
) -> None:
    greedy = agent_of("searcher", model_settings=ModelSettings(max_tokens=1_000_000))
    options: dict[str, Any] = {"failure_error_function": None} if how == "let through" else {}
    agent = agent_of(tools=[greedy.as_tool("search", "Search for a text.", **options)])
    provider.will(whole(calling("search", '{"input": "a"}')), whole(chat()))
    if how == "answered":
        assert run(agent, config_of(purse)).final_output == "yes"
        assert len(provider.requests) == 2
        return
    with pytest.raises(agents.UserError) as caught:
        run(agent, config_of(purse))
    assert isinstance(caught.value.__cause__, bursar.BudgetExceeded)
    assert len(provider.requests) == 1


def test_a_model_that_is_given_to_an_agent_is_held_too(purse: bursar.Purse, provider: Provider, connect: Any) -> None:
    provider.will(whole(chat()))
    held = purse.openai_agents().held(agents.OpenAIChatCompletionsModel("race-model", connect()))
    # The runner asks for the types of models, and gets the model's own.
    assert isinstance(held, agents.OpenAIChatCompletionsModel)
    assert purse.openai_agents().held(held) is held
    run(agent_of(model=held))
    assert spent(purse) == (ONE_CALL, 0)
    greedy = agent_of(model=held, model_settings=ModelSettings(max_tokens=1_000_000))
    with pytest.raises(bursar.BudgetExceeded):
        run(greedy)
    assert len(provider.requests) == 1


def test_runs_at_once_get_no_more_than_the_budget(make_purse: Any, provider: Provider, config_of: Any) -> None:
    prices = {"overrides": [{"provider": "private", "model": "race-model", "output_mtok": "1", "input_mtok": "free"}]}
    purse = make_purse(prices=prices)
    provider.will(whole(chat(completion=100_000)))
    agent, config = agent_of(model_settings=ModelSettings(max_tokens=100_000)), config_of(purse)

    async def main() -> list[object]:
        runs = [Runner.run(agent, "hello", run_config=config) for _ in range(32)]
        return await asyncio.gather(*runs, return_exceptions=True)

    refused = [outcome for outcome in asyncio.run(main()) if isinstance(outcome, bursar.Refused)]
    assert (len(refused), len(provider.requests)) == (22, 10)
    assert spent(purse) == (Decimal(1), 0)
