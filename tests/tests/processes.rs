//! Several processes write one ledger: none of them overspends, and one that is killed in its turn stops nobody.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that can't go on shall stop where it stands"
)]

use bursar::{Bursar, Entry, EntryKind, Money, Period, SqliteStore, Store};
use bursar_tests::scene::{budget, clock, priced, row, usd};
use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Lines, Write},
    ops::ControlFlow,
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

fn start(words: &[&str], path: &Path) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_victim"))
        .args(words)
        .arg(path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    (child, lines)
}

fn open(path: &Path, limit: &str) -> Bursar {
    let policy = priced().with_budget(budget("all", "", limit, Period::Once));
    let builder = Bursar::builder().policy(policy).clock(clock()).resource_attributes("");
    builder.shared(true).open(path).unwrap()
}

#[test]
fn four_processes_get_ten_calls_of_ten_cents_out_of_a_dollar() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let mut racers: Vec<_> = (0..4).map(|_| start(&["race"], &path)).collect();
        for (child, _) in &mut racers {
            child.stdin.take().unwrap().write_all(b"go").unwrap();
        }
        let admitted = |(mut child, mut lines): (Child, Lines<_>)| {
            let admitted: u32 = lines.next().unwrap().unwrap().parse().unwrap();
            assert!(child.wait().unwrap().success());
            admitted
        };
        assert_eq!(racers.into_iter().map(admitted).sum::<u32>(), 10);
        let bursar = open(&path, "1");
        let all = row(&bursar, "all");
        assert_eq!((all.spent, all.held), (usd("1"), Money::ZERO));
        assert_eq!(bursar.verify().unwrap(), []);
    }
}

#[test]
fn a_process_that_is_killed_in_its_turn_stops_nobody_and_loses_nothing_that_it_answered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let mut answered = HashMap::new();
    let (mut survivor, mut told) = start(&["share"], &path);
    for round in 0..12 {
        let (mut victim, mut lines) = start(&["share"], &path);
        for _ in 0..round * 15 {
            hear(&mut lines, &mut answered);
            hear(&mut told, &mut answered);
        }
        victim.kill().unwrap();
        assert!(!victim.wait().unwrap().success());
        while hear(&mut lines, &mut answered) {}
        // The other one goes on.
        for _ in 0..20 {
            assert!(hear(&mut told, &mut answered));
        }
    }
    survivor.kill().unwrap();
    survivor.wait().unwrap();
    while hear(&mut told, &mut answered) {}
    assert!(answered.len() > 500, "{} settlements were answered", answered.len());
    check(&path, &answered);
}

/// Reads a line `hold cost`, which no other process may have said of the same hold.
fn hear(lines: &mut Lines<BufReader<ChildStdout>>, answered: &mut HashMap<u64, i128>) -> bool {
    let Some(Ok(line)) = lines.next() else { return false };
    let (hold, cost) = line.split_once(' ').unwrap();
    let before = answered.insert(hold.parse().unwrap(), cost.parse().unwrap());
    assert_eq!(before, None, "hold {hold} was given twice");
    true
}

fn check(path: &Path, answered: &HashMap<u64, i128>) {
    let bursar = open(path, "1000000");
    assert_eq!(bursar.verify().unwrap(), []);
    let mut settled = HashMap::new();
    let visit = &mut |entry: &Entry, _: &[bursar::EntryLine]| {
        if entry.kind == EntryKind::Settle {
            assert_eq!(settled.insert(entry.hold.number(), entry.amount.pico()), None);
        }
        ControlFlow::Continue(())
    };
    SqliteStore::read(path).unwrap().entries(1, visit).unwrap();
    for (hold, cost) in answered {
        assert_eq!(settled.get(hold), Some(cost), "the settlement of hold {hold} was answered");
    }
}
