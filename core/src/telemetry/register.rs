//! The metrics as instruments of a meter.

use super::collector::Collector;
use super::metric::{Metric, MetricKind};
use super::options::MetricsOptions;
use super::source::Source;
use crate::error::Result;
use opentelemetry::metrics::Meter;
use std::{fmt, sync::Arc};

/// Metrics that were registered. Dropping it changes nothing: they end with the ledger, or when they are stopped.
pub struct Registration(Arc<Collector>);

impl Registration {
    /// Shows nothing from now on; as OpenTelemetry can't forget an instrument, the empty ones stay.
    pub fn stop(self) {
        self.0.stop();
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").finish_non_exhaustive()
    }
}

/// Registers all instruments at a meter.
pub(crate) fn register(
    meter: &Meter,
    source: impl Source + 'static,
    options: MetricsOptions,
) -> Result<Registration> {
    options.check()?;
    let collector = Arc::new(Collector::new(source, options));
    for metric in Metric::ALL {
        build(meter, metric, Arc::clone(&collector));
    }
    Ok(Registration(collector))
}

fn build(meter: &Meter, metric: Metric, collector: Arc<Collector>) {
    let (name, unit, description) = (metric.name(), metric.unit(), metric.description());
    match metric.kind() {
        MetricKind::Amount => {
            let show = move |to: &dyn opentelemetry::metrics::AsyncInstrument<f64>| {
                collector.show(metric, |totals| {
                    metric.each_float(totals, |sum, pairs| to.observe(sum, pairs));
                });
            };
            let builder = meter.f64_observable_counter(name).with_unit(unit).with_description(description);
            let _ = builder.with_callback(show).build();
        }
        MetricKind::Count => {
            let show = move |to: &dyn opentelemetry::metrics::AsyncInstrument<u64>| {
                collector.show(metric, |totals| {
                    metric.each_count(totals, |sum, pairs| to.observe(sum, pairs));
                });
            };
            let builder = meter.u64_observable_counter(name).with_unit(unit).with_description(description);
            let _ = builder.with_callback(show).build();
        }
        MetricKind::Gauge => {
            let show = move |to: &dyn opentelemetry::metrics::AsyncInstrument<f64>| {
                collector.show(metric, |totals| {
                    metric.each_float(totals, |value, pairs| to.observe(value, pairs));
                });
            };
            let builder = meter.f64_observable_gauge(name).with_unit(unit).with_description(description);
            let _ = builder.with_callback(show).build();
        }
    }
}
