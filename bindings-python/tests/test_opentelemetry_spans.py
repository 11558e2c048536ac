"""Spans of model calls, by the real SDK of OpenTelemetry: each call is booked once, under the tags around it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import anthropic
import bursar
import httpx2
import openai
import pytest
from bursar._native import CallSpan
from opentelemetry import baggage, context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Status, StatusCode
from provider import Provider, chat, chunks, events, whole
from pydantic_ai import Agent
from pydantic_ai.capabilities import Instrumentation
from pydantic_ai.models.instrumented import InstrumentationSettings
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bursar.testing import ManualClock

CHAT: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "private",
    "gen_ai.request.model": "race-model",
    "gen_ai.usage.input_tokens": 300_000,
    "gen_ai.usage.output_tokens": 100_000,
}
MESSAGES: list[Any] = [{"role": "user", "content": "hello"}]


class Bench:
    """A tracer whose spans are booked and kept."""

    def __init__(self, purse: bursar.Purse, resource: dict[str, str] | None = None, **options: Any) -> None:
        self.purse = purse
        self.processor = purse.span_processor(**options)
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider(resource=Resource(resource or {}), shutdown_on_exit=False)
        self.provider.add_span_processor(self.processor)
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer = self.provider.get_tracer("test")

    def tell(self, attributes: dict[str, Any]) -> None:
        """Tell of a call that is over at once."""
        self.tracer.start_span("call", attributes=attributes).end()

    def spans(self) -> dict[str, ReadableSpan]:
        return {span.name: span for span in self.exporter.get_finished_spans()}

    @property
    def spent(self) -> Decimal:
        return self.purse.budgets()[0].spent

    @property
    def held(self) -> Decimal:
        return self.purse.budgets()[0].held

    def by(self, *keys: str) -> dict[tuple[str, ...], Decimal]:
        rows = self.purse.report(by=list(keys)).data["rows"]
        return {tuple(row["values"][key] for key in keys): Decimal(row["cost"]) for row in rows}


@pytest.fixture
def bench(purse: bursar.Purse) -> Iterator[Bench]:
    bench = Bench(purse)
    yield bench
    bench.provider.shutdown()


def test_a_call_is_booked_when_its_span_ends(bench: Bench) -> None:
    with bench.tracer.start_as_current_span("call", attributes=CHAT):
        assert bench.spent == 0
    assert bench.spent == Decimal("0.4")
    assert bench.processor.counts == {"booked": 1}
    assert bench.purse.verify() == []


def test_a_span_that_ends_twice_is_one_call(bench: Bench) -> None:
    span = bench.tracer.start_span("call", attributes=CHAT)
    span.end()
    bench.processor.on_end(bench.spans()["call"])
    assert bench.spent == Decimal("0.4")


def test_a_call_past_the_limit_is_an_overrun_and_the_next_one_is_refused(bench: Bench, provider: Provider) -> None:
    provider.will(whole(chat()))
    alerts: list[bursar.Alert] = []
    bench.purse.on_alert(alerts.append)
    for _ in range(3):
        bench.tell(CHAT)
    bench.purse.flush_alerts()
    assert bench.spent == Decimal("1.2")
    assert [alert.kind for alert in alerts] == ["step_reached", "overrun", "step_reached"]
    client = bench.purse.wrap(openai.OpenAI(api_key="k", base_url=provider.url + "/v1", max_retries=0))
    with pytest.raises(bursar.Suspended):
        client.chat.completions.create(model="race-model", messages=MESSAGES, max_tokens=1)
    assert provider.requests == []


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.operation.name": "invoke_agent"},
        {"gen_ai.operation.name": "execute_tool"},
        {"gen_ai.operation.name": "plan", "llm.request.type": "chat"},
        {"openinference.span.kind": "CHAIN", "gen_ai.operation.name": "invoke_workflow"},
        {"traceloop.span.kind": "workflow"},
        {},
    ],
)
def test_only_spans_of_calls_are_booked(bench: Bench, attributes: dict[str, str]) -> None:
    told = {key: value for key, value in CHAT.items() if key != "gen_ai.operation.name"}
    bench.tell({**told, **attributes})
    assert bench.spent == 0
    assert bench.processor.counts == {}


SPELLINGS: dict[str, dict[str, Any]] = {
    "opentelemetry": {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "private",
        "gen_ai.request.model": "race-model",
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.cache_read.input_tokens": 300,
        "gen_ai.usage.cache_write.input_tokens": 100,
        "gen_ai.usage.output_tokens": 500,
        "gen_ai.usage.reasoning.output_tokens": 200,
    },
    "opentelemetry of old": {
        "gen_ai.operation.name": "text_completion",
        "gen_ai.system": "private",
        "gen_ai.response.model": "race-model",
        "gen_ai.usage.prompt_tokens": 1000,
        "gen_ai.usage.cache_read_input_tokens": 300,
        "gen_ai.usage.cache_creation.input_tokens": 100,
        "gen_ai.usage.completion_tokens": 500,
        "gen_ai.usage.reasoning_tokens": 200,
    },
    "openinference": {
        "openinference.span.kind": "LLM",
        "llm.provider": "private",
        "llm.model_name": "race-model",
        "llm.token_count.prompt": 1000,
        "llm.token_count.prompt_details.cache_read": 300,
        "llm.token_count.prompt_details.cache_write": 100,
        "llm.token_count.completion": 500,
        "llm.token_count.completion_details.reasoning": 200,
    },
    "openllmetry": {
        "llm.request.type": "chat",
        "gen_ai.system": "private",
        "gen_ai.request.model": "race-model",
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.cache_read_input_tokens": 300,
        "gen_ai.usage.cache_creation_input_tokens": 100,
        "gen_ai.usage.output_tokens": 500,
        "llm.usage.reasoning_tokens": 200,
        "llm.usage.total_tokens": 1500,
    },
    "disjoint": {
        "gen_ai.operation.name": "chat",
        "gen_ai.system": "private",
        "gen_ai.request.model": "race-model",
        "gen_ai.usage.input_tokens": 600,
        "gen_ai.usage.cache_read_input_tokens": 900,
        "gen_ai.usage.output_tokens": 500,
    },
}
DEAR_CACHE = {
    "overrides": [
        {
            "provider": "private",
            "model": "race-model",
            "input_mtok": "1",
            "output_mtok": "10",
            "cache_read_mtok": "0.1",
            "cache_write_5m_mtok": "2",
        }
    ]
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_comes_to_its_price(make_purse: Any, spelling: str) -> None:
    bench = Bench(make_purse(prices=DEAR_CACHE))
    bench.tell(SPELLINGS[spelling])
    cached = (600, 900, 0) if spelling == "disjoint" else (600, 300, 100)
    micros = cached[0] + Decimal(cached[1]) / 10 + 2 * cached[2] + 10 * 500
    assert bench.spent == micros / 1_000_000
    assert bench.processor.counts == {"booked": 1}


def test_tags_come_from_resource_baggage_context_agents_and_the_span(purse: bursar.Purse) -> None:
    bench = Bench(purse, {"project.name": "rag", "team.name": "nobody"}, attributes=["cost_center"])
    token = context.attach(baggage.set_baggage("team.name", "data", baggage.set_baggage("secret", "x")))
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "writer", "gen_ai.conversation.id": "r1"}
    try:
        with purse.tags(client="acme"), bench.tracer.start_as_current_span("agent", attributes=agent):
            bench.tell({**CHAT, "user.id": "ada", "cost_center": "7"})
            bench.tell({**CHAT, "gen_ai.agent.name": "critic", "user.id": "x" * 300})
    finally:
        context.detach(token)
    keys = ("team", "project", "client", "agent", "run")
    assert bench.by(*keys) == {
        ("data", "rag", "acme", "writer", "r1"): Decimal("0.4"),
        ("data", "rag", "acme", "critic", "r1"): Decimal("0.4"),
    }
    assert bench.by("user", "cost_center")["ada", "7"] == Decimal("0.4")


def test_a_span_with_a_context_of_its_own_has_the_baggage_of_that(bench: Bench) -> None:
    of_request = baggage.set_baggage("team", "search")
    bench.tracer.start_span("call", context=of_request, attributes=CHAT).end()
    assert bench.by("team") == {("search",): Decimal("0.4")}


def test_baggage_of_the_request_is_the_tags_of_a_call_by_hand(purse: bursar.Purse) -> None:
    token = context.attach(baggage.set_baggage("client.name", "acme", baggage.set_baggage("other", "x")))
    try:
        assert purse.scope().tags == {"client.name": "acme"}
        with purse.tags(client="own"):
            assert purse.scope().tags == {"client.name": "own"}
    finally:
        context.detach(token)
    assert purse.scope().tags == {}


def test_a_run_of_agents_in_threads_and_tasks_stays_in_its_budget(make_purse: Any) -> None:
    runs = {"name": "runs", "match": "everything", "limit": "1 USD", "period": "run"}
    bench = Bench(make_purse(budgets=[runs]))
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.conversation.id": "run-1"}

    async def main() -> None:
        await asyncio.gather(*(asyncio.to_thread(bench.tell, CHAT) for _ in range(2)))

    with bench.tracer.start_as_current_span("agent", attributes=agent):
        asyncio.run(main())
        with bench.tracer.start_as_current_span("sub", attributes={"gen_ai.operation.name": "invoke_agent"}):
            outer = context.get_current()
            with ThreadPoolExecutor(2) as pool:
                tell = lambda: bench.tracer.start_span("call", context=outer, attributes=CHAT).end()  # noqa: E731
                [call.result() for call in [pool.submit(tell) for _ in range(2)]]
    (row,) = bench.purse.budgets()
    assert (row.instance, row.spent) == (("run-1",), Decimal("1.6"))
    assert not bench.purse.decide({"run": "run-1"}, model="race-model", input_tokens=1, max_output_tokens=1)


@pytest.mark.parametrize("outer", [CHAT, {**CHAT, "gen_ai.usage.input_tokens": 299_990, "gen_ai.response.id": "1"}])
def test_two_instrumentations_of_one_call_book_it_once(bench: Bench, outer: dict[str, Any]) -> None:
    with bench.tracer.start_as_current_span("langchain", attributes=outer), bench.tracer.start_as_current_span("http"):
        bench.tell({**CHAT, "gen_ai.response.id": "1"})
    assert bench.spent == Decimal("0.4")
    assert bench.processor.counts == {"booked": 1, "nested": 1}


def test_a_call_around_the_sum_of_its_steps_is_booked_by_its_steps(bench: Bench) -> None:
    steps = {**CHAT, "gen_ai.usage.input_tokens": 150_000, "gen_ai.usage.output_tokens": 50_000}
    with bench.tracer.start_as_current_span("all", attributes=CHAT):
        bench.tell(steps)
        bench.tell(steps)
    assert (bench.spent, bench.processor.counts) == (Decimal("0.4"), {"booked": 2, "nested": 1})


def test_a_hold_within_a_span_of_http_is_that_of_the_call_around_it(bench: Bench) -> None:
    request = {"model": "race-model", "max_tokens": 50, "messages": MESSAGES}
    with bench.tracer.start_as_current_span("call", attributes=CHAT), bench.tracer.start_as_current_span("POST"):
        hold = bench.purse.reserve_request(request, api="chat", path="/v1/chat/completions")
    hold.settle(cost="0.00001")
    assert bench.processor.counts == {"held": 1}
    assert bench.spent == Decimal("0.00001")


def test_spans_that_never_end_are_forgotten_past_a_bound(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bursar.integrations._span_processor._MOST_LIVE", 8)
    spans = [bench.tracer.start_span("call", attributes=CHAT) for _ in range(20)]
    assert len(bench.processor._live) == 8
    for span in spans:
        span.end()
    assert bench.processor.counts == {"booked": 20}
    assert not bench.processor._live


def test_another_call_within_a_call_is_booked_too(bench: Bench) -> None:
    with bench.tracer.start_as_current_span("call", attributes=CHAT):
        bench.tell({**CHAT, "gen_ai.usage.input_tokens": 0})
    assert (bench.spent, bench.processor.counts) == (Decimal("0.5"), {"booked": 2})


def test_what_can_not_be_booked_is_logged_once_and_counted(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    nameless = {**CHAT, "gen_ai.request.model": "tset-model"}
    silent = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "race-model"}
    with caplog.at_level(logging.WARNING, "bursar"):
        for attributes in (nameless, nameless, silent, silent):
            bench.tell(attributes)
        failed = bench.tracer.start_span("call", attributes={**silent, "error.type": "RateLimitError"})
        failed.set_status(Status(StatusCode.ERROR))
        failed.end()
    assert bench.processor.counts == {"model_unknown": 2, "no_usage": 2, "refused": 1}
    assert len(caplog.messages) == 2
    assert "the model `tset-model` of `private` is in no price book" in caplog.messages[0]
    assert "race-model" in caplog.messages[1]
    assert bench.spent == 0


def test_tags_that_the_taxonomy_refuses_are_counted(make_purse: Any, caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(make_purse(taxonomy={"required": ["team"]}))
    bench.tell(CHAT)
    assert bench.processor.counts == {"tags_refused": 1}
    assert "`team`" in caplog.text


def test_a_closed_purse_never_raises_into_the_program(make_purse: Any, caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(make_purse())
    bench.purse.close()
    bench.tell(CHAT)
    assert sum(bench.processor.counts.values()) == 1
    assert "booked" not in bench.processor.counts
    assert caplog.records


def test_a_strange_attribute_never_raises_into_the_program(bench: Bench) -> None:
    for strange in ({"gen_ai.usage.input_tokens": "many"}, {"gen_ai.request.model": 7}, {"team.name": ["a", "b"]}):
        bench.tell({**CHAT, **strange})
    assert bench.processor.counts.get("fault") is None


def test_a_provider_that_the_book_calls_otherwise_can_be_named(purse: bursar.Purse) -> None:
    bench = Bench(purse, providers={"our-gateway": "private"})
    bench.tell({**CHAT, "gen_ai.provider.name": "our-gateway"})
    assert bench.processor.counts == {"booked": 1}


def test_a_model_that_served_and_has_no_price_is_priced_as_the_one_that_was_asked_for(bench: Bench) -> None:
    bench.tell({**CHAT, "gen_ai.response.model": "race-model-of-tomorrow"})
    assert bench.by("model") == {("private/race-model",): Decimal("0.4")}


def test_a_cost_is_stated_by_the_provider_and_never_a_float(make_purse: Any) -> None:
    bench = Bench(make_purse(prices={"stated_cost": "instead", "overrides": DEAR_CACHE["overrides"]}))
    cost = {"gen_ai.usage.cost.amount": 0.1, "gen_ai.usage.cost.currency": "USD"}
    bench.tell({**CHAT, **cost, "gen_ai.usage.cost.source": "provider"})
    assert bench.spent == Decimal("0.1")
    bench.tell({**CHAT, **cost, "gen_ai.usage.cost.source": "local", "gen_ai.usage.output_tokens": 0})
    assert bench.spent == Decimal("0.4")


def test_names_of_kinds_are_told_and_never_guessed() -> None:
    assert not CallSpan.read({"gen_ai.usage.input_tokens": 1, "gen_ai.request.model": "m"}).is_call
    assert CallSpan.read({"openinference.span.kind": "EMBEDDING"}).is_call


# The emitters themselves, against a provider on loopback.

ANSWER = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "race-model",
    "content": [{"type": "text", "text": "yes"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 20, "output_tokens": 10, "cache_read_input_tokens": 30, "cache_creation_input_tokens": 0},
}


def anthropic_client(bench: Bench, provider: Provider) -> anthropic.Anthropic:
    telling: Any = {"tracer_provider": bench.provider, "traces": True}
    return anthropic.Anthropic(api_key="k", base_url=provider.url, max_retries=0, open_telemetry=telling)


def test_the_anthropic_sdk_tells_its_calls(make_purse: Any, provider: Provider) -> None:
    book = {**DEAR_CACHE["overrides"][0], "provider": "anthropic"}
    bench = Bench(make_purse(prices={"overrides": [book]}))
    provider.will(whole(ANSWER))
    with anthropic_client(bench, provider) as client, bench.purse.tags(team="data"):
        client.messages.create(model="race-model", max_tokens=50, messages=MESSAGES)
    assert bench.processor.counts == {"booked": 1}
    assert bench.by("team") == {("data",): (20 + Decimal(3) + 100) / 1_000_000}


@pytest.mark.parametrize("end", ["cut", "left"])
def test_a_stream_that_was_left_is_unresolved_and_charged_at_its_expiry(
    make_purse: Any, provider: Provider, clock: ManualClock, caplog: pytest.LogCaptureFixture, end: str
) -> None:
    book = {**DEAR_CACHE["overrides"][0], "provider": "anthropic"}
    bench = Bench(make_purse(prices={"overrides": [book]}))
    start = {"type": "message_start", "message": {**ANSWER, "content": [], "stop_reason": None}}
    ping = {"type": "ping"}
    provider.will(events(("message_start", start), ("ping", ping), ("ping", ping), done=False, cut=end == "cut"))
    with (
        anthropic_client(bench, provider) as client,
        contextlib.suppress(httpx2.RemoteProtocolError),
        client.messages.stream(model="race-model", max_tokens=50, messages=MESSAGES) as stream,
    ):
        for _ in stream:
            if end == "left":
                break
    # The 50 tokens that went in, at the dearest that input may be, and the 50 that were asked for.
    most = (50 * 2 + Decimal(50) * 10) / 1_000_000
    assert bench.processor.counts == {"unresolved": 1}
    assert (bench.spent, bench.held) == (0, most)
    assert "nobody knows what it cost" in caplog.text
    clock.advance(3600)
    assert (bench.spent, bench.held) == (most, 0)
    assert bench.purse.verify() == []


FAILED = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "private", "gen_ai.request.model": "race-model"}
WITHOUT_OUTPUT = {key: value for key, value in CHAT.items() if "output" not in key}


def fail(bench: Bench, attributes: dict[str, Any], error: BaseException | None = None) -> None:
    span = bench.tracer.start_span("call", attributes=attributes)
    span.set_status(Status(StatusCode.ERROR))
    if error is not None:
        span.record_exception(error)
    span.end()


def test_a_failure_after_a_part_of_the_output_is_unresolved_and_one_after_its_end_is_what_it_told(bench: Bench) -> None:
    fail(bench, {**CHAT, "gen_ai.request.max_tokens": 200_000})
    assert (bench.spent, bench.held) == (0, Decimal("0.5"))
    fail(bench, {**CHAT, "gen_ai.response.finish_reasons": ["stop"]})
    assert (bench.spent, bench.held) == (Decimal("0.4"), Decimal("0.5"))
    assert bench.processor.counts == {"unresolved": 1, "booked": 1}


def test_what_an_unresolved_call_cost_may_be_told_by_its_key(bench: Bench, clock: ManualClock) -> None:
    fail(bench, {**WITHOUT_OUTPUT, "gen_ai.request.max_tokens": 200_000})
    (span,) = bench.spans().values()
    trace, number = span.context.trace_id, span.context.span_id
    call: Any = {"model": "race-model", "key": f"{trace:032x}/{number:016x}"}
    entry = bench.purse.record({}, usage={"input_tokens": 300_000, "output_tokens": 7}, **call)
    assert (entry.cost, entry.bound, entry.is_late) == (Decimal("0.300007"), Decimal("0.5"), False)
    clock.advance(3600)
    assert (bench.spent, bench.held) == (Decimal("0.300007"), 0)


def test_an_unresolved_call_past_the_limit_is_an_overrun_and_the_next_one_is_refused(bench: Bench) -> None:
    fail(bench, {**FAILED, "gen_ai.request.max_tokens": 1_500_000})
    assert (bench.spent, bench.held) == (Decimal("1.5"), 0)
    assert not bench.purse.decide(model="race-model", input_tokens=1, max_output_tokens=1)


@pytest.mark.parametrize("told", ["left", "silent"])
def test_a_call_without_a_bound_is_booked_by_what_it_tells_and_named(
    bench: Bench, caplog: pytest.LogCaptureFixture, told: str
) -> None:
    bench.tell(WITHOUT_OUTPUT if told == "left" else FAILED)
    expected = {"booked": 1, "partial": 1} if told == "left" else {"no_usage": 1}
    assert bench.processor.counts == expected
    assert bench.spent == (Decimal("0.3") if told == "left" else 0)
    assert ("only what it tells is booked" if told == "left" else "it isn't booked") in caplog.text


@pytest.mark.parametrize(
    ("error", "count"),
    [
        (ConnectionRefusedError(), "refused"),
        (ConnectionResetError(), "unresolved"),
        (TimeoutError(), "unresolved"),
        (RuntimeError("status_code: 429, model_name: race-model"), "refused"),
        (RuntimeError("status_code: 503, model_name: race-model"), "unresolved"),
    ],
)
def test_only_a_proof_that_nothing_was_generated_charges_nothing(
    bench: Bench, clock: ManualClock, error: BaseException, count: str
) -> None:
    fail(bench, {**FAILED, "gen_ai.request.max_tokens": 100_000}, error)
    assert bench.processor.counts == {count: 1}
    clock.advance(3600)
    assert bench.spent == (Decimal("0.1") if count == "unresolved" else 0)


def test_embeddings_have_no_output_to_tell(bench: Bench) -> None:
    bench.tell(
        {**{key: value for key, value in CHAT.items() if "output" not in key}, "gen_ai.operation.name": "embeddings"}
    )
    assert bench.processor.counts == {"booked": 1}


def fault(status: int, kind: str) -> Any:
    return whole({"type": "error", "error": {"type": kind, "message": "no"}}, status, {"retry-after-ms": "1"})


FAULTS: dict[str, Any] = {
    "429": fault(429, "rate_limit_error"),
    "500": fault(500, "api_error"),
    "503": fault(503, "api_error"),
    "timeout": lambda exchange: exchange.hang(1),
    "reset": lambda exchange: exchange.reset(),
}


@pytest.mark.parametrize("first", FAULTS)
def test_a_call_that_was_sent_again_is_one_span_and_booked_by_its_answer(
    bench: Bench, provider: Provider, first: str
) -> None:
    bench.processor._providers["anthropic"] = "private"
    provider.will(FAULTS[first], whole(ANSWER))
    with anthropic_client(bench, provider) as client:
        patient = client.with_options(max_retries=1, timeout=0.2)
        patient.messages.create(model="race-model", max_tokens=50, messages=MESSAGES)
    assert len(provider.requests) == 2
    assert bench.spent == (50 + Decimal(10)) / 1_000_000
    assert bench.processor.counts == {"booked": 1}


@pytest.mark.parametrize("last", FAULTS)
def test_a_call_that_failed_in_every_attempt_is_charged_unless_it_was_refused(
    bench: Bench, provider: Provider, clock: ManualClock, last: str
) -> None:
    bench.processor._providers["anthropic"] = "private"
    provider.will(FAULTS[last], FAULTS[last])
    with anthropic_client(bench, provider) as client:
        patient = client.with_options(max_retries=1, timeout=0.2)
        with pytest.raises(anthropic.APIError):
            patient.messages.create(model="race-model", max_tokens=50, messages=MESSAGES)
    assert len(provider.requests) == 2
    assert bench.processor.counts == {"refused" if last == "429" else "unresolved": 1}
    clock.advance(3600)
    assert (bench.spent, bench.held) == (0 if last == "429" else Decimal("0.00005"), 0)


@pytest.mark.parametrize("first", FAULTS)
def test_each_attempt_of_a_wrapped_client_is_charged_that_was_not_refused(
    bench: Bench, provider: Provider, clock: ManualClock, first: str
) -> None:
    provider.will(FAULTS[first], whole(ANSWER))
    with anthropic_client(bench, provider) as client:
        wrapped = bench.purse.wrap(client.with_options(max_retries=1, timeout=0.2), provider="private")
        wrapped.messages.create(model="race-model", max_tokens=50, messages=MESSAGES)
    assert bench.processor.counts == {"held": 1}
    spent, held = bench.spent, bench.held
    assert spent == (50 + Decimal(10)) / 1_000_000
    assert (held == 0) == (first == "429")
    clock.advance(3600)
    assert (bench.spent, bench.held) == (spent + held, 0)


def test_a_call_that_a_wrapped_client_refused_is_not_charged_by_its_span(make_purse: Any, provider: Provider) -> None:
    bench = Bench(make_purse(limit="0.00001 USD"))
    with anthropic_client(bench, provider) as client:
        wrapped = bench.purse.wrap(client, provider="private")
        with pytest.raises(bursar.BudgetExceeded):
            wrapped.messages.create(model="race-model", max_tokens=50, messages=MESSAGES)
    assert provider.requests == []
    assert bench.processor.counts == {"refused": 1}
    assert (bench.spent, bench.held) == (0, 0)


def test_a_wrapped_client_and_a_span_of_one_call_book_it_once(make_purse: Any, provider: Provider) -> None:
    book = {**DEAR_CACHE["overrides"][0], "provider": "anthropic"}
    bench = Bench(make_purse(prices={"overrides": [book]}))
    provider.will(whole(ANSWER))
    with anthropic_client(bench, provider) as client:
        wrapped = bench.purse.wrap(client, provider="anthropic")
        wrapped.messages.create(model="race-model", max_tokens=50, messages=MESSAGES)
    assert bench.processor.counts == {"held": 1}
    assert bench.spent == (20 + Decimal(3) + 100) / 1_000_000
    (span,) = bench.spans().values()
    assert span.attributes is not None
    assert isinstance(span.attributes["bursar.hold"], int)


@pytest.mark.parametrize("client", ["wrapped", "plain"])
@pytest.mark.parametrize("answer", ["whole", "streamed"])
def test_pydantic_ai_tells_its_calls(bench: Bench, provider: Provider, client: str, answer: str) -> None:
    async def run() -> None:
        async with openai.AsyncOpenAI(api_key="k", base_url=provider.url + "/v1", max_retries=0) as plain:
            await ask(agent_of(bench, bench.purse.wrap(plain) if client == "wrapped" else plain))

    async def ask(agent: Agent[Any, Any]) -> None:
        if answer == "whole":
            assert (await agent.run("hello")).output == "yes"
        else:
            async with agent.run_stream("hello") as result:
                assert await result.get_output() == "yes"

    provider.will(whole(chat()) if answer == "whole" else events(*chunks()))
    with bench.purse.tags(team="data"):
        asyncio.run(run())
    assert any("invoke_agent" in name for name in bench.spans()), "the agent has a span with its usage too"
    assert bench.processor.counts == {"held" if client == "wrapped" else "booked": 1}
    assert bench.by("team") == {("data",): Decimal("0.00003")}


def agent_of(bench: Bench, client: openai.AsyncOpenAI) -> Agent[Any, Any]:
    bench.processor._providers["openai"] = "private"
    model = OpenAIChatModel("race-model", provider=OpenAIProvider(openai_client=client))
    telling = Instrumentation(settings=InstrumentationSettings(tracer_provider=bench.provider))
    return Agent(model, capabilities=[telling], model_settings={"max_tokens": 50})
