"""The openai SDK against a provider on loopback: what doesn't fit never reaches it, what was used is settled."""

from __future__ import annotations

import asyncio
import gc
import io
import struct
import threading
import wave
import zlib
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import bursar
import openai
import pytest
from provider import Exchange, Provider, chat, chunks, events, whole

MESSAGES: list[Any] = [{"role": "user", "content": "hello"}]
# A call of exactly ten cents: its answer is as long as was asked for, its input costs nothing.
TEN_CENTS = {"overrides": [{"provider": "private", "model": "race-model", "output_mtok": "1", "input_mtok": "free"}]}


def client_of(purse: bursar.Purse, provider: Provider, **options: Any) -> openai.OpenAI:
    return purse.wrap(openai.OpenAI(api_key="k", base_url=provider.url + "/v1", max_retries=0, **options))


def async_client_of(purse: bursar.Purse, provider: Provider, **options: Any) -> openai.AsyncOpenAI:
    return purse.wrap(openai.AsyncOpenAI(api_key="k", base_url=provider.url + "/v1", max_retries=0, **options))


def spent(purse: bursar.Purse) -> tuple[Decimal, Decimal]:
    (budget,) = purse.budgets()
    return budget.spent, budget.held


def test_a_call_is_settled_to_the_usage_of_its_answer(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(chat()))
    client = client_of(purse, provider)
    assert type(client) is openai.OpenAI
    with purse.tags(team="data"):
        answer = client.chat.completions.create(model="race-model", messages=MESSAGES, max_tokens=50)
    assert answer.choices[0].message.content == "yes"
    assert spent(purse) == (Decimal("0.00003"), 0)
    assert purse.report(by=["team"]).total == Decimal("0.00003")


def test_what_does_not_fit_never_reaches_the_provider(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(chat()))
    client = client_of(purse, provider)
    with pytest.raises(bursar.BudgetExceeded) as caught:
        client.chat.completions.create(model="race-model", messages=MESSAGES, max_tokens=1_000_000)
    assert caught.value.budget == "all"
    assert caught.value.__cause__ is None
    assert provider.requests == []
    assert spent(purse) == (0, 0)


def test_a_model_without_a_price_never_reaches_the_provider(purse: bursar.Purse, provider: Provider) -> None:
    client = client_of(purse, provider)
    with pytest.raises(bursar.Unpriced, match="tset-model"):
        client.chat.completions.create(model="tset-model", messages=MESSAGES, max_tokens=1)
    assert provider.requests == []


def test_a_call_asks_for_as_much_as_fits_where_it_is_told_to(make_purse: Any, provider: Provider) -> None:
    purse = make_purse(prices=TEN_CENTS)
    provider.will(whole(chat(completion=5)))
    client = purse.wrap(openai.OpenAI(api_key="k", base_url=provider.url + "/v1"), fit=True)
    client.chat.completions.create(model="race-model", messages=MESSAGES, max_completion_tokens=2_000_000)
    assert provider.requests[0].json["max_completion_tokens"] == 1_000_000


