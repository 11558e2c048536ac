"""The exceptions: one base, one class for each kind of trouble, the same codes in every language."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bursar._public import public
from bursar._time import from_micros

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@public
class Error(Exception):
    """What went wrong, with a stable code and the way out.

    >>> import bursar
    >>> try:
    ...     bursar.parse_money("ten")
    ... except bursar.Error as error:
    ...     print(error.code, "-", error)
    ...     print(error.help)
    money_invalid - `ten` is no amount of money
    write a decimal amount, such as `2500 USD`
    """

    code: str
    """The stable code, as ``money_invalid``."""

    message: str
    """What was found and what is allowed."""

    help: str
    """The way out, one imperative sentence."""

    context: Mapping[str, str]
    """What it was about, by name."""

    is_passing: bool
    """Whether the same call may succeed later as it is."""

    def __init__(
        self,
        message: str,
        code: str = "error",
        help: str = "",  # noqa: A002, the name is the same in every language
        context: Mapping[str, str] | None = None,
        *,
        is_passing: bool = False,
    ) -> None:
        """Keep what is told."""
        super().__init__(message)
        self.message = message
        self.code = code
        self.help = help
        self.context = dict(context or {})
        self.is_passing = is_passing

    def __str__(self) -> str:
        """Return the message alone."""
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive the way to another process."""
        return _rebuild, (type(self), self.__dict__)


def _rebuild(kind: type[Error], fields: dict[str, Any]) -> Error:
    error = kind.__new__(kind, fields["message"])
    error.__dict__.update(fields)
    return error


def also(error: Error, foreign: type[Exception]) -> Error:
    """Make an error one of an SDK's too, for an SDK that lets only its own through as they are."""
    if not isinstance(error, foreign):
        key = type(error), foreign
        if key not in _BOTH:
            _BOTH[key] = _both(*key)
        error.__class__ = _BOTH[key]
    return error


_BOTH: dict[tuple[type[Error], type[Exception]], type[Error]] = {}


def _both(kind: type[Error], foreign: type[Exception]) -> type[Error]:
    own = kind.__bases__[0] if kind in _BOTH.values() else kind

    def reduce(error: Error) -> tuple[Any, ...]:
        return _rebuild, (own, error.__dict__)

    return type(kind.__name__, (kind, foreign), {"__module__": kind.__module__, "__reduce__": reduce})


@public
class Invalid(Error, ValueError):
    """Something that was given is wrong: an amount, a count, a name, a time."""


@public
class PolicyError(Invalid):
    """The policy can't be read, or contradicts itself."""


@public
class LedgerError(Error):
    """The ledger can't be read or written."""


@public
class HoldError(Error):
    """The hold doesn't exist, or has ended in another way."""


@public
class LimitReached(Error):
    """A bound of the library was reached."""


@public
class Refused(Error):
    """A call that must not be sent. Nothing is held for it."""

    budget: str | None = None
    """The deciding budget."""

    instance: tuple[str, ...] = ()
    """The tag values of the budget's instance, where it counts by a tag."""


@public
class BudgetExceeded(Refused):
    """The call doesn't fit what is left."""

    remaining: Decimal
    """What is left, in USD."""

    bound: Decimal
    """What the call may cost, or be billed at, at the most."""

    basis: str = "cost"
    """``cost`` or ``price``: whether the amounts are what calls cost or what clients are billed for them."""

    affordable_output_tokens: int
    """How many output tokens would still fit with this input; 0 when the input alone doesn't."""


@public
class Throttled(Refused):
    """The call comes too fast, or asks for too dear a model."""

    retry_after: float | None = None
    """Ask again after so many seconds."""

    downgrade_to: str | None = None
    """Or use this cheaper model now."""


@public
class Suspended(Refused):
    """The budget is suspended, or the agent is."""

    until: datetime | None = None
    """When the suspension ends by itself."""

    agent: str | None = None
    """The agent that is suspended; ``None`` when the whole budget is."""


@public
class Unpriced(Refused, LookupError):
    """Nobody knows what the model, the dimension or the tier costs; it is never taken for free."""


@public
class Untagged(Refused):
    """The tags don't say who pays."""

    missing: tuple[str, ...] = ()
    """Required keys that are missing."""


_OF_CODES: dict[str, type[Error]] = {
    "hold_unknown": HoldError,
    "hold_ended": HoldError,
    "key_conflict": HoldError,
    "limit_reached": LimitReached,
    "tags_refused": Untagged,
    "model_unknown": Unpriced,
    "model_unpriced": Unpriced,
    "dimension_unpriced": Unpriced,
    "tier_unknown": Unpriced,
    "budget_unknown": PolicyError,
    "budget_invalid": PolicyError,
    "policy_invalid": PolicyError,
    "taxonomy_invalid": PolicyError,
    "selector_invalid": PolicyError,
    "price_book_invalid": PolicyError,
    "resume_needs_raise": PolicyError,
    "entry_unknown": LedgerError,
    "document_unknown": LedgerError,
    "period_not_closable": LedgerError,
    "pdf_missing": Error,
}


def class_of(code: str) -> type[Error]:
    """Return the exception class of an error code.

    >>> class_of("ledger_full").__name__, class_of("time_invalid").__name__
    ('LedgerError', 'Invalid')
    """
    return _OF_CODES.get(code) or (LedgerError if code.startswith("ledger_") else Invalid)


def from_code(code: str, message: str, help: str, context: dict[str, str], is_passing: bool) -> Error:  # noqa: A002, FBT001, called by the native module alone
    """Make the exception of an error of the core."""
    return class_of(code)(message, code, help, context, is_passing=is_passing)


_REFUSALS: dict[str, tuple[type[Refused], str]] = {
    "exceeded": (BudgetExceeded, "ask for fewer output tokens, or raise the budget's limit"),
    "throttled": (Throttled, "wait, or use the cheaper model that is named"),
    "suspended": (Suspended, "wait for the next window, raise the limit, or resume the budget"),
    "untagged": (Untagged, "give the tags that the taxonomy requires, with values that it allows"),
}

_CODES = {"exceeded": "budget_exceeded", "untagged": "tags_refused"}


def refusal(decision: str, message: str, fields: dict[str, Any]) -> Refused:
    """Make the exception of a refusal of the core."""
    kind, way_out = _REFUSALS[decision]
    error = kind(message, _CODES.get(decision, decision), way_out, is_passing=decision == "throttled")
    for name, value in fields.items():
        if name in {"remaining", "bound"}:
            setattr(error, name, Decimal(value))
        elif name == "until":
            error.until = None if value is None else from_micros(value)  # type: ignore[attr-defined]
        elif name in {"instance", "missing"}:
            setattr(error, name, tuple(value))
        else:
            setattr(error, name, value)
    return error
