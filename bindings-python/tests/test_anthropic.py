"""The anthropic SDK against a provider on loopback, as a wrapped client and with the middleware."""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import anthropic
import bursar
import pytest
from provider import Exchange, Provider, events, framed, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WAYS = ["wrapped", "middleware"]
# What 10 tokens in and 20 out cost at a dollar a million.
COST = Decimal("0.00003")
MESSAGES: list[Any] = [{"role": "user", "content": "hello"}]
CALL: dict[str, Any] = {"model": "race-model", "messages": MESSAGES, "max_tokens": 50}
# The SDK refuses a call by itself that may take longer than its timeout.
TOO_LONG: dict[str, Any] = {**CALL, "max_tokens": 2_000_000, "timeout": 60}
AT_ONCE = {"retry-after-ms": "1"}


def spent(purse: bursar.Purse) -> tuple[Decimal, Decimal]:
    (budget,) = purse.budgets()
    return budget.spent, budget.held


def message(*content: dict[str, Any], stop_reason: str | None = "end_turn", output: int = 20) -> dict[str, Any]:
    """A message as Anthropic documents it."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "race-model",
        "content": list(content) or [{"type": "text", "text": "yes"}],
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {
            "input_tokens": 10,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": output,
        },
    }


def pieces() -> list[tuple[str, dict[str, Any]]]:
    """The same as a stream: the input stands in the first event, the output so far in the last but one."""
    start = {**message(stop_reason=None, output=1), "content": []}
    all_of_it: list[dict[str, Any]] = [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "ping"},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "yes"}},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": 20},
        },
        {"type": "message_stop"},
    ]
    return [(piece["type"], piece) for piece in all_of_it]


def failure(kind: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": "no"}}


OPEN: list[Any] = []


@pytest.fixture(autouse=True)
def closed_clients() -> Iterator[None]:
    """Close what a test has opened, also where it broke off."""
    yield
    for client in OPEN:
        client.close()
    OPEN.clear()


def made(kind: type[Any], way: str, purse: bursar.Purse, options: dict[str, Any], *, fit: bool = False) -> Any:
    """A client whose calls are held, in one of the two ways."""
    if way == "wrapped":
        client = purse.wrap(kind(**options), provider="private", fit=fit)
    else:
        client = kind(**options, middleware=[purse.anthropic(provider="private", fit=fit)])
    if kind is not anthropic.AsyncAnthropic:
        OPEN.append(client)
    return client


def client_of(way: str, purse: bursar.Purse, provider: Provider, *, fit: bool = False, **options: Any) -> Any:
    options = {"api_key": "k", "base_url": provider.url, "max_retries": 0, **options}
    return made(anthropic.Anthropic, way, purse, options, fit=fit)


def run(way: str, purse: bursar.Purse, provider: Provider, call: Callable[[Any], Any], **options: Any) -> Any:
    """Run a coroutine on an async client, which is closed behind it."""
    options = {"api_key": "k", "base_url": provider.url, "max_retries": 0, **options}

    async def main() -> Any:
        async with made(anthropic.AsyncAnthropic, way, purse, options) as client:
            return await call(client)

    return asyncio.run(main())


@pytest.mark.parametrize("way", WAYS)
def test_a_call_is_settled_to_the_usage_of_its_answer(way: str, purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(message()))
    client = client_of(way, purse, provider)
    assert type(client) is anthropic.Anthropic
    with purse.tags(team="data"):
        answer = client.messages.create(**CALL)
    assert answer.content[0].text == "yes"
    assert spent(purse) == (COST, 0)
    assert purse.report(by=["team"], filter='team = "data"').total == COST


@pytest.mark.parametrize("way", WAYS)
def test_what_does_not_fit_never_reaches_the_provider(way: str, purse: bursar.Purse, provider: Provider) -> None:
    client = client_of(way, purse, provider, max_retries=3)
    with pytest.raises(bursar.BudgetExceeded) as caught:
        client.messages.create(**TOO_LONG)
    assert caught.value.budget == "all"
    assert caught.value.__cause__ is None
    assert type(pickle.loads(pickle.dumps(caught.value))) is bursar.BudgetExceeded  # noqa: S301, of our own making
    with pytest.raises(bursar.BudgetExceeded), client.messages.stream(**TOO_LONG):
        pass
    with pytest.raises(bursar.Unpriced):
        client.messages.create(**{**CALL, "model": "tset-model"})
    assert provider.requests == []
    assert spent(purse) == (0, 0)


@pytest.mark.parametrize("way", WAYS)
def test_an_async_call_that_does_not_fit_never_reaches_the_provider(
    way: str, purse: bursar.Purse, provider: Provider
) -> None:
    with pytest.raises(bursar.BudgetExceeded):
        run(way, purse, provider, lambda client: client.messages.create(**TOO_LONG), max_retries=3)
    assert provider.requests == []
    assert spent(purse) == (0, 0)


@pytest.mark.parametrize("way", WAYS)
def test_a_call_asks_for_as_much_as_fits_where_it_is_told_to(way: str, make_purse: Any, provider: Provider) -> None:
    purse = make_purse("0.01 USD")
    provider.will(whole(message()))
    client_of(way, purse, provider, fit=True).messages.create(**TOO_LONG)
    assert 5_000 < provider.requests[0].json["max_tokens"] < 10_000


@pytest.mark.parametrize("way", WAYS)
def test_an_async_call_is_settled_to_the_usage_of_its_answer(way: str, purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(message()))

    async def call(client: Any) -> None:
        with purse.tags(team="data"):
            await client.messages.create(**CALL)

    run(way, purse, provider, call)
    assert spent(purse) == (COST, 0)
    assert purse.report(by=["team"], filter='team = "data"').total == COST


@pytest.mark.parametrize("way", WAYS)
def test_a_stream_is_settled_to_the_usage_of_its_events(way: str, purse: bursar.Purse, provider: Provider) -> None:
    provider.will(events(*pieces(), done=False))
    client = client_of(way, purse, provider)
    kinds = [event.type for event in client.messages.create(**CALL, stream=True)]
    assert kinds == [kind for kind, _ in pieces() if kind != "ping"]
    assert spent(purse) == (COST, 0)
    with client.messages.stream(**CALL) as stream:
        assert stream.get_final_text() == "yes"
    assert spent(purse) == (2 * COST, 0)


@pytest.mark.parametrize("way", WAYS)
def test_an_async_stream_is_settled_to_the_usage_of_its_events(
    way: str, purse: bursar.Purse, provider: Provider
) -> None:
    provider.will(events(*pieces(), done=False))

    async def call(client: Any) -> str:
        async with client.messages.stream(**CALL) as stream:
            return await stream.get_final_text()

    assert run(way, purse, provider, call) == "yes"
    assert spent(purse) == (COST, 0)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("how", ["closed", "broken off", "forgotten", "failed"])
def test_an_aborted_stream_is_charged_when_its_hold_expires(
    how: str, way: str, purse: bursar.Purse, provider: Provider, clock: Any
) -> None:
    error = [("error", failure("overloaded_error"))] if how == "failed" else []
    provider.will(events(*pieces()[:4], *error, done=False, cut=how == "broken off"))
    stream = client_of(way, purse, provider).messages.create(**CALL, stream=True)
    if how in {"closed", "forgotten"}:
        next(stream)
        if how == "closed":
            stream.close()
    else:
        with pytest.raises(Exception, match=r"peer closed|incomplete|overloaded"):
            list(stream)
    del stream
    gc.collect()
    held = spent(purse)[1]
    assert held > Decimal("0.00005")
    clock.advance(16 * 60)
    assert spent(purse) == (held, 0)


@pytest.mark.parametrize("way", WAYS)
def test_an_aborted_async_stream_is_charged_when_its_hold_expires(
    way: str, purse: bursar.Purse, provider: Provider, clock: Any
) -> None:
    provider.will(events(*pieces(), done=False))

    async def call(client: Any) -> None:
        async with client.messages.stream(**CALL) as stream:
            await anext(aiter(stream))

    run(way, purse, provider, call)
    held = spent(purse)[1]
    assert held > Decimal("0.00005")
    clock.advance(16 * 60)
    assert spent(purse) == (held, 0)


@pytest.mark.parametrize("way", WAYS)
def test_each_attempt_is_held_and_settled_by_itself(way: str, purse: bursar.Purse, provider: Provider) -> None:
    provider.will(
        whole(failure("api_error"), 500, AT_ONCE),
        whole(failure("rate_limit_error"), 429, AT_ONCE),
        whole(message()),
    )
    client_of(way, purse, provider, max_retries=2).messages.create(**CALL)
    assert len(provider.requests) == 3
    settled, held = spent(purse)
    # The error of the server may have come after tokens were generated; the refusal came before.
    assert settled == COST
    assert held > Decimal("0.00005")


@pytest.mark.parametrize("way", WAYS)
def test_each_async_attempt_is_held_and_settled_by_itself(way: str, purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(failure("api_error"), 500, AT_ONCE), whole(message()))
    run(way, purse, provider, lambda client: client.messages.create(**CALL), max_retries=2)
    assert len(provider.requests) == 2
    settled, held = spent(purse)
    assert settled == COST
    assert held > Decimal("0.00005")


@pytest.mark.parametrize("way", WAYS)
def test_a_retry_that_does_not_fit_any_more_is_not_sent(way: str, make_purse: Any, provider: Provider) -> None:
    purse = make_purse("0.0015 USD")
    provider.will(whole(failure("api_error"), 500, AT_ONCE))
    with pytest.raises(bursar.BudgetExceeded):
        client_of(way, purse, provider, max_retries=5).messages.create(**CALL)
    assert len(provider.requests) == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_refusal_of_the_provider_costs_nothing_and_a_timeout_may(
    way: str, purse: bursar.Purse, provider: Provider
) -> None:
    client = client_of(way, purse, provider, timeout=0.2)
    for status, kind in [(400, "invalid_request_error"), (401, "authentication_error"), (429, "rate_limit_error")]:
        provider.will(whole(failure(kind), status))
        with pytest.raises(anthropic.APIStatusError):
            client.messages.create(**CALL)
        assert spent(purse) == (0, 0)
    provider.will(lambda exchange: exchange.hang(1))
    with pytest.raises(anthropic.APITimeoutError):
        client.messages.create(**CALL)
    assert spent(purse)[1] > 0


@pytest.mark.parametrize("way", WAYS)
def test_a_host_that_is_not_there_costs_nothing(way: str, purse: bursar.Purse) -> None:
    with Provider() as gone:
        client = client_of(way, purse, gone)
    with pytest.raises(anthropic.APIConnectionError):
        client.messages.create(**CALL)
    assert spent(purse) == (0, 0)


@pytest.mark.parametrize("way", WAYS)
def test_other_ways_to_call_are_held_too(way: str, purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(message()))
    client = client_of(way, purse, provider)
    client.with_options(timeout=5).messages.with_raw_response.create(**CALL).parse()
    with client.messages.with_streaming_response.create(**CALL) as raw:
        raw.read()
    client.beta.messages.create(**CALL, betas=["files-api-2025-04-14"])
    assert len(provider.requests) == 3
    assert spent(purse) == (3 * COST, 0)


@pytest.mark.parametrize("way", WAYS)
def test_counting_tokens_costs_nothing(way: str, purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole({"input_tokens": 8}))
    counted = client_of(way, purse, provider).messages.count_tokens(model="race-model", messages=MESSAGES)
    assert counted.input_tokens == 8
    assert spent(purse) == (0, 0)


@pytest.mark.parametrize("way", WAYS)
def test_tools_and_threads_stay_in_the_budget_of_their_agent(way: str, make_purse: Any, provider: Provider) -> None:
    run_budget = {"name": "run", "match": "everything", "limit": "1 USD", "period": "run"}
    purse = make_purse(budgets=[run_budget])
    client = client_of(way, purse, provider)

    @anthropic.beta_tool
    def ask(question: str) -> str:
        """Ask another agent, in a thread.

        Args:
            question: what it is about
        """
        with purse.tags(agent="helper"), purse.executor(ThreadPoolExecutor(1)) as pool:
            return pool.submit(client.messages.create, **CALL).result().content[0].text

    use = {"type": "tool_use", "id": "toolu_1", "name": "ask", "input": {"question": "why"}}
    provider.will(whole(message(use, stop_reason="tool_use")), whole(message()), whole(message()))
    with purse.tags(team="data", agent="chief", run="r1"):
        last = client.beta.messages.tool_runner(**CALL, tools=[ask]).until_done()
    assert last.stop_reason == "end_turn"
    assert len(provider.requests) == 3
    assert purse.report(by=["agent"], filter='team = "data" and agent = "helper"').total == COST
    assert [(budget.instance, budget.spent) for budget in purse.budgets()] == [(("r1",), 3 * COST)]


@pytest.mark.parametrize("way", WAYS)
def test_threads_get_no_more_calls_than_fit(way: str, make_purse: Any, provider: Provider) -> None:
    prices = {"overrides": [{"provider": "private", "model": "race-model", "output_mtok": "1", "input_mtok": "free"}]}
    purse = make_purse(prices=prices)

    def reply(exchange: Exchange) -> None:
        exchange.answer(message(output=100_000))

    provider.will(reply)
    client = client_of(way, purse, provider, timeout=60)

    def call(_: int) -> str:
        try:
            client.messages.create(**{**CALL, "max_tokens": 100_000})
        except bursar.Refused:
            return "refused"
        return "sent"

    with ThreadPoolExecutor(32) as pool:
        outcomes = list(pool.map(call, range(32)))
    assert (outcomes.count("sent"), len(provider.requests)) == (10, 10)
    assert spent(purse) == (Decimal(1), 0)


def bedrock_of(way: str, purse: bursar.Purse, provider: Provider, *, fit: bool = False, **options: Any) -> Any:
    options = {"aws_access_key": "k", "aws_secret_key": "s", "aws_region": "us-east-1", **options}
    options = {"base_url": provider.url, "max_retries": 0, **options}
    return made(anthropic.AnthropicBedrock, way, purse, options, fit=fit)


def frames() -> list[bytes]:
    """The events of the stream in the frames of Amazon's."""
    counts = {"amazon-bedrock-invocationMetrics": {"inputTokenCount": 10, "outputTokenCount": 20}}
    all_of_it = [{**piece, **counts} if kind == "message_stop" else piece for kind, piece in pieces()]
    return [framed("chunk", {"bytes": base64.b64encode(json.dumps(piece).encode()).decode()}) for piece in all_of_it]


