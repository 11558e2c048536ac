"""The Claude Agent SDK with a program in the place of its `claude`, which asks a provider on loopback."""

from __future__ import annotations

import asyncio
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import bursar
import pytest
from provider import Provider, whole

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytest.importorskip("claude_agent_sdk", reason="the package is in another environment")

from claude_agent_sdk import (
    AssistantMessage,
    ClaudeAgentOptions,
    CLINotFoundError,
    ResultMessage,
    create_sdk_mcp_server,
    tool,
)

# It speaks the protocol of Claude Code over its pipes: one line of JSON a message. Each prompt is one request to the
# provider, at a dollar a million tokens, asked again once after an error of the server; what it has cost so far is
# told with each result, as Claude Code does.
PROGRAM = """#!{python}
import json, os, sys, urllib.error, urllib.request

def say(**message):
    print(json.dumps(message), flush=True)

def ask(prompt):
    body = json.dumps({{"model": "race-model", "prompt": prompt, "argv": sys.argv[1:],
                       "attributes": os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")}}).encode()
    url = os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages"
    for attempt in range(2):
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, method="POST"), timeout=10) as response:
                return json.load(response)["usage"]
        except urllib.error.HTTPError as error:
            error.close()
    return {{"input_tokens": 0, "output_tokens": 0}}

def call_tool(number):
    for method, params in (
        ("initialize", {{"protocolVersion": "2025-06-18", "capabilities": {{}},
                         "clientInfo": {{"name": "claude", "version": "1"}}}}),
        ("tools/call", {{"name": "spend", "arguments": {{}}}}),
    ):
        message = {{"jsonrpc": "2.0", "id": method, "method": method, "params": params}}
        say(type="control_request", request_id=method,
            request={{"subtype": "mcp_message", "server_name": "tools", "message": message}})
        while json.loads(sys.stdin.readline()).get("type") != "control_response":
            pass

total = 0.0
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "control_request":
        say(type="control_response", response={{"subtype": "success", "request_id": message["request_id"],
                                               "response": {{"commands": []}}}})
    elif message["type"] == "user":
        prompt = message["message"]["content"]
        say(type="system", subtype="init", session_id="s", tools=[], model="race-model")
        usage = ask(prompt)
        say(type="assistant", session_id="s", parent_tool_use_id=None, uuid="u",
            message={{"id": "msg_1", "role": "assistant", "model": "race-model",
                     "content": [{{"type": "text", "text": "yes"}}], "usage": usage}})
        if prompt == "die":
            sys.exit(3)
        if prompt == "hang":
            sys.stdin.read()
            sys.exit(0)
        if prompt == "use the tool":
            call_tool(1)
        total += (usage["input_tokens"] + usage["output_tokens"]) / 1e6
        say(type="result", subtype="success", duration_ms=1, duration_api_ms=1, is_error=False, num_turns=1,
            session_id="s", result="yes", usage=usage, uuid="u",
            total_cost_usd=None if prompt == "say no cost" else total,
            modelUsage={{"race-model": {{"costUSD": total}}}})
"""

THIRTY_TOKENS = Decimal("0.00003")
ANSWER = {"usage": {"input_tokens": 10, "output_tokens": 20}}


@pytest.fixture
def options(tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> ClaudeAgentOptions:
    """Options that start the program, which asks the provider."""
    monkeypatch.setenv("CLAUDE_AGENT_SDK_SKIP_VERSION_CHECK", "1")
    monkeypatch.delenv("OTEL_RESOURCE_ATTRIBUTES", raising=False)
    program = tmp_path / "claude"
    program.write_text(PROGRAM.format(python=sys.executable))
    program.chmod(0o755)
    provider.will(whole(ANSWER))
    return ClaudeAgentOptions(cli_path=program, env={"ANTHROPIC_BASE_URL": provider.url})


def spent(purse: bursar.Purse) -> tuple[Decimal, Decimal]:
    (budget,) = purse.budgets()
    return budget.spent, budget.held


def run(lease: Any, options: ClaudeAgentOptions, prompt: Any = "hello", until: type[Any] | None = None) -> list[Any]:
    """Read the messages of a query, to the end or to the first of a type."""

    async def main() -> list[Any]:
        messages = []
        stream = lease.query(prompt=prompt, options=options)
        async for message in stream:
            messages.append(message)
            if until is not None and isinstance(message, until):
                await stream.aclose()
                break
        # The SDK stops a program that was left in tasks of its own.
        await asyncio.sleep(0)
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True)
        return messages

    return asyncio.run(main())


async def prompts(*texts: str) -> AsyncIterator[dict[str, Any]]:
    for text in texts:
        yield {"type": "user", "message": {"role": "user", "content": text}, "parent_tool_use_id": None}


