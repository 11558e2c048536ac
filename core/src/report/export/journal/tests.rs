//! Journals of a small company by golden file, and of random ledgers by the laws of double entry.

use super::{ClientInvoice, JournalFormat, JournalMapping, JournalRules};
use crate::ledger::MemoryStore;
use crate::money::{Currency, Money};
use crate::report::tests::{Ledger, Random, Spent, at, company, golden, november, random_call, usd};
use crate::report::{ReportRequest, Statement};
use crate::time::Window;
use std::collections::BTreeMap;

fn rules() -> JournalRules {
    let mapping = |selector: &str, department: &str, account: Option<&str>| JournalMapping {
        department: Some(department.to_owned()),
        class: Some("AI".to_owned()),
        cost_center: Some(format!("CC-{department}")),
        account: account.map(str::to_owned),
        ..JournalMapping::new(selector.parse().unwrap())
    };
    let mut rules = JournalRules::new("6125", "2150");
    rules.receivable = Some("1200".to_owned());
    rules.revenue = Some("4000".to_owned());
    rules.cost_of_sales = Some("5000".to_owned());
    rules.map = vec![
        mapping("client = \"acme\"", "Delivery", Some("5010")),
        mapping("team = \"data\"", "=Data", None),
    ];
    rules
}

fn invoice() -> ClientInvoice {
    ClientInvoice {
        number: "INV-2026-0007".to_owned(),
        client: "acme".to_owned(),
        period: "2026-11".to_owned(),
        at: at("2026-11-30T22:00:00Z"),
        time_zone: "Europe/Berlin".to_owned(),
        currency: Currency::USD,
        price: usd("1618.405"),
        cost: usd("1348.668333333333"),
    }
}

type Record = BTreeMap<String, String>;

fn records(text: &str) -> Vec<Record> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

/// Debits and credits of each entry of a file, in the way in which the format has them.
fn sides(format: JournalFormat, text: &str) -> BTreeMap<String, (Money, Money)> {
    let mut sides = BTreeMap::new();
    let (id, debit, credit) = match format {
        JournalFormat::NetSuite => ("External ID", "Debit", "Credit"),
        JournalFormat::QuickBooksOnline => ("JournalNo", "Debits", "Credits"),
        JournalFormat::Xero => ("Narration", "Amount", "Amount"),
        JournalFormat::Generic => ("entry_id", "debit", "credit"),
    };
    for record in records(text) {
        let amount =
            |column: &str| if record[column].is_empty() { Money::ZERO } else { usd(&record[column]) };
        let own: &mut (Money, Money) = sides.entry(record[id].clone()).or_default();
        if format == JournalFormat::Xero {
            own.0 += amount(debit).at_least_zero();
            own.1 += (-amount(credit)).at_least_zero();
        } else {
            assert_ne!(record[debit].is_empty(), record[credit].is_empty(), "{record:?}");
            own.0 += amount(debit);
            own.1 += amount(credit);
        }
    }
    sides
}

#[test]
fn a_statement_and_an_invoice_are_booked_as_they_always_were() {
    let statement = company().statement(&november(), &[], "2026-12-01T09:00:00Z");
    let journal = statement.journal(&rules()).unwrap().with_invoice(&invoice()).unwrap();
    for format in JournalFormat::ALL {
        let files = journal.to_files(*format).unwrap();
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].name, format!("2026-11-{}-1.csv", format.as_str()));
        golden(&format!("journal_{}.csv", format.as_str()), &files[0].text);
        let sides = sides(*format, &files[0].text);
        assert!(sides.values().all(|(debits, credits)| debits == credits));
        let total: Money = sides.values().map(|(debits, _)| *debits).sum();
        // The statement, the client's price and its cost.
        assert_eq!(total, usd("2167.44") + usd("1618.40") + usd("1348.67"), "{format:?}");
    }
}

fn random_statement(seed: u64) -> Statement {
    let mut random = Random(seed);
    let period = Window::named("2026-11-10", "Europe/Berlin").unwrap();
    let mut ledger = Ledger::new(MemoryStore::new());
    for _ in 0..random.below(60) {
        random_call(&mut random, &mut ledger, period.end());
    }
    let request = ReportRequest::new("Europe/Berlin").period(period);
    ledger.statement(&request, &[], "2026-11-12T00:00:00Z")
}

#[test]
fn any_journal_is_in_balance_and_its_net_is_the_printed_total() {
    for seed in 0..60 {
        let statement = random_statement(seed);
        let journal = statement.journal(&rules()).unwrap();
        for format in JournalFormat::ALL {
            let mut debits = Money::ZERO;
            for file in journal.to_files(*format).unwrap() {
                for (id, (debit, credit)) in sides(*format, &file.text) {
                    assert_eq!(debit, credit, "seed {seed}, {id}");
                    debits += debit;
                }
            }
            let own: i128 = journal.entries(usize::MAX).iter().map(super::JournalEntry::debits).sum();
            assert_eq!(debits.pico(), own * 10_000_000_000, "seed {seed}");
        }
        let clearing = journal.entries(usize::MAX).into_iter().flat_map(|entry| entry.lines);
        let clearing: i128 = clearing.filter(|line| line.account == "2150").map(|line| line.amount).sum();
        assert_eq!(
            Money::from_pico(-clearing * 10_000_000_000).to_fixed(2),
            statement.total.to_fixed(2),
            "seed {seed}"
        );
    }
}

