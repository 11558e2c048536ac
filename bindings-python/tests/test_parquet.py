"""The Parquet file as two readers of it find it: exact types, every row, and the sums of the ledger."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import bursar
import duckdb
import month
import pyarrow as pa
import pytest
from pyarrow import parquet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INSTANT = pa.timestamp("us", tz="UTC")
SCHEMA = [
    ("seq", pa.int64(), False, "BIGINT"),
    ("line", pa.int64(), False, "BIGINT"),
    ("kind", pa.string(), False, "VARCHAR"),
    ("at", INSTANT, False, "TIMESTAMP WITH TIME ZONE"),
    ("effective_at", INSTANT, False, "TIMESTAMP WITH TIME ZONE"),
    ("hold", pa.int64(), False, "BIGINT"),
    ("provider", pa.string(), False, "VARCHAR"),
    ("model", pa.string(), False, "VARCHAR"),
    ("terms", pa.string(), True, "VARCHAR"),
    ("dimension", pa.string(), True, "VARCHAR"),
    ("quantity", pa.uint64(), True, "UBIGINT"),
    ("unit_price", pa.decimal128(38, 15), True, "DECIMAL(38,15)"),
    ("amount", pa.decimal128(38, 12), False, "DECIMAL(38,12)"),
    ("currency", pa.string(), False, "VARCHAR"),
    ("price_version", pa.string(), True, "VARCHAR"),
    ("corrects", pa.int64(), True, "BIGINT"),
    ("is_overrun", pa.bool_(), False, "BOOLEAN"),
    ("is_late", pa.bool_(), False, "BOOLEAN"),
    ("is_stated", pa.bool_(), False, "BOOLEAN"),
    ("note", pa.string(), True, "VARCHAR"),
    ("team", pa.string(), True, "VARCHAR"),
    ("project", pa.string(), True, "VARCHAR"),
    ("client", pa.string(), True, "VARCHAR"),
    ("agent", pa.string(), True, "VARCHAR"),
    ("environment", pa.string(), True, "VARCHAR"),
    ("user", pa.string(), True, "VARCHAR"),
    ("tags", pa.string(), True, "JSON"),
]


class Exported(NamedTuple):
    """The ledger's file, its entries, the Parquet file, and what the export said of it."""

    ledger: Path
    rows: list[month.Booked]
    path: Path
    said: bursar.Exported


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exported]:
    folder = tmp_path_factory.mktemp("parquet")
    purse = month.play(folder / "ledger.db")
    path = folder / "entries.parquet"
    said = purse.export_parquet(path, period=month.MONTH, time_zone=month.ZONE)
    yield Exported(folder / "ledger.db", month.booked(folder / "ledger.db"), path, said)
    purse.close()


def queried(path: Path, sql: str) -> list[Any]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(sql.replace("FILE", f"read_parquet('{path}')")).fetchall()


def test_arrow_has_the_schema_with_exact_decimals_and_instants(exported: Exported) -> None:
    schema = parquet.read_schema(exported.path)
    found = [(own.name, own.type, own.nullable) for own in schema]
    # Arrow tells JSON by an extension of its own since it has one.
    found = [(name, getattr(kind, "storage_type", kind), is_null) for name, kind, is_null in found]
    assert found == [(name, kind, is_null) for name, kind, is_null, _ in SCHEMA]
    kinds = {str(own.logical_type) for own in parquet.ParquetFile(exported.path).schema}
    assert {"String", "JSON", "Decimal(precision=38, scale=12)"} <= kinds


def test_duckdb_has_the_same_schema(exported: Exported) -> None:
    described = queried(exported.path, "DESCRIBE SELECT * FROM FILE")
    assert [(row[0], row[1]) for row in described] == [(name, kind) for name, _, _, kind in SCHEMA]


def test_both_have_a_row_for_each_line_and_the_ledgers_sum(exported: Exported) -> None:
    expected = sum(max(1, len(row.usage)) for row in exported.rows), month.total(exported.rows)
    assert expected[0] > 8_000
    assert (exported.said.rows, exported.said.billed) == expected
    (found,) = queried(exported.path, "SELECT count(*), sum(amount), typeof(sum(amount)) FROM FILE")
    assert found == (*expected, "DECIMAL(38,12)")
    table = parquet.read_table(exported.path)
    amounts = table["amount"].to_pylist()
    assert (table.num_rows, sum(amounts, Decimal(0))) == expected
    assert pa.compute.sum(table["amount"]).as_py() == expected[1]


