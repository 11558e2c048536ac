//! What telemetry reads of a ledger, without holding it open and without holding up decisions.

use super::bursar::{Bursar, Inner};
use crate::budget::{BudgetStatus, Decisions};
use crate::error::{Error, ErrorCode, Result};
use crate::ledger::{Durability, Rollup, RollupKey, Rollups};
use crate::tags::{Symbol, TagSet, TagSetId};
use crate::telemetry::{MetricsOptions, MetricsReader, Registration, Source, register};
use crate::time::{Timestamp, Window};
use foldhash::fast::RandomState;
use opentelemetry::metrics::Meter;
use parking_lot::{Mutex, MutexGuard};
use std::{
    collections::{HashMap, HashSet},
    ops::ControlFlow,
    sync::{Arc, Weak},
};

/// Entries that are read while nothing can be committed.
const ENTRIES_A_READ: usize = 512;
/// Names that are looked up while nothing can be decided.
const NAMES_A_LOOK: usize = 1_024;

impl Bursar {
    /// Shows what is spent, decided and left to an OpenTelemetry meter, whose provider is the user's own.
    ///
    /// Counters: `bursar.cost` and `bursar.cost.credited` (USD; what was booked is the first less the second),
    /// `bursar.calls`, `bursar.tokens` (by `gen_ai.token.type` and `bursar.dimension`), `bursar.usage` (what isn't
    /// tokens, by `bursar.dimension`) and `bursar.decisions` (by `bursar.decision`: `admitted`, `exceeded`, `throttled`,
    /// `suspended`). Attributes are the chosen tags, `gen_ai.provider.name` and `gen_ai.request.model`. Gauges, by
    /// `bursar.budget.name` and `bursar.budget.instance`: `bursar.budget.limit`, `.spent`, `.held` (USD) and
    /// `.utilization` (1 is the whole limit).
    ///
    /// Everything counts from the opening of the ledger by this process. OpenTelemetry knows floats only: amounts are
    /// the nearest doubles to the exact ones, to be looked at. Bill from the ledger.
    ///
    /// Two ledgers at meters of one name overwrite each other's series: give each a meter of its own name.
    ///
    /// # Errors
    /// `limit_reached` and `tag_key_invalid` for options that can't be. Later faults are told to `tracing`.
    ///
    /// # Examples
    /// ```
    /// use bursar::{Budget, BudgetOptions, Bursar, Calendar, MetricsOptions, Period, Policy, Selector};
    /// use opentelemetry::metrics::MeterProvider;
    /// use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
    ///
    /// // In production: an exporter of the `opentelemetry-otlp` crate.
    /// let exporter = InMemoryMetricExporter::default();
    /// let reader = PeriodicReader::builder(exporter.clone()).build();
    /// let provider = SdkMeterProvider::builder().with_reader(reader).build();
    ///
    /// let month = Calendar::new(Period::Month, "UTC")?;
    /// let options = BudgetOptions::new("everything", Selector::everything(), "2500 USD".parse()?, month);
    /// let bursar = Bursar::builder().policy(Policy::new().with_budget(Budget::new(options)?)).in_memory()?;
    /// bursar.register_metrics(&provider.meter("bursar"), MetricsOptions::new())?;
    ///
    /// bursar.scope(&[("team", "data")])?; // a budget has a row once a scope touches it
    /// provider.force_flush()?;
    /// let collected = exporter.get_finished_metrics()?;
    /// let names = collected.iter().flat_map(|all| all.scope_metrics()).flat_map(|scope| scope.metrics());
    /// assert!(names.map(|metric| metric.name()).any(|name| name == "bursar.budget.limit"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn register_metrics(&self, meter: &Meter, options: MetricsOptions) -> Result<Registration> {
        register(meter, LedgerSource::of(self), options)
    }

    /// The same to be read, by whoever gives it to a meter that isn't Rust's.
    ///
    /// # Errors
    /// As [`Bursar::register_metrics`].
    ///
    /// # Examples
    /// ```
    /// use bursar::{Bursar, Metric, MetricsOptions};
    /// let bursar = Bursar::builder().in_memory()?;
    /// let reader = bursar.metrics_reader(MetricsOptions::new())?;
    /// for metric in Metric::ALL {
    ///     println!("{} {} {:?}", metric.name(), metric.unit(), reader.points(metric));
    /// }
    /// # Ok::<(), bursar::Error>(())
    /// ```
    pub fn metrics_reader(&self, options: MetricsOptions) -> Result<MetricsReader> {
        MetricsReader::new(LedgerSource::of(self), options)
    }
}