#[test]
fn a_journal_taken_back_leaves_nothing_and_refers_to_it() {
    let statement = random_statement(3);
    let journal = statement.journal(&rules()).unwrap();
    let reversal = journal.reversal(at("2026-12-05T12:00:00Z"));
    let mut sums: BTreeMap<(String, String), i128> = BTreeMap::new();
    for entry in journal.entries(usize::MAX).iter().chain(&reversal.entries(usize::MAX)) {
        for line in &entry.lines {
            *sums.entry((line.account.clone(), line.memo.clone())).or_default() += line.amount;
        }
    }
    assert!(sums.values().all(|sum| *sum == 0), "{sums:?}");
    let (first, back) = (&journal.entries(usize::MAX)[0], &reversal.entries(usize::MAX)[0]);
    assert_eq!((back.reverses.as_ref(), back.id.clone()), (Some(&first.id), format!("{}-R", first.id)));
    assert_ne!(back.hash, first.hash);
    assert_eq!(records(&reversal.to_files(JournalFormat::Generic).unwrap()[0].text)[0]["date"], "2026-12-05");
}

#[test]
fn an_id_follows_from_what_is_booked_and_not_from_when_the_statement_was_made() {
    let statement = |now: &str| company().statement(&november(), &[], now).journal(&rules()).unwrap();
    let id = |journal: &super::Journal| journal.entries(usize::MAX)[0].id.clone();
    let (early, late) = (statement("2026-12-01T09:00:00Z"), statement("2026-12-03T09:00:00Z"));
    assert_eq!(id(&early), id(&late));
    let mut changed = company();
    changed.settle(&Spent {
        when: at("2026-11-20T00:00:00Z"),
        tags: &[("team", "data")],
        model: "a/b",
        units: (1, 1),
        cost: usd("3"),
    });
    let changed = changed.statement(&november(), &[], "2026-12-01T09:00:00Z").journal(&rules()).unwrap();
    assert_ne!(id(&early), id(&changed));
    let mut numbered = company().statement(&november(), &[], "2026-12-01T09:00:00Z");
    numbered.header.number = Some("CB-2026-0011".to_owned());
    assert_eq!(id(&numbered.journal(&rules()).unwrap()), "CB-2026-0011");
}

#[test]
fn a_journal_of_many_teams_becomes_files_within_the_limits() {
    let mut ledger = Ledger::new(MemoryStore::new());
    for team in 0..750 {
        let name = format!("team-{team}");
        let tags = [("team", name.as_str())];
        ledger.settle(&Spent {
            when: at("2026-11-20T00:00:00Z"),
            tags: &tags,
            model: "a/b",
            units: (1, 1),
            cost: usd("1.005"),
        });
    }
    let statement = ledger.statement(&november(), &[], "2026-12-01T09:00:00Z");
    for format in JournalFormat::ALL {
        let files = statement.to_journal(*format, &JournalRules::new("6125", "2150")).unwrap();
        assert_eq!(files.len(), if *format == JournalFormat::Xero { 3 } else { 1 }, "{format:?}");
        let mut debits = Money::ZERO;
        for file in &files {
            assert!(file.lines <= format.max_lines());
            assert_eq!(records(&file.text).len(), file.lines);
            for (id, (debit, credit)) in sides(*format, &file.text) {
                assert_eq!(debit, credit, "{id}");
                debits += debit;
            }
        }
        assert_eq!(debits, usd("753.75"), "{format:?}");
    }
}

#[test]
fn an_empty_statement_books_nothing() {
    let statement = Ledger::new(MemoryStore::new()).statement(&november(), &[], "2026-12-01T09:00:00Z");
    assert_eq!(statement.to_journal(JournalFormat::Xero, &rules()).unwrap(), []);
}

#[test]
fn what_a_system_does_not_take_is_refused() {
    let refused = |statement: &Statement, format, rules: &JournalRules| {
        statement.to_journal(format, rules).unwrap_err().message().to_owned()
    };
    let statement = company().statement(&november(), &[], "2026-12-01T09:00:00Z");
    assert_eq!(
        refused(&statement, JournalFormat::Generic, &JournalRules::new("6125", "")),
        "the journal has no clearing account"
    );
    let all_time =
        company().statement(&ReportRequest::new("UTC").period(Window::ALWAYS), &[], "2026-12-01T09:00:00Z");
    assert_eq!(
        refused(&all_time, JournalFormat::Generic, &rules()),
        "a journal of a period without an end has no date"
    );
    let journal = statement.journal(&JournalRules::new("6125", "2150")).unwrap();
    let error = journal.clone().with_invoice(&invoice()).unwrap_err();
    assert_eq!(error.message(), "the journal has no receivable account");
    let long = ClientInvoice { number: "INV-2026-11-acme-corporation".to_owned(), ..invoice() };
    let journal = statement.journal(&rules()).unwrap().with_invoice(&long).unwrap();
    assert_eq!(
        journal.to_files(JournalFormat::QuickBooksOnline).unwrap_err().message(),
        "journal number `INV-2026-11-acme-corporation` has over 21 letters, which QuickBooks doesn't take"
    );
    let large = ClientInvoice { price: usd("10000000000"), ..invoice() };
    let journal = statement.journal(&rules()).unwrap().with_invoice(&large).unwrap();
    assert_eq!(
        journal.to_files(JournalFormat::NetSuite).unwrap_err().message(),
        "a journal line of 10000000000.00, and NetSuite takes ten digits before the point"
    );
}