@pytest.mark.parametrize("by", ["team", "project", "client", "agent"])
def test_sums_by_tag_are_those_of_the_entries(exported: Exported, by: str) -> None:
    found = queried(exported.path, f"SELECT coalesce({by}, 'unallocated'), sum(amount) FROM FILE GROUP BY 1")  # noqa: S608, columns of ours
    assert dict(found) == month.sums(exported.rows, by)
    table = parquet.read_table(exported.path).group_by(by).aggregate([("amount", "sum")]).to_pylist()
    assert {row[by] or "unallocated": row["amount_sum"] for row in table} == month.sums(exported.rows, by)


def test_quantities_and_amounts_of_each_kind_of_usage_are_those_of_the_entries(exported: Exported) -> None:
    expected: dict[tuple[str, str | None], tuple[int, Decimal]] = {}
    for row in exported.rows:
        for kind, quantity, amount in row.usage or [(None, 0, row.amount)]:
            known = expected.get((row.model, kind), (0, Decimal(0)))
            expected[row.model, kind] = (known[0] + quantity, known[1] + amount)
    found = queried(
        exported.path,
        """SELECT provider || '/' || model, dimension, coalesce(sum(quantity), 0)::UBIGINT, sum(amount)
           FROM FILE GROUP BY 1, 2""",
    )
    assert {(model, kind): (quantity, amount) for model, kind, quantity, amount in found} == expected
    # Price times quantity is the amount of a line, to less than the pico that a call's booking rounds.
    (off,) = queried(
        exported.path,
        "SELECT count(*) FROM FILE WHERE unit_price IS NOT NULL AND abs(quantity * unit_price - amount) >= 1e-12",
    )
    assert off == (0,)


def test_instants_are_in_the_month_of_the_zone_and_entries_are_told_by_their_numbers(exported: Exported) -> None:
    (found,) = queried(exported.path, "SELECT min(effective_at), max(effective_at), count(DISTINCT seq) FROM FILE")
    assert month.START <= found[0].astimezone(timezone.utc) < found[1].astimezone(timezone.utc) < month.END
    assert found[2] == len(exported.rows)
    ((seq, corrects, note, amount),) = queried(
        exported.path, "SELECT seq, corrects, note, amount FROM FILE WHERE kind = 'adjust'"
    )
    assert (corrects, note, amount) == (seq - 1, "credited by the provider", Decimal("-0.123456789012"))


def test_the_extremes_of_what_a_ledger_holds_come_back_to_the_last_digit(tmp_path: Path) -> None:
    clock = bursar.testing.ManualClock(datetime(2026, 10, 15, 12, 0, 0, 123_456, tzinfo=timezone.utc))
    tags = {"team": "Größe 'é' \"ż\"", "shop": "north, south", "run": "r\N{SNOWMAN}"}
    with bursar.open(":memory:", clock=clock.native, resource_attributes="") as purse:
        costs = ["0.000000000001", "999999.123456789012", "0.1", "0.2"]
        first, *_ = [purse.record(tags, model="gpt-5-mini", cost=f"{cost} USD") for cost in costs]
        purse.adjust(first.number, by="-0.000000000003 USD", note="=SUM(A1)")
        path = tmp_path / "entries.parquet"
        purse.export_parquet(path)
    expected = [*map(Decimal, costs), Decimal("-0.000000000003")]
    assert [row[0] for row in queried(path, "SELECT amount FROM FILE ORDER BY seq")] == expected
    assert parquet.read_table(path)["amount"].to_pylist() == expected
    assert queried(path, "SELECT sum(amount) FROM FILE") == [(sum(expected),)]
    told = parquet.read_table(path).slice(0, 1).to_pylist()[0]
    assert told["team"] == tags["team"]
    assert json.loads(told["tags"]) == {"run": tags["run"], "shop": tags["shop"]}
    assert told["effective_at"] == datetime(2026, 10, 15, 12, 0, 0, 123_456, tzinfo=timezone.utc)
    assert queried(path, "SELECT note FROM FILE WHERE kind = 'adjust'") == [("=SUM(A1)",)]
    assert queried(path, "SELECT DISTINCT tags->>'shop' FROM FILE") == [(tags["shop"],)]
