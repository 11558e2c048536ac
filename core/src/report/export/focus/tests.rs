//! FOCUS files of a small ledger by golden file, and of random ledgers by the laws that hold for all.

use super::{Exported, FocusLevel, FocusRequest, export_focus};
use crate::error::ErrorCode;
use crate::ledger::{Durability, MemoryStore, SqliteStore, Store};
use crate::money::Money;
use crate::report::ReportRequest;
use crate::report::export::exact::Exact;
use crate::report::tests::{Ledger, Random, company, golden, november, random_call, usd};
use crate::time::{Timestamp, Window};
use std::collections::BTreeMap;

pub(super) fn exported<S: Store>(ledger: &mut Ledger<S>, request: &FocusRequest) -> (Exported, String) {
    let mut bytes = Vec::new();
    let exported = export_focus(&mut ledger.store, &ledger.dictionary, request, &mut bytes).unwrap();
    (exported, String::from_utf8(bytes).unwrap())
}

type Record = BTreeMap<String, String>;

fn records(text: &str) -> Vec<Record> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

fn sum(records: &[Record], column: &str) -> Exact {
    records.iter().fold(Exact::ZERO, |sum, own| sum.plus(Exact::parse(&own[column]).unwrap()).unwrap())
}

#[test]
fn a_month_is_written_as_it_always_was() {
    let request = FocusRequest::named("2026-11", "Europe/Berlin").unwrap();
    let (_, text) = exported(&mut company(), &request.clone().level(FocusLevel::V1_2));
    golden("focus_1_2.csv", &text);
    let (exported, text) = exported(&mut company(), &request.invoice("INV-7").account("org-1", "Example"));
    golden("focus.csv", &text);
    assert_eq!(exported.billed, usd("2167.440000000122"));
}

#[test]
fn an_invoice_of_a_statement_is_written_as_it_always_was() {
    let statement = company().statement(&november(), &[], "2026-12-01T09:00:00Z");
    let (mut detail, mut period) = (Vec::new(), Vec::new());
    statement.write_invoice_detail(&mut detail).unwrap();
    statement.write_billing_period(&mut period).unwrap();
    golden("invoice_detail.csv", std::str::from_utf8(&detail).unwrap());
    golden("billing_period.csv", std::str::from_utf8(&period).unwrap());
}

#[test]
fn the_lines_of_an_invoice_sum_to_the_printed_total_and_join_the_rows_of_cost_and_usage() {
    for seed in 0..20 {
        let mut random = Random(seed);
        let period = Window::named("2026-11-10", "UTC").unwrap();
        let mut ledger = Ledger::new(MemoryStore::new());
        for _ in 0..40 {
            random_call(&mut random, &mut ledger, period.end());
        }
        let request = ReportRequest::new("UTC").period(period);
        let statement = ledger.statement(&request, &[], "2026-11-12T00:00:00Z");
        let mut bytes = Vec::new();
        statement.write_invoice_detail(&mut bytes).unwrap();
        let lines = records(std::str::from_utf8(&bytes).unwrap());
        assert_eq!(sum(&lines, "BilledCost"), Exact::from(usd(&statement.total.to_fixed(2))), "seed {seed}");
        let by_id = |records: &[Record]| {
            let mut sums = BTreeMap::new();
            for record in records {
                let own = sums.entry(record["InvoiceDetailId"].clone()).or_insert(Exact::ZERO);
                *own = own.plus(Exact::parse(&record["BilledCost"]).unwrap()).unwrap();
            }
            sums.retain(|id, sum| *sum != Exact::ZERO && !id.ends_with("-rounding"));
            sums
        };
        let focus = FocusRequest::new(period, "UTC").invoice(statement.invoice_id());
        assert_eq!(by_id(&lines), by_id(&records(&exported(&mut ledger, &focus).1)), "seed {seed}");
    }
}

#[test]
fn any_file_sums_to_its_ledger_and_every_price_times_its_quantity_is_the_cost() {
    for seed in 0..60 {
        let mut random = Random(seed);
        let zone = random.pick(&["UTC", "Asia/Kolkata", "Asia/Kathmandu", "Europe/Berlin"]);
        let window = Window::named("2026-11-09/2026-11-11", zone).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut memory = Ledger::new(MemoryStore::new());
        let mut file =
            Ledger::new(SqliteStore::open(folder.path().join("ledger.db"), Durability::Process).unwrap());
        let mut expected = Money::ZERO;
        for _ in 0..random.below(60) {
            let border = if random.below(2) == 0 { window.start() } else { window.end() };
            let mut same = Random(random.0);
            let (when, amount) = random_call(&mut random, &mut memory, border);
            random_call(&mut same, &mut file, border);
            expected += if window.contains(when) { amount } else { Money::ZERO };
        }
        let request = FocusRequest::new(window, zone);
        let (exported, text) = exported(&mut memory, &request);
        assert_eq!(
            self::exported(&mut file, &request),
            (exported, text.clone()),
            "seed {seed}: the stores differ"
        );
        let rows = records(&text);
        assert_eq!(exported, Exported { rows: rows.len() as u64, billed: expected }, "seed {seed}");
        assert_eq!(sum(&rows, "BilledCost"), Exact::from(expected), "seed {seed}");
        for row in rows.iter().filter(|row| !row["ListUnitPrice"].is_empty()) {
            let number = |column: &str| Exact::parse(&row[column]).unwrap();
            assert_eq!(
                number("ListUnitPrice").times(number("PricingQuantity")),
                Some(number("ListCost")),
                "{row:?}"
            );
        }
    }
}

#[test]
fn a_filter_leaves_out_what_it_does_not_cover() {
    let request = FocusRequest::named("2026-11", "UTC").unwrap().filter("client = \"acme\"".parse().unwrap());
    let (exported, text) = exported(&mut company(), &request);
    assert_eq!(exported.billed, usd("1348.668333333333"));
    assert!(!text.contains("globex") && !text.contains("initech"));
}

#[test]
fn a_window_that_can_not_be_written_by_days_is_refused() {
    let second = Timestamp::from_seconds(1);
    let refused = |window: Window| {
        let mut ledger = company();
        let request = FocusRequest::new(window, "UTC");
        let error = export_focus(&mut ledger.store, &ledger.dictionary, &request, Vec::new()).unwrap_err();
        (error.code(), error.message().to_owned())
    };
    let window = |start, end| Window::new(start, end).unwrap();
    for (window, message) in [
        (
            Window::ALWAYS,
            "an export of -infinity/infinity has no end, and a window with both ends is allowed",
        ),
        (
            window(Timestamp::from_micros(1), second),
            "an export of 1970-01-01T00:00:00.000001Z/1970-01-01T00:00:01Z begins or ends within a second",
        ),
        (
            window(Timestamp::from_seconds(0), Timestamp::from_seconds(86_400 * 3_701)),
            "an export of 1970-01-01T00:00:00Z/1980-02-19T00:00:00Z is over 3700 days",
        ),
    ] {
        assert_eq!(refused(window), (ErrorCode::ReportInvalid, message.to_owned()));
    }
}
