//! What was written is read back by the crate's own reader: every amount, quantity and name of the ledger is in it.

use super::{GROUP_ROWS, export_parquet};
use crate::error::ErrorCode;
use crate::ledger::{Durability, MAX_MEMORY_ENTRIES, MemoryStore, SqliteStore, Store};
use crate::money::Money;
use crate::report::export::focus::Exported;
use crate::report::tests::{Ledger, Random, Spent, at, company, random_call, usd};
use crate::time::Window;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::{Field, Row, RowAccessor as _};

fn exported<S: Store>(ledger: &mut Ledger<S>, window: Window) -> (Exported, bytes::Bytes) {
    let mut file = Vec::new();
    let exported = export_parquet(&mut ledger.store, &ledger.dictionary, window, &mut file).unwrap();
    (exported, file.into())
}

fn rows(file: bytes::Bytes) -> Vec<Row> {
    SerializedFileReader::new(file).unwrap().get_row_iter(None).unwrap().map(Result::unwrap).collect()
}

fn place(row: &Row, column: &str) -> usize {
    row.get_column_iter().position(|(name, _)| name == column).unwrap()
}

fn amount(row: &Row) -> Money {
    let decimal = row.get_decimal(place(row, "amount")).unwrap();
    assert_eq!((decimal.precision(), decimal.scale()), (38, 12));
    Money::from_pico(i128::from_be_bytes(decimal.data().try_into().unwrap()))
}

fn text(row: &Row, column: &str) -> Option<String> {
    match row.get_column_iter().find(|(name, _)| *name == column).unwrap().1 {
        Field::Null => None,
        Field::Str(text) => Some(text.clone()),
        Field::Bytes(bytes) => Some(String::from_utf8(bytes.data().to_vec()).unwrap()),
        other => panic!("{column} is {other:?}"),
    }
}

#[test]
fn every_charge_line_of_a_month_is_a_row() {
    let (exported, file) = exported(&mut company(), Window::named("2026-11", "Europe/Berlin").unwrap());
    let rows = rows(file);
    assert_eq!((exported.rows, exported.billed), (rows.len() as u64, usd("2167.440000000122")));
    let first = &rows[0];
    assert_eq!(amount(first), usd("428.111111111111"));
    assert_eq!(first.get_ulong(place(first, "quantity")).unwrap(), 1_234_567);
    let told =
        ["kind", "provider", "model", "dimension", "currency", "team", "client", "user", "tags", "terms"]
            .map(|column| text(first, column));
    let expected = [
        Some("settle"),
        Some("anthropic"),
        Some("claude-sonnet-4-5"),
        Some("input_uncached"),
        Some("USD"),
        Some("marketing"),
        Some("acme"),
        None,
        None,
        None,
    ];
    assert_eq!(told, expected.map(|text| text.map(str::to_owned)));
    let expired = rows.iter().find(|row| text(row, "kind").as_deref() == Some("expire")).unwrap();
    assert_eq!((amount(expired), text(expired, "dimension")), (usd("0.25"), None));
    let effective = first.get_timestamp_micros(place(first, "effective_at")).unwrap();
    assert_eq!(effective, at("2026-11-02T08:00:00Z").micros());
}

#[test]
fn any_file_sums_to_its_ledger() {
    for seed in 0..30 {
        let mut random = Random(seed);
        let zone = random.pick(&["UTC", "Asia/Kolkata", "Europe/Berlin"]);
        let window = Window::named("2026-11-10", zone).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("ledger.db"), Durability::Process).unwrap();
        let mut ledger = Ledger::new(store);
        let mut expected = Money::ZERO;
        for _ in 0..random.below(60) {
            let border = if random.below(2) == 0 { window.start() } else { window.end() };
            let (when, amount) = random_call(&mut random, &mut ledger, border);
            expected += if window.contains(when) { amount } else { Money::ZERO };
        }
        let (exported, file) = exported(&mut ledger, window);
        let rows = rows(file);
        assert_eq!(rows.iter().map(amount).sum::<Money>(), expected, "seed {seed}");
        assert_eq!(exported, Exported { rows: rows.len() as u64, billed: expected }, "seed {seed}");
    }
}

#[test]
fn the_same_ledger_gives_the_same_bytes() {
    let window = Window::named("2026-11", "UTC").unwrap();
    assert_eq!(exported(&mut company(), window).1, exported(&mut company(), window).1);
}

#[test]
fn tags_without_a_column_are_kept_as_json() {
    let mut ledger = Ledger::new(MemoryStore::new());
    let tags = [("team", "data"), ("shop", "\"north\""), ("run", "r1")];
    let when = at("2026-11-10T12:00:00Z");
    ledger.settle(&Spent { when, tags: &tags, model: "a/b", units: (1, 1), cost: usd("1") });
    let rows = rows(exported(&mut ledger, Window::ALWAYS).1);
    assert_eq!(text(&rows[0], "tags").as_deref(), Some(r#"{"run":"r1","shop":"\"north\""}"#));
}

#[test]
fn a_large_ledger_is_written_in_groups() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("ledger.db"), Durability::Memory).unwrap();
    let mut ledger = Ledger::new(store);
    let spent = Spent {
        when: at("2026-11-10T12:00:00Z"),
        tags: &[("team", "data")],
        model: "a/b",
        units: (5, 7),
        cost: usd("0.000000000003"),
    };
    let calls = GROUP_ROWS / 2 + 1;
    (0..calls).for_each(|_| ledger.settle(&spent));
    let (exported, file) = exported(&mut ledger, Window::ALWAYS);
    let reader = SerializedFileReader::new(file).unwrap();
    let groups: Vec<_> = reader
        .metadata()
        .row_groups()
        .iter()
        .map(parquet::file::metadata::RowGroupMetaData::num_rows)
        .collect();
    assert_eq!(groups, [65_536, 2]);
    assert_eq!(exported.billed.pico(), 3 * i128::try_from(calls).unwrap());
}

#[test]
fn entries_that_a_memory_ledger_has_forgotten_are_not_left_out_in_silence() {
    let mut ledger = Ledger::new(MemoryStore::new());
    for _ in 0..=MAX_MEMORY_ENTRIES {
        let when = at("2026-11-10T12:00:00Z");
        ledger.settle(&Spent { when, tags: &[], model: "a/b", units: (1, 1), cost: usd("0.001") });
    }
    let window = Window::named("2026-11", "UTC").unwrap();
    let error = export_parquet(&mut ledger.store, &ledger.dictionary, window, Vec::new()).unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (
            ErrorCode::ReportInvalid,
            "the window begins with entry 1, and the ledger has entries from 2 on: a ledger in memory keeps the latest \
             ones"
        )
    );
}
