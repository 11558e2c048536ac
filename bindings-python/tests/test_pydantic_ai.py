"""pydantic-ai's own models against a provider on loopback, held by the capability."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import bursar
import pytest
from provider import Exchange, Provider, chat, chunks, events, whole

if TYPE_CHECKING:
    from collections.abc import Callable

pytest.importorskip("pydantic_ai", reason="the package is in another environment")

import boto3
import openai
from pydantic_ai import Agent
from pydantic_ai.exceptions import ModelAPIError
from pydantic_ai.messages import ModelResponse, TextPart
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.bedrock import BedrockConverseModel
from pydantic_ai.models.fallback import FallbackModel
from pydantic_ai.models.function import FunctionModel
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.bedrock import BedrockProvider
from pydantic_ai.providers.google import GoogleProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.usage import RequestUsage

THIRTY_TOKENS = Decimal("0.00003")
SETTINGS: Any = {"max_tokens": 50, "max_retries": 0}


def client_of(provider: Provider, **options: Any) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(
        api_key="k", base_url=provider.url + "/v1", _enforce_credentials=False, **{"max_retries": 0, **options}
    )


def openai_model(provider: Provider) -> OpenAIChatModel:
    return OpenAIChatModel("race-model", provider=OpenAIProvider(base_url=provider.url + "/v1", api_key="k"))


def agent_of(model: Any, purse: bursar.Purse, **tags: str) -> Agent[None, Any]:
    return Agent(model, model_settings=SETTINGS, capabilities=[purse.pydantic_ai(**tags)])


def run(agent: Agent[None, Any], **settings: Any) -> str:
    async def main() -> str:
        async with agent:
            return (await agent.run("hello", model_settings=settings)).output

    return asyncio.run(main())


def stream(agent: Agent[None, Any], *, is_left: bool = False, **settings: Any) -> str:
    async def main() -> str:
        read = ""
        async with agent, agent.run_stream("hello", model_settings=settings) as result:
            async for text in result.stream_text(debounce_by=None):
                read = text
                if is_left:
                    await result.cancel()
                    break
        return read

    return asyncio.run(main())


def spent(purse: bursar.Purse) -> tuple[Decimal, Decimal]:
    (budget,) = purse.budgets()
    return budget.spent, budget.held


def message(model: str = "race-model") -> dict[str, Any]:
    """A message as Anthropic documents it."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": "yes"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 20},
    }


def message_events() -> list[Any]:
    """The same as a stream."""
    start = {**message(), "content": [], "stop_reason": None, "usage": {"input_tokens": 10, "output_tokens": 1}}
    return [
        ("message_start", {"type": "message_start", "message": start}),
        (
            "content_block_start",
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        ),
        (
            "content_block_delta",
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "yes"}},
        ),
        ("content_block_stop", {"type": "content_block_stop", "index": 0}),
        (
            "message_delta",
            {
                "type": "message_delta",
                "delta": {"stop_reason": "end_turn", "stop_sequence": None},
                "usage": {"output_tokens": 20},
            },
        ),
        ("message_stop", {"type": "message_stop"}),
    ]


def asks_for_tool(name: str) -> dict[str, Any]:
    """A completion that calls a tool."""
    answer = chat()
    answer["choices"][0]["message"] = {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": name, "arguments": "{}"}}],
    }
    answer["choices"][0]["finish_reason"] = "tool_calls"
    return answer


def test_a_run_is_settled_to_the_usage_of_its_answers_and_reported_by_tag(
    purse: bursar.Purse, provider: Provider
) -> None:
    provider.will(whole(chat()))
    agent = agent_of(openai_model(provider), purse, agent="writer")
    with purse.tags(team="data"):
        assert run(agent) == "yes"
    assert spent(purse) == (THIRTY_TOKENS, 0)
    lines = purse.report(by=["team", "agent"]).to_csv()
    assert "data" in lines
    assert "writer" in lines


