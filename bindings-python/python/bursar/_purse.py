"""The purse: a ledger with a policy, asked before every call."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, TypeVar

from bursar import _fork, _native, _spans, _tags
from bursar._adapters import Adapters
from bursar._answer import body_of
from bursar._billing import Billing
from bursar._budgeted import Budgeted
from bursar._decision import Decision
from bursar._entry import LedgerEntry, entry_of
from bursar._error import Refused, Throttled
from bursar._executor import TaggedExecutor
from bursar._policy import Policy, policy_arguments
from bursar._quote import Quote, quote
from bursar._reconciliation import Reconciling
from bursar._reports import Reports
from bursar._status import Alert, BudgetStatus, HoldStatus, alert_of, budgets_of
from bursar._time import from_micros, to_micros

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor
    from contextlib import AbstractContextManager
    from datetime import datetime
    from decimal import Decimal
    from types import TracebackType

    from typing_extensions import Self

    Client = TypeVar("Client")


class Purse(Reports, Billing, Reconciling, Adapters):
    """A ledger under a policy: it prices, holds, settles and reports. Safe to share between threads and tasks.

    ``reserve`` holds the most that a call may cost before it is sent, or raises ``BudgetExceeded``, ``Throttled``,
    ``Suspended``, ``Unpriced`` or ``Untagged``; ``settle`` books what it really cost.

    >>> import bursar
    >>> purse = bursar.open(":memory:")
    >>> with purse.reserve({"team": "marketing"}, model="claude-sonnet-4-5",
    ...                    input_tokens=1200, max_output_tokens=800, key="job-17") as hold:
    ...     entry = hold.settle({"input_tokens": 1200, "output_tokens": 312})
    >>> entry.cost, hold.bound
    (Decimal('0.00828'), Decimal('0.0192'))

    A block that is left without settling gives nothing back unless its exception proves that nothing was generated:
    otherwise nobody knows what the call cost, and its hold becomes spend when it expires.
    """

    def scope(
        self, tags: Mapping[str, str] | None = None, /, *, parent: _native.Scope | None = None, **named: str
    ) -> _native.Scope:
        """Resolve tags to their budgets, once, over those around the call.

        ``parent`` is the scope of the agent that starts this one: what is spent here counts in its run too.

        >>> import bursar
        >>> bursar.open(":memory:").scope(team="marketing", agent="writer")
        Scope(agent="writer", team="marketing")
        """
        return self._scope(_tags.laid_over({**(tags or {}), **named}), parent=parent)

    def tags(self, tags: Mapping[str, str] | None = None, /, **named: str) -> AbstractContextManager[dict[str, str]]:
        """Lay tags around a block: every call within it carries them, also in the tasks that it starts.

        >>> import bursar
        >>> purse = bursar.open(":memory:")
        >>> with purse.tags(team="marketing"), purse.tags(agent="writer"):
        ...     purse.scope().tags
        {'gen_ai.agent.name': 'writer', 'team.name': 'marketing'}
        """
        return _tags.tagged({**(tags or {}), **named})

    def decide(
        self,
        scope: _native.Scope | Mapping[str, str] | None = None,
        *,
        model: str | _native.Model,
        input_tokens: int,
        max_output_tokens: int | None = None,
        **options: Any,
    ) -> Decision:
        """Answer as ``reserve`` does, with the refusal as a value."""
        return Decision(
            self._decide(scope, model=model, input_tokens=input_tokens, max_output_tokens=max_output_tokens, **options)
        )

    def reserve_request(  # noqa: PLR0913, each is a name of the question
        self,
        body: Any,
        *,
        host: str = "",
        path: str = "",
        api: str | None = None,
        scope: _native.Scope | Mapping[str, str] | None = None,
        provider: str | None = None,
        key: str | None = None,
    ) -> _native.Hold:
        """Hold the most that a request may cost, read from the request itself, or raise the refusal.

        ``body`` is bytes, text or a dict; ``host`` and ``path`` tell which API it goes to and who answers, or ``api``
        and ``provider`` name them.

        >>> import bursar
        >>> hold = bursar.open(":memory:").reserve_request(
        ...     {"model": "gpt-5-mini", "max_output_tokens": 500, "input": "hello"},
        ...     host="api.openai.com", path="/v1/responses", scope={"team": "data"})
        >>> hold.bound
        Decimal('0.0010235')
        """
        at_host, of_host = _native.address(host, path)
        api = api or at_host
        if api is None:
            message = "no API is known at this address: give `host` and `path`, or `api`"
            raise ValueError(message)
        scope = _tags.current() if scope is None else scope
        options: dict[str, Any] = {
            "api": api,
            "path": path,
            "scope": scope,
            "provider": provider or of_host,
            "key": key,
        }
        decision = Decision(self._decide_request(body_of(body), **options))
        if decision.hold is None:
            raise decision.error from None  # type: ignore[misc]
        return decision.hold

    def _decide_request(self, body: bytes, **options: Any) -> _native.Hold | Refused:
        """Decide on a request, and note its hold on the span around it."""
        decided = super()._decide_request(body, **options)
        if isinstance(decided, _native.Hold):
            _spans.mark(decided.number)
        else:
            _spans.mark_refused()
        return decided

    async def areserve(
        self,
        scope: _native.Scope | Mapping[str, str] | None = None,
        *,
        wait: float | None = None,
        **options: Any,
    ) -> _native.Hold:
        """Reserve from a coroutine: what may wait for a disk runs beside the loop, and a throttle is waited out.

        ``wait`` is how many seconds a throttle may take altogether; left out, it is raised at once.
        """
        import asyncio  # noqa: PLC0415, the program that awaits has it already; others never need it

        if scope is None:
            scope = _tags.current()
        until = None if wait is None else time.monotonic() + wait
        while True:
            try:
                if self.is_quick:
                    return self.reserve(scope, **options)
                return await asyncio.to_thread(self.reserve, scope, **options)
            except Throttled as throttled:
                delay = throttled.retry_after
                if until is None or delay is None or time.monotonic() + delay > until:
                    raise
            await asyncio.sleep(delay)

    def wrap(self, client: Client, *, provider: str | None = None, fit: bool = False) -> Client:
        """Return a client of the same type whose every call is held against the budgets before it is sent.

        Takes clients of ``openai``, ``anthropic``, ``google.genai``, ``boto3``'s Bedrock and ``httpx``, sync and async,
        and LangChain's models of OpenAI and Anthropic.
        ``provider`` names who answers, where the host doesn't tell; ``fit`` asks for fewer output tokens where that
        makes a call fit.
        """
        from bursar import _wrap  # noqa: PLC0415, nothing of it is needed until then

        return _wrap.wrap(self, client, _wrap.Options(provider=provider, fit=fit))

    def budgeted(self, *, limit: str | Decimal | None = None, **tags: str) -> Budgeted:
        """Give a function tags, and a limit on what each call of it may spend with all that it calls.

        Works on functions, coroutines and generators.

        >>> import bursar
        >>> purse = bursar.open(":memory:")
        >>> @purse.budgeted(team="search", limit="0.01 USD")
        ... def answer(tokens):
        ...     return purse.decide(model="gpt-5", input_tokens=0, max_output_tokens=tokens)
        >>> bool(answer(1000)), bool(answer(1001))
        (True, False)
        """
        if limit is not None:
            limit = f"{_native.parse_money(limit)} USD"
        return Budgeted(self, limit, tags)

    def executor(self, pool: Executor) -> TaggedExecutor:
        """Return an executor that carries the tags around a call into the threads of another one."""
        return TaggedExecutor(pool)

    def budgets(self) -> list[BudgetStatus]:
        """Return what every budget stands at, in the order of the policy."""
        return budgets_of(self._budgets())

    def hold(self, number: int) -> HoldStatus | None:
        """Return where a hold is in its life; nothing for one that is unknown, or ended long ago.

        >>> import bursar
        >>> purse = bursar.open(":memory:")
        >>> held = purse.reserve(model="gpt-5-mini", input_tokens=1000, max_output_tokens=500)
        >>> purse.hold(held.number).state
        'open'
        """
        fields = self._hold(number)
        return None if fields is None else HoldStatus(*fields)

    def entry(self, number: int) -> LedgerEntry:
        """Return one ledger entry, as a settlement or an alert names it.

        >>> import bursar
        >>> purse = bursar.open(":memory:")
        >>> usage = {"input_tokens": 1000, "output_tokens": 100}
        >>> booked = purse.record({"team": "data"}, model="gpt-5-mini", usage=usage)
        >>> entry = purse.entry(booked.number)
        >>> entry.kind, entry.amount, entry.tags, [line.dimension for line in entry.lines]
        ('settle', Decimal('0.00045'), {'team.name': 'data'}, ['input_uncached', 'output'])
        """
        return entry_of(self._entry(number))

    def quote(
        self,
        *,
        model: str,
        usage: Mapping[str, int] | _native.Usage,
        provider: str | None = None,
        at: datetime | None = None,
        terms: Mapping[str, str] | None = None,
    ) -> Quote:
        """Price usage by the purse's own price book, with the policy's prices in it."""
        return quote(model=model, usage=usage, provider=provider, at=at, terms=terms, purse=self)

    def on_alert(self, callback: Callable[[Alert], object]) -> Callable[[Alert], object]:
        """Call back with every alert from now on, in a thread of its own; what it raises is shown and forgotten.

        Works as a decorator too.
        """
        self._on_alert(lambda text: callback(alert_of(text)))
        return callback

    def flush_alerts(self) -> None:
        """Wait until the alerts so far were told."""
        self._flush_alerts()

    def apply(self, policy: Policy) -> None:
        """Put another policy in force in mid-window, whole or not at all; no spend is lost."""
        self._apply(**policy_arguments(policy))

    def plan(self, policy: Policy) -> str:
        """Return what would change if another policy were put in force, a line each.

        >>> import bursar
        >>> budget = {"name": "all", "match": "everything", "limit": "100 USD", "period": "month"}
        >>> purse = bursar.open(":memory:", policy={"budgets": [budget]})
        >>> print(purse.plan({"budgets": [{**budget, "limit": "200 USD"}]}))
        ~ budget all
            limit: 100 USD -> 200 USD
        """
        return self._plan(**policy_arguments(policy))

    def load_prices(self, book: bytes, *, max_move: int | None = 10) -> str:
        """Replace the price book while calls run, and return its version.

        A price that moves by more than ``max_move`` times is refused; ``None`` allows any.
        """
        if max_move is None:
            return self._load_prices(book, any_move=True)
        return self._load_prices(book, max_move=max_move)

    def close_until(self, instant: datetime) -> None:
        """Close the books before an instant: nothing is booked there any more, corrections come after it."""
        self._close_until(to_micros(instant))

    def now(self) -> datetime:
        """Return the instant now by the purse's clock."""
        return from_micros(self._now())

    def __enter__(self) -> Self:
        """Return the purse, which is closed when the block ends."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the ledger."""
        self.close()

    def __repr__(self) -> str:
        """Return where the ledger is."""
        return f"<Purse {self.path}>"

    def __reduce__(self) -> str:
        """Refuse the way to another process, which opens the ledger by itself."""
        message = "a purse can't be pickled: open the ledger in the process that uses it"
        raise TypeError(message)


