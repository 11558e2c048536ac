"""What is printed of a month is what its ledger has: the PDF's own words against the file's entries, read by SQLite."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, NamedTuple

import bursar_pdf
import month
import pytest
from reading import Structure, Table, opened, runs, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import bursar

COIN = Decimal("0.01")
# The template's margins of 20 mm in points, and what kerning may take of them.
MARGIN, SLACK = 20 / 25.4 * 72, 0.3
# The tables that divide the month's whole cost, and by what.
DIVISIONS = {
    "By team": "team",
    "By project": "project",
    "By client": "client",
    "By agent": "agent",
    "By model": "model",
}
WHOLE = [*DIVISIONS, "What cost most", "Usage", "Charges"]


class Printed(NamedTuple):
    """The month's ledger, what was issued of it, and the tables that a PDF of the whole has."""

    path: Path
    purse: bursar.Purse
    issued: list[bursar.Statement]
    rows: list[month.Booked]
    tables: list[Table]
    text: str

    def table(self, heading: str, place: int = 0) -> Table:
        return [table for table in self.tables if table.heading == heading][place]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Printed]:
    path = tmp_path_factory.mktemp("month") / "ledger.db"
    purse = month.play(path)
    issued = purse.close_period(period=month.MONTH, time_zone=month.ZONE, opportunities=True, evidence=True)
    reader = opened(issued[0].to_pdf())
    yield Printed(path, purse, issued, month.booked(path), Structure(reader).tables(), text_of(reader))
    purse.close()


def amount(cell: str) -> Decimal:
    """Read a printed figure; what is too small for a coin is printed as less than one."""
    plain = re.sub(r"[,%+ ]", "", cell)
    return Decimal(0) if plain[:1] in ("<", ">") or plain in ("", "-", "–") else Decimal(plain)


def rounded(exact: Decimal) -> Decimal:
    return exact.quantize(COIN, ROUND_HALF_EVEN)


def is_cost(head: str) -> bool:
    return head.startswith("Cost (") or head in ("Direct", "Charged (USD)")


def test_the_month_is_one_of_refusals_losses_and_corrections(printed: Printed) -> None:
    kinds = {row.kind for row in printed.rows}
    assert kinds == {"settle", "expire", "adjust"}
    assert len(printed.rows) > 4_000
    assert len(printed.tables[0].rows) > 3
    assert month.total(printed.rows) > 100


@pytest.mark.parametrize("heading", WHOLE)
def test_every_division_of_the_month_prints_the_ledgers_total(printed: Printed, heading: str) -> None:
    table = printed.table(heading)
    assert table.total is not None
    assert amount(table.total["Cost (USD)"]) == rounded(month.total(printed.rows))


def test_every_total_is_the_sum_of_what_stands_above_it(printed: Printed) -> None:
    checked = 0
    for table in (table for table in printed.tables if table.total is not None):
        for head, total in table.total.items():  # type: ignore[union-attr]
            if head and re.search(r"\d", total) and not total.startswith(">") and not head.startswith("vs "):
                above = [amount(cell) for cell in table.column(head)]
                assert sum(above) == amount(total), (table.heading, head)
                checked += 1
    assert checked > 25


@pytest.mark.parametrize("heading", DIVISIONS)
def test_each_row_is_what_its_entries_sum_to(printed: Printed, heading: str) -> None:
    expected = month.sums(printed.rows, DIVISIONS[heading])
    table = printed.table(heading)
    names = table.column(table.head[0])
    assert sorted(names) == sorted(expected)
    for name, cell in zip(names, table.column("Cost (USD)"), strict=True):
        # A column is rounded so that it sums to its total, so a row may be the coin above or below.
        assert abs(amount(cell) - expected[name]) < COIN, name


def test_calls_are_counted_once_each(printed: Printed) -> None:
    calls = sum(1 for row in printed.rows if row.kind != "adjust")
    for heading in DIVISIONS:
        assert amount(printed.table(heading).total["Calls"]) == calls  # type: ignore[index]
    assert f"in {calls:,} calls" in printed.text


def test_the_head_says_the_total(printed: Printed) -> None:
    total = rounded(month.total(printed.rows))
    lines = printed.text.splitlines()
    assert lines[lines.index("Total") + 1] == f"{total:,} USD"


