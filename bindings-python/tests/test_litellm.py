"""LiteLLM against a provider on loopback: each attempt of whoever retries is held, a refusal comes out as it is."""

from __future__ import annotations

import asyncio
import gc
import os
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import bursar
import pytest
from provider import Provider, chat, chunks, events, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# LiteLLM would ask the network for its prices.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
litellm = pytest.importorskip("litellm", reason="LiteLLM lives in the environment of openai's version 2")

# LiteLLM's warnings, and connections that it leaves to the garbage collector, are its own affair.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

COST = Decimal("0.00003")
MESSAGES = [{"role": "user", "content": "hello"}]


def spent(purse: bursar.Purse) -> tuple[Decimal, Decimal]:
    (budget,) = purse.budgets()
    return budget.spent, budget.held


def call_of(provider: Provider, **options: Any) -> dict[str, Any]:
    call = {"model": "openai/race-model", "messages": MESSAGES, "max_tokens": 50, "api_key": "k", "max_retries": 0}
    return {**call, "api_base": provider.url + "/v1", **options}


def claude_of(provider: Provider, **options: Any) -> dict[str, Any]:
    """A call that LiteLLM sends by itself, without an SDK."""
    return call_of(provider, model="anthropic/race-model", api_base=provider.url, **options)


CLAUDE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "race-model",
    "content": [{"type": "text", "text": "yes"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 10, "output_tokens": 20},
}


@pytest.fixture
def held(purse: bursar.Purse) -> Iterator[bursar.Purse]:
    """A purse that holds the calls of LiteLLM."""
    with purse.litellm(provider="private"):
        yield purse
    gc.collect()


def acall(call: Callable[[], Any]) -> Any:
    """Run a coroutine on a loop of its own, and close the clients that LiteLLM keeps."""

    async def main() -> Any:
        try:
            return await call()
        finally:
            await litellm.close_litellm_async_clients()

    return asyncio.run(main())


@pytest.mark.parametrize("of", [(call_of, chat()), (claude_of, CLAUDE)], ids=["by an sdk", "by itself"])
def test_a_call_is_settled_to_the_usage_of_its_answer(of: Any, held: bursar.Purse, provider: Provider) -> None:
    call, answer = of
    provider.will(whole(answer))
    with held.tags(team="data"):
        assert litellm.completion(**call(provider)).choices[0].message.content == "yes"
        acall(lambda: litellm.acompletion(**call(provider)))
    assert len(provider.requests) == 2
    assert spent(held) == (2 * COST, 0)
    assert held.report(by=["team"], filter='team = "data"').total == 2 * COST


@pytest.mark.parametrize("of", [call_of, claude_of], ids=["by an sdk", "by itself"])
def test_what_does_not_fit_never_reaches_the_provider(of: Any, held: bursar.Purse, provider: Provider) -> None:
    call = of(provider, max_tokens=2_000_000, max_retries=2)
    with pytest.raises(bursar.BudgetExceeded) as caught:
        litellm.completion(**call)
    assert caught.value.budget == "all"
    assert caught.value.__cause__ is None
    with pytest.raises(bursar.BudgetExceeded):
        acall(lambda: litellm.acompletion(**call))
    with pytest.raises(bursar.BudgetExceeded):
        litellm.completion(**call, stream=True)
    assert provider.requests == []
    assert spent(held) == (0, 0)


