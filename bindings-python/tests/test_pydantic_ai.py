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

import anthropic
import openai
from pydantic_ai import Agent
from pydantic_ai.exceptions import ModelAPIError
from pydantic_ai.messages import ModelResponse, TextPart
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.fallback import FallbackModel
from pydantic_ai.models.function import FunctionModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.usage import RequestUsage

THIRTY_TOKENS = Decimal("0.00003")
SETTINGS: Any = {"max_tokens": 50}


def client_of(provider: Provider, **options: Any) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(
        api_key="k", base_url=provider.url + "/v1", _enforce_credentials=False, **{"max_retries": 0, **options}
    )


def openai_model(provider: Provider, **options: Any) -> OpenAIChatModel:
    return OpenAIChatModel("race-model", provider=OpenAIProvider(openai_client=client_of(provider, **options)))


def agent_of(model: Any, purse: bursar.Purse, **tags: str) -> Agent[None, Any]:
    return Agent(model, model_settings=SETTINGS, capabilities=[purse.pydantic_ai(**tags)])


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
        assert agent.run_sync("hello").output == "yes"
    assert spent(purse) == (THIRTY_TOKENS, 0)
    lines = purse.report(by=["team", "agent"]).to_csv()
    assert "data" in lines
    assert "writer" in lines


def test_what_does_not_fit_never_reaches_the_provider(purse: bursar.Purse, provider: Provider) -> None:
    agent = agent_of(openai_model(provider), purse)
    with pytest.raises(bursar.BudgetExceeded) as caught:
        agent.run_sync("hello", model_settings={"max_tokens": 1_000_000})
    assert caught.value.budget == "all"
    assert caught.value.affordable_output_tokens > 0
    assert provider.requests == []
    assert spent(purse) == (0, 0)


def test_a_stream_that_does_not_fit_never_reaches_the_provider(purse: bursar.Purse, provider: Provider) -> None:
    agent = agent_of(openai_model(provider), purse)

    async def main() -> None:
        async with agent.run_stream("hello", model_settings={"max_tokens": 1_000_000}) as result:
            await result.get_output()

    with pytest.raises(bursar.BudgetExceeded):
        asyncio.run(main())
    assert provider.requests == []


