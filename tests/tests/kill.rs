//! A process is killed in the middle of its work, with eight threads on one ledger: whatever it had answered is there,
//! exactly once, and everything else is either whole or not at all.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that can't go on shall stop where it stands"
)]

use bursar::{Bursar, Durability, EntryKind, Money, Period, SqliteStore, Store};
use bursar_tests::{
    Chance,
    scene::{budget, clock, priced, row},
};
use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    ops::ControlFlow,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

const KILLS: u64 = 25;
/// Kills of one ledger, one process after the other; then it starts anew.
const KILLS_OF_ONE: u64 = 5;

type Answers = HashMap<u64, i128>;

#[test]
fn a_killed_process_loses_no_answered_settlement_at_the_default_durability() {
    kill_many(Durability::Process, "process", 1);
}

#[test]
fn a_killed_process_loses_no_answered_settlement_at_the_power_durability() {
    kill_many(Durability::Power, "power", 2);
}

fn kill_many(durability: Durability, name: &str, seed: u64) {
    let mut chance = Chance::new(seed);
    let mut answered = 0;
    for round in 0..KILLS / KILLS_OF_ONE {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let mut answers = Answers::new();
        for kill in 0..KILLS_OF_ONE {
            // The first lines come at once; some kills hit the making of the ledger or its first commits.
            let most = [0, 1, 30, 300, 1_500][usize::try_from(chance.below(5)).unwrap()];
            work_and_kill(&path, name, chance.below(most + 1), &mut answers);
            check(&path, durability, &answers, &format!("seed {seed}, round {round}, kill {kill}"));
        }
        answered += answers.len();
    }
    assert!(answered > 1_000, "the killed processes answered {answered} settlements");
}

/// Lets a process work until it has answered so many settlements, and kills it; collects all that it said.
fn work_and_kill(path: &Path, durability: &str, lines: u64, answers: &mut Answers) {
    let mut victim = Command::new(env!("CARGO_BIN_EXE_victim"))
        .args(["busy".as_ref(), path.as_os_str(), durability.as_ref()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(victim.stdout.take().unwrap()).lines();
    let mut killed = false;
    let mut read = 0;
    loop {
        if read >= lines && !killed {
            victim.kill().unwrap();
            killed = true;
        }
        let Some(Ok(line)) = output.next() else { break };
        // The first line says that the ledger is open.
        if let Some((hold, cost)) = line.split_once(' ') {
            let before = answers.insert(hold.parse().unwrap(), cost.parse().unwrap());
            assert_eq!(before, None, "hold {hold} was given twice");
        }
        read += 1;
    }
    assert!(!victim.wait().unwrap().success());
}

fn check(path: &Path, durability: Durability, answers: &Answers, context: &str) {
    let clock = clock();
    let policy = priced().with_budget(budget("all", "", "1000000", Period::Once));
    let builder = Bursar::builder().policy(policy).clock(Arc::clone(&clock)).resource_attributes("");
    let bursar = builder.durability(durability).open(path).unwrap();
    let (mut settled, mut open, mut spent) = (Answers::new(), HashMap::new(), Money::ZERO);
    let visit = &mut |entry: &bursar::Entry, _: &[bursar::EntryLine]| {
        let hold = entry.hold.number();
        spent += entry.amount;
        match entry.kind {
            EntryKind::Reserve => assert_eq!(open.insert(hold, entry.bound), None, "{context}: hold {hold}"),
            EntryKind::Unresolved => assert!(open.contains_key(&hold), "{context}: hold {hold}"),
            _ => assert!(open.remove(&hold).is_some(), "{context}: hold {hold} ended without being open"),
        }
        if entry.kind == EntryKind::Settle {
            assert_eq!(settled.insert(hold, entry.amount.pico()), None, "{context}: hold {hold}");
        }
        ControlFlow::Continue(())
    };
    SqliteStore::read(path).unwrap().entries(1, visit).unwrap();
    for (hold, cost) in answers {
        assert_eq!(settled.get(hold), Some(cost), "{context}: the settlement of hold {hold} was answered");
    }
    let held: Money = open.values().copied().sum();
    if !settled.is_empty() {
        let all = row(&bursar, "all");
        assert_eq!((all.spent, all.held), (spent, held), "{context}");
    }
    assert_eq!(bursar.verify().unwrap(), [], "{context}");
    if context.ends_with(&format!("kill {}", KILLS_OF_ONE - 1)) {
        clock.advance(Duration::from_hours(1));
        let all = row(&bursar, "all");
        assert_eq!(
            (all.spent, all.held),
            (spent + held, Money::ZERO),
            "{context}: what is open becomes spend"
        );
        assert_eq!(bursar.verify().unwrap(), [], "{context}");
    }
}
