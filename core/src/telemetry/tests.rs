//! What a collection shows, with the real SDK over a ledger that tests make up.

use super::{MAX_METRIC_SERIES, METRIC_SERIES, MetricsOptions, Source, register};
use crate::budget::{BudgetBasis, BudgetState, BudgetStatus, Decisions, HoldId};
use crate::error::{Error, ErrorCode, Result};
use crate::ledger::{Entry, EntryKind, EntryLine, Rollups};
use crate::money::Money;
use crate::pricing::Dimension;
use crate::tags::{Symbol, TagKey, TagSet, TagSetId};
use crate::time::{Timestamp, Window};
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics, ScopeMetrics};
use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, InMemoryMetricExporterBuilder, PeriodicReader, SdkMeterProvider, Temporality,
};
use parking_lot::Mutex;
use std::{collections::BTreeMap, sync::Arc};

/// A meter provider of a user, and what it exported last.
pub(crate) struct Backend {
    exporter: InMemoryMetricExporter,
    pub(crate) provider: SdkMeterProvider,
}

impl Backend {
    pub(crate) fn new(temporality: Temporality) -> Self {
        let exporter = InMemoryMetricExporterBuilder::new().with_temporality(temporality).build();
        let reader = PeriodicReader::builder(exporter.clone()).build();
        Self { exporter, provider: SdkMeterProvider::builder().with_reader(reader).build() }
    }

    /// Collects, and gives every point of an instrument by its attributes: `key=value key=value`.
    pub(crate) fn collect(&self) -> Points {
        self.exporter.reset();
        self.provider.force_flush().unwrap();
        let mut points = BTreeMap::new();
        let all = self.exporter.get_finished_metrics().unwrap();
        for metric in all.iter().flat_map(ResourceMetrics::scope_metrics).flat_map(ScopeMetrics::metrics) {
            let mut add = |attributes: Vec<String>, value: f64| {
                let known = points.insert((metric.name().to_owned(), attributes.join(" ")), value);
                assert_eq!(known, None, "{} has a point twice", metric.name());
            };
            match metric.data() {
                AggregatedMetrics::F64(MetricData::Sum(sum)) => {
                    assert!(sum.is_monotonic());
                    sum.data_points().for_each(|point| add(texts(point.attributes()), point.value()));
                }
                AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                    assert!(sum.is_monotonic());
                    sum.data_points().for_each(|point| add(texts(point.attributes()), small(point.value())));
                }
                AggregatedMetrics::F64(MetricData::Gauge(gauge)) => {
                    gauge.data_points().for_each(|point| add(texts(point.attributes()), point.value()));
                }
                other => panic!("{} is {other:?}", metric.name()),
            }
        }
        Points(points)
    }
}

fn texts<'a>(attributes: impl Iterator<Item = &'a opentelemetry::KeyValue>) -> Vec<String> {
    let mut texts: Vec<_> = attributes.map(|pair| format!("{}={}", pair.key, pair.value)).collect();
    texts.sort();
    texts
}

