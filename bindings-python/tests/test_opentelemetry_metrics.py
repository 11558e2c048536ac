"""The ledger as metrics, by the real SDK of OpenTelemetry: the same instruments as the Rust library's."""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING, Any

import bursar
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader, NumberDataPoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CALL: dict[str, Any] = {"model": "race-model", "input_tokens": 0, "max_output_tokens": 400_000}
OF_CALL = {"team.name": "data", "gen_ai.provider.name": "private", "gen_ai.request.model": "race-model"}
UNITS = {
    "bursar.cost": "USD",
    "bursar.cost.credited": "USD",
    "bursar.calls": "{call}",
    "bursar.tokens": "{token}",
    "bursar.usage": "{unit}",
    "bursar.decisions": "{decision}",
    "bursar.budget.limit": "USD",
    "bursar.budget.spent": "USD",
    "bursar.budget.held": "USD",
    "bursar.budget.utilization": "1",
}


class Backend:
    """A meter provider of a user, and what it collects."""

    def __init__(self, **options: Any) -> None:
        self.reader = InMemoryMetricReader(**options)
        self.provider = MeterProvider([self.reader], shutdown_on_exit=False)

    def metrics(self) -> dict[str, Any]:
        collected = self.reader.get_metrics_data()
        scopes = [scope for one in collected.resource_metrics for scope in one.scope_metrics] if collected else []
        assert {scope.scope.name for scope in scopes} <= {"bursar"}
        return {metric.name: metric for scope in scopes for metric in scope.metrics}

    def points(self) -> dict[str, list[tuple[dict[str, Any], int | float]]]:
        return {name: [_pair(point) for point in metric.data.data_points] for name, metric in self.metrics().items()}


def _pair(point: NumberDataPoint) -> tuple[dict[str, Any], int | float]:
    return dict(point.attributes or {}), point.value


@pytest.fixture
def backend() -> Iterator[Backend]:
    backend = Backend()
    yield backend
    backend.provider.shutdown()


def test_every_instrument_shows_what_the_ledger_has(purse: bursar.Purse, backend: Backend) -> None:
    purse.register_metrics(backend.provider)
    with purse.reserve({"team": "data"}, **CALL) as hold:
        hold.settle({"input_tokens": 100_000, "output_tokens": 200_000, "web_searches": 0})
    assert not purse.decide({"team": "data"}, **{**CALL, "max_output_tokens": 900_000})
    open_hold = purse.reserve({"team": "data"}, **CALL)
    points = backend.points()
    budget = {"bursar.budget.name": "all"}
    assert points["bursar.cost"] == [(OF_CALL, 0.3)]
    assert points["bursar.calls"] == [(OF_CALL, 1)]
    assert sorted(points["bursar.tokens"], key=lambda point: point[1]) == [
        ({**OF_CALL, "gen_ai.token.type": "input", "bursar.dimension": "input_uncached"}, 100_000),
        ({**OF_CALL, "gen_ai.token.type": "output", "bursar.dimension": "output"}, 200_000),
    ]
    decisions = {attributes["bursar.decision"]: count for attributes, count in points["bursar.decisions"]}
    assert decisions == {"admitted": 2, "exceeded": 1}
    assert points["bursar.budget.limit"] == [(budget, 1.0)]
    assert points["bursar.budget.spent"] == [(budget, 0.3)]
    assert points["bursar.budget.held"] == [(budget, 0.4)]
    assert points["bursar.budget.utilization"] == [(budget, 0.3)]
    open_hold.release()