/// A ledger as telemetry sees it. It doesn't keep the ledger open.
struct LedgerSource {
    inner: Weak<Inner>,
    place: Mutex<Place>,
}

/// How far bookings have been read.
enum Place {
    /// A ledger that keeps its entries: the next one to read.
    Entries { next: u64 },
    /// A ledger in memory forgets entries and keeps sums, and it has none from before its process: the sums up to an
    /// entry that are counted.
    Sums { until: u64, counted: HashMap<RollupKey, Rollup, RandomState> },
}

impl LedgerSource {
    fn of(bursar: &Bursar) -> Self {
        let place = match bursar.inner.durability {
            Durability::Memory => Place::Sums { until: 0, counted: HashMap::default() },
            _ => Place::Entries { next: bursar.inner.first_seq },
        };
        Self { inner: Arc::downgrade(&bursar.inner), place: Mutex::new(place) }
    }

    fn bursar(&self) -> Option<Bursar> {
        self.inner.upgrade().map(|inner| Bursar { inner })
    }
}

impl Source for LedgerSource {
    fn now(&self) -> Option<Timestamp> {
        self.bursar().map(|bursar| bursar.now())
    }

    fn budgets(&self) -> Vec<BudgetStatus> {
        self.bursar().map(|bursar| bursar.budgets()).unwrap_or_default()
    }

    fn decisions(&self) -> Vec<(TagSetId, Decisions)> {
        self.bursar()
            .map(|bursar| bursar.with_machine(|machine| machine.decisions().collect()))
            .unwrap_or_default()
    }

    fn booked(&self, sums: &mut Rollups) -> Result<()> {
        let Some(bursar) = self.bursar() else { return Ok(()) };
        match &mut *self.place.lock() {
            Place::Entries { next } => read_entries(&bursar, next, sums),
            Place::Sums { until, counted } => read_sums(&bursar, until, counted, sums),
        }
    }

    fn names(&self, ids: &[(TagSetId, Option<Symbol>)]) -> Vec<(TagSet, Option<String>)> {
        let Some(bursar) = self.bursar() else { return Vec::new() };
        let mut names = Vec::with_capacity(ids.len());
        for some in ids.chunks(NAMES_A_LOOK) {
            bursar.with_machine(|machine| {
                let dictionary = machine.dictionary();
                names.extend(some.iter().map(|(tags, model)| {
                    let model = model.and_then(|model| dictionary.text(model)).map(str::to_owned);
                    (dictionary.tag_set(*tags).cloned().unwrap_or_default(), model)
                }));
            });
        }
        names
    }
}

