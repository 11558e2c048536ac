//! Reserve and settle on a file, beside bare commits of one row to the same disk.

use crate::{
    clock::{nanoseconds, per_second},
    decide::{pairs, policy},
    table::Table,
};
use bursar::{Bursar, Durability};
use rusqlite::{Connection, params};

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
