"""What reports become in Python: their formats, the documents that are kept, exports, and their errors."""

from __future__ import annotations

import csv
import io
import json
import sys
import zipfile
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import bursar
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from bursar.testing import ManualClock

MONTH = "2026-11"
ACCOUNTS = {"journal": {"expense": "6125", "clearing": "2150"}}


def spend(purse: bursar.Purse, tokens: int, **tags: str) -> bursar.Entry:
    """Book a call of as many millionths of a dollar."""
    return purse.record(tags, model="race-model", usage={"output_tokens": tokens})


def test_a_statement_is_the_same_in_every_format(make_purse: Any) -> None:
    purse = make_purse(limit="100 USD", **ACCOUNTS)
    spend(purse, 1_250_000, team="data")
    statement = purse.report(period=MONTH, evidence=True)
    assert (statement.total, statement.number) == (Decimal("1.25"), None)
    page = statement.to_html()
    assert page.startswith("<!doctype html>")
    assert "1.25" in page
    with zipfile.ZipFile(io.BytesIO(statement.to_xlsx())) as book:
        assert "xl/workbook.xml" in book.namelist()
    ((name, text),) = statement.to_journal("xero").items()
    assert name == "2026-11-xero-1.csv"
    assert [row["Amount"] for row in csv.DictReader(io.StringIO(text))] == ["1.25", "-1.25"]
    (line,) = csv.DictReader(io.StringIO(statement.to_invoice_detail()))
    assert "1.25" in line.values()
    (period,) = csv.DictReader(io.StringIO(statement.to_billing_period()))
    assert "Open" in period.values()
    again = bursar.Statement.from_json(statement.to_json())
    assert (again.to_csv(), again.to_json()) == (statement.to_csv(), statement.to_json())


def test_a_changed_statement_says_that_it_isnt_what_was_sealed(purse: bursar.Purse) -> None:
    assert purse.report(period=MONTH).is_as_sealed is None
    sealed = purse.report(period=MONTH, evidence=True)
    assert sealed.is_as_sealed is True
    changed = {**sealed.data, "calls": 7}
    assert bursar.Statement.from_json(json.dumps(changed)).is_as_sealed is False


def test_how_it_is_printed_changes_no_amount(purse: bursar.Purse) -> None:
    spend(purse, 500_000, team="data")
    statement = purse.report(period=MONTH)
    fx = bursar.Fx("EUR", Decimal("0.86"), "ECB", "2026-11-01")
    page = statement.to_html(fx=fx, language="de", max_rows=2, texts={"Chargeback statement": "Kostenverrechnung"})
    assert all(printed in page for printed in ['lang="de"', "0.43", "Kostenverrechnung"])
    assert statement.to_xlsx(fx=fx) != statement.to_xlsx()
    assert statement.total == Decimal("0.5")
    with pytest.raises(bursar.Invalid, match="`-1` is no exchange rate"):
        statement.to_html(fx=bursar.Fx("EUR", "-1", "ECB", "2026-11-01"))
    with pytest.raises(TypeError, match="`colour` is no option of printing; allowed are `language`"):
        statement.to_html(colour="red")  # type: ignore[call-arg]


def test_accounts_are_the_purses_or_those_of_a_policy_that_is_given(purse: bursar.Purse) -> None:
    spend(purse, 250_000, team="data")
    statement = purse.report(period=MONTH)
    with pytest.raises(bursar.Invalid) as nameless:
        statement.to_journal("generic")
    assert nameless.value.code == "report_invalid"
    (text,) = statement.to_journal("generic", policy=ACCOUNTS).values()
    assert [row["account"] for row in csv.DictReader(io.StringIO(text))] == ["6125", "2150"]
    with pytest.raises(bursar.Invalid, match="`sap` is no format of a journal; allowed are `netsuite`"):
        statement.to_journal("sap", policy=ACCOUNTS)


def test_without_its_package_a_pdf_is_refused_with_the_command_that_brings_it(
    purse: bursar.Purse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "bursar_pdf", None)
    with pytest.raises(bursar.Error) as missing:
        purse.report(period=MONTH).to_pdf()
    error = missing.value
    assert (type(error), error.code, error.help) == (bursar.Error, "pdf_missing", "run `pip install 'bursar[pdf]'`")


def test_opportunities_go_by_a_price_book_that_is_given(purse: bursar.Purse) -> None:
    assert purse.report(period=MONTH).data.get("opportunities") is None
    assert purse.report(period=MONTH, opportunities=True).data["opportunities"] is not None
    with pytest.raises(bursar.PolicyError) as wrong:
        purse.report(period=MONTH, opportunities=True, prices=b"no book")
    assert wrong.value.code == "price_book_invalid"
    assert purse.report(period=MONTH, previous_periods=2).data["trend"] is not None