/// Adds the entries up to the one that is the latest now, a few at a time, so that calls can be committed in between.
fn read_entries(bursar: &Bursar, next: &mut u64, sums: &mut Rollups) -> Result<()> {
    let inner = &bursar.inner;
    // Entries of other processes are new to this one now; what comes after is the next reading's.
    drop(inner.turn()?);
    let last = inner.state.lock().last_seq();
    let mut missing = None;
    while *next <= last {
        let (from, mut left) = (*next, ENTRIES_A_READ);
        let turn = inner.turn()?;
        let mut writer = inner.journal.flushed(|batch| inner.state.lock().take(batch))?;
        // Only a ledger that is shared has entries of others; nobody decides there while this turn lasts.
        let others = inner.turns.as_ref().map(|_| inner.state.lock());
        let is_own = |seq: u64| others.as_ref().is_none_or(|state| !state.is_of_another(seq));
        let outcome = writer.store().entries(from, &mut |entry, lines| {
            if entry.seq != *next {
                missing = missing.or(Some((*next, entry.seq)));
            }
            if is_own(entry.seq) {
                sums.add(entry, lines);
            }
            *next = entry.seq + 1;
            left -= 1;
            if left == 0 || *next > last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        drop(others);
        // A lock that is given up and taken again at once starves who waits for it; so it is handed over.
        MutexGuard::unlock_fair(writer);
        drop(turn);
        outcome?;
        if *next == from {
            missing = missing.or(Some((from, last + 1)));
            *next = last + 1;
        }
    }
    missing.map_or(Ok(()), |(from, until)| {
        let message = format!("the ledger has no entries {from} to {}", until - 1);
        Err(Error::new(ErrorCode::EntryUnknown, message))
    })
}

/// Adds what all sums have grown by since they were last read.
fn read_sums(
    bursar: &Bursar,
    until: &mut u64,
    counted: &mut HashMap<RollupKey, Rollup, RandomState>,
    sums: &mut Rollups,
) -> Result<()> {
    let (mut grown, mut now, mut last) = (HashSet::new(), Rollups::default(), *until);
    bursar.with_store(|store| {
        store.rollups(Window::ALWAYS, &mut |key, rollup| {
            if rollup.seqs.1 > *until {
                grown.insert(*key);
                last = last.max(rollup.seqs.1);
            }
        })?;
        // A key may come in several parts, of which only one has grown.
        store.rollups(Window::ALWAYS, &mut |key, rollup| {
            if grown.contains(key) {
                now.merge(*key, rollup);
            }
        })
    })?;
    for (key, rollup) in now.iter() {
        let before = counted.insert(*key, rollup.clone()).unwrap_or_default();
        sums.merge(*key, &growth(rollup, &before));
    }
    *until = last;
    Ok(())
}

/// What a rollup has more than it had.
fn growth(now: &Rollup, before: &Rollup) -> Rollup {
    let mut growth = now.clone();
    growth.calls = now.calls.saturating_sub(before.calls);
    growth.overruns = now.overruns.saturating_sub(before.overruns);
    growth.expired = now.expired.saturating_sub(before.expired);
    growth.unmeasured = now.unmeasured.saturating_sub(before.unmeasured);
    for line in &mut growth.lines {
        if let Some(was) = before.lines.iter().find(|was| was.is_alike(line)) {
            line.quantity = line.quantity.saturating_sub(was.quantity);
            line.amount = line.amount.saturating_sub(was.amount);
        }
    }
    growth
}

#[cfg(test)]
mod tests {
    use crate::telemetry::tests::{Backend, small};
    use crate::*;
    use opentelemetry::metrics::MeterProvider;
    use opentelemetry_sdk::metrics::Temporality;
    use std::{path::Path, sync::Arc, time::Duration};

    const CALL: &str = "gen_ai.provider.name=private gen_ai.request.model=test-model team.name=data";

    fn usd(text: &str) -> Money {
        text.parse().unwrap()
    }

    fn clock() -> Arc<ManualClock> {
        Arc::new(ManualClock::new("2026-11-10T12:00:00Z".parse().unwrap()))
    }

    /// Half a dollar for a million input tokens, one for a million output tokens; 10 dollars a month.
    fn builder(clock: &Arc<ManualClock>) -> Builder {
        let price =
            r#"{ "provider": "private", "model": "test-model", "input_mtok": "0.5", "output_mtok": "1" }"#;
        let calendar = Calendar::new(Period::Month, "UTC").unwrap();
        let options = BudgetOptions::new("all", Selector::everything(), usd("10"), calendar);
        let policy = Policy::new()
            .with_prices([serde_json::from_str(price).unwrap()])
            .with_budget(Budget::new(options).unwrap());
        Bursar::builder().policy(policy).clock(Arc::clone(clock)).resource_attributes("")
    }

    fn open(path: &Path, clock: &Arc<ManualClock>) -> Bursar {
        builder(clock).open(path).unwrap()
    }

    fn watch(bursar: &Bursar) -> Backend {
        let backend = Backend::new(Temporality::Cumulative);
        bursar.register_metrics(&backend.provider.meter("bursar"), MetricsOptions::new()).unwrap();
        backend
    }

    fn reserve(bursar: &Bursar, output: u64) -> Decision {
        let scope = bursar.scope(&[("team", "data"), ("user", "ada")]).unwrap();
        let model = bursar.model(None, "test-model").unwrap();
        bursar.reserve(&scope, &Call::new(&model, 0).max_output_tokens(output)).unwrap()
    }

    fn admit(bursar: &Bursar, output: u64) -> Hold {
        match reserve(bursar, output) {
            Decision::Admitted(hold) => hold,
            refusal => panic!("{refusal}"),
        }
    }

    fn call(bursar: &Bursar, output: u64) -> Settled {
        let hold = admit(bursar, output);
        bursar.settle(&hold, &Usage::new().with(Dimension::Output, output)).unwrap()
    }

    /// What the ledger says was booked.
    fn booked(bursar: &Bursar) -> f64 {
        let mut sum = Money::ZERO;
        bursar
            .with_store(|store| store.rollups(Window::ALWAYS, &mut |_, rollup| sum += rollup.amount()))
            .unwrap();
        sum.to_string().parse().unwrap()
    }

    #[test]
    fn totals_are_the_ledgers_over_many_reads_of_a_file() {
        let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
        let bursar = open(&folder.path().join("ledger.db"), &clock);
        let backend = watch(&bursar);
        for round in 1..=3_u32 {
            (0..400).for_each(|_| assert!(call(&bursar, 333).entry > 0));
            let points = backend.collect();
            assert_eq!(points.get("bursar.cost", CALL), Some(booked(&bursar)));
            assert_eq!(points.get("bursar.calls", CALL), Some(f64::from(400 * round)));
            let output = format!(
                "bursar.dimension=output {} gen_ai.token.type=output team.name=data",
                CALL.trim_end_matches(" team.name=data")
            );
            assert_eq!(points.get("bursar.tokens", &output), Some(f64::from(333 * 400 * round)));
            let admitted = "bursar.decision=admitted team.name=data";
            assert_eq!(points.get("bursar.decisions", admitted), Some(f64::from(400 * round)));
        }
    }

    #[test]
    fn a_reader_reads_what_a_meter_is_shown() {
        let (bursar, backend) =
            (builder(&clock()).in_memory().unwrap(), Backend::new(Temporality::Cumulative));
        bursar.register_metrics(&backend.provider.meter("bursar"), MetricsOptions::new()).unwrap();
        let reader = bursar.metrics_reader(MetricsOptions::new()).unwrap();
        call(&bursar, 333);
        let shown = backend.collect();
        for metric in Metric::ALL {
            let read: Vec<f64> = (reader.points(metric).iter())
                .map(|point| match point.value {
                    MetricValue::Float(value) => value,
                    MetricValue::Count(count) => small(count),
                })
                .collect();
            let shown: Vec<f64> = shown.of(metric.name()).iter().map(|(_, value)| *value).collect();
            assert_eq!(
                (metric, read.len(), read.iter().sum::<f64>()),
                (metric, shown.len(), shown.iter().sum())
            );
        }
        drop(bursar);
        assert_eq!(reader.points(Metric::Limit), []);
    }

    #[test]
    fn a_ledger_in_memory_forgets_entries_and_no_sum() {
        let clock = clock();
        let bursar = builder(&clock).in_memory().unwrap();
        let calls = (MAX_MEMORY_ENTRIES / 2 + 500) as u64;
        (0..calls).for_each(|_| assert!(call(&bursar, 7).entry > 0));
        let backend = watch(&bursar);
        assert_eq!(backend.collect().get("bursar.calls", CALL), Some(small(calls)));
        (0..calls).for_each(|_| assert!(call(&bursar, 7).entry > 0));
        let points = backend.collect();
        assert_eq!(points.get("bursar.calls", CALL), Some(small(2 * calls)));
        assert_eq!(points.get("bursar.cost", CALL), Some(booked(&bursar)));
    }

    #[test]
    fn a_ledger_that_is_opened_again_shows_what_is_booked_from_then_on() {
        let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
        let path = folder.path().join("ledger.db");
        call(&open(&path, &clock), 1_000_000);
        let bursar = open(&path, &clock);
        call(&bursar, 100_000);
        let backend = watch(&bursar);
        assert_eq!(
            backend.collect().of("bursar.cost"),
            [(CALL, 0.1)],
            "also what came before the registration"
        );
        call(&bursar, 150_000);
        let points = backend.collect();
        assert_eq!(points.of("bursar.cost"), [(CALL, 0.25)]);
        assert_eq!(points.of("bursar.budget.spent"), [("bursar.budget.name=all", 1.25)]);
    }

    #[test]
    fn corrections_and_late_settlements_are_credited_in_both_kinds_of_ledger() {
        let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
        for bursar in [open(&folder.path().join("ledger.db"), &clock), builder(&clock).in_memory().unwrap()] {
            let backend = watch(&bursar);
            let settled = call(&bursar, 500_000);
            let lost = admit(&bursar, 100_000);
            clock.advance(Duration::from_hours(1));
            assert_eq!(backend.collect().of("bursar.cost"), [(CALL, 0.6)], "the expired hold is spent");
            bursar.adjust(settled.entry, usd("-0.125"), "the invoice says less").unwrap();
            bursar.settle(&lost, &Usage::new().with(Dimension::Output, 75_000)).unwrap();
            let points = backend.collect();
            assert_eq!(points.of("bursar.cost"), [(CALL, 0.6)]);
            assert_eq!(points.of("bursar.cost.credited"), [(CALL, 0.15)]);
            assert_eq!(points.of("bursar.calls"), [(CALL, 2.0)], "a late settlement is no further call");
            assert!((booked(&bursar) - 0.45).abs() < f64::EPSILON);
        }
    }

    #[test]
    fn gauges_are_what_budgets_stand_at_and_refusals_are_counted() {
        let bursar = builder(&clock()).in_memory().unwrap();
        let backend = watch(&bursar);
        call(&bursar, 2_500_000);
        let _open = admit(&bursar, 1_000_000);
        assert!(matches!(reserve(&bursar, 7_000_000), Decision::Exceeded(_)));
        let (points, rows) = (backend.collect(), bursar.budgets());
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        let expected =
            [("limit", row.limit), ("spent", row.spent), ("held", row.held), ("utilization", usd("0.25"))];
        for (gauge, amount) in expected {
            let shown = points.get(&format!("bursar.budget.{gauge}"), "bursar.budget.name=all");
            assert_eq!(shown, Some(amount.to_string().parse().unwrap()), "{gauge}");
        }
        assert_eq!(points.get("bursar.decisions", "bursar.decision=exceeded team.name=data"), Some(1.0));
    }

    #[test]
    fn metrics_do_not_keep_a_ledger_open() {
        let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
        let path = folder.path().join("ledger.db");
        let bursar = open(&path, &clock);
        let backend = watch(&bursar);
        call(&bursar, 1_000);
        assert!(!backend.collect().0.is_empty());
        drop(bursar);
        assert!(backend.collect().0.is_empty());
        open(&path, &clock);
    }

    #[test]
    fn calls_go_on_while_metrics_are_collected() {
        let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
        let bursar = open(&folder.path().join("ledger.db"), &clock);
        let backend = watch(&bursar);
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| (0..200).for_each(|_| assert!(call(&bursar, 100).entry > 0)));
            }
            let mut before = 0.0;
            for _ in 0..20 {
                let now = backend.collect().get("bursar.cost", CALL).unwrap_or_default();
                assert!(now >= before, "{now} after {before}");
                before = now;
            }
        });
        let points = backend.collect();
        assert_eq!(
            (points.get("bursar.calls", CALL), points.get("bursar.cost", CALL)),
            (Some(800.0), Some(0.08))
        );
        assert_eq!(bursar.verify().unwrap(), []);
    }
}
