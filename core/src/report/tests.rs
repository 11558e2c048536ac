//! Statements of a small ledger by golden file, and of random ledgers by the laws that hold for all.

mod explained;

use super::render::table;
use super::{
    Block, ColumnKind, Fx, Grouping, MAX_PREVIOUS_PERIODS, Presentation, ReportRequest, Row, Statement,
    build_statement,
};
use crate::budget::{BudgetBasis, BudgetState, BudgetStatus, HoldId};
use crate::error::ErrorCode;
use crate::ledger::{
    Batch, Durability, Entry, EntryKind, EntryLine, MAX_MEMORY_ENTRIES, MemoryStore, SqliteStore, Store,
};
use crate::money::Money;
use crate::pricing::Dimension;
use crate::tags::{Dictionary, TagKey, TagSet};
use crate::time::{Timestamp, Window};
use std::path::Path;

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn usd(text: &str) -> Money {
    text.parse().unwrap()
}

/// A ledger and the names in it.
pub(super) struct Ledger<S: Store> {
    pub(super) store: S,
    pub(super) dictionary: Dictionary,
    pub(super) next: u64,
}

/// What one call was.
#[derive(Clone)]
pub(super) struct Spent<'a> {
    pub(super) when: Timestamp,
    pub(super) tags: &'a [(&'a str, &'a str)],
    pub(super) model: &'a str,
    pub(super) units: (u64, u64),
    pub(super) cost: Money,
}

impl<S: Store> Ledger<S> {
    pub(super) fn new(store: S) -> Self {
        Self { store, dictionary: Dictionary::new(), next: 1 }
    }

    /// Books a settled call: a third of its cost is input.
    pub(super) fn settle(&mut self, spent: &Spent<'_>) {
        let input = spent.cost.fraction(1, 3).unwrap();
        let lines = [
            (Dimension::InputUncached, spent.units.0, input),
            (Dimension::Output, spent.units.1, spent.cost - input),
        ];
        let lines =
            lines.map(|(dimension, quantity, amount)| EntryLine { dimension, quantity, amount, rate: None });
        self.book(EntryKind::Settle, spent, &lines);
    }

    pub(super) fn book(&mut self, kind: EntryKind, spent: &Spent<'_>, lines: &[EntryLine]) {
        let mut batch = Batch::default();
        let (texts, sets) = (self.dictionary.symbols().len(), self.dictionary.tag_sets().len());
        let tags = TagSet::from_pairs(spent.tags.iter().copied()).unwrap();
        let (tag_set, _) = self.dictionary.tag_set_id(&tags).unwrap();
        let model = self.dictionary.symbol(spent.model).unwrap();
        batch
            .symbols
            .extend(self.dictionary.symbols().skip(texts).map(|(id, text)| (id.index(), text.to_owned())));
        batch
            .tag_sets
            .extend(self.dictionary.tag_sets().skip(sets).map(|(id, set)| (id.index(), set.clone())));
        let mut entry = Entry::new(kind, spent.when, HoldId::from_number(self.next), tag_set, model);
        (entry.seq, entry.amount) = (self.next, spent.cost);
        entry.is_overrun = kind == EntryKind::Settle && spent.units.1 == 999;
        self.next += 1;
        batch.push(entry, lines.iter().copied());
        self.store.append(&batch).unwrap();
    }

    pub(super) fn statement(
        &mut self,
        request: &ReportRequest,
        budgets: &[BudgetStatus],
        now: &str,
    ) -> Statement {
        let statement =
            build_statement(&mut self.store, &self.dictionary, budgets, request, at(now)).unwrap();
        assert!(statement.adds_up());
        statement
    }
}

/// When, whose, of which model, how many units, at what cost.
type Call = (&'static str, &'static [(&'static str, &'static str)], &'static str, (u64, u64), &'static str);