def test_a_closed_periods_statements_are_kept_as_they_were_issued(
    make_purse: Any, clock: ManualClock, tmp_path: Path
) -> None:
    recipient = {"match": {"team": "data"}, "name": "Data"}
    purse = make_purse(limit="100 USD", path=str(tmp_path / "ledger.db"), statement={"recipients": [recipient]})
    spend(purse, 1_250_000, team="data")
    spend(purse, 250_000, team="search")
    with pytest.raises(bursar.LedgerError) as early:
        purse.close_period(period=MONTH)
    assert early.value.code == "period_not_closable"
    clock.set(datetime(2026, 12, 1, 9, tzinfo=timezone.utc))
    issued = purse.close_period(period=MONTH, evidence=True)
    assert [own.total for own in issued] == [Decimal("1.5"), Decimal("1.25")]
    assert all(own.is_as_sealed for own in issued)
    assert [own.to_json() for own in purse.close_period(period=MONTH)] == [own.to_json() for own in issued]
    documents = purse.documents()
    assert [document.number for document in documents] == [own.number for own in issued]
    whole, part = documents
    assert (whole.kind, whole.scope, part.scope) == ("chargeback", "", 'team = "data"')
    assert whole.window == (
        datetime(2026, 11, 1, tzinfo=timezone.utc),
        datetime(2026, 12, 1, tzinfo=timezone.utc),
    )
    assert (whole.issued_at, whole.content) == (purse.now(), issued[0].to_json())
    assert len(whole.sha256) == 64
    assert purse.statement(part.number).to_json() == issued[1].to_json()
    with pytest.raises(bursar.LedgerError) as unknown:
        purse.statement("CB-2026-11-009")
    assert unknown.value.code == "document_unknown"


def test_exports_are_files_that_sum_to_the_ledger(purse: bursar.Purse, tmp_path: Path) -> None:
    spend(purse, 250_000, team="data")
    spend(purse, 250_000, team="search")
    path = tmp_path / "focus.csv"
    exported = purse.export_focus(path, period=MONTH, level="1.2", filter='team = "data"', account=("a-1", "Main"))
    rows = list(csv.DictReader(path.open(encoding="utf-8", newline="")))
    assert exported == (1, Decimal("0.25"))
    assert [(Decimal(row["BilledCost"]), row["BillingAccountId"]) for row in rows] == [(Decimal("0.25"), "a-1")]
    assert "ServiceProviderName" not in rows[0]
    assert bursar.lint_focus(path) == []
    billed = purse.export_focus(path, period=MONTH, invoice="INV-1").billed
    assert billed == Decimal("0.5")
    assert [own.rule for own in bursar.lint_focus(path, payable={"INV-1": "0.75 USD"})] == ["invoice_sum_differs"]
    assert bursar.lint_focus(path, payable={"INV-1": billed}) == []
    whole = purse.export_parquet(tmp_path / "entries.parquet")
    assert whole.billed == billed
    assert (tmp_path / "entries.parquet").read_bytes()[:4] == b"PAR1"
    assert sorted(own.name for own in tmp_path.iterdir()) == ["entries.parquet", "focus.csv"]


def test_an_export_that_fails_leaves_the_file_that_was_there(purse: bursar.Purse, tmp_path: Path) -> None:
    path = tmp_path / "focus.csv"
    path.write_text("as it was", "utf-8")
    with pytest.raises(bursar.Invalid, match=r"`1\.0` is no level of FOCUS; allowed are `1\.2` and `newest`"):
        purse.export_focus(path, period=MONTH, level="1.0")  # type: ignore[arg-type]
    with pytest.raises(bursar.Invalid) as endless:
        purse.export_focus(path, period="2000-01-01/2026-01-01")
    assert endless.value.code == "report_invalid"
    assert [own.name for own in tmp_path.iterdir()] == ["focus.csv"]
    assert path.read_text("utf-8") == "as it was"
    with pytest.raises(bursar.Invalid, match="can't be written"):
        purse.export_parquet(tmp_path / "no" / "entries.parquet")
    with pytest.raises(FileNotFoundError, match="missing"):
        bursar.lint_focus(tmp_path / "missing.csv")


def test_other_rules_are_tried_and_nothing_changes(purse: bursar.Purse) -> None:
    spend(purse, 250_000, agent="crawler")
    before = purse.report(period=MONTH).to_json()
    rule = {"name": "crawlers", "match": {"agent": "crawler"}, "set": {"team": "search"}}
    preview = purse.preview_rules({"virtual_tags": [rule]}, period=MONTH)
    moved = {row["value"]: row["difference"] for row in preview.data["groups"][0]["rows"]}
    assert moved == {"search": "0.25", "unallocated": "-0.25"}
    assert "search" in str(preview)
    assert "Preview of other rules" in preview.to_html()
    assert purse.report(period=MONTH).to_json() == before
    with pytest.raises(bursar.PolicyError):
        purse.preview_rules({"virtual_tags": [{"name": "no"}]})
