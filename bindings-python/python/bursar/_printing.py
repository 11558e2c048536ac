"""How a document is printed. Nothing that was booked changes by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bursar._public import public

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from typing_extensions import TypedDict

    class PrintOptions(TypedDict, total=False):
        """The options of everything that is printed; accent and logo are those of the policy."""

        language: str
        """A BCP 47 tag, which is said in the document and translates nothing by itself."""

        max_rows: int
        """The most rows of every table; the others are summed in one."""

        texts: Mapping[str, str]
        """Another text where a title, a label or a head of a column is printed exactly so."""

        fx: Fx
        """Every amount in another currency; documents of clients have currencies of their own."""


@public
class Fx(NamedTuple):
    """An exchange rate for a whole document, with its source."""

    currency: str
    rate: Decimal | str
    """What one US dollar is worth: ``0.8612`` for a euro to the dollar."""

    source: str
    """Where the rate comes from; it is printed, and so is its day."""

    date: str


class Printing(NamedTuple):
    """The options as the core takes them."""

    language: str | None
    max_rows: int | None
    texts: dict[str, str]
    fx: tuple[str, str, str, str] | None


def printing_of(options: PrintOptions) -> Printing:
    """Return the options as the core takes them.

    >>> printing_of({"fx": Fx("EUR", "0.8612", "ECB", "2026-11-01")}).fx
    ('EUR', '0.8612', 'ECB', '2026-11-01')
    >>> printing_of({"fx": Fx("EUR", 0.8612, "ECB", "2026-11-01")})
    Traceback (most recent call last):
    TypeError: a rate is a Decimal or text, not the float 0.8612
    """
    fx = options.get("fx")
    if fx is not None and isinstance(fx.rate, float):
        message = f"a rate is a Decimal or text, not the float {fx.rate}"
        raise TypeError(message)
    unknown = sorted(options.keys() - {"language", "max_rows", "texts", "fx"})
    if unknown:
        message = f"`{unknown[0]}` is no option of printing; allowed are `language`, `max_rows`, `texts` and `fx`"
        raise TypeError(message)
    return Printing(
        options.get("language"),
        options.get("max_rows"),
        dict(options.get("texts", {})),
        None if fx is None else (fx.currency, str(fx.rate), fx.source, fx.date),
    )
