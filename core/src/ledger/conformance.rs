//! One suite for every store: what was appended is there, in order and whole, and what failed left nothing.

use super::rollup::HOUR;
use super::*;
use crate::budget::{CallKey, HoldId};
use crate::error::Result;
use crate::money::{Money, Rate};
use crate::pricing::Dimension;
use crate::tags::{Symbol, TagSet, TagSetId};
use crate::time::{Timestamp, Window};
use std::{collections::BTreeMap, ops::ControlFlow};

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(1_794_312_000_000_000 + micros)
}

fn hold(sequence: u64) -> HoldId {
    HoldId::from_number(sequence << 20)
}

fn entry(seq: u64, kind: EntryKind, sequence: u64) -> Entry {
    let mut entry = Entry::new(kind, at(0), hold(sequence), TagSetId::from_index(0), Symbol::from_index(0));
    entry.seq = seq;
    entry
}

/// A batch with every kind of entry, every column used, amounts on both sides of zero and of a nano.
fn everything() -> Batch {
    let names = ["private/test-model", "v1 é", "service_tier=priority,context=>200000"];
    let symbols = (0..).zip(names.map(str::to_owned)).collect();
    let mut batch = Batch { symbols, ..Batch::default() };
    batch.tag_sets = vec![(0, TagSet::from_pairs([("team", "data"), ("note", "a \"b\"")]).unwrap())];
    let mut reserve = entry(1, EntryKind::Reserve, 1);
    (reserve.bound, reserve.expires_at) = (Money::from_pico(1_234_567_890_123_456), Some(at(HOUR)));
    reserve.key = Some(CallKey::of("a key"));
    batch.push(reserve, std::iter::empty());
    let mut settle = entry(2, EntryKind::Settle, 1);
    (settle.amount, settle.is_overrun) = (Money::from_pico(999), true);
    (settle.price_version, settle.terms) = (Some(Symbol::from_index(1)), Some(Symbol::from_index(2)));
    (settle.beside, settle.is_stated) = (Some(Money::from_pico(2_000_000_000_000_007)), true);
    let lines = [
        line(Dimension::Output, u64::MAX >> 2, 1_001, Some(Rate::parse("9223.372036854775807", 1).unwrap())),
        line(Dimension::Output, 7, 0, Some(Rate::parse("0.111", 3_600).unwrap())),
        line(Dimension::InputUncached, 0, -2, None),
    ];
    batch.push(settle, lines.into_iter());
    let mut unresolved = entry(4, EntryKind::Unresolved, 2);
    unresolved.effective_at = at(-HOUR);
    batch.push(entry(3, EntryKind::Reserve, 2), std::iter::empty());
    batch.push(unresolved, std::iter::empty());
    let mut adjust = entry(5, EntryKind::Adjust, 1);
    (adjust.amount, adjust.corrects) = (Money::from_pico(-1), Some(2));
    (adjust.note, adjust.effective_at) = (Some("it's \u{1f4b8}".into()), at(2 * HOUR));
    batch.push(adjust, std::iter::empty());
    let mark = StoredMark {
        budget: "all".into(),
        instance: vec!["a\"1".to_owned(), String::new()],
        window: Window::ALWAYS,
        step: "spend 80 %: alert warning".to_owned(),
        kind: "fired".to_owned(),
        agent: Some("a1".to_owned()),
        at: at(1),
        seq: 2,
    };
    batch.marks = vec![mark.clone(), StoredMark { agent: None, ..mark }];
    batch.since = vec![("all".to_owned(), at(-5)), ("data".to_owned(), Timestamp::MIN)];
    batch.closed_until = Some(at(-2 * HOUR));
    batch.documents = vec![document(1), document(2)];
    batch
}

fn document(place: i64) -> IssuedDocument {
    let (scope, window) =
        (format!("team = \"a{place}\""), Window::new(at(-9 * HOUR), at(-2 * HOUR)).unwrap());
    let number = format!("CB-1970-001-{place}");
    IssuedDocument::new(
        ("chargeback", number),
        (scope, window),
        at(place),
        "{\"it\": \"\u{1f4b8}\"}\n".to_owned(),
    )
}

fn line(dimension: Dimension, quantity: u64, pico: i128, rate: Option<Rate>) -> EntryLine {
    EntryLine { dimension, quantity, amount: Money::from_pico(pico), rate }
}

fn read(store: &mut dyn Store, from: u64) -> Vec<(Entry, Vec<EntryLine>)> {
    let mut found = Vec::new();
    let visit = &mut |entry: &Entry, lines: &[EntryLine]| {
        found.push((Entry { lines: (0, 0), ..entry.clone() }, lines.to_vec()));
        ControlFlow::Continue(())
    };
    store.entries(from, visit).unwrap();
    found
}

