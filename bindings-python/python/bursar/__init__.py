"""In-process cost control for AI agents.

Every model call is priced, tagged and held against its budgets before it is sent, and settled to what it really cost;
the same ledger prints the chargeback.
"""

from bursar import _fork as _fork
from bursar._answer import read_usage
from bursar._billing import ClientStatement, CreditNote, Margin
from bursar._decision import Decision
from bursar._entry import EntryLine, LedgerEntry
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
from bursar._focus import Finding, lint_focus
from bursar._money import parse_money
from bursar._native import Answer, Entry, Hold, Model, Request, Scope, Usage, __version__
from bursar._printing import Fx
from bursar._purse import Purse, open  # noqa: A004, the word that people look for
from bursar._quote import Quote, QuoteLine, quote
from bursar._reading import read_batch, read_request
from bursar._reconciliation import BillDocument, ExchangeRate, Reconciliation
from bursar._reports import Exported, IssuedDocument, Preview
from bursar._statement import Statement
from bursar._status import Alert, BudgetStatus, HoldStatus, Window

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

# Tracebacks and pickles show the names that programs use.
for _name in __all__:
    _public = globals()[_name]
    if isinstance(_public, type) and _public.__module__.startswith("bursar._"):
        _public.__module__ = "bursar"
del _name, _public