def test_a_query_is_settled_to_what_the_agent_says_it_cost(
    purse: bursar.Purse, provider: Provider, options: ClaudeAgentOptions
) -> None:
    held: list[Decimal] = []

    def reply(exchange: Any) -> None:
        held.append(spent(purse)[1])
        exchange.answer(ANSWER)

    provider.will(reply)
    with purse.tags(team="data"):
        messages = run(purse.claude_agent_sdk(amount="0.5 USD", agent="fixer"), options)
    assert isinstance(messages[-1], ResultMessage)
    assert held == [Decimal("0.5")]
    assert spent(purse) == (THIRTY_TOKENS, 0)
    assert purse.report(filter='team = "data" and agent = "fixer"').total == THIRTY_TOKENS
    assert "race-model" in purse.report(by=["model"]).to_csv()


def test_a_lease_that_does_not_fit_starts_nothing(
    purse: bursar.Purse, provider: Provider, options: ClaudeAgentOptions
) -> None:
    with pytest.raises(bursar.BudgetExceeded) as caught:
        run(purse.claude_agent_sdk(amount="1.01 USD"), options)
    assert (caught.value.remaining, caught.value.bound) == (1, Decimal("1.01"))
    assert provider.requests == []
    assert spent(purse) == (0, 0)


def test_the_agent_gets_the_amount_as_its_own_limit_and_the_tags_in_its_telemetry(
    purse: bursar.Purse, provider: Provider, options: ClaudeAgentOptions
) -> None:
    options.env["OTEL_RESOURCE_ATTRIBUTES"] = "service.name=shop,team.name=nobody"
    with purse.tags(team="data, and more", run="ticket-17"):
        run(purse.claude_agent_sdk(amount="0.5 USD"), options)
    sent = provider.requests[0].json
    assert sent["argv"][sent["argv"].index("--max-budget-usd") + 1] == "0.5"
    assert sent["attributes"] == ("service.name=shop,team.name=data%2C%20and%20more,gen_ai.conversation.id=ticket-17")
    assert options.max_budget_usd is None


def test_a_limit_that_is_lower_stays(purse: bursar.Purse, provider: Provider, options: ClaudeAgentOptions) -> None:
    options.max_budget_usd = 0.25
    run(purse.claude_agent_sdk(amount="0.5 USD"), options)
    argv = provider.requests[0].json["argv"]
    assert argv[argv.index("--max-budget-usd") + 1] == "0.25"


def test_a_query_that_is_left_is_charged_when_its_hold_expires(
    purse: bursar.Purse, provider: Provider, options: ClaudeAgentOptions, clock: Any
) -> None:
    run(purse.claude_agent_sdk(amount="0.5 USD"), options, "hang", until=AssistantMessage)
    assert len(provider.requests) == 1
    assert spent(purse) == (0, Decimal("0.5"))
    clock.advance(16 * 60)
    assert spent(purse) == (Decimal("0.5"), 0)


def test_an_agent_that_dies_without_a_result_stays_unresolved(
    purse: bursar.Purse, options: ClaudeAgentOptions, clock: Any
) -> None:
    with pytest.raises(Exception, match="exit code 3"):
        run(purse.claude_agent_sdk(amount="0.5 USD"), options, "die")
    assert spent(purse) == (0, Decimal("0.5"))
    clock.advance(16 * 60)
    assert spent(purse) == (Decimal("0.5"), 0)


def test_a_result_without_a_cost_stays_unresolved(purse: bursar.Purse, options: ClaudeAgentOptions) -> None:
    run(purse.claude_agent_sdk(amount="0.5 USD"), options, "say no cost")
    assert spent(purse) == (0, Decimal("0.5"))


def test_an_agent_that_is_not_installed_costs_nothing(
    purse: bursar.Purse, options: ClaudeAgentOptions, tmp_path: Path
) -> None:
    options.cli_path = tmp_path / "nowhere"
    with pytest.raises(CLINotFoundError):
        run(purse.claude_agent_sdk(amount="0.5 USD"), options)

    async def main() -> None:
        await purse.claude_agent_sdk(amount="0.5 USD").client(options).connect("hello")

    with pytest.raises(CLINotFoundError):
        asyncio.run(main())
    assert spent(purse) == (0, 0)


def test_retries_of_the_agent_are_in_what_it_says_it_cost(
    purse: bursar.Purse, provider: Provider, options: ClaudeAgentOptions
) -> None:
    provider.will(whole({"error": {"message": "down"}}, 500), whole(ANSWER))
    run(purse.claude_agent_sdk(amount="0.5 USD"), options)
    assert len(provider.requests) == 2
    assert spent(purse) == (THIRTY_TOKENS, 0)


