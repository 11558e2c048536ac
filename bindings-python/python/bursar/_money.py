"""Amounts of money as decimals, never as floats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bursar import _native

if TYPE_CHECKING:
    from decimal import Decimal


def parse_money(amount: str | Decimal | int) -> Decimal:
    """Read an amount such as ``2500 USD`` without loss.

    Raises ``Invalid`` with the code ``money_invalid``, ``money_precision``, ``money_overflow`` or
    ``currency_unsupported``, and ``TypeError`` for a float.

    >>> parse_money("1e-6 USD")
    Decimal('0.000001')
    >>> parse_money(0.1)
    Traceback (most recent call last):
    TypeError: an amount of money is a Decimal or text, not the float 0.1: write Decimal("0.1") or "0.1 USD"
    """
    return _native.parse_money(amount)