def test_names_units_and_kinds_are_those_of_every_language(purse: bursar.Purse, backend: Backend) -> None:
    purse.register_metrics(backend.provider)
    entry = purse.record({}, model="race-model", usage={"output_tokens": 100})
    purse.record({}, model="race-model", cost="0.5")
    purse.adjust(entry.number, by="-0.00005", note="the invoice says less")
    metrics = backend.metrics()
    # What nothing was given of has no point, and so no metric.
    assert metrics.keys() >= UNITS.keys() - {"bursar.usage", "bursar.decisions", "bursar.cost.credited"}
    for name, metric in metrics.items():
        assert metric.unit == UNITS[name]
        assert metric.description
        is_counter = not name.startswith("bursar.budget.")
        assert getattr(metric.data, "is_monotonic", False) is is_counter, name


def test_counters_never_fall_and_credits_are_told_apart(purse: bursar.Purse, backend: Backend) -> None:
    purse.register_metrics(backend.provider)
    entry = purse.record({"team": "data"}, model="race-model", cost="0.5")
    assert backend.points()["bursar.cost"] == [(OF_CALL, 0.5)]
    purse.adjust(entry.number, by="-0.2", note="the invoice says less")
    points = backend.points()
    assert points["bursar.cost"] == [(OF_CALL, 0.5)]
    assert points["bursar.cost.credited"] == [(OF_CALL, 0.2)]
    assert points["bursar.budget.spent"] == [({"bursar.budget.name": "all"}, 0.3)]


def test_a_reader_of_deltas_gets_each_cent_once(make_purse: Any) -> None:
    from opentelemetry.sdk.metrics import ObservableCounter  # noqa: PLC0415, the key that the SDK asks for

    backend = Backend(preferred_temporality={ObservableCounter: AggregationTemporality.DELTA})
    purse = make_purse()
    purse.register_metrics(backend.provider)
    for _ in range(3):
        purse.record({"team": "data"}, model="race-model", cost="0.125")
        assert backend.points()["bursar.cost"] == [(OF_CALL, 0.125)]
    backend.provider.shutdown()


def test_attributes_are_chosen_and_series_are_bounded(purse: bursar.Purse, backend: Backend) -> None:
    purse.register_metrics(backend.provider, attributes=["user"], max_series=2)
    for user in ("ada", "bob", "eve"):
        purse.record({"team": "data", "user": user}, model="race-model", cost="0.1")
    costs = backend.points()["bursar.cost"]
    assert {attributes.get("user.id") for attributes, _ in costs} == {"ada", "bob", None}
    assert ({"otel.metric.overflow": True}, 0.1) in costs
    with pytest.raises(bursar.LimitReached, match="1 to 100000 are allowed"):
        purse.register_metrics(backend.provider, max_series=0)


def test_a_file_is_read_on_from_where_it_was_read(make_purse: Any, backend: Backend, tmp_path: Any) -> None:
    purse = make_purse(limit="100 USD", path=str(tmp_path / "ledger.db"))
    purse.register_metrics(backend.provider)
    for round_ in range(1, 4):
        for _ in range(20):
            purse.record({"team": "data"}, model="race-model", cost="0.125")
        assert backend.points()["bursar.cost"] == [(OF_CALL, 2.5 * round_)]


def test_metrics_neither_keep_a_purse_nor_need_one(make_purse: Callable[..., bursar.Purse], backend: Backend) -> None:
    stopped = make_purse()
    stopped.register_metrics(backend.provider).stop()
    closed = make_purse()
    closed.register_metrics(backend.provider)
    closed.close()
    gone = bursar.open(policy={})
    gone.register_metrics(backend.provider)
    del gone
    gc.collect()
    assert all(not points for points in backend.points().values())


def test_calls_go_on_while_metrics_are_collected(purse: bursar.Purse, backend: Backend) -> None:
    purse.register_metrics(backend.provider)
    is_over = threading.Event()

    def collect() -> None:
        while not is_over.is_set():
            backend.points()

    reader = threading.Thread(target=collect)
    reader.start()
    for _ in range(2_000):
        purse.record({"team": "data"}, model="race-model", cost="0.0001")
    is_over.set()
    reader.join(30)
    assert not reader.is_alive()
    assert backend.points()["bursar.cost"] == [(OF_CALL, 0.2)]
