//! Reserve and settle on a file, beside bare commits of one row to the same disk.

use crate::{
    clock::{nanoseconds, per_second},
    decide::{pairs, policy},
    table::Table,
};
use bursar::{Bursar, Durability};
use rusqlite::{Connection, params};
use std::sync::atomic::{AtomicUsize, Ordering};

fn bare(folder: &std::path::Path, synchronous: &str) -> Connection {
    let database = Connection::open(folder.join(format!("floor-{synchronous}.db"))).unwrap();
    database
        .execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; CREATE TABLE floor(id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, text TEXT)"
        ))
        .unwrap();
    database
}

fn commits(database: &Connection, count: u64) {
    for _ in 0..count {
        database.prepare_cached("BEGIN IMMEDIATE").unwrap().execute([]).unwrap();
        let text = "a row of about the size of an entry of the ledger, with its usage and its amounts in it";
        database.prepare_cached("INSERT INTO floor(a, b, text) VALUES (?1, ?2, ?3)").unwrap().execute(params![1, 2, text]).unwrap();
        database.prepare_cached("COMMIT").unwrap().execute([]).unwrap();
    }
}

pub(crate) fn rows(table: &mut Table) {
    for (durability, synchronous) in [(Durability::Process, "NORMAL"), (Durability::Power, "FULL")] {
        let folder = tempfile::tempdir_in(".").unwrap();
        let (floor, name) = (bare(folder.path(), synchronous), format!("{durability:?}").to_lowercase());
        let open = |file: &str| Bursar::builder().policy(policy()).durability(durability).open(folder.path().join(file)).unwrap();
        let bursar = open("one.db");
        let [pair, two_commits] = nanoseconds([
            &mut |mut count| {
                pairs(&bursar, &mut || {
                    count -= 1;
                    count > 0
                });
            },
            &mut |count| commits(&floor, 2 * count),
        ]);
        let goal = (durability == Durability::Process).then_some(12.0);
        table.row(format!("reserve + settle, `{name}`, one thread"), (pair / 1e3, "us"), goal, Some(("two bare commits of a row", two_commits / 1e3)));
        for threads in [1, 2, 8, 64] {
            let bursar = open(&format!("many-{threads}.db"));
            let ours = per_second(threads, 1.0, |go| pairs(&bursar, go));
            let goal = (threads == 64).then_some(100_000.0);
            table.row(format!("calls settled a second, `{name}`, {threads} threads"), (ours, "/s"), goal, Some(("one thread of bare commits", 1e9 / two_commits)));
        }
    }
}

/// The same where several processes share the file: handles here, which have nothing else in common.
pub(crate) fn shared_rows(table: &mut Table) {
    let folder = tempfile::tempdir_in(".").unwrap();
    let open = |file: &str, shared| Bursar::builder().policy(policy()).shared(shared).open(folder.path().join(file)).unwrap();
    let (alone, shared) = (open("alone.db", false), open("shared.db", true));
    let run = |bursar: &Bursar, mut count: u64| {
        pairs(bursar, &mut || {
            count -= 1;
            count > 0
        });
    };
    let [in_turns, by_itself] = nanoseconds([&mut |count| run(&shared, count), &mut |count| run(&alone, count)]);
    table.row("reserve + settle, `process`, shared and nobody else calls".to_owned(), (in_turns / 1e3, "us"), None, Some(("a ledger of one process", by_itself / 1e3)));
    for processes in [2, 4, 8] {
        let name = format!("shared-{processes}.db");
        let handles: Vec<Bursar> = (0..processes).map(|_| open(&name, true)).collect();
        let next = AtomicUsize::new(0);
        let ours = per_second(processes, 1.0, |go| {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if let Some(bursar) = handles.get(place) {
                pairs(bursar, go);
            }
        });
        let floor = format!("{processes} connections to one SQLite file, two commits of a row each");
        let rival = contended(folder.path(), processes);
        table.row(format!("calls settled a second, `process`, {processes} that share"), (ours, "/s"), None, Some((&floor, rival)));
    }
}

/// Pairs of bare commits a second from connections that wait by SQLite's own means.
fn contended(folder: &std::path::Path, connections: usize) -> f64 {
    per_second(connections, 1.0, |go| {
        let database = Connection::open(folder.join("contended.db")).unwrap();
        database.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
        let table = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
            CREATE TABLE IF NOT EXISTS floor(id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, text TEXT)";
        database.execute_batch(table).unwrap();
        loop {
            commits(&database, 2);
            if !go() {
                break;
            }
        }
    })
}