def test_lines_are_the_quantities_and_amounts_of_their_entries(printed: Printed) -> None:
    quantities: dict[tuple[str, str], int] = {}
    costs: dict[tuple[str, str], Decimal] = {}
    for row in printed.rows:
        for kind, quantity, cost in row.usage or [("without_usage", 0, row.amount)]:
            key = (row.model, kind.replace("_", " "))
            quantities[key] = quantities.get(key, 0) + quantity
            costs[key] = costs.get(key, Decimal(0)) + cost
    table = printed.table("Charges")
    keys = list(zip(table.column("Model"), table.column("Usage"), strict=True))
    assert sorted(keys) == sorted(key for key in costs if costs[key] or quantities[key])
    for key, quantity, cost in zip(keys, table.column("Quantity"), table.column("Cost (USD)"), strict=True):
        assert amount(quantity) == quantities[key], key
        assert abs(amount(cost) - costs[key]) < COIN, key
    usage = printed.table("Usage")
    for kind, units in zip(usage.column("Usage"), usage.column("Units"), strict=True):
        assert amount(units) == sum(own for key, own in quantities.items() if key[1] == kind)


def test_what_is_charged_sums_to_the_ledger(printed: Printed) -> None:
    table, direct = printed.table("Charged by team"), month.sums(printed.rows, "team")
    assert table.total is not None
    assert [amount(table.total[head]) for head in ("Direct", "Charged (USD)")] == [
        rounded(month.total(printed.rows)),
        rounded(month.total(printed.rows)),
    ]
    assert amount(table.total["Allocated in"]) == -amount(table.total["Allocated out"]) == rounded(direct["platform"])
    # The rule of the policy divides what the platform cost in proportion to what the others spent.
    others = sum(direct.values()) - direct["platform"]
    for team, cell in zip(table.column("Team"), table.column("Charged (USD)"), strict=True):
        own = direct.get(team, Decimal(0))
        expected = Decimal(0) if team == "platform" else own + direct["platform"] * own / others
        assert abs(amount(cell) - expected) < COIN, team


def test_the_trend_has_this_month_and_the_one_before(printed: Printed) -> None:
    before = month.total(month.booked(printed.path, datetime(2026, 1, 1, tzinfo=timezone.utc), month.START))
    own = month.total(printed.rows)
    table = printed.table("Trend")
    assert table.column("Period") == ["2026-09", "2026-10"]
    assert [amount(cell) for cell in table.column("Cost (USD)")] == [rounded(before), rounded(own)]
    steps = printed.table("Why the cost changed")
    ends = [row[1] for row in (steps.rows[1], steps.rows[-1])]
    assert [amount(cell) for cell in ends] == [rounded(before), rounded(own)]


def test_budgets_have_spent_what_the_entries_of_their_windows_sum_to(printed: Printed) -> None:
    def spent(zone_hours: int = 0, **tags: str) -> Decimal:
        start = datetime(2026, 10, 1, zone_hours, tzinfo=timezone.utc) if zone_hours else month.START
        rows = month.booked(printed.path, start)
        return month.total(row for row in rows if all(getattr(row, key) == value for key, value in tags.items()))

    table = printed.table("Budgets")
    told = dict(zip(table.column("Budget"), table.column("Spent"), strict=True))
    told = {re.sub("^[●○] ", "", name): cell for name, cell in told.items()}
    expected = {
        "company": spent(),
        "marketing": spent(team="marketing"),
        "search": spent(team="search"),
        "support": spent(team="support"),
        "data": spent(4, team="data"),
        "platform": spent(7, team="platform"),
        **{f"client [{client}]": spent(client=client) for client in ("acme-corp", "globex", "initech")},
    }
    assert {name: amount(told[name]) for name in expected} == {name: rounded(own) for name, own in expected.items()}


def test_evidence_tells_what_was_out_of_the_ordinary(printed: Printed) -> None:
    expired = [row for row in printed.rows if row.kind == "expire"]
    (corrected,) = (row for row in printed.rows if row.kind == "adjust")
    assert f"{rounded(month.total(expired))} USD in {len(expired)}" in printed.text
    assert f"{rounded(corrected.amount)} USD in 1" in printed.text


def test_what_nobody_is_named_for_and_what_carries_a_tag_sum_to_the_ledger(printed: Printed) -> None:
    whole = month.total(printed.rows)
    missing = {by: month.sums(printed.rows, by).get("unallocated", Decimal(0)) for by in ("team", "project", "client")}
    table = printed.table("Unallocated")
    told = dict(zip(table.column("Unallocated"), map(amount, table.column("Cost (USD)")), strict=True))
    assert told == {f"without a {by}": rounded(cost) for by, cost in missing.items()}
    table = printed.table("Data quality")
    told = dict(zip(table.column("Tag"), map(amount, table.column("Cost with it (USD)")), strict=True))
    assert {by: told[by] for by in missing} == {by: rounded(whole - cost) for by, cost in missing.items()}
    assert (told["agent"], told["environment"]) == (rounded(whole), 0)


