"""A chargeback: who spent what, in every format from one model."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bursar import _native


class Statement:
    """The statement of a period. Amounts in its data are text with every digit."""

    __slots__ = ("_data", "_native")

    def __init__(self, native: _native.Statement) -> None:
        """Wrap what the core computed."""
        self._native = native
        self._data: dict[str, Any] | None = None

    @property
    def data(self) -> dict[str, Any]:
        """The whole statement as dicts and lists: what ``to_json`` gives."""
        if self._data is None:
            self._data = json.loads(self._native.to_json())
        return self._data

    @property
    def total(self) -> Decimal:
        """What was spent in the period, in USD."""
        return Decimal(self.data["total"])

    def to_json(self) -> str:
        """Return the statement as JSON."""
        return self._native.to_json()

    def to_csv(self) -> str:
        """Return one line per team, project, client, agent, provider and model, as CSV."""
        return self._native.to_csv()

    def to_table(self) -> str:
        """Return the statement as text for a terminal."""
        return self._native.to_table()

    def __str__(self) -> str:
        """Return the table."""
        return self.to_table()