/// Three months of a small company.
pub(super) fn company() -> Ledger<MemoryStore> {
    let mut ledger = Ledger::new(MemoryStore::new());
    let calls: [Call; 11] = [
        (
            "2026-09-10T08:00:00Z",
            &[("team", "marketing"), ("project", "launch"), ("client", "acme"), ("agent", "writer")],
            "anthropic/claude-sonnet-4-5",
            (400_000, 90_000),
            "212.4",
        ),
        (
            "2026-10-05T08:00:00Z",
            &[("team", "marketing"), ("project", "launch"), ("client", "acme"), ("agent", "writer")],
            "anthropic/claude-sonnet-4-5",
            (900_000, 120_000),
            "311.07",
        ),
        (
            "2026-10-06T08:00:00Z",
            &[("team", "search"), ("project", "ranking"), ("agent", "crawler")],
            "google/gemini-2.5-flash",
            (8_000_000, 900_000),
            "98.5",
        ),
        (
            "2026-10-07T08:00:00Z",
            &[("team", "legacy"), ("project", "sunset"), ("agent", "sweeper")],
            "openai/gpt-5-mini",
            (10_000, 2_000),
            "4.2",
        ),
        (
            "2026-11-02T08:00:00Z",
            &[("team", "marketing"), ("project", "launch"), ("client", "acme"), ("agent", "writer")],
            "anthropic/claude-sonnet-4-5",
            (1_234_567, 345_678),
            "1284.333333333333",
        ),
        (
            "2026-11-03T09:10:00Z",
            &[
                ("team", "marketing"),
                ("project", "newsletter"),
                ("client", "globex"),
                ("agent", "fact checker"),
            ],
            "openai/gpt-5-mini",
            (456_000, 999),
            "57.666666666667",
        ),
        (
            "2026-11-05T11:00:00Z",
            &[("team", "data"), ("project", "extraction"), ("client", "initech"), ("agent", "extractor")],
            "google/gemini-2.5-flash",
            (22_000_000, 1_800_000),
            "640.005",
        ),
        (
            "2026-11-09T11:30:00Z",
            &[("team", "data"), ("project", "extraction"), ("client", "acme"), ("agent", "extractor")],
            "google/gemini-2.5-flash",
            (2_000_000, 80_000),
            "64.335",
        ),
        (
            "2026-11-12T17:00:00Z",
            &[("team", "search"), ("project", "ranking"), ("agent", "crawler")],
            "google/gemini-2.5-flash",
            (9_000_000, 1_000_000),
            "110.004999999999",
        ),
        (
            "2026-11-12T18:00:00Z",
            &[("agent", "=HYPERLINK(\"http://x\")")],
            "openai/gpt-5-mini",
            (12, 7),
            "0.000000000123",
        ),
        (
            "2026-11-14T18:00:00Z",
            &[("team", "unallocated"), ("project", "prototype"), ("agent", "writer")],
            "openai/gpt-5-mini",
            (80_000, 12_000),
            "12.345",
        ),
    ];
    for (when, tags, model, units, cost) in calls {
        ledger.settle(&Spent { when: at(when), tags, model, units, cost: usd(cost) });
    }
    let lost = Spent {
        when: at("2026-11-15T06:00:00Z"),
        tags: &[("team", "data"), ("project", "extraction"), ("client", "initech"), ("agent", "extractor")],
        model: "google/gemini-2.5-flash",
        units: (0, 0),
        cost: usd("0.25"),
    };
    ledger.book(EntryKind::Expire, &lost, &[]);
    ledger.book(EntryKind::Adjust, &Spent { cost: usd("-1.5"), ..lost }, &[]);
    ledger
}

