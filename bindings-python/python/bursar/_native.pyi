from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, final

from typing_extensions import Self, disjoint_base

from bursar._error import Refused

__all__ = [
    "Answer",
    "Engine",
    "Entry",
    "Hold",
    "ManualClock",
    "Metrics",
    "Model",
    "Quote",
    "Request",
    "Scope",
    "Statement",
    "StreamReader",
    "Usage",
    "__version__",
    "address",
    "forked",
    "parse_money",
    "quote",
    "read_answer",
    "read_batch",
    "read_request",
]

__version__: str

@final
class ManualClock:
    def __new__(cls, micros: int) -> Self: ...
    def advance(self, seconds: float) -> None: ...
    def set(self, micros: int) -> None: ...

@final
class Usage:
    def __new__(cls, **counts: int) -> Self: ...
    @staticmethod
    def from_otel(counts: dict[str, int]) -> Usage: ...
    def to_dict(self) -> dict[str, int]: ...
    @property
    def total_input(self) -> int: ...
    def __getitem__(self, dimension: str, /) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self, /) -> int: ...

@final
class Scope:
    @property
    def tags(self) -> dict[str, str]: ...
    @property
    def notes(self) -> list[str]: ...

@final
class Model:
    @property
    def name(self) -> str: ...

@final
class Entry:
    @property
    def number(self) -> int: ...
    @property
    def cost(self) -> Decimal: ...
    @property
    def bound(self) -> Decimal: ...
    @property
    def is_overrun(self) -> bool: ...
    @property
    def is_late(self) -> bool: ...
    @property
    def is_replay(self) -> bool: ...

@final
class Hold:
    @property
    def number(self) -> int: ...
    @property
    def bound(self) -> Decimal: ...
    @property
    def expires_at(self) -> datetime: ...
    @property
    def reserved_at(self) -> datetime: ...
    @property
    def is_replay(self) -> bool: ...
    @property
    def is_ended(self) -> bool: ...
    def settle(
        self,
        usage: Usage | Answer | Mapping[str, Any] | object | None = None,
        /,
        *,
        cost: Decimal | str | int | None = None,
        model: str | Model | None = None,
        terms: dict[str, str] | None = None,
    ) -> Entry | None: ...
    def release(self) -> None: ...
    def unresolved(self) -> None: ...
    def fail(self, error: BaseException | None) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...

@final
class Answer:
    @property
    def model(self) -> str | None: ...
    @property
    def usage(self) -> Usage | None: ...
    @property
    def unresolved(self) -> str | None: ...
    @property
    def stated_cost(self) -> Decimal | None: ...
    @property
    def terms(self) -> dict[str, str]: ...
    @property
    def others(self) -> list[tuple[str, str | None, Usage]]: ...

@final
class Request:
    @property
    def model(self) -> str: ...
    @property
    def provider(self) -> str | None: ...
    @property
    def other_models(self) -> list[str]: ...
    @property
    def input_tokens(self) -> int: ...
    @property
    def lines(self) -> list[tuple[int, str]]: ...
    @property
    def max_output_tokens(self) -> int | None: ...
    @property
    def is_streaming(self) -> bool: ...
    @property
    def may_cache(self) -> bool: ...
    @property
    def server_tool_uses(self) -> Usage: ...
    @property
    def terms(self) -> dict[str, str]: ...

@final
class Metrics:
    @staticmethod
    def instruments() -> list[tuple[str, str, str, str]]: ...
    def points(self, engine: Engine, name: str) -> list[tuple[int | float, dict[str, str | bool]]]: ...

@final
class StreamReader:
    def __new__(cls, api: str, content_type: str = "") -> Self: ...
    @property
    def is_ended(self) -> bool: ...
    def push(self, bytes: bytes) -> None: ...
    def finish(self) -> Answer: ...

@final
class CallSpan:
    @staticmethod
    def read(attributes: dict[str, Any]) -> CallSpan: ...
    @staticmethod
    def tags(attributes: dict[str, Any], more: list[str]) -> dict[str, str]: ...
    @property
    def is_call(self) -> bool: ...
    @property
    def has_kind(self) -> bool: ...
    @property
    def provider(self) -> str | None: ...
    @property
    def models(self) -> list[str]: ...
    @property
    def has_usage(self) -> bool: ...
    @property
    def usage(self) -> Usage: ...
    @property
    def total_tokens(self) -> tuple[int, int]: ...
    @property
    def is_disjoint(self) -> bool: ...
    @property
    def terms(self) -> dict[str, str]: ...
    @property
    def stated_cost(self) -> Decimal | None: ...
    @property
    def response(self) -> str | None: ...
    @property
    def end(self) -> str: ...
    @property
    def max_output_tokens(self) -> int | None: ...

class Statement:
    def to_json(self) -> str: ...
    def to_csv(self) -> str: ...
    def to_table(self) -> str: ...

@final
class Quote:
    @property
    def total(self) -> Decimal: ...
    @property
    def _lines(self) -> list[tuple[str, int, str, Decimal]]: ...
    @property
    def model(self) -> str: ...
    @property
    def matched(self) -> str: ...
    @property
    def price_version(self) -> str: ...
    @property
    def assumptions(self) -> list[str]: ...

