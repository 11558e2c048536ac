"""boto3's client of Bedrock against a provider on loopback: what doesn't fit isn't sent, what was used is settled."""

from __future__ import annotations

import base64
import gc
import io
import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
import botocore.exceptions
import bursar
import pytest
from botocore.config import Config
from provider import Exchange, Provider, frame, framed, whole

if TYPE_CHECKING:
    from provider import Reply

ACCOUNT = {"region_name": "us-east-1", "aws_access_key_id": "k", "aws_secret_access_key": "s"}
# What 10 tokens in and 20 out cost at a dollar a million.
COST = Decimal("0.00003")
MESSAGES: list[Any] = [{"role": "user", "content": [{"text": "hello"}]}]
CALL: dict[str, Any] = {"modelId": "race-model", "messages": MESSAGES, "inferenceConfig": {"maxTokens": 50}}
TOO_LONG: dict[str, Any] = {**CALL, "inferenceConfig": {"maxTokens": 2_000_000}}
CONVERSED = {
    "output": {"message": {"role": "assistant", "content": [{"text": "yes"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 10, "outputTokens": 20, "totalTokens": 30},
    "metrics": {"latencyMs": 7},
}
CONVERSED_EVENTS: list[tuple[str, dict[str, Any]]] = [
    ("messageStart", {"role": "assistant"}),
    ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "yes"}}),
    ("contentBlockStop", {"contentBlockIndex": 0}),
    ("messageStop", {"stopReason": "end_turn"}),
    ("metadata", {"usage": CONVERSED["usage"], "metrics": {"latencyMs": 7}}),
]
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
CLAUDE_BODY = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 50,
    "messages": [{"role": "user", "content": "hello"}],
}


def spent(purse: bursar.Purse) -> tuple[Decimal, Decimal]:
    (budget,) = purse.budgets()
    return budget.spent, budget.held


def client_of(purse: bursar.Purse, provider: Provider, *, fit: bool = False, **config: Any) -> Any:
    config = {"retries": {"total_max_attempts": 1}, **config}
    client = boto3.client("bedrock-runtime", endpoint_url=provider.url, config=Config(**config), **ACCOUNT)
    return purse.wrap(client, provider="private", fit=fit)


def claude_events() -> list[bytes]:
    """Claude's events in those of InvokeModel, the last with Bedrock's own counts."""
    start = {**CLAUDE, "content": [], "stop_reason": None, "usage": {"input_tokens": 10, "output_tokens": 1}}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": start},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "yes"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 20}},
        {
            "type": "message_stop",
            "amazon-bedrock-invocationMetrics": {"inputTokenCount": 10, "outputTokenCount": 20},
        },
    ]
    return [framed("chunk", {"bytes": base64.b64encode(json.dumps(one).encode()).decode()}) for one in events]


def streamed(*frames: bytes, cut: bool = False) -> Reply:
    return lambda exchange: exchange.stream(list(frames), "application/vnd.amazon.eventstream", cut=cut)


def conversed(count: int = 5, *, cut: bool = False) -> Reply:
    return streamed(*[framed(*one) for one in CONVERSED_EVENTS[:count]], cut=cut)


def failure(status: int, kind: str) -> Reply:
    return whole({"message": "no"}, status, {"x-amzn-errortype": kind})


def test_a_call_is_settled_to_the_usage_of_its_answer(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(CONVERSED))
    client = client_of(purse, provider)
    with purse.tags(team="data"):
        answer = client.converse(**CALL)
    assert answer["output"]["message"]["content"] == [{"text": "yes"}]
    assert spent(purse) == (COST, 0)
    assert purse.report(by=["team"], filter='team = "data"').total == COST


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
@pytest.mark.parametrize("operation", ["converse", "converse_stream"])
def test_what_does_not_fit_never_reaches_the_provider(
    operation: str, mode: str, purse: bursar.Purse, provider: Provider
) -> None:
    client = client_of(purse, provider, retries={"mode": mode, "total_max_attempts": 3})
    with pytest.raises(bursar.BudgetExceeded) as caught:
        getattr(client, operation)(**TOO_LONG)
    assert caught.value.budget == "all"
    assert provider.requests == []
    assert spent(purse) == (0, 0)


def test_a_maker_s_body_that_does_not_fit_never_reaches_the_provider(purse: bursar.Purse, provider: Provider) -> None:
    body = json.dumps({**CLAUDE_BODY, "max_tokens": 2_000_000})
    with pytest.raises(bursar.BudgetExceeded):
        client_of(purse, provider).invoke_model(modelId="race-model", body=body)
    with pytest.raises(bursar.BudgetExceeded):
        client_of(purse, provider).invoke_model_with_response_stream(modelId="race-model", body=body)
    assert provider.requests == []
    assert spent(purse) == (0, 0)


