"""The ledger as observable instruments of a meter of OpenTelemetry."""

from __future__ import annotations

import logging
import weakref
from typing import TYPE_CHECKING, Any

from opentelemetry import metrics
from opentelemetry.metrics import Observation

from bursar import _native

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, MeterProvider

    from bursar._purse import Purse

_log = logging.getLogger("bursar")


class Registration:
    """Metrics that were registered. They end with the ledger, or when they are stopped."""

    def __init__(self, purse: Purse, reader: _native.Metrics) -> None:
        """Show what a reader reads, as long as the purse is there."""
        self._purse = weakref.ref(purse)
        self._reader: _native.Metrics | None = reader

    def stop(self) -> None:
        """Show nothing from now on; the instruments stay, since OpenTelemetry can't forget them."""
        self._reader = None

    def observe(self, name: str) -> list[Observation]:
        """Return what an instrument shows now."""
        purse, reader = self._purse(), self._reader
        if purse is None or reader is None:
            return []
        try:
            return [Observation(value, attributes) for value, attributes in reader.points(purse, name)]
        except Exception:  # noqa: BLE001, telemetry never raises into the program
            _log.exception("the metric `%s` could not be collected", name)
            return []


def register(purse: Purse, meter_provider: MeterProvider | None, reader: _native.Metrics, meter: str) -> Registration:
    """Create an observable instrument for each metric, at a meter of this name."""
    registration = Registration(purse, reader)
    to = metrics.get_meter(meter, _native.__version__, meter_provider)
    for name, unit, description, kind in reader.instruments():
        create = to.create_observable_counter if kind == "counter" else to.create_observable_gauge
        create(name, [_callback(registration, name)], unit=unit, description=description)
    return registration


def _callback(registration: Registration, name: str) -> Any:
    def observe(_: CallbackOptions) -> list[Observation]:
        return registration.observe(name)

    return observe
