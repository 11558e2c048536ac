//! What clients are billed, as journals: an invoice and its notes together are the bill as it came out.

use super::tests::Scene;
use crate::*;
use std::collections::BTreeMap;

const JOURNAL: &str = r#"
[journal]
expense = "6125"
clearing = "2150"
receivable = "1200"
revenue = "4000"

[[journal.map]]
match = { client = "acme", project = "launch" }
account = "6999"
revenue = "4010"
department = "Delivery"
"#;

fn scene(terms: &str) -> Scene {
    Scene::new(&format!("[[clients]]\nclient = \"acme\"\n[[clients.terms]]\n{terms}\n{JOURNAL}"))
}

fn rules(scene: &Scene) -> JournalRules {
    scene.bursar.policy().report_rules().journal.clone().unwrap()
}

/// What is booked, in minor units, by account, department and project.
fn booked(journals: &[Journal]) -> BTreeMap<(String, String, String), i128> {
    let mut sums = BTreeMap::new();
    for entry in journals.iter().flat_map(|journal| journal.entries(usize::MAX)) {
        assert_eq!(entry.lines.iter().map(|line| line.amount).sum::<i128>(), 0, "{entry:?}");
        for line in entry.lines {
            let key = (line.account, line.department, line.project);
            *sums.entry(key).or_default() += line.amount;
        }
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

fn told(sums: &BTreeMap<(String, String, String), i128>) -> Vec<String> {
    let line = |((account, department, project), sum): (&(String, String, String), &i128)| {
        format!("{account} {department} {project} {sum}")
    };
    sums.iter().map(line).collect()
}

#[test]
fn an_invoice_is_owed_by_the_client_and_earned_by_project() {
    let scene = scene("markup = \"20 %\"\nfee = \"1\"");
    scene.at("2026-10-05T12:00:00Z");
    scene.spend(&[("client", "acme"), ("project", "launch")], 1_000_000);
    scene.spend(&[("client", "acme"), ("project", "audit")], 1_000_000);
    scene.spend(&[("client", "acme")], 1_000_000);
    scene.at("2026-11-03T12:00:00Z");
    let draft = scene.bursar.client_statement(&ClientRequest::new("acme").named("2026-10")).unwrap();
    let error = draft.journal(&rules(&scene)).unwrap_err();
    assert_eq!(error.message(), "the statement of the client `acme` is no invoice, and isn't booked");
    scene.bursar.close_period(&ReportRequest::named("2026-10", "UTC").unwrap()).unwrap();
    let invoice = scene.bursar.issue_invoice(&ClientRequest::new("acme").named("2026-10")).unwrap();
    let journal = invoice.journal(&rules(&scene)).unwrap();
    // 4.60 over three projects of the same price; the odd cent goes to the first by name.
    assert_eq!(
        told(&booked(std::slice::from_ref(&journal))),
        ["1200   460", "4000   -153", "4000  audit -154", "4010 Delivery launch -153"]
    );
    let entry = &journal.entries(usize::MAX)[0];
    assert_eq!((entry.id.as_str(), entry.source.as_str()), ("INV-2026-10-001", "INV-2026-10-001"));
    let owed: Vec<_> = entry.lines.iter().filter(|line| line.is_of_client).collect();
    assert_eq!((owed.len(), owed[0].client.as_str()), (1, "acme"));
    for format in JournalFormat::ALL {
        let files = invoice.to_journal(*format, &rules(&scene)).unwrap();
        assert!(files[0].text.contains("INV-2026-10-001"), "{}", files[0].text);
    }
    let generic = &invoice.to_journal(JournalFormat::Generic, &rules(&scene)).unwrap()[0].text;
    assert!(generic.contains("2026-10-31"), "it is dated the last day of the period: {generic}");
    let mut none = rules(&scene);
    none.revenue = None;
    assert_eq!(invoice.journal(&none).unwrap_err().message(), "the journal has no revenue account");
}

#[test]
fn notes_take_back_what_each_project_was_billed_too_much() {
    for seed in 0..20_u64 {
        let mut state = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut next = |most: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % most
        };
        let scene = scene("markup = \"12.5 %\"\ndiscount = \"3 %\"\nminimum = \"4\"");
        scene.at("2026-10-05T12:00:00Z");
        for project in ["launch", "audit", "launch", "tests"] {
            scene.spend(&[("client", "acme"), ("project", project)], 1 + next(5_000_000));
        }
        scene.at("2026-11-03T12:00:00Z");
        scene.bursar.close_period(&ReportRequest::named("2026-10", "UTC").unwrap()).unwrap();
        let october = || ClientRequest::new("acme").named("2026-10");
        let invoice = scene.bursar.issue_invoice(&october()).unwrap();
        let mut journals = vec![invoice.journal(&rules(&scene)).unwrap()];
        // Every second entry settles a call.
        for entry in [2, 4, 2] {
            let by = Money::from_pico(-i128::from(next(900_000_000_000)));
            scene.bursar.adjust(entry, by, "provider's credit").unwrap();
            let Some(note) = scene.bursar.issue_credit_note("INV-2026-10-001").unwrap() else { continue };
            assert_eq!(
                note.projects.iter().map(|own| own.payable).sum::<Money>(),
                note.payable,
                "seed {seed}"
            );
            journals.push(note.journal(&rules(&scene)).unwrap());
            assert_eq!(CreditNote::from_json(&note.to_json()).unwrap(), note);
        }
        // The bill as it came out, invoiced anew, books the same.
        let mut anew = scene.bursar.client_statement(&october()).unwrap();
        anew.header.number = Some("INV-2026-10-009".to_owned());
        let whole = booked(&[anew.journal(&rules(&scene)).unwrap()]);
        assert_eq!(booked(&journals), whole, "seed {seed}");
    }
}