def test_a_stream_is_settled_to_its_usage(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(events(*chunks()))
    agent = agent_of(openai_model(provider), purse)

    async def main() -> str:
        async with agent.run_stream("hello") as result:
            return await result.get_output()

    with purse.tags(team="data"):
        assert asyncio.run(main()) == "yes"
    assert spent(purse) == (THIRTY_TOKENS, 0)
    assert "data" in purse.report(by=["team"]).to_csv()


def test_an_aborted_stream_is_charged_when_its_hold_expires(
    purse: bursar.Purse, provider: Provider, clock: Any
) -> None:
    provider.will(events(*chunks()[:1], done=False, cut=True))
    agent = agent_of(openai_model(provider), purse)

    async def main() -> None:
        async with agent.run_stream("hello") as result:
            async for _ in result.stream_text():
                pass

    with pytest.raises(Exception, match="closed|peer|incomplete|Connection"):
        asyncio.run(main())
    settled, held = spent(purse)
    assert settled == 0
    assert held > Decimal("0.00005")
    clock.advance(16 * 60)
    assert spent(purse) == (held, 0)


def test_a_stream_that_its_reader_leaves_is_charged_when_its_hold_expires(
    purse: bursar.Purse, provider: Provider, clock: Any
) -> None:
    provider.will(events(*chunks()[:1], done=False, cut=True))
    agent = agent_of(openai_model(provider), purse)

    async def main() -> None:
        async with agent.run_stream("hello") as result:
            async for _ in result.stream_text(debounce_by=None):
                await result.cancel()
                break

    asyncio.run(main())
    settled, held = spent(purse)
    assert (settled, held > 0) == (0, True)
    clock.advance(16 * 60)
    assert spent(purse) == (held, 0)


def test_each_attempt_of_the_sdk_is_held_and_settled_by_itself(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(
        whole({"error": {"message": "down"}}, 500, {"retry-after-ms": "1"}),
        whole({"error": {"message": "slow"}}, 429, {"retry-after-ms": "1"}),
        whole(chat()),
    )
    agent_of(openai_model(provider, max_retries=2), purse).run_sync("hello")
    assert len(provider.requests) == 3
    settled, held = spent(purse)
    # The error of the server may have come after tokens were generated; the refusal came before.
    assert settled == THIRTY_TOKENS
    assert held > Decimal("0.00005")


def test_a_model_that_takes_over_is_held_by_itself(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole({"error": {"message": "slow down"}}, 429), whole(chat()))
    model = FallbackModel(openai_model(provider), openai_model(provider))
    assert agent_of(model, purse).run_sync("hello").output == "yes"
    assert len(provider.requests) == 2
    assert spent(purse) == (THIRTY_TOKENS, 0)


def test_a_refusal_is_no_failure_that_another_model_takes_over(purse: bursar.Purse, provider: Provider) -> None:
    model = FallbackModel(openai_model(provider), openai_model(provider))
    with pytest.raises(bursar.BudgetExceeded):
        agent_of(model, purse).run_sync("hello", model_settings={"max_tokens": 1_000_000})
    assert provider.requests == []


def test_a_timeout_is_charged_and_a_refusal_is_not(purse: bursar.Purse, provider: Provider) -> None:
    agent = agent_of(openai_model(provider, timeout=0.2), purse)
    provider.will(whole({"error": {"message": "slow down"}}, 429))
    with pytest.raises(ModelAPIError):
        agent.run_sync("hello")
    assert spent(purse) == (0, 0)
    provider.will(lambda exchange: exchange.hang(1))
    with pytest.raises(ModelAPIError):
        agent.run_sync("hello")
    assert spent(purse)[1] > 0


@pytest.mark.parametrize("is_async", [False, True])
def test_an_agent_that_a_tool_calls_stays_in_the_budget_around_its_parent(
    purse: bursar.Purse, provider: Provider, *, is_async: bool
) -> None:
    def reply(exchange: Exchange) -> None:
        is_first = len(exchange.json["messages"]) == 1 and "tools" in exchange.json
        exchange.answer(asks_for_tool("ask") if is_first else chat())

    provider.will(reply)
    child = agent_of(openai_model(provider), purse)
    parent = agent_of(openai_model(provider), purse, agent="planner")
    if is_async:

        @parent.tool_plain(name="ask")
        async def ask() -> str:
            return (await child.run("and?")).output
    else:

        @parent.tool_plain(name="ask")
        def ask_in_a_thread() -> str:
            return asyncio.run(child.run("and?")).output

    with purse.tags(team="data", run="ticket-17"):
        parent.run_sync("hello")
    assert len(provider.requests) == 3
    assert spent(purse) == (3 * THIRTY_TOKENS, 0)
    # The agent that the tool called has no name of its own: its parent's is around it.
    statement = purse.report(by=["team", "run", "agent"], filter='agent = "planner"')
    assert statement.total == 3 * THIRTY_TOKENS


def test_agents_on_one_run_spend_from_one_run_budget(make_purse: Callable[..., bursar.Purse], provider: Provider) -> None:
    budget = {"name": "a run", "match": "everything", "limit": "0.00015 USD", "period": "run"}
    purse = make_purse(budgets=[budget])
    provider.will(whole(chat(completion=50)))
    first, second = agent_of(openai_model(provider), purse), agent_of(openai_model(provider), purse)
    with purse.tags(run="ticket-17"):
        first.run_sync("hello")
        with pytest.raises(bursar.BudgetExceeded):
            second.run_sync("hello")
    with purse.tags(run="ticket-18"):
        second.run_sync("hello")
    assert len(provider.requests) == 2


def test_a_model_on_a_wrapped_client_is_held_once(purse: bursar.Purse, provider: Provider) -> None:
    requests: list[Decimal] = []

    def reply(exchange: Exchange) -> None:
        requests.append(spent(purse)[1])
        exchange.answer(chat())

    provider.will(reply)
    plain = agent_of(openai_model(provider), purse)
    plain.run_sync("hello")
    wrapped = OpenAIChatModel("race-model", provider=OpenAIProvider(openai_client=purse.wrap(client_of(provider))))
    agent_of(wrapped, purse).run_sync("hello")
    assert requests[0] == requests[1] > 0
    assert spent(purse) == (2 * THIRTY_TOKENS, 0)


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
    client = anthropic.AsyncAnthropic(api_key="k", base_url=provider.url, max_retries=0)
    agent = agent_of(AnthropicModel("race-model", provider=AnthropicProvider(anthropic_client=client)), purse)
    with pytest.raises(bursar.BudgetExceeded):
        agent.run_sync("hello", model_settings={"max_tokens": 1_000_000})
    assert provider.requests == []
    provider.will(whole(message()))
    assert agent.run_sync("hello").output == "yes"
    assert spent(purse) == (THIRTY_TOKENS, 0)

    async def main(*, abort: bool) -> None:
        async with agent.run_stream("hello") as result:
            async for _ in result.stream_text(debounce_by=None):
                if abort:
                    await result.cancel()
                    break

    provider.will(events(*message_events(), done=False))
    asyncio.run(main(abort=False))
    assert spent(purse) == (2 * THIRTY_TOKENS, 0)
    provider.will(events(*message_events()[:3], done=False, cut=True))
    asyncio.run(main(abort=True))
    settled, held = spent(purse)
    assert (settled, held > 0) == (2 * THIRTY_TOKENS, True)


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
    model = OpenAIResponsesModel("race-model", provider=OpenAIProvider(openai_client=client_of(provider)))
    assert agent_of(model, purse).run_sync("hello").output == "yes"
    assert spent(purse) == (THIRTY_TOKENS, 0)


class TestOtherModels:
    """Models whose client can't be wrapped, or that have none."""

    @staticmethod
    def model(*, calls: list[int], usage: RequestUsage | None = None) -> FunctionModel:
        def answer(messages: Any, info: Any) -> ModelResponse:
            calls.append(len(messages))
            return ModelResponse(parts=[TextPart("yes")], usage=usage or RequestUsage())

        async def stream(messages: Any, info: Any) -> Any:
            calls.append(len(messages))
            for piece in ("y", "e", "s"):
                yield piece

        return FunctionModel(answer, stream_function=stream, model_name="race-model")

    @staticmethod
    def agent(model: FunctionModel, purse: bursar.Purse) -> Agent[None, Any]:
        return Agent(model, model_settings=SETTINGS, capabilities=[purse.pydantic_ai(provider="private")])

    def test_what_does_not_fit_is_not_asked(self, purse: bursar.Purse) -> None:
        calls: list[int] = []
        with pytest.raises(bursar.BudgetExceeded):
            self.agent(self.model(calls=calls), purse).run_sync("hello", model_settings={"max_tokens": 1_000_000})
        assert calls == []

    def test_a_request_is_settled_by_the_usage_of_its_response(self, purse: bursar.Purse) -> None:
        usage = RequestUsage(input_tokens=10, output_tokens=20)
        self.agent(self.model(calls=[], usage=usage), purse).run_sync("hello")
        assert spent(purse) == (THIRTY_TOKENS, 0)

    def test_a_failure_stays_unresolved(self, purse: bursar.Purse, clock: Any) -> None:
        def answer(messages: Any, info: Any) -> ModelResponse:
            raise TimeoutError

        with pytest.raises(TimeoutError):
            self.agent(FunctionModel(answer, model_name="race-model"), purse).run_sync("hello")
        held = spent(purse)[1]
        assert held > 0
        clock.advance(16 * 60)
        assert spent(purse) == (held, 0)

    def test_a_stream_that_is_left_stays_unresolved(self, purse: bursar.Purse) -> None:
        agent = self.agent(self.model(calls=[]), purse)

        async def main(*, abort: bool) -> None:
            async with agent.run_stream("hello") as result:
                async for _ in result.stream_text(debounce_by=None):
                    if abort:
                        await result.cancel()
                        break

        asyncio.run(main(abort=False))
        settled, held = spent(purse)
        assert (settled > 0, held) == (True, 0)
        asyncio.run(main(abort=True))
        assert spent(purse)[1] > 0
