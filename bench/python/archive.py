"""DuckDB's times over a Parquet export, as JSON, for months between instants in microseconds."""

from __future__ import annotations

import json
import statistics
import sys
import time

import duckdb

ROUNDS = 5
TAGS = "team, project, client, agent, provider, model, terms"
BOOKED = f"{TAGS}, dimension, unit_price, count(*), sum(quantity), sum(amount)"


def main(archive: str, *edges: str) -> None:
    """Time the queries over the months that begin and end at the edges, the last of them in detail."""
    database = duckdb.connect()
    database.execute("SET enable_progress_bar = false")
    rows = f"read_parquet('{archive}')"
    *starts, end = [f"make_timestamptz({int(edge)})" for edge in edges]
    month = f"effective_at >= {starts[-1]} AND effective_at < {end}"
    detail = f"SELECT {BOOKED} FROM {rows} WHERE {month} GROUP BY ALL"
    every = f"SELECT {BOOKED} FROM {rows} GROUP BY ALL"
    # Calendar functions with a time zone take most of the time, so months and hours are told without them.
    past = " ".join(f"WHEN effective_at < {start} THEN {place}" for place, start in enumerate(starts[1:]))
    trend = f"SELECT CASE {past} ELSE 12 END, {TAGS}, sum(amount), count(*) FROM {rows} GROUP BY ALL"
    hourly = f"SELECT epoch_us(effective_at) // 3600000000, sum(amount) FROM {rows} GROUP BY ALL"

    def took(*queries: str) -> float:
        times = []
        for _ in range(ROUNDS):
            begin = time.perf_counter()
            for query in queries:
                database.execute(query).fetchall()
            times.append((time.perf_counter() - begin) * 1e3)
        return statistics.median(times)

    (total,) = database.execute(f"SELECT sum(amount) FROM {rows} WHERE {month}").fetchone()
    times = {"month": took(detail), "all": took(every), "statement": took(detail, trend, hourly)}
    print(json.dumps({**times, "total": str(total)}))


main(*sys.argv[1:])
