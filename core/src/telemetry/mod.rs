//! Telling OpenTelemetry what was spent, decided and is left; and reading what its spans tell of calls ([`CallSpan`]).
//!
//! Metrics are read out: nothing is counted while a call is decided, and each collection takes one snapshot, which all
//! instruments share. They observe, so a fault here is logged and neither delays nor changes a decision.
//!
//! An OpenTelemetry measurement is a float. This is the one place where one shows an amount: the nearest double to the
//! exact total, made from its decimal text. It is never computed with and never read back.
//!
//! A series never moves and never falls: one that was named stays named, one that came when all places were taken is
//! summed into the series with `otel.metric.overflow` for ever, and what is given back has a counter of its own.

mod collector;
mod gauges;
mod labels;
mod metric;
mod number;
mod options;
mod reader;
mod register;
mod series;
mod source;
mod span;
#[cfg(test)]
pub(crate) mod tests;
mod totals;

pub use metric::{Metric, MetricKind};
pub use options::{MAX_METRIC_SERIES, METRIC_SERIES, MetricsOptions};
pub use reader::{MetricPoint, MetricValue, MetricsReader};
pub use register::Registration;
pub(crate) use register::register;
pub(crate) use source::Source;
pub use span::{CallSpan, SpanEnd, span_tags};
