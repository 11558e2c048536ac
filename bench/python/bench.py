"""The Python rows of the speed table, beside rivals in the same run, as JSON into the file that it is given."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import agentbudget
import bursar
import floe_guard
import genai_prices
import httpx2
import imports
import litellm
import openai
from rounds import nanoseconds

ROWS: list[dict[str, Any]] = []

ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_795_000_000,
    "model": "gpt-5-mini",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "A sentence of an answer. " * 64},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {
        "prompt_tokens": 1200,
        "completion_tokens": 320,
        "total_tokens": 1520,
        "prompt_tokens_details": {"cached_tokens": 1024, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 64, "audio_tokens": 0},
    },
}
BODY = json.dumps(ANSWER).encode()

POLICY = {
    "budgets": [
        {"name": name, "match": match, "limit": "1e12 USD", "period": "month", "time_zone": "Europe/Berlin"}
        for name, match in {
            "all": "everything",
            "team": {"team": "search"},
            "project": {"project": "rag"},
            "client": {"client": "acme"},
            "agent": {"agent": "ranker"},
        }.items()
    ],
}
TAGS = {"team": "search", "project": "rag", "client": "acme", "agent": "ranker"}


def row(work: str, value: float, unit: str, goal: float | None = None, beside: tuple[str, float] | None = None) -> None:
    """Keep a row: what was measured, its goal, and what stood beside it."""
    other = None if beside is None else {"name": beside[0], "value": beside[1]}
    ROWS.append({"work": work, "value": value, "unit": unit, "goal": goal, "beside": other})


def weighing(wheel: Path) -> None:
    """Weigh the wheel, as it is downloaded and as it is installed, in millions of bytes."""
    with zipfile.ZipFile(wheel) as packed:
        unpacked = sum(file.file_size for file in packed.infolist())
    row("Python: size of the wheel", wheel.stat().st_size / 1e6, "MB", 6)
    row("Python: size of the wheel, unpacked", unpacked / 1e6, "MB")


def loading() -> None:
    """Import the packages."""
    ours, memory = imports.cost("import bursar")
    theirs, their_memory = imports.cost("import litellm", rounds=3)
    row("Python: import bursar", ours, "ms", 50, ("import litellm", theirs))
    row("Python: memory of import bursar", memory, "MB", 15, ("import litellm", their_memory))
    for name in ("genai_prices", "floe_guard", "agentbudget"):
        row(f"Python: import bursar ({name} beside it)", ours, "ms", 50, (name, imports.cost(f"import {name}")[0]))


def quoting() -> None:
    """Price the same usage by name, and read usage from the same answer."""
    usage = {"input_tokens": 1000, "output_tokens": 100}
    other = genai_prices.Usage(input_tokens=1000, output_tokens=100)
    assert bursar.quote(model="gpt-5", provider="openai", usage=usage).total == Decimal("0.00225")
    ours, genai, lite = nanoseconds(
        lambda: bursar.quote(model="gpt-5", provider="openai", usage=usage).total,
        lambda: genai_prices.calc_price(other, "gpt-5", provider_id="openai").total_price,
        lambda: litellm.cost_per_token(
            "gpt-5", prompt_tokens=1000, completion_tokens=100, custom_llm_provider="openai"
        ),
    )
    row("Python: quote by name", ours / 1e3, "us", None, ("genai-prices", genai / 1e3))
    row("Python: quote by name (LiteLLM beside it)", ours / 1e3, "us", None, ("litellm.cost_per_token", lite / 1e3))
    ours, genai = nanoseconds(
        lambda: bursar.read_usage(BODY, host="api.openai.com", path="/v1/chat/completions"),
        lambda: genai_prices.extract_usage(json.loads(BODY), provider_id="openai", api_flavor="chat"),
    )
    row(f"Python: usage of an answer of {len(BODY)} bytes", ours / 1e3, "us", None, ("genai-prices", genai / 1e3))


def deciding() -> None:
    """Reserve and settle: in memory by handles and by names, and in a file."""
    purse = bursar.open(":memory:", policy=POLICY, resource_attributes="")
    scope, model = purse.scope(TAGS), purse.model("gpt-5", provider="openai")
    usage = bursar.Usage(input_uncached=1000, output=100)
    counts = {"input_tokens": 1000, "output_tokens": 100}
    guard, session = (
        floe_guard.BudgetGuard(limit_usd=1e12, max_log_events=1000),
        agentbudget.AgentBudget(1e12, max_repeated_calls=1 << 60).session(),
    )

    def by_handle() -> None:
        purse.reserve(scope, model=model, input_tokens=1000, max_output_tokens=200).settle(usage)

    def by_name() -> None:
        purse.reserve(TAGS, model="gpt-5", input_tokens=1000, max_output_tokens=200).settle(counts)

    def floe() -> None:
        guard.settle("gpt-4o", 1000, 100, reserved=guard.reserve(0.01))

    with session:
        handles, names, floes, agent = nanoseconds(
            by_handle, by_name, floe, lambda: session.track(None, cost=0.0035, tool_name="model")
        )
    row(
        "Python: reserve + settle, 5 budgets, handles, in memory",
        handles / 1e3,
        "us",
        0.5,
        ("floe-guard, one limit", floes / 1e3),
    )
    row("Python: the same from names", names / 1e3, "us", 1.5, ("floe-guard, one limit", floes / 1e3))
    row(
        "Python: the same (agentbudget's track beside it)",
        names / 1e3,
        "us",
        1.5,
        ("agentbudget, charged afterwards", agent / 1e3),
    )
    with tempfile.TemporaryDirectory() as folder:
        in_file(Path(folder))
    purse.close()


def in_file(folder: Path) -> None:
    """Reserve and settle with every step committed."""
    purse = bursar.open(folder / "ledger.db", policy=POLICY, resource_attributes="")
    scope, model = purse.scope(TAGS), purse.model("gpt-5", provider="openai")
    usage = bursar.Usage(input_uncached=1000, output=100)
    guard = floe_guard.BudgetGuard(
        limit_usd=1e12, window="utc-day", store=floe_guard.SqliteStore(str(folder / "floe.db")), max_log_events=1000
    )
    ours, theirs = nanoseconds(
        lambda: purse.reserve(scope, model=model, input_tokens=1000, max_output_tokens=200).settle(usage),
        lambda: guard.settle("gpt-4o", 1000, 100, reserved=guard.reserve(0.01)),
    )
    row(
        "Python: reserve + settle, committed to a file",
        ours / 1e3,
        "us",
        None,
        ("floe-guard with SQLite", theirs / 1e3),
    )
    purse.close()


def answer(request: httpx2.Request) -> httpx2.Response:
    """Answer at once, as a provider would."""
    del request
    return httpx2.Response(200, content=BODY, headers={"content-type": "application/json"})


def wrapping() -> None:
    """Call through wrapped clients and bare ones, over a transport that answers at once."""

    def http() -> httpx2.Client:
        return httpx2.Client(transport=httpx2.MockTransport(answer))

    def client() -> openai.OpenAI:
        return openai.OpenAI(api_key="k", http_client=http())

    purse = bursar.open(":memory:", policy=POLICY, tags=TAGS, resource_attributes="")
    asked: dict[str, Any] = {
        "model": "gpt-5-mini",
        "messages": [{"role": "user", "content": "A question. " * 80}],
        "max_completion_tokens": 400,
    }
    bare, wrapped, plain, held = client(), purse.wrap(client()), http(), purse.wrap(http())
    url = "https://api.openai.com/v1/chat/completions"
    without, within, sent, sent_held = nanoseconds(
        lambda: bare.chat.completions.create(**asked),
        lambda: wrapped.chat.completions.create(**asked),
        lambda: plain.post(url, json=asked).content,
        lambda: held.post(url, json=asked).content,
    )
    row("Python: a call through a wrapped openai client", within / 1e3, "us", None, ("the bare client", without / 1e3))
    row(
        "Python: a request through a wrapped httpx client", sent_held / 1e3, "us", None, ("the bare client", sent / 1e3)
    )
    purse.close()


def main() -> None:
    """Measure, and write."""
    weighing(Path(sys.argv[2]))
    for measure in (loading, quoting, wrapping, deciding):
        measure()
    Path(sys.argv[1]).write_text(json.dumps(ROWS, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