@disjoint_base
class Engine:
    def __new__(
        cls,
        path: str,
        *,
        policy_toml: str | None = None,
        policy_json: str | None = None,
        policy_path: str | None = None,
        durability: str = "process",
        tags: dict[str, str] | None = None,
        resource_attributes: str | None = None,
        read_only: bool = False,
        clock: ManualClock | None = None,
    ) -> Self: ...
    @property
    def path(self) -> str: ...
    @property
    def is_quick(self) -> bool: ...
    @property
    def price_version(self) -> str: ...
    @property
    def alerts_lost(self) -> tuple[int, int]: ...
    def model(self, name: str, *, provider: str | None = None) -> Model: ...
    def reserve(
        self,
        scope: Scope | Mapping[str, str] | None = None,
        *,
        model: str | Model,
        input_tokens: int,
        max_output_tokens: int | None = None,
        key: str | None = None,
        provider: str | None = None,
        extra: Usage | None = None,
        terms: dict[str, str] | None = None,
        cache: bool | None = None,
        fingerprint: int | None = None,
        lifetime: float | None = None,
        others: Sequence[str | Model] | None = None,
    ) -> Hold: ...
    def record(
        self,
        scope: Scope | Mapping[str, str] | None = None,
        *,
        model: str | Model,
        usage: Usage | Answer | Mapping[str, Any] | object | None = None,
        cost: Decimal | str | int | None = None,
        stated_cost: Decimal | str | int | None = None,
        key: str | None = None,
        provider: str | None = None,
        terms: dict[str, str] | None = None,
        fingerprint: int | None = None,
    ) -> Entry: ...
    def record_unresolved(
        self,
        scope: Scope | Mapping[str, str] | None = None,
        *,
        model: str | Model,
        input_tokens: int = 0,
        max_output_tokens: int | None = None,
        key: str | None = None,
        provider: str | None = None,
        terms: dict[str, str] | None = None,
        fingerprint: int | None = None,
        lifetime: float | None = None,
    ) -> Hold: ...
    def reserve_amount(
        self,
        amount: Decimal | str | int,
        /,
        *,
        name: str,
        scope: Scope | Mapping[str, str] | None = None,
        key: str | None = None,
        lifetime: float | None = None,
    ) -> Hold: ...
    def settle(
        self,
        hold: int,
        usage: Usage | Answer | Mapping[str, Any] | object | None = None,
        /,
        *,
        cost: Decimal | str | int | None = None,
        model: str | Model | None = None,
        terms: dict[str, str] | None = None,
    ) -> Entry | None: ...
    def release(self, hold: int) -> None: ...
    def unresolved(self, hold: int) -> None: ...
    def adjust(self, entry: int, *, by: Decimal | str | int, note: str) -> int: ...
    def resume(self, budget: str, *, agent: str | None = None) -> None: ...
    def verify(self) -> list[str]: ...
    def flush(self) -> None: ...
    def close(self) -> None: ...
    def _scope(self, tags: dict[str, str], *, parent: Scope | None = None) -> Scope: ...
    def _decide(
        self,
        scope: Scope | Mapping[str, str] | None = None,
        *,
        model: str | Model,
        input_tokens: int,
        max_output_tokens: int | None = None,
        key: str | None = None,
        provider: str | None = None,
        extra: Usage | None = None,
        terms: dict[str, str] | None = None,
        cache: bool | None = None,
        fingerprint: int | None = None,
        lifetime: float | None = None,
        others: Sequence[str | Model] | None = None,
    ) -> Hold | Refused: ...
    def _decide_request(
        self,
        body: bytes,
        *,
        api: str,
        path: str,
        scope: Scope | Mapping[str, str] | None = None,
        provider: str | None = None,
        key: str | None = None,
    ) -> Hold | Refused: ...
    def _apply(
        self,
        *,
        policy_toml: str | None = None,
        policy_json: str | None = None,
        policy_path: str | None = None,
    ) -> None: ...
    def _plan(
        self,
        *,
        policy_toml: str | None = None,
        policy_json: str | None = None,
        policy_path: str | None = None,
    ) -> str: ...
    def _hold(self, hold: int) -> tuple[str, Decimal, Decimal, datetime, datetime] | None: ...
    def _add_budgets(self, policy_json: str) -> None: ...
    def _budgets(self) -> str: ...
    def _entry(self, number: int, /) -> str: ...
    def _report(
        self,
        *,
        period: str | None = None,
        zone: str = "UTC",
        by: list[str] | None = None,
        filter: str | None = None,
        previous_periods: int | None = None,
        drivers: int | None = None,
    ) -> Statement: ...
    def _load_prices(self, book: bytes, *, max_move: int | None = None, any_move: bool = False) -> str: ...
    def _close_until(self, micros: int) -> None: ...
    def _on_alert(self, callback: Callable[[str], object]) -> None: ...
    def _flush_alerts(self) -> None: ...
    def _now(self) -> int: ...
    def _metrics(self, *, attributes: list[str] | None = None, max_series: int | None = None) -> Metrics: ...

def parse_money(amount: str | Decimal | int) -> Decimal: ...
def read_answer(
    body: bytes, *, api: str | None = None, host: str = "", path: str = "", content_type: str = ""
) -> Answer: ...
def read_request(
    body: bytes,
    *,
    api: str | None = None,
    host: str = "",
    path: str = "",
    context_window: int | None = None,
) -> Request: ...
def read_batch(
    body: bytes,
    *,
    api: str | None = None,
    host: str = "",
    path: str = "",
    context_window: int | None = None,
) -> list[tuple[str | None, Request]]: ...
def address(host: str, path: str) -> tuple[str | None, str | None]: ...
def quote(
    usage: Usage | dict[str, int],
    *,
    model: str,
    provider: str | None = None,
    micros: int,
    terms: dict[str, str] | None = None,
    engine: Engine | None = None,
) -> Quote: ...
def forked() -> None: ...
