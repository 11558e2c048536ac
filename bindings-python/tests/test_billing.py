"""What clients pay, and a provider's bill, as Python has them."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import bursar
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from bursar.testing import ManualClock

MONTH = "2026-11"
CLIENTS = {"clients": [{"client": "acme", "terms": [{"markup": "20 %"}]}]}
# Just what the ledger has of one model, and another model of which it has nothing.
COSTS = """{"data": [{"starting_at": "2026-11-23T00:00:00Z", "ending_at": "2026-11-24T00:00:00Z", "results": [
    {"amount": "30", "currency": "USD", "description": "Claude Sonnet 4.5 Usage - Output Tokens",
     "model": "claude-sonnet-4-5", "token_type": "output_tokens"},
    {"amount": "7.5", "currency": "USD", "description": "Claude Haiku 4.5 Usage - Output Tokens",
     "model": "claude-haiku-4-5", "token_type": "output_tokens"}]}], "has_more": false}"""


def spend(purse: bursar.Purse, amount: str, **tags: str) -> bursar.Entry:
    return purse.record(tags, model="race-model", cost=amount)


def test_an_invoice_is_issued_once_and_corrected_by_a_note(make_purse: Any, clock: ManualClock) -> None:
    purse = make_purse(limit="100 USD", **CLIENTS)
    booked = spend(purse, "10 USD", client="acme")
    statement = purse.client_statement("acme", period=MONTH, previous_months=1)
    assert (statement.total, statement.payable, statement.number) == (Decimal(12), Decimal("12.00"), None)
    with pytest.raises(bursar.LedgerError) as early:
        purse.issue_invoice("acme", period=MONTH)
    assert early.value.code == "period_not_closable"
    clock.set(datetime(2026, 12, 1, 9, tzinfo=timezone.utc))
    purse.close_period(period=MONTH)
    invoice = purse.issue_invoice("acme", period=MONTH)
    assert invoice.number is not None
    assert purse.issue_invoice("acme", period=MONTH).to_json() == invoice.to_json()
    assert purse.invoice(invoice.number).to_json() == invoice.to_json()
    assert invoice.to_csv().count("\n") > 1
    assert "12.00" in invoice.to_html()
    assert invoice.to_xlsx()[:2] == b"PK"
    assert purse.issue_credit_note(invoice.number) is None
    purse.adjust(booked.number, by="-5 USD", note="half of it failed")
    note = purse.issue_credit_note(invoice.number)
    assert note is not None
    assert (note.data["header"]["kind"], note.data["header"]["reference"]) == ("credit_note", invoice.number)
    assert note.number in note.to_html()
    accounts = {"journal": {"expense": "6125", "clearing": "2150", "receivable": "1200", "revenue": "4000"}}
    for document, owed in [(invoice, "12.00"), (note, "-6.00")]:
        (text,) = document.to_journal("xero", policy=accounts).values()
        assert [line.split(",")[3:6:2] for line in text.splitlines()[1:]][-1] == ["1200", owed]
    with pytest.raises(bursar.Invalid, match="the journal has no receivable account"):
        invoice.to_journal("xero")
    with pytest.raises(bursar.Invalid, match="is no invoice, and isn't booked"):
        statement.to_journal("xero", policy=accounts)
    assert [own.kind for own in purse.documents()] == ["chargeback", "invoice", "credit_note"]
    with pytest.raises(bursar.LedgerError) as unknown:
        purse.invoice("INV-0")
    assert unknown.value.code == "document_unknown"


def test_a_client_without_terms_is_refused(purse: bursar.Purse) -> None:
    with pytest.raises(bursar.Invalid, match="there are no terms with the client `acme`") as nobody:
        purse.client_statement("acme")
    assert (nobody.value.code, nobody.value.help) == (
        "report_invalid",
        "add the client to `[[clients]]` of the policy",
    )


def test_the_margin_is_what_is_left(make_purse: Any) -> None:
    purse = make_purse(limit="100 USD", **CLIENTS)
    spend(purse, "10 USD", client="acme")
    margin = purse.margin(period=MONTH)
    (row,) = margin.data["clients"]
    assert (Decimal(row["cost"]), Decimal(row["price"])) == (10, 12)
    assert "acme" in str(margin)
    assert "acme" in margin.to_html()


def test_true_ups_are_posted_once_and_close_the_difference(make_purse: Any, tmp_path: Path) -> None:
    purse = make_purse(limit="100 USD")
    purse.record({"team": "data"}, model="claude-sonnet-4-5", provider="anthropic", usage={"output_tokens": 20_000})
    path = tmp_path / "costs.json"
    path.write_text(COSTS, "utf-8")
    files = [bursar.BillDocument("anthropic_cost", path)]
    found = purse.reconcile(files, provider="anthropic", period=MONTH)
    assert (found.difference, found.is_closed) == (Decimal("0.075"), True)
    assert [own["cause"] for own in found.data["causes"]] == ["outside_the_meter"]
    assert "outside_the_meter" in found.to_csv()
    assert str(found).startswith("Reconciliation of anthropic")
    posted = purse.post_true_ups(found)
    assert purse.post_true_ups(found) == []
    assert sum(purse.entry(number).amount for number in posted) == found.difference
    assert purse.reconcile(files, provider="anthropic", period=MONTH).difference == 0


def test_a_period_waits_until_its_bill_is_kept_reconciled(make_purse: Any, clock: ManualClock) -> None:
    purse = make_purse(limit="100 USD", statement={"closing": [{"provider": "anthropic", "explained": "99 %"}]})
    purse.record({"team": "data"}, model="claude-sonnet-4-5", provider="anthropic", usage={"output_tokens": 20_000})
    files = [bursar.BillDocument("anthropic_cost", COSTS.replace('"30"', '"37.5"').encode())]
    found = purse.reconcile(files, provider="anthropic", period=MONTH)
    clock.set(datetime(2026, 12, 1, 9, tzinfo=timezone.utc))
    with pytest.raises(bursar.LedgerError, match="no reconciliation of `anthropic` is kept") as missing:
        purse.close_period(period=MONTH)
    assert missing.value.code == "period_not_closable"
    number = purse.keep_reconciliation(found)
    with pytest.raises(bursar.LedgerError, match=f"the reconciliation `{number}` of `anthropic` explains 50.00 %"):
        purse.close_period(period=MONTH)
    (line,) = [own["number"] for own in found.data["lines"] if own["state"] == "open"]
    at = datetime(2026, 12, 1, tzinfo=timezone.utc)
    accepted = purse.reconciliation(number).accept(line, by="Ann", note="a price of November", at=at)
    assert (found.unexplained, accepted.unexplained) == (Decimal("0.075"), 0)
    (own,) = [own["accepted"] for own in accepted.data["lines"] if own["accepted"]]
    assert own == {"by": "Ann", "at": "2026-12-01T00:00:00Z", "note": "a price of November"}
    with pytest.raises(bursar.Invalid, match="is no open one"):
        found.accept(99, by="Ann", note="")
    kept = purse.keep_reconciliation(accepted)
    assert purse.reconciliation(kept).to_json() == accepted.to_json()
    (statement,) = purse.close_period(period=MONTH, evidence=True)
    (told,) = statement.data["evidence"]["reconciliations"]
    assert (told["number"], told["explained_basis_points"], told["signed_off_by"]) == (kept, 10_000, None)
    assert purse.reconciliation(purse.keep_reconciliation(found.sign_off(by="Ann", note="known"))).is_closed
    assert [own.kind for own in purse.documents()][:2] == ["reconciliation", "reconciliation"]
    with pytest.raises(bursar.LedgerError) as unknown:
        purse.reconciliation("REC-0")
    assert unknown.value.code == "document_unknown"


def test_an_allocated_export_has_a_row_for_each_part(make_purse: Any, tmp_path: Path) -> None:
    rule = {"id": "shared", "match": {"team": "platform"}, "to": {"team": ["data", "search"]}, "split": "even"}
    purse = make_purse(limit="100 USD", allocation=[rule])
    spend(purse, "10 USD", team="platform")
    path = tmp_path / "focus.csv"
    exported = purse.export_focus(path, period=MONTH, allocated="team")
    assert (exported.rows, exported.billed, bursar.lint_focus(path)) == (2, Decimal(10), [])
    assert '{""team"":""search""}' in path.read_text("utf-8")
    with pytest.raises(bursar.Invalid, match="no rule of the policy allocates cost to the tag `client`"):
        purse.export_focus(path, period=MONTH, allocated="client")


def test_what_nobody_can_explain_is_open_unless_it_is_within_the_tolerance(purse: bursar.Purse) -> None:
    purse.record({"team": "data"}, model="claude-sonnet-4-5", provider="anthropic", usage={"output_tokens": 20_000})
    files = [bursar.BillDocument("anthropic_cost", COSTS.replace('"30"', '"37.5"').encode())]
    found = purse.reconcile(files, provider="anthropic", period=MONTH)
    assert (found.difference, found.is_closed) == (Decimal("0.15"), False)
    for tolerance in ["0.075", Decimal("0.075")]:
        within = purse.reconcile(
            files, provider="anthropic", period=MONTH, tolerance=tolerance, tolerance_basis_points=1_667
        )
        assert within.is_closed
    below = purse.reconcile(files, provider="anthropic", period=MONTH, tolerance="0.074", tolerance_basis_points=10_000)
    assert not below.is_closed


def test_a_bill_that_cant_be_read_says_why(purse: bursar.Purse, tmp_path: Path) -> None:
    def reconcile(*files: bursar.BillDocument, **options: Any) -> bursar.Reconciliation:
        return purse.reconcile(files, provider="anthropic", **{"period": MONTH, **options})

    with pytest.raises(bursar.Invalid, match="`pdf` is no format of a bill; allowed are `anthropic_cost`"):
        reconcile(bursar.BillDocument("pdf", b""))
    with pytest.raises(bursar.Invalid) as broken:
        reconcile(bursar.BillDocument("anthropic_cost", [b"{}", b"no"]))
    assert broken.value.code == "report_invalid"
    with pytest.raises(FileNotFoundError):
        reconcile(bursar.BillDocument("focus", tmp_path / "missing.csv"))
    with pytest.raises(bursar.Invalid, match="`weather` is no cause of a difference; allowed are"):
        reconcile(withhold=["weather"])
    with pytest.raises(TypeError, match="not the float"):
        reconcile(tolerance=0.5)
    euros = COSTS.replace("USD", "EUR").encode()
    with pytest.raises(bursar.Invalid) as foreign:
        reconcile(bursar.BillDocument("anthropic_cost", euros))
    assert foreign.value.code == "currency_unsupported"
    rate = bursar.ExchangeRate("EUR", "1.2", "ECB 2026-11-28")
    assert reconcile(bursar.BillDocument("anthropic_cost", euros), rates=[rate]).difference == Decimal("0.45")


def test_any_table_is_a_bill_by_its_mapping(purse: bursar.Purse) -> None:
    mapping = 'provider = "anthropic"\ndecimal = ","\ndelimiter = ";"\ncolumns = { start = "Tag", amount = "Betrag" }'
    table = b"Tag;Betrag\n2026-11-23;0,125\n"
    bill = bursar.BillDocument("csv", table, mapping=mapping, fetched_at=datetime(2026, 12, 2, tzinfo=timezone.utc))
    assert purse.reconcile([bill], provider="anthropic", period=MONTH).difference == Decimal("0.125")