pub(super) fn budgets() -> Vec<BudgetStatus> {
    let budget =
        |name: &str, instance: &[&str], (limit, spent, held): (&str, &str, &str), state| BudgetStatus {
            name: name.into(),
            instance: instance.iter().map(|value| (*value).to_owned()).collect(),
            window: Window::named("2026-11", "Europe/Berlin").unwrap(),
            time_zone: "Europe/Berlin".to_owned(),
            basis: BudgetBasis::Cost,
            limit: usd(limit),
            ceiling: None,
            spent: usd(spent),
            held: usd(held),
            remaining: (usd(limit) - usd(spent) - usd(held)).at_least_zero(),
            forecast: None,
            state,
        };
    vec![
        budget("company", &[], ("5000", "2167.190000000122", "3.5"), BudgetState::Open),
        budget("marketing", &[], ("1500", "1342", "0.5"), BudgetState::Throttled),
        budget("per client", &["acme"], ("1348", "1348.668333333333", "0"), BudgetState::Suspended),
        budget("per client", &["globex"], ("1000", "57.666666666667", "3"), BudgetState::Open),
    ]
}

pub(super) fn golden(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/golden").join(name);
    if std::env::var_os("BURSAR_UPDATE").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "{name} differs; if that is meant, run the tests with BURSAR_UPDATE=1");
}

pub(super) fn november() -> ReportRequest {
    ReportRequest::named("2026-11", "Europe/Berlin").unwrap()
}

#[test]
fn a_statement_prints_as_it_always_did() {
    let statement = company().statement(&november(), &budgets(), "2026-11-16T09:00:00Z");
    golden("november.csv", &statement.to_csv());
    golden("november.json", &statement.to_json());
    golden("november.txt", &statement.to_table());
    let document = statement.document(&Presentation::new());
    golden("november.html", &document.to_html());
    golden("november.layout.json", &document.to_layout_json());
}

#[test]
fn a_grouping_of_several_columns_and_a_filter_print_as_they_always_did() {
    let request = november()
        .by(["client", "project", "model"].map(|by| by.parse::<Grouping>().unwrap()))
        .filter("client is set".parse().unwrap())
        .previous_periods(1)
        .drivers(2);
    let statement = company().statement(&request, &budgets(), "2026-12-01T09:00:00Z");
    assert_eq!(statement.unallocated[2].cost, Money::ZERO);
    assert!(statement.budgets.is_empty() && statement.entries.is_none());
    golden("clients.txt", &statement.to_table());
}

#[test]
fn an_empty_ledger_prints_a_statement_of_nothing() {
    let statement =
        Ledger::new(MemoryStore::new()).statement(&ReportRequest::new("UTC"), &[], "2026-11-16T09:00:00Z");
    assert_eq!(
        (statement.total, statement.calls, statement.period.name.as_str()),
        (Money::ZERO, 0, "2026-11")
    );
    assert_eq!(statement.to_csv().lines().count(), 1);
    golden("empty.txt", &statement.to_table());
    golden("empty.json", &statement.to_json());
}

#[test]
fn budgets_of_another_time_are_left_out_and_the_statement_says_so() {
    let statement = company().statement(&november(), &budgets(), "2026-12-02T09:00:00Z");
    assert_eq!(statement.budgets, []);
    assert_eq!(
        statement.notes,
        [
            "Budgets are left out: what they stand at is known for the present only, which lies outside of the period."
        ]
    );
}

#[test]
fn spend_without_a_tag_and_spend_tagged_unallocated_are_one_row() {
    let statement = company().statement(&november(), &[], "2026-12-02T09:00:00Z");
    let unallocated: Vec<_> =
        statement.unallocated.iter().map(|own| (own.by.as_str(), own.cost.to_string(), own.calls)).collect();
    assert_eq!(
        unallocated,
        [
            ("team", "12.345000000123".to_owned(), 2),
            ("project", "0.000000000123".to_owned(), 1),
            ("client", "122.350000000122".to_owned(), 3)
        ]
    );
}