def test_a_call_asks_for_as_much_as_fits_where_it_is_told_to(make_purse: Any, provider: Provider) -> None:
    purse = make_purse("0.01 USD")
    provider.will(whole(CONVERSED))
    client = client_of(purse, provider, fit=True)
    client.converse(**TOO_LONG)
    assert 5_000 < provider.requests[0].json["inferenceConfig"]["maxTokens"] < 10_000
    client.converse(**CALL)
    assert provider.requests[1].json["inferenceConfig"]["maxTokens"] == 50
    provider.will(whole(CLAUDE))
    body = json.dumps({**CLAUDE_BODY, "max_tokens": 2_000_000})
    client.invoke_model(modelId="race-model", body=body)["body"].read()
    assert 5_000 < provider.requests[2].json["max_tokens"] < 10_000
    assert spent(purse) == (3 * COST, 0)


def test_a_stream_is_settled_to_the_usage_of_its_last_event(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(conversed())
    answer = client_of(purse, provider).converse_stream(**CALL)
    kinds = [next(iter(one)) for one in answer["stream"]]
    assert kinds == [kind for kind, _ in CONVERSED_EVENTS]
    assert spent(purse) == (COST, 0)


# Whoever forgets a stream of botocore's leaves its connection to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("how", ["closed", "broken off", "forgotten", "failed"])
def test_an_aborted_stream_is_charged_when_its_hold_expires(
    how: str, purse: bursar.Purse, provider: Provider, clock: Any
) -> None:
    throttled = frame(
        {":exception-type": "throttlingException", ":content-type": "application/json", ":message-type": "exception"},
        b'{"message": "slow down"}',
    )
    begun = [framed(*one) for one in CONVERSED_EVENTS[:2]]
    provider.will(streamed(*begun, throttled) if how == "failed" else streamed(*begun, cut=how == "broken off"))
    stream = client_of(purse, provider).converse_stream(**CALL)["stream"]
    if how in {"closed", "forgotten"}:
        next(iter(stream))
        if how == "closed":
            stream.close()
    else:
        with pytest.raises(Exception, match=r"slow down|ended prematurely"):
            list(stream)
    del stream
    gc.collect()
    held = spent(purse)[1]
    assert held > Decimal("0.00005")
    clock.advance(16 * 60)
    assert spent(purse) == (held, 0)


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_each_attempt_is_held_and_settled_by_itself(
    mode: str, purse: bursar.Purse, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)  # how long botocore waits before it tries again is its own affair
    provider.will(failure(500, "InternalServerException"), failure(429, "ThrottlingException"), whole(CONVERSED))
    client = client_of(purse, provider, retries={"mode": mode, "total_max_attempts": 3})
    client.converse(**CALL)
    assert len(provider.requests) == 3
    settled, held = spent(purse)
    # The error of the server may have come after tokens were generated; the refusal came before.
    assert settled == COST
    assert held > Decimal("0.00005")


def test_a_retry_that_does_not_fit_any_more_is_not_sent(
    make_purse: Any, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    purse = make_purse("0.0015 USD")
    provider.will(failure(500, "InternalServerException"))
    client = client_of(purse, provider, retries={"mode": "standard", "total_max_attempts": 3})
    with pytest.raises(bursar.BudgetExceeded):
        client.converse(**CALL)
    assert len(provider.requests) == 1


def test_a_refusal_of_the_provider_costs_nothing_and_a_timeout_may(purse: bursar.Purse, provider: Provider) -> None:
    client = client_of(purse, provider, read_timeout=0.2)
    provider.will(failure(400, "ValidationException"))
    with pytest.raises(botocore.exceptions.ClientError):
        client.converse(**CALL)
    assert spent(purse) == (0, 0)
    provider.will(lambda exchange: exchange.hang(1))
    with pytest.raises(botocore.exceptions.ReadTimeoutError):
        client.converse(**CALL)
    assert spent(purse)[1] > 0


def test_a_host_that_is_not_there_costs_nothing(purse: bursar.Purse) -> None:
    with Provider() as gone:
        client = client_of(purse, gone)
    with pytest.raises(botocore.exceptions.EndpointConnectionError):
        client.converse(**CALL)
    assert spent(purse) == (0, 0)


@pytest.mark.parametrize("how", ["read", "in parts", "by lines", "exactly"])
def test_a_maker_s_answer_is_settled_however_it_is_read(how: str, purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(CLAUDE))
    body = io.BytesIO(json.dumps(CLAUDE_BODY).encode())
    answer = client_of(purse, provider).invoke_model(modelId="race-model", body=body)
    length = len(json.dumps(CLAUDE))
    read = {
        "read": lambda stream: stream.read(),
        "in parts": lambda stream: b"".join(stream.iter_chunks(7)),
        "by lines": lambda stream: b"".join(stream.readlines()),
        "exactly": lambda stream: stream.read(length),
    }
    assert json.loads(read[how](answer["body"])) == CLAUDE
    assert provider.requests[0].json == CLAUDE_BODY
    assert spent(purse) == (COST, 0)


def test_a_maker_s_stream_is_settled_to_its_usage(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(streamed(*claude_events()))
    answer = client_of(purse, provider).invoke_model_with_response_stream(
        modelId="race-model", body=json.dumps(CLAUDE_BODY)
    )
    assert len(list(answer["body"])) == 4
    assert spent(purse) == (COST, 0)


def test_counts_beside_an_answer_that_tells_none_are_settled(purse: bursar.Purse, provider: Provider) -> None:
    counts = {"x-amzn-bedrock-input-token-count": "10", "x-amzn-bedrock-output-token-count": "20"}
    provider.will(whole({"outputs": [{"text": "yes", "stop_reason": "stop"}]}, headers=counts))
    body = json.dumps({"prompt": "<s>[INST] hello [/INST]", "max_tokens": 50})
    client_of(purse, provider).invoke_model(modelId="race-model", body=body)["body"].read()
    assert spent(purse) == (COST, 0)


def test_an_answer_that_nobody_reads_is_charged_when_its_hold_expires(
    purse: bursar.Purse, provider: Provider, clock: Any
) -> None:
    provider.will(whole(CLAUDE))
    client_of(purse, provider).invoke_model(modelId="race-model", body=json.dumps(CLAUDE_BODY))["body"].close()
    held = spent(purse)[1]
    assert held > 0
    clock.advance(16 * 60)
    assert spent(purse) == (held, 0)


def test_threads_and_tools_stay_in_the_budget_of_their_agent(make_purse: Any, provider: Provider) -> None:
    run_budget = {"name": "run", "match": "everything", "limit": "1 USD", "period": "run"}
    purse = make_purse(budgets=[run_budget])
    provider.will(whole(CONVERSED))
    client = client_of(purse, provider)

    def tool() -> None:
        with purse.tags(agent="helper"):
            client.converse(**CALL)

    with purse.tags(team="data", agent="chief", run="r1"), purse.executor(ThreadPoolExecutor(2)) as pool:
        client.converse(**CALL)
        for call in [pool.submit(tool) for _ in range(2)]:
            call.result()
    assert purse.report(by=["agent"], filter='team = "data" and agent = "helper"').total == 2 * COST
    assert [(budget.instance, budget.spent) for budget in purse.budgets()] == [(("r1",), 3 * COST)]


def test_threads_get_no_more_calls_than_fit(make_purse: Any, provider: Provider) -> None:
    prices = {"overrides": [{"provider": "private", "model": "race-model", "output_mtok": "1", "input_mtok": "free"}]}
    purse = make_purse(prices=prices)
    usage = {"inputTokens": 10, "outputTokens": 100_000, "totalTokens": 100_010}

    def reply(exchange: Exchange) -> None:
        exchange.answer({**CONVERSED, "usage": usage})

    provider.will(reply)
    client = client_of(purse, provider, max_pool_connections=32)

    def call(_: int) -> str:
        try:
            client.converse(**{**CALL, "inferenceConfig": {"maxTokens": 100_000}})
        except bursar.Refused:
            return "refused"
        return "sent"

    with ThreadPoolExecutor(32) as pool:
        outcomes = list(pool.map(call, range(32)))
    assert (outcomes.count("sent"), len(provider.requests)) == (10, 10)
    assert spent(purse) == (Decimal(1), 0)


def test_what_is_no_model_call_passes(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole({"inputTokens": 3}))
    counted = client_of(purse, provider).count_tokens(modelId="race-model", input={"converse": {"messages": MESSAGES}})
    assert counted["inputTokens"] == 3
    assert spent(purse) == (0, 0)


def test_the_client_that_was_wrapped_is_as_it_was(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(CONVERSED))
    client = boto3.client("bedrock-runtime", endpoint_url=provider.url, **ACCOUNT)
    wrapped = purse.wrap(client)
    assert type(wrapped) is type(client)
    client.converse(**{**CALL, "modelId": "unpriced"})
    with pytest.raises(bursar.Unpriced):
        wrapped.converse(**{**CALL, "modelId": "unpriced"})
    assert len(provider.requests) == 1


def test_another_service_is_no_client_of_models(purse: bursar.Purse) -> None:
    client = boto3.client("sts", **ACCOUNT)
    with pytest.raises(TypeError, match="bedrock-runtime"):
        purse.wrap(client)
