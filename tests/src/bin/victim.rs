//! A process to be killed or starved: it works on a ledger and says on its output what was answered.
//!
//! `victim busy PATH DURABILITY` runs eight threads that reserve and settle until they are killed, a line per settlement
//! that was answered: the hold and its cost in pico-USD. `victim fill PATH` settles calls until the disk is full, then
//! says so. `victim share PATH` does as `busy`, with two threads, beside the processes that share the ledger. `victim race
//! PATH` waits for its input, asks for sixteen calls of ten cents out of a dollar that is shared, and says how many it
//! got. `victim hold PATH` opens a ledger and keeps it open until its input ends. `victim look PATH` counts the entries
//! as any program with SQLite would.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::panic, reason = "a test's own process")]

use bursar::{Builder, Bursar, Decision, Durability, HoldId, ManualClock, Settlement};
use bursar_tests::{
    Chance,
    scene::{budget, clock, output, priced, reserve, row},
};
use std::{
    io::{Read, Write},
    path::Path,
    sync::Arc,
    time::Duration,
};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["busy", path, durability] => busy(Path::new(path), durability),
        ["share", path] => share(Path::new(path)),
        ["race", path] => race(Path::new(path)),
        ["fill", path] => fill(Path::new(path)),
        ["hold", path] => hold(Path::new(path)),
        ["look", path] => look(Path::new(path)),
        _ => {
            panic!("victim busy PATH process|power, or victim share|race|fill|hold|look PATH")
        }
    }
}

fn open(path: &Path, durability: Durability, clock: &Arc<ManualClock>) -> Bursar {
    opened(builder("1000000", clock).durability(durability), path)
}

fn builder(limit: &str, clock: &Arc<ManualClock>) -> Builder {
    let policy = priced().with_budget(budget("all", "", limit, bursar::Period::Once));
    Bursar::builder().policy(policy).clock(Arc::clone(clock)).resource_attributes("")
}

fn opened(builder: Builder, path: &Path) -> Bursar {
    builder.open(path).unwrap_or_else(|error| panic!("{error:#}"))
}

/// One line in one write, so that a kill tears none.
fn say(line: &str) {
    let _ = std::io::stdout().lock().write_all(format!("{line}\n").as_bytes());
}

fn busy(path: &Path, durability: &str) {
    let durability = if durability == "power" { Durability::Power } else { Durability::Process };
    let bursar = open(path, durability, &clock());
    say("ready");
    std::thread::scope(|threads| {
        for thread in 0..8 {
            let bursar = &bursar;
            threads.spawn(move || work(bursar, &mut Chance::new(thread)));
        }
    });
}

fn share(path: &Path) {
    let bursar = opened(builder("1000000", &clock()).shared(true), path);
    say("ready");
    std::thread::scope(|threads| {
        for thread in 0..2 {
            let bursar = &bursar;
            let seed = u64::from(std::process::id()) * 2 + thread;
            threads.spawn(move || work(bursar, &mut Chance::new(seed)));
        }
    });
}

fn race(path: &Path) {
    let bursar = opened(builder("1", &clock()).shared(true), path);
    say("ready");
    let _ = std::io::stdin().read(&mut [0]);
    let mut admitted = 0;
    for _ in 0..16 {
        if let Decision::Admitted(hold) = reserve(&bursar, "data", 100_000).unwrap() {
            bursar.settle(&hold, &output(100_000)).unwrap();
            admitted += 1;
        }
    }
    say(&format!("{admitted}"));
}

fn work(bursar: &Bursar, chance: &mut Chance) {
    let teams = ["data", "search", "marketing"];
    loop {
        let tokens = 1 + chance.below(1_000);
        let team = *chance.pick(&teams);
        let Decision::Admitted(hold) = reserve(bursar, team, tokens).unwrap() else {
            panic!("the budget is large enough");
        };
        match chance.below(10) {
            0 => {}
            1 => bursar.release(hold.id()).unwrap(),
            2 => bursar.unresolved(hold.id()).unwrap(),
            _ => {
                let cost = bursar.settle(&hold, &output(chance.below(1_200))).unwrap().cost;
                say(&format!("{} {}", hold.id(), cost.pico()));
            }
        }
    }
}

/// Settles until the disk is full, and then one call more, whose reservation was made before.
fn fill(path: &Path) {
    let clock = clock();
    let bursar = open(path, Durability::Process, &clock);
    say("ready");
    let Decision::Admitted(last) = reserve(&bursar, "data", 500).unwrap() else { panic!("it fits") };
    loop {
        let hold = match reserve(&bursar, "data", 1_000) {
            Ok(Decision::Admitted(hold)) => hold,
            Ok(refusal) => panic!("{refusal}"),
            Err(error) => break say(&format!("refused {} {}", error.code(), error.message())),
        };
        match bursar.settle(&hold, &output(1_000)) {
            Ok(settled) => say(&format!("{} {}", hold.id(), settled.cost.pico())),
            Err(error) => break say(&format!("unwritten {} {}", hold.id(), error.code())),
        }
    }
    let error = bursar.settle(&last, &output(500)).unwrap_err();
    say(&format!("full {} {}", error.code(), error.message()));
    let row = row(&bursar, "all");
    say(&format!("stands {} {}", row.spent.pico(), row.held.pico()));
    // There is space again: the parent lifts the limit while this process waits for a byte.
    let _ = std::io::stdin().read(&mut [0]);
    let _ = std::fs::remove_file(path.with_extension("db.ballast"));
    clock.advance(Duration::from_secs(1));
    let again = bursar.settle_by_id(HoldId::from_number(last.id().number()), &Settlement::new(&output(500)));
    say(&format!(
        "again {}",
        again.map_or_else(|error| error.to_string(), |again| again.cost.pico().to_string())
    ));
    say(&format!("verified {:?}", bursar.verify().map_err(|error| error.to_string())));
}

fn hold(path: &Path) {
    let bursar = open(path, Durability::Process, &clock());
    say("ready");
    let _ = std::io::stdin().read(&mut [0]);
    drop(bursar);
}

fn look(path: &Path) {
    let database = rusqlite::Connection::open(path).unwrap();
    let count: i64 = database.query_row("SELECT count(*) FROM entries", [], |row| row.get(0)).unwrap();
    database.close().unwrap();
    say(&count.to_string());
}
