"""In-process cost control for AI agents.

Every model call is priced, tagged and held against its budgets before it is sent, and settled to what it really cost;
the same ledger prints the chargeback.
"""

import importlib as _importlib
import sys as _sys
import typing as _typing

from bursar import _fork as _fork
from bursar._answer import read_usage
from bursar._decision import Decision
from bursar._error import (
    BudgetExceeded,
    Error,
    HoldError,
    Invalid,
    LedgerError,
    LimitReached,
    PolicyError,
    Refused,
    Suspended,
    Throttled,
    Unpriced,
    Untagged,
)
from bursar._native import Answer, Entry, Hold, Model, Request, Scope, Usage, __version__
from bursar._purse import Purse, open  # noqa: A004, the word that people look for

if _typing.TYPE_CHECKING:
    from bursar._client_statement import ClientStatement, CreditNote, Margin
    from bursar._document import Exported, IssuedDocument
    from bursar._entry import EntryLine, LedgerEntry
    from bursar._focus import Finding, lint_focus
    from bursar._money import parse_money
    from bursar._printing import Fx
    from bursar._quote import Quote, QuoteLine, quote
    from bursar._reading import read_batch, read_request
    from bursar._reconciliation import BillDocument, ExchangeRate, Reconciliation
    from bursar._statement import Preview, Statement
    from bursar._status import Alert, BudgetStatus, HoldStatus, Window
else:
    # What a call doesn't need is imported when it is first asked for (PEP 562): `import bursar` stays quick.
    _LATE = {
        "Alert": "_status",
        "BillDocument": "_reconciliation",
        "BudgetStatus": "_status",
        "ClientStatement": "_client_statement",
        "CreditNote": "_client_statement",
        "EntryLine": "_entry",
        "ExchangeRate": "_reconciliation",
        "Exported": "_document",
        "Finding": "_focus",
        "Fx": "_printing",
        "HoldStatus": "_status",
        "IssuedDocument": "_document",
        "LedgerEntry": "_entry",
        "Margin": "_client_statement",
        "Preview": "_statement",
        "Quote": "_quote",
        "QuoteLine": "_quote",
        "Reconciliation": "_reconciliation",
        "Statement": "_statement",
        "Window": "_status",
        "lint_focus": "_focus",
        "parse_money": "_money",
        "quote": "_quote",
        "read_batch": "_reading",
        "read_request": "_reading",
    }

    def __getattr__(name: str) -> object:
        """Import what is asked for, and keep it."""
        if name not in _LATE:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message, name=name, obj=_sys.modules[__name__])
        found = getattr(_importlib.import_module(f"bursar.{_LATE[name]}"), name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        """Return the names that there are, imported or not."""
        return sorted({*globals(), *__all__})


__all__ = [
    "Alert",
    "Answer",
    "BillDocument",
    "BudgetExceeded",
    "BudgetStatus",
    "ClientStatement",
    "CreditNote",
    "Decision",
    "Entry",
    "EntryLine",
    "Error",
    "ExchangeRate",
    "Exported",
    "Finding",
    "Fx",
    "Hold",
    "HoldError",
    "HoldStatus",
    "Invalid",
    "IssuedDocument",
    "LedgerEntry",
    "LedgerError",
    "LimitReached",
    "Margin",
    "Model",
    "PolicyError",
    "Preview",
    "Purse",
    "Quote",
    "QuoteLine",
    "Reconciliation",
    "Refused",
    "Request",
    "Scope",
    "Statement",
    "Suspended",
    "Throttled",
    "Unpriced",
    "Untagged",
    "Usage",
    "Window",
    "__version__",
    "lint_focus",
    "open",
    "parse_money",
    "quote",
    "read_batch",
    "read_request",
    "read_usage",
]