fn booked(store: &mut dyn Store, from: u64) -> Vec<(Entry, Vec<EntryLine>)> {
    let mut found = Vec::new();
    let visit = &mut |entry: &Entry, lines: &[EntryLine]| {
        found.push((Entry { lines: (0, 0), ..entry.clone() }, lines.to_vec()));
        ControlFlow::Continue(())
    };
    store.booked_entries(from, visit).unwrap();
    found
}

fn rollups(store: &mut dyn Store, within: Window) -> Vec<(RollupKey, Rollup)> {
    let mut sums = Rollups::default();
    store.rollups(within, &mut |key, rollup| sums.merge(*key, rollup)).unwrap();
    let mut rows: Vec<_> = sums.iter().map(|(key, sums)| (*key, sums.clone())).collect();
    rows.sort_by_key(|(key, _)| *key);
    for (_, sums) in &mut rows {
        sums.lines.sort_by_key(EntryLine::place);
    }
    let mut costs: BTreeMap<RollupKey, (Money, u64)> = BTreeMap::new();
    for (key, sums) in &rows {
        let own = costs.entry(RollupKey { terms: None, ..*key }).or_default();
        *own = (own.0 + sums.amount(), own.1 + sums.calls);
    }
    assert_eq!(totals(store, within), costs, "cost and calls are those of the sums");
    rows
}

fn totals(store: &mut dyn Store, within: Window) -> BTreeMap<RollupKey, (Money, u64)> {
    let mut totals: BTreeMap<RollupKey, (Money, u64)> = BTreeMap::new();
    let mut visit = |key: &RollupKey, amount, calls| {
        let own = totals.entry(*key).or_default();
        *own = (own.0 + amount, own.1 + calls);
    };
    store.totals(within, &mut visit).unwrap();
    totals
}

/// Opens a store that may be opened again: with nothing, or with what it was left with.
type Open<'a> = dyn Fn() -> Box<dyn Store> + 'a;

fn entries_come_back_whole_and_in_order(open: &Open<'_>) {
    let (mut store, batch) = (open(), everything());
    store.append(&batch).unwrap();
    let expected: Vec<_> = batch
        .entries()
        .map(|(entry, lines)| (Entry { lines: (0, 0), ..entry.clone() }, lines.to_vec()))
        .collect();
    assert_eq!(read(&mut *store, 0), expected);
    assert_eq!(read(&mut *store, 1), expected);
    assert_eq!(read(&mut *store, 4), expected[3..]);
    assert_eq!(read(&mut *store, 6), []);
    let kept =
        |from: u64| expected.iter().filter(move |(entry, _)| entry.seq >= from && entry.kind.is_booked());
    for from in [0, 3] {
        assert_eq!(booked(&mut *store, from), kept(from).cloned().collect::<Vec<_>>());
    }
    assert_eq!(store.documents().unwrap(), batch.documents);
    let mut seen = 0;
    let visit = &mut |_: &Entry, _: &[EntryLine]| {
        seen += 1;
        ControlFlow::Break(())
    };
    store.entries(2, visit).unwrap();
    assert_eq!(seen, 1, "a visitor that breaks is called no more");
    assert_eq!(store.span(), (1, Some(5)));
}

fn sums_are_those_of_the_entries(open: &Open<'_>) {
    let mut store = open();
    store.append(&everything()).unwrap();
    let mut expected = Rollups::default();
    everything().entries().for_each(|(entry, lines)| expected.add(entry, lines));
    let rows = rollups(&mut *store, Window::ALWAYS);
    assert_eq!(rows.len(), expected.len());
    for (key, sums) in &rows {
        let mut twin = expected.get(key).unwrap().clone();
        twin.lines.sort_by_key(EntryLine::place);
        assert_eq!(*sums, twin);
    }
    let total: Money = rows.iter().map(|(_, sums)| sums.amount()).sum();
    assert_eq!(total, Money::from_pico(998));
    let first = Window::new(at(0), at(HOUR)).unwrap();
    assert_eq!(rollups(&mut *store, first).len(), 1, "an hour belongs to a window by its start");
    assert_eq!(verify_store(&mut *store).unwrap(), []);
}

