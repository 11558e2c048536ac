"""CrewAI's own agents and LLMs against a provider on loopback, held by its hooks."""

from __future__ import annotations

import asyncio
import importlib.util
import os
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import bursar
import pytest
from provider import Exchange, Provider, chat, chunks, events, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

if importlib.util.find_spec("crewai") is None:
    pytest.skip("the package is in another environment", allow_module_level=True)

os.environ.update(
    {
        "CREWAI_DISABLE_TELEMETRY": "true",
        "CREWAI_DISABLE_TRACKING": "true",
        "CREWAI_TRACING_ENABLED": "false",
        "CREWAI_DISABLE_VERSION_CHECK": "true",
        "OTEL_SDK_DISABLED": "true",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
)

# It warns of itself while it is imported, which this way to import lets pass.
pytest.importorskip("crewai")

from crewai import LLM, Agent, BaseLLM, Crew, Task
from crewai.events import crewai_event_bus
from crewai.events.types.llm_events import LLMCallType
from crewai.hooks import HookAborted, get_before_llm_call_hooks
from crewai.llms.base_llm import llm_call_context
from crewai.tools import tool

# CrewAI and what it brings warn of themselves.
pytestmark = [
    pytest.mark.filterwarnings("ignore"),
]

THIRTY_TOKENS = Decimal("0.00003")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of its own, and no way out of the machine by a key."""
    monkeypatch.setenv("CREWAI_STORAGE_DIR", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def hook(purse: bursar.Purse) -> Iterator[Callable[..., Any]]:
    """Register hooks that are taken away when the test ends."""
    registered: list[Any] = []

    def register(of: bursar.Purse = purse, **options: Any) -> Any:
        registered.append(of.crewai(**options))
        return registered[-1]

    yield register
    for hooks in registered:
        hooks.remove()


def llm_of(provider: Provider, **options: Any) -> LLM:
    options = {"max_tokens": 50, "max_retries": 0, **options}
    return LLM(model="race-model", provider="openai", base_url=provider.url + "/v1", api_key="k", **options)


def agent_of(llm: Any, **options: Any) -> Agent:
    options = {"max_retry_limit": 0, "max_iter": 3, **options}
    return Agent(role="writer", goal="write", backstory="writes", llm=llm, verbose=False, **options)


def crew_of(agent: Agent) -> Crew:
    task = Task(description="say yes", expected_output="yes", agent=agent)
    return Crew(agents=[agent], tasks=[task], verbose=False, memory=False, tracing=False)


def spent(purse: bursar.Purse) -> tuple[Decimal, Decimal]:
    assert crewai_event_bus.flush(10)
    (budget,) = purse.budgets()
    return budget.spent, budget.held


def test_a_crew_is_settled_to_the_usage_of_its_answers_and_reported_by_tag(
    purse: bursar.Purse, provider: Provider, hook: Any
) -> None:
    provider.will(whole(chat()))
    hook(project="site")
    with purse.tags(team="data", run="ticket-17"):
        assert crew_of(agent_of(llm_of(provider))).kickoff().raw == "yes"
    assert spent(purse) == (len(provider.requests) * THIRTY_TOKENS, 0)
    assert purse.report(filter='team = "data" and project = "site" and run = "ticket-17"').total == spent(purse)[0]


def test_what_does_not_fit_never_reaches_the_provider(purse: bursar.Purse, provider: Provider, hook: Any) -> None:
    hook()
    with pytest.raises(bursar.BudgetExceeded) as caught:
        crew_of(agent_of(llm_of(provider, max_tokens=1_000_000), max_retry_limit=2)).kickoff()
    assert isinstance(caught.value, HookAborted)
    assert caught.value.budget == "all"
    assert "has 1 USD left" in caught.value.reason
    assert provider.requests == []
    assert spent(purse) == (0, 0)


def test_a_model_without_a_price_never_reaches_the_provider(purse: bursar.Purse, provider: Provider, hook: Any) -> None:
    hook()
    llm = LLM(model="tset-model", provider="openai", base_url=provider.url + "/v1", api_key="k", max_tokens=5)
    with pytest.raises(bursar.Unpriced):
        llm.call("hello")
    assert provider.requests == []


def test_a_call_of_an_llm_by_itself_is_held_too_in_a_coroutine_as_well(
    purse: bursar.Purse, provider: Provider, hook: Any
) -> None:
    provider.will(whole(chat()))
    hook()
    llm = llm_of(provider)
    assert llm.call("hello") == "yes"
    assert asyncio.run(llm.acall("hello")) == "yes"
    assert spent(purse) == (2 * THIRTY_TOKENS, 0)
    large = llm_of(provider, max_tokens=1_000_000)
    with pytest.raises(bursar.BudgetExceeded):
        large.call("hello")
    with pytest.raises(bursar.BudgetExceeded):
        asyncio.run(large.acall("hello"))
    assert len(provider.requests) == 2


def test_a_stream_is_settled_to_its_usage(purse: bursar.Purse, provider: Provider, hook: Any) -> None:
    provider.will(events(*chunks()))
    hook()
    assert llm_of(provider, stream=True).call("hello") == "yes"
    assert spent(purse) == (THIRTY_TOKENS, 0)


def test_a_stream_that_breaks_off_is_charged_when_its_hold_expires(
    purse: bursar.Purse, provider: Provider, hook: Any, clock: Any
) -> None:
    provider.will(events(*chunks()[:1], done=False, cut=True))
    hook()
    with pytest.raises(Exception, match=r"peer closed|incomplete"):
        llm_of(provider, stream=True).call("hello")
    settled, held = spent(purse)
    assert (settled, held > Decimal("0.00005")) == (0, True)
    clock.advance(16 * 60)
    assert spent(purse) == (held, 0)


def test_each_attempt_of_the_sdk_is_held_and_settled_by_itself(
    purse: bursar.Purse, provider: Provider, hook: Any
) -> None:
    provider.will(
        whole({"error": {"message": "down"}}, 500, {"retry-after-ms": "1"}),
        whole({"error": {"message": "slow"}}, 429, {"retry-after-ms": "1"}),
        whole(chat()),
    )
    hook()
    assert llm_of(provider, max_retries=2).call("hello") == "yes"
    assert len(provider.requests) == 3
    settled, held = spent(purse)
    # The error of the server may have come after tokens were generated; the refusal came before.
    assert settled == THIRTY_TOKENS
    assert held > Decimal("0.00005")


def test_each_time_that_an_agent_tries_again_is_held_by_itself(
    purse: bursar.Purse, provider: Provider, hook: Any, clock: Any
) -> None:
    provider.will(
        whole({"error": {"message": "down"}}, 500),
        whole({"error": {"message": "no"}}, 400),
        whole(chat()),
    )
    hook()
    assert crew_of(agent_of(llm_of(provider), max_retry_limit=2)).kickoff().raw == "yes"
    assert len(provider.requests) == 3
    settled, held = spent(purse)
    assert (settled, held > Decimal("0.00005")) == (THIRTY_TOKENS, True)
    clock.advance(16 * 60)
    assert spent(purse) == (THIRTY_TOKENS + held, 0)


def test_a_crew_in_a_coroutine_is_held_too(purse: bursar.Purse, provider: Provider, hook: Any) -> None:
    provider.will(whole(chat()))
    hook()
    with purse.tags(team="data"):
        assert asyncio.run(crew_of(agent_of(llm_of(provider))).akickoff()).raw == "yes"
        with pytest.raises(bursar.BudgetExceeded):
            asyncio.run(crew_of(agent_of(llm_of(provider, max_tokens=1_000_000))).akickoff())
    assert len(provider.requests) == 1
    assert spent(purse) == (THIRTY_TOKENS, 0)
    assert purse.report(filter='team = "data"').total == THIRTY_TOKENS


def test_a_crew_that_a_tool_starts_stays_in_the_budget_around_its_parent(
    purse: bursar.Purse, provider: Provider, hook: Any
) -> None:
    def reply(exchange: Exchange) -> None:
        answer = chat()
        if "tools" in exchange.json and len(exchange.json["messages"]) < 3:
            answer["choices"][0]["message"] = {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "ask", "arguments": "{}"}}],
            }
        exchange.answer(answer)

    provider.will(reply)
    hook()
    seen: list[str] = []

    @tool("ask")
    def ask() -> str:
        """Ask another crew."""
        seen.append(purse.scope().tags["gen_ai.conversation.id"])
        return crew_of(agent_of(llm_of(provider))).kickoff().raw

    with purse.tags(team="data", run="ticket-17"):
        crew_of(agent_of(llm_of(provider), tools=[ask])).kickoff()
    assert seen == ["ticket-17"]
    assert len(provider.requests) >= 3
    assert spent(purse) == (len(provider.requests) * THIRTY_TOKENS, 0)
    assert purse.report(filter='team = "data" and run = "ticket-17"').total == spent(purse)[0]


def test_hooks_that_were_removed_hold_nothing(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(chat()))
    before = get_before_llm_call_hooks()
    llm = llm_of(provider)
    own = llm._get_sync_client()
    with purse.crewai():
        llm.call("hello")
        assert llm._get_sync_client() is not own
    assert llm._get_sync_client() is own
    llm.call("hello")
    assert get_before_llm_call_hooks() == before
    assert spent(purse) == (THIRTY_TOKENS, 0)


def test_an_llm_on_bedrock_is_held_once(
    purse: bursar.Purse, provider: Provider, hook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("ACCESS_KEY_ID", "a"), ("SECRET_ACCESS_KEY", "b"), ("DEFAULT_REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", provider.url)
    answer = {
        "output": {"message": {"role": "assistant", "content": [{"text": "yes"}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 10, "outputTokens": 20, "totalTokens": 30},
        "metrics": {"latencyMs": 1},
    }
    provider.will(whole(answer))
    hook(team="data")
    model = "bedrock/anthropic.claude-3-haiku-20240307-v1:0"
    assert LLM(model=model, max_tokens=50).call("hello") == "yes"
    assert spent(purse) == (Decimal("0.0000275"), 0)
    with pytest.raises(bursar.BudgetExceeded):
        LLM(model=model, max_tokens=100_000_000).call("hello")
    assert len(provider.requests) == 1
    assert purse.report(filter='team = "data"').total == Decimal("0.0000275")


@pytest.mark.parametrize("is_litellm_held", [False, True])
def test_an_llm_through_litellm_is_held_once(
    purse: bursar.Purse, provider: Provider, hook: Any, *, is_litellm_held: bool
) -> None:
    provider.will(whole(chat("gpt-4o-mini")))
    hook(team="data")
    litellm = purse.litellm() if is_litellm_held else None
    options: Any = {"is_litellm": True, "base_url": provider.url + "/v1", "api_key": "k"}
    try:
        assert LLM(model="openai/gpt-4o-mini", max_tokens=50, **options).call("hello") == "yes"
        assert spent(purse) == (Decimal("0.0000135"), 0)
        with pytest.raises(bursar.BudgetExceeded):
            LLM(model="openai/gpt-4o-mini", max_tokens=50_000_000, **options).call("hello")
    finally:
        if litellm is not None:
            litellm.remove()
    assert len(provider.requests) == 1
    assert purse.report(filter='team = "data"').total == Decimal("0.0000135")


class OwnLLM(BaseLLM):
    """An LLM that doesn't ask through a client of ours."""

    answers: list[Any]

    def call(self, messages: Any, *_: Any, from_agent: Any = None, **__: Any) -> Any:
        with llm_call_context():
            formatted = self._format_messages(messages)
            self._invoke_before_llm_call_hooks(formatted, from_agent)
            answer = self.answers.pop(0)
            if callable(answer):
                answer = answer()
            if isinstance(answer, Exception):
                self._emit_call_failed_event(str(answer))
                raise answer
            self._emit_call_completed_event("yes", LLMCallType.LLM_CALL, usage=answer)
            return "yes"


class TestOtherLLMs:
    """LLMs that have no client which could be wrapped."""

    @staticmethod
    def llm(*answers: Any, **options: Any) -> OwnLLM:
        return OwnLLM(model="race-model", provider="private", answers=list(answers), max_tokens=50, **options)

    def test_what_does_not_fit_is_not_called(self, make_purse: Any, hook: Any) -> None:
        purse = make_purse("0.0001 USD")
        hook(purse)
        llm = self.llm({"prompt_tokens": 10})
        with pytest.raises(bursar.BudgetExceeded):
            llm.call("hello")
        assert len(llm.answers) == 1
        assert spent(purse) == (0, 0)

    def test_a_call_is_settled_by_the_usage_of_its_event(self, purse: bursar.Purse, hook: Any) -> None:
        hook(team="data")
        llm = self.llm({"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30, "cached_prompt_tokens": 0})
        llm.call("hello")
        assert spent(purse) == (THIRTY_TOKENS, 0)
        assert purse.report(filter='team = "data"').total == THIRTY_TOKENS

    def test_what_converse_counts_apart_is_counted_once(self, purse: bursar.Purse, hook: Any) -> None:
        hook()
        self.llm({"inputTokens": 10, "outputTokens": 10, "cacheReadInputTokens": 10}).call("hello")
        assert spent(purse)[1] == 0
        (line,) = purse.report(by=["model"]).to_csv().splitlines()[1:]
        assert ",1,10,10,0,10,," in line

    def test_a_call_that_failed_or_tells_no_usage_stays_unresolved(
        self, purse: bursar.Purse, hook: Any, clock: Any
    ) -> None:
        hook()
        llm = self.llm(TimeoutError("too late"), {"total_tokens": 0})
        with pytest.raises(TimeoutError):
            llm.call("hello")
        once = spent(purse)[1]
        llm.call("hello")
        held = spent(purse)[1]
        assert held == 2 * once > 0
        clock.advance(16 * 60)
        assert spent(purse) == (held, 0)

    def test_a_call_within_a_call_is_settled_by_its_own_usage(self, purse: bursar.Purse, hook: Any) -> None:
        hook()

        def outer() -> dict[str, int]:
            llm.call("and?")
            return {"prompt_tokens": 10, "completion_tokens": 20}

        llm = self.llm(outer, {"prompt_tokens": 5, "completion_tokens": 5})
        llm.call("hello")
        assert spent(purse) == (Decimal("0.00004"), 0)

    @pytest.mark.parametrize("what", ["the ledger", "the limit"])
    def test_a_call_that_cannot_be_asked_for_is_not_made(self, what: str, purse: bursar.Purse, hook: Any) -> None:
        hook()
        llm = self.llm({"prompt_tokens": 10})
        if what == "the ledger":
            purse.close()
        else:
            llm.max_tokens = "many"
        with pytest.raises(HookAborted):
            llm.call("hello")
        assert len(llm.answers) == 1
