//! Two days of the month, played and written out: every paper that is left behind says what the ledger's file says.

use crate::{DAYS, MONTH, THREADS, ZONE, papers, replay, workload};
use bursar::{Bursar, Money, Policy, SqliteStore, Store, Window};
use indicatif::ProgressBar;
use std::{ops::ControlFlow, path::Path, time::Duration};

const SHORT: u64 = 2;
const _: () = assert!(SHORT < DAYS, "a part of the month is enough");

/// What the file's entries of the month sum to.
fn booked(ledger: &Path, month: Window) -> Money {
    let mut sum = Money::ZERO;
    let mut store = SqliteStore::read(ledger).unwrap();
    let read = store.entries(1, &mut |entry, _| {
        sum += if entry.kind.is_booked() && month.contains(entry.effective_at) {
            entry.amount
        } else {
            Money::ZERO
        };
        ControlFlow::Continue(())
    });
    read.unwrap();
    sum
}

/// The sum of a column, in which a cell may be empty.
fn column(path: &Path, name: &str) -> Money {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let place = reader.headers().unwrap().iter().position(|own| own == name).unwrap();
    let cells = reader.records().map(|record| record.unwrap()[place].to_owned());
    cells.filter(|cell| !cell.is_empty()).map(|cell| cell.parse::<Money>().unwrap()).sum()
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn every_paper_of_the_demonstration_says_what_its_ledger_says() {
    let folder = tempfile::tempdir().unwrap();
    let (out, month) = (folder.path(), Window::named(MONTH, ZONE).unwrap());
    let ledger = out.join("ledger.db");
    replay::SceneClock::set(month.start());
    let policy = Policy::from_toml(include_str!("../policy.toml")).unwrap();
    let builder = Bursar::builder().policy(policy).clock(replay::SceneClock).resource_attributes("");
    let bursar = builder.open(&ledger).unwrap();
    let calls = workload::month(month, SHORT, 1);
    let tally = replay::play(&bursar, &calls, THREADS, &ProgressBar::hidden()).unwrap();
    assert_eq!(tally.calls(), calls.len() as u64);
    replay::SceneClock::set(month.end().plus(Duration::from_hours(9)));
    let statement = papers::write(&bursar, out, MONTH, ZONE).unwrap();
    assert_eq!(bursar.verify().unwrap(), []);
    drop(bursar);

    let total = booked(&ledger, month);
    assert!(total > Money::ONE && statement.total == total, "{total}");
    for (paper, name) in [
        ("chargeback.csv", "cost"),
        ("focus.csv", "BilledCost"),
        ("focus-1.2.csv", "BilledCost"),
        ("focus.csv", "EffectiveCost"),
    ] {
        assert_eq!(column(&out.join(paper), name), total, "{paper}, {name}");
    }
    assert_eq!(json(&out.join("chargeback.json"))["total"], total.to_string());
    let printed = total.round(2, bursar::Rounding::HalfEven).unwrap();
    let page = std::fs::read_to_string(out.join("chargeback.html")).unwrap();
    assert!(page.contains(&format!("{printed} USD")), "{printed}");
    let journal = std::fs::read_dir(out.join("journals")).unwrap().map(|file| file.unwrap().path());
    let generic = journal.into_iter().find(|path| path.to_string_lossy().contains("generic")).unwrap();
    assert_eq!((column(&generic, "debit"), column(&generic, "credit")), (printed, printed));
    // Each team's total is its part of the whole's rows, and each client pays what its terms make of its cost.
    let teams = std::fs::read_dir(out.join("teams")).unwrap().count();
    assert_eq!(teams, 4);
    for client in ["acme-corp", "globex", "initech"] {
        let invoice = json(&out.join(format!("clients/{client}.json")));
        assert_eq!(invoice["trend"].as_array().map(Vec::len), Some(0), "{client} was billed nothing before");
        assert!(invoice["total"].as_str().unwrap().parse::<Money>().unwrap() > Money::ZERO, "{client}");
    }
}
