"""The Claude Agent SDK: a lease, which is an amount that the agent in its own process may spend by itself.

It can refuse a turn before it is sent. Within a turn the agent counts by itself, and stops at the lease's amount after
the call that reached it: what it has spent then is what is booked.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import aclosing
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import claude_agent_sdk
from claude_agent_sdk import ClaudeAgentOptions, ClaudeSDKClient

from bursar import _native, _tags
from bursar._error import Error, Unpriced

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator

    from claude_agent_sdk import Message, ResultMessage, Transport

    from bursar._purse import Purse

    Prompt = str | AsyncIterable[dict[str, Any]]

# What a lease is booked under until the agent tells which model it used.
_NAME = "anthropic/claude-agent-sdk"

_RESOURCE = "OTEL_RESOURCE_ATTRIBUTES"

_LONG = {short: long for long, short in _tags.SHORT.items()}

# The digits behind the point that the ledger has.
_PICO = Decimal("1e-12")


def lease(purse: Purse, *, amount: str | Decimal, lifetime: float | None = None, **tags: str) -> Lease:
    """Return a lease of an amount for each query, or for each session of a client."""
    return Lease(purse, _native.parse_money(amount), lifetime, tags)


class Lease:
    """An amount that one query, or one session of a client, may spend by itself."""

    def __init__(self, purse: Purse, amount: Decimal, lifetime: float | None, tags: dict[str, str]) -> None:
        """Keep what each session is given."""
        self._purse, self._amount, self._lifetime, self._tags = purse, amount, lifetime, tags

    def query(
        self, *, prompt: Prompt, options: ClaudeAgentOptions | None = None, transport: Transport | None = None
    ) -> AsyncGenerator[Message]:
        """Do what ``claude_agent_sdk.query`` does, within the lease."""
        spending = self._spending(options)
        if not isinstance(prompt, str):
            prompt = spending.prompts(prompt)
        stream = claude_agent_sdk.query(prompt=prompt, options=self.options(options), transport=transport)
        return _watched(stream, spending)

    def client(self, options: ClaudeAgentOptions | None = None, transport: Transport | None = None) -> ClaudeSDKClient:
        """Return a ``ClaudeSDKClient`` whose session, from its connection to its end, is within the lease."""
        return HeldClient(self.options(options), transport, self._spending(options))

    def options(self, options: ClaudeAgentOptions | None = None) -> ClaudeAgentOptions:
        """Return the options with the amount as the agent's own limit, and the tags in its telemetry."""
        options = options or ClaudeAgentOptions()
        known = options.env.get(_RESOURCE, os.environ.get(_RESOURCE, ""))
        env = {**options.env, _RESOURCE: _resource_attributes(known, _tags.laid_over(self._tags))}
        return replace(options, max_budget_usd=float(self._limit(options)), env=env)

    def _limit(self, options: ClaudeAgentOptions | None) -> Decimal:
        own = None if options is None else options.max_budget_usd
        return self._amount if own is None else min(self._amount, _exact(own))

    def _spending(self, options: ClaudeAgentOptions | None) -> _Spending:
        return _Spending(self._purse, self._limit(options), self._lifetime, _tags.laid_over(self._tags))


