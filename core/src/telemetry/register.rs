//! The instruments, by name, unit and meaning.

use super::collector::{Collector, Instrument};
use super::gauges::Standing;
use super::number::nearest;
use super::options::MetricsOptions;
use super::series::Series;
use super::source::Source;
use super::totals::Totals;
use crate::error::Result;
use crate::money::Money;
use opentelemetry::metrics::Meter;
use std::{fmt, sync::Arc};

const USD: &str = "USD";

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
    let to = Instruments { meter, collector: Arc::new(Collector::new(source, options)) };
    to.amount("bursar.cost", "What calls cost", Instrument::Cost, |totals| &totals.cost);
    to.amount(
        "bursar.cost.credited",
        "What late settlements and corrections gave back; to be taken from bursar.cost",
        Instrument::Credited,
        |totals| &totals.credited,
    );
    to.count("bursar.calls", "{call}", "Calls that were booked", Instrument::Calls, |totals| &totals.calls);
    to.count("bursar.tokens", "{token}", "Tokens of calls, each once", Instrument::Tokens, |totals| {
        &totals.tokens
    });
    to.count("bursar.usage", "{unit}", "Usage that isn't tokens", Instrument::Usage, |totals| &totals.usage);
    to.count(
        "bursar.decisions",
        "{decision}",
        "Calls by what was decided",
        Instrument::Decisions,
        |totals| &totals.decisions,
    );
    to.gauge("limit", USD, "The limit of the window", Instrument::Limit, |row| nearest(row.limit));
    to.gauge("spent", USD, "What the window has cost", Instrument::Spent, |row| nearest(row.spent));
    to.gauge("held", USD, "What calls under way hold", Instrument::Held, |row| nearest(row.held));
    to.gauge(
        "utilization",
        "1",
        "Spent as a part of the limit",
        Instrument::Utilization,
        Standing::utilization,
    );
    Ok(Registration(to.collector))
}

struct Instruments<'a> {
    meter: &'a Meter,
    collector: Arc<Collector>,
}

impl Instruments<'_> {
    fn amount(
        &self,
        name: &'static str,
        description: &'static str,
        instrument: Instrument,
        of: fn(&Totals) -> &Series<Money>,
    ) {
        let collector = Arc::clone(&self.collector);
        let builder = self.meter.f64_observable_counter(name).with_unit(USD).with_description(description);
        let _ = builder
            .with_callback(move |to| {
                collector.show(instrument, |totals| {
                    of(totals).each(|sum, labels| to.observe(nearest(sum), labels.pairs()));
                });
            })
            .build();
    }

    fn count(
        &self,
        name: &'static str,
        unit: &'static str,
        description: &'static str,
        instrument: Instrument,
        of: fn(&Totals) -> &Series<u64>,
    ) {
        let collector = Arc::clone(&self.collector);
        let builder = self.meter.u64_observable_counter(name).with_unit(unit).with_description(description);
        let _ = builder
            .with_callback(move |to| {
                collector.show(instrument, |totals| {
                    of(totals).each(|sum, labels| to.observe(sum, labels.pairs()));
                });
            })
            .build();
    }

    fn gauge(
        &self,
        name: &'static str,
        unit: &'static str,
        description: &'static str,
        instrument: Instrument,
        of: fn(Standing) -> f64,
    ) {
        let collector = Arc::clone(&self.collector);
        let name = format!("bursar.budget.{name}");
        let builder = self.meter.f64_observable_gauge(name).with_unit(unit).with_description(description);
        let _ = builder
            .with_callback(move |to| {
                collector.show(instrument, |totals| {
                    totals.budgets.iter().for_each(|(labels, row)| to.observe(of(*row), labels.pairs()));
                });
            })
            .build();
    }
}