def test_a_stream_is_settled_to_its_usage_which_was_asked_for(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(events(*chunks()))
    client = client_of(purse, provider)
    stream = client.chat.completions.create(model="race-model", messages=MESSAGES, max_tokens=50, stream=True)
    # The event with the usage was asked for by the purse, and stays with it.
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "yes"
    assert provider.requests[0].json["stream_options"] == {"include_usage": True}
    assert spent(purse) == (Decimal("0.00003"), 0)


def test_a_stream_whose_usage_the_caller_asked_for_passes_whole(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(events(*chunks()))
    stream = client_of(purse, provider).chat.completions.create(
        model="race-model",
        messages=MESSAGES,
        max_tokens=50,
        stream=True,
        stream_options={"include_usage": True},
    )
    assert [chunk.usage.total_tokens for chunk in stream if chunk.usage] == [30]
    assert spent(purse) == (Decimal("0.00003"), 0)


@pytest.mark.parametrize("how", ["closed", "broken off", "forgotten"])
def test_an_aborted_stream_is_charged_when_its_hold_expires(
    how: str, purse: bursar.Purse, provider: Provider, clock: Any
) -> None:
    provider.will(events(*chunks()[:1], done=False, cut=how == "broken off"))
    client = client_of(purse, provider)
    stream = client.chat.completions.create(model="race-model", messages=MESSAGES, max_tokens=50, stream=True)
    if how == "broken off":
        # Version 2 lets the error of its connection through.
        with pytest.raises(Exception, match=r"peer closed|incomplete|onnection"):
            list(stream)
    else:
        next(iter(stream))
        if how == "closed":
            stream.close()
    del stream
    gc.collect()
    held = spent(purse)[1]
    assert held > Decimal("0.00005")
    clock.advance(16 * 60)
    assert spent(purse) == (held, 0)


def test_a_wrapped_client_that_is_forgotten_leaves_the_connections_of_its_original(
    purse: bursar.Purse, provider: Provider
) -> None:
    arrived, forgotten = threading.Event(), threading.Event()

    def reply(exchange: Exchange) -> None:
        arrived.set()
        forgotten.wait(10)
        exchange.answer(chat())

    provider.will(reply)
    client = openai.OpenAI(api_key="k", base_url=provider.url + "/v1", max_retries=0)
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(client.chat.completions.create, model="race-model", messages=MESSAGES)
        assert arrived.wait(10)
        purse.wrap(client)
        gc.collect()
        forgotten.set()
        assert asked.result().choices[0].message.content == "yes"
    client.close()


def test_an_answer_whose_usage_contradicts_itself_is_its_callers_and_stays_unresolved(
    purse: bursar.Purse, provider: Provider
) -> None:
    answer = chat()
    answer["usage"]["prompt_tokens_details"] = {"cached_tokens": 0, "cache_write_tokens": 2161}
    provider.will(whole(answer))
    client = client_of(purse, provider)
    answered = client.chat.completions.create(model="race-model", messages=MESSAGES, max_tokens=50)
    assert answered.choices[0].message.content == "yes"
    settled, held = spent(purse)
    assert settled == 0
    assert held > 0


def test_a_timeout_is_charged_and_a_refusal_is_not(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(lambda exchange: exchange.hang(1))
    client = client_of(purse, provider, timeout=0.2)
    with pytest.raises(openai.APITimeoutError):
        client.chat.completions.create(model="race-model", messages=MESSAGES, max_tokens=50)
    held = spent(purse)[1]
    assert held > 0
    provider.will(whole({"error": {"message": "slow down"}}, 429))
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(model="race-model", messages=MESSAGES, max_tokens=50)
    assert spent(purse) == (0, held)


def test_each_attempt_is_held_and_settled_by_itself(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(
        whole({"error": {"message": "down"}}, 500, {"retry-after-ms": "1"}),
        whole({"error": {"message": "slow"}}, 429, {"retry-after-ms": "1"}),
        whole(chat()),
    )
    client = client_of(purse, provider).with_options(max_retries=2)
    client.chat.completions.create(model="race-model", messages=MESSAGES, max_tokens=50)
    assert len(provider.requests) == 3
    settled, held = spent(purse)
    # The error of the server may have come after tokens were generated; the refusal came before.
    assert settled == Decimal("0.00003")
    assert held > Decimal("0.00005")


def test_a_retry_that_does_not_fit_any_more_is_not_sent(make_purse: Any, provider: Provider) -> None:
    purse = make_purse("0.1 USD", prices=TEN_CENTS)
    provider.will(whole({"error": {"message": "down"}}, 500, {"retry-after-ms": "1"}))
    client = client_of(purse, provider).with_options(max_retries=5)
    with pytest.raises(bursar.BudgetExceeded):
        client.chat.completions.create(model="race-model", messages=MESSAGES, max_tokens=100_000)
    assert len(provider.requests) == 1


def test_other_ways_to_call_are_held_too(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(whole(chat()))
    client = client_of(purse, provider)
    client.with_options(timeout=5).chat.completions.with_raw_response.create(
        model="race-model", messages=MESSAGES, max_tokens=50
    )
    with client.chat.completions.with_streaming_response.create(
        model="race-model", messages=MESSAGES, max_tokens=50
    ) as raw:
        raw.read()
    client.chat.completions.parse(model="race-model", messages=MESSAGES, max_tokens=50)
    provider.will(events(*chunks()))
    with client.chat.completions.stream(model="race-model", messages=MESSAGES, max_tokens=50) as stream:
        stream.until_done()
    assert spent(purse) == (Decimal("0.00012"), 0)


def test_responses_and_embeddings_are_held_too(purse: bursar.Purse, provider: Provider) -> None:
    response = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_795_000_000,
        "status": "completed",
        "model": "race-model",
        "output": [],
        "usage": {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15},
    }
    provider.will(whole(response))
    client = client_of(purse, provider)
    client.responses.create(model="race-model", input="hello", max_output_tokens=50)
    assert spent(purse) == (Decimal("0.000015"), 0)
    provider.will(
        events(
            ("response.created", {"type": "response.created", "response": {**response, "usage": None}}),
            ("response.completed", {"type": "response.completed", "response": response}),
            done=False,
        )
    )
    list(client.responses.create(model="race-model", input="hello", max_output_tokens=50, stream=True))
    assert spent(purse) == (Decimal("0.00003"), 0)
    provider.will(
        whole(
            {
                "object": "list",
                "model": "race-model",
                "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}],
                "usage": {"prompt_tokens": 4, "total_tokens": 4},
            }
        )
    )
    client.embeddings.create(model="race-model", input="hello", encoding_format="float")
    assert spent(purse) == (Decimal("0.000034"), 0)


def wav(seconds: int) -> bytes:
    """Silence."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(bytes(2 * 8_000 * seconds))
    return file.getvalue()


def test_a_form_with_sound_is_held_by_its_seconds(make_purse: Any, provider: Provider) -> None:
    prices = {"overrides": [{"provider": "private", "model": "race-ear", "audio_second": "0.001"}]}
    purse = make_purse("0.05 USD", prices=prices)
    client = client_of(purse, provider)
    with pytest.raises(bursar.BudgetExceeded) as caught:
        client.audio.transcriptions.create(model="race-ear", file=("a.wav", wav(60)))
    assert caught.value.bound == Decimal("0.06")
    assert provider.requests == []
    provider.will(whole({"text": "yes", "usage": {"type": "duration", "seconds": 30}}))
    with purse.tags(team="data"):
        assert client.audio.transcriptions.create(model="race-ear", file=("a.wav", wav(30))).text == "yes"
    assert wav(30) in provider.requests[0].body
    assert spent(purse) == (Decimal("0.03"), 0)
    assert purse.report(by=["team"], filter='team = "data"').total == Decimal("0.03")


def test_a_form_of_an_async_client_is_held_too(make_purse: Any, provider: Provider) -> None:
    prices = {"overrides": [{"provider": "private", "model": "race-ear", "audio_second": "0.001"}]}
    purse = make_purse("0.05 USD", prices=prices)
    provider.will(whole({"text": "yes", "usage": {"type": "duration", "seconds": 30}}))

    async def main(seconds: int) -> None:
        async with async_client_of(purse, provider) as client:
            await client.audio.transcriptions.create(model="race-ear", file=("a.wav", wav(seconds)))

    with pytest.raises(bursar.BudgetExceeded):
        asyncio.run(main(60))
    assert provider.requests == []
    asyncio.run(main(30))
    assert spent(purse) == (Decimal("0.03"), 0)


def test_a_form_whose_answer_is_streamed_is_settled_to_its_usage(make_purse: Any, provider: Provider) -> None:
    model = {"provider": "private", "model": "race-ear", "input_mtok": "1", "output_mtok": "1", "audio_input_mtok": "1"}
    purse = make_purse(prices={"overrides": [{**model, "max_output_tokens": 1_000}]})
    tokens = {"type": "tokens", "input_tokens": 10, "output_tokens": 20, "total_tokens": 30}
    usage = {**tokens, "input_token_details": {"audio_tokens": 10, "text_tokens": 0}}
    provider.will(
        events(
            {"type": "transcript.text.delta", "delta": "yes"},
            {"type": "transcript.text.done", "text": "yes", "usage": usage},
        )
    )
    client = client_of(purse, provider)
    stream = client.audio.transcriptions.create(model="race-ear", file=("a.wav", wav(1)), stream=True)
    assert [event.type for event in stream] == ["transcript.text.delta", "transcript.text.done"]
    assert spent(purse) == (Decimal("0.00003"), 0)


def test_a_form_with_an_image_is_held_and_settled(make_purse: Any, provider: Provider) -> None:
    model = {"provider": "private", "model": "race-eye", "input_mtok": "1", "output_mtok": "1"}
    purse = make_purse(prices={"overrides": [{**model, "image_input_mtok": "1", "image_output_mtok": "1"}]})
    head = struct.pack("!IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + struct.pack("!I", 13) + b"IHDR" + head + struct.pack("!I", zlib.crc32(b"IHDR" + head))
    tokens = {"input_tokens": 100, "output_tokens": 272, "total_tokens": 372}
    usage = {**tokens, "input_tokens_details": {"text_tokens": 10, "image_tokens": 90}}
    bounds = []

    def reply(exchange: Exchange) -> None:
        bounds.append(spent(purse)[1])
        exchange.answer({"created": 1, "data": [{"b64_json": "aGk="}], "usage": usage})

    provider.will(reply)
    client_of(purse, provider).images.edit(model="race-eye", image=("a.png", png), prompt="redder", size="1024x1024")
    assert bounds[0] > Decimal("0.000372")
    assert spent(purse) == (Decimal("0.000372"), 0)


def test_an_answer_that_can_not_be_priced_reaches_its_caller_and_stays_held(
    purse: bursar.Purse, provider: Provider, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    details = {"audio_tokens": 10}
    answer = chat()
    answer["usage"]["prompt_tokens_details"] = details
    provider.will(whole(answer))
    client = client_of(purse, provider).with_options(max_retries=2)
    client.chat.completions.create(model="race-model", messages=MESSAGES, max_tokens=50)
    assert len(provider.requests) == 1
    assert "stays unresolved" in caplog.text
    assert "audio_input" in caplog.text
    held = spent(purse)[1]
    assert held > 0
    clock.advance(16 * 60)
    assert spent(purse) == (held, 0)


def test_what_is_no_model_call_passes(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(
        whole(
            {
                "id": "file-1",
                "object": "file",
                "bytes": 1,
                "created_at": 1,
                "filename": "a",
                "purpose": "batch",
                "status": "processed",
            }
        )
    )
    assert client_of(purse, provider).files.create(file=b"x", purpose="batch").id == "file-1"
    assert spent(purse) == (0, 0)


def test_sixty_four_threads_get_ten_calls_of_ten_cents_out_of_a_dollar(make_purse: Any, provider: Provider) -> None:
    purse = make_purse(prices=TEN_CENTS)

    def reply(exchange: Exchange) -> None:
        exchange.answer(chat(completion=100_000))

    provider.will(reply)
    client = client_of(purse, provider)

    def call(_: int) -> str:
        try:
            client.chat.completions.create(model="race-model", messages=MESSAGES, max_tokens=100_000)
        except bursar.Refused:  # suspended, once the dollar is spent
            return "refused"
        return "sent"

    with ThreadPoolExecutor(64) as pool:
        outcomes = list(pool.map(call, range(64)))
    assert (outcomes.count("sent"), outcomes.count("refused"), len(provider.requests)) == (10, 54, 10)
    assert spent(purse) == (Decimal(1), 0)


def test_sixty_four_tasks_get_ten_calls_of_ten_cents_out_of_a_dollar(make_purse: Any, provider: Provider) -> None:
    purse = make_purse(prices=TEN_CENTS)
    provider.will(whole(chat(completion=100_000)))

    async def main() -> list[object]:
        async with async_client_of(purse, provider) as client:
            calls = [
                client.chat.completions.create(model="race-model", messages=MESSAGES, max_tokens=100_000)
                for _ in range(64)
            ]
            return await asyncio.gather(*calls, return_exceptions=True)

    outcomes = asyncio.run(main())
    refused = [outcome for outcome in outcomes if isinstance(outcome, bursar.Refused)]
    assert (len(refused), len(provider.requests)) == (54, 10)
    assert spent(purse) == (Decimal(1), 0)


def test_an_async_stream_is_settled_and_an_aborted_one_is_not(purse: bursar.Purse, provider: Provider) -> None:
    provider.will(events(*chunks()))

    async def main(*, abort: bool) -> None:
        async with async_client_of(purse, provider) as client:
            stream = await client.chat.completions.create(
                model="race-model", messages=MESSAGES, max_tokens=50, stream=True
            )
            async for _ in stream:
                if abort:
                    await stream.close()
                    break

    asyncio.run(main(abort=False))
    assert spent(purse) == (Decimal("0.00003"), 0)
    asyncio.run(main(abort=True))
    assert spent(purse)[1] > 0