def test_a_stream_is_settled_to_its_usage(held: bursar.Purse, provider: Provider) -> None:
    provider.will(events(*chunks()))
    stream = litellm.completion(**call_of(provider), stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "yes"
    assert spent(held) == (COST, 0)

    async def call() -> str:
        stream = await litellm.acompletion(**call_of(provider), stream=True)
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    assert acall(call) == "yes"
    assert spent(held) == (2 * COST, 0)


def claude_events() -> list[tuple[str, dict[str, Any]]]:
    start = {**CLAUDE, "content": [], "stop_reason": None, "usage": {"input_tokens": 10, "output_tokens": 1}}
    stop = {"stop_reason": "end_turn", "stop_sequence": None}
    all_of_it: list[dict[str, Any]] = [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "yes"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": stop, "usage": {"output_tokens": 20}},
        {"type": "message_stop"},
    ]
    return [(event["type"], event) for event in all_of_it]


def test_a_stream_that_litellm_does_not_read_to_its_end_is_settled_once_it_is_dropped(
    held: bursar.Purse, provider: Provider
) -> None:
    provider.will(events(*claude_events(), done=False))
    list(litellm.completion(**claude_of(provider), stream=True))

    async def call() -> None:
        async for _ in await litellm.acompletion(**claude_of(provider), stream=True):
            pass

    acall(call)
    gc.collect()
    assert spent(held) == (2 * COST, 0)


def test_an_aborted_stream_is_charged_when_its_hold_expires(held: bursar.Purse, provider: Provider, clock: Any) -> None:
    provider.will(events(*chunks()[:1], done=False, cut=True))
    with pytest.raises(Exception, match=r"peer closed|incomplete|onnection"):
        list(litellm.completion(**call_of(provider), stream=True))
    provider.will(events(*chunks()))
    stream = litellm.completion(**call_of(provider), stream=True)
    next(iter(stream))
    del stream
    gc.collect()
    settled, bound = spent(held)
    assert settled == 0
    assert bound > 2 * Decimal("0.00005")
    clock.advance(16 * 60)
    assert spent(held) == (bound, 0)


DOWN = whole({"error": {"message": "down"}}, 500, {"retry-after-ms": "1"})
SLOW = whole({"error": {"message": "slow down"}}, 429, {"retry-after-ms": "1"})


def test_each_attempt_of_the_sdk_below_is_held_by_itself(held: bursar.Purse, provider: Provider) -> None:
    provider.will(DOWN, SLOW, whole(chat()))
    litellm.completion(**call_of(provider, max_retries=2))
    assert len(provider.requests) == 3
    settled, bound = spent(held)
    # The error of the server may have come after tokens were generated; the refusal came before.
    assert settled == COST
    assert bound > Decimal("0.00005")


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_each_attempt_of_litellm_is_held_by_itself(is_async: Any, held: bursar.Purse, provider: Provider) -> None:
    provider.will(DOWN, whole(chat()))
    call = call_of(provider, num_retries=2)
    del call["max_retries"]
    if is_async:
        acall(lambda: litellm.acompletion(**call, max_retries=0))
    else:
        litellm.completion(**call, max_retries=0)
    assert len(provider.requests) == 2
    settled, bound = spent(held)
    assert settled == COST
    assert bound > Decimal("0.00005")


def test_a_refusal_of_the_provider_costs_nothing_and_a_timeout_may(held: bursar.Purse, provider: Provider) -> None:
    provider.will(SLOW)
    with pytest.raises(litellm.RateLimitError):
        litellm.completion(**call_of(provider))
    assert spent(held) == (0, 0)
    provider.will(lambda exchange: exchange.hang(1))
    with pytest.raises(litellm.Timeout):
        litellm.completion(**call_of(provider, timeout=0.2))
    assert spent(held)[1] > 0


def router_of(provider: Provider, **options: Any) -> Any:
    """A router of two deployments, of which the second stands in for the first."""
    params = call_of(provider)
    del params["messages"], params["max_tokens"]
    models = [
        {"model_name": "chief", "litellm_params": {**params, "model": "openai/race-model"}},
        {"model_name": "helper", "litellm_params": {**params, "model": "openai/free-model"}},
    ]
    return litellm.Router(model_list=models, fallbacks=[{"chief": ["helper"]}], num_retries=0, **options)


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_each_deployment_of_a_router_is_held_by_itself(is_async: Any, held: bursar.Purse, provider: Provider) -> None:
    provider.will(DOWN, whole(chat(model="free-model")))
    router = router_of(provider)
    call: dict[str, Any] = {"model": "chief", "messages": MESSAGES, "max_tokens": 50}
    if is_async:
        acall(lambda: router.acompletion(**call))
    else:
        router.completion(**call)
    assert [exchange.json["model"] for exchange in provider.requests] == ["race-model", "free-model"]
    settled, bound = spent(held)
    assert settled == 0
    assert bound > Decimal("0.00005")


def test_a_router_falls_back_to_what_fits(held: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(chat(model="free-model")))
    router_of(provider).completion(model="chief", messages=MESSAGES, max_tokens=2_000_000)
    assert [exchange.json["model"] for exchange in provider.requests] == ["free-model"]
    assert spent(held) == (0, 0)


def test_a_router_without_another_raises_the_refusal(held: bursar.Purse, provider: Provider) -> None:
    params = call_of(provider)
    del params["messages"], params["max_tokens"]
    router = litellm.Router(model_list=[{"model_name": "chief", "litellm_params": params}], num_retries=0)
    with pytest.raises(bursar.BudgetExceeded):
        router.completion(model="chief", messages=MESSAGES, max_tokens=2_000_000)
    assert provider.requests == []


def test_threads_and_sub_agents_stay_in_the_budget_of_their_agent(make_purse: Any, provider: Provider) -> None:
    purse = make_purse(budgets=[{"name": "run", "match": "everything", "limit": "1 USD", "period": "run"}])
    provider.will(whole(chat()))

    def tool() -> None:
        with purse.tags(agent="helper"):
            litellm.completion(**call_of(provider))

    with purse.litellm(provider="private"), purse.tags(team="data", agent="chief", run="r1"):
        litellm.completion(**call_of(provider))
        with purse.executor(ThreadPoolExecutor(1)) as pool:
            pool.submit(tool).result()
    assert purse.report(by=["agent"], filter='team = "data" and agent = "helper"').total == COST
    assert [(budget.instance, budget.spent) for budget in purse.budgets()] == [(("r1",), 2 * COST)]


def chain_of(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those behind it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def test_completions_of_text_are_held_too(held: bursar.Purse, provider: Provider) -> None:
    choice = {"index": 0, "text": "yes", "finish_reason": "stop", "logprobs": None}
    usage = {"prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30}
    head = {"id": "cmpl-1", "object": "text_completion", "created": 1_795_000_000, "model": "race-model"}
    call = call_of(provider, model="text-completion-openai/race-model", prompt="hello")
    del call["messages"]

    async def astream() -> list[Any]:
        return [chunk async for chunk in await litellm.atext_completion(**call, stream=True)]

    provider.will(whole({**head, "choices": [choice], "usage": usage}))
    litellm.text_completion(**call)
    acall(lambda: litellm.atext_completion(**call))
    provider.will(events({**head, "choices": [choice]}, {**head, "choices": [], "usage": usage}))
    list(litellm.text_completion(**call, stream=True))
    acall(astream)
    assert spent(held) == (4 * COST, 0)
    call["max_tokens"] = 2_000_000
    with pytest.raises(bursar.BudgetExceeded):
        litellm.text_completion(**call)
    with pytest.raises(bursar.BudgetExceeded):
        acall(lambda: litellm.atext_completion(**call))
    # These streams are sent when they are first read, where only LiteLLM's own errors are raised.
    for read in (lambda: list(litellm.text_completion(**call, stream=True)), lambda: acall(astream)):
        with pytest.raises((litellm.InternalServerError, litellm.APIConnectionError)) as caught:
            read()
        assert any(isinstance(error, bursar.BudgetExceeded) for error in chain_of(caught.value))
    assert len(provider.requests) == 4


def test_embeddings_are_held_too(held: bursar.Purse, provider: Provider) -> None:
    embedded = {
        "object": "list",
        "model": "race-model",
        "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}],
        "usage": {"prompt_tokens": 4, "total_tokens": 4},
    }
    provider.will(whole(embedded))
    call = call_of(provider)
    del call["messages"], call["max_tokens"]
    litellm.embedding(**call, input=["hello"])
    assert spent(held) == (Decimal("0.000004"), 0)


def test_litellm_is_as_it_was_once_the_hooks_are_removed(purse: bursar.Purse, provider: Provider) -> None:
    before = litellm.completion, litellm.acompletion, litellm.in_memory_llm_clients_cache
    hooks = purse.litellm(provider="private")
    assert litellm.completion is not before[0]
    hooks.remove()
    assert (litellm.completion, litellm.acompletion, litellm.in_memory_llm_clients_cache) == before
    provider.will(whole(chat(model="unpriced")))
    litellm.completion(**call_of(provider, model="openai/unpriced"))
    assert spent(purse) == (0, 0)


def test_what_litellm_made_meanwhile_is_not_held_any_more(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(events(*claude_events(), done=False))
    with purse.litellm(provider="private"):
        list(litellm.completion(**claude_of(provider), stream=True))
    gc.collect()
    list(litellm.completion(**claude_of(provider), stream=True))
    gc.collect()
    assert len(provider.requests) == 2
    assert spent(purse) == (COST, 0)