def open(  # noqa: A001, PLR0913, the word that people look for
    path: str | os.PathLike[str] = ":memory:",
    *,
    policy: Policy | None = None,
    durability: str = "process",
    tags: Mapping[str, str] | None = None,
    resource_attributes: str | None = None,
    read_only: bool = False,
    shared: bool = False,
    clock: _native.ManualClock | None = None,
) -> Purse:
    """Open a ledger, and make it if it isn't there. ``:memory:`` is a ledger that is gone with the process.

    ``policy`` is the path of a TOML file, its text, or a dict with the same keys. ``durability`` is what a committed
    entry survives: ``process`` (also ``kill -9``), ``power``, or nothing with ``memory``. ``tags`` are those of every
    call of the process, over those of ``OTEL_RESOURCE_ATTRIBUTES``. With ``read_only`` a file is looked at, also while
    another process writes it: budgets, reports and verification as they stand, and no calls. With ``shared`` several
    processes write one file, each of them opening it so: workers of a server, pools, children of a fork. They take
    turns, so that no budget is overspent whoever asks; a call takes longer than where a process has its ledger alone.

    Raises ``LedgerError`` and ``PolicyError``.

    >>> purse = open(":memory:", policy={"budgets": [
    ...     {"name": "all", "match": "everything", "limit": "100 USD", "period": "month"}]})
    >>> [(budget.name, budget.remaining) for budget in purse.budgets()]
    [('all', Decimal('100'))]
    """
    purse = Purse(
        os.fspath(path),
        **policy_arguments(policy),
        durability=durability,
        tags=None if tags is None else dict(tags),
        resource_attributes=resource_attributes,
        read_only=read_only,
        shared=shared,
        clock=clock,
    )
    if shared:
        _fork.share(purse)
    return purse
