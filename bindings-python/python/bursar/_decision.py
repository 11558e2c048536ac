"""The answer to a reservation, as a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bursar import _native
from bursar._error import BudgetExceeded, Refused, Suspended, Throttled, Unpriced
from bursar._public import public

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

_KINDS: dict[type[Refused], str] = {
    BudgetExceeded: "exceeded",
    Throttled: "throttled",
    Suspended: "suspended",
    Unpriced: "unpriced",
}


@public
class Decision:
    """The answer to a reservation: true where the call may be sent.

    >>> import bursar
    >>> purse = bursar.open(":memory:", policy={"budgets": [
    ...     {"name": "small", "match": "everything", "limit": "0.01 USD", "period": "day"}]})
    >>> decision = purse.decide({"team": "data"}, model="gpt-5", input_tokens=1000, max_output_tokens=2000)
    >>> bool(decision), decision.kind, decision.budget, decision.affordable_output_tokens
    (False, 'exceeded', 'small', 875)
    """

    __slots__ = ("error", "hold")

    hold: _native.Hold | None
    """The hold of an admitted call."""

    error: Refused | None
    """What ``reserve`` would have raised."""

    def __init__(self, answer: _native.Hold | Refused) -> None:
        """Keep a hold, or the exception of a refusal."""
        is_hold = isinstance(answer, _native.Hold)
        self.hold = answer if is_hold else None  # type: ignore[assignment]
        self.error = None if is_hold else answer  # type: ignore[assignment]

    @property
    def kind(self) -> str:
        """``admitted``, ``exceeded``, ``throttled``, ``suspended``, ``unpriced`` or ``untagged``."""
        return "admitted" if self.error is None else _KINDS.get(type(self.error), "untagged")

    def _of_refusal(self, name: str) -> Any:
        return getattr(self.error, name, None)

    @property
    def budget(self) -> str | None:
        """The deciding budget of a refusal."""
        return self._of_refusal("budget")  # type: ignore[no-any-return]

    @property
    def instance(self) -> tuple[str, ...]:
        """The tag values of the deciding budget's instance."""
        return self._of_refusal("instance") or ()

    @property
    def bound(self) -> Decimal | None:
        """What the call may cost at the most."""
        return self.hold.bound if self.hold else self._of_refusal("bound")

    @property
    def remaining(self) -> Decimal | None:
        """What the deciding budget has left, where the call didn't fit."""
        return self._of_refusal("remaining")  # type: ignore[no-any-return]

    @property
    def affordable_output_tokens(self) -> int | None:
        """How many output tokens would still fit, where the call didn't."""
        return self._of_refusal("affordable_output_tokens")  # type: ignore[no-any-return]

    @property
    def retry_after(self) -> float | None:
        """After how many seconds a throttled call may come again."""
        return self._of_refusal("retry_after")  # type: ignore[no-any-return]

    @property
    def downgrade_to(self) -> str | None:
        """The cheaper model that a throttled call may use now."""
        return self._of_refusal("downgrade_to")  # type: ignore[no-any-return]

    @property
    def until(self) -> datetime | None:
        """When a suspension ends by itself."""
        return self._of_refusal("until")  # type: ignore[no-any-return]

    @property
    def agent(self) -> str | None:
        """The agent that is suspended, where only one is."""
        return self._of_refusal("agent")  # type: ignore[no-any-return]

    def __bool__(self) -> bool:
        """Return whether the call may be sent."""
        return self.error is None

    def __str__(self) -> str:
        """Return one sentence that names what decided."""
        return str(self.error) if self.error else f"admitted: {self.bound} USD are held"

    def __repr__(self) -> str:
        """Return the kind and the sentence."""
        return f"<Decision {self.kind}: {self}>"