#[test]
fn a_request_out_of_bounds_is_refused() {
    let refused = |request: ReportRequest| {
        let mut ledger = Ledger::new(MemoryStore::new());
        let error =
            build_statement(&mut ledger.store, &ledger.dictionary, &[], &request, at("2026-11-16T09:00:00Z"));
        let error = error.unwrap_err();
        (error.code(), error.message().to_owned())
    };
    let invalid = |message: &str| (ErrorCode::ReportInvalid, message.to_owned());
    assert_eq!(
        refused(november().by([])),
        invalid("a report is grouped by nothing, and 1 to 6 columns are allowed")
    );
    let seven = ["a", "b", "c", "d", "e", "f", "g", "h"].map(|key| key.parse().unwrap());
    assert_eq!(
        refused(november().by(seven)),
        invalid("a report is grouped by over 6 columns, and 1 to 6 columns are allowed")
    );
    assert_eq!(
        refused(november().by([Grouping::TEAM, Grouping::TEAM])),
        invalid("a report is grouped by `team` twice")
    );
    assert_eq!(
        refused(november().previous_periods(MAX_PREVIOUS_PERIODS + 1)),
        invalid("a report compares 25 earlier periods, and 24 are allowed")
    );
    let own = "model".parse::<TagKey>().unwrap();
    assert_eq!(
        refused(november().by([own.into(), Grouping::Model])),
        invalid("a report is grouped by `model` twice")
    );
    assert_eq!(
        refused(november().drivers(1_001)),
        invalid("a report lists 1001 cost drivers, and 1000 are allowed")
    );
    assert_eq!(refused(ReportRequest::new("Mars")).0, ErrorCode::TimeZoneUnknown);
}

/// A small generator with a seed.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    pub(super) fn pick<'a>(&mut self, values: &[&'a str]) -> &'a str {
        values[usize::try_from(self.below(values.len() as u64)).unwrap()]
    }
}

/// A call with random tags, of which any may be missing, at a time around a period's border.
pub(super) fn random_call<S: Store>(
    random: &mut Random,
    ledger: &mut Ledger<S>,
    border: Timestamp,
) -> (Timestamp, Money) {
    let mut tags = Vec::new();
    for (key, values) in [
        ("team", ["marketing", "data", "-search", "unallocated"]),
        ("project", ["a", "b", "=c", "d,\"e\""]),
        ("client", ["acme", "globex", "東京", "unallocated"]),
        ("agent", ["writer", "@crawler", "fact checker", "x"]),
    ] {
        if random.below(5) > 0 {
            tags.push((key, random.pick(&values)));
        }
    }
    let offset = i64::try_from(random.below(7_200_000_000)).unwrap() - 3_600_000_000;
    let when = Timestamp::from_micros(border.micros() + offset);
    let cost = Money::from_pico(
        i128::from(random.below(3)) * i128::from(random.below(1 << 31)) * i128::from(random.below(1 << 10)),
    );
    let model = random.pick(&["openai/gpt-5-mini", "google/gemini-2.5-flash", "private/a/b", "bare"]);
    let spent = Spent { when, tags: &tags, model, units: (random.below(1 << 20), random.below(1_000)), cost };
    match random.below(8) {
        0 => ledger.book(EntryKind::Expire, &spent, &[]),
        1 => ledger.book(
            EntryKind::Adjust,
            &Spent { cost: -cost.fraction(1, 7).unwrap(), ..spent.clone() },
            &[],
        ),
        _ => ledger.settle(&spent),
    }
    (when, ledger_amount(ledger))
}

/// The amount of the latest entry.
fn ledger_amount<S: Store>(ledger: &mut Ledger<S>) -> Money {
    let mut amount = Money::ZERO;
    let visit = &mut |entry: &Entry, _: &[EntryLine]| {
        amount = entry.amount;
        std::ops::ControlFlow::Continue(())
    };
    ledger.store.entries(ledger.next - 1, visit).unwrap();
    amount
}

fn csv_sum(text: &str) -> Money {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let place = reader.headers().unwrap().iter().position(|name| name == "cost").unwrap();
    reader.records().map(|record| usd(&record.unwrap()[place])).sum()
}

