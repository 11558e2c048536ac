"""DuckDB's times over a Parquet export, as JSON: of the file, and of a month between two instants in microseconds."""

from __future__ import annotations

import json
import statistics
import sys
import time

import duckdb

ROUNDS = 5
TAGS = "team, project, client, agent, provider, model, terms"
BOOKED = f"{TAGS}, dimension, unit_price, count(*), sum(quantity), sum(amount)"


def main(archive: str, start: str, end: str) -> None:
    """Time the queries, and print what they took."""
    database = duckdb.connect()
    database.execute("SET enable_progress_bar = false")
    database.execute("SET TimeZone = 'Europe/Berlin'")
    rows = f"read_parquet('{archive}')"
    month = f"effective_at >= make_timestamptz({int(start)}) AND effective_at < make_timestamptz({int(end)})"
    detail = f"SELECT {BOOKED} FROM {rows} WHERE {month} GROUP BY ALL"
    every = f"SELECT {BOOKED} FROM {rows} GROUP BY ALL"
    trend = f"SELECT date_trunc('month', effective_at), {TAGS}, sum(amount), count(*) FROM {rows} GROUP BY ALL"
    daily = f"SELECT date_trunc('day', effective_at), sum(amount) FROM {rows} GROUP BY ALL"

    def took(*queries: str) -> float:
        times = []
        for _ in range(ROUNDS):
            begin = time.perf_counter()
            for query in queries:
                database.execute(query).fetchall()
            times.append((time.perf_counter() - begin) * 1e3)
        return statistics.median(times)

    (total,) = database.execute(f"SELECT sum(amount) FROM {rows} WHERE {month}").fetchone()
    times = {"month": took(detail), "all": took(every), "statement": took(detail, trend, daily)}
    print(json.dumps({**times, "total": str(total)}))


main(*sys.argv[1:4])
