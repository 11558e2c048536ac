"""A strict reading of a FOCUS Cost and Usage file of anybody's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from bursar import _native
from bursar._public import public

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal


@public
class Finding(NamedTuple):
    """A place where a file breaks a rule."""

    row: int
    """The row, from 1; 0 for the head and for the file as a whole."""

    column: str
    rule: str
    """The rule, such as ``time_invalid``."""

    message: str
    """What was found and what was expected."""

    def __str__(self) -> str:
        """Return one sentence."""
        return f"row {self.row}, {self.column}: {self.message} ({self.rule})"


def lint_focus(
    path: str | os.PathLike[str], *, payable: Mapping[str, Decimal | str | int] | None = None
) -> list[Finding]:
    r"""Return everything that is wrong with a FOCUS Cost and Usage file, in the order of its rows.

    ``payable`` are invoices by their ids, whose rows must sum to what is payable. At most 1,000 findings are told.

    Raises ``OSError`` for a file that can't be opened.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".csv", delete=False) as file:
    ...     written = file.write("BilledCost,Fee\n0.5,1\n")
    >>> [str(finding) for finding in lint_focus(file.name) if finding.column == "Fee"]
    ['row 0, Fee: no column of FOCUS, and without `x_` (column_unknown)']
    """
    found = _native.lint_focus(os.fspath(path), payable=None if payable is None else list(payable.items()))
    return [Finding(*own) for own in found]