/// A count of a test, which every float holds.
pub(crate) fn small(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

#[derive(Debug)]
pub(crate) struct Points(pub(crate) BTreeMap<(String, String), f64>);

impl Points {
    pub(crate) fn of(&self, name: &str) -> Vec<(&str, f64)> {
        let own = self.0.iter().filter(|((known, _), _)| known == name);
        own.map(|((_, attributes), value)| (attributes.as_str(), *value)).collect()
    }

    pub(crate) fn get(&self, name: &str, attributes: &str) -> Option<f64> {
        self.0.get(&(name.to_owned(), attributes.to_owned())).copied()
    }
}

/// A ledger of one model, in which the agent's name is the tag set's number.
#[derive(Clone, Default)]
struct Made(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    seq: u64,
    unread: Rollups,
    decisions: Vec<(TagSetId, Decisions)>,
    budgets: Vec<BudgetStatus>,
    reads: usize,
    fault: Option<Fault>,
    is_closed: bool,
}

#[derive(Clone, Copy)]
enum Fault {
    Error,
    Panic,
}

impl Made {
    fn book(&self, agent: u32, amount: &str) {
        self.book_lines(agent, amount, &[]);
    }

    fn book_lines(&self, agent: u32, amount: &str, lines: &[EntryLine]) {
        let mut content = self.0.lock();
        content.seq += 1;
        let (tags, model) = (TagSetId::from_index(agent), Symbol::from_index(0));
        let mut entry =
            Entry::new(EntryKind::Settle, Timestamp::default(), HoldId::from_number(1), tags, model);
        (entry.seq, entry.amount) = (content.seq, amount.parse().unwrap());
        content.unread.add(&entry, lines);
    }

    fn content(&self, change: impl FnOnce(&mut Content)) {
        change(&mut self.0.lock());
    }
}

impl Source for Made {
    fn now(&self) -> Option<Timestamp> {
        (!self.0.lock().is_closed).then_some(Timestamp::default())
    }

    fn budgets(&self) -> Vec<BudgetStatus> {
        self.0.lock().budgets.clone()
    }

    fn decisions(&self) -> Vec<(TagSetId, Decisions)> {
        self.0.lock().decisions.clone()
    }

    fn booked(&self, sums: &mut Rollups) -> Result<()> {
        let mut content = self.0.lock();
        content.reads += 1;
        match content.fault {
            Some(Fault::Error) => return Err(Error::new(ErrorCode::LedgerIo, "the disk is gone")),
            Some(Fault::Panic) => panic!("a store's own fault"),
            None => {}
        }
        for (key, rollup) in std::mem::take(&mut content.unread).iter() {
            sums.merge(*key, rollup);
        }
        Ok(())
    }

    fn names(&self, ids: &[(TagSetId, Option<Symbol>)]) -> Vec<(TagSet, Option<String>)> {
        let name = |(tags, model): &(TagSetId, Option<Symbol>)| {
            let tags =
                TagSet::from_pairs([("agent", format!("a{}", tags.index())), ("user", "u".to_owned())]);
            (tags.unwrap(), model.map(|_| "acme/m-1".to_owned()))
        };
        ids.iter().map(name).collect()
    }
}

fn made(options: MetricsOptions, temporality: Temporality) -> (Made, Backend) {
    let (made, backend) = (Made::default(), Backend::new(temporality));
    register(&backend.provider.meter("bursar"), made.clone(), options).unwrap();
    (made, backend)
}

fn of_agent(agent: u32) -> String {
    format!("gen_ai.agent.name=a{agent} gen_ai.provider.name=acme gen_ai.request.model=m-1")
}

const OVERFLOW: &str = "otel.metric.overflow=true";

#[test]
fn a_collection_reads_once_and_shows_tags_model_and_tokens() {
    let (made, backend) = made(MetricsOptions::new(), Temporality::Cumulative);
    let line = |dimension, quantity, amount: &str| EntryLine {
        dimension,
        quantity,
        amount: amount.parse().unwrap(),
        rate: None,
    };
    let lines = [line(Dimension::InputUncached, 1_200, "0.1"), line(Dimension::Output, 80, "0.2")];
    made.book_lines(1, "0.3", &lines);
    made.book_lines(1, "0.3", &lines);
    let points = backend.collect();
    assert_eq!(points.of("bursar.cost"), [(of_agent(1).as_str(), 0.6)]);
    assert_eq!(points.of("bursar.calls"), [(of_agent(1).as_str(), 2.0)]);
    let typed = |dimension: &str, kind: &str| {
        format!("bursar.dimension={dimension} {} gen_ai.token.type={kind}", of_agent(1))
    };
    let tokens = [(typed("input_uncached", "input"), 2_400.0), (typed("output", "output"), 160.0)];
    assert_eq!(points.of("bursar.tokens"), tokens.each_ref().map(|(text, value)| (text.as_str(), *value)));
    assert_eq!(points.of("bursar.cost.credited"), []);
    backend.collect();
    assert_eq!(made.0.lock().reads, 2, "one read for all instruments of a collection");
}

#[test]
fn what_is_given_back_has_a_counter_of_its_own_so_that_cost_never_falls() {
    let (made, backend) = made(MetricsOptions::new(), Temporality::Cumulative);
    made.book(1, "0.5");
    assert_eq!(backend.collect().get("bursar.cost", &of_agent(1)), Some(0.5));
    made.book(1, "-0.1");
    let points = backend.collect();
    assert_eq!(points.get("bursar.cost", &of_agent(1)), Some(0.5));
    assert_eq!(points.get("bursar.cost.credited", &of_agent(1)), Some(0.1));
}

#[test]
fn the_dearest_series_are_named_and_no_series_ever_falls() {
    let (made, backend) = made(MetricsOptions::new().max_series(2), Temporality::Cumulative);
    for (agent, amount) in [(1, "0.1"), (2, "0.3"), (3, "0.2")] {
        made.book(agent, amount);
    }
    let first = backend.collect();
    let (two, three) = (of_agent(2), of_agent(3));
    assert_eq!(first.of("bursar.cost"), [(two.as_str(), 0.3), (three.as_str(), 0.2), (OVERFLOW, 0.1)],);
    // The dearest of all comes late: it stays outside, and those who are in stay in.
    for (agent, amount) in [(4, "100"), (1, "50"), (3, "0.05")] {
        made.book(agent, amount);
    }
    let second = backend.collect();
    assert_eq!(second.of("bursar.cost"), [(two.as_str(), 0.3), (three.as_str(), 0.25), (OVERFLOW, 150.1)],);
    assert_eq!(second.get("bursar.calls", OVERFLOW), Some(3.0));
}

#[test]
fn sums_are_exact_and_monotonic_under_random_bookings() {
    let mut seed = 0x5EED_u64;
    let mut next = move |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let (made, backend) = made(MetricsOptions::new().max_series(7), Temporality::Cumulative);
    let (mut total, mut before) = (Money::ZERO, BTreeMap::new());
    for round in 0..40 {
        for _ in 0..next(20) {
            let amount = Money::from_pico(i128::from(next(1_000)) * 1_000_000_000_000 / 8);
            total += amount;
            made.book(u32::try_from(next(30)).unwrap(), &amount.to_string());
        }
        let points = backend.collect();
        for (key, value) in &before {
            assert!(points.0.get(key) >= Some(value), "round {round}: {key:?} fell below {value}");
        }
        let cost = points.of("bursar.cost");
        assert!(cost.len() <= 8, "round {round}");
        // Eighths of a dollar are doubles, so that their sum is exact too.
        let sum: f64 = cost.iter().map(|(_, value)| value).sum();
        assert_eq!(sum.to_string(), total.to_string().trim_end_matches(".00"), "round {round}");
        before = points.0;
    }
}

#[test]
fn the_default_bound_fits_in_an_sdks_own() {
    let (made, backend) = made(MetricsOptions::new(), Temporality::Cumulative);
    let agents = u32::try_from(METRIC_SERIES).unwrap() + 5;
    (0..agents).for_each(|agent| made.book(agent, "0.5"));
    let points = backend.collect();
    assert_eq!(points.of("bursar.cost").len(), METRIC_SERIES + 1);
    assert_eq!(points.get("bursar.cost", OVERFLOW), Some(2.5));
    (0..agents).for_each(|agent| made.book(agent, "0.5"));
    assert_eq!(backend.collect().get("bursar.cost", OVERFLOW), Some(5.0));
}

#[test]
fn a_fault_is_no_gap_that_a_reader_of_deltas_would_count_twice() {
    let (made, backend) = made(MetricsOptions::new(), Temporality::Delta);
    made.book(1, "0.5");
    assert_eq!(backend.collect().get("bursar.cost", &of_agent(1)), Some(0.5));
    for fault in [Fault::Error, Fault::Panic] {
        made.content(|content| content.fault = Some(fault));
        made.book(1, "0.25");
        assert_eq!(backend.collect().get("bursar.cost", &of_agent(1)), Some(0.0));
        made.content(|content| content.fault = None);
        assert_eq!(backend.collect().get("bursar.cost", &of_agent(1)), Some(0.25));
    }
}

#[test]
fn decisions_are_counted_by_tags_without_a_model() {
    let (made, backend) = made(MetricsOptions::new(), Temporality::Cumulative);
    let decided = Decisions { admitted: 5, exceeded: 2, throttled: 1, suspended: 0 };
    made.content(|content| content.decisions = vec![(TagSetId::from_index(1), decided)]);
    let text = |decision: &str| format!("bursar.decision={decision} gen_ai.agent.name=a1");
    let expect = |points: &Points, counts: [(&str, Option<f64>); 4]| {
        for (decision, count) in counts {
            assert_eq!(points.get("bursar.decisions", &text(decision)), count, "{decision}");
        }
    };
    let (first, second) = (backend.collect(), {
        let decided = Decisions { admitted: 6, suspended: 4, ..decided };
        made.content(|content| content.decisions = vec![(TagSetId::from_index(1), decided)]);
        backend.collect()
    });
    expect(
        &first,
        [("admitted", Some(5.0)), ("exceeded", Some(2.0)), ("throttled", Some(1.0)), ("suspended", None)],
    );
    expect(
        &second,
        [
            ("admitted", Some(6.0)),
            ("exceeded", Some(2.0)),
            ("throttled", Some(1.0)),
            ("suspended", Some(4.0)),
        ],
    );
}

#[test]
fn budgets_keep_their_rows_before_instances_and_the_rest_is_one_row() {
    let row = |name: &str, instance: &[&str], spent: &str| BudgetStatus {
        name: name.into(),
        instance: instance.iter().map(|value| (*value).to_owned()).collect(),
        window: Window::ALWAYS,
        time_zone: "UTC".to_owned(),
        basis: BudgetBasis::Cost,
        limit: "10".parse().unwrap(),
        ceiling: None,
        spent: spent.parse().unwrap(),
        held: "1".parse().unwrap(),
        remaining: Money::ZERO,
        forecast: None,
        state: BudgetState::Open,
    };
    let (made, backend) = made(MetricsOptions::new().max_series(2), Temporality::Cumulative);
    let rows = vec![
        row("runs", &["r1"], "3"),
        row("runs", &["r2", "x"], "6"),
        row("runs", &["r3"], "2"),
        row("all", &[], "1"),
    ];
    made.content(|content| content.budgets = rows);
    let points = backend.collect();
    let shown = |spent: f64, dear: f64, rest: f64| {
        [
            ("bursar.budget.instance=r2, x bursar.budget.name=runs", dear),
            ("bursar.budget.name=all", spent),
            (OVERFLOW, rest),
        ]
    };
    assert_eq!(points.of("bursar.budget.limit"), shown(10.0, 10.0, 20.0));
    assert_eq!(points.of("bursar.budget.spent"), shown(1.0, 6.0, 5.0));
    assert_eq!(points.of("bursar.budget.held"), shown(1.0, 1.0, 2.0));
    assert_eq!(points.of("bursar.budget.utilization"), shown(0.1, 0.6, 0.25));
}

#[test]
fn metrics_that_were_stopped_or_whose_ledger_is_closed_show_nothing() {
    let (made, backend) = made(MetricsOptions::new(), Temporality::Cumulative);
    made.book(1, "0.5");
    assert_eq!(backend.collect().of("bursar.cost").len(), 1);
    made.content(|content| content.is_closed = true);
    assert_eq!(backend.collect().of("bursar.cost"), []);

    let (made, backend) = (Made::default(), Backend::new(Temporality::Cumulative));
    made.book(1, "0.5");
    register(&backend.provider.meter("bursar"), made, MetricsOptions::new()).unwrap().stop();
    assert_eq!(backend.collect().of("bursar.cost"), []);
}

#[test]
fn tags_become_attributes_only_where_they_are_asked_for() {
    let options = MetricsOptions::new().attributes([TagKey::USER, TagKey::TEAM, TagKey::USER]);
    let (made, backend) = made(options, Temporality::Cumulative);
    made.book(1, "0.5");
    made.book(2, "0.5");
    let expected = "gen_ai.provider.name=acme gen_ai.request.model=m-1 user.id=u";
    assert_eq!(backend.collect().of("bursar.cost"), [(expected, 1.0)]);
}

#[test]
fn options_that_cannot_be_are_refused() {
    let keys = || (0..33).map(|index| format!("key{index}").parse::<TagKey>().unwrap());
    let own: TagKey = "gen_ai.request.model".parse().unwrap();
    let cases = [
        (
            MetricsOptions::new().max_series(0),
            ErrorCode::LimitReached,
            "`max_series` is 0, 1 to 100000 are allowed",
        ),
        (
            MetricsOptions::new().max_series(MAX_METRIC_SERIES + 1),
            ErrorCode::LimitReached,
            "`max_series` is 100001, 1 to 100000 are allowed",
        ),
        (
            MetricsOptions::new().attributes(keys()),
            ErrorCode::LimitReached,
            "33 tags shall be attributes, at most 32 are allowed",
        ),
        (
            MetricsOptions::new().attributes([own]),
            ErrorCode::TagKeyInvalid,
            "the tag `gen_ai.request.model` has the name of an attribute that every call has",
        ),
    ];
    for (options, code, message) in cases {
        let meter = SdkMeterProvider::default().meter("bursar");
        let error = register(&meter, Made::default(), options).unwrap_err();
        assert_eq!((error.code(), error.message()), (code, message));
    }
}
