"""Amounts of money as decimals, never as floats."""

from decimal import Decimal

from bursar import _native


def parse_money(text: str) -> Decimal:
    """Read an amount such as ``2500 USD`` without loss.

    Raises ``Error`` with the code ``money_invalid``, ``money_precision``, ``money_overflow`` or
    ``currency_unsupported``.

    >>> parse_money("1e-6 USD")
    Decimal('0.000001')
    """
    return Decimal(_native.parse_money(text))
