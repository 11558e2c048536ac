"""The google-genai SDK against a provider on loopback: what doesn't fit never reaches it, what was used is settled."""

from __future__ import annotations

import asyncio
import gc
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import bursar
import pytest
from google import genai
from google.genai import errors, types
from provider import Provider, events, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The SDK derives its session from aiohttp's, which aiohttp discourages.
pytestmark = pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")

# What the answer of `generated` costs at a dollar a million tokens: 10 in, 20 out with 5 of them thoughts.
COST = Decimal("0.00003")
LIMITED: Any = {"max_output_tokens": 50}
ASYNC_WAYS = ["aiohttp", "httpx", "httpx2"]


def spent(purse: bursar.Purse) -> tuple[Decimal, Decimal]:
    (budget,) = purse.budgets()
    return budget.spent, budget.held


def generated(*parts: dict[str, Any], prompt: int = 10, candidates: int = 15, thoughts: int = 5) -> dict[str, Any]:
    """A `GenerateContentResponse` as Google documents it."""
    content = {"role": "model", "parts": list(parts) or [{"text": "yes"}]}
    return {
        "candidates": [{"content": content, "finishReason": "STOP", "index": 0}],
        "usageMetadata": {
            "promptTokenCount": prompt,
            "candidatesTokenCount": candidates,
            "thoughtsTokenCount": thoughts,
            "totalTokenCount": prompt + candidates + thoughts,
        },
        "modelVersion": "race-model",
        "responseId": "r1",
    }


def pieces() -> list[dict[str, Any]]:
    """The same as a stream, in which each chunk counts all so far and the last one says why it ends."""
    first = generated({"text": "ye"}, candidates=2, thoughts=5)
    del first["candidates"][0]["finishReason"]
    return [first, generated({"text": "s"})]


def failure(code: int) -> dict[str, Any]:
    return {"error": {"code": code, "message": "no", "status": "UNAVAILABLE"}}


def client_of(purse: bursar.Purse, provider: Provider, *, fit: bool = False, **options: Any) -> genai.Client:
    http_options = types.HttpOptions(base_url=provider.url, **options)
    return purse.wrap(genai.Client(api_key="k", http_options=http_options), fit=fit)


@pytest.fixture
def async_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The package that carries async calls: aiohttp where it is installed, else one of the httpx."""
    if request.param != "aiohttp":
        monkeypatch.setattr("google.genai._api_client.has_aiohttp", False)
        monkeypatch.setenv("GOOGLE_GENAI_HTTP_CLIENT", request.param)
    return request.param


def run(client: genai.Client, call: Callable[[Any], Any]) -> Any:
    """Run a coroutine on the client's `aio`, which is closed behind it."""

    async def main() -> Any:
        async with client.aio as aio:
            return await call(aio)

    return asyncio.run(main())