/// Sums stay those of the entries over many batches, hours and writings of the rollups.
fn sums_stay_right_over_thousands_of_entries(open: &Open<'_>) {
    let mut store = open();
    store.append(&everything()).unwrap();
    let mut expected = Money::from_pico(998);
    for pair in 0..2_000_u64 {
        let mut batch = Batch::default();
        let seq = 6 + 2 * pair;
        batch.push(entry(seq, EntryKind::Reserve, 10 + pair), std::iter::empty());
        let mut settle = entry(seq + 1, EntryKind::Settle, 10 + pair);
        settle.effective_at = at(i64::try_from(pair % 50).unwrap() * HOUR / 7);
        settle.amount = Money::from_pico(i128::from(pair * 37 % 2_003) - 500);
        expected += settle.amount;
        settle.terms = (pair % 3 == 0).then(|| Symbol::from_index(2));
        let rate =
            Rate::parse("0.000001", u32::try_from(1 + pair % 4).unwrap()).ok().filter(|_| pair % 5 > 0);
        let line = line(Dimension::Output, pair, settle.amount.pico(), rate);
        batch.push(settle, std::iter::once(line));
        store.append(&batch).unwrap();
    }
    let total: Money = rollups(&mut *store, Window::ALWAYS).iter().map(|(_, sums)| sums.amount()).sum();
    assert_eq!(total, expected);
    assert_eq!(verify_store(&mut *store).unwrap(), []);
}

fn what_a_process_needs_comes_back(open: &Open<'_>) {
    let mut store = open();
    store.append(&everything()).unwrap();
    let mut more = Batch { since: vec![("all".to_owned(), at(99))], ..Batch::default() };
    more.push(entry(6, EntryKind::Settle, 2), std::iter::empty());
    store.append(&more).unwrap();
    store.close().unwrap();
    drop(store);
    let mut store = open();
    let (loaded, all) = (store.load().unwrap(), everything());
    assert_eq!(loaded.symbols, ["private/test-model", "v1 é", "service_tier=priority,context=>200000"]);
    assert_eq!(loaded.tag_sets, [all.tag_sets[0].1.clone()]);
    assert_eq!(loaded.marks, all.marks);
    let mut since = loaded.since;
    since.sort();
    assert_eq!(since, all.since, "the first instant stays");
    assert_eq!((loaded.closed_until, loaded.next_seq), (at(-2 * HOUR), 7));
    assert_eq!(loaded.tail, [], "every hold has ended");
    assert_eq!(loaded.last_hold, Some(hold(2)));
    assert_eq!(
        loaded.keyed.iter().map(|entry| (entry.seq, entry.key)).collect::<Vec<_>>(),
        [(1, Some(CallKey::of("a key")))]
    );
    assert_eq!(read(&mut *store, 1).len(), 6);
    assert_eq!(verify_store(&mut *store).unwrap(), []);
}

/// An open hold is given back with everything after it, however long ago it was taken.
fn open_holds_come_back_from_before_the_sums(open: &Open<'_>) {
    let mut store = open();
    store.append(&everything()).unwrap();
    for pair in 0..1_500_u64 {
        let mut batch = Batch::default();
        batch.push(entry(6 + 2 * pair, EntryKind::Reserve, 10 + pair), std::iter::empty());
        batch.push(entry(7 + 2 * pair, EntryKind::Release, 10 + pair), std::iter::empty());
        store.append(&batch).unwrap();
    }
    for is_tidy in [true, false] {
        if is_tidy {
            store.close().unwrap();
        }
        drop(store);
        store = open();
        let loaded = store.load().unwrap();
        let first = loaded.tail.first().map(|entry| (entry.seq, entry.kind, entry.hold));
        assert_eq!(first, Some((3, EntryKind::Reserve, hold(2))));
        let kept = |entry: &&Entry| entry.hold == hold(2);
        let kinds: Vec<_> = loaded.tail.iter().filter(kept).map(|entry| entry.kind).collect();
        assert_eq!(kinds, [EntryKind::Reserve, EntryKind::Unresolved]);
        assert_eq!(loaded.last_hold, Some(hold(1_509)));
    }
}

fn a_batch_that_fails_leaves_nothing(open: &Open<'_>) {
    let mut store = open();
    store.append(&everything()).unwrap();
    let before = (read(&mut *store, 1), rollups(&mut *store, Window::ALWAYS));
    // A number that is taken fails after the batch's first entries have been written.
    let mut bad = Batch { marks: everything().marks, ..Batch::default() };
    for seq in [6, 7, 2] {
        bad.push(entry(seq, EntryKind::Reserve, seq + 10), std::iter::empty());
    }
    bad.symbols = vec![(3, "new".to_owned())];
    assert!(store.append(&bad).is_err());
    assert_eq!((read(&mut *store, 1), rollups(&mut *store, Window::ALWAYS)), before);
    let mut good = Batch { symbols: vec![(3, "new".to_owned())], ..Batch::default() };
    good.push(entry(6, EntryKind::Reserve, 16), std::iter::empty());
    store.append(&good).unwrap();
    let loaded = store.load().unwrap();
    assert_eq!((loaded.next_seq, loaded.marks.len(), loaded.symbols.len()), (7, 2, 4));
}

