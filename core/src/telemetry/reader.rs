//! The metrics as they stand, for a meter that isn't Rust's.

use super::collector::Collector;
use super::metric::{Metric, MetricKind};
use super::options::MetricsOptions;
use super::source::Source;
use crate::error::Result;
use opentelemetry::KeyValue;
use std::fmt;

/// Reads what [`Bursar::register_metrics`](crate::Bursar::register_metrics) would show, for programs that give it to a
/// meter of another language. Metrics that are read one after another show one snapshot; one that is read again, or a
/// second later, begins the next.
pub struct MetricsReader(Collector);

/// One series of a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricPoint {
    /// What it shows.
    pub value: MetricValue,
    /// Its attributes, sorted by key.
    pub attributes: Vec<KeyValue>,
}

/// A number as OpenTelemetry knows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MetricValue {
    /// The nearest double to an amount or a part.
    Float(f64),
    /// A whole number.
    Count(u64),
}

impl MetricsReader {
    pub(crate) fn new(source: impl Source + 'static, options: MetricsOptions) -> Result<Self> {
        options.check()?;
        Ok(Self(Collector::new(source, options)))
    }

    /// Every series of a metric; none once the ledger is closed. A fault is told to `tracing`, and what was known before
    /// is shown again.
    pub fn points(&self, metric: Metric) -> Vec<MetricPoint> {
        let mut points = Vec::new();
        let mut add = |value, pairs: &[KeyValue]| {
            points.push(MetricPoint { value, attributes: pairs.to_vec() });
        };
        self.0.show(metric, |totals| match metric.kind() {
            MetricKind::Count => metric.each_count(totals, |sum, pairs| add(MetricValue::Count(sum), pairs)),
            MetricKind::Amount | MetricKind::Gauge => {
                metric.each_float(totals, |value, pairs| add(MetricValue::Float(value), pairs));
            }
        });
        points
    }
}

impl fmt::Debug for MetricsReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricsReader").finish_non_exhaustive()
    }
}