/// The rows of every table add up to its total, and the totals of the whole to what was booked.
fn check_document(statement: &Statement, fx: Option<Fx>, told: &str) {
    let presentation = fx.into_iter().fold(Presentation::new().max_rows(3), Presentation::fx);
    let document = statement.document(&presentation);
    let total = document.tiles[0].value.split(' ').next().unwrap().to_owned();
    let (terminal, html) = (table::render(&document), document.to_html());
    let mut pages = page_tables(&html).into_iter();
    let blocks = document.sections.iter().flat_map(|section| &section.blocks);
    for own in blocks.filter_map(|block| if let Block::Table(table) = block { Some(table) } else { None }) {
        let told = format!("{told}, {}", own.id);
        let page = pages.next().unwrap();
        let lines: Vec<_> = own.rows.iter().chain(&own.total).collect();
        assert_eq!(page.len(), lines.len(), "{told}");
        for (line, cells) in lines.iter().zip(&page) {
            let printed: Vec<_> =
                line.cells.iter().map(|cell| (cell.text.clone(), cell.number.clone())).collect();
            assert_eq!(&printed, cells, "{told}");
            for cell in line.cells.iter().filter(|cell| cell.number.is_some()) {
                assert!(terminal.contains(&cell.text), "{told}: {}", cell.text);
            }
        }
        for (index, column) in own.columns.iter().enumerate().filter(|_| own.total.is_some()) {
            let Some(sum) = own.total.as_ref().and_then(|total| total.cells[index].number.as_deref()) else {
                continue;
            };
            if column.kind == ColumnKind::Percent && column.title != "Share" {
                continue;
            }
            let parts = own.rows.iter().filter_map(|row| row.cells[index].number.as_deref());
            assert_eq!(parts.map(units).sum::<i128>(), units(sum), "{told}: {}", column.title);
            let is_whole = column.title.starts_with("Cost") && own.id != "trend";
            let found = own.total.as_ref().map(|total| total.cells[index].text.as_str());
            assert!(!is_whole || found == Some(&total), "{told}: {found:?}, not {total}");
        }
    }
}

/// A printed number in units of its last decimal.
fn units(number: &str) -> i128 {
    number.replace('.', "").parse().unwrap()
}

/// Text and number of each cell of a row.
type PageRow = Vec<(String, Option<String>)>;

/// The tables of a page as a reader finds them: text and number of each cell.
fn page_tables(html: &str) -> Vec<Vec<PageRow>> {
    let cell = |cell: &str| {
        let (head, content) = cell.split_once('>').unwrap();
        let number = head.split_once("data-n=\"").map(|(_, rest)| rest.split('"').next().unwrap().to_owned());
        let content = content.split_once("</td>").unwrap().0;
        let text: String =
            content.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect();
        let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
        (entities.iter().fold(text, |text, (entity, letter)| text.replace(entity, letter)), number)
    };
    let row = |row: &str| row.split("<td").skip(1).map(cell).collect();
    let table = |table: &str| table.split_once("</table>").unwrap().0.split("<tr").skip(2).map(row).collect();
    html.split("<table").skip(1).map(table).collect()
}