#[test]
fn a_store_in_memory_keeps_the_laws_of_stores() {
    let open: &Open<'_> = &|| Box::new(MemoryStore::new());
    entries_come_back_whole_and_in_order(open);
    sums_are_those_of_the_entries(open);
    sums_stay_right_over_thousands_of_entries(open);
}

#[test]
fn a_store_in_a_file_keeps_the_laws_of_stores() {
    let laws: [fn(&Open<'_>); 6] = [
        entries_come_back_whole_and_in_order,
        sums_are_those_of_the_entries,
        sums_stay_right_over_thousands_of_entries,
        what_a_process_needs_comes_back,
        open_holds_come_back_from_before_the_sums,
        a_batch_that_fails_leaves_nothing,
    ];
    for durability in [Durability::Process, Durability::Power] {
        for law in laws {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("ledger.db");
            law(&|| Box::new(SqliteStore::open(&path, durability).unwrap()));
        }
    }
}

/// The view for people: amounts as they are, on both sides of zero.
#[test]
fn the_ledger_view_prints_amounts_exactly() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let mut store = SqliteStore::open(&path, Durability::Process)?;
    let amounts: Vec<i128> = vec![
        0,
        1,
        -1,
        999,
        -999,
        1_000,
        -1_000,
        -1_001,
        1_500_000_000_000,
        -1_500_000_000_000,
        -1_000_000_000_000,
        -999_999_999_999,
        123_456_789_012_345_678,
        -123_456_789_012_345_678,
    ];
    let mut batch = everything();
    batch.entries.clear();
    for (amount, seq) in amounts.iter().zip(1..) {
        let mut entry = entry(seq, EntryKind::Adjust, 0);
        entry.amount = Money::from_pico(*amount);
        batch.push(entry, std::iter::empty());
    }
    store.append(&batch)?;
    let database = rusqlite::Connection::open(&path).unwrap();
    let mut query =
        database.prepare("SELECT amount_usd, effective_at, model FROM ledger ORDER BY seq").unwrap();
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    for (row, amount) in rows.zip(amounts) {
        let (printed, at, model): (String, String, String) = row.unwrap();
        assert_eq!(printed.parse::<Money>().unwrap(), Money::from_pico(amount), "{printed}");
        assert_eq!((&*at, &*model), ("2026-11-10T12:00:00Z", "private/test-model"));
    }
    Ok(())
}

/// The views of usage: every line of the entries and of the sums by name, and as exact as it was written.
#[test]
fn the_usage_views_name_every_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let mut store = SqliteStore::open(&path, Durability::Process).unwrap();
    store.append(&everything()).unwrap();
    store.close().unwrap();
    let database = rusqlite::Connection::open(&path).unwrap();
    let rows = |query: &str| {
        let mut query = database.prepare(query).unwrap();
        let row = |row: &rusqlite::Row<'_>| {
            let kind = (row.get(0)?, row.get::<_, String>(1)?);
            let rate = row.get::<_, Option<i64>>(5)?.zip(row.get::<_, Option<i64>>(6)?);
            Ok((kind, [row.get(2)?, row.get(3)?, row.get(4)?], rate))
        };
        query.query_map([], row).unwrap().collect::<rusqlite::Result<Vec<((i64, _), [i64; 3], _)>>>().unwrap()
    };
    let kind = |name: &str| (2, name.to_owned());
    let lines = [
        (kind("output"), [i64::MAX >> 1, 1, 1], Some((i64::MAX, 1))),
        (kind("output"), [7, 0, 0], Some((92_500_000_000, 3))),
        (kind("input_uncached"), [0, -1, 998], None),
    ];
    assert_eq!(rows("SELECT * FROM entry_usage"), lines);
    let sums =
        "SELECT terms, dimension, quantity, amount_nano, amount_pico, rate_femto, rate_per FROM rollup_usage";
    assert_eq!(rows(sums), lines);
    let usage = "SELECT usage, terms FROM ledger WHERE kind = 'settle'";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let (usage, terms): (String, String) = database.query_row(usage, [], read).unwrap();
    assert_eq!(usage, format!("{{\"input_uncached\":0,\"output\":{}}}", (i64::MAX >> 1) + 7));
    assert_eq!(terms, "service_tier=priority,context=>200000");
}
