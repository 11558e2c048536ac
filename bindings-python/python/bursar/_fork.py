"""Around a fork: a handle of the parent's ledger is opened again in the child, never used.

A ledger that is shared gives up its connection before the fork: SQLite's locks belong to a process, and a child that
had a copy of the connection would take its parent's locks for its own.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from weakref import WeakSet

from bursar import _native
from bursar._error import LedgerError

if TYPE_CHECKING:
    from bursar._purse import Purse

_sharing: WeakSet[Purse] = WeakSet()


def share(purse: Purse) -> None:
    """Remember a purse whose ledger other processes write too."""
    _sharing.add(purse)


def _before() -> None:
    for purse in list(_sharing):
        purse._before_fork()  # noqa: SLF001, of the same package


def _after_in_parent() -> None:
    for purse in list(_sharing):
        purse._after_fork()  # noqa: SLF001, of the same package


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_after_in_parent, after_in_child=_native.forked)


def opening_again(path: str, is_file: bool) -> None:  # noqa: FBT001, called by the native module alone
    """Refuse what can't be opened again: a ledger in memory belongs to the process that has it."""
    if is_file:
        return
    message = f"the ledger `{path}` is in the memory of the process that this one was forked off from"
    raise LedgerError(message, "ledger_closed", "open a ledger in this process, or keep it in a file")