def test_what_passes_the_lease_is_an_overrun_and_booked(
    purse: bursar.Purse, provider: Provider, options: ClaudeAgentOptions
) -> None:
    run(purse.claude_agent_sdk(amount="0.00001 USD"), options)
    assert spent(purse) == (THIRTY_TOKENS, 0)


def test_each_turn_of_a_stream_of_prompts_is_settled_to_its_part_of_the_total(
    purse: bursar.Purse, provider: Provider, options: ClaudeAgentOptions
) -> None:
    messages = run(purse.claude_agent_sdk(amount="0.5 USD"), options, prompts("one", "two", "three"))
    totals = [message.total_cost_usd for message in messages if isinstance(message, ResultMessage)]
    assert totals == [pytest.approx(0.00003), pytest.approx(0.00006), pytest.approx(0.00009)]
    # The agent adds floats up; the ledger has what they are read as.
    assert spent(purse) == (3 * THIRTY_TOKENS, 0)
    assert ",3,0," in purse.report(by=["model"]).to_csv()


def test_a_prompt_that_does_not_fit_any_more_is_not_sent(
    purse: bursar.Purse, provider: Provider, options: ClaudeAgentOptions
) -> None:
    others: list[bursar.Hold] = []
    is_first_over = asyncio.Event()

    async def ask() -> AsyncIterator[dict[str, Any]]:
        async for prompt in prompts("one"):
            yield prompt
        await is_first_over.wait()
        async for prompt in prompts("two"):
            yield prompt

    async def main() -> None:
        async for message in purse.claude_agent_sdk(amount="0.5 USD").query(prompt=ask(), options=options):
            if isinstance(message, ResultMessage):
                others.append(purse.reserve_amount("0.9 USD", name="tool/search"))
                is_first_over.set()

    with pytest.raises(bursar.BudgetExceeded):
        asyncio.run(asyncio.wait_for(main(), 60))
    assert [request.json["prompt"] for request in provider.requests] == ["one"]
    assert spent(purse) == (THIRTY_TOKENS, Decimal("0.9"))


def test_each_turn_of_a_client_is_held_before_it_is_sent(
    purse: bursar.Purse, provider: Provider, options: ClaudeAgentOptions
) -> None:
    async def main() -> None:
        async with purse.claude_agent_sdk(amount="0.5 USD", team="data").client(options) as client:
            assert spent(purse) == (0, 0)
            await client.query("one")
            assert spent(purse) == (0, Decimal("0.5"))
            async for _ in client.receive_response():
                pass
            assert spent(purse) == (THIRTY_TOKENS, 0)
            other = purse.reserve_amount("0.9 USD", name="tool/search")
            with pytest.raises(bursar.BudgetExceeded):
                await client.query("two")
            other.release()
            await client.query("three")
            # What it has spent already is no longer held.
            assert spent(purse) == (THIRTY_TOKENS, Decimal("0.5") - THIRTY_TOKENS)
            async for _ in client.receive_response():
                pass

    asyncio.run(asyncio.wait_for(main(), 60))
    assert [request.json["prompt"] for request in provider.requests] == ["one", "three"]
    assert purse.report(filter='team = "data"').total == 2 * THIRTY_TOKENS


def test_a_client_that_leaves_in_a_turn_leaves_it_unresolved(
    purse: bursar.Purse, options: ClaudeAgentOptions, clock: Any
) -> None:
    async def main() -> None:
        async with purse.claude_agent_sdk(amount="0.5 USD").client(options) as client:
            await client.query("hang")
            async for message in client.receive_messages():
                if isinstance(message, AssistantMessage):
                    break

    asyncio.run(asyncio.wait_for(main(), 60))
    assert spent(purse) == (0, Decimal("0.5"))
    clock.advance(16 * 60)
    assert spent(purse) == (Decimal("0.5"), 0)


def test_tools_and_agents_within_the_program_stay_in_the_lease(
    purse: bursar.Purse, options: ClaudeAgentOptions
) -> None:
    seen: list[dict[str, str]] = []

    @tool("spend", "Spends a little", {})
    async def spend(_: dict[str, Any]) -> dict[str, Any]:
        seen.append(purse.scope().tags)
        await asyncio.to_thread(lambda: seen.append(purse.scope().tags))
        return {"content": [{"type": "text", "text": "spent"}]}

    options.mcp_servers = {"tools": create_sdk_mcp_server("tools", tools=[spend])}
    with purse.tags(run="ticket-17"):
        run(purse.claude_agent_sdk(amount="0.5 USD", team="data"), options, "use the tool")
    assert seen == [{"gen_ai.conversation.id": "ticket-17", "team.name": "data"}] * 2
    assert spent(purse) == (THIRTY_TOKENS, 0)
