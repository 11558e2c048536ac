//! The month's statement from a large ledger: from its rollups, from its entries, and from their Parquet export, beside
//! DuckDB over the same rows.

use crate::{duckdb, ledger, table::Table};
use bursar::{Dimension, Money, ReportRequest, SqliteStore, Store, TagSetId, Symbol, Window};
use std::{
    collections::HashMap,
    ops::ControlFlow,
    path::Path,
    time::Instant,
};

/// Rounds of what takes less than a second or two.
const ROUNDS: usize = 5;

/// What one tag set used of one dimension of one model.
type Sums = HashMap<(TagSetId, Symbol, Option<Symbol>, Option<Dimension>), (u64, Money)>;

/// The statement alone, for whoever looks for where its time goes.
pub(crate) fn statement_row(table: &mut Table, folder: &Path, entries: u64) {
    let (took, _) = statement(&ledger::kept(folder, entries));
    table.row("month's statement from rollups", (took, "ms"), Some(300.0), None);
}

pub(crate) fn rows(table: &mut Table, (folder, python): (&Path, Option<&Path>), entries: u64) {
    let path = ledger::kept(folder, entries);
    let millions = entries as f64 / 1e6;
    let (statement, total) = statement(&path);
    let archive = folder.join("month.parquet");
    let (export, rows) = timed(|| {
        let file = std::fs::File::create(&archive).unwrap();
        ledger::opened(&path).export_parquet(Window::ALWAYS, file).unwrap().rows
    });
    let rival = duckdb::measure(python, &archive, total);
    let beside = |name, value: fn(&duckdb::Times) -> f64| rival.as_ref().map(|times| (name, value(times)));
    let from = format!("over {millions:.1} million entries of 13 months");
    table.row(
        format!("month's statement {from}, from rollups"),
        (statement, "ms"),
        Some(300.0),
        beside("DuckDB: its three sums over the Parquet export", |times| times.statement),
    );
    let (scan, _) = scanned(&path, ledger::month(), Some(total));
    table.row("the month's sums from its entries in SQLite", (scan, "ms"), None, beside("DuckDB: the same GROUP BY over the Parquet export", |times| times.month));
    let (scan, _) = scanned(&path, Window::ALWAYS, None);
    table.row("the sums of all those entries in SQLite", (scan, "ms"), Some(4_000.0 * millions / 10.0), beside("DuckDB: the same GROUP BY over the Parquet export", |times| times.all));
    table.row(format!("Parquet export of those entries, {:.1} million rows", rows as f64 / 1e6), (export, "ms"), None, None);
    if let Some(times) = &rival {
        table.row("DuckDB: the month's sums from our Parquet export", (times.month, "ms"), Some(1_000.0), None);
    }
    let _ = std::fs::remove_file(&archive);
}

/// How long the statement takes, and its total.
fn statement(path: &Path) -> (f64, Money) {
    let bursar = ledger::opened(path);
    let request = ReportRequest::named(ledger::MONTH, ledger::ZONE).unwrap();
    let mut total = Money::ZERO;
    let took = median(|| total = bursar.report(&request).unwrap().total);
    (took, total)
}

/// Sums a window entry by entry, of the entries that its hours say.
fn scanned(path: &Path, window: Window, expected: Option<Money>) -> (f64, Sums) {
    let mut sums = Sums::default();
    let took = median(|| {
        sums.clear();
        let mut store = SqliteStore::read(path).unwrap();
        let (mut first, mut last) = (u64::MAX, 0);
        store.rollups(window, &mut |_, own| (first, last) = (first.min(own.seqs.0), last.max(own.seqs.1))).unwrap();
        store
            .booked_entries(first, &mut |entry, lines| {
                if entry.seq > last {
                    return ControlFlow::Break(());
                }
                if window.contains(entry.effective_at) {
                    for line in lines {
                        let own = sums.entry((entry.tag_set, entry.model, entry.terms, Some(line.dimension))).or_default();
                        *own = (own.0 + line.quantity, own.1 + line.amount);
                    }
                }
                ControlFlow::Continue(())
            })
            .unwrap();
    });
    let total: Money = sums.values().map(|(_, amount)| *amount).sum();
    assert!(expected.is_none_or(|expected| expected == total), "the entries sum to the statement");
    (took, sums)
}

fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let outcome = work();
    (start.elapsed().as_secs_f64() * 1e3, outcome)
}

/// The median of a few rounds, of one where a round is long.
fn median(mut work: impl FnMut()) -> f64 {
    let mut times = vec![timed(&mut work).0];
    while times.len() < ROUNDS && times[0] < 2_000.0 {
        times.push(timed(&mut work).0);
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