@pytest.mark.parametrize("package", ["httpx", "httpx2"])
def test_a_call_is_settled_to_the_usage_of_its_answer(
    package: str, purse: bursar.Purse, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_GENAI_HTTP_CLIENT", package)
    provider.will(whole(generated()))
    client = client_of(purse, provider)
    assert type(client) is genai.Client
    with purse.tags(team="data"):
        answer = client.models.generate_content(model="race-model", contents="hello", config=LIMITED)
    assert answer.text == "yes"
    assert spent(purse) == (COST, 0)
    assert purse.report(by=["team"], filter='team = "data"').total == COST


def test_what_does_not_fit_never_reaches_the_provider(purse: bursar.Purse, provider: Provider) -> None:
    client = client_of(purse, provider)
    with pytest.raises(bursar.BudgetExceeded) as caught:
        client.models.generate_content(model="race-model", contents="hello", config={"max_output_tokens": 1_000_000})
    assert caught.value.budget == "all"
    assert provider.requests == []
    assert spent(purse) == (0, 0)


@pytest.mark.parametrize("async_way", ASYNC_WAYS, indirect=True)
def test_an_async_call_that_does_not_fit_never_reaches_the_provider(
    async_way: str, purse: bursar.Purse, provider: Provider
) -> None:
    async def call(aio: Any) -> None:
        await aio.models.generate_content(model="race-model", contents="hello", config={"max_output_tokens": 1_000_000})

    with pytest.raises(bursar.BudgetExceeded):
        run(client_of(purse, provider), call)
    assert provider.requests == []
    assert spent(purse) == (0, 0)


def test_a_call_asks_for_as_much_as_fits_where_it_is_told_to(make_purse: Any, provider: Provider) -> None:
    purse = make_purse("0.01 USD")
    provider.will(whole(generated()))
    config: Any = {"max_output_tokens": 1_000_000}
    client = client_of(purse, provider, fit=True)
    client.models.generate_content(model="race-model", contents="hello", config=config)
    assert 5_000 < provider.requests[0].json["generationConfig"]["maxOutputTokens"] < 10_000


@pytest.mark.parametrize("async_way", ASYNC_WAYS, indirect=True)
def test_an_async_call_is_settled_to_the_usage_of_its_answer(
    async_way: str, purse: bursar.Purse, provider: Provider
) -> None:
    provider.will(whole(generated()))

    async def call(aio: Any) -> str:
        with purse.tags(team="data"):
            answer = await aio.models.generate_content(model="race-model", contents="hello", config=LIMITED)
        return answer.text

    assert run(client_of(purse, provider), call) == "yes"
    assert spent(purse) == (COST, 0)
    assert purse.report(by=["team"], filter='team = "data"').total == COST


def test_a_stream_is_settled_to_the_usage_of_its_last_chunk(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(events(*pieces(), done=False))
    client = client_of(purse, provider)
    stream = client.models.generate_content_stream(model="race-model", contents="hello", config=LIMITED)
    assert "".join(chunk.text for chunk in stream) == "yes"
    assert spent(purse) == (COST, 0)


@pytest.mark.parametrize("async_way", ASYNC_WAYS, indirect=True)
def test_an_async_stream_is_settled_to_the_usage_of_its_last_chunk(
    async_way: str, purse: bursar.Purse, provider: Provider
) -> None:
    provider.will(events(*pieces(), done=False))

    async def call(aio: Any) -> str:
        stream = await aio.models.generate_content_stream(model="race-model", contents="hello", config=LIMITED)
        return "".join([chunk.text async for chunk in stream])

    assert run(client_of(purse, provider), call) == "yes"
    assert spent(purse) == (COST, 0)


@pytest.mark.parametrize("how", ["closed", "broken off"])
def test_an_aborted_stream_is_charged_when_its_hold_expires(
    how: str, purse: bursar.Purse, provider: Provider, clock: Any
) -> None:
    provider.will(events(*pieces()[:1], done=False, cut=how == "broken off"))
    client = client_of(purse, provider)
    stream = client.models.generate_content_stream(model="race-model", contents="hello", config=LIMITED)
    if how == "broken off":
        with pytest.raises(Exception, match=r"peer closed|incomplete"):
            list(stream)
    else:
        next(stream)
        stream.close()
    del stream
    gc.collect()
    held = spent(purse)[1]
    assert held > Decimal("0.00005")
    clock.advance(16 * 60)
    assert spent(purse) == (held, 0)


@pytest.mark.parametrize("async_way", ASYNC_WAYS, indirect=True)
@pytest.mark.parametrize("how", ["closed", "broken off"])
def test_an_aborted_async_stream_is_charged_when_its_hold_expires(
    how: str, async_way: str, purse: bursar.Purse, provider: Provider, clock: Any
) -> None:
    provider.will(events(*pieces()[:1], done=False, cut=how == "broken off"))

    async def call(aio: Any) -> None:
        stream = await aio.models.generate_content_stream(model="race-model", contents="hello", config=LIMITED)
        await anext(stream)
        if how == "closed":
            await stream.aclose()
        else:
            await anext(stream)

    client = client_of(purse, provider)
    if how == "closed":
        run(client, call)
    else:
        with pytest.raises(Exception, match=r"peer closed|incomplete|not completed"):
            run(client, call)
    held = spent(purse)[1]
    assert held > Decimal("0.00005")
    clock.advance(16 * 60)
    assert spent(purse) == (held, 0)


def test_each_attempt_is_held_and_settled_by_itself(purse: bursar.Purse, provider: Provider) -> None:
    retries = types.HttpRetryOptions(attempts=3, initial_delay=0.001, jitter=0.001)
    provider.will(whole(failure(500), 500), whole(failure(429), 429), whole(generated()))
    client = client_of(purse, provider, retry_options=retries)
    client.models.generate_content(model="race-model", contents="hello", config=LIMITED)
    assert len(provider.requests) == 3
    settled, held = spent(purse)
    # The error of the server may have come after tokens were generated; the refusal came before.
    assert settled == COST
    assert held > Decimal("0.00005")


@pytest.mark.parametrize("async_way", ASYNC_WAYS, indirect=True)
def test_each_async_attempt_is_held_and_settled_by_itself(
    async_way: str, purse: bursar.Purse, provider: Provider
) -> None:
    retries = types.HttpRetryOptions(attempts=3, initial_delay=0.001, jitter=0.001)
    provider.will(whole(failure(500), 500), whole(failure(429), 429), whole(generated()))

    async def call(aio: Any) -> None:
        await aio.models.generate_content(model="race-model", contents="hello", config=LIMITED)

    run(client_of(purse, provider, retry_options=retries), call)
    assert len(provider.requests) == 3
    settled, held = spent(purse)
    assert settled == COST
    assert held > Decimal("0.00005")


def test_a_refusal_of_the_provider_costs_nothing_and_a_timeout_may(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(failure(400), 400))
    client = client_of(purse, provider, timeout=200)
    with pytest.raises(errors.ClientError):
        client.models.generate_content(model="race-model", contents="hello", config=LIMITED)
    assert spent(purse) == (0, 0)
    provider.will(lambda exchange: exchange.hang(1))
    with pytest.raises(Exception, match="timed out"):
        client.models.generate_content(model="race-model", contents="hello", config=LIMITED)
    assert spent(purse)[1] > 0


@pytest.mark.parametrize("async_way", ASYNC_WAYS, indirect=True)
def test_an_async_timeout_is_charged_when_its_hold_expires(
    async_way: str, purse: bursar.Purse, provider: Provider, clock: Any
) -> None:
    provider.will(lambda exchange: exchange.hang(1))

    async def call(aio: Any) -> None:
        await asyncio.wait_for(aio.models.generate_content(model="race-model", contents="hello", config=LIMITED), 0.2)

    with pytest.raises(asyncio.TimeoutError):
        run(client_of(purse, provider), call)
    held = spent(purse)[1]
    assert held > 0
    clock.advance(16 * 60)
    assert spent(purse) == (held, 0)


@pytest.mark.parametrize("async_way", ASYNC_WAYS, indirect=True)
def test_a_host_that_is_not_there_costs_nothing(async_way: str, purse: bursar.Purse) -> None:
    with Provider() as gone:
        client = client_of(purse, gone, retry_options=types.HttpRetryOptions(attempts=1))
    with pytest.raises(Exception, match=r"onnect"):
        client.models.generate_content(model="race-model", contents="hello", config=LIMITED)

    async def call(aio: Any) -> None:
        await aio.models.generate_content(model="race-model", contents="hello", config=LIMITED)

    with pytest.raises(Exception, match=r"onnect"):
        run(client, call)
    assert spent(purse) == (0, 0)


def asking_for_the_tool() -> dict[str, Any]:
    return generated({"functionCall": {"name": "ask", "args": {"question": "why"}}})


def test_a_tool_that_calls_a_model_stays_in_the_budget_of_its_agent(make_purse: Any, provider: Provider) -> None:
    run_budget = {"name": "run", "match": "everything", "limit": "1 USD", "period": "run"}
    purse = make_purse(budgets=[run_budget])
    client = client_of(purse, provider)

    def ask(question: str) -> str:
        """Ask another agent."""
        with purse.tags(agent="helper"):
            return client.models.generate_content(model="race-model", contents=question, config=LIMITED).text or ""

    provider.will(whole(asking_for_the_tool()), whole(generated()), whole(generated()))
    with purse.tags(team="data", agent="chief", run="r1"):
        answer = client.models.generate_content(
            model="race-model", contents="hello", config={**LIMITED, "tools": [ask]}
        )
    assert answer.text == "yes"
    assert len(provider.requests) == 3
    assert purse.report(by=["team", "agent"], filter='team = "data"').total == 3 * COST
    assert purse.report(by=["agent"], filter='agent = "helper"').total == COST
    assert [(budget.instance, budget.spent) for budget in purse.budgets()] == [(("r1",), 3 * COST)]


@pytest.mark.parametrize("async_way", ASYNC_WAYS, indirect=True)
def test_tools_and_threads_of_an_async_agent_stay_in_its_budget(
    async_way: str, purse: bursar.Purse, provider: Provider
) -> None:
    client = client_of(purse, provider)

    def ask(question: str) -> str:
        """Ask another agent, in a thread."""
        with ThreadPoolExecutor(1) as pool:
            call = purse.executor(pool).submit(
                client.models.generate_content, model="race-model", contents=question, config=LIMITED
            )
            return call.result().text

    provider.will(whole(asking_for_the_tool()), whole(generated()), whole(generated()))

    async def call(aio: Any) -> str:
        with purse.tags(team="data"):
            answer = await aio.models.generate_content(
                model="race-model", contents="hello", config={**LIMITED, "tools": [ask]}
            )
        return answer.text

    assert run(client, call) == "yes"
    assert purse.report(by=["team"], filter='team = "data"').total == 3 * COST


def test_chats_and_embeddings_are_held_too(purse: bursar.Purse, provider: Provider) -> None:
    client = client_of(purse, provider)
    provider.will(whole(generated()))
    client.chats.create(model="race-model", config=LIMITED).send_message("hello")
    assert spent(purse) == (COST, 0)
    embedded = {
        "embeddings": [{"values": [0.5]}],
        "usageMetadata": {"promptTokenCount": 4, "promptTokenDetails": [{"modality": "TEXT", "tokenCount": 4}]},
    }
    provider.will(whole(embedded))
    client.models.embed_content(model="race-model", contents="hello")
    assert spent(purse) == (COST + Decimal("0.000004"), 0)


# The SDK leaves the connections of a loop that is gone to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("async_way", ASYNC_WAYS, indirect=True)
def test_one_client_serves_many_event_loops(async_way: str, purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(generated()))
    client = client_of(purse, provider)

    async def call(client: genai.Client) -> None:
        await client.aio.models.generate_content(model="race-model", contents="hello", config=LIMITED)

    for _ in range(2):
        asyncio.run(call(client))
    assert spent(purse) == (2 * COST, 0)
    del client
    gc.collect()


def test_a_client_for_vertex_is_held_too(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(generated()))
    client = purse.wrap(
        genai.Client(enterprise=True, api_key="k", http_options=types.HttpOptions(base_url=provider.url))
    )
    client.models.generate_content(model="race-model", contents="hello", config=LIMITED)
    assert "publishers/google/models/race-model:generateContent" in provider.requests[0].path
    assert spent(purse) == (COST, 0)


def test_the_async_part_of_a_client_can_be_wrapped_by_itself(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(generated()))
    client = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=provider.url))

    async def main() -> None:
        async with purse.wrap(client.aio) as aio:
            await aio.models.generate_content(model="race-model", contents="hello", config=LIMITED)

    asyncio.run(main())
    assert spent(purse) == (COST, 0)


def test_the_client_that_was_wrapped_is_as_it_was(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(generated()))
    client = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=provider.url))
    purse.wrap(client)
    client.models.generate_content(model="unpriced", contents="hello")
    assert spent(purse) == (0, 0)


def test_the_wrapped_client_outlives_the_other_and_closes_what_it_used(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(generated()))
    client = purse.wrap(genai.Client(api_key="k", http_options=types.HttpOptions(base_url=provider.url)))
    gc.collect()
    client.models.generate_content(model="race-model", contents="hello", config=LIMITED)
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        client.models.generate_content(model="race-model", contents="hello", config=LIMITED)
    assert spent(purse) == (COST, 0)