def test_calls_that_never_ended_could_have_been_saved_at_what_they_were_booked_with(printed: Printed) -> None:
    expired = [row for row in printed.rows if row.kind == "expire"]
    table = printed.table("What could have been saved")
    columns = (table.column(head) for head in ("Way", "Team / agent", "Calls", "Spent (USD)", "Saving (USD)", "Entry"))
    ways = [row for row in zip(*columns, strict=True) if row[0] == "calls never ended"]
    assert len(ways) > 3
    for _, whose, calls, spent, saving, entry in ways:
        team, agent = whose.split(" / ")
        own = [row for row in expired if (row.team, row.agent) == (team, agent)]
        assert (amount(calls), amount(spent)) == (len(own), rounded(month.total(own)))
        assert abs(amount(saving) - amount(spent)) <= COIN
        assert amount(entry) > 0


def test_each_recipients_pdf_prints_its_own_entries_and_no_other_team(printed: Printed) -> None:
    sums = month.sums(printed.rows, "team")
    for statement, team in zip(printed.issued[1:], ("marketing", "data", "search", "support"), strict=True):
        reader = opened(statement.to_pdf())
        tables, text = Structure(reader).tables(), text_of(reader)
        totals = [table.total for table in tables if table.heading in WHOLE and table.total is not None]
        assert len(totals) > 2
        assert {amount(total["Cost (USD)"]) for total in totals} == {rounded(sums[team])}
        own = {row.agent for row in printed.rows if row.team == team}
        others = {row.agent for row in printed.rows} - own
        assert all(agent in text for agent in own)
        # The rule that divides the platform's cost names it, and tells nobody's share of it but the recipient's.
        assert not [name for name in {*others, *sums} - {team, "platform", "unallocated"} if name in text]


def test_invoices_print_what_their_terms_make_of_the_entries(printed: Printed) -> None:
    cost = month.sums(printed.rows, "client")
    fee, included = Decimal(40), Decimal(30)
    expected = {
        "acme-corp": cost["acme-corp"] * Decimal("1.25"),
        "globex": max(cost["globex"] * Decimal("0.92") * Decimal("1.3") - included, Decimal(0)) + fee,
        "initech": max(cost["initech"] * Decimal("1.2"), Decimal(25)),
    }
    for client, price in expected.items():
        invoice = printed.purse.issue_invoice(client, period=month.MONTH)
        # Each line of a bill is rounded to a pico.
        assert abs(invoice.total - price) < Decimal("1e-10")
        reader = opened(invoice.to_pdf())
        tables = Structure(reader).tables()
        assert [amount(row) for row in tables[0].total.values() if re.search(r"\d", row)] == [rounded(price)]  # type: ignore[union-attr]
        currency = invoice.data["currency"]
        assert f"{rounded(price)} {currency}" in text_of(reader).splitlines()
        # Nothing was billed before the first call.
        assert not [table for table in tables if table.heading == "Trend"]
    margin = printed.purse.margin(period=month.MONTH, time_zone=month.ZONE)
    table = next(own for own in Structure(opened(margin.to_pdf())).tables() if own.heading == "By client")
    for client, was, paid, left in zip(
        *(table.column(head) for head in ("Client", "Cost", "Price", "Margin")), strict=True
    ):
        rate = Decimal("0.92") if client == "globex" else Decimal(1)
        assert abs(amount(was) - cost[client] * rate) < COIN
        if client != "unallocated":
            assert abs(amount(paid) - expected[client]) < COIN
            assert amount(was) + amount(left) == amount(paid)


def test_nothing_stands_over_the_margins_and_nothing_invisible_is_copied(printed: Printed) -> None:
    documents: list[bursar.Statement | bursar.ClientStatement | bursar.Margin] = [*printed.issued]
    documents += [
        printed.purse.issue_invoice(client, period=month.MONTH) for client in ("acme-corp", "globex", "initech")
    ]
    documents.append(printed.purse.margin(period=month.MONTH, time_zone=month.ZONE))
    for paper in ("a4", "letter"):
        for document in documents:
            for page in opened(document.to_pdf(bursar_pdf.Template(paper=paper))).pages:
                edge = float(page.mediabox[2]) - MARGIN
                drawn = runs(page)
                assert drawn
                over = [run.text for run in drawn if run.left < MARGIN - SLACK or run.right > edge + SLACK]
                assert over == [], (paper, document.data.get("header"))
                assert not [run.text for run in drawn if "\N{ZERO WIDTH SPACE}" in run.text]
