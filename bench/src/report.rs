//! The month's statement from a ledger of many entries: from its rollups, and from every entry.

use crate::{
    decide::{pairs, policy},
    table::Table,
};
use bursar::{Bursar, ManualClock, ReportRequest, SqliteStore, Store, Timestamp, Window};
use std::{ops::ControlFlow, sync::Arc,
    time::{Duration, Instant},
};

pub(crate) fn rows(table: &mut Table, entries: u64) {
    let folder = tempfile::tempdir_in(".").unwrap();
    let path = folder.path().join("month.db");
    let month = Window::named("2026-10", "UTC").unwrap();
    let clock = Arc::new(ManualClock::new(month.start()));
    let bursar = Bursar::builder().policy(policy().with_hold_lifetime(Duration::from_hours(24))).clock(Arc::clone(&clock)).open(&path).unwrap();
    // Two entries a call, evenly over the month, from several threads so that commits are shared.
    let calls = entries / 2;
    let step = month.length() / u32::try_from(calls.max(1)).unwrap_or(u32::MAX);
    let played = std::sync::atomic::AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                pairs(&bursar, &mut || {
                    let count = played.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    clock.set(Timestamp::from_micros(month.start().micros() + step.as_micros() as i64 * count as i64));
                    count < calls
                });
            });
        }
    });
    clock.set(month.end());
    let request = ReportRequest::named("2026-10", "UTC").unwrap();
    let start = Instant::now();
    let statement = bursar.report(&request).unwrap();
    let took = start.elapsed().as_secs_f64() * 1e3;
    let millions = entries as f64 / 1e6;
    table.row(format!("month's statement over {millions:.1} million entries, from rollups"), (took, "ms"), Some(300.0), None);
    drop(bursar);
    let mut store = SqliteStore::read(&path).unwrap();
    let (start, mut total) = (Instant::now(), bursar::Money::ZERO);
    store
        .entries(1, &mut |entry, _| {
            total += entry.amount;
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(total, statement.total);
    table.row(format!("reading {millions:.1} million entries from the file"), (start.elapsed().as_secs_f64() * 1e3, "ms"), Some(4_000.0 * millions / 10.0), None);
}
