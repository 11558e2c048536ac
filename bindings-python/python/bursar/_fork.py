"""After a fork: a handle of the parent's ledger is opened again in the child, never used."""

from __future__ import annotations

import os

from bursar import _native
from bursar._error import LedgerError

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_native.forked)


def opening_again(path: str, is_file: bool) -> None:  # noqa: FBT001, called by the native module alone
    """Refuse what can't be opened again: a ledger in memory belongs to the process that has it."""
    if is_file:
        return
    message = f"the ledger `{path}` is in the memory of the process that this one was forked off from"
    raise LedgerError(message, "ledger_closed", "open a ledger in this process, or keep it in a file")