class _Spending:
    """What one process of the agent spends: each turn is held before it begins, and settled by its result."""

    def __init__(self, purse: Purse, amount: Decimal, lifetime: float | None, tags: dict[str, str]) -> None:
        self._purse, self._amount, self._lifetime, self.tags = purse, amount, lifetime, tags
        self._hold: _native.Hold | None = None
        self._spent = Decimal(0)
        self._refusal: Error | None = None

    async def begin(self) -> None:
        """Hold what is left of the amount, unless a turn is under way."""
        if self._hold is None:
            if self._purse.is_quick:
                self._hold = self._reserve()
            else:
                self._hold = await asyncio.to_thread(self._reserve)

    def _reserve(self) -> _native.Hold:
        left = max(self._amount - self._spent, Decimal(0))
        return self._purse.reserve_amount(left, name=_NAME, scope=self.tags, lifetime=self._lifetime)

    async def prompts(self, prompts: AsyncIterable[dict[str, Any]]) -> AsyncIterator[dict[str, Any]]:
        """Pass prompts on to the agent until one of them is refused."""
        async for prompt in prompts:
            try:
                await self.begin()
            except Error as refusal:
                # It is told where the messages are read: the SDK keeps to itself what its input raises.
                self._refusal = refusal
                return
            yield prompt

    async def see(self, message: Message) -> None:
        """Settle by a result, which tells what the process has spent so far; hold what goes on after one."""
        kind = type(message).__name__
        if kind == "ResultMessage":
            self._settle(message)  # type: ignore[arg-type]
        elif kind in {"AssistantMessage", "UserMessage", "StreamEvent"} or getattr(message, "subtype", "") == "init":
            await self.begin()

    def _settle(self, result: ResultMessage) -> None:
        hold, self._hold = self._hold, None
        if result.total_cost_usd is None:
            if hold is not None:
                hold.unresolved()
            return
        total = _exact(result.total_cost_usd)
        # A count below the last one has begun anew.
        cost, self._spent = total - self._spent if total >= self._spent else total, total
        if hold is None and cost:
            hold = self._purse.reserve_amount(0, name=_NAME, scope=self.tags)
        if hold is not None:
            hold.settle(cost=cost, model=self._model_of(result))

    def _model_of(self, result: ResultMessage) -> str | None:
        usage: dict[str, Any] = dict(result.model_usage or {})
        if not usage:
            return None
        dearest = max(usage, key=lambda model: usage[model].get("costUSD", 0))
        try:
            self._purse.model(dearest)
        except Unpriced:
            return None
        return dearest

    def end(self, error: BaseException | None = None) -> None:
        """End a turn that had no result: nobody knows what it cost, unless there was no program to start."""
        hold, self._hold = self._hold, None
        if hold is not None and isinstance(error, claude_agent_sdk.CLINotFoundError):
            hold.release()
        elif hold is not None:
            hold.fail(error)

    def check(self) -> None:
        """Raise what was refused while the agent was reading its input."""
        if self._refusal is not None:
            raise self._refusal from None


async def _watched(stream: AsyncIterator[Message], spending: _Spending) -> AsyncGenerator[Message]:
    """Pass a query's messages on, within the tags of its lease."""
    await spending.begin()
    try:
        async with aclosing(stream):  # type: ignore[type-var]
            while True:
                with _tags.tagged(spending.tags):
                    message = await anext(stream, None)
                if message is None:
                    break
                await spending.see(message)
                yield message
    except BaseException as error:
        spending.end(error)
        raise
    spending.end()
    spending.check()


class HeldClient(ClaudeSDKClient):
    """A client whose turns are held before they are sent."""

    def __init__(self, options: ClaudeAgentOptions, transport: Transport | None, spending: _Spending) -> None:
        """Keep the lease."""
        super().__init__(options, transport)
        self._spending = spending
        self._is_connecting = False

    async def connect(self, prompt: Prompt | None = None) -> None:
        """Start the agent; a prompt that comes with it is held before."""
        self._is_connecting = True
        try:
            if isinstance(prompt, str):
                await self._spending.begin()
            elif prompt is not None:
                prompt = self._spending.prompts(prompt)
            with _tags.tagged(self._spending.tags):
                await super().connect(prompt)
        except BaseException as error:
            self._spending.end(error)
            raise
        finally:
            self._is_connecting = False

    async def query(self, prompt: Prompt, session_id: str = "default") -> None:
        """Hold what is left of the lease, and send."""
        await self._spending.begin()
        await super().query(prompt, session_id)

    async def receive_messages(self) -> AsyncIterator[Message]:
        """Pass messages on, and settle each turn by its result."""
        async for message in super().receive_messages():
            await self._spending.see(message)
            yield message
        self._spending.check()

    async def disconnect(self) -> None:
        """Stop the agent; a turn that has no result by then stays unresolved."""
        try:
            await super().disconnect()
        finally:
            if not self._is_connecting:
                self._spending.end()


def _exact(amount: float) -> Decimal:
    """Return the shortest decimal that is read as this number, to the last digit that the ledger has."""
    return Decimal(str(amount)).quantize(_PICO, ROUND_HALF_EVEN)


def _resource_attributes(known: str, tags: dict[str, str]) -> str:
    """Return resource attributes with tags over those that are known, as OpenTelemetry writes them."""
    ours = {_LONG.get(key, key): quote(value, safe="") for key, value in tags.items()}
    pairs = (pair.partition("=") for pair in known.split(",") if "=" in pair)
    return ",".join(
        f"{key}={value}" for key, value in {**{key.strip(): value for key, _, value in pairs}, **ours}.items()
    )