#[test]
fn every_format_of_any_ledger_adds_up_to_its_entries() {
    for seed in 0..60 {
        let mut random = Random(seed);
        let zone = random.pick(&["UTC", "Asia/Kolkata", "Asia/Kathmandu", "Europe/Berlin"]);
        let period = Window::named("2026-11-10", zone).unwrap();
        let mut ledger = Ledger::new(MemoryStore::new());
        let booked: Vec<_> = (0..random.below(80))
            .map(|_| {
                let border = if random.below(2) == 0 { period.start() } else { period.end() };
                random_call(&mut random, &mut ledger, border)
            })
            .collect();
        let expected: Money =
            booked.iter().filter(|(when, _)| period.contains(*when)).map(|(_, amount)| *amount).sum();
        let request = ReportRequest::new(zone).period(period).by([Grouping::Provider]).drivers(3);
        let statement = ledger.statement(&request, &[], "2026-11-12T00:00:00Z");
        assert_eq!(statement.total, expected, "seed {seed} in {zone}");
        assert_eq!(csv_sum(&statement.to_csv()), expected, "seed {seed}");
        let json: serde_json::Value = serde_json::from_str(&statement.to_json()).unwrap();
        assert_eq!(usd(json["total"].as_str().unwrap()), expected, "seed {seed}");
        assert_eq!(Statement::from_json(&statement.to_json()).unwrap(), statement, "seed {seed}");
        let shares = |rows: &[Row]| rows.iter().map(|row| row.share_basis_points).sum::<i128>();
        let whole = if expected == Money::ZERO { 0 } else { 10_000 };
        for rows in statement.breakdowns.iter().map(|own| &own.rows).chain([&statement.rows]) {
            assert_eq!(shares(rows), whole, "seed {seed}");
        }
        for fx in [None, Some(("JPY", "150.37")), Some(("KWD", "0.307"))] {
            let fx = fx.map(|(currency, rate)| Fx::new(currency, rate, "test", "2026-11-10").unwrap());
            check_document(&statement, fx, &format!("seed {seed}"));
        }
    }
}

/// The two newest days are read with their usage, the older ones without; sums are in the file and in what waits for it.
#[test]
fn half_hour_zones_are_exact_in_a_file_too() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("ledger.db"), Durability::Process).unwrap();
    let mut ledger = Ledger::new(store);
    let days =
        [10, 9, 8, 7, 6].map(|day| Window::named(&format!("2026-11-{day:02}"), "Asia/Kolkata").unwrap());
    let mut random = Random(7);
    let mut sums = [(Money::ZERO, 0); 5];
    for index in 0..1_500 {
        let border = days[index % days.len()].start();
        let calls = ledger.next;
        let (when, amount) = random_call(&mut random, &mut ledger, border);
        if let Some(day) = days.iter().position(|day| day.contains(when)) {
            sums[day].0 += amount;
            sums[day].1 += u64::from(is_call(&mut ledger, calls));
        }
    }
    let request = ReportRequest::new("Asia/Kolkata").period(days[0]).previous_periods(4);
    let statement = ledger.statement(&request, &[], "2026-11-12T00:00:00Z");
    let earlier = statement.trend.periods.iter().map(|period| (period.total, period.calls));
    let told: Vec<_> = std::iter::once((statement.total, statement.calls)).chain(earlier).collect();
    assert_eq!(told, sums);
}

/// Whether an entry is a call that was booked.
fn is_call<S: Store>(ledger: &mut Ledger<S>, seq: u64) -> bool {
    let mut kind = None;
    let visit = &mut |entry: &Entry, _: &[EntryLine]| {
        kind = Some(entry.kind);
        std::ops::ControlFlow::Break(())
    };
    ledger.store.entries(seq, visit).unwrap();
    matches!(kind, Some(EntryKind::Settle | EntryKind::Expire))
}

#[test]
fn what_a_memory_ledger_has_forgotten_entry_by_entry_still_counts() {
    let mut ledger = Ledger::new(MemoryStore::new());
    let early = Spent {
        when: at("2026-11-09T18:45:00Z"),
        tags: &[("team", "data")],
        model: "a/b",
        units: (1, 1),
        cost: usd("1"),
    };
    ledger.settle(&early);
    for _ in 0..MAX_MEMORY_ENTRIES {
        ledger.settle(&Spent { when: at("2026-11-10T12:00:00Z"), cost: usd("0.001"), ..early.clone() });
    }
    let request = ReportRequest::named("2026-11-10", "Asia/Kolkata").unwrap().previous_periods(1);
    let statement = ledger.statement(&request, &[], "2026-11-12T00:00:00Z");
    // 18:45 lies after Kolkata's midnight of 18:30; without its entry the whole hour counts where it starts.
    assert_eq!((statement.total, statement.trend.periods[0].total), (usd("16.384"), usd("1")));
}
