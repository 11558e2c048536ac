//! What a store does that fails, and what must hold all the same: nothing is held that nobody was given, nothing that
//! was answered is lost, and each hold ends once.

#![allow(clippy::unwrap_used, reason = "a test that can't go on shall stop where it stands")]

use bursar::{Bursar, Call, EntryKind, ErrorCode, HoldState, ManualClock, Money, Retry, Settlement};
use bursar_tests::{
    Disk, DiskStore,
    scene::{admit, admitted, clock, output, policy, reserve, reserve_keyed, row, usd},
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

fn open(disk: &Arc<Mutex<Disk>>, clock: &Arc<ManualClock>) -> Bursar {
    let builder = Bursar::builder().policy(policy()).clock(Arc::clone(clock)).resource_attributes("");
    builder.open_store(DiskStore::open(disk)).unwrap()
}

fn full(disk: &Mutex<Disk>, times: usize) {
    disk.lock().unwrap().fail(std::iter::repeat_n(Some(ErrorCode::LedgerFull), times));
}

/// What the disk has for each kind of entry.
fn count(disk: &Mutex<Disk>, kind: EntryKind) -> usize {
    disk.lock().unwrap().entries().iter().filter(|(entry, _)| entry.kind == kind).count()
}

#[test]
fn a_reservation_that_could_not_be_committed_holds_nothing() {
    let (disk, clock) = (Disk::new(), clock());
    let bursar = open(&disk, &clock);
    full(&disk, 1);
    let error = reserve(&bursar, "data", 500_000).unwrap_err();
    assert_eq!((error.code(), error.retry()), (ErrorCode::LedgerFull, Retry::Later));
    assert_eq!((row(&bursar, "all").held, row(&bursar, "all").spent), (Money::ZERO, Money::ZERO));
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn a_key_whose_reservation_failed_is_free_again() {
    let (disk, clock) = (Disk::new(), clock());
    let bursar = open(&disk, &clock);
    full(&disk, 1);
    assert!(reserve_keyed(&bursar, "data", 500_000, Some("k")).is_err());
    let hold = admitted(reserve_keyed(&bursar, "data", 500_000, Some("k")).unwrap());
    assert!(!hold.is_replay(), "the failed call's hold is no answer");
    assert_eq!(row(&bursar, "all").held, usd("0.5"));
    // The same after the end of the process.
    drop(bursar);
    let bursar = open(&disk, &clock);
    let again = admitted(reserve_keyed(&bursar, "data", 500_000, Some("k")).unwrap());
    assert_eq!((again.id(), again.is_replay()), (hold.id(), true));
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn a_key_whose_reservation_failed_is_free_for_the_next_process() {
    let (disk, clock) = (Disk::new(), clock());
    let bursar = open(&disk, &clock);
    full(&disk, 1);
    assert!(reserve_keyed(&bursar, "data", 500_000, Some("k")).is_err());
    drop(bursar);
    let bursar = open(&disk, &clock);
    let hold = admitted(reserve_keyed(&bursar, "data", 500_000, Some("k")).unwrap());
    assert!(!hold.is_replay(), "the failed call's hold is no answer");
    assert_eq!(row(&bursar, "all").held, usd("0.5"));
}

#[test]
fn repeating_a_key_while_the_disk_is_full_keeps_the_hold_of_the_first_call() {
    let (disk, clock) = (Disk::new(), clock());
    let bursar = open(&disk, &clock);
    let hold = admitted(reserve_keyed(&bursar, "data", 500_000, Some("k")).unwrap());
    full(&disk, 2);
    assert!(reserve(&bursar, "data", 100_000).is_err());
    assert_eq!(reserve_keyed(&bursar, "data", 500_000, Some("k")).unwrap_err().code(), ErrorCode::LedgerFull);
    assert_eq!(row(&bursar, "all").held, usd("0.5"));
    bursar.settle(&hold, &output(500_000)).unwrap();
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn a_settlement_that_could_not_be_written_is_written_by_the_next_call() {
    let (disk, clock) = (Disk::new(), clock());
    let bursar = open(&disk, &clock);
    let hold = admit(&bursar, "data", 500_000);
    full(&disk, 1);
    assert_eq!(bursar.settle(&hold, &output(400_000)).unwrap_err().code(), ErrorCode::LedgerFull);
    assert_eq!((row(&bursar, "all").spent, row(&bursar, "all").held), (usd("0.4"), Money::ZERO));
    assert_eq!(count(&disk, EntryKind::Settle), 0);
    let again = bursar.settle(&hold, &output(400_000)).unwrap();
    assert!(again.is_replay);
    assert_eq!(count(&disk, EntryKind::Settle), 1);
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn a_ledger_that_failed_for_long_works_again_when_the_disk_does() {
    let (disk, clock) = (Disk::new(), clock());
    let bursar = open(&disk, &clock);
    full(&disk, 100_000);
    let mut errors = (0..40_000).map(|_| reserve(&bursar, "data", 1).unwrap_err());
    let last = errors.by_ref().nth(39_999).unwrap();
    assert_eq!((last.code(), last.retry()), (ErrorCode::LedgerFull, Retry::Later));
    disk.lock().unwrap().heal();
    assert_eq!(bursar.release(admit(&bursar, "data", 1).id()).ok(), Some(()));
    assert_eq!(row(&bursar, "all").held, Money::ZERO);
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn a_policy_that_was_applied_on_a_disk_that_filled_up_is_in_force_whole() {
    let (disk, clock) = (Disk::new(), clock());
    let bursar = open(&disk, &clock);
    let _hold = admit(&bursar, "data", 1);
    full(&disk, 1);
    let everybody = bursar_tests::scene::budget("new", "", "5", bursar::Period::Day);
    bursar.apply(policy().with_budget(everybody)).unwrap();
    assert_eq!(bursar.policy().budgets().len(), 3);
    assert_eq!(row(&bursar, "new").held, usd("0.000001"));
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn a_hold_number_is_never_given_twice_over_any_number_of_processes() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
    let mut seen = std::collections::HashSet::new();
    for _ in 0..4 {
        let builder = Bursar::builder().policy(policy()).clock(Arc::clone(&clock)).resource_attributes("");
        let bursar = builder.open(folder.path().join("ledger.db")).unwrap();
        let hold = admit(&bursar, "data", 100);
        assert!(seen.insert(hold.id()), "hold {} was given before", hold.id());
        bursar.settle(&hold, &output(100)).unwrap();
        assert_eq!(bursar.verify().unwrap(), []);
    }
}

#[test]
fn repeating_a_settlement_while_other_holds_expire_ends_each_once() {
    let (disk, clock) = (Disk::new(), clock());
    let bursar = open(&disk, &clock);
    let settled = admit(&bursar, "data", 100_000);
    let _lost = admit(&bursar, "data", 200_000);
    bursar.settle(&settled, &output(100_000)).unwrap();
    clock.advance(Duration::from_hours(1));
    assert!(bursar.settle(&settled, &output(100_000)).unwrap().is_replay);
    clock.advance(Duration::from_hours(1));
    let _other = admit(&bursar, "marketing", 900_000);
    let _another = reserve(&bursar, "marketing", 900_000).unwrap();
    assert_eq!(bursar.verify().unwrap(), []);
    assert_eq!(count(&disk, EntryKind::Expire), 1);
}

#[test]
fn any_number_of_holds_may_expire_at_once_and_each_is_in_the_ledger() {
    let (disk, clock) = (Disk::new(), clock());
    let bursar = open(&disk, &clock);
    for _ in 0..5_000 {
        let _ = admit(&bursar, "data", 10);
    }
    clock.advance(Duration::from_hours(1));
    let _ = admit(&bursar, "data", 10);
    assert_eq!(row(&bursar, "all").spent, usd("0.05"));
    assert_eq!(count(&disk, EntryKind::Expire), 5_000);
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn a_refused_resume_loses_no_expiry() {
    let (disk, clock) = (Disk::new(), clock());
    let bursar = open(&disk, &clock);
    let settled = bursar.settle(&admit(&bursar, "data", 100_000), &output(100_000)).unwrap();
    let _lost = admit(&bursar, "data", 200_000);
    clock.advance(Duration::from_hours(1));
    assert_eq!(bursar.resume("nobody", None).unwrap_err().code(), ErrorCode::BudgetUnknown);
    bursar.adjust(settled.entry, usd("-0.05"), "invoice").unwrap();
    assert_eq!(bursar.verify().unwrap(), []);
    assert_eq!(count(&disk, EntryKind::Expire), 1);
}

#[test]
fn the_true_cost_of_a_hold_that_expired_in_an_earlier_process_is_booked() {
    let (disk, clock) = (Disk::new(), clock());
    let bursar = open(&disk, &clock);
    let (dear, cheap) = (admit(&bursar, "data", 500_000), admit(&bursar, "data", 500_000));
    drop(bursar);
    clock.advance(Duration::from_hours(1));
    drop(open(&disk, &clock));
    let bursar = open(&disk, &clock);
    assert_eq!(row(&bursar, "all").spent, usd("1"));
    let settled = bursar.settle(&dear, Settlement::cost(usd("0.7"))).unwrap();
    assert_eq!((settled.is_late, settled.is_overrun, settled.cost), (true, true, usd("0.7")));
    assert_eq!(bursar.settle(&cheap, Settlement::cost(usd("0.1"))).unwrap().bound, usd("0.5"));
    assert_eq!(row(&bursar, "all").spent, usd("0.8"));
    // Said again it books nothing, in this process and the next; another cost is an error.
    assert!(bursar.settle(&dear, Settlement::cost(usd("0.7"))).unwrap().is_replay);
    drop(bursar);
    let bursar = open(&disk, &clock);
    assert!(bursar.settle(&dear, Settlement::cost(usd("0.7"))).unwrap().is_replay);
    let error = bursar.settle(&dear, Settlement::cost(usd("0.8"))).unwrap_err();
    let message = format!("hold {} has been settled to 0.7 USD already", dear.id());
    assert_eq!((error.code(), error.message()), (ErrorCode::HoldEnded, message.as_str()));
    assert_eq!(row(&bursar, "all").spent, usd("0.8"));
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn a_hold_that_was_forgotten_in_this_process_is_settled_late_too() {
    let (disk, clock) = (Disk::new(), clock());
    let bursar = open(&disk, &clock);
    let lost = admit(&bursar, "data", 500_000);
    clock.advance(Duration::from_hours(1));
    for _ in 0..9_000 {
        bursar.release(admit(&bursar, "data", 1).id()).unwrap();
    }
    assert_eq!(bursar.hold(lost.id()), None);
    assert!(bursar.settle(&lost, &output(100_000)).unwrap().is_late);
    assert_eq!(row(&bursar, "all").spent, usd("0.1"));
    assert_eq!(bursar.verify().unwrap(), []);
    let nobody = bursar::HoldId::from_number(77 << 40);
    let error = bursar.settle_by_id(nobody, &Settlement::cost(usd("1"))).unwrap_err();
    assert_eq!(error.code(), ErrorCode::HoldUnknown);
}

#[test]
fn a_cost_that_no_column_holds_is_refused_and_the_ledger_stays_readable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let clock = clock();
    let open =
        || Bursar::builder().policy(policy()).clock(Arc::clone(&clock)).resource_attributes("").open(&path);
    let bursar = open().unwrap();
    let hold = admit(&bursar, "data", 500_000);
    let error = bursar.settle(&hold, Settlement::cost(usd("10000000000"))).unwrap_err();
    assert_eq!(error.code(), ErrorCode::MoneyOverflow);
    assert_eq!(bursar.hold(hold.id()).unwrap().state, HoldState::Open);
    let settled = bursar.settle(&hold, &output(1)).unwrap();
    let error = bursar.adjust(settled.entry, usd("-10000000000"), "typo").unwrap_err();
    assert_eq!(error.code(), ErrorCode::MoneyOverflow);
    assert_eq!(bursar.verify().unwrap(), []);
    drop(bursar);
    assert_eq!(open().unwrap().verify().unwrap(), []);
}

#[test]
fn a_memory_ledger_that_has_forgotten_entries_still_verifies() {
    let bursar =
        Bursar::builder().policy(policy()).clock(clock()).resource_attributes("").in_memory().unwrap();
    let open = admit(&bursar, "data", 1_000);
    for _ in 0..40_000 {
        bursar.settle(&admit(&bursar, "data", 10), &output(10)).unwrap();
    }
    assert_eq!(bursar.verify().unwrap(), []);
    bursar.settle(&open, &output(10)).unwrap();
    assert_eq!(bursar.verify().unwrap(), []);
    assert_eq!(row(&bursar, "all").spent, usd("0.40001"));
}

#[test]
fn the_books_of_the_future_cannot_be_closed() {
    let (disk, clock) = (Disk::new(), clock());
    let bursar = open(&disk, &clock);
    let error = bursar.close_until("2026-12-01T00:00:00Z".parse().unwrap()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::PeriodNotClosable);
    assert_eq!(
        error.message(),
        "the books can't be closed until 2026-12-01T00:00:00Z, which is in the future: it is 2026-11-10T12:00:00Z"
    );
}

#[test]
fn a_clock_that_is_set_back_after_a_restart_finds_what_was_spent_there() {
    let (disk, clock) = (Disk::new(), clock());
    let hourly = || {
        let hour = bursar_tests::scene::budget("hour", "", "1", bursar::Period::Hour);
        let builder = Bursar::builder().policy(bursar_tests::scene::priced().with_budget(hour));
        let builder = builder.clock(Arc::clone(&clock)).resource_attributes("");
        builder.open_store(DiskStore::open(&disk)).unwrap()
    };
    let bursar = hourly();
    bursar.settle(&admit(&bursar, "data", 1_000_000), &output(1_000_000)).unwrap();
    let noon = bursar.now();
    clock.advance(Duration::from_hours(5));
    drop(bursar);
    let bursar = hourly();
    bursar.scope(&[("team", "data")]).unwrap();
    assert_eq!(row(&bursar, "hour").spent, Money::ZERO);
    clock.set(noon);
    assert_eq!(row(&bursar, "hour").spent, usd("1"));
    assert!(!reserve(&bursar, "data", 1).unwrap().is_admitted());
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn many_threads_on_a_disk_that_fails_now_and_then_are_told_the_truth() {
    let (disk, clock) = (Disk::new(), clock());
    let bursar = open(&disk, &clock);
    let work = |seed: u64| {
        let mut chance = bursar_tests::Chance::new(seed);
        let (mut open, mut spent) = (Vec::new(), Money::ZERO);
        for _ in 0..400 {
            if chance.percent(20) {
                full(&disk, 2);
            }
            if let Ok(decision) = reserve(&bursar, "data", 1 + chance.below(1_000)) {
                let hold = admitted(decision);
                if chance.percent(50) {
                    open.push(hold);
                } else {
                    // It counts also when it could not be written yet.
                    let cost = hold.bound();
                    spent +=
                        bursar.settle(&hold, Settlement::cost(cost)).map_or(cost, |settled| settled.cost);
                }
            }
        }
        (open, spent)
    };
    let told: Vec<_> = std::thread::scope(|threads| {
        let threads: Vec<_> = (0..8)
            .map(|seed| {
                threads.spawn({
                    let work = &work;
                    move || work(seed)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    disk.lock().unwrap().heal();
    assert_eq!(bursar.verify().unwrap(), []);
    let spent: Money = told.iter().map(|(_, spent)| *spent).sum();
    let held: Money = told.iter().flat_map(|(open, _)| open).map(bursar::Hold::bound).sum();
    assert_eq!((row(&bursar, "all").spent, row(&bursar, "all").held), (spent, held));
    for hold in told.iter().flat_map(|(open, _)| open) {
        bursar.settle(hold, &output(1)).unwrap();
    }
    assert_eq!(row(&bursar, "all").held, Money::ZERO);
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn a_callback_may_drop_the_last_handle_and_the_ledger_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let clock = clock();
    let open =
        || Bursar::builder().policy(policy()).clock(Arc::clone(&clock)).resource_attributes("").open(&path);
    let bursar = open().unwrap();
    let mut kept = Some(bursar.clone());
    let ((main_dropped, main_is_gone), (done, is_done)) =
        (std::sync::mpsc::channel::<()>(), std::sync::mpsc::channel());
    bursar
        .on_alert(move |_| {
            let _ = main_is_gone.recv();
            drop(kept.take());
            let _ = done.send(());
        })
        .unwrap();
    bursar.settle(&admit(&bursar, "marketing", 900_000), &output(900_000)).unwrap();
    drop(bursar);
    drop(main_dropped);
    is_done.recv().unwrap();
    let bursar = open().unwrap();
    assert_eq!(row(&bursar, "marketing").spent, usd("0.9"));
    assert_eq!(bursar.verify().unwrap(), []);
}

#[test]
fn a_recorded_call_counts_while_the_disk_is_full_and_is_written_once() {
    let (disk, clock) = (Disk::new(), clock());
    let bursar = open(&disk, &clock);
    let record = |bursar: &Bursar| {
        let (scope, model) = (bursar.scope(&[("team", "data")])?, bursar.model(None, "test-model")?);
        bursar.record(&scope, &Call::new(&model, 0).key("span-1"), &output(500_000))
    };
    full(&disk, 1);
    assert_eq!(record(&bursar).unwrap_err().code(), ErrorCode::LedgerFull);
    assert_eq!((row(&bursar, "all").spent, row(&bursar, "all").held), (usd("0.5"), Money::ZERO));
    assert_eq!((count(&disk, EntryKind::Reserve), count(&disk, EntryKind::Settle)), (0, 0));
    let again = record(&bursar).unwrap();
    assert_eq!((again.cost, again.is_replay), (usd("0.5"), true));
    drop(bursar);
    let bursar = open(&disk, &clock);
    assert!(record(&bursar).unwrap().is_replay);
    assert_eq!((count(&disk, EntryKind::Reserve), count(&disk, EntryKind::Settle)), (1, 1));
    assert_eq!((row(&bursar, "all").spent, bursar.verify().unwrap()), (usd("0.5"), Vec::new()));
}