def is_signed_as_sent(exchange: Exchange) -> bool:
    """Whether the signature covers what arrived, as Amazon would check it."""
    from botocore.auth import SigV4Auth  # noqa: PLC0415, the one test that needs it
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415
    from botocore.credentials import Credentials  # noqa: PLC0415

    came = {name.lower(): value for name, value in exchange.headers.items()}
    given = came["authorization"]
    names = given.split("SignedHeaders=")[1].split(",")[0].split(";")
    headers = {name: value for name, value in came.items() if name in names}
    request = AWSRequest("POST", f"http://{came['host']}{exchange.path}", headers, exchange.body)
    request.context["timestamp"] = came["x-amz-date"]
    signer = SigV4Auth(Credentials("k", "s"), "bedrock", "us-east-1")
    text = signer.string_to_sign(request, signer.canonical_request(request))
    return given.endswith(signer.signature(text, request))


@pytest.mark.parametrize("way", WAYS)
def test_a_client_for_bedrock_is_held_too(way: str, purse: bursar.Purse, provider: Provider) -> None:
    client = bedrock_of(way, purse, provider, default_headers={"accept-encoding": "identity"})
    with pytest.raises(bursar.BudgetExceeded):
        client.messages.create(**TOO_LONG)
    assert provider.requests == []
    provider.will(whole(message()))
    client.messages.create(**CALL)
    assert provider.requests[0].path == "/model/race-model/invoke"
    assert is_signed_as_sent(provider.requests[0])
    assert spent(purse) == (COST, 0)
    provider.will(lambda exchange: exchange.stream(frames(), "application/vnd.amazon.eventstream"))
    for _ in client.messages.create(**CALL, stream=True):
        pass
    assert is_signed_as_sent(provider.requests[1])
    assert spent(purse) == (2 * COST, 0)


@pytest.mark.parametrize("way", WAYS)
def test_a_client_for_vertex_is_held_too(way: str, purse: bursar.Purse, provider: Provider) -> None:
    options = {"project_id": "p", "region": "r", "access_token": "t", "base_url": provider.url, "max_retries": 0}
    client = made(anthropic.AnthropicVertex, way, purse, options)
    with pytest.raises(bursar.BudgetExceeded):
        client.messages.create(**TOO_LONG)
    assert provider.requests == []
    provider.will(whole(message()))
    client.messages.create(**CALL)
    assert provider.requests[0].path.endswith("/publishers/anthropic/models/race-model:rawPredict")
    assert spent(purse) == (COST, 0)


def test_what_is_signed_is_not_changed_to_fit(make_purse: Any, provider: Provider) -> None:
    purse = make_purse("0.01 USD")
    provider.will(whole(message()))
    with pytest.raises(bursar.BudgetExceeded):
        bedrock_of("wrapped", purse, provider, fit=True).messages.create(**TOO_LONG)
    bedrock_of("middleware", purse, provider, fit=True).messages.create(**TOO_LONG)
    assert 5_000 < provider.requests[0].json["max_tokens"] < 10_000
    assert is_signed_as_sent(provider.requests[0])
