//! Metrics as they stand, for the meter of the program.

use crate::{
    fault::{Answered, answered},
    ledgers::ledger,
    refusal::whole,
};
use bursar::{Metric, MetricKind, MetricPoint, MetricValue, MetricsOptions, MetricsReader, Result, TagKey};
use napi::{Either, bindgen_prelude::External};
use napi_derive::napi;

/// What reads metrics without keeping the ledger open, as the face holds it.
pub(crate) type Metrics = External<MetricsReader>;

/// An instrument.
#[napi(object)]
pub(crate) struct Instrument {
    pub name: String,
    pub unit: String,
    pub description: String,
    pub is_counter: bool,
}

/// A point of an instrument. Amounts are the nearest number: OpenTelemetry has no other.
#[napi(object, object_from_js = false)]
pub(crate) struct Point {
    pub value: Either<f64, i64>,
    pub attributes: Vec<String>,
}

/// Every instrument.
#[napi]
pub(crate) fn instruments() -> Vec<Instrument> {
    let instrument = |metric: Metric| Instrument {
        name: metric.name().to_owned(),
        unit: metric.unit().to_owned(),
        description: metric.description().to_owned(),
        is_counter: !matches!(metric.kind(), MetricKind::Gauge),
    };
    Metric::ALL.map(instrument).into_iter().collect()
}

/// Opens the metrics: the tags that become attributes, and how many series an instrument may have.
#[napi]
pub(crate) fn open_metrics(
    number: u32,
    attributes: Option<Vec<String>>,
    max_series: Option<u32>,
) -> Answered<Metrics> {
    let open = || {
        let mut options = MetricsOptions::new();
        if let Some(keys) = attributes {
            let keys: Result<Vec<TagKey>> = keys.iter().map(|key| key.parse()).collect();
            options = options.attributes(keys?);
        }
        if let Some(series) = max_series {
            options = options.max_series(series as usize);
        }
        ledger(number)?.bursar.metrics_reader(options).map(External::new)
    };
    answered(open())
}

/// The points of an instrument; none where there is no such instrument.
#[napi]
pub(crate) fn metric_points(metrics: &Metrics, name: String) -> Vec<Point> {
    let metric = Metric::ALL.into_iter().find(|metric| metric.name() == name);
    metric.map(|metric| metrics.points(metric).iter().map(shown).collect()).unwrap_or_default()
}

fn shown(point: &MetricPoint) -> Point {
    let value = match point.value {
        MetricValue::Float(value) => Either::A(value),
        MetricValue::Count(value) => Either::B(whole(value)),
    };
    let pairs = point.attributes.iter().flat_map(|pair| [pair.key.to_string(), pair.value.to_string()]);
    Point { value, attributes: pairs.collect() }
}