def test_what_does_not_fit_never_reaches_the_provider(purse: bursar.Purse, provider: Provider) -> None:
    agent = agent_of(openai_model(provider), purse)
    with pytest.raises(bursar.BudgetExceeded) as caught:
        run(agent, max_tokens=1_000_000)
    assert caught.value.budget == "all"
    assert caught.value.affordable_output_tokens > 0
    assert provider.requests == []
    assert spent(purse) == (0, 0)


def test_a_stream_that_does_not_fit_never_reaches_the_provider(purse: bursar.Purse, provider: Provider) -> None:
    with pytest.raises(bursar.BudgetExceeded):
        stream(agent_of(openai_model(provider), purse), max_tokens=1_000_000)
    assert provider.requests == []


def test_a_stream_is_settled_to_its_usage(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(events(*chunks()))
    with purse.tags(team="data"):
        assert stream(agent_of(openai_model(provider), purse)) == "yes"
    assert spent(purse) == (THIRTY_TOKENS, 0)
    assert "data" in purse.report(by=["team"]).to_csv()


@pytest.mark.parametrize("how", ["left", "broken off"])
def test_an_aborted_stream_is_charged_when_its_hold_expires(
    how: str, purse: bursar.Purse, provider: Provider, clock: Any
) -> None:
    agent = agent_of(openai_model(provider), purse)
    provider.will(events(*chunks()[:1], done=False, cut=how == "broken off"))
    if how == "broken off":
        with pytest.raises(ModelAPIError):
            stream(agent)
    else:
        stream(agent, is_left=True)
    settled, held = spent(purse)
    assert settled == 0
    assert held > Decimal("0.00005")
    clock.advance(16 * 60)
    assert spent(purse) == (held, 0)


def test_each_attempt_of_the_sdk_is_held_and_settled_by_itself(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(
        whole({"error": {"message": "down"}}, 500, {"retry-after-ms": "1"}),
        whole({"error": {"message": "slow"}}, 429, {"retry-after-ms": "1"}),
        whole(chat()),
    )
    run(agent_of(openai_model(provider), purse), max_retries=2)
    assert len(provider.requests) == 3
    settled, held = spent(purse)
    # The error of the server may have come after tokens were generated; the refusal came before.
    assert settled == THIRTY_TOKENS
    assert held > Decimal("0.00005")


def test_a_model_that_takes_over_is_held_by_itself(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole({"error": {"message": "slow down"}}, 429), whole(chat()))
    model = FallbackModel(openai_model(provider), openai_model(provider))
    assert run(agent_of(model, purse)) == "yes"
    assert len(provider.requests) == 2
    assert spent(purse) == (THIRTY_TOKENS, 0)


def test_a_refusal_is_no_failure_that_another_model_takes_over(purse: bursar.Purse, provider: Provider) -> None:
    model = FallbackModel(openai_model(provider), openai_model(provider))
    with pytest.raises(bursar.BudgetExceeded):
        run(agent_of(model, purse), max_tokens=1_000_000)
    assert provider.requests == []


def test_a_timeout_is_charged_and_a_refusal_is_not(purse: bursar.Purse, provider: Provider) -> None:
    agent = agent_of(openai_model(provider), purse)
    provider.will(whole({"error": {"message": "slow down"}}, 429))
    with pytest.raises(ModelAPIError):
        run(agent)
    assert spent(purse) == (0, 0)
    provider.will(lambda exchange: exchange.hang(1))
    with pytest.raises(ModelAPIError):
        run(agent, timeout=0.2)
    assert spent(purse)[1] > 0


@pytest.mark.parametrize("is_in_a_thread", [False, True])
def test_an_agent_that_a_tool_calls_stays_in_the_budget_around_its_parent(
    purse: bursar.Purse, provider: Provider, *, is_in_a_thread: bool
) -> None:
    def reply(exchange: Exchange) -> None:
        is_first = len(exchange.json["messages"]) == 1 and "tools" in exchange.json
        exchange.answer(asks_for_tool("ask") if is_first else chat())

    provider.will(reply)
    child = agent_of(openai_model(provider), purse)
    parent = agent_of(openai_model(provider), purse, agent="planner")

    async def ask() -> str:
        async with child:
            return (await child.run("and?")).output

    if is_in_a_thread:
        parent.tool_plain(name="ask")(lambda: asyncio.run(ask()))
    else:
        parent.tool_plain(name="ask")(ask)
    with purse.tags(team="data", run="ticket-17"):
        run(parent)
    assert len(provider.requests) == 3
    assert spent(purse) == (3 * THIRTY_TOKENS, 0)
    # The agent that the tool called has no name of its own: its parent's is around it.
    whole_run = purse.report(filter='team = "data" and run = "ticket-17" and agent = "planner"')
    assert whole_run.total == 3 * THIRTY_TOKENS


def test_a_run_that_does_not_await_is_held_too(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(chat()))
    agent = agent_of(openai_model(provider), purse)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        assert agent.run_sync("hello").output == "yes"
        with pytest.raises(bursar.BudgetExceeded):
            agent.run_sync("hello", model_settings={"max_tokens": 1_000_000})
        loop.run_until_complete(agent.__aenter__())
        loop.run_until_complete(agent.__aexit__(None, None, None))
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    assert len(provider.requests) == 1
    assert spent(purse) == (THIRTY_TOKENS, 0)


def test_agents_on_one_run_spend_from_one_run_budget(
    make_purse: Callable[..., bursar.Purse], provider: Provider
) -> None:
    budget = {"name": "a run", "match": "everything", "limit": "0.0025 USD", "period": "run"}
    purse = make_purse(budgets=[budget])
    provider.will(whole(chat(completion=2000)))
    first, second = agent_of(openai_model(provider), purse), agent_of(openai_model(provider), purse)
    with purse.tags(run="ticket-17"):
        run(first)
        with pytest.raises(bursar.BudgetExceeded):
            run(second)
    with purse.tags(run="ticket-18"):
        run(second)
    assert len(provider.requests) == 2


def test_a_model_on_a_wrapped_client_is_held_once(purse: bursar.Purse, provider: Provider) -> None:
    held: list[Decimal] = []

    def reply(exchange: Exchange) -> None:
        held.append(spent(purse)[1])
        exchange.answer(chat())

    provider.will(reply)
    run(agent_of(openai_model(provider), purse))
    model = openai_model(provider)
    model.provider._client = purse.wrap(model.client)
    run(agent_of(model, purse))
    assert held[0] == held[1] > 0
    assert spent(purse) == (2 * THIRTY_TOKENS, 0)


def test_two_capabilities_hold_once_for_a_purse_and_once_for_each_of_two(
    make_purse: Callable[..., bursar.Purse], provider: Provider
) -> None:
    first, second = make_purse(), make_purse()
    held: list[tuple[Decimal, Decimal]] = []

    def reply(exchange: Exchange) -> None:
        held.append((spent(first)[1], spent(second)[1]))
        exchange.answer(chat())

    provider.will(reply)
    run(agent_of(openai_model(provider), first))
    same = [first.pydantic_ai(team="data"), first.pydantic_ai(agent="writer")]
    run(Agent(openai_model(provider), model_settings=SETTINGS, capabilities=same))
    both = [first.pydantic_ai(), second.pydantic_ai()]
    run(Agent(openai_model(provider), model_settings=SETTINGS, capabilities=both))
    once = held[0][0]
    assert held == [(once, 0), (once, 0), (once, once)]
    assert first.report(filter='team = "data" and agent = "writer"').total == THIRTY_TOKENS
    assert (spent(first), spent(second)) == ((3 * THIRTY_TOKENS, 0), (THIRTY_TOKENS, 0))


def test_a_client_that_was_held_works_on_after_the_agent_is_gone(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(chat()))

    async def main() -> None:
        client = client_of(provider)
        model = OpenAIChatModel("race-model", provider=OpenAIProvider(openai_client=client))
        pending = client.chat.completions.create(model="race-model", messages=[{"role": "user", "content": "a"}])
        under_way = asyncio.ensure_future(pending)
        await agent_of(model, purse).run("hello")
        assert (await under_way).choices[0].message.content == "yes"
        await asyncio.sleep(0)
        assert not client.is_closed()
        again = await client.chat.completions.create(model="race-model", messages=[{"role": "user", "content": "a"}])
        assert again.choices[0].message.content == "yes"
        await client.close()

    asyncio.run(main())


def test_anthropic_models_are_held_whole_and_streamed(purse: bursar.Purse, provider: Provider) -> None:
    model = AnthropicModel("race-model", provider=AnthropicProvider(base_url=provider.url, api_key="k"))
    agent = agent_of(model, purse)
    with pytest.raises(bursar.BudgetExceeded):
        run(agent, max_tokens=1_000_000)
    assert provider.requests == []
    provider.will(whole(message()))
    assert run(agent) == "yes"
    assert spent(purse) == (THIRTY_TOKENS, 0)
    provider.will(events(*message_events(), done=False))
    assert stream(agent) == "yes"
    assert spent(purse) == (2 * THIRTY_TOKENS, 0)
    provider.will(events(*message_events()[:3], done=False))
    stream(agent, is_left=True)
    settled, held = spent(purse)
    assert (settled, held > 0) == (2 * THIRTY_TOKENS, True)


def test_google_models_are_held_too(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(
        whole(
            {
                "candidates": [
                    {"content": {"role": "model", "parts": [{"text": "yes"}]}, "finishReason": "STOP", "index": 0}
                ],
                "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 20, "totalTokenCount": 30},
                "modelVersion": "race-model",
            }
        )
    )
    model = GoogleModel("race-model", provider=GoogleProvider(base_url=provider.url, api_key="k"))
    agent = agent_of(model, purse)
    with pytest.raises(bursar.BudgetExceeded):
        run(agent, max_tokens=1_000_000)
    assert provider.requests == []
    assert run(agent) == "yes"
    assert spent(purse) == (THIRTY_TOKENS, 0)


def test_bedrock_models_are_held_too(purse: bursar.Purse, provider: Provider) -> None:
    answer = {
        "output": {"message": {"role": "assistant", "content": [{"text": "yes"}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 10, "outputTokens": 20, "totalTokens": 30},
        "metrics": {"latencyMs": 1},
    }
    provider.will(whole(answer))
    client = boto3.client(
        "bedrock-runtime",
        endpoint_url=provider.url,
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",  # noqa: S106, of nobody
    )
    name = "anthropic.claude-3-haiku-20240307-v1:0"
    model = BedrockConverseModel(name, provider=BedrockProvider(bedrock_client=client))
    agent = Agent(model, model_settings={"max_tokens": 50}, capabilities=[purse.pydantic_ai()])
    with pytest.raises(bursar.BudgetExceeded):
        run(agent, max_tokens=100_000_000)
    assert provider.requests == []
    assert run(agent) == "yes"
    assert spent(purse) == (Decimal("0.0000275"), 0)
    client.close()


def test_responses_are_held_too(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(
        whole(
            {
                "id": "resp_1",
                "object": "response",
                "created_at": 1_795_000_000,
                "status": "completed",
                "model": "race-model",
                "output": [
                    {
                        "type": "message",
                        "id": "msg_1",
                        "role": "assistant",
                        "status": "completed",
                        "content": [{"type": "output_text", "text": "yes", "annotations": []}],
                    }
                ],
                "parallel_tool_calls": True,
                "tool_choice": "auto",
                "tools": [],
                "usage": {
                    "input_tokens": 10,
                    "output_tokens": 20,
                    "total_tokens": 30,
                    "input_tokens_details": {"cached_tokens": 0},
                    "output_tokens_details": {"reasoning_tokens": 0},
                },
            }
        )
    )
    model = OpenAIResponsesModel("race-model", provider=OpenAIProvider(base_url=provider.url + "/v1", api_key="k"))
    assert run(agent_of(model, purse)) == "yes"
    assert spent(purse) == (THIRTY_TOKENS, 0)


def test_what_does_not_fit_is_not_sent_over_a_websocket(purse: bursar.Purse, provider: Provider) -> None:
    model = OpenAIResponsesModel("race-model", provider=OpenAIProvider(base_url=provider.url + "/v1", api_key="k"))
    agent: Agent[None, Any] = Agent(model, capabilities=[purse.pydantic_ai(provider="private")])
    with pytest.raises(bursar.BudgetExceeded):
        run(agent, max_tokens=1_000_000, openai_transport="websocket")
    assert provider.requests == []


class TestOtherModels:
    """Models whose client can't be wrapped, or that have none."""

    @staticmethod
    def model(*, calls: list[int], usage: RequestUsage | None = None) -> FunctionModel:
        def answer(messages: Any, info: Any) -> ModelResponse:
            calls.append(len(messages))
            return ModelResponse(parts=[TextPart("yes")], usage=usage or RequestUsage())

        async def pieces(messages: Any, info: Any) -> Any:
            calls.append(len(messages))
            for piece in ("y", "e", "s"):
                yield piece

        return FunctionModel(answer, stream_function=pieces, model_name="race-model")

    @staticmethod
    def agent(model: FunctionModel, purse: bursar.Purse) -> Agent[None, Any]:
        return Agent(model, model_settings=SETTINGS, capabilities=[purse.pydantic_ai(provider="private")])

    def test_what_does_not_fit_is_not_asked(self, purse: bursar.Purse) -> None:
        calls: list[int] = []
        with pytest.raises(bursar.BudgetExceeded):
            run(self.agent(self.model(calls=calls), purse), max_tokens=1_000_000)
        assert calls == []

    def test_a_request_is_settled_by_the_usage_of_its_response(self, purse: bursar.Purse) -> None:
        usage = RequestUsage(input_tokens=10, output_tokens=20)
        run(self.agent(self.model(calls=[], usage=usage), purse))
        assert spent(purse) == (THIRTY_TOKENS, 0)

    def test_a_failure_stays_unresolved(self, purse: bursar.Purse, clock: Any) -> None:
        def answer(messages: Any, info: Any) -> ModelResponse:
            raise TimeoutError

        with pytest.raises(TimeoutError):
            run(self.agent(FunctionModel(answer, model_name="race-model"), purse))
        held = spent(purse)[1]
        assert held > 0
        clock.advance(16 * 60)
        assert spent(purse) == (held, 0)

    def test_a_stream_that_is_left_stays_unresolved(self, purse: bursar.Purse) -> None:
        agent = self.agent(self.model(calls=[]), purse)
        assert stream(agent) == "yes"
        settled, held = spent(purse)
        assert (settled > 0, held) == (True, 0)
        stream(agent, is_left=True)
        assert spent(purse)[1] > 0

    def test_a_model_of_ones_own_on_a_wrapped_client_is_held_once(
        self, purse: bursar.Purse, provider: Provider
    ) -> None:
        held: list[Decimal] = []

        def reply(exchange: Exchange) -> None:
            held.append(spent(purse)[1])
            exchange.answer(chat())

        provider.will(reply)

        async def ask() -> str:
            async with purse.wrap(client_of(provider)) as client:
                completion = await client.chat.completions.create(
                    model="race-model", messages=[{"role": "user", "content": "hello"}], max_tokens=50
                )
            return completion.choices[0].message.content or ""

        async def answer(messages: Any, info: Any) -> ModelResponse:
            usage = RequestUsage(input_tokens=10, output_tokens=20)
            return ModelResponse(parts=[TextPart(await ask())], usage=usage)

        asyncio.run(ask())
        assert run(self.agent(FunctionModel(answer, model_name="race-model"), purse)) == "yes"
        # The client knows what it sends to the byte: its hold takes the place of the other.
        assert held[0] == held[1] > 0
        assert spent(purse) == (2 * THIRTY_TOKENS, 0)
